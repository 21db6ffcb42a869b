// SPDX-License-Identifier: MIT
/*
 * The order checker: classes, the order graph, the search for cycles.
 *
 * An edge A -> B says that somebody waited for a lock of class B while
 * holding one of class A. A cycle of edges is a possible deadlock: if each
 * step is done by a different task at the same time, all wait. One
 * refinement: where a step arrives at a class as a recursive reader (who
 * never waits for readers) and the next step holds that class as a reader,
 * the two do not exclude each other, and the cycle does not count there. So
 * each edge knows how its first lock was held and how its second was wanted,
 * and the search refuses such a joint.
 *
 * Interrupts: a class taken in an interrupt handler must never be taken with
 * interrupts on, nor must anything that is taken while it is held: the
 * handler could spin for a lock whose holder it interrupted.
 *
 * The graph changes under graph_lock with interrupts off; it only grows.
 * Checked chains are remembered in a hash table that is read without the
 * lock: a 64-bit slot is either a chain or is not. An entry that has been
 * overwritten only costs another check.
 */
#include "kernel/lock/lockdep_internal.h"
#include "kernel/lock/lock_report.h"
#include "kernel/lock/spinlock.h"
#include "kernel/lib/bitmap.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"

#if CONFIG_CHECKS

#define USED_IRQ_WRITE	1u	/* taken in interrupts, exclusively or as a waiting reader */
#define USED_IRQ_READ	2u	/* as a recursive reader */
#define ON_WRITE	4u	/* taken with interrupts on, exclusively */
#define ON_READ		8u	/* shared */
#define USED_IRQ	(USED_IRQ_WRITE | USED_IRQ_READ)
#define IRQS_WERE_ON	(ON_WRITE | ON_READ)

struct lock_edge {
	u16 from, to;
	u16 next_out, next_in;		/* lists of the from and the to class */
	u8 kinds;			/* bit set of KIND() */
	bool documented;		/* laid by lock_order.c, whether or not seen since */
	unsigned long from_ip, to_ip;	/* the places of the first time */
};

/* How the first lock is held (1: shared) and the second wanted (1: recursive reader). */
#define KIND(shared, recursive)	(1u << ((shared) << 1 | (recursive)))

struct lock_class lock_classes[MAX_CLASSES];
static struct lock_edge edges[MAX_EDGES];
static unsigned int nr_classes = 1, nr_edges = 1;
static bool graph_full;
static unsigned int preset_conflicts;	/* documented orders that the graph contradicts */
static DEFINE_RAW_SPINLOCK(graph_lock);

u64 lock_chains[1 << CHAIN_BITS] ____cacheline_aligned;

/* Scratch of the search; graph_lock. A state is class * 2 + "arrived as a recursive reader". */
static u16 queue[MAX_CLASSES * 2];
static u16 came_edge[MAX_CLASSES * 2];
static u16 came_state[MAX_CLASSES * 2];
static DECLARE_BITMAP(seen, MAX_CLASSES * 2);

/* ---- classes and chains --------------------------------------------------- */

u16 lock_class_register(struct lock_class_key *key, unsigned int subclass)
{
	unsigned long flags;
	u16 id;

	local_irq_save(flags);
	arch_spin_lock(&graph_lock);
	id = key->id[subclass];
	if (!id && nr_classes < MAX_CLASSES) {
		id = (u16)nr_classes++;
		lock_classes[id].key = key;
		lock_classes[id].name = key->name;
		lock_classes[id].subclass = subclass;
		if (key == &lockdep_no_validate_key)
			id |= CLASS_NOCHECK;
		else
			lock_order_apply(id, nr_classes);
		smp_store_release(&key->id[subclass], id);
	}
	if (!id)
		graph_full = true;
	arch_spin_unlock(&graph_lock);
	local_irq_restore(flags);
	return id;
}

/* graph_lock held. The place of another chain may be taken: that one is checked again. */
static void remember_chain(u64 chain)
{
	u64 *slot = lock_chain_slot(chain);

	if (*slot && !*lock_chain_other_slot(chain))
		slot = lock_chain_other_slot(chain);
	WRITE_ONCE(*slot, chain);
}

/* ---- the search ------------------------------------------------------------ */

/*
 * Breadth first from class @start along (or against) the edges, until
 * @match(class, recursive, arg). Returns the state reached, or 0.
 */
