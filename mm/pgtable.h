/* SPDX-License-Identifier: MIT */
/*
 * x86-64 page tables, four levels.
 *
 * An entry of a live table is read once with the *_read helpers and changed with set_* or an atomic
 * exchange; leaf entries under the lock that pte_lockptr() names, upper entries under
 * page_table_lock when they go from none to present.  Upper entries of a process go back to none
 * only in free_pgtables(), when no area and no reverse mapping can reach them.
 */
#ifndef MM_PGTABLE_H
#define MM_PGTABLE_H

#include "kernel/x86/tlbflush.h"
#include "mm/mm_types.h"
#include "mm/page.h"

#define PGDIR_SHIFT  39
#define PUD_SHIFT    30
#define PMD_SHIFT    21
#define PTRS_PER_PGD 512
#define PTRS_PER_PUD 512
#define PTRS_PER_PMD 512
#define PTRS_PER_PTE 512
#define PGDIR_SIZE   (1UL << PGDIR_SHIFT)
#define PUD_SIZE     (1UL << PUD_SHIFT)
#define PMD_SIZE     (1UL << PMD_SHIFT)
#define PGDIR_MASK   (~(PGDIR_SIZE - 1))
#define PUD_MASK     (~(PUD_SIZE - 1))
#define PMD_MASK     (~(PMD_SIZE - 1))

#define _PAGE_PRESENT	0x001UL
#define _PAGE_RW	0x002UL
#define _PAGE_USER	0x004UL
#define _PAGE_PWT	0x008UL
#define _PAGE_PCD	0x010UL
#define _PAGE_ACCESSED	0x020UL
#define _PAGE_DIRTY	0x040UL
#define _PAGE_PSE	0x080UL
#define _PAGE_PAT	0x080UL		/* in a 4 KiB entry */
#define _PAGE_GLOBAL	0x100UL
#define _PAGE_SPECIAL	0x200UL		/* software: no struct page behind it (zero page, PFNMAP) */
#define _PAGE_PROTNONE	0x100UL		/* software, only when not present: mapped, no access */
#define _PAGE_NX	(1UL << 63)

#define PTE_PFN_MASK   0x000ffffffffff000UL
#define PTE_FLAGS_MASK (~PTE_PFN_MASK)

#define _PAGE_TABLE	 (_PAGE_PRESENT | _PAGE_RW | _PAGE_USER | _PAGE_ACCESSED | _PAGE_DIRTY)
#define _KERNPG_TABLE	 (_PAGE_PRESENT | _PAGE_RW | _PAGE_ACCESSED | _PAGE_DIRTY)
#define __PAGE_KERNEL                                                                              \
	(_PAGE_PRESENT | _PAGE_RW | _PAGE_DIRTY | _PAGE_ACCESSED | _PAGE_GLOBAL | _PAGE_NX)
#define __PAGE_KERNEL_NOCACHE (__PAGE_KERNEL | _PAGE_PCD | _PAGE_PWT)

#define __pgprot(x)  ((pgprot_t){(x)})
#define pgprot_val(x) ((x).pgprot)
#define __pte(x)     ((pte_t){(x)})
#define pte_val(x)   ((x).pte)
#define __pmd(x)     ((pmd_t){(x)})
#define pmd_val(x)   ((x).pmd)
#define __pud(x)     ((pud_t){(x)})
#define pud_val(x)   ((x).pud)
#define __pgd(x)     ((pgd_t){(x)})
#define pgd_val(x)   ((x).pgd)

#define PAGE_KERNEL	    __pgprot(__PAGE_KERNEL)
#define PAGE_KERNEL_NOCACHE __pgprot(__PAGE_KERNEL_NOCACHE)

extern pgd_t *kernel_pgd;	/* the boot page directory: template of every process's upper half */
extern unsigned long user_page_bit;	/* _PAGE_USER with ring=3, 0 with ring=0 */
extern struct page *zero_page;

static inline pte_t pte_read(const pte_t *p)
{
	return __pte(*(const volatile unsigned long *)p);
}

static inline pmd_t pmd_read(const pmd_t *p)
{
	return __pmd(*(const volatile unsigned long *)p);
}

static inline pud_t pud_read(const pud_t *p)
{
	return __pud(*(const volatile unsigned long *)p);
}

static inline pgd_t pgd_read(const pgd_t *p)
{
	return __pgd(*(const volatile unsigned long *)p);
}

static inline void set_pte(pte_t *p, pte_t v)
{
	*(volatile unsigned long *)p = v.pte;
}
#define set_pte_at(mm, addr, p, v) set_pte((p), (v))

