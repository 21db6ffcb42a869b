/* SPDX-License-Identifier: MIT */
/*
 * First code of every CPU but the boot CPU.
 *
 * Copied to TRAMPOLINE_PHYS, where the start-up IPI makes the CPU begin in real
 * mode.  It needs nothing that differs between CPUs, so all of them may run it at
 * once; only when it is in the kernel's address space does a CPU look up its own
 * number by its APIC id, and with that its stack and its per-CPU area.
 */
#include "kernel/x86/layout.h"

#define PHYS(sym)	((sym) - KERNEL_MAP_BASE)
#define TRAMP(sym)	(TRAMPOLINE_PHYS + (sym) - trampoline_start)

	.section .rodata
	.balign 16
	.globl trampoline_start, trampoline_end
	.code16
trampoline_start:
	cli
	cld
	xorw %ax, %ax
	movw %ax, %ds
	lgdtl TRAMP(tramp_gdt_desc)
	movl %cr0, %eax
	orl $1, %eax
	movl %eax, %cr0
	ljmpl $0x08, $TRAMP(tramp_32)

	.code32
tramp_32:
	movl $0x18, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %ss
	movl $0xa0, %eax			/* PAE, PGE */
	movl %eax, %cr4
	movl $PHYS(boot_pgd), %eax
	movl %eax, %cr3
	movl $0xc0000080, %ecx			/* EFER: system call, long mode, no-execute */
	rdmsr
	orl $0x901, %eax
	wrmsr
	movl $0x80010033, %eax			/* paging, write protection, NE, ET, MP, PE */
	movl %eax, %cr0
	ljmp $0x10, $TRAMP(tramp_64)

	.code64
tramp_64:
	movabsq $secondary_high, %rax
	jmp *%rax

	.balign 8
tramp_gdt:
	.quad 0
	.quad 0x00cf9b000000ffff		/* 32-bit code */
	.quad 0x00af9b000000ffff		/* 64-bit code: __KERNEL_CS */
	.quad 0x00cf93000000ffff		/* data: __KERNEL_DS */
tramp_gdt_desc:
	.word . - tramp_gdt - 1
	.long TRAMP(tramp_gdt)
trampoline_end:

	.section .text
	.code64
secondary_high:
	movl $__KERNEL_DS, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %ss
	/* The APIC id: 32 bits where leaf 0xb exists, else 8 bits from leaf 1. */
	xorl %eax, %eax
	cpuid
	cmpl $0xb, %eax
	jb 1f
	movl $0xb, %eax
	xorl %ecx, %ecx
	cpuid
	testl %ebx, %ebx
	jz 1f
	movl %edx, %esi
	jmp 2f
1:	movl $1, %eax
	cpuid
	movl %ebx, %esi
	shrl $24, %esi
2:	/* the CPU number: index of the id in cpu_apic_id[] */
	xorl %edi, %edi
3:	cmpl %esi, cpu_apic_id(, %rdi, 4)
	je 4f
	incl %edi
	cmpl nr_cpu_ids(%rip), %edi
	jb 3b
	/* not listed by the firmware: stay out of the way */
5:	cli
	hlt
	jmp 5b
4:	movq __per_cpu_offset(, %rdi, 8), %rax
	movq %rax, %rdx
	shrq $32, %rdx
	movl $0xc0000101, %ecx
	wrmsr
	xorl %ebp, %ebp
	movq secondary_stack(, %rdi, 8), %rsp
	pushq %rbp				/* ends every backtrace */
	call x86_start_secondary
	ud2
	.section .note.GNU-stack, "", @progbits
