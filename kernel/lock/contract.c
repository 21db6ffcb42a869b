// SPDX-License-Identifier: MIT
/*
 * Contracts at run time: see contract.h.
 *
 * Counters are per CPU and bumped with single instructions, so they need no
 * lock and an interrupt or migration in between loses nothing. The checks
 * read only the caller's own held-lock stack.
 */
#include "kernel/lock/contract_fast.h"
#include "kernel/lock/contract_mode.h"
#include "kernel/lock/lockdep_fast.h"
#include "kernel/lock/lock_report.h"
#include "kernel/lock/sched_iface.h"
#include "kernel/lib/init.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"
#include "kernel/x86/atomic.h"
#include "kernel/x86/msr.h"
#include "kernel/x86/percpu.h"
#include "kernel/x86/time.h"

enum contract_mode contract_mode = CONTRACT_MODE_PANIC;

#if CONFIG_CHECKS

DEFINE_PER_CPU(struct contract_counts [MAX_ROWS], contract_counts);
static atomic_long_t violations;

void contract_init(void)
{
	char word[8];
	int index = 1;

	for (struct contract_row *row = __contract_rows_start; row < __contract_rows_end; row++)
		row->index = index < MAX_ROWS ? index++ : 0;
	if (!cmdline_get("contract", word, sizeof(word)))
		return;
	if (!strcmp(word, "warn"))
		contract_mode = CONTRACT_MODE_WARN;
	else if (!strcmp(word, "off"))
		contract_mode = CONTRACT_MODE_OFF;
	else if (strcmp(word, "panic"))
		pr_warn("contract=%s is none of panic, warn, off: using panic\n", word);
}

void contract_enter(struct contract_call *call, struct contract_row *row)
{
	fast_enter(call, row);
}

void contract_leave(struct contract_call *call)
{
	fast_leave(call);
}

static inline void count_check(struct contract_call *call)
{
	this_cpu_inc(contract_counts[call->row->index].checks);
}

/* @call: of which operation and object, or NULL. @row: what was violated. */
static noinline void report(struct contract_call *call, struct contract_row *row, struct held_locks *h,
			    const char *arg, const char *expected, const char *found)
{
	if ((contract_mode == CONTRACT_MODE_OFF && !h->expect) || h->off)
		return;
	this_cpu_inc(contract_counts[row->index].violations);
	atomic_long_inc(&violations);
	if (h->expect)
		h->expected_row = row;
	if (!lock_report_begin(h, "contract violated"))
		return;
	printk(KERN_ERR "contract %s.%s, fs/locking.rst:%d: %s\n", row->table, row->op, row->line,
	       row->rule);
	if (call && call->row != row)
		printk(KERN_ERR "in a call of %s.%s, fs/locking.rst:%d: %s\n", call->row->table,
		       call->row->op, call->row->line, call->row->rule);
	printk(KERN_ERR "%s: expected %s, found %s\n", arg, expected, found);
	if (call && call->about_kind != CONTRACT_ABOUT_NONE && call->about) {
		printk(KERN_ERR "argument %s:\n", call->about_arg);
		contract_describe(call->about_kind, call->about);
	}
	lock_report_end(h);
}

void contract_violation(struct contract_call *call, const char *arg, const char *expected,
			const char *found)
{
	report(call, call->row, call->held, arg, expected, found);
}

void contract_count_sleep(const struct contract_row *row)
{
	this_cpu_inc(contract_counts[row->index].violations);
	atomic_long_inc(&violations);
}

void contract_count_rule(struct contract_row *rule)
{
	this_cpu_inc(contract_counts[rule->index].calls);
}

void contract_rule_violation(struct contract_call *call, struct contract_row *rule, const char *arg,
			     const char *expected, const char *found)
{
	report(call, rule, call ? call->held : held_current_stack(), arg, expected, found);
}

static const char *const state_words[] = {
	[CONTRACT_NOT_HELD] = "not held",
	[CONTRACT_HELD] = "held",
	[CONTRACT_SHARED] = "held at least shared",
	[CONTRACT_EXCLUSIVE] = "held exclusively",
};

static const char *const mode_words[] = { "not held", "held shared", "held exclusively" };

static noinline void wrong_state(struct contract_call *call, enum contract_state state, int mode,
				 const char *column, const char *arg)
{
	char expected[96];

	snprintf(expected, sizeof(expected), "%s %s", column, state_words[state]);
	contract_violation(call, arg, expected, mode_words[mode]);
}

