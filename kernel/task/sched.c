// SPDX-License-Identifier: MIT
/*
 * The scheduler's core: switching, waking, preemption points.
 *
 * Why a wakeup is never lost. The sleeper stores its state, a full barrier, tests its condition,
 * and calls schedule(). The waker stores the condition, a full barrier (the locked operation that
 * takes pi_lock), and reads the state. By the usual store-buffering argument at least one of them
 * sees the other's store: the sleeper sees the condition and does not sleep, or the waker sees
 * the state and wakes it.
 *
 * Where a task is, as a waker under pi_lock sees it:
 *   on_rq != 0         it is on a queue (running, waiting, or set aside for a move): the waker
 *                      only sets its state, under the queue's lock, which __schedule() also holds
 *                      when it looks at the state to decide whether the task goes to sleep;
 *   on_rq == 0, on_cpu it has left the queue but its CPU still runs on its stack: the waker waits
 *                      until on_cpu is cleared (release in finish_task_switch, acquire here).
 *                      That CPU has interrupts off and waits for nobody meanwhile, so it is short;
 *   on_rq == 0         asleep: the waker chooses a CPU and enqueues it there.
 * on_rq is cleared, under the queue's lock, before on_cpu; both tests are in that order here.
 *
 * A task set aside (TASK_ON_RQ_MIGRATING) is the mover's alone. The mover takes no pi_lock and holds no
 * longer the old queue's lock: it stores the new CPU and then, last, that the task is queued again.
 * Whoever looks for the task's queue reads them in the opposite order; see lock_rq_of().
 *
 * A dead task's last reference of the scheduler is dropped by the task that runs next, after
 * on_cpu is clear, so a stack is never freed under its user.
 */
#include "kernel/task/rq.h"
#include "kernel/task/rseq.h"
#include "drivers/block/blkdev.h"
#include "kernel/lib/printk.h"
#include "kernel/lock/preempt.h"
#include "kernel/lock/rcupdate.h"
#include "kernel/task/posix_timer.h"
#include "kernel/task/timer.h"
#include "kernel/task/workqueue.h"
#include "kernel/x86/irqflags.h"
#include "kernel/x86/panic.h"
#include "kernel/x86/processor.h"
#include "kernel/x86/smp.h"
#include "kernel/x86/tlbflush.h"
#include "mm/mm.h"
#include "mm/mm_types.h"

DEFINE_PER_CPU_ALIGNED(struct rq, runqueues);

#if CONFIG_CHECKS
unsigned int sched_test_pause_ns;
#endif

static inline void test_pause(unsigned int times)
{
	if (unlikely(sched_test_pause_ns))
		ndelay((u64)sched_test_pause_ns * times);
}

void update_rq_clock(struct rq *rq)
{
	u64 now = ktime_get_ns();

	if ((s64)(now - rq->clock) > 0)
		rq->clock = now;
}

/*
 * Locks the queue p is on. p->pi_lock is held, so p is not being woken, but it may be moved
 * between queues until the lock of the right one is ours. A task set aside is on no queue for a
 * moment; whoever moves it takes no pi_lock, so waiting here is safe.
 *
 * The order of the two looks matters. p->cpu becomes this queue's only under its lock, and p is
 * set aside from it only under its lock; but a mover changes p->cpu to another queue without it.
 * Seen not set aside first and with the right CPU after that, p can be at no other point of a
 * move: it is on this queue and stays. The other way round, a move that ended between the looks
 * would go unnoticed, and p's real queue would be changed without its lock.
 */
static struct rq *lock_rq_of(struct task_struct *p)
{
	for (;;) {
		struct rq *rq = task_rq(p);

		rq_lock(rq);
		/* acquire: pairs with the release in push_aside() */
		if (smp_load_acquire(&p->on_rq) != TASK_ON_RQ_MIGRATING) {
			test_pause(2);
			if (rq == task_rq(p))
				return rq;
		}
		rq_unlock(rq);
		cpu_relax();
	}
}

struct rq *task_rq_lock(struct task_struct *p, unsigned long *flags)
{
	raw_spin_lock_irqsave(&p->pi_lock, *flags);
	return lock_rq_of(p);
}

void task_rq_unlock(struct rq *rq, struct task_struct *p, unsigned long *flags)
{
	rq_unlock(rq);
	raw_spin_unlock_irqrestore(&p->pi_lock, *flags);
}

