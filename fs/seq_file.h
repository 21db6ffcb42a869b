/* SPDX-License-Identifier: MIT */
/*
 * Files whose text is made up as it is read: a sequence of records, each printed by ->show into a buffer
 * that grows until the record fits.
 *
 * ->start(m, &pos) finds the record at pos and takes what locks it needs; ->next(m, v, &pos) moves on and
 * must always advance pos; ->stop(m, v) undoes start, and is called after every start, also after one that
 * found nothing. None of them runs while text is copied to the reader, so they may hold spinlocks; between two
 * reads nothing is held, and the sequence is found again by its number.
 */
#ifndef FS_SEQ_FILE_H
#define FS_SEQ_FILE_H

#include "kernel/lib/printk.h"
#include "kernel/lib/types.h"
#include "kernel/lock/mutex.h"

struct file;
struct inode;
struct iov_iter;
struct kiocb;
struct path;
struct seq_operations;

/* All of it under lock. */
struct seq_file {
	char *buf;
	size_t size;		/* of buf */
	size_t from;		/* text that is waiting to be copied: buf[from .. from + count) */
	size_t count;		/* while records are printed: the end of the text; == size: overflow */
	loff_t index;		/* number of the next record to print */
	loff_t read_pos;	/* the byte of the file that comes next */
	struct mutex lock;
	const struct seq_operations *op;
	const struct file *file;
	void *private;
};

struct seq_operations {
	void *(*start)(struct seq_file *m, loff_t *pos);	/* NULL: the end; ERR_PTR */
	void (*stop)(struct seq_file *m, void *v);
	void *(*next)(struct seq_file *m, void *v, loff_t *pos);
	int (*show)(struct seq_file *m, void *v);		/* 0, SEQ_SKIP, or -errno */
};

/* From ->show: print nothing for this record after all. */
#define SEQ_SKIP 1
/* What ->start may return for a header line. */
#define SEQ_START_TOKEN ((void *)1)

/* For ->open: 0 or -errno. file->private_data is the seq_file. */
int seq_open(struct file *file, const struct seq_operations *op);
int seq_release(struct inode *inode, struct file *file);
/* One record, the whole file; data is handed on in m->private. */
int single_open(struct file *file, int (*show)(struct seq_file *m, void *v), void *data);
int single_release(struct inode *inode, struct file *file);

/* the file operations to go with them */
ssize_t seq_read_iter(struct kiocb *iocb, struct iov_iter *iter);
loff_t seq_lseek(struct file *file, loff_t offset, int whence);

/* Printing, from ->show only. What does not fit is printed again in a larger buffer. */
void seq_printf(struct seq_file *m, const char *fmt, ...) __printf(2, 3);
void seq_write(struct seq_file *m, const void *data, size_t len);
void seq_puts(struct seq_file *m, const char *s);
void seq_putc(struct seq_file *m, char c);
/* The characters of s; those in esc, and backslash, as three octal digits after a backslash. */
void seq_escape(struct seq_file *m, const char *s, const char *esc);
/* The path as the calling task sees it, escaped likewise. 0 or -errno. May sleep. */
int seq_path(struct seq_file *m, const struct path *path, const char *esc);

/* The same, and only the characters of esc are escaped. */
int seq_path_raw(struct seq_file *m, const struct path *path, const char *esc);

static inline bool seq_has_overflowed(const struct seq_file *m)
{
	return m->count == m->size;
}

#endif
