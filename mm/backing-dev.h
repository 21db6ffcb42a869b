/* SPDX-License-Identifier: MIT */
/*
 * A backing device: what the page cache knows about the device under a mapping.  It carries the
 * lists of dirty inodes, the flusher work that writes them, and the read-ahead limit.
 */
#ifndef MM_BACKING_DEV_H
#define MM_BACKING_DEV_H

#include "kernel/lib/types.h"
#include "kernel/lib/list.h"
#include "kernel/lib/refcount.h"
#include "kernel/lock/spinlock.h"
#include "kernel/lock/wait.h"
#include "kernel/x86/atomic.h"
#include "mm/writeback.h"

struct inode;
struct super_block;
struct task_struct;
struct address_space;

/* Bits of bdi_writeback.state, atomic bit operations. */
enum wb_state {
	WB_registered,		/* the flusher runs */
	WB_has_dirty_io,	/* some inode is on b_dirty, b_io or b_more_io */
	WB_start_all,		/* somebody asked for everything to be written */
};

enum wb_stat_item {
	WB_RECLAIMABLE,		/* dirty pages */
	WB_WRITEBACK,		/* pages being written */
	WB_DIRTIED,		/* pages ever dirtied */
	WB_WRITTEN,		/* pages ever written */
	NR_WB_STAT_ITEMS,
};

struct bdi_writeback {
	struct backing_dev_info *bdi;
	unsigned long state;		/* enum wb_state */
	unsigned long last_old_flush;	/* jiffies of the last periodic pass; flusher only */

	spinlock_t list_lock;		/* the four lists, and i_io_list of the inodes on them */
	struct list_head b_dirty;	/* newly dirty, oldest at the tail */
	struct list_head b_io;		/* being written in this pass */
	struct list_head b_more_io;	/* to be continued in the next pass */
	struct list_head b_dirty_time;	/* only timestamps are dirty */

	atomic_long_t stat[NR_WB_STAT_ITEMS];

	spinlock_t work_lock;		/* work_list */
	struct list_head work_list;	/* struct wb_writeback_work */
	struct task_struct *task;	/* the flusher; constant while registered */
	wait_queue_head_t wake;		/* the flusher sleeps here */
	bool kick;			/* work_lock: look at the work list again */
	unsigned long written_stamp;	/* flusher only: bandwidth estimate */
	unsigned long written_pages;
	unsigned long avg_write_bandwidth; /* pages per second, read without a lock */
};

struct backing_dev_info {
	struct list_head bdi_list;	/* bdi_lock to write, RCU to read */
	refcount_t refcnt;
	unsigned long ra_pages;		/* largest read-ahead window, pages */
	unsigned long io_pages;		/* largest I/O, pages */
	unsigned int capabilities;	/* BDI_CAP_*: constant */
	char name[24];
	struct bdi_writeback wb;
	wait_queue_head_t congestion_wait;	/* throttled writers */
};

#define BDI_CAP_NO_ACCT_DIRTY	0x1
#define BDI_CAP_NO_WRITEBACK	0x2
#define BDI_CAP_NO_ACCT_AND_WRITEBACK	(BDI_CAP_NO_ACCT_DIRTY | BDI_CAP_NO_WRITEBACK)

/* For inodes that are never written back (pipes, memory-only file systems). */
extern struct backing_dev_info noop_backing_dev_info;

/*
 * Allocate a device's bdi with one reference, make it known and start its flusher (bdi_register),
 * write and stop (bdi_unregister, the device's last user is gone), drop a reference.  May sleep.
 */
struct backing_dev_info *bdi_alloc(gfp_t gfp);
int bdi_register(struct backing_dev_info *bdi, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void bdi_unregister(struct backing_dev_info *bdi);
struct backing_dev_info *bdi_get(struct backing_dev_info *bdi);
void bdi_put(struct backing_dev_info *bdi);

/* The bdi of an inode: its superblock's, or for a block-device inode that of the disk. */
struct backing_dev_info *inode_to_bdi(struct inode *inode);

static inline struct bdi_writeback *inode_to_wb(struct inode *inode)
{
	return &inode_to_bdi(inode)->wb;
}

static inline bool bdi_cap_writeback_dirty(struct backing_dev_info *bdi)
{
	return !(bdi->capabilities & BDI_CAP_NO_WRITEBACK);
}

static inline bool bdi_cap_account_dirty(struct backing_dev_info *bdi)
{
	return !(bdi->capabilities & BDI_CAP_NO_ACCT_DIRTY);
}

bool mapping_cap_writeback_dirty(struct address_space *mapping);
bool mapping_cap_account_dirty(struct address_space *mapping);

static inline bool wb_has_dirty_io(struct bdi_writeback *wb)
{
	return READ_ONCE(wb->state) & (1UL << WB_has_dirty_io);
}

static inline void wb_stat_mod(struct bdi_writeback *wb, enum wb_stat_item item, long n)
{
	atomic_long_add(n, &wb->stat[item]);
}

static inline unsigned long wb_stat(struct bdi_writeback *wb, enum wb_stat_item item)
{
	long v = atomic_long_read(&wb->stat[item]);

	return v < 0 ? 0 : v;
}

/* Every registered device: changed under a lock, walked under RCU. */
extern struct list_head bdi_list;

/* Wait up to @timeout ms for a flusher to finish a batch; returns what is left of it.  Sleeps. */
long congestion_wait(int sync, long timeout);

/* A flusher has submitted a batch: wake those who wait for that.  Any context. */
void wb_made_progress(struct bdi_writeback *wb);
/* Wait up to @ms for the flusher of this device to finish a batch.  Sleeps. */
void wb_wait_for_progress(struct bdi_writeback *wb, long ms);

/* fs/fs-writeback.c: the flusher of one device. */
void wb_start_background_writeback(struct bdi_writeback *wb);
void wb_wakeup(struct bdi_writeback *wb);
int wb_flusher_thread(void *wb);

void bdi_init_subsystem(void);

#endif
