// SPDX-License-Identifier: MIT
/* The page allocator, the object caches, vmalloc: no overlap, no leak, guards in place. */
#include "kernel/lib/kernel.h"
#include "kernel/lib/string.h"
#include "kernel/lock/rcu.h"
#include "kernel/task/sched.h"
#include "mm/gfp.h"
#include "mm/internal.h"
#include "mm/pgtable.h"
#include "mm/slab.h"
#include "mm/vmalloc.h"
#include "tests/kernel/ktest.h"
#include "tests/kernel/mm_test.h"

/* ---- pages ---- */

#define SLOTS 64

struct page_slot {
	struct page *page;
	unsigned int order;
	u64 stamp;
};

static bool slot_intact(struct page_slot *s)
{
	u64 *p = page_address(s->page);
	unsigned long words = (PAGE_SIZE << s->order) / sizeof(u64), i;

	for (i = 0; i < words; i += 64) {
		if (p[i] != s->stamp + i)
			return false;
	}
	return true;
}

static void slot_fill(struct page_slot *s)
{
	u64 *p = page_address(s->page);
	unsigned long words = (PAGE_SIZE << s->order) / sizeof(u64), i;

	for (i = 0; i < words; i += 64)
		p[i] = s->stamp + i;
}

/* Random blocks with stamps in them; the number of damaged ones. */
static long churn_pages(void *arg, int id)
{
	struct page_slot slot[SLOTS] = {0};
	u64 rnd = 0x9e3779b9u + (u64)id * 77777;
	long bad = 0;
	int i, round;

	for (round = 0; round < 3000; round++) {
		struct page_slot *s = &slot[test_random(&rnd) % SLOTS];

		if (s->page) {
			bad += !slot_intact(s);
			__free_pages(s->page, s->order);
			s->page = NULL;
			continue;
		}
		s->order = test_random(&rnd) % 8 ? 0 : test_random(&rnd) % 5;
		s->page = alloc_pages(GFP_KERNEL | __GFP_NOWARN | __GFP_NORETRY |
				      (s->order & 1 ? __GFP_COMP : 0), s->order);
		if (!s->page)
			continue;
		bad += ((unsigned long)page_address(s->page) & ((PAGE_SIZE << s->order) - 1)) != 0;
		s->stamp = test_random(&rnd);
		slot_fill(s);
	}
	for (i = 0; i < SLOTS; i++) {
		if (slot[i].page) {
			bad += !slot_intact(&slot[i]);
			__free_pages(slot[i].page, slot[i].order);
		}
	}
	return bad;
}

static void test_buddy(void)
{
	KTEST_EQ(churn_pages(NULL, 0), 0L);
}
KTEST(mm_buddy, KTEST_QUICK, test_buddy);

static void test_buddy_smp(void)
{
	KTEST_EQ(mm_test_threads(6, churn_pages, NULL), 0L);
}
KTEST(mm_buddy_smp, KTEST_QUICK, test_buddy_smp);

/* Freed in any order, single pages become one block again. */
static void test_coalesce(void)
{
	struct page *page = alloc_pages(GFP_KERNEL, 5);
	unsigned long pfn;
	int i;

	KTEST_ASSERT(page);
	pfn = page_to_pfn(page);
	split_page(page, 5);
	for (i = 0; i < 32; i++)
		__free_page(pfn_to_page(pfn + ((i * 11) & 31)));
	drain_all_pages();
	for (i = 0; i < 32 && !PageBuddy(pfn_to_page((pfn + i) & ~31UL)); i++)
		;
	/* free, in one piece, unless somebody was quick enough to take a part of it */
	page = alloc_pages(GFP_KERNEL, 5);
	KTEST_ASSERT(page);
	__free_pages(page, 5);
}
KTEST(mm_coalesce, KTEST_QUICK, test_coalesce);

