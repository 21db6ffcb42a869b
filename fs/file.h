// SPDX-License-Identifier: MIT
/*
 * struct file (an open file description), the I/O control block, and read/write entry points.
 */
#ifndef FS_FILE_H
#define FS_FILE_H

#include "kernel/lib/types.h"
#include "kernel/lib/errseq.h"
#include "kernel/lib/list.h"
#include "kernel/lib/llist.h"
#include "kernel/x86/atomic.h"
#include "kernel/lock/mutex.h"
#include "kernel/lock/spinlock.h"
#include "kernel/lock/rcu.h"
#include "kernel/lock/rwlock.h"
#include "fs/path.h"
#include "fs/fcntl.h"

struct inode;
struct file_operations;
struct address_space;
struct cred;
struct iov_iter;
struct iovec;
struct kstat;
struct page;

/* f_mode */
#define FMODE_READ		((fmode_t)0x1)
#define FMODE_WRITE		((fmode_t)0x2)
#define FMODE_LSEEK		((fmode_t)0x4)
#define FMODE_PREAD		((fmode_t)0x8)
#define FMODE_PWRITE		((fmode_t)0x10)
#define FMODE_EXEC		((fmode_t)0x20)
#define FMODE_NDELAY		((fmode_t)0x40)
#define FMODE_EXCL		((fmode_t)0x80)
#define FMODE_WRITER		((fmode_t)0x200)	/* counted in i_writecount and mount writers */
#define FMODE_RANDOM		((fmode_t)0x1000)
#define FMODE_PATH		((fmode_t)0x4000)
#define FMODE_ATOMIC_POS	((fmode_t)0x8000)	/* f_pos changes under f_pos_lock */
#define FMODE_CAN_READ		((fmode_t)0x20000)
#define FMODE_CAN_WRITE		((fmode_t)0x40000)
#define FMODE_OPENED		((fmode_t)0x80000)
#define FMODE_CREATED		((fmode_t)0x100000)
#define FMODE_STREAM		((fmode_t)0x200000)
#define FMODE_NONOTIFY		((fmode_t)0x4000000)	/* what is done through it is told to nobody */
#define FMODE_NOWAIT		((fmode_t)0x8000000)
#define FMODE_NEED_UNMOUNT	((fmode_t)0x10000000)	/* its mount is in no tree but one of its own */

/* read-ahead state of one open file; sizes in pages; racy updates are harmless */
struct file_ra_state {
	pgoff_t start;			/* where the current window began */
	unsigned int size;
	unsigned int async_size;	/* start the next window when this much is left */
	unsigned int ra_pages;		/* largest window */
	unsigned int mmap_miss;
	loff_t prev_pos;		/* where the last read ended, bytes */
};

struct fown_struct {
	rwlock_t lock;			/* guards the rest */
	int pid;			/* >0 task, <0 group, who gets the signal */
	int pid_type;
	uid_t uid, euid;
	int signum;
};

struct file {
	union {
		struct callback_head f_work;	/* the deferred final put: by the task, */
		struct llist_node f_llist;	/* or by a work item */
	};
	struct path f_path;
	struct inode *f_inode;
	const struct file_operations *f_op;
	spinlock_t f_lock;			/* guards f_flags, f_ep */
	struct hlist_head f_ep;			/* who watches this file: items of epolls; f_lock, RCU readers */
	bool f_ep_used;				/* f_ep was not always empty; f_lock, never cleared */
	atomic_long_t f_count;			/* 0 -> freed; RCU finders use inc-not-zero */
	unsigned int f_flags;
	fmode_t f_mode;
	struct mutex f_pos_lock;
	loff_t f_pos;				/* f_pos_lock if FMODE_ATOMIC_POS */
	struct fown_struct f_owner;
	const struct cred *f_cred;
	struct file_ra_state f_ra;
	u64 f_version;
	void *private_data;
	struct address_space *f_mapping;
	errseq_t f_wb_err;			/* f_lock */
	errseq_t f_sb_err;			/* f_lock; for syncfs */
};

/* ki_flags */
#define IOCB_APPEND	(1 << 1)
#define IOCB_DIRECT	(1 << 2)
#define IOCB_HIPRI	(1 << 3)
#define IOCB_DSYNC	(1 << 4)
#define IOCB_SYNC	(1 << 5)
#define IOCB_WRITE	(1 << 6)
#define IOCB_NOWAIT	(1 << 7)

/* one read or write in flight; ki_complete NULL means that the caller waits */
struct kiocb {
	struct file *ki_filp;
	loff_t ki_pos;
	void (*ki_complete)(struct kiocb *iocb, long ret, long ret2);
	void *private;
	int ki_flags;
	u16 ki_hint;
	u16 ki_ioprio;
};

static inline bool is_sync_kiocb(const struct kiocb *iocb)
{
	return iocb->ki_complete == NULL;
}

int iocb_flags(const struct file *file);
void init_sync_kiocb(struct kiocb *iocb, struct file *file);

/* flags of preadv2/pwritev2 */
#define RWF_HIPRI	0x01
#define RWF_DSYNC	0x02
#define RWF_SYNC	0x04
#define RWF_NOWAIT	0x08
#define RWF_APPEND	0x10
#define RWF_SUPPORTED	0x1f

/* lseek */
#define SEEK_SET	0
#define SEEK_CUR	1
#define SEEK_END	2
#define SEEK_DATA	3
#define SEEK_HOLE	4
#define SEEK_MAX	SEEK_HOLE

