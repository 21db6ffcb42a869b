// SPDX-License-Identifier: MIT
/*
 * The buffer lock: a sleeping bit lock with a class of its own in the held-lock stack.
 *
 * It covers the buffer's contents during I/O and changes of its state that must not mix with I/O.
 * submit_bh() hands it to the I/O; the completion (b_end_io, in an interrupt) releases it.  Several
 * buffers of one page are locked in the order of their position in the page; the position is the
 * lock's nesting level, and there are at most eight (512-byte blocks).
 */
#include "kernel/lib/kernel.h"
#include "kernel/lock/lock_stat.h"
#include "kernel/lock/lockdep.h"
#include "kernel/lock/wait_bit.h"
#include "fs/buffer_head.h"

#if CONFIG_CHECKS
static struct lock_class_key buffer_lock_key = { .name = "buffer lock" };
#endif

static void lock_buffer_at(struct buffer_head *bh, unsigned int pos, unsigned long ip)
{
	u64 since;

	might_sleep();
#if CONFIG_CHECKS
	held_acquire(bh, &buffer_lock_key, pos, HELD_EXCLUSIVE | HELD_IRQS_ON, ip);
#endif
	if (likely(!test_and_set_bit_lock(BH_Lock, &bh->b_state)))
		return;
	since = lock_stat_wait_begin();
	held_wait_begin("buffer lock", bh, ip);
	wait_on_bit_lock_io(&bh->b_state, BH_Lock, TASK_UNINTERRUPTIBLE);
	held_wait_end();
	lock_stat_waited(bh, since);
}

void lock_buffer(struct buffer_head *bh)
{
	lock_buffer_at(bh, 0, _RET_IP_);
}

void lock_buffer_nested(struct buffer_head *bh, unsigned int pos)
{
	lock_buffer_at(bh, pos, _RET_IP_);
}

bool trylock_buffer(struct buffer_head *bh)
{
	if (test_and_set_bit_lock(BH_Lock, &bh->b_state))
		return false;
#if CONFIG_CHECKS
	held_acquire(bh, &buffer_lock_key, 0, HELD_EXCLUSIVE | HELD_IRQS_ON | HELD_TRY, _RET_IP_);
#endif
	return true;
}

/*
 * Once the bit is clear the buffer may be freed by somebody who was waiting: the wakeup uses its
 * address only.
 */
void unlock_buffer(struct buffer_head *bh)
{
	held_release(bh, _RET_IP_);
	clear_bit_unlock(BH_Lock, &bh->b_state);
	smp_mb__after_atomic();
	wake_up_bit(&bh->b_state, BH_Lock);
}

void buffer_lock_handoff(struct buffer_head *bh)
{
	held_handoff_io(bh, _RET_IP_);
}

void __wait_on_buffer(struct buffer_head *bh)
{
	wait_on_bit_io(&bh->b_state, BH_Lock, TASK_UNINTERRUPTIBLE);
}
