// SPDX-License-Identifier: MIT
/*
 * Kernel address space by the page: vmalloc, vmap, ioremap.
 *
 * Two trees partition the vmalloc space: free ranges, by address and augmented with the largest
 * range of each subtree, so that the lowest fit is found in O(log n); and areas in use, by address.
 * Each area includes a guard page behind it that is never mapped.
 *
 * Unmapping is lazy: entries are cleared at once, but the address range goes back to the free tree
 * only after a TLB flush on all CPUs, and one flush serves many areas.  So an address is never
 * reused while a CPU may still translate it to the old page.  (The pages themselves are freed at
 * once: nobody may use an area after freeing it.)
 *
 * Locking: vmap_lock guards both trees and the lazy list; it is never taken in interrupts.  Page
 * tables of this space are only ever added; a leaf entry belongs to the owner of its area.
 */
#include "kernel/lib/kernel.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"
#include "kernel/lib/llist.h"
#include "kernel/lock/mutex.h"
#include "kernel/lock/hardirq.h"
#include "kernel/lock/preempt.h"
#include "kernel/x86/irqflags.h"
#include "kernel/task/workqueue.h"
#include "mm/internal.h"
#include "mm/pgtable.h"
#include "mm/slab.h"
#include "mm/vmalloc.h"

/* One PML4 entry's worth is plenty, and it keeps the preallocated tables few. */
#define VMAP_SIZE (PGDIR_SIZE - (VMALLOC_START & ~PGDIR_MASK))
#define LAZY_MAX_PAGES 2048UL

#define VM_AREA_PAGES 0x1	/* the area owns its pages */
#define VM_AREA_IO    0x2

struct vmap_area {
	struct rb_node rb;		/* in the free or the busy tree; vmap_lock */
	unsigned long start, end;	/* guard page included */
	unsigned long max_size;		/* free tree: largest range of the subtree */
	unsigned int flags;
	unsigned int nr_pages;
	struct page **pages;		/* VM_AREA_PAGES only */
	struct vmap_area *next_lazy;
};

static DEFINE_SPINLOCK(vmap_lock);
static struct rb_root free_tree = RB_ROOT, busy_tree = RB_ROOT;
static struct vmap_area *lazy_list;	/* vmap_lock */
static unsigned long lazy_pages;	/* vmap_lock */
static DEFINE_MUTEX(purge_mutex);	/* one flush at a time */
static struct kmem_cache *vmap_cache;
static atomic_long_t vmalloc_pages;

static LLIST_HEAD(deferred_frees);

static inline unsigned long va_size(struct vmap_area *va)
{
	return va->end - va->start;
}

RB_DECLARE_CALLBACKS_MAX(static, free_augment, struct vmap_area, rb, unsigned long, max_size,
			 va_size);

/* ---- the free tree; vmap_lock held ---- */

static void free_tree_insert(struct vmap_area *va)
{
	struct rb_node **link = &free_tree.rb_node, *parent = NULL;

	while (*link) {
		struct vmap_area *p = rb_entry(*link, struct vmap_area, rb);

		parent = *link;
		link = va->start < p->start ? &p->rb.rb_left : &p->rb.rb_right;
	}
	va->max_size = va_size(va);
	rb_link_node(&va->rb, parent, link);
	free_augment_propagate(parent, NULL);
	rb_insert_augmented(&va->rb, &free_tree, &free_augment);
}

static void free_tree_erase(struct vmap_area *va)
{
	rb_erase_augmented(&va->rb, &free_tree, &free_augment);
}

/* Give a range back, joined with its neighbours.  Returns areas no longer needed, chained. */
static struct vmap_area *free_tree_add(struct vmap_area *va, struct vmap_area *spare)
{
	struct rb_node *n = free_tree.rb_node;
	struct vmap_area *prev = NULL, *next = NULL;

	while (n) {
		struct vmap_area *p = rb_entry(n, struct vmap_area, rb);

		if (va->start < p->start) {
			next = p;
			n = n->rb_left;
		} else {
			prev = p;
			n = n->rb_right;
		}
	}
	if (prev && prev->end == va->start) {
		free_tree_erase(prev);
		va->start = prev->start;
		prev->next_lazy = spare;
		spare = prev;
	}
	if (next && next->start == va->end) {
		free_tree_erase(next);
		va->end = next->end;
		next->next_lazy = spare;
		spare = next;
	}
	free_tree_insert(va);
	return spare;
}

/* The lowest free range of at least @size bytes. */
static struct vmap_area *free_tree_find(unsigned long size)
{
	struct rb_node *n = free_tree.rb_node;

	if (!n || rb_entry(n, struct vmap_area, rb)->max_size < size)
		return NULL;
	for (;;) {
		struct vmap_area *va = rb_entry(n, struct vmap_area, rb);

		if (n->rb_left && rb_entry(n->rb_left, struct vmap_area, rb)->max_size >= size)
			n = n->rb_left;
		else if (va_size(va) >= size)
			return va;
		else
			n = n->rb_right;
	}
}

