// SPDX-License-Identifier: MIT
/*
 * System calls that read, write and position.
 */
#include "fs/fs.h"
#include "fs/fdtable.h"
#include "fs/rw_internal.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/x86/uaccess.h"
#include "mm/iov_iter.h"
#include "mm/pagemap.h"

long sys_read(unsigned int fd, char __user *buf, size_t count)
{
	struct fd f = fdget_pos(fd);
	ssize_t ret = -EBADF;

	if (f.file) {
		loff_t pos, *ppos = rw_file_ppos(f.file);

		if (ppos) {
			pos = *ppos;
			ppos = &pos;
		}
		ret = vfs_read(f.file, buf, count, ppos);
		if (ret >= 0 && ppos)
			f.file->f_pos = pos;
		fdput_pos(f);
	}
	return ret;
}

long sys_write(unsigned int fd, const char __user *buf, size_t count)
{
	struct fd f = fdget_pos(fd);
	ssize_t ret = -EBADF;

	if (f.file) {
		loff_t pos, *ppos = rw_file_ppos(f.file);

		if (ppos) {
			pos = *ppos;
			ppos = &pos;
		}
		ret = vfs_write(f.file, buf, count, ppos);
		if (ret >= 0 && ppos)
			f.file->f_pos = pos;
		fdput_pos(f);
	}
	return ret;
}

long sys_pread64(unsigned int fd, char __user *buf, size_t count, loff_t pos)
{
	ssize_t ret = -EBADF;
	struct fd f;

	if (pos < 0)
		return -EINVAL;
	f = fdget(fd);
	if (f.file) {
		ret = -ESPIPE;
		if (f.file->f_mode & FMODE_PREAD)
			ret = vfs_read(f.file, buf, count, &pos);
		fdput(f);
	}
	return ret;
}

long sys_pwrite64(unsigned int fd, const char __user *buf, size_t count, loff_t pos)
{
	ssize_t ret = -EBADF;
	struct fd f;

	if (pos < 0)
		return -EINVAL;
	f = fdget(fd);
	if (f.file) {
		ret = -ESPIPE;
		if (f.file->f_mode & FMODE_PWRITE)
			ret = vfs_write(f.file, buf, count, &pos);
		fdput(f);
	}
	return ret;
}

static long do_readv(unsigned long fd, const struct iovec __user *vec, unsigned long vlen,
		     int flags)
{
	struct fd f = fdget_pos(fd);
	ssize_t ret = -EBADF;

	if (f.file) {
		loff_t pos, *ppos = rw_file_ppos(f.file);

		if (ppos) {
			pos = *ppos;
			ppos = &pos;
		}
		ret = vfs_readv(f.file, vec, vlen, ppos, flags);
		if (ret >= 0 && ppos)
			f.file->f_pos = pos;
		fdput_pos(f);
	}
	return ret;
}

static long do_writev(unsigned long fd, const struct iovec __user *vec, unsigned long vlen,
		      int flags)
{
	struct fd f = fdget_pos(fd);
	ssize_t ret = -EBADF;

	if (f.file) {
		loff_t pos, *ppos = rw_file_ppos(f.file);

		if (ppos) {
			pos = *ppos;
			ppos = &pos;
		}
		ret = vfs_writev(f.file, vec, vlen, ppos, flags);
		if (ret >= 0 && ppos)
			f.file->f_pos = pos;
		fdput_pos(f);
	}
	return ret;
}

static long do_preadv(unsigned long fd, const struct iovec __user *vec, unsigned long vlen,
		      loff_t pos, int flags)
{
	ssize_t ret = -EBADF;
	struct fd f;

	if (pos < 0)
		return -EINVAL;
	f = fdget(fd);
	if (f.file) {
		ret = -ESPIPE;
		if (f.file->f_mode & FMODE_PREAD)
			ret = vfs_readv(f.file, vec, vlen, &pos, flags);
		fdput(f);
	}
	return ret;
}

static long do_pwritev(unsigned long fd, const struct iovec __user *vec, unsigned long vlen,
		       loff_t pos, int flags)
{
	ssize_t ret = -EBADF;
	struct fd f;

	if (pos < 0)
		return -EINVAL;
	f = fdget(fd);
	if (f.file) {
		ret = -ESPIPE;
		if (f.file->f_mode & FMODE_PWRITE)
			ret = vfs_writev(f.file, vec, vlen, &pos, flags);
		fdput(f);
	}
	return ret;
}

long sys_readv(unsigned long fd, const struct iovec __user *vec, unsigned long vlen)
{
	return do_readv(fd, vec, vlen, 0);
}

long sys_writev(unsigned long fd, const struct iovec __user *vec, unsigned long vlen)
{
	return do_writev(fd, vec, vlen, 0);
}

/* On 64-bit machines the low word of the position is all of it. */
long sys_preadv(unsigned long fd, const struct iovec __user *vec, unsigned long vlen,
		unsigned long pos_l, unsigned long pos_h)
{
	return do_preadv(fd, vec, vlen, (loff_t)pos_l, 0);
}

long sys_pwritev(unsigned long fd, const struct iovec __user *vec, unsigned long vlen,
		 unsigned long pos_l, unsigned long pos_h)
{
	return do_pwritev(fd, vec, vlen, (loff_t)pos_l, 0);
}

long sys_preadv2(unsigned long fd, const struct iovec __user *vec, unsigned long vlen,
		 unsigned long pos_l, unsigned long pos_h, int flags)
{
	if ((loff_t)pos_l == -1)
		return do_readv(fd, vec, vlen, flags);
	return do_preadv(fd, vec, vlen, (loff_t)pos_l, flags);
}

long sys_pwritev2(unsigned long fd, const struct iovec __user *vec, unsigned long vlen,
		  unsigned long pos_l, unsigned long pos_h, int flags)
{
	if ((loff_t)pos_l == -1)
		return do_writev(fd, vec, vlen, flags);
	return do_pwritev(fd, vec, vlen, (loff_t)pos_l, flags);
}

long sys_lseek(unsigned int fd, loff_t offset, unsigned int whence)
{
	struct fd f = fdget_pos(fd);
	long ret = -EINVAL;

	if (!f.file)
		return -EBADF;
	if (whence <= SEEK_MAX)
		ret = vfs_llseek(f.file, offset, whence);
	fdput_pos(f);
	return ret;
}

long sys_readahead(int fd, loff_t offset, size_t count)
{
	struct fd f = fdget(fd);
	long ret = -EBADF;

	if (f.file) {
		if (f.file->f_mode & FMODE_READ)
			ret = do_readahead(f.file, offset, count);
		fdput(f);
	}
	return ret;
}

long sys_fadvise64(int fd, loff_t offset, size_t len, int advice)
{
	struct fd f = fdget(fd);
	long ret = -EBADF;

	if (f.file) {
		ret = generic_fadvise(f.file, offset, len, advice);
		fdput(f);
	}
	return ret;
}
