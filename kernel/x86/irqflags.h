/* SPDX-License-Identifier: MIT */
/*
 * The interrupt flag of this CPU.
 */
#ifndef KERNEL_X86_IRQFLAGS_H
#define KERNEL_X86_IRQFLAGS_H

#include "kernel/lib/types.h"

#define X86_EFLAGS_CF	(1UL << 0)
#define X86_EFLAGS_FIXED (1UL << 1)
#define X86_EFLAGS_PF	(1UL << 2)
#define X86_EFLAGS_AF	(1UL << 4)
#define X86_EFLAGS_ZF	(1UL << 6)
#define X86_EFLAGS_SF	(1UL << 7)
#define X86_EFLAGS_TF	(1UL << 8)
#define X86_EFLAGS_IF	(1UL << 9)
#define X86_EFLAGS_DF	(1UL << 10)
#define X86_EFLAGS_OF	(1UL << 11)
#define X86_EFLAGS_IOPL	(3UL << 12)
#define X86_EFLAGS_NT	(1UL << 14)
#define X86_EFLAGS_RF	(1UL << 16)
#define X86_EFLAGS_VM	(1UL << 17)
#define X86_EFLAGS_AC	(1UL << 18)
#define X86_EFLAGS_ID	(1UL << 21)
/* what a program's word is taken for, from a signal frame or its tracer */
#define FIX_EFLAGS                                                                                                                \
	(X86_EFLAGS_CF | X86_EFLAGS_PF | X86_EFLAGS_AF | X86_EFLAGS_ZF | X86_EFLAGS_SF | X86_EFLAGS_TF | X86_EFLAGS_DF |           \
	 X86_EFLAGS_OF | X86_EFLAGS_RF | X86_EFLAGS_AC)

static __always_inline unsigned long local_save_flags_value(void)
{
	unsigned long flags;

	__asm__ __volatile__("pushfq; popq %0" : "=rm"(flags) : : "memory");
	return flags;
}

static __always_inline void local_irq_enable(void)
{
	__asm__ __volatile__("sti" : : : "memory");
}

static __always_inline void local_irq_disable(void)
{
	__asm__ __volatile__("cli" : : : "memory");
}

#define local_save_flags(flags)	((flags) = local_save_flags_value())

#define local_irq_save(flags)						\
do {									\
	(flags) = local_save_flags_value();				\
	if ((flags) & X86_EFLAGS_IF)					\
		local_irq_disable();					\
} while (0)

/* @flags is what local_irq_save() stored; interrupts are off when this is called. */
#define local_irq_restore(flags)					\
do {									\
	if ((flags) & X86_EFLAGS_IF)					\
		local_irq_enable();					\
} while (0)

#define irqs_disabled_flags(flags) (!((flags) & X86_EFLAGS_IF))
#define irqs_disabled()		irqs_disabled_flags(local_save_flags_value())

#endif