static unsigned int search(unsigned int start, bool recursive, bool backwards,
			   bool (*match)(unsigned int class, bool recursive, void *arg),
			   void *arg)
{
	unsigned int head = 0, tail = 0, state = start * 2 + recursive;

	bitmap_zero(seen, nr_classes * 2);
	__set_bit(state, seen);
	came_edge[state] = 0;
	queue[tail++] = (u16)state;
	while (head < tail) {
		struct lock_class *c;
		unsigned int e;

		state = queue[head++];
		if (match(state / 2, state & 1, arg))
			return state;
		c = &lock_classes[state / 2];
		for (e = backwards ? c->in : c->out; e;
		     e = backwards ? edges[e].next_in : edges[e].next_out) {
			for (unsigned int k = 0; k < 4; k++) {
				unsigned int next;

				if (!(edges[e].kinds >> k & 1))
					continue;
				/* A recursive reader does not wait for readers. */
				if (!backwards && (state & 1) && (k & 2))
					continue;
				next = backwards ? edges[e].from * 2u : edges[e].to * 2u + (k & 1);
				if (test_bit(next, seen))
					continue;
				__set_bit(next, seen);
				came_edge[next] = (u16)e;
				came_state[next] = (u16)state;
				queue[tail++] = (u16)next;
			}
		}
	}
	return 0;
}

static void print_class(unsigned int class)
{
	struct lock_class *c = &lock_classes[class];

	pr_cont("%s", c->name ? c->name : "?");
	if (c->subclass)
		pr_cont("/%u", c->subclass);
}

/* The edges of the last search from its start to @state, the last one first. */
static void print_path(unsigned int state)
{
	for (int n = 0; came_edge[state] && n < 40; n++) {
		struct lock_edge *e = &edges[came_edge[state]];

		printk(KERN_ERR "  ");
		print_class(e->to);
		if (!e->to_ip) {
			pr_cont(" comes after ");
			print_class(e->from);
			pr_cont(" in the documented order (kernel/lock/lock_order.c)\n");
			state = came_state[state];
			continue;
		}
		pr_cont(" taken at %pS\n    under ", (void *)e->to_ip);
		print_class(e->from);
		pr_cont(" taken at %pS\n", (void *)e->from_ip);
		state = came_state[state];
	}
}

struct target {
	unsigned int class;
	bool shared;		/* the new edge holds the target as a reader */
};

static bool match_class(unsigned int class, bool recursive, void *arg)
{
	struct target *t = arg;

	return class == t->class && !(recursive && t->shared);
}

static bool match_usage(unsigned int class, bool recursive, void *arg)
{
	return (lock_classes[class].usage & *(unsigned int *)arg) != 0;
}

/* ---- reports; called with graph_lock held, which the report must not keep --- */

static void graph_unlock_for_report(void)
{
	arch_spin_unlock(&graph_lock);
}

static void print_wanted(const struct held_lock *e)
{
	printk(KERN_ERR "wants ");
	print_class(HELD_CLASS(e));
	pr_cont(" (%s) %p at %pS\n", HELD_FLAGS(e) & HELD_SHARED ? "shared" : "exclusive", e->lock,
		(void *)e->ip);
}

static bool report_cycle(struct held_locks *h, const struct held_lock *prev,
			 const struct held_lock *e, unsigned int state)
{
	if (!lock_report_begin(h, "possible deadlock: locks taken in the opposite order before"))
		return false;
	print_wanted(e);
	printk(KERN_ERR "while it holds ");
	print_class(HELD_CLASS(prev));
	pr_cont(" taken at %pS\n", (void *)prev->ip);
	printk(KERN_ERR "but these were seen in the other order:\n");
	print_path(state);
	return true;
}

static bool report_recursion(struct held_locks *h, const struct held_lock *prev,
			     const struct held_lock *e)
{
	if (!lock_report_begin(h, prev->lock == e->lock ? "deadlock: the lock is held already" :
			       "possible deadlock: two locks of one class, no order between them"))
		return false;
	print_wanted(e);
	printk(KERN_ERR "while it holds %p taken at %pS\n", prev->lock, (void *)prev->ip);
	return true;
}

static bool report_irq(struct held_locks *h, const struct held_lock *e, unsigned int safe,
		       unsigned int unsafe, unsigned int state)
{
	if (!lock_report_begin(h, "possible deadlock with an interrupt handler"))
		return false;
	print_wanted(e);
	printk(KERN_ERR "");
	print_class(safe);
	pr_cont(" is taken in interrupts at %pS\n", (void *)lock_classes[safe].irq_ip);
	printk(KERN_ERR "");
	print_class(unsafe);
	pr_cont(" is taken with interrupts on at %pS\n", (void *)lock_classes[unsafe].on_ip);
	if (safe != unsafe) {
		printk(KERN_ERR "and the second under the first, by way of:\n");
		print_path(state);
	}
	return true;
}

/* ---- checks; graph_lock held; true when something was reported (lock dropped) --- */

