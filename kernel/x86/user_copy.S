/* SPDX-License-Identifier: MIT */
/*
 * The inner loops of copies, to and from programs and within the kernel.
 *
 * Each comes twice: an unrolled loop of 8-byte moves, which emulators run
 * fastest, and `rep movsb`, which current CPUs do.  Boot measures both and
 * points the jump at the entry of each routine to the better one.  All four
 * loads of a half block come before its stores: source and destination may share a
 * slot of an emulator's translation cache, and switching back and forth is slow.
 */
#include "kernel/x86/extable.h"

	.section .text

/*
 * unsigned long __copy_user(void *to, const void *from, unsigned long n)
 * Returns the bytes not copied.  A fault in a wide move falls back to single
 * bytes, so the count is exact.
 */
	.globl __copy_user
	.balign 16
__copy_user:
	jmp.d32 copy_user_unrolled

	/* 32 bytes, at an offset from both pointers; a fault goes on byte by byte, from where they point. */
	.macro move_user32 at
	.Lload_a\@:
	movq \at(%rsi), %r8
	.Lload_b\@:
	movq \at + 8(%rsi), %r9
	.Lload_c\@:
	movq \at + 16(%rsi), %r10
	.Lload_d\@:
	movq \at + 24(%rsi), %r11
	.Lstore_a\@:
	movq %r8, \at(%rdi)
	.Lstore_b\@:
	movq %r9, \at + 8(%rdi)
	.Lstore_c\@:
	movq %r10, \at + 16(%rdi)
	.Lstore_d\@:
	movq %r11, \at + 24(%rdi)
	_ASM_EXTABLE(.Lload_a\@, .Luser_bytes)
	_ASM_EXTABLE(.Lload_b\@, .Luser_bytes)
	_ASM_EXTABLE(.Lload_c\@, .Luser_bytes)
	_ASM_EXTABLE(.Lload_d\@, .Luser_bytes)
	_ASM_EXTABLE(.Lstore_a\@, .Luser_bytes)
	_ASM_EXTABLE(.Lstore_b\@, .Luser_bytes)
	_ASM_EXTABLE(.Lstore_c\@, .Luser_bytes)
	_ASM_EXTABLE(.Lstore_d\@, .Luser_bytes)
	.endm

	.macro advance bytes
	addq $\bytes, %rsi
	addq $\bytes, %rdi
	subq $\bytes, %rdx
	.endm

	.globl copy_user_unrolled
	.balign 16
copy_user_unrolled:
	cmpq $64, %rdx
	jb 9f
	cmpq $256, %rdx
	jb 6f
5:	move_user32 0
	move_user32 32
	move_user32 64
	move_user32 96
	move_user32 128
	move_user32 160
	move_user32 192
	move_user32 224
	advance 256
	cmpq $256, %rdx
	jae 5b
	cmpq $64, %rdx
	jb 9f
6:	move_user32 0
	move_user32 32
	advance 64
	cmpq $64, %rdx
	jae 6b
9:	cmpq $32, %rdx
	jb 20f
	move_user32 0
	advance 32
20:	cmpq $8, %rdx
	jb 30f
21:	movq (%rsi), %r8
22:	movq %r8, (%rdi)
	advance 8
	cmpq $8, %rdx
	jae 21b
30:	testl $4, %edx
	jz 23f
24:	movl (%rsi), %r8d
25:	movl %r8d, (%rdi)
	advance 4
23:	testq %rdx, %rdx
	jz 40f
.Luser_bytes:
31:	movb (%rsi), %al
32:	movb %al, (%rdi)
	incq %rsi
	incq %rdi
	decq %rdx
	jnz 31b
40:	movq %rdx, %rax
	ret
	_ASM_EXTABLE(21b, 31b)
	_ASM_EXTABLE(22b, 31b)
	_ASM_EXTABLE(24b, 31b)
	_ASM_EXTABLE(25b, 31b)
	_ASM_EXTABLE(31b, 40b)
	_ASM_EXTABLE(32b, 40b)

	.globl copy_user_movsb
	.balign 16
copy_user_movsb:
	cmpq $256, %rdx
	jb copy_user_unrolled
	movq %rdx, %rcx
1:	rep movsb
2:	movq %rcx, %rax
	ret
	_ASM_EXTABLE(1b, 2b)

/* unsigned long __clear_user(void *to, unsigned long n): bytes not cleared. */
	.globl __clear_user
	.balign 16
__clear_user:
	movq %rsi, %rcx
	movq %rsi, %rdx
	andl $7, %edx
	shrq $3, %rcx
	xorl %eax, %eax
1:	rep stosq
2:	leaq (%rdx, %rcx, 8), %rcx
	jrcxz 4f
3:	rep stosb
4:	movq %rcx, %rax
	ret
	_ASM_EXTABLE(1b, 2b)
	_ASM_EXTABLE(3b, 4b)

