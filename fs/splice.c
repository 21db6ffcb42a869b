// SPDX-License-Identifier: MIT
/*
 * splice, tee, vmsplice: moving pages into, out of and between pipes.
 *
 * A buffer of a pipe is a reference to a part of a page, whoever's page it is. So splicing from a file's cache into a pipe moves no
 * byte, tee gives a second pipe the same pages, and vmsplice gives it the program's own; all of them see what is written to those pages
 * later, as on Linux. Only the pipe's own pages are written to (PIPE_BUF_FLAG_MERGE) or used again (PIPE_BUF_FLAG_OWN). From a pipe to a
 * file the pages are the source of an ordinary write.
 *
 * pipe->mutex is held while a file is read or written, so that nobody else takes or adds in between: it comes before every lock of a
 * file. Two pipes are locked in the order of their addresses. What could not be moved stays in the pipe.
 */
#include "fs/fs.h"
#include "drivers/block/bio.h"
#include "fs/dcache.h"
#include "fs/fdtable.h"
#include "fs/pipe.h"
#include "kernel/lib/kernel.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/sched.h"
#include "kernel/x86/uaccess.h"
#include "mm/iov_iter.h"
#include "mm/page.h"
#include "mm/pagemap.h"
#include "mm/slab.h"

#define SPLICE_F_GIFT	  0x08
#define SPLICE_F_ALL	  0x0f

static unsigned int pipe_room(const struct pipe_inode_info *pipe)
{
	return pipe->ring_size - (pipe->head - pipe->tail);
}

static struct pipe_buffer *pipe_buf(struct pipe_inode_info *pipe, unsigned int slot)
{
	return &pipe->bufs[slot & (pipe->ring_size - 1)];
}

static void pipe_double_lock(struct pipe_inode_info *a, struct pipe_inode_info *b)
{
	if (a > b) {
		struct pipe_inode_info *t = a;

		a = b;
		b = t;
	}
	mutex_lock(&a->mutex);
	lockdep_address_order(&b->mutex);
	mutex_lock_nested(&b->mutex, SINGLE_DEPTH_NESTING);
}

/* ---- from a file into a pipe; the pipe's mutex held, and there is room ---- */

/* The page of the file's cache, read. ERR_PTR. May sleep. */
static struct page *splice_get_page(struct file *in, pgoff_t index, pgoff_t left)
{
	struct address_space *mapping = in->f_mapping;
	struct page *page = find_get_page(mapping, index);

	if (!page) {
		page_cache_sync_readahead(mapping, &in->f_ra, in, index, left);
	} else {
		if (PageReadahead(page))
			page_cache_async_readahead(mapping, &in->f_ra, in, page, index, left);
		if (PageUptodate(page))
			return page;
		put_page(page);
	}
	/* against a hole that is being punched: what is read of its blocks must not come into the cache behind its back */
	filemap_invalidate_lock_shared(mapping);
	page = read_mapping_page(mapping, index, in);
	filemap_invalidate_unlock_shared(mapping);
	return page;
}

ssize_t generic_file_splice_read(struct file *in, loff_t *ppos, struct pipe_inode_info *pipe, size_t len, unsigned int flags)
{
	struct inode *inode = in->f_mapping->host;
	ssize_t done = 0;
	int err = 0;

	while (len && pipe_room(pipe)) {
		unsigned int offset = *ppos & (PAGE_SIZE - 1), n;
		loff_t size = i_size_read(inode);
		struct page *page;

		if (*ppos >= size)
			break;
		page = splice_get_page(in, *ppos >> PAGE_SHIFT, DIV_ROUND_UP(offset + len, PAGE_SIZE));
		if (IS_ERR(page)) {
			err = PTR_ERR(page);
			break;
		}
		/* The size as it is once the page is there: what was cut off meanwhile must not be seen. */
		size = i_size_read(inode);
		if (*ppos >= size) {
			put_page(page);
			break;
		}
		n = min_t(u64, min_t(size_t, len, PAGE_SIZE - offset), size - *ppos);
		pipe_add_buf(pipe, page, offset, n, 0);
		*ppos += n;
		len -= n;
		done += n;
		if (signal_pending(current))
			break;
	}
	if (done)
		file_accessed(in);
	return done ? done : err;
}

