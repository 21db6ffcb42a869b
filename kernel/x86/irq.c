// SPDX-License-Identifier: MIT
/*
 * Device interrupts: numbers, vectors, handlers.
 *
 * An irq is bound to one CPU and one vector there for its whole life.  Delivery
 * reads the CPU's vector table and the handler chain without a lock, under RCU:
 * entries appear and vanish with release stores, and free_irq() waits until no
 * CPU is in the middle of the handlers before the memory goes away.  irq_lock
 * guards all changes.
 */
#include "kernel/x86/irq.h"
#include "kernel/lib/bug.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"
#include "kernel/lock/mutex.h"
#include "kernel/lock/rcupdate.h"
#include "kernel/task/sched.h"
#include "kernel/task/timer.h"
#include "kernel/x86/acpi.h"
#include "kernel/x86/apic.h"
#include "kernel/x86/boot_internal.h"
#include "kernel/x86/io.h"
#include "kernel/x86/ioapic.h"
#include "kernel/x86/nmi.h"
#include "kernel/x86/panic.h"
#include "kernel/x86/smp_internal.h"
#include "kernel/x86/traps.h"
#include "mm/slab.h"

#define MAX_IRQS	4096
#define IRQ_NO_GSI	(~0U)

struct irq_action {
	struct irq_action *next;	/* irq_lock to change, RCU to read */
	irq_handler_t handler;
	void *dev;
	const char *name;
	unsigned long flags;
};

struct irq_desc {
	struct irq_action *actions;	/* irq_lock to change, RCU to read */
	int irq;
	unsigned int cpu;
	u8 vector;
	u32 gsi;			/* IRQ_NO_GSI: message-signalled */
	u64 count;			/* written on ->cpu only */
};

/* irq_lock to change; the interrupt path reads entries of its own CPU. */
static DEFINE_PER_CPU(struct irq_desc *, vector_irq[256]);
static DEFINE_PER_CPU(unsigned int, nr_vectors_used);	/* irq_lock */
static DEFINE_PER_CPU(u64, unexpected_vectors);
static DEFINE_PER_CPU(u64, local_counts[NR_IRQ_LOCAL]);

static DEFINE_MUTEX(irq_lock);
static struct irq_desc *irqs[MAX_IRQS];			/* irq_lock to change */

static struct irq_desc *irq_to_desc(int irq)
{
	return irq >= 0 && irq < MAX_IRQS ? READ_ONCE(irqs[irq]) : NULL;
}

static unsigned int least_loaded_cpu(void)
{
	unsigned int cpu, best = 0;

	for_each_online_cpu(cpu)
		if (per_cpu(nr_vectors_used, cpu) < per_cpu(nr_vectors_used, best))
			best = cpu;
	return best;
}

/* Consecutive vectors share a priority class, and a class queues only two: spread them. */
static int find_vector(unsigned int cpu)
{
	for (unsigned int i = 0; i < 16; i++)
		for (unsigned int v = VEC_FIRST_DEVICE + i; v <= VEC_LAST_DEVICE; v += 16)
			if (!per_cpu(vector_irq[v], cpu))
				return (int)v;
	return -ENOSPC;
}

/* irq_lock held. */
static int allocate(int wanted_cpu, u32 gsi)
{
	unsigned int cpu = wanted_cpu < 0 ? least_loaded_cpu() : (unsigned int)wanted_cpu;
	int vector = find_vector(cpu), irq;
	struct irq_desc *d;

	if (vector < 0)
		return vector;
	for (irq = 16; irq < MAX_IRQS && irqs[irq]; irq++)
		;
	if (irq == MAX_IRQS)
		return -ENOSPC;
	d = kzalloc(sizeof(*d), GFP_KERNEL);
	if (!d)
		return -ENOMEM;
	*d = (struct irq_desc){ .irq = irq, .cpu = cpu, .vector = (u8)vector, .gsi = gsi };
	smp_store_release(&per_cpu(vector_irq[vector], cpu), d);
	per_cpu(nr_vectors_used, cpu)++;
	WRITE_ONCE(irqs[irq], d);
	return irq;
}

