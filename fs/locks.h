// SPDX-License-Identifier: MIT
/*
 * Locks on files: POSIX record locks (of a process), OFD locks (of an open file description), flock
 * locks, and leases.
 */
#ifndef FS_LOCKS_H
#define FS_LOCKS_H

#include "kernel/lib/types.h"
#include "kernel/lib/list.h"
#include "kernel/lock/spinlock.h"
#include "kernel/lock/wait.h"
#include "fs/fcntl.h"
#include "gen/file_lock_operations.h"
#include "gen/lock_manager_operations.h"

struct file;
struct inode;

/* fl_flags */
#define FL_POSIX	1
#define FL_FLOCK	2
#define FL_ACCESS	8	/* ask only, do not take */
#define FL_EXISTS	16	/* unlocking: fail if there was nothing */
#define FL_LEASE	32
#define FL_CLOSE	64	/* unlock at close */
#define FL_SLEEP	128	/* wait for it */
#define FL_OFDLCK	1024

#define FILE_LOCK_DEFERRED 1

#define OFFSET_MAX LLONG_MAX /* fl_end of a lock up to wherever the end is */

typedef void *fl_owner_t;

struct file_lock {
	struct file_lock *fl_blocker;		/* whom it waits for; blocked_lock_lock */
	struct list_head fl_list;		/* in the context; flc_lock */
	struct hlist_node fl_link;		/* waiting POSIX locks by owner; blocked_lock_lock */
	struct list_head fl_blocked_requests;	/* who waits for it; blocked_lock_lock */
	struct list_head fl_blocked_member;	/* in the above; blocked_lock_lock */
	fl_owner_t fl_owner;
	unsigned int fl_flags;			/* FL_* */
	unsigned char fl_type;			/* F_RDLCK, F_WRLCK, F_UNLCK */
	int fl_pid;
	int fl_fd;				/* of a lease: the descriptor it was taken by, for the signal */
	wait_queue_head_t fl_wait;
	struct file *fl_file;
	loff_t fl_start;
	loff_t fl_end;				/* inclusive */
	unsigned long fl_break_time;		/* jiffies when a broken lease is taken away */
	const struct file_lock_operations *fl_ops;
	const struct lock_manager_operations *fl_lmops;
	void *fl_private;
};

/* an inode's locks, made when the first is taken, freed with the inode */
struct file_lock_context {
	spinlock_t flc_lock;
	struct list_head flc_flock;	/* flc_lock */
	struct list_head flc_posix;	/* flc_lock; sorted by owner, then start */
	struct list_head flc_lease;	/* flc_lock */
};

extern spinlock_t blocked_lock_lock;

void locks_init_lock(struct file_lock *fl);
/* Takes, changes or drops a record lock: 0, -EAGAIN, -EDEADLK, -ENOLCK, FILE_LOCK_DEFERRED. */
int posix_lock_file(struct file *file, struct file_lock *fl, struct file_lock *conflock);
void posix_test_lock(struct file *file, struct file_lock *fl);
/* Also asks the file system's ->lock or ->flock, if it has one. */
int vfs_lock_file(struct file *file, unsigned int cmd, struct file_lock *fl,
		  struct file_lock *conf);
int vfs_test_lock(struct file *file, struct file_lock *fl);
int locks_lock_file_wait(struct file *file, struct file_lock *fl);
int locks_delete_block(struct file_lock *waiter);
/* All record locks of an owner on a file: at each close of a descriptor. */
void locks_remove_posix(struct file *file, fl_owner_t owner);
/* Everything that belongs to an open file description: at its end. */
void locks_remove_file(struct file *file);

/* Settings: seconds that the holder of a lease has to give it up; may leases be taken at all? READ_ONCE. */
extern int lease_break_time, leases_enable;
/* leases; mode is an open's flags: O_RDONLY breaks write leases only */
int __break_lease(struct inode *inode, unsigned int mode, unsigned int type);
int break_lease(struct inode *inode, unsigned int mode);
int fcntl_setlease(unsigned int fd, struct file *file, long arg);
int fcntl_getlease(struct file *file);
int generic_setlease(struct file *file, long arg, struct file_lock **flp, void **priv);

int fcntl_getlk(struct file *file, unsigned int cmd, struct flock __user *arg);
int fcntl_setlk(unsigned int fd, struct file *file, unsigned int cmd, struct flock __user *arg);
void filelock_init(void);

#endif