/* For files without pages to give: reads into pages of the pipe's. One read, so that a stream gives what it has. */
ssize_t copy_splice_read(struct file *in, loff_t *ppos, struct pipe_inode_info *pipe, size_t len, unsigned int flags)
{
	int rwf = (flags & SPLICE_F_NONBLOCK) && S_ISSOCK(file_inode(in)->i_mode) ? RWF_NOWAIT : 0;
	unsigned int nr = min_t(size_t, DIV_ROUND_UP(len, PAGE_SIZE), pipe_room(pipe)), i;
	struct bio_vec *vec = kcalloc(nr, sizeof(*vec), GFP_KERNEL);
	struct iov_iter iter;
	size_t room = 0;
	ssize_t ret = len ? -ENOMEM : 0, left;

	if (!vec)
		return -ENOMEM;
	for (i = 0; i < nr; i++) {
		vec[i].bv_page = alloc_page(GFP_HIGHUSER);
		if (!vec[i].bv_page)
			break;
		vec[i].bv_len = min_t(size_t, len - room, PAGE_SIZE);
		room += vec[i].bv_len;
	}
	nr = i;
	if (nr) {
		iov_iter_bvec(&iter, READ, vec, nr, room);
		ret = vfs_iter_read(in, &iter, ppos, rwf);
	}
	left = ret > 0 ? ret : 0;
	for (i = 0; i < nr; i++) {
		unsigned int n = min_t(ssize_t, left, PAGE_SIZE);

		if (n)
			pipe_add_buf(pipe, vec[i].bv_page, 0, n, PIPE_BUF_FLAG_OWN);
		else
			put_page(vec[i].bv_page);
		left -= n;
	}
	kfree(vec);
	return ret;
}

ssize_t splice_file_to_pipe(struct file *in, loff_t *pos, struct pipe_inode_info *pipe, size_t len, unsigned int flags)
{
	ssize_t ret;

	if (!in->f_op->splice_read)
		return -EINVAL;
	ret = rw_verify_area(READ, in, pos, len);
	if (ret)
		return ret;
	mutex_lock(&pipe->mutex);
	ret = pipe_wait_room(pipe, flags & SPLICE_F_NONBLOCK);
	if (!ret) {
		len = min_t(size_t, len, (size_t)pipe_room(pipe) * PAGE_SIZE);
		if (in->f_flags & O_DIRECT)
			ret = copy_splice_read(in, pos, pipe, len, flags);
		else
			ret = fop_splice_read(in->f_op, in, pos, pipe, len, flags);
	}
	mutex_unlock(&pipe->mutex);
	if (ret > 0)
		pipe_wake_readers(pipe);
	return ret;
}

/* ---- from a pipe into a file ---- */

/* Writes the first buffer, as far as `len`. Bytes, or an error. pipe->mutex held. */
static ssize_t splice_one(struct pipe_inode_info *pipe, struct file *out, loff_t *pos, size_t len)
{
	struct pipe_buffer *buf = pipe_buf(pipe, pipe->tail);
	struct bio_vec vec = { .bv_page = buf->page, .bv_len = min_t(size_t, buf->len, len), .bv_offset = buf->offset };
	struct iov_iter iter;
	ssize_t ret;

	iov_iter_bvec(&iter, WRITE, &vec, 1, vec.bv_len);
	ret = vfs_iter_write(out, &iter, pos, 0);
	if (ret > 0)
		pipe_consume(pipe, ret);
	return ret;
}

static ssize_t splice_from_pipe(struct pipe_inode_info *pipe, struct file *out, loff_t *pos, size_t len, unsigned int flags)
{
	ssize_t done = 0, ret;

	if (!out->f_op->write_iter)
		return -EINVAL;
	ret = rw_verify_area(WRITE, out, pos, len);
	if (ret)
		return ret;
	mutex_lock(&pipe->mutex);
	ret = pipe_wait_data(pipe, flags & SPLICE_F_NONBLOCK);
	while (!ret && len && !pipe_empty(pipe->head, pipe->tail)) {
		ssize_t n = splice_one(pipe, out, pos, len);

		if (n <= 0) {
			ret = n;
			break;
		}
		done += n;
		len -= n;
		if (signal_pending(current))
			break;
	}
	mutex_unlock(&pipe->mutex);
	if (done)
		pipe_wake_writers(pipe);
	return done ? done : ret;
}

/* ---- from a file into a file, by way of a pipe that nobody else knows ---- */