/*
 * Asks rq's CPU to schedule; true if it must be interrupted to notice. rq->lock held. An idle CPU that polls
 * its flag needs no interrupt: the bit is set and the polling flag read in one atomic operation, and idle clears
 * polling and then tests the bit with a full barrier between, so one of the two sees the other.
 */
static bool mark_resched(struct rq *rq)
{
	struct task_struct *curr = rq->curr;
	unsigned long old;

	if (test_tsk_thread_flag(curr, TIF_NEED_RESCHED))
		return false;
	if (rq->cpu == smp_processor_id()) {
		set_tsk_thread_flag(curr, TIF_NEED_RESCHED);
		set_preempt_need_resched();
		return false;
	}
	old = __atomic_fetch_or(&curr->ti_flags, 1UL << TIF_NEED_RESCHED, __ATOMIC_SEQ_CST);
	return !(old & (1UL << TIF_POLLING_NRFLAG));
}

void resched_curr(struct rq *rq)
{
	if (mark_resched(rq))
		smp_send_reschedule(rq->cpu);
}

void resched_cpu(int cpu)
{
	struct rq *rq = cpu_rq(cpu);
	unsigned long flags;

	raw_spin_lock_irqsave(&rq->lock, flags);
	resched_curr(rq);
	raw_spin_unlock_irqrestore(&rq->lock, flags);
}

/* Both queues' locks are held, or p is on none: it is being woken (pi_lock) or set aside. */
void set_task_cpu(struct task_struct *p, unsigned int cpu)
{
	if (p->cpu == cpu)
		return;
	p->se.vruntime -= READ_ONCE(cpu_rq(p->cpu)->min_vruntime);
	p->se.vruntime += READ_ONCE(cpu_rq(cpu)->min_vruntime);
	p->se.nr_migrations++;
	WRITE_ONCE(p->cpu, cpu);
}

/* on_rq is the caller's to change. rq->lock held, clock up to date. */
void activate_task(struct rq *rq, struct task_struct *p)
{
	fair_enqueue(rq, p);
	/* early if an idle CPU may be able to take one of the two, else when the turn of the running one is over */
	if (rq->nr_running == 2 && rq->curr != rq->idle)
		timer_set_sched_deadline(rq->cpu, rq->clock + (any_idle_cpu(p) ? SCHED_FIRST_TICK : fair_slice(rq, rq->curr)));
}

void deactivate_task(struct rq *rq, struct task_struct *p)
{
	if (CONFIG_CHECKS && unlikely(task_cpu(p) != rq->cpu))
		panic("%s/%d is on CPU %d's queue and taken off CPU %d's", p->comm, p->pid,
		      task_cpu(p), rq->cpu);
	fair_dequeue(rq, p);
}

void check_preempt_curr(struct rq *rq, struct task_struct *p)
{
	if (fair_should_preempt(rq, p))
		resched_curr(rq);
}

/*
 * Late interrupts. Who is woken begins by taking the locks that the waker holds: the run queue's, the wait queue's. To interrupt the other CPU
 * under them means that it spins until they are released, and under a hypervisor, where sending takes long and may give this CPU's time
 * to the other, that is for ever. So a task that holds locks (preemption is off) notes the CPU, and the interrupts are sent when the
 * outermost preempt_enable() calls preempt_schedule(), which the need-resched mark of the count makes it do.
 *
 * None is forgotten: only a task notes one, at a count that it will bring down to zero, and before it can leave the CPU it comes
 * through __schedule(), which sends them too. Interrupt handlers, RCU callbacks and idle, whose count never falls to zero, send at once. An
 * interrupt may come late or for nothing: need-resched, which was set under rq->lock, says what to do.
 */
static DEFINE_PER_CPU(struct cpumask, late_cpus);
static DEFINE_PER_CPU(bool, late_any);

static void send_late_interrupts(void)
{
	struct cpumask *late;
	unsigned long flags;
	unsigned int cpu;

	if (likely(!this_cpu_read(late_any)))
		return;
	local_irq_save(flags);
	late = this_cpu_ptr(&late_cpus);
	for_each_cpu (cpu, late) {
		cpumask_clear_cpu(cpu, late);
		smp_send_reschedule(cpu);
	}
	this_cpu_write(late_any, false);
	/* The mark may have stood for this only. Should need-resched be set just now, its interrupt sets the mark again. */
	if (!need_resched())
		clear_preempt_need_resched();
	local_irq_restore(flags);
}

