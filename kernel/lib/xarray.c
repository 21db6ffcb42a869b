// SPDX-License-Identifier: MIT
/*
 * XArray, the advanced interface: walking, storing, marks. See xarray.h.
 *
 * The tree: xa_head is NULL, the entry of index 0 (then it is the only one),
 * or the top node, a pointer tagged as internal. A node of shift s spans
 * 64 << s indices. Paths have no gaps: a child's shift is its parent's less 6
 * and leaves have shift 0.
 *
 * Why readers without the lock are safe: a node is complete before the
 * pointer to it is published with a release store, its shift, offset and
 * parent never lead anywhere but to live memory while a reader can be there
 * (nodes are freed by RCU), and a slot always holds NULL, an entry, a node or
 * the retry entry. When the tree is made shallower, a leaf's last entry moves
 * to xa_head and its slot gets the retry entry, so that a reader standing
 * there starts again instead of missing later changes.
 *
 * Why it cannot leave the tree inconsistent when memory runs out: nodes are
 * linked one at a time, each step leaves a valid tree, at worst with an empty
 * node on the path, which the next attempt uses or xas_trim_empty() removes.
 */
#include "kernel/lib/xarray.h"
#include "kernel/lib/bitmap.h"
#include "mm/gfp.h"

static inline struct xa_node *to_node(const void *entry)
{
	return (struct xa_node *)((unsigned long)entry - 2);
}

static inline void *mk_node(const struct xa_node *node)
{
	return (void *)((unsigned long)node | 2);
}

/* NULL, XAS_BOUNDS, XAS_RESTART: the walk has to begin at the head. */
static inline bool at_top(const struct xa_node *node)
{
	return (unsigned long)node <= 3;
}

static inline bool track_free(const struct xarray *xa)
{
	return xa->xa_flags & XA_FLAGS_ALLOC;
}

static inline unsigned int offset_in(unsigned long index, const struct xa_node *node)
{
	return (index >> node->shift) & XA_CHUNK_MASK;
}

/* The largest index that the tree under a head entry can hold. */
static inline unsigned long max_index(const void *entry)
{
	return xa_is_node(entry) ? (XA_CHUNK_SIZE << to_node(entry)->shift) - 1 : 0;
}

static inline void *head_of(const struct xarray *xa)
{
	return READ_ONCE(xa->xa_head);
}

static void *set_bounds(struct xa_state *xas)
{
	xas->xa_node = XAS_BOUNDS;
	return NULL;
}

static inline void node_changed(struct xa_state *xas, struct xa_node *node)
{
	if (xas->xa_update)
		xas->xa_update(node);
}

static inline void *descend(struct xa_state *xas, struct xa_node *node)
{
	xas->xa_node = node;
	xas->xa_offset = (unsigned char)offset_in(xas->xa_index, node);
	return READ_ONCE(node->slots[xas->xa_offset]);
}

/* ---- marks -------------------------------------------------------------- */

static inline bool node_marked(const struct xa_node *node, unsigned int offset, xa_mark_t mark)
{
	return READ_ONCE(node->marks[mark]) >> offset & 1;
}

/* Both return whether the bit was set before. */
static bool node_set_mark(struct xa_node *node, unsigned int offset, xa_mark_t mark)
{
	unsigned long old = node->marks[mark];

	WRITE_ONCE(node->marks[mark], old | 1UL << offset);
	return old >> offset & 1;
}

static bool node_clear_mark(struct xa_node *node, unsigned int offset, xa_mark_t mark)
{
	unsigned long old = node->marks[mark];

	WRITE_ONCE(node->marks[mark], old & ~(1UL << offset));
	return old >> offset & 1;
}

static inline void root_set_mark(struct xarray *xa, xa_mark_t mark)
{
	WRITE_ONCE(xa->xa_flags, xa->xa_flags | XA_FLAGS_MARK(mark));
}

