// SPDX-License-Identifier: MIT
/*
 * Page faults on anonymous memory and copy on write; the common entry of all faults.
 *
 * mmap_sem is held shared, so areas do not change, but page-table entries do: other threads fault
 * the same page, reclaim removes entries, writeback write-protects them.  Every path reads the
 * entry, prepares without locks, takes the table's lock and goes on only if the entry is still what
 * it was; otherwise the fault is simply repeated by the CPU.
 */
#include "kernel/lib/kernel.h"
#include "kernel/lib/printk.h"
#include "kernel/x86/tlbflush.h"
#include "mm/internal.h"
#include "mm/pgtable.h"
#include "mm/rmap.h"
#include "mm/swap.h"
#include "mm/userfaultfd.h"
#include "mm/vmstat.h"

/* Zeroed, for user memory, uptodate. */
static struct page *alloc_anon_page(bool zero)
{
	struct page *page = alloc_page(GFP_HIGHUSER_MOVABLE | (zero ? __GFP_ZERO : 0));

	if (page)
		__SetPageUptodate(page);
	return page;
}

bool map_anon_page(struct vm_area_struct *vma, pmd_t *pmd, unsigned long address, struct page *page)
{
	struct mm_struct *mm = vma->vm_mm;
	pte_t *pte, entry;
	spinlock_t *ptl;

	if (page) {
		entry = pte_mkdirty(mk_pte(page, vma->vm_page_prot));
		if (vma->vm_flags & VM_WRITE)
			entry = pte_mkwrite(entry);
	} else {
		entry = pte_mkspecial(mk_pte(zero_page, vma->vm_page_prot));
	}
	pte = pte_offset_map_lock(mm, pmd, address, &ptl);
	if (!pte_none(pte_read(pte))) {
		pte_unmap_unlock(pte, ptl);
		return false;
	}
	if (page) {
		add_mm_counter(mm, MM_ANONPAGES, 1);
		page_add_new_anon_rmap(page, vma, address);
		lru_cache_add_active_or_unevictable(page, vma);
	}
	set_pte(pte, entry);
	pte_unmap_unlock(pte, ptl);
	return true;
}

/* First touch of anonymous memory: reading maps the page of zeroes, writing a page of its own. */
static vm_fault_t do_anonymous_page(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct page *page = NULL;

	if (vma->vm_flags & VM_SHARED)
		return VM_FAULT_SIGBUS;		/* shared memory has operations */
	if (vma->vm_flags & VM_UFFD_MISSING)
		return handle_userfault(vmf);
	if (pte_alloc(vma->vm_mm, vmf->pmd))
		return VM_FAULT_OOM;
	if (vmf->flags & FAULT_FLAG_WRITE) {
		if (anon_vma_prepare(vma))
			return VM_FAULT_OOM;
		page = alloc_anon_page(true);
		if (!page)
			return VM_FAULT_OOM;
	}
	if (!map_anon_page(vma, vmf->pmd, vmf->address, page) && page)
		put_page(page);
	return 0;
}

/* ---- write to a write-protected page ---- */

/* Make the entry writable in place.  Table lock held; released here. */
static vm_fault_t wp_page_reuse(struct vm_fault *vmf)
{
	pte_t entry = pte_mkyoung(pte_mkdirty(vmf->orig_pte));

	if (vmf->vma->vm_flags & VM_WRITE)
		entry = pte_mkwrite(entry);
	/* more rights than before: a stale translation just faults once more */
	set_pte(vmf->pte, entry);
	flush_tlb_local_page(vmf->address);
	pte_unmap_unlock(vmf->pte, vmf->ptl);
	return VM_FAULT_WRITE;
}

/*
 * Give the process its own copy.  @old (NULL: the page of zeroes or a raw frame) comes with a
 * reference, which is dropped.
 */
static vm_fault_t wp_page_copy(struct vm_fault *vmf, struct page *old)
{
	struct vm_area_struct *vma = vmf->vma;
	struct mm_struct *mm = vma->vm_mm;
	bool zero = !old && pte_pfn(vmf->orig_pte) == page_to_pfn(zero_page);
	struct page *new = NULL;
	pte_t entry;

	/* registers cannot be copied as if they were memory */
	if (!old && !pfn_valid(pte_pfn(vmf->orig_pte)))
		return VM_FAULT_SIGBUS;
	if (anon_vma_prepare(vma))
		goto oom;
	new = alloc_anon_page(zero);
	if (!new)
		goto oom;
	if (!zero)
		copy_page(page_address(new),
			  old ? page_address(old) : __va(pte_pfn(vmf->orig_pte) << PAGE_SHIFT));
	vmf->pte = pte_offset_map_lock(mm, vmf->pmd, vmf->address, &vmf->ptl);
	if (pte_val(pte_read(vmf->pte)) != pte_val(vmf->orig_pte)) {
		pte_unmap_unlock(vmf->pte, vmf->ptl);
		put_page(new);
		if (old)
			put_page(old);
		return 0;
	}
	if (!old || !PageAnon(old)) {
		if (old)
			add_mm_counter(mm, MM_FILEPAGES, -1);
		add_mm_counter(mm, MM_ANONPAGES, 1);
	}
	entry = pte_mkyoung(pte_mkdirty(mk_pte(new, vma->vm_page_prot)));
	if (vma->vm_flags & VM_WRITE)
		entry = pte_mkwrite(entry);
	/*
	 * Other threads must stop reading the old page before the first of them can write to the
	 * new one, or a store could seem to be undone.
	 */
	ptep_get_and_clear(vmf->pte);
	flush_tlb_page(vma, vmf->address);
	page_add_new_anon_rmap(new, vma, vmf->address);
	lru_cache_add_active_or_unevictable(new, vma);
	set_pte(vmf->pte, entry);
	if (old)
		page_remove_rmap(old);
	pte_unmap_unlock(vmf->pte, vmf->ptl);
	if (old) {
		put_page(old);		/* ours */
		put_page(old);		/* the entry's */
	}
	return VM_FAULT_WRITE;
oom:
	if (old)
		put_page(old);
	return VM_FAULT_OOM;
}

