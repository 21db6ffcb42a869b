// SPDX-License-Identifier: MIT
/*
 * XArray, the simple interface over the advanced one, and the structure
 * check of the tests. Each xa_ function takes xa_lock, in the interrupt-safe
 * way if the array says so, and drops it around sleeping allocations.
 */
#include "kernel/lib/xarray.h"
#include "kernel/lib/printk.h"
#include "mm/gfp.h"

/* Interrupts are off when this returns a flags word that says they were on. */
static unsigned long lock_array(struct xarray *xa)
{
	unsigned long flags = 0;

	if (xa->xa_flags & XA_FLAGS_LOCK_IRQ)
		xa_lock_irqsave(xa, flags);
	else
		xa_lock(xa);
	return flags;
}

static void unlock_array(struct xarray *xa, unsigned long flags)
{
	if (xa->xa_flags & XA_FLAGS_LOCK_IRQ)
		xa_unlock_irqrestore(xa, flags);
	else
		xa_unlock(xa);
}

/* A reserved place reads as empty. */
static void *visible(void *entry)
{
	return xa_is_zero(entry) ? NULL : entry;
}

/* What a store returns: the old entry or the error. */
static void *result(struct xa_state *xas, void *old)
{
	if (xas_error(xas))
		return (void *)xas->xa_node;
	return visible(old);
}

void *xa_load(struct xarray *xa, unsigned long index)
{
	XA_STATE(xas, xa, index);
	void *entry;

	rcu_read_lock();
	do {
		entry = visible(xas_load(&xas));
	} while (xas_retry(&xas, entry));
	rcu_read_unlock();
	return entry;
}

void *__xa_store(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp)
{
	XA_STATE(xas, xa, index);
	void *old;

	if (WARN_ON_ONCE(xa_is_internal(entry) && !xa_is_zero(entry)))
		return (void *)XAS_ERROR(-EINVAL);
	do {
		old = xas_store(&xas, entry);
	} while (__xas_nomem(&xas, gfp));
	return result(&xas, old);
}

void *xa_store(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp)
{
	unsigned long flags = lock_array(xa);
	void *old = __xa_store(xa, index, entry, gfp);

	unlock_array(xa, flags);
	return old;
}

void *__xa_erase(struct xarray *xa, unsigned long index)
{
	XA_STATE(xas, xa, index);

	return result(&xas, xas_store(&xas, NULL));
}

void *xa_erase(struct xarray *xa, unsigned long index)
{
	unsigned long flags = lock_array(xa);
	void *old = __xa_erase(xa, index);

	unlock_array(xa, flags);
	return old;
}

void *__xa_cmpxchg(struct xarray *xa, unsigned long index, void *old, void *entry, gfp_t gfp)
{
	XA_STATE(xas, xa, index);
	void *cur;

	do {
		cur = xas_load(&xas);
		if (visible(cur) == old)
			xas_store(&xas, entry);
	} while (__xas_nomem(&xas, gfp));
	return result(&xas, cur);
}

void *xa_cmpxchg(struct xarray *xa, unsigned long index, void *old, void *entry, gfp_t gfp)
{
	unsigned long flags = lock_array(xa);
	void *cur = __xa_cmpxchg(xa, index, old, entry, gfp);

	unlock_array(xa, flags);
	return cur;
}

int __xa_insert(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp)
{
	XA_STATE(xas, xa, index);
	void *cur;

	if (!entry)
		entry = XA_ZERO_ENTRY;
	do {
		cur = xas_load(&xas);
		if (!cur)
			xas_store(&xas, entry);
		else
			xas_set_err(&xas, -EBUSY);
	} while (__xas_nomem(&xas, gfp));
	return xas_error(&xas);
}

int xa_insert(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp)
{
	unsigned long flags = lock_array(xa);
	int err = __xa_insert(xa, index, entry, gfp);

	unlock_array(xa, flags);
	return err;
}

