// SPDX-License-Identifier: MIT
/*
 * What the lock checks must report, for every type of lock, as a grid: one row a mistake, one column a type. Each
 * cell makes the mistake on purpose through the type's real functions, without a real deadlock, and must get exactly
 * one report of exactly the kind that belongs to it; or none, where what is done is legal. A missed report, a second
 * one, and one of another kind all fail. "-" is a cell that does not apply; the comment at its row says why.
 */
#include "tests/kernel/ktest.h"
#include "tests/kernel/lock_types.h"
#include "kernel/lib/string.h"
#include "kernel/lock/completion.h"
#include "kernel/lock/hardirq.h"

#if CONFIG_CHECKS

/* The kinds of report, by title, and how the grid calls them. */
enum kind { QUIET, CYCLE, AGAIN, CLASS, IRQ, SLEEP, STRAY, EXIT, FREED, NOT_APPLICABLE };

static const struct {
	const char *shown, *title;
} kinds[] = {
	[QUIET] = { "quiet", NULL },
	[CYCLE] = { "cycle", "possible deadlock: locks taken in the opposite order before" },
	[AGAIN] = { "again", "deadlock: the lock is held already" },
	[CLASS] = { "class", "possible deadlock: two locks of one class, no order between them" },
	[IRQ] = { "irq", "possible deadlock with an interrupt handler" },
	[SLEEP] = { "sleep", "sleeping where that is not allowed" },
	[STRAY] = { "stray", "released a lock that was not held" },
	[EXIT] = { "exit", "locks held where none may be" },
	[FREED] = { "freed", "memory freed with a held lock in it" },
	[NOT_APPLICABLE] = { "-", NULL },
};

/* a and twin are of one class, b and c of others. */
static struct lock_set a, twin, b, c;

/* What a cell's mistake led to. */
struct outcome {
	unsigned long reports;
	const char *title;
};

/* One cell: the type, the type for b and c, and what came of it. */
struct cell {
	const struct lock_type *t, *other;
	struct outcome out;
};

static void expect_begin(void)
{
	lockdep_expect_begin();
}

static void expect_end(struct cell *cell)
{
	cell->out.title = lockdep_expected_title();
	cell->out.reports = lockdep_expect_end();
}

static void nest(const struct lock_type *t1, struct lock_set *x, const struct lock_type *t2, struct lock_set *y)
{
	t1->lock(x);
	t2->lock(y);
	t2->unlock(y);
	t1->unlock(x);
}

/* This task has @s no longer, though the lock is still taken: as if another had taken it. */
static void disown(const struct lock_type *t, struct lock_set *s)
{
	if (!(t->flags & LT_UNTRACKED))
		held_release(t->object(s), _THIS_IP_);
}

/* ---- the mistakes --------------------------------------------------------------- */

/* A, B; then B, A. */
static void abba(struct cell *cell)
{
	nest(cell->t, &a, cell->other, &b);
	expect_begin();
	nest(cell->other, &b, cell->t, &a);
	expect_end(cell);
}

/* A, B; B, C; C, A. */
static void abc(struct cell *cell)
{
	nest(cell->t, &a, cell->other, &b);
	nest(cell->other, &b, cell->other, &c);
	expect_begin();
	nest(cell->other, &c, cell->t, &a);
	expect_end(cell);
}

/* The same lock twice; it is freed in between, or the second time would never end. */
static void twice(struct cell *cell)
{
	const struct lock_type *t = cell->t;

	t->lock(&a);
	if (t->make_free)
		t->make_free(&a);
	expect_begin();
	t->lock(&a);
	expect_end(cell);
	t->unlock(&a);
	if (!t->make_free) {
		t->unlock(&a);
		return;
	}
	/* The first time has nothing left to release but what the task thinks it has. */
	disown(t, &a);
	if (t->flags & LT_IRQS_OFF)
		local_irq_restore(a.irq_flags[--a.irq_depth]);
	if (!(t->flags & LT_SLEEPS))
		preempt_enable();
}

