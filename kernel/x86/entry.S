/* SPDX-License-Identifier: MIT */
/*
 * The ways into the kernel and out of it.
 *
 * Programs may run at ring 0, where the CPU switches stacks only if the gate
 * names an IST slot.  So every gate does: interrupts and faults land on a small
 * per-CPU entry stack, with interrupts off, and move at once to where the
 * handler will run.  Where that is, the interrupted stack pointer decides:
 *
 *   CPL 3                               the program: top of the thread's kernel stack
 *   on this thread's kernel stack       the kernel: go on below it
 *   there, but the frame does not fit   overflow: the panic stack, to report it
 *   on a special stack                  a fault inside a report: go on below it
 *   anywhere else                       the program at ring 0: top of the kernel stack
 *
 * The entry stack is free again once the frame is copied, and nothing between
 * landing and copying can fault, so one per CPU is enough.  Pushing onto the
 * program's stack never happens: its red zone stays whole.
 *
 * NMI, machine check and double fault have stacks of their own, may arrive at
 * any instruction (also before swapgs), and so find the CPU's GS base in the
 * top word of their stack instead of trusting what is loaded.
 *
 * SYSCALL does not switch stacks.  Interrupts stay off while the kernel is on
 * the program's stack, on the way in and on the way out.
 */
#include "kernel/x86/layout.h"

#define X86_EFLAGS_IF	0x200

/* offsets in struct pt_regs */
#define R_DI		(14 * 8)
#define R_ORIG_AX	(15 * 8)
#define R_IP		(16 * 8)
#define R_CS		(17 * 8)

	.macro push_regs_after_orig_ax rdi=%rdi, rax=%rax
	pushq \rdi
	pushq %rsi
	pushq %rdx
	pushq %rcx
	pushq \rax
	pushq %r8
	pushq %r9
	pushq %r10
	pushq %r11
	pushq %rbx
	pushq %rbp
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	.endm

	.macro pop_regs
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %rbp
	popq %rbx
	popq %r11
	popq %r10
	popq %r9
	popq %r8
	popq %rax
	popq %rcx
	popq %rdx
	popq %rsi
	popq %rdi
	.endm

	/* Faults inside a user copy come with AC set; close that window (see uaccess.h). */
	.macro asm_clac
772:	.byte 0x0f, 0x1f, 0x00
	.pushsection .smap_sites, "a"
	.long 772b - .
	.long 0xca010f
	.popsection
	.endm

	/* Call with the frame in %rdi; %rbx keeps it over the call. */
	.macro call_with_regs fn
	movq %rsp, %rdi
	movq %rsp, %rbx
	xorl %ebp, %ebp
	andq $-16, %rsp
	call \fn
	movq %rbx, %rsp
	.endm

	.section .entry.text, "ax"

/* One stub of 16 bytes for each vector: error code (or 0), vector number, on. */
	.globl entry_stubs
	.balign 16
entry_stubs:
	vector = 0
	.rept 256
	.balign 16
	.if !(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21 || vector == 29 || vector == 30)
	pushq $0
	.endif
	pushq $vector
	jmp entry_common
	vector = vector + 1
	.endr

	.balign 16
entry_common:
	/* 0 vector, 8 error, 16 ip, 24 cs, 32 flags, 40 sp, 48 ss */
	cld
	asm_clac
	pushq %rdi
	pushq %rax
	/* 0 ax, 8 di, 16 vector, 24 error, 32 ip, 40 cs, 48 flags, 56 sp, 64 ss */
	testb $3, 40(%rsp)
	jnz .Lfrom_ring3
	movq %gs:cpu_stack_top(%rip), %rax
	subq 56(%rsp), %rax
	cmpq $(THREAD_SIZE + PAGE_SIZE), %rax
	ja .Lnot_thread_stack
	cmpq $(THREAD_SIZE - 512), %rax
	ja .Loverflow
.Lsame_stack:
	movq 56(%rsp), %rax
	andq $-16, %rax
.Lmove:
	movq %rsp, %rdi
	movq %rax, %rsp
	pushq 64(%rdi)
	pushq 56(%rdi)
	pushq 48(%rdi)
	pushq 40(%rdi)
	pushq 32(%rdi)
	pushq 24(%rdi)
	push_regs_after_orig_ax 8(%rdi), 0(%rdi)
	movl 16(%rdi), %esi
	call_with_regs x86_trap

/* Frame at %rsp, interrupts off, all exit work done. */
return_from_frame:
	pop_regs
	addq $8, %rsp
	testb $3, 8(%rsp)
	jz 1f
	swapgs
1:	iretq

.Lfrom_ring3:
	swapgs
	movq %gs:cpu_stack_top(%rip), %rax
	jmp .Lmove
.Lnot_thread_stack:
	movq 56(%rsp), %rax
	subq %gs:cpu_special_base(%rip), %rax
	cmpq $(PAGE_SIZE * 13), %rax		/* panic, NMI, #DF, #MC stacks */
	jb .Lsame_stack
	movq %gs:cpu_stack_top(%rip), %rax
	jmp .Lmove
