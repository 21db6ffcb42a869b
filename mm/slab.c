// SPDX-License-Identifier: MIT
/*
 * Object caches.
 *
 * A slab is one block of pages cut into objects; its struct page holds the free list and the
 * number of objects handed out.  In front of the slabs each CPU has a magazine of free objects,
 * refilled and flushed by halves under the cache's list_lock.  An object in a magazine counts as
 * handed out by its slab, so a slab whose inuse is 0 has no object anywhere else and may go.
 *
 * SLAB_TYPESAFE_BY_RCU: an object may be reused at once, but its slab's pages go back only after a
 * grace period.  So a lookup under rcu_read_lock() may meet a freed or reused object of the same
 * type, never foreign memory.  The free-list link then lies behind the object, and nothing is
 * poisoned.
 *
 * Lock order: list_lock is a leaf, taken with interrupts off; pages are allocated and freed outside
 * it.
 */
#include "kernel/lib/kernel.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"
#include "kernel/lock/mutex.h"
#include "kernel/lock/preempt.h"
#include "kernel/lock/rcu.h"
#include "kernel/x86/percpu.h"
#include "kernel/x86/smp.h"
#include "mm/internal.h"
#include "mm/slab_internal.h"
#include "mm/vmstat.h"

LIST_HEAD(slab_caches);
DEFINE_MUTEX(slab_mutex);

#define MAG_LIMIT_MAX 64	/* objects a magazine holds at most */

static struct kmem_cache cache_cache;		/* of struct kmem_cache */
static struct kmem_cache mag_cache;		/* of magazines; has none itself */
static bool slab_multi_cpu;			/* magazines may be allocated */

#define KEEP_EMPTY_SLABS 2

/* ---- slabs ---- */

static inline void **free_link(struct kmem_cache *s, void *obj)
{
	return (void **)((char *)obj + s->free_offset);
}

static inline void *slab_base(struct page *page)
{
	return page_address(page);
}

static void account_slab(struct kmem_cache *s, unsigned int order, int sign)
{
	mod_page_state((s->flags & SLAB_RECLAIM_ACCOUNT) ? NR_SLAB_RECLAIMABLE
							  : NR_SLAB_UNRECLAIMABLE,
		       sign * (1L << order));
}

/*
 * The pages of a slab.  The order that wastes least is only a wish: when memory is in pieces, any
 * order that holds an object will do.
 */
static struct page *alloc_slab_pages(struct kmem_cache *s, gfp_t gfp, unsigned int *order)
{
	struct page *page;

	gfp &= ~(__GFP_ZERO | __GFP_HIGHMEM | __GFP_MOVABLE);
	*order = s->order;
	if (s->order > s->min_order) {
		page = alloc_pages((gfp | __GFP_COMP | __GFP_NOWARN | __GFP_NORETRY) & ~__GFP_NOFAIL,
				   s->order);
		if (page)
			return page;
		*order = s->min_order;
	}
	return alloc_pages(gfp | (*order ? __GFP_COMP : 0), *order);
}

/* A new slab, its objects constructed and on its free list; on no list of the cache. */
static struct page *new_slab(struct kmem_cache *s, gfp_t gfp)
{
	struct page *page;
	unsigned int i, order;
	char *obj;

	page = alloc_slab_pages(s, gfp, &order);
	if (!page)
		return NULL;
	__SetPageSlab(page);
	page->slab_cache = s;
	page->freelist = NULL;
	page->inuse = 0;
	page->objects = (PAGE_SIZE << order) / s->stride;
	obj = (char *)slab_base(page) + (size_t)(page->objects - 1) * s->stride;
	for (i = 0; i < page->objects; i++, obj -= s->stride) {
		if (s->ctor)
			s->ctor(obj);
		slab_init_object(s, obj);
		*free_link(s, obj) = page->freelist;
		page->freelist = obj;
	}
	account_slab(s, order, 1);
	return page;
}

static void __free_slab(struct kmem_cache *s, struct page *page)
{
	unsigned int order = compound_order(page);

	account_slab(s, order, -1);
	__ClearPageSlab(page);
	page->mapping = NULL;
	__free_pages(page, order);
}

static void rcu_free_slab(struct rcu_head *head)
{
	struct page *page = container_of(head, struct page, rcu_head);

	__free_slab(page->slab_cache, page);
}

static void discard_slab(struct kmem_cache *s, struct page *page)
{
	if (s->flags & SLAB_TYPESAFE_BY_RCU)
		call_rcu(&page->rcu_head, rcu_free_slab);
	else
		__free_slab(s, page);
}