static inline void root_clear_mark(struct xarray *xa, xa_mark_t mark)
{
	WRITE_ONCE(xa->xa_flags, xa->xa_flags & ~XA_FLAGS_MARK(mark));
}

bool xas_get_mark(const struct xa_state *xas, xa_mark_t mark)
{
	if (xas_invalid(xas))
		return false;
	if (!xas->xa_node)
		return xa_marked(xas->xa, mark);
	return node_marked(xas->xa_node, xas->xa_offset, mark);
}

void xas_set_mark(const struct xa_state *xas, xa_mark_t mark)
{
	struct xa_node *node = xas->xa_node;
	unsigned int offset = xas->xa_offset;

	if (xas_invalid(xas))
		return;
	while (node) {
		if (node_set_mark(node, offset, mark))
			return;		/* and so it is set further up */
		offset = node->offset;
		node = node->parent;
	}
	root_set_mark(xas->xa, mark);
}

void xas_clear_mark(const struct xa_state *xas, xa_mark_t mark)
{
	struct xa_node *node = xas->xa_node;
	unsigned int offset = xas->xa_offset;

	if (xas_invalid(xas))
		return;
	while (node) {
		if (!node_clear_mark(node, offset, mark) || node->marks[mark])
			return;
		offset = node->offset;
		node = node->parent;
	}
	root_clear_mark(xas->xa, mark);
}

/* The marks of an empty place: none, except that it is free in an allocating array. */
void xas_init_marks(const struct xa_state *xas)
{
	for (xa_mark_t mark = 0; mark < XA_MAX_MARKS; mark++) {
		if (track_free(xas->xa) && mark == XA_FREE_MARK)
			xas_set_mark(xas, mark);
		else
			xas_clear_mark(xas, mark);
	}
}

/* ---- walking ------------------------------------------------------------ */

void *xas_reload(struct xa_state *xas)
{
	struct xa_node *node = xas->xa_node;

	return node ? READ_ONCE(node->slots[xas->xa_offset]) : head_of(xas->xa);
}

/* Of what stands in an array, which no errors do. */
static inline bool stored_node(const void *entry)
{
	return xa_is_internal(entry) && (unsigned long)entry > 4096;
}

void *xas_load(struct xa_state *xas)
{
	unsigned long index = xas->xa_index;
	struct xa_node *node;
	void *entry;

	if (xas_valid(xas))
		return xas_reload(xas);
	if (xas_error(xas))
		return NULL;
	entry = head_of(xas->xa);
	if (unlikely(!stored_node(entry) || index >> to_node(entry)->shift >= XA_CHUNK_SIZE)) {
		if (index > max_index(entry))
			return set_bounds(xas);
		xas->xa_node = NULL;
		return entry;
	}
	for (node = to_node(entry); ; node = to_node(entry)) {
		unsigned int shift = node->shift, offset = (index >> shift) & (XA_CHUNK_SIZE - 1);

		entry = READ_ONCE(node->slots[offset]);
		xas->xa_node = node;
		xas->xa_offset = (u8)offset;
		/* On the lowest level there are no nodes. */
		if (!shift || !stored_node(entry))
			return entry;
	}
}

/* To the next slot of the current node, whatever its level. */
static void next_offset(struct xa_state *xas)
{
	unsigned int shift = xas->xa_node->shift;

	xas->xa_index = ((xas->xa_index >> shift) + 1) << shift;
	xas->xa_offset++;
}

