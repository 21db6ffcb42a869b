// SPDX-License-Identifier: MIT
/*
 * Taking mappings away: of a range (munmap, madvise, exit), of a file's range (truncate), and the
 * page tables behind them.
 *
 * Entries are cleared under their table's lock and the pages collected in an mmu_gather, which
 * frees them after the TLB flush.  A dirty shared page is flushed before its table is unlocked:
 * otherwise page_mkclean() could find no entry and let the page be written out while another CPU
 * still stores to it through its TLB.
 */
#include "kernel/lib/kernel.h"
#include "kernel/task/sched.h"
#include "mm/internal.h"
#include "mm/pagemap.h"
#include "mm/pgtable.h"
#include "mm/rmap.h"
#include "mm/swap.h"
#include "mm/tlb.h"

struct page *vm_normal_page(struct vm_area_struct *vma, unsigned long addr, pte_t pte)
{
	if (pte_special(pte))
		return NULL;
	if ((vma->vm_flags & (VM_PFNMAP | VM_MIXEDMAP)) && !pfn_valid(pte_pfn(pte)))
		return NULL;
	return pte_page(pte);
}

/* Table lock held.  False: the gather is full, flush before the next page. */
static bool zap_entry(struct mmu_gather *tlb, struct vm_area_struct *vma, pte_t *pte,
		      unsigned long addr, struct zap_details *details, long *rss,
		      bool *flush_now)
{
	pte_t entry = pte_read(pte);
	struct page *page;

	if (!pte_present(entry)) {
		set_pte(pte, __pte(0));
		return true;
	}
	page = vm_normal_page(vma, addr, entry);
	if (details && details->check_mapping &&
	    (!page || details->check_mapping != page_mapping(page)))
		return true;
	entry = ptep_get_and_clear(pte);
	tlb_remove_tlb_entry(tlb, addr);
	if (!page)
		return true;
	if (!PageAnon(page)) {
		if (pte_dirty(entry)) {
			*flush_now = true;
			set_page_dirty(page);
		}
		if (pte_young(entry) && !(vma->vm_flags & VM_SEQ_READ))
			mark_page_accessed(page);
	}
	rss[mm_counter(page)]--;
	page_remove_rmap(page);
	return !__tlb_remove_page(tlb, page);
}

static void zap_pte_range(struct mmu_gather *tlb, struct vm_area_struct *vma, pmd_t *pmd,
			  unsigned long addr, unsigned long end, struct zap_details *details)
{
	struct mm_struct *mm = tlb->mm;

	while (addr < end) {
		long rss[NR_MM_COUNTERS] = {0};
		bool flush_now = false, room = true;
		spinlock_t *ptl;
		pte_t *pte = pte_offset_map_lock(mm, pmd, addr, &ptl);
		int i;

		for (; addr < end && room; pte++, addr += PAGE_SIZE) {
			if (pte_none(pte_read(pte)))
				continue;
			room = zap_entry(tlb, vma, pte, addr, details, rss, &flush_now);
		}
		if (flush_now)
			tlb_flush_mmu_tlbonly(tlb);
		spin_unlock(ptl);
		for (i = 0; i < NR_MM_COUNTERS; i++) {
			if (rss[i])
				add_mm_counter(mm, i, rss[i]);
		}
		if (flush_now || !room)
			tlb_flush_mmu(tlb);
		cond_resched();
	}
}

void unmap_page_range(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long addr,
		      unsigned long end, struct zap_details *details)
{
	unsigned long next;

	for (; addr < end; addr = next) {
		pgd_t *pgd = pgd_offset(vma->vm_mm, addr);
		pud_t *pud;
		pmd_t *pmd;

		next = pgd_addr_end(addr, end);
		if (pgd_none(pgd_read(pgd)))
			continue;
		pud = pud_offset(pgd, addr);
		next = pud_addr_end(addr, end);
		if (pud_none(pud_read(pud)))
			continue;
		pmd = pmd_offset(pud, addr);
		next = pmd_addr_end(addr, end);
		if (!pmd_none(pmd_read(pmd)))
			zap_pte_range(tlb, vma, pmd, addr, next, details);
	}
}

/* All areas from @vma on, as far as they lie in [start, end). */
void unmap_vmas(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long start,
		unsigned long end)
{
	for (; vma && vma->vm_start < end; vma = vma->vm_next) {
		unsigned long s = max(vma->vm_start, start), e = min(vma->vm_end, end);

		if (s < e)
			unmap_page_range(tlb, vma, s, e, NULL);
	}
}

static void zap_range_details(struct vm_area_struct *vma, unsigned long start, unsigned long end,
			      struct zap_details *details)
{
	struct mmu_gather tlb;

