/* SPDX-License-Identifier: MIT */
/*
 * Layout of the kernel image.  Linked in the top 2 GiB, loaded at
 * KERNEL_LOAD_PHYS; the load address of everything is its link address minus
 * KERNEL_MAP_BASE.  Regions with different protection begin on page boundaries.
 */
#include "kernel/x86/layout.h"

OUTPUT_FORMAT(elf64-x86-64)
OUTPUT_ARCH(i386:x86-64)
ENTRY(mb2_entry)

PHDRS
{
	text PT_LOAD FLAGS(5);
	rodata PT_LOAD FLAGS(4);
	data PT_LOAD FLAGS(6);
	note PT_NOTE FLAGS(4);
}

#define AT_PHYS(s) AT(ADDR(s) - KERNEL_MAP_BASE)

SECTIONS
{
	. = KERNEL_MAP_BASE + KERNEL_LOAD_PHYS;
	__image_start = .;
	__text_start = .;
	.text : AT_PHYS(.text) {
		KEEP(*(.boot.header))
		KEEP(*(.boot.text))
		KEEP(*(.entry.text))
		*(.text.hot .text.hot.*)
		*(.text .text.*)
		*(.fixup)
		. = ALIGN(16);
	} :text =0xcccccccc
	__text_end = .;

	. = ALIGN(4096);
	__rodata_start = .;
	.notes : AT_PHYS(.notes) { KEEP(*(.note.pvh)) } :rodata :note
	.rodata : AT_PHYS(.rodata) {
		*(.rodata .rodata.* .data.rel.ro .data.rel.ro.*)
		. = ALIGN(8);
		__initcall_start = .;
		KEEP(*(SORT(.initcall.*)))
		__initcall_end = .;
		. = ALIGN(8);
		__ktests_start = .;
		KEEP(*(.ktests))
		__ktests_end = .;
		. = ALIGN(8);
		__smap_sites_start = .;
		KEEP(*(.smap_sites))
		__smap_sites_end = .;
	} :rodata
	.kallsyms : AT_PHYS(.kallsyms) { KEEP(*(.kallsyms)) } :rodata
	. = ALIGN(4096);
	__rodata_end = .;

	__data_start = .;
	.data : AT_PHYS(.data) {
		*(.data .data.[a-zA-Z_]* .data.[a-zA-Z_]*.*)
		. = ALIGN(8);
		/* sorted in place at boot */
		__ex_table_start = .;
		KEEP(*(.ex_table))
		__ex_table_end = .;
		. = ALIGN(64);
		__contract_rows_start = .;
		KEEP(*(.contract_rows))
		__contract_rows_end = .;
		. = ALIGN(8);
		__lock_classes_start = .;
		KEEP(*(.lock_classes))
		__lock_classes_end = .;
		. = ALIGN(64);
		__per_cpu_start = .;
		*(SORT_BY_ALIGNMENT(.data..percpu))
		. = ALIGN(64);
		__per_cpu_load_end = .;
	} :data

	.bss (NOLOAD) : AT_PHYS(.bss) {
		/* Run-time per-CPU allocations: every CPU's copy goes on here. */
		__per_cpu_dyn_start = .;
		. += PER_CPU_DYN_SIZE;
		__per_cpu_end = .;
		/* The initial contents of the section, for the copies of the other CPUs. */
		__per_cpu_pristine = .;
		. += __per_cpu_load_end - __per_cpu_start;
		*(.bss .bss.* COMMON)
		. = ALIGN(4096);
		*(.bss..page_aligned)
		. = ALIGN(4096);
		/* Never mapped, so that running off the stack above it faults. */
		__boot_stack_guard = .;
		. += 4096;
		__boot_stack = .;
		. += THREAD_SIZE;
		__boot_stack_end = .;
		. = ALIGN(4096);
	} :data
	__data_end = .;
	__image_end = .;

	pvh_entry_phys = pvh_entry - KERNEL_MAP_BASE;

	.comment 0 : { *(.comment) }
	.debug_aranges 0 : { *(.debug_aranges) }
	.debug_info 0 : { *(.debug_info .debug_info.*) }
	.debug_abbrev 0 : { *(.debug_abbrev) }
	.debug_line 0 : { *(.debug_line .debug_line.*) }
	.debug_frame 0 : { *(.debug_frame) }
	.debug_str 0 : { *(.debug_str) }
	.debug_loc 0 : { *(.debug_loc) }
	.debug_ranges 0 : { *(.debug_ranges) }
	.debug_line_str 0 : { *(.debug_line_str) }
	.debug_loclists 0 : { *(.debug_loclists) }
	.debug_rnglists 0 : { *(.debug_rnglists) }
	.debug_addr 0 : { *(.debug_addr) }
	.debug_str_offsets 0 : { *(.debug_str_offsets) }
	.symtab 0 : { *(.symtab) }
	.strtab 0 : { *(.strtab) }
	.shstrtab 0 : { *(.shstrtab) }

	/DISCARD/ : { *(.eh_frame .eh_frame_hdr .note.* .gnu.* .interp .dynamic .dynsym .dynstr .hash) }
}

ASSERT(__boot_stack_end - __boot_stack == THREAD_SIZE, "boot stack")
