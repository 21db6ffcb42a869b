// SPDX-License-Identifier: MIT
/*
 * Sequence files: see seq_file.h.
 *
 * A read takes up where the last one ended. Text that was printed but did not fit the reader's buffer waits in m->buf
 * and is handed out first, so a record is never cut by a change between two reads. m->lock makes one reader at
 * a time use the buffer; a reader at another position (pread, lseek, a second thread) makes the text again
 * from the start up to there, as it is then.
 *
 * Lock order: f_pos_lock -> m->lock -> whatever ->start takes; m->lock -> mmap_sem (the copy may fault).
 */
#include "fs/seq_file.h"
#include "fs/dcache.h"
#include "fs/fs.h"
#include "fs/namei.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/string.h"
#include "mm/gfp.h"
#include "mm/iov_iter.h"
#include "mm/page.h"
#include "mm/slab.h"

/* ---- open and release ---- */

int seq_open(struct file *file, const struct seq_operations *op)
{
	struct seq_file *m = kzalloc(sizeof(*m), GFP_KERNEL);

	if (!m)
		return -ENOMEM;
	mutex_init(&m->lock);
	m->op = op;
	m->file = file;
	file->private_data = m;
	/* The text is made by the reader; a position means bytes of it, whoever wrote. */
	file->f_mode &= ~FMODE_PWRITE;
	return 0;
}

int seq_release(struct inode *inode, struct file *file)
{
	struct seq_file *m = file->private_data;

	kvfree(m->buf);
	kfree(m);
	return 0;
}

static void *single_start(struct seq_file *m, loff_t *pos)
{
	return *pos ? NULL : SEQ_START_TOKEN;
}

static void *single_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return NULL;
}

static void single_stop(struct seq_file *m, void *v)
{
}

int single_open(struct file *file, int (*show)(struct seq_file *m, void *v), void *data)
{
	struct seq_operations *op = kmalloc(sizeof(*op), GFP_KERNEL);
	int err;

	if (!op)
		return -ENOMEM;
	*op = (struct seq_operations){
		.start = single_start, .next = single_next, .stop = single_stop, .show = show,
	};
	err = seq_open(file, op);
	if (err)
		kfree(op);
	else
		((struct seq_file *)file->private_data)->private = data;
	return err;
}

int single_release(struct inode *inode, struct file *file)
{
	const struct seq_operations *op = ((struct seq_file *)file->private_data)->op;

	seq_release(inode, file);
	kfree(op);
	return 0;
}

/* ---- making text; m->lock held ---- */

/* A buffer of @size bytes in place of the old one, whose text is gone. */
static int new_buffer(struct seq_file *m, size_t size)
{
	kvfree(m->buf);
	m->from = m->count = 0;
	m->buf = kvmalloc(size, GFP_KERNEL);
	m->size = m->buf ? size : 0;
	return m->buf ? 0 : -ENOMEM;
}

/* From *v on to the first record that prints something, alone in the buffer: 1; 0 at the end; -errno. */
static int first_record(struct seq_file *m, void **v)
{
	while (!IS_ERR_OR_NULL(*v)) {
		int err = m->op->show(m, *v);

		if (err < 0)
			return err;
		if (err > 0)
			m->count = 0;
		if (m->count)
			return 1;
		*v = m->op->next(m, *v, &m->index);
	}
	return *v ? PTR_ERR(*v) : 0;
}

/* More records behind the first, while @want bytes are not there and the record fits whole. */
static void more_records(struct seq_file *m, void **v, size_t want)
{
	for (;;) {
		size_t before = m->count;
		int err;

		*v = m->op->next(m, *v, &m->index);
		if (IS_ERR_OR_NULL(*v) || m->count >= want)
			return;
		err = m->op->show(m, *v);
		if (err > 0) {
			m->count = before;
		} else if (err || seq_has_overflowed(m)) {
			/* It comes first the next time, with a larger buffer or its error. */
			m->count = before;
			return;
		}
	}
}

/* Fills the empty buffer with at least one record, up to about @want bytes. 0 (count 0: the end) or -errno. */
static int fill(struct seq_file *m, size_t want)
{
	int ret = m->buf ? 0 : new_buffer(m, PAGE_SIZE);

	while (!ret) {
		void *v = m->op->start(m, &m->index);

		m->from = m->count = 0;
		ret = first_record(m, &v);
		if (ret > 0 && !seq_has_overflowed(m)) {
			more_records(m, &v, want);
			m->op->stop(m, v);
			return 0;
		}
		m->op->stop(m, v);
		m->count = 0;
		if (ret <= 0)
			break;
		/* The record is larger than the buffer: again, in one twice as large. */
		ret = new_buffer(m, m->size * 2);
	}
	return ret;
}

