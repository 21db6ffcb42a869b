// SPDX-License-Identifier: MIT
/*
 * What a run tells about its locking: see locking_dump.h. The records, fields separated by blanks:
 *
 *	@locking nonce=NONCE
 *	@row TABLE OP calls checks violations longest_ns reached seeded caught
 *	@class ID NAME SUBCLASS acquisitions contended wait_total wait_max hold_total hold_max
 *	@edge FROM TO documented|observed|both
 *	@end COUNT
 *
 * The first carries the run's nonce and the last the number of records between, so that what a
 * program prints, or half a dump, is not taken for one. Times are nanoseconds; holds are timed only
 * with lock_stat=1. "reached" counts the calls since the program was started. A row of which there
 * is nothing to say is left out.
 *
 * The counters are read while interrupts and kernel threads may still bump them: each number is one
 * that was true at some moment. at_start is written before the program's first instruction and
 * read when its last thread is gone, so it needs no lock.
 */
#include "kernel/lock/locking_dump.h"
#include "kernel/lock/contract.h"
#include "kernel/lock/lock_stat.h"
#include "kernel/lock/lockdep_internal.h"
#include "kernel/lib/ctype.h"
#include "kernel/lib/init.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"

#if CONFIG_CHECKS

enum wanted { WANT_NOTHING, WANT_ROWS, WANT_ALL };

#define MAX_ROWS 256

static u64 at_start[MAX_ROWS];	/* calls of each row when the program started */
static bool program_started;
static unsigned int records;	/* printed so far; the thread that shuts down */

static enum wanted wanted(void)
{
	char word[8];

	if (!cmdline_get("locking", word, sizeof(word)))
		return WANT_NOTHING;
	if (!strcmp(word, "rows"))
		return WANT_ROWS;
	if (!strcmp(word, "all"))
		return WANT_ALL;
	if (strcmp(word, "off"))
		pr_warn("locking=%s is none of rows, all, off\n", word);
	return WANT_NOTHING;
}

void locking_program_starts(void)
{
	const size_t rows = (size_t)(__contract_rows_end - __contract_rows_start);

	if (wanted() == WANT_NOTHING)
		return;
	if (rows > MAX_ROWS) {
		pr_warn("locking: %zu rows, room for %u: which were reached is not told\n", rows, MAX_ROWS);
		return;
	}
	for (size_t i = 0; i < rows; i++) {
		struct contract_counts c;

		contract_sum(&__contract_rows_start[i], &c);
		at_start[i] = c.calls;
	}
	program_started = true;
}

static void dump_row(const struct contract_row *row)
{
	struct contract_counts c;
	u64 reached;

	contract_sum(row, &c);
	if (!c.calls && !c.checks && !c.violations && !row->seeded)
		return;
	reached = program_started ? c.calls - at_start[row - __contract_rows_start] : 0;
	printk("@row %s %s %llu %llu %llu %llu %llu %u %u\n", row->table, row->op, c.calls, c.checks,
	       c.violations, c.longest, reached, row->seeded, row->caught);
	records++;
}

/* A class is named by the expression it was initialised with; a record wants one word. */
static void one_word(char *to, size_t size, const char *name)
{
	strscpy(to, name, size);
	for (; *to; to++)
		if (isspace(*to))
			*to = '_';
}

static void dump_class(unsigned int class, const char *name, unsigned int subclass,
		       const struct lock_stat_sum *sum, void *unused)
{
	char word[128];

	one_word(word, sizeof(word), name);
	printk("@class %u %s %u %llu %llu %llu %llu %llu %llu\n", class, word, subclass, sum->acquisitions,
	       sum->contended, sum->wait_total, sum->wait_max, sum->hold_total, sum->hold_max);
	records++;
}

static void dump_edge(unsigned int from, unsigned int to, void *unused)
{
	static const char *const how[] = { "none", "documented", "observed", "both" };

	printk("@edge %u %u %s\n", from, to, how[lock_edge_flags(from, to)]);
	records++;
}

void locking_dump(void)
{
	enum wanted want = wanted();
	char nonce[64];

	if (want == WANT_NOTHING)
		return;
	if (!cmdline_get("nonce", nonce, sizeof(nonce)))
		nonce[0] = '\0';
	printk("@locking nonce=%s\n", nonce);
	for (const struct contract_row *row = __contract_rows_start; row < __contract_rows_end; row++)
		dump_row(row);
	if (want == WANT_ALL) {
		lock_stat_for_each(dump_class, NULL);
		lock_edges_for_each(dump_edge, NULL);
	}
	printk("@end %u\n", records);
}

#endif
