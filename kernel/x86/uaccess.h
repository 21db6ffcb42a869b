/* SPDX-License-Identifier: MIT */
/*
 * Reading and writing the program's memory.
 *
 * Every access is bounds-checked against TASK_SIZE and covered by the exception
 * table: a wild pointer makes the call fail with -EFAULT or report the bytes
 * not copied.  The accesses may sleep in a page fault unless page faults are
 * disabled (pagefault_disable()), in which case a fault that needs work just
 * fails.
 */
#ifndef KERNEL_X86_UACCESS_H
#define KERNEL_X86_UACCESS_H

#include "kernel/lib/types.h"
#include "kernel/lib/errno.h"
#include "kernel/x86/layout.h"
#include "kernel/x86/extable.h"

static __always_inline bool access_ok(const void __user *p, size_t size)
{
	unsigned long a = (unsigned long)p;

	return size <= TASK_SIZE && a <= TASK_SIZE - size;
}

/* may_fault: the hook of the lock checker; see uaccess.c. */
void __might_fault(const char *file, int line);
#if CONFIG_CHECKS
#define might_fault()	__might_fault(__FILE__, __LINE__)
#else
#define might_fault()	do { } while (0)
#endif

/*
 * Between these, a fault on program memory that is not mapped is not handled:
 * the access fails.  They nest; current task only; any context.
 */
void pagefault_disable(void);
void pagefault_enable(void);
bool pagefault_disabled(void);
/* What the fault handler asks: may it not sleep here? */
bool faulthandler_disabled(void);

/*
 * Open and close the window to program pages on CPUs with SMAP.  The
 * instructions are three-byte no-ops until boot finds that they are needed.
 */
#define ASM_STAC	"772: .byte 0x0f, 0x1f, 0x00\n"			\
			" .pushsection .smap_sites, \"a\"\n"		\
			" .long 772b - .\n .long 0xcb010f\n"		\
			" .popsection\n"
#define ASM_CLAC	"773: .byte 0x0f, 0x1f, 0x00\n"			\
			" .pushsection .smap_sites, \"a\"\n"		\
			" .long 773b - .\n .long 0xca010f\n"		\
			" .popsection\n"
static __always_inline void stac(void)
{
	__asm__ __volatile__(ASM_STAC : : : "memory");
}

static __always_inline void clac(void)
{
	__asm__ __volatile__(ASM_CLAC : : : "memory");
}

/* Bytes NOT copied (0 is success).  No checks of the range; mostly for the functions below. */
unsigned long __copy_user(void *to, const void *from, unsigned long n);
unsigned long __clear_user(void __user *to, unsigned long n);

/*
 * Copy to or from the program.  Returns the number of bytes that could not be
 * copied.  copy_from_user clears the rest of the kernel buffer on failure.
 */
unsigned long copy_to_user(void __user *to, const void *from, unsigned long n);
unsigned long copy_from_user(void *to, const void __user *from, unsigned long n);
unsigned long clear_user(void __user *to, unsigned long n);
/*
 * A structure that has grown, or may grow: @size bytes of the program's to our @known. What it has less is zero; what it has more has
 * to be. 0, -EFAULT, or -E2BIG for something we do not know (and for more than a page). May sleep.
 */
int copy_struct_from_user(void *to, unsigned long known, const void __user *from, unsigned long size);

/* The same under pagefault_disable(): never sleep, copy what is mapped. */
unsigned long __copy_to_user_inatomic(void __user *to, const void *from, unsigned long n);
unsigned long __copy_from_user_inatomic(void *to, const void __user *from, unsigned long n);
#define copy_to_user_inatomic	__copy_to_user_inatomic
#define copy_from_user_inatomic	__copy_from_user_inatomic
/* As above with faults disabled by the callee: 0 or -EFAULT. */
long copy_from_user_nofault(void *to, const void __user *from, unsigned long n);
long copy_to_user_nofault(void __user *to, const void *from, unsigned long n);
/* A kernel address that may be bad: 0 or -EFAULT.  Any context. */
long copy_from_kernel_nofault(void *to, const void *from, unsigned long n);

/*
 * Copy a string of at most @count bytes, terminator included.  Length without
 * the terminator, @count if it did not end within @count, or -EFAULT.
 */
long strncpy_from_user(char *to, const char __user *from, long count);
/* Length with the terminator, @n + 1 or more if longer than @n, 0 on a fault. */
long strnlen_user(const char __user *s, long n);

/* Touch the first byte of each page of the range for reading or writing: 0 or -EFAULT. */
int fault_in_pages_readable(const char __user *p, size_t n);
int fault_in_pages_writeable(char __user *p, size_t n);

#define __get_user_asm(x, p, err, mov, constraint)			\
	__asm__ __volatile__(ASM_STAC					\
			     "1: " mov " %2, %1\n"			\
			     "2:\n" ASM_CLAC				\
			     " jmp 4f\n"				\
			     "3:\n" ASM_CLAC				\
			     " movl %3, %0\n xorl %k1, %k1\n"		\
			     "4:\n"					\
			     _ASM_EXTABLE(1b, 3b)			\
			     : "=r"(err), constraint(x)			\
			     : "m"(*(p)), "i"(-EFAULT), "0"(0) : "memory")

