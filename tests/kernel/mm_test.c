// SPDX-License-Identifier: MIT
/* Helpers of the memory tests. */
#include "kernel/lib/err.h"
#include "kernel/lib/kernel.h"
#include "kernel/lock/completion.h"
#include "kernel/task/kthread.h"
#include "kernel/task/sched.h"
#include "kernel/task/task.h"
#include "kernel/x86/atomic.h"
#include "kernel/x86/irqflags.h"
#include "kernel/x86/tlbflush.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "tests/kernel/mm_test.h"

void mm_test_enter(struct mm_struct *mm)
{
	struct task_struct *tsk = current;
	struct mm_struct *old;

	mmget(mm);
	mmgrab(mm);
	task_lock(tsk);
	local_irq_disable();
	old = tsk->active_mm;
	tsk->mm = mm;
	tsk->active_mm = mm;
	switch_mm_irqs_off(old, mm, tsk);
	local_irq_enable();
	task_unlock(tsk);
	mmdrop(old);
}

void mm_test_leave(void)
{
	struct task_struct *tsk = current;
	struct mm_struct *mm = tsk->mm;

	/* the reference of mm_test_enter() goes on as that of active_mm */
	task_lock(tsk);
	local_irq_disable();
	tsk->mm = NULL;
	enter_lazy_tlb(mm, tsk);
	local_irq_enable();
	task_unlock(tsk);
	mmput(mm);
}

struct team {
	long (*fn)(void *arg, int i);
	void *arg;
	atomic_t running;
	atomic64_t sum;
	struct completion done;
};

struct member {
	struct team *team;
	int i;
};

static int member_thread(void *p)
{
	struct member m = *(struct member *)p;

	kfree(p);
	atomic64_add(m.team->fn(m.team->arg, m.i), &m.team->sum);
	if (atomic_dec_and_test(&m.team->running))
		complete(&m.team->done);
	return 0;
}

long mm_test_threads(int n, long (*fn)(void *arg, int i), void *arg)
{
	struct team team = {.fn = fn, .arg = arg};
	int i;

	atomic_set(&team.running, n + 1);
	atomic64_set(&team.sum, 0);
	init_completion(&team.done);
	for (i = 0; i < n; i++) {
		struct member *m = kmalloc(sizeof(*m), GFP_KERNEL);

		if (m) {
			*m = (struct member){&team, i};
			if (!IS_ERR(kthread_run(member_thread, m, "mmtest/%d", i)))
				continue;
			kfree(m);
		}
		atomic64_add(1, &team.sum);
		atomic_dec(&team.running);
	}
	if (!atomic_dec_and_test(&team.running))
		wait_for_completion(&team.done);
	return atomic64_read(&team.sum);
}