/* Interrupts are off, preemption too, by one level of the caller's. */
static void interrupt_to_schedule(int cpu)
{
	if (preempt_count() == PREEMPT_OFFSET || !in_task() || (current->flags & PF_IDLE)) {
		smp_send_reschedule(cpu);
		return;
	}
	cpumask_set_cpu(cpu, this_cpu_ptr(&late_cpus));
	this_cpu_write(late_any, true);
	set_preempt_need_resched();
}

/* The end of a wake-up: p->pi_lock and rq->lock are held, with interrupts off since flags. */
static void finish_wake_up(struct rq *rq, struct task_struct *p, unsigned long flags)
{
	bool interrupt = fair_should_preempt(rq, p) && mark_resched(rq);
	int cpu = rq->cpu;

	preempt_disable();
	rq_unlock(rq);
	raw_spin_unlock(&p->pi_lock);
	if (interrupt)
		interrupt_to_schedule(cpu);
	local_irq_restore(flags);
	preempt_enable();
}

int try_to_wake_up(struct task_struct *p, unsigned int state, int wake_flags)
{
	unsigned long flags;
	struct rq *rq;
	int cpu, woken = 0;

	if (p == current) {
		/* From an interrupt between the state store and schedule(): it runs, so it is on
		 * a queue, and nobody else needs to be told. */
		if (!(READ_ONCE(p->state) & state))
			return 0;
		WRITE_ONCE(p->state, TASK_RUNNING);
		return 1;
	}
	raw_spin_lock_irqsave(&p->pi_lock, flags); /* full barrier: see above */
	if (!(READ_ONCE(p->state) & state))
		goto out;
	woken = 1;
	test_pause(2);
	smp_rmb(); /* state before on_rq */
	if (READ_ONCE(p->on_rq)) {
		rq = lock_rq_of(p);
		if (p->on_rq) {
			WRITE_ONCE(p->state, TASK_RUNNING);
			if (!p->on_cpu) {
				update_rq_clock(rq);
				check_preempt_curr(rq, p);
			}
			rq_unlock(rq);
			goto out;
		}
		rq_unlock(rq);
	}
	smp_rmb(); /* on_rq before on_cpu */
	WRITE_ONCE(p->state, TASK_WAKING);
	smp_cond_load_acquire(&p->on_cpu, !VAL);
	if (p->in_iowait)
		atomic_dec(&task_rq(p)->nr_iowait);
	cpu = select_task_cpu(p, p->cpu, wake_flags);
	set_task_cpu(p, cpu);
	rq = cpu_rq(cpu);
	rq_lock(rq);
	update_rq_clock(rq);
	fair_place(rq, p, false);
	p->on_rq = TASK_ON_RQ_QUEUED;
	activate_task(rq, p);
	WRITE_ONCE(p->state, TASK_RUNNING);
	finish_wake_up(rq, p, flags);
	return 1;
out:
	raw_spin_unlock_irqrestore(&p->pi_lock, flags);
	return woken;
}

int wake_up_process(struct task_struct *p)
{
	return try_to_wake_up(p, TASK_NORMAL, 0);
}

int wake_up_state(struct task_struct *p, unsigned int state)
{
	return try_to_wake_up(p, state, 0);
}

void wake_up_new_task(struct task_struct *p)
{
	unsigned long flags;
	struct rq *rq;

	raw_spin_lock_irqsave(&p->pi_lock, flags);
	WRITE_ONCE(p->state, TASK_RUNNING);
	WRITE_ONCE(p->cpu, select_task_cpu(p, p->cpu, 0));
	rq = lock_rq_of(p);
	update_rq_clock(rq);
	fair_place(rq, p, true);
	p->on_rq = TASK_ON_RQ_QUEUED;
	activate_task(rq, p);
	finish_wake_up(rq, p, flags);
}

/* Puts a runnable task that is on no queue (MIGRATING) on one where it may run. */
void push_aside(struct task_struct *p)
{
	unsigned long flags;
	struct rq *rq;

	local_irq_save(flags);
	/* cpus_allowed is stable: set_cpus_allowed() is the mover, or waits while on_rq says MIGRATING. */
	rq = cpu_rq(any_allowed_cpu(p, p->cpu));
	test_pause(1);
	rq_lock(rq);
	update_rq_clock(rq);
	set_task_cpu(p, rq->cpu);
	activate_task(rq, p);
	smp_store_release(&p->on_rq, TASK_ON_RQ_QUEUED); /* after the CPU; see lock_rq_of() */
	check_preempt_curr(rq, p);
	rq_unlock(rq);
	local_irq_restore(flags);
}

