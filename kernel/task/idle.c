// SPDX-License-Identifier: MIT
/*
 * Idle CPUs, bringing CPUs into the scheduler, and what others may ask about run queues.
 *
 * An idle CPU first polls its need-resched flag for a while, because waking a halted one costs an
 * interrupt (about a hundred microseconds under emulation); how long adapts to whether polling
 * has paid of late. Then it halts. The order that makes a wakeup impossible to miss: clear the
 * polling flag, full barrier, interrupts off, test need-resched, and only then sti;hlt, which
 * lets no interrupt in between. A waker sets need-resched and reads the polling flag in one
 * atomic step; if it saw polling off it sends an interrupt, which ends the halt.
 */
#include "kernel/lib/err.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"
#include "kernel/lock/preempt.h"
#include "kernel/lock/rcupdate.h"
#include "kernel/task/rq.h"
#include "kernel/task/timer.h"
#include "kernel/x86/irqflags.h"
#include "kernel/x86/panic.h"
#include "kernel/x86/processor.h"
#include "mm/mm.h"
#include "mm/slab.h"

#define POLL_MAX_NS  (20 * NSEC_PER_USEC)
#define POLL_MIN_NS  (2 * NSEC_PER_USEC)
#define SHORT_HALT_NS (150 * NSEC_PER_USEC)

/* True if work came. */
static bool poll_idle(struct rq *rq)
{
	u64 end;

	if (!rq->poll_ns)
		return need_resched();
	end = ktime_get_ns() + rq->poll_ns;
	local_irq_enable();
	do {
		for (int i = 0; i < 16; i++) {
			if (need_resched())
				return true;
			cpu_relax();
		}
	} while (ktime_get_ns() < end);
	return false;
}

/* A halt that was over soon would have been worth polling for; a long one was not. */
static void adapt_polling(struct rq *rq, u64 halted_ns)
{
	if (halted_ns < SHORT_HALT_NS) {
		rq->poll_ns = rq->poll_ns ? rq->poll_ns * 2 : POLL_MIN_NS;
		if (rq->poll_ns > POLL_MAX_NS)
			rq->poll_ns = POLL_MAX_NS;
	} else {
		rq->poll_ns /= 2;
		if (rq->poll_ns < POLL_MIN_NS)
			rq->poll_ns = 0;
	}
}

/* Idle is what no task used: waiting for work by polling is idle time, too. */
void get_cpu_times(int cpu, struct cpu_times *times)
{
	struct rq *rq = cpu_rq(cpu);
	unsigned long flags;
	u64 up, busy;

	raw_spin_lock_irqsave(&rq->lock, flags);
	update_rq_clock(rq);
	fair_update_curr(rq);
	rq_count_user(rq);
	up = rq->clock;
	busy = rq->busy_ns;
	times->user = min(clock_tsc_to_ns(rq->user_tsc), busy);
	raw_spin_unlock_irqrestore(&rq->lock, flags);
	times->system = busy - times->user;
	times->idle = up - min(busy, up);
}

static void halt_until_interrupt(struct rq *rq)
{
	u64 start;

	clear_thread_flag(TIF_POLLING_NRFLAG);
	smp_mb(); /* polling off before the test; pairs with resched_curr() */
	local_irq_disable();
	if (need_resched()) {
		local_irq_enable();
	} else {
		start = ktime_get_ns();
		rcu_idle_enter();
		safe_halt();
		local_irq_disable(); /* the interrupt that ended the halt has been handled */
		rcu_idle_exit();
		local_irq_enable();
		adapt_polling(rq, ktime_get_ns() - start);
	}
	set_thread_flag(TIF_POLLING_NRFLAG);
	smp_mb();
}

static void idle_loop(struct rq *rq)
{
	for (;;) {
		set_thread_flag(TIF_POLLING_NRFLAG);
		smp_mb();
		while (!need_resched()) {
			if (!poll_idle(rq))
				halt_until_interrupt(rq);
		}
		clear_thread_flag(TIF_POLLING_NRFLAG);
		smp_mb(); /* polling off before the next wakeup may want an interrupt */
		set_preempt_need_resched();
		schedule_idle();
	}
}

void cpu_startup_entry(void)
{
	struct rq *rq = this_rq();

	if (current != rq->idle)
		panic("CPU %d starts on a foreign task", rq->cpu);
	held_switch(&current->held);
	sched_cpu_online(rq->cpu);
	/* idle is never preempted: it is what runs when nothing else does */
	preempt_count_set(PREEMPT_OFFSET);
	local_irq_enable();
	idle_loop(rq);
	__builtin_unreachable();
}

