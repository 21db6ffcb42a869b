// SPDX-License-Identifier: MIT
/*
 * The list of taken RAM, and allocation from what is left until the page
 * allocator takes over.
 *
 * Boot CPU only, before any other CPU runs: no locking.  The list is kept
 * sorted, page aligned and free of overlaps; adjacent ranges are merged.
 */
#include "kernel/x86/boot_info.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/string.h"
#include "kernel/x86/layout.h"
#include "kernel/x86/panic.h"

static bool closed;

void boot_reserve(phys_addr_t start, phys_addr_t end)
{
	unsigned int i, j, n = boot_info.nr_reserved;

	start = round_down(start, PAGE_SIZE);
	end = round_up(end, PAGE_SIZE);
	if (start >= end)
		return;
	for (i = 0; i < n && boot_info.reserved[i].end < start; i++)
		;
	/* [i, j) touch or overlap the new range and become one with it */
	for (j = i; j < n && boot_info.reserved[j].start <= end; j++) {
		start = min(start, boot_info.reserved[j].start);
		end = max(end, boot_info.reserved[j].end);
	}
	if (i == j && n == BOOT_RESERVED_MAX)
		panic("boot: too many reserved memory ranges");
	memmove(&boot_info.reserved[i + 1], &boot_info.reserved[j],
		(n - j) * sizeof(boot_info.reserved[0]));
	boot_info.reserved[i].start = start;
	boot_info.reserved[i].end = end;
	boot_info.nr_reserved = n + 1 - (j - i);
}

/* The first reserved range that ends above @addr, or NULL. */
static const struct boot_range *reserved_above(phys_addr_t addr)
{
	for (unsigned int i = 0; i < boot_info.nr_reserved; i++)
		if (boot_info.reserved[i].end > addr)
			return &boot_info.reserved[i];
	return NULL;
}

bool boot_next_free(phys_addr_t *cursor, phys_addr_t *start, phys_addr_t *end)
{
	for (unsigned int i = 0; i < boot_info.nr_mem; i++) {
		const struct boot_mem *m = &boot_info.mem[i];
		phys_addr_t s = max(round_up(m->start, PAGE_SIZE), *cursor);
		phys_addr_t e = round_down(m->end, PAGE_SIZE);

		if (m->type != BOOT_MEM_RAM)
			continue;
		while (s < e) {
			const struct boot_range *r = reserved_above(s);

			if (r && r->start <= s) {
				s = r->end;
				continue;
			}
			*start = s;
			*end = r ? min(e, r->start) : e;
			*cursor = *end;
			return true;
		}
	}
	return false;
}

phys_addr_t boot_max_ram(void)
{
	phys_addr_t top = 0;

	for (unsigned int i = 0; i < boot_info.nr_mem; i++)
		if (boot_info.mem[i].type == BOOT_MEM_RAM)
			top = max(top, boot_info.mem[i].end);
	return round_down(top, PAGE_SIZE);
}

phys_addr_t boot_alloc_phys(size_t size, size_t align)
{
	phys_addr_t cursor = 0, start, end;

	if (closed)
		panic("boot: early allocation after the page allocator started");
	size = round_up(size, PAGE_SIZE);
	align = max_t(size_t, align, PAGE_SIZE);
	while (boot_next_free(&cursor, &start, &end)) {
		phys_addr_t s = round_up(start, (phys_addr_t)align);

		if (s < end && end - s >= size && s + size <= boot_mapped_end) {
			boot_reserve(s, s + size);
			return s;
		}
	}
	return 0;
}

void *boot_alloc(size_t size, size_t align)
{
	phys_addr_t pa = boot_alloc_phys(size, align);

	if (!pa)
		panic("boot: no memory for an early allocation of %zu bytes", size);
	return memset(__va(pa), 0, size);
}

void boot_alloc_close(void)
{
	closed = true;
}
