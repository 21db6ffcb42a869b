/* SPDX-License-Identifier: MIT */
/*
 * XArray: a sparse array of pointers or small integers indexed by an
 * unsigned long, with three marks an entry that can be searched.
 *
 * Readers hold the RCU read lock (or xa_lock); writers hold xa_lock, which
 * is taken by the xa_ functions and by the caller of the xas_ functions.
 * xa_lock is used from interrupts when the array was made with
 * XA_FLAGS_LOCK_IRQ (marks are cleared by I/O completion): always take it
 * with xa_lock_irq or xa_lock_irqsave then.
 *
 * An entry is a pointer (two low bits zero), or a value (xa_mk_value).  A
 * reader under RCU can be given a retry entry when the tree is rebuilt under
 * it: the xa_ functions and xas_find* restart by themselves; after xas_load()
 * ask xas_retry().
 */
#ifndef KERNEL_LIB_XARRAY_H
#define KERNEL_LIB_XARRAY_H

#include "kernel/lib/kernel.h"
#include "kernel/lib/bug.h"
#include "kernel/lib/err.h"
#include "kernel/lock/spinlock.h"
#include "kernel/lock/rcupdate.h"

#define XA_CHUNK_SHIFT		6
#define XA_CHUNK_SIZE		(1UL << XA_CHUNK_SHIFT)
#define XA_CHUNK_MASK		(XA_CHUNK_SIZE - 1)
#define XA_MAX_MARKS		3

typedef unsigned int xa_mark_t;
#define XA_MARK_0		0u
#define XA_MARK_1		1u
#define XA_MARK_2		2u
#define XA_PRESENT		8u	/* xas_find_marked and friends: any entry */
#define XA_FREE_MARK		XA_MARK_0

struct xarray {
	spinlock_t	xa_lock;
	unsigned int	xa_flags;	/* XA_FLAGS_*, and the root's marks; under xa_lock */
	void		*xa_head;	/* entry at 0, or the top node; RCU */
};

#define XA_FLAGS_LOCK_IRQ	0x01u	/* xa_lock is taken in hard interrupts */
#define XA_FLAGS_ALLOC		0x02u	/* xa_alloc: hands out from 0 */
#define XA_FLAGS_ALLOC1		0x06u	/* xa_alloc: hands out from 1 */
#define XA_FLAGS_ACCOUNT	0u
#define XA_FLAGS_MARK(mark)	(0x100u << (mark))

#define XARRAY_INIT(name, flags) {					\
	.xa_lock = __SPIN_LOCK_UNLOCKED(name.xa_lock),			\
	.xa_flags = flags,						\
	.xa_head = NULL,						\
}
#define DEFINE_XARRAY_FLAGS(name, flags) struct xarray name = XARRAY_INIT(name, flags)
#define DEFINE_XARRAY(name)		DEFINE_XARRAY_FLAGS(name, 0)
#define DEFINE_XARRAY_ALLOC(name)	DEFINE_XARRAY_FLAGS(name, XA_FLAGS_ALLOC)
#define DEFINE_XARRAY_ALLOC1(name)	DEFINE_XARRAY_FLAGS(name, XA_FLAGS_ALLOC1)

