// SPDX-License-Identifier: MIT
/*
 * The page lock, waiting for pages, and the end of page I/O.
 *
 * PG_locked is a sleeping bit lock with a class of its own in the held-lock stack.  A task that
 * submits a read hands the lock to the I/O first (page_lock_handoff()): from then on it belongs
 * to nobody's stack, and the completion, in whatever context, releases it.  Waiting uses the
 * hashed bit-wait queues, so a page needs no queue of its own.
 *
 * Ordering: unlock_page() clears the bit with release semantics and then looks for waiters; a
 * waiter queues itself before it tests the bit again.  The atomic operation in between is a full
 * barrier on both sides, so either the waiter sees the bit clear or the releaser sees the waiter.
 */
#include "kernel/lib/kernel.h"
#include "kernel/lib/errno.h"
#include "kernel/lock/contract.h"
#include "kernel/lock/lock_stat.h"
#include "kernel/lock/lockdep_fast.h"
#include "kernel/lock/rcu.h"
#include "kernel/lock/wait_bit.h"
#include "kernel/task/task.h"
#include "mm/pagecache_internal.h"
#include "mm/mm.h"
#include "mm/pagemap.h"
#include "mm/swap.h"
#include "mm/vmstat.h"
#include "mm/writeback.h"

#if CONFIG_CHECKS
/*
 * Pages of files and of block devices are of different classes: a file system that holds the lock
 * of a file's page reads its metadata through the pages of the device, never the other way round.
 */
static struct lock_class_key page_lock_key = { .name = "page lock" };
enum { PAGE_LOCK_FILE, PAGE_LOCK_BLKDEV };

static unsigned int mapping_subclass(struct address_space *mapping)
{
	return mapping && test_bit(AS_BLKDEV, &mapping->flags) ? PAGE_LOCK_BLKDEV :
								 PAGE_LOCK_FILE;
}
#endif

static inline void page_lock_acquire(struct page *page, unsigned int flags, unsigned long ip)
{
#if CONFIG_CHECKS
	/* Not locked yet: the mapping may go away, but not within an RCU section, which this is. */
	preempt_disable();
	held_push(page, &page_lock_key, mapping_subclass(page_mapping(page)),
		  HELD_EXCLUSIVE | HELD_IRQS_ON | flags, ip);
	preempt_enable();
#endif
}

static inline void page_set_owner(struct page *page)
{
#if CONFIG_CHECKS
	page->lock_owner = current;
#endif
}

bool trylock_page(struct page *page)
{
	if (test_and_set_bit_lock(PG_locked, &page->flags))
		return false;
	page_lock_acquire(page, HELD_TRY, _RET_IP_);
	page_set_owner(page);
	return true;
}

/* A page that nobody else can see yet, about to enter @mapping. */
void page_lock_new(struct page *page, struct address_space *mapping)
{
	VM_BUG_ON_PAGE(PageLocked(page), page);
	__SetPageLocked(page);
#if CONFIG_CHECKS
	held_acquire(page, &page_lock_key, mapping_subclass(mapping),
		     HELD_EXCLUSIVE | HELD_IRQS_ON | HELD_TRY, _RET_IP_);
#endif
	page_set_owner(page);
}

static int lock_page_slow(struct page *page, unsigned int mode, unsigned long ip)
{
	u64 since = lock_stat_wait_begin();
	int err;

	held_wait_begin("page lock", page, ip);
	err = wait_on_bit_lock_io(&page->flags, PG_locked, mode);
	held_wait_end();
	if (err)
		lock_stat_gave_up(page);
	else
		lock_stat_waited(page, since);
	return err;
}

void lock_page(struct page *page)
{
	might_sleep();
	page_lock_acquire(page, 0, _RET_IP_);
	if (unlikely(test_and_set_bit_lock(PG_locked, &page->flags)))
		lock_page_slow(page, TASK_UNINTERRUPTIBLE, _RET_IP_);
	page_set_owner(page);
}