static inline void set_pmd(pmd_t *p, pmd_t v)
{
	*(volatile unsigned long *)p = v.pmd;
}

static inline void set_pud(pud_t *p, pud_t v)
{
	*(volatile unsigned long *)p = v.pud;
}

static inline void set_pgd(pgd_t *p, pgd_t v)
{
	*(volatile unsigned long *)p = v.pgd;
}

/* ---- leaf entries ---- */

static inline int pte_none(pte_t p)
{
	return p.pte == 0;
}

static inline int pte_present(pte_t p)
{
	return (p.pte & (_PAGE_PRESENT | _PAGE_PROTNONE)) != 0;
}

static inline int pte_hw_present(pte_t p)
{
	return (p.pte & _PAGE_PRESENT) != 0;
}

static inline int pte_write(pte_t p)
{
	return (p.pte & _PAGE_RW) != 0;
}

static inline int pte_dirty(pte_t p)
{
	return (p.pte & _PAGE_DIRTY) != 0;
}

static inline int pte_young(pte_t p)
{
	return (p.pte & _PAGE_ACCESSED) != 0;
}

static inline int pte_special(pte_t p)
{
	return (p.pte & _PAGE_SPECIAL) != 0;
}

static inline unsigned long pte_pfn(pte_t p)
{
	return (p.pte & PTE_PFN_MASK) >> PAGE_SHIFT;
}
#define pte_page(p) pfn_to_page(pte_pfn(p))

static inline pte_t pte_mkwrite(pte_t p)
{
	return __pte(p.pte | _PAGE_RW);
}

static inline pte_t pte_wrprotect(pte_t p)
{
	return __pte(p.pte & ~_PAGE_RW);
}

static inline pte_t pte_mkdirty(pte_t p)
{
	return __pte(p.pte | _PAGE_DIRTY);
}

static inline pte_t pte_mkclean(pte_t p)
{
	return __pte(p.pte & ~_PAGE_DIRTY);
}

static inline pte_t pte_mkyoung(pte_t p)
{
	return __pte(p.pte | _PAGE_ACCESSED);
}

static inline pte_t pte_mkold(pte_t p)
{
	return __pte(p.pte & ~_PAGE_ACCESSED);
}

static inline pte_t pte_mkspecial(pte_t p)
{
	return __pte(p.pte | _PAGE_SPECIAL);
}

static inline pte_t pfn_pte(unsigned long pfn, pgprot_t prot)
{
	return __pte((pfn << PAGE_SHIFT) | prot.pgprot);
}
#define mk_pte(page, prot) pfn_pte(page_to_pfn(page), (prot))

#define _PAGE_CHG_MASK                                                                             \
	(PTE_PFN_MASK | _PAGE_PCD | _PAGE_PWT | _PAGE_ACCESSED | _PAGE_DIRTY | _PAGE_SPECIAL)

static inline pte_t pte_modify(pte_t p, pgprot_t prot)
{
	return __pte((p.pte & _PAGE_CHG_MASK) | (prot.pgprot & ~_PAGE_CHG_MASK));
}

/* Take the entry out atomically: the CPU may be setting accessed and dirty in it. */
static inline pte_t ptep_get_and_clear(pte_t *p)
{
	unsigned long old = 0;

	__asm__ volatile("xchgq %0, %1" : "+r"(old), "+m"(p->pte) : : "memory");
	return __pte(old);
}

static inline void ptep_set_wrprotect(pte_t *p)
{
	__asm__ volatile("lock; andq %1, %0" : "+m"(p->pte) : "er"(~_PAGE_RW) : "memory");
}

static inline int ptep_test_and_clear_young(pte_t *p)
{
	unsigned char old;

	__asm__ volatile("lock; btrq $5, %0; setc %1" : "+m"(p->pte), "=q"(old) : : "memory", "cc");
	return old;
}

/* ---- upper levels ---- */

static inline int pmd_none(pmd_t p)
{
	return p.pmd == 0;
}

static inline int pmd_large(pmd_t p)
{
	return (p.pmd & (_PAGE_PSE | _PAGE_PRESENT)) == (_PAGE_PSE | _PAGE_PRESENT);
}

static inline int pud_none(pud_t p)
{
	return p.pud == 0;
}

static inline int pud_large(pud_t p)
{
	return (p.pud & (_PAGE_PSE | _PAGE_PRESENT)) == (_PAGE_PSE | _PAGE_PRESENT);
}

static inline int pgd_none(pgd_t p)
{
	return p.pgd == 0;
}

#define pmd_page(p) pfn_to_page((pmd_val(p) & PTE_PFN_MASK) >> PAGE_SHIFT)

