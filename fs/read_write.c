// SPDX-License-Identifier: MIT
/*
 * Reading, writing and positions: from a descriptor to ->read_iter and ->write_iter.
 *
 * Every read and write goes through a kiocb and an iov_iter; ->read and ->write with a user pointer
 * serve simple devices. A synchronous caller never sees -EIOCBQUEUED.
 */
#include "fs/fs.h"
#include "fs/fdtable.h"
#include "fs/mount.h"
#include "fs/notify/fsnotify.h"
#include "fs/rw_internal.h"
#include "kernel/lib/bug.h"
#include "kernel/lib/kernel.h"
#include "kernel/task/sched.h"
#include "kernel/task/signal.h"
#include "kernel/x86/uaccess.h"
#include "mm/iov_iter.h"
#include "mm/pagemap.h"
#include "mm/slab.h"

/* ---- positions ---- */

loff_t vfs_setpos(struct file *file, loff_t offset, loff_t maxsize)
{
	if (offset < 0)
		return -EINVAL;
	if (offset > maxsize)
		return -EINVAL;
	if (offset != file->f_pos) {
		file->f_pos = offset;
		file->f_version = 0;
	}
	return offset;
}

/* eof: the size to be taken for SEEK_END, SEEK_DATA and SEEK_HOLE. */
loff_t generic_file_llseek_size(struct file *file, loff_t offset, int whence, loff_t maxsize,
				loff_t eof)
{
	switch (whence) {
	case SEEK_END:
		offset += eof;
		break;
	case SEEK_CUR:
		if (offset == 0)
			return file->f_pos;
		/* Files without FMODE_ATOMIC_POS have no lock of their own around this. */
		spin_lock(&file->f_lock);
		offset = vfs_setpos(file, file->f_pos + offset, maxsize);
		spin_unlock(&file->f_lock);
		return offset;
	case SEEK_DATA:
		/* Without knowledge of holes all is data, with a hole at the end. */
		if ((unsigned long long)offset >= (unsigned long long)eof)
			return -ENXIO;
		break;
	case SEEK_HOLE:
		if ((unsigned long long)offset >= (unsigned long long)eof)
			return -ENXIO;
		offset = eof;
		break;
	}
	return vfs_setpos(file, offset, maxsize);
}

loff_t generic_file_llseek(struct file *file, loff_t offset, int whence)
{
	struct inode *inode = file->f_mapping->host;

	return generic_file_llseek_size(file, offset, whence, inode->i_sb->s_maxbytes,
					i_size_read(inode));
}

/* Moves nothing and never fails: for devices where programs seek out of habit. */
loff_t noop_llseek(struct file *file, loff_t offset, int whence)
{
	return file->f_pos;
}

loff_t no_llseek(struct file *file, loff_t offset, int whence)
{
	return -ESPIPE;
}

/* For files without ->llseek: any position, the inode's size as the end. */
loff_t default_llseek(struct file *file, loff_t offset, int whence)
{
	struct inode *inode = file_inode(file);
	loff_t retval = -EINVAL;

	inode_lock(inode);
	switch (whence) {
	case SEEK_END:
		offset += i_size_read(inode);
		break;
	case SEEK_CUR:
		if (offset == 0) {
			retval = file->f_pos;
			goto out;
		}
		offset += file->f_pos;
		break;
	case SEEK_DATA:
		if (offset >= inode->i_size) {
			retval = -ENXIO;
			goto out;
		}
		break;
	case SEEK_HOLE:
		if (offset >= inode->i_size) {
			retval = -ENXIO;
			goto out;
		}
		offset = inode->i_size;
		break;
	}
	if (offset >= 0) {
		file->f_pos = offset;
		retval = offset;
	}
out:
	inode_unlock(inode);
	return retval;
}

loff_t vfs_llseek(struct file *file, loff_t offset, int whence)
{
	if (!(file->f_mode & FMODE_LSEEK))
		return -ESPIPE;
	if (file->f_op->llseek)
		return fop_llseek(file->f_op, file, offset, whence);
	return default_llseek(file, offset, whence);
}

/* ---- checks ---- */

