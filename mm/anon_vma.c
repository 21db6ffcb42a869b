// SPDX-License-Identifier: MIT
/*
 * anon_vma: which areas may map an anonymous page.
 *
 * An area gets an anon_vma at its first anonymous fault; the pages it faults in name that anon_vma
 * in page->mapping.  When a process forks, the child's area is linked to all anon_vmas of its
 * parent's area (it may map the parent's pages) and gets one of its own for its new pages.  A link
 * is an anon_vma_chain, in the area's list and in the anon_vma's interval tree.
 *
 * Locking: the rwsem of the root of a family guards the trees of the whole family.  The list of an
 * area changes under mmap_sem (shared plus page_table_lock for the first link).
 *
 * A walker starts from a page without any lock, so an anon_vma stays an anon_vma for a grace period
 * after it is freed; page_lock_anon_vma_read() locks it and then checks that the page is still
 * mapped, which proves that the anon_vma belongs to it.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/lock/rcu.h"
#include "mm/internal.h"
#include "mm/rmap.h"
#include "mm/rmap_walk.h"
#include "mm/slab.h"

static struct kmem_cache *anon_vma_cache, *avc_cache;

static void anon_vma_ctor(void *p)
{
	struct anon_vma *av = p;

	init_rwsem(&av->rwsem);
	atomic_set(&av->refcount, 0);
	av->rb_root = RB_ROOT_CACHED;
}

void anon_vma_init(void)
{
	anon_vma_cache = kmem_cache_create("anon_vma", sizeof(struct anon_vma), 0,
					   SLAB_TYPESAFE_BY_RCU | SLAB_PANIC, anon_vma_ctor);
	avc_cache = KMEM_CACHE(anon_vma_chain, SLAB_PANIC);
}

static struct anon_vma *anon_vma_alloc(void)
{
	struct anon_vma *av = kmem_cache_alloc(anon_vma_cache, GFP_KERNEL);

	if (av) {
		av->degree = 1;		/* its own parent link */
		av->parent = av;
		av->root = av;
		atomic_set(&av->refcount, 1);
	}
	return av;
}

static void put_anon_vma(struct anon_vma *av)
{
	while (atomic_dec_and_test(&av->refcount)) {
		struct anon_vma *root = av->root;

		/* a walker that found it by a page just before may still hold the lock */
		if (rwsem_is_locked(&root->rwsem)) {
			down_write(&root->rwsem);
			up_write(&root->rwsem);
		}
		kmem_cache_free(anon_vma_cache, av);
		if (root == av)
			return;
		av = root;	/* a child held a reference on its root */
	}
}

static void chain_link(struct vm_area_struct *vma, struct anon_vma_chain *avc,
		       struct anon_vma *av)
{
	avc->vma = vma;
	avc->anon_vma = av;
	list_add(&avc->same_vma, &vma->anon_vma_chain);
	anon_vma_interval_tree_insert(avc, &av->rb_root);
}

/* Slow half of anon_vma_prepare(): mmap_sem at least shared.  0 or -ENOMEM. */
int __anon_vma_prepare(struct vm_area_struct *vma)
{
	struct mm_struct *mm = vma->vm_mm;
	struct anon_vma *av, *allocated = NULL;
	struct anon_vma_chain *avc;

	might_sleep();
	avc = kmem_cache_alloc(avc_cache, GFP_KERNEL);
	if (!avc)
		return -ENOMEM;
	av = find_mergeable_anon_vma(vma);
	if (!av) {
		av = allocated = anon_vma_alloc();
		if (!av) {
			kmem_cache_free(avc_cache, avc);
			return -ENOMEM;
		}
	}
	anon_vma_lock_write(av);
	/* two threads may be here for the same area: page_table_lock picks one */
	spin_lock(&mm->page_table_lock);
	if (!vma->anon_vma) {
		WRITE_ONCE(vma->anon_vma, av);
		chain_link(vma, avc, av);
		av->degree++;
		allocated = NULL;
		avc = NULL;
	}
	spin_unlock(&mm->page_table_lock);
	anon_vma_unlock_write(av);
	if (allocated)
		put_anon_vma(allocated);
	kmem_cache_free(avc_cache, avc);
	return 0;
}

/*
 * Link @dst to every anon_vma of @src.  @dst->anon_vma is what the caller wants it to be.  mmap_sem
 * exclusive.  On -ENOMEM @dst has no links and no anon_vma.
 */
