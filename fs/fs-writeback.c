// SPDX-License-Identifier: MIT
/*
 * The flusher: one thread for each device, which writes its dirty inodes.
 *
 * It does, in this order: what others asked for (sync, reclaim: the work list), everything if the
 * WB_start_all bit asks for it, what has been dirty for longer than the expiry age (every few
 * seconds), and whatever is dirty while the system is above the background threshold.
 *
 * A pass takes inodes from b_dirty to b_io and writes each in chunks; one that has more is put on
 * b_more_io and continued in the next round, so that no large file holds up the others.
 *
 * The flusher never takes i_rwsem and takes s_umount only by trying: umount holds it exclusively
 * while it waits for the flusher.  sync holds s_umount itself while its work is done.
 */
#include "kernel/lib/kernel.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/rculist.h"
#include "kernel/lock/completion.h"
#include "kernel/lock/rcu.h"
#include "kernel/lock/wait_bit.h"
#include "kernel/task/kthread.h"
#include "kernel/task/sched.h"
#include "kernel/task/task.h"
#include "kernel/x86/time.h"
#include "drivers/block/blkdev.h"
#include "fs/wb_internal.h"
#include "mm/pagemap.h"
#include "mm/slab.h"
#include "mm/vmstat.h"

#define MIN_CHUNK	1024L	/* pages of one inode before the next has its turn */

/* One request.  On the list under work_lock, then the flusher's. */
struct wb_writeback_work {
	long nr_pages;
	struct super_block *sb;		/* only its inodes; s_umount held by the submitter */
	enum writeback_sync_modes sync_mode;
	bool tagged_writepages, for_kupdate, for_background, for_sync, range_cyclic;
	enum wb_reason reason;
	unsigned long older_than;	/* jiffies: inodes dirtied later are not its business */
	struct list_head list;
	struct completion done;
};

/* --- waking ------------------------------------------------------------------------------------- */

void wb_wakeup(struct bdi_writeback *wb)
{
	unsigned long flags;

	spin_lock_irqsave(&wb->work_lock, flags);
	wb->kick = true;
	spin_unlock_irqrestore(&wb->work_lock, flags);
	wake_up(&wb->wake);
}

/* The flusher notices that the background threshold is exceeded by itself when it is awake. */
void wb_start_background_writeback(struct bdi_writeback *wb)
{
	if (wb_has_dirty_io(wb) && !READ_ONCE(wb->kick))
		wb_wakeup(wb);
}

void wakeup_flusher_threads_bdi(struct backing_dev_info *bdi, enum wb_reason reason)
{
	if (!wb_has_dirty_io(&bdi->wb))
		return;
	if (!test_and_set_bit(WB_start_all, &bdi->wb.state))
		wb_wakeup(&bdi->wb);
}

void wakeup_flusher_threads(enum wb_reason reason)
{
	struct backing_dev_info *bdi;

	rcu_read_lock();
	list_for_each_entry_rcu(bdi, &bdi_list, bdi_list)
		wakeup_flusher_threads_bdi(bdi, reason);
	rcu_read_unlock();
}

/* Queue and wait.  @work is on the caller's stack. */
static void wb_do_work_and_wait(struct bdi_writeback *wb, struct wb_writeback_work *work)
{
	unsigned long flags;

	init_completion(&work->done);
	spin_lock_irqsave(&wb->work_lock, flags);
	if (!test_bit(WB_registered, &wb->state)) {
		spin_unlock_irqrestore(&wb->work_lock, flags);
		return;		/* the device is gone, with everything that was dirty */
	}
	list_add_tail(&work->list, &wb->work_list);
	wb->kick = true;
	spin_unlock_irqrestore(&wb->work_lock, flags);
	wake_up(&wb->wake);
	wait_for_completion(&work->done);
}

/* --- the lists ------------------------------------------------------------------------------------ */

