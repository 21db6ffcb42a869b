// SPDX-License-Identifier: MIT
/*
 * Does everything come back? What the kernel has handed out before the root is mounted is compared with what it has when all
 * programs have ended and everything is unmounted: objects of each cache, and pages by what they are used for. That is done when the
 * command line says leaks=warn or leaks=fail; the latter makes a run with a difference fail.
 *
 * Before counting, what is merely kept at hand is given back: unused dentries and inodes, idle workers, empty slabs, the CPUs' lists
 * of pages; and what is on its way is waited for: work items, RCU callbacks, tasks that have ended. Some of that cannot be waited for by name
 * (a kernel thread that is on its way out of its last function), so a difference counts only if it stays for a while.
 *
 * What a program may leave of System V IPC and message queues is removed before (ipc_remove_all()). A node that it leaves in devtmpfs,
 * which outlives mounts, is a difference.
 */
#include "kernel/task/leaks.h"
#include "fs/dev_node.h"
#include "kernel/lib/init.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"
#include "kernel/lock/rcupdate.h"
#include "kernel/task/internal.h"
#include "kernel/task/sched.h"
#include "kernel/task/workqueue.h"
#include "kernel/x86/irqflags.h"
#include "kernel/x86/tlbflush.h"
#include "mm/gfp.h"
#include "mm/mm.h"
#include "mm/mm_types.h"
#include "mm/page.h"
#include "mm/shrinker.h"
#include "mm/slab.h"
#include "mm/swap.h"
#include "mm/vmalloc.h"
#include "mm/vmstat.h"

#define MAX_CACHES  128
#define PATIENCE_MS 3000
#define PAUSE_MS    10

enum { PAGES_CACHE, PAGES_ANON, PAGES_STACK, PAGES_TABLE, PAGES_VMALLOC, PAGES_OTHER, NR_KINDS };

static const char *const kinds[NR_KINDS] = {
	[PAGES_CACHE] = "page cache", [PAGES_ANON] = "anonymous memory", [PAGES_STACK] = "kernel stacks",
	[PAGES_TABLE] = "page tables", [PAGES_VMALLOC] = "vmalloc", [PAGES_OTHER] = "other uses",
};

struct census {
	unsigned int nr_caches;
	struct {
		const char *name;
		unsigned long objects;
	} cache[MAX_CACHES];
	unsigned long slab_pages;
	long pages[NR_KINDS];
};

/* kernel_init's alone, like all of this. */
static struct census before, after;
static bool begun, failing;

static void count_cache(const char *name, unsigned int size, unsigned long objects, unsigned long pages, void *arg)
{
	struct census *c = arg;

	if (c->nr_caches == MAX_CACHES)
		return;
	c->cache[c->nr_caches].name = name;
	c->cache[c->nr_caches++].objects = objects;
}

static void take_census(struct census *c)
{
	long used = totalram_pages() - nr_free_pages();

	memset(c, 0, sizeof(*c));
	kmem_cache_for_each_counted(count_cache, c);
	c->pages[PAGES_CACHE] = global_page_state_snapshot(NR_FILE_PAGES);
	c->pages[PAGES_ANON] = global_page_state_snapshot(NR_ANON_MAPPED);
	c->pages[PAGES_STACK] = global_page_state_snapshot(NR_KERNEL_STACK);
	c->pages[PAGES_TABLE] = global_page_state_snapshot(NR_PAGETABLE);
	c->pages[PAGES_VMALLOC] = vmalloc_nr_pages();
	for (int i = 0; i < PAGES_OTHER; i++)
		used -= i == PAGES_STACK ? 0 : c->pages[i]; /* stacks are in vmalloc's */
	used -= global_page_state_snapshot(NR_SLAB_RECLAIMABLE) + global_page_state_snapshot(NR_SLAB_UNRECLAIMABLE);
	c->pages[PAGES_OTHER] = used;
}

/* A CPU that went from a program to a kernel thread goes on using the program's page tables, and holds them: no longer. */
static void leave_address_spaces(void)
{
	cpumask_t all = current->cpus_allowed, one;
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		struct mm_struct *old;
		unsigned long flags;

		cpumask_clear(&one);
		cpumask_set_cpu(cpu, &one);
		set_cpus_allowed(current, &one);
		mmgrab(&init_mm);
		local_irq_save(flags);
		old = current->active_mm;
		switch_mm_irqs_off(old, &init_mm, current);
		current->active_mm = &init_mm;
		local_irq_restore(flags);
		mmdrop(old);
	}
	set_cpus_allowed(current, &all);
}

/* Gives back what is only kept at hand, and waits for what is on its way. */
static void settle(void)
{
	flush_workqueue(system_wq);
	leave_address_spaces();
	lru_add_drain_all();
	while (shrink_slab(GFP_KERNEL, 0))
		cond_resched();
	workers_trim(true);
}

/* The rest of it, which makes no worker work, and so can be done again and again. */
static void recount(struct census *c)
{
	msleep(PAUSE_MS);
	rcu_barrier();
	drain_kernel_stacks();
	slab_shrink_all();
	take_census(c);
}

/* How many caches and kinds of pages differ. @print: say which. */
static unsigned int compare(bool print)
{
	unsigned int found = 0;

	for (unsigned int i = 0; i < after.nr_caches; i++) {
		/* caches are made at boot, and only added to the list */
		unsigned long was = i < before.nr_caches ? before.cache[i].objects : 0;

		if (after.cache[i].objects == was)
			continue;
		found++;
		if (print)
			pr_err("leaks: %s: %lu objects at the end, %lu before\n", after.cache[i].name, after.cache[i].objects, was);
	}
	for (int i = 0; i < NR_KINDS; i++) {
		/* The kernel's own page tables stay for the next that needs the addresses; a program's are checked when its mm goes. */
		if (i == PAGES_TABLE || after.pages[i] == before.pages[i])
			continue;
		found++;
		if (print)
			pr_err("leaks: %s: %ld pages at the end, %ld before\n", kinds[i], after.pages[i], before.pages[i]);
	}
	return found;
}

/* Threads are among the objects: which there are says which is too many. */
static void show_threads(void)
{
	struct task_struct *p;

	rcu_read_lock();
	for_each_task_rcu (p)
		pr_err("leaks: thread %d %s\n", p->pid, p->comm);
	rcu_read_unlock();
}

void leaks_begin(void)
{
	char word[8];

	if (!cmdline_get("leaks", word, sizeof(word)))
		return;
	failing = !strcmp(word, "fail");
	settle();
	/* what is there twice running is there to stay */
	recount(&after);
	for (int ms = 0; ms < PATIENCE_MS; ms += PAUSE_MS) {
		before = after;
		recount(&after);
		if (!compare(false))
			break;
	}
	workers_trim(false);
	begun = true;
}

bool leaks_end(void)
{
	if (!begun)
		return false;
	dev_node_forget_handles();
	settle();
	for (int ms = 0; ms < PATIENCE_MS; ms += PAUSE_MS) {
		recount(&after);
		if (!compare(false)) {
			pr_info("leaks: none\n");
			return false;
		}
	}
	compare(true);
	show_threads();
	return failing;
}