int anon_vma_clone(struct vm_area_struct *dst, struct vm_area_struct *src)
{
	struct anon_vma_chain *pavc;

	list_for_each_entry_reverse(pavc, &src->anon_vma_chain, same_vma) {
		struct anon_vma_chain *avc = kmem_cache_alloc(avc_cache, GFP_KERNEL);

		if (!avc) {
			/* unlink_anon_vmas() must not count a degree that was never taken */
			dst->anon_vma = NULL;
			unlink_anon_vmas(dst);
			return -ENOMEM;
		}
		anon_vma_lock_write(pavc->anon_vma);
		chain_link(dst, avc, pavc->anon_vma);
		anon_vma_unlock_write(pavc->anon_vma);
	}
	if (dst->anon_vma) {
		anon_vma_lock_write(dst->anon_vma);
		dst->anon_vma->degree++;
		anon_vma_unlock_write(dst->anon_vma);
	}
	return 0;
}

/* The child's copy @vma of @pvma: the parent's anon_vmas, and one of its own. */
int anon_vma_fork(struct vm_area_struct *vma, struct vm_area_struct *pvma)
{
	struct anon_vma_chain *avc;
	struct anon_vma *av;

	vma->anon_vma = NULL;
	if (!pvma->anon_vma)
		return 0;
	if (anon_vma_clone(vma, pvma))
		return -ENOMEM;
	av = anon_vma_alloc();
	avc = av ? kmem_cache_alloc(avc_cache, GFP_KERNEL) : NULL;
	if (!avc) {
		if (av)
			put_anon_vma(av);
		unlink_anon_vmas(vma);
		return -ENOMEM;
	}
	av->root = pvma->anon_vma->root;
	av->parent = pvma->anon_vma;
	av->degree = 0;
	atomic_inc(&av->root->refcount);
	vma->anon_vma = av;
	anon_vma_lock_write(av);
	chain_link(vma, avc, av);
	av->degree++;
	av->parent->degree++;
	anon_vma_unlock_write(av);
	return 0;
}

/* Cut all links of @vma.  Its pages are unmapped or belong to another area by now. */
void unlink_anon_vmas(struct vm_area_struct *vma)
{
	struct anon_vma_chain *avc, *next;
	LIST_HEAD(dead);

	list_for_each_entry_safe(avc, next, &vma->anon_vma_chain, same_vma) {
		struct anon_vma *av = avc->anon_vma;

		anon_vma_lock_write(av);
		anon_vma_interval_tree_remove(avc, &av->rb_root);
		if (RB_EMPTY_ROOT(&av->rb_root.rb_root)) {
			if (av->parent != av)
				av->parent->degree--;
			list_move(&avc->same_vma, &dead);
		} else {
			list_del(&avc->same_vma);
			kmem_cache_free(avc_cache, avc);
		}
		if (av == vma->anon_vma)
			av->degree--;
		anon_vma_unlock_write(av);
	}
	vma->anon_vma = NULL;
	/* the last area is gone; outside the lock, since the root may go with it */
	list_for_each_entry_safe(avc, next, &dead, same_vma) {
		list_del(&avc->same_vma);
		put_anon_vma(avc->anon_vma);
		kmem_cache_free(avc_cache, avc);
	}
}

/*
 * The anon_vma of a mapped anonymous page, its root locked shared; NULL if the page is not mapped.
 * The caller holds a reference on the page.
 */
struct anon_vma *page_lock_anon_vma_read(struct page *page)
{
	struct anon_vma *av, *root;
	unsigned long mapping;

	rcu_read_lock();
	mapping = (unsigned long)READ_ONCE(page->mapping);
	if (!(mapping & PAGE_MAPPING_ANON) || !page_mapped(page))
		goto none;
	av = (struct anon_vma *)(mapping - PAGE_MAPPING_ANON);
	root = READ_ONCE(av->root);
	if (down_read_trylock(&root->rwsem)) {
		/* mapped under the lock: neither av nor root can have been freed before */
		if (!page_mapped(page)) {
			up_read(&root->rwsem);
			goto none;
		}
		rcu_read_unlock();
		return av;
	}
	if (!atomic_add_unless(&av->refcount, 1, 0))
		goto none;
	if (!page_mapped(page)) {
		rcu_read_unlock();
		put_anon_vma(av);
		return NULL;
	}
	rcu_read_unlock();
	down_read(&av->root->rwsem);
	if (atomic_dec_and_test(&av->refcount)) {
		/* ours was the last: nobody maps the page any more */
		atomic_inc(&av->refcount);
		up_read(&av->root->rwsem);
		put_anon_vma(av);
		return NULL;
	}
	return av;
none:
	rcu_read_unlock();
	return NULL;
}

void page_unlock_anon_vma_read(struct anon_vma *av)
{
	up_read(&av->root->rwsem);
}
