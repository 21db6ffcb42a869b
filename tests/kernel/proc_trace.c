// SPDX-License-Identifier: MIT
/*
 * The trace of operations: what was chosen and nothing else, entry and return of each call with its argument and value, in
 * the order of time over all CPUs, the newest when the rings are full.
 */
#include "tests/kernel/ktest.h"
#include "tests/kernel/proc_test.h"
#include "kernel/lib/string.h"
#include "kernel/lock/contract_trace.h"
#include "kernel/task/sched.h"
#include "kernel/x86/time.h"
#include "mm/slab.h"

#if CONFIG_CHECKS

static struct contract_trace_entry *entries;
static unsigned int count;
static u64 start;			/* ns: the rings keep what was traced before the test */

static bool snapshot(void)
{
	unsigned int all, old = 0;

	kvfree(entries);
	entries = kvmalloc_array(contract_trace_capacity(), sizeof(*entries), GFP_KERNEL);
	if (!entries)
		return false;
	all = contract_trace_snapshot(entries, contract_trace_capacity());
	while (old < all && entries[old].time < start)
		old++;
	count = all - old;
	memmove(entries, entries + old, count * sizeof(*entries));
	return true;
}

static void check_order(void)
{
	for (unsigned int i = 1; i < count; i++) {
		const struct contract_trace_entry *a = &entries[i - 1], *b = &entries[i];

		if (a->cpu == b->cpu ? a->seq >= b->seq || a->time > b->time : a->time > b->time) {
			KTEST_FAIL("entry %u is out of order", i);
			return;
		}
	}
}

static void read_uptime(struct vfsmount *mnt, int times)
{
	struct file *file = proc_test_open(mnt, "uptime", O_RDONLY);
	char buf[8];

	KTEST_ASSERT(!IS_ERR(file));
	for (int i = 0; i < times; i++) {
		loff_t pos = 0;

		KTEST_EQ(kernel_read(file, buf, sizeof(buf), &pos), sizeof(buf));
	}
	proc_test_close(file);
}

/* This task's calls in the trace: each entry followed by its return. */
static unsigned int check_calls(const char *op, long ret)
{
	const struct contract_trace_entry *open = NULL;
	unsigned int calls = 0;

	for (unsigned int i = 0; i < count; i++) {
		const struct contract_trace_entry *e = &entries[i];

		KTEST_STREQ(e->row->op, op);
		if (e->pid != current->pid)
			continue;
		if (!(e->flags & TRACE_EXIT)) {
			KTEST_EXPECT(!open);
			open = e;
			continue;
		}
		KTEST_EXPECT(e->flags & TRACE_RETURNS);
		KTEST_EQ(e->ret, ret);
		if (open) {
			KTEST_EXPECT(open->arg == e->arg && e->arg && open->time <= e->time);
			calls++;
		}
		open = NULL;
	}
	KTEST_EXPECT(!open);
	return calls;
}

static void read_much(void *arg, unsigned int i)
{
	read_uptime(arg, 1000);
}

static void test_trace(void)
{
	struct vfsmount *mnt = proc_test_mount();
	unsigned int calls;

	KTEST_ASSERT(!IS_ERR(mnt));
	start = ktime_get_ns();
	KTEST_EQ(contract_trace_select("file_operations.read_iter"), 0);
	KTEST_EQ(contract_trace_selected(), 1);
	KTEST_EXPECT(ktest_threads(2 * num_online_cpus(), read_much, mnt));
	read_uptime(mnt, 20);
	KTEST_EQ(contract_trace_select("off"), 0);
	KTEST_EXPECT(!contract_tracing);
	read_uptime(mnt, 1);
	KTEST_EXPECT(snapshot());
	KTEST_EXPECT(count > 40 && count <= contract_trace_capacity());
	check_order();
	calls = check_calls("read_iter", 8);
	KTEST_EQ(calls, 20);
	proc_test_drop(mnt);
	kvfree(entries);
	entries = NULL;
}
KTEST(proc_trace_calls, KTEST_QUICK, test_trace);

/* A snapshot while everybody writes holds no torn entry. */
static bool torn_stop;

static void write_or_look(void *arg, unsigned int i)
{
	if (i) {
		while (!READ_ONCE(torn_stop))
			read_uptime(arg, 50);
		return;
	}
	for (int n = 0; n < 50 && !ktest_failed(); n++) {
		KTEST_EXPECT(snapshot());
		for (unsigned int k = 0; k < count; k++) {
			const struct contract_trace_entry *e = &entries[k];

			if (!e->row || strcmp(e->row->op, "read_iter") || !e->seq || e->flags & ~3u ||
			    ((e->flags & TRACE_RETURNS) && e->ret != 8))
				KTEST_FAIL("torn entry %u", k);
		}
		check_order();
		cond_resched();
	}
	WRITE_ONCE(torn_stop, true);
}

static void test_torn(void)
{
	struct vfsmount *mnt = proc_test_mount();

	KTEST_ASSERT(!IS_ERR(mnt));
	start = ktime_get_ns();
	KTEST_EQ(contract_trace_select("file_operations.read_iter"), 0);
	torn_stop = false;
	KTEST_EXPECT(ktest_threads(1 + num_online_cpus(), write_or_look, mnt));
	KTEST_EQ(contract_trace_select("off"), 0);
	proc_test_drop(mnt);
	kvfree(entries);
	entries = NULL;
}
KTEST(proc_trace_torn, KTEST_QUICK, test_torn);

static void test_words(void)
{
	unsigned int all, table;

	KTEST_EQ(contract_trace_select("inode_operations.lookup,dentry_operations.d_delete"), 0);
	KTEST_EQ(contract_trace_selected(), 2);
	KTEST_EQ(contract_trace_select("nothing.lookup"), -EINVAL);
	KTEST_EQ(contract_trace_select("inode_operations.lookup,"), -EINVAL);
	KTEST_EQ(contract_trace_select("inode_operations.look"), -EINVAL);
	KTEST_EQ(contract_trace_select(""), -EINVAL);
	KTEST_EQ(contract_trace_selected(), 2);
	KTEST_EQ(contract_trace_select("inode_operations"), 0);
	table = contract_trace_selected();
	KTEST_EXPECT(table > 15);
	KTEST_EQ(contract_trace_select("all"), 0);
	all = contract_trace_selected();
	KTEST_EXPECT(all > table + 60);
	KTEST_EQ(contract_trace_select("off"), 0);
	KTEST_EQ(contract_trace_selected(), 0);
}
KTEST(proc_trace_words, KTEST_QUICK, test_words);

#endif
