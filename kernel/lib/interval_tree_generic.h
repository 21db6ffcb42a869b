/* SPDX-License-Identifier: MIT */
/*
 * Interval trees made from augmented red-black trees: INTERVAL_TREE_DEFINE
 * generates, for a struct ITSTRUCT with tree node ITRB and summary ITSUBTREE
 * (the largest last of the subtree), whose closed interval is
 * [ITSTART(n), ITLAST(n)]:
 *
 *	ITPREFIX_insert(node, root)	ITPREFIX_remove(node, root)
 *	ITPREFIX_iter_first(root, start, last)	ITPREFIX_iter_next(node, start, last)
 *
 * The iterators visit, in order of start, every interval that intersects
 * [start, last].  The tree's lock must be held throughout.
 */
#ifndef KERNEL_LIB_INTERVAL_TREE_GENERIC_H
#define KERNEL_LIB_INTERVAL_TREE_GENERIC_H

#include "kernel/lib/rbtree.h"

#define INTERVAL_TREE_DEFINE(ITSTRUCT, ITRB, ITTYPE, ITSUBTREE,		\
			     ITSTART, ITLAST, ITSTATIC, ITPREFIX)	\
									\
RB_DECLARE_CALLBACKS_MAX(static, ITPREFIX##_augment, ITSTRUCT, ITRB,	\
			 ITTYPE, ITSUBTREE, ITLAST);			\
									\
ITSTATIC __maybe_unused void						\
ITPREFIX##_insert(ITSTRUCT *node, struct rb_root_cached *root)		\
{									\
	struct rb_node **link = &root->rb_root.rb_node, *parent = NULL;	\
	ITTYPE start = ITSTART(node), last = ITLAST(node);		\
	bool leftmost = true;						\
									\
	while (*link) {							\
		ITSTRUCT *p = rb_entry(*link, ITSTRUCT, ITRB);		\
									\
		parent = *link;						\
		if (p->ITSUBTREE < last)				\
			p->ITSUBTREE = last;				\
		if (start < ITSTART(p)) {				\
			link = &p->ITRB.rb_left;			\
		} else {						\
			link = &p->ITRB.rb_right;			\
			leftmost = false;				\
		}							\
	}								\
	node->ITSUBTREE = last;						\
	rb_link_node(&node->ITRB, parent, link);			\
	rb_insert_augmented_cached(&node->ITRB, root, leftmost,		\
				   &ITPREFIX##_augment);		\
}									\
									\
ITSTATIC __maybe_unused void						\
ITPREFIX##_remove(ITSTRUCT *node, struct rb_root_cached *root)		\
{									\
	rb_erase_augmented_cached(&node->ITRB, root, &ITPREFIX##_augment); \
}									\
									\
/* The leftmost match in the subtree of @node, whose summary is >= start. */ \
static ITSTRUCT *							\
ITPREFIX##_subtree_search(ITSTRUCT *node, ITTYPE start, ITTYPE last)	\
{									\
	for (;;) {							\
		if (node->ITRB.rb_left) {				\
			ITSTRUCT *left = rb_entry(node->ITRB.rb_left,	\
						  ITSTRUCT, ITRB);	\
			/* Something on the left ends late enough: the	\
			 * leftmost such either matches or starts after	\
			 * @last, and then nothing further right does. */ \
			if (start <= left->ITSUBTREE) {			\
				node = left;				\
				continue;				\
			}						\
		}							\
		if (ITSTART(node) > last)				\
			return NULL;					\
		if (start <= ITLAST(node))				\
			return node;					\
		if (!node->ITRB.rb_right)				\
			return NULL;					\
		node = rb_entry(node->ITRB.rb_right, ITSTRUCT, ITRB);	\
		if (start > node->ITSUBTREE)				\
			return NULL;					\
	}								\
}									\
									\
ITSTATIC __maybe_unused ITSTRUCT *					\
ITPREFIX##_iter_first(struct rb_root_cached *root, ITTYPE start, ITTYPE last) \
{									\
	ITSTRUCT *node;							\
									\
	if (!root->rb_root.rb_node)					\
		return NULL;						\
	node = rb_entry(root->rb_root.rb_node, ITSTRUCT, ITRB);		\
	if (node->ITSUBTREE < start)					\
		return NULL;						\
	return ITPREFIX##_subtree_search(node, start, last);		\
}									\
									\
ITSTATIC __maybe_unused ITSTRUCT *					\
ITPREFIX##_iter_next(ITSTRUCT *node, ITTYPE start, ITTYPE last)		\
{									\
	struct rb_node *rb = node->ITRB.rb_right, *prev;		\
									\
	for (;;) {							\
		if (rb) {						\
			ITSTRUCT *right = rb_entry(rb, ITSTRUCT, ITRB);	\
									\
			if (start <= right->ITSUBTREE)			\
				return ITPREFIX##_subtree_search(right,	\
								 start, last); \
		}							\
		/* Up, until we come from a left child. */		\
		do {							\
			rb = rb_parent(&node->ITRB);			\
			if (!rb)					\
				return NULL;				\
			prev = &node->ITRB;				\
			node = rb_entry(rb, ITSTRUCT, ITRB);		\
			rb = node->ITRB.rb_right;			\
		} while (prev == rb);					\
		if (last < ITSTART(node))				\
			return NULL;					\
		if (start <= ITLAST(node))				\
			return node;					\
	}								\
}

#endif
