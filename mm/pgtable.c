// SPDX-License-Identifier: MIT
/*
 * Page tables: making them, finding entries in them, and the kernel's own half.
 *
 * An upper entry goes from none to present under page_table_lock, after the new table has been
 * filled with zeroes; x86 stores stay in order, so a walker without the lock sees either none or a
 * finished table.  Each table of leaf entries has a spinlock of its own, made with the table.
 *
 * The upper half of every process's top table is a copy of the kernel's, whose entries are all
 * filled in at boot (map_kernel_memory()), so it never has to be updated.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"
#include "kernel/x86/boot_info.h"
#include "mm/internal.h"
#include "mm/mman.h"
#include "mm/pgtable.h"
#include "mm/slab.h"
#include "mm/vmstat.h"

pgd_t *kernel_pgd;
unsigned long user_page_bit;
static struct kmem_cache *ptl_cache;

void pgtable_cache_init(void)
{
	ptl_cache = kmem_cache_create("page_table_lock", sizeof(spinlock_t), 8,
				      SLAB_PANIC | SLAB_NOLEAKTRACE, NULL);
}

/* ---- tables of a process ---- */

static struct page *table_page_alloc(struct mm_struct *mm)
{
	struct page *page = alloc_page(GFP_KERNEL | __GFP_ZERO);

	if (!page)
		return NULL;
	__SetPageTable(page);
	page->ptl = NULL;
	atomic64_add(PAGE_SIZE, &mm->pgtables_bytes);
	inc_page_state(NR_PAGETABLE);
	return page;
}

static void table_page_free(struct mm_struct *mm, struct page *page)
{
	if (page->ptl)
		kmem_cache_free(ptl_cache, page->ptl);
	page->ptl = NULL;
	__ClearPageTable(page);
	atomic64_sub(PAGE_SIZE, &mm->pgtables_bytes);
	dec_page_state(NR_PAGETABLE);
	__free_page(page);
}

pgtable_t pte_alloc_one(struct mm_struct *mm)
{
	struct page *page = table_page_alloc(mm);

	if (!page)
		return NULL;
	page->ptl = kmem_cache_alloc(ptl_cache, GFP_KERNEL);
	if (!page->ptl) {
		table_page_free(mm, page);
		return NULL;
	}
	spin_lock_init((spinlock_t *)page->ptl);
	return page;
}

void pte_free(struct mm_struct *mm, pgtable_t table)
{
	table_page_free(mm, table);
}

pgd_t *pgd_alloc(struct mm_struct *mm)
{
	struct page *page = table_page_alloc(mm);
	pgd_t *pgd;

	if (!page)
		return NULL;
	pgd = page_address(page);
	memcpy(pgd + PTRS_PER_PGD / 2, kernel_pgd + PTRS_PER_PGD / 2, PAGE_SIZE / 2);
	return pgd;
}

void pgd_free(struct mm_struct *mm, pgd_t *pgd)
{
	table_page_free(mm, virt_to_page(pgd));
}

/* Sleeps.  The table below @pgd exists afterwards; NULL without memory. */
pud_t *pud_alloc(struct mm_struct *mm, pgd_t *pgd, unsigned long addr)
{
	if (unlikely(pgd_none(pgd_read(pgd)))) {
		struct page *page = table_page_alloc(mm);

		if (!page)
			return NULL;
		spin_lock(&mm->page_table_lock);
		if (pgd_none(pgd_read(pgd))) {
			set_pgd(pgd, __pgd(page_to_phys(page) | _PAGE_TABLE));
			page = NULL;
		}
		spin_unlock(&mm->page_table_lock);
		if (page)
			table_page_free(mm, page);
	}
	return pud_offset(pgd, addr);
}

pmd_t *pmd_alloc(struct mm_struct *mm, pud_t *pud, unsigned long addr)
{
	if (unlikely(pud_none(pud_read(pud)))) {
		struct page *page = table_page_alloc(mm);

		if (!page)
			return NULL;
		spin_lock(&mm->page_table_lock);
		if (pud_none(pud_read(pud))) {
			set_pud(pud, __pud(page_to_phys(page) | _PAGE_TABLE));
			page = NULL;
		}
		spin_unlock(&mm->page_table_lock);
		if (page)
			table_page_free(mm, page);
	}
	return pmd_offset(pud, addr);
}

/* Hang @*table below @pmd unless somebody was faster; takes it over (sets NULL) if used. */
void pmd_install(struct mm_struct *mm, pmd_t *pmd, pgtable_t *table)
{
	spin_lock(&mm->page_table_lock);
	if (pmd_none(pmd_read(pmd))) {
		set_pmd(pmd, __pmd(page_to_phys(*table) | _PAGE_TABLE));
		*table = NULL;
	}
	spin_unlock(&mm->page_table_lock);
}

