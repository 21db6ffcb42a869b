// SPDX-License-Identifier: MIT
/*
 * Page-table entries in bulk: copied for fork, moved for mremap, changed for mprotect.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/task/sched.h"
#include "fs/file.h"
#include "mm/internal.h"
#include "mm/pagemap.h"
#include "mm/pgtable.h"
#include "mm/rmap.h"

/* ---- fork ---- */

/* Both tables locked. */
static void copy_one_pte(struct mm_struct *dst_mm, struct vm_area_struct *vma, pte_t *dst,
			 pte_t *src, unsigned long addr)
{
	pte_t entry = pte_read(src);
	struct page *page;

	if (pte_none(entry) || !pte_present(entry))
		return;
	if (!(vma->vm_flags & VM_SHARED) && pte_write(entry)) {
		ptep_set_wrprotect(src);
		entry = pte_wrprotect(entry);
	}
	if (vma->vm_flags & VM_SHARED)
		entry = pte_mkclean(entry);
	page = vm_normal_page(vma, addr, entry);
	if (page) {
		get_page(page);
		page_dup_rmap(page);
		add_mm_counter(dst_mm, mm_counter(page), 1);
	}
	set_pte(dst, pte_mkold(entry));
}

/* File pages without private copies can be faulted in again: no need to copy the entries. */
static bool can_skip_copy(struct vm_area_struct *vma)
{
	return !(vma->vm_flags & (VM_PFNMAP | VM_MIXEDMAP)) && !vma->anon_vma;
}

/* @vma belongs to @src; both mmap_sems exclusive.  0 or -ENOMEM. */
int copy_page_range(struct mm_struct *dst, struct mm_struct *src, struct vm_area_struct *vma)
{
	unsigned long addr, next;

	if (can_skip_copy(vma))
		return 0;
	for (addr = vma->vm_start; addr < vma->vm_end; addr = next) {
		pmd_t *src_pmd = mm_find_pmd(src, addr), *dst_pmd;
		spinlock_t *src_ptl, *dst_ptl;
		pte_t *s, *d;

		next = pmd_addr_end(addr, vma->vm_end);
		if (!src_pmd)
			continue;
		dst_pmd = mm_alloc_pmd(dst, addr);
		if (!dst_pmd || pte_alloc(dst, dst_pmd))
			return -ENOMEM;
		d = pte_offset_map_lock(dst, dst_pmd, addr, &dst_ptl);
		src_ptl = pte_lockptr(src, src_pmd);
		spin_lock_nested(src_ptl, SINGLE_DEPTH_NESTING);
		s = pte_offset(src_pmd, addr);
		for (; addr < next; addr += PAGE_SIZE, s++, d++)
			copy_one_pte(dst, vma, d, s, addr);
		spin_unlock(src_ptl);
		spin_unlock(dst_ptl);
		cond_resched();
	}
	return 0;
}

/* ---- mremap ---- */

/*
 * Move the entries of one table's worth.  The old range is flushed before its table is unlocked, so
 * that no store through an old translation can follow a write-protection of the new entry.
 */
static void move_ptes(struct vm_area_struct *vma, pmd_t *old_pmd, unsigned long old_addr,
		      unsigned long old_end, pmd_t *new_pmd, unsigned long new_addr)
{
	struct mm_struct *mm = vma->vm_mm;
	unsigned long start = old_addr;
	spinlock_t *old_ptl, *new_ptl;
	bool moved = false;
	pte_t *o, *n;

	o = pte_offset_map_lock(mm, old_pmd, old_addr, &old_ptl);
	n = pte_offset(new_pmd, new_addr);
	new_ptl = pte_lockptr(mm, new_pmd);
	/* mmap_sem is exclusive: nobody else takes two of these locks in this address space */
	if (new_ptl != old_ptl)
		spin_lock_nested(new_ptl, SINGLE_DEPTH_NESTING);
	for (; old_addr < old_end; old_addr += PAGE_SIZE, o++, n++) {
		pte_t entry;

		if (pte_none(pte_read(o)))
			continue;
		entry = ptep_get_and_clear(o);
		moved |= pte_hw_present(entry);
		set_pte(n, entry);
	}
	if (moved)
		flush_tlb_range(vma, start, old_end);
	if (new_ptl != old_ptl)
		spin_unlock(new_ptl);
	spin_unlock(old_ptl);
}

/*
 * Bytes moved; less than @len means no memory for a table.  @need_rmap_locks: a reverse walk may
 * meet the areas in the wrong order and miss a page on the move, so it is kept out.
 */
unsigned long move_page_tables(struct vm_area_struct *vma, unsigned long old_addr,
			       struct vm_area_struct *new_vma, unsigned long new_addr,
			       unsigned long len, bool need_rmap_locks)
{
	struct address_space *mapping = vma->vm_file ? vma->vm_file->f_mapping : NULL;
	unsigned long end = old_addr + len, extent;

	for (; old_addr < end; old_addr += extent, new_addr += extent) {
		pmd_t *old_pmd, *new_pmd;

		cond_resched();
		extent = min3(pmd_addr_end(old_addr, end) - old_addr,
			      ((new_addr + PMD_SIZE) & PMD_MASK) - new_addr, end - old_addr);
		old_pmd = mm_find_pmd(vma->vm_mm, old_addr);
		if (!old_pmd)
			continue;
		new_pmd = mm_alloc_pmd(vma->vm_mm, new_addr);
		if (!new_pmd || pte_alloc(vma->vm_mm, new_pmd))
			break;
		if (need_rmap_locks) {
			if (mapping)
				i_mmap_lock_write(mapping);
			if (vma->anon_vma)
				anon_vma_lock_write(vma->anon_vma);
		}
		move_ptes(vma, old_pmd, old_addr, old_addr + extent, new_pmd, new_addr);
		if (need_rmap_locks) {
			if (vma->anon_vma)
				anon_vma_unlock_write(vma->anon_vma);
			if (mapping)
				i_mmap_unlock_write(mapping);
		}
	}
	return len + old_addr - end;
}

/* ---- mprotect ---- */

static bool change_ptes(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr,
			unsigned long end, pgprot_t prot)
{
	bool changed = false;
	spinlock_t *ptl;
	pte_t *pte = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);

	for (; addr < end; addr += PAGE_SIZE, pte++) {
		pte_t old = pte_read(pte), new;

		if (!pte_present(old))
			continue;
		/* out while it changes, so that no accessed or dirty bit is lost */
		old = ptep_get_and_clear(pte);
		new = pte_modify(old, prot);
		set_pte(pte, new);
		changed = true;
	}
	spin_unlock(ptl);
	return changed;
}

/* mmap_sem exclusive.  All CPUs use the new protection on return. */
void change_protection(struct vm_area_struct *vma, unsigned long start, unsigned long end,
		       pgprot_t prot)
{
	bool changed = false;
	unsigned long addr, next;

	for (addr = start; addr < end; addr = next) {
		pmd_t *pmd = mm_find_pmd(vma->vm_mm, addr);

		next = pmd_addr_end(addr, end);
		if (pmd)
			changed |= change_ptes(vma, pmd, addr, next, prot);
		cond_resched();
	}
	if (changed)
		flush_tlb_range(vma, start, end);
}
