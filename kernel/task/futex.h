// SPDX-License-Identifier: MIT
/*
 * Fast user-space mutexes: the waiting half of locks that live in program memory.
 */
#ifndef KERNEL_TASK_FUTEX_H
#define KERNEL_TASK_FUTEX_H

#include "kernel/lib/types.h"
#include "kernel/lib/time64.h"

struct deadline;
struct task_struct;

#define FUTEX_WAIT	      0
#define FUTEX_WAKE	      1
#define FUTEX_FD	      2
#define FUTEX_REQUEUE	      3
#define FUTEX_CMP_REQUEUE     4
#define FUTEX_WAKE_OP	      5
#define FUTEX_LOCK_PI	      6
#define FUTEX_UNLOCK_PI	      7
#define FUTEX_TRYLOCK_PI      8
#define FUTEX_WAIT_BITSET     9
#define FUTEX_WAKE_BITSET     10
#define FUTEX_WAIT_REQUEUE_PI 11
#define FUTEX_CMP_REQUEUE_PI  12
#define FUTEX_LOCK_PI2	      13

#define FUTEX_PRIVATE_FLAG   128
#define FUTEX_CLOCK_REALTIME 256
#define FUTEX_CMD_MASK	     (~(FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME))

#define FUTEX_BITSET_MATCH_ANY 0xffffffffU

#define FUTEX_WAITERS	 0x80000000U
#define FUTEX_OWNER_DIED 0x40000000U
#define FUTEX_TID_MASK	 0x3fffffffU

#define ROBUST_LIST_LIMIT 2048

struct robust_list {
	struct robust_list __user *next;
};

struct robust_list_head {
	struct robust_list list;
	long futex_offset;
	struct robust_list __user *list_op_pending;
};

/* Wakes up to nr waiters of a word; a count or an error. May sleep. */
long futex_wake(u32 __user *uaddr, bool shared, int nr, u32 bitset);
/* The rest of the operations, from the system call. end: when to give up, or NULL. */
long do_futex(u32 __user *uaddr, int op, u32 val, const struct deadline *end, u32 __user *uaddr2,
	      u32 val2, u32 val3);
/* A dying thread's robust locks: marks them and wakes a waiter each. May sleep. */
void exit_robust_list(struct task_struct *curr);
/* Its PI futexes go to who waits for them; the task itself, after the robust list. */
void exit_pi_states(struct task_struct *tsk);
/* p's policy or priority is another one. */
void futex_pi_priority_changed(struct task_struct *p);

/* struct futex_waitv of the ABI */
struct futex_waitv {
	u64 val, uaddr;
	u32 flags, __reserved;
};
#define FUTEX_WAITV_MAX 128
#define FUTEX_32	2 /* in flags, beside FUTEX_PRIVATE_FLAG */

/* Waits for any of n words, which have been checked; the number of one that was woken, or an error. */
long futex_wait_multiple(const struct futex_waitv *words, unsigned int n, const struct deadline *end);
void futex_init(void);

#endif
