// SPDX-License-Identifier: MIT
/*
 * From a page to its page-table entries, and what reclaim and writeback do with them.
 *
 * A walk finds candidates in an interval tree; only the entry itself, read under its table's lock,
 * says whether the page is mapped there.  Areas cannot go away meanwhile: unmapping takes them out
 * of the tree (exclusive lock) before it frees their page tables.
 *
 * Dirty tracking: a shared file page that is clean has no writable entry.  page_mkclean() restores
 * that before the page is written to disk; the TLB flush happens before it returns, so no store can
 * follow unseen.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/printk.h"
#include "mm/internal.h"
#include "mm/pagemap.h"
#include "mm/pgtable.h"
#include "mm/rmap.h"
#include "mm/rmap_walk.h"
#include "fs/file.h"
#include "mm/vmstat.h"

static unsigned long vma_address(struct page *page, struct vm_area_struct *vma)
{
	return vma->vm_start + ((page->index - vma->vm_pgoff) << PAGE_SHIFT);
}

/* -EFAULT (as an address) if @page cannot be mapped in @vma.  mmap_sem or tree lock held. */
unsigned long page_address_in_vma(struct page *page, struct vm_area_struct *vma)
{
	unsigned long addr;

	if (PageAnon(page)) {
		struct anon_vma *av = (void *)((unsigned long)page->mapping - PAGE_MAPPING_ANON);

		if (!vma->anon_vma || vma->anon_vma->root != av->root)
			return -EFAULT;
	} else if (!page->mapping || !vma->vm_file || vma->vm_file->f_mapping != page->mapping) {
		return -EFAULT;
	}
	addr = vma_address(page, vma);
	return addr < vma->vm_start || addr >= vma->vm_end ? -EFAULT : addr;
}

pte_t *page_check_address(struct page *page, struct mm_struct *mm, unsigned long addr, bool sync,
			  spinlock_t **ptlp)
{
	pmd_t *pmd = mm_find_pmd(mm, addr);
	pte_t *pte, entry;

	if (!pmd)
		return NULL;
	/*
	 * A look without the lock saves most of the locking.  It may miss an entry that is being
	 * changed and is empty for a moment, so it is not for callers that must find all.
	 */
	entry = pte_read(pte_offset(pmd, addr));
	if (!sync && (!pte_present(entry) || pte_pfn(entry) != page_to_pfn(page)))
		return NULL;
	pte = pte_offset_map_lock(mm, pmd, addr, ptlp);
	entry = pte_read(pte);
	if (pte_present(entry) && pte_pfn(entry) == page_to_pfn(page))
		return pte;
	pte_unmap_unlock(pte, *ptlp);
	return NULL;
}

int page_mapped_in_vma(struct page *page, struct vm_area_struct *vma)
{
	unsigned long addr = page_address_in_vma(page, vma);
	spinlock_t *ptl;
	pte_t *pte;

	if (addr == (unsigned long)-EFAULT)
		return 0;
	pte = page_check_address(page, vma->vm_mm, addr, true, &ptl);
	if (!pte)
		return 0;
	pte_unmap_unlock(pte, ptl);
	return 1;
}

static void walk_anon(struct page *page,
		      bool (*fn)(struct page *, struct vm_area_struct *, unsigned long, void *),
		      void *arg)
{
	struct anon_vma *av = page_lock_anon_vma_read(page);
	struct anon_vma_chain *avc;

	if (!av)
		return;
	anon_vma_interval_tree_foreach(avc, &av->rb_root, page->index, page->index) {
		if (!fn(page, avc->vma, vma_address(page, avc->vma), arg))
			break;
	}
	page_unlock_anon_vma_read(av);
}

static void walk_file(struct page *page,
		      bool (*fn)(struct page *, struct vm_area_struct *, unsigned long, void *),
		      void *arg)
{
	struct address_space *mapping = page_mapping(page);
	struct vm_area_struct *vma;

	VM_BUG_ON_PAGE(!PageLocked(page), page);
	if (!mapping)
		return;
	i_mmap_lock_read(mapping);
	vma_interval_tree_foreach(vma, &mapping->i_mmap, page->index, page->index) {
		if (!fn(page, vma, vma_address(page, vma), arg))
			break;
	}
	i_mmap_unlock_read(mapping);
}

void rmap_walk(struct page *page,
	       bool (*fn)(struct page *page, struct vm_area_struct *vma, unsigned long addr,
			  void *arg),
	       void *arg)
{
	if (PageAnon(page))
		walk_anon(page, fn, arg);
	else
		walk_file(page, fn, arg);
}

/* ---- referenced ---- */

struct referenced_arg {
	int referenced;
	unsigned long vm_flags;
};

static bool referenced_one(struct page *page, struct vm_area_struct *vma, unsigned long addr,
			   void *p)
{
	struct referenced_arg *a = p;
	spinlock_t *ptl;
	pte_t *pte = page_check_address(page, vma->vm_mm, addr, false, &ptl);

	if (!pte)
		return true;
	if (vma->vm_flags & VM_LOCKED) {
		pte_unmap_unlock(pte, ptl);
		a->vm_flags |= VM_LOCKED;
		return false;
	}
	/*
	 * No TLB flush: a CPU with the translation cached may touch the page without setting the
	 * bit again, and then the page looks older than it is.  It is only a hint.
	 */
	if (ptep_test_and_clear_young(pte) && !(vma->vm_flags & VM_SEQ_READ))
		a->referenced++;
	pte_unmap_unlock(pte, ptl);
	if (a->referenced)
		a->vm_flags |= vma->vm_flags;
	return page_mapcount(page) > 0;
}

