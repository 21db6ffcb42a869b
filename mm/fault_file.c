// SPDX-License-Identifier: MIT
/*
 * Faults on areas with operations: files, shared memory, devices.
 *
 * The file system finds the page (->fault) and returns it locked, so that truncation waits; the
 * entry is set under the page lock, and truncation unmaps after it has shrunk the file, so no entry
 * can survive it.  A shared page becomes writable only through ->page_mkwrite, which may allocate
 * blocks and may find that the page is gone (then the fault is repeated); after it the page is dirty
 * and stays so until writeback has write-protected it again.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "fs/file.h"
#include "fs/inode.h"
#include "gen/vm_operations_struct.h"
#include "mm/internal.h"
#include "mm/pagemap.h"
#include "mm/pgtable.h"
#include "mm/rmap.h"
#include "mm/swap.h"
#include "mm/writeback.h"
#include "kernel/x86/tlbflush.h"

#define FAULT_AROUND_BYTES (64UL << 10)

/* A page for the copy of a private write fault. */
static struct page *alloc_cow_page(void)
{
	return alloc_page(GFP_HIGHUSER_MOVABLE);
}

/*
 * Ask the file system for the page.  On success vmf->page is locked and referenced.  A table is
 * allocated first: with the page lock held, allocating could wait for writeback of this very page.
 */
static vm_fault_t __do_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	vm_fault_t ret;

	if (pmd_none(pmd_read(vmf->pmd)) && !vmf->prealloc_pte) {
		vmf->prealloc_pte = pte_alloc_one(vma->vm_mm);
		if (!vmf->prealloc_pte)
			return VM_FAULT_OOM;
	}
	ret = vmop_fault(vma->vm_ops, vma, vmf);
	if (ret & (VM_FAULT_ERROR | VM_FAULT_NOPAGE | VM_FAULT_RETRY | VM_FAULT_DONE_COW))
		return ret;
	if (!(ret & VM_FAULT_LOCKED))
		lock_page(vmf->page);
	return ret | VM_FAULT_LOCKED;
}

/* Table locked, entry empty.  Takes over one reference of @page. */
void do_set_pte(struct vm_area_struct *vma, unsigned long address, struct page *page, pte_t *pte,
		bool write, bool anon)
{
	pte_t entry = mk_pte(page, vma->vm_page_prot);

	if (write) {
		entry = pte_mkdirty(entry);
		if (vma->vm_flags & VM_WRITE)
			entry = pte_mkwrite(entry);
	}
	if (anon) {
		add_mm_counter(vma->vm_mm, MM_ANONPAGES, 1);
		page_add_new_anon_rmap(page, vma, address);
		lru_cache_add_active_or_unevictable(page, vma);
	} else {
		add_mm_counter(vma->vm_mm, MM_FILEPAGES, 1);
		page_add_file_rmap(page);
	}
	set_pte(pte, entry);
}

/* Map @page, which is locked (or a private copy).  Its reference moves into the entry on success. */
static vm_fault_t finish_fault(struct vm_fault *vmf, struct page *page, bool write, bool anon)
{
	struct vm_area_struct *vma = vmf->vma;
	vm_fault_t ret = 0;

	if (pmd_none(pmd_read(vmf->pmd)))
		pmd_install(vma->vm_mm, vmf->pmd, &vmf->prealloc_pte);
	vmf->pte = pte_offset_map_lock(vma->vm_mm, vmf->pmd, vmf->address, &vmf->ptl);
	if (pte_none(pte_read(vmf->pte)))
		do_set_pte(vma, vmf->address, page, vmf->pte, write, anon);
	else
		ret = VM_FAULT_NOPAGE;
	pte_unmap_unlock(vmf->pte, vmf->ptl);
	return ret;
}

/*
 * Map what is cached around the fault: an aligned window, cut to the area and to one table of
 * entries.  The table is locked over the call (the operation must not block).
 */
