// SPDX-License-Identifier: MIT
/*
 * Address-space switches and TLB flushes; the scheme is in tlbflush.h.
 *
 * Ordering.  The flusher changes page tables, raises mm->context.tlb_gen (a full
 * barrier), then reads the CPU mask.  A CPU that starts to use the mm sets its
 * bit (a full barrier), then reads tlb_gen, then loads CR3.  So either the
 * flusher sees the bit and interrupts the CPU, or the CPU loads CR3 after the
 * change and sees the new generation.  The lazy flag works the same way: the CPU
 * clears it, full barrier, reads tlb_gen; the flusher raises tlb_gen, then
 * reads the flag.
 *
 * cpu_tlb is written by its own CPU only, with interrupts off.
 */
#include "kernel/x86/tlbflush.h"
#include "kernel/lib/kernel.h"
#include "kernel/lock/preempt.h"
#include "kernel/x86/irqflags.h"
#include "kernel/x86/percpu.h"
#include "kernel/x86/processor.h"
#include "kernel/x86/smp.h"
#include "mm/mm.h"
#include "mm/mm_types.h"
#include "mm/pgtable.h"

#define FULL_FLUSH_PAGES	32	/* from here on one CR3 load is cheaper than invlpg */

struct tlb_state {
	struct mm_struct *loaded_mm;	/* whose tables CR3 holds; NULL: the kernel's own */
	u64 ctx_id;			/* of loaded_mm */
	s64 tlb_gen;			/* of loaded_mm, up to which this CPU has flushed */
	bool lazy;			/* a kernel thread borrows loaded_mm */
};

struct flush_request {
	struct mm_struct *mm;
	unsigned long start, end;	/* end TLB_FLUSH_ALL: everything */
	s64 new_gen;
};

static DEFINE_PER_CPU_ALIGNED(struct tlb_state, cpu_tlb);
static atomic64_t last_ctx_id = ATOMIC64_INIT(0);

void init_new_context(struct mm_struct *mm)
{
	mm->context.ctx_id = (u64)atomic64_inc_return(&last_ctx_id);
	atomic64_set(&mm->context.tlb_gen, 1);
	cpumask_clear(mm_cpumask(mm));
}

static void flush_user_all(void)
{
	write_cr3(read_cr3());
}

/* Interrupts off. */
static void load_mm(struct mm_struct *next)
{
	struct tlb_state *t = this_cpu_ptr(&cpu_tlb);
	struct mm_struct *prev = t->loaded_mm;
	unsigned int cpu = smp_processor_id();

	if (next) {
		cpumask_set_cpu(cpu, mm_cpumask(next));
		smp_mb__after_atomic();
		t->tlb_gen = atomic64_read(&next->context.tlb_gen);
		t->ctx_id = next->context.ctx_id;
		write_cr3(__pa(next->pgd));
	} else {
		write_cr3(__pa(kernel_pgd));
	}
	t->loaded_mm = next;
	t->lazy = false;
	if (prev && prev != next)
		cpumask_clear_cpu(cpu, mm_cpumask(prev));
}

void switch_mm_irqs_off(struct mm_struct *prev, struct mm_struct *next, struct task_struct *tsk)
{
	struct tlb_state *t = this_cpu_ptr(&cpu_tlb);
	s64 gen;

	if (next == &init_mm)
		next = NULL;
	if (t->loaded_mm != next || (next && t->ctx_id != next->context.ctx_id)) {
		load_mm(next);
		return;
	}
	if (!next || !t->lazy)
		return;
	/* Back from a kernel thread: catch up with the flushes that left this CPU alone. */
	WRITE_ONCE(t->lazy, false);
	smp_mb();
	gen = atomic64_read(&next->context.tlb_gen);
	if (gen != t->tlb_gen) {
		t->tlb_gen = gen;
		flush_user_all();
	}
}

void switch_mm(struct mm_struct *prev, struct mm_struct *next, struct task_struct *tsk)
{
	unsigned long flags;

	local_irq_save(flags);
	switch_mm_irqs_off(prev, next, tsk);
	local_irq_restore(flags);
}

