// SPDX-License-Identifier: MIT
/*
 * When to reclaim: kswapd, and direct reclaim on behalf of an allocation.
 *
 * kswapd is woken when an allocation finds free memory below the low mark, and works until it is
 * above the high one.  When many passes free nothing it goes to sleep until it is woken again,
 * instead of burning the CPU; allocations then find out by themselves.
 *
 * wakeup_kswapd() may be called from any context and with any lock held, so it only sets a flag
 * and wakes a queue, both interrupt-safe.
 */
#include "kernel/lib/kernel.h"
#include "kernel/lib/err.h"
#include "kernel/lib/printk.h"
#include "kernel/lock/lockdep.h"
#include "kernel/lock/wait.h"
#include "kernel/task/kthread.h"
#include "kernel/task/sched.h"
#include "kernel/task/task.h"
#include "kernel/x86/percpu.h"
#include "mm/backing-dev.h"
#include "mm/gfp.h"
#include "mm/swap.h"
#include "mm/vmscan.h"
#include "mm/vmstat.h"
#include "mm/writeback.h"

#define MAX_FAILURES	16

static DECLARE_WAIT_QUEUE_HEAD(kswapd_wait);
static struct task_struct *kswapd_task;	/* constant once set */
static int kswapd_woken;		/* set by wakers, cleared by kswapd */
static int kswapd_failures;		/* fruitless passes in a row; kswapd, reset by direct reclaim */

/* Direct reclaimers wait here until kswapd has freed something. */
static DECLARE_WAIT_QUEUE_HEAD(reserve_wait);

bool kswapd_should_end(void)
{
	return nr_free_pages() >= zone_watermark(WMARK_HIGH);
}

void wakeup_kswapd(unsigned int order, gfp_t gfp)
{
	if (!READ_ONCE(kswapd_task) || READ_ONCE(kswapd_woken))
		return;
	if (READ_ONCE(kswapd_failures) >= MAX_FAILURES && !(gfp & __GFP_DIRECT_RECLAIM))
		return;
	WRITE_ONCE(kswapd_woken, 1);
	wake_up(&kswapd_wait);
}

static void balance_memory(void)
{
	while (!kswapd_should_end() && !kthread_should_stop()) {
		struct scan_control sc = {
			.gfp = GFP_KERNEL,
			.nr_to_reclaim = max(zone_watermark(WMARK_HIGH), SWAP_CLUSTER_MAX),
			.is_kswapd = true,
		};

		if (!reclaim_pages(&sc)) {
			WRITE_ONCE(kswapd_failures, kswapd_failures + 1);
			if (kswapd_failures >= MAX_FAILURES)
				break;
			congestion_wait(1, 50);
			continue;
		}
		WRITE_ONCE(kswapd_failures, 0);
		wake_up_all(&reserve_wait);
		cond_resched();
	}
	wake_up_all(&reserve_wait);
}

static int kswapd(void *arg)
{
	current->flags |= PF_MEMALLOC | PF_SWAPWRITE | PF_KSWAPD;
	while (!kthread_should_stop()) {
		wait_event_idle(kswapd_wait, READ_ONCE(kswapd_woken) || kthread_should_stop());
		WRITE_ONCE(kswapd_woken, 0);
		inc_page_state(KSWAPD_WAKE);
		reclaim_lock_acquire();
		balance_memory();
		reclaim_lock_release();
	}
	current->flags &= ~(PF_MEMALLOC | PF_SWAPWRITE | PF_KSWAPD);
	return 0;
}

/*
 * The reserve below the low mark is for kswapd and for atomic allocations.  When it is half gone,
 * tasks that could eat the rest wait for kswapd first, unless they hold file-system locks that it
 * may need.
 */
static void throttle_direct_reclaim(gfp_t gfp)
{
	unsigned long limit = zone_watermark(WMARK_MIN) / 2;

	if ((current->flags & PF_KTHREAD) || !(gfp & __GFP_FS) || nr_free_pages() >= limit)
		return;
	wakeup_kswapd(0, gfp);
	wait_event_killable_timeout(reserve_wait, nr_free_pages() >= limit, 100);
}

unsigned long try_to_free_pages(unsigned int order, gfp_t gfp)
{
	struct scan_control sc = {
		.gfp = current_gfp_context(gfp),
		.nr_to_reclaim = max(SWAP_CLUSTER_MAX, 1UL << order),
	};
	unsigned int flags;
	unsigned long ret;

	if (current->flags & PF_MEMALLOC)
		return 0;
	throttle_direct_reclaim(sc.gfp);
	if (fatal_signal_pending(current) && kswapd_should_end())
		return 1;
	inc_page_state(ALLOCSTALL);
	flags = memalloc_noreclaim_save();
	ret = reclaim_pages(&sc);
	memalloc_noreclaim_restore(flags);
	if (ret)
		WRITE_ONCE(kswapd_failures, 0);
	return ret;
}

unsigned long shrink_all_memory(unsigned long nr_pages)
{
	unsigned long total = 0;
	unsigned int flags;
	int rounds;

	lru_add_drain_all();
	for (rounds = 0; rounds < 8 && total < nr_pages; rounds++) {
		struct scan_control sc = {
			.gfp = GFP_KERNEL,
			.nr_to_reclaim = nr_pages - total,
		};

		flags = memalloc_noreclaim_save();
		total += reclaim_pages(&sc);
		memalloc_noreclaim_restore(flags);
	}
	return total;
}

void kswapd_init(void)
{
	struct task_struct *task = kthread_run(kswapd, NULL, "kswapd");

	if (IS_ERR(task))
		panic("cannot start kswapd: %ld", PTR_ERR(task));
	WRITE_ONCE(kswapd_task, task);
}