int rw_verify_area(int read_write, struct file *file, const loff_t *ppos, size_t count)
{
	if (unlikely((ssize_t)count < 0))
		return -EINVAL;
	if (ppos) {
		loff_t pos = *ppos;

		if (unlikely(pos < 0))
			return -EINVAL;
		if (unlikely(pos + (loff_t)count < 0 || (u64)pos + count > LLONG_MAX))
			return -EINVAL;
	}
	return 0;
}

int iocb_flags(const struct file *file)
{
	int res = 0;

	if (likely(!(file->f_flags & (O_APPEND | O_DIRECT | O_DSYNC | __O_SYNC))))
		return IS_SYNC(file->f_mapping->host) ? IOCB_DSYNC : 0;
	if (file->f_flags & O_APPEND)
		res |= IOCB_APPEND;
	if (file->f_flags & O_DIRECT)
		res |= IOCB_DIRECT;
	if ((file->f_flags & O_DSYNC) || IS_SYNC(file->f_mapping->host))
		res |= IOCB_DSYNC;
	if (file->f_flags & __O_SYNC)
		res |= IOCB_SYNC;
	return res;
}

void init_sync_kiocb(struct kiocb *iocb, struct file *file)
{
	*iocb = (struct kiocb){ .ki_filp = file, .ki_flags = iocb_flags(file) };
}

/*
 * Limits on a write: O_APPEND's position, RLIMIT_FSIZE (SIGXFSZ), the largest file. i_rwsem held.
 * Bytes that may be written (the iterator is cut to it), 0, or -EINVAL, -EFBIG.
 */
ssize_t generic_write_checks(struct kiocb *iocb, struct iov_iter *from)
{
	struct file *file = iocb->ki_filp;
	struct inode *inode = file->f_mapping->host;
	unsigned long limit = rlimit(RLIMIT_FSIZE);
	loff_t max, pos;

	if (IS_SWAPFILE(inode))
		return -ETXTBSY;
	if (!iov_iter_count(from))
		return 0;
	if (iocb->ki_flags & IOCB_APPEND)
		iocb->ki_pos = i_size_read(inode);
	pos = iocb->ki_pos;
	if (limit != RLIM_INFINITY && S_ISREG(inode->i_mode)) {
		if ((unsigned long)pos >= limit) {
			send_sig(SIGXFSZ, current, 0);
			return -EFBIG;
		}
		iov_iter_truncate(from, limit - (unsigned long)pos);
	}
	max = inode->i_sb->s_maxbytes;
	if (unlikely(pos >= max) && S_ISREG(inode->i_mode))
		return -EFBIG;
	if (S_ISREG(inode->i_mode))
		iov_iter_truncate(from, max - pos);
	return iov_iter_count(from);
}

/* After a write of count bytes that ended at ki_pos: what O_SYNC and O_DSYNC ask. */
ssize_t generic_write_sync(struct kiocb *iocb, ssize_t count)
{
	if (iocb->ki_flags & (IOCB_DSYNC | IOCB_SYNC)) {
		int ret = vfs_fsync_range(iocb->ki_filp, iocb->ki_pos - count, iocb->ki_pos - 1,
					  iocb->ki_flags & IOCB_SYNC ? 0 : 1);

		if (ret)
			return ret;
	}
	return count;
}

/* Freeze protection around a write to a regular file. */
void file_start_write(struct file *file)
{
	if (S_ISREG(file_inode(file)->i_mode))
		sb_start_write(file_inode(file)->i_sb);
}

void file_end_write(struct file *file)
{
	if (S_ISREG(file_inode(file)->i_mode))
		sb_end_write(file_inode(file)->i_sb);
}

/* ---- one transfer ---- */

loff_t *rw_file_ppos(struct file *file)
{
	return file->f_mode & FMODE_STREAM ? NULL : &file->f_pos;
}

int kiocb_set_rw_flags(struct kiocb *ki, int flags)
{
	if (likely(!flags))
		return 0;
	if (flags & ~RWF_SUPPORTED)
		return -EOPNOTSUPP;
	if (flags & RWF_NOWAIT) {
		if (!(ki->ki_filp->f_mode & FMODE_NOWAIT))
			return -EOPNOTSUPP;
		ki->ki_flags |= IOCB_NOWAIT;
	}
	if (flags & RWF_HIPRI)
		ki->ki_flags |= IOCB_HIPRI;
	if (flags & RWF_DSYNC)
		ki->ki_flags |= IOCB_DSYNC;
	if (flags & RWF_SYNC)
		ki->ki_flags |= IOCB_DSYNC | IOCB_SYNC;
	if (flags & RWF_APPEND)
		ki->ki_flags |= IOCB_APPEND;
	return 0;
}

