// SPDX-License-Identifier: MIT
/*
 * What programs asked for and did not get, counted by program and call, for the list at the end of a run.
 *
 * A fixed table with open addressing, so that memory is bounded, and without a lock: a slot is claimed by the one that moves its
 * state from FREE to FILLING, is filled by it alone, and then never changes but for its count. Others see it only once its state is
 * READY (release and acquire). Who meets a slot that is being filled passes on, so the same program and call may come
 * to stand in two slots; the report adds them up. What finds no slot is counted in a number of its own.
 */
#include "kernel/syscall/missing.h"
#include "kernel/lib/ctype.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"
#include "kernel/syscall/names.h"
#include "kernel/task/task.h"
#include "kernel/x86/atomic.h"
#include "kernel/x86/ptrace.h"

#define NR_SLOTS 256
#define NR_LOOKS 16 /* slots looked at before a call counts as lost */

enum { FREE, FILLING, READY };

struct missing_key {
	unsigned long nr;
	const char *what; /* NULL: the whole call */
	char comm[TASK_COMM_LEN];
};

static struct missing_slot {
	int state;
	atomic_t count; /* in the report: 0 once it is added to an earlier slot */
	struct missing_key key;
} slots[NR_SLOTS];

static atomic_t lost;

static bool same_key(const struct missing_key *a, const struct missing_key *b)
{
	return a->nr == b->nr && a->what == b->what && !memcmp(a->comm, b->comm, TASK_COMM_LEN);
}

static unsigned int hash_key(const struct missing_key *key)
{
	unsigned long h = key->nr ^ (unsigned long)key->what;

	for (int i = 0; i < TASK_COMM_LEN; i++)
		h = h * 31 + (unsigned char)key->comm[i];
	return h * 0x9e3779b97f4a7c15UL >> 32;
}

static bool take_slot(struct missing_slot *slot, const struct missing_key *key)
{
	int state = FREE;

	if (__atomic_compare_exchange_n(&slot->state, &state, FILLING, false, __ATOMIC_ACQUIRE,
					__ATOMIC_ACQUIRE)) {
		slot->key = *key;
		__atomic_store_n(&slot->state, READY, __ATOMIC_RELEASE);
		return true;
	}
	return state == READY && same_key(&slot->key, key);
}

static void count_missing(unsigned long nr, const char *what)
{
	struct missing_key key = { .nr = nr, .what = what };
	unsigned int h;

	/* a name that another thread changes meanwhile may come out mixed, but not longer */
	strscpy(key.comm, current->comm, sizeof(key.comm));
	h = hash_key(&key);
	for (unsigned int i = 0; i < NR_LOOKS; i++) {
		struct missing_slot *slot = &slots[(h + i) % NR_SLOTS];

		if (take_slot(slot, &key)) {
			atomic_inc(&slot->count);
			return;
		}
	}
	atomic_inc(&lost);
}

long missing_syscall(unsigned long nr)
{
	count_missing(nr, NULL);
	return -ENOSYS;
}

void unsupported(const char *what)
{
	count_missing(task_pt_regs(current)->orig_ax, what);
}

/* The calls of this slot and of all later ones of the same key, which are emptied. */
static unsigned int take_count(struct missing_slot *slot)
{
	unsigned int n = atomic_read(&slot->count);

	for (struct missing_slot *s = slot + 1; s < slots + NR_SLOTS; s++) {
		if (s->state == READY && same_key(&s->key, &slot->key)) {
			n += atomic_read(&s->count);
			atomic_set(&s->count, 0);
		}
	}
	return n;
}

/* No program runs any more. */
void missing_report(void)
{
	for (struct missing_slot *slot = slots; slot < slots + NR_SLOTS; slot++) {
		struct missing_key *key = &slot->key;
		unsigned int n;

		if (slot->state != READY || !atomic_read(&slot->count))
			continue;
		n = take_count(slot);
		for (char *c = key->comm; *c; c++)
			if (!isprint(*c))
				*c = '?';
		printk("rowlock: not implemented: %s%s%s (%lu) by %s, %u call%s\n",
		       syscall_name(key->nr), key->what ? " " : "", key->what ? key->what : "",
		       key->nr, key->comm, n, n == 1 ? "" : "s");
	}
	if (atomic_read(&lost))
		printk("rowlock: not implemented: %d more calls\n", atomic_read(&lost));
}
