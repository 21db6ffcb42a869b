/* SPDX-License-Identifier: MIT */
/*
 * Shrinkers: caches other than the page cache that give memory back when it is short.
 */
#ifndef MM_SHRINKER_H
#define MM_SHRINKER_H

#include "kernel/lib/types.h"
#include "kernel/lib/list.h"
#include "kernel/x86/atomic.h"
#include "mm/gfp.h"

struct shrink_control {
	gfp_t gfp_mask;			/* context of the allocation that is short */
	unsigned long nr_to_scan;	/* objects to look at in this call */
	unsigned long nr_scanned;	/* set by scan_objects if it looked at other than nr_to_scan */
};

#define SHRINK_STOP	(~0UL)	/* cannot make progress in this context */
#define SHRINK_EMPTY	(~0UL - 1)
#define DEFAULT_SEEKS	2

/*
 * count_objects: how many could be freed.  scan_objects: free up to nr_to_scan, return how many.
 * Called with no spinlock held, possibly from an allocation: whoever holds file-system locks
 * allocates with GFP_NOFS, and then __GFP_FS is not in gfp_mask.  May sleep.
 */
struct shrinker {
	unsigned long (*count_objects)(struct shrinker *, struct shrink_control *);
	unsigned long (*scan_objects)(struct shrinker *, struct shrink_control *);
	int seeks;			/* cost of rebuilding an object */
	long batch;			/* objects a call, 0: default */
	unsigned int flags;
	struct list_head list;		/* shrinker_rwsem */
	atomic_long_t nr_deferred;	/* work postponed from a context that could not do it */
};

int register_shrinker(struct shrinker *shrinker);
void unregister_shrinker(struct shrinker *shrinker);
/* Ask all shrinkers, scanning 1/2^@priority of their objects.  Returns objects freed. */
unsigned long shrink_slab(gfp_t gfp, int priority);

#endif
