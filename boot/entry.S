/* SPDX-License-Identifier: MIT */
/*
 * From the boot loader to C.
 *
 * Two protocols end here: PVH (`qemu -kernel`) and Multiboot2 (GRUB).  Both
 * enter in 32-bit protected mode with paging off and a pointer to their
 * information in EBX.  This code builds the first page tables, turns on long
 * mode, and calls x86_start(magic, info) on the boot stack in the kernel's own
 * part of the address space.
 *
 * The first page tables map, with 2 MiB pages: the first 16 MiB one to one (this
 * code, and later the trampoline of the other CPUs), the first 4 GiB at
 * PAGE_OFFSET, and the image at KERNEL_MAP_BASE.  C narrows the image's
 * mappings to what each part needs.
 */
#include "kernel/x86/layout.h"

#define PHYS(sym)	((sym) - KERNEL_MAP_BASE)
#define PVH_MAGIC	0x336ec578
#define MB2_MAGIC	0x36d76289

	/* Multiboot2 header: within the first 32 KiB of the file. */
	.section .boot.header, "ax"
	.balign 8
mb2_header:
	.long 0xe85250d6
	.long 0					/* i386, 32-bit protected mode */
	.long mb2_header_end - mb2_header
	.long -(0xe85250d6 + 0 + (mb2_header_end - mb2_header))
	/* information request: command line, modules, memory map, both ACPI tags */
	.balign 8
1:	.word 1, 0
	.long 2f - 1b
	.long 1, 3, 6, 14, 15
2:
	.balign 8
	/* modules on page boundaries */
	.word 6, 0
	.long 8
	.balign 8
	.word 0, 0
	.long 8
mb2_header_end:

	.section .note.pvh, "a", @note
	.balign 4
	.long 4					/* name size */
	.long 8					/* descriptor size */
	.long 18				/* XEN_ELFNOTE_PHYS32_ENTRY */
	.asciz "Xen"
	.quad pvh_entry_phys

	.section .boot.text, "ax"
	.code32
	.globl pvh_entry
pvh_entry:
	movl $PVH_MAGIC, %eax
	.globl mb2_entry
mb2_entry:
	cli
	cld
	movl %eax, %edi				/* kept for x86_start */
	movl %ebx, %esi
	movl $PHYS(__boot_stack_end), %esp

	/* The loaders cleared .bss, so only entries that are used need writing. */
	movl $PHYS(boot_pd_direct), %ebx
	movl $0x83, %eax			/* present, writable, 2 MiB */
	xorl %edx, %edx
	xorl %ecx, %ecx
1:	movl %eax, (%ebx, %ecx, 8)
	addl $0x200000, %eax
	incl %ecx
	cmpl $2048, %ecx
	jne 1b

	movl $PHYS(boot_pd_ident), %ebx
	movl $PHYS(boot_pd_kernel), %edx
	movl $0x83, %eax
	xorl %ecx, %ecx
2:	movl %eax, (%ebx, %ecx, 8)
	movl %eax, (%edx, %ecx, 8)
	addl $0x200000, %eax
	incl %ecx
	cmpl $8, %ecx
	jne 2b

	movl $(PHYS(boot_pd_ident) + 3), PHYS(boot_pud_ident)
	movl $(PHYS(boot_pd_direct) + 3), PHYS(boot_pud_direct)
	movl $(PHYS(boot_pd_direct) + 0x1003), PHYS(boot_pud_direct) + 8
	movl $(PHYS(boot_pd_direct) + 0x2003), PHYS(boot_pud_direct) + 16
	movl $(PHYS(boot_pd_direct) + 0x3003), PHYS(boot_pud_direct) + 24
	movl $(PHYS(boot_pd_kernel) + 3), PHYS(boot_pud_kernel) + 510 * 8
	movl $(PHYS(boot_pud_ident) + 3), PHYS(boot_pgd)
	movl $(PHYS(boot_pud_direct) + 3), PHYS(boot_pgd) + 273 * 8
	movl $(PHYS(boot_pud_kernel) + 3), PHYS(boot_pgd) + 511 * 8

	movl %cr4, %eax
	orl $0xa0, %eax				/* PAE, PGE */
	movl %eax, %cr4
	movl $PHYS(boot_pgd), %eax
	movl %eax, %cr3
	movl $0xc0000080, %ecx			/* EFER: system call, long mode, no-execute */
	rdmsr
	orl $0x901, %eax
	wrmsr
	movl %cr0, %eax
	andl $~0x60000004, %eax			/* caches on, no FPU emulation */
	orl $0x80010023, %eax			/* paging, write protection, MP, NE */
	movl %eax, %cr0
	lgdt PHYS(boot_gdt_desc)
	ljmp $__KERNEL_CS, $PHYS(boot_64)

	.code64
boot_64:
	movabsq $boot_high, %rax
	jmp *%rax
boot_high:
	movl $__KERNEL_DS, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %ss
	xorl %eax, %eax
	movl %eax, %fs
	movl %eax, %gs
	xorl %edx, %edx
	movl $0xc0000101, %ecx			/* GS base 0: the boot CPU's per-CPU section */
	wrmsr
	movq $__boot_stack_end, %rsp
	xorl %ebp, %ebp
	pushq %rbp				/* ends every backtrace */
	movl %edi, %edi
	movl %esi, %esi
	call x86_start
	ud2

	/* Also loaded by the other CPUs on their way. */
	.section .rodata
	.balign 8
	.globl boot_gdt
boot_gdt:
	.quad 0
	.quad 0
	.quad 0x00af9b000000ffff		/* 64-bit code */
	.quad 0x00cf93000000ffff		/* data */
boot_gdt_end:
boot_gdt_desc:
	.word boot_gdt_end - boot_gdt - 1
	.long PHYS(boot_gdt)

	.section .bss..page_aligned, "aw", @nobits
	.balign 4096
	.globl boot_pgd, boot_pd_kernel, boot_pd_direct
boot_pgd:	.skip 4096
boot_pud_ident:	.skip 4096
boot_pd_ident:	.skip 4096
boot_pud_direct: .skip 4096
boot_pd_direct:	.skip 4096 * 4
boot_pud_kernel: .skip 4096
boot_pd_kernel:	.skip 4096
	.section .note.GNU-stack, "", @progbits
