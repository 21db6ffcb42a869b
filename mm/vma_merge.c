// SPDX-License-Identifier: MIT
/*
 * Joining areas.
 *
 * Two adjacent areas become one if nothing tells them apart: flags, file and offset, operations (an
 * area with a close operation is never joined, since its owner counts areas), and anon_vma.  Areas
 * with different anon_vmas stay apart, because a page names the anon_vma it was faulted in under;
 * an area without one may take over its neighbour's.
 */
#include "kernel/lib/kernel.h"
#include "kernel/lib/printk.h"
#include "fs/file.h"
#include "gen/vm_operations_struct.h"
#include "mm/internal.h"
#include "mm/pagemap.h"
#include "mm/rmap.h"

/* For an area like @vma, but with these flags and this file. */
static bool mergeable_kind(struct vm_area_struct *vma, unsigned long vm_flags, struct file *file)
{
	if (vma->vm_flags != vm_flags || vma->vm_file != file)
		return false;
	if (vma->vm_ops && vma->vm_ops->close)
		return false;
	return !(vm_flags & VM_SPECIAL);
}

static bool mergeable_anon(struct vm_area_struct *a, struct vm_area_struct *b)
{
	if (a->anon_vma == b->anon_vma)
		return true;
	if (a->anon_vma && b->anon_vma)
		return false;
	/* after a fork the chain names ancestors: joining would lengthen every walk */
	return list_is_singular(a->anon_vma ? &a->anon_vma_chain : &b->anon_vma_chain);
}

static bool can_join(struct vm_area_struct *a, struct vm_area_struct *b)
{
	return a && b && a->vm_end == b->vm_start && a->vm_ops == b->vm_ops &&
	       a->vm_private_data == b->vm_private_data && a->vm_policy == b->vm_policy && a->userfaultfd == b->userfaultfd &&
	       mergeable_kind(a, b->vm_flags, b->vm_file) &&
	       mergeable_kind(b, a->vm_flags, a->vm_file) &&
	       a->vm_pgoff + vma_pages(a) == b->vm_pgoff && mergeable_anon(a, b);
}

/*
 * @a takes over @b's range and @b dies.  Returns false if there was no memory for the anon_vma
 * link; nothing has changed then.
 */
static bool join(struct vm_area_struct *a, struct vm_area_struct *b)
{
	struct mm_struct *mm = a->vm_mm;
	struct address_space *mapping = a->vm_file ? a->vm_file->f_mapping : NULL;
	struct anon_vma_chain *avc;
	unsigned long end = b->vm_end;

	if (b->anon_vma && !a->anon_vma) {
		a->anon_vma = b->anon_vma;
		if (anon_vma_clone(a, b))
			return false;
	}
	if (mapping) {
		i_mmap_lock_write(mapping);
		vma_interval_tree_remove(a, &mapping->i_mmap);
	}
	if (a->anon_vma) {
		anon_vma_lock_write(a->anon_vma);
		list_for_each_entry(avc, &a->anon_vma_chain, same_vma)
			anon_vma_interval_tree_remove(avc, &avc->anon_vma->rb_root);
	}
	a->vm_end = end;
	if (a->anon_vma) {
		list_for_each_entry(avc, &a->anon_vma_chain, same_vma)
			anon_vma_interval_tree_insert(avc, &avc->anon_vma->rb_root);
		anon_vma_unlock_write(a->anon_vma);
	}
	if (mapping) {
		vma_interval_tree_insert(a, &mapping->i_mmap);
		if (b->vm_flags & VM_SHARED)
			atomic_dec(&mapping->i_mmap_writable);
		vma_interval_tree_remove(b, &mapping->i_mmap);
		i_mmap_unlock_write(mapping);
	}
	vma_unlink(mm, b);
	/* the tree lost the node whose gap was zero; a's end moved up to the next area's gap */
	vma_bounds_moved(a);
	unlink_anon_vmas(b);
	if (b->vm_file)
		fput(b->vm_file);
	vm_area_free(b);
	return true;
}

/* Join @vma with what it has become equal to.  mmap_sem exclusive.  The area that now covers it. */
struct vm_area_struct *vma_merge_neighbours(struct vm_area_struct *vma)
{
	if (can_join(vma, vma->vm_next))
		join(vma, vma->vm_next);
	if (can_join(vma->vm_prev, vma)) {
		struct vm_area_struct *prev = vma->vm_prev;

		if (join(prev, vma))
			return prev;
	}
	return vma;
}

/*
 * Make room for a new mapping [addr, end) by extending a neighbour of the same kind instead of
 * making an area.  The range must be free.  NULL: make one.
 */
struct vm_area_struct *vma_try_extend(struct mm_struct *mm, unsigned long addr, unsigned long end,
				      unsigned long vm_flags, struct file *file, pgoff_t pgoff)
{
	struct vm_area_struct *prev, *next = find_vma_prev(mm, addr, &prev);
	pgoff_t pages = (end - addr) >> PAGE_SHIFT;

	if (vm_flags & VM_SPECIAL)
		return NULL;
	if (prev && prev->vm_end == addr && !prev->vm_policy && mergeable_kind(prev, vm_flags, file) &&
	    prev->vm_pgoff + vma_pages(prev) == pgoff) {
		vma_adjust_bounds(prev, prev->vm_start, end, prev->vm_pgoff);
		return vma_merge_neighbours(prev);
	}
	if (next && next->vm_start == end && !next->vm_policy && mergeable_kind(next, vm_flags, file) &&
	    pgoff + pages == next->vm_pgoff) {
		vma_adjust_bounds(next, addr, next->vm_end, pgoff);
		return next;
	}
	return NULL;
}

/* An adjacent area whose anon_vma a new fault in @vma may share, so that they can join later. */
struct anon_vma *find_mergeable_anon_vma(struct vm_area_struct *vma)
{
	struct vm_area_struct *near[2] = {vma->vm_next, vma->vm_prev};
	int i;

	for (i = 0; i < 2; i++) {
		struct vm_area_struct *n = near[i], *a = i ? n : vma, *b = i ? vma : n;
		struct anon_vma *av = n ? READ_ONCE(n->anon_vma) : NULL;

		if (av && a->vm_end == b->vm_start && a->vm_file == b->vm_file &&
		    !((a->vm_flags ^ b->vm_flags) & ~(VM_READ | VM_WRITE | VM_EXEC)) &&
		    a->vm_pgoff + vma_pages(a) == b->vm_pgoff &&
		    list_is_singular(&n->anon_vma_chain))
			return av;
	}
	return NULL;
}

/* Check the whole structure; tests and debugging.  mmap_sem held. */
void validate_mm(struct mm_struct *mm)
{
	struct vm_area_struct *vma, *prev = NULL;
	int n = 0;

	for (vma = mm->mmap; vma; prev = vma, vma = vma->vm_next) {
		BUG_ON(vma->vm_prev != prev || vma->vm_mm != mm);
		BUG_ON(vma->vm_start >= vma->vm_end);
		BUG_ON(prev && prev->vm_end > vma->vm_start);
		BUG_ON(find_vma(mm, vma->vm_start) != vma);
		n++;
	}
	BUG_ON(n != mm->map_count);
	BUG_ON(mm->highest_vm_end != (prev ? prev->vm_end : 0));
}
