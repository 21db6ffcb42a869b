// SPDX-License-Identifier: MIT
/*
 * kmalloc: size classes over object caches, whole pages above 8 KiB.
 *
 * An address is freed by looking at its page: a slab page names its cache, anything else is a
 * compound page.  Objects of a power-of-two size are aligned to their size.
 */
#include "kernel/lib/kernel.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"
#include "kernel/x86/atomic.h"
#include "mm/internal.h"
#include "mm/slab_internal.h"
#include "mm/vmalloc.h"

#define KMALLOC_CLASSES	  12
#define KMALLOC_MAX_CACHE 8192U

static const unsigned int class_size[KMALLOC_CLASSES] = {
	16, 32, 64, 96, 128, 192, 256, 512, 1024, 2048, 4096, 8192,
};
static const char *const class_name[KMALLOC_CLASSES] = {
	"kmalloc-16",  "kmalloc-32",  "kmalloc-64",   "kmalloc-96",   "kmalloc-128",  "kmalloc-192",
	"kmalloc-256", "kmalloc-512", "kmalloc-1024", "kmalloc-2048", "kmalloc-4096", "kmalloc-8192",
};
static struct kmem_cache kmalloc_cache[KMALLOC_CLASSES];
static u8 small_class[192 / 16 + 1];	/* by (size + 15) / 16 */
static atomic_long_t nr_large;		/* page-sized blocks handed out */

void kmalloc_init(void)
{
	unsigned int i, c = 0;

	for (i = 0; i < KMALLOC_CLASSES; i++) {
		unsigned int size = class_size[i];
		unsigned int align = is_power_of_2(size) && size >= 256 ? size : 16;

		slab_setup_boot_cache(&kmalloc_cache[i], class_name[i], size,
				      min(align, (unsigned int)PAGE_SIZE), 0);
	}
	for (i = 0; i < ARRAY_SIZE(small_class); i++) {
		while (class_size[c] < i * 16)
			c++;
		small_class[i] = (u8)c;
	}
}

static inline struct kmem_cache *size_to_cache(size_t size)
{
	if (size <= 192)
		return &kmalloc_cache[small_class[(size + 15) / 16]];
	/* 256 is class 6; each doubling is one more */
	return &kmalloc_cache[6 + (fls64_const(size - 1) > 8 ? fls64_const(size - 1) - 8 : 0)];
}

static void *kmalloc_large(size_t size, gfp_t gfp)
{
	struct page *page = alloc_pages(gfp | __GFP_COMP, get_order(size));

	if (!page)
		return NULL;
	atomic_long_inc(&nr_large);
	return page_address(page);
}

unsigned long kmalloc_large_count(void)
{
	return atomic_long_read(&nr_large);
}

void *kmalloc(size_t size, gfp_t gfp)
{
	if (unlikely(size > KMALLOC_MAX_CACHE)) {
		if (size > KMALLOC_MAX_SIZE) {
			WARN_ON_ONCE(!(gfp & __GFP_NOWARN));
			return NULL;
		}
		return kmalloc_large(size, gfp);
	}
	return kmem_cache_alloc(size_to_cache(size), gfp);
}

void *kzalloc(size_t size, gfp_t gfp)
{
	return kmalloc(size, gfp | __GFP_ZERO);
}

void *kmalloc_array(size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	if (check_mul_overflow(n, size, &bytes))
		return NULL;
	return kmalloc(bytes, gfp);
}

void *kcalloc(size_t n, size_t size, gfp_t gfp)
{
	return kmalloc_array(n, size, gfp | __GFP_ZERO);
}

void kfree(const void *p)
{
	struct page *page;

	if (!p)
		return;
	page = virt_to_head_page(p);
	if (likely(PageSlab(page))) {
		kmem_cache_free(page->slab_cache, (void *)p);
		return;
	}
	BUG_ON(page_ref_count(page) != 1 || p != page_address(page));
	atomic_long_dec(&nr_large);
	__free_pages(page, compound_order(page));
}

size_t ksize(const void *p)
{
	struct page *page;

	if (!p)
		return 0;
	page = virt_to_head_page(p);
	if (PageSlab(page))
		return page->slab_cache->object_size;
	return PAGE_SIZE << compound_order(page);
}

void kzfree(const void *p)
{
	if (!p)
		return;
	memset((void *)p, 0, ksize(p));
	kfree(p);
}

void *krealloc(const void *p, size_t size, gfp_t gfp)
{
	size_t old = ksize(p);
	void *n;

	if (!size) {
		kfree(p);
		return NULL;
	}
	if (old >= size && p)
		return (void *)p;
	n = kmalloc(size, gfp);
	if (n && p) {
		memcpy(n, p, old);
		kfree(p);
	}
	return n;
}

/* ---- contiguous if possible ---- */

void *kvmalloc(size_t size, gfp_t gfp)
{
	void *p;

	if (size <= PAGE_SIZE)
		return kmalloc(size, gfp);
	p = size > KMALLOC_MAX_SIZE ? NULL : kmalloc(size, gfp | __GFP_NOWARN | __GFP_NORETRY);
	if (p || !(gfp & __GFP_DIRECT_RECLAIM))
		return p;
	return __vmalloc(size, gfp);
}

void *kvzalloc(size_t size, gfp_t gfp)
{
	return kvmalloc(size, gfp | __GFP_ZERO);
}

void *kvmalloc_array(size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	if (check_mul_overflow(n, size, &bytes))
		return NULL;
	return kvmalloc(bytes, gfp);
}

void kvfree(const void *p)
{
	if (is_vmalloc_addr(p))
		vfree(p);
	else
		kfree(p);
}
