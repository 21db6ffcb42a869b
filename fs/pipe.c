// SPDX-License-Identifier: MIT
/*
 * Pipes and FIFOs.
 *
 * pipe->mutex guards ring, counts and wake-up conditions. A write of at most PIPE_BUF bytes goes
 * in whole or not at all for other writers: it happens under one hold of the mutex, or waits
 * until a whole slot is free. Wake-ups are sent after the mutex is dropped, and only when the
 * state they wait for came about (ring no longer empty, no longer full).
 */
#include "fs/fs.h"
#include "fs/dcache.h"
#include "fs/fasync.h"
#include "fs/pipe.h"
#include "fs/poll.h"
#include "kernel/lib/bug.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/string.h"
#include "kernel/task/sched.h"
#include "kernel/task/signal.h"
#include "kernel/x86/uaccess.h"
#include "mm/iov_iter.h"
#include "mm/page.h"
#include "mm/slab.h"

#define FIONREAD 0x541B

struct pipe_inode_info *get_pipe_info(struct file *file)
{
	return S_ISFIFO(file_inode(file)->i_mode) ? file_inode(file)->i_pipe : NULL;
}

struct pipe_inode_info *alloc_pipe_info(void)
{
	struct pipe_inode_info *pipe = kzalloc(sizeof(*pipe), GFP_KERNEL);

	if (!pipe)
		return NULL;
	pipe->bufs = kcalloc(PIPE_DEF_BUFFERS, sizeof(struct pipe_buffer), GFP_KERNEL);
	if (!pipe->bufs) {
		kfree(pipe);
		return NULL;
	}
	pipe->ring_size = PIPE_DEF_BUFFERS;
	pipe->r_counter = pipe->w_counter = 1;
	init_waitqueue_head(&pipe->rd_wait);
	init_waitqueue_head(&pipe->wr_wait);
	mutex_init(&pipe->mutex);
	return pipe;
}

void free_pipe_info(struct pipe_inode_info *pipe)
{
	for (; pipe->tail != pipe->head; pipe->tail++)
		put_page(pipe->bufs[pipe->tail & (pipe->ring_size - 1)].page);
	if (pipe->tmp_page)
		put_page(pipe->tmp_page);
	kfree(pipe->bufs);
	kfree(pipe);
}

/* Drops an open file's share; the last one frees the pipe (a FIFO's inode lives on). */
void put_pipe_info(struct inode *inode, struct pipe_inode_info *pipe)
{
	bool last;

	spin_lock(&inode->i_lock);
	last = !--pipe->files;
	if (last)
		inode->i_pipe = NULL;
	spin_unlock(&inode->i_lock);
	if (last)
		free_pipe_info(pipe);
}

void pipe_wake_readers(struct pipe_inode_info *pipe)
{
	wake_up_interruptible_poll(&pipe->rd_wait, EPOLLIN | EPOLLRDNORM);
	kill_fasync(&pipe->fasync_readers, SIGIO, POLL_IN);
}

void pipe_wake_writers(struct pipe_inode_info *pipe)
{
	wake_up_interruptible_poll(&pipe->wr_wait, EPOLLOUT | EPOLLWRNORM);
	kill_fasync(&pipe->fasync_writers, SIGIO, POLL_OUT);
}

int pipe_wait_data(struct pipe_inode_info *pipe, bool nonblock)
{
	int err = 0;

	while (pipe_empty(pipe->head, pipe->tail) && pipe->writers && !err) {
		if (nonblock)
			return -EAGAIN;
		mutex_unlock(&pipe->mutex);
		if (wait_event_interruptible(pipe->rd_wait, READ_ONCE(pipe->head) != READ_ONCE(pipe->tail) ||
					     !READ_ONCE(pipe->writers)))
			err = -ERESTARTSYS;
		mutex_lock(&pipe->mutex);
	}
	return err;
}

