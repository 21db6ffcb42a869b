/* SPDX-License-Identifier: MIT */
/* Error numbers carried in pointers: the top 4095 addresses are never objects. */
#ifndef KERNEL_LIB_ERR_H
#define KERNEL_LIB_ERR_H

#include "kernel/lib/types.h"
#include "kernel/lib/errno.h"

#define IS_ERR_VALUE(x) unlikely((unsigned long)(void *)(x) >= (unsigned long)-MAX_ERRNO)

static __always_inline __must_check void *ERR_PTR(long error)
{
	return (void *)error;
}

static __always_inline __must_check long PTR_ERR(const void *ptr)
{
	return (long)ptr;
}

static __always_inline __must_check bool IS_ERR(const void *ptr)
{
	return IS_ERR_VALUE((unsigned long)ptr);
}

static __always_inline __must_check bool IS_ERR_OR_NULL(const void *ptr)
{
	return unlikely(!ptr) || IS_ERR_VALUE((unsigned long)ptr);
}

/* The same error in a pointer of another type. */
static __always_inline __must_check void *ERR_CAST(const void *ptr)
{
	return (void *)ptr;
}

static __always_inline __must_check int PTR_ERR_OR_ZERO(const void *ptr)
{
	return IS_ERR(ptr) ? (int)PTR_ERR(ptr) : 0;
}

#endif
