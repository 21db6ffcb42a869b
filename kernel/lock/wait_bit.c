// SPDX-License-Identifier: MIT
/*
 * Bit and variable waits on hashed queues: see wait_bit.h. A queue is shared
 * by unrelated words, so each entry carries its key and the wake function
 * passes over the others; exclusive waiters of one word are woken one at a
 * time, because an entry that does not match does not count as woken.
 */
#include "kernel/lock/wait_bit.h"
#include "kernel/lib/hash.h"

#define WAIT_TABLE_BITS 8

static wait_queue_head_t wait_table[1 << WAIT_TABLE_BITS] ____cacheline_aligned;

void wait_bit_init(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(wait_table); i++)
		init_waitqueue_head(&wait_table[i]);
}

wait_queue_head_t *bit_waitqueue(void *word, int bit)
{
	return &wait_table[hash_long((unsigned long)word << 6 | (unsigned int)(bit & 63),
				     WAIT_TABLE_BITS)];
}

wait_queue_head_t *__var_waitqueue(void *p)
{
	return &wait_table[hash_ptr(p, WAIT_TABLE_BITS)];
}

int wake_bit_function(wait_queue_entry_t *e, unsigned int mode, int flags, void *arg)
{
	struct wait_bit_key *key = arg;
	struct wait_bit_queue_entry *w = container_of(e, struct wait_bit_queue_entry, wq_entry);

	if (w->key.flags != key->flags || w->key.bit_nr != key->bit_nr ||
	    test_bit(key->bit_nr, (unsigned long *)key->flags))
		return 0;
	return autoremove_wake_function(e, mode, flags, arg);
}

void __wake_up_bit(wait_queue_head_t *wq, void *word, int bit)
{
	struct wait_bit_key key = { .flags = word, .bit_nr = bit };

	if (waitqueue_active(wq))
		__wake_up(wq, TASK_NORMAL, 1, &key);
}

void wake_up_bit(void *word, int bit)
{
	__wake_up_bit(bit_waitqueue(word, bit), word, bit);
}

static void init_entry(struct wait_bit_queue_entry *w, void *word, int bit,
		       wait_queue_func_t func, unsigned int flags)
{
	w->key = (struct wait_bit_key) { .flags = word, .bit_nr = bit };
	w->wq_entry = (struct wait_queue_entry) {
		.flags = flags,
		.private = current,
		.func = func,
		.entry = LIST_HEAD_INIT(w->wq_entry.entry),
	};
}

static int wait_loop(wait_queue_head_t *wq, struct wait_bit_queue_entry *w,
		     wait_bit_action_f *action, unsigned int mode, bool lock)
{
	unsigned long *word = w->key.flags;
	int bit = w->key.bit_nr, ret = 0;

	held_wait_begin("bit", word, _RET_IP_);
	for (;;) {
		if (lock)
			prepare_to_wait_exclusive(wq, &w->wq_entry, mode);
		else
			prepare_to_wait(wq, &w->wq_entry, mode);
		if (test_bit(bit, word)) {
			ret = action(&w->key, (int)mode);
			if (ret)
				break;
		}
		if (lock ? !test_and_set_bit(bit, word) : !test_bit(bit, word))
			break;
	}
	finish_wait(wq, &w->wq_entry);
	held_wait_end();
	/*
	 * An exclusive waiter that gives up may have been the one woken: pass
	 * it on, or the others sleep beside a free bit.
	 */
	if (ret && lock && !test_bit(bit, word))
		__wake_up_bit(wq, word, bit);
	return ret;
}

int out_of_line_wait_on_bit(void *word, int bit, wait_bit_action_f *action, unsigned int mode)
{
	struct wait_bit_queue_entry w;

	init_entry(&w, word, bit, wake_bit_function, 0);
	return wait_loop(bit_waitqueue(word, bit), &w, action, mode, false);
}

int out_of_line_wait_on_bit_timeout(void *word, int bit, wait_bit_action_f *action,
				    unsigned int mode, unsigned long timeout)
{
	struct wait_bit_queue_entry w;

	init_entry(&w, word, bit, wake_bit_function, 0);
	w.key.timeout = get_jiffies() + timeout;
	return wait_loop(bit_waitqueue(word, bit), &w, action, mode, false);
}

int out_of_line_wait_on_bit_lock(void *word, int bit, wait_bit_action_f *action,
				 unsigned int mode)
{
	struct wait_bit_queue_entry w;

	init_entry(&w, word, bit, wake_bit_function, WQ_FLAG_EXCLUSIVE);
	return wait_loop(bit_waitqueue(word, bit), &w, action, mode, true);
}

int bit_wait(struct wait_bit_key *key, int mode)
{
	schedule();
	return sched_signal_pending((unsigned int)mode) ? -EINTR : 0;
}

int bit_wait_io(struct wait_bit_key *key, int mode)
{
	io_schedule();
	return sched_signal_pending((unsigned int)mode) ? -EINTR : 0;
}

int bit_wait_timeout(struct wait_bit_key *key, int mode)
{
	unsigned long now = get_jiffies();

	if ((long)(now - key->timeout) >= 0)
		return -EAGAIN;
	schedule_timeout((long)(key->timeout - now));
	return sched_signal_pending((unsigned int)mode) ? -EINTR : 0;
}

static int wake_var_function(wait_queue_entry_t *e, unsigned int mode, int flags, void *arg)
{
	struct wait_bit_key *key = arg;
	struct wait_bit_queue_entry *w = container_of(e, struct wait_bit_queue_entry, wq_entry);

	if (w->key.flags != key->flags || w->key.bit_nr != key->bit_nr)
		return 0;
	return autoremove_wake_function(e, mode, flags, arg);
}

void init_wait_var_entry(struct wait_bit_queue_entry *e, void *var, int flags)
{
	init_entry(e, var, WAIT_ATOMIC_T_BIT_NR, wake_var_function, (unsigned int)flags);
}

void wake_up_var(void *var)
{
	__wake_up_bit(__var_waitqueue(var), var, WAIT_ATOMIC_T_BIT_NR);
}
