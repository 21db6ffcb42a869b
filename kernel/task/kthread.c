// SPDX-License-Identifier: MIT
/*
 * Kernel threads.
 *
 * A thread is born asleep and starts with the first wakeup. Stopping sets a bit, wakes the
 * thread, and waits for its completion; the bit is set before the wakeup, so the thread's test in
 * its sleep loop sees it. Parking is the same with a thread that stays: it sleeps in TASK_PARKED,
 * where no ordinary wakeup reaches it.
 */
#include "kernel/task/kthread.h"
#include "kernel/lib/bug.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"
#include "kernel/task/internal.h"
#include "mm/slab.h"

static int kthread_main(void *arg)
{
	struct kthread *self = arg;
	int ret = -EINTR;

	if (!test_bit(KTHREAD_SHOULD_STOP, &self->flags)) {
		if (test_bit(KTHREAD_SHOULD_PARK, &self->flags))
			kthread_parkme();
		ret = self->fn(self->data);
	}
	self->result = ret;
	do_exit(0);
}

static struct task_struct *make_thread(int (*fn)(void *), void *data, const char *name)
{
	struct clone_args_k args = { .fn = kthread_main };
	struct kthread *self = kzalloc(sizeof(*self), GFP_KERNEL);
	struct task_struct *p;

	if (!self)
		return ERR_PTR(-ENOMEM);
	self->fn = fn;
	self->data = data;
	init_completion(&self->parked);
	init_completion(&self->exited);
	args.arg = self;
	p = copy_process(&args);
	if (IS_ERR(p)) {
		kfree(self);
		return p;
	}
	p->kthread = self;
	strscpy(p->comm, name, sizeof(p->comm));
	cpumask_setall(&p->cpus_allowed);
	p->nr_cpus_allowed = NR_CPUS;
	/* asleep, so that wake_up_process() starts it */
	WRITE_ONCE(p->state, TASK_UNINTERRUPTIBLE | TASK_NOLOAD);
	return p;
}

struct task_struct *kthread_create(int (*fn)(void *data), void *data, const char *namefmt, ...)
{
	char name[TASK_COMM_LEN];
	va_list args;

	va_start(args, namefmt);
	vsnprintf(name, sizeof(name), namefmt, args);
	va_end(args);
	return make_thread(fn, data, name);
}

struct task_struct *kthread_create_on_cpu(int (*fn)(void *data), void *data, unsigned int cpu,
					  const char *name)
{
	char buf[TASK_COMM_LEN];
	struct task_struct *p;

	snprintf(buf, sizeof(buf), "%.10s/%u", name, cpu);
	p = make_thread(fn, data, buf);
	if (!IS_ERR(p))
		kthread_bind(p, cpu);
	return p;
}

void kthread_bind(struct task_struct *k, unsigned int cpu)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&k->pi_lock, flags);
	WARN_ON(k->on_rq);
	cpumask_clear(&k->cpus_allowed);
	cpumask_set_cpu(cpu, &k->cpus_allowed);
	k->nr_cpus_allowed = 1;
	k->cpu = cpu;
	raw_spin_unlock_irqrestore(&k->pi_lock, flags);
	k->flags |= PF_NO_SETAFFINITY;
}

static struct kthread *self(void)
{
	BUG_ON(!current->kthread);
	return current->kthread;
}

bool kthread_should_stop(void)
{
	return test_bit(KTHREAD_SHOULD_STOP, &self()->flags);
}

bool kthread_should_park(void)
{
	return test_bit(KTHREAD_SHOULD_PARK, &self()->flags);
}

void *kthread_data(struct task_struct *k)
{
	return k->kthread->data;
}

void kthread_parkme(void)
{
	struct kthread *k = self();

	for (;;) {
		set_current_state(TASK_PARKED);
		if (!test_bit(KTHREAD_SHOULD_PARK, &k->flags))
			break;
		complete(&k->parked);
		schedule();
	}
	__set_current_state(TASK_RUNNING);
}

int kthread_park(struct task_struct *p)
{
	struct kthread *k = p->kthread;

	if (WARN_ON(p == current) || (p->flags & PF_EXITING))
		return -ENOSYS;
	reinit_completion(&k->parked);
	set_bit(KTHREAD_SHOULD_PARK, &k->flags);
	wake_up_process(p);
	wait_for_completion(&k->parked);
	return 0;
}

void kthread_unpark(struct task_struct *p)
{
	clear_bit(KTHREAD_SHOULD_PARK, &p->kthread->flags);
	smp_mb__after_atomic();
	wake_up_state(p, TASK_PARKED);
}

int kthread_stop(struct task_struct *p)
{
	struct kthread *k = p->kthread;
	int ret;

	get_task_struct(p);
	set_bit(KTHREAD_SHOULD_STOP, &k->flags);
	kthread_unpark(p);
	wake_up_process(p);
	wait_for_completion(&k->exited);
	ret = k->result;
	put_task_struct(p);
	return ret;
}
