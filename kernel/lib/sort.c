// SPDX-License-Identifier: MIT
/* Heap sort, binary search and list merge sort. */
#include "kernel/lib/sort.h"
#include "kernel/lib/list.h"

static void swap_bytes(void *a, void *b, int size)
{
	char *x = a, *y = b;

	while (size--) {
		char t = *x;

		*x++ = *y;
		*y++ = t;
	}
}

/* Restores the heap below element @root of the first @n. */
static void sift_down(char *base, size_t root, size_t n, size_t size,
		      int (*cmp)(const void *, const void *), void (*swap_fn)(void *, void *, int))
{
	size_t child;

	while ((child = 2 * root + 1) < n) {
		if (child + 1 < n && cmp(base + child * size, base + (child + 1) * size) < 0)
			child++;
		if (cmp(base + root * size, base + child * size) >= 0)
			return;
		swap_fn(base + root * size, base + child * size, (int)size);
		root = child;
	}
}

void sort(void *base, size_t num, size_t size, int (*cmp)(const void *, const void *),
	  void (*swap_fn)(void *, void *, int))
{
	char *b = base;

	if (num < 2)
		return;
	if (!swap_fn)
		swap_fn = swap_bytes;
	for (size_t i = num / 2; i-- > 0; )
		sift_down(b, i, num, size, cmp, swap_fn);
	for (size_t n = num - 1; n > 0; n--) {
		swap_fn(b, b + n * size, (int)size);
		sift_down(b, 0, n, size, cmp, swap_fn);
	}
}

void *bsearch(const void *key, const void *base, size_t num, size_t size,
	      int (*cmp)(const void *key, const void *elt))
{
	const char *b = base;

	while (num) {
		const char *mid = b + num / 2 * size;
		int c = cmp(key, mid);

		if (c == 0)
			return (void *)mid;
		if (c > 0) {
			b = mid + size;
			num -= num / 2 + 1;
		} else {
			num /= 2;
		}
	}
	return NULL;
}

/* Merges two sorted NULL-terminated chains (through ->next); equal elements keep a before b. */
static struct list_head *merge(void *priv, struct list_head *a, struct list_head *b,
			       int (*cmp)(void *, struct list_head *, struct list_head *))
{
	struct list_head *head = NULL, **tail = &head;

	while (a && b) {
		if (cmp(priv, a, b) <= 0) {
			*tail = a;
			a = a->next;
		} else {
			*tail = b;
			b = b->next;
		}
		tail = &(*tail)->next;
	}
	*tail = a ? a : b;
	return head;
}

void list_sort(void *priv, struct list_head *head,
	       int (*cmp)(void *priv, struct list_head *a, struct list_head *b))
{
	/* part[i] is a sorted chain of 2^i elements, or empty, like a binary counter. */
	struct list_head *part[48] = { NULL }, *list, *prev;
	int max = 0, i;

	if (list_empty(head))
		return;
	head->prev->next = NULL;
	list = head->next;
	while (list) {
		struct list_head *cur = list;

		list = list->next;
		cur->next = NULL;
		for (i = 0; part[i]; i++) {
			cur = merge(priv, part[i], cur, cmp);
			part[i] = NULL;
		}
		part[i] = cur;
		if (i > max)
			max = i;
	}
	for (i = 0; i <= max; i++)
		if (part[i])
			list = list ? merge(priv, part[i], list, cmp) : part[i];
	prev = head;
	head->next = list;
	for (; list; list = list->next) {
		list->prev = prev;
		prev = list;
	}
	prev->next = head;
	head->prev = prev;
}