static void discard_slabs(struct kmem_cache *s, struct list_head *list)
{
	while (!list_empty(list)) {
		struct page *page = list_first_entry(list, struct page, slab_list);

		list_del(&page->slab_list);
		discard_slab(s, page);
	}
}

/* list_lock held.  Up to @nr objects from the slabs at hand into @objs; how many. */
static unsigned int take_objects(struct kmem_cache *s, void **objs, unsigned int nr)
{
	unsigned int n = 0;

	while (n < nr) {
		struct page *page;

		if (!list_empty(&s->partial)) {
			page = list_first_entry(&s->partial, struct page, slab_list);
		} else if (!list_empty(&s->empty)) {
			page = list_first_entry(&s->empty, struct page, slab_list);
			s->nr_empty--;
			list_move(&page->slab_list, &s->partial);
		} else {
			break;
		}
		while (n < nr && page->freelist) {
			void *obj = page->freelist;

			page->freelist = *free_link(s, obj);
			page->inuse++;
			objs[n++] = obj;
		}
		if (!page->freelist)
			list_move(&page->slab_list, &s->full);
	}
	s->nr_out += n;
	return n;
}

/* list_lock held.  Surplus empty slabs are moved to @discard. */
static void give_object(struct kmem_cache *s, void *obj, struct list_head *discard)
{
	struct page *page = virt_to_head_page(obj);

	if (!page->freelist)
		list_move(&page->slab_list, &s->partial);
	*free_link(s, obj) = page->freelist;
	page->freelist = obj;
	s->nr_out--;
	if (--page->inuse)
		return;
	if (s->nr_empty >= KEEP_EMPTY_SLABS) {
		s->nr_slabs--;
		list_move(&page->slab_list, discard);
	} else {
		s->nr_empty++;
		list_move(&page->slab_list, &s->empty);
	}
}

/* ---- magazines ---- */

static inline struct slab_magazine *mag_get(struct kmem_cache *s)
{
	struct slab_magazine *m;

	preempt_disable();
	m = READ_ONCE(s->mag[smp_processor_id()]);
	if (unlikely(!m || READ_ONCE(m->busy))) {
		preempt_enable();
		return NULL;
	}
	WRITE_ONCE(m->busy, true);
	barrier();
	return m;
}

static inline void mag_put(struct slab_magazine *m)
{
	barrier();
	WRITE_ONCE(m->busy, false);
	preempt_enable();
}

/* The owner of @m calls this.  Leaves @keep objects in it. */
static void mag_flush(struct kmem_cache *s, struct slab_magazine *m, unsigned int keep)
{
	unsigned int i, n = m->avail > keep ? m->avail - keep : 0;
	LIST_HEAD(discard);
	unsigned long flags;

	if (!n)
		return;
	/* the oldest lie at the bottom */
	spin_lock_irqsave(&s->list_lock, flags);
	for (i = 0; i < n; i++)
		give_object(s, m->entry[i], &discard);
	spin_unlock_irqrestore(&s->list_lock, flags);
	m->avail -= n;
	memmove(m->entry, m->entry + n, m->avail * sizeof(void *));
	discard_slabs(s, &discard);
}

/* Give this CPU a magazine if it has none.  Failure does no harm. */
static void mag_create(struct kmem_cache *s, gfp_t gfp)
{
	struct slab_magazine *m;
	unsigned int cpu;

	if (!slab_multi_cpu || !s->mag_limit || s->mag[smp_processor_id()])
		return;
	m = kmem_cache_alloc(&mag_cache, gfp & GFP_RECLAIM_MASK & ~__GFP_NOFAIL);
	if (!m)
		return;
	m->busy = false;
	m->avail = 0;
	m->limit = s->mag_limit;
	preempt_disable();
	cpu = smp_processor_id();
	if (cmpxchg(&s->mag[cpu], NULL, m) == NULL)
		m = NULL;
	preempt_enable();
	kfree(m);
}

/* ---- allocation ---- */

static void *alloc_slow(struct kmem_cache *s, gfp_t gfp)
{
	struct slab_magazine *m;
	struct page *page;
	unsigned long flags;
	void *obj = NULL;

	if (unlikely(!READ_ONCE(s->mag[smp_processor_id()])) && s != &cache_cache)
		mag_create(s, gfp);
	for (;;) {
		m = mag_get(s);
		spin_lock_irqsave(&s->list_lock, flags);
		if (m) {
			m->avail += take_objects(s, m->entry + m->avail,
						 max(m->limit / 2, m->avail) - m->avail);
			if (m->avail)
				obj = m->entry[--m->avail];
		}
		if (!obj)
			take_objects(s, &obj, 1);
		spin_unlock_irqrestore(&s->list_lock, flags);
		if (m)
			mag_put(m);
		if (obj)
			return obj;
		page = new_slab(s, gfp);
		if (!page)
			return NULL;
		spin_lock_irqsave(&s->list_lock, flags);
		s->nr_slabs++;
		s->nr_empty++;
		list_add(&page->slab_list, &s->empty);
		spin_unlock_irqrestore(&s->list_lock, flags);
	}
}