/* The lock's class is that of the place that initialises the array. */
#define xa_init_flags(xa, flags)					\
do {									\
	struct xarray *__xa = (xa);					\
	__xa->xa_lock.rlock.val = 0;					\
	lockdep_init_map_here(&__xa->xa_lock.dep_map, #xa ".xa_lock");	\
	__xa->xa_flags = (flags);					\
	__xa->xa_head = NULL;						\
} while (0)
#define xa_init(xa)		xa_init_flags(xa, 0)

/* Entries. Values keep 63 bits; internal entries end in binary 10. */
static inline void *xa_mk_value(unsigned long v)
{
	return (void *)((v << 1) | 1);
}

static inline unsigned long xa_to_value(const void *entry)
{
	return (unsigned long)entry >> 1;
}

static inline bool xa_is_value(const void *entry)
{
	return (unsigned long)entry & 1;
}

static inline void *xa_mk_internal(unsigned long v)
{
	return (void *)((v << 2) | 2);
}

static inline bool xa_is_internal(const void *entry)
{
	return ((unsigned long)entry & 3) == 2;
}

/* Two internal entries below any node's address. */
#define XA_RETRY_ENTRY		xa_mk_internal(256)
#define XA_ZERO_ENTRY		xa_mk_internal(257)

static inline bool xa_is_retry(const void *entry)
{
	return unlikely(entry == XA_RETRY_ENTRY);
}

static inline bool xa_is_zero(const void *entry)
{
	return unlikely(entry == XA_ZERO_ENTRY);
}

/* Errors are internal entries made of a negative errno. */
static inline bool xa_is_err(const void *entry)
{
	return unlikely(xa_is_internal(entry) &&
			entry >= xa_mk_internal((unsigned long)-MAX_ERRNO));
}

static inline int xa_err(void *entry)
{
	return xa_is_err(entry) ? (int)((long)entry >> 2) : 0;
}

static inline bool xa_is_node(const void *entry)
{
	return xa_is_internal(entry) && (unsigned long)entry > 4096 && !xa_is_err(entry);
}

static inline bool xa_empty(const struct xarray *xa)
{
	return READ_ONCE(xa->xa_head) == NULL;
}

static inline bool xa_marked(const struct xarray *xa, xa_mark_t mark)
{
	return READ_ONCE(xa->xa_flags) & XA_FLAGS_MARK(mark);
}

#define xa_trylock(xa)			spin_trylock(&(xa)->xa_lock)
#define xa_lock(xa)			spin_lock(&(xa)->xa_lock)
#define xa_unlock(xa)			spin_unlock(&(xa)->xa_lock)
#define xa_lock_bh(xa)			spin_lock_bh(&(xa)->xa_lock)
#define xa_unlock_bh(xa)		spin_unlock_bh(&(xa)->xa_lock)
#define xa_lock_irq(xa)			spin_lock_irq(&(xa)->xa_lock)
#define xa_unlock_irq(xa)		spin_unlock_irq(&(xa)->xa_lock)
#define xa_lock_irqsave(xa, flags)	spin_lock_irqsave(&(xa)->xa_lock, flags)
#define xa_unlock_irqrestore(xa, flags)	spin_unlock_irqrestore(&(xa)->xa_lock, flags)

/* A node of the tree. Changed under xa_lock, read under RCU, freed by RCU. */
struct xa_node {
	unsigned char	shift;		/* index bits below this node's slots; fixed */
	unsigned char	offset;		/* slot in the parent; fixed */
	unsigned char	count;		/* slots in use */
	unsigned char	nr_values;	/* of them, values */
	struct xa_node	*parent;	/* NULL at the top */
	struct xarray	*array;
	union {
		struct list_head private_list;	/* the user's: shadow node lists */
		struct rcu_head	rcu_head;
	};
	void		*slots[XA_CHUNK_SIZE];
	unsigned long	marks[XA_MAX_MARKS];
};

typedef void (*xa_update_node_t)(struct xa_node *node);

/* The simple interface: each call locks, allocates as @gfp allows, and unlocks. */
void *xa_load(struct xarray *xa, unsigned long index);
/* Stores @entry (NULL erases); the old entry, or xa_err() of the result is negative. */
void *xa_store(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp);
void *xa_erase(struct xarray *xa, unsigned long index);
void *xa_cmpxchg(struct xarray *xa, unsigned long index, void *old, void *entry, gfp_t gfp);
/* 0, -EBUSY when occupied, -ENOMEM. */
int xa_insert(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp);
bool xa_get_mark(struct xarray *xa, unsigned long index, xa_mark_t mark);
void xa_set_mark(struct xarray *xa, unsigned long index, xa_mark_t mark);
void xa_clear_mark(struct xarray *xa, unsigned long index, xa_mark_t mark);
void *xa_find(struct xarray *xa, unsigned long *index, unsigned long max, xa_mark_t filter);
void *xa_find_after(struct xarray *xa, unsigned long *index, unsigned long max, xa_mark_t filter);
/* Removes everything and frees the nodes. The entries are the caller's. */
void xa_destroy(struct xarray *xa);

/* The same with xa_lock held by the caller; may drop and retake it to allocate. */
void *__xa_store(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp);
void *__xa_erase(struct xarray *xa, unsigned long index);
void *__xa_cmpxchg(struct xarray *xa, unsigned long index, void *old, void *entry, gfp_t gfp);
int __xa_insert(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp);
void __xa_set_mark(struct xarray *xa, unsigned long index, xa_mark_t mark);
void __xa_clear_mark(struct xarray *xa, unsigned long index, xa_mark_t mark);

/* Free index allocation in XA_FLAGS_ALLOC arrays, limits inclusive. */
struct xa_limit {
	u32 max;
	u32 min;
};
#define XA_LIMIT(_min, _max)	(struct xa_limit) { .min = _min, .max = _max }
#define xa_limit_32b		XA_LIMIT(0, UINT_MAX)
#define xa_limit_31b		XA_LIMIT(0, INT_MAX)
/* 0, -ENOMEM, -EBUSY when the range is full. */
int xa_alloc(struct xarray *xa, u32 *id, void *entry, struct xa_limit limit, gfp_t gfp);
int __xa_alloc(struct xarray *xa, u32 *id, void *entry, struct xa_limit limit, gfp_t gfp);
int xa_alloc_cyclic(struct xarray *xa, u32 *id, void *entry, struct xa_limit limit,
		    u32 *next, gfp_t gfp);
/* Makes sure that a later xa_store() at @index needs no memory. */
int xa_reserve(struct xarray *xa, unsigned long index, gfp_t gfp);
void xa_release(struct xarray *xa, unsigned long index);

#define xa_for_each_start(xa, index, entry, start)			\
	for (index = start, entry = xa_find(xa, &index, ULONG_MAX, XA_PRESENT); \
	     entry;							\
	     entry = xa_find_after(xa, &index, ULONG_MAX, XA_PRESENT))
#define xa_for_each(xa, index, entry)	xa_for_each_start(xa, index, entry, 0)
#define xa_for_each_marked(xa, index, entry, filter)			\
	for (index = 0, entry = xa_find(xa, &index, ULONG_MAX, filter);	\
	     entry;							\
	     entry = xa_find_after(xa, &index, ULONG_MAX, filter))

/*
 * The advanced interface: a cursor on the caller's stack.  The caller holds
 * the RCU read lock (to read) or xa_lock (to change) around each call and
 * must xas_pause() or xas_reset() before dropping it.
 */
struct xa_state {
	struct xarray	*xa;
	unsigned long	xa_index;
	unsigned char	xa_offset;	/* slot within xa_node */
	struct xa_node	*xa_node;	/* node, NULL (the head), or XAS_* */
	struct xa_node	*xa_alloc;	/* preloaded by xas_nomem() */
	xa_update_node_t xa_update;	/* called when a node's counts change; xa_lock held */
};

#define XAS_ERROR(errno)	((struct xa_node *)(((unsigned long)(errno) << 2) | 2UL))
#define XAS_BOUNDS		((struct xa_node *)1UL)	/* beyond the tree */
#define XAS_RESTART		((struct xa_node *)3UL)	/* walk from the top */

#define __XA_STATE(array, index) {					\
	.xa = array, .xa_index = index, .xa_node = XAS_RESTART,		\
}
#define XA_STATE(name, array, index)	struct xa_state name = __XA_STATE(array, index)