/* Makes the text from the start and throws it away up to byte @pos. 0, also when it ends before; -errno. */
static int skip_to(struct seq_file *m, loff_t pos)
{
	loff_t at = 0;

	m->index = 0;
	m->from = m->count = 0;
	while (at < pos) {
		int err = fill(m, min_t(loff_t, pos - at, PAGE_SIZE));
		size_t n;

		if (err)
			return err;
		if (!m->count)
			break;
		n = min_t(loff_t, pos - at, m->count);
		at += n;
		m->from += n;
		m->count -= n;
	}
	m->read_pos = pos;
	return 0;
}

/* ---- reading ---- */

ssize_t seq_read_iter(struct kiocb *iocb, struct iov_iter *iter)
{
	struct seq_file *m = iocb->ki_filp->private_data;
	size_t copied = 0;
	int err = 0;

	if (!iov_iter_count(iter))
		return 0;
	mutex_lock(&m->lock);
	/* From the start everything is made anew, so that a file can be read again. */
	if (iocb->ki_pos == 0 || iocb->ki_pos != m->read_pos) {
		err = skip_to(m, iocb->ki_pos);
		if (err) {
			m->read_pos = 0;
			m->index = 0;
			m->from = m->count = 0;
		}
	}
	while (!err && iov_iter_count(iter)) {
		size_t n;

		if (!m->count) {
			err = fill(m, iov_iter_count(iter));
			if (err || !m->count)
				break;
		}
		n = copy_to_iter(m->buf + m->from, min(m->count, iov_iter_count(iter)), iter);
		m->from += n;
		m->count -= n;
		copied += n;
		if (m->count && iov_iter_count(iter))
			err = -EFAULT;
	}
	if (copied) {
		iocb->ki_pos += copied;
		m->read_pos += copied;
		err = 0;
	}
	mutex_unlock(&m->lock);
	return copied ? (ssize_t)copied : err;
}

/* The end is not known before it is read: SEEK_END is refused. */
loff_t seq_lseek(struct file *file, loff_t offset, int whence)
{
	struct seq_file *m = file->private_data;
	loff_t ret = -EINVAL;

	mutex_lock(&m->lock);
	if (whence == SEEK_CUR)
		offset += file->f_pos;
	if ((whence == SEEK_SET || whence == SEEK_CUR) && offset >= 0)
		ret = file->f_pos = offset;
	mutex_unlock(&m->lock);
	return ret;
}

/* ---- printing ---- */

void seq_printf(struct seq_file *m, const char *fmt, ...)
{
	size_t room = m->size - m->count;
	va_list args;
	int len;

	if (!room)
		return;
	va_start(args, fmt);
	len = vsnprintf(m->buf + m->count, room, fmt, args);
	va_end(args);
	m->count += min_t(size_t, len, room);
}

void seq_write(struct seq_file *m, const void *data, size_t len)
{
	/* As seq_printf: a buffer that is just full counts as too small. */
	if (len >= m->size - m->count) {
		m->count = m->size;
		return;
	}
	memcpy(m->buf + m->count, data, len);
	m->count += len;
}

void seq_puts(struct seq_file *m, const char *s)
{
	seq_write(m, s, strlen(s));
}

void seq_putc(struct seq_file *m, char c)
{
	if (m->count < m->size)
		m->buf[m->count++] = c;
}

static void escape(struct seq_file *m, const char *s, const char *esc, bool backslash)
{
	for (; *s; s++) {
		if ((*s == '\\' && backslash) || strchr(esc, *s))
			seq_printf(m, "\\%03o", (unsigned char)*s);
		else
			seq_putc(m, *s);
	}
}

void seq_escape(struct seq_file *m, const char *s, const char *esc)
{
	escape(m, s, esc, true);
}

static int show_path(struct seq_file *m, const struct path *path, const char *esc, bool backslash)
{
	char *page = kmalloc(PATH_MAX, GFP_KERNEL), *name;

	if (!page)
		return -ENOMEM;
	name = d_path(path, page, PATH_MAX);
	if (!IS_ERR(name))
		escape(m, name, esc, backslash);
	kfree(page);
	return IS_ERR(name) ? PTR_ERR(name) : 0;
}

int seq_path(struct seq_file *m, const struct path *path, const char *esc)
{
	return show_path(m, path, esc, true);
}

int seq_path_raw(struct seq_file *m, const struct path *path, const char *esc)
{
	return show_path(m, path, esc, false);
}