void *xas_find(struct xa_state *xas, unsigned long max)
{
	void *entry;

	if (xas_error(xas) || xas->xa_node == XAS_BOUNDS || xas->xa_index > max)
		return NULL;
	if (!xas->xa_node) {
		xas->xa_index = 1;
		return set_bounds(xas);
	}
	if (xas->xa_node == XAS_RESTART) {
		entry = xas_load(xas);
		if (entry || at_top(xas->xa_node))
			return entry;
	}
	next_offset(xas);
	while (xas->xa_index <= max) {
		if (xas->xa_offset == XA_CHUNK_SIZE) {
			xas->xa_offset = xas->xa_node->offset + 1;
			xas->xa_node = READ_ONCE(xas->xa_node->parent);
			if (!xas->xa_node)
				return set_bounds(xas);
			continue;
		}
		entry = READ_ONCE(xas->xa_node->slots[xas->xa_offset]);
		if (xa_is_node(entry)) {
			xas->xa_node = to_node(entry);
			xas->xa_offset = 0;
			continue;
		}
		if (entry)
			return entry;
		next_offset(xas);
	}
	/* Beyond max, inside the tree: the index says where to go on. */
	xas->xa_node = XAS_RESTART;
	return NULL;
}

/* The first marked slot of the node at or after @offset, or 64. */
static unsigned int next_marked(const struct xa_node *node, unsigned int offset, xa_mark_t mark)
{
	unsigned long word;

	if (offset >= XA_CHUNK_SIZE)
		return XA_CHUNK_SIZE;
	word = READ_ONCE(node->marks[mark]) & (~0UL << offset);
	return word ? (unsigned int)__builtin_ctzl(word) : XA_CHUNK_SIZE;
}

/* Starts a marked search at the head; false when it ends there, *@entry being the result. */
static bool start_marked(struct xa_state *xas, xa_mark_t mark, void **entry)
{
	void *head = head_of(xas->xa);

	*entry = NULL;
	if (xas->xa_index > max_index(head) || !xa_marked(xas->xa, mark)) {
		set_bounds(xas);
		return false;
	}
	if (!xa_is_node(head)) {
		xas->xa_node = NULL;
		*entry = head;
		return false;
	}
	xas->xa_node = to_node(head);
	xas->xa_offset = (unsigned char)offset_in(xas->xa_index, xas->xa_node);
	return true;
}

void *xas_find_marked(struct xa_state *xas, unsigned long max, xa_mark_t mark)
{
	void *entry;

	if (xas_error(xas) || xas->xa_node == XAS_BOUNDS || xas->xa_index > max)
		return NULL;
	if (!xas->xa_node) {
		xas->xa_index = 1;
		return set_bounds(xas);
	}
	if (xas->xa_node != XAS_RESTART)
		next_offset(xas);
	else if (!start_marked(xas, mark, &entry))
		return entry;
	for (;;) {
		struct xa_node *node = xas->xa_node;
		unsigned int offset = next_marked(node, xas->xa_offset, mark);

		if (offset == XA_CHUNK_SIZE) {
			/* Nothing more here: to the parent's next slot. */
			unsigned int up = node->shift + XA_CHUNK_SHIFT;

			/* With the offset at 64 the index is already past this node. */
			if (xas->xa_offset != XA_CHUNK_SIZE)
				xas->xa_index = up < BITS_PER_LONG ?
						((xas->xa_index >> up) + 1) << up : 0;
			xas->xa_offset = node->offset + 1;
			xas->xa_node = READ_ONCE(node->parent);
			if (!xas->xa_node)
				return set_bounds(xas);
			continue;
		}
		if (offset != xas->xa_offset) {
			xas->xa_index = ((xas->xa_index >> node->shift) +
					 (offset - xas->xa_offset)) << node->shift;
			xas->xa_offset = (unsigned char)offset;
		}
		if (xas->xa_index > max) {
			xas->xa_node = XAS_RESTART;
			return NULL;
		}
		entry = READ_ONCE(node->slots[offset]);
		if (xa_is_node(entry)) {
			xas->xa_node = to_node(entry);
			xas->xa_offset = (unsigned char)offset_in(xas->xa_index, xas->xa_node);
			continue;
		}
		if (entry || (track_free(xas->xa) && mark == XA_FREE_MARK))
			return entry;
		next_offset(xas);	/* unmarked and erased under us */
	}
}

void *xas_find_conflict(struct xa_state *xas)
{
	if (xas_error(xas) || !at_top(xas->xa_node) || !xas->xa_node)
		return NULL;		/* seen, or absent */
	xas->xa_node = XAS_RESTART;
	return xas_load(xas);
}