static void test_zero_pages(void)
{
	u64 *p;
	int i, bad = 0;

	p = (u64 *)__get_free_pages(GFP_KERNEL, 2);
	KTEST_ASSERT(p);
	memset(p, 0xa5, PAGE_SIZE * 4);
	free_pages((unsigned long)p, 2);
	p = (u64 *)__get_free_pages(GFP_KERNEL | __GFP_ZERO, 2);
	KTEST_ASSERT(p);
	for (i = 0; i < 2048; i++)
		bad += p[i] != 0;
	free_pages((unsigned long)p, 2);
	KTEST_EQ(bad, 0);
}
KTEST(mm_zero_pages, KTEST_QUICK, test_zero_pages);

static void test_scopes(void)
{
	unsigned int a, b;

	a = memalloc_nofs_save();
	KTEST_EQ(current_gfp_context(GFP_KERNEL) & __GFP_FS, 0u);
	KTEST_EQ(current_gfp_context(GFP_KERNEL) & __GFP_IO, __GFP_IO);
	b = memalloc_noio_save();
	KTEST_EQ(current_gfp_context(GFP_KERNEL) & (__GFP_IO | __GFP_FS), 0u);
	memalloc_noio_restore(b);
	KTEST_EQ(current_gfp_context(GFP_KERNEL) & __GFP_IO, __GFP_IO);
	memalloc_nofs_restore(a);
	KTEST_EQ(current_gfp_context(GFP_KERNEL), GFP_KERNEL);
}
KTEST(mm_scopes, KTEST_QUICK, test_scopes);

/* Take all that can be had without reclaim; atomic requests must still find some. */
static void test_reserve(void)
{
	struct page *list = NULL, *page;
	unsigned long n = 0;

	while ((page = alloc_page(__GFP_NOWARN | __GFP_NOMEMALLOC))) {
		page->private = (unsigned long)list;
		list = page;
		n++;
	}
	page = alloc_page(GFP_ATOMIC | __GFP_NOWARN);
	if (page)
		__free_page(page);
	while (list) {
		struct page *next = (struct page *)list->private;

		list->private = 0;
		__free_page(list);
		list = next;
	}
	KTEST_ASSERT(page);
	KTEST_ASSERT(n > 0);
}
KTEST(mm_reserve, KTEST_SLOW, test_reserve);

/* ---- objects ---- */

#define OBJ_CTOR 0x1234567890abcdefULL

static void obj_ctor(void *p)
{
	*(u64 *)p = OBJ_CTOR;
}

/* What the constructor set survives freeing and reallocation. */
static void test_ctor(void)
{
	struct kmem_cache *s = kmem_cache_create("ktest_ctor", 72, 8, 0, obj_ctor);
	u64 *obj[100];
	int i, round, bad = 0;

	KTEST_ASSERT(s);
	for (round = 0; round < 3; round++) {
		for (i = 0; i < 100; i++) {
			obj[i] = kmem_cache_alloc(s, GFP_KERNEL);
			if (!obj[i] || *obj[i] != OBJ_CTOR) {
				bad++;
				continue;
			}
			obj[i][8] = i;
		}
		for (i = 0; i < 100; i++) {
			bad += obj[i] && obj[i][8] != (u64)i;
			kmem_cache_free(s, obj[i]);
		}
	}
	KTEST_EQ(kmem_cache_objects(s), 0UL);
	KTEST_EQ(kmem_cache_shrink(s), 0);
	kmem_cache_destroy(s);
	KTEST_EQ(bad, 0);
}
KTEST(mm_slab_ctor, KTEST_QUICK, test_ctor);

static void test_rcu_cache(void)
{
	struct kmem_cache *s = kmem_cache_create("ktest_rcu", 128, 0, SLAB_TYPESAFE_BY_RCU,
						 obj_ctor);
	u64 *obj[64];
	int i, bad = 0;

	KTEST_ASSERT(s);
	for (i = 0; i < 64; i++)
		obj[i] = kmem_cache_alloc(s, GFP_KERNEL);
	rcu_read_lock();
	for (i = 0; i < 64; i++)
		kmem_cache_free(s, obj[i]);
	/* freed objects can still be read as objects here */
	for (i = 0; i < 64; i++)
		bad += *(volatile u64 *)obj[i] != OBJ_CTOR;
	rcu_read_unlock();
	kmem_cache_destroy(s);
	KTEST_EQ(bad, 0);
}
KTEST(mm_slab_rcu, KTEST_QUICK, test_rcu_cache);

