// SPDX-License-Identifier: MIT
/*
 * Names of the kernel's functions, for reports.
 *
 * The build makes the table (scripts/kallsyms.py): offsets from the start of
 * the text, sorted, and the names behind each other, each ended by a zero; every
 * sixteenth name's position is in a third array, so that finding a name reads
 * at most fifteen others.  Constant data: any context, no lock.
 */
#include "kernel/lib/kernel.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"
#include "kernel/x86/layout.h"
#include "kernel/x86/panic.h"

extern const u32 kallsyms_count;
extern const u32 kallsyms_offsets[];
extern const u32 kallsyms_markers[];
extern const char kallsyms_names[];

static const char *name_of(u32 i)
{
	const char *p = kallsyms_names + kallsyms_markers[i / 16];

	for (u32 n = i % 16; n; n--)
		p += strlen(p) + 1;
	return p;
}

const char *kallsyms_lookup(unsigned long addr, unsigned long *offset, unsigned long *size,
			    char *buf)
{
	u32 lo = 0, hi = kallsyms_count, off;
	unsigned long end;

	if (!kernel_text_address(addr) || !kallsyms_count)
		return NULL;
	off = (u32)(addr - (unsigned long)__text_start);
	if (off < kallsyms_offsets[0])
		return NULL;
	while (hi - lo > 1) {
		u32 mid = lo + (hi - lo) / 2;

		if (kallsyms_offsets[mid] <= off)
			lo = mid;
		else
			hi = mid;
	}
	end = hi < kallsyms_count ? kallsyms_offsets[hi]
				  : (unsigned long)(__text_end - __text_start);
	*offset = off - kallsyms_offsets[lo];
	*size = end - kallsyms_offsets[lo];
	strlcpy(buf, name_of(lo), KSYM_NAME_LEN);
	return buf;
}

int sprint_symbol(char *buf, size_t len, unsigned long addr)
{
	char name[KSYM_NAME_LEN];
	unsigned long offset, size;

	if (!kallsyms_lookup(addr, &offset, &size, name))
		return scnprintf(buf, len, "%#lx", addr);
	return scnprintf(buf, len, "%s+%#lx/%#lx", name, offset, size);
}

unsigned long kallsyms_lookup_name(const char *name)
{
	const char *p = kallsyms_names;

	for (u32 i = 0; i < kallsyms_count; i++, p += strlen(p) + 1)
		if (!strcmp(p, name))
			return (unsigned long)__text_start + kallsyms_offsets[i];
	return 0;
}
