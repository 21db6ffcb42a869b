// SPDX-License-Identifier: MIT
/*
 * Futexes with priority inheritance: who owns such a lock runs with the priority of the most important task that waits for it.
 *
 * The word holds the owner's thread number, so that an uncontended lock is taken and released without the kernel. Who finds it taken
 * comes here, sets FUTEX_WAITERS, which makes the owner come here too when it unlocks, and queues. From then until nobody waits the
 * kernel has a struct pi_state for the word. Unlocking hands the lock over: the word gets the number of the first waiter.
 *
 * Locking. pi_futex_lock guards all of it: states, their waiters, the lists of what tasks own, and what they wait for. One lock for
 * everything, because a chain (a task waits for a lock whose owner waits for a lock whose owner ...) crosses many of them, and under
 * one lock it cannot change while it is walked. Only contended locks come here. Within it: the run queues' locks.
 *
 * Chains have no cycles: a waiter is queued only if the chain from the owner does not lead back to it (else EDEADLK), and a task that
 * gets a lock waits for none. So each walk ends.
 *
 * The word is read and changed with page faults off under the lock; if its page is not there, the lock is dropped, the page is
 * faulted in, and all is done again.
 *
 * The end of an owner. exit_pi_states() runs after the robust list was gone through, and hands each contended lock to its first
 * waiter. The word may not be mapped where the owner dies, so the new owner writes its number and FUTEX_OWNER_DIED into it
 * (pi_take_over()); until then state->inherited says that the word is out of date. Nothing is attached to a task after that, which
 * pi_exited says: a word that still names it names nobody, ESRCH.
 */
#include "kernel/task/futex_pi.h"
#include "kernel/lib/bug.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/hash.h"
#include "kernel/lib/kernel.h"
#include "kernel/task/deadline.h"
#include "kernel/task/futex.h"
#include "kernel/task/sched.h"
#include "kernel/x86/uaccess.h"
#include "mm/slab.h"

#define PI_HASH_BITS  6
#define PI_MAX_CHAIN  1024

DEFINE_SPINLOCK(pi_futex_lock);
static struct hlist_head states[1 << PI_HASH_BITS];

/* ---- states and their queues; pi_futex_lock held ---- */

static struct hlist_head *hash_of(const struct futex_key *key)
{
	return &states[hash_64(key->obj ^ (key->offset * 0x9e3779b97f4a7c15UL), PI_HASH_BITS)];
}

struct pi_state *pi_find(const struct futex_key *key)
{
	struct pi_state *st;

	hlist_for_each_entry (st, hash_of(key), hash) {
		if (futex_key_equal(&st->key, key))
			return st;
	}
	return NULL;
}

struct pi_state *pi_alloc(void)
{
	return kzalloc(sizeof(struct pi_state), GFP_KERNEL);
}

void pi_free(struct pi_state *spare)
{
	kfree(spare);
}

static struct pi_waiter *first_waiter(struct pi_state *st)
{
	return list_first_entry_or_null(&st->waiters, struct pi_waiter, list);
}

/* Behind all that are at least as important: from the tail, because most are equal. */
static void insert_waiter(struct pi_state *st, struct pi_waiter *w)
{
	struct pi_waiter *before;

	w->prio = READ_ONCE(w->task->rt_priority);
	list_for_each_entry_reverse (before, &st->waiters, list) {
		if (before->prio >= w->prio)
			break;
	}
	list_add(&w->list, &before->list);
}

static void set_owner(struct pi_state *st, struct task_struct *owner)
{
	st->owner = get_task_struct(owner);
	list_add(&st->owned, &owner->pi_states);
}

/* Returns the task that was the owner, with the reference. */
static struct task_struct *clear_owner(struct pi_state *st)
{
	struct task_struct *owner = st->owner;

	list_del(&st->owned);
	st->owner = NULL;
	return owner;
}

static int wanted_boost(struct task_struct *p)
{
	struct pi_state *st;
	int boost = 0;

	list_for_each_entry (st, &p->pi_states, owned) {
		struct pi_waiter *w = first_waiter(st);

		if (w)
			boost = max(boost, w->prio);
	}
	return boost;
}