static bool check_recursion(struct held_locks *h, const struct held_lock *e)
{
	for (unsigned int i = 0; i < h->depth; i++) {
		struct held_lock *prev = &h->stack[i];

		if (HELD_CLASS(prev) != HELD_CLASS(e) || (HELD_CLASS(prev) & CLASS_NOCHECK))
			continue;
		if ((HELD_FLAGS(e) & HELD_RECURSIVE) && (HELD_FLAGS(prev) & HELD_SHARED))
			continue;
		graph_unlock_for_report();
		if (report_recursion(h, prev, e))
			lock_report_end(h);
		return true;
	}
	return false;
}

/* The class was newly seen in interrupts or with interrupts on. */
static bool check_usage(struct held_locks *h, const struct held_lock *e)
{
	struct lock_class *c = &lock_classes[HELD_CLASS(e)];
	unsigned int bit, state, other;
	bool in_irq = HELD_FLAGS(e) & ENTRY_IN_IRQ;

	if (in_irq && !(HELD_FLAGS(e) & HELD_TRY))
		bit = HELD_FLAGS(e) & HELD_RECURSIVE ? USED_IRQ_READ : USED_IRQ_WRITE;
	else if (!in_irq && (HELD_FLAGS(e) & ENTRY_IRQS_ON))
		bit = HELD_FLAGS(e) & HELD_SHARED ? ON_READ : ON_WRITE;
	else
		return false;
	if ((c->usage & bit) && !h->expect)
		return false;
	if (in_irq && !(c->usage & USED_IRQ))
		c->irq_ip = e->ip;
	if (!in_irq && !(c->usage & IRQS_WERE_ON))
		c->on_ip = e->ip;
	c->usage |= bit;
	if (((c->usage & USED_IRQ_WRITE) && (c->usage & IRQS_WERE_ON)) ||
	    ((c->usage & USED_IRQ_READ) && (c->usage & ON_WRITE))) {
		graph_unlock_for_report();
		if (report_irq(h, e, HELD_CLASS(e), HELD_CLASS(e), 0))
			lock_report_end(h);
		return true;
	}
	other = in_irq ? IRQS_WERE_ON : USED_IRQ;
	state = search(HELD_CLASS(e), false, !in_irq, match_usage, &other);
	if (!state || state / 2 == HELD_CLASS(e))
		return false;
	graph_unlock_for_report();
	if (report_irq(h, e, in_irq ? HELD_CLASS(e) : state / 2, in_irq ? state / 2 : HELD_CLASS(e), state))
		lock_report_end(h);
	return true;
}

static struct lock_edge *find_edge(unsigned int from, unsigned int to)
{
	for (unsigned int i = lock_classes[from].out; i; i = edges[i].next_out)
		if (edges[i].to == to)
			return &edges[i];
	return NULL;
}

/* A documented order has no places until it is seen. */
static void note_places(struct lock_edge *edge, const struct held_lock *prev, const struct held_lock *e)
{
	if (edge->to_ip)
		return;
	edge->from_ip = prev->ip;
	edge->to_ip = e->ip;
}

/* Would the edge put something that is taken with interrupts on under a lock of interrupts? */
static bool check_edge_irq(struct held_locks *h, const struct held_lock *prev,
			   const struct held_lock *e)
{
	unsigned int used = USED_IRQ, on = IRQS_WERE_ON, safe, unsafe;

	safe = search(HELD_CLASS(prev), false, true, match_usage, &used);
	if (!safe)
		return false;
	unsafe = search(HELD_CLASS(e), false, false, match_usage, &on);
	if (!unsafe)
		return false;
	graph_unlock_for_report();
	if (report_irq(h, e, safe / 2, unsafe / 2, unsafe))
		lock_report_end(h);
	return true;
}

/* NULL when there is no room. */
static struct lock_edge *new_edge(unsigned int from, unsigned int to)
{
	struct lock_edge *edge = &edges[nr_edges];

	if (nr_edges == MAX_EDGES) {
		graph_full = true;
		return NULL;
	}
	*edge = (struct lock_edge) {
		.from = (u16)from, .to = (u16)to,
		.next_out = lock_classes[from].out, .next_in = lock_classes[to].in,
	};
	lock_classes[from].out = (u16)nr_edges;
	lock_classes[to].in = (u16)nr_edges;
	smp_store_release(&nr_edges, nr_edges + 1);
	return edge;
}

void lock_graph_preset(unsigned int from, unsigned int to)
{
	struct target target = { .class = from, .shared = false };
	struct lock_edge *edge = find_edge(from, to);

	if (search(to, false, false, match_class, &target)) {
		preset_conflicts++;
		return;
	}
	if (!edge)
		edge = new_edge(from, to);
	if (edge) {
		edge->kinds |= KIND(0, 0) | KIND(1, 0);
		edge->documented = true;
	}
}