int pipe_wait_room(struct pipe_inode_info *pipe, bool nonblock)
{
	int err = 0;

	while (!err) {
		if (!pipe->readers) {
			send_sig(SIGPIPE, current, 0);
			return -EPIPE;
		}
		if (!pipe_full(pipe))
			return 0;
		if (nonblock)
			return -EAGAIN;
		mutex_unlock(&pipe->mutex);
		if (wait_event_interruptible(pipe->wr_wait, READ_ONCE(pipe->head) - READ_ONCE(pipe->tail) <
					     READ_ONCE(pipe->ring_size) || !READ_ONCE(pipe->readers)))
			err = -ERESTARTSYS;
		mutex_lock(&pipe->mutex);
	}
	return err;
}

/* ---- reading ---- */

/* A used-up page: keep one for the next write. */
static void release_buf(struct pipe_inode_info *pipe, struct pipe_buffer *buf)
{
	if (!pipe->tmp_page && (buf->flags & PIPE_BUF_FLAG_OWN) && page_count(buf->page) == 1)
		pipe->tmp_page = buf->page;
	else
		put_page(buf->page);
	buf->page = NULL;
}

void pipe_consume(struct pipe_inode_info *pipe, unsigned int bytes)
{
	struct pipe_buffer *buf = &pipe->bufs[pipe->tail & (pipe->ring_size - 1)];

	buf->offset += bytes;
	buf->len -= bytes;
	if (!buf->len) {
		release_buf(pipe, buf);
		pipe->tail++;
	}
}

static ssize_t pipe_read(struct kiocb *iocb, struct iov_iter *to)
{
	struct file *filp = iocb->ki_filp;
	struct pipe_inode_info *pipe = filp->private_data;
	size_t total = iov_iter_count(to);
	bool was_full, wake_writer = false;
	ssize_t ret = 0;

	if (unlikely(!total))
		return 0;
	mutex_lock(&pipe->mutex);
	was_full = pipe_full(pipe);
	for (;;) {
		if (!pipe_empty(pipe->head, pipe->tail)) {
			struct pipe_buffer *buf = &pipe->bufs[pipe->tail & (pipe->ring_size - 1)];
			size_t chars = min_t(size_t, buf->len, total), written;

			written = copy_page_to_iter(buf->page, buf->offset, chars, to);
			/* A bad buffer consumes nothing, even if its beginning was good. */
			if (unlikely(written < chars)) {
				if (!ret)
					ret = -EFAULT;
				break;
			}
			ret += written;
			buf->offset += written;
			buf->len -= written;
			if (buf->flags & PIPE_BUF_FLAG_PACKET) {
				total = written;
				buf->len = 0;
			}
			if (!buf->len) {
				release_buf(pipe, buf);
				wake_writer |= was_full;
				pipe->tail++;
			}
			total -= written;
			if (!total)
				break;
			continue;
		}
		if (!pipe->writers || ret)
			break;
		if ((filp->f_flags & O_NONBLOCK) || (iocb->ki_flags & IOCB_NOWAIT)) {
			ret = -EAGAIN;
			break;
		}
		mutex_unlock(&pipe->mutex);
		if (wait_event_interruptible(pipe->rd_wait,
					     READ_ONCE(pipe->head) != READ_ONCE(pipe->tail) ||
					     !READ_ONCE(pipe->writers)) < 0)
			return -ERESTARTSYS;
		mutex_lock(&pipe->mutex);
		was_full = pipe_full(pipe);
	}
	mutex_unlock(&pipe->mutex);
	if (wake_writer)
		pipe_wake_writers(pipe);
	if (ret > 0)
		file_accessed(filp);
	return ret;
}

/* ---- writing ---- */

void pipe_add_buf(struct pipe_inode_info *pipe, struct page *page, unsigned int offset, unsigned int len, unsigned int flags)
{
	pipe->bufs[pipe->head & (pipe->ring_size - 1)] =
		(struct pipe_buffer){ .page = page, .offset = offset, .len = len, .flags = flags };
	pipe->head++;
}