/* What p's waiters lend it has changed: so may what p lends to the owner of what it waits for, and so on. */
static void adjust_chain(struct task_struct *p)
{
	for (;;) {
		struct pi_waiter *w = p->pi_blocked_on;

		if (!sched_boost(p, wanted_boost(p)) || !w)
			return;
		list_del(&w->list);
		insert_waiter(w->state, w);
		p = w->state->owner;
	}
}

/* Nobody waits any more, and the word is right: the kernel forgets the lock. */
static void drop_if_unused(struct pi_state *st)
{
	struct task_struct *owner;

	if (!list_empty(&st->waiters) || st->inherited)
		return;
	owner = clear_owner(st);
	hlist_del(&st->hash);
	kfree(st);
	adjust_chain(owner);
	put_task_struct(owner);
}

static void remove_waiter(struct pi_waiter *w)
{
	list_del(&w->list);
	w->task->pi_blocked_on = NULL;
	w->state = NULL;
}

/*
 * The first waiter becomes the owner. Returns its task, with a reference, to be woken once the lock is dropped; the waiter itself
 * may be gone then. died: it has to put the word right.
 */
static struct task_struct *hand_over(struct pi_state *st, bool died)
{
	struct pi_waiter *w = first_waiter(st);
	struct task_struct *old = clear_owner(st), *new = get_task_struct(w->task);

	remove_waiter(w);
	set_owner(st, new);
	st->inherited = died;
	w->inherit = died;
	adjust_chain(old);
	put_task_struct(old);
	adjust_chain(new);
	drop_if_unused(st);
	smp_store_release(&w->granted, true);
	return new;
}

/* ---- taking and queuing ---- */

/* *now becomes old or what is there instead. 0 or -EFAULT. */
static int change_word(u32 __user *uaddr, u32 old, u32 new, u32 *now)
{
	int err;

	pagefault_disable();
	err = cmpxchg_user_u32(uaddr, old, new, now);
	pagefault_enable();
	return err;
}

/* Would task, waiting for something of owner's, wait for itself? */
static bool leads_back(struct task_struct *owner, struct task_struct *task)
{
	for (int depth = 0; depth < PI_MAX_CHAIN; depth++) {
		if (owner == task)
			return true;
		if (!owner->pi_blocked_on)
			return false;
		owner = owner->pi_blocked_on->state->owner;
	}
	return true; /* nobody nests that deep in earnest */
}

/* May the word and what is known of it be true together? The program may have written anything into it. */
static bool word_matches(const struct pi_state *st, u32 word)
{
	u32 tid = word & FUTEX_TID_MASK;

	if (st->inherited || (!tid && (word & FUTEX_OWNER_DIED)))
		return true; /* the owner is dying, or its heir has not written yet */
	return tid == st->owner->pid;
}

/* The task a word names, with a reference. */
static int find_owner(u32 word, struct task_struct **owner)
{
	struct task_struct *p = find_get_task_by_vpid(word & FUTEX_TID_MASK);
	int err = !p || p->pi_exited ? -ESRCH : (p->flags & PF_KTHREAD) ? -EPERM : 0;

	if (p && err)
		put_task_struct(p);
	*owner = p;
	return err;
}

/* Adds a waiter to a state, which is made of *spare if there is none yet. */
static void queue_waiter(struct pi_state *st, const struct futex_key *key, struct task_struct *owner, struct pi_waiter *w,
			 struct pi_state **spare)
{
	if (!st) {
		st = *spare;
		*spare = NULL;
		st->key = *key;
		st->inherited = false;
		INIT_LIST_HEAD(&st->waiters);
		hlist_add_head(&st->hash, hash_of(key));
		set_owner(st, owner);
	}
	w->state = st;
	insert_waiter(st, w);
	w->task->pi_blocked_on = w;
	adjust_chain(owner);
}

static int take_word(u32 __user *uaddr, u32 word, struct task_struct *task, bool waiters)
{
	u32 new = (word & FUTEX_OWNER_DIED) | task->pid | (waiters ? FUTEX_WAITERS : 0), now;

	if (change_word(uaddr, word, new, &now))
		return -EFAULT;
	return now == word ? PI_TAKEN : PI_AGAIN;
}

