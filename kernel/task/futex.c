// SPDX-License-Identifier: MIT
/*
 * Futexes: waiting until a word of program memory changes.
 *
 * Waiters sit in hashed buckets by the word's key. A private word, or one in private memory, is
 * named by address space and address; one in a shared file mapping by inode and offset, so that
 * all who map the page meet. The inode is not held, and its memory may become another inode's while
 * somebody still waits; so it stands there by a number that no other inode has ever had.
 *
 * Why no wakeup is lost: a waiter, under the bucket's lock, reads the word and queues itself; a
 * waker changes the word first and then takes the same lock. Either the waiter sees the new value
 * and does not sleep, or it is queued when the waker looks. The word is read with page faults
 * off under the lock; if its page is not there, the lock is dropped, the page faulted in, and all
 * tried again.
 *
 * A waiter that has been taken off its queue has q->bucket NULL, stored with release as the last
 * touch of it: from then on the waiter's stack frame may be gone.
 */
#include "kernel/task/futex.h"
#include "fs/fs.h"
#include "kernel/lib/bug.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/hash.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/list.h"
#include "kernel/task/deadline.h"
#include "kernel/task/futex_internal.h"
#include "kernel/task/futex_pi.h"
#include "kernel/task/sched.h"
#include "kernel/x86/layout.h"
#include "kernel/x86/uaccess.h"
#include "mm/mm.h"
#include "mm/mm_types.h"

#define FUTEX_HASH_BITS 8

static struct futex_bucket buckets[1 << FUTEX_HASH_BITS];

struct futex_bucket *futex_bucket(const struct futex_key *key)
{
	return &buckets[hash_64(key->obj ^ (key->offset * 0x9e3779b97f4a7c15UL), FUTEX_HASH_BITS)];
}

/*
 * The key of a word. May sleep. -EINVAL if misaligned, -EFAULT if nothing can be there, or nothing that allows what is needed: a
 * shared word is looked for where it is mapped, a private one only when it is read.
 */
int futex_get_key(u32 __user *uaddr, bool shared, unsigned long need, struct futex_key *key)
{
	unsigned long addr = (unsigned long)uaddr;
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	int err = 0;

	if (addr & 3)
		return -EINVAL;
	if (!access_ok(uaddr, sizeof(u32)))
		return -EFAULT;
	key->obj = (unsigned long)mm;
	key->offset = addr;
	if (!shared)
		return 0;
	down_read(&mm->mmap_sem);
	vma = find_vma(mm, addr);
	if (!vma || vma->vm_start > addr || !(vma->vm_flags & need)) {
		err = -EFAULT;
	} else if ((vma->vm_flags & VM_SHARED) && vma->vm_file) {
		key->obj = inode_sequence(file_inode(vma->vm_file)); /* no address */
		key->offset = addr - vma->vm_start + ((u64)vma->vm_pgoff << PAGE_SHIFT);
	}
	up_read(&mm->mmap_sem);
	return err;
}

void futex_enqueue(struct futex_q *q, struct futex_bucket *b)
{
	q->bucket = b;
	list_add_tail(&q->list, &b->waiters);
}

/*
 * Takes a waiter off its queue and notes its task for waking. b->lock held. The task reference
 * is what keeps it once the waiter may go.
 */
void futex_mark_woken(struct futex_q *q, struct futex_wakeups *w)
{
	list_del(&q->list);
	w->tasks[w->n++] = get_task_struct(q->task);
	smp_store_release(&q->bucket, NULL);
}

void futex_wake_marked(struct futex_wakeups *w)
{
	for (int i = 0; i < w->n; i++) {
		wake_up_process(w->tasks[i]);
		put_task_struct(w->tasks[i]);
	}
	w->n = 0;
}

/* Wakes up to nr waiters of one key; returns how many. -EINVAL for one that is not to be woken like this. */
static int wake_key(const struct futex_key *key, int nr, u32 bitset)
{
	struct futex_bucket *b = futex_bucket(key);
	struct futex_wakeups w = { 0 };
	struct futex_q *q, *next;
	int woken = 0;
	bool more, wrong = false;

	do {
		more = false;
		spin_lock(&b->lock);
		list_for_each_entry_safe (q, next, &b->waiters, list) {
			if (woken >= nr)
				break;
			if (!futex_key_equal(&q->key, key) || !(q->bitset & bitset))
				continue;
			wrong = q->requeue_pi;
			if (wrong)
				break;
			futex_mark_woken(q, &w);
			woken++;
			if (w.n == FUTEX_WAKE_BATCH) {
				more = true;
				break;
			}
		}
		spin_unlock(&b->lock);
		futex_wake_marked(&w);
	} while (more && woken < nr);
	return wrong ? -EINVAL : woken;
}

