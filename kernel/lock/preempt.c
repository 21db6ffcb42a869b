// SPDX-License-Identifier: MIT
/*
 * The preemption count's home, and might_sleep().
 *
 * might_sleep() complains when the caller could not sleep here: preemption
 * or interrupts off, or inside an operation whose contract row says that it
 * must not block. It says nothing before the scheduler runs, when nothing
 * sleeps and boot code calls everything with preemption off.
 */
#include "kernel/lock/preempt.h"
#include "kernel/lock/lockdep.h"
#include "kernel/lock/contract.h"
#include "kernel/lock/contract_mode.h"
#include "kernel/lock/lock_report.h"
#include "kernel/lib/bug.h"
#include "kernel/lib/printk.h"

DEFINE_PER_CPU(unsigned int, __preempt_count) = INIT_PREEMPT_COUNT;

#if CONFIG_CHECKS

bool lock_scheduling;	/* set once by rcu_start(): tasks can sleep from now on */

void may_not_sleep(const char *file, int line)
{
	struct held_locks *h;

	if (!READ_ONCE(lock_scheduling) || oops_in_progress)
		return;
	h = held_current_stack();
	if (!h || h->off)
		return;
	if (h->expect && h->no_block)
		h->expected_row = (struct contract_row *)h->no_block_row;
	if (h->no_block_row && (h->expect || contract_mode != CONTRACT_MODE_OFF))
		contract_count_sleep(h->no_block_row);
	if (!lock_report_begin(h, "sleeping where that is not allowed"))
		return;
	printk(KERN_ERR "may sleep at %s:%d: preempt count %x, interrupts %s\n", file, line,
	       preempt_count(), irqs_disabled() ? "off" : "on");
	if (h->no_block && h->no_block_row) {
		const struct contract_row *row = h->no_block_row;

		printk(KERN_ERR "contract %s.%s (fs/locking.rst:%d) must not block: %s\n",
		       row->table, row->op, row->line, row->rule);
	}
	lock_report_end(h);
}

void assert_nonpreemptible(const char *file, int line)
{
	struct held_locks *h;

	if (likely(preempt_count() || irqs_disabled()) || !READ_ONCE(lock_scheduling))
		return;
	h = held_current_stack();
	if (h && !h->off && lock_report_begin(h, "preemptible where that is not allowed")) {
		printk(KERN_ERR "at %s:%d\n", file, line);
		lock_report_end(h);
	}
}

#endif
