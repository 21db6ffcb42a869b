// SPDX-License-Identifier: MIT
/*
 * The areas of an address space: a list and a red-black tree by address.
 *
 * Each tree node also knows the largest gap in front of any area of its subtree, so a hole of a
 * given size is found in O(log n) (vm_unmapped_area).  mmap_sem guards all of this: exclusive to
 * change, shared to look.  Reverse mapping sees areas too, through the i_mmap and anon_vma trees;
 * so an area's bounds change only while those are locked and the area is out of them.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"
#include "fs/file.h"
#include "gen/vm_operations_struct.h"
#include "mm/internal.h"
#include "mm/pagemap.h"
#include "mm/pgtable.h"
#include "mm/rmap.h"
#include "mm/slab.h"

static struct kmem_cache *vma_cache;

void vma_init_caches(void)
{
	vma_cache = KMEM_CACHE(vm_area_struct, SLAB_PANIC);
}

struct vm_area_struct *vm_area_alloc(struct mm_struct *mm)
{
	struct vm_area_struct *vma = kmem_cache_zalloc(vma_cache, GFP_KERNEL);

	if (vma) {
		vma->vm_mm = mm;
		INIT_LIST_HEAD(&vma->anon_vma_chain);
	}
	return vma;
}

/* A copy on no list and in no tree, without references of its own. */
struct vm_area_struct *vm_area_dup(struct vm_area_struct *orig)
{
	struct vm_area_struct *vma = kmem_cache_alloc(vma_cache, GFP_KERNEL);

	if (vma) {
		*vma = *orig;
		INIT_LIST_HEAD(&vma->anon_vma_chain);
		vma->vm_next = vma->vm_prev = NULL;
	}
	return vma;
}

void vm_area_free(struct vm_area_struct *vma)
{
	kmem_cache_free(vma_cache, vma);
}

/* ---- gaps ---- */

static inline unsigned long gap_before(struct vm_area_struct *vma)
{
	unsigned long start = vm_start_gap(vma);
	unsigned long prev_end = vma->vm_prev ? vma->vm_prev->vm_end : 0;

	return start > prev_end ? start - prev_end : 0;
}

RB_DECLARE_CALLBACKS_MAX(static, vma_gap, struct vm_area_struct, vm_rb, unsigned long,
			 rb_subtree_gap, gap_before);

static inline void gap_update(struct vm_area_struct *vma)
{
	if (vma)
		vma_gap_propagate(&vma->vm_rb, NULL);
}

struct gap_search {
	unsigned long len, low, high;
	unsigned long found;		/* 0: nothing yet */
};

/* The hole between @prev_end and @next_start, cut to the limits. */
static bool try_gap(struct gap_search *s, unsigned long prev_end, unsigned long next_start,
		    bool topdown)
{
	unsigned long start = max(prev_end, s->low), end = min(next_start, s->high);

	if (end < start || end - start < s->len)
		return false;
	s->found = topdown ? end - s->len : start;
	return true;
}

/* Depth-first in the wanted order, skipping subtrees without a large enough gap. */
static bool search_gaps(struct rb_node *rb, struct gap_search *s, bool topdown)
{
	struct vm_area_struct *vma;
	unsigned long prev_end;

	while (rb) {
		vma = rb_entry(rb, struct vm_area_struct, vm_rb);
		if (vma->rb_subtree_gap < s->len)
			return false;
		prev_end = vma->vm_prev ? vma->vm_prev->vm_end : 0;
		if (topdown) {
			/* gaps on the right begin at this area's end or later */
			if (vma->vm_end < s->high && search_gaps(rb->rb_right, s, true))
				return true;
			if (try_gap(s, prev_end, vm_start_gap(vma), true))
				return true;
			if (vm_start_gap(vma) <= s->low)
				return false;
			rb = rb->rb_left;
		} else {
			if (vma->vm_start > s->low && search_gaps(rb->rb_left, s, false))
				return true;
			if (try_gap(s, prev_end, vm_start_gap(vma), false))
				return true;
			if (vma->vm_end >= s->high)
				return false;
			rb = rb->rb_right;
		}
	}
	return false;
}

/* A hole of @len bytes in [low, high), the highest or lowest one; -ENOMEM. */
unsigned long vm_unmapped_area(struct mm_struct *mm, unsigned long len, unsigned long low,
			       unsigned long high, bool topdown)
{
	struct gap_search s = {.len = len, .low = low, .high = high};

	if (low >= high || high - low < len)
		return -ENOMEM;
	/* behind the last area there is no node to stand for the gap */
	if (topdown && try_gap(&s, mm->highest_vm_end, ~0UL, true))
		return s.found;
	if (search_gaps(mm->mm_rb.rb_node, &s, topdown))
		return s.found;
	if (!topdown && try_gap(&s, mm->highest_vm_end, ~0UL, false))
		return s.found;
	return -ENOMEM;
}