/* One call of ->read_iter or ->write_iter that waits. Moves *ppos (may be NULL). */
static ssize_t do_iter_sync(struct file *filp, struct iov_iter *iter, loff_t *ppos, int type,
			    int flags)
{
	struct kiocb kiocb;
	ssize_t ret;

	init_sync_kiocb(&kiocb, filp);
	ret = kiocb_set_rw_flags(&kiocb, flags);
	if (ret)
		return ret;
	kiocb.ki_pos = ppos ? *ppos : 0;
	if (type == READ) {
		ret = fop_read_iter(filp->f_op, &kiocb, iter);
	} else {
		kiocb.ki_flags |= IOCB_WRITE;
		ret = fop_write_iter(filp->f_op, &kiocb, iter);
	}
	BUG_ON(ret == -EIOCBQUEUED);
	if (ppos)
		*ppos = kiocb.ki_pos;
	return ret;
}

/* For files that only have ->read or ->write: one call for each segment. */
static ssize_t do_iter_loop(struct file *filp, struct iov_iter *iter, loff_t *ppos, int type,
			    int flags)
{
	ssize_t ret = 0;

	if (flags & ~RWF_HIPRI)
		return -EOPNOTSUPP;
	while (iov_iter_count(iter)) {
		size_t len = iov_iter_single_seg_count(iter);
		char __user *base;
		ssize_t nr;

		if (!iter_is_iovec(iter))
			return ret ? ret : -EINVAL;
		if (!len) { /* an empty segment: nothing to hand over, step across it */
			iter->iov++;
			iter->nr_segs--;
			iter->iov_offset = 0;
			continue;
		}
		base = (char __user *)iter->iov->iov_base + iter->iov_offset;
		if (type == READ)
			nr = fop_read(filp->f_op, filp, base, len, ppos);
		else
			nr = fop_write(filp->f_op, filp, base, len, ppos);
		if (nr < 0)
			return ret ? ret : nr;
		ret += nr;
		if (nr != len)
			break;
		iov_iter_advance(iter, nr);
	}
	return ret;
}

static ssize_t do_iter_read(struct file *file, struct iov_iter *iter, loff_t *pos, int flags)
{
	size_t tot_len = iov_iter_count(iter);
	ssize_t ret;

	if (!(file->f_mode & FMODE_READ))
		return -EBADF;
	if (!(file->f_mode & FMODE_CAN_READ))
		return -EINVAL;
	if (!tot_len)
		return 0;
	ret = rw_verify_area(READ, file, pos, tot_len);
	if (ret < 0)
		return ret;
	if (S_ISDIR(file_inode(file)->i_mode))
		return -EISDIR; /* here, and not in each file system (P35) */
	if (file->f_op->read_iter)
		ret = do_iter_sync(file, iter, pos, READ, flags);
	else
		ret = do_iter_loop(file, iter, pos, READ, flags);
	if (ret > 0) {
		fsnotify_access(file);
		current->rchar += ret;
	}
	current->syscr++;
	return ret;
}

static ssize_t do_iter_write(struct file *file, struct iov_iter *iter, loff_t *pos, int flags)
{
	size_t tot_len = iov_iter_count(iter);
	ssize_t ret;

	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	if (!(file->f_mode & FMODE_CAN_WRITE))
		return -EINVAL;
	if (!tot_len)
		return 0;
	ret = rw_verify_area(WRITE, file, pos, tot_len);
	if (ret < 0)
		return ret;
	if (file->f_op->write_iter)
		ret = do_iter_sync(file, iter, pos, WRITE, flags);
	else
		ret = do_iter_loop(file, iter, pos, WRITE, flags);
	if (ret > 0) {
		fsnotify_modify(file);
		current->wchar += ret;
	}
	current->syscw++;
	return ret;
}

ssize_t vfs_iter_read(struct file *file, struct iov_iter *iter, loff_t *pos, int flags)
{
	if (!file->f_op->read_iter)
		return -EINVAL;
	return do_iter_read(file, iter, pos, flags);
}