static bool add_edge(struct held_locks *h, const struct held_lock *prev,
		     const struct held_lock *e)
{
	bool shared = HELD_FLAGS(prev) & HELD_SHARED, recursive = HELD_FLAGS(e) & HELD_RECURSIVE;
	struct target target = { .class = HELD_CLASS(prev), .shared = shared };
	unsigned int kind = KIND(shared, recursive), state;
	struct lock_edge *edge = find_edge(HELD_CLASS(prev), HELD_CLASS(e));

	if (HELD_CLASS(prev) == HELD_CLASS(e) || !HELD_CLASS(prev) || !HELD_CLASS(e))
		return false;
	if (edge && (edge->kinds & kind)) {
		note_places(edge, prev, e);
		return false;
	}
	state = search(HELD_CLASS(e), recursive, false, match_class, &target);
	if (state) {
		graph_unlock_for_report();
		if (report_cycle(h, prev, e, state))
			lock_report_end(h);
		return true;
	}
	if (!edge) {
		if (check_edge_irq(h, prev, e))
			return true;
		edge = new_edge(HELD_CLASS(prev), HELD_CLASS(e));
		if (!edge)
			return false;
	}
	note_places(edge, prev, e);
	edge->kinds |= (u8)kind;
	return false;
}

/* Edges from what is held. Those below a lock that was waited for follow from its own edges. */
static bool add_edges(struct held_locks *h, const struct held_lock *e)
{
	for (unsigned int i = h->depth; i-- > 0; ) {
		struct held_lock *prev = &h->stack[i];

		if (HELD_CLASS(prev) & CLASS_NOCHECK)
			continue;
		if (add_edge(h, prev, e))
			return true;
		if (!(HELD_FLAGS(prev) & HELD_TRY))
			break;
	}
	return false;
}

static void check_chain(struct held_locks *h, const struct held_lock *e, u64 chain)
{
	static bool told;
	unsigned long flags;
	bool reported;

	if (!HELD_CLASS(e) || (HELD_CLASS(e) & CLASS_NOCHECK))
		return;
	local_irq_save(flags);
	arch_spin_lock(&graph_lock);
	/* Remembered first: a report is made once for each chain, except for a test that asks. */
	if (!h->expect)
		remember_chain(chain);
	reported = check_usage(h, e);
	if (!reported && !(HELD_FLAGS(e) & HELD_TRY))
		reported = check_recursion(h, e) || add_edges(h, e);
	if (!reported)
		arch_spin_unlock(&graph_lock);
	local_irq_restore(flags);
	if (graph_full && !told) {
		told = true;
		pr_warn("lock order checker: tables full, new orders are not checked\n");
	}
}

void lock_chain_check(struct held_locks *h, const struct held_lock *e, u64 chain)
{
	check_chain(h, e, chain);
	h->chain = chain;
	barrier();
	h->depth++;
}

/* ---- looking at the graph: it only grows, so readers need no lock ---- */

unsigned int lock_class_count(void)
{
	return READ_ONCE(nr_classes);
}

const char *lock_class_name(unsigned int class)
{
	const char *name = READ_ONCE(lock_classes[class].name);

	return name ? name : "?";
}

unsigned int lock_class_subclass(unsigned int class)
{
	return READ_ONCE(lock_classes[class].subclass);
}

void lock_edges_for_each(void (*fn)(unsigned int from, unsigned int to, void *arg), void *arg)
{
	unsigned int count = smp_load_acquire(&nr_edges);

	for (unsigned int i = 1; i < count; i++)
		fn(edges[i].from, edges[i].to, arg);
}

unsigned int lock_edge_flags(unsigned int from, unsigned int to)
{
	unsigned int count = smp_load_acquire(&nr_edges);

	for (unsigned int i = 1; i < count; i++)
		if (edges[i].from == from && edges[i].to == to)
			return (READ_ONCE(edges[i].documented) ? LOCK_EDGE_DOCUMENTED : 0) |
			       (READ_ONCE(edges[i].to_ip) ? LOCK_EDGE_OBSERVED : 0);
	return 0;
}

void lockdep_print_classes(void)
{
	unsigned int n = READ_ONCE(nr_classes);

	pr_info("%u lock classes of %u, %u orders of %u, %u documented ones contradicted\n", n - 1,
		MAX_CLASSES, nr_edges - 1, MAX_EDGES, preset_conflicts);
	for (unsigned int i = 1; i < n; i++) {
		struct lock_class *c = &lock_classes[i];

		pr_info("class %u %s/%u%s%s:", i, c->name ? c->name : "?", c->subclass,
			c->usage & USED_IRQ ? " irq" : "", c->usage & IRQS_WERE_ON ? " on" : "");
		for (unsigned int e = c->out; e; e = edges[e].next_out)
			pr_cont(" %u", edges[e].to);
		pr_cont("\n");
	}
}

#endif