long futex_wake(u32 __user *uaddr, bool shared, int nr, u32 bitset)
{
	struct futex_key key;
	int err;

	if (!bitset)
		return -EINVAL;
	err = futex_get_key(uaddr, shared, FUTEX_READ, &key);
	if (err)
		return err;
	/* as on Linux, a count of 0 wakes one */
	return wake_key(&key, nr > 0 ? nr : 1, bitset);
}

/*
 * Queues q if the word still holds val. 0 queued, -EAGAIN if it does not, -EFAULT. May sleep.
 */
int futex_wait_setup(u32 __user *uaddr, u32 val, struct futex_q *q)
{
	struct futex_bucket *b = futex_bucket(&q->key);
	u32 now;

	for (;;) {
		long err;

		spin_lock(&b->lock);
		err = copy_from_user_nofault(&now, uaddr, sizeof(now));
		if (!err) {
			if (now == val)
				futex_enqueue(q, b);
			spin_unlock(&b->lock);
			return now == val ? 0 : -EAGAIN;
		}
		spin_unlock(&b->lock);
		if (get_user(now, uaddr))
			return -EFAULT;
	}
}

/* Takes q off if it is still queued. True if it was, i.e. nobody woke it. */
bool futex_unqueue(struct futex_q *q)
{
	for (;;) {
		struct futex_bucket *b = READ_ONCE(q->bucket);

		if (!b)
			return false;
		spin_lock(&b->lock);
		if (b == q->bucket) { /* a requeue may have moved it */
			list_del(&q->list);
			q->bucket = NULL;
			spin_unlock(&b->lock);
			return true;
		}
		spin_unlock(&b->lock);
	}
}

static bool any_woken(struct futex_q *q, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		if (!smp_load_acquire(&q[i].bucket))
			return true;
	}
	return false;
}

int futex_wait_queued(struct futex_q *q, unsigned int n, const struct deadline *end)
{
	int ret = 0;

	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (any_woken(q, n) || ret)
			break;
		if (signal_pending(current)) {
			ret = -ERESTARTSYS;
			break;
		}
		if (!schedule_deadline(end))
			ret = -ETIMEDOUT;
	}
	__set_current_state(TASK_RUNNING);
	return ret;
}

static long futex_wait(u32 __user *uaddr, bool shared, u32 val, const struct deadline *end, u32 bitset);

/* restart_block.flags */
#define RESTART_SHARED 1
#define RESTART_WALL   2

static long futex_wait_restart(struct restart_block *rb)
{
	struct deadline end = { rb->expires, rb->flags & RESTART_WALL };

	return futex_wait(rb->uaddr, rb->flags & RESTART_SHARED, rb->val, &end, rb->bitset);
}

/* An interrupted wait goes on after the handler with the time it had left. */
static long interrupted(u32 __user *uaddr, bool shared, u32 val, const struct deadline *end,
			u32 bitset)
{
	struct restart_block *rb = &current->restart_block;

	if (!end)
		return -ERESTARTSYS;
	rb->fn = futex_wait_restart;
	rb->uaddr = uaddr;
	rb->flags = (shared ? RESTART_SHARED : 0) | (end->wall ? RESTART_WALL : 0);
	rb->val = val;
	rb->expires = end->at;
	rb->bitset = bitset;
	return -ERESTART_RESTARTBLOCK;
}

static long futex_wait(u32 __user *uaddr, bool shared, u32 val, const struct deadline *end, u32 bitset)
{
	struct futex_q q = { .task = current, .bitset = bitset };
	int err;

	if (!bitset)
		return -EINVAL;
	err = futex_get_key(uaddr, shared, FUTEX_READ, &q.key);
	if (!err)
		err = futex_wait_setup(uaddr, val, &q);
	if (err)
		return err;
	err = futex_wait_queued(&q, 1, end);
	if (!futex_unqueue(&q))
		return 0; /* woken, whatever else happened */
	if (err == -ETIMEDOUT)
		return err;
	return interrupted(uaddr, shared, val, end, bitset);
}

static int fault_in_write(u32 __user *uaddr)
{
	return fault_in_pages_writeable((char __user *)uaddr, sizeof(u32));
}