/*
 * The page of an anonymous area with this one entry: no copy needed.  A second mapper could only
 * appear by fork, which needs mmap_sem exclusive.
 */
static bool sole_owner(struct page *page)
{
	return PageAnon(page) && page_mapcount(page) == 1;
}

/* Entered with the table locked and the entry equal to orig_pte; returns unlocked. */
vm_fault_t do_wp_page(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct page *page = vm_normal_page(vma, vmf->address, vmf->orig_pte);

	if (!page) {
		if ((vma->vm_flags & (VM_SHARED | VM_WRITE)) == (VM_SHARED | VM_WRITE))
			return do_shared_wp(vmf);
		pte_unmap_unlock(vmf->pte, vmf->ptl);
		return wp_page_copy(vmf, NULL);
	}
	if (sole_owner(page))
		return wp_page_reuse(vmf);
	if ((vma->vm_flags & (VM_SHARED | VM_WRITE)) == (VM_SHARED | VM_WRITE))
		return do_shared_wp(vmf);
	get_page(page);
	pte_unmap_unlock(vmf->pte, vmf->ptl);
	return wp_page_copy(vmf, page);
}

/* ---- the common entry ---- */

static vm_fault_t handle_pte_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	pte_t entry;

	vmf->orig_pte = __pte(0);
	if (!pmd_none(pmd_read(vmf->pmd)))
		vmf->orig_pte = pte_read(pte_offset(vmf->pmd, vmf->address));
	vmf->pte = NULL;
	if (pte_none(vmf->orig_pte))
		return vma_is_anonymous(vma) ? do_anonymous_page(vmf) : do_fault(vmf);
	if (!pte_present(vmf->orig_pte)) {
		WARN_ONCE(1, "mm: entry %lx at %lx is neither empty nor present\n",
			  pte_val(vmf->orig_pte), vmf->address);
		return VM_FAULT_SIGBUS;
	}
	vmf->pte = pte_offset_map_lock(vma->vm_mm, vmf->pmd, vmf->address, &vmf->ptl);
	if (pte_val(pte_read(vmf->pte)) != pte_val(vmf->orig_pte))
		goto unlock;
	entry = vmf->orig_pte;
	if (vmf->flags & FAULT_FLAG_WRITE) {
		if (!pte_write(entry))
			return do_wp_page(vmf);
		entry = pte_mkdirty(entry);
	}
	entry = pte_mkyoung(entry);
	if (pte_val(entry) != pte_val(vmf->orig_pte)) {
		unsigned long bits = pte_val(entry) & ~pte_val(vmf->orig_pte);

		/* the CPU may be setting bits in it at this moment */
		__atomic_fetch_or(&vmf->pte->pte, bits, __ATOMIC_SEQ_CST);
	}
	flush_tlb_local_page(vmf->address);
unlock:
	pte_unmap_unlock(vmf->pte, vmf->ptl);
	return 0;
}

vm_fault_t handle_mm_fault(struct vm_area_struct *vma, unsigned long address, unsigned int flags)
{
	struct vm_fault vmf = {
		.vma = vma,
		.address = address & PAGE_MASK,
		.flags = flags,
		.pgoff = vma->vm_pgoff + ((address - vma->vm_start) >> PAGE_SHIFT),
		.gfp_mask = GFP_KERNEL,
	};
	vm_fault_t ret;

	might_sleep();
	inc_page_state(PGFAULT);
	/* what was there has gone, and zeroes instead of it would reach files and others' memory; set with mmap_sem exclusive */
	if (unlikely(test_bit(MMF_UNSTABLE, &vma->vm_mm->flags)) && !(vma->vm_flags & VM_SHARED))
		return VM_FAULT_SIGBUS;
	vmf.pmd = mm_alloc_pmd(vma->vm_mm, address);
	if (!vmf.pmd)
		return VM_FAULT_OOM;
	ret = handle_pte_fault(&vmf);
	if (ret & VM_FAULT_MAJOR)
		inc_page_state(PGMAJFAULT);
	return ret;
}