static inline unsigned long pgd_index(unsigned long addr)
{
	return (addr >> PGDIR_SHIFT) & (PTRS_PER_PGD - 1);
}

static inline unsigned long pud_index(unsigned long addr)
{
	return (addr >> PUD_SHIFT) & (PTRS_PER_PUD - 1);
}

static inline unsigned long pmd_index(unsigned long addr)
{
	return (addr >> PMD_SHIFT) & (PTRS_PER_PMD - 1);
}

static inline unsigned long pte_index(unsigned long addr)
{
	return (addr >> PAGE_SHIFT) & (PTRS_PER_PTE - 1);
}

static inline pgd_t *pgd_offset(struct mm_struct *mm, unsigned long addr)
{
	return mm->pgd + pgd_index(addr);
}
#define pgd_offset_k(addr) (kernel_pgd + pgd_index(addr))

static inline pud_t *pud_offset(pgd_t *pgd, unsigned long addr)
{
	return (pud_t *)__va(pgd_read(pgd).pgd & PTE_PFN_MASK) + pud_index(addr);
}

static inline pmd_t *pmd_offset(pud_t *pud, unsigned long addr)
{
	return (pmd_t *)__va(pud_read(pud).pud & PTE_PFN_MASK) + pmd_index(addr);
}

static inline pte_t *pte_offset(pmd_t *pmd, unsigned long addr)
{
	return (pte_t *)__va(pmd_read(pmd).pmd & PTE_PFN_MASK) + pte_index(addr);
}

#define pgd_addr_end(addr, end)                                                                    \
	({                                                                                         \
		unsigned long __b = ((addr) + PGDIR_SIZE) & PGDIR_MASK;                            \
		(__b - 1 < (end)-1) ? __b : (end);                                                 \
	})
#define pud_addr_end(addr, end)                                                                    \
	({                                                                                         \
		unsigned long __b = ((addr) + PUD_SIZE) & PUD_MASK;                                \
		(__b - 1 < (end)-1) ? __b : (end);                                                 \
	})
#define pmd_addr_end(addr, end)                                                                    \
	({                                                                                         \
		unsigned long __b = ((addr) + PMD_SIZE) & PMD_MASK;                                \
		(__b - 1 < (end)-1) ? __b : (end);                                                 \
	})

/* ---- tables (mm/pgtable.c) ---- */

/* The lock of the table of leaf entries that @pmd points to. */
static inline spinlock_t *pte_lockptr(struct mm_struct *mm, pmd_t *pmd)
{
	return (spinlock_t *)pmd_page(pmd_read(pmd))->ptl;
}

pgd_t *pgd_alloc(struct mm_struct *mm);
void pgd_free(struct mm_struct *mm, pgd_t *pgd);
pgtable_t pte_alloc_one(struct mm_struct *mm);		/* sleeps; NULL without memory */
void pte_free(struct mm_struct *mm, pgtable_t table);
pud_t *pud_alloc(struct mm_struct *mm, pgd_t *pgd, unsigned long addr);
pmd_t *pmd_alloc(struct mm_struct *mm, pud_t *pud, unsigned long addr);
void pmd_install(struct mm_struct *mm, pmd_t *pmd, pgtable_t *table);
int pte_alloc(struct mm_struct *mm, pmd_t *pmd);	/* make sure of a table below @pmd */
pmd_t *mm_alloc_pmd(struct mm_struct *mm, unsigned long addr);
pmd_t *mm_find_pmd(struct mm_struct *mm, unsigned long addr);	/* NULL if there is no table */
pte_t *pte_offset_map_lock(struct mm_struct *mm, pmd_t *pmd, unsigned long addr, spinlock_t **ptlp);
#define pte_unmap_unlock(pte, ptl) spin_unlock(ptl)
pte_t *kernel_pte(unsigned long addr);	/* entry of a kernel address, NULL if none or large */
int kernel_map_page(unsigned long addr, unsigned long phys, pgprot_t prot, gfp_t gfp);

pgprot_t vm_get_page_prot(unsigned long vm_flags);

/* ---- TLB: entries changed, no table freed (kernel/x86/tlbflush.h) ---- */

static inline void flush_tlb_page(struct vm_area_struct *vma, unsigned long addr)
{
	flush_tlb_mm_range_keep(vma->vm_mm, addr, addr + PAGE_SIZE);
}

static inline void flush_tlb_range(struct vm_area_struct *vma, unsigned long start,
				   unsigned long end)
{
	flush_tlb_mm_range_keep(vma->vm_mm, start, end);
}

#endif