int irq_alloc(int cpu)
{
	int irq;

	if (cpu >= 0 && !cpu_online((unsigned int)cpu))
		return -EINVAL;
	mutex_lock(&irq_lock);
	irq = allocate(cpu, IRQ_NO_GSI);
	mutex_unlock(&irq_lock);
	return irq;
}

void irq_release(int irq)
{
	struct irq_desc *d;

	mutex_lock(&irq_lock);
	d = irq_to_desc(irq);
	if (d) {
		WRITE_ONCE(irqs[irq], NULL);
		WRITE_ONCE(per_cpu(vector_irq[d->vector], d->cpu), NULL);
		per_cpu(nr_vectors_used, d->cpu)--;
	}
	mutex_unlock(&irq_lock);
	synchronize_rcu();
	kfree(d);
}

void irq_compose_msi(int irq, struct msi_msg *msg)
{
	const struct irq_desc *d = irq_to_desc(irq);
	u32 id = cpu_apic_id[d->cpu];

	*msg = (struct msi_msg){
		.address_lo = 0xfee00000 | (id & 0xff) << 12,
		.address_hi = id & ~0xffU,
		.data = d->vector,
	};
}

int gsi_to_irq(u32 gsi, bool level, bool active_low)
{
	int irq, err = 0;

	mutex_lock(&irq_lock);
	for (irq = 16; irq < MAX_IRQS; irq++)
		if (irqs[irq] && irqs[irq]->gsi == gsi)
			break;
	if (irq == MAX_IRQS) {
		irq = allocate(-1, gsi);
		if (irq >= 0) {
			const struct irq_desc *d = irqs[irq];

			err = ioapic_route(gsi, cpu_apic_id[d->cpu], d->vector, level, active_low);
		}
	}
	mutex_unlock(&irq_lock);
	if (err) {
		irq_release(irq);
		return err;
	}
	return irq;
}

int isa_irq_to_irq(u8 isa_irq)
{
	const struct acpi_isa_irq *isa = &acpi_info.isa[isa_irq & 15];

	return gsi_to_irq(isa->gsi, isa->level, isa->active_low);
}

int request_irq(int irq, irq_handler_t handler, unsigned long flags, const char *name, void *dev)
{
	struct irq_action *a = kzalloc(sizeof(*a), GFP_KERNEL), **last;
	struct irq_desc *d;
	int err = 0;

	if (!a)
		return -ENOMEM;
	*a = (struct irq_action){ NULL, handler, dev, name, flags };
	mutex_lock(&irq_lock);
	d = irq_to_desc(irq);
	if (!d)
		err = -EINVAL;
	else if (d->actions && !(d->actions->flags & flags & IRQF_SHARED))
		err = -EBUSY;
	if (!err) {
		for (last = &d->actions; *last; last = &(*last)->next)
			;
		smp_store_release(last, a);
		if (d->gsi != IRQ_NO_GSI)
			ioapic_mask(d->gsi, false);
	}
	mutex_unlock(&irq_lock);
	if (err)
		kfree(a);
	return err;
}

void free_irq(int irq, void *dev)
{
	struct irq_action *a = NULL, **p;
	struct irq_desc *d;

	mutex_lock(&irq_lock);
	d = irq_to_desc(irq);
	if (d) {
		for (p = &d->actions; *p && (*p)->dev != dev; p = &(*p)->next)
			;
		a = *p;
		if (a)
			WRITE_ONCE(*p, a->next);
		if (!d->actions && d->gsi != IRQ_NO_GSI)
			ioapic_mask(d->gsi, true);
	}
	mutex_unlock(&irq_lock);
	if (WARN_ON(!a))
		return;
	synchronize_irq(irq);
	kfree(a);
}

