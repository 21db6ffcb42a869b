// SPDX-License-Identifier: MIT
/*
 * Dirty throttling: how much of memory may be dirty, and what happens to a writer who goes beyond.
 *
 * Two thresholds, both shares of the memory that could hold file pages (free pages and the file
 * LRU).  Above the background threshold the flushers write whatever is dirty.  Halfway between the
 * two, writers begin to sleep after each batch of pages they dirty: the closer to the upper
 * threshold, the more slowly they may dirty, down to a fraction of what the device was last seen
 * to write.  At the upper threshold they do not proceed at all until pages have been written.
 *
 * A writer sleeps with i_rwsem held.  That is safe because nothing on the way of a dirty page to
 * the disk takes i_rwsem, and memory freed by the flusher is what the writer waits for.
 *
 * Counters are approximate (vmstat.h), so small systems get a margin for the per-CPU error.
 */
#include "kernel/lib/kernel.h"
#include "kernel/task/sched.h"
#include "kernel/task/task.h"
#include "kernel/task/timer.h"
#include "kernel/x86/time.h"
#include "fs/fs.h"
#include "mm/backing-dev.h"
#include "mm/gfp.h"
#include "mm/pagemap.h"
#include "mm/swap.h"
#include "mm/vmstat.h"
#include "mm/writeback.h"

unsigned int dirty_background_ratio = 10;
unsigned int vm_dirty_ratio = 20;
unsigned int dirty_writeback_interval = 5000;
unsigned int dirty_expire_interval = 30000;

/* Pages a task dirties between two looks at the thresholds; smaller on small machines. */
static int ratelimit_pages = 32;

#define MAX_PAUSE	200	/* ms */
#define MIN_BANDWIDTH	64	/* pages per second: never assume a device slower than this */

static unsigned long dirtyable_memory(void)
{
	return nr_free_pages() + lru_size(LRU_INACTIVE_FILE) + lru_size(LRU_ACTIVE_FILE);
}

void global_dirty_limits(unsigned long *background, unsigned long *dirty)
{
	unsigned long avail = dirtyable_memory();
	unsigned long d = avail * vm_dirty_ratio / 100;
	unsigned long bg = avail * dirty_background_ratio / 100;

	d = max(d, 64UL);
	if (bg >= d)
		bg = d / 2;
	*background = bg;
	*dirty = d;
}

void writeback_set_ratelimit(void)
{
	unsigned long bg, dirty;

	global_dirty_limits(&bg, &dirty);
	ratelimit_pages = clamp_t(long, dirty / 128, 8, 128);
}

/*
 * How long a task that dirtied @pages must sleep, in ms, when @dirty pages are dirty and the
 * limits are @freerun and @thresh.  The permitted rate falls linearly from twice the bandwidth of
 * the device at the start of throttling to an eighth of it at the limit.
 */
static long dirty_pause(struct bdi_writeback *wb, unsigned long pages, unsigned long dirty,
			unsigned long freerun, unsigned long thresh)
{
	unsigned long bw = max(READ_ONCE(wb->avg_write_bandwidth), (unsigned long)MIN_BANDWIDTH);
	unsigned long span = max(thresh - freerun, 1UL);
	unsigned long room = dirty >= thresh ? 0 : thresh - dirty;
	unsigned long rate = bw / 8 + 2 * bw * room / span;
	unsigned long pause = pages * 1000 / max(rate, 1UL);

	return min(pause, (unsigned long)MAX_PAUSE);
}

static void balance_dirty_pages(struct address_space *mapping, struct bdi_writeback *wb,
				unsigned long pages)
{
	bool slept = false;

	for (;;) {
		unsigned long bg, thresh, freerun, dirty, nr_dirty;
		long pause;

		nr_dirty = global_page_state_snapshot(NR_FILE_DIRTY);
		dirty = nr_dirty + global_page_state_snapshot(NR_WRITEBACK);
		global_dirty_limits(&bg, &thresh);
		freerun = (bg + thresh) / 2;
		if (nr_dirty > bg && !test_bit(WB_start_all, &wb->state))
			wb_start_background_writeback(wb);
		if (dirty <= freerun)
			break;
		if (slept && dirty < thresh)
			break;
		pause = dirty_pause(wb, pages, dirty, freerun, thresh);
		if (dirty >= thresh)
			pause = max(pause, 10L);
		if (pause < 1)
			break;		/* not worth a sleep: the next batch pays */
		slept = true;
		inc_page_state(DIRTY_THROTTLED);
		/* A dying task may go on: it will not dirty much more. */
		if (fatal_signal_pending(current))
			break;
		wb_wait_for_progress(wb, pause);
	}
}

/*
 * Called by writers after each page, with no spinlock, page lock or i_pages lock held.  May sleep.
 */
void balance_dirty_pages_ratelimited(struct address_space *mapping)
{
	struct inode *inode = mapping->host;
	struct backing_dev_info *bdi = inode_to_bdi(inode);
	int limit = READ_ONCE(ratelimit_pages);
	unsigned long pages;

	if (!bdi_cap_account_dirty(bdi))
		return;
	pages = current->nr_dirtied;
	if (likely(pages < limit))
		return;
	current->nr_dirtied = 0;
	balance_dirty_pages(mapping, &bdi->wb, pages);
}