/* ---- look up ---- */

/* The first area that ends above @addr (it need not contain it), or NULL. */
struct vm_area_struct *find_vma(struct mm_struct *mm, unsigned long addr)
{
	struct rb_node *rb = mm->mm_rb.rb_node;
	struct vm_area_struct *found = NULL;

	while (rb) {
		struct vm_area_struct *vma = rb_entry(rb, struct vm_area_struct, vm_rb);

		if (vma->vm_end > addr) {
			found = vma;
			if (vma->vm_start <= addr)
				break;
			rb = rb->rb_left;
		} else {
			rb = rb->rb_right;
		}
	}
	return found;
}

struct vm_area_struct *find_vma_prev(struct mm_struct *mm, unsigned long addr,
				     struct vm_area_struct **pprev)
{
	struct vm_area_struct *vma = find_vma(mm, addr);

	if (vma) {
		*pprev = vma->vm_prev;
	} else {
		struct rb_node *rb = rb_last(&mm->mm_rb);

		*pprev = rb ? rb_entry(rb, struct vm_area_struct, vm_rb) : NULL;
	}
	return vma;
}

struct vm_area_struct *find_vma_intersection(struct mm_struct *mm, unsigned long start,
					     unsigned long end)
{
	struct vm_area_struct *vma = find_vma(mm, start);

	return vma && vma->vm_start < end ? vma : NULL;
}

/* ---- linking ---- */

static void link_to_mm(struct mm_struct *mm, struct vm_area_struct *vma)
{
	struct rb_node **link = &mm->mm_rb.rb_node, *parent = NULL;
	struct vm_area_struct *prev = NULL;

	while (*link) {
		struct vm_area_struct *v = rb_entry(*link, struct vm_area_struct, vm_rb);

		parent = *link;
		if (vma->vm_start < v->vm_start) {
			link = &parent->rb_left;
		} else {
			link = &parent->rb_right;
			prev = v;
		}
	}
	vma->vm_prev = prev;
	if (prev) {
		vma->vm_next = prev->vm_next;
		prev->vm_next = vma;
	} else {
		vma->vm_next = mm->mmap;
		mm->mmap = vma;
	}
	/* The next area's gap first: rotations recompute nodes without going up to the root. */
	if (vma->vm_next) {
		vma->vm_next->vm_prev = vma;
		gap_update(vma->vm_next);
	} else {
		mm->highest_vm_end = vma->vm_end;
	}
	vma->rb_subtree_gap = 0;
	rb_link_node(&vma->vm_rb, parent, link);
	gap_update(vma);
	rb_insert_augmented(&vma->vm_rb, &mm->mm_rb, &vma_gap);
	mm->map_count++;
}

static void unlink_from_mm(struct mm_struct *mm, struct vm_area_struct *vma)
{
	struct vm_area_struct *next = vma->vm_next, *prev = vma->vm_prev;

	rb_erase_augmented(&vma->vm_rb, &mm->mm_rb, &vma_gap);
	if (prev)
		prev->vm_next = next;
	else
		mm->mmap = next;
	if (next)
		next->vm_prev = prev;
	else
		mm->highest_vm_end = prev ? prev->vm_end : 0;
	gap_update(next);
	mm->map_count--;
}

/* i_mmap_rwsem held exclusively. */
static void link_to_file(struct vm_area_struct *vma, struct address_space *mapping)
{
	if (vma->vm_flags & VM_SHARED)
		atomic_inc(&mapping->i_mmap_writable);
	vma_interval_tree_insert(vma, &mapping->i_mmap);
}

static void unlink_from_file(struct vm_area_struct *vma, struct address_space *mapping)
{
	if (vma->vm_flags & VM_SHARED)
		atomic_dec(&mapping->i_mmap_writable);
	vma_interval_tree_remove(vma, &mapping->i_mmap);
}

static inline struct address_space *vma_mapping(struct vm_area_struct *vma)
{
	return vma->vm_file ? vma->vm_file->f_mapping : NULL;
}

/* A finished new area becomes visible.  mmap_sem exclusive. */
void vma_link(struct mm_struct *mm, struct vm_area_struct *vma)
{
	struct address_space *mapping = vma_mapping(vma);

	link_to_mm(mm, vma);
	if (mapping) {
		i_mmap_lock_write(mapping);
		link_to_file(vma, mapping);
		i_mmap_unlock_write(mapping);
	}
}

