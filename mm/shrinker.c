// SPDX-License-Identifier: MIT
/*
 * Shrinkers: the caches of objects (dentries, inodes) are asked to give back a share of their
 * objects proportional to the share of the LRU pages that reclaim is scanning.
 *
 * The list is guarded by shrinker_rwsem.  Reclaim takes it shared and only tries: a registration
 * that allocates memory under it must not wait for itself.
 */
#include "kernel/lib/kernel.h"
#include "kernel/lib/list.h"
#include "kernel/lock/rwsem.h"
#include "kernel/task/sched.h"
#include "mm/shrinker.h"
#include "mm/vmstat.h"

#define SHRINK_BATCH	128

static LIST_HEAD(shrinker_list);
static DECLARE_RWSEM(shrinker_rwsem);

int register_shrinker(struct shrinker *shrinker)
{
	atomic_long_set(&shrinker->nr_deferred, 0);
	if (!shrinker->seeks)
		shrinker->seeks = DEFAULT_SEEKS;
	down_write(&shrinker_rwsem);
	list_add_tail(&shrinker->list, &shrinker_list);
	up_write(&shrinker_rwsem);
	return 0;
}

/* After this no scan of it is running and none will start. */
void unregister_shrinker(struct shrinker *shrinker)
{
	if (!shrinker->list.next)
		return;		/* was never registered */
	down_write(&shrinker_rwsem);
	list_del(&shrinker->list);
	up_write(&shrinker_rwsem);
	shrinker->list.next = NULL;
}

static unsigned long do_shrink_slab(struct shrinker *s, struct shrink_control *sc, int priority)
{
	long batch = s->batch ? s->batch : SHRINK_BATCH;
	unsigned long freed = 0, freeable, total;
	long deferred;

	freeable = s->count_objects(s, sc);
	if (!freeable || freeable == SHRINK_EMPTY || freeable == SHRINK_STOP)
		return 0;
	/* What another context could not do is owed, but never more than twice the cache. */
	deferred = atomic_long_xchg(&s->nr_deferred, 0);
	total = (freeable >> priority) * 4 / s->seeks + max(deferred, 0L);
	if (!priority)
		total = max(total, min(freeable, (unsigned long)batch));
	total = min(total, freeable * 2);

	while (total >= batch || total >= freeable) {
		unsigned long ret;

		sc->nr_to_scan = min_t(unsigned long, batch, total);
		sc->nr_scanned = sc->nr_to_scan;
		if (!sc->nr_to_scan)
			break;
		ret = s->scan_objects(s, sc);
		if (ret == SHRINK_STOP)
			break;
		freed += ret;
		total -= min(total, max(sc->nr_scanned, 1UL));
		cond_resched();
	}
	if (total)
		atomic_long_add(total, &s->nr_deferred);
	return freed;
}

unsigned long shrink_slab(gfp_t gfp, int priority)
{
	struct shrink_control sc = { .gfp_mask = gfp };
	unsigned long freed = 0;
	struct shrinker *s;

	if (!down_read_trylock(&shrinker_rwsem))
		return 0;
	list_for_each_entry(s, &shrinker_list, list) {
		freed += do_shrink_slab(s, &sc, priority);
		/* A registration is waiting: let it in. */
		if (rwsem_is_contended(&shrinker_rwsem))
			break;
	}
	up_read(&shrinker_rwsem);
	cond_resched();
	return freed;
}