/* @mode: 0 not held, 1 shared, 2 exclusive. */
static inline void check_mode(struct contract_call *call, int mode, enum contract_state state,
			      const char *column, const char *arg)
{
	bool ok;

	count_check(call);
	switch (state) {
	case CONTRACT_NOT_HELD:
		ok = mode == 0;
		break;
	case CONTRACT_EXCLUSIVE:
		ok = mode == 2;
		break;
	default:
		ok = mode != 0;
	}
	if (unlikely(!ok))
		wrong_state(call, state, mode, column, arg);
}

void contract_check_rwsem(struct contract_call *call, const struct rw_semaphore *sem,
			  enum contract_state state, const char *column, const char *arg)
{
	if (sem)
		check_mode(call, held_mode_of(call->held, sem), state, column, arg);
}

void contract_check_spin(struct contract_call *call, const spinlock_t *lock,
			 enum contract_state state, const char *column, const char *arg)
{
	if (lock)
		check_mode(call, held_mode_of(call->held, lock), state, column, arg);
}

void contract_check_mutex(struct contract_call *call, const struct mutex *lock,
			  enum contract_state state, const char *column, const char *arg)
{
	if (lock)
		check_mode(call, held_mode_of(call->held, lock), state, column, arg);
}

/*
 * In a completion the lock is the I/O's, which the completion acts for: that
 * counts as held there. Completions run in interrupts, or (RAM disks, early
 * errors) in process context with interrupts off.
 */
static noinline int io_lock_mode(const void *obj)
{
	return (in_interrupt() || irqs_disabled()) && held_by_io(obj) ? 2 : 0;
}

static inline int bit_lock_mode(const struct held_locks *h, const void *obj,
				enum contract_state state)
{
	int mode = held_mode_of(h, obj);

	return mode || state == CONTRACT_NOT_HELD ? mode : io_lock_mode(obj);
}

void contract_check_page(struct contract_call *call, const struct page *page,
			 enum contract_state state, const char *column, const char *arg)
{
	if (page)
		check_mode(call, bit_lock_mode(call->held, page, state), state, column, arg);
}

void contract_check_buffer(struct contract_call *call, const struct buffer_head *bh,
			   enum contract_state state, const char *column, const char *arg)
{
	if (bh)
		check_mode(call, bit_lock_mode(call->held, bh, state), state, column, arg);
}

void contract_check_seqlock(struct contract_call *call, const seqlock_t *lock,
			    enum contract_state state, const char *column, const char *arg)
{
	/* A reader by sequence leaves no trace, and is what "shared" allows. */
	if (lock && state != CONTRACT_SHARED)
		check_mode(call, held_mode(&lock->lock), state, column, arg);
}

void contract_check_either(struct contract_call *call, const struct rw_semaphore *one,
			   const struct rw_semaphore *other, const char *names)
{
	count_check(call);
	if (unlikely(!held_mode_of(call->held, one) && !(other && held_mode_of(call->held, other))))
		contract_violation(call, "locks", names, other ? "neither held" : "not held");
}

/* ---- callers, recursion, watching ------------------------------------------- */

unsigned int contract_caller_begin(enum contract_caller caller)
{
	struct held_locks *h = held_current_stack();
	unsigned int previous = h->caller;

	h->caller = caller;
	return previous;
}

void contract_caller_end(unsigned int previous)
{
	held_current_stack()->caller = previous;
}

bool contract_called_by(const struct contract_call *call, enum contract_caller caller)
{
	return call->caller == caller;
}

void contract_check_caller(struct contract_call *call, unsigned int mask, const char *names)
{
	count_check(call);
	if (unlikely(!(mask & BIT(call->caller))))
		contract_violation(call, "caller", names,
				   call->caller ? "another that the page names" : "somebody else");
}

void contract_forbid_recursion(struct contract_call *call)
{
	if (call->held->no_recursion++ == 0)
		call->held->no_recursion_row = call->row;
	call->no_recursion = true;
}

/* The offence is the operation's that must not recurse. */
void contract_check_recursion(struct contract_call *call)
{
	count_check(call);
	if (unlikely(call->held->no_recursion))
		contract_rule_violation(call, call->held->no_recursion_row, "FS recursion", "no", "yes");
}

void contract_watch(struct contract_call *call, const void *object)
{
	if (call->watched || !object)
		return;
	call->noted = 0;
	call->count = 0;
	call->watched = object;
	call->outer = call->held->watching;
	call->held->watching = call;
}

