/* SPDX-License-Identifier: MIT */
/*
 * Address-space switches and translation cache flushes.
 *
 * Every mm counts its flushes (tlb_gen); every CPU remembers which generation
 * of the loaded mm it has caught up with.  A flush raises the generation, then
 * interrupts the CPUs in mm_cpumask(mm) that run it.  A CPU that only borrows
 * the mm (a kernel thread, "lazy") is left alone and catches up when it switches
 * back, except when page tables are freed: then it is interrupted as well.
 */
#ifndef KERNEL_X86_TLBFLUSH_H
#define KERNEL_X86_TLBFLUSH_H

#include "kernel/lib/types.h"
#include "kernel/x86/atomic.h"
#include "kernel/x86/cpumask.h"

struct mm_struct;
struct task_struct;

#define TLB_FLUSH_ALL	(~0UL)

/* Give a new mm its identity for the switch code: mm->context and mm->cpu_bitmap. */
void init_new_context(struct mm_struct *mm);

/*
 * Load @next's page tables on this CPU (@prev is what runs now; may be the
 * same).  switch_mm_irqs_off wants interrupts off, the other turns them off.
 */
void switch_mm_irqs_off(struct mm_struct *prev, struct mm_struct *next, struct task_struct *tsk);
void switch_mm(struct mm_struct *prev, struct mm_struct *next, struct task_struct *tsk);
#define activate_mm(prev, next)	switch_mm(prev, next, NULL)
/* A kernel thread goes on with @mm loaded; caller holds a reference on it. */
void enter_lazy_tlb(struct mm_struct *mm, struct task_struct *tsk);
/* If this CPU has @mm loaded lazily, load the kernel's own tables instead. */
void leave_mm(void);
/* This CPU uses the kernel's own tables from now on (exit). */
void load_kernel_mm(void);

/*
 * Flush [start, end) (or everything with end == TLB_FLUSH_ALL) of @mm on all
 * CPUs that use it, lazily too.  Page tables have been changed before the call;
 * on return no CPU uses the old entries, and the pages and page tables may be
 * freed.  Interrupts on; no lock held that is taken in interrupts.
 */
void flush_tlb_mm_range(struct mm_struct *mm, unsigned long start, unsigned long end);
/* The same when no page table is freed: lazy users are not interrupted. */
void flush_tlb_mm_range_keep(struct mm_struct *mm, unsigned long start, unsigned long end);
void flush_tlb_mm(struct mm_struct *mm);
/* Kernel mappings, on all CPUs. */
void flush_tlb_kernel_range(unsigned long start, unsigned long end);
void flush_tlb_all(void);

/* This CPU only, current mm: after a spurious fault. */
void flush_tlb_local_page(unsigned long addr);
/* This CPU only, everything. */
void flush_tlb_local_all(void);

#endif
