// SPDX-License-Identifier: MIT
/*
 * The in-guest test runner: see ktest.h. Tests run one after another in the
 * init thread; a test's failure count is an atomic, because its threads may
 * fail too.
 */
#include "tests/kernel/ktest.h"
#include "fs/super.h"
#include "kernel/lib/init.h"
#include "kernel/lib/string.h"
#include "kernel/lib/xarray.h"
#include "kernel/lock/completion.h"
#include "kernel/lock/contract.h"
#include "kernel/lock/lockdep.h"
#include "kernel/lock/rcupdate.h"
#include "kernel/task/kthread.h"
#include "kernel/task/sched.h"
#include "kernel/x86/time.h"
#include "mm/gfp.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "mm/vmalloc.h"

extern const struct ktest __ktests_start[], __ktests_end[];

static atomic_t failures;		/* of the running test */
static const char *skipped;		/* why, or NULL */
static atomic64_t random_state;

void ktest_fail(const char *where, const char *fmt, ...)
{
	struct va_format vf = { .fmt = fmt };
	va_list args;

	va_start(args, fmt);
	vf.va = &args;
	if (atomic_inc_return(&failures) <= 20)
		pr_info("    # %s: %pV\n", where, &vf);
	va_end(args);
}

void ktest_skip(const char *why)
{
	skipped = why;
}

bool ktest_failed(void)
{
	return atomic_read(&failures) != 0;
}

