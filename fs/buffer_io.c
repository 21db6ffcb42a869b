// SPDX-License-Identifier: MIT
/*
 * Buffer I/O: submitting buffers, and what happens when they complete.
 *
 * A buffer is submitted locked, with b_end_io set; the lock passes to the I/O.  The completion runs
 * in an interrupt (or with interrupts off) and may only mark, unlock, and wake.
 *
 * A page whose buffers are read or written individually is finished by whichever completion is the
 * last.  The completions of one page are serialised by a bit lock in its first buffer
 * (BH_Uptodate_Lock), held with interrupts off because they run on any CPU: under it each clears
 * its own async mark and looks whether any other buffer still carries one.
 */
#include "kernel/lib/kernel.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/printk.h"
#include "kernel/lock/bit_spinlock.h"
#include "kernel/x86/irqflags.h"
#include "drivers/block/bio.h"
#include "drivers/block/blkdev.h"
#include "fs/buffer_head.h"
#include "mm/pagemap.h"

static void buffer_io_error(struct buffer_head *bh, const char *what)
{
	char name[DISK_NAME_LEN];

	pr_err_ratelimited("buffer I/O error on %s, block %llu: %s\n", bdevname(bh->b_bdev, name),
			   (unsigned long long)bh->b_blocknr, what);
}

#if CONFIG_CHECKS
static struct lock_class_key uptodate_lock_key = { .name = "buffer completion" };
#endif

/* Interrupts are off.  A class of its own: other bit locks are not taken in interrupts. */
static void lock_completions(struct buffer_head *first)
{
#if CONFIG_CHECKS
	bit_spin_lock_key(BH_Uptodate_Lock, &first->b_state, &uptodate_lock_key);
#else
	bit_spin_lock(BH_Uptodate_Lock, &first->b_state);
#endif
}

/* --- completions ----------------------------------------------------------------------------- */

/* Interrupts are off. */
static void end_buffer_io(struct buffer_head *bh, int uptodate)
{
	unsigned int caller = contract_caller_begin(CONTRACT_CALLER_I_O_COMPLETION);

	bh_end_io(bh, uptodate);
	contract_caller_end(caller);
}

static void end_bio_bh(struct bio *bio)
{
	struct buffer_head *bh = bio->bi_private;

	end_buffer_io(bh, !bio->bi_status);
	bio_put(bio);
}

static void note_read(struct buffer_head *bh, int uptodate)
{
	if (uptodate) {
		set_buffer_uptodate(bh);
	} else {
		clear_buffer_uptodate(bh);
		/* read-ahead may fail silently: whoever wants the block reads it again */
	}
}

/* The submitter waits for the lock and holds a reference of its own; one is dropped here. */
void end_buffer_read_sync(struct buffer_head *bh, int uptodate)
{
	note_read(bh, uptodate);
	unlock_buffer(bh);
	put_bh(bh);
}

void end_buffer_write_sync(struct buffer_head *bh, int uptodate)
{
	if (uptodate) {
		set_buffer_uptodate(bh);
	} else {
		buffer_io_error(bh, "lost sync write");
		mark_buffer_write_io_error(bh);
		clear_buffer_uptodate(bh);
	}
	unlock_buffer(bh);
	put_bh(bh);
}

void end_buffer_async_read(struct buffer_head *bh, int uptodate)
{
	struct page *page = bh->b_page;
	struct buffer_head *first = page_buffers(page), *tmp;
	bool busy = false, all_uptodate = true;
	unsigned long flags;

	if (uptodate) {
		set_buffer_uptodate(bh);
	} else {
		clear_buffer_uptodate(bh);
		buffer_io_error(bh, "async page read");
		SetPageError(page);
	}
	local_irq_save(flags);
	lock_completions(first);
	clear_buffer_async_read(bh);
	unlock_buffer(bh);
	tmp = bh;
	do {
		if (!buffer_uptodate(tmp))
			all_uptodate = false;
		if (buffer_async_read(tmp))
			busy = true;
		tmp = tmp->b_this_page;
	} while (tmp != bh);
	bit_spin_unlock(BH_Uptodate_Lock, &first->b_state);
	local_irq_restore(flags);
	if (busy)
		return;
	/* the last one: the buffers cannot go away before the page is unlocked */
	if (all_uptodate && !PageError(page))
		SetPageUptodate(page);
	unlock_page(page);
}