/* Writes what is in the pipe, as far as `len`, at one time. Bytes, or an error. pipe->mutex held. */
static ssize_t splice_write_bufs(struct pipe_inode_info *pipe, struct file *out, loff_t *pos, size_t len)
{
	struct bio_vec vec[PIPE_DEF_BUFFERS];
	unsigned int slot = pipe->tail, nr = 0;
	struct iov_iter iter;
	size_t total = 0;
	ssize_t ret;

	for (; slot != pipe->head && nr < ARRAY_SIZE(vec) && total < len; slot++, nr++) {
		struct pipe_buffer *buf = pipe_buf(pipe, slot);

		vec[nr] = (struct bio_vec){ .bv_page = buf->page, .bv_len = min_t(size_t, buf->len, len - total),
					    .bv_offset = buf->offset };
		total += vec[nr].bv_len;
	}
	iov_iter_bvec(&iter, WRITE, vec, nr, total);
	ret = vfs_iter_write(out, &iter, pos, 0);
	for (ssize_t left = ret, n; left > 0; left -= n) {
		n = min_t(ssize_t, left, pipe_buf(pipe, pipe->tail)->len);
		pipe_consume(pipe, n);
	}
	return ret;
}

ssize_t splice_file_to_file(struct file *in, loff_t *in_pos, struct file *out, loff_t *out_pos, size_t len)
{
	struct pipe_inode_info *pipe = alloc_pipe_info();
	ssize_t total = 0, n = 0;

	if (!pipe)
		return -ENOMEM;
	mutex_lock(&pipe->mutex);
	while (total < len) {
		size_t room = min_t(size_t, len - total, (size_t)pipe->ring_size * PAGE_SIZE);
		loff_t pos = *in_pos;
		ssize_t got, done = 0;

		got = n = fop_splice_read(in->f_op, in, &pos, pipe, room, 0);
		while (done < got) {
			n = splice_write_bufs(pipe, out, out_pos, got - done);
			if (n <= 0)
				break;
			done += n;
		}
		*in_pos += done;
		total += done;
		if (got <= 0 || done < got || signal_pending(current))
			break;
		cond_resched();
	}
	mutex_unlock(&pipe->mutex);
	free_pipe_info(pipe);
	return total ? total : n;
}

/* ---- between pipes ---- */

/*
 * Both locked: moves buffers, or shares them (tee). Bytes; 0 if the one is empty or the other full. A buffer that goes on only in
 * part is shared by the two pipes.
 */
static size_t link_buffers(struct pipe_inode_info *in, struct pipe_inode_info *out, size_t len, bool move)
{
	unsigned int slot = in->tail;
	size_t done = 0;

	while (len && slot != in->head && pipe_room(out)) {
		struct pipe_buffer *buf = pipe_buf(in, slot);
		unsigned int n = min_t(size_t, buf->len, len);
		bool whole = move && n == buf->len;

		if (!whole)
			get_page(buf->page);
		pipe_add_buf(out, buf->page, buf->offset, n,
			     whole ? buf->flags : buf->flags & ~(PIPE_BUF_FLAG_MERGE | PIPE_BUF_FLAG_GIFT));
		if (whole) {
			buf->page = NULL;
			in->tail++;
		} else if (move) {
			buf->offset += n;
			buf->len -= n;
		}
		slot++;
		len -= n;
		done += n;
	}
	return done;
}

/* Waits until the one has data and the other room. 1: they have; 0: there is nothing and nobody writes; or an error. Leaves both locked. */
static int lock_both_ready(struct pipe_inode_info *in, struct pipe_inode_info *out, bool nonblock)
{
	bool data;
	int err;

	for (;;) {
		mutex_lock(&in->mutex);
		err = pipe_wait_data(in, nonblock);
		data = !pipe_empty(in->head, in->tail);
		mutex_unlock(&in->mutex);
		if (!err && data) {
			mutex_lock(&out->mutex);
			err = pipe_wait_room(out, nonblock);
			mutex_unlock(&out->mutex);
		}
		/* Between the two anything may have happened. */
		pipe_double_lock(in, out);
		if (err)
			return err;
		if (pipe_empty(in->head, in->tail) && !in->writers)
			return 0;
		if (!pipe_empty(in->head, in->tail) && !pipe_full(out) && out->readers)
			return 1;
		mutex_unlock(&in->mutex);
		mutex_unlock(&out->mutex);
	}
}

