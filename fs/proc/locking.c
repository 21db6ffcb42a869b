// SPDX-License-Identifier: MIT
/*
 * /proc/locking: one line for each row of the locking page, in the page's order, tab separated, with what was counted about
 * it so far.
 *
 * The rows are constant, and so is the list of them made at boot; their counters are summed over the CPUs while they go on
 * counting, so a line is not of one moment, but no number ever goes back.
 */
#include "fs/fs.h"
#include "fs/proc/proc_fs.h"
#include "fs/seq_file.h"
#include "kernel/lib/init.h"
#include "kernel/lib/sort.h"
#include "kernel/lock/contract.h"
#include "mm/slab.h"

#if CONFIG_CHECKS

static const struct contract_row **rows;	/* by their lines in the page; constant after boot */
static loff_t nr_rows;

static void *row_at(loff_t pos)
{
	if (pos == 0)
		return SEQ_START_TOKEN;
	return pos <= nr_rows ? (void *)rows[pos - 1] : NULL;
}

static void *locking_start(struct seq_file *m, loff_t *pos)
{
	return row_at(*pos);
}

static void *locking_next(struct seq_file *m, void *v, loff_t *pos)
{
	return row_at(++*pos);
}

static void locking_stop(struct seq_file *m, void *v)
{
}

static int locking_show(struct seq_file *m, void *v)
{
	const struct contract_row *row = v;
	struct contract_counts sum;

	if (v == SEQ_START_TOKEN) {
		seq_puts(m, "#table\toperation\tcalls\tchecks\tviolations\tlongest_ns\tseeded\tcaught\n");
		return 0;
	}
	contract_sum(row, &sum);
	seq_printf(m, "%s\t%s\t%llu\t%llu\t%llu\t%llu\t%u\t%u\n", row->table, row->op, sum.calls, sum.checks,
		   sum.violations, sum.longest, READ_ONCE(row->seeded), READ_ONCE(row->caught));
	return 0;
}

static const struct seq_operations locking_ops = {
	.start = locking_start,
	.next = locking_next,
	.stop = locking_stop,
	.show = locking_show,
};

static int compare(const void *a, const void *b)
{
	const struct contract_row *x = *(const struct contract_row *const *)a, *y = *(const struct contract_row *const *)b;

	return x->line != y->line ? x->line - y->line : (x > y) - (x < y);
}

static int locking_init(void)
{
	nr_rows = __contract_rows_end - __contract_rows_start;
	rows = kmalloc_array(nr_rows, sizeof(*rows), GFP_KERNEL);
	if (!rows)
		return -ENOMEM;
	for (loff_t i = 0; i < nr_rows; i++)
		rows[i] = &__contract_rows_start[i];
	sort(rows, nr_rows, sizeof(*rows), compare, NULL);
	return proc_create_seq("locking", S_IRUGO, NULL, &locking_ops, NULL) ? 0 : -ENOMEM;
}
late_initcall(locking_init);

#endif