int page_referenced(struct page *page, int is_locked, unsigned long *vm_flags)
{
	struct referenced_arg a = {0};
	bool we_locked = false;

	*vm_flags = 0;
	if (!page_mapped(page) || !page->mapping)
		return 0;
	if (!is_locked && !PageAnon(page)) {
		we_locked = trylock_page(page);
		if (!we_locked)
			return 1;
	}
	rmap_walk(page, referenced_one, &a);
	*vm_flags = a.vm_flags;
	if (we_locked)
		unlock_page(page);
	return a.referenced;
}

/* ---- write protection for dirty tracking ---- */

static bool mkclean_one(struct page *page, struct vm_area_struct *vma, unsigned long addr,
			void *arg)
{
	unsigned long old, new;
	spinlock_t *ptl;
	pte_t *pte;

	if (!(vma->vm_flags & VM_SHARED))
		return true;
	/* one entry missed would let stores go unseen */
	pte = page_check_address(page, vma->vm_mm, addr, true, &ptl);
	if (!pte)
		return true;
	do {
		old = pte_val(pte_read(pte));
		new = old & ~(_PAGE_RW | _PAGE_DIRTY);
		if (old == new)
			break;
	} while (cmpxchg(&pte->pte, old, new) != old);
	if (old != new) {
		flush_tlb_page(vma, addr);
		(*(int *)arg)++;
	}
	pte_unmap_unlock(pte, ptl);
	return true;
}

int page_mkclean(struct page *page)
{
	int cleaned = 0;

	BUG_ON(!PageLocked(page));
	if (!page_mapped(page) || !page_mapping(page))
		return 0;
	rmap_walk(page, mkclean_one, &cleaned);
	return cleaned;
}

/* ---- unmapping ---- */

struct unmap_arg {
	enum ttu_flags flags;
	bool failed;
};

static bool unmap_one(struct page *page, struct vm_area_struct *vma, unsigned long addr, void *p)
{
	struct unmap_arg *a = p;
	struct mm_struct *mm = vma->vm_mm;
	spinlock_t *ptl;
	pte_t *pte, entry;

	/* one that is missed keeps the page mapped, and reclaim tries again */
	pte = page_check_address(page, mm, addr, false, &ptl);
	if (!pte)
		return true;
	if ((vma->vm_flags & VM_LOCKED) && !(a->flags & TTU_IGNORE_MLOCK))
		goto keep;
	if (!(a->flags & TTU_IGNORE_ACCESS) && ptep_test_and_clear_young(pte))
		goto keep;
	/* An anonymous page has no other home than its entries: there is no swap to note in them. */
	if (PageAnon(page))
		goto keep;
	entry = ptep_get_and_clear(pte);
	/* before the page can be seen as unmapped: stores through stale translations end here */
	flush_tlb_page(vma, addr);
	if (pte_dirty(entry))
		set_page_dirty(page);
	add_mm_counter(mm, mm_counter(page), -1);
	page_remove_rmap(page);
	put_page(page);
	pte_unmap_unlock(pte, ptl);
	return true;
keep:
	pte_unmap_unlock(pte, ptl);
	a->failed = true;
	return false;
}

bool try_to_unmap(struct page *page, enum ttu_flags flags)
{
	struct unmap_arg a = {.flags = flags};

	BUG_ON(!PageLocked(page));
	rmap_walk(page, unmap_one, &a);
	return !a.failed && !page_mapped(page);
}

/* ---- accounting of entries; page-table lock held ---- */

static void set_anon_owner(struct page *page, struct vm_area_struct *vma, unsigned long address)
{
	BUG_ON(!vma->anon_vma);
	page->index = vma->vm_pgoff + ((address - vma->vm_start) >> PAGE_SHIFT);
	WRITE_ONCE(page->mapping, (struct address_space *)((unsigned long)vma->anon_vma |
							   PAGE_MAPPING_ANON));
}

/* The first entry of a page that nobody else can see yet. */
void page_add_new_anon_rmap(struct page *page, struct vm_area_struct *vma, unsigned long address)
{
	__SetPageSwapBacked(page);
	set_anon_owner(page, vma, address);
	atomic_set(&page->_mapcount, 0);
	inc_page_state(NR_ANON_MAPPED);
}

void page_add_anon_rmap(struct page *page, struct vm_area_struct *vma, unsigned long address)
{
	if (atomic_inc_and_test(&page->_mapcount))
		inc_page_state(NR_ANON_MAPPED);
}

void page_add_file_rmap(struct page *page)
{
	if (atomic_inc_and_test(&page->_mapcount))
		inc_page_state(NR_FILE_MAPPED);
}

void page_remove_rmap(struct page *page)
{
	VM_BUG_ON_PAGE(page_mapcount(page) <= 0, page);
	if (atomic_add_negative(-1, &page->_mapcount))
		dec_page_state(PageAnon(page) ? NR_ANON_MAPPED : NR_FILE_MAPPED);
	/* page->mapping of an anonymous page stays: a walker may be looking at it */
}
