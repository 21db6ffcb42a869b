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

	.globl copy_user_unrolled
	.balign 16
copy_user_unrolled:
	cmpq $64, %rdx
	jb 9f
50:	movq (%rsi), %r8
51:	movq 8(%rsi), %r9
52:	movq 16(%rsi), %r10
53:	movq 24(%rsi), %r11
54:	movq %r8, (%rdi)
55:	movq %r9, 8(%rdi)
56:	movq %r10, 16(%rdi)
57:	movq %r11, 24(%rdi)
60:	movq 32(%rsi), %r8
61:	movq 40(%rsi), %r9
62:	movq 48(%rsi), %r10
63:	movq 56(%rsi), %r11
64:	movq %r8, 32(%rdi)
65:	movq %r9, 40(%rdi)
66:	movq %r10, 48(%rdi)
67:	movq %r11, 56(%rdi)
	addq $64, %rsi
	addq $64, %rdi
	subq $64, %rdx
	cmpq $64, %rdx
	jae 50b
9:	cmpq $32, %rdx
	jb 20f
10:	movq (%rsi), %r8
11:	movq 8(%rsi), %r9
12:	movq 16(%rsi), %r10
13:	movq 24(%rsi), %r11
14:	movq %r8, (%rdi)
15:	movq %r9, 8(%rdi)
16:	movq %r10, 16(%rdi)
17:	movq %r11, 24(%rdi)
	addq $32, %rsi
	addq $32, %rdi
	subq $32, %rdx
20:	cmpq $8, %rdx
	jb 30f
21:	movq (%rsi), %r8
22:	movq %r8, (%rdi)
	addq $8, %rsi
	addq $8, %rdi
	subq $8, %rdx
	cmpq $8, %rdx
	jae 21b
30:	testq %rdx, %rdx
	jz 40f
31:	movb (%rsi), %al
32:	movb %al, (%rdi)
	incq %rsi
	incq %rdi
	decq %rdx
	jnz 31b
40:	movq %rdx, %rax
	ret
	_ASM_EXTABLE(50b, 31b)
	_ASM_EXTABLE(51b, 31b)
	_ASM_EXTABLE(52b, 31b)
	_ASM_EXTABLE(53b, 31b)
	_ASM_EXTABLE(54b, 31b)
	_ASM_EXTABLE(55b, 31b)
	_ASM_EXTABLE(56b, 31b)
	_ASM_EXTABLE(57b, 31b)
	_ASM_EXTABLE(60b, 31b)
	_ASM_EXTABLE(61b, 31b)
	_ASM_EXTABLE(62b, 31b)
	_ASM_EXTABLE(63b, 31b)
	_ASM_EXTABLE(64b, 31b)
	_ASM_EXTABLE(65b, 31b)
	_ASM_EXTABLE(66b, 31b)
	_ASM_EXTABLE(67b, 31b)
	_ASM_EXTABLE(10b, 31b)
	_ASM_EXTABLE(11b, 31b)
	_ASM_EXTABLE(12b, 31b)
	_ASM_EXTABLE(13b, 31b)
	_ASM_EXTABLE(14b, 31b)
	_ASM_EXTABLE(15b, 31b)
	_ASM_EXTABLE(16b, 31b)
	_ASM_EXTABLE(17b, 31b)
	_ASM_EXTABLE(21b, 31b)
	_ASM_EXTABLE(22b, 31b)
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

	.globl memcpy_unrolled
	.balign 16
memcpy_unrolled:
	movq %rdi, %rax
	cmpq $64, %rdx
	jb 6f
7:	movq (%rsi), %r8
	movq 8(%rsi), %r9
	movq 16(%rsi), %r10
	movq 24(%rsi), %r11
	movq %r8, (%rdi)
	movq %r9, 8(%rdi)
	movq %r10, 16(%rdi)
	movq %r11, 24(%rdi)
	movq 32(%rsi), %r8
	movq 40(%rsi), %r9
	movq 48(%rsi), %r10
	movq 56(%rsi), %r11
	movq %r8, 32(%rdi)
	movq %r9, 40(%rdi)
	movq %r10, 48(%rdi)
	movq %r11, 56(%rdi)
	addq $64, %rsi
	addq $64, %rdi
	subq $64, %rdx
	cmpq $64, %rdx
	jae 7b
6:	cmpq $32, %rdx
	jb 2f
	movq (%rsi), %r8
	movq 8(%rsi), %r9
	movq 16(%rsi), %r10
	movq 24(%rsi), %r11
	movq %r8, (%rdi)
	movq %r9, 8(%rdi)
	movq %r10, 16(%rdi)
	movq %r11, 24(%rdi)
	addq $32, %rsi
	addq $32, %rdi
	subq $32, %rdx
2:	cmpl $8, %edx
	jb 3f
	movq (%rsi), %r8
	movq %r8, (%rdi)
	addq $8, %rsi
	addq $8, %rdi
	subl $8, %edx
	jmp 2b
3:	testl %edx, %edx
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