/* void *memcpy(void *to, const void *from, size_t n) */
	.globl memcpy
	.balign 16
memcpy:
	jmp.d32 memcpy_unrolled

	.macro move32 at
	movq \at(%rsi), %r8
	movq \at + 8(%rsi), %r9
	movq \at + 16(%rsi), %r10
	movq \at + 24(%rsi), %r11
	movq %r8, \at(%rdi)
	movq %r9, \at + 8(%rdi)
	movq %r10, \at + 16(%rdi)
	movq %r11, \at + 24(%rdi)
	.endm

	.globl memcpy_unrolled
	.balign 16
memcpy_unrolled:
	movq %rdi, %rax
	cmpq $64, %rdx
	jb 6f
	cmpq $256, %rdx
	jb 7f
1:	move32 0
	move32 32
	move32 64
	move32 96
	move32 128
	move32 160
	move32 192
	move32 224
	advance 256
	cmpq $256, %rdx
	jae 1b
	cmpq $64, %rdx
	jb 6f
7:	move32 0
	move32 32
	advance 64
	cmpq $64, %rdx
	jae 7b
6:	cmpq $32, %rdx
	jb 2f
	move32 0
	advance 32
2:	cmpl $8, %edx
	jb 3f
	movq (%rsi), %r8
	movq %r8, (%rdi)
	advance 8
	jmp 2b
3:	testl $4, %edx
	jz 8f
	movl (%rsi), %r8d
	movl %r8d, (%rdi)
	advance 4
8:	testl %edx, %edx
	jz 5f
4:	movb (%rsi), %cl
	movb %cl, (%rdi)
	incq %rsi
	incq %rdi
	decl %edx
	jnz 4b
5:	ret

	.globl memcpy_movsb
	.balign 16
memcpy_movsb:
	cmpq $256, %rdx
	jb memcpy_unrolled
	movq %rdi, %rax
	movq %rdx, %rcx
	rep movsb
	ret

/* void *memmove(void *to, const void *from, size_t n): forwards unless that would overwrite. */
	.globl memmove
	.balign 16
memmove:
	movq %rdi, %rax
	subq %rsi, %rax
	cmpq %rdx, %rax
	jae memcpy
	movq %rdi, %rax
	cmpq $8, %rdx
	jb 2f
1:	movq -8(%rsi, %rdx), %r8
	movq %r8, -8(%rdi, %rdx)
	subq $8, %rdx
	cmpq $8, %rdx
	jae 1b
2:	testq %rdx, %rdx
	jz 4f
3:	movb -1(%rsi, %rdx), %cl
	movb %cl, -1(%rdi, %rdx)
	decq %rdx
	jnz 3b
4:	ret

/* void *memset(void *to, int c, size_t n) */
	.globl memset
	.balign 16
memset:
	movq %rdi, %r9
	movzbl %sil, %eax
	movabsq $0x0101010101010101, %rcx
	imulq %rcx, %rax
	cmpq $128, %rdx
	jb 1f
	movq %rdx, %rcx
	andl $7, %edx
	shrq $3, %rcx
	rep stosq
1:	cmpq $8, %rdx
	jb 2f
	movq %rax, (%rdi)
	addq $8, %rdi
	subq $8, %rdx
	jmp 1b
2:	testl %edx, %edx
	jz 4f
3:	movb %al, (%rdi)
	incq %rdi
	decl %edx
	jnz 3b
4:	movq %r9, %rax
	ret

/* int memcmp(const void *a, const void *b, size_t n) */
	.globl memcmp
	.balign 16
memcmp:
	cmpq $8, %rdx
	jb 2f
1:	movq (%rdi), %r8
	movq (%rsi), %r9
	cmpq %r9, %r8
	jne 5f
	addq $8, %rdi
	addq $8, %rsi
	subq $8, %rdx
	cmpq $8, %rdx
	jae 1b
2:	testl %edx, %edx
	jz 4f
3:	movzbl (%rdi), %eax
	movzbl (%rsi), %ecx
	subl %ecx, %eax
	jnz 6f
	incq %rdi
	incq %rsi
	decl %edx
	jnz 3b
4:	xorl %eax, %eax
	ret
	/* the first byte that differs decides: compare as big-endian numbers */
5:	bswapq %r8
	bswapq %r9
	movl $-1, %eax
	movl $1, %ecx
	cmpq %r9, %r8
	cmoval %ecx, %eax
6:	ret

/* void clear_page(void *page) */
	.globl clear_page
	.balign 16
clear_page:
	xorl %eax, %eax
	movl $512, %ecx
	rep stosq
	ret

/* void copy_page(void *to, const void *from) */
	.globl copy_page
	.balign 16
copy_page:
	movl $4096, %edx
	jmp memcpy
	.section .note.GNU-stack, "", @progbits