u64 ktest_random(void)
{
	u64 z = (u64)atomic64_add_return((s64)0x9e3779b97f4a7c15ull, &random_state);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

/* ---- threads --------------------------------------------------------------- */

struct crew {
	void (*fn)(void *arg, unsigned int i);
	void *arg;
	atomic_t next;			/* number of the next thread to start */
	atomic_t left;
	struct completion go, done;
};

static int crew_member(void *arg)
{
	struct crew *crew = arg;
	unsigned int i = (unsigned int)atomic_fetch_inc(&crew->next);

	wait_for_completion(&crew->go);
	crew->fn(crew->arg, i);
	if (atomic_dec_and_test(&crew->left))
		complete(&crew->done);
	return 0;
}

bool ktest_threads(unsigned int n, void (*fn)(void *arg, unsigned int i), void *arg)
{
	struct crew crew = { .fn = fn, .arg = arg };
	unsigned int started = 0;

	init_completion(&crew.go);
	init_completion(&crew.done);
	atomic_set(&crew.left, (int)n);
	for (; started < n; started++) {
		struct task_struct *p = kthread_run(crew_member, &crew, "ktest/%u", started);

		if (IS_ERR(p))
			break;
	}
	if (started < n && atomic_sub_and_test((int)(n - started), &crew.left))
		complete(&crew.done);
	complete_all(&crew.go);
	wait_for_completion(&crew.done);
	if (started < n)
		KTEST_FAIL("only %u of %u threads could be made", started, n);
	return started == n;
}

/* ---- what a test must leave as it was ---------------------------------------- */

#define SETTLE_TRIES 20
#define LEAK_ROUNDS  6	/* a test that seems to leak is run so often again */

struct snapshot {
	unsigned long objects, vmalloc_pages, mms, nodes;
	unsigned long warnings, reports, violations;
};

static void take_snapshot(struct snapshot *s)
{
	/* Two rounds: callbacks may queue callbacks. Then the threads that ended are reaped. */
	rcu_barrier();
	msleep(2);
	rcu_barrier();
	drain_kernel_stacks();
	s->objects = slab_objects_total();
	s->vmalloc_pages = vmalloc_nr_pages();
	s->mms = mm_live_count();
	s->nodes = xa_nodes_in_use();
	s->warnings = warn_count();
	s->reports = lockdep_reports();
#if CONFIG_CHECKS
	s->violations = contract_violations();
#else
	s->violations = 0;
#endif
}

static bool grew(const struct snapshot *a, const struct snapshot *b)
{
	return b->objects > a->objects || b->vmalloc_pages > a->vmalloc_pages ||
	       b->mms > a->mms || b->nodes > a->nodes;
}

static void check_clean(const struct snapshot *before, const struct snapshot *after)
{
	if (after->warnings != before->warnings)
		KTEST_FAIL("%lu warnings", after->warnings - before->warnings);
	if (after->reports != before->reports)
		KTEST_FAIL("%lu lock reports", after->reports - before->reports);
	check_page_marks();
	if (preempt_count() || irqs_disabled())
		KTEST_FAIL("left with preempt count %x, interrupts %s", preempt_count(),
			   irqs_disabled() ? "off" : "on");
#if CONFIG_CHECKS
	if (held_depth())
		KTEST_FAIL("left with %u locks held", held_depth());
#endif
}

static void run_once(const struct ktest *t, struct snapshot *before, struct snapshot *after)
{
	take_snapshot(before);
	t->fn();
	take_snapshot(after);
	/* Threads and work items that are about to end are no leak; a busy machine takes its time. */
	for (int wait = 0; wait < SETTLE_TRIES && grew(before, after); wait++) {
		msleep(5);
		take_snapshot(after);
	}
	check_clean(before, after);
}

/*
 * Objects that stay may be caches being filled for the first time, or workers
 * started on yet another CPU. What grows every time leaks.
 */
static void leak_check(const struct ktest *t, struct snapshot *before, struct snapshot *after)
{
	if (t->flags & (KTEST_GROWS | KTEST_SLOW) || skipped)
		return;
	for (int again = 0; again < LEAK_ROUNDS; again++) {
		if (!grew(before, after) || ktest_failed())
			return;
		run_once(t, before, after);
	}
	if (grew(before, after))
		KTEST_FAIL("leak: %ld objects, %ld vmalloc pages, %ld address spaces, %ld nodes",
			   (long)(after->objects - before->objects),
			   (long)(after->vmalloc_pages - before->vmalloc_pages),
			   (long)(after->mms - before->mms), (long)(after->nodes - before->nodes));
}

/* ---- selection and the report -------------------------------------------------- */

static bool name_matches(const char *name, const char *word, size_t len)
{
	if (len && word[len - 1] == '*')
		return !strncmp(name, word, len - 1);
	return strlen(name) == len && !strncmp(name, word, len);
}

static bool word_is(const char *word, size_t len, const char *what)
{
	return strlen(what) == len && !strncmp(word, what, len);
}

static bool chosen(const struct ktest *t, const char *spec)
{
	while (*spec) {
		size_t len = strcspn(spec, ",");

		if (word_is(spec, len, "quick") && (t->flags & KTEST_QUICK))
			return true;
		if (word_is(spec, len, "slow") && (t->flags & KTEST_SLOW))
			return true;
		if (word_is(spec, len, "all") && (t->flags & (KTEST_QUICK | KTEST_SLOW)))
			return true;
		if (name_matches(t->name, spec, len) &&
		    (!(t->flags & KTEST_MANUAL) || strlen(t->name) == len))
			return true;
		spec += len;
		if (*spec == ',')
			spec++;
	}
	return false;
}

static bool run_test(const struct ktest *t, unsigned int number)
{
	struct snapshot before, after;
	u64 start = ktime_get_ns(), ms;

	atomic_set(&failures, 0);
	skipped = NULL;
	run_once(t, &before, &after);
	leak_check(t, &before, &after);
	ms = (ktime_get_ns() - start) / NSEC_PER_MSEC;
	if (ktest_failed())
		pr_info("not ok %u %s # %llu ms\n", number, t->name, ms);
	else if (skipped)
		pr_info("ok %u %s # SKIP %s\n", number, t->name, skipped);
	else
		pr_info("ok %u %s # %llu ms\n", number, t->name, ms);
	return !ktest_failed();
}

int ktest_main(const char *spec)
{
	long loops = cmdline_long("loop", 1), seed = cmdline_long("seed", 1);
	unsigned int number = 0, passed = 0, failed = 0, count = 0;
	const struct ktest *t;

	atomic64_set(&random_state, seed);
	for (t = __ktests_start; t < __ktests_end; t++)
		count += chosen(t, spec);
	pr_info("KTAP version 1\n");
	pr_info("# seed %ld, %u CPUs\n", seed, num_online_cpus());
	pr_info("1..%lu\n", count * loops);
	if (!count) {
		pr_err("no test is called %s\n", spec);
		return 1;
	}
	for (long i = 0; i < loops; i++) {
		for (t = __ktests_start; t < __ktests_end; t++) {
			if (!chosen(t, spec))
				continue;
			if (run_test(t, ++number))
				passed++;
			else
				failed++;
		}
	}
	pr_info("# %u passed, %u failed\n", passed, failed);
	return (int)failed;
}

/* The host's tests ask for this one by name, to see that a panic ends the run as one. */
static void panic_test(void)
{
	panic("asked for by the test");
}
KTEST(panic, KTEST_MANUAL, panic_test);
