// SPDX-License-Identifier: MIT
/*
 * The frame of the lock room's reports, and what follows from one. printk
 * takes no lock of others; the reporter's own tracking is off meanwhile, so
 * that nothing it calls can report in turn.
 */
#include "kernel/lock/lock_report.h"
#include "kernel/lock/contract.h"
#include "kernel/lock/contract_mode.h"
#include "kernel/lock/contract_trace.h"
#include "kernel/lock/sched_iface.h"
#include "kernel/lib/bug.h"
#include "kernel/lib/printk.h"
#include "kernel/x86/atomic.h"
#include "kernel/x86/current.h"
#include "kernel/x86/processor.h"

#if CONFIG_CHECKS

#define MAX_REPORTS 30		/* printed; more are only counted */

static atomic_long_t reports;
static atomic_t printing;	/* a report is being printed: others wait a while, not for ever */
static const char *printed_title;	/* of that report */

unsigned long lockdep_reports(void)
{
	return (unsigned long)atomic_long_read(&reports);
}

void lockdep_expect_begin(void)
{
	struct held_locks *h = held_current_stack();

	if (h->expect++ == 0) {
		h->expected = 0;
		h->expected_row = NULL;
		h->expected_title = NULL;
	}
}

unsigned long lockdep_expect_end(void)
{
	struct held_locks *h = held_current_stack();

	h->expect--;
	return h->expected;
}

const char *lockdep_expected_title(void)
{
	return held_current_stack()->expected_title;
}

bool lock_report_begin(struct held_locks *h, const char *title)
{
	long n;

	if (h->expect) {
		h->expected++;
		h->expected_title = title;
		return false;
	}
	if (contract_mode == CONTRACT_MODE_OFF)
		return false;
	n = atomic_long_inc_return(&reports);
	if (n == MAX_REPORTS + 1)
		printk(KERN_ERR "lock check: %d reports were printed, more are only counted\n", MAX_REPORTS);
	if (n > MAX_REPORTS)
		return false;
	h->off++;
	h->limit = 0;
	for (int i = 0; atomic_xchg(&printing, 1) && i < 1000000; i++)
		cpu_relax();
	bust_spinlocks(1);
	printed_title = title;
	printk(KERN_ERR "=== lock check: %s ===\n", title);
	printk(KERN_ERR "CPU %u, task %d (%s)%s\n", smp_processor_id(), sched_pid(current),
	       sched_comm(current), in_hardirq() ? ", in an interrupt" :
	       in_rcu_callback() ? ", in an RCU callback" : "");
	return true;
}

void lock_report_end(struct held_locks *h)
{
	const char *title = printed_title;

	printk(KERN_ERR "locks held:\n");
	held_print(h);
	dump_stack();
	if (contract_mode != CONTRACT_MODE_PANIC)
		contract_trace_print();		/* a panic prints it by itself */
	atomic_set(&printing, 0);
	bust_spinlocks(0);
	if (--h->off == 0)
		h->limit = HELD_MAX;
	if (contract_mode == CONTRACT_MODE_PANIC)
		panic("lock check failed: %s", title);
}

#endif
