// SPDX-License-Identifier: MIT
/*
 * What the object caches check and report.
 *
 * With CONFIG_CHECKS an object carries one word behind its end that says whether it is allocated:
 * a double free and most overruns show when it is freed.  The start of a free object is filled with
 * a pattern, compared at the next allocation: a write after free shows there.  Objects that RCU
 * readers may still look at, and constructed ones, are not filled.
 */
#include "kernel/lib/kernel.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"
#include "kernel/lock/mutex.h"
#include "mm/internal.h"
#include "mm/slab_internal.h"

#if CONFIG_CHECKS

#define RED_FREE   0x9e3779b97f4a7c15UL
#define RED_ACTIVE 0x5bd1e995c3a5f00dUL
#define POISON	   0x6b6b6b6b6b6b6b6bUL
#define POISON_MAX 64U

/* Called with s->stride at the size of the object; makes room behind it. */
void slab_debug_setup(struct kmem_cache *s)
{
	/* Power-of-two objects promise natural alignment, which a word behind them would break. */
	if (!is_power_of_2(s->object_size) || s->object_size < s->align || s->object_size <= 128) {
		s->redzone_offset = s->stride;
		s->stride += sizeof(unsigned long);
	}
	if (!s->ctor && !(s->flags & SLAB_TYPESAFE_BY_RCU) && s->redzone_offset)
		s->poison_size = min(s->object_size & ~7U, POISON_MAX);
}

static inline unsigned long *redzone(struct kmem_cache *s, void *obj)
{
	return (unsigned long *)((char *)obj + s->redzone_offset);
}

static void poison(struct kmem_cache *s, void *obj)
{
	unsigned long *p = obj;
	unsigned int i;

	for (i = 0; i < s->poison_size / 8; i++)
		p[i] = POISON;
}

void slab_init_object(struct kmem_cache *s, void *obj)
{
	if (s->redzone_offset)
		*redzone(s, obj) = RED_FREE;
	poison(s, obj);
}

static void slab_bug(struct kmem_cache *s, void *obj, const char *what)
{
	print_hex_dump("object ", obj, min(s->stride, 128U));
	if (s->redzone_offset)
		pr_err("slab: word behind it: %lx\n", *redzone(s, obj));
	panic("slab: %s: object %p: %s", s->name, obj, what);
}

void slab_check_alloc(struct kmem_cache *s, void *obj)
{
	unsigned long *p = obj;
	unsigned int i;

	if (!s->redzone_offset)
		return;
	if (unlikely(*redzone(s, obj) != RED_FREE))
		slab_bug(s, obj, "changed while free, or overrun by its neighbour");
	*redzone(s, obj) = RED_ACTIVE;
	for (i = 0; i < s->poison_size / 8; i++) {
		if (unlikely(p[i] != POISON))
			slab_bug(s, obj, "written to after it was freed");
	}
}

void slab_check_free(struct kmem_cache *s, void *obj)
{
	if (unlikely(((unsigned long)obj - (unsigned long)page_address(virt_to_head_page(obj))) %
		     s->stride))
		slab_bug(s, obj, "freed through a pointer into its middle");
	if (!s->redzone_offset)
		return;
	if (unlikely(*redzone(s, obj) == RED_FREE))
		slab_bug(s, obj, "freed twice");
	if (unlikely(*redzone(s, obj) != RED_ACTIVE))
		slab_bug(s, obj, "written past its end");
	*redzone(s, obj) = RED_FREE;
	poison(s, obj);
}

#endif

/* ---- counting ---- */

unsigned long kmem_cache_objects(struct kmem_cache *s)
{
	unsigned long flags, n;
	unsigned int cpu;

	spin_lock_irqsave(&s->list_lock, flags);
	n = s->nr_out;
	for (cpu = 0; cpu < nr_cpu_ids; cpu++) {
		struct slab_magazine *m = READ_ONCE(s->mag[cpu]);

		if (m)
			n -= min_t(unsigned long, n, READ_ONCE(m->avail));
	}
	spin_unlock_irqrestore(&s->list_lock, flags);
	return n;
}

unsigned long slab_objects_total(void)
{
	unsigned long n = kmalloc_large_count();
	struct kmem_cache *s;

	mutex_lock(&slab_mutex);
	list_for_each_entry(s, &slab_caches, link) {
		if (!(s->flags & SLAB_NOLEAKTRACE))
			n += kmem_cache_objects(s);
	}
	mutex_unlock(&slab_mutex);
	return n;
}

void kmem_cache_for_each_counted(void (*fn)(const char *name, unsigned int size, unsigned long objects,
					    unsigned long pages, void *arg),
				 void *arg)
{
	struct kmem_cache *s;

	mutex_lock(&slab_mutex);
	list_for_each_entry(s, &slab_caches, link) {
		if (!(s->flags & SLAB_NOLEAKTRACE))
			fn(s->name, s->object_size, kmem_cache_objects(s), s->nr_slabs << s->order, arg);
	}
	mutex_unlock(&slab_mutex);
}

void kmem_cache_for_each(void (*fn)(const char *name, unsigned int size, unsigned long objects,
				    unsigned long pages, void *arg),
			 void *arg)
{
	struct kmem_cache *s;

	mutex_lock(&slab_mutex);
	list_for_each_entry(s, &slab_caches, link)
		fn(s->name, s->object_size, kmem_cache_objects(s), s->nr_slabs << s->order, arg);
	mutex_unlock(&slab_mutex);
}

static void report_one(const char *name, unsigned int size, unsigned long objects,
		       unsigned long pages, void *arg)
{
	if (pages)
		pr_info("  %-24s %6u %8lu %8lu\n", name, size, objects, pages);
}

void slab_report(void)
{
	pr_info("  %-24s %6s %8s %8s\n", "cache", "bytes", "objects", "pages");
	kmem_cache_for_each(report_one, NULL);
}

/* The cache is dying with objects out.  Says how many and where. */
void slab_report_leak(struct kmem_cache *s)
{
	struct list_head *lists[2] = {&s->partial, &s->full};
	struct page *page;
	unsigned int i;

	pr_err("slab: %s: destroyed with %lu objects in use\n", s->name, s->nr_out);
	for (i = 0; i < 2; i++) {
		list_for_each_entry(page, lists[i], slab_list)
			pr_err("slab: %s: slab at %p: %u of %u in use\n", s->name,
			       page_address(page), page->inuse, page->objects);
	}
	WARN_ON(1);
}