/* Adds to the last buffer what fits, if it may be merged with. Bytes, or -EFAULT. */
static ssize_t pipe_merge(struct pipe_inode_info *pipe, struct iov_iter *from, size_t chars)
{
	struct pipe_buffer *buf;
	size_t offset, n;

	if (!chars || pipe_empty(pipe->head, pipe->tail))
		return 0;
	buf = &pipe->bufs[(pipe->head - 1) & (pipe->ring_size - 1)];
	offset = buf->offset + buf->len;
	if (!(buf->flags & PIPE_BUF_FLAG_MERGE) || offset + chars > PAGE_SIZE)
		return 0;
	n = copy_page_from_iter(buf->page, offset, chars, from);
	if (unlikely(n < chars))
		return -EFAULT;
	buf->len += n;
	return n;
}

/* Fills one new slot. Bytes, -ENOMEM, -EFAULT. */
static ssize_t pipe_fill_slot(struct pipe_inode_info *pipe, struct iov_iter *from, bool packet)
{
	struct page *page = pipe->tmp_page;
	size_t copied;

	pipe->tmp_page = NULL;
	if (!page) {
		page = alloc_page(GFP_HIGHUSER);
		if (!page)
			return -ENOMEM;
	}
	copied = copy_page_from_iter(page, 0, PAGE_SIZE, from);
	if (unlikely(copied < PAGE_SIZE && iov_iter_count(from))) {
		pipe->tmp_page = page;
		return -EFAULT;
	}
	pipe_add_buf(pipe, page, 0, copied, PIPE_BUF_FLAG_OWN | (packet ? PIPE_BUF_FLAG_PACKET : PIPE_BUF_FLAG_MERGE));
	return copied;
}

/* Mostly the last write was in the same tick of the clock: then nothing is to be protected from a freeze. */
static bool times_are_old(struct inode *inode)
{
	struct timespec64 now = current_time(inode);

	return !timespec64_equal(&inode->i_mtime, &now) || !timespec64_equal(&inode->i_ctime, &now);
}

static ssize_t pipe_write(struct kiocb *iocb, struct iov_iter *from)
{
	struct file *filp = iocb->ki_filp;
	struct pipe_inode_info *pipe = filp->private_data;
	bool was_empty, packet = filp->f_flags & O_DIRECT, wake_reader = false;
	ssize_t ret = 0, n;

	if (unlikely(!iov_iter_count(from)))
		return 0;
	mutex_lock(&pipe->mutex);
	was_empty = pipe_empty(pipe->head, pipe->tail);
	if (pipe->readers) {
		n = pipe_merge(pipe, from, iov_iter_count(from) & (PAGE_SIZE - 1));
		if (n < 0) {
			mutex_unlock(&pipe->mutex);
			return n;
		}
		ret = n;
	}
	while (iov_iter_count(from) || !pipe->readers) {
		if (!pipe->readers) {
			send_sig(SIGPIPE, current, 0);
			if (!ret)
				ret = -EPIPE;
			break;
		}
		if (!pipe_full(pipe)) {
			n = pipe_fill_slot(pipe, from, packet);
			if (n < 0) {
				if (!ret)
					ret = n;
				break;
			}
			ret += n;
			continue;
		}
		if ((filp->f_flags & O_NONBLOCK) || (iocb->ki_flags & IOCB_NOWAIT)) {
			if (!ret)
				ret = -EAGAIN;
			break;
		}
		mutex_unlock(&pipe->mutex);
		if (was_empty || wake_reader)
			pipe_wake_readers(pipe);
		n = wait_event_interruptible(pipe->wr_wait, READ_ONCE(pipe->head) -
					     READ_ONCE(pipe->tail) < READ_ONCE(pipe->ring_size) ||
					     !READ_ONCE(pipe->readers));
		mutex_lock(&pipe->mutex);
		was_empty = pipe_empty(pipe->head, pipe->tail);
		wake_reader = true;
		if (n < 0) {
			if (!ret)
				ret = -ERESTARTSYS;
			break;
		}
	}
	if (!pipe_empty(pipe->head, pipe->tail))
		wake_reader |= was_empty || READ_ONCE(pipe->polled);
	mutex_unlock(&pipe->mutex);
	if (wake_reader)
		pipe_wake_readers(pipe);
	if (ret > 0 && times_are_old(file_inode(filp)) && sb_start_write_trylock(file_inode(filp)->i_sb)) {
		int err = file_update_time(filp);

		if (err)
			ret = err;
		sb_end_write(file_inode(filp)->i_sb);
	}
	return ret;
}