/* Two locks of one class without a nesting level. */
static void two_of_a_class(struct cell *cell)
{
	expect_begin();
	nest(cell->t, &a, cell->t, &twin);
	expect_end(cell);
}

static void one_level_twice(struct cell *cell)
{
	expect_begin();
	cell->t->lock_level(&a, 1);
	cell->t->lock_level(&twin, 1);
	cell->t->unlock(&twin);
	cell->t->unlock(&a);
	expect_end(cell);
}

/* Levels 0, 1; then 1, 0. */
static void levels_inverted(struct cell *cell)
{
	cell->t->lock_level(&a, 0);
	cell->t->lock_level(&twin, 1);
	cell->t->unlock(&twin);
	cell->t->unlock(&a);
	expect_begin();
	cell->t->lock_level(&a, 1);
	cell->t->lock_level(&twin, 0);
	cell->t->unlock(&twin);
	cell->t->unlock(&a);
	expect_end(cell);
}

static void in_interrupt_do(void (*fn)(struct cell *cell), struct cell *cell)
{
	local_irq_disable();
	irq_enter();
	fn(cell);
	irq_exit();
	local_irq_enable();
}

static void take_a(struct cell *cell)
{
	cell->t->lock(&a);
	cell->t->unlock(&a);
}

/* Interrupts have a stack of held locks of their own, so what is expected is said there too. */
static void take_a_expecting(struct cell *cell)
{
	expect_begin();
	take_a(cell);
	expect_end(cell);
}

/* In an interrupt, then outside with interrupts on. A lock that sleeps must not be there at all. */
static void in_interrupts_and_outside(struct cell *cell)
{
	if (cell->t->flags & LT_SLEEPS) {
		in_interrupt_do(take_a_expecting, cell);
		return;
	}
	in_interrupt_do(take_a, cell);
	expect_begin();
	take_a(cell);
	expect_end(cell);
}

/* A is taken in interrupts; B, taken with interrupts on, nests in it. */
static void irq_unsafe_inside(struct cell *cell)
{
	cell->t->lock(&b);
	cell->t->unlock(&b);
	in_interrupt_do(take_a, cell);
	local_irq_disable();
	cell->t->lock(&a);
	expect_begin();
	cell->t->lock(&b);
	expect_end(cell);
	cell->t->unlock(&b);
	cell->t->unlock(&a);
	local_irq_enable();
}

/* The lock is taken, but not by this task. */
static void not_held(struct cell *cell)
{
	cell->t->lock(&a);
	disown(cell->t, &a);
	expect_begin();
	cell->t->unlock(&a);
	expect_end(cell);
}

static struct {
	struct cell *cell;
	struct completion taken, released;
} strangers;

/* Thread 0 takes the lock, thread 1 releases it. A spinning lock's holder lets preemption back on to wait. */
static void owner_and_stranger(void *arg, unsigned int i)
{
	struct cell *cell = strangers.cell;
	bool spins = !(cell->t->flags & LT_SLEEPS), irqs_off = cell->t->flags & LT_IRQS_OFF;

	if (i == 0) {
		cell->t->lock(&a);
		if (spins)
			preempt_enable();
		if (irqs_off)
			local_irq_enable();
		complete(&strangers.taken);
		wait_for_completion(&strangers.released);
		disown(cell->t, &a);
		return;
	}
	wait_for_completion(&strangers.taken);
	if (irqs_off)
		local_irq_disable();
	if (spins)
		preempt_disable();
	expect_begin();
	cell->t->unlock(&a);
	expect_end(cell);
	complete(&strangers.released);
}

static void another_task_releases(struct cell *cell)
{
	strangers.cell = cell;
	init_completion(&strangers.taken);
	init_completion(&strangers.released);
	ktest_threads(2, owner_and_stranger, NULL);
}

static void sleep_under_it(struct cell *cell)
{
	cell->t->lock(&a);
	expect_begin();
	might_sleep();
	expect_end(cell);
	cell->t->unlock(&a);
}

