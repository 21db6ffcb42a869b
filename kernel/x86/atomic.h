/* SPDX-License-Identifier: MIT */
/*
 * Atomic counters: atomic_t (32 bits), atomic64_t and atomic_long_t (64 bits).
 *
 * Operations that return a value are full barriers, the others order nothing by
 * contract.  The _acquire, _release and _relaxed names cost the same on x86 and
 * say what the caller relies on.  atomic_read and atomic_set are plain single
 * accesses.
 */
#ifndef KERNEL_X86_ATOMIC_H
#define KERNEL_X86_ATOMIC_H

#include "kernel/lib/types.h"
#include "kernel/x86/barrier.h"
#include "kernel/x86/cmpxchg.h"

#define KERNEL_X86_ATOMIC(A, I)							\
static __always_inline I A##_read(const A##_t *v)				\
{										\
	return READ_ONCE(v->counter);						\
}										\
static __always_inline I A##_read_acquire(const A##_t *v)			\
{										\
	return smp_load_acquire(&v->counter);					\
}										\
static __always_inline void A##_set(A##_t *v, I i)				\
{										\
	WRITE_ONCE(v->counter, i);						\
}										\
static __always_inline void A##_set_release(A##_t *v, I i)			\
{										\
	smp_store_release(&v->counter, i);					\
}										\
static __always_inline I A##_xchg(A##_t *v, I n)				\
{										\
	return xchg(&v->counter, n);						\
}										\
static __always_inline I A##_cmpxchg(A##_t *v, I o, I n)			\
{										\
	return cmpxchg(&v->counter, o, n);					\
}										\
static __always_inline bool A##_try_cmpxchg(A##_t *v, I *o, I n)		\
{										\
	return try_cmpxchg(&v->counter, o, n);					\
}										\
static __always_inline I A##_fetch_add(I i, A##_t *v)				\
{										\
	return __atomic_fetch_add(&v->counter, i, __ATOMIC_SEQ_CST);		\
}										\
static __always_inline I A##_fetch_sub(I i, A##_t *v)				\
{										\
	return __atomic_fetch_sub(&v->counter, i, __ATOMIC_SEQ_CST);		\
}										\
static __always_inline I A##_fetch_or(I i, A##_t *v)				\
{										\
	return __atomic_fetch_or(&v->counter, i, __ATOMIC_SEQ_CST);		\
}										\
static __always_inline I A##_fetch_and(I i, A##_t *v)				\
{										\
	return __atomic_fetch_and(&v->counter, i, __ATOMIC_SEQ_CST);		\
}										\
static __always_inline I A##_fetch_andnot(I i, A##_t *v)			\
{										\
	return __atomic_fetch_and(&v->counter, ~i, __ATOMIC_SEQ_CST);		\
}										\
static __always_inline I A##_fetch_xor(I i, A##_t *v)				\
{										\
	return __atomic_fetch_xor(&v->counter, i, __ATOMIC_SEQ_CST);		\
}										\
static __always_inline I A##_add_return(I i, A##_t *v)				\
{										\
	return __atomic_add_fetch(&v->counter, i, __ATOMIC_SEQ_CST);		\
}										\
static __always_inline I A##_sub_return(I i, A##_t *v)				\
{										\
	return __atomic_sub_fetch(&v->counter, i, __ATOMIC_SEQ_CST);		\
}										\
static __always_inline I A##_inc_return(A##_t *v)				\
{										\
	return A##_add_return(1, v);						\
}										\
static __always_inline I A##_dec_return(A##_t *v)				\
{										\
	return A##_sub_return(1, v);						\
}										\
static __always_inline I A##_fetch_inc(A##_t *v)				\
{										\
	return A##_fetch_add(1, v);						\
}										\
static __always_inline I A##_fetch_dec(A##_t *v)				\
{										\
	return A##_fetch_sub(1, v);						\
}										\
static __always_inline void A##_add(I i, A##_t *v)				\
{										\
	(void)__atomic_fetch_add(&v->counter, i, __ATOMIC_SEQ_CST);		\
}										\
static __always_inline void A##_sub(I i, A##_t *v)				\
{										\
	(void)__atomic_fetch_sub(&v->counter, i, __ATOMIC_SEQ_CST);		\
}										\
static __always_inline void A##_inc(A##_t *v)					\
{										\
	A##_add(1, v);								\
}										\
static __always_inline void A##_dec(A##_t *v)					\
{										\
	A##_sub(1, v);								\
}										\
static __always_inline void A##_or(I i, A##_t *v)				\
{										\
	(void)__atomic_fetch_or(&v->counter, i, __ATOMIC_SEQ_CST);		\
}										\
static __always_inline void A##_and(I i, A##_t *v)				\
{										\
	(void)__atomic_fetch_and(&v->counter, i, __ATOMIC_SEQ_CST);		\
}										\
static __always_inline void A##_andnot(I i, A##_t *v)				\
{										\
	(void)__atomic_fetch_and(&v->counter, ~i, __ATOMIC_SEQ_CST);		\
}										\
static __always_inline bool A##_dec_and_test(A##_t *v)				\
{										\
	return A##_sub_return(1, v) == 0;					\
}										\
static __always_inline bool A##_inc_and_test(A##_t *v)				\
{										\
	return A##_add_return(1, v) == 0;					\
}										\
static __always_inline bool A##_sub_and_test(I i, A##_t *v)			\
{										\
	return A##_sub_return(i, v) == 0;					\
}										\
static __always_inline bool A##_add_negative(I i, A##_t *v)			\
{										\
	return A##_add_return(i, v) < 0;					\
}										\
/* Add @a unless the value is @u; returns the value found. */			\
static __always_inline I A##_fetch_add_unless(A##_t *v, I a, I u)		\
{										\
	I c = A##_read(v);							\
										\
	do {									\
		if (unlikely(c == u))						\
			break;							\
	} while (!A##_try_cmpxchg(v, &c, c + a));				\
	return c;								\
}										\
static __always_inline bool A##_add_unless(A##_t *v, I a, I u)			\
{										\
	return A##_fetch_add_unless(v, a, u) != u;				\
}										\
static __always_inline bool A##_inc_not_zero(A##_t *v)				\
{										\
	return A##_add_unless(v, 1, 0);						\
}										\
static __always_inline bool A##_inc_unless_negative(A##_t *v)			\
{										\
	I c = A##_read(v);							\
										\
	do {									\
		if (unlikely(c < 0))						\
			return false;						\
	} while (!A##_try_cmpxchg(v, &c, c + 1));				\
	return true;								\
}										\
static __always_inline bool A##_dec_unless_positive(A##_t *v)			\
{										\
	I c = A##_read(v);							\
										\
	do {									\
		if (unlikely(c > 0))						\
			return false;						\
	} while (!A##_try_cmpxchg(v, &c, c - 1));				\
	return true;								\
}										\
/* Decrement if the result is not negative; returns the result either way. */	\
static __always_inline I A##_dec_if_positive(A##_t *v)				\
{										\
	I d, c = A##_read(v);							\
										\
	do {									\
		d = c - 1;							\
		if (unlikely(d < 0))						\
			break;							\
	} while (!A##_try_cmpxchg(v, &c, d));					\
	return d;								\
}

KERNEL_X86_ATOMIC(atomic, int)
KERNEL_X86_ATOMIC(atomic64, s64)
#undef KERNEL_X86_ATOMIC

/* atomic_long_t is atomic64_t on this architecture. */
#define atomic_long_read		atomic64_read
#define atomic_long_read_acquire		atomic64_read_acquire
#define atomic_long_set		atomic64_set
#define atomic_long_set_release		atomic64_set_release
#define atomic_long_xchg		atomic64_xchg
#define atomic_long_cmpxchg		atomic64_cmpxchg
#define atomic_long_try_cmpxchg		atomic64_try_cmpxchg
#define atomic_long_fetch_add		atomic64_fetch_add
#define atomic_long_fetch_sub		atomic64_fetch_sub
#define atomic_long_fetch_or		atomic64_fetch_or
#define atomic_long_fetch_and		atomic64_fetch_and
#define atomic_long_fetch_andnot		atomic64_fetch_andnot
#define atomic_long_fetch_inc		atomic64_fetch_inc
#define atomic_long_fetch_dec		atomic64_fetch_dec
#define atomic_long_add_return		atomic64_add_return
#define atomic_long_sub_return		atomic64_sub_return
#define atomic_long_inc_return		atomic64_inc_return
#define atomic_long_dec_return		atomic64_dec_return
#define atomic_long_add		atomic64_add
#define atomic_long_sub		atomic64_sub
#define atomic_long_inc		atomic64_inc
#define atomic_long_dec		atomic64_dec
#define atomic_long_or		atomic64_or
#define atomic_long_and		atomic64_and
#define atomic_long_andnot		atomic64_andnot
#define atomic_long_dec_and_test		atomic64_dec_and_test
#define atomic_long_inc_and_test		atomic64_inc_and_test
#define atomic_long_sub_and_test		atomic64_sub_and_test
#define atomic_long_add_negative		atomic64_add_negative
#define atomic_long_fetch_add_unless		atomic64_fetch_add_unless
#define atomic_long_add_unless		atomic64_add_unless
#define atomic_long_inc_not_zero		atomic64_inc_not_zero
#define atomic_long_inc_unless_negative		atomic64_inc_unless_negative
#define atomic_long_dec_unless_positive		atomic64_dec_unless_positive
#define atomic_long_dec_if_positive		atomic64_dec_if_positive

/* Ordered variants: all the same instruction here. */
#define atomic_xchg_acquire	atomic_xchg
#define atomic_xchg_release	atomic_xchg
#define atomic_xchg_relaxed	atomic_xchg
#define atomic_cmpxchg_acquire	atomic_cmpxchg
#define atomic_cmpxchg_release	atomic_cmpxchg
#define atomic_cmpxchg_relaxed	atomic_cmpxchg
#define atomic_try_cmpxchg_acquire	atomic_try_cmpxchg
#define atomic_try_cmpxchg_release	atomic_try_cmpxchg
#define atomic_try_cmpxchg_relaxed	atomic_try_cmpxchg
#define atomic_fetch_add_acquire	atomic_fetch_add
#define atomic_fetch_add_release	atomic_fetch_add
#define atomic_fetch_add_relaxed	atomic_fetch_add
#define atomic_fetch_sub_acquire	atomic_fetch_sub
#define atomic_fetch_sub_release	atomic_fetch_sub
#define atomic_fetch_sub_relaxed	atomic_fetch_sub
#define atomic_fetch_or_acquire	atomic_fetch_or
#define atomic_fetch_or_release	atomic_fetch_or
#define atomic_fetch_or_relaxed	atomic_fetch_or
#define atomic_fetch_and_acquire	atomic_fetch_and
#define atomic_fetch_and_release	atomic_fetch_and
#define atomic_fetch_and_relaxed	atomic_fetch_and
#define atomic_fetch_andnot_acquire	atomic_fetch_andnot
#define atomic_fetch_andnot_release	atomic_fetch_andnot
#define atomic_fetch_andnot_relaxed	atomic_fetch_andnot
#define atomic_add_return_acquire	atomic_add_return
#define atomic_add_return_release	atomic_add_return
#define atomic_add_return_relaxed	atomic_add_return
#define atomic_sub_return_acquire	atomic_sub_return
#define atomic_sub_return_release	atomic_sub_return
#define atomic_sub_return_relaxed	atomic_sub_return
#define atomic_inc_return_acquire	atomic_inc_return
#define atomic_inc_return_release	atomic_inc_return
#define atomic_inc_return_relaxed	atomic_inc_return
#define atomic_dec_return_acquire	atomic_dec_return
#define atomic_dec_return_release	atomic_dec_return
#define atomic_dec_return_relaxed	atomic_dec_return
#define atomic64_xchg_acquire	atomic64_xchg
#define atomic64_xchg_release	atomic64_xchg
#define atomic64_xchg_relaxed	atomic64_xchg
#define atomic64_cmpxchg_acquire	atomic64_cmpxchg
#define atomic64_cmpxchg_release	atomic64_cmpxchg
#define atomic64_cmpxchg_relaxed	atomic64_cmpxchg
#define atomic64_try_cmpxchg_acquire	atomic64_try_cmpxchg
#define atomic64_try_cmpxchg_release	atomic64_try_cmpxchg
#define atomic64_try_cmpxchg_relaxed	atomic64_try_cmpxchg
#define atomic64_fetch_add_acquire	atomic64_fetch_add
#define atomic64_fetch_add_release	atomic64_fetch_add
#define atomic64_fetch_add_relaxed	atomic64_fetch_add
#define atomic64_fetch_sub_acquire	atomic64_fetch_sub
#define atomic64_fetch_sub_release	atomic64_fetch_sub
#define atomic64_fetch_sub_relaxed	atomic64_fetch_sub
#define atomic64_fetch_or_acquire	atomic64_fetch_or
#define atomic64_fetch_or_release	atomic64_fetch_or
#define atomic64_fetch_or_relaxed	atomic64_fetch_or
#define atomic64_fetch_and_acquire	atomic64_fetch_and
#define atomic64_fetch_and_release	atomic64_fetch_and
#define atomic64_fetch_and_relaxed	atomic64_fetch_and
#define atomic64_fetch_andnot_acquire	atomic64_fetch_andnot
#define atomic64_fetch_andnot_release	atomic64_fetch_andnot
#define atomic64_fetch_andnot_relaxed	atomic64_fetch_andnot
#define atomic64_add_return_acquire	atomic64_add_return
#define atomic64_add_return_release	atomic64_add_return
#define atomic64_add_return_relaxed	atomic64_add_return
#define atomic64_sub_return_acquire	atomic64_sub_return
#define atomic64_sub_return_release	atomic64_sub_return
#define atomic64_sub_return_relaxed	atomic64_sub_return
#define atomic64_inc_return_acquire	atomic64_inc_return
#define atomic64_inc_return_release	atomic64_inc_return
#define atomic64_inc_return_relaxed	atomic64_inc_return
#define atomic64_dec_return_acquire	atomic64_dec_return
#define atomic64_dec_return_release	atomic64_dec_return
#define atomic64_dec_return_relaxed	atomic64_dec_return
#define atomic_long_xchg_acquire	atomic64_xchg
#define atomic_long_xchg_release	atomic64_xchg
#define atomic_long_xchg_relaxed	atomic64_xchg
#define atomic_long_cmpxchg_acquire	atomic64_cmpxchg
#define atomic_long_cmpxchg_release	atomic64_cmpxchg
#define atomic_long_cmpxchg_relaxed	atomic64_cmpxchg
#define atomic_long_try_cmpxchg_acquire	atomic64_try_cmpxchg
#define atomic_long_try_cmpxchg_release	atomic64_try_cmpxchg
#define atomic_long_try_cmpxchg_relaxed	atomic64_try_cmpxchg
#define atomic_long_add_return_acquire	atomic64_add_return
#define atomic_long_add_return_release	atomic64_add_return
#define atomic_long_add_return_relaxed	atomic64_add_return
#define atomic_long_sub_return_acquire	atomic64_sub_return
#define atomic_long_sub_return_release	atomic64_sub_return
#define atomic_long_sub_return_relaxed	atomic64_sub_return
#define atomic_long_inc_return_acquire	atomic64_inc_return
#define atomic_long_inc_return_release	atomic64_inc_return
#define atomic_long_inc_return_relaxed	atomic64_inc_return
#define atomic_long_dec_return_acquire	atomic64_dec_return
#define atomic_long_dec_return_release	atomic64_dec_return
#define atomic_long_dec_return_relaxed	atomic64_dec_return
#define atomic_long_fetch_add_acquire	atomic64_fetch_add
#define atomic_long_fetch_add_release	atomic64_fetch_add
#define atomic_long_fetch_add_relaxed	atomic64_fetch_add
#define atomic_long_fetch_sub_acquire	atomic64_fetch_sub
#define atomic_long_fetch_sub_release	atomic64_fetch_sub
#define atomic_long_fetch_sub_relaxed	atomic64_fetch_sub

#endif
