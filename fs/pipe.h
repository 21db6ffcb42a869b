// SPDX-License-Identifier: MIT
/*
 * Pipes and FIFOs: a ring of page-sized buffers.
 */
#ifndef FS_PIPE_H
#define FS_PIPE_H

#include "kernel/lib/types.h"
#include "kernel/lock/mutex.h"
#include "kernel/lock/wait.h"

struct file;
struct inode;
struct page;

#define PIPE_DEF_BUFFERS 16
#define PIPE_MAX_SIZE	(1U << 20)	/* bytes, without CAP_SYS_RESOURCE */
#define PIPE_BUF	4096		/* bytes written in one piece */

#define SPLICE_F_NONBLOCK 0x02

#define PIPE_BUF_FLAG_GIFT   0x04	/* vmsplice: the program will not touch the page again */
#define PIPE_BUF_FLAG_PACKET 0x08	/* O_DIRECT: one write, one read */
#define PIPE_BUF_FLAG_OWN    0x10	/* the pipe's own page, to be used again; others are a file's or a program's */
#define PIPE_BUF_FLAG_MERGE  0x20	/* a write may add to it: not if another pipe has it too */

struct pipe_buffer {
	struct page *page;		/* a reference */
	unsigned int offset, len;	/* what is left to read */
	unsigned int flags;
};

struct pipe_inode_info {
	struct mutex mutex;		/* guards the rest */
	wait_queue_head_t rd_wait;	/* for data, and for writers to come */
	wait_queue_head_t wr_wait;	/* for room, and for readers to come */
	unsigned int head;		/* bufs written so far; the slot is head mod ring_size */
	unsigned int tail;		/* bufs read so far */
	unsigned int ring_size;		/* a power of two */
	unsigned int readers, writers;
	unsigned int files;		/* open files; inode's i_lock */
	bool polled;			/* somebody asked by poll, perhaps for edges: each write is one */
	unsigned int r_counter, w_counter; /* opens so far, so that a short-lived peer is seen */
	struct page *tmp_page;		/* spare */
	struct fasync_struct *fasync_readers, *fasync_writers; /* who is told by signals, see fs/fasync.h */
	struct pipe_buffer *bufs;
};

static inline bool pipe_empty(unsigned int head, unsigned int tail)
{
	return head == tail;
}

static inline bool pipe_full(const struct pipe_inode_info *pipe)
{
	return pipe->head - pipe->tail >= pipe->ring_size;
}

#define PIPEFS_MAGIC 0x50495045

/* An empty pipe without files; NULL without memory. May sleep. */
struct pipe_inode_info *alloc_pipe_info(void);
void free_pipe_info(struct pipe_inode_info *pipe);
/* Drops an open file's share; the last one frees the pipe. May sleep. */
void put_pipe_info(struct inode *inode, struct pipe_inode_info *pipe);
struct pipe_inode_info *get_pipe_info(struct file *file);

/* For splice: all with pipe->mutex held. */
/* Waits until there is data (or no writer: 0 data, returns 0) or room. -EAGAIN, -ERESTARTSYS, -EPIPE (and SIGPIPE). Drops the mutex. */
int pipe_wait_data(struct pipe_inode_info *pipe, bool nonblock);
int pipe_wait_room(struct pipe_inode_info *pipe, bool nonblock);
/* Adds a buffer, whose reference it takes over; there is room. */
void pipe_add_buf(struct pipe_inode_info *pipe, struct page *page, unsigned int offset, unsigned int len, unsigned int flags);
/* Takes bytes off the first buffer; frees it when nothing is left. */
void pipe_consume(struct pipe_inode_info *pipe, unsigned int bytes);
/* Without the mutex: there may be data, or room. */
void pipe_wake_readers(struct pipe_inode_info *pipe);
void pipe_wake_writers(struct pipe_inode_info *pipe);

/*
 * From a file with ->splice_read into a pipe. pos: &file->f_pos where the file's own position is used; NULL for a stream. Bytes or an error.
 * No locks held; may sleep.
 */
ssize_t splice_file_to_pipe(struct file *in, loff_t *pos, struct pipe_inode_info *pipe, size_t len, unsigned int flags);
/*
 * Between regular files: what is in the cache of the one is copied once, into that of the other. Positions move by what was written.
 * Bytes, or an error if that came before any. May sleep.
 */
ssize_t splice_file_to_file(struct file *in, loff_t *in_pos, struct file *out, loff_t *out_pos, size_t len);

/* F_SETPIPE_SZ, F_GETPIPE_SZ */
long pipe_fcntl(struct file *file, unsigned int cmd, unsigned long arg);
void pipe_init(void);

#endif