/* ---- poll, ioctl, release ---- */

static __poll_t pipe_poll(struct file *filp, struct poll_table_struct *wait)
{
	struct pipe_inode_info *pipe = filp->private_data;
	unsigned int head, tail;
	__poll_t mask = 0;

	WRITE_ONCE(pipe->polled, true);
	if (filp->f_mode & FMODE_READ)
		poll_wait(filp, &pipe->rd_wait, wait);
	if (filp->f_mode & FMODE_WRITE)
		poll_wait(filp, &pipe->wr_wait, wait);
	head = READ_ONCE(pipe->head);
	tail = READ_ONCE(pipe->tail);
	if (filp->f_mode & FMODE_READ) {
		if (head != tail)
			mask |= EPOLLIN | EPOLLRDNORM;
		/* A reader that has seen no writer since it opened is not at the end yet. */
		if (!READ_ONCE(pipe->writers) && filp->f_version != pipe->w_counter)
			mask |= EPOLLHUP;
	}
	if (filp->f_mode & FMODE_WRITE) {
		if (head - tail < READ_ONCE(pipe->ring_size))
			mask |= EPOLLOUT | EPOLLWRNORM;
		if (!READ_ONCE(pipe->readers))
			mask |= EPOLLERR;
	}
	return mask;
}

static long pipe_ioctl(struct file *filp, unsigned int cmd, unsigned long arg)
{
	struct pipe_inode_info *pipe = filp->private_data;
	int count = 0;

	if (cmd != FIONREAD)
		return -ENOIOCTLCMD;
	mutex_lock(&pipe->mutex);
	for (unsigned int i = pipe->tail; i != pipe->head; i++)
		count += pipe->bufs[i & (pipe->ring_size - 1)].len;
	mutex_unlock(&pipe->mutex);
	return put_user(count, (int __user *)arg);
}

static int pipe_fasync(int fd, struct file *file, int on)
{
	struct pipe_inode_info *pipe = file->private_data;
	int err = 0;

	if (file->f_mode & FMODE_READ)
		err = fasync_helper(fd, file, on, &pipe->fasync_readers);
	if (err >= 0 && (file->f_mode & FMODE_WRITE)) {
		err = fasync_helper(fd, file, on, &pipe->fasync_writers);
		/* both or neither */
		if (err < 0 && (file->f_mode & FMODE_READ))
			fasync_helper(-1, file, 0, &pipe->fasync_readers);
	}
	return err < 0 ? err : 0;
}

static int pipe_release(struct inode *inode, struct file *file)
{
	struct pipe_inode_info *pipe = file->private_data;
	bool wake;

	mutex_lock(&pipe->mutex);
	if (file->f_mode & FMODE_READ)
		pipe->readers--;
	if (file->f_mode & FMODE_WRITE)
		pipe->writers--;
	wake = !pipe->readers != !pipe->writers;
	mutex_unlock(&pipe->mutex);
	if (wake) {
		wake_up_all(&pipe->rd_wait);
		wake_up_all(&pipe->wr_wait);
		kill_fasync(&pipe->fasync_readers, SIGIO, POLL_IN);
		kill_fasync(&pipe->fasync_writers, SIGIO, POLL_OUT);
	}
	put_pipe_info(inode, pipe);
	return 0;
}

/* ---- FIFOs ---- */

