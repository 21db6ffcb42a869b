// SPDX-License-Identifier: MIT
/*
 * Moving bytes from one file to another without the program: sendfile, copy_file_range. (With pipes, by pages: splice.c.)
 *
 * Between regular files the pages of the one are the source of writes to the other (splice.c). Otherwise both read a piece into a
 * buffer of the kernel's and write it out. Positions move by what was written, so a short write loses nothing of a seekable source.
 */
#include "fs/fs.h"
#include "fs/dcache.h"
#include "fs/fdtable.h"
#include "fs/pipe.h"
#include "kernel/lib/kernel.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/sched.h"
#include "kernel/x86/uaccess.h"
#include "mm/iov_iter.h"
#include "mm/slab.h"

#define COPY_CHUNK (64 * 1024)

/* Is what is read and written there in the page cache? */
static bool has_pages(const struct file *file)
{
	return S_ISREG(file_inode(file)->i_mode) && !(file->f_flags & O_DIRECT);
}

/*
 * Copies up to len bytes. A position pointer NULL means that the file has none. Bytes written, or
 * an error if that happened before any. May sleep.
 */
static ssize_t copy_bytes(struct file *in, loff_t *in_pos, struct file *out, loff_t *out_pos,
			  size_t len)
{
	size_t room = min_t(size_t, len, COPY_CHUNK);
	ssize_t total = 0, n = 0;
	char *buf;

	if (in_pos && out_pos && has_pages(in) && has_pages(out) && in->f_op->splice_read && out->f_op->write_iter)
		return splice_file_to_file(in, in_pos, out, out_pos, len);
	buf = kvmalloc(room, GFP_KERNEL);
	if (!buf)
		return -ENOMEM;
	while (total < len) {
		loff_t pos = in_pos ? *in_pos : 0;
		ssize_t got, done = 0;

		got = kernel_read(in, buf, min_t(size_t, len - total, room), in_pos ? &pos : NULL);
		if (got <= 0) {
			n = got;
			break;
		}
		while (done < got) {
			n = kernel_write(out, buf + done, got - done, out_pos);
			if (n <= 0)
				break;
			done += n;
		}
		if (in_pos)
			*in_pos += done;
		total += done;
		if (done < got)
			break;
		/* A pipe gives what it has. */
		if (!in_pos)
			break;
		if (signal_pending(current))
			break;
		cond_resched();
	}
	kvfree(buf);
	return total ? total : n;
}

static loff_t *pos_of(struct file *file)
{
	return file->f_mode & FMODE_STREAM ? NULL : &file->f_pos;
}

/* Into a pipe goes what it has room for, by pages; the source may be a stream. */
static long sendfile_to_pipe(struct file *in, loff_t *in_pos, struct file *out, struct pipe_inode_info *pipe, size_t count)
{
	return splice_file_to_pipe(in, in_pos, pipe, min_t(size_t, count, MAX_RW_COUNT),
				   out->f_flags & O_NONBLOCK ? SPLICE_F_NONBLOCK : 0);
}

static long do_sendfile(struct fd in, struct fd out, loff_t *ppos, size_t count)
{
	loff_t pos, *in_pos = ppos ? ppos : pos_of(in.file), out_pos;
	struct pipe_inode_info *pipe = get_pipe_info(out.file);
	ssize_t ret;

	if (!(in.file->f_mode & FMODE_READ) || !(out.file->f_mode & FMODE_WRITE))
		return -EBADF;
	if (ppos && !(in.file->f_mode & FMODE_PREAD))
		return -ESPIPE;
	if (pipe)
		return sendfile_to_pipe(in.file, in_pos, out.file, pipe, count);
	if (out.file->f_flags & O_APPEND)
		return -EINVAL;
	/* From a stream, what was read and could not be written would be lost. */
	if (!in_pos || !(in.file->f_mode & FMODE_LSEEK) || !in.file->f_op->splice_read || !in.file->f_op->read_iter)
		return -EINVAL;
	pos = *in_pos;
	ret = rw_verify_area(READ, in.file, &pos, count);
	if (ret)
		return ret;
	if (count > MAX_RW_COUNT)
		count = MAX_RW_COUNT;
	out_pos = out.file->f_pos;
	ret = copy_bytes(in.file, &pos, out.file, pos_of(out.file) ? &out_pos : NULL, count);
	if (ret > 0) {
		*in_pos = pos;
		if (pos_of(out.file))
			out.file->f_pos = out_pos;
	}
	return ret;
}

