/* SPDX-License-Identifier: MIT */
/* Between lockdep.c (held stacks) and lockdep_graph.c (classes and their order). */
#ifndef KERNEL_LOCK_LOCKDEP_INTERNAL_H
#define KERNEL_LOCK_LOCKDEP_INTERNAL_H

#include "kernel/lock/lockdep.h"

#if CONFIG_CHECKS

#define MAX_CLASSES	1024	/* class 0 means none */
#define MAX_EDGES	8192	/* edge 0 means none */
#define CLASS_NOCHECK	0x8000u	/* in a class number: held, but not in the order graph */

/* Kept in an entry's flags beside HELD_*: the state that was part of its chain hash. */
#define ENTRY_IN_IRQ	0x100u	/* taken by an interrupt handler */
#define ENTRY_IRQS_ON	0x200u	/* taken with interrupts on */

struct lock_class {
	const struct lock_class_key *key;
	const char *name;
	unsigned int subclass;
	unsigned int usage;		/* USED_* and TAKEN_*; graph lock */
	unsigned long irq_ip;		/* where first taken in an interrupt */
	unsigned long on_ip;		/* where first taken with interrupts on */
	u16 out, in;			/* heads of the edge lists; graph lock */
};

extern struct lock_class lock_classes[MAX_CLASSES];

/* Classes that exist, 0 (none) included; a name is never NULL. Any context. */
unsigned int lock_class_count(void);
const char *lock_class_name(unsigned int class);
unsigned int lock_class_subclass(unsigned int class);

/* Calls @fn for each order that the graph knows; what is found meanwhile may be missing. */
void lock_edges_for_each(void (*fn)(unsigned int from, unsigned int to, void *arg), void *arg);
#define LOCK_EDGE_DOCUMENTED	1u	/* docs/locking-order.md has it */
#define LOCK_EDGE_OBSERVED	2u	/* somebody took the two in this order */
/* 0: no such order. */
unsigned int lock_edge_flags(unsigned int from, unsigned int to);

/* Finds or makes the class; 0 when the table is full. Any context but NMI. */
u16 lock_class_register(struct lock_class_key *key, unsigned int subclass);

/*
 * The chains that have been checked: a chain is in one of the two slots that
 * its high bits choose. Written under the graph lock, read without.
 */
#define CHAIN_BITS	14
extern u64 lock_chains[1 << CHAIN_BITS];

static inline u64 *lock_chain_slot(u64 chain)
{
	return &lock_chains[chain >> (64 - CHAIN_BITS)];
}

static inline u64 *lock_chain_other_slot(u64 chain)
{
	return &lock_chains[(chain >> (64 - CHAIN_BITS)) ^ 1];
}

static inline bool lock_chain_known(u64 chain)
{
	return likely(READ_ONCE(*lock_chain_slot(chain)) == chain) ||
	       READ_ONCE(*lock_chain_other_slot(chain)) == chain;
}

/* Checks @e, which is to go on top of @h, remembers @chain, and pushes it. May report. */
void lock_chain_check(struct held_locks *h, const struct held_lock *e, u64 chain);

/* Graph lock held: lays the documented orders of the new class @class (lock_order.c). */
void lock_order_apply(unsigned int class, unsigned int nr_classes);
/* Graph lock held: @from is to be taken before @to, whoever says otherwise (lockdep_graph.c). */
void lock_graph_preset(unsigned int from, unsigned int to);

/* What held_push() and held_pop() cannot do at once (lockdep.c). */
void held_push_slow(const void *lock, struct lock_class_key *key, unsigned int subclass,
		    unsigned int flags, unsigned long ip);
void held_pop_slow(const void *lock, unsigned long ip);

#endif
#endif