/* Move the inodes dirtied no later than @when from the tail of @from.  list_lock held. */
static void move_expired(struct list_head *from, struct list_head *to, unsigned long when)
{
	while (!list_empty(from)) {
		struct inode *inode = wb_inode(from->prev);

		if (time_after(inode->dirtied_when, when))
			break;
		list_move(&inode->i_io_list, to);
	}
}

/* Fill b_io for a pass.  list_lock held. */
static void queue_io(struct bdi_writeback *wb, struct wb_writeback_work *work)
{
	list_splice_init(&wb->b_more_io, &wb->b_io);
	move_expired(&wb->b_dirty, &wb->b_io, work->older_than);
	/* before the list is seen empty: sync_inodes_sb() looks at both without the lock */
	if (!list_empty(&wb->b_dirty_time))
		set_bit(WB_has_dirty_io, &wb->state);
	if (work->sync_mode == WB_SYNC_ALL)
		move_expired(&wb->b_dirty_time, &wb->b_io, work->older_than);
	if (!list_empty(&wb->b_io))
		set_bit(WB_has_dirty_io, &wb->state);
}

/* Where an inode goes after it was written.  list_lock and i_lock held. */
static void requeue_inode(struct inode *inode, struct bdi_writeback *wb,
			  struct writeback_control *wbc)
{
	if (inode->i_state & I_FREEING)
		return;
	/* Skipped pages must not be tried again at once: the inode takes a new age. */
	if ((inode->i_state & I_DIRTY) &&
	    (wbc->sync_mode == WB_SYNC_ALL || wbc->tagged_writepages))
		inode->dirtied_when = jiffies;
	if (wbc->pages_skipped) {
		redirty_tail(inode, wb);
		return;
	}
	if (mapping_tagged(inode->i_mapping, PAGECACHE_TAG_DIRTY)) {
		if (wbc->nr_to_write <= 0)
			inode_io_list_move_locked(inode, wb, &wb->b_more_io);	/* slice used up */
		else
			redirty_tail(inode, wb);	/* blocked somewhere, or dirtied again */
	} else if (inode->i_state & I_DIRTY) {
		redirty_tail(inode, wb);
	} else if (inode->i_state & I_DIRTY_TIME) {
		inode->dirtied_when = jiffies;
		inode_io_list_move_locked(inode, wb, &wb->b_dirty_time);
	} else {
		inode_io_list_del_locked(inode, wb);
	}
}

/*
 * Somebody else writes the inode: sleep until that ends or something else wakes us.  i_lock held,
 * dropped.  We have no reference, so once it is dropped the inode is not touched any more.
 */
static void inode_sleep_on_writeback(struct inode *inode)
{
	wait_queue_head_t *wq = bit_waitqueue(&inode->i_state, __I_SYNC);
	DEFINE_WAIT(wait);
	bool sleep;

	prepare_to_wait(wq, &wait, TASK_UNINTERRUPTIBLE);
	sleep = inode->i_state & I_SYNC;
	spin_unlock(&inode->i_lock);
	if (sleep)
		schedule();
	finish_wait(wq, &wait);
}

static long writeback_chunk(struct bdi_writeback *wb, struct wb_writeback_work *work)
{
	if (work->sync_mode == WB_SYNC_ALL || work->tagged_writepages)
		return LONG_MAX;
	/* half a second of the device, so that inodes take turns */
	return min(max((long)wb->avg_write_bandwidth / 2, MIN_CHUNK), work->nr_pages);
}

/*
 * Write inodes of @sb from b_io, until the time slice or the quota is used up.  list_lock held,
 * dropped and retaken.  Returns pages (and inodes) written.
 */
static long writeback_sb_inodes(struct super_block *sb, struct bdi_writeback *wb,
				struct wb_writeback_work *work)
{
	unsigned long start = jiffies;
	long wrote = 0;