static bool wake_op_compare(u32 old, int cmp, int arg)
{
	switch (cmp) {
	case 0:
		return (int)old == arg;
	case 1:
		return (int)old != arg;
	case 2:
		return (int)old < arg;
	case 3:
		return (int)old <= arg;
	case 4:
		return (int)old > arg;
	default:
		return (int)old >= arg;
	}
}

static u32 wake_op_new(u32 old, int op, u32 arg)
{
	switch (op) {
	case 0:
		return arg;
	case 1:
		return old + arg;
	case 2:
		return old | arg;
	case 3:
		return old & ~arg;
	default:
		return old ^ arg;
	}
}

/* Changes *uaddr2 as encoded tells, atomically; *old gets what was there. */
static int wake_op_change(u32 __user *uaddr2, u32 encoded, u32 *old)
{
	int op = encoded >> 28 & 7;
	u32 arg = (u32)((s32)(encoded << 8) >> 20), now, found;

	if (encoded >> 31)
		arg = 1U << (arg & 31);
	if (op > 4 || (encoded >> 24 & 15) > 5)
		return -ENOSYS;
	if (get_user(now, uaddr2))
		return -EFAULT;
	for (;;) {
		int err = cmpxchg_user_u32(uaddr2, now, wake_op_new(now, op, arg), &found);

		if (err) {
			err = fault_in_write(uaddr2);
			if (err)
				return err;
			continue;
		}
		if (found == now)
			break;
		now = found;
		cond_resched();
	}
	*old = now;
	return 0;
}

static long futex_wake_op(u32 __user *uaddr1, bool shared, u32 __user *uaddr2, int nr1, int nr2,
			  u32 encoded)
{
	struct futex_key key1, key2;
	long ret;
	u32 old;
	int err = futex_get_key(uaddr1, shared, FUTEX_READ, &key1);

	if (!err)
		err = futex_get_key(uaddr2, shared, FUTEX_WRITE, &key2);
	if (!err)
		err = wake_op_change(uaddr2, encoded, &old);
	if (err)
		return err;
	/* The change is made; wakers and waiters of either word order by its bucket's lock. */
	ret = wake_key(&key1, nr1, FUTEX_BITSET_MATCH_ANY);
	if (ret >= 0 && wake_op_compare(old, encoded >> 24 & 15, (s32)(encoded << 20) >> 20)) {
		int more = wake_key(&key2, nr2, FUTEX_BITSET_MATCH_ANY);

		ret = more < 0 ? more : ret + more;
	}
	return ret;
}

long do_futex(u32 __user *uaddr, int op, u32 val, const struct deadline *end, u32 __user *uaddr2,
	      u32 val2, u32 val3)
{
	bool shared = !(op & FUTEX_PRIVATE_FLAG);

	switch (op & FUTEX_CMD_MASK) {
	case FUTEX_WAIT:
		return futex_wait(uaddr, shared, val, end, FUTEX_BITSET_MATCH_ANY);
	case FUTEX_WAIT_BITSET:
		return futex_wait(uaddr, shared, val, end, val3);
	case FUTEX_WAKE:
		return futex_wake(uaddr, shared, val, FUTEX_BITSET_MATCH_ANY);
	case FUTEX_WAKE_BITSET:
		return futex_wake(uaddr, shared, val, val3);
	case FUTEX_REQUEUE:
		return futex_requeue(uaddr, shared, uaddr2, val, val2, NULL);
	case FUTEX_CMP_REQUEUE:
		return futex_requeue(uaddr, shared, uaddr2, val, val2, &val3);
	case FUTEX_WAKE_OP:
		return futex_wake_op(uaddr, shared, uaddr2, val, val2, val3);
	case FUTEX_LOCK_PI:
	case FUTEX_LOCK_PI2:
		return futex_lock_pi(uaddr, shared, end, false);
	case FUTEX_TRYLOCK_PI:
		return futex_lock_pi(uaddr, shared, NULL, true);
	case FUTEX_UNLOCK_PI:
		return futex_unlock_pi(uaddr, shared);
	case FUTEX_WAIT_REQUEUE_PI:
		return futex_wait_requeue_pi(uaddr, shared, val, end, uaddr2);
	case FUTEX_CMP_REQUEUE_PI:
		return futex_cmp_requeue_pi(uaddr, shared, uaddr2, val, val2, val3);
	}
	return -ENOSYS; /* FUTEX_FD, as on Linux */
}

void futex_init(void)
{
	for (int i = 0; i < ARRAY_SIZE(buckets); i++) {
		spin_lock_init(&buckets[i].lock);
		INIT_LIST_HEAD(&buckets[i].waiters);
	}
}
