/* SPDX-License-Identifier: MIT */
/* Shared by the two halves of reclaim: scanning (vmscan.c) and when to scan (kswapd.c). */
#ifndef MM_VMSCAN_H
#define MM_VMSCAN_H

#include "mm/gfp.h"

#define SWAP_CLUSTER_MAX	32UL	/* pages isolated at a time */
#define DEF_PRIORITY		12	/* first pass scans 1/2^12 of the lists */

/* One reclaim: on the stack of the task that does it. */
struct scan_control {
	gfp_t gfp;			/* what the allocation allows */
	unsigned long nr_to_reclaim;
	unsigned long nr_reclaimed;
	unsigned long nr_scanned;
	unsigned long slab_freed;	/* objects */
	unsigned long nr_dirty;		/* of the current batch */
	unsigned long nr_writeback;
	int priority;
	bool is_kswapd;
	bool may_writepage;
};

unsigned long reclaim_pages(struct scan_control *sc);
bool kswapd_should_end(void);

#endif
