/* SPDX-License-Identifier: MIT */
/*
 * What the boot loader told us, in one form for both boot protocols.  Filled
 * on the boot CPU before anything else runs; read-only afterwards, except that
 * early allocations add to the reserved list until the page allocator takes over.
 */
#ifndef KERNEL_X86_BOOT_INFO_H
#define KERNEL_X86_BOOT_INFO_H

#include "kernel/lib/types.h"

enum boot_mem_type {
	BOOT_MEM_RAM = 1,
	BOOT_MEM_RESERVED = 2,
	BOOT_MEM_ACPI = 3,
	BOOT_MEM_NVS = 4,
	BOOT_MEM_UNUSABLE = 5,
};

struct boot_mem {
	phys_addr_t start, end;		/* bytes; end is exclusive */
	enum boot_mem_type type;
};

struct boot_range {
	phys_addr_t start, end;
};

struct boot_module {
	phys_addr_t start, end;
	const char *cmdline;		/* "" if the loader gave none */
};

#define BOOT_MEM_MAX		128
#define BOOT_RESERVED_MAX	256
#define BOOT_MODULE_MAX		8
#define BOOT_CMDLINE_MAX	4096

struct boot_info {
	const char *protocol;		/* "pvh" or "multiboot2" */
	char cmdline[BOOT_CMDLINE_MAX];
	unsigned int nr_mem, nr_modules;
	struct boot_mem mem[BOOT_MEM_MAX];	/* as given, sorted by start */
	struct boot_module modules[BOOT_MODULE_MAX];
	phys_addr_t rsdp;		/* ACPI root pointer, 0: not given */

	/*
	 * RAM that is taken: first MiB, kernel image, modules, page tables, early
	 * allocations.  Sorted, disjoint, page aligned.  Free RAM is mem[] of type
	 * BOOT_MEM_RAM minus these.
	 */
	unsigned int nr_reserved;
	struct boot_range reserved[BOOT_RESERVED_MAX];
};

extern struct boot_info boot_info;

/*
 * Early allocation, zeroed, in the direct map, never freed.  Until the page
 * allocator has taken the memory over (boot_alloc_close()).  Panics when there
 * is none.  @align is a power of two.
 */
void *boot_alloc(size_t size, size_t align);
/* Page frames only, not zeroed and not necessarily mapped yet: physical address, 0 if none. */
phys_addr_t boot_alloc_phys(size_t size, size_t align);
void boot_reserve(phys_addr_t start, phys_addr_t end);
/* The page allocator owns all memory now; boot_alloc panics afterwards. */
void boot_alloc_close(void);

/*
 * The n-th free range of RAM (page aligned) at or after *@cursor: false at the
 * end.  Start with *cursor = 0.  For the page allocator's initialisation.
 */
bool boot_next_free(phys_addr_t *cursor, phys_addr_t *start, phys_addr_t *end);
/* End of the highest RAM range. */
phys_addr_t boot_max_ram(void);

/* The part of the command line after " -- ", "" if there is none. */
const char *boot_program_args(void);

/*
 * The top page table boot made, whose upper half every address space shares.
 * The memory manager fills in the rest (whole direct map, vmalloc, vmemmap);
 * at start it maps the kernel image, and the first boot_mapped_end bytes of
 * physical memory at PAGE_OFFSET.
 */
extern unsigned long boot_pgd[512];
#define boot_mapped_end	(4UL << 30)

#endif