#define xas_marked(xas, mark)	xa_marked((xas)->xa, mark)
#define xas_trylock(xas)	xa_trylock((xas)->xa)
#define xas_lock(xas)		xa_lock((xas)->xa)
#define xas_unlock(xas)		xa_unlock((xas)->xa)
#define xas_lock_irq(xas)	xa_lock_irq((xas)->xa)
#define xas_unlock_irq(xas)	xa_unlock_irq((xas)->xa)
#define xas_lock_irqsave(xas, flags)	xa_lock_irqsave((xas)->xa, flags)
#define xas_unlock_irqrestore(xas, flags) xa_unlock_irqrestore((xas)->xa, flags)

static inline int xas_error(const struct xa_state *xas)
{
	return xa_err(xas->xa_node);
}

static inline void xas_set_err(struct xa_state *xas, long err)
{
	xas->xa_node = XAS_ERROR(err);
}

static inline bool xas_invalid(const struct xa_state *xas)
{
	return (unsigned long)xas->xa_node & 3;
}

static inline bool xas_valid(const struct xa_state *xas)
{
	return !xas_invalid(xas);
}

static inline bool xas_is_node(const struct xa_state *xas)
{
	return xas_valid(xas) && xas->xa_node;
}

/* Forget the position (the index stays): next use walks from the top. */
static inline void xas_reset(struct xa_state *xas)
{
	xas->xa_node = XAS_RESTART;
}