/* The first thing on the new stack: prev is out, its queue's lock is ours to release. */
static void finish_task_switch(struct task_struct *prev)
{
	struct rq *rq = this_rq();
	struct mm_struct *mm = rq->prev_mm;
	struct task_struct *push = rq->push;
	long prev_state = READ_ONCE(prev->state);

	rq->prev_mm = NULL;
	rq->push = NULL;
	smp_store_release(&prev->on_cpu, 0);
	raw_spin_unlock(&rq->lock);
	/* interrupts still off: a wakeup from one would wait for this very move to end */
	if (push)
		push_aside(push);
	local_irq_enable();
	if (mm)
		mmdrop(mm);
	if (prev_state == TASK_DEAD)
		put_task_struct(prev);
}

void schedule_tail(struct task_struct *prev)
{
	finish_task_switch(prev);
	preempt_enable();
}

/*
 * Address spaces: a kernel thread borrows the one it finds, with a reference on the struct that
 * is handed from borrower to borrower and dropped after the switch to a task that has its own.
 */
static void context_switch(struct rq *rq, struct task_struct *prev, struct task_struct *next)
{
	if (!next->mm) {
		next->active_mm = prev->active_mm;
		if (prev->mm)
			mmgrab(prev->active_mm);
		else
			prev->active_mm = NULL;
		enter_lazy_tlb(next->active_mm, next);
	} else {
		switch_mm_irqs_off(prev->active_mm, next->mm, next);
		if (!prev->mm) {
			rq->prev_mm = prev->active_mm;
			prev->active_mm = NULL;
		}
	}
	held_switch(&next->held);
	switch_to(prev, next, prev);
	finish_task_switch(prev);
}

/* When to look at the running task again: at the end of its slice, or for CPU timers. */
static u64 next_tick(struct rq *rq, struct task_struct *p)
{
	return rq->clock + (rq->nr_running > 1 ? fair_slice(rq, p) : SCHED_SAMPLE);
}

static struct task_struct *pick_next(struct rq *rq, struct task_struct *prev)
{
	struct task_struct *p;

	fair_put_prev(rq, prev);
	p = fair_pick(rq);
	if (!p && pull_task(rq, 1))
		p = fair_pick(rq);
	if (!p)
		return rq->idle;
	timer_set_sched_deadline(rq->cpu, next_tick(rq, p));
	return p;
}

static void check_schedule(struct task_struct *prev)
{
	/* one level: our own preempt_disable() */
	if (unlikely(preempt_count() != PREEMPT_OFFSET))
		panic("scheduling while atomic: %s/%d, preempt count %#x", prev->comm, prev->pid,
		      preempt_count());
}

/* Two CPUs on one stack: whatever follows from that looks like anything but its cause. */
static void check_next(struct task_struct *next)
{
	if (CONFIG_CHECKS && unlikely(next->on_cpu))
		panic("%s/%d is to run on CPU %u and runs already", next->comm, next->pid,
		      smp_processor_id());
}

/*
 * How long the task runs between sleeps. One long stretch counts as no more than a few short
 * ones: under a hypervisor it may be time in which this CPU did not run at all.
 */
static void note_run(struct task_struct *p)
{
	u64 ran = p->se.sum_exec_runtime - p->se.run_start;

	ran = min_t(u64, ran, 4 * SCHED_SHORT_RUN);
	p->se.avg_run = (p->se.avg_run * 7 + ran) / 8;
	p->se.run_start = p->se.sum_exec_runtime;
}

static void take_off_queue(struct rq *rq, struct task_struct *prev)
{
	deactivate_task(rq, prev);
	note_run(prev);
	prev->last_switch_ns = rq->clock;
	if (prev->in_iowait)
		atomic_inc(&rq->nr_iowait);
	WRITE_ONCE(prev->on_rq, 0);
}

/*
 * Preemption is off (count 1), interrupts on or off; returns, in whatever task runs next here,
 * with interrupts on. preempt: prev did not ask, so it stays runnable whatever its state says.
 */
