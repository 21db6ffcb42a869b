// SPDX-License-Identifier: MIT
/*
 * Queued signals: the entries that keep what is told with a signal, counted for each user.
 *
 * RLIMIT_SIGPENDING limits the entries of a user's processes together, whoever sends: they are counted with his other things
 * (user_counts.h), and each entry refers to the counts it is in, as its user may change.
 *
 * The entry of a POSIX timer is made with the timer, so that its expiry cannot fail, and goes back to the timer when its signal is
 * taken (sigqueue_free() leaves it alone). When the timer is deleted before that, the entry becomes an ordinary one.
 */
#include "kernel/task/sigqueue.h"
#include "kernel/lib/bug.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/limits.h"
#include "kernel/task/posix_timer.h"
#include "kernel/task/signal_internal.h"
#include "kernel/task/user_counts.h"
#include "mm/slab.h"

static struct kmem_cache *sigqueue_cache;

/* The real user of p. RCU keeps the cred that refers to it. */
static struct user_counts *hold_user_of(struct task_struct *p)
{
	struct user_counts *u;

	rcu_read_lock();
	u = hold_user_counts(rcu_dereference(p->real_cred)->user);
	rcu_read_unlock();
	return u;
}

static void uncount_one(struct user_counts *u)
{
	atomic_long_dec(&u->sigpending);
	put_user_counts(u);
}

struct sigqueue *sigqueue_alloc(struct task_struct *p, bool must)
{
	unsigned long limit = must ? LONG_MAX : READ_ONCE(p->signal->rlim[RLIMIT_SIGPENDING].rlim_cur);
	struct user_counts *u = hold_user_of(p);
	struct sigqueue *q;

	if (!user_count_inc(&u->sigpending, min_t(unsigned long, limit, LONG_MAX))) {
		put_user_counts(u);
		return NULL;
	}
	q = kmem_cache_alloc(sigqueue_cache, GFP_ATOMIC);
	if (!q) {
		uncount_one(u);
		return NULL;
	}
	INIT_LIST_HEAD(&q->list);
	q->user = u;
	q->timer = NULL;
	return q;
}

void sigqueue_free(struct sigqueue *q)
{
	if (q->timer)
		return;
	uncount_one(q->user);
	kmem_cache_free(sigqueue_cache, q);
}

void sigqueue_drop(struct sigqueue *q)
{
	list_del_init(&q->list);
	if (q->timer)
		posix_timer_dropped(q->timer);
	sigqueue_free(q);
}

void flush_sigqueue(struct sigpending *queue)
{
	struct sigqueue *q, *next;

	queue->signal.sig[0] = 0;
	list_for_each_entry_safe (q, next, &queue->list, list)
		sigqueue_drop(q);
}

static void forget_on(struct sigpending *queue, unsigned long mask)
{
	struct sigqueue *q, *next;

	if (!(queue->signal.sig[0] & mask))
		return;
	queue->signal.sig[0] &= ~mask;
	list_for_each_entry_safe (q, next, &queue->list, list) {
		if (sigmask(q->info.si_signo) & mask)
			sigqueue_drop(q);
	}
}

void forget_signals(struct task_struct *p, unsigned long mask)
{
	struct task_struct *t;

	forget_on(&p->signal->shared_pending, mask);
	if (mask & sigmask(SIGALRM))
		itimer_taken(p->signal);
	list_for_each_entry (t, &p->signal->thread_head, thread_node)
		forget_on(&t->pending, mask);
}

unsigned long sigqueue_count(struct task_struct *p)
{
	unsigned long n;

	rcu_read_lock();
	n = (unsigned long)atomic_long_read(&rcu_dereference(p->real_cred)->user->sigpending);
	rcu_read_unlock();
	return n;
}

void sigqueue_init(void)
{
	sigqueue_cache = kmem_cache_create("sigqueue", sizeof(struct sigqueue), 0, 0, NULL);
	BUG_ON(!sigqueue_cache);
}
