/* SPDX-License-Identifier: MIT */
/*
 * Entry to and exit from interrupt context, called by the interrupt entry
 * code with interrupts off, once for each device, timer or IPI interrupt.
 * Exceptions (page faults, traps) do not call these.
 */
#ifndef KERNEL_LOCK_HARDIRQ_H
#define KERNEL_LOCK_HARDIRQ_H

#include "kernel/lock/preempt.h"
#include "kernel/lock/rcupdate.h"

static __always_inline void irq_enter(void)
{
	rcu_irq_enter();
	preempt_count_add(HARDIRQ_OFFSET);
}

/* The caller reschedules afterwards if that is due and the interrupted code is preemptible. */
static __always_inline void irq_exit(void)
{
	preempt_count_sub(HARDIRQ_OFFSET);
	rcu_irq_exit();
}

/* NMIs take no locks that the checker tracks and read nothing under RCU. */
#define nmi_enter()	preempt_count_add(NMI_OFFSET + HARDIRQ_OFFSET)
#define nmi_exit()	preempt_count_sub(NMI_OFFSET + HARDIRQ_OFFSET)

#endif
