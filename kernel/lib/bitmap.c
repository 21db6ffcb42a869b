// SPDX-License-Identifier: MIT
/* Bit arrays, a word at a time; bits beyond the length are neither read as set nor changed. */
#include "kernel/lib/bitmap.h"
#include "kernel/lib/string.h"

/* The first bit at or after @offset that differs from @invert's bits. */
static unsigned long find_from(const unsigned long *addr, unsigned long size,
			       unsigned long offset, unsigned long invert)
{
	unsigned long word;

	if (offset >= size)
		return size;
	word = (addr[offset / BITS_PER_LONG] ^ invert) & BITMAP_FIRST_WORD_MASK(offset);
	offset = round_down(offset, BITS_PER_LONG);
	while (!word) {
		offset += BITS_PER_LONG;
		if (offset >= size)
			return size;
		word = addr[offset / BITS_PER_LONG] ^ invert;
	}
	return min(offset + (unsigned long)__builtin_ctzl(word), size);
}

unsigned long find_next_bit(const unsigned long *addr, unsigned long size, unsigned long offset)
{
	return find_from(addr, size, offset, 0);
}

unsigned long find_next_zero_bit(const unsigned long *addr, unsigned long size,
				 unsigned long offset)
{
	return find_from(addr, size, offset, ~0UL);
}

unsigned long find_last_bit(const unsigned long *addr, unsigned long size)
{
	unsigned long i = BITS_TO_LONGS(size);

	while (i--) {
		unsigned long word = addr[i];

		if (i == (size - 1) / BITS_PER_LONG)
			word &= BITMAP_LAST_WORD_MASK(size);
		if (word)
			return i * BITS_PER_LONG + 63 - (unsigned long)__builtin_clzl(word);
	}
	return size;
}

void bitmap_zero(unsigned long *dst, unsigned int nbits)
{
	memset(dst, 0, BITS_TO_LONGS(nbits) * sizeof(long));
}

void bitmap_fill(unsigned long *dst, unsigned int nbits)
{
	memset(dst, 0xff, BITS_TO_LONGS(nbits) * sizeof(long));
	if (nbits % BITS_PER_LONG)
		dst[nbits / BITS_PER_LONG] &= BITMAP_LAST_WORD_MASK(nbits);
}

void bitmap_copy(unsigned long *dst, const unsigned long *src, unsigned int nbits)
{
	memcpy(dst, src, BITS_TO_LONGS(nbits) * sizeof(long));
}

/* Calls for each word the range touches, with the mask of the range's bits in it. */
#define FOR_RANGE(map, start, len, op)						\
do {										\
	unsigned int __end = (start) + (len);					\
	unsigned int __pos = (start);						\
	while (__pos < __end) {							\
		unsigned int __next = min(round_down(__pos, 64U) + 64U, __end);	\
		unsigned long mask = BITMAP_FIRST_WORD_MASK(__pos);		\
		if (__next % 64)						\
			mask &= BITMAP_LAST_WORD_MASK(__next);			\
		(map)[__pos / 64] op;						\
		__pos = __next;							\
	}									\
} while (0)

void bitmap_set(unsigned long *map, unsigned int start, unsigned int len)
{
	FOR_RANGE(map, start, len, |= mask);
}

void bitmap_clear(unsigned long *map, unsigned int start, unsigned int len)
{
	FOR_RANGE(map, start, len, &= ~mask);
}

bool bitmap_empty(const unsigned long *map, unsigned int nbits)
{
	return find_first_bit(map, nbits) >= nbits;
}

bool bitmap_full(const unsigned long *map, unsigned int nbits)
{
	return find_first_zero_bit(map, nbits) >= nbits;
}

unsigned int bitmap_weight(const unsigned long *map, unsigned int nbits)
{
	unsigned int n = 0, i;

	for (i = 0; i < nbits / BITS_PER_LONG; i++)
		n += hweight_long(map[i]);
	if (nbits % BITS_PER_LONG)
		n += hweight_long(map[i] & BITMAP_LAST_WORD_MASK(nbits));
	return n;
}

void bitmap_and(unsigned long *dst, const unsigned long *a, const unsigned long *b,
		unsigned int nbits)
{
	for (unsigned int i = 0; i < BITS_TO_LONGS(nbits); i++)
		dst[i] = a[i] & b[i];
}

void bitmap_or(unsigned long *dst, const unsigned long *a, const unsigned long *b,
	       unsigned int nbits)
{
	for (unsigned int i = 0; i < BITS_TO_LONGS(nbits); i++)
		dst[i] = a[i] | b[i];
}

bool bitmap_equal(const unsigned long *a, const unsigned long *b, unsigned int nbits)
{
	unsigned int i;

	for (i = 0; i < nbits / BITS_PER_LONG; i++)
		if (a[i] != b[i])
			return false;
	return !(nbits % BITS_PER_LONG) || !((a[i] ^ b[i]) & BITMAP_LAST_WORD_MASK(nbits));
}

unsigned long bitmap_find_next_zero_area(unsigned long *map, unsigned long size,
					 unsigned long start, unsigned int nr,
					 unsigned long align_mask)
{
	for (;;) {
		unsigned long index = find_next_zero_bit(map, size, start), end, set;

		index = __ALIGN_MASK(index, align_mask);
		end = index + nr;
		if (end > size)
			return size + 1;
		set = find_next_bit(map, end, index);
		if (set >= end)
			return index;
		start = set + 1;
	}
}