	tlb_gather_mmu(&tlb, vma->vm_mm, start, end);
	unmap_page_range(&tlb, vma, start, end, details);
	tlb_finish_mmu(&tlb);
}

/* mmap_sem at least shared.  The range may span areas; holes are passed over. */
void zap_page_range(struct vm_area_struct *vma, unsigned long start, unsigned long size)
{
	unsigned long end = start + size;
	struct mmu_gather tlb;

	tlb_gather_mmu(&tlb, vma->vm_mm, start, end);
	unmap_vmas(&tlb, vma, start, end);
	tlb_finish_mmu(&tlb);
}

/* ---- files ---- */

void unmap_mapping_pages(struct address_space *mapping, pgoff_t start, pgoff_t nr, bool even_cows)
{
	struct zap_details details = {.check_mapping = even_cows ? NULL : mapping};
	pgoff_t last = nr ? start + nr - 1 : ~0UL;
	struct vm_area_struct *vma;

	if (last < start)
		last = ~0UL;
	if (!mapping_mapped(mapping))
		return;
	i_mmap_lock_read(mapping);
	vma_interval_tree_foreach(vma, &mapping->i_mmap, start, last) {
		pgoff_t vfirst = vma->vm_pgoff, vlast = vfirst + vma_pages(vma) - 1;
		pgoff_t first = max(vfirst, start), end = min(vlast, last);

		zap_range_details(vma, vma->vm_start + ((first - vfirst) << PAGE_SHIFT),
				  vma->vm_start + ((end - vfirst + 1) << PAGE_SHIFT), &details);
	}
	i_mmap_unlock_read(mapping);
}

void unmap_mapping_range(struct address_space *mapping, loff_t holebegin, loff_t holelen,
			 int even_cows)
{
	pgoff_t first = (pgoff_t)holebegin >> PAGE_SHIFT;
	pgoff_t nr = ((pgoff_t)holelen + PAGE_SIZE - 1) >> PAGE_SHIFT;

	unmap_mapping_pages(mapping, first, nr, even_cows);
}

/* ---- page tables ---- */

struct table_range {
	struct mmu_gather *tlb;
	unsigned long floor, ceiling;	/* nothing else lives in [floor, ceiling); 0: no ceiling */
};

/* May the table that covers @size bytes at @base go? */
static bool table_unused(struct table_range *r, unsigned long base, unsigned long size)
{
	return base >= r->floor && base + size - 1 <= r->ceiling - 1;
}

static void free_table(struct table_range *r, unsigned long *entry, unsigned long base)
{
	struct page *table = phys_to_page(READ_ONCE(*entry) & PTE_PFN_MASK);

	WRITE_ONCE(*entry, 0);
	tlb_remove_tlb_entry(r->tlb, base);
	tlb_remove_table(r->tlb, table);
}

static void free_pmds(struct table_range *r, pud_t *pud, unsigned long addr, unsigned long end)
{
	unsigned long base = addr & PUD_MASK;

	for (addr &= PMD_MASK; addr < end; addr += PMD_SIZE) {
		pmd_t *pmd = pmd_offset(pud, addr);

		if (!pmd_none(pmd_read(pmd)) && table_unused(r, addr, PMD_SIZE))
			free_table(r, &pmd->pmd, addr);
	}
	if (table_unused(r, base, PUD_SIZE))
		free_table(r, &pud->pud, base);
}

static void free_range(struct table_range *r, unsigned long addr, unsigned long end)
{
	unsigned long next;

	for (; addr < end; addr = next) {
		pgd_t *pgd = pgd_offset(r->tlb->mm, addr);
		unsigned long base = addr & PGDIR_MASK, a, n;

		next = pgd_addr_end(addr, end);
		if (pgd_none(pgd_read(pgd)))
			continue;
		for (a = addr; a < next; a = n) {
			pud_t *pud = pud_offset(pgd, a);

			n = pud_addr_end(a, next);
			if (!pud_none(pud_read(pud)))
				free_pmds(r, pud, a, n);
		}
		if (table_unused(r, base, PGDIR_SIZE))
			free_table(r, &pgd->pgd, base);
	}
}

/*
 * Free what page tables only the areas of the list @vma need; they are out of the tree of areas.
 * Reverse mapping loses them here, before the tables go.  mmap_sem exclusive.
 */
void free_pgtables(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long floor,
		   unsigned long ceiling)
{
	struct table_range r = {.tlb = tlb, .floor = floor};

	while (vma) {
		struct vm_area_struct *next = vma->vm_next;

		unlink_anon_vmas(vma);
		unlink_file_vma(vma);
		r.ceiling = next ? next->vm_start : ceiling;
		free_range(&r, vma->vm_start, vma->vm_end);
		vma = next;
	}
}