static void __schedule(bool preempt)
{
	struct rq *rq = this_rq();
	struct task_struct *prev = rq->curr, *next;

	check_schedule(prev);
	send_late_interrupts();
	local_irq_disable();
	rcu_note_context_switch();
	rq_lock(rq); /* full barrier between the caller's state store and the look at signals */
	update_rq_clock(rq);
	if (!preempt && prev->state) {
		if (unlikely(signal_pending_state(prev->state, prev)))
			WRITE_ONCE(prev->state, TASK_RUNNING);
		else
			take_off_queue(rq, prev);
		prev->nvcsw++;
	} else {
		prev->nivcsw++;
	}
	if (prev->on_rq && unlikely(!cpumask_test_cpu(rq->cpu, &prev->cpus_allowed)) &&
	    prev != rq->idle) {
		deactivate_task(rq, prev);
		WRITE_ONCE(prev->on_rq, TASK_ON_RQ_MIGRATING);
		rq->push = prev;
	}
	clear_tsk_thread_flag(prev, TIF_NEED_RESCHED);
	clear_preempt_need_resched();
	rq_count_user(rq);
	next = pick_next(rq, prev);
	if (likely(prev != next)) {
		rseq_mark(prev);
		rq->nr_switches++;
		WRITE_ONCE(rq->curr, next);
		WRITE_ONCE(rq->rt.curr_prio, next->rt_priority);
		check_next(next);
		next->on_cpu = 1;
		context_switch(rq, prev, next);
	} else {
		raw_spin_unlock_irq(&rq->lock);
	}
}

/* What a task does before it goes to sleep of its own accord. */
static void sched_submit_work(struct task_struct *tsk)
{
	if (!tsk->state || tsk->state == TASK_DEAD)
		return;
	if (tsk->flags & PF_WQ_WORKER) {
		preempt_disable();
		wq_worker_sleeping(tsk);
		preempt_enable_no_resched();
	}
	/* Nobody may wait for I/O that only this task's plug still holds. */
	if (tsk->plug)
		blk_schedule_flush_plug(tsk);
}

void schedule(void)
{
	struct task_struct *tsk = current;

	sched_submit_work(tsk);
	do {
		preempt_disable();
		__schedule(false);
		preempt_enable_no_resched();
	} while (need_resched());
	if (tsk->flags & PF_WQ_WORKER)
		wq_worker_running(tsk);
}

/* From the idle loop, which runs with preemption off throughout. */
void schedule_idle(void)
{
	do {
		__schedule(false);
	} while (need_resched());
}

/*
 * The last call of a dead task. A waker that has seen an earlier state, and would store another
 * over this one, is waited for by taking pi_lock; later ones see that there is nothing to wake.
 */
void schedule_dead(void)
{
	preempt_disable();
	raw_spin_lock_irq(&current->pi_lock);
	WRITE_ONCE(current->state, TASK_DEAD);
	raw_spin_unlock_irq(&current->pi_lock);
	__schedule(false);
	panic("a dead task runs");
}

void preempt_schedule(void)
{
	send_late_interrupts();
	if (preempt_count() || irqs_disabled() || !need_resched())
		return;
	do {
		preempt_disable();
		__schedule(true);
		preempt_enable_no_resched();
	} while (need_resched());
}

void preempt_schedule_irq(void)
{
	send_late_interrupts();
	while (need_resched()) {
		preempt_disable();
		local_irq_enable();
		__schedule(true);
		local_irq_disable();
		preempt_enable_no_resched();
	}
}

void scheduler_ipi(void)
{
	timer_check_remote();
	if (need_resched())
		set_preempt_need_resched();
}

/* From the timer interrupt, when the deadline set for this CPU has come. */
void scheduler_tick(void)
{
	struct rq *rq = this_rq();

	rq_lock(rq);
	update_rq_clock(rq);
	fair_update_curr(rq);
	if (rq->curr != rq->idle) {
		rq_count_user(rq);
		if (rq->nr_running > 1) {
			balance_tick(rq);
			if (fair_slice_over(rq))
				resched_curr(rq);
		}
		timer_set_sched_deadline(rq->cpu, next_tick(rq, rq->curr));
	}
	rq_unlock(rq);
	cpu_timers_tick(current);
}

void yield(void)
{
	struct rq *rq;

	set_current_state(TASK_RUNNING);
	local_irq_disable();
	rq = this_rq();
	rq_lock(rq);
	update_rq_clock(rq);
	fair_yield(rq, current);
	raw_spin_unlock(&rq->lock);
	local_irq_enable();
	schedule();
}

int _cond_resched(void)
{
	if (!need_resched() || preempt_count())
		return 0;
	preempt_schedule();
	return 1;
}

int __cond_resched_lock(spinlock_t *lock)
{
	if (!need_resched())
		return 0;
	spin_unlock(lock);
	_cond_resched();
	spin_lock(lock);
	return 1;
}
