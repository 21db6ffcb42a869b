/* SPDX-License-Identifier: MIT */
/*
 * Lock-free stacks: any number of adders (any context, NMI included), and
 * takers that take everything at once, which is what makes them free of ABA.
 */
#ifndef KERNEL_LIB_LLIST_H
#define KERNEL_LIB_LLIST_H

#include "kernel/lib/kernel.h"
#include "kernel/x86/atomic.h"

struct llist_node {
	struct llist_node *next;
};

struct llist_head {
	struct llist_node *first;
};

#define LLIST_HEAD_INIT(name)	{ NULL }
#define LLIST_HEAD(name)	struct llist_head name = LLIST_HEAD_INIT(name)

static inline void init_llist_head(struct llist_head *list)
{
	list->first = NULL;
}

static inline bool llist_empty(const struct llist_head *head)
{
	return READ_ONCE(head->first) == NULL;
}

/* True when the list was empty before: the caller then wakes the consumer. */
static inline bool llist_add(struct llist_node *new, struct llist_head *head)
{
	struct llist_node *first = READ_ONCE(head->first);

	do {
		new->next = first;
	} while (!try_cmpxchg(&head->first, &first, new));
	return !first;
}

/* Everything, newest first; ordered after the adders' stores. */
static inline struct llist_node *llist_del_all(struct llist_head *head)
{
	return xchg(&head->first, (struct llist_node *)NULL);
}

static inline struct llist_node *llist_reverse_order(struct llist_node *head)
{
	struct llist_node *rev = NULL;

	while (head) {
		struct llist_node *next = head->next;

		head->next = rev;
		rev = head;
		head = next;
	}
	return rev;
}

#define llist_entry(ptr, type, member)	container_of(ptr, type, member)
#define llist_for_each(pos, node)	for ((pos) = (node); pos; (pos) = (pos)->next)
#define llist_for_each_safe(pos, n, node)				\
	for ((pos) = (node); (pos) && ((n) = (pos)->next, true); (pos) = (n))
#define llist_for_each_entry_safe(pos, n, node, member)			\
	for (pos = (node) ? llist_entry((node), __typeof__(*pos), member) : NULL; \
	     pos && (n = pos->member.next ?				\
		     llist_entry(pos->member.next, __typeof__(*n), member) : NULL, true); \
	     pos = n)

#endif
