/* SPDX-License-Identifier: MIT */
#ifndef KERNEL_LIB_SORT_H
#define KERNEL_LIB_SORT_H

#include "kernel/lib/types.h"

/*
 * Heap sort in place: no recursion, no memory, O(n log n) always.  @swap_fn
 * may be NULL.  Not stable.
 */
void sort(void *base, size_t num, size_t size, int (*cmp)(const void *, const void *),
	  void (*swap_fn)(void *, void *, int));
/* Index lookup in a sorted array; NULL when absent. */
void *bsearch(const void *key, const void *base, size_t num, size_t size,
	      int (*cmp)(const void *key, const void *elt));

struct list_head;
/* Stable merge sort of a list. */
void list_sort(void *priv, struct list_head *head,
	       int (*cmp)(void *priv, struct list_head *a, struct list_head *b));

#endif
