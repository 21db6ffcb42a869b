// SPDX-License-Identifier: MIT
/*
 * Memory at boot: from the loader's memory map to a running allocator.
 *
 * Order: kernel tables (direct map, page array, vmalloc) are made from boot_alloc(); the page array
 * is filled in with every frame reserved; boot_alloc() is closed; what it left over goes to the
 * buddy lists.  One CPU, interrupts off.
 */
#include "kernel/lib/init.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"
#include "kernel/x86/bitops.h"
#include "kernel/x86/boot_info.h"
#include "kernel/x86/processor.h"
#include "mm/internal.h"
#include "mm/pgtable.h"
#include "mm/rmap.h"
#include "mm/vmalloc.h"
#include "mm/vmstat.h"

/* The page array is mapped in pieces of 2 MiB, each for 128 MiB of memory. */
#define SECTION_SHIFT	  27
#define SECTION_PFNS	  (1UL << (SECTION_SHIFT - PAGE_SHIFT))

unsigned long max_pfn;
struct page *zero_page;
static unsigned long *section_map;	/* bit: section has memory; constant after boot */

bool pfn_valid(unsigned long pfn)
{
	return pfn < max_pfn && test_bit(pfn / SECTION_PFNS, section_map);
}

/* ---- kernel page tables ---- */

static void *boot_table(unsigned long *entry)
{
	if (!*entry)
		*entry = virt_to_phys(boot_alloc(PAGE_SIZE, PAGE_SIZE)) | _KERNPG_TABLE;
	return __va(*entry & PTE_PFN_MASK);
}

static unsigned long *boot_pmd(unsigned long addr)
{
	unsigned long *pud = boot_table(&kernel_pgd[pgd_index(addr)].pgd);
	unsigned long *pmd = boot_table(&pud[pud_index(addr)]);

	return &pmd[pmd_index(addr)];
}

#define LARGE_PAGE_FLAGS (__PAGE_KERNEL | _PAGE_PSE)

/* What boot has not mapped yet: everything above boot_mapped_end that is RAM. */
static void map_direct(void)
{
	unsigned long end = ALIGN(boot_max_ram(), PMD_SIZE);
	unsigned long nx = cpu_features.nx ? 0 : _PAGE_NX;
	unsigned long phys;

	for (phys = boot_mapped_end; phys < end; phys += PMD_SIZE) {
		unsigned long *pmd = boot_pmd(PAGE_OFFSET + phys);

		if (!*pmd)
			*pmd = phys | (LARGE_PAGE_FLAGS & ~nx);
	}
}

/* Zeroed 2 MiB pages for the part of the page array that describes memory. */
static void map_page_array(void)
{
	unsigned long nx = cpu_features.nx ? 0 : _PAGE_NX;
	unsigned long section, nr = DIV_ROUND_UP(max_pfn, SECTION_PFNS);

	for (section = 0; section < nr; section++) {
		unsigned long addr = (unsigned long)(vmemmap + section * SECTION_PFNS);
		unsigned long *pmd, phys;

		if (!test_bit(section, section_map))
			continue;
		pmd = boot_pmd(addr);
		phys = boot_alloc_phys(PMD_SIZE, PMD_SIZE);
		if (!phys)
			panic("no memory for the page array\n");
		*pmd = phys | (LARGE_PAGE_FLAGS & ~nx);
	}
}

static unsigned long count_sections(void)
{
	unsigned long n = 0, i;

	for (i = 0; i < BITS_TO_LONGS(DIV_ROUND_UP(max_pfn, SECTION_PFNS)); i++)
		n += hweight_long(section_map[i]);
	return n;
}

static void find_sections(void)
{
	unsigned int i;

	max_pfn = PFN_UP(boot_max_ram());
	section_map = boot_alloc(BITS_TO_LONGS(DIV_ROUND_UP(max_pfn, SECTION_PFNS)) * 8, 8);
	for (i = 0; i < boot_info.nr_mem; i++) {
		unsigned long pfn = PFN_DOWN(boot_info.mem[i].start);
		unsigned long end = PFN_UP(boot_info.mem[i].end);

		if (boot_info.mem[i].type != BOOT_MEM_RAM)
			continue;
		for (; pfn < end; pfn = round_down(pfn, SECTION_PFNS) + SECTION_PFNS)
			__set_bit(pfn / SECTION_PFNS, section_map);
	}
}