static ssize_t splice_pipes(struct pipe_inode_info *in, struct pipe_inode_info *out, size_t len, bool nonblock, bool move)
{
	ssize_t ret = lock_both_ready(in, out, nonblock);

	if (ret == 1)
		ret = link_buffers(in, out, len, move);
	mutex_unlock(&in->mutex);
	mutex_unlock(&out->mutex);
	if (ret > 0) {
		pipe_wake_readers(out);
		if (move)
			pipe_wake_writers(in);
	}
	return ret;
}

/* ---- splice ---- */

static loff_t *splice_pos(struct file *file, loff_t *given)
{
	if (given)
		return given;
	return file->f_mode & FMODE_STREAM ? NULL : &file->f_pos;
}

static ssize_t do_splice(struct file *in, loff_t *in_off, struct file *out, loff_t *out_off, size_t len, unsigned int flags)
{
	struct pipe_inode_info *in_pipe = get_pipe_info(in), *out_pipe = get_pipe_info(out);

	if (!(in->f_mode & FMODE_READ) || !(out->f_mode & FMODE_WRITE))
		return -EBADF;
	if ((in_pipe && (in->f_flags & O_NONBLOCK)) || (out_pipe && (out->f_flags & O_NONBLOCK)))
		flags |= SPLICE_F_NONBLOCK;
	len = min_t(size_t, len, MAX_RW_COUNT);
	if (in_pipe && out_pipe) {
		if (in_pipe == out_pipe)
			return -EINVAL;
		return splice_pipes(in_pipe, out_pipe, len, flags & SPLICE_F_NONBLOCK, true);
	}
	if (in_pipe) {
		if (out_off && !(out->f_mode & FMODE_PWRITE))
			return -EINVAL;
		if (out->f_flags & O_APPEND)
			return -EINVAL;
		return splice_from_pipe(in_pipe, out, splice_pos(out, out_off), len, flags);
	}
	if (out_pipe) {
		if (in_off && !(in->f_mode & FMODE_PREAD))
			return -EINVAL;
		return splice_file_to_pipe(in, splice_pos(in, in_off), out_pipe, len, flags);
	}
	return -EINVAL;
}

static ssize_t splice_files(struct file *in, loff_t __user *uoff_in, struct file *out, loff_t __user *uoff_out, size_t len,
			    unsigned int flags)
{
	loff_t in_off, out_off;
	ssize_t ret;

	if ((uoff_in && get_pipe_info(in)) || (uoff_out && get_pipe_info(out)))
		return -ESPIPE;
	if (uoff_in && copy_from_user(&in_off, uoff_in, sizeof(in_off)))
		return -EFAULT;
	if (uoff_out && copy_from_user(&out_off, uoff_out, sizeof(out_off)))
		return -EFAULT;
	ret = do_splice(in, uoff_in ? &in_off : NULL, out, uoff_out ? &out_off : NULL, len, flags);
	if (ret < 0)
		return ret;
	if (uoff_in && copy_to_user(uoff_in, &in_off, sizeof(in_off)))
		return -EFAULT;
	if (uoff_out && copy_to_user(uoff_out, &out_off, sizeof(out_off)))
		return -EFAULT;
	return ret;
}

long sys_splice(int fd_in, loff_t __user *off_in, int fd_out, loff_t __user *off_out, size_t len, unsigned int flags)
{
	struct fd in, out;
	long ret = -EBADF;

	if (!len)
		return 0;
	if (flags & ~SPLICE_F_ALL)
		return -EINVAL;
	in = fdget(fd_in);
	if (!in.file)
		return -EBADF;
	out = fdget(fd_out);
	if (out.file) {
		ret = splice_files(in.file, off_in, out.file, off_out, len, flags);
		fdput(out);
	}
	fdput(in);
	return ret;
}

/* ---- tee ---- */

static long do_tee(struct file *in, struct file *out, size_t len, unsigned int flags)
{
	struct pipe_inode_info *in_pipe = get_pipe_info(in), *out_pipe = get_pipe_info(out);

	if (!(in->f_mode & FMODE_READ) || !(out->f_mode & FMODE_WRITE))
		return -EBADF;
	if (!in_pipe || !out_pipe || in_pipe == out_pipe)
		return -EINVAL;
	if ((in->f_flags | out->f_flags) & O_NONBLOCK)
		flags |= SPLICE_F_NONBLOCK;
	return splice_pipes(in_pipe, out_pipe, len, flags & SPLICE_F_NONBLOCK, false);
}

