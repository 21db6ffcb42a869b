// SPDX-License-Identifier: MIT
/*
 * Red-black trees: see rbtree.h.
 *
 * The rules: a red node has no red child, and every path from the root to an
 * empty place has the same number of black nodes. Insertion adds a red node
 * and repairs a red-red pair upwards; erasure of a black node leaves one path
 * a black short and repairs that upwards. Each repair step either ends or
 * moves two levels (insertion) or one level (erasure) up.
 *
 * Augmented trees do the same with summaries kept right at each rotation;
 * the plain entry points pass callbacks that do nothing.
 */
#include "kernel/lib/rbtree.h"

#define RED	0UL
#define BLACK	1UL

static inline bool is_red(const struct rb_node *n)
{
	return n && !(n->__rb_parent_color & BLACK);
}

static inline bool is_black(const struct rb_node *n)
{
	return !is_red(n);
}

static inline void set_parent(struct rb_node *n, struct rb_node *p)
{
	n->__rb_parent_color = (n->__rb_parent_color & BLACK) | (unsigned long)p;
}

static inline void set_color(struct rb_node *n, unsigned long color)
{
	n->__rb_parent_color = (n->__rb_parent_color & ~BLACK) | color;
}

static inline void replace_child(struct rb_node *old, struct rb_node *new,
				 struct rb_node *parent, struct rb_root *root)
{
	if (!parent)
		WRITE_ONCE(root->rb_node, new);
	else if (parent->rb_left == old)
		WRITE_ONCE(parent->rb_left, new);
	else
		WRITE_ONCE(parent->rb_right, new);
}

/* @n goes down to the left, its right child takes its place. */
static void rotate_left(struct rb_node *n, struct rb_root *root,
			const struct rb_augment_callbacks *aug)
{
	struct rb_node *up = n->rb_right, *parent = rb_parent(n);

	WRITE_ONCE(n->rb_right, up->rb_left);
	if (up->rb_left)
		set_parent(up->rb_left, n);
	WRITE_ONCE(up->rb_left, n);
	set_parent(up, parent);
	replace_child(n, up, parent, root);
	set_parent(n, up);
	aug->rotate(n, up);
}

static void rotate_right(struct rb_node *n, struct rb_root *root,
			 const struct rb_augment_callbacks *aug)
{
	struct rb_node *up = n->rb_left, *parent = rb_parent(n);

	WRITE_ONCE(n->rb_left, up->rb_right);
	if (up->rb_right)
		set_parent(up->rb_right, n);
	WRITE_ONCE(up->rb_right, n);
	set_parent(up, parent);
	replace_child(n, up, parent, root);
	set_parent(n, up);
	aug->rotate(n, up);
}

void rb_insert_augmented(struct rb_node *node, struct rb_root *root,
			 const struct rb_augment_callbacks *aug)
{
	struct rb_node *parent, *grand, *uncle;

	set_color(node, RED);
	while ((parent = rb_parent(node)) && is_red(parent)) {
		/* A red parent is not the root, so there is a grandparent, and it is black. */
		grand = rb_parent(parent);
		uncle = parent == grand->rb_left ? grand->rb_right : grand->rb_left;
		if (is_red(uncle)) {
			set_color(parent, BLACK);
			set_color(uncle, BLACK);
			set_color(grand, RED);
			node = grand;
			continue;
		}
		if (parent == grand->rb_left) {
			if (node == parent->rb_right) {
				rotate_left(parent, root, aug);
				parent = node;
			}
			set_color(parent, BLACK);
			set_color(grand, RED);
			rotate_right(grand, root, aug);
		} else {
			if (node == parent->rb_left) {
				rotate_right(parent, root, aug);
				parent = node;
			}
			set_color(parent, BLACK);
			set_color(grand, RED);
			rotate_left(grand, root, aug);
		}
		break;
	}
	set_color(root->rb_node, BLACK);
}

/* The paths through @node (maybe NULL), child of @parent, are one black short. */
static void erase_fixup(struct rb_node *node, struct rb_node *parent, struct rb_root *root,
			const struct rb_augment_callbacks *aug)
{
	struct rb_node *sib;

	while (parent && is_black(node)) {
		bool left = parent->rb_left == node;

		sib = left ? parent->rb_right : parent->rb_left;
		if (is_red(sib)) {
			/* Make the sibling black by lifting it. */
			set_color(sib, BLACK);
			set_color(parent, RED);
			if (left)
				rotate_left(parent, root, aug);
			else
				rotate_right(parent, root, aug);
			sib = left ? parent->rb_right : parent->rb_left;
		}
		if (is_black(sib->rb_left) && is_black(sib->rb_right)) {
			/* Shorten the sibling's side too and go up. */
			set_color(sib, RED);
			node = parent;
			parent = rb_parent(node);
			continue;
		}
		/* A red nephew: bring it to the far side, lift the sibling, done. */
		if (left) {
			if (is_black(sib->rb_right)) {
				set_color(sib->rb_left, BLACK);
				set_color(sib, RED);
				rotate_right(sib, root, aug);
				sib = parent->rb_right;
			}
			set_color(sib, !is_red(parent));
			set_color(parent, BLACK);
			set_color(sib->rb_right, BLACK);
			rotate_left(parent, root, aug);
		} else {
			if (is_black(sib->rb_left)) {
				set_color(sib->rb_right, BLACK);
				set_color(sib, RED);
				rotate_left(sib, root, aug);
				sib = parent->rb_left;
			}
			set_color(sib, !is_red(parent));
			set_color(parent, BLACK);
			set_color(sib->rb_left, BLACK);
			rotate_right(parent, root, aug);
		}
		return;
	}
	if (node)
		set_color(node, BLACK);
}