/* Every frame starts as reserved and without references. */
static void init_page_array(void)
{
	unsigned long section, nr = DIV_ROUND_UP(max_pfn, SECTION_PFNS);

	for (section = 0; section < nr; section++) {
		struct page *page = vmemmap + section * SECTION_PFNS;
		struct page *end = page + SECTION_PFNS;

		if (!test_bit(section, section_map))
			continue;
		memset(page, 0, PMD_SIZE);
		for (; page < end; page++) {
			page->flags = 1UL << PG_reserved;
			page_mapcount_reset(page);
		}
	}
}

static void choose_ring(void)
{
	user_page_bit = cmdline_long("ring", 0) == 3 ? _PAGE_USER : 0;
}

void mm_init(void)
{
	phys_addr_t cursor = 0, start, end;
	void *zero;

	kernel_pgd = (pgd_t *)boot_pgd;
	init_mm.pgd = kernel_pgd;
	choose_ring();
	find_sections();
	map_direct();
	boot_pmd(VMALLOC_START);
	map_page_array();
	zero = boot_alloc(PAGE_SIZE, PAGE_SIZE);
	init_page_array();
	zero_page = virt_to_page(zero);
	set_page_count(zero_page, 1);

	free_area_init();
	while (boot_next_free(&cursor, &start, &end))
		free_boot_range(PFN_UP(start), PFN_DOWN(end));
	boot_alloc_close();
	set_watermarks();

	slab_init();
	pgtable_cache_init();
	vmalloc_init();
	vma_init_caches();
	anon_vma_init();
	mm_cache_init();
	pr_info("mm: %lu MiB usable, %lu KiB for the page array, ring %d\n",
		the_zone.managed_pages >> 8, count_sections() * (PMD_SIZE >> 10),
		user_page_bit ? 3 : 0);
}

/* ---- reports ---- */

static const struct {
	unsigned int bit;
	const char *name;
} flag_names[] = {
	{PG_locked, "locked"},	   {PG_referenced, "referenced"}, {PG_uptodate, "uptodate"},
	{PG_dirty, "dirty"},	   {PG_lru, "lru"},		  {PG_active, "active"},
	{PG_waiters, "waiters"},   {PG_error, "error"},		  {PG_slab, "slab"},
	{PG_reserved, "reserved"}, {PG_private, "private"},	  {PG_writeback, "writeback"},
	{PG_head, "head"},	   {PG_mappedtodisk, "mappedtodisk"}, {PG_reclaim, "reclaim"},
	{PG_swapbacked, "swapbacked"}, {PG_unevictable, "unevictable"}, {PG_mlocked, "mlocked"},
	{PG_readahead, "readahead"}, {PG_buddy, "buddy"},	  {PG_table, "table"},
	{PG_pcp, "pcp"},
};

void dump_page(struct page *page, const char *reason)
{
	unsigned int i;

	pr_err("page %lx: %s\n", page_to_pfn(page), reason);
	pr_err("  refcount %d mapcount %d mapping %p index %lx private %lx\n",
	       page_ref_count(page), page_mapcount(page), page->mapping, page->index,
	       page->private);
	pr_err("  flags %lx:", page->flags);
	for (i = 0; i < ARRAY_SIZE(flag_names); i++) {
		if (page->flags & (1UL << flag_names[i].bit))
			pr_cont(" %s", flag_names[i].name);
	}
	pr_cont("\n");
}

void mem_report(void)
{
	unsigned int order;

	pr_info("mm: %lu of %lu pages free; marks %lu %lu %lu; file %lu dirty %lu writeback %lu anon %lu\n",
		nr_free_pages(), totalram_pages(), the_zone.wmark_min, the_zone.wmark_low,
		the_zone.wmark_high, global_page_state(NR_FILE_PAGES),
		global_page_state(NR_FILE_DIRTY), global_page_state(NR_WRITEBACK),
		global_page_state(NR_ANON_MAPPED));
	pr_info("mm: slab %lu+%lu, page tables %lu, stacks %lu, vmalloc %lu pages; free blocks:",
		global_page_state(NR_SLAB_RECLAIMABLE), global_page_state(NR_SLAB_UNRECLAIMABLE),
		global_page_state(NR_PAGETABLE), global_page_state(NR_KERNEL_STACK),
		vmalloc_nr_pages());
	for (order = 0; order < MAX_ORDER; order++)
		pr_cont(" %lu", the_zone.area[order].nr_free);
	pr_cont("\n");
}