void xas_pause(struct xa_state *xas)
{
	if (xas_invalid(xas))
		return;
	xas->xa_node = ++xas->xa_index ? XAS_RESTART : XAS_BOUNDS;
}

void *xas_next(struct xa_state *xas)
{
	struct xa_node *node = xas->xa_node;

	if (xas_error(xas))
		return NULL;
	if (node == XAS_RESTART)
		return xas_load(xas);
	xas->xa_index++;
	if (at_top(node) || node->shift || xas->xa_offset == XA_CHUNK_MASK) {
		xas->xa_node = XAS_RESTART;
		return xas_load(xas);
	}
	return READ_ONCE(node->slots[++xas->xa_offset]);
}

void *xas_prev(struct xa_state *xas)
{
	struct xa_node *node = xas->xa_node;

	if (xas_error(xas))
		return NULL;
	if (node == XAS_RESTART)
		return xas_load(xas);
	xas->xa_index--;
	if (at_top(node) || node->shift || xas->xa_offset == 0) {
		xas->xa_node = XAS_RESTART;
		return xas_load(xas);
	}
	return READ_ONCE(node->slots[--xas->xa_offset]);
}

/* ---- changing; xa_lock held --------------------------------------------- */

/* A node to be the child of the cursor's node at its offset (or the new top). */
static struct xa_node *new_node(struct xa_state *xas, unsigned int shift)
{
	struct xa_node *parent = xas->xa_node, *node = xas->xa_alloc;

	if (node)
		xas->xa_alloc = NULL;
	else
		node = xa_node_alloc(GFP_NOWAIT | __GFP_NOWARN);
	if (!node) {
		xas_set_err(xas, -ENOMEM);
		return NULL;
	}
	node->shift = (unsigned char)shift;
	node->array = xas->xa;
	node->parent = parent;
	if (parent) {
		node->offset = xas->xa_offset;
		parent->count++;
		node_changed(xas, parent);
	}
	return node;
}

/* The marks that a new top node must have for its only child, in slot 0. */
static void inherit_marks(struct xarray *xa, struct xa_node *node)
{
	for (xa_mark_t mark = 0; mark < XA_MAX_MARKS; mark++) {
		if (track_free(xa) && mark == XA_FREE_MARK) {
			node->marks[mark] = ~0UL;
			if (!xa_marked(xa, mark))
				node_clear_mark(node, 0, mark);
			root_set_mark(xa, mark);
		} else if (xa_marked(xa, mark)) {
			node_set_mark(node, 0, mark);
		}
	}
}

/* Makes the tree tall enough for the index; the shift above the top, or < 0 (error set). */
static int expand(struct xa_state *xas)
{
	struct xarray *xa = xas->xa;
	void *head = xa->xa_head;
	unsigned int shift = 0;

	xas->xa_node = NULL;
	if (!head) {
		while (shift < BITS_PER_LONG && xas->xa_index >> shift)
			shift += XA_CHUNK_SHIFT;
		return (int)shift;
	}
	if (xa_is_node(head))
		shift = to_node(head)->shift + XA_CHUNK_SHIFT;
	while (xas->xa_index > max_index(head)) {
		struct xa_node *node = new_node(xas, shift);

		if (!node)
			return -ENOMEM;
		node->count = 1;
		node->nr_values = xa_is_value(head);
		node->slots[0] = head;
		inherit_marks(xa, node);
		if (xa_is_node(head)) {
			to_node(head)->offset = 0;
			WRITE_ONCE(to_node(head)->parent, node);
		}
		head = mk_node(node);
		rcu_assign_pointer(xa->xa_head, head);
		node_changed(xas, node);
		shift += XA_CHUNK_SHIFT;
	}
	return (int)shift;
}