static vm_fault_t do_fault_around(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	unsigned long address = vmf->address, start, end;
	pgoff_t pgoff = vmf->pgoff;
	vm_fault_t ret = 0;
	spinlock_t *ptl;
	pte_t *pte;

	if (pte_alloc(vma->vm_mm, vmf->pmd))
		return VM_FAULT_OOM;
	start = max3(address & ~(FAULT_AROUND_BYTES - 1), vma->vm_start, address & PMD_MASK);
	end = min3((address & ~(FAULT_AROUND_BYTES - 1)) + FAULT_AROUND_BYTES, vma->vm_end,
		   (address & PMD_MASK) + PMD_SIZE);
	pte = pte_offset_map_lock(vma->vm_mm, vmf->pmd, start, &ptl);
	vmf->pte = pte;
	vmf->ptl = ptl;
	vmf->address = start;
	vmf->start_pgoff = pgoff - ((address - start) >> PAGE_SHIFT);
	vmf->end_pgoff = vmf->start_pgoff + ((end - start) >> PAGE_SHIFT) - 1;
	vmop_map_pages(vma->vm_ops, vma, vmf);
	if (!pte_none(pte_read(pte + ((address - start) >> PAGE_SHIFT))))
		ret = VM_FAULT_NOPAGE;
	pte_unmap_unlock(pte, ptl);
	vmf->address = address;
	vmf->pgoff = pgoff;
	vmf->pte = NULL;
	return ret;
}

static vm_fault_t do_read_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	vm_fault_t ret;

	if (vma->vm_ops->map_pages) {
		ret = do_fault_around(vmf);
		if (ret)
			return ret;
	}
	ret = __do_fault(vmf);
	if (ret & (VM_FAULT_ERROR | VM_FAULT_NOPAGE | VM_FAULT_RETRY))
		return ret;
	ret |= finish_fault(vmf, vmf->page, false, false);
	unlock_page(vmf->page);
	if (ret & (VM_FAULT_ERROR | VM_FAULT_NOPAGE))
		put_page(vmf->page);
	return ret & ~VM_FAULT_LOCKED;
}

/* Write to a private mapping of a page not mapped yet: copy at once. */
static vm_fault_t do_cow_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	vm_fault_t ret;

	if (anon_vma_prepare(vma))
		return VM_FAULT_OOM;
	vmf->cow_page = alloc_cow_page();
	if (!vmf->cow_page)
		return VM_FAULT_OOM;
	ret = __do_fault(vmf);
	if (ret & (VM_FAULT_ERROR | VM_FAULT_NOPAGE | VM_FAULT_RETRY)) {
		put_page(vmf->cow_page);
		return ret;
	}
	if (!(ret & VM_FAULT_DONE_COW))
		copy_page(page_address(vmf->cow_page), page_address(vmf->page));
	__SetPageUptodate(vmf->cow_page);
	ret |= finish_fault(vmf, vmf->cow_page, true, true);
	if (ret & VM_FAULT_LOCKED) {
		unlock_page(vmf->page);
		put_page(vmf->page);
	}
	if (ret & (VM_FAULT_ERROR | VM_FAULT_NOPAGE))
		put_page(vmf->cow_page);
	return ret & ~VM_FAULT_LOCKED;
}

/*
 * Tell the file system that vmf->page is about to be written through a mapping.  On success
 * (VM_FAULT_LOCKED) the page is locked and still in its file; 0: it was truncated, try again.
 */
vm_fault_t do_page_mkwrite(struct vm_fault *vmf)
{
	unsigned int old_flags = vmf->flags;
	struct page *page = vmf->page;
	vm_fault_t ret;

	vmf->flags = FAULT_FLAG_WRITE | FAULT_FLAG_MKWRITE;
	ret = vmop_page_mkwrite(vmf->vma->vm_ops, vmf->vma, vmf);
	vmf->flags = old_flags;
	if (ret & (VM_FAULT_ERROR | VM_FAULT_NOPAGE))
		return ret;
	if (!(ret & VM_FAULT_LOCKED)) {
		lock_page(page);
		if (!page->mapping) {
			unlock_page(page);
			return 0;
		}
		ret |= VM_FAULT_LOCKED;
	}
	return ret;
}

/* The entry is writable, the page locked: dirty it, unlock, and hold the writer back if need be. */
vm_fault_t fault_dirty_shared_page(struct vm_area_struct *vma, struct page *page)
{
	bool mkwrite = vma->vm_ops && vma->vm_ops->page_mkwrite;
	bool dirtied = set_page_dirty(page);
	/* stable while locked; the inode lives as long as vma->vm_file */
	struct address_space *mapping = page_mapping(page);

	unlock_page(page);
	if (!mkwrite && vma->vm_file)
		file_update_time(vma->vm_file);
	if ((dirtied || mkwrite) && mapping)
		balance_dirty_pages_ratelimited(mapping);
	return 0;
}