	while (!list_empty(&wb->b_io)) {
		struct inode *inode = wb_inode(wb->b_io.prev);
		struct writeback_control wbc = {
			.sync_mode = work->sync_mode,
			.tagged_writepages = work->tagged_writepages,
			.for_kupdate = work->for_kupdate,
			.for_background = work->for_background,
			.for_sync = work->for_sync,
			.range_cyclic = work->range_cyclic,
			.range_end = LLONG_MAX,
		};
		long chunk;

		if (inode->i_sb != sb) {
			/* only @sb is wanted: the others are not this work's business */
			if (!work->sb)
				break;
			redirty_tail(inode, wb);
			continue;
		}
		spin_lock(&inode->i_lock);
		if (inode->i_state & (I_NEW | I_FREEING | I_WILL_FREE)) {
			spin_unlock(&inode->i_lock);
			redirty_tail(inode, wb);
			continue;
		}
		if (inode->i_state & I_SYNC) {
			if (wbc.sync_mode != WB_SYNC_ALL) {
				spin_unlock(&inode->i_lock);
				inode_io_list_move_locked(inode, wb, &wb->b_more_io);
				continue;
			}
			spin_unlock(&wb->list_lock);
			inode_sleep_on_writeback(inode);
			spin_lock(&wb->list_lock);
			continue;
		}
		inode->i_state |= I_SYNC;
		spin_unlock(&inode->i_lock);
		spin_unlock(&wb->list_lock);

		chunk = writeback_chunk(wb, work);
		wbc.nr_to_write = chunk;
		__writeback_single_inode(inode, &wbc);
		work->nr_pages -= chunk - wbc.nr_to_write;
		wrote += chunk - wbc.nr_to_write;
		cond_resched();

		spin_lock(&wb->list_lock);
		spin_lock(&inode->i_lock);
		if (!(inode->i_state & I_DIRTY_ALL))
			wrote++;
		requeue_inode(inode, wb, &wbc);
		inode_sync_complete(inode);
		spin_unlock(&inode->i_lock);
		if (wrote && (time_after(jiffies, start + 100) || work->nr_pages <= 0))
			break;
	}
	return wrote;
}

/* The same over all superblocks that can be had.  list_lock held, dropped and retaken. */
static long writeback_all_inodes(struct bdi_writeback *wb, struct wb_writeback_work *work)
{
	unsigned long start = jiffies;
	long wrote = 0;

	while (!list_empty(&wb->b_io)) {
		struct inode *inode = wb_inode(wb->b_io.prev);
		struct super_block *sb = inode->i_sb;

		if (!trylock_super(sb)) {
			/* being mounted or unmounted */
			redirty_tail(inode, wb);
			continue;
		}
		wrote += writeback_sb_inodes(sb, wb, work);
		up_read(&sb->s_umount);
		if (wrote && (time_after(jiffies, start + 100) || work->nr_pages <= 0))
			break;
	}
	return wrote;
}

/* --- one request ------------------------------------------------------------------------------------ */

static bool over_background(void)
{
	unsigned long bg, dirty;

	global_dirty_limits(&bg, &dirty);
	return global_page_state(NR_FILE_DIRTY) > bg;
}

/* How fast the device takes pages, from what completed since the last look. */
static void update_bandwidth(struct bdi_writeback *wb)
{
	unsigned long now = jiffies, elapsed = now - wb->written_stamp;
	unsigned long written = wb_stat(wb, WB_WRITTEN), bw;

	if (elapsed < 50)
		return;
	bw = (written - wb->written_pages) * 1000 / elapsed;
	wb->written_stamp = now;
	wb->written_pages = written;
	/* idle periods say nothing about the device */
	if (bw && elapsed < 2000)
		WRITE_ONCE(wb->avg_write_bandwidth, (3 * wb->avg_write_bandwidth + bw) / 4);
}