/* Waits until the other side has been opened since *cnt was read. */
static int wait_for_partner(struct pipe_inode_info *pipe, unsigned int *cnt)
{
	unsigned int cur = *cnt;
	int ret;

	mutex_unlock(&pipe->mutex);
	ret = wait_event_interruptible(pipe->rd_wait, READ_ONCE(*cnt) != cur);
	mutex_lock(&pipe->mutex);
	return ret < 0 && *cnt == cur ? -ERESTARTSYS : 0;
}

/* Finds or makes the pipe behind a FIFO's inode, counting this file. */
static struct pipe_inode_info *fifo_get_pipe(struct inode *inode)
{
	struct pipe_inode_info *pipe, *new;

	spin_lock(&inode->i_lock);
	if (inode->i_pipe) {
		pipe = inode->i_pipe;
		pipe->files++;
		spin_unlock(&inode->i_lock);
		return pipe;
	}
	spin_unlock(&inode->i_lock);
	new = alloc_pipe_info();
	if (!new)
		return NULL;
	new->files = 1;
	spin_lock(&inode->i_lock);
	if (unlikely(inode->i_pipe)) {
		pipe = inode->i_pipe;
		pipe->files++;
		spin_unlock(&inode->i_lock);
		free_pipe_info(new);
		return pipe;
	}
	inode->i_pipe = new;
	spin_unlock(&inode->i_lock);
	return new;
}

static int fifo_open_read(struct file *filp, struct pipe_inode_info *pipe, bool is_pipe)
{
	pipe->r_counter++;
	if (pipe->readers++ == 0)
		wake_up_all(&pipe->rd_wait);
	if (is_pipe || pipe->writers)
		return 0;
	if (filp->f_flags & O_NONBLOCK) {
		/* No hang-up until a writer has come and gone. */
		filp->f_version = pipe->w_counter;
		return 0;
	}
	if (wait_for_partner(pipe, &pipe->w_counter)) {
		if (!--pipe->readers)
			wake_up_all(&pipe->wr_wait);
		return -ERESTARTSYS;
	}
	return 0;
}

static int fifo_open_write(struct file *filp, struct pipe_inode_info *pipe, bool is_pipe)
{
	if (!is_pipe && (filp->f_flags & O_NONBLOCK) && !pipe->readers)
		return -ENXIO;
	pipe->w_counter++;
	if (!pipe->writers++)
		wake_up_all(&pipe->rd_wait);
	if (is_pipe || pipe->readers)
		return 0;
	if (wait_for_partner(pipe, &pipe->r_counter)) {
		if (!--pipe->writers)
			wake_up_all(&pipe->rd_wait);
		return -ERESTARTSYS;
	}
	return 0;
}

static int fifo_open(struct inode *inode, struct file *filp)
{
	bool is_pipe = inode->i_sb->s_magic == PIPEFS_MAGIC;
	struct pipe_inode_info *pipe = fifo_get_pipe(inode);
	int ret = 0;

	if (!pipe)
		return -ENOMEM;
	filp->f_version = 0;
	filp->private_data = pipe;
	stream_open(inode, filp);
	mutex_lock(&pipe->mutex);
	switch (filp->f_mode & (FMODE_READ | FMODE_WRITE)) {
	case FMODE_READ:
		ret = fifo_open_read(filp, pipe, is_pipe);
		break;
	case FMODE_WRITE:
		ret = fifo_open_write(filp, pipe, is_pipe);
		break;
	case FMODE_READ | FMODE_WRITE:
		/* Its own partner; POSIX leaves this open, and programs use it. */
		pipe->readers++;
		pipe->writers++;
		pipe->r_counter++;
		pipe->w_counter++;
		wake_up_all(&pipe->rd_wait);
		break;
	default:
		ret = -EINVAL;
	}
	mutex_unlock(&pipe->mutex);
	if (ret)
		put_pipe_info(inode, pipe);
	return ret;
}

const struct file_operations pipefifo_fops = {
	.open = fifo_open,
	.llseek = no_llseek,
	.read_iter = pipe_read,
	.write_iter = pipe_write,
	.poll = pipe_poll,
	.unlocked_ioctl = pipe_ioctl,
	.fasync = pipe_fasync,
	.release = pipe_release,
};
