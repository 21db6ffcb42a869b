/* SPDX-License-Identifier: MIT */
/*
 * Hash chains whose head pointer carries a lock in bit 0: one word a bucket,
 * read under RCU, changed under hlist_bl_lock().  The order checker knows
 * the bucket locks as the class of the bit spinlocks (see bit_spinlock.h).
 */
#ifndef KERNEL_LIB_LIST_BL_H
#define KERNEL_LIB_LIST_BL_H

#include "kernel/lib/list.h"
#include "kernel/lock/bit_spinlock.h"
#include "kernel/lock/rcupdate.h"

#define LIST_BL_LOCKMASK 1UL

struct hlist_bl_node {
	struct hlist_bl_node *next, **pprev;
};

struct hlist_bl_head {
	struct hlist_bl_node *first;
};

#define INIT_HLIST_BL_HEAD(ptr)	((ptr)->first = NULL)

static inline void INIT_HLIST_BL_NODE(struct hlist_bl_node *h)
{
	h->next = NULL;
	h->pprev = NULL;
}

static inline bool hlist_bl_unhashed(const struct hlist_bl_node *h)
{
	return !READ_ONCE(h->pprev);
}

static inline void hlist_bl_lock(struct hlist_bl_head *b)
{
	bit_spin_lock(0, (unsigned long *)b);
}

static inline void hlist_bl_unlock(struct hlist_bl_head *b)
{
	__bit_spin_unlock(0, (unsigned long *)b);
}

static inline bool hlist_bl_is_locked(struct hlist_bl_head *b)
{
	return bit_spin_is_locked(0, (unsigned long *)b);
}

static inline struct hlist_bl_node *hlist_bl_first(struct hlist_bl_head *h)
{
	return (struct hlist_bl_node *)((unsigned long)h->first & ~LIST_BL_LOCKMASK);
}

static inline struct hlist_bl_node *hlist_bl_first_rcu(struct hlist_bl_head *h)
{
	return (struct hlist_bl_node *)((unsigned long)rcu_dereference_raw(h->first) &
					~LIST_BL_LOCKMASK);
}

static inline bool hlist_bl_empty(const struct hlist_bl_head *h)
{
	return !((unsigned long)READ_ONCE(h->first) & ~LIST_BL_LOCKMASK);
}

/* The bucket is locked; the published pointer keeps the lock bit. */
static inline void hlist_bl_add_head_rcu(struct hlist_bl_node *n, struct hlist_bl_head *h)
{
	struct hlist_bl_node *first = hlist_bl_first(h);

	n->next = first;
	if (first)
		first->pprev = &n->next;
	n->pprev = &h->first;
	rcu_assign_pointer(h->first,
			   (struct hlist_bl_node *)((unsigned long)n | LIST_BL_LOCKMASK));
}

static inline void hlist_bl_add_head(struct hlist_bl_node *n, struct hlist_bl_head *h)
{
	hlist_bl_add_head_rcu(n, h);
}

static inline void __hlist_bl_del(struct hlist_bl_node *n)
{
	struct hlist_bl_node *next = n->next;
	struct hlist_bl_node **pprev = n->pprev;

	/* pprev may be the head: keep its lock bit. */
	WRITE_ONCE(*pprev, (struct hlist_bl_node *)((unsigned long)next |
		   ((unsigned long)*pprev & LIST_BL_LOCKMASK)));
	if (next)
		next->pprev = pprev;
}

static inline void hlist_bl_del(struct hlist_bl_node *n)
{
	__hlist_bl_del(n);
	n->next = LIST_POISON1;
	n->pprev = LIST_POISON2;
}

static inline void hlist_bl_del_rcu(struct hlist_bl_node *n)
{
	__hlist_bl_del(n);
	n->pprev = LIST_POISON2;
}

static inline void hlist_bl_del_init_rcu(struct hlist_bl_node *n)
{
	if (!hlist_bl_unhashed(n)) {
		__hlist_bl_del(n);
		n->pprev = NULL;
	}
}

static inline void hlist_bl_del_init(struct hlist_bl_node *n)
{
	if (!hlist_bl_unhashed(n)) {
		__hlist_bl_del(n);
		INIT_HLIST_BL_NODE(n);
	}
}

#define hlist_bl_entry(ptr, type, member) container_of(ptr, type, member)
#define hlist_bl_for_each_entry(tpos, pos, head, member)		\
	for (pos = hlist_bl_first(head);				\
	     pos && ({ tpos = hlist_bl_entry(pos, __typeof__(*tpos), member); 1; }); \
	     pos = pos->next)
#define hlist_bl_for_each_entry_safe(tpos, pos, n, head, member)	\
	for (pos = hlist_bl_first(head);				\
	     pos && ({ n = pos->next; 1; }) &&				\
		({ tpos = hlist_bl_entry(pos, __typeof__(*tpos), member); 1; }); \
	     pos = n)
#define hlist_bl_for_each_entry_rcu(tpos, pos, head, member)		\
	for (pos = hlist_bl_first_rcu(head);				\
	     pos && ({ tpos = hlist_bl_entry(pos, __typeof__(*tpos), member); 1; }); \
	     pos = rcu_dereference_raw(pos->next))

#endif
