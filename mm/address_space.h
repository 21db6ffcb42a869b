/* SPDX-License-Identifier: MIT */
/*
 * struct address_space: the cached pages and the memory mappings of one inode.  Embedded in struct
 * inode, so this file stays small; what can be done with it is in mm/pagemap.h.
 *
 * What guards what:
 *  - i_pages (entries and marks) changes under the xarray's own lock, taken with interrupts off
 *    because end_page_writeback() runs in interrupts.  Lookups run under RCU: they take a
 *    reference speculatively and check that the slot still holds the page.
 *  - page->mapping and page->index are stable while the page is locked; a page leaves the cache
 *    only while it is locked.
 *  - invalidate_lock: exclusive to remove a range (truncate, punch), shared to instantiate pages
 *    (read-ahead, page faults), so that no page appears behind the back of a truncation.
 */
#ifndef MM_ADDRESS_SPACE_H
#define MM_ADDRESS_SPACE_H

#include "kernel/lib/types.h"
#include "kernel/lib/list.h"
#include "kernel/lib/xarray.h"
#include "kernel/lib/rbtree.h"
#include "kernel/lib/errseq.h"
#include "kernel/lock/spinlock.h"
#include "kernel/lock/rwsem.h"
#include "kernel/x86/atomic.h"

struct address_space_operations;
struct inode;

/* Marks in i_pages. */
#define PAGECACHE_TAG_DIRTY	XA_MARK_0
#define PAGECACHE_TAG_WRITEBACK	XA_MARK_1
/* The snapshot a data-integrity writer takes of the dirty pages when it starts. */
#define PAGECACHE_TAG_TOWRITE	XA_MARK_2

/* Bits of address_space.flags, changed with atomic bit operations. */
enum mapping_flags {
	AS_EIO = 0,		/* a write failed and nobody has been told (fsync without a file) */
	AS_ENOSPC = 1,
	AS_EXITING = 2,		/* final truncate in progress */
	AS_BLKDEV = 3,		/* the raw pages of a block device: set at creation */
	AS_SWAPFILE = 4,	/* swap_activate succeeded: swap I/O may go through this mapping (P27) */
};

struct address_space {
	struct inode *host;		/* owner: constant after initialisation */
	struct xarray i_pages;		/* guarded by its own lock, readers use RCU */
	unsigned long nrpages;		/* i_pages lock */
	pgoff_t writeback_index;	/* hint of cyclic writeback, not guarded */
	const struct address_space_operations *a_ops;
	unsigned long flags;		/* enum mapping_flags, atomic bit operations */
	gfp_t gfp_mask;			/* set before the inode is visible */
	errseq_t wb_err;		/* errseq_set() and errseq_check_and_advance() only */
	atomic_t i_mmap_writable;	/* shared writable mappings; negative: denied */
	struct rw_semaphore i_mmap_rwsem;
	struct rb_root_cached i_mmap;	/* VMAs by pgoff interval, i_mmap_rwsem */
	struct rw_semaphore invalidate_lock;
	spinlock_t private_lock;	/* private_list; page buffers of a block device */
	struct list_head private_list;	/* buffer heads that fsync of the host writes too */
	void *private_data;		/* the mapping whose private_lock guards private_list */
#if CONFIG_CHECKS
	unsigned long writes_begun;	/* writes of pages begun so far (P20); i_pages lock */
#endif
};

/* Slab constructor part: everything but host, a_ops and gfp_mask.  Not yet visible to anybody. */
void address_space_init_once(struct address_space *mapping);

#endif
