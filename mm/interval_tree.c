// SPDX-License-Identifier: MIT
/*
 * The two interval trees of reverse mapping: areas of a file by file offset, and areas of an
 * anon_vma by page number.  Whoever changes an area's bounds takes it out of its trees first.
 */
#include "kernel/lib/interval_tree_generic.h"
#include "mm/internal.h"
#include "mm/rmap.h"

static inline unsigned long vma_start_pgoff(struct vm_area_struct *v)
{
	return v->vm_pgoff;
}

static inline unsigned long vma_last_pgoff(struct vm_area_struct *v)
{
	return v->vm_pgoff + vma_pages(v) - 1;
}

INTERVAL_TREE_DEFINE(struct vm_area_struct, shared.rb, unsigned long, shared.rb_subtree_last,
		     vma_start_pgoff, vma_last_pgoff, , vma_interval_tree)

static inline unsigned long avc_start_pgoff(struct anon_vma_chain *n)
{
	return vma_start_pgoff(n->vma);
}

static inline unsigned long avc_last_pgoff(struct anon_vma_chain *n)
{
	return vma_last_pgoff(n->vma);
}

INTERVAL_TREE_DEFINE(struct anon_vma_chain, rb, unsigned long, rb_subtree_last, avc_start_pgoff,
		     avc_last_pgoff, , anon_vma_interval_tree)
