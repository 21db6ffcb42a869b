// SPDX-License-Identifier: MIT
/*
 * Queued signals: the entries that keep what is told with a signal, counted for each user.
 *
 * RLIMIT_SIGPENDING limits the entries of a user's processes together, whoever sends. A user is in the table while he has any, and
 * the few that there are share one lock, taken with interrupts off inside siglock; it is a leaf.
 *
 * The entry of a POSIX timer is made with the timer, so that its expiry cannot fail, and goes back to the timer when its signal is
 * taken (sigqueue_free() leaves it alone). When the timer is deleted before that, the entry becomes an ordinary one.
 */
#include "kernel/task/sigqueue.h"
#include "kernel/lib/bug.h"
#include "kernel/lib/hash.h"
#include "kernel/task/posix_timer.h"
#include "kernel/task/signal_internal.h"
#include "mm/slab.h"

#define USER_HASH_BITS 5

struct sig_user {
	struct hlist_node link; /* users_lock, as all of it */
	kuid_t uid;
	unsigned long count; /* not 0 */
};

static struct kmem_cache *sigqueue_cache;
static DEFINE_SPINLOCK(users_lock);
static struct hlist_head users[1 << USER_HASH_BITS]; /* users_lock */

static struct sig_user *find_user(kuid_t uid)
{
	struct sig_user *u;

	hlist_for_each_entry (u, &users[hash_32(uid, USER_HASH_BITS)], link) {
		if (u->uid == uid)
			return u;
	}
	return NULL;
}

/* One more for the user, unless he has limit already. */
static struct sig_user *count_one(kuid_t uid, unsigned long limit)
{
	struct sig_user *u;
	unsigned long flags;

	spin_lock_irqsave(&users_lock, flags);
	u = find_user(uid);
	if (u ? u->count >= limit : !limit) {
		u = NULL;
	} else if (u) {
		u->count++;
	} else {
		u = kmalloc(sizeof(*u), GFP_ATOMIC);
		if (u) {
			*u = (struct sig_user){ .uid = uid, .count = 1 };
			hlist_add_head(&u->link, &users[hash_32(uid, USER_HASH_BITS)]);
		}
	}
	spin_unlock_irqrestore(&users_lock, flags);
	return u;
}

static void uncount_one(struct sig_user *u)
{
	unsigned long flags;

	spin_lock_irqsave(&users_lock, flags);
	if (--u->count)
		u = NULL;
	else
		hlist_del(&u->link);
	spin_unlock_irqrestore(&users_lock, flags);
	kfree(u);
}

static kuid_t user_of(struct task_struct *p)
{
	kuid_t uid;

	rcu_read_lock();
	uid = rcu_dereference(p->real_cred)->uid;
	rcu_read_unlock();
	return uid;
}

struct sigqueue *sigqueue_alloc(struct task_struct *p, bool must)
{
	unsigned long limit = must ? ~0UL : READ_ONCE(p->signal->rlim[RLIMIT_SIGPENDING].rlim_cur);
	struct sig_user *u = count_one(user_of(p), limit);
	struct sigqueue *q;

	if (!u)
		return NULL;
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
	kuid_t uid = user_of(p);
	struct sig_user *u;
	unsigned long flags, n;

	spin_lock_irqsave(&users_lock, flags);
	u = find_user(uid);
	n = u ? u->count : 0;
	spin_unlock_irqrestore(&users_lock, flags);
	return n;
}

void sigqueue_init(void)
{
	sigqueue_cache = kmem_cache_create("sigqueue", sizeof(struct sigqueue), 0, 0, NULL);
	BUG_ON(!sigqueue_cache);
}