static inline void xas_set(struct xa_state *xas, unsigned long index)
{
	xas->xa_index = index;
	xas->xa_node = XAS_RESTART;
}

static inline void xas_set_update(struct xa_state *xas, xa_update_node_t update)
{
	xas->xa_update = update;
}

/* True (after a reset) when @entry is not the real one: go round again. */
static inline bool xas_retry(struct xa_state *xas, const void *entry)
{
	if (xa_is_zero(entry))
		return true;
	if (!xa_is_retry(entry))
		return false;
	xas_reset(xas);
	return true;
}

/* The entry at the cursor's index, walking there; NULL when absent. */
void *xas_load(struct xa_state *xas);
/* Stores at the index. xas_error() tells -ENOMEM: then xas_nomem() and again. */
void *xas_store(struct xa_state *xas, void *entry);
/* The first entry at or after the index (after it, if the cursor stands on one), up to @max. */
void *xas_find(struct xa_state *xas, unsigned long max);
void *xas_find_marked(struct xa_state *xas, unsigned long max, xa_mark_t mark);
/* As xas_load, finding a conflicting entry first and NULL when all clear. */
void *xas_find_conflict(struct xa_state *xas);
/* The neighbouring slot, present or not, wrapping at the ends. */
void *xas_next(struct xa_state *xas);
void *xas_prev(struct xa_state *xas);
/* The entry at the cursor again, for lookups that took a reference in between. */
void *xas_reload(struct xa_state *xas);
/* Stop here so that the lock can be dropped; the next xas_find* goes on after this index. */
void xas_pause(struct xa_state *xas);
/*
 * After xas_error() == -ENOMEM, without the lock: allocates what is missing
 * as @gfp allows and returns true when the operation should be tried again.
 * Otherwise frees what was preloaded and returns false.
 */
bool xas_nomem(struct xa_state *xas, gfp_t gfp);
/* The same with the lock held: dropped and retaken around a sleeping allocation. */
bool __xas_nomem(struct xa_state *xas, gfp_t gfp);
bool xas_get_mark(const struct xa_state *xas, xa_mark_t mark);
void xas_set_mark(const struct xa_state *xas, xa_mark_t mark);
void xas_clear_mark(const struct xa_state *xas, xa_mark_t mark);
void xas_init_marks(const struct xa_state *xas);

#define xas_for_each(xas, entry, max)					\
	for (entry = xas_find(xas, max); entry; entry = xas_next_entry(xas, max))
#define xas_for_each_marked(xas, entry, max, mark)			\
	for (entry = xas_find_marked(xas, max, mark); entry;		\
	     entry = xas_next_marked(xas, max, mark))
#define xas_for_each_conflict(xas, entry)				\
	while ((entry = xas_find_conflict(xas)))
static inline void *xas_next_entry(struct xa_state *xas, unsigned long max)
{
	return xas_find(xas, max);
}

static inline void *xas_next_marked(struct xa_state *xas, unsigned long max, xa_mark_t mark)
{
	return xas_find_marked(xas, max, mark);
}

/* Iterations with the lock held should pause after this many entries. */
#define XA_CHECK_SCHED		4096

/* Creates the node cache; after the slab allocator, before the first store. */
void xarray_init(void);
/* Insides of the implementation, shared by its files. */
struct xa_node *xa_node_alloc(gfp_t gfp);
void xa_node_free(struct xa_node *node);
void xas_destroy(struct xa_state *xas);
void xas_trim_empty(struct xa_state *xas);

/* For the tests: nodes now allocated, over all arrays. */
unsigned long xa_nodes_in_use(void);
/* For the tests: checks the structure of the whole array, xa_lock held; false and a message. */
bool xa_check(struct xarray *xa);

#endif