static void busy_insert(struct vmap_area *va)
{
	struct rb_node **link = &busy_tree.rb_node, *parent = NULL;

	while (*link) {
		parent = *link;
		link = va->start < rb_entry(parent, struct vmap_area, rb)->start ?
			       &parent->rb_left : &parent->rb_right;
	}
	rb_link_node(&va->rb, parent, link);
	rb_insert_color(&va->rb, &busy_tree);
}

static struct vmap_area *busy_find(unsigned long addr)
{
	struct rb_node *n = busy_tree.rb_node;

	while (n) {
		struct vmap_area *va = rb_entry(n, struct vmap_area, rb);

		if (addr < va->start)
			n = n->rb_left;
		else if (addr >= va->end)
			n = n->rb_right;
		else
			return va;
	}
	return NULL;
}

/* ---- ranges ---- */

static void free_chain(struct vmap_area *va)
{
	while (va) {
		struct vmap_area *next = va->next_lazy;

		kmem_cache_free(vmap_cache, va);
		va = next;
	}
}

/* Flush, then make all lazily freed ranges available.  Sleeps. */
static void purge_lazy(void)
{
	struct vmap_area *list, *va, *spare = NULL;
	unsigned long start = ~0UL, end = 0;

	mutex_lock(&purge_mutex);
	spin_lock(&vmap_lock);
	list = lazy_list;
	lazy_list = NULL;
	lazy_pages = 0;
	spin_unlock(&vmap_lock);
	for (va = list; va; va = va->next_lazy) {
		start = min(start, va->start);
		end = max(end, va->end);
	}
	if (list)
		flush_tlb_kernel_range(start, end);
	spin_lock(&vmap_lock);
	while (list) {
		va = list;
		list = va->next_lazy;
		spare = free_tree_add(va, spare);
	}
	spin_unlock(&vmap_lock);
	mutex_unlock(&purge_mutex);
	free_chain(spare);
}

/* @size: a multiple of the page size, guard page included.  Sleeps. */
static struct vmap_area *alloc_area(unsigned long size, unsigned int flags)
{
	struct vmap_area *va = kmem_cache_zalloc(vmap_cache, GFP_KERNEL);
	struct vmap_area *from;
	bool purged = false;

	if (!va)
		return NULL;
	va->flags = flags;
again:
	spin_lock(&vmap_lock);
	from = free_tree_find(size);
	if (!from) {
		spin_unlock(&vmap_lock);
		if (!purged) {
			purge_lazy();
			purged = true;
			goto again;
		}
		pr_warn_ratelimited("vmalloc: no address range of %lu bytes\n", size);
		kmem_cache_free(vmap_cache, va);
		return NULL;
	}
	va->start = from->start;
	va->end = from->start + size;
	free_tree_erase(from);
	from->start += size;
	if (from->start < from->end) {
		free_tree_insert(from);
		from = NULL;
	}
	busy_insert(va);
	spin_unlock(&vmap_lock);
	kmem_cache_free(vmap_cache, from);
	return va;
}

static void unmap_area(struct vmap_area *va)
{
	unsigned long addr;

	for (addr = va->start; addr < va->end; addr += PAGE_SIZE) {
		pte_t *pte = kernel_pte(addr);

		if (pte && !pte_none(pte_read(pte)))
			set_pte(pte, __pte(0));
	}
}

/* The entries are cleared already. */
static void free_area(struct vmap_area *va)
{
	bool purge;

	spin_lock(&vmap_lock);
	rb_erase(&va->rb, &busy_tree);
	va->next_lazy = lazy_list;
	lazy_list = va;
	lazy_pages += va_size(va) >> PAGE_SHIFT;
	purge = lazy_pages > LAZY_MAX_PAGES;
	spin_unlock(&vmap_lock);
	if (purge)
		purge_lazy();
}

static struct vmap_area *find_area(const void *addr)
{
	struct vmap_area *va;

	spin_lock(&vmap_lock);
	va = busy_find((unsigned long)addr);
	spin_unlock(&vmap_lock);
	return va;
}

/* ---- vmalloc ---- */

static void free_area_pages(struct vmap_area *va)
{
	unsigned int i;

	for (i = 0; i < va->nr_pages; i++)
		__free_page(va->pages[i]);
	atomic_long_sub(va->nr_pages, &vmalloc_pages);
	kvfree(va->pages);
	va->pages = NULL;
	va->nr_pages = 0;
}

void *__vmalloc(unsigned long size, gfp_t gfp)
{
	unsigned int i, nr;
	struct vmap_area *va;

	size = PAGE_ALIGN(size);
	if (!size || size >> PAGE_SHIFT > totalram_pages())
		return NULL;
	nr = size >> PAGE_SHIFT;
	va = alloc_area(size + PAGE_SIZE, VM_AREA_PAGES);
	if (!va)
		return NULL;
	va->pages = kvmalloc_array(nr, sizeof(*va->pages), gfp & ~__GFP_ZERO);
	if (!va->pages)
		goto fail;
	for (i = 0; i < nr; i++) {
		struct page *page = alloc_page(gfp);

		if (!page)
			goto fail;
		va->pages[i] = page;
		va->nr_pages++;
		atomic_long_inc(&vmalloc_pages);
		if (kernel_map_page(va->start + i * PAGE_SIZE, page_to_phys(page), PAGE_KERNEL,
				    gfp))
			goto fail;
	}
	return (void *)va->start;
fail:
	unmap_area(va);
	free_area_pages(va);
	free_area(va);
	return NULL;
}

