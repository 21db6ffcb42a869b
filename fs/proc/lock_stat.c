// SPDX-License-Identifier: MIT
/*
 * /proc/lock_stat: the lock statistics (kernel/lock/lock_stat.h), the class that was waited for longest first.
 *
 * The file is one record, made from a snapshot, so a reader in small pieces sees one order. Written to it: "1" takes
 * hold times from now on, "0" stops that, "clear" sets all numbers to zero.
 */
#include "fs/fs.h"
#include "fs/proc/proc_fs.h"
#include "fs/seq_file.h"
#include "kernel/lib/init.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/sort.h"
#include "kernel/lib/string.h"
#include "kernel/lock/lock_stat.h"
#include "kernel/lock/lockdep_internal.h"
#include "kernel/x86/time.h"
#include "mm/slab.h"

#if CONFIG_CHECKS

struct line {
	struct lock_stat_sum sum;
	unsigned int class;
};

struct snapshot {
	unsigned int count, room;
	struct line lines[];
};

static void add_line(unsigned int class, const char *name, unsigned int subclass, const struct lock_stat_sum *sum,
		     void *arg)
{
	struct snapshot *s = arg;

	/* Classes that appeared since the room was measured wait for the next reader. */
	if (sum->acquisitions && s->count < s->room)
		s->lines[s->count++] = (struct line){ .sum = *sum, .class = class };
}

/* The longest wait first; of two without, the one that is taken more often. */
static int compare(const void *a, const void *b)
{
	const struct lock_stat_sum *x = &((const struct line *)a)->sum, *y = &((const struct line *)b)->sum;

	if (x->wait_total != y->wait_total)
		return x->wait_total < y->wait_total ? 1 : -1;
	return (x->acquisitions < y->acquisitions) - (x->acquisitions > y->acquisitions);
}

static void show_us(struct seq_file *m, u64 ns)
{
	seq_printf(m, " %12llu.%02llu", ns / NSEC_PER_USEC, ns % NSEC_PER_USEC / 10);
}

static void show_line(struct seq_file *m, const struct line *line)
{
	const struct lock_stat_sum *s = &line->sum;
	unsigned int sub = lock_class_subclass(line->class);
	char name[48];

	if (sub)
		snprintf(name, sizeof(name), "%s/%u", lock_class_name(line->class), sub);
	else
		strscpy(name, lock_class_name(line->class), sizeof(name));
	seq_printf(m, "%4u %40s: %12llu", line->class, name, s->contended);
	show_us(m, s->wait_max);
	show_us(m, s->wait_total);
	show_us(m, s->contended ? s->wait_total / s->contended : 0);
	seq_printf(m, " %12llu %12llu", s->acquisitions, s->holds);
	show_us(m, s->hold_max);
	show_us(m, s->hold_total);
	show_us(m, s->holds ? s->hold_total / s->holds : 0);
	if (s->contended)
		seq_printf(m, "  %pS .. %pS", (void *)s->first_ip, (void *)s->last_ip);
	seq_putc(m, '\n');
}

static int lock_stat_show(struct seq_file *m, void *v)
{
	unsigned int room = lock_class_count();
	struct snapshot *s = kvmalloc(sizeof(*s) + room * sizeof(s->lines[0]), GFP_KERNEL);

	if (!s)
		return -ENOMEM;
	s->count = 0;
	s->room = room;
	lock_stat_for_each(add_line, s);
	sort(s->lines, s->count, sizeof(s->lines[0]), compare, NULL);
	seq_printf(m, "lock_stat: times in microseconds; hold times are %s; %lu holds by I/O were not timed\n",
		   READ_ONCE(lock_stat_timing) ? "on" : "off", lock_stat_lost());
	seq_printf(m, "%4s %40s  %12s %15s %15s %15s %12s %12s %15s %15s %15s  %s\n", "nr", "class name", "contentions",
		   "waittime-max", "waittime-total", "waittime-avg", "acquisitions", "holds", "holdtime-max",
		   "holdtime-total", "holdtime-avg", "first .. last to wait");
	for (unsigned int i = 0; i < s->count; i++)
		show_line(m, &s->lines[i]);
	kvfree(s);
	return 0;
}

static int lock_stat_write(char *text, void *data)
{
	if (!strcmp(text, "1"))
		lock_stat_switch(true);
	else if (!strcmp(text, "0"))
		lock_stat_switch(false);
	else if (!strcmp(text, "clear"))
		lock_stat_clear();
	else
		return -EINVAL;
	return 0;
}

static int proc_lock_stat_init(void)
{
	struct proc_dir_entry *entry = proc_create_single("lock_stat", S_IRUGO | S_IWUSR, NULL, lock_stat_show, NULL);

	proc_set_write(entry, lock_stat_write);
	return entry ? 0 : -ENOMEM;
}
late_initcall(proc_lock_stat_init);

#endif