static void in_atomic_context(struct cell *cell)
{
	preempt_disable();
	expect_begin();
	cell->t->lock(&a);
	expect_end(cell);
	cell->t->unlock(&a);
	preempt_enable();
}

static void held_at_exit(struct cell *cell)
{
	cell->t->lock(&a);
	expect_begin();
	held_check_empty("return to the program");
	expect_end(cell);
	/* The check forgets what it reported: put the entry back for the release. */
	if (cell->out.reports)
		held_acquire(cell->t->object(&a), &lockdep_no_validate_key, 0, HELD_TRY, _THIS_IP_);
	cell->t->unlock(&a);
}

static void freed_while_held(struct cell *cell)
{
	cell->t->lock(&a);
	expect_begin();
	debug_check_no_locks_freed(&a, sizeof(a));
	expect_end(cell);
	cell->t->unlock(&a);
}

/* Always in one order, released in any. */
static void one_order(struct cell *cell)
{
	expect_begin();
	for (int i = 0; i < 3; i++) {
		cell->t->lock(&a);
		cell->other->lock(&b);
		cell->other->lock(&c);
		if (i == 0)
			cell->other->unlock(&c);
		else
			cell->t->unlock(&a);
		cell->other->unlock(&b);
		if (i == 0)
			cell->t->unlock(&a);
		else
			cell->other->unlock(&c);
	}
	expect_end(cell);
}

/* ---- what each must lead to ------------------------------------------------------ */

static enum kind tracked(const struct lock_type *t, enum kind kind)
{
	return t->flags & LT_UNTRACKED ? QUIET : kind;
}

static enum kind want_cycle(const struct lock_type *t) { return tracked(t, CYCLE); }
static enum kind want_again(const struct lock_type *t) { return tracked(t, AGAIN); }
static enum kind want_class(const struct lock_type *t) { return tracked(t, CLASS); }
static enum kind want_stray(const struct lock_type *t) { return tracked(t, STRAY); }
static enum kind want_exit(const struct lock_type *t) { return tracked(t, EXIT); }
static enum kind want_quiet(const struct lock_type *t) { return QUIET; }

static enum kind want_class_of_levels(const struct lock_type *t)
{
	return t->lock_level ? CLASS : NOT_APPLICABLE;
}

static enum kind want_cycle_of_levels(const struct lock_type *t)
{
	return t->lock_level ? CYCLE : NOT_APPLICABLE;
}

/*
 * A reader in an interrupt comes in beside the readers it interrupted. A writer of a per-CPU semaphore would really
 * sleep. A class of real code would be spoilt for good.
 */
static enum kind want_irq(const struct lock_type *t)
{
	if (t->flags & (LT_WAITS_RCU | LT_ONE_CLASS))
		return NOT_APPLICABLE;
	if (t->flags & LT_SLEEPS)
		return SLEEP;
	return t->flags & (LT_IRQS_OFF | LT_IRQ_READER) ? QUIET : tracked(t, IRQ);
}

/* Sleeping locks are not taken in interrupts. Readers only: the writers between them are another test's. */
static enum kind want_irq_inside(const struct lock_type *t)
{
	if (t->flags & (LT_SLEEPS | LT_IRQ_READER))
		return NOT_APPLICABLE;
	return t->flags & LT_IRQS_OFF ? QUIET : tracked(t, IRQ);
}

static enum kind want_sleep_under(const struct lock_type *t)
{
	return t->flags & LT_SLEEPS ? QUIET : SLEEP;
}

static enum kind want_sleep_to_take(const struct lock_type *t)
{
	if (t->flags & LT_WAITS_RCU)
		return NOT_APPLICABLE;
	return t->flags & LT_SLEEPS ? SLEEP : QUIET;
}

/* The lock of a page lies in the page's descriptor, which is never freed. */
static enum kind want_freed(const struct lock_type *t)
{
	return t->object(&a) == a.page ? NOT_APPLICABLE : tracked(t, FREED);
}