void __contract_note(const void *object, u32 event)
{
	for (struct contract_call *c = held_current_stack()->watching; c; c = c->outer) {
		if (c->watched != object)
			continue;
		c->noted |= event;
		c->count += (event & NOTE_WRITTEN) != 0;
	}
}

static bool can_sleep(struct contract_call *call)
{
	return (!preempt_count() && !irqs_disabled() && !call->held->no_block) ||
	       !READ_ONCE(lock_scheduling);
}

void contract_check_block(struct contract_call *call, enum contract_block block)
{
	char found[64];

	count_check(call);
	if (block == CONTRACT_MUST_NOT_BLOCK) {
		if (call->held->no_block++ == 0)
			call->held->no_block_row = call->row;
		call->no_block = true;
		return;
	}
	if (block != CONTRACT_MAY_BLOCK || likely(can_sleep(call)))
		return;
	snprintf(found, sizeof(found), "preempt count %x, interrupts %s%s", preempt_count(),
		 irqs_disabled() ? "off" : "on",
		 call->held->no_block ? ", inside a row that must not block" : "");
	contract_violation(call, "context", "one that can sleep", found);
}

void contract_check_context(struct contract_call *call, enum contract_context context)
{
	count_check(call);
	if (context == CONTRACT_CONTEXT_INTERRUPT && !in_hardirq() && !irqs_disabled())
		contract_violation(call, "context", "an interrupt", "process context");
	if (context == CONTRACT_CONTEXT_RCU_CALLBACK && !in_rcu_callback())
		contract_violation(call, "context", "an RCU callback",
				   in_hardirq() ? "an interrupt" : "process context");
}

void contract_check_not_rcu_walk(struct contract_call *call)
{
	count_check(call);
	if (!in_hardirq() && sched_in_rcu_walk())
		contract_violation(call, "context", "no RCU path walk", "one");
}

int contract_rwsem_mode(const struct rw_semaphore *sem)
{
	return held_mode(sem);
}

bool contract_spin_held(const spinlock_t *lock)
{
	return held_mode(lock) != 0;
}

bool contract_mutex_held(const struct mutex *lock)
{
	return held_mode(lock) != 0;
}

bool contract_page_locked(const struct page *page)
{
	return bit_lock_mode(held_current_stack(), page, CONTRACT_HELD) != 0;
}

bool contract_buffer_locked(const struct buffer_head *bh)
{
	return bit_lock_mode(held_current_stack(), bh, CONTRACT_HELD) != 0;
}

struct contract_row *contract_find(const char *table, const char *op)
{
	for (struct contract_row *row = __contract_rows_start; row < __contract_rows_end; row++)
		if (!strcmp(row->table, table) && !strcmp(row->op, op))
			return row;
	return NULL;
}

void contract_sum(const struct contract_row *row, struct contract_counts *sum)
{
	unsigned int cpu;

	*sum = (struct contract_counts) { };
	for_each_possible_cpu(cpu) {
		const struct contract_counts *c = &per_cpu(contract_counts, cpu)[row->index];

		sum->calls += READ_ONCE(c->calls);
		sum->checks += READ_ONCE(c->checks);
		sum->violations += READ_ONCE(c->violations);
		sum->longest = max(sum->longest, READ_ONCE(c->longest));
	}
	/* each look at a numbered rule is one check */
	if (!strcmp(row->table, "prose"))
		sum->checks = sum->calls;
	if (tsc_khz)
		sum->longest = sum->longest * 1000 / tsc_khz * 1000;
}

unsigned long contract_violations(void)
{
	return (unsigned long)atomic_long_read(&violations);
}

void contract_print(u64 min)
{
	pr_info("contract: %-45s %10s %10s %6s %12s\n", "operation", "calls", "checks", "bad",
		"longest, us");
	for (struct contract_row *row = __contract_rows_start; row < __contract_rows_end; row++) {
		struct contract_counts c;
		char name[64];

		contract_sum(row, &c);
		if (c.calls < min)
			continue;
		snprintf(name, sizeof(name), "%s.%s", row->table, row->op);
		pr_info("contract: %-45s %10llu %10llu %6llu %12llu\n", name, c.calls, c.checks,
			c.violations, c.longest / 1000);
	}
}

void contract_expect_begin(void)
{
	lockdep_expect_begin();
}

unsigned int contract_expect_end(struct contract_row **row)
{
	struct held_locks *h = held_current_stack();

	if (row)
		*row = h->expected_row;
	return (unsigned int)lockdep_expect_end();
}

#endif
