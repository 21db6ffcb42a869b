// SPDX-License-Identifier: MIT
/* Red-black and interval trees: the rules after every change, and answers against a plain scan. */
#include "tests/kernel/ktest.h"
#include "kernel/lib/interval_tree_generic.h"
#include "kernel/lib/string.h"

#define NODES 200

struct interval {
	struct rb_node rb;
	unsigned long start, last, subtree_last;
	bool in;
};

#define START(n) ((n)->start)
#define LAST(n) ((n)->last)
INTERVAL_TREE_DEFINE(struct interval, rb, unsigned long, subtree_last, START, LAST,
		     static, test_tree);

static struct interval nodes[NODES];

static bool black(const struct rb_node *n)
{
	return !n || (n->__rb_parent_color & 1);
}

/* Black height; checks colours, parents and summaries on the way (the tree is shallow). */
static int check(struct rb_node *n)
{
	struct interval *iv = rb_entry_safe(n, struct interval, rb);
	unsigned long last;
	int left, right;

	if (!n)
		return 1;
	left = check(n->rb_left);
	right = check(n->rb_right);
	KTEST_EXPECT(left == right);
	KTEST_EXPECT(black(n) || (black(n->rb_left) && black(n->rb_right)));
	last = iv->last;
	for (int side = 0; side < 2; side++) {
		struct rb_node *child = side ? n->rb_right : n->rb_left;

		if (!child)
			continue;
		KTEST_EXPECT(rb_parent(child) == n);
		last = max(last, rb_entry(child, struct interval, rb)->subtree_last);
	}
	KTEST_EXPECT(iv->subtree_last == last);
	return left + black(n);
}

static void compare_query(struct rb_root_cached *root, unsigned long a, unsigned long b)
{
	unsigned int expected = 0, found = 0;
	unsigned long before = 0;

	for (int i = 0; i < NODES; i++)
		expected += nodes[i].in && nodes[i].start <= b && nodes[i].last >= a;
	for (struct interval *iv = test_tree_iter_first(root, a, b); iv;
	     iv = test_tree_iter_next(iv, a, b)) {
		KTEST_EXPECT(iv->start <= b && iv->last >= a && iv->start >= before);
		before = iv->start;
		found++;
	}
	KTEST_EQ(found, expected);
}

static void intervals(void)
{
	struct rb_root_cached root = RB_ROOT_CACHED;
	unsigned int in = 0, walked;

	memset(nodes, 0, sizeof(nodes));
	for (int step = 0; step < 4000 && !ktest_failed(); step++) {
		struct interval *iv = &nodes[ktest_random() % NODES];

		if (iv->in) {
			test_tree_remove(iv, &root);
		} else {
			iv->start = ktest_random() % 1000;
			iv->last = iv->start + ktest_random() % (step % 10 ? 20 : 400);
			test_tree_insert(iv, &root);
		}
		iv->in = !iv->in;
		in += iv->in ? 1 : -1;
		if (step % 16)
			continue;
		check(root.rb_root.rb_node);
		KTEST_EXPECT(rb_first_cached(&root) == rb_first(&root.rb_root));
		compare_query(&root, ktest_random() % 1000, 1000);
		compare_query(&root, step % 1000, step % 1000 + 30);
		walked = 0;
		for (struct rb_node *n = rb_last(&root.rb_root); n; n = rb_prev(n))
			walked++;
		KTEST_EQ(walked, in);
	}
	for (int i = 0; i < NODES; i++)
		if (nodes[i].in)
			test_tree_remove(&nodes[i], &root);
	KTEST_EXPECT(RB_EMPTY_ROOT(&root.rb_root));
}
KTEST(lib_trees, KTEST_QUICK, intervals);
