/* SPDX-License-Identifier: MIT */
/* struct kmem_cache, shared by slab.c, slab_debug.c and kmalloc.c. */
#ifndef MM_SLAB_INTERNAL_H
#define MM_SLAB_INTERNAL_H

#include "kernel/lib/list.h"
#include "kernel/lock/spinlock.h"
#include "kernel/x86/layout.h"
#include "mm/slab.h"

/*
 * Free objects at hand for one CPU.  Only the task running on that CPU touches it, with preemption
 * off and busy set; an interrupt that finds it busy goes to the slabs directly.
 */
struct slab_magazine {
	bool busy;
	unsigned int avail;
	unsigned int limit;
	void *entry[];		/* the most recently freed last */
};

struct kmem_cache {
	const char *name;
	unsigned int object_size;	/* what the user asked for */
	unsigned int stride;		/* distance of objects in a slab */
	unsigned int free_offset;	/* of the free-list link inside a free object */
	unsigned int redzone_offset;	/* of the red-zone word; 0: none */
	unsigned int poison_size;	/* bytes filled while free; 0: none */
	unsigned int align;
	unsigned int order;		/* of a slab if it can be had, */
	unsigned int min_order;		/* or at least this: the pages say which it was */
	unsigned int mag_limit;
	unsigned int flags;
	void (*ctor)(void *obj);
	struct list_head link;		/* all caches; slab_mutex */

	spinlock_t list_lock;		/* everything below, and the slabs' struct page fields */
	struct list_head partial;	/* slabs with both free and used objects */
	struct list_head empty;		/* slabs without used objects, kept back */
	struct list_head full;
	unsigned long nr_empty;
	unsigned long nr_slabs;
	unsigned long nr_out;		/* objects not in any slab's free list */

	struct slab_magazine **mag;	/* by CPU; NULL entry: none yet.  Set once each. */
};

/* slab_debug.c: all no-ops for a cache without red zone and poison. */
#if CONFIG_CHECKS
void slab_debug_setup(struct kmem_cache *s);
void slab_init_object(struct kmem_cache *s, void *obj);	/* a new slab's object, free */
void slab_check_alloc(struct kmem_cache *s, void *obj);
void slab_check_free(struct kmem_cache *s, void *obj);
#else
static inline void slab_debug_setup(struct kmem_cache *s) { }
static inline void slab_init_object(struct kmem_cache *s, void *obj) { }
static inline void slab_check_alloc(struct kmem_cache *s, void *obj) { }
static inline void slab_check_free(struct kmem_cache *s, void *obj) { }
#endif
void slab_report_leak(struct kmem_cache *s);

extern struct list_head slab_caches;	/* slab_mutex */
extern struct mutex slab_mutex;

void slab_setup_boot_cache(struct kmem_cache *s, const char *name, unsigned int size,
			   unsigned int align, unsigned int flags);
void kmalloc_init(void);
void kfree_large(struct page *page);
unsigned long kmalloc_large_count(void);

#endif
