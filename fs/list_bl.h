// SPDX-License-Identifier: MIT
/*
 * Hash chains whose head carries its own lock in bit 0, so that a big table costs one word for
 * each bucket. Readers walk the chain under RCU; writers hold the bucket's bit lock.
 */
#ifndef FS_LIST_BL_H
#define FS_LIST_BL_H

#include "kernel/lib/types.h"
#include "kernel/x86/barrier.h"
#include "kernel/lock/bit_spinlock.h"

struct hlist_bl_node {
	struct hlist_bl_node *next, **pprev;
};

struct hlist_bl_head {
	struct hlist_bl_node *first;	/* bit 0: locked */
};

#define HLIST_BL_LOCKED 1UL

static inline void INIT_HLIST_BL_NODE(struct hlist_bl_node *n)
{
	n->next = NULL;
	n->pprev = NULL;
}

static inline bool hlist_bl_unhashed(const struct hlist_bl_node *n)
{
	return !READ_ONCE(n->pprev);
}

static inline struct hlist_bl_node *hlist_bl_first(struct hlist_bl_head *h)
{
	unsigned long v = (unsigned long)READ_ONCE(h->first);

	return (struct hlist_bl_node *)(v & ~HLIST_BL_LOCKED);
}

static inline void hlist_bl_lock(struct hlist_bl_head *h)
{
	bit_spin_lock(0, (unsigned long *)h);
}

static inline void hlist_bl_unlock(struct hlist_bl_head *h)
{
	bit_spin_unlock(0, (unsigned long *)h);
}

/* bucket locked; the stores that set the node up are visible before the node is */
static inline void hlist_bl_add_head_rcu(struct hlist_bl_node *n, struct hlist_bl_head *h)
{
	struct hlist_bl_node *first = hlist_bl_first(h);

	n->next = first;
	if (first)
		first->pprev = &n->next;
	WRITE_ONCE(n->pprev, &h->first);
	smp_store_release(&h->first, (struct hlist_bl_node *)((unsigned long)n | HLIST_BL_LOCKED));
}

/* bucket locked; n->next stays, so that a reader standing on n can go on */
static inline void __hlist_bl_del(struct hlist_bl_node *n)
{
	struct hlist_bl_node *next = n->next;
	struct hlist_bl_node **pprev = n->pprev;
	unsigned long keep = (unsigned long)*pprev & HLIST_BL_LOCKED;

	WRITE_ONCE(*pprev, (struct hlist_bl_node *)((unsigned long)next | keep));
	if (next)
		next->pprev = pprev;
}

#define hlist_bl_entry(ptr, type, member) container_of(ptr, type, member)

#define hlist_bl_for_each_entry(tpos, pos, head, member) \
	for (pos = hlist_bl_first(head); \
	     pos && ({ tpos = hlist_bl_entry(pos, typeof(*tpos), member); 1; }); \
	     pos = READ_ONCE(pos->next))

#define hlist_bl_for_each_entry_rcu hlist_bl_for_each_entry

#endif