int xa_reserve(struct xarray *xa, unsigned long index, gfp_t gfp)
{
	int err = xa_insert(xa, index, NULL, gfp);

	return err == -EBUSY ? 0 : err;
}

void xa_release(struct xarray *xa, unsigned long index)
{
	XA_STATE(xas, xa, index);
	unsigned long flags = lock_array(xa);

	if (xa_is_zero(xas_load(&xas)))
		xas_store(&xas, NULL);
	unlock_array(xa, flags);
}

void __xa_set_mark(struct xarray *xa, unsigned long index, xa_mark_t mark)
{
	XA_STATE(xas, xa, index);

	if (xas_load(&xas))
		xas_set_mark(&xas, mark);
}

void __xa_clear_mark(struct xarray *xa, unsigned long index, xa_mark_t mark)
{
	XA_STATE(xas, xa, index);

	if (xas_load(&xas))
		xas_clear_mark(&xas, mark);
}

void xa_set_mark(struct xarray *xa, unsigned long index, xa_mark_t mark)
{
	unsigned long flags = lock_array(xa);

	__xa_set_mark(xa, index, mark);
	unlock_array(xa, flags);
}

void xa_clear_mark(struct xarray *xa, unsigned long index, xa_mark_t mark)
{
	unsigned long flags = lock_array(xa);

	__xa_clear_mark(xa, index, mark);
	unlock_array(xa, flags);
}

bool xa_get_mark(struct xarray *xa, unsigned long index, xa_mark_t mark)
{
	XA_STATE(xas, xa, index);
	bool set = false;
	void *entry;

	rcu_read_lock();
	do {
		entry = xas_load(&xas);
	} while (xa_is_retry(entry) && xas_retry(&xas, entry));
	if (entry)
		set = xas_get_mark(&xas, mark);
	rcu_read_unlock();
	return set;
}

void *xa_find(struct xarray *xa, unsigned long *index, unsigned long max, xa_mark_t filter)
{
	XA_STATE(xas, xa, *index);
	void *entry;

	rcu_read_lock();
	do {
		if (filter == XA_PRESENT)
			entry = xas_find(&xas, max);
		else
			entry = xas_find_marked(&xas, max, filter);
	} while (xas_retry(&xas, entry));
	rcu_read_unlock();
	if (entry)
		*index = xas.xa_index;
	return entry;
}

void *xa_find_after(struct xarray *xa, unsigned long *index, unsigned long max, xa_mark_t filter)
{
	unsigned long from = *index + 1;
	void *entry;

	if (from == 0 || from > max)
		return NULL;
	entry = xa_find(xa, &from, max, filter);
	if (entry)
		*index = from;
	return entry;
}

void xa_destroy(struct xarray *xa)
{
	unsigned long flags = lock_array(xa);
	XA_STATE(xas, xa, 0);
	void *entry;

	/* Erasing from the front frees each node as it becomes empty. */
	while ((entry = xas_find(&xas, ULONG_MAX))) {
		xas_store(&xas, NULL);
		xas_set(&xas, 0);
	}
	unlock_array(xa, flags);
}

/* The first free index at or after @index; may be beyond @max. xa_lock held. */
static unsigned long first_free(struct xarray *xa, unsigned long index, unsigned long max)
{
	XA_STATE(xas, xa, index);
	unsigned long end = 0;

	if (xa_empty(xa) || index > max)
		return index;
	xas_find_marked(&xas, max, XA_FREE_MARK);
	if (xas.xa_node != XAS_BOUNDS)
		return xas.xa_index;
	/* No free slot in the tree from there on: the first index that it does not span. */
	if (xa_is_node(xa->xa_head)) {
		struct xa_node *top = (struct xa_node *)((unsigned long)xa->xa_head - 2);

		end = (XA_CHUNK_SIZE << top->shift) - 1;
	}
	return max(index, end + 1);
}

