/* SPDX-License-Identifier: MIT */
/*
 * Bits in arrays of unsigned long, and bit searches in single words.
 *
 * set_bit, clear_bit and change_bit are atomic and order nothing by contract
 * (on x86 they happen to be full barriers); the test_and_ forms are atomic and
 * full barriers.  Names that begin with two underscores are not atomic.
 */
#ifndef KERNEL_X86_BITOPS_H
#define KERNEL_X86_BITOPS_H

#include "kernel/lib/types.h"

#define BIT_MASK(nr)	(1UL << ((nr) % BITS_PER_LONG))
#define BIT_WORD(nr)	((nr) / BITS_PER_LONG)

static __always_inline void set_bit(long nr, volatile unsigned long *addr)
{
	__asm__ __volatile__("lock; btsq %1, %0" : "+m"(*(volatile long *)addr)
			     : "Jr"(nr) : "memory", "cc");
}

static __always_inline void clear_bit(long nr, volatile unsigned long *addr)
{
	__asm__ __volatile__("lock; btrq %1, %0" : "+m"(*(volatile long *)addr)
			     : "Jr"(nr) : "memory", "cc");
}

static __always_inline void change_bit(long nr, volatile unsigned long *addr)
{
	__asm__ __volatile__("lock; btcq %1, %0" : "+m"(*(volatile long *)addr)
			     : "Jr"(nr) : "memory", "cc");
}

static __always_inline bool test_and_set_bit(long nr, volatile unsigned long *addr)
{
	bool old;

	__asm__ __volatile__("lock; btsq %2, %0" : "+m"(*(volatile long *)addr), "=@ccc"(old)
			     : "Jr"(nr) : "memory");
	return old;
}

static __always_inline bool test_and_clear_bit(long nr, volatile unsigned long *addr)
{
	bool old;

	__asm__ __volatile__("lock; btrq %2, %0" : "+m"(*(volatile long *)addr), "=@ccc"(old)
			     : "Jr"(nr) : "memory");
	return old;
}

static __always_inline bool test_and_change_bit(long nr, volatile unsigned long *addr)
{
	bool old;

	__asm__ __volatile__("lock; btcq %2, %0" : "+m"(*(volatile long *)addr), "=@ccc"(old)
			     : "Jr"(nr) : "memory");
	return old;
}

/* An acquire on success: for bits used as locks. */
static __always_inline bool test_and_set_bit_lock(long nr, volatile unsigned long *addr)
{
	return test_and_set_bit(nr, addr);
}

/* A release: everything before it is visible before the bit is clear. */
static __always_inline void clear_bit_unlock(long nr, volatile unsigned long *addr)
{
	barrier();
	clear_bit(nr, addr);
}

/* The same when nothing else in the word can change at that moment. */
static __always_inline void __clear_bit_unlock(long nr, volatile unsigned long *addr)
{
	barrier();
	addr[BIT_WORD(nr)] &= ~BIT_MASK(nr);
}

/*
 * Release bit @nr (0..6 of the first word) and return whether bit 7 of that byte is set,
 * in one atomic step: unlocks a page and learns whether anybody waits for it.
 */
static __always_inline bool clear_bit_unlock_is_negative_byte(long nr,
							      volatile unsigned long *addr)
{
	bool negative;

	__asm__ __volatile__("lock; andb %2, %0" : "+m"(*(volatile char *)addr), "=@ccs"(negative)
			     : "ir"((char)~(1 << nr)) : "memory");
	return negative;
}

static __always_inline void __set_bit(long nr, volatile unsigned long *addr)
{
	addr[BIT_WORD(nr)] |= BIT_MASK(nr);
}

static __always_inline void __clear_bit(long nr, volatile unsigned long *addr)
{
	addr[BIT_WORD(nr)] &= ~BIT_MASK(nr);
}

static __always_inline void __change_bit(long nr, volatile unsigned long *addr)
{
	addr[BIT_WORD(nr)] ^= BIT_MASK(nr);
}

static __always_inline bool __test_and_set_bit(long nr, volatile unsigned long *addr)
{
	bool old = addr[BIT_WORD(nr)] & BIT_MASK(nr);

	addr[BIT_WORD(nr)] |= BIT_MASK(nr);
	return old;
}

static __always_inline bool __test_and_clear_bit(long nr, volatile unsigned long *addr)
{
	bool old = addr[BIT_WORD(nr)] & BIT_MASK(nr);

	addr[BIT_WORD(nr)] &= ~BIT_MASK(nr);
	return old;
}

static __always_inline bool test_bit(long nr, const volatile unsigned long *addr)
{
	return (addr[BIT_WORD(nr)] >> (nr % BITS_PER_LONG)) & 1;
}

/* Number of the lowest set bit; undefined for 0. */
static __always_inline unsigned long __ffs(unsigned long w)
{
	return (unsigned long)__builtin_ctzl(w);
}

/* Number of the lowest clear bit; undefined for ~0. */
static __always_inline unsigned long ffz(unsigned long w)
{
	return (unsigned long)__builtin_ctzl(~w);
}

/* Number of the highest set bit; undefined for 0. */
static __always_inline unsigned long __fls(unsigned long w)
{
	return 63 - (unsigned long)__builtin_clzl(w);
}

/* Counting from 1, 0 when no bit is set. */
static __always_inline int ffs(int w)
{
	return __builtin_ffs(w);
}

static __always_inline int fls(unsigned int w)
{
	return w ? 32 - __builtin_clz(w) : 0;
}

static __always_inline int fls64(u64 w)
{
	return w ? 64 - __builtin_clzll(w) : 0;
}

static __always_inline int fls_long(unsigned long w)
{
	return fls64(w);
}

static inline unsigned long hweight_long(unsigned long w)
{
	w -= (w >> 1) & 0x5555555555555555UL;
	w = (w & 0x3333333333333333UL) + ((w >> 2) & 0x3333333333333333UL);
	w = (w + (w >> 4)) & 0x0f0f0f0f0f0f0f0fUL;
	return (w * 0x0101010101010101UL) >> 56;
}

#define hweight64(w)	hweight_long(w)
#define hweight32(w)	((unsigned int)hweight_long((u32)(w)))
#define hweight16(w)	((unsigned int)hweight_long((u16)(w)))
#define hweight8(w)	((unsigned int)hweight_long((u8)(w)))

static inline u32 rol32(u32 w, unsigned int n)
{
	return (w << (n & 31)) | (w >> (-n & 31));
}

static inline u32 ror32(u32 w, unsigned int n)
{
	return (w >> (n & 31)) | (w << (-n & 31));
}

static inline u64 rol64(u64 w, unsigned int n)
{
	return (w << (n & 63)) | (w >> (-n & 63));
}

static inline u64 ror64(u64 w, unsigned int n)
{
	return (w >> (n & 63)) | (w << (-n & 63));
}

#endif
