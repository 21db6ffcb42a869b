/* SPDX-License-Identifier: MIT */
/*
 * Red-black trees.  The user walks down to find the place, links the node
 * there and has it coloured:
 *
 *	rb_link_node(&new->node, parent, link);
 *	rb_insert_color(&new->node, &root);
 *
 * Nothing here locks.  Stores to child pointers are single stores in an
 * order that lets a reader without the lock (under a seqcount that it
 * re-checks) walk without loops; it may miss nodes.
 */
#ifndef KERNEL_LIB_RBTREE_H
#define KERNEL_LIB_RBTREE_H

#include "kernel/lib/kernel.h"

struct rb_node {
	unsigned long __rb_parent_color;	/* parent | colour in bit 0 (1 = black) */
	struct rb_node *rb_right;
	struct rb_node *rb_left;
} __aligned(sizeof(long));

struct rb_root {
	struct rb_node *rb_node;
};

/* With the leftmost node remembered. */
struct rb_root_cached {
	struct rb_root rb_root;
	struct rb_node *rb_leftmost;
};

#define RB_ROOT			((struct rb_root) { NULL })
#define RB_ROOT_CACHED		((struct rb_root_cached) { { NULL }, NULL })
#define rb_parent(r)		((struct rb_node *)((r)->__rb_parent_color & ~3UL))
#define rb_entry(ptr, type, member)	container_of(ptr, type, member)
#define rb_entry_safe(ptr, type, member) ({				\
	__typeof__(ptr) ____ptr = (ptr);				\
	____ptr ? rb_entry(____ptr, type, member) : NULL; })
#define RB_EMPTY_ROOT(root)	(READ_ONCE((root)->rb_node) == NULL)
#define RB_EMPTY_NODE(node)	((node)->__rb_parent_color == (unsigned long)(node))
#define RB_CLEAR_NODE(node)	((node)->__rb_parent_color = (unsigned long)(node))

void rb_insert_color(struct rb_node *node, struct rb_root *root);
void rb_erase(struct rb_node *node, struct rb_root *root);
struct rb_node *rb_next(const struct rb_node *node);
struct rb_node *rb_prev(const struct rb_node *node);
struct rb_node *rb_first(const struct rb_root *root);
struct rb_node *rb_last(const struct rb_root *root);
struct rb_node *rb_first_postorder(const struct rb_root *root);
struct rb_node *rb_next_postorder(const struct rb_node *node);
/* Puts @new in the place of @victim; same key, no rebalancing. */
void rb_replace_node(struct rb_node *victim, struct rb_node *new, struct rb_root *root);

static inline void rb_link_node(struct rb_node *node, struct rb_node *parent,
				struct rb_node **link)
{
	node->__rb_parent_color = (unsigned long)parent;
	node->rb_left = node->rb_right = NULL;
	WRITE_ONCE(*link, node);
}

#define rb_first_cached(root)	((root)->rb_leftmost)

static inline void rb_insert_color_cached(struct rb_node *node, struct rb_root_cached *root,
					  bool leftmost)
{
	if (leftmost)
		root->rb_leftmost = node;
	rb_insert_color(node, &root->rb_root);
}

static inline void rb_erase_cached(struct rb_node *node, struct rb_root_cached *root)
{
	if (root->rb_leftmost == node)
		root->rb_leftmost = rb_next(node);
	rb_erase(node, &root->rb_root);
}

#define rbtree_postorder_for_each_entry_safe(pos, n, root, field)	\
	for (pos = rb_entry_safe(rb_first_postorder(root), __typeof__(*pos), field); \
	     pos && ({ n = rb_entry_safe(rb_next_postorder(&pos->field), \
					 __typeof__(*pos), field); 1; }); \
	     pos = n)

/*
 * Trees whose nodes hold a summary of their subtree.  @propagate recomputes
 * summaries from @node up to (not including) @stop; @copy gives @new the
 * summary of @old; @rotate gives @new @old's summary and recomputes @old's.
 */
struct rb_augment_callbacks {
	void (*propagate)(struct rb_node *node, struct rb_node *stop);
	void (*copy)(struct rb_node *old, struct rb_node *new);
	void (*rotate)(struct rb_node *old, struct rb_node *new);
};

void rb_insert_augmented(struct rb_node *node, struct rb_root *root,
			 const struct rb_augment_callbacks *augment);
void rb_erase_augmented(struct rb_node *node, struct rb_root *root,
			const struct rb_augment_callbacks *augment);

static inline void rb_insert_augmented_cached(struct rb_node *node, struct rb_root_cached *root,
					      bool leftmost,
					      const struct rb_augment_callbacks *augment)
{
	if (leftmost)
		root->rb_leftmost = node;
	rb_insert_augmented(node, &root->rb_root, augment);
}

static inline void rb_erase_augmented_cached(struct rb_node *node, struct rb_root_cached *root,
					     const struct rb_augment_callbacks *augment)
{
	if (root->rb_leftmost == node)
		root->rb_leftmost = rb_next(node);
	rb_erase_augmented(node, &root->rb_root, augment);
}

/*
 * Defines the callbacks NAME for struct TYPE with tree node FIELD, whose
 * member AUG holds the summary that COMPUTE(struct TYPE *, bool stop_if_same)
 * refreshes (true: it was already right).
 */
#define RB_DECLARE_CALLBACKS(STATIC, NAME, TYPE, FIELD, AUG, COMPUTE)	\
static void NAME##_propagate(struct rb_node *rb, struct rb_node *stop)	\
{									\
	while (rb != stop) {						\
		TYPE *node = rb_entry(rb, TYPE, FIELD);			\
		if (COMPUTE(node, true))				\
			break;						\
		rb = rb_parent(&node->FIELD);				\
	}								\
}									\
static void NAME##_copy(struct rb_node *rb_old, struct rb_node *rb_new)	\
{									\
	TYPE *old = rb_entry(rb_old, TYPE, FIELD);			\
	TYPE *new = rb_entry(rb_new, TYPE, FIELD);			\
	new->AUG = old->AUG;						\
}									\
static void NAME##_rotate(struct rb_node *rb_old, struct rb_node *rb_new) \
{									\
	TYPE *old = rb_entry(rb_old, TYPE, FIELD);			\
	TYPE *new = rb_entry(rb_new, TYPE, FIELD);			\
	new->AUG = old->AUG;						\
	COMPUTE(old, false);						\
}									\
STATIC const struct rb_augment_callbacks NAME = {			\
	.propagate = NAME##_propagate,					\
	.copy = NAME##_copy,						\
	.rotate = NAME##_rotate,					\
}

#define RB_DECLARE_CALLBACKS_MAX(STATIC, NAME, TYPE, FIELD, AUGTYPE, AUG, VALUE) \
static inline bool NAME##_compute_max(TYPE *node, bool stop_if_same)	\
{									\
	TYPE *child;							\
	AUGTYPE max = VALUE(node);					\
	if (node->FIELD.rb_left) {					\
		child = rb_entry(node->FIELD.rb_left, TYPE, FIELD);	\
		if (child->AUG > max)					\
			max = child->AUG;				\
	}								\
	if (node->FIELD.rb_right) {					\
		child = rb_entry(node->FIELD.rb_right, TYPE, FIELD);	\
		if (child->AUG > max)					\
			max = child->AUG;				\
	}								\
	if (stop_if_same && node->AUG == max)				\
		return true;						\
	node->AUG = max;						\
	return false;							\
}									\
RB_DECLARE_CALLBACKS(STATIC, NAME, TYPE, FIELD, AUG, NAME##_compute_max)

#endif
