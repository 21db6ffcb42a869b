/* SPDX-License-Identifier: MIT */
/* What the files of mm/ share with each other and with nobody else. */
#ifndef MM_INTERNAL_H
#define MM_INTERNAL_H

#include "kernel/lib/kernel.h"
#include "kernel/lock/spinlock.h"
#include "kernel/x86/layout.h"
#include "mm/gfp.h"
#include "mm/mm.h"
#include "mm/mm_types.h"

/* ---- page allocator ---- */

struct free_area {
	struct list_head list;
	unsigned long nr_free;
};

/* All of memory.  Lists and free_pages: lock, interrupts off.  Marks are constant after boot. */
struct zone {
	spinlock_t lock;
	struct free_area area[MAX_ORDER];
	unsigned long free_pages;	/* in the buddy lists; read without the lock as a hint */
	unsigned long managed_pages;	/* handed to the allocator at boot */
	unsigned long wmark_min, wmark_low, wmark_high;
};
extern struct zone the_zone;

#define ALLOC_WMARK_MIN	   0x00
#define ALLOC_WMARK_LOW	   0x01
#define ALLOC_HARDER	   0x02	/* atomic: a quarter more of the reserve */
#define ALLOC_HIGH	   0x04	/* half of the reserve */
#define ALLOC_NO_WATERMARK 0x08	/* all of it */

void free_area_init(void);
struct page *get_page_from_freelist(gfp_t gfp, unsigned int order, unsigned int alloc_flags);
struct page *alloc_pages_slowpath(gfp_t gfp, unsigned int order);
void free_boot_range(unsigned long start_pfn, unsigned long end_pfn);
void set_watermarks(void);
void prep_new_page(struct page *page, unsigned int order, gfp_t gfp);

/* ---- boot ---- */

void slab_init(void);
void vmalloc_init(void);
void pgtable_cache_init(void);
void mm_cache_init(void);

/* ---- areas (mm/vma.c) ---- */

void vma_init_caches(void);
struct vm_area_struct *vm_area_alloc(struct mm_struct *mm);
struct vm_area_struct *vm_area_dup(struct vm_area_struct *orig);
void vm_area_free(struct vm_area_struct *vma);
void vma_link(struct mm_struct *mm, struct vm_area_struct *vma);
void vma_unlink(struct mm_struct *mm, struct vm_area_struct *vma);
void vma_adjust_bounds(struct vm_area_struct *vma, unsigned long start, unsigned long end,
		       unsigned long pgoff);
void vma_bounds_moved(struct vm_area_struct *vma);
int split_vma(struct mm_struct *mm, struct vm_area_struct *vma, unsigned long addr,
	      bool new_below);
struct vm_area_struct *vma_merge_neighbours(struct vm_area_struct *vma);
struct vm_area_struct *vma_try_extend(struct mm_struct *mm, unsigned long addr, unsigned long end,
				      unsigned long vm_flags, struct file *file, pgoff_t pgoff);
void remove_vma(struct vm_area_struct *vma);
void unlink_file_vma(struct vm_area_struct *vma);
unsigned long vm_unmapped_area(struct mm_struct *mm, unsigned long len, unsigned long low,
			       unsigned long high, bool topdown);
struct anon_vma *find_mergeable_anon_vma(struct vm_area_struct *vma);
void vm_stat_account(struct mm_struct *mm, unsigned long flags, long npages);
bool may_expand_vm(struct mm_struct *mm, unsigned long flags, unsigned long npages);
bool vma_wants_writenotify(struct vm_area_struct *vma);
void vma_set_page_prot(struct vm_area_struct *vma);
void validate_mm(struct mm_struct *mm);

/* Least distance between a stack that grows and its neighbour below. */
#define STACK_GUARD_GAP (256UL << PAGE_SHIFT)
#define MAX_MAP_COUNT	65530
#define MMAP_MIN_ADDR	65536UL

static inline unsigned long vm_start_gap(struct vm_area_struct *vma)
{
	unsigned long start = vma->vm_start;

	if (vma->vm_flags & VM_GROWSDOWN) {
		start -= STACK_GUARD_GAP;
		if (start > vma->vm_start)
			start = 0;
	}
	return start;
}

/* ---- page tables and zapping ---- */

struct mmu_gather;
void unmap_vmas(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long start,
		unsigned long end);
void unmap_page_range(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long start,
		      unsigned long end, struct zap_details *details);
void free_pgtables(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long floor,
		   unsigned long ceiling);
int copy_page_range(struct mm_struct *dst, struct mm_struct *src, struct vm_area_struct *vma);
unsigned long move_page_tables(struct vm_area_struct *vma, unsigned long old_addr,
			       struct vm_area_struct *new_vma, unsigned long new_addr,
			       unsigned long len, bool need_rmap_locks);
void exit_mmap(struct mm_struct *mm);
void change_protection(struct vm_area_struct *vma, unsigned long start, unsigned long end,
		       pgprot_t prot);

/* Restricts a zap.  NULL: everything goes. */
struct zap_details {
	struct address_space *check_mapping;	/* only pages of this mapping (not private copies) */
};

static inline void add_mm_counter(struct mm_struct *mm, int member, long value)
{
	atomic64_add(value, &mm->rss_stat[member]);
}

static inline unsigned long get_mm_counter(struct mm_struct *mm, int member)
{
	long v = (long)atomic64_read(&mm->rss_stat[member]);

	return v < 0 ? 0 : (unsigned long)v;
}

static inline int mm_counter(struct page *page)
{
	return PageAnon(page) ? MM_ANONPAGES : MM_FILEPAGES;
}

/* The page behind a leaf entry; NULL for the zero page and raw frames.  Table lock held. */
struct page *vm_normal_page(struct vm_area_struct *vma, unsigned long addr, pte_t pte);

/*
 * Maps @page (its reference moves in) or the page of zeroes (NULL) in an anonymous area, where there is a page table. With a page its
 * anon_vma is prepared. False: something is mapped there already.
 */
bool map_anon_page(struct vm_area_struct *vma, pmd_t *pmd, unsigned long address, struct page *page);

/* mm/fault_file.c */
vm_fault_t do_fault(struct vm_fault *vmf);
vm_fault_t do_shared_wp(struct vm_fault *vmf);
vm_fault_t do_page_mkwrite(struct vm_fault *vmf);
vm_fault_t fault_dirty_shared_page(struct vm_area_struct *vma, struct page *page);
vm_fault_t do_wp_page(struct vm_fault *vmf);

unsigned long calc_vm_prot_bits(unsigned long prot);
int mlock_future_check(struct mm_struct *mm, unsigned long flags, unsigned long len);
unsigned long mmap_region(struct file *file, unsigned long addr, unsigned long len,
			  unsigned long vm_flags, unsigned long pgoff);
int do_brk_flags(unsigned long addr, unsigned long len, unsigned long flags);
/* Faults in [start, end) of one area, for reading or as if it were written. mmap_sem shared. -EINVAL if the area does not allow it. */
int fault_in_area(struct vm_area_struct *vma, unsigned long start, unsigned long end, bool write);
int populate_range(unsigned long start, unsigned long len, bool ignore_errors);

#endif