int pte_alloc(struct mm_struct *mm, pmd_t *pmd)
{
	pgtable_t table;

	if (likely(!pmd_none(pmd_read(pmd))))
		return 0;
	table = pte_alloc_one(mm);
	if (!table)
		return -ENOMEM;
	pmd_install(mm, pmd, &table);
	if (table)
		pte_free(mm, table);
	return 0;
}

pmd_t *mm_alloc_pmd(struct mm_struct *mm, unsigned long addr)
{
	pgd_t *pgd = pgd_offset(mm, addr);
	pud_t *pud;

	/* Tables are there to stay while an area needs them: mostly nothing is to be made. */
	if (likely(!pgd_none(pgd_read(pgd)))) {
		pud = pud_offset(pgd, addr);
		if (likely(!pud_none(pud_read(pud))))
			return pmd_offset(pud, addr);
	}
	pud = pud_alloc(mm, pgd, addr);
	return pud ? pmd_alloc(mm, pud, addr) : NULL;
}

/* Holding mmap_sem, or a lock that keeps an area around @addr from being unlinked. */
pmd_t *mm_find_pmd(struct mm_struct *mm, unsigned long addr)
{
	pgd_t *pgd = pgd_offset(mm, addr);
	pud_t *pud;
	pmd_t *pmd;

	if (pgd_none(pgd_read(pgd)))
		return NULL;
	pud = pud_offset(pgd, addr);
	if (pud_none(pud_read(pud)))
		return NULL;
	pmd = pmd_offset(pud, addr);
	return pmd_none(pmd_read(pmd)) ? NULL : pmd;
}

/* The entry for @addr with its table locked.  @pmd is not none. */
pte_t *pte_offset_map_lock(struct mm_struct *mm, pmd_t *pmd, unsigned long addr, spinlock_t **ptlp)
{
	*ptlp = pte_lockptr(mm, pmd);
	spin_lock(*ptlp);
	return pte_offset(pmd, addr);
}

/* ---- protection ---- */

/*
 * Hardware protection for an area.  A private writable page starts write-protected: the first
 * store copies it.  A shared writable one starts writable; vma_set_page_prot() takes that back
 * where stores must be seen (dirty tracking).
 */
pgprot_t vm_get_page_prot(unsigned long vm_flags)
{
	unsigned long prot;

	if (!(vm_flags & VM_ACCESS_FLAGS))
		return __pgprot(_PAGE_PROTNONE | _PAGE_ACCESSED | _PAGE_NX);
	prot = _PAGE_PRESENT | _PAGE_ACCESSED | user_page_bit;
	if ((vm_flags & (VM_WRITE | VM_SHARED)) == (VM_WRITE | VM_SHARED))
		prot |= _PAGE_RW;
	if (!(vm_flags & VM_EXEC))
		prot |= _PAGE_NX;
	return __pgprot(prot);
}

/* ---- the kernel's half ---- */

/* NULL if there is no table, or a large page maps @addr. */
pte_t *kernel_pte(unsigned long addr)
{
	pgd_t *pgd = pgd_offset_k(addr);
	pud_t *pud;
	pmd_t *pmd;

	if (pgd_none(pgd_read(pgd)))
		return NULL;
	pud = pud_offset(pgd, addr);
	if (pud_none(pud_read(pud)) || pud_large(pud_read(pud)))
		return NULL;
	pmd = pmd_offset(pud, addr);
	if (pmd_none(pmd_read(pmd)) || pmd_large(pmd_read(pmd)))
		return NULL;
	return pte_offset(pmd, addr);
}

/* A table for the kernel half at *@entry (any level); 0 or -ENOMEM. */
static int kernel_table(unsigned long *entry, gfp_t gfp)
{
	struct page *page;

	if (READ_ONCE(*entry))
		return 0;
	page = alloc_page((gfp & ~__GFP_HIGHMEM) | __GFP_ZERO);
	if (!page)
		return -ENOMEM;
	spin_lock(&init_mm.page_table_lock);
	if (!*entry) {
		WRITE_ONCE(*entry, page_to_phys(page) | _KERNPG_TABLE);
		page = NULL;
		inc_page_state(NR_PAGETABLE);
	}
	spin_unlock(&init_mm.page_table_lock);
	if (page)
		__free_page(page);
	return 0;
}

/* Set the entry of @addr, which nobody else uses.  0 or -ENOMEM. */
int kernel_map_page(unsigned long addr, unsigned long phys, pgprot_t prot, gfp_t gfp)
{
	pud_t *pud = pud_offset(pgd_offset_k(addr), addr);
	pmd_t *pmd;

	if (kernel_table(&pud->pud, gfp))
		return -ENOMEM;
	pmd = pmd_offset(pud, addr);
	if (kernel_table(&pmd->pmd, gfp))
		return -ENOMEM;
	set_pte(pte_offset(pmd, addr), __pte((phys & PTE_PFN_MASK) | pgprot_val(prot)));
	return 0;
}
