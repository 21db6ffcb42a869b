// SPDX-License-Identifier: MIT
/*
 * Entries set by drivers and file systems themselves: pages and raw frames.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "mm/internal.h"
#include "mm/pgtable.h"
#include "mm/rmap.h"

static pte_t *lock_entry(struct vm_area_struct *vma, unsigned long addr, spinlock_t **ptlp)
{
	pmd_t *pmd = mm_alloc_pmd(vma->vm_mm, addr);

	if (!pmd || pte_alloc(vma->vm_mm, pmd))
		return NULL;
	return pte_offset_map_lock(vma->vm_mm, pmd, addr, ptlp);
}

/* From ->mmap: the entry takes a reference of its own.  -EBUSY if the address is taken. */
int vm_insert_page(struct vm_area_struct *vma, unsigned long addr, struct page *page)
{
	spinlock_t *ptl;
	pte_t *pte;
	int err = 0;

	if (addr < vma->vm_start || addr >= vma->vm_end)
		return -EFAULT;
	if (!page_count(page) || PageAnon(page) || PageSlab(page))
		return -EINVAL;
	pte = lock_entry(vma, addr, &ptl);
	if (!pte)
		return -ENOMEM;
	if (pte_none(pte_read(pte))) {
		get_page(page);
		add_mm_counter(vma->vm_mm, MM_FILEPAGES, 1);
		page_add_file_rmap(page);
		set_pte(pte, mk_pte(page, vma->vm_page_prot));
		vma->vm_flags |= VM_MIXEDMAP;
	} else {
		err = -EBUSY;
	}
	pte_unmap_unlock(pte, ptl);
	return err;
}

static vm_fault_t insert_pfn(struct vm_area_struct *vma, unsigned long addr, unsigned long pfn,
			     pgprot_t prot, bool mkwrite)
{
	pte_t entry = pte_mkspecial(pfn_pte(pfn, prot));
	spinlock_t *ptl;
	pte_t *pte, old;

	if (addr < vma->vm_start || addr >= vma->vm_end)
		return VM_FAULT_SIGBUS;
	pte = lock_entry(vma, addr, &ptl);
	if (!pte)
		return VM_FAULT_OOM;
	old = pte_read(pte);
	if (mkwrite)
		entry = pte_mkdirty(pte_mkyoung(entry));
	if (mkwrite && (vma->vm_flags & VM_WRITE))
		entry = pte_mkwrite(entry);
	/* an entry for another frame stays: the fault is repeated and finds out why */
	if (pte_none(old) || (mkwrite && pte_pfn(old) == pfn))
		set_pte(pte, entry);
	pte_unmap_unlock(pte, ptl);
	return VM_FAULT_NOPAGE;
}

/* From ->fault of a VM_PFNMAP or VM_MIXEDMAP area. */
vm_fault_t vmf_insert_pfn(struct vm_area_struct *vma, unsigned long addr, unsigned long pfn)
{
	BUG_ON(!(vma->vm_flags & (VM_PFNMAP | VM_MIXEDMAP)));
	return insert_pfn(vma, addr, pfn, vma->vm_page_prot, false);
}

vm_fault_t vmf_insert_mixed_mkwrite(struct vm_area_struct *vma, unsigned long addr,
				    unsigned long pfn)
{
	return insert_pfn(vma, addr, pfn, vma->vm_page_prot, true);
}

/* From ->mmap: frames without struct page, physically contiguous.  0 or -errno. */
int remap_pfn_range(struct vm_area_struct *vma, unsigned long addr, unsigned long pfn,
		    unsigned long size, pgprot_t prot)
{
	unsigned long end = addr + PAGE_ALIGN(size);

	if (addr < vma->vm_start || end > vma->vm_end)
		return -EINVAL;
	vma->vm_flags |= VM_IO | VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP;
	for (; addr < end; addr += PAGE_SIZE, pfn++) {
		if (insert_pfn(vma, addr, pfn, prot, false) != VM_FAULT_NOPAGE)
			return -ENOMEM;
	}
	return 0;
}