/* Puts @node's in-order successor, which has no left child, in @node's place. */
static void erase_two_children(struct rb_node *node, struct rb_root *root,
			       const struct rb_augment_callbacks *aug)
{
	struct rb_node *succ = node->rb_right, *child, *parent;
	bool was_red;

	while (succ->rb_left)
		succ = succ->rb_left;
	was_red = is_red(succ);
	child = succ->rb_right;
	parent = rb_parent(succ);
	aug->copy(node, succ);
	if (parent == node) {
		parent = succ;
	} else {
		WRITE_ONCE(parent->rb_left, child);
		if (child)
			set_parent(child, parent);
		WRITE_ONCE(succ->rb_right, node->rb_right);
		set_parent(node->rb_right, succ);
	}
	WRITE_ONCE(succ->rb_left, node->rb_left);
	set_parent(node->rb_left, succ);
	replace_child(node, succ, rb_parent(node), root);
	succ->__rb_parent_color = node->__rb_parent_color;
	/* Two walks: the first may stop early, and the successor's own summary must be redone. */
	if (parent != succ)
		aug->propagate(parent, succ);
	aug->propagate(succ, NULL);
	if (!was_red)
		erase_fixup(child, parent, root, aug);
}

void rb_erase_augmented(struct rb_node *node, struct rb_root *root,
			const struct rb_augment_callbacks *aug)
{
	struct rb_node *child, *parent;

	if (node->rb_left && node->rb_right) {
		erase_two_children(node, root, aug);
		return;
	}
	child = node->rb_left ? node->rb_left : node->rb_right;
	parent = rb_parent(node);
	if (child)
		set_parent(child, parent);
	replace_child(node, child, parent, root);
	aug->propagate(parent, NULL);
	if (is_black(node))
		erase_fixup(child, parent, root, aug);
}

static void no_propagate(struct rb_node *node, struct rb_node *stop)
{
}

static void no_copy(struct rb_node *old, struct rb_node *new)
{
}

static const struct rb_augment_callbacks plain = {
	.propagate = no_propagate,
	.copy = no_copy,
	.rotate = no_copy,
};

void rb_insert_color(struct rb_node *node, struct rb_root *root)
{
	rb_insert_augmented(node, root, &plain);
}

void rb_erase(struct rb_node *node, struct rb_root *root)
{
	rb_erase_augmented(node, root, &plain);
}

struct rb_node *rb_first(const struct rb_root *root)
{
	struct rb_node *n = root->rb_node;

	while (n && n->rb_left)
		n = n->rb_left;
	return n;
}

struct rb_node *rb_last(const struct rb_root *root)
{
	struct rb_node *n = root->rb_node;

	while (n && n->rb_right)
		n = n->rb_right;
	return n;
}

struct rb_node *rb_next(const struct rb_node *node)
{
	struct rb_node *parent;

	if (RB_EMPTY_NODE(node))
		return NULL;
	if (node->rb_right) {
		node = node->rb_right;
		while (node->rb_left)
			node = node->rb_left;
		return (struct rb_node *)node;
	}
	while ((parent = rb_parent(node)) && node == parent->rb_right)
		node = parent;
	return parent;
}

struct rb_node *rb_prev(const struct rb_node *node)
{
	struct rb_node *parent;

	if (RB_EMPTY_NODE(node))
		return NULL;
	if (node->rb_left) {
		node = node->rb_left;
		while (node->rb_right)
			node = node->rb_right;
		return (struct rb_node *)node;
	}
	while ((parent = rb_parent(node)) && node == parent->rb_left)
		node = parent;
	return parent;
}

static struct rb_node *leftmost_leaf(struct rb_node *n)
{
	for (;;) {
		if (n->rb_left)
			n = n->rb_left;
		else if (n->rb_right)
			n = n->rb_right;
		else
			return n;
	}
}

struct rb_node *rb_first_postorder(const struct rb_root *root)
{
	return root->rb_node ? leftmost_leaf(root->rb_node) : NULL;
}

struct rb_node *rb_next_postorder(const struct rb_node *node)
{
	struct rb_node *parent;

	if (!node)
		return NULL;
	parent = rb_parent(node);
	if (parent && node == parent->rb_left && parent->rb_right)
		return leftmost_leaf(parent->rb_right);
	return parent;
}

void rb_replace_node(struct rb_node *victim, struct rb_node *new, struct rb_root *root)
{
	*new = *victim;
	if (victim->rb_left)
		set_parent(victim->rb_left, new);
	if (victim->rb_right)
		set_parent(victim->rb_right, new);
	replace_child(victim, new, rb_parent(victim), root);
}