void *kmem_cache_alloc(struct kmem_cache *s, gfp_t gfp)
{
	struct slab_magazine *m;
	void *obj = NULL;

	if (gfp & __GFP_DIRECT_RECLAIM)
		might_sleep();
	m = mag_get(s);
	if (likely(m)) {
		if (likely(m->avail))
			obj = m->entry[--m->avail];
		mag_put(m);
	}
	if (unlikely(!obj)) {
		obj = alloc_slow(s, gfp);
		if (!obj)
			return NULL;
	}
	slab_check_alloc(s, obj);
	if (gfp & __GFP_ZERO)
		memset(obj, 0, s->object_size);
	return obj;
}

void *kmem_cache_zalloc(struct kmem_cache *s, gfp_t gfp)
{
	return kmem_cache_alloc(s, gfp | __GFP_ZERO);
}

void kmem_cache_free(struct kmem_cache *s, void *obj)
{
	struct slab_magazine *m;
	LIST_HEAD(discard);
	unsigned long flags;

	if (!obj)
		return;
#if CONFIG_CHECKS
	BUG_ON(!PageSlab(virt_to_head_page(obj)) || virt_to_head_page(obj)->slab_cache != s);
#endif
	slab_check_free(s, obj);
	m = mag_get(s);
	if (likely(m)) {
		if (unlikely(m->avail == m->limit))
			mag_flush(s, m, m->limit / 2);
		m->entry[m->avail++] = obj;
		mag_put(m);
		return;
	}
	spin_lock_irqsave(&s->list_lock, flags);
	give_object(s, obj, &discard);
	spin_unlock_irqrestore(&s->list_lock, flags);
	discard_slabs(s, &discard);
}

/* ---- shrinking ---- */

static void flush_mag_ipi(void *arg)
{
	struct kmem_cache *s = arg;
	struct slab_magazine *m = mag_get(s);

	if (!m)
		return;
	mag_flush(s, m, 0);
	mag_put(m);
}

int kmem_cache_shrink(struct kmem_cache *s)
{
	LIST_HEAD(discard);
	unsigned long flags;
	int left;

	on_each_cpu(flush_mag_ipi, s, 1);
	spin_lock_irqsave(&s->list_lock, flags);
	list_splice_init(&s->empty, &discard);
	s->nr_slabs -= s->nr_empty;
	s->nr_empty = 0;
	left = s->nr_slabs != 0;
	spin_unlock_irqrestore(&s->list_lock, flags);
	discard_slabs(s, &discard);
	return left;
}

/* Memory is all but gone: give back what lies idle in every cache.  Sleeps. */
void slab_shrink_all(void)
{
	struct kmem_cache *s;

	/* a holder of the mutex may itself be waiting for memory */
	if (!mutex_trylock(&slab_mutex))
		return;
	list_for_each_entry(s, &slab_caches, link)
		kmem_cache_shrink(s);
	mutex_unlock(&slab_mutex);
}

/* ---- life of a cache ---- */

static unsigned int choose_order(unsigned int stride)
{
	unsigned int order;

	/* the first order that wastes at most an eighth and holds at least 8 objects, if any */
	for (order = 0; order < PAGE_ALLOC_COSTLY_ORDER; order++) {
		unsigned long bytes = PAGE_SIZE << order;

		if (bytes / stride >= 8 && bytes % stride <= bytes / 8)
			break;
		if (bytes / stride >= 4 && bytes % stride == 0 && order >= 1)
			break;
	}
	while ((PAGE_SIZE << order) < stride)
		order++;
	return order;
}