.Loverflow:
	orl $0x100, 16(%rsp)			/* tells x86_trap */
	movq %gs:cpu_special_base(%rip), %rax
	addq $(PAGE_SIZE * 3), %rax
	jmp .Lmove

/*
 * NMI, double fault, machine check: stay on their own stack.  %rbx of the frame
 * is free to keep the GS base found, because the frame has been saved.
 */
	.macro special_entry name, fn, has_error
	.globl \name
	.balign 16
\name:
	cld
	.if !\has_error
	pushq $0
	.endif
	push_regs_after_orig_ax
	movl $0xc0000101, %ecx
	rdmsr
	shlq $32, %rdx
	orq %rdx, %rax
	movq %rax, %r12
	movq (21 * 8)(%rsp), %rax		/* this CPU's GS base, above the frame */
	movq %rax, %rdx
	shrq $32, %rdx
	wrmsr
	call_with_regs \fn
	movq %r12, %rax
	movq %r12, %rdx
	shrq $32, %rdx
	movl $0xc0000101, %ecx
	wrmsr
	pop_regs
	addq $8, %rsp
	iretq
	.endm

	special_entry entry_nmi, x86_nmi, 0
	special_entry entry_double_fault, x86_double_fault, 1
	special_entry entry_machine_check, x86_machine_check, 0

	.macro push_syscall_regs ss, cs
	pushq $\ss
	pushq %gs:cpu_entry_scratch(%rip)
	pushq %r11
	pushq $\cs
	pushq %rcx
	pushq %rax
	push_regs_after_orig_ax %rdi, $-38	/* -ENOSYS */
	.endm

/* System call from a ring 0 program: %rcx next instruction, %r11 flags, interrupts off. */
	.globl entry_syscall_ring0
	.balign 16
entry_syscall_ring0:
	movq %rsp, %gs:cpu_entry_scratch(%rip)
	movq %gs:cpu_stack_top(%rip), %rsp
	push_syscall_regs __KERNEL_DS, __KERNEL_CS
	call_with_regs do_syscall
	testb %al, %al
	jz return_from_frame
	/*
	 * The quick way, for an unchanged frame: flags without IF first, then the
	 * program's stack, then sti, which lets no interrupt in before the jump.
	 */
	pop_regs
	addq $8, %rsp				/* 0 ip, 8 cs, 16 flags, 24 sp */
	pushq %r11
	andq $~X86_EFLAGS_IF, (%rsp)
	popfq
	movq 24(%rsp), %rsp
	sti
	/* An NMI right here uses up the shadow of sti; x86_trap() knows this place. */
	.globl entry_quick_jump
entry_quick_jump:
	jmp *%rcx

/* The same from ring 3. */
	.globl entry_syscall_ring3
	.balign 16
entry_syscall_ring3:
	swapgs
	movq %rsp, %gs:cpu_entry_scratch(%rip)
	movq %gs:cpu_stack_top(%rip), %rsp
	push_syscall_regs __USER_DS, __USER_CS
	call_with_regs do_syscall
	testb %al, %al
	jz return_from_frame
	pop_regs
	movq 32(%rsp), %rsp			/* 0 orig_ax, 8 ip, 16 cs, 24 flags, 32 sp */
	swapgs
	sysretq

/* 32-bit system calls do not exist here: the caller is told so. */
	.globl entry_syscall_compat
	.balign 16
entry_syscall_compat:
	swapgs
	movq %rsp, %gs:cpu_entry_scratch(%rip)
	movq %gs:cpu_stack_top(%rip), %rsp
	pushq $__USER_DS
	pushq %gs:cpu_entry_scratch(%rip)
	pushq %r11
	pushq $__USER32_CS
	pushq %rcx
	pushq %rax
	push_regs_after_orig_ax %rdi, $-38
	jmp return_from_frame

/*
 * struct task_struct *switch_stacks(unsigned long *save_sp, unsigned long new_sp,
 *				     struct task_struct *prev)
 * Returns @prev, on the new stack.
 */
	.globl switch_stacks
	.balign 16
switch_stacks:
	pushq %rbp
	pushq %rbx
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	movq %rsp, (%rdi)
	movq %rsi, %rsp
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %rbx
	popq %rbp
	movq %rdx, %rax
	ret

/* Where a new thread's first switch returns to: %rax prev, %r12 function, %r13 argument. */
	.globl thread_start
	.balign 16
thread_start:
	movq %rsp, %rbx				/* the program's frame */
	movq %rax, %rdi
	movq %r12, %rsi
	movq %r13, %rdx
	xorl %ebp, %ebp
	andq $-16, %rsp
	call x86_thread_start
	movq %rbx, %rsp
	jmp return_from_frame
	.section .note.GNU-stack, "", @progbits