void enter_lazy_tlb(struct mm_struct *mm, struct task_struct *tsk)
{
	struct tlb_state *t = this_cpu_ptr(&cpu_tlb);

	if (t->loaded_mm)
		WRITE_ONCE(t->lazy, true);
}

void leave_mm(void)
{
	unsigned long flags;

	local_irq_save(flags);
	if (this_cpu_ptr(&cpu_tlb)->lazy)
		load_mm(NULL);
	local_irq_restore(flags);
}

void load_kernel_mm(void)
{
	unsigned long flags;

	local_irq_save(flags);
	if (this_cpu_ptr(&cpu_tlb)->loaded_mm)
		load_mm(NULL);
	local_irq_restore(flags);
}

/* On each CPU concerned, interrupts off. */
static void flush_here(void *info)
{
	const struct flush_request *req = info;
	struct tlb_state *t = this_cpu_ptr(&cpu_tlb);
	s64 gen;

	if (t->loaded_mm != req->mm)
		return;
	if (t->lazy) {
		/* not worth following this mm: the next flush need not come here */
		load_mm(NULL);
		return;
	}
	gen = atomic64_read(&req->mm->context.tlb_gen);
	if (t->tlb_gen >= gen)
		return;
	if (req->end != TLB_FLUSH_ALL && req->new_gen == t->tlb_gen + 1 && req->new_gen == gen) {
		for (unsigned long a = req->start; a < req->end; a += PAGE_SIZE)
			invlpg(a);
	} else {
		flush_user_all();
	}
	t->tlb_gen = gen;
}

static void flush_mm(struct mm_struct *mm, unsigned long start, unsigned long end, bool lazy_too)
{
	struct flush_request req = { .mm = mm, .start = start & PAGE_MASK, .end = end };
	unsigned int cpu, me;
	struct cpumask mask;
	unsigned long flags;
	bool others = false;

	if (end == TLB_FLUSH_ALL || end - start > FULL_FLUSH_PAGES * PAGE_SIZE)
		req.end = TLB_FLUSH_ALL;
	preempt_disable();
	me = smp_processor_id();
	req.new_gen = atomic64_inc_return(&mm->context.tlb_gen);
	cpumask_clear(&mask);
	for_each_cpu(cpu, mm_cpumask(mm)) {
		if (cpu == me || (!lazy_too && READ_ONCE(per_cpu(cpu_tlb, cpu).lazy)))
			continue;
		__cpumask_set_cpu(cpu, &mask);
		others = true;
	}
	local_irq_save(flags);
	flush_here(&req);
	local_irq_restore(flags);
	if (others)
		smp_call_function_many(&mask, flush_here, &req, true);
	preempt_enable();
}

void flush_tlb_mm_range(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	flush_mm(mm, start, end, true);
}

void flush_tlb_mm_range_keep(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	flush_mm(mm, start, end, false);
}

void flush_tlb_mm(struct mm_struct *mm)
{
	flush_mm(mm, 0, TLB_FLUSH_ALL, true);
}

void flush_tlb_local_page(unsigned long addr)
{
	invlpg(addr);
}

/* Global entries too: they survive a CR3 load. */
void flush_tlb_local_all(void)
{
	unsigned long flags, cr4;

	local_irq_save(flags);
	cr4 = read_cr4();
	write_cr4(cr4 & ~CR4_PGE);
	write_cr4(cr4);
	local_irq_restore(flags);
}

static void flush_all_here(void *info)
{
	flush_tlb_local_all();
}

void flush_tlb_all(void)
{
	on_each_cpu(flush_all_here, NULL, true);
}

static void flush_kernel_here(void *info)
{
	const struct flush_request *req = info;

	for (unsigned long a = req->start; a < req->end; a += PAGE_SIZE)
		invlpg(a);
}

void flush_tlb_kernel_range(unsigned long start, unsigned long end)
{
	struct flush_request req = { .start = start & PAGE_MASK, .end = end };

	if (end == TLB_FLUSH_ALL || end - start > FULL_FLUSH_PAGES * PAGE_SIZE)
		flush_tlb_all();
	else
		on_each_cpu(flush_kernel_here, &req, true);
}