/* An interrupt handler is an RCU reader: interrupts are off around it. */
void synchronize_irq(int irq)
{
	synchronize_rcu();
}

void disable_irq_nosync(int irq)
{
	const struct irq_desc *d = irq_to_desc(irq);

	if (d && d->gsi != IRQ_NO_GSI)
		ioapic_mask(d->gsi, true);
}

void enable_irq(int irq)
{
	const struct irq_desc *d = irq_to_desc(irq);

	if (d && d->gsi != IRQ_NO_GSI)
		ioapic_mask(d->gsi, false);
}

int irq_get_cpu(int irq)
{
	const struct irq_desc *d = irq_to_desc(irq);

	return d ? (int)d->cpu : -EINVAL;
}

u64 irq_count(int irq)
{
	const struct irq_desc *d = irq_to_desc(irq);

	return d ? READ_ONCE(d->count) : 0;
}

u64 irq_local_count(enum irq_local which, unsigned int cpu)
{
	return READ_ONCE(per_cpu(local_counts, cpu)[which]);
}

int irq_limit(void)
{
	int limit = MAX_IRQS;

	while (limit && !READ_ONCE(irqs[limit - 1]))
		limit--;
	return limit;
}

bool get_irq_info(int irq, struct irq_info *info)
{
	struct irq_desc *d;
	bool found;

	mutex_lock(&irq_lock);
	d = irq_to_desc(irq);
	found = d && d->actions;
	if (found) {
		*info = (struct irq_info){ .count = READ_ONCE(d->count), .cpu = d->cpu, .wired = d->gsi != IRQ_NO_GSI };
		strscpy(info->name, d->actions->name ? d->actions->name : "", sizeof(info->name));
	}
	mutex_unlock(&irq_lock);
	return found;
}

static void device_interrupt(unsigned int vector)
{
	struct irq_desc *d = smp_load_acquire(this_cpu_ptr(&vector_irq[vector]));
	const struct irq_action *a;

	if (!d) {
		this_cpu_inc(unexpected_vectors);
		return;
	}
	d->count++;
	for (a = smp_load_acquire(&d->actions); a; a = smp_load_acquire(&a->next))
		a->handler(d->irq, a->dev);
}

void x86_interrupt(struct pt_regs *regs, unsigned int vector)
{
	switch (vector) {
	case VEC_TIMER:
		apic_eoi();
		this_cpu_inc(local_counts[IRQ_LOCAL_TIMER]);
		timer_interrupt();
		return;
	case VEC_RESCHEDULE:
		apic_eoi();
		this_cpu_inc(local_counts[IRQ_RESCHEDULE]);
		scheduler_ipi();
		return;
	case VEC_CALL_FUNCTION:
		apic_eoi();
		this_cpu_inc(local_counts[IRQ_CALL_FUNCTION]);
		run_queued_calls();
		return;
	case VEC_SPURIOUS:	/* takes no end-of-interrupt */
		this_cpu_inc(unexpected_vectors);
		return;
	case VEC_ERROR:
		apic_write(APIC_ESR, 0);
		pr_err_ratelimited("apic: error %#x\n", apic_read(APIC_ESR));
		apic_eoi();
		return;
	}
	device_interrupt(vector);
	apic_eoi();
}

/* The old controllers get vectors out of the way of the exceptions, then are masked for good. */
static void disable_8259(void)
{
	outb(0x11, 0x20);
	outb(0x11, 0xa0);
	outb(0x20, 0x21);
	outb(0x28, 0xa1);
	outb(4, 0x21);
	outb(2, 0xa1);
	outb(1, 0x21);
	outb(1, 0xa1);
	outb(0xff, 0x21);
	outb(0xff, 0xa1);
}

void irq_init(void)
{
	nmi_init();
	disable_8259();
	if (!apic_map())
		panic("apic: cannot map the local APIC");
	apic_init_cpu();
	ioapic_init();
}