static long wb_writeback(struct bdi_writeback *wb, struct wb_writeback_work *work)
{
	long quota = work->nr_pages;
	struct blk_plug plug;
	long progress;

	/* What is dirtied from now on is left to the next request: so this one ends. */
	work->older_than = work->for_kupdate ? jiffies - dirty_expire_interval : jiffies;
	blk_start_plug(&plug);
	spin_lock(&wb->list_lock);
	while (work->nr_pages > 0) {
		/* Background and periodic work give way to what somebody waits for. */
		if ((work->for_background || work->for_kupdate) && !list_empty(&wb->work_list))
			break;
		if (work->for_background) {
			if (!over_background())
				break;
			work->older_than = jiffies;
		}
		if (list_empty(&wb->b_io))
			queue_io(wb, work);
		if (work->sb)
			progress = writeback_sb_inodes(work->sb, wb, work);
		else
			progress = writeback_all_inodes(wb, work);
		update_bandwidth(wb);
		wb_made_progress(wb);
		if (progress)
			continue;
		if (list_empty(&wb->b_more_io))
			break;
		/*
		 * Nothing could be written, and some inodes are being written by others: do not
		 * spin on them.
		 */
		spin_unlock(&wb->list_lock);
		blk_flush_plug(current);
		schedule_timeout_uninterruptible(1);
		spin_lock(&wb->list_lock);
	}
	spin_unlock(&wb->list_lock);
	blk_finish_plug(&plug);
	return quota - work->nr_pages;
}

static struct wb_writeback_work *next_work(struct bdi_writeback *wb)
{
	struct wb_writeback_work *work = NULL;

	spin_lock_irq(&wb->work_lock);
	wb->kick = false;
	if (!list_empty(&wb->work_list)) {
		work = list_first_entry(&wb->work_list, struct wb_writeback_work, list);
		list_del_init(&work->list);
	}
	spin_unlock_irq(&wb->work_lock);
	return work;
}

/* Everything there is to do now.  Returns pages written. */
static long wb_do_writeback(struct bdi_writeback *wb)
{
	struct wb_writeback_work *work;
	long wrote = 0;

	while ((work = next_work(wb))) {
		wrote += wb_writeback(wb, work);
		complete(&work->done);
	}
	if (test_and_clear_bit(WB_start_all, &wb->state)) {
		struct wb_writeback_work all = {
			.nr_pages = global_page_state(NR_FILE_DIRTY) + 1024,
			.range_cyclic = true,
			.reason = WB_REASON_VMSCAN,
		};

		wrote += wb_writeback(wb, &all);
	}
	if (time_after(jiffies, wb->last_old_flush + dirty_writeback_interval)) {
		struct wb_writeback_work old = {
			.nr_pages = global_page_state(NR_FILE_DIRTY) + 1024,
			.for_kupdate = true,
			.range_cyclic = true,
			.reason = WB_REASON_PERIODIC,
		};

		wb->last_old_flush = jiffies;
		wrote += wb_writeback(wb, &old);
	}
	if (over_background()) {
		struct wb_writeback_work bg = {
			.nr_pages = LONG_MAX,
			.for_background = true,
			.range_cyclic = true,
			.reason = WB_REASON_BACKGROUND,
		};

		wrote += wb_writeback(wb, &bg);
	}
	return wrote;
}

int wb_flusher_thread(void *data)
{
	struct bdi_writeback *wb = data;

	current->flags |= PF_SWAPWRITE;
	for (;;) {
		wb_do_writeback(wb);
		if (kthread_should_stop())
			break;
		/* Nothing dirty: sleep until something is.  Otherwise until the oldest expires. */
		wait_event_idle_timeout(wb->wake, READ_ONCE(wb->kick) || kthread_should_stop(),
					wb_has_dirty_io(wb) ? (long)dirty_writeback_interval :
							      MAX_SCHEDULE_TIMEOUT);
	}
	/* The device goes: whatever came in last. */
	wb_do_writeback(wb);
	return 0;
}

/* --- for superblocks --------------------------------------------------------------------------------- */