int lock_page_killable(struct page *page)
{
	might_sleep();
	page_lock_acquire(page, 0, _RET_IP_);
	if (unlikely(test_and_set_bit_lock(PG_locked, &page->flags)) &&
	    lock_page_slow(page, TASK_KILLABLE, _RET_IP_)) {
		held_release(page, _RET_IP_);
		return -EINTR;
	}
	page_set_owner(page);
	return 0;
}

void page_lock_handoff(struct page *page)
{
	page->lock_owner = NULL;
	held_handoff_io(page, _RET_IP_);
}

void unlock_page(struct page *page)
{
	VM_BUG_ON_PAGE(!PageLocked(page), page);
	contract_note(page, NOTE_UNLOCKED);
	held_pop_preemptible(page, _RET_IP_);
	clear_bit_unlock(PG_locked, &page->flags);
	smp_mb__after_atomic();
	wake_up_bit(&page->flags, PG_locked);
}

bool __lock_page_or_retry(struct page *page, struct vm_area_struct *vma, unsigned int flags)
{
	struct mm_struct *mm = vma->vm_mm;

	if (trylock_page(page))
		return true;
	if (flags & FAULT_FLAG_ALLOW_RETRY) {
		if (flags & FAULT_FLAG_RETRY_NOWAIT)
			return false;
		up_read(&mm->mmap_sem);
		if (flags & FAULT_FLAG_KILLABLE)
			wait_on_page_locked_killable(page);
		else
			wait_on_page_locked(page);
		return false;
	}
	if (flags & FAULT_FLAG_KILLABLE) {
		if (lock_page_killable(page)) {
			up_read(&mm->mmap_sem);
			return false;
		}
	} else {
		lock_page(page);
	}
	return true;
}

void wait_on_page_bit(struct page *page, int bit_nr)
{
	might_sleep();
	if (test_bit(bit_nr, &page->flags))
		wait_on_bit_io(&page->flags, bit_nr, TASK_UNINTERRUPTIBLE);
}

int wait_on_page_bit_killable(struct page *page, int bit_nr)
{
	might_sleep();
	if (!test_bit(bit_nr, &page->flags))
		return 0;
	return wait_on_bit_io(&page->flags, bit_nr, TASK_KILLABLE) ? -EINTR : 0;
}

void wait_on_page_locked(struct page *page)
{
	wait_on_page_bit(page, PG_locked);
}

int wait_on_page_locked_killable(struct page *page)
{
	return wait_on_page_bit_killable(page, PG_locked);
}

/*
 * Wait without pinning the page.  It may be freed and locked anew by somebody else meanwhile:
 * then we wait a little longer than needed, on a bit that will be cleared as well.
 */
void put_and_wait_on_page_locked(struct page *page)
{
	put_page(page);
	wait_on_page_locked(page);
}

void wait_on_page_writeback(struct page *page)
{
	if (PageWriteback(page))
		contract_note(page, NOTE_WAITED);
	wait_on_page_bit(page, PG_writeback);
}

/*
 * No device here computes checksums over the page while it writes, so a page may change under
 * I/O: the new contents are dirty and will be written again.
 */
void wait_for_stable_page(struct page *page)
{
}

void end_page_writeback(struct page *page)
{
	/* Reclaim wants the page next: to the tail of the inactive list. */
	if (PageReclaim(page)) {
		ClearPageReclaim(page);
		rotate_reclaimable_page(page);
	}
	/*
	 * Once PG_writeback is clear the page may be truncated and freed, and struct page
	 * reused; it is never unmapped, and the wakeup below only uses the address.
	 */
	if (!test_clear_page_writeback(page))
		BUG();
	smp_mb__after_atomic();
	wake_up_bit(&page->flags, PG_writeback);
}

void page_endio(struct page *page, bool is_write, int err)
{
	if (!is_write) {
		if (!err) {
			SetPageUptodate(page);
		} else {
			ClearPageUptodate(page);
			SetPageError(page);
		}
		unlock_page(page);
		return;
	}
	if (err) {
		struct address_space *mapping = page_mapping(page);

		SetPageError(page);
		if (mapping)
			mapping_set_error(mapping, err);
	}
	end_page_writeback(page);
}