static vm_fault_t do_shared_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	vm_fault_t ret, tmp;

	ret = __do_fault(vmf);
	if (ret & (VM_FAULT_ERROR | VM_FAULT_NOPAGE | VM_FAULT_RETRY))
		return ret;
	if (vma->vm_ops->page_mkwrite) {
		unlock_page(vmf->page);
		tmp = do_page_mkwrite(vmf);
		if (!tmp || (tmp & (VM_FAULT_ERROR | VM_FAULT_NOPAGE))) {
			put_page(vmf->page);
			return tmp;
		}
	}
	ret |= finish_fault(vmf, vmf->page, true, false);
	if (ret & (VM_FAULT_ERROR | VM_FAULT_NOPAGE)) {
		unlock_page(vmf->page);
		put_page(vmf->page);
		return ret & ~VM_FAULT_LOCKED;
	}
	ret |= fault_dirty_shared_page(vma, vmf->page);
	return ret & ~VM_FAULT_LOCKED;
}

vm_fault_t do_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct mm_struct *mm = vma->vm_mm;
	vm_fault_t ret;

	if (!vma->vm_ops->fault)
		ret = VM_FAULT_SIGBUS;
	else if (!(vmf->flags & FAULT_FLAG_WRITE))
		ret = do_read_fault(vmf);
	else if (!(vma->vm_flags & VM_SHARED))
		ret = do_cow_fault(vmf);
	else
		ret = do_shared_fault(vmf);
	/* mmap_sem may be gone (VM_FAULT_RETRY) and the area with it: only mm may be used */
	if (vmf->prealloc_pte) {
		pte_free(mm, vmf->prealloc_pte);
		vmf->prealloc_pte = NULL;
	}
	return ret;
}

/* ---- first write to a shared page that is mapped read-only ---- */

/*
 * For page_mkwrite paths: make the entry writable if it is still the one that faulted.  The page is
 * locked.  0, or VM_FAULT_NOPAGE to look again.
 */
vm_fault_t finish_mkwrite_fault(struct vm_fault *vmf)
{
	pte_t entry;

	vmf->pte = pte_offset_map_lock(vmf->vma->vm_mm, vmf->pmd, vmf->address, &vmf->ptl);
	if (pte_val(pte_read(vmf->pte)) != pte_val(vmf->orig_pte)) {
		pte_unmap_unlock(vmf->pte, vmf->ptl);
		return VM_FAULT_NOPAGE;
	}
	entry = pte_mkyoung(pte_mkdirty(vmf->orig_pte));
	if (vmf->vma->vm_flags & VM_WRITE)
		entry = pte_mkwrite(entry);
	set_pte(vmf->pte, entry);
	flush_tlb_local_page(vmf->address);
	pte_unmap_unlock(vmf->pte, vmf->ptl);
	return 0;
}

static vm_fault_t wp_pfn_shared(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;

	pte_unmap_unlock(vmf->pte, vmf->ptl);
	if (vma->vm_ops && vma->vm_ops->pfn_mkwrite) {
		vm_fault_t ret = vmop_pfn_mkwrite(vma->vm_ops, vma, vmf);

		if (ret & (VM_FAULT_ERROR | VM_FAULT_NOPAGE))
			return ret;
	}
	return finish_mkwrite_fault(vmf) | VM_FAULT_WRITE;
}

/* Entered with the table locked and the entry equal to orig_pte; returns unlocked. */
vm_fault_t do_shared_wp(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct page *page = vm_normal_page(vma, vmf->address, vmf->orig_pte);
	vm_fault_t ret = VM_FAULT_WRITE, tmp;

	if (!page)
		return wp_pfn_shared(vmf);
	get_page(page);
	pte_unmap_unlock(vmf->pte, vmf->ptl);
	vmf->page = page;
	if (vma->vm_ops && vma->vm_ops->page_mkwrite) {
		tmp = do_page_mkwrite(vmf);
		if (!tmp || (tmp & (VM_FAULT_ERROR | VM_FAULT_NOPAGE))) {
			put_page(page);
			return tmp;
		}
	} else {
		lock_page(page);
	}
	tmp = finish_mkwrite_fault(vmf);
	if (tmp & (VM_FAULT_ERROR | VM_FAULT_NOPAGE)) {
		unlock_page(page);
		put_page(page);
		return tmp;
	}
	ret |= fault_dirty_shared_page(vma, page);
	put_page(page);
	return ret;
}
