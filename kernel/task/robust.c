// SPDX-License-Identifier: MIT
/*
 * Robust futexes: a thread that dies with locks held leaves a list of them in its memory; the
 * kernel marks each FUTEX_OWNER_DIED and wakes a waiter.
 *
 * Everything read here is the program's and may be garbage, change under us or loop: addresses
 * are checked by the user-copy functions, the walk is bounded, and a fault ends it quietly.
 */
#include "kernel/task/futex.h"
#include "kernel/lib/errno.h"
#include "kernel/task/sched.h"
#include "kernel/x86/uaccess.h"

/* One lock: if this thread owns it, it is free now. pending: it was being taken or released. */
static int handle_death(u32 __user *uaddr, pid_t tid, bool pi, bool pending)
{
	u32 val, found;

	if ((unsigned long)uaddr % sizeof(*uaddr))
		return -1;
	if (get_user(val, uaddr))
		return -1;
	for (;;) {
		if (pending && !pi && !val) {
			/* released, but the waiter may not have been woken yet */
			futex_wake(uaddr, true, 1, FUTEX_BITSET_MATCH_ANY);
			return 0;
		}
		if ((val & FUTEX_TID_MASK) != tid)
			return 0;
		if (cmpxchg_user_u32(uaddr, val, (val & FUTEX_WAITERS) | FUTEX_OWNER_DIED,
				     &found)) {
			if (fault_in_pages_writeable((char __user *)uaddr, sizeof(*uaddr)))
				return -1;
			continue;
		}
		if (found == val)
			break;
		val = found;
		cond_resched();
	}
	if (!pi && (val & FUTEX_WAITERS))
		futex_wake(uaddr, true, 1, FUTEX_BITSET_MATCH_ANY);
	return 0;
}

/* Reads a list pointer; its lowest bit marks a priority-inheritance lock. */
static int fetch_entry(struct robust_list __user **entry, struct robust_list __user *__user *head,
		       bool *pi)
{
	unsigned long v;

	if (get_user(v, (unsigned long __user *)head))
		return -EFAULT;
	*entry = (struct robust_list __user *)(v & ~1UL);
	*pi = v & 1;
	return 0;
}

static u32 __user *lock_word(struct robust_list __user *entry, long offset)
{
	return (u32 __user *)((char __user *)entry + offset);
}

void exit_robust_list(struct task_struct *curr)
{
	struct robust_list_head __user *head = curr->robust_list;
	struct robust_list __user *entry, *next, *pending;
	unsigned int limit = ROBUST_LIST_LIMIT;
	bool pi, next_pi, pending_pi;
	long offset;

	if (!head)
		return;
	curr->robust_list = NULL;
	if (fetch_entry(&entry, &head->list.next, &pi) || get_user(offset, &head->futex_offset) ||
	    fetch_entry(&pending, &head->list_op_pending, &pending_pi))
		return;
	next = NULL;
	while (entry != &head->list) {
		/* the next pointer first: waking a waiter may let it free the lock */
		int err = fetch_entry(&next, &entry->next, &next_pi);

		if (entry != pending && handle_death(lock_word(entry, offset), curr->pid, pi, false))
			return;
		if (err || !--limit)
			break;
		entry = next;
		pi = next_pi;
		cond_resched();
	}
	if (pending)
		handle_death(lock_word(pending, offset), curr->pid, pending_pi, true);
}
