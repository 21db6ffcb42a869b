/* SPDX-License-Identifier: MIT */
/*
 * Sleeping for one bit of a word, or for a change of a variable, with wait
 * queues that are shared by hash, so that objects need no queue of their own.
 *
 * A waker clears the bit, puts a full barrier, and calls wake_up_bit():
 *
 *	clear_bit_unlock(nr, word);
 *	smp_mb__after_atomic();
 *	wake_up_bit(word, nr);
 */
#ifndef KERNEL_LOCK_WAIT_BIT_H
#define KERNEL_LOCK_WAIT_BIT_H

#include "kernel/lock/wait.h"
#include "kernel/x86/bitops.h"

struct wait_bit_key {
	void *flags;
	int bit_nr;
	unsigned long timeout;
};
#define WAIT_ATOMIC_T_BIT_NR -1

struct wait_bit_queue_entry {
	struct wait_bit_key key;
	struct wait_queue_entry wq_entry;
};

typedef int wait_bit_action_f(struct wait_bit_key *key, int mode);

wait_queue_head_t *bit_waitqueue(void *word, int bit);
/* Any context. */
void wake_up_bit(void *word, int bit);
void __wake_up_bit(wait_queue_head_t *wq, void *word, int bit);
int wake_bit_function(wait_queue_entry_t *e, unsigned int mode, int flags, void *key);

/* The actions: sleep once; non-zero ends the wait with that value. */
int bit_wait(struct wait_bit_key *key, int mode);
int bit_wait_io(struct wait_bit_key *key, int mode);
int bit_wait_timeout(struct wait_bit_key *key, int mode);

int out_of_line_wait_on_bit(void *word, int bit, wait_bit_action_f *action, unsigned int mode);
int out_of_line_wait_on_bit_lock(void *word, int bit, wait_bit_action_f *action,
				 unsigned int mode);
int out_of_line_wait_on_bit_timeout(void *word, int bit, wait_bit_action_f *action,
				    unsigned int mode, unsigned long timeout);

/* Until the bit is clear. 0, or -EINTR when the state allows signals. */
static inline int wait_on_bit(unsigned long *word, int bit, unsigned int mode)
{
	might_sleep();
	if (!test_bit(bit, word))
		return 0;
	return out_of_line_wait_on_bit(word, bit, bit_wait, mode);
}

static inline int wait_on_bit_io(unsigned long *word, int bit, unsigned int mode)
{
	might_sleep();
	if (!test_bit(bit, word))
		return 0;
	return out_of_line_wait_on_bit(word, bit, bit_wait_io, mode);
}

/* 0, or -EAGAIN after @timeout ms. */
static inline int wait_on_bit_timeout(unsigned long *word, int bit, unsigned int mode,
				      unsigned long timeout)
{
	might_sleep();
	if (!test_bit(bit, word))
		return 0;
	return out_of_line_wait_on_bit_timeout(word, bit, bit_wait_timeout, mode, timeout);
}

/* Until this task has set the bit. */
static inline int wait_on_bit_lock(unsigned long *word, int bit, unsigned int mode)
{
	might_sleep();
	if (!test_and_set_bit(bit, word))
		return 0;
	return out_of_line_wait_on_bit_lock(word, bit, bit_wait, mode);
}

static inline int wait_on_bit_lock_io(unsigned long *word, int bit, unsigned int mode)
{
	might_sleep();
	if (!test_and_set_bit(bit, word))
		return 0;
	return out_of_line_wait_on_bit_lock(word, bit, bit_wait_io, mode);
}

wait_queue_head_t *__var_waitqueue(void *p);
void wake_up_var(void *var);
void init_wait_var_entry(struct wait_bit_queue_entry *e, void *var, int flags);

/* Until @condition on *@var holds; the waker changes it, smp_mb(), wake_up_var(var). */
#define wait_var_event(var, condition)					\
do {									\
	might_sleep();							\
	if (condition)							\
		break;							\
	__wait_var_event(var, condition, TASK_UNINTERRUPTIBLE);		\
} while (0)

#define wait_var_event_killable(var, condition) ({			\
	int __vr = 0;							\
	might_sleep();							\
	if (!(condition))						\
		__vr = __wait_var_event(var, condition, TASK_KILLABLE);	\
	__vr; })

#define __wait_var_event(var, condition, state) ({			\
	__label__ __out;						\
	wait_queue_head_t *__wq = __var_waitqueue(var);			\
	struct wait_bit_queue_entry __wbq;				\
	int __ret = 0;							\
	init_wait_var_entry(&__wbq, var, 0);				\
	held_wait_begin("variable", var, _THIS_IP_);			\
	for (;;) {							\
		long __int = prepare_to_wait_event(__wq, &__wbq.wq_entry, state); \
		if (condition)						\
			break;						\
		if (((state) & (TASK_INTERRUPTIBLE | TASK_WAKEKILL)) && __int) { \
			__ret = (int)__int;				\
			goto __out;					\
		}							\
		schedule();						\
	}								\
	finish_wait(__wq, &__wbq.wq_entry);				\
__out:	held_wait_end();						\
	__ret; })

void wait_bit_init(void);

#endif
