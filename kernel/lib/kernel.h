/* SPDX-License-Identifier: MIT */
/*
 * Small helpers used everywhere: container_of, min and max, rounding,
 * overflow checks, byte order.
 */
#ifndef KERNEL_LIB_KERNEL_H
#define KERNEL_LIB_KERNEL_H

#include "kernel/lib/types.h"
#include "kernel/lib/limits.h"

#define ARRAY_SIZE(a)							\
	(sizeof(a) / sizeof((a)[0]) +					\
	 sizeof(struct { int :				\
		-!!__builtin_types_compatible_p(__typeof__(a), __typeof__(&(a)[0])); }))

#define container_of(ptr, type, member) ({				\
	const void *__mptr = (ptr);					\
	((type *)((char *)__mptr - offsetof(type, member))); })

/* Both arguments must have the same type; the pointer comparison warns when not. */
#define min(x, y) ({							\
	__typeof__(x) __min1 = (x); __typeof__(y) __min2 = (y);		\
	(void)(&__min1 == &__min2);					\
	__min1 < __min2 ? __min1 : __min2; })
#define max(x, y) ({							\
	__typeof__(x) __max1 = (x); __typeof__(y) __max2 = (y);		\
	(void)(&__max1 == &__max2);					\
	__max1 > __max2 ? __max1 : __max2; })
#define min_t(type, x, y) ({						\
	type __mint1 = (x); type __mint2 = (y);				\
	__mint1 < __mint2 ? __mint1 : __mint2; })
#define max_t(type, x, y) ({						\
	type __maxt1 = (x); type __maxt2 = (y);				\
	__maxt1 > __maxt2 ? __maxt1 : __maxt2; })
#define min3(x, y, z)		min((__typeof__(x))min(x, y), z)
#define max3(x, y, z)		max((__typeof__(x))max(x, y), z)
#define min_not_zero(x, y) ({						\
	__typeof__(x) __nz1 = (x); __typeof__(y) __nz2 = (y);		\
	__nz1 == 0 ? __nz2 : (__nz2 == 0 ? __nz1 : min(__nz1, __nz2)); })
#define clamp(val, lo, hi)	min((__typeof__(val))max(val, lo), hi)
#define clamp_t(type, val, lo, hi) min_t(type, max_t(type, val, lo), hi)
#define clamp_val(val, lo, hi)	clamp_t(__typeof__(val), val, lo, hi)
#define swap(a, b)							\
do {									\
	__typeof__(a) __swp = (a);					\
	(a) = (b);							\
	(b) = __swp;							\
} while (0)

#define __ALIGN_MASK(x, m)	(((x) + (m)) & ~(m))
#define ALIGN(x, a)		__ALIGN_MASK(x, (__typeof__(x))(a) - 1)
#define ALIGN_DOWN(x, a)	((x) & ~((__typeof__(x))(a) - 1))
#define PTR_ALIGN(p, a)		((__typeof__(p))ALIGN((unsigned long)(p), (a)))
#define IS_ALIGNED(x, a)	(((x) & ((__typeof__(x))(a) - 1)) == 0)

/* round_up and round_down need a power of two; roundup and rounddown do not. */
#define __round_mask(x, y)	((__typeof__(x))((y) - 1))
#define round_up(x, y)		((((x) - 1) | __round_mask(x, y)) + 1)
#define round_down(x, y)	((x) & ~__round_mask(x, y))
#define roundup(x, y)		((((x) + ((y) - 1)) / (y)) * (y))
#define rounddown(x, y)		((x) - ((x) % (y)))
#define DIV_ROUND_UP_ULL(n, d)	DIV_ROUND_UP((unsigned long long)(n), d)
#define DIV_ROUND_CLOSEST(n, d)	(((n) + (d) / 2) / (d))

#define BIT(n)			(1UL << (n))
#define BIT_ULL(n)		(1ULL << (n))
#define GENMASK(h, l)		((~0UL << (l)) & (~0UL >> (BITS_PER_LONG - 1 - (h))))
#define GENMASK_ULL(h, l)	((~0ULL << (l)) & (~0ULL >> (BITS_PER_LONG_LONG - 1 - (h))))

#define upper_32_bits(n)	((u32)((u64)(n) >> 32))
#define lower_32_bits(n)	((u32)(n))

#define check_add_overflow(a, b, d)	__builtin_add_overflow(a, b, d)
#define check_sub_overflow(a, b, d)	__builtin_sub_overflow(a, b, d)
#define check_mul_overflow(a, b, d)	__builtin_mul_overflow(a, b, d)

#define abs(x) ({ __typeof__(x) __abs = (x); __abs < 0 ? -__abs : __abs; })

#define fls64_const(n)		((n) ? 64 - __builtin_clzll(n) : 0)
static inline int ilog2(u64 n)
{
	return n ? 63 - __builtin_clzll(n) : -1;
}

static inline bool is_power_of_2(unsigned long n)
{
	return n != 0 && (n & (n - 1)) == 0;
}

static inline unsigned long roundup_pow_of_two(unsigned long n)
{
	return n <= 1 ? 1 : 1UL << (64 - __builtin_clzl(n - 1));
}

static inline unsigned long rounddown_pow_of_two(unsigned long n)
{
	return 1UL << (63 - __builtin_clzl(n));
}

/* x86 is little endian; the conversions exist so that the code says which data is on disk. */
#define swab16(x)		__builtin_bswap16(x)
#define swab32(x)		__builtin_bswap32(x)
#define swab64(x)		__builtin_bswap64(x)
#define cpu_to_le16(x)		((__le16)(x))
#define cpu_to_le32(x)		((__le32)(x))
#define cpu_to_le64(x)		((__le64)(x))
#define le16_to_cpu(x)		((u16)(x))
#define le32_to_cpu(x)		((u32)(x))
#define le64_to_cpu(x)		((u64)(x))
#define cpu_to_be16(x)		((__be16)swab16(x))
#define cpu_to_be32(x)		((__be32)swab32(x))
#define cpu_to_be64(x)		((__be64)swab64(x))
#define be16_to_cpu(x)		swab16((u16)(x))
#define be32_to_cpu(x)		swab32((u32)(x))
#define be64_to_cpu(x)		swab64((u64)(x))

static inline void le16_add_cpu(__le16 *p, u16 v) { *p = (__le16)(*p + v); }
static inline void le32_add_cpu(__le32 *p, u32 v) { *p += v; }
static inline void le64_add_cpu(__le64 *p, u64 v) { *p += v; }

/* Loads and stores of any alignment. */
#define get_unaligned(p) ({						\
	struct { __typeof__(*(p)) v; } __packed const *__up = (const void *)(p); __up->v; })
#define put_unaligned(val, p)						\
do {									\
	struct { __typeof__(*(p)) v; } __packed *__up = (void *)(p);	\
	__up->v = (val);						\
} while (0)
static inline u16 get_unaligned_le16(const void *p) { return get_unaligned((const u16 *)p); }
static inline u32 get_unaligned_le32(const void *p) { return get_unaligned((const u32 *)p); }
static inline u64 get_unaligned_le64(const void *p) { return get_unaligned((const u64 *)p); }

#define u64_to_user_ptr(x)	((void __user *)(uintptr_t)(x))
#define ptr_to_u64(p)		((u64)(uintptr_t)(p))

#endif
