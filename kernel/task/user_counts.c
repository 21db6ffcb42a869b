// SPDX-License-Identifier: MIT
/*
 * Counts for each user: see user_counts.h. A user is in the table as long as something refers to his counts; there are few, and
 * only making and ending counted objects looks, so one lock and a small table do. The lock is taken with interrupts off, because
 * objects may end anywhere.
 */
#include "kernel/task/user_counts.h"
#include "kernel/lib/hash.h"
#include "kernel/lib/kernel.h"
#include "kernel/lock/spinlock.h"
#include "mm/slab.h"

#define USER_HASH_BITS 6

static DEFINE_SPINLOCK(user_counts_lock);
static struct hlist_head user_table[1 << USER_HASH_BITS]; /* user_counts_lock */

struct user_counts root_user_counts = { .uid = GLOBAL_ROOT_UID, .refs = ATOMIC_INIT(1) };

void user_counts_init(void)
{
	hlist_add_head(&root_user_counts.hash, &user_table[hash_32(GLOBAL_ROOT_UID, USER_HASH_BITS)]);
}

static struct user_counts *find_user(kuid_t uid)
{
	struct user_counts *u;

	hlist_for_each_entry(u, &user_table[hash_32(uid, USER_HASH_BITS)], hash)
		if (u->uid == uid)
			return u;
	return NULL;
}

struct user_counts *get_user_counts(kuid_t uid)
{
	struct user_counts *new = kzalloc(sizeof(*new), GFP_KERNEL), *u;

	if (!new)
		return NULL;
	spin_lock_irq(&user_counts_lock);
	u = find_user(uid);
	if (u) {
		hold_user_counts(u);
	} else {
		new->uid = uid;
		atomic_set(&new->refs, 1);
		hlist_add_head(&new->hash, &user_table[hash_32(uid, USER_HASH_BITS)]);
		u = new;
		new = NULL;
	}
	spin_unlock_irq(&user_counts_lock);
	kfree(new);
	return u;
}

void put_user_counts(struct user_counts *counts)
{
	unsigned long flags;
	bool last;

	/* What may be the last goes under the lock: who finds it in the table finds it referred to. */
	if (atomic_add_unless(&counts->refs, -1, 1))
		return;
	spin_lock_irqsave(&user_counts_lock, flags);
	last = atomic_dec_and_test(&counts->refs);
	if (last)
		hlist_del(&counts->hash);
	spin_unlock_irqrestore(&user_counts_lock, flags);
	if (last)
		kfree(counts);
}