struct task_struct *idle_task_for(int cpu)
{
	return cpu_rq(cpu)->idle;
}

struct task_struct *cpu_curr(int cpu)
{
	return READ_ONCE(cpu_rq(cpu)->curr);
}

void sched_cpu_online(int cpu)
{
	WRITE_ONCE(cpu_rq(cpu)->online, true);
}

static void rq_init(struct rq *rq, int cpu, struct task_struct *idle)
{
	raw_spin_lock_init(&rq->lock);
	rq->cpu = cpu;
	rq->tree = RB_ROOT;
	rt_queue_init(&rq->rt);
	rq->idle = idle;
	rq->curr = idle;
	atomic_set(&rq->nr_iowait, 0);
	idle->flags |= PF_IDLE | PF_KTHREAD;
	idle->cpu = cpu;
	idle->on_cpu = 1;
	idle->on_rq = TASK_ON_RQ_QUEUED;
	idle->state = TASK_RUNNING;
}

/* The boot CPU's queue; the task that has run since power-on becomes its idle task. */
void sched_init(void)
{
	rq_init(cpu_rq(0), 0, &init_task);
	mmgrab(&init_mm); /* init_task borrows it; the last borrower will drop it */
	this_rq()->online = true;
}

/* Makes the idle task of a further CPU, before that CPU is started. May sleep. */
int sched_init_idle(int cpu)
{
	struct task_struct *p = alloc_idle_task(cpu);

	if (IS_ERR(p))
		return PTR_ERR(p);
	rq_init(cpu_rq(cpu), cpu, p);
	return 0;
}

unsigned long nr_running(void)
{
	unsigned long n = 0;
	int cpu;

	for_each_online_cpu (cpu)
		n += READ_ONCE(cpu_rq(cpu)->nr_running);
	return n;
}

unsigned long nr_iowait(void)
{
	long n = 0;
	int cpu;

	for_each_online_cpu (cpu)
		n += atomic_read(&cpu_rq(cpu)->nr_iowait);
	return n > 0 ? n : 0;
}

unsigned long long nr_context_switches(void)
{
	unsigned long long n = 0;
	int cpu;

	for_each_online_cpu (cpu)
		n += READ_ONCE(cpu_rq(cpu)->nr_switches);
	return n;
}

u64 task_sched_runtime(struct task_struct *p)
{
	unsigned long flags;
	struct rq *rq = task_rq_lock(p, &flags);
	u64 ns;

	if (rq->curr == p) {
		update_rq_clock(rq);
		fair_update_curr(rq);
	}
	ns = p->se.sum_exec_runtime;
	task_rq_unlock(rq, p, &flags);
	return ns;
}

void set_user_nice(struct task_struct *p, long nice)
{
	unsigned long flags;
	struct rq *rq = task_rq_lock(p, &flags);
	bool queued = p->on_rq;

	update_rq_clock(rq);
	fair_update_curr(rq);
	if (queued)
		rq->load -= p->se.weight;
	p->prio_nice = nice;
	if (p->policy != SCHED_IDLE)
		p->se.weight = weight_of_nice(nice);
	if (queued)
		rq->load += p->se.weight;
	task_rq_unlock(rq, p, &flags);
}

/*
 * Changes where p may run; it moves at its next switch at the latest, the current task before
 * this returns. May sleep. -EINVAL if no usable CPU is in the mask.
 */
int set_cpus_allowed(struct task_struct *p, const cpumask_t *mask)
{
	unsigned long flags;
	struct rq *rq;
	bool move = false;

	if (!cpumask_intersects(mask, cpu_online_mask))
		return -EINVAL;
	rq = task_rq_lock(p, &flags);
	p->cpus_allowed = *mask;
	p->nr_cpus_allowed = cpumask_weight(mask);
	if (!cpumask_test_cpu(rq->cpu, mask) && p->on_rq) {
		if (rq->curr == p) {
			resched_curr(rq); /* __schedule() sets it aside */
		} else {
			update_rq_clock(rq);
			deactivate_task(rq, p);
			WRITE_ONCE(p->on_rq, TASK_ON_RQ_MIGRATING);
			move = true;
		}
	}
	rq_unlock(rq);
	if (move)
		push_aside(p);
	raw_spin_unlock_irqrestore(&p->pi_lock, flags);
	if (p == current) {
		/* not *mask: another thread may have changed it since, and then this one would never get there */
		while (!cpumask_test_cpu(task_cpu(p), &p->cpus_allowed))
			yield();
	}
	return 0;
}