ssize_t vfs_iter_write(struct file *file, struct iov_iter *iter, loff_t *pos, int flags)
{
	ssize_t ret;

	if (!file->f_op->write_iter)
		return -EINVAL;
	file_start_write(file);
	ret = do_iter_write(file, iter, pos, flags);
	file_end_write(file);
	return ret;
}

ssize_t vfs_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	struct iovec iov = { .iov_base = buf, .iov_len = count };
	struct iov_iter iter;
	ssize_t ret;

	if (!(file->f_mode & FMODE_READ))
		return -EBADF;
	if (!(file->f_mode & FMODE_CAN_READ))
		return -EINVAL;
	if (unlikely(!access_ok(buf, count)))
		return -EFAULT;
	ret = rw_verify_area(READ, file, pos, count);
	if (ret)
		return ret;
	if (S_ISDIR(file_inode(file)->i_mode))
		return -EISDIR;
	if (count > MAX_RW_COUNT)
		count = MAX_RW_COUNT;
	if (file->f_op->read) {
		ret = fop_read(file->f_op, file, buf, count, pos);
	} else {
		iov.iov_len = count;
		iov_iter_init(&iter, READ, &iov, 1, count);
		ret = do_iter_sync(file, &iter, pos, READ, 0);
	}
	if (ret > 0) {
		fsnotify_access(file);
		current->rchar += ret;
	}
	current->syscr++;
	return ret;
}

ssize_t vfs_write(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	struct iovec iov = { .iov_base = (void __user *)buf, .iov_len = count };
	struct iov_iter iter;
	ssize_t ret;

	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	if (!(file->f_mode & FMODE_CAN_WRITE))
		return -EINVAL;
	if (unlikely(!access_ok(buf, count)))
		return -EFAULT;
	ret = rw_verify_area(WRITE, file, pos, count);
	if (ret)
		return ret;
	if (count > MAX_RW_COUNT)
		count = MAX_RW_COUNT;
	file_start_write(file);
	if (file->f_op->write) {
		ret = fop_write(file->f_op, file, buf, count, pos);
	} else {
		iov.iov_len = count;
		iov_iter_init(&iter, WRITE, &iov, 1, count);
		ret = do_iter_sync(file, &iter, pos, WRITE, 0);
	}
	file_end_write(file);
	if (ret > 0) {
		fsnotify_modify(file);
		current->wchar += ret;
	}
	current->syscw++;
	return ret;
}

ssize_t kernel_read(struct file *file, void *buf, size_t count, loff_t *pos)
{
	struct kvec kv = { .iov_base = buf, .iov_len = count };
	struct iov_iter iter;

	iov_iter_kvec(&iter, READ, &kv, 1, count);
	return vfs_iter_read(file, &iter, pos, 0);
}

ssize_t kernel_write(struct file *file, const void *buf, size_t count, loff_t *pos)
{
	struct kvec kv = { .iov_base = (void *)buf, .iov_len = count };
	struct iov_iter iter;

	iov_iter_kvec(&iter, WRITE, &kv, 1, count);
	return vfs_iter_write(file, &iter, pos, 0);
}

/* ---- with an array of buffers ---- */

ssize_t vfs_readv(struct file *file, const struct iovec __user *vec, unsigned long vlen,
		  loff_t *pos, int flags)
{
	struct iovec fast[UIO_FASTIOV], *iov = fast;
	struct iov_iter iter;
	ssize_t ret;

	ret = import_iovec(READ, vec, vlen, ARRAY_SIZE(fast), &iov, &iter);
	if (ret >= 0) {
		ret = do_iter_read(file, &iter, pos, flags);
		kfree(iov);
	}
	return ret;
}

ssize_t vfs_writev(struct file *file, const struct iovec __user *vec, unsigned long vlen,
		   loff_t *pos, int flags)
{
	struct iovec fast[UIO_FASTIOV], *iov = fast;
	struct iov_iter iter;
	ssize_t ret;

	ret = import_iovec(WRITE, vec, vlen, ARRAY_SIZE(fast), &iov, &iter);
	if (ret >= 0) {
		file_start_write(file);
		ret = do_iter_write(file, &iter, pos, flags);
		file_end_write(file);
		kfree(iov);
	}
	return ret;
}