int __xa_alloc(struct xarray *xa, u32 *id, void *entry, struct xa_limit limit, gfp_t gfp)
{
	XA_STATE(xas, xa, 0);
	unsigned long index, min = limit.min;

	if (WARN_ON_ONCE(!(xa->xa_flags & XA_FLAGS_ALLOC) || xa_is_internal(entry)))
		return -EINVAL;
	if ((xa->xa_flags & XA_FLAGS_ALLOC1) == XA_FLAGS_ALLOC1 && !min)
		min = 1;
	if (!entry)
		entry = XA_ZERO_ENTRY;
	do {
		index = first_free(xa, min, limit.max);
		if (index > limit.max) {
			xas_set_err(&xas, -EBUSY);
		} else {
			xas_set(&xas, index);
			*id = (u32)index;
			xas_store(&xas, entry);
		}
	} while (__xas_nomem(&xas, gfp));
	return xas_error(&xas);
}

int xa_alloc(struct xarray *xa, u32 *id, void *entry, struct xa_limit limit, gfp_t gfp)
{
	unsigned long flags = lock_array(xa);
	int err = __xa_alloc(xa, id, entry, limit, gfp);

	unlock_array(xa, flags);
	return err;
}

int xa_alloc_cyclic(struct xarray *xa, u32 *id, void *entry, struct xa_limit limit,
		    u32 *next, gfp_t gfp)
{
	unsigned long flags = lock_array(xa);
	struct xa_limit from = { .min = max(limit.min, *next), .max = limit.max };
	int err = -EBUSY;

	if (from.min <= from.max)
		err = __xa_alloc(xa, id, entry, from, gfp);
	if (err == -EBUSY && from.min > limit.min)
		err = __xa_alloc(xa, id, entry, limit, gfp);
	if (!err)
		*next = *id + 1;
	unlock_array(xa, flags);
	return err;
}

/* Counts of slots and values, child pointers back, and marks that say what the children say. */
static bool check_node(struct xarray *xa, struct xa_node *node, struct xa_node *parent)
{
	unsigned int count = 0, values = 0;

	if (node->parent != parent || node->array != xa ||
	    (parent && node->shift + XA_CHUNK_SHIFT != parent->shift)) {
		pr_err("xarray: node %p is linked wrongly\n", node);
		return false;
	}
	for (unsigned int i = 0; i < XA_CHUNK_SIZE; i++) {
		void *entry = node->slots[i];
		struct xa_node *child;

		count += entry != NULL;
		values += xa_is_value(entry);
		if (!xa_is_node(entry)) {
			if (entry && node->shift) {
				pr_err("xarray: entry in an inner node %p\n", node);
				return false;
			}
			continue;
		}
		child = (struct xa_node *)((unsigned long)entry - 2);
		if (child->offset != i || !child->count || !check_node(xa, child, node))
			return false;
		for (xa_mark_t m = 0; m < XA_MAX_MARKS; m++) {
			if (!child->marks[m] != !(node->marks[m] >> i & 1)) {
				pr_err("xarray: mark %u of node %p slot %u is wrong\n", m, node, i);
				return false;
			}
		}
	}
	if (count != node->count || values != node->nr_values) {
		pr_err("xarray: node %p counts %u/%u, has %u/%u\n", node, node->count,
		       node->nr_values, count, values);
		return false;
	}
	return true;
}

bool xa_check(struct xarray *xa)
{
	struct xa_node *node;

	if (!xa_is_node(xa->xa_head))
		return true;
	node = (struct xa_node *)((unsigned long)xa->xa_head - 2);
	for (xa_mark_t m = 0; m < XA_MAX_MARKS; m++) {
		if (!node->marks[m] != !xa_marked(xa, m)) {
			pr_err("xarray: root mark %u is wrong\n", m);
			return false;
		}
	}
	return check_node(xa, node, NULL);
}
