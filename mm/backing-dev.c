// SPDX-License-Identifier: MIT
/*
 * Backing devices: allocation, registration, and waiting for their progress.
 *
 * The list of devices is changed under bdi_lock and walked under RCU; a walker that sleeps takes a
 * reference.  The flusher thread is started by bdi_register() and stopped by bdi_unregister(),
 * which first lets it write what is dirty.
 */
#include "kernel/lib/kernel.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/err.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/rculist.h"
#include "kernel/lib/string.h"
#include "kernel/lock/rcu.h"
#include "kernel/lock/wait.h"
#include "kernel/task/kthread.h"
#include "kernel/task/sched.h"
#include "kernel/task/timer.h"
#include "kernel/x86/time.h"
#include "fs/fs.h"
#include "mm/backing-dev.h"
#include "mm/pagemap.h"
#include "mm/slab.h"

static DEFINE_SPINLOCK(bdi_lock);
LIST_HEAD(bdi_list);

/* Reclaim sleeps here until some flusher has finished a batch. */
static DECLARE_WAIT_QUEUE_HEAD(congestion_wqh);

struct backing_dev_info noop_backing_dev_info = {
	.bdi_list = LIST_HEAD_INIT(noop_backing_dev_info.bdi_list),
	.refcnt = REFCOUNT_INIT(1),
	.capabilities = BDI_CAP_NO_ACCT_AND_WRITEBACK,
	.name = "noop",
};

static void wb_init(struct bdi_writeback *wb, struct backing_dev_info *bdi)
{
	wb->bdi = bdi;
	spin_lock_init(&wb->list_lock);
	INIT_LIST_HEAD(&wb->b_dirty);
	INIT_LIST_HEAD(&wb->b_io);
	INIT_LIST_HEAD(&wb->b_more_io);
	INIT_LIST_HEAD(&wb->b_dirty_time);
	spin_lock_init(&wb->work_lock);
	INIT_LIST_HEAD(&wb->work_list);
	init_waitqueue_head(&wb->wake);
	wb->last_old_flush = jiffies;
	wb->written_stamp = jiffies;
	/* A guess until something has been measured: 200 MB/s. */
	wb->avg_write_bandwidth = (200UL << 20) >> PAGE_SHIFT;
}

struct backing_dev_info *bdi_alloc(gfp_t gfp)
{
	struct backing_dev_info *bdi = kzalloc(sizeof(*bdi), gfp);

	if (!bdi)
		return NULL;
	refcount_set(&bdi->refcnt, 1);
	INIT_LIST_HEAD(&bdi->bdi_list);
	init_waitqueue_head(&bdi->congestion_wait);
	bdi->ra_pages = VM_READAHEAD_PAGES;
	bdi->io_pages = VM_READAHEAD_PAGES;
	wb_init(&bdi->wb, bdi);
	return bdi;
}

int bdi_register(struct backing_dev_info *bdi, const char *fmt, ...)
{
	struct task_struct *task;
	va_list args;

	va_start(args, fmt);
	vsnprintf(bdi->name, sizeof(bdi->name), fmt, args);
	va_end(args);
	task = kthread_create(wb_flusher_thread, &bdi->wb, "flush-%s", bdi->name);
	if (IS_ERR(task))
		return PTR_ERR(task);
	bdi->wb.task = task;
	set_bit(WB_registered, &bdi->wb.state);
	spin_lock(&bdi_lock);
	list_add_tail_rcu(&bdi->bdi_list, &bdi_list);
	spin_unlock(&bdi_lock);
	wake_up_process(task);
	return 0;
}

/* The device's last user is gone: no new dirty inodes.  Sleeps until the flusher has ended. */
void bdi_unregister(struct backing_dev_info *bdi)
{
	if (!test_and_clear_bit(WB_registered, &bdi->wb.state))
		return;
	spin_lock(&bdi_lock);
	list_del_rcu(&bdi->bdi_list);
	spin_unlock(&bdi_lock);
	kthread_stop(bdi->wb.task);
	bdi->wb.task = NULL;
	synchronize_rcu();	/* walkers of bdi_list */
}

struct backing_dev_info *bdi_get(struct backing_dev_info *bdi)
{
	refcount_inc(&bdi->refcnt);
	return bdi;
}

void bdi_put(struct backing_dev_info *bdi)
{
	if (!refcount_dec_and_test(&bdi->refcnt))
		return;
	bdi_unregister(bdi);
	WARN_ON(wb_has_dirty_io(&bdi->wb));
	kfree(bdi);
}

bool mapping_cap_writeback_dirty(struct address_space *mapping)
{
	return mapping->host && bdi_cap_writeback_dirty(inode_to_bdi(mapping->host));
}

bool mapping_cap_account_dirty(struct address_space *mapping)
{
	return mapping->host && bdi_cap_account_dirty(inode_to_bdi(mapping->host));
}

long congestion_wait(int sync, long timeout)
{
	DEFINE_WAIT(wait);
	long left;

	prepare_to_wait(&congestion_wqh, &wait, TASK_UNINTERRUPTIBLE);
	left = io_schedule_timeout(timeout);
	finish_wait(&congestion_wqh, &wait);
	return left;
}

void wb_made_progress(struct bdi_writeback *wb)
{
	wake_up_all(&wb->bdi->congestion_wait);
	wake_up_all(&congestion_wqh);
}

/* The time is the upper bound; the flusher wakes us when a pass of it has finished a batch. */
void wb_wait_for_progress(struct bdi_writeback *wb, long ms)
{
	DEFINE_WAIT(wait);

	prepare_to_wait(&wb->bdi->congestion_wait, &wait, TASK_KILLABLE);
	io_schedule_timeout(ms);
	finish_wait(&wb->bdi->congestion_wait, &wait);
}

void bdi_init_subsystem(void)
{
	wb_init(&noop_backing_dev_info.wb, &noop_backing_dev_info);
	init_waitqueue_head(&noop_backing_dev_info.congestion_wait);
}