long sys_tee(int fd_in, int fd_out, size_t len, unsigned int flags)
{
	struct fd in, out;
	long ret = -EBADF;

	if (flags & ~SPLICE_F_ALL)
		return -EINVAL;
	if (!len)
		return 0;
	in = fdget(fd_in);
	if (!in.file)
		return -EBADF;
	out = fdget(fd_out);
	if (out.file) {
		ret = do_tee(in.file, out.file, len, flags);
		fdput(out);
	}
	fdput(in);
	return ret;
}

/* ---- vmsplice ---- */

/* As many of the program's pages as the pipe has room for, of the first segment. Bytes or an error. pipe->mutex held. */
static ssize_t add_user_pages(struct pipe_inode_info *pipe, struct iov_iter *iter, unsigned int flags)
{
	struct page *pages[16];
	ssize_t got, left;
	size_t offset;

	got = iov_iter_get_pages(iter, pages, SIZE_MAX, min_t(unsigned int, pipe_room(pipe), ARRAY_SIZE(pages)), &offset);
	if (got <= 0)
		return got;
	left = got;
	for (unsigned int i = 0; left; i++) {
		unsigned int n = min_t(size_t, left, PAGE_SIZE - offset);

		pipe_add_buf(pipe, pages[i], offset, n, flags & SPLICE_F_GIFT ? PIPE_BUF_FLAG_GIFT : 0);
		left -= n;
		offset = 0;
	}
	iov_iter_advance(iter, got);
	return got;
}

static ssize_t vmsplice_to_pipe(struct pipe_inode_info *pipe, struct iov_iter *iter, unsigned int flags)
{
	ssize_t done = 0, ret = 0;

	while (iov_iter_count(iter)) {
		mutex_lock(&pipe->mutex);
		ret = pipe_wait_room(pipe, flags & SPLICE_F_NONBLOCK);
		if (!ret)
			ret = add_user_pages(pipe, iter, flags);
		mutex_unlock(&pipe->mutex);
		if (ret <= 0)
			break;
		done += ret;
		pipe_wake_readers(pipe);
	}
	return done ? done : ret;
}

/* The other way bytes are copied: whose memory it is has been settled before. */
static ssize_t vmsplice_to_user(struct pipe_inode_info *pipe, struct iov_iter *iter, unsigned int flags)
{
	ssize_t done = 0;
	int err;

	mutex_lock(&pipe->mutex);
	err = pipe_wait_data(pipe, flags & SPLICE_F_NONBLOCK);
	while (!err && iov_iter_count(iter) && !pipe_empty(pipe->head, pipe->tail)) {
		struct pipe_buffer *buf = pipe_buf(pipe, pipe->tail);
		size_t want = min_t(size_t, buf->len, iov_iter_count(iter)), n;

		n = copy_page_to_iter(buf->page, buf->offset, want, iter);
		pipe_consume(pipe, n);
		done += n;
		if (n < want)
			err = -EFAULT;
	}
	mutex_unlock(&pipe->mutex);
	if (done)
		pipe_wake_writers(pipe);
	return done ? done : err;
}

static long do_vmsplice(struct file *file, const struct iovec __user *uiov, unsigned long nr_segs, unsigned int flags)
{
	struct iovec fast[UIO_FASTIOV], *iov = fast;
	struct pipe_inode_info *pipe = get_pipe_info(file);
	int type = file->f_mode & FMODE_WRITE ? WRITE : READ;
	struct iov_iter iter;
	ssize_t ret;

	if (!(file->f_mode & (FMODE_READ | FMODE_WRITE)))
		return -EBADF;
	ret = import_iovec(type, uiov, nr_segs, ARRAY_SIZE(fast), &iov, &iter);
	if (ret < 0)
		return ret;
	if (!iov_iter_count(&iter))
		ret = 0;
	else if (!pipe)
		ret = -EBADF;
	else if (type == WRITE)
		ret = vmsplice_to_pipe(pipe, &iter, flags);
	else
		ret = vmsplice_to_user(pipe, &iter, flags);
	kfree(iov);
	return ret;
}

long sys_vmsplice(int fd, const struct iovec __user *iov, unsigned long nr_segs, unsigned int flags)
{
	struct fd f;
	long ret;

	if (flags & ~SPLICE_F_ALL)
		return -EINVAL;
	f = fdget(fd);
	if (!f.file)
		return -EBADF;
	ret = do_vmsplice(f.file, iov, nr_segs, flags);
	fdput(f);
	return ret;
}