/* Walks to the slot of the index, making what is missing; the entry there. */
static void *create(struct xa_state *xas)
{
	struct xarray *xa = xas->xa;
	void **slot = &xa->xa_head, *entry;
	int shift;

	if (xas_error(xas))
		return NULL;
	if (at_top(xas->xa_node)) {
		shift = expand(xas);
		if (shift < 0)
			return NULL;
	} else {
		shift = xas->xa_node->shift;
		slot = &xas->xa_node->slots[xas->xa_offset];
	}
	entry = *slot;
	while (shift > 0) {
		struct xa_node *node;

		shift -= XA_CHUNK_SHIFT;
		if (entry) {
			node = to_node(entry);
		} else {
			node = new_node(xas, (unsigned int)shift);
			if (!node)
				return NULL;
			if (track_free(xa)) {
				node->marks[XA_FREE_MARK] = ~0UL;
				root_set_mark(xa, XA_FREE_MARK);
			}
			rcu_assign_pointer(*slot, mk_node(node));
		}
		entry = descend(xas, node);
		slot = &node->slots[xas->xa_offset];
	}
	return entry;
}

/* Lowers the tree while its top has nothing but slot 0. The cursor ends out of bounds. */
static void shrink(struct xa_state *xas)
{
	struct xarray *xa = xas->xa;

	for (;;) {
		void *entry = xa->xa_head;
		struct xa_node *node = to_node(entry);

		if (node->count != 1 || !node->slots[0])
			return;
		entry = node->slots[0];
		xas->xa_node = XAS_BOUNDS;
		if (track_free(xa) && !node_marked(node, 0, XA_FREE_MARK))
			root_clear_mark(xa, XA_FREE_MARK);
		if (xa_is_node(entry))
			WRITE_ONCE(to_node(entry)->parent, NULL);
		rcu_assign_pointer(xa->xa_head, entry);
		node->count = 0;
		node->nr_values = 0;
		node_changed(xas, node);
		if (!xa_is_node(entry))
			WRITE_ONCE(node->slots[0], XA_RETRY_ENTRY);
		xa_node_free(node);
		if (!xa_is_node(entry))
			return;
	}
}

/* Frees the cursor's node if it is empty, and its parents likewise. */
static void delete_empty(struct xa_state *xas)
{
	struct xa_node *node = xas->xa_node, *parent;

	while (!node->count) {
		parent = node->parent;
		xas->xa_node = parent;
		xas->xa_offset = node->offset;
		if (!parent) {
			rcu_assign_pointer(xas->xa->xa_head, NULL);
			xas->xa_node = XAS_BOUNDS;
			xa_node_free(node);
			return;
		}
		WRITE_ONCE(parent->slots[node->offset], NULL);
		parent->count--;
		node_changed(xas, parent);
		xa_node_free(node);
		node = parent;
	}
	if (!node->parent)
		shrink(xas);
}

void xas_trim_empty(struct xa_state *xas)
{
	struct xa_node *saved = xas->xa_node;

	xas->xa_node = XAS_RESTART;
	xas_load(xas);
	if (xas_is_node(xas) && !xas->xa_node->count)
		delete_empty(xas);
	xas->xa_node = saved;
}

void *xas_store(struct xa_state *xas, void *entry)
{
	void *old = entry ? create(xas) : xas_load(xas);
	struct xa_node *node;

	if (xas_invalid(xas) || old == entry)
		return old;
	node = xas->xa_node;
	if (!entry)
		xas_init_marks(xas);
	else if (track_free(xas->xa))
		xas_clear_mark(xas, XA_FREE_MARK);
	if (!node) {
		rcu_assign_pointer(xas->xa->xa_head, entry);
		return old;
	}
	rcu_assign_pointer(node->slots[xas->xa_offset], entry);
	node->count += !old - !entry;
	node->nr_values += !!xa_is_value(entry) - !!xa_is_value(old);
	node_changed(xas, node);
	if (!node->count)
		delete_empty(xas);
	else if (!entry && !node->parent)
		shrink(xas);
	return old;
}
