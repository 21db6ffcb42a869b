/* SPDX-License-Identifier: MIT */
/* Multiplicative hashing of integers and pointers; the best bits are the top ones. */
#ifndef KERNEL_LIB_HASH_H
#define KERNEL_LIB_HASH_H

#include "kernel/lib/types.h"

#define GOLDEN_RATIO_32 0x61c88647u
#define GOLDEN_RATIO_64 0x61c8864680b583ebull
#define GOLDEN_RATIO_PRIME GOLDEN_RATIO_64

static __always_inline u32 hash_64(u64 val, unsigned int bits)
{
	return (u32)((val * GOLDEN_RATIO_64) >> (64 - bits));
}

static __always_inline u32 hash_32(u32 val, unsigned int bits)
{
	return (val * GOLDEN_RATIO_32) >> (32 - bits);
}

#define hash_long(val, bits) hash_64(val, bits)

static __always_inline u32 hash_ptr(const void *ptr, unsigned int bits)
{
	return hash_64((unsigned long)ptr, bits);
}

#endif