void *vmalloc(unsigned long size)
{
	return __vmalloc(size, GFP_KERNEL);
}

void *vzalloc(unsigned long size)
{
	return __vmalloc(size, GFP_KERNEL | __GFP_ZERO);
}

static void vfree_now(const void *addr)
{
	struct vmap_area *va = find_area(addr);

	if (WARN(!va || va->start != (unsigned long)addr, "vfree of %p, which is not an area\n",
		 addr))
		return;
	unmap_area(va);
	free_area_pages(va);
	free_area(va);
}

static void run_deferred_frees(struct work_struct *work)
{
	struct llist_node *n = llist_del_all(&deferred_frees);

	while (n) {
		struct llist_node *next = n->next;

		vfree_now(n);
		n = next;
	}
}

static DECLARE_WORK(deferred_work, run_deferred_frees);

void vfree(const void *addr)
{
	if (!addr)
		return;
	if (in_atomic() || irqs_disabled()) {
		/* nobody uses the area any more: its first words are the list node */
		if (llist_add((struct llist_node *)addr, &deferred_frees))
			schedule_work(&deferred_work);
		return;
	}
	might_sleep();
	vfree_now(addr);
}

/* ---- vmap and device registers ---- */

void *vmap(struct page **pages, unsigned int count, unsigned long flags, unsigned long prot)
{
	struct vmap_area *va;
	unsigned int i;

	if (!count || count > totalram_pages())
		return NULL;
	va = alloc_area(((unsigned long)count + 1) << PAGE_SHIFT, 0);
	if (!va)
		return NULL;
	for (i = 0; i < count; i++) {
		if (kernel_map_page(va->start + i * PAGE_SIZE, page_to_phys(pages[i]),
				    prot ? __pgprot(prot) : PAGE_KERNEL, GFP_KERNEL)) {
			unmap_area(va);
			free_area(va);
			return NULL;
		}
	}
	return (void *)va->start;
}

void vunmap(const void *addr)
{
	struct vmap_area *va;

	if (!addr)
		return;
	va = find_area(addr);
	if (WARN_ON(!va || va->start != (unsigned long)addr))
		return;
	unmap_area(va);
	free_area(va);
}

static void *ioremap_prot(unsigned long phys, unsigned long size, unsigned long prot)
{
	unsigned long offset = phys & ~PAGE_MASK, i;
	struct vmap_area *va;

	if (!size || phys + size < phys)
		return NULL;
	phys -= offset;
	size = PAGE_ALIGN(size + offset);
	va = alloc_area(size + PAGE_SIZE, VM_AREA_IO);
	if (!va)
		return NULL;
	for (i = 0; i < size; i += PAGE_SIZE) {
		if (kernel_map_page(va->start + i, phys + i, __pgprot(prot), GFP_KERNEL)) {
			unmap_area(va);
			free_area(va);
			return NULL;
		}
	}
	return (void *)(va->start + offset);
}

void *ioremap(unsigned long phys, unsigned long size)
{
	return ioremap_prot(phys, size, __PAGE_KERNEL_NOCACHE);
}

/* Write combining needs a PAT entry that the boot code may not have set: uncached is always right. */
void *ioremap_wc(unsigned long phys, unsigned long size)
{
	return ioremap_prot(phys, size, __PAGE_KERNEL_NOCACHE);
}

void iounmap(volatile void *addr)
{
	vunmap((void *)((unsigned long)addr & PAGE_MASK));
}

struct page *vmalloc_to_page(const void *addr)
{
	pte_t *pte = kernel_pte((unsigned long)addr);
	pte_t entry;

	if (!pte)
		return NULL;
	entry = pte_read(pte);
	return pte_hw_present(entry) && pfn_valid(pte_pfn(entry)) ? pte_page(entry) : NULL;
}

unsigned long vmalloc_nr_pages(void)
{
	return atomic_long_read(&vmalloc_pages);
}

void vmalloc_init(void)
{
	struct vmap_area *va;

	vmap_cache = KMEM_CACHE(vmap_area, SLAB_PANIC | SLAB_NOLEAKTRACE);
	va = kmem_cache_zalloc(vmap_cache, GFP_KERNEL);
	if (!va)
		panic("no memory for the vmalloc space\n");
	va->start = VMALLOC_START + PAGE_SIZE;
	va->end = VMALLOC_START + VMAP_SIZE;
	spin_lock(&vmap_lock);
	free_tree_insert(va);
	spin_unlock(&vmap_lock);
}