static void cache_setup(struct kmem_cache *s, const char *name, unsigned int size,
			unsigned int align, unsigned int flags, void (*ctor)(void *))
{
	s->name = name;
	s->object_size = size;
	s->flags = flags;
	s->ctor = ctor;
	if (flags & SLAB_HWCACHE_ALIGN) {
		unsigned int line = 64;

		while (size <= line / 2)
			line /= 2;
		align = max(align, line);
	}
	s->align = max(align, 8U);
	s->stride = ALIGN(size, 8U);
	slab_debug_setup(s);
	/* A constructed or RCU-visible object must survive being free: the link goes behind it. */
	if (ctor || (flags & SLAB_TYPESAFE_BY_RCU) || s->poison_size) {
		s->free_offset = s->stride;
		s->stride += sizeof(void *);
	} else {
		s->free_offset = 0;
	}
	s->stride = ALIGN(s->stride, s->align);
	s->order = choose_order(s->stride);
	s->min_order = (unsigned int)get_order(s->stride);
	if (s->stride <= 256)
		s->mag_limit = MAG_LIMIT_MAX;
	else if (s->stride <= 1024)
		s->mag_limit = 32;
	else if (s->stride <= 4096)
		s->mag_limit = 12;
	else
		s->mag_limit = 6;
	spin_lock_init(&s->list_lock);
	INIT_LIST_HEAD(&s->partial);
	INIT_LIST_HEAD(&s->empty);
	INIT_LIST_HEAD(&s->full);
}

struct kmem_cache *kmem_cache_create(const char *name, unsigned int size, unsigned int align,
				     unsigned int flags, void (*ctor)(void *))
{
	struct kmem_cache *s;

	BUG_ON(!size || size > KMALLOC_MAX_SIZE / 8 || (align & (align - 1)));
	s = kmem_cache_zalloc(&cache_cache, GFP_KERNEL);
	if (!s)
		goto fail;
	s->mag = kcalloc(nr_cpu_ids, sizeof(void *), GFP_KERNEL);
	if (!s->mag) {
		kmem_cache_free(&cache_cache, s);
		goto fail;
	}
	cache_setup(s, name, size, align, flags, ctor);
	mutex_lock(&slab_mutex);
	list_add_tail(&s->link, &slab_caches);
	mutex_unlock(&slab_mutex);
	return s;
fail:
	if (flags & SLAB_PANIC)
		panic("no memory for the object cache %s\n", name);
	return NULL;
}

/* Nobody may be using @s any more, so that the magazines of all CPUs can be emptied from here. */
void kmem_cache_destroy(struct kmem_cache *s)
{
	LIST_HEAD(discard);
	unsigned int cpu;
	unsigned long flags;

	if (!s)
		return;
	mutex_lock(&slab_mutex);
	list_del(&s->link);
	mutex_unlock(&slab_mutex);
	for (cpu = 0; cpu < nr_cpu_ids; cpu++) {
		if (s->mag[cpu])
			mag_flush(s, s->mag[cpu], 0);
	}
	spin_lock_irqsave(&s->list_lock, flags);
	list_splice_init(&s->empty, &discard);
	s->nr_slabs -= s->nr_empty;
	s->nr_empty = 0;
	spin_unlock_irqrestore(&s->list_lock, flags);
	discard_slabs(s, &discard);
	if (s->flags & SLAB_TYPESAFE_BY_RCU)
		rcu_barrier();
	if (s->nr_slabs) {
		slab_report_leak(s);
		return;		/* objects still point into it: keep it for ever */
	}
	for (cpu = 0; cpu < nr_cpu_ids; cpu++)
		kfree(s->mag[cpu]);
	kfree(s->mag);
	kmem_cache_free(&cache_cache, s);
}

unsigned int kmem_cache_size(struct kmem_cache *s)
{
	return s->object_size;
}

const char *kmem_cache_name(struct kmem_cache *s)
{
	return s->name;
}

/* ---- boot ---- */

static struct slab_magazine *boot_mag[NR_CPUS];	/* stays empty: caches made before kmalloc works */

/* A cache needed to make caches.  It gets a table of magazines from slab_late_init(). */
void slab_setup_boot_cache(struct kmem_cache *s, const char *name, unsigned int size,
			   unsigned int align, unsigned int flags)
{
	cache_setup(s, name, size, align, flags, NULL);
	s->mag = boot_mag;
	list_add_tail(&s->link, &slab_caches);
}

void slab_init(void)
{
	struct kmem_cache *s;

	slab_setup_boot_cache(&cache_cache, "kmem_cache", sizeof(struct kmem_cache), 64, 0);
	cache_cache.mag_limit = 0;
	slab_setup_boot_cache(&mag_cache, "slab_magazine",
			      sizeof(struct slab_magazine) + MAG_LIMIT_MAX * sizeof(void *), 64,
			      SLAB_NOLEAKTRACE);
	mag_cache.mag_limit = 0;
	kmalloc_init();
	list_for_each_entry(s, &slab_caches, link) {
		struct slab_magazine **mag = kcalloc(nr_cpu_ids, sizeof(void *), GFP_KERNEL);

		if (!mag)
			panic("no memory for the object caches\n");
		s->mag = mag;
	}
	slab_multi_cpu = true;
}
