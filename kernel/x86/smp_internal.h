/* SPDX-License-Identifier: MIT */
/* Between ipi.c, irq.c and smp.c. */
#ifndef KERNEL_X86_SMP_INTERNAL_H
#define KERNEL_X86_SMP_INTERNAL_H

/* Run the calls queued for this CPU; hard interrupt context, or CPU start with interrupts off. */
void run_queued_calls(void);
/* Boot: memory for the call records; panics when there is none. */
void smp_call_init(void);

#endif