/* Out of the list and tree only; reverse mapping still finds it (see unlink_file_vma). */
void vma_unlink(struct mm_struct *mm, struct vm_area_struct *vma)
{
	unlink_from_mm(mm, vma);
}

/* Hide a file area from reverse mapping, before its page tables are freed. */
void unlink_file_vma(struct vm_area_struct *vma)
{
	struct address_space *mapping = vma_mapping(vma);

	if (!mapping)
		return;
	i_mmap_lock_write(mapping);
	unlink_from_file(vma, mapping);
	i_mmap_unlock_write(mapping);
}

/* The last act: the area is in no tree any more. */
void remove_vma(struct vm_area_struct *vma)
{
	might_sleep();
	if (vma->vm_ops && vma->vm_ops->close)
		vmop_close(vma->vm_ops, vma);
	if (vma->vm_file)
		fput(vma->vm_file);
	vm_area_free(vma);
}

/* ---- changing bounds ---- */

static void anon_trees_remove(struct vm_area_struct *vma)
{
	struct anon_vma_chain *avc;

	list_for_each_entry(avc, &vma->anon_vma_chain, same_vma)
		anon_vma_interval_tree_remove(avc, &avc->anon_vma->rb_root);
}

static void anon_trees_insert(struct vm_area_struct *vma)
{
	struct anon_vma_chain *avc;

	list_for_each_entry(avc, &vma->anon_vma_chain, same_vma)
		anon_vma_interval_tree_insert(avc, &avc->anon_vma->rb_root);
}

/* After a change of vm_end made by a caller that did the tree work itself. */
void vma_bounds_moved(struct vm_area_struct *vma)
{
	gap_update(vma);
	if (vma->vm_next)
		gap_update(vma->vm_next);
	else
		vma->vm_mm->highest_vm_end = vma->vm_end;
}

/*
 * Give @vma new bounds; @insert (NULL or not yet visible) enters the file's tree in the same
 * critical section, so that a walker always finds every page through some area.
 */
static void change_bounds(struct vm_area_struct *vma, unsigned long start, unsigned long end,
			  unsigned long pgoff, struct vm_area_struct *insert)
{
	struct address_space *mapping = vma_mapping(vma);

	if (mapping) {
		i_mmap_lock_write(mapping);
		vma_interval_tree_remove(vma, &mapping->i_mmap);
	}
	if (vma->anon_vma) {
		anon_vma_lock_write(vma->anon_vma);
		anon_trees_remove(vma);
	}
	vma->vm_start = start;
	vma->vm_end = end;
	vma->vm_pgoff = pgoff;
	if (vma->anon_vma) {
		anon_trees_insert(vma);
		anon_vma_unlock_write(vma->anon_vma);
	}
	if (mapping) {
		vma_interval_tree_insert(vma, &mapping->i_mmap);
		if (insert)
			link_to_file(insert, mapping);
		i_mmap_unlock_write(mapping);
	}
	vma_bounds_moved(vma);
	if (insert)
		link_to_mm(vma->vm_mm, insert);
}

/* mmap_sem exclusive; no overlap with a neighbour may result. */
void vma_adjust_bounds(struct vm_area_struct *vma, unsigned long start, unsigned long end,
		      unsigned long pgoff)
{
	change_bounds(vma, start, end, pgoff, NULL);
}

/*
 * Cut @vma in two at @addr.  @new_below: the new area is the lower part, so that @vma goes on to
 * stand for the upper one.  mmap_sem exclusive.  0 or -ENOMEM.
 */
int split_vma(struct mm_struct *mm, struct vm_area_struct *vma, unsigned long addr, bool new_below)
{
	unsigned long delta = (addr - vma->vm_start) >> PAGE_SHIFT;
	struct vm_area_struct *new;

	if (mm->map_count >= MAX_MAP_COUNT)
		return -ENOMEM;
	new = vm_area_dup(vma);
	if (!new)
		return -ENOMEM;
	if (new_below) {
		new->vm_end = addr;
	} else {
		new->vm_start = addr;
		new->vm_pgoff += delta;
	}
	if (anon_vma_clone(new, vma)) {
		vm_area_free(new);
		return -ENOMEM;
	}
	if (new->vm_file)
		get_file(new->vm_file);
	if (new->vm_ops && new->vm_ops->open)
		vmop_open(new->vm_ops, new);
	if (new_below)
		change_bounds(vma, addr, vma->vm_end, vma->vm_pgoff + delta, new);
	else
		change_bounds(vma, vma->vm_start, addr, vma->vm_pgoff, new);
	return 0;
}
