// SPDX-License-Identifier: MIT
/*
 * Calls between CPUs, NMIs in the middle of everything, and the translation
 * caches of all CPUs after a mapping changed.
 */
#include "kernel/lib/err.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/string.h"
#include "kernel/lock/preempt.h"
#include "kernel/lock/rcu.h"
#include "kernel/task/kthread.h"
#include "kernel/task/sched.h"
#include "kernel/x86/apic.h"
#include "kernel/x86/atomic.h"
#include "kernel/x86/boot_internal.h"
#include "kernel/x86/nmi.h"
#include "kernel/x86/processor.h"
#include "kernel/x86/smp.h"
#include "kernel/x86/time.h"
#include "kernel/x86/tlbflush.h"
#include "kernel/x86/uaccess.h"
#include "mm/pgtable.h"
#include "mm/vmalloc.h"
#include "tests/kernel/ktest.h"

#define CALLS	10	/* of each thread in the storm */

static atomic_t calls;

static void note_cpu(void *info)
{
	*(unsigned int *)info = smp_processor_id();
	atomic_inc(&calls);
}

static void call_each(void)
{
	unsigned int cpu, seen;

	for_each_online_cpu(cpu) {
		seen = ~0U;
		KTEST_EQ(smp_call_function_single((int)cpu, note_cpu, &seen, true), 0);
		KTEST_EQ(seen, cpu);
	}
	KTEST_EQ(smp_call_function_single(NR_CPUS - 1, note_cpu, &seen, true), -ENXIO);
}
KTEST(x86_call_each, KTEST_QUICK, call_each);

static void count_call(void *info)
{
	atomic_inc((atomic_t *)info);
}

static atomic_t callers_done;

static int caller_thread(void *arg)
{
	for (int i = 0; i < CALLS; i++)
		on_each_cpu(count_call, arg, i & 1);
	atomic_inc(&callers_done);
	while (!kthread_should_stop())
		msleep(1);
	return 0;
}

/* All CPUs call all CPUs at the same time: nobody waits for somebody who waits for him. */
static void call_storm(void)
{
	struct task_struct *t[8];
	atomic_t count = ATOMIC_INIT(0);
	int n = (int)num_online_cpus() * CALLS * (int)ARRAY_SIZE(t);

	atomic_set(&callers_done, 0);
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		t[i] = kthread_run(caller_thread, &count, "call%zu", i);
		KTEST_ASSERT(!IS_ERR_OR_NULL(t[i]));
	}
	/* a thread stopped before it ran would do nothing */
	while (atomic_read(&callers_done) < (int)ARRAY_SIZE(t))
		msleep(1);
	for (size_t i = 0; i < ARRAY_SIZE(t); i++)
		kthread_stop(t[i]);
	/* calls that nobody waited for may still be on their way */
	for (int i = 0; i < 1000 && atomic_read(&count) < n; i++)
		msleep(1);
	KTEST_EQ(atomic_read(&count), n);
	/* the threads are gone when the last CPU has let go of their stacks */
	rcu_barrier();
	msleep(20);
}
KTEST(x86_call_storm, KTEST_QUICK | KTEST_GROWS, call_storm);	/* thread stacks are kept for reuse */

/* NMIs hit a CPU that takes faults and interrupts; all must come through. */
static void nmi_storm(void)
{
	unsigned int me = get_cpu();
	unsigned long before = this_cpu_read(nmi_count);
	char buf[8];
	int bad = 0;

	for (int i = 0; i < 200; i++) {
		apic_send(cpu_apic_id[me], APIC_DM_NMI);
		bad += copy_from_kernel_nofault(buf, (void *)VMALLOC_END - 64, 8) != -EFAULT;
	}
	put_cpu();
	KTEST_EQ(bad, 0);
	/* two that arrive close together may become one */
	KTEST_ASSERT(per_cpu(nmi_count, me) > before);
}
KTEST(x86_nmi_storm, KTEST_QUICK, nmi_storm);

struct tlb_probe {
	volatile u32 *va;
	u32 expect;
	atomic_t wrong;
};

static void probe_here(void *info)
{
	struct tlb_probe *p = info;

	if (*p->va != p->expect)
		atomic_inc(&p->wrong);
}

/* Two pages swap places under a mapping that every CPU has cached. */
static void kernel_flush(void)
{
	u32 *a = vmalloc(PAGE_SIZE), *b = vmalloc(PAGE_SIZE);
	struct tlb_probe p = { .va = a };
	pte_t *pa, *pb, old_a, old_b;

	KTEST_ASSERT(a && b);
	pa = kernel_pte((unsigned long)a);
	pb = kernel_pte((unsigned long)b);
	KTEST_ASSERT(pa && pb);
	*a = 1;
	*b = 2;
	old_a = *pa;
	old_b = *pb;
	for (int i = 0; i < 20; i++) {
		p.expect = 1 + (i & 1);
		on_each_cpu(probe_here, &p, true);
		set_pte(pa, i & 1 ? old_a : old_b);
		flush_tlb_kernel_range((unsigned long)a, (unsigned long)a + PAGE_SIZE);
	}
	set_pte(pa, old_a);
	flush_tlb_kernel_range((unsigned long)a, (unsigned long)a + PAGE_SIZE);
	vfree(a);
	vfree(b);
	KTEST_EQ(atomic_read(&p.wrong), 0);
}
KTEST(x86_kernel_flush, KTEST_QUICK, kernel_flush);