static const struct row {
	const char *name;
	void (*fn)(struct cell *cell);
	enum kind (*want)(const struct lock_type *t);
	unsigned int own_classes;	/* how many of a, b, c need classes that no other row has used */
} rows[] = {
	{ "A-B, B-A", abba, want_cycle, 2 },
	{ "A-B, B-C, C-A", abc, want_cycle, 3 },
	{ "the same again", twice, want_again, 0 },
	{ "two of a class", two_of_a_class, want_class, 0 },
	{ "one level twice", one_level_twice, want_class_of_levels, 0 },
	{ "levels 0-1, 1-0", levels_inverted, want_cycle_of_levels, 1 },
	{ "irq and irqs on", in_interrupts_and_outside, want_irq, 1 },
	{ "irqs-on in irq lock", irq_unsafe_inside, want_irq_inside, 2 },
	{ "not held", not_held, want_stray, 0 },
	{ "a stranger's", another_task_releases, want_stray, 0 },
	{ "sleep under it", sleep_under_it, want_sleep_under, 0 },
	{ "taken in atomic", in_atomic_context, want_sleep_to_take, 0 },
	{ "held at exit", held_at_exit, want_exit, 0 },
	{ "freed while held", freed_while_held, want_freed, 0 },
	{ "one order", one_order, want_quiet, 3 },
};

#define MAX_TYPES 15

/* The order graph remembers for ever, so the rows that teach it something have classes of their own. */
static struct lock_class_key cell_keys[ARRAY_SIZE(rows)][MAX_TYPES][3];
static struct lock_class_key plain_keys[MAX_TYPES];

static bool make_sets(unsigned int row, unsigned int type)
{
	struct lock_class_key *keys[3];

	for (unsigned int i = 0; i < 3; i++)
		keys[i] = i < rows[row].own_classes ? &cell_keys[row][type][i] : &plain_keys[type];
	return lock_set_init(&a, keys[0]) && lock_set_init(&twin, keys[0]) && lock_set_init(&b, keys[1]) &&
	       lock_set_init(&c, keys[2]);
}

/* Returns what the grid shows for the cell. */
static const char *try_cell(unsigned int row, unsigned int type)
{
	const struct lock_type *t = &lock_types[type];
	struct cell cell = { .t = t, .other = t->flags & LT_ONE_CLASS ? lock_type_mutex : t };
	enum kind want;

	if (!make_sets(row, type)) {
		KTEST_FAIL("out of memory");
		return "?";
	}
	want = rows[row].want(t);
	if (want != NOT_APPLICABLE)
		rows[row].fn(&cell);
	lock_set_destroy(&a);
	lock_set_destroy(&twin);
	lock_set_destroy(&b);
	lock_set_destroy(&c);
	if (want == NOT_APPLICABLE)
		return kinds[want].shown;
	if (cell.out.reports == (want != QUIET) &&
	    (want == QUIET || (cell.out.title && !strcmp(cell.out.title, kinds[want].title))))
		return kinds[want].shown;
	KTEST_FAIL("%s with %s: %lu reports, the last \"%s\", and not %s", rows[row].name, t->name, cell.out.reports,
		   cell.out.title ? cell.out.title : "", want == QUIET ? "none" : kinds[want].title);
	return "WRONG";
}

static void grid(void)
{
	char line[200];
	int n;

	KTEST_ASSERT(nr_lock_types == MAX_TYPES);
	n = scnprintf(line, sizeof(line), "%-19s", "");
	for (unsigned int i = 0; i < nr_lock_types; i++)
		n += scnprintf(line + n, sizeof(line) - (size_t)n, " %7s", lock_types[i].name);
	pr_info("# %s\n", line);
	for (unsigned int row = 0; row < ARRAY_SIZE(rows); row++) {
		n = scnprintf(line, sizeof(line), "%-19s", rows[row].name);
		for (unsigned int i = 0; i < nr_lock_types; i++)
			n += scnprintf(line + n, sizeof(line) - (size_t)n, " %7s", try_cell(row, i));
		pr_info("# %s\n", line);
	}
}
KTEST(lock_mustfail_grid, KTEST_QUICK, grid);

#endif