long sys_sendfile(int out_fd, int in_fd, loff_t __user *offset, size_t count)
{
	struct fd in, out;
	loff_t pos;
	long ret = -EBADF;

	if (offset && copy_from_user(&pos, offset, sizeof(pos)))
		return -EFAULT;
	in = fdget(in_fd);
	if (!in.file)
		return -EBADF;
	out = fdget(out_fd);
	if (out.file) {
		ret = do_sendfile(in, out, offset ? &pos : NULL, count);
		fdput(out);
	}
	fdput(in);
	if (offset && ret >= 0 && copy_to_user(offset, &pos, sizeof(pos)))
		return -EFAULT;
	return ret;
}

static long do_copy_range(struct file *in, loff_t *pos_in, struct file *out, loff_t *pos_out,
			  size_t len)
{
	struct inode *inode_in = file_inode(in), *inode_out = file_inode(out);

	if (S_ISDIR(inode_in->i_mode) || S_ISDIR(inode_out->i_mode))
		return -EISDIR;
	if (!S_ISREG(inode_in->i_mode) || !S_ISREG(inode_out->i_mode))
		return -EINVAL;
	if (!(in->f_mode & FMODE_READ) || !(out->f_mode & FMODE_WRITE) ||
	    (out->f_flags & O_APPEND))
		return -EBADF;
	/* As Linux has it since 5.19: within one file system only; programs then copy by themselves. */
	if (inode_in->i_sb != inode_out->i_sb)
		return -EXDEV;
	if (IS_IMMUTABLE(inode_out))
		return -EPERM;
	if ((u64)*pos_in + len < (u64)*pos_in || (u64)*pos_out + len < (u64)*pos_out)
		return -EOVERFLOW;
	if (*pos_in < 0 || *pos_out < 0)
		return -EINVAL;
	if (*pos_in + (loff_t)len < *pos_in || *pos_out + (loff_t)len < *pos_out)
		return -EOVERFLOW;
	if (*pos_in >= i_size_read(inode_in))
		return 0;
	len = min_t(u64, len, i_size_read(inode_in) - *pos_in);
	if (inode_in == inode_out && *pos_out + (loff_t)len > *pos_in &&
	    *pos_out < *pos_in + (loff_t)len)
		return -EINVAL;
	if (!len)
		return 0;
	return copy_bytes(in, pos_in, out, pos_out, min_t(size_t, len, MAX_RW_COUNT));
}

long sys_copy_file_range(int fd_in, loff_t __user *off_in, int fd_out, loff_t __user *off_out,
			 size_t len, unsigned int flags)
{
	loff_t pos_in, pos_out;
	struct fd in, out;
	long ret = -EBADF;

	in = fdget(fd_in);
	if (!in.file)
		return -EBADF;
	out = fdget(fd_out);
	if (!out.file)
		goto put_in;
	ret = -EINVAL;
	if (flags)
		goto put_out;
	ret = -EFAULT;
	pos_in = in.file->f_pos;
	pos_out = out.file->f_pos;
	if (off_in && copy_from_user(&pos_in, off_in, sizeof(pos_in)))
		goto put_out;
	if (off_out && copy_from_user(&pos_out, off_out, sizeof(pos_out)))
		goto put_out;
	ret = do_copy_range(in.file, &pos_in, out.file, &pos_out, len);
	if (ret > 0) {
		if (!off_in)
			in.file->f_pos = pos_in;
		else if (copy_to_user(off_in, &pos_in, sizeof(pos_in)))
			ret = -EFAULT;
		if (!off_out)
			out.file->f_pos = pos_out;
		else if (copy_to_user(off_out, &pos_out, sizeof(pos_out)))
			ret = -EFAULT;
	}
put_out:
	fdput(out);
put_in:
	fdput(in);
	return ret;
}
