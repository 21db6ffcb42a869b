// SPDX-License-Identifier: MIT
/*
 * Counting semaphores. up() gives the unit to the first waiter, if there is
 * one, directly; so nobody overtakes and no wake-up is lost.
 */
#include "kernel/lock/semaphore.h"
#include "kernel/lock/sched_iface.h"
#include "kernel/lib/errno.h"

struct sem_waiter {
	struct list_head list;		/* sem->lock */
	struct task_struct *task;
	bool granted;			/* sem->lock */
};

static int wait_for_unit(struct semaphore *sem, unsigned int state, long timeout,
			 unsigned long flags, unsigned long ip)
{
	struct sem_waiter w = { .task = current };
	int err = 0;

	list_add_tail(&w.list, &sem->wait_list);
	held_wait_begin("semaphore", sem, ip);
	while (!w.granted) {
		if (sched_signal_pending(state))
			err = -EINTR;
		else if (timeout <= 0)
			err = -ETIME;
		if (err) {
			list_del(&w.list);
			break;
		}
		sched_set_state(state);
		raw_spin_unlock_irqrestore(&sem->lock, flags);
		timeout = schedule_timeout(timeout);
		raw_spin_lock_irqsave(&sem->lock, flags);
	}
	held_wait_end();
	raw_spin_unlock_irqrestore(&sem->lock, flags);
	return err;
}

static int down_common(struct semaphore *sem, unsigned int state, long timeout, unsigned long ip)
{
	unsigned long flags;

	might_sleep();
	raw_spin_lock_irqsave(&sem->lock, flags);
	if (likely(sem->count > 0)) {
		sem->count--;
		raw_spin_unlock_irqrestore(&sem->lock, flags);
		return 0;
	}
	return wait_for_unit(sem, state, timeout, flags, ip);
}

void down(struct semaphore *sem)
{
	down_common(sem, TASK_UNINTERRUPTIBLE, MAX_SCHEDULE_TIMEOUT, _RET_IP_);
}

int down_interruptible(struct semaphore *sem)
{
	return down_common(sem, TASK_INTERRUPTIBLE, MAX_SCHEDULE_TIMEOUT, _RET_IP_);
}

int down_killable(struct semaphore *sem)
{
	return down_common(sem, TASK_KILLABLE, MAX_SCHEDULE_TIMEOUT, _RET_IP_);
}

int down_timeout(struct semaphore *sem, long timeout)
{
	return down_common(sem, TASK_UNINTERRUPTIBLE, timeout, _RET_IP_);
}

int down_trylock(struct semaphore *sem)
{
	unsigned long flags;
	int failed;

	raw_spin_lock_irqsave(&sem->lock, flags);
	failed = sem->count == 0;
	if (!failed)
		sem->count--;
	raw_spin_unlock_irqrestore(&sem->lock, flags);
	return failed;
}

void up(struct semaphore *sem)
{
	unsigned long flags;
	struct sem_waiter *w;

	raw_spin_lock_irqsave(&sem->lock, flags);
	w = list_first_entry_or_null(&sem->wait_list, struct sem_waiter, list);
	if (w) {
		list_del(&w->list);
		w->granted = true;
		/* Under the lock, so the waiter cannot return and its frame stays. */
		wake_up_process(w->task);
	} else {
		sem->count++;
	}
	raw_spin_unlock_irqrestore(&sem->lock, flags);
}
