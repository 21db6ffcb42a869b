// SPDX-License-Identifier: MIT
/*
 * The trace of operations: see contract_trace.h.
 *
 * Each CPU writes a ring of its own, with interrupts off, so recording needs no lock. An entry's number is zeroed before
 * the entry is overwritten and set when it is whole; a reader, on any CPU, copies an entry and takes it only if the number was
 * the same before and after. The rings stay as they are when tracing stops, so that what led up to something
 * can be read at leisure.
 */
#include "kernel/lock/contract_trace.h"
#include "kernel/lock/sched_iface.h"
#include "kernel/lib/bitmap.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/init.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/sort.h"
#include "kernel/lib/string.h"
#include "kernel/x86/boot_info.h"
#include "kernel/x86/report.h"
#include "kernel/x86/time.h"

#if CONFIG_CHECKS

#define RING_ENTRIES	256
#define MAX_TRACED	512	/* rows: more than the page will ever have */
#define PRINTED		32	/* in a report */

struct trace_ring {
	u64 next;		/* entries written so far; its CPU, interrupts off */
	struct contract_trace_entry entries[RING_ENTRIES];
};

bool contract_tracing;
static DECLARE_BITMAP(traced, MAX_TRACED);	/* by contract_row.index; select_lock; read without */
static DEFINE_MUTEX(select_lock);
static DEFINE_PER_CPU(struct trace_ring *, trace_ring);	/* set at boot */

void contract_trace_init(void)
{
	static char words[512];
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		per_cpu(trace_ring, cpu) = boot_alloc(sizeof(struct trace_ring), 64);
	if (cmdline_get("trace", words, sizeof(words)) && contract_trace_select(words))
		pr_warn("trace=%s: no such operation\n", words);
}

/* ---- recording ------------------------------------------------------------- */

void contract_trace_record(const struct contract_call *call, unsigned int flags, long ret)
{
	struct contract_trace_entry *e;
	struct trace_ring *ring;
	unsigned long irqs;

	if (!test_bit(call->row->index, traced))
		return;
	local_irq_save(irqs);
	ring = this_cpu_read(trace_ring);
	e = &ring->entries[ring->next % RING_ENTRIES];
	WRITE_ONCE(e->seq, 0);
	smp_wmb();
	e->time = ktime_get_ns();
	e->row = call->row;
	e->arg = call->about_kind == CONTRACT_ABOUT_NONE ? NULL : call->about;
	e->ret = ret;
	e->pid = sched_pid(current);
	e->cpu = (u16)smp_processor_id();
	e->flags = (u16)flags;
	smp_store_release(&e->seq, ++ring->next);
	local_irq_restore(irqs);
}

/* ---- choosing ---------------------------------------------------------------- */

static bool word_means(const char *word, size_t len, const struct contract_row *row)
{
	size_t table = strlen(row->table);

	if (len < table || memcmp(word, row->table, table))
		return false;
	if (len == table)
		return true;
	return word[table] == '.' && len == table + 1 + strlen(row->op) &&
	       !memcmp(word + table + 1, row->op, strlen(row->op));
}

/* Adds the rows that one word means to @rows; false if it means none. */
static bool add_rows(const char *word, size_t len, unsigned long *rows)
{
	bool all = len == 3 && !memcmp(word, "all", 3), found = false;

	for (struct contract_row *row = __contract_rows_start; row < __contract_rows_end; row++) {
		if (!strcmp(row->table, "prose") || row->index >= MAX_TRACED)
			continue;	/* a rule is not called */
		if (!all && !word_means(word, len, row))
			continue;
		__set_bit(row->index, rows);
		found = true;
	}
	return found;
}

int contract_trace_select(const char *words)
{
	DECLARE_BITMAP(rows, MAX_TRACED);
	int err = 0;

	bitmap_zero(rows, MAX_TRACED);
	for (const char *word = words; strcmp(words, "off"); word++) {
		size_t len = strcspn(word, ",");

		if (!add_rows(word, len, rows))
			err = -EINVAL;
		word += len;
		if (!*word)
			break;
	}
	if (err)
		return err;
	mutex_lock(&select_lock);
	/* Whoever is recording uses one or the other: each bit is right by itself. */
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++)
		WRITE_ONCE(traced[i], rows[i]);
	WRITE_ONCE(contract_tracing, !bitmap_empty(rows, MAX_TRACED));
	mutex_unlock(&select_lock);
	return 0;
}

unsigned int contract_trace_selected(void)
{
	return bitmap_weight(traced, MAX_TRACED);
}

/* ---- reading ------------------------------------------------------------------ */

/* False if the entry is empty or changed meanwhile. */
static bool copy_entry(struct contract_trace_entry *to, const struct contract_trace_entry *from)
{
	u64 seq = smp_load_acquire(&from->seq);

	if (!seq)
		return false;
	*to = *from;
	smp_rmb();
	to->seq = seq;
	return READ_ONCE(from->seq) == seq;
}

/* By time; on one CPU by number, which settles equal times. */
static int compare(const void *a, const void *b)
{
	const struct contract_trace_entry *x = a, *y = b;

	if (x->cpu == y->cpu)
		return (x->seq > y->seq) - (x->seq < y->seq);
	if (x->time != y->time)
		return x->time > y->time ? 1 : -1;
	return x->cpu > y->cpu ? 1 : -1;
}

unsigned int contract_trace_capacity(void)
{
	return RING_ENTRIES * num_possible_cpus();
}

unsigned int contract_trace_snapshot(struct contract_trace_entry *buf, unsigned int room)
{
	unsigned int cpu, n = 0;

	for_each_possible_cpu(cpu) {
		const struct trace_ring *ring = per_cpu(trace_ring, cpu);

		for (unsigned int i = 0; i < RING_ENTRIES && n < room; i++)
			n += copy_entry(&buf[n], &ring->entries[i]);
	}
	sort(buf, n, sizeof(*buf), compare, NULL);
	return n;
}

int contract_trace_format(char *buf, size_t size, const struct contract_trace_entry *e)
{
	int len = scnprintf(buf, size, "%5llu.%09llu\t%u\t%d\t%s\t%s.%s\t%p", e->time / NSEC_PER_SEC,
			    e->time % NSEC_PER_SEC, e->cpu, e->pid, e->flags & TRACE_EXIT ? "<" : ">",
			    e->row->table, e->row->op, e->arg);

	if (!(e->flags & TRACE_RETURNS))
		return len;
	if (e->ret == (int)e->ret)
		return len + scnprintf(buf + len, size - len, "\t%ld", e->ret);
	return len + scnprintf(buf + len, size - len, "\t%p", (void *)e->ret);
}

void contract_trace_print(void)
{
	const struct trace_ring *ring = this_cpu_read(trace_ring);
	struct contract_trace_entry e;
	char text[160];
	u64 end;

	if (!contract_tracing || !ring)
		return;
	end = READ_ONCE(ring->next);
	report_printf("last operations on CPU %u:\n", smp_processor_id());
	for (u64 n = end > PRINTED ? end - PRINTED : 0; n < end; n++) {
		if (!copy_entry(&e, &ring->entries[n % RING_ENTRIES]))
			continue;
		contract_trace_format(text, sizeof(text), &e);
		report_printf("%s\n", text);
	}
}

#endif