#define MAX_RW_COUNT	(0x7fffffff & ~0xfff)
#define UIO_MAXIOV	1024

static inline struct inode *file_inode(const struct file *f)
{
	return f->f_inode;
}

static inline struct dentry *file_dentry(const struct file *f)
{
	return f->f_path.dentry;
}

static inline struct file *get_file(struct file *f)
{
	atomic_long_inc(&f->f_count);
	return f;
}

#define get_file_rcu(f)	atomic_long_inc_not_zero(&(f)->f_count)
#define file_count(f)	atomic_long_read(&(f)->f_count)

/* Drops a reference. Any context that allows spinlocks: the final part is deferred. */
void fput(struct file *file);
/* Final put on the spot, for kernel threads with no locks held. May sleep. */
void __fput_sync(struct file *file);
/* Waits until all deferred puts queued before have run. */
void flush_delayed_fput(void);

/* Open files now, and how many there may be. */
long get_nr_files(void);
unsigned long files_max(void);

struct file *alloc_empty_file(int flags, const struct cred *cred);
struct file *alloc_file_pseudo(struct inode *inode, struct vfsmount *mnt, const char *name,
			       int flags, const struct file_operations *fops);
struct file *alloc_file_clone(struct file *base, int flags, const struct file_operations *fops);

/* Kernel-side open by path; ERR_PTR. */
struct file *filp_open(const char *name, int flags, umode_t mode);
struct file *file_open_root(const struct path *root, const char *name, int flags, umode_t mode);
struct file *dentry_open(const struct path *path, int flags, const struct cred *cred);
int filp_close(struct file *file);
int finish_open(struct file *file, struct dentry *dentry, int (*open)(struct inode *, struct file *));
int finish_no_open(struct file *file, struct dentry *dentry);
int generic_file_open(struct inode *inode, struct file *file);
int nonseekable_open(struct inode *inode, struct file *file);
int stream_open(struct inode *inode, struct file *file);
int vfs_open(const struct path *path, struct file *file);

/* Kernel buffers; *pos is advanced. */
ssize_t kernel_read(struct file *file, void *buf, size_t count, loff_t *pos);
ssize_t kernel_write(struct file *file, const void *buf, size_t count, loff_t *pos);
/* User buffers. */
ssize_t vfs_read(struct file *file, char __user *buf, size_t count, loff_t *pos);
ssize_t vfs_write(struct file *file, const char __user *buf, size_t count, loff_t *pos);
ssize_t vfs_iter_read(struct file *file, struct iov_iter *iter, loff_t *pos, int flags);
ssize_t vfs_iter_write(struct file *file, struct iov_iter *iter, loff_t *pos, int flags);
loff_t vfs_llseek(struct file *file, loff_t offset, int whence);
int vfs_fsync(struct file *file, int datasync);
int vfs_fsync_range(struct file *file, loff_t start, loff_t end, int datasync);
int vfs_fallocate(struct file *file, int mode, loff_t offset, loff_t len);
int rw_verify_area(int read_write, struct file *file, const loff_t *pos, size_t count);
int vfs_ioctl(struct file *file, unsigned int cmd, unsigned long arg);

loff_t generic_file_llseek(struct file *file, loff_t offset, int whence);
loff_t generic_file_llseek_size(struct file *file, loff_t offset, int whence, loff_t maxsize,
				loff_t eof);
loff_t no_llseek(struct file *file, loff_t offset, int whence);
loff_t noop_llseek(struct file *file, loff_t offset, int whence);
loff_t default_llseek(struct file *file, loff_t offset, int whence);
loff_t vfs_setpos(struct file *file, loff_t offset, loff_t maxsize);

/* Checks limits before a write; i_rwsem held. Bytes to write, 0, or an error. */
ssize_t generic_write_checks(struct kiocb *iocb, struct iov_iter *from);
/* Finishes O_SYNC/O_DSYNC after a write of count bytes; i_rwsem not held. */
ssize_t generic_write_sync(struct kiocb *iocb, ssize_t count);

/* filemap.c (cache) */
ssize_t generic_file_read_iter(struct kiocb *iocb, struct iov_iter *iter);
ssize_t __generic_file_write_iter(struct kiocb *iocb, struct iov_iter *from);
ssize_t generic_file_write_iter(struct kiocb *iocb, struct iov_iter *from);
/*
 * ->splice_read of files whose data are in the page cache (the pipe gets the pages themselves), and of others with ->read_iter. Without the
 * operation a file cannot be spliced from: sendfile, too, then answers EINVAL. (splice.c)
 */
struct pipe_inode_info;
ssize_t generic_file_splice_read(struct file *in, loff_t *pos, struct pipe_inode_info *pipe, size_t len, unsigned int flags);
ssize_t copy_splice_read(struct file *in, loff_t *pos, struct pipe_inode_info *pipe, size_t len, unsigned int flags);
int file_write_and_wait_range(struct file *file, loff_t start, loff_t end);
int file_check_and_advance_wb_err(struct file *file);

/* the file system's mark that the f_op table may be used while this write runs */
void file_start_write(struct file *file);
void file_end_write(struct file *file);

/* executables that are running may not be written, and the reverse */
int deny_write_access(struct file *file);
void allow_write_access(struct file *file);
/* To execute: writing is denied to others until put_exec_file(). An error pointer. May sleep. */
struct filename;
struct file *open_exec(const char *name);
struct file *do_open_execat(int fd, struct filename *name, int flags);
void put_exec_file(struct file *file);
int get_write_access(struct inode *inode);
void put_write_access(struct inode *inode);

#endif
