// SPDX-License-Identifier: MIT
/*
 * The exception table: sorted at boot, read-only afterwards, so that a lookup
 * needs no lock and works in any context.
 */
#include "kernel/x86/extable.h"
#include "kernel/lib/kernel.h"

extern struct exception_table_entry __ex_table_start[], __ex_table_end[];

static unsigned long insn_of(const struct exception_table_entry *e)
{
	return (unsigned long)&e->insn + (unsigned long)(long)e->insn;
}

static unsigned long fixup_of(const struct exception_table_entry *e)
{
	return (unsigned long)&e->fixup + (unsigned long)(long)e->fixup;
}

static void set_entry(struct exception_table_entry *e, unsigned long insn, unsigned long fixup)
{
	e->insn = (s32)(insn - (unsigned long)&e->insn);
	e->fixup = (s32)(fixup - (unsigned long)&e->fixup);
}

/*
 * Shell sort: the table is a few hundred entries long and mostly in order already.  Entries
 * are relative to their own place, so they are recomputed when they move.
 */
void sort_extable(void)
{
	struct exception_table_entry *t = __ex_table_start;
	long n = __ex_table_end - __ex_table_start;

	for (long gap = n / 2; gap > 0; gap /= 2) {
		for (long i = gap; i < n; i++) {
			unsigned long insn = insn_of(&t[i]), fixup = fixup_of(&t[i]);
			long j = i;

			for (; j >= gap && insn_of(&t[j - gap]) > insn; j -= gap)
				set_entry(&t[j], insn_of(&t[j - gap]), fixup_of(&t[j - gap]));
			set_entry(&t[j], insn, fixup);
		}
	}
}

static const struct exception_table_entry *search(unsigned long ip)
{
	long lo = 0, hi = __ex_table_end - __ex_table_start - 1;

	while (lo <= hi) {
		long mid = (lo + hi) / 2;
		unsigned long at = insn_of(&__ex_table_start[mid]);

		if (at == ip)
			return &__ex_table_start[mid];
		if (at < ip)
			lo = mid + 1;
		else
			hi = mid - 1;
	}
	return NULL;
}

bool search_exception_table(unsigned long ip)
{
	return search(ip) != NULL;
}

bool fixup_exception(struct pt_regs *regs)
{
	const struct exception_table_entry *e = search(regs->ip);

	if (!e)
		return false;
	regs->ip = fixup_of(e);
	return true;
}