/* The lock has the owner: the waiter is queued, if it may wait. */
static int queue_for(u32 __user *uaddr, u32 word, const struct futex_key *key, struct pi_state *st, struct task_struct *owner,
		     struct pi_waiter *w, struct pi_state **spare)
{
	u32 now;

	if (!w)
		return -EAGAIN;
	if (leads_back(owner, w->task))
		return -EDEADLK;
	if (!(word & FUTEX_WAITERS)) {
		if (change_word(uaddr, word, word | FUTEX_WAITERS, &now))
			return -EFAULT;
		if (now != word)
			return PI_AGAIN;
	}
	queue_waiter(st, key, owner, w, spare);
	return 0;
}

int pi_lock_or_queue(u32 __user *uaddr, const struct futex_key *key, struct task_struct *task, struct pi_waiter *w, bool waiters,
		     struct pi_state **spare)
{
	struct pi_state *st = pi_find(key);
	struct task_struct *owner;
	u32 word;
	int ret;

	if (copy_from_user_nofault(&word, uaddr, sizeof(word)))
		return -EFAULT;
	if ((word & FUTEX_TID_MASK) == task->pid)
		return -EDEADLK;
	if (st)
		return word_matches(st, word) ? queue_for(uaddr, word, key, st, st->owner, w, spare) : -EINVAL;
	if (!(word & FUTEX_TID_MASK))
		return take_word(uaddr, word, task, waiters);
	ret = find_owner(word, &owner);
	if (ret)
		return ret;
	ret = queue_for(uaddr, word, key, NULL, owner, w, spare);
	put_task_struct(owner);
	return ret;
}

/* ---- waiting ---- */

bool pi_leave(struct pi_waiter *w)
{
	struct pi_state *st;
	bool granted;

	spin_lock(&pi_futex_lock);
	granted = w->granted;
	st = w->state;
	if (!granted && st) {
		remove_waiter(w);
		adjust_chain(st->owner);
		drop_if_unused(st);
	}
	spin_unlock(&pi_futex_lock);
	return granted;
}

int pi_wait(struct pi_waiter *w, const struct deadline *end)
{
	int ret = 0;

	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (smp_load_acquire(&w->granted) || ret)
			break;
		if (signal_pending(current)) {
			ret = -EINTR;
			break;
		}
		if (!schedule_deadline(end))
			ret = -ETIMEDOUT;
	}
	__set_current_state(TASK_RUNNING);
	return smp_load_acquire(&w->granted) ? 0 : ret;
}

/* The heir cannot write the word: the lock goes to the next one, who perhaps can. */
static void disclaim(struct pi_state *st)
{
	struct task_struct *next = NULL;

	spin_lock(&pi_futex_lock);
	if (first_waiter(st)) {
		next = hand_over(st, true);
	} else {
		st->inherited = false;
		drop_if_unused(st);
	}
	spin_unlock(&pi_futex_lock);
	if (next) {
		wake_up_process(next);
		put_task_struct(next);
	}
}

int pi_take_over(struct pi_waiter *w, const struct futex_key *key, u32 __user *uaddr)
{
	struct pi_state *st;
	u32 word, now;

	if (!w->inherit)
		return 0;
	for (;;) {
		int err = -EFAULT;

		spin_lock(&pi_futex_lock);
		st = pi_find(key); /* it stays until it is not inherited any more */
		if (!copy_from_user_nofault(&word, uaddr, sizeof(word)))
			err = change_word(uaddr, word, current->pid | FUTEX_WAITERS | FUTEX_OWNER_DIED, &now);
		if (!err && now == word) {
			st->inherited = false;
			drop_if_unused(st);
			spin_unlock(&pi_futex_lock);
			return 0;
		}
		spin_unlock(&pi_futex_lock);
		if (err && fault_in_pages_writeable((char __user *)uaddr, sizeof(word))) {
			disclaim(st);
			return -EFAULT;
		}
		cond_resched();
	}
}

/* ---- the calls ---- */

