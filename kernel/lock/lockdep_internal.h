/* SPDX-License-Identifier: MIT */
/* Between lockdep.c (held stacks) and lockdep_graph.c (classes and their order). */
#ifndef KERNEL_LOCK_LOCKDEP_INTERNAL_H
#define KERNEL_LOCK_LOCKDEP_INTERNAL_H

#include "kernel/lock/lockdep.h"

#if CONFIG_CHECKS

#define MAX_CLASSES	1024	/* class 0 means none */
#define MAX_EDGES	8192	/* edge 0 means none */

/* Kept in an entry's flags beside HELD_*: the state that was part of its chain hash. */
#define ENTRY_IN_IRQ	0x1000u	/* taken by an interrupt handler */
#define ENTRY_IRQS_ON	0x2000u	/* taken with interrupts on */

struct lock_class {
	const char *name;
	unsigned int subclass;
	unsigned int usage;		/* USED_* and TAKEN_*; graph lock */
	unsigned long irq_ip;		/* where first taken in an interrupt */
	unsigned long on_ip;		/* where first taken with interrupts on */
	u16 out, in;			/* heads of the edge lists; graph lock */
};

extern struct lock_class lock_classes[MAX_CLASSES];

/* Finds or makes the class; 0 when the table is full. Any context but NMI. */
u16 lock_class_register(struct lock_class_key *key, unsigned int subclass);

/*
 * Has this chain been checked? Reads one cache line, takes nothing.
 */
bool lock_chain_known(u64 chain);
/* Checks @e, which is to go on top of @h, and remembers @chain. May report. */
void lock_chain_check(struct held_locks *h, const struct held_lock *e, u64 chain);

#endif
#endif
