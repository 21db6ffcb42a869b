// SPDX-License-Identifier: MIT
/*
 * Reading directories. The position is a cookie of the file system's choosing: entry for entry it is
 * handed out in d_off, and coming back with it continues there.
 *
 * The directory's i_rwsem is held (shared, where the file system can) while entries are copied to the
 * program, which may fault; that is in order, i_rwsem before mmap_sem.
 */
#include "fs/fs.h"
#include "fs/notify/fsnotify.h"
#include "fs/dcache.h"
#include "fs/fdtable.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/string.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/sched.h"
#include "kernel/x86/uaccess.h"

/* file's f_pos_lock held by the caller if the position is shared. */
int iterate_dir(struct file *file, struct dir_context *ctx)
{
	struct inode *inode = file_inode(file);
	bool shared = file->f_op->iterate_shared;
	int res = -ENOTDIR;

	if (!file->f_op->iterate && !shared)
		return res;
	if (shared)
		inode_lock_shared(inode);
	else
		inode_lock(inode);
	res = -ENOENT;
	if (!IS_DEADDIR(inode)) {
		ctx->pos = file->f_pos;
		if (shared)
			res = fop_iterate_shared(file->f_op, file, ctx);
		else
			res = fop_iterate(file->f_op, file, ctx);
		file->f_pos = ctx->pos;
		fsnotify_access(file);
		file_accessed(file);
	}
	if (shared)
		inode_unlock_shared(inode);
	else
		inode_unlock(inode);
	return res;
}

/* "." and ".." for file systems that do not store them; positions 0 and 1. */
bool dir_emit_dots(struct file *file, struct dir_context *ctx)
{
	if (ctx->pos == 0) {
		if (!dir_emit(ctx, ".", 1, file_inode(file)->i_ino, DT_DIR))
			return false;
		ctx->pos = 1;
	}
	if (ctx->pos == 1) {
		struct dentry *parent = dget_parent(file_dentry(file));
		u64 ino = d_inode(parent)->i_ino;

		dput(parent);
		if (!dir_emit(ctx, "..", 2, ino, DT_DIR))
			return false;
		ctx->pos = 2;
	}
	return true;
}

/* A name with a slash or a zero in it would be another name: only a broken disk has one. */
static int verify_dirent_name(const char *name, int len)
{
	if (len <= 0 || len >= 4096)
		return -EIO;
	if (memchr(name, '/', len))
		return -EIO;
	return 0;
}

struct linux_dirent64 {
	u64 d_ino;
	s64 d_off;
	unsigned short d_reclen;
	unsigned char d_type;
	char d_name[];
};

struct linux_dirent {
	unsigned long d_ino;
	unsigned long d_off;
	unsigned short d_reclen;
	char d_name[];
};

struct getdents_callback {
	struct dir_context ctx;
	char __user *current_dir;	/* where the next entry goes */
	int prev_reclen;		/* of the last one, whose d_off is not known yet */
	unsigned int count;		/* bytes left */
	int error;
	bool old;			/* struct linux_dirent */
};

/* The position after an entry is only known when the next one comes, or at the end. */
static int put_prev_offset(struct getdents_callback *buf, loff_t offset)
{
	struct linux_dirent64 __user *prev;

	if (!buf->prev_reclen)
		return 0;
	prev = (void __user *)(buf->current_dir - buf->prev_reclen);
	/* d_off is at the same place in both forms. */
	return put_user(offset, &prev->d_off);
}

static int fill_entry(struct getdents_callback *buf, const char *name, int namlen, u64 ino,
		      unsigned int type, int reclen)
{
	char __user *d = buf->current_dir;
	struct {
		u64 ino;
		s64 off;
		unsigned short reclen;
		unsigned char type;
	} head = { .ino = ino, .reclen = reclen, .type = type };
	size_t head_len = buf->old ? 18 : 19;
	char zero[8] = { };
	size_t tail = reclen - head_len - namlen - (buf->old ? 1 : 0);

	if (copy_to_user(d, &head, head_len) || copy_to_user(d + head_len, name, namlen))
		return -EFAULT;
	if (copy_to_user(d + head_len + namlen, zero, min_t(size_t, tail, sizeof(zero))))
		return -EFAULT;
	/* The old form has the type in the last byte. */
	if (buf->old && put_user((unsigned char)type, (unsigned char __user *)d + reclen - 1))
		return -EFAULT;
	return 0;
}

static int filldir(struct dir_context *ctx, const char *name, int namlen, loff_t offset, u64 ino,
		   unsigned int type)
{
	struct getdents_callback *buf = container_of(ctx, struct getdents_callback, ctx);
	int reclen = buf->old ? ALIGN(18 + namlen + 2, 8) : ALIGN(19 + namlen + 1, 8);

	buf->error = verify_dirent_name(name, namlen);
	if (unlikely(buf->error))
		return buf->error;
	buf->error = -EINVAL;		/* only used if nothing fits at all */
	if (reclen > buf->count)
		return -EINVAL;
	if (buf->prev_reclen && signal_pending(current))
		return -EINTR;
	buf->error = -EFAULT;
	if (put_prev_offset(buf, offset) ||
	    fill_entry(buf, name, namlen, ino, type, reclen))
		return -EFAULT;
	buf->error = 0;
	buf->current_dir += reclen;
	buf->prev_reclen = reclen;
	buf->count -= reclen;
	return 0;
}

static long do_getdents(unsigned int fd, void __user *dirent, unsigned int count, bool old)
{
	struct getdents_callback buf = {
		.ctx.actor = filldir, .current_dir = dirent, .count = count, .old = old,
	};
	struct fd f;
	int error;

	f = fdget_pos(fd);
	if (!f.file)
		return -EBADF;
	error = iterate_dir(f.file, &buf.ctx);
	if (error >= 0)
		error = buf.error;
	if (buf.prev_reclen)
		error = put_prev_offset(&buf, buf.ctx.pos) ? -EFAULT : (int)(count - buf.count);
	fdput_pos(f);
	return error;
}

long sys_getdents64(unsigned int fd, struct linux_dirent64 __user *dirent, unsigned int count)
{
	return do_getdents(fd, dirent, count, false);
}

long sys_getdents(unsigned int fd, struct linux_dirent __user *dirent, unsigned int count)
{
	return do_getdents(fd, dirent, count, true);
}
