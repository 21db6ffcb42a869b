/* SPDX-License-Identifier: MIT */
/*
 * Object caches and kmalloc.
 *
 * All calls may be made from any context the gfp flags allow; kmem_cache_free() and kfree() from
 * any context but NMI.  kmem_cache_create() and kmem_cache_destroy() sleep.
 */
#ifndef MM_SLAB_H
#define MM_SLAB_H

#include "kernel/lib/types.h"
#include "mm/gfp.h"

struct kmem_cache;

#define SLAB_HWCACHE_ALIGN	0x0001u
#define SLAB_PANIC		0x0002u	/* boot-time caches: no memory for them is fatal */
#define SLAB_TYPESAFE_BY_RCU	0x0004u	/* a slab's memory stays of this type for a grace period */
#define SLAB_RECLAIM_ACCOUNT	0x0008u
#define SLAB_ACCOUNT		0x0020u
#define SLAB_NOLEAKTRACE	0x0100u	/* not counted by slab_objects_total() */

#define ARCH_KMALLOC_MINALIGN 16
#define KMALLOC_MAX_SIZE      (4UL << 20)

/* @ctor runs once for each object when its slab is made, not at every allocation. */
struct kmem_cache *kmem_cache_create(const char *name, unsigned int size, unsigned int align,
				     unsigned int flags, void (*ctor)(void *));
/* Sleeps for a grace period if SLAB_TYPESAFE_BY_RCU.  Objects still out are reported and leaked. */
void kmem_cache_destroy(struct kmem_cache *s);
int kmem_cache_shrink(struct kmem_cache *s);	/* empty slabs back; returns 0 if none is left */
void slab_shrink_all(void);			/* all caches, as a last resort */
unsigned int kmem_cache_size(struct kmem_cache *s);
const char *kmem_cache_name(struct kmem_cache *s);

#define KMEM_CACHE(type, flags)                                                                    \
	kmem_cache_create(#type, sizeof(struct type), __alignof__(struct type), (flags), NULL)

void *kmem_cache_alloc(struct kmem_cache *s, gfp_t gfp);
void *kmem_cache_zalloc(struct kmem_cache *s, gfp_t gfp);
void kmem_cache_free(struct kmem_cache *s, void *obj);

void *kmalloc(size_t size, gfp_t gfp) __attribute__((malloc, alloc_size(1)));
void *kzalloc(size_t size, gfp_t gfp) __attribute__((malloc, alloc_size(1)));
void *kmalloc_array(size_t n, size_t size, gfp_t gfp);	/* NULL on overflow */
void *kcalloc(size_t n, size_t size, gfp_t gfp);
void *krealloc(const void *p, size_t size, gfp_t gfp);
void kfree(const void *p);
void kzfree(const void *p);
size_t ksize(const void *p);

/* Contiguous if possible, else from vmalloc space; GFP_KERNEL only, freed by kvfree(). */
void *kvmalloc(size_t size, gfp_t gfp);
void *kvzalloc(size_t size, gfp_t gfp);
void *kvmalloc_array(size_t n, size_t size, gfp_t gfp);
void kvfree(const void *p);

/* mm/util.c */
void *kmemdup(const void *src, size_t len, gfp_t gfp);
char *kstrdup(const char *s, gfp_t gfp);
char *kstrndup(const char *s, size_t max, gfp_t gfp);
char *kasprintf(gfp_t gfp, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* ---- for leak checks and reports ---- */

/* Objects handed out and not freed, per cache or over all of them (drains nothing). */
unsigned long kmem_cache_objects(struct kmem_cache *s);
unsigned long slab_objects_total(void);
/* Calls @fn for each cache; @fn must not sleep. */
void kmem_cache_for_each(void (*fn)(const char *name, unsigned int size, unsigned long objects,
				    unsigned long pages, void *arg),
			 void *arg);
/* The same without the allocator's own caches, SLAB_NOLEAKTRACE. */
void kmem_cache_for_each_counted(void (*fn)(const char *name, unsigned int size, unsigned long objects,
					    unsigned long pages, void *arg),
				 void *arg);
void slab_report(void);		/* print the table of caches */

#endif