#define __put_user_asm(x, p, err, mov, constraint)			\
	__asm__ __volatile__(ASM_STAC					\
			     "1: " mov " %2, %1\n"			\
			     "2:\n" ASM_CLAC				\
			     " jmp 4f\n"				\
			     "3:\n" ASM_CLAC				\
			     " movl %3, %0\n"				\
			     "4:\n"					\
			     _ASM_EXTABLE(1b, 3b)			\
			     : "=r"(err), "=m"(*(p))			\
			     : constraint(x), "i"(-EFAULT), "0"(0) : "memory")

/* Load a 1, 2, 4 or 8 byte object: 0 or -EFAULT (then x is 0).  No range check. */
#define __get_user(x, ptr) ({						\
	int __gerr;							\
	__typeof__(*(ptr)) *__gp = (__typeof__(*(ptr)) *)(ptr);		\
	might_fault();							\
	switch (sizeof(*__gp)) {					\
	case 1: { u8 __v; __get_user_asm(__v, (u8 *)__gp, __gerr, "movb", "=&q"); \
		(x) = (__typeof__(*(ptr)))(unsigned long)__v; break; }			\
	case 2: { u16 __v; __get_user_asm(__v, (u16 *)__gp, __gerr, "movw", "=&r"); \
		(x) = (__typeof__(*(ptr)))(unsigned long)__v; break; }			\
	case 4: { u32 __v; __get_user_asm(__v, (u32 *)__gp, __gerr, "movl", "=&r"); \
		(x) = (__typeof__(*(ptr)))(unsigned long)__v; break; }			\
	default: { u64 __v; __get_user_asm(__v, (u64 *)__gp, __gerr, "movq", "=&r"); \
		(x) = (__typeof__(*(ptr)))(unsigned long)__v; break; }			\
	}								\
	__gerr; })

#define __put_user(x, ptr) ({						\
	int __perr;							\
	__typeof__(*(ptr)) __pv = (__typeof__(*(ptr)))(x);		\
	__typeof__(*(ptr)) *__pp = (__typeof__(*(ptr)) *)(ptr);		\
	might_fault();							\
	switch (sizeof(*__pp)) {					\
	case 1: __put_user_asm((u8)(u64)__pv, (u8 *)__pp, __perr, "movb", "q"); break;	\
	case 2: __put_user_asm((u16)(u64)__pv, (u16 *)__pp, __perr, "movw", "r"); break;	\
	case 4: __put_user_asm((u32)(u64)__pv, (u32 *)__pp, __perr, "movl", "r"); break;	\
	default: __put_user_asm((u64)__pv, (u64 *)__pp, __perr, "movq", "r"); break;	\
	}								\
	__perr; })

/* The same with the range check. */
#define get_user(x, ptr) ({						\
	__typeof__(ptr) __gup = (ptr);					\
	int __gur;							\
	if (likely(access_ok(__gup, sizeof(*__gup)))) {			\
		__gur = __get_user(x, __gup);				\
	} else {							\
		(x) = (__typeof__(*(ptr)))0;				\
		__gur = -EFAULT;					\
	}								\
	__gur; })
#define put_user(x, ptr) ({						\
	__typeof__(ptr) __pup = (ptr);					\
	likely(access_ok(__pup, sizeof(*__pup))) ? __put_user(x, __pup) : -EFAULT; })

/*
 * A window in which many objects are stored one by one, without a copy in the kernel first: between user_access_begin(), which checks
 * the range and may_fault, and user_access_end(). A store that fails jumps to the label, where the window is still open.
 */
static __always_inline bool user_access_begin(void __user *p, size_t size)
{
	might_fault();
	if (unlikely(!access_ok(p, size)))
		return false;
	stac();
	return true;
}

static __always_inline void user_access_end(void)
{
	clac();
}

#define __unsafe_put_asm(x, p, label, mov)				\
	asm goto("1: " mov " %0, %1\n"					\
		 _ASM_EXTABLE(1b, %l[label])				\
		 : : "r"(x), "m"(*(p)) : "memory" : label)

/* 2, 4 or 8 bytes */
#define unsafe_put_user(x, ptr, label)					\
do {									\
	__typeof__(ptr) __upp = (ptr);					\
	u64 __upv = (u64)(__typeof__(*(ptr)))(x);			\
	_Static_assert(sizeof(*__upp) == 2 || sizeof(*__upp) == 4 || sizeof(*__upp) == 8, "size"); \
	if (sizeof(*__upp) == 2)					\
		__unsafe_put_asm((u16)__upv, __upp, label, "movw");	\
	else if (sizeof(*__upp) == 4)					\
		__unsafe_put_asm((u32)__upv, __upp, label, "movl");	\
	else								\
		__unsafe_put_asm(__upv, __upp, label, "movq");		\
} while (0)

/* Without a loop: not every compiler unrolls one that has such jumps. */
#define unsafe_clear_4(words, label)					\
do {									\
	u64 __user *__ucw = (words);					\
	unsafe_put_user(0, &__ucw[0], label);				\
	unsafe_put_user(0, &__ucw[1], label);				\
	unsafe_put_user(0, &__ucw[2], label);				\
	unsafe_put_user(0, &__ucw[3], label);				\
} while (0)

/*
 * Atomic compare-and-exchange on a program's 32-bit word, for futexes.  0 with
 * *@found set to the value that was there, or -EFAULT.
 */
int cmpxchg_user_u32(u32 __user *p, u32 old, u32 new, u32 *found);

/* Boot: choose the copy loop by measurement; make the SMAP windows real if needed. */
void uaccess_init(void);

#endif
