/* SPDX-License-Identifier: MIT */
/*
 * The thunks of slow_call.h: saving_FN calls FN and keeps every register, but for ax if FN has a value.
 */
	.macro saving fn, value=0
	.globl saving_\fn
	.balign 16
saving_\fn:
	pushq %rbp
	movq %rsp, %rbp
	pushq %rdi
	pushq %rsi
	pushq %rdx
	pushq %rcx
	.if !\value
	pushq %rax
	.endif
	pushq %r8
	pushq %r9
	pushq %r10
	pushq %r11
	call \fn
	popq %r11
	popq %r10
	popq %r9
	popq %r8
	.if !\value
	popq %rax
	.endif
	popq %rcx
	popq %rdx
	popq %rsi
	popq %rdi
	popq %rbp
	ret
	.endm

	.section .text, "ax"
	saving preempt_schedule
	saving mutex_lock_slow, 1
	saving mutex_unlock_slow
	saving percpu_down_read_slow
	saving rwsem_lock_slow, 1
#if CONFIG_CHECKS
	saving may_not_sleep
	saving held_push_slow
	saving held_pop_slow
	saving lock_chain_check
	saving spin_wait
#endif
	.section .note.GNU-stack, "", @progbits
