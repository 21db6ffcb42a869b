// SPDX-License-Identifier: MIT
/*
 * Task work. The list is a stack changed by compare-and-exchange; its owner takes all of it at
 * once and runs it in the order it was added. A task that has run its last work leaves a marker,
 * after which nothing can be added.
 */
#include "kernel/task/task_work.h"
#include "kernel/lib/errno.h"
#include "kernel/task/sched.h"
#include "kernel/x86/cmpxchg.h"

static struct callback_head work_exited; /* only its address matters */

int task_work_add(struct task_struct *task, struct callback_head *work, bool notify)
{
	struct callback_head *head = READ_ONCE(task->task_works);

	if (task->flags & PF_KTHREAD)
		return -ESRCH;
	do {
		if (head == &work_exited)
			return -ESRCH;
		work->next = head;
	} while (!__atomic_compare_exchange_n(&task->task_works, &head, work, false,
					      __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));
	if (notify) {
		set_tsk_thread_flag(task, TIF_NOTIFY_RESUME);
		/* A running task meets the flag on its way out; a sleeping one when it wakes. */
	}
	return 0;
}

static struct callback_head *reverse(struct callback_head *work)
{
	struct callback_head *head = NULL, *next;

	for (; work; work = next) {
		next = work->next;
		work->next = head;
		head = work;
	}
	return head;
}

static bool run_all(struct callback_head *replacement)
{
	struct callback_head *work, *next;

	work = __atomic_exchange_n(&current->task_works, replacement, __ATOMIC_SEQ_CST);
	if (!work || work == &work_exited)
		return false;
	for (work = reverse(work); work; work = next) {
		next = work->next;
		work->func(work);
		cond_resched();
	}
	return true;
}

void task_work_run(void)
{
	while (run_all(NULL))
		;
}

void task_work_exit(void)
{
	task_work_run();
	/* what came since then; from here on nothing more can come */
	run_all(&work_exited);
}
