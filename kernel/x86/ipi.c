// SPDX-License-Identifier: MIT
/*
 * Calls on other CPUs.
 *
 * Each CPU has a lock-free list of calls to run; a sender pushes with one
 * compare-and-exchange and sends an interrupt only if the list was empty, since
 * otherwise one is on its way.  The receiver takes the whole list at once.
 *
 * A call record is owned by its sender again when the receiver clears CSD_LOCK
 * (release); the sender's spin on it is the acquire.  Senders that do not wait
 * use per-CPU records and wait for the previous use of the record instead.
 * Interrupts must be on in a sender that waits: two CPUs waiting for each other
 * with interrupts off would wait for ever.
 */
#include "kernel/lib/bug.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/lock/preempt.h"
#include "kernel/x86/apic.h"
#include "kernel/x86/atomic.h"
#include "kernel/x86/boot_internal.h"
#include "kernel/x86/irqflags.h"
#include "kernel/x86/nmi.h"
#include "kernel/x86/panic.h"
#include "kernel/x86/processor.h"
#include "kernel/x86/smp.h"
#include "kernel/x86/smp_internal.h"
#include "kernel/x86/time.h"
#include "kernel/x86/traps.h"
#include "mm/slab.h"

#define CSD_LOCK	1	/* queued or running: not the sender's to change */
#define CSD_HALTED	2	/* the sender sleeps: the receiver wakes it */

/*
 * How long a sender spins before it halts, when this is a guest.  The receiver
 * may be a virtual CPU that is not running because the sender spins in its place.
 */
#define SPIN_NS		100000

static DEFINE_PER_CPU(struct call_single_data *, call_queue);	/* pushed by all, emptied by owner */
static struct call_single_data *call_records[NR_CPUS];	/* [sender][destination]; see smp_call_init */

void smp_call_init(void)
{
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++) {
		call_records[cpu] = kcalloc(nr_cpu_ids, sizeof(*call_records[cpu]), GFP_KERNEL);
		if (!call_records[cpu])
			panic("smp: no memory for call records");
	}
}

/*
 * Interrupts go off to look and halt, so that the receiver's wake-up cannot slip in
 * between: safe_halt() turns them on together with halting.
 */
static void csd_halt(struct call_single_data *csd)
{
	unsigned int locked = CSD_LOCK;

	local_irq_disable();
	if (try_cmpxchg(&csd->flags, &locked, CSD_LOCK | CSD_HALTED) ||
	    locked == (CSD_LOCK | CSD_HALTED))
		safe_halt();
	else
		local_irq_enable();
}

static void csd_wait(struct call_single_data *csd)
{
	u64 give_up = 0;

	for (;;) {
		for (int i = 0; i < 64; i++) {
			if (!(smp_load_acquire(&csd->flags) & CSD_LOCK))
				return;
			cpu_relax();
		}
		if (!cpu_features.hypervisor || irqs_disabled())
			continue;
		if (!give_up)
			give_up = ktime_get_ns() + SPIN_NS;
		else if (ktime_get_ns() > give_up)
			csd_halt(csd);
	}
}

/* Give the record back to its sender. */
static void csd_done(struct call_single_data *csd)
{
	unsigned int sender = csd->sender;

	if (xchg(&csd->flags, 0) & CSD_HALTED)
		apic_send(cpu_apic_id[sender], VEC_CALL_FUNCTION);
}

/* True if the list was empty: the destination must be interrupted. */
static bool push_call(unsigned int cpu, struct call_single_data *csd)
{
	struct call_single_data **head = per_cpu_ptr(&call_queue, cpu);
	struct call_single_data *first = READ_ONCE(*head);

	do {
		csd->next = first;
	} while (!try_cmpxchg(head, &first, csd));
	return first == NULL;
}

void run_queued_calls(void)
{
	struct call_single_data *csd = xchg(this_cpu_ptr(&call_queue), NULL), *next, *rev = NULL;

	/* oldest first */
	for (; csd; csd = next) {
		next = csd->next;
		csd->next = rev;
		rev = csd;
	}
	for (csd = rev; csd; csd = next) {
		smp_call_func_t func = csd->func;
		void *info = csd->info;

		next = csd->next;
		func(info);
		csd_done(csd);
	}
}

static struct call_single_data *my_record(unsigned int cpu)
{
	return &call_records[smp_processor_id()][cpu];
}

static void queue_call(unsigned int cpu, smp_call_func_t func, void *info)
{
	struct call_single_data *csd = my_record(cpu);

	csd_wait(csd);
	csd->func = func;
	csd->info = info;
	csd->sender = smp_processor_id();
	WRITE_ONCE(csd->flags, CSD_LOCK);
	if (push_call(cpu, csd))
		apic_send(cpu_apic_id[cpu], VEC_CALL_FUNCTION);
}

static void check_context(void)
{
	WARN_ON_ONCE(irqs_disabled() && !panic_in_progress);
}

void smp_call_function_many(const struct cpumask *mask, smp_call_func_t func, void *info,
			    bool wait)
{
	unsigned int cpu, me = smp_processor_id();

	check_context();
	for_each_cpu(cpu, mask)
		if (cpu != me && cpu_online(cpu))
			queue_call(cpu, func, info);
	if (!wait)
		return;
	for_each_cpu(cpu, mask)
		if (cpu != me && cpu_online(cpu))
			csd_wait(my_record(cpu));
}

int smp_call_function_single(int cpu, smp_call_func_t func, void *info, bool wait)
{
	unsigned long flags;
	int err = 0;

	preempt_disable();
	if (cpu == (int)smp_processor_id()) {
		local_irq_save(flags);
		func(info);
		local_irq_restore(flags);
	} else if (cpu < 0 || (unsigned int)cpu >= nr_cpu_ids || !cpu_online((unsigned int)cpu)) {
		err = -ENXIO;
	} else {
		check_context();
		queue_call((unsigned int)cpu, func, info);
		if (wait)
			csd_wait(my_record((unsigned int)cpu));
	}
	preempt_enable();
	return err;
}

void smp_call_function(smp_call_func_t func, void *info, bool wait)
{
	preempt_disable();
	smp_call_function_many(cpu_online_mask, func, info, wait);
	preempt_enable();
}

void on_each_cpu_mask(const struct cpumask *mask, smp_call_func_t func, void *info, bool wait)
{
	unsigned long flags;

	preempt_disable();
	smp_call_function_many(mask, func, info, wait);
	if (cpumask_test_cpu(smp_processor_id(), mask)) {
		local_irq_save(flags);
		func(info);
		local_irq_restore(flags);
	}
	preempt_enable();
}

void on_each_cpu(smp_call_func_t func, void *info, bool wait)
{
	on_each_cpu_mask(cpu_online_mask, func, info, wait);
}

void smp_send_reschedule(int cpu)
{
	apic_send(cpu_apic_id[cpu], VEC_RESCHEDULE);
}

void smp_stop_others_nmi(void)
{
	WRITE_ONCE(nmi_stop_requested, true);
	if (apic_ready() && num_online_cpus() > 1)
		apic_send_others(APIC_DM_NMI);
}