static int lock_or_queue(u32 __user *uaddr, const struct futex_key *key, struct pi_waiter *w, struct pi_state **spare)
{
	for (;;) {
		int ret;

		spin_lock(&pi_futex_lock);
		ret = pi_lock_or_queue(uaddr, key, current, w, false, spare);
		spin_unlock(&pi_futex_lock);
		if (ret == -EFAULT) {
			if (fault_in_pages_writeable((char __user *)uaddr, sizeof(*uaddr)))
				return -EFAULT;
		} else if (ret != PI_AGAIN) {
			return ret;
		}
		cond_resched();
	}
}

long futex_lock_pi(u32 __user *uaddr, bool shared, const struct deadline *end, bool try)
{
	struct pi_waiter w = { .task = current };
	struct pi_state *spare;
	struct futex_key key;
	int err = futex_get_key(uaddr, shared, FUTEX_WRITE, &key);

	if (err)
		return err;
	spare = pi_alloc();
	if (!spare)
		return -ENOMEM;
	err = lock_or_queue(uaddr, &key, try ? NULL : &w, &spare);
	pi_free(spare);
	if (err)
		return err == PI_TAKEN ? 0 : err;
	err = pi_wait(&w, end);
	if (err && !pi_leave(&w))
		return err == -EINTR ? -ERESTARTNOINTR : err;
	return pi_take_over(&w, &key, uaddr);
}

/* One try: 0, PI_AGAIN, -EFAULT, or an error. *next: whom to wake. pi_futex_lock held. */
static int unlock_once(u32 __user *uaddr, const struct futex_key *key, struct task_struct **next)
{
	struct pi_state *st = pi_find(key);
	u32 word, now, new = 0;

	if (copy_from_user_nofault(&word, uaddr, sizeof(word)))
		return -EFAULT;
	if ((word & FUTEX_TID_MASK) != current->pid)
		return -EPERM;
	if (st && (st->owner != current || !first_waiter(st)))
		return -EINVAL;
	if (st)
		new = first_waiter(st)->task->pid | FUTEX_WAITERS;
	if (change_word(uaddr, word, new, &now))
		return -EFAULT;
	if (now != word)
		return PI_AGAIN;
	if (st)
		*next = hand_over(st, false);
	return 0;
}

long futex_unlock_pi(u32 __user *uaddr, bool shared)
{
	struct task_struct *next = NULL;
	struct futex_key key;
	int err;
	u32 word;

	/* the number first: Linux finds the key only for the owner */
	if (get_user(word, uaddr))
		return -EFAULT;
	if ((word & FUTEX_TID_MASK) != current->pid)
		return -EPERM;
	err = futex_get_key(uaddr, shared, FUTEX_WRITE, &key);
	if (err)
		return err;
	do {
		spin_lock(&pi_futex_lock);
		err = unlock_once(uaddr, &key, &next);
		spin_unlock(&pi_futex_lock);
		if (err == -EFAULT && !fault_in_pages_writeable((char __user *)uaddr, sizeof(*uaddr)))
			err = PI_AGAIN;
		cond_resched();
	} while (err == PI_AGAIN);
	if (next) {
		wake_up_process(next);
		put_task_struct(next);
	}
	return err;
}

/* ---- from elsewhere ---- */

void futex_pi_priority_changed(struct task_struct *p)
{
	struct pi_waiter *w;

	spin_lock(&pi_futex_lock);
	w = p->pi_blocked_on;
	if (w && w->prio != READ_ONCE(p->rt_priority)) {
		list_del(&w->list);
		insert_waiter(w->state, w);
		adjust_chain(w->state->owner);
	}
	spin_unlock(&pi_futex_lock);
}

void exit_pi_states(struct task_struct *tsk)
{
	struct task_struct *next;

	do {
		struct pi_state *st;

		next = NULL;
		spin_lock(&pi_futex_lock);
		st = list_first_entry_or_null(&tsk->pi_states, struct pi_state, owned);
		if (st)
			next = hand_over(st, true);
		else if (tsk->flags & PF_EXITING)
			tsk->pi_exited = true; /* exec goes on as the same task */
		spin_unlock(&pi_futex_lock);
		if (next) {
			wake_up_process(next);
			put_task_struct(next);
		}
	} while (next);
}
