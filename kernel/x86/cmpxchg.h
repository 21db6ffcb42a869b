/* SPDX-License-Identifier: MIT */
/*
 * Atomic exchange, compare-and-exchange and add on any 1, 2, 4 or 8 byte
 * object.  All are full barriers; on x86 the _acquire, _release and _relaxed
 * names cost the same and exist to say what the caller relies on.
 */
#ifndef KERNEL_X86_CMPXCHG_H
#define KERNEL_X86_CMPXCHG_H

#include "kernel/lib/types.h"

#define xchg(ptr, v) ({							\
	__typeof__(ptr) __xp = (ptr);					\
	__typeof__(*(ptr)) __xv = (__typeof__(*(ptr)))(v);		\
	__atomic_exchange_n(__xp, __xv, __ATOMIC_SEQ_CST); })

/* Returns the value found; the exchange happened if it equals @old. */
#define cmpxchg(ptr, old, new) ({					\
	__typeof__(ptr) __cp = (ptr);					\
	__typeof__(*(ptr)) __co = (__typeof__(*(ptr)))(old);		\
	__atomic_compare_exchange_n(__cp, &__co, (__typeof__(*(ptr)))(new), 0,	\
				    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);	\
	__co; })

/* Returns success, and on failure stores the value found in *@pold. */
#define try_cmpxchg(ptr, pold, new) ({					\
	__typeof__(ptr) __tp = (ptr);					\
	__typeof__(pold) __tpo = (pold);				\
	__typeof__(*(ptr)) __to = (__typeof__(*(ptr)))*__tpo;		\
	bool __tok = __atomic_compare_exchange_n(__tp, &__to,		\
			(__typeof__(*(ptr)))(new), 0,			\
			__ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);		\
	if (!__tok)							\
		*__tpo = __to;						\
	__tok; })

/* Adds and returns the value before. */
#define xadd(ptr, v)	__atomic_fetch_add((ptr), (v), __ATOMIC_SEQ_CST)

#define xchg_acquire(p, v)		xchg(p, v)
#define xchg_release(p, v)		xchg(p, v)
#define xchg_relaxed(p, v)		xchg(p, v)
#define cmpxchg_acquire(p, o, n)	cmpxchg(p, o, n)
#define cmpxchg_release(p, o, n)	cmpxchg(p, o, n)
#define cmpxchg_relaxed(p, o, n)	cmpxchg(p, o, n)
#define cmpxchg64(p, o, n)		cmpxchg(p, o, n)
#define try_cmpxchg_acquire(p, o, n)	try_cmpxchg(p, o, n)
#define try_cmpxchg_release(p, o, n)	try_cmpxchg(p, o, n)
#define try_cmpxchg_relaxed(p, o, n)	try_cmpxchg(p, o, n)

/*
 * Compare and exchange 16 bytes at @ptr (16-byte aligned): both halves or
 * nothing.  Returns success; on failure *@o0 and *@o1 hold what was found.
 */
static __always_inline bool cmpxchg_double(volatile void *ptr, u64 *o0, u64 *o1, u64 n0, u64 n1)
{
	bool ok;
	u64 a = *o0, d = *o1;

	__asm__ __volatile__("lock; cmpxchg16b %0"
			     : "+m"(*(volatile u128 *)ptr), "=@ccz"(ok), "+a"(a), "+d"(d)
			     : "b"(n0), "c"(n1) : "memory");
	*o0 = a;
	*o1 = d;
	return ok;
}

#endif
