/* SPDX-License-Identifier: MIT */
/*
 * Device interrupts.
 *
 * An irq number names a (CPU, vector) pair and a chain of handlers.  Numbers
 * for message-signalled interrupts come from irq_alloc(), for wired ones from
 * gsi_to_irq().  Handlers run with interrupts off on the CPU the interrupt is
 * routed to.
 */
#ifndef KERNEL_X86_IRQ_H
#define KERNEL_X86_IRQ_H

#include "kernel/lib/types.h"
#include "kernel/x86/irqflags.h"
#include "kernel/x86/cpumask.h"

typedef enum { IRQ_NONE = 0, IRQ_HANDLED = 1 } irqreturn_t;
typedef irqreturn_t (*irq_handler_t)(int irq, void *dev);

#define IRQF_SHARED	0x80

/* What a device must write where to raise the interrupt. */
struct msi_msg {
	u32 address_lo, address_hi, data;
};

/*
 * Reserve an interrupt number with a vector on @cpu (online), or on the least
 * loaded CPU for @cpu < 0.  The number, or -ENOSPC / -ENOMEM.
 */
int irq_alloc(int cpu);
void irq_release(int irq);
void irq_compose_msi(int irq, struct msi_msg *msg);

/* The irq number of a wired interrupt; programs the IO-APIC, masked.  Negative errno. */
int gsi_to_irq(u32 gsi, bool level, bool active_low);
/* An ISA interrupt line, with the firmware's overrides applied. */
int isa_irq_to_irq(u8 isa_irq);

/*
 * Add a handler and unmask.  @name is kept.  0, -EBUSY or -ENOMEM; may sleep.
 * The handler may run before request_irq returns.
 */
int request_irq(int irq, irq_handler_t handler, unsigned long flags, const char *name, void *dev);
/* Remove it and wait until no CPU runs it any more; may sleep. */
void free_irq(int irq, void *dev);
void synchronize_irq(int irq);
/* Mask and unmask at the IO-APIC (wired interrupts only). */
void disable_irq_nosync(int irq);
void enable_irq(int irq);
/* The CPU an irq is routed to. */
int irq_get_cpu(int irq);

/* Interrupt counts, for statistics. */
u64 irq_count(int irq);
struct irq_info {
	u64 count;
	unsigned int cpu;
	bool wired;
	char name[32];	/* of the first handler */
};
/* Interrupts that no device raises: of the local timer, between CPUs to reschedule and to call a function. */
enum irq_local { IRQ_LOCAL_TIMER, IRQ_RESCHEDULE, IRQ_CALL_FUNCTION, NR_IRQ_LOCAL };
u64 irq_local_count(enum irq_local which, unsigned int cpu);
/* No interrupt has this number or a larger one. */
int irq_limit(void);
/* False if there is none of this number, or nobody handles it. */
bool get_irq_info(int irq, struct irq_info *info);

/* Boot: find the interrupt controllers through ACPI, start the boot CPU's. */
void irq_init(void);

#endif
