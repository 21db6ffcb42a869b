/* SPDX-License-Identifier: MIT */
/*
 * Compiler vocabulary shared by all of the kernel: attributes, single-access
 * helpers and static assertions.
 *
 * READ_ONCE and WRITE_ONCE make the compiler issue exactly one access of the
 * object's size.  They order nothing; see kernel/x86/barrier.h for that.
 */
#ifndef KERNEL_LIB_COMPILER_H
#define KERNEL_LIB_COMPILER_H

#define likely(x)		__builtin_expect(!!(x), 1)
#define unlikely(x)		__builtin_expect(!!(x), 0)

#define __must_check		__attribute__((__warn_unused_result__))
#define __maybe_unused		__attribute__((__unused__))
#define __always_unused		__attribute__((__unused__))
#ifndef __used
#define __used			__attribute__((__used__))
#endif
#define __packed		__attribute__((__packed__))
#define __aligned(x)		__attribute__((__aligned__(x)))
#define __noreturn		__attribute__((__noreturn__))
#define __printf(a, b)		__attribute__((__format__(printf, a, b)))
#define __weak			__attribute__((__weak__))
#define __pure			__attribute__((__pure__))
#define __cold			__attribute__((__cold__))
#define __malloc		__attribute__((__malloc__))
#define __section(s)		__attribute__((__section__(s)))
#define noinline		__attribute__((__noinline__))
#ifndef __always_inline
#define __always_inline		inline __attribute__((__always_inline__))
#endif
#define fallthrough		__attribute__((__fallthrough__))

/* One cache line on every x86-64 CPU this kernel runs on. */
#define SMP_CACHE_BYTES		64
#define L1_CACHE_BYTES		64
#define ____cacheline_aligned	__aligned(SMP_CACHE_BYTES)
#define ____cacheline_aligned_in_smp ____cacheline_aligned
#define __cacheline_aligned	__aligned(SMP_CACHE_BYTES)
#define __read_mostly

/* Annotations for readers: pointers into a program's memory, RCU-protected pointers. */
#define __user
#define __rcu
#define __iomem
#define __force
#define __percpu
#define __bitwise
#define __must_hold(x)
#define __acquires(x)
#define __releases(x)

#ifndef offsetof
#define offsetof(type, member)	__builtin_offsetof(type, member)
#endif
#define static_assert		_Static_assert
#define BUILD_BUG_ON(cond)	_Static_assert(!(cond), "BUILD_BUG_ON: " #cond)

#define __stringify_1(x...)	#x
#define __stringify(x...)	__stringify_1(x)
#define ___PASTE(a, b)		a##b
#define __PASTE(a, b)		___PASTE(a, b)

/* Keeps the compiler (not the CPU) from moving memory accesses across it. */
#ifndef barrier
#define barrier()		__asm__ __volatile__("" : : : "memory")
#endif

#define READ_ONCE(x)		(*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, val)						\
do {									\
	*(volatile __typeof__(x) *)&(x) = (val);			\
} while (0)

/* The address of the instruction after the call of the current function. */
#define _RET_IP_		((unsigned long)__builtin_return_address(0))

/* The address of the instruction that evaluates it. */
#define _THIS_IP_		({ unsigned long __ip;			\
				   __asm__("leaq 0(%%rip), %0" : "=r"(__ip)); __ip; })

#endif
