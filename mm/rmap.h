/* SPDX-License-Identifier: MIT */
/*
 * Reverse mapping: from a page to the page-table entries that map it.
 *
 * File pages: mapping->i_mmap, an interval tree of areas by file offset, under i_mmap_rwsem.
 * Anonymous pages: page->mapping is an anon_vma (bit 0 set); its interval tree holds one
 * anon_vma_chain for each area that may contain the page (the process's own and its children's).
 * Order: page lock, i_mmap_rwsem, anon_vma root lock, page-table lock.
 */
#ifndef MM_RMAP_H
#define MM_RMAP_H

#include "kernel/lib/list.h"
#include "kernel/lib/rbtree.h"
#include "kernel/lock/rwsem.h"
#include "mm/mm_types.h"

/*
 * Shared by the areas that descend from one area.  All anon_vmas of a family use the root's rwsem.
 * Freed objects stay anon_vmas for an RCU grace period (page_lock_anon_vma_read).
 */
struct anon_vma {
	struct anon_vma *root;
	struct rw_semaphore rwsem;	/* only the root's is used: guards rb_root and the chains */
	atomic_t refcount;		/* areas' use counts as one; readers take one to sleep */
	unsigned int degree;		/* child anon_vmas and areas that point here; root->rwsem */
	struct anon_vma *parent;
	struct rb_root_cached rb_root;	/* of anon_vma_chain */
};

/* One (area, anon_vma) pair. */
struct anon_vma_chain {
	struct vm_area_struct *vma;
	struct anon_vma *anon_vma;
	struct list_head same_vma;	/* vma->anon_vma_chain: mmap_sem and page_table_lock */
	struct rb_node rb;		/* anon_vma->rb_root: root->rwsem */
	unsigned long rb_subtree_last;
};

enum ttu_flags {
	TTU_IGNORE_MLOCK = 0x8,		/* unmap from locked areas too */
	TTU_IGNORE_ACCESS = 0x10,	/* even if the page was used just now */
};

void anon_vma_init(void);
int __anon_vma_prepare(struct vm_area_struct *vma);
void unlink_anon_vmas(struct vm_area_struct *vma);
int anon_vma_clone(struct vm_area_struct *dst, struct vm_area_struct *src);
int anon_vma_fork(struct vm_area_struct *vma, struct vm_area_struct *pvma);

/* Make sure that @vma has an anon_vma.  mmap_sem at least shared.  0 or -ENOMEM. */
static inline int anon_vma_prepare(struct vm_area_struct *vma)
{
	if (__builtin_expect(!!vma->anon_vma, 1))
		return 0;
	return __anon_vma_prepare(vma);
}

static inline void anon_vma_lock_write(struct anon_vma *av)
{
	down_write(&av->root->rwsem);
}

static inline void anon_vma_unlock_write(struct anon_vma *av)
{
	up_write(&av->root->rwsem);
}

/* Accounting of one more or one fewer page-table entry; page-table lock held. */
void page_add_new_anon_rmap(struct page *page, struct vm_area_struct *vma, unsigned long address);
void page_add_anon_rmap(struct page *page, struct vm_area_struct *vma, unsigned long address);
void page_add_file_rmap(struct page *page);
void page_remove_rmap(struct page *page);
static inline void page_dup_rmap(struct page *page)
{
	atomic_inc(&page->_mapcount);
}

/*
 * How many entries saw an access since the last call; clears their accessed bits.  The page is
 * locked if @is_locked (otherwise it is trylocked for file pages).  *@vm_flags collects the flags
 * of the areas.  Sleeps.
 */
int page_referenced(struct page *page, int is_locked, unsigned long *vm_flags);
/* Remove every entry that maps the locked page.  True when none is left.  Sleeps. */
bool try_to_unmap(struct page *page, enum ttu_flags flags);
/*
 * Write-protect and clean every shared entry of the locked file page, so that the next store
 * faults.  Returns the number of entries that were dirty or writable: then the page is dirty.
 */
int page_mkclean(struct page *page);
int page_mapped_in_vma(struct page *page, struct vm_area_struct *vma);
unsigned long page_address_in_vma(struct page *page, struct vm_area_struct *vma);

/* i_mmap tree; mapping->i_mmap_rwsem exclusive to change, shared to walk. */
void vma_interval_tree_insert(struct vm_area_struct *node, struct rb_root_cached *root);
void vma_interval_tree_remove(struct vm_area_struct *node, struct rb_root_cached *root);
struct vm_area_struct *vma_interval_tree_iter_first(struct rb_root_cached *root,
						    unsigned long start, unsigned long last);
struct vm_area_struct *vma_interval_tree_iter_next(struct vm_area_struct *node,
						   unsigned long start, unsigned long last);
#define vma_interval_tree_foreach(vma, root, start, last)                                          \
	for (vma = vma_interval_tree_iter_first(root, start, last); vma;                           \
	     vma = vma_interval_tree_iter_next(vma, start, last))

void anon_vma_interval_tree_insert(struct anon_vma_chain *node, struct rb_root_cached *root);
void anon_vma_interval_tree_remove(struct anon_vma_chain *node, struct rb_root_cached *root);
struct anon_vma_chain *anon_vma_interval_tree_iter_first(struct rb_root_cached *root,
							 unsigned long start, unsigned long last);
struct anon_vma_chain *anon_vma_interval_tree_iter_next(struct anon_vma_chain *node,
							unsigned long start, unsigned long last);
#define anon_vma_interval_tree_foreach(avc, root, start, last)                                     \
	for (avc = anon_vma_interval_tree_iter_first(root, start, last); avc;                      \
	     avc = anon_vma_interval_tree_iter_next(avc, start, last))

#endif
