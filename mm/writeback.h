/* SPDX-License-Identifier: MIT */
/*
 * Writeback: the control block passed to writepage and writepages, the entry points of the
 * flushers, and dirty throttling.
 */
#ifndef MM_WRITEBACK_H
#define MM_WRITEBACK_H

#include "kernel/lib/types.h"
#include "kernel/lib/list.h"
#include "mm/page.h"

struct address_space;
struct backing_dev_info;
struct inode;
struct super_block;
struct page;

/* How hard to try.  The locking document calls the first one WBC_SYNC_NONE. */
enum writeback_sync_modes {
	WB_SYNC_NONE,	/* memory cleansing: do not wait */
	WB_SYNC_ALL,	/* data integrity: wait for I/O in flight, then write */
};

enum wb_reason {
	WB_REASON_BACKGROUND,
	WB_REASON_VMSCAN,
	WB_REASON_SYNC,
	WB_REASON_PERIODIC,
	WB_REASON_FREE_SPACE,
	WB_REASON_MAX,
};

/* Lives on the writer's stack: not shared. */
struct writeback_control {
	long nr_to_write;	/* pages still wanted; counted down for each written */
	long pages_skipped;	/* pages redirtied instead of written */
	loff_t range_start;	/* bytes, inclusive */
	loff_t range_end;
	enum writeback_sync_modes sync_mode;
	unsigned for_kupdate:1;		/* periodic pass */
	unsigned for_background:1;	/* over the background threshold */
	unsigned tagged_writepages:1;	/* take a snapshot even for WB_SYNC_NONE */
	unsigned for_reclaim:1;		/* called from page reclaim */
	unsigned range_cyclic:1;	/* continue at mapping->writeback_index */
	unsigned for_sync:1;		/* sync(2) */
};

/* writepage's special return value: move the page to the active list, it cannot be written now. */
#define WRITEPAGE_ACTIVATE 0x80000
#define AOP_WRITEPAGE_ACTIVATE WRITEPAGE_ACTIVATE
/* Page truncated: look it up again. */
#define AOP_TRUNCATED_PAGE 0x80001

/* Flags of write_begin. */
#define AOP_FLAG_CONT_EXPAND	0x0001
#define AOP_FLAG_NOFS		0x0002

/* mm/page-writeback.c */
typedef int (*writepage_t)(struct page *page, struct writeback_control *wbc, void *data);
int generic_writepages(struct address_space *mapping, struct writeback_control *wbc);
/* Mark [start, end] dirty pages TOWRITE: later dirtying is not part of this sync. */
void tag_pages_for_writeback(struct address_space *mapping, pgoff_t start, pgoff_t end);
int write_cache_pages(struct address_space *mapping, struct writeback_control *wbc,
		      writepage_t writepage, void *data);
int do_writepages(struct address_space *mapping, struct writeback_control *wbc);
/* Write one locked page and wait if @wait; the page comes back unlocked. */
int write_one_page(struct page *page);
/* A writer dirtied a page: sleep when there are too many.  No page lock, no i_pages lock held. */
void balance_dirty_pages_ratelimited(struct address_space *mapping);
/* Thresholds in pages, from the memory that could be page cache. */
void global_dirty_limits(unsigned long *background, unsigned long *dirty);
void writeback_set_ratelimit(void);

/* Tunables: percent of dirtyable memory, and milliseconds. */
extern unsigned int dirty_background_ratio;
extern unsigned int vm_dirty_ratio;
extern unsigned int dirty_writeback_interval;
extern unsigned int dirty_expire_interval;

/* fs/fs-writeback.c */
void __mark_inode_dirty(struct inode *inode, int flags);
/* Remove an inode from the writeback lists.  No locks held. */
void inode_io_list_del(struct inode *inode);
void inode_wait_for_writeback(struct inode *inode);
int write_inode_now(struct inode *inode, int sync);
int sync_inode(struct inode *inode, struct writeback_control *wbc);
int sync_inode_metadata(struct inode *inode, int wait);
/* All of a superblock, s_umount at least shared. */
void sync_inodes_sb(struct super_block *sb);
void writeback_inodes_sb(struct super_block *sb, enum wb_reason reason);
void writeback_inodes_sb_nr(struct super_block *sb, unsigned long nr, enum wb_reason reason);
void try_to_writeback_inodes_sb(struct super_block *sb, enum wb_reason reason);
/* Start the flushers of every device without waiting. */
void wakeup_flusher_threads(enum wb_reason reason);
void wakeup_flusher_threads_bdi(struct backing_dev_info *bdi, enum wb_reason reason);
void sb_mark_inode_writeback(struct inode *inode);
void sb_clear_inode_writeback(struct inode *inode);

/* Called once at boot, before the first inode is dirtied. */
void writeback_init(void);

#endif
