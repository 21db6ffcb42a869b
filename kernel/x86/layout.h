/* SPDX-License-Identifier: MIT */
/*
 * Where things are in the address space.  Also included by assembly and the
 * linker script, so it holds plain numbers only.
 *
 *   0000000000000000 - 00007ffffffff000  the program (each mm has its own)
 *   ffff888000000000 - ffffc87fffffffff  direct map of all RAM
 *   ffffc90000000000 - ffffe8ffffffffff  vmalloc: kernel stacks, big allocations
 *   ffffea0000000000 - ffffea7fffffffff  struct page array
 *   fffffe0000000000 - fffffe7fffffffff  device registers and per-CPU special stacks
 *   ffffffff80000000 - ffffffffffffffff  kernel image
 *
 * All upper-half entries of the top level are filled at boot and shared by every
 * address space, so no kernel mapping ever needs to be copied into one later.
 */
#ifndef KERNEL_X86_LAYOUT_H
#define KERNEL_X86_LAYOUT_H

#ifdef __ASSEMBLER__
#define _KUL(x)	x
#else
#define _KUL(x)	x##UL
#endif

#ifndef PAGE_SHIFT
#define PAGE_SHIFT		12
#define PAGE_SIZE		(_KUL(1) << PAGE_SHIFT)
#define PAGE_MASK		(~(PAGE_SIZE - 1))
#endif

#define TASK_SIZE		_KUL(0x00007ffffffff000)
#define TASK_SIZE_MAX		TASK_SIZE
#define PAGE_OFFSET		_KUL(0xffff888000000000)
#define DIRECT_MAP_END		_KUL(0xffffc88000000000)
#define VMALLOC_START		_KUL(0xffffc90000000000)
#define VMALLOC_END		_KUL(0xffffe90000000000)
#define VMEMMAP_START		_KUL(0xffffea0000000000)
#define VMEMMAP_END		_KUL(0xffffea8000000000)
#define MMIO_START		_KUL(0xfffffe0000000000)
#define MMIO_END		_KUL(0xfffffe4000000000)
#define ESTACK_AREA_START	_KUL(0xfffffe4000000000)
#define KERNEL_MAP_BASE		_KUL(0xffffffff80000000)
#define KERNEL_LOAD_PHYS	0x200000

/* Physical page the application processors start in (real mode, below 1 MiB). */
#define TRAMPOLINE_PHYS		0x8000

#define NR_CPUS			256

/* Bytes of each CPU's area for allocations at run time. */
#define PER_CPU_DYN_SIZE	0x8000

#define THREAD_SIZE_ORDER	2
#define THREAD_SIZE		(PAGE_SIZE << THREAD_SIZE_ORDER)

/* Selectors.  The order is what SYSCALL and SYSRET demand. */
#define __KERNEL_CS		0x10
#define __KERNEL_DS		0x18
#define __USER32_CS		0x23
#define __USER_DS		0x2b
#define __USER_CS		0x33
#define __TSS_SEL		0x40
#define __CPUNODE_SEL		0x53

#ifndef __ASSEMBLER__
#include "kernel/lib/types.h"

extern char __image_start[], __image_end[];	/* linker script */
extern char __text_start[], __text_end[];
extern char __rodata_start[], __rodata_end[];
extern char __data_start[], __data_end[];

/* Direct map and kernel image only; a vmalloc address has no single answer here. */
static inline phys_addr_t __pa(const void *p)
{
	unsigned long v = (unsigned long)p;

	return v >= KERNEL_MAP_BASE ? v - KERNEL_MAP_BASE : v - PAGE_OFFSET;
}
#define __pa(p)			__pa((const void *)(p))
#define __va(phys)		((void *)((unsigned long)(phys) + PAGE_OFFSET))
#define virt_to_phys(p)		__pa(p)
#define phys_to_virt(p)		__va(p)
#define PFN_DOWN(x)		((x) >> PAGE_SHIFT)
#define PFN_UP(x)		(((x) + PAGE_SIZE - 1) >> PAGE_SHIFT)
#define PFN_PHYS(x)		((phys_addr_t)(x) << PAGE_SHIFT)

static inline bool kernel_text_address(unsigned long addr)
{
	return addr >= (unsigned long)__text_start && addr < (unsigned long)__text_end;
}
#endif
#endif