void end_buffer_async_write(struct buffer_head *bh, int uptodate)
{
	struct page *page = bh->b_page;
	struct buffer_head *first = page_buffers(page), *tmp;
	bool busy = false;
	unsigned long flags;

	if (uptodate) {
		set_buffer_uptodate(bh);
	} else {
		buffer_io_error(bh, "lost async page write");
		mark_buffer_write_io_error(bh);
		clear_buffer_uptodate(bh);
		SetPageError(page);
	}
	local_irq_save(flags);
	lock_completions(first);
	clear_buffer_async_write(bh);
	unlock_buffer(bh);
	for (tmp = bh->b_this_page; tmp != bh; tmp = tmp->b_this_page) {
		if (buffer_async_write(tmp)) {
			busy = true;
			break;
		}
	}
	bit_spin_unlock(BH_Uptodate_Lock, &first->b_state);
	local_irq_restore(flags);
	if (!busy)
		end_page_writeback(page);
}

void mark_buffer_async_write(struct buffer_head *bh)
{
	bh->b_end_io = end_buffer_async_write;
	set_buffer_async_write(bh);
}

/* --- submission ------------------------------------------------------------------------------ */

int submit_bh(int op, int op_flags, struct buffer_head *bh)
{
	struct bio *bio;

	BUG_ON(!buffer_locked(bh));
	BUG_ON(!buffer_mapped(bh));
	BUG_ON(!bh->b_end_io);
	BUG_ON(buffer_delay(bh) || buffer_unwritten(bh));

	/* An error of an earlier write is history once the block is written again. */
	if (test_set_buffer_req(bh) && op == REQ_OP_WRITE)
		clear_buffer_write_io_error(bh);
	bio = bio_alloc(GFP_NOIO, 1);
	bio->bi_iter.bi_sector = bh->b_blocknr * (bh->b_size >> SECTOR_SHIFT);
	bio_set_dev(bio, bh->b_bdev);
	bio_add_page(bio, bh->b_page, bh->b_size, bh_offset(bh));
	bio->bi_end_io = end_bio_bh;
	bio->bi_private = bh;
	if (buffer_meta(bh))
		op_flags |= REQ_META;
	if (buffer_prio(bh))
		op_flags |= REQ_PRIO;
	bio_set_op_attrs(bio, op, op_flags);
	buffer_lock_handoff(bh);
	submit_bio(bio);
	return 0;
}

void buffer_finish_now(struct buffer_head *bh, int uptodate)
{
	unsigned long flags;

	local_irq_save(flags);		/* the context b_end_io is promised */
	end_buffer_io(bh, uptodate);
	local_irq_restore(flags);
}

/* Buffers that are locked are under I/O already and are skipped. */
void ll_rw_block(int op, int op_flags, int nr, struct buffer_head *bhs[])
{
	int i;

	for (i = 0; i < nr; i++) {
		struct buffer_head *bh = bhs[i];

		if (!trylock_buffer(bh))
			continue;
		if (op == REQ_OP_WRITE) {
			if (test_clear_buffer_dirty(bh)) {
				bh->b_end_io = end_buffer_write_sync;
				get_bh(bh);
				submit_bh(op, op_flags, bh);
				continue;
			}
		} else if (!buffer_uptodate(bh)) {
			bh->b_end_io = end_buffer_read_sync;
			get_bh(bh);
			submit_bh(op, op_flags, bh);
			continue;
		}
		unlock_buffer(bh);
	}
}

void write_dirty_buffer(struct buffer_head *bh, int op_flags)
{
	lock_buffer(bh);
	if (!test_clear_buffer_dirty(bh)) {
		unlock_buffer(bh);
		return;
	}
	bh->b_end_io = end_buffer_write_sync;
	get_bh(bh);
	submit_bh(REQ_OP_WRITE, op_flags, bh);
}

int __sync_dirty_buffer(struct buffer_head *bh, int op_flags)
{
	WARN_ON(atomic_read(&bh->b_count) < 1);
	lock_buffer(bh);
	if (!test_clear_buffer_dirty(bh)) {
		unlock_buffer(bh);
		return 0;
	}
	get_bh(bh);
	bh->b_end_io = end_buffer_write_sync;
	submit_bh(REQ_OP_WRITE, op_flags, bh);
	wait_on_buffer(bh);
	return buffer_uptodate(bh) ? 0 : -EIO;
}

int sync_dirty_buffer(struct buffer_head *bh)
{
	return __sync_dirty_buffer(bh, REQ_SYNC);
}

/* 1: up to date (not locked); 0: locked, to be read. */
int bh_uptodate_or_lock(struct buffer_head *bh)
{
	if (!buffer_uptodate(bh)) {
		lock_buffer(bh);
		if (!buffer_uptodate(bh))
			return 0;
		unlock_buffer(bh);
	}
	return 1;
}

int bh_submit_read(struct buffer_head *bh)
{
	if (buffer_uptodate(bh)) {
		unlock_buffer(bh);
		return 0;
	}
	get_bh(bh);
	bh->b_end_io = end_buffer_read_sync;
	submit_bh(REQ_OP_READ, 0, bh);
	wait_on_buffer(bh);
	return buffer_uptodate(bh) ? 0 : -EIO;
}