struct obj_slot {
	unsigned char *p;
	size_t size;
	unsigned char stamp;
};

static long churn_objects(void *arg, int id)
{
	static const size_t sizes[] = {1, 8, 16, 17, 40, 64, 96, 100, 192, 200, 256, 500, 1024, 3000,
				       4096, 5000, 8192, 9000, 20000};
	struct obj_slot *slot = kcalloc(128, sizeof(*slot), GFP_KERNEL);
	u64 rnd = 0x51ab + (u64)id * 919;
	long bad = 0;
	int i, round;

	if (!slot)
		return 1;
	for (round = 0; round < 6000; round++) {
		struct obj_slot *s = &slot[test_random(&rnd) % 128];

		if (s->p) {
			bad += s->p[0] != s->stamp || s->p[s->size - 1] != s->stamp;
			kfree(s->p);
			s->p = NULL;
			continue;
		}
		s->size = sizes[test_random(&rnd) % ARRAY_SIZE(sizes)];
		s->p = kmalloc(s->size, GFP_KERNEL);
		if (!s->p)
			continue;
		bad += ksize(s->p) < s->size;
		if (is_power_of_2(s->size) && s->size >= 256 && s->size <= PAGE_SIZE)
			bad += ((unsigned long)s->p & (s->size - 1)) != 0;
		s->stamp = (unsigned char)test_random(&rnd);
		memset(s->p, s->stamp, s->size);
	}
	for (i = 0; i < 128; i++)
		kfree(slot[i].p);
	kfree(slot);
	return bad;
}

static void test_kmalloc(void)
{
	KTEST_EQ(churn_objects(NULL, 0), 0L);
	KTEST_EQ((unsigned long)kmalloc_array(1UL << 40, 1UL << 40, GFP_KERNEL), 0UL);
}
KTEST(mm_kmalloc, KTEST_QUICK, test_kmalloc);

static void test_kmalloc_smp(void)
{
	KTEST_EQ(mm_test_threads(6, churn_objects, NULL), 0L);
}
KTEST(mm_kmalloc_smp, KTEST_QUICK, test_kmalloc_smp);

/* ---- vmalloc ---- */

static long churn_vmalloc(void *arg, int id)
{
	struct {
		unsigned long *p;
		unsigned long pages;
	} slot[16] = {0};
	u64 rnd = 0xbeef + (u64)id * 3;
	long bad = 0;
	int i, round;

	for (round = 0; round < 300; round++) {
		unsigned long k;

		i = test_random(&rnd) % 16;
		if (slot[i].p) {
			for (k = 0; k < slot[i].pages; k++)
				bad += slot[i].p[k * 512] != (unsigned long)slot[i].p + k;
			vfree(slot[i].p);
			slot[i].p = NULL;
			continue;
		}
		slot[i].pages = 1 + test_random(&rnd) % 12;
		slot[i].p = vmalloc(slot[i].pages << PAGE_SHIFT);
		if (!slot[i].p)
			continue;
		for (k = 0; k < slot[i].pages; k++)
			slot[i].p[k * 512] = (unsigned long)slot[i].p + k;
		/* the page behind it is not mapped */
		bad += vmalloc_to_page((char *)slot[i].p + (slot[i].pages << PAGE_SHIFT)) != NULL;
		bad += vmalloc_to_page((char *)slot[i].p - PAGE_SIZE) != NULL;
	}
	for (i = 0; i < 16; i++)
		vfree(slot[i].p);
	return bad;
}

static void test_vmalloc(void)
{
	KTEST_EQ(churn_vmalloc(NULL, 1), 0L);
}
KTEST(mm_vmalloc, KTEST_QUICK, test_vmalloc);

static void test_vmalloc_smp(void)
{
	KTEST_EQ(mm_test_threads(4, churn_vmalloc, NULL), 0L);
}
KTEST(mm_vmalloc_smp, KTEST_QUICK, test_vmalloc_smp);
