// SPDX-License-Identifier: MIT
/*
 * Looking at the leaf entries of a range, for those who only want to know (see pagewalk.h).
 *
 * mmap_sem, held shared by the caller, keeps areas and tables; each table's lock is held while its entries are looked at.
 */
#include "mm/pagewalk.h"
#include "kernel/task/sched.h"
#include "mm/internal.h"
#include "mm/pgtable.h"

/* The table that covers @addr, or NULL; *next is where the part it could cover ends. */
static pmd_t *find_table(struct mm_struct *mm, unsigned long addr, unsigned long end, unsigned long *next)
{
	pgd_t *pgd = pgd_offset(mm, addr);
	pud_t *pud;
	pmd_t *pmd;

	*next = pgd_addr_end(addr, end);
	if (pgd_none(pgd_read(pgd)))
		return NULL;
	pud = pud_offset(pgd, addr);
	*next = pud_addr_end(addr, end);
	if (pud_none(pud_read(pud)))
		return NULL;
	pmd = pmd_offset(pud, addr);
	*next = pmd_addr_end(addr, end);
	return pmd_none(pmd_read(pmd)) ? NULL : pmd;
}

void walk_entries(struct vm_area_struct *vma, unsigned long addr, unsigned long end, walk_entry_t fn, void *arg)
{
	unsigned long next;

	for (; addr < end; addr = next) {
		pmd_t *pmd = find_table(vma->vm_mm, addr, end, &next);
		spinlock_t *ptl;
		pte_t *pte;

		if (!pmd)
			continue;
		pte = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
		for (; addr < next; addr += PAGE_SIZE, pte++) {
			if (!pte_none(pte_read(pte)))
				fn(vma, addr, pte, arg);
		}
		pte_unmap_unlock(pte, ptl);
		cond_resched();
	}
}