void writeback_inodes_sb_nr(struct super_block *sb, unsigned long nr, enum wb_reason reason)
{
	struct wb_writeback_work work = {
		.sb = sb,
		.sync_mode = WB_SYNC_NONE,
		.tagged_writepages = true,
		.nr_pages = nr,
		.reason = reason,
	};

	if (!bdi_cap_writeback_dirty(sb->s_bdi) || !wb_has_dirty_io(&sb->s_bdi->wb))
		return;
	lockdep_assert_held(&sb->s_umount);
	wb_do_work_and_wait(&sb->s_bdi->wb, &work);
}

void writeback_inodes_sb(struct super_block *sb, enum wb_reason reason)
{
	writeback_inodes_sb_nr(sb, LONG_MAX, reason);
}

/* For a file system short of space: start writing if that needs no waiting for s_umount. */
void try_to_writeback_inodes_sb(struct super_block *sb, enum wb_reason reason)
{
	if (!down_read_trylock(&sb->s_umount))
		return;
	writeback_inodes_sb(sb, reason);
	up_read(&sb->s_umount);
}

/*
 * Wait for every page of @sb that is under writeback now.  s_inodes_wb holds exactly the inodes
 * that have such pages; the ones found at the start are moved to a list of our own, from which the
 * last completion of an inode removes it as from the other.  s_sync_lock keeps a second sync from
 * finding the list empty and returning early.
 */
static void wait_sb_inodes(struct super_block *sb)
{
	LIST_HEAD(list);

	mutex_lock(&sb->s_sync_lock);
	spin_lock_irq(&sb->s_inode_wblist_lock);
	list_splice_init(&sb->s_inodes_wb, &list);
	while (!list_empty(&list)) {
		struct inode *inode = list_first_entry(&list, struct inode, i_wb_list);
		struct address_space *mapping = inode->i_mapping;

		/* Back on the superblock's list, for the others; the mark decides. */
		list_move_tail(&inode->i_wb_list, &sb->s_inodes_wb);
		if (!mapping_tagged(mapping, PAGECACHE_TAG_WRITEBACK))
			continue;
		/*
		 * The inode is not freed before a grace period has passed since it left the list,
		 * and this lock is held with interrupts off; keep it so until we have a reference.
		 */
		rcu_read_lock();
		spin_unlock_irq(&sb->s_inode_wblist_lock);
		spin_lock(&inode->i_lock);
		if (inode->i_state & (I_FREEING | I_WILL_FREE | I_NEW)) {
			spin_unlock(&inode->i_lock);
			rcu_read_unlock();
			spin_lock_irq(&sb->s_inode_wblist_lock);
			continue;
		}
		__iget(inode);
		spin_unlock(&inode->i_lock);
		rcu_read_unlock();
		/* Errors stay recorded, for the fsync of whoever owns the file. */
		filemap_fdatawait_keep_errors(mapping);
		cond_resched();
		iput(inode);
		spin_lock_irq(&sb->s_inode_wblist_lock);
	}
	spin_unlock_irq(&sb->s_inode_wblist_lock);
	mutex_unlock(&sb->s_sync_lock);
}

/* Write and wait for all inodes of @sb.  s_umount at least shared.  Sleeps. */
void sync_inodes_sb(struct super_block *sb)
{
	struct wb_writeback_work work = {
		.sb = sb,
		.sync_mode = WB_SYNC_ALL,
		.nr_pages = LONG_MAX,
		.for_sync = true,
		.reason = WB_REASON_SYNC,
	};

	struct bdi_writeback *wb = &sb->s_bdi->wb;

	if (!bdi_cap_writeback_dirty(sb->s_bdi))
		return;
	lockdep_assert_held(&sb->s_umount);
	/*
	 * With nothing on its lists the flusher need not be asked: an inode that somebody is just writing stays on one until all its
	 * pages have been submitted, and for those wait_sb_inodes() waits.
	 */
	if (wb_has_dirty_io(wb) || !list_empty(&wb->b_dirty_time))
		wb_do_work_and_wait(wb, &work);
	wait_sb_inodes(sb);
}

void writeback_init(void)
{
	writeback_set_ratelimit();
}
