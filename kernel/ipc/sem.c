// SPDX-License-Identifier: MIT
/*
 * System V semaphores: semget and semop, and undoing at the end of a process.
 *
 * semop() does all of its operations or none. Under the set's lock it tries; if one is not possible yet it leaves a note (struct
 * sem_queue, on its stack) in the set's list and sleeps. Whoever changes values goes through the list and does for the sleepers what has become
 * possible, from the longest sleeper on and again from the start after each success. The status in the note is set under the lock,
 * where the note is also taken out; the sleeper looks at it under the lock, so the note lives as long as anybody can see it.
 *
 * SEM_UNDO: threads of a process share a list (struct sem_undo_list, its mutex guards it) with an entry for each set, which
 * is in the set's list too; the adjustments in it are guarded by the set's lock. An entry holds a reference to the set and lives until the last
 * task that shares the list ends, so a removed set is remembered until then, but never touched.
 */
#include "kernel/ipc/sem.h"
#include "kernel/lib/err.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/lock/mutex.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/sched.h"
#include "kernel/task/task.h"
#include "kernel/x86/time.h"
#include "kernel/x86/uaccess.h"
#include "fs/stat.h"
#include "mm/gfp.h"
#include "mm/slab.h"

#define SEM_UNDO 0x1000

#define SEMOPS_FAST 32		/* operations that fit on the stack */

struct sembuf {
	unsigned short sem_num;
	short sem_op;
	short sem_flg;
};

/* What one process will undo in one set. */
struct sem_undo {
	struct list_head in_process;	/* sem_undo_list.mutex */
	struct list_head in_set;	/* set's lock */
	struct sem_array *sma;		/* counted */
	short adjust[];			/* set's lock */
};

struct sem_undo_list {
	refcount_t refs;		/* tasks that share it */
	struct mutex mutex;		/* guards the list */
	struct list_head undos;
};

/* semop() asleep. Guarded by the set's lock. */
struct sem_queue {
	struct list_head list;
	struct task_struct *task;
	const struct sembuf *ops, *blocking;
	unsigned int nops;
	struct sem_undo *undo;		/* NULL: nothing to undo */
	int pid;
	int status;			/* SLEEPING, then the answer */
};

#define SLEEPING 1

static void free_set(struct ipc_perm *perm)
{
	kvfree(sem_of(perm));
}

struct ipc_ids sem_ids = IPC_IDS_INIT(sem_ids, free_set);
unsigned int sem_used;

/* ---- sets ---- */

static int create_set(struct ipc_ids *ids, int key, int flags, void *arg)
{
	unsigned int nsems = *(int *)arg;
	struct sem_array *sma;
	int id;

	if (!nsems)
		return -EINVAL;
	if (sem_used + nsems > SEMMNS)
		return -ENOSPC;
	sma = kvzalloc(sizeof(*sma) + nsems * sizeof(sma->sem[0]), GFP_KERNEL);
	if (!sma)
		return -ENOMEM;
	INIT_LIST_HEAD(&sma->pending);
	INIT_LIST_HEAD(&sma->undo);
	sma->nsems = nsems;
	sma->ctime = ktime_get_real_seconds();
	id = ipc_add(ids, &sma->perm, key, flags, SEMMNI);
	if (id < 0)
		kvfree(sma);
	else
		sem_used += nsems;
	return id;
}

static int check_set(struct ipc_perm *perm, void *arg)
{
	return *(int *)arg > (int)sem_of(perm)->nsems ? -EINVAL : 0;
}

long sys_semget(int key, int nsems, int flags)
{
	static const struct ipc_ops ops = { .create = create_set, .check = check_set };

	if (nsems < 0 || nsems > SEMMSL)
		return -EINVAL;
	return ipc_get(&sem_ids, &ops, key, flags, &nsems);
}

/* ---- operations; the set's lock held ---- */

static void take_back(struct sem_array *sma, const struct sem_queue *q, const struct sembuf *end)
{
	for (const struct sembuf *op = q->ops; op < end; op++) {
		sma->sem[op->sem_num].value -= op->sem_op;
		if (op->sem_flg & SEM_UNDO)
			q->undo->adjust[op->sem_num] += op->sem_op;
	}
}

/* One operation: 0, SLEEPING, or -errno. */
static int do_one(struct sem_array *sma, const struct sem_queue *q, const struct sembuf *op)
{
	struct semaphore_value *sem = &sma->sem[op->sem_num];
	int value = sem->value + op->sem_op, adjust;

	if ((!op->sem_op && sem->value) || value < 0)
		return op->sem_flg & IPC_NOWAIT ? -EAGAIN : SLEEPING;
	if (value > SEMVMX)
		return -ERANGE;
	if (op->sem_flg & SEM_UNDO) {
		adjust = q->undo->adjust[op->sem_num] - op->sem_op;
		if (adjust < -SEMAEM - 1 || adjust > SEMAEM)
			return -ERANGE;
		q->undo->adjust[op->sem_num] = adjust;
	}
	sem->value = value;
	return 0;
}

/* All, or none with the reason: SLEEPING if one has to wait (q->blocking), or -errno. */
static int do_all(struct sem_array *sma, struct sem_queue *q)
{
	int ret = 0;

	for (const struct sembuf *op = q->ops; op < q->ops + q->nops; op++) {
		ret = do_one(sma, q, op);
		if (ret) {
			q->blocking = op;
			take_back(sma, q, op);
			return ret;
		}
	}
	for (unsigned int i = 0; i < q->nops; i++)
		sma->sem[q->ops[i].sem_num].pid = q->pid;
	sma->otime = ktime_get_real_seconds();
	return 0;
}

/* The note is out of the list; its sleeper's stack may go as soon as the lock does. */
static void finish(struct sem_queue *q, int status)
{
	list_del(&q->list);
	q->status = status;
	wake_up_process(q->task);
}

void sem_update(struct sem_array *sma)
{
	struct sem_queue *q, *next;
	bool again = true;
	int ret;

	while (again) {
		again = false;
		list_for_each_entry_safe (q, next, &sma->pending, list) {
			ret = do_all(sma, q);
			if (ret == SLEEPING)
				continue;
			finish(q, ret);
			again = !ret;
			if (again)
				break;
		}
	}
}

void sem_wake_all(struct sem_array *sma, int status)
{
	struct sem_queue *q, *next;

	list_for_each_entry_safe (q, next, &sma->pending, list)
		finish(q, status);
}

int sem_count_waiting(struct sem_array *sma, unsigned int num, bool zero)
{
	struct sem_queue *q;
	int count = 0;

	list_for_each_entry (q, &sma->pending, list)
		count += q->blocking->sem_num == num && (q->blocking->sem_op == 0) == zero;
	return count;
}

void sem_forget_undo(struct sem_array *sma, int num)
{
	struct sem_undo *un;

	list_for_each_entry (un, &sma->undo, in_set) {
		for (unsigned int i = 0; i < sma->nsems; i++)
			if (num < 0 || i == (unsigned int)num)
				un->adjust[i] = 0;
	}
}

/* ---- what is to be undone ---- */

static struct sem_undo_list *undo_list(void)
{
	struct sem_undo_list *list = current->sysvsem_undo;

	if (list)
		return list;
	list = kzalloc(sizeof(*list), GFP_KERNEL);
	if (!list)
		return NULL;
	refcount_set(&list->refs, 1);
	mutex_init(&list->mutex);
	INIT_LIST_HEAD(&list->undos);
	current->sysvsem_undo = list;
	return list;
}

/* The list's mutex held. */
static struct sem_undo *find_undo(struct sem_undo_list *list, const struct sem_array *sma)
{
	struct sem_undo *un;

	list_for_each_entry (un, &list->undos, in_process)
		if (un->sma == sma)
			return un;
	return NULL;
}

/* The entry of this process for a set, made if there is none; an error pointer: -EIDRM, -ENOMEM. */
static struct sem_undo *get_undo(struct sem_array *sma)
{
	struct sem_undo_list *list = undo_list();
	struct sem_undo *un;

	if (!list)
		return ERR_PTR(-ENOMEM);
	mutex_lock(&list->mutex);
	un = find_undo(list, sma);
	if (un)
		goto out;
	un = kvzalloc(sizeof(*un) + sma->nsems * sizeof(un->adjust[0]), GFP_KERNEL);
	if (!un) {
		un = ERR_PTR(-ENOMEM);
		goto out;
	}
	spin_lock(&sma->perm.lock);
	if (!sma->perm.deleted) {
		refcount_inc(&sma->perm.refs);
		un->sma = sma;
		list_add_tail(&un->in_set, &sma->undo);
	}
	spin_unlock(&sma->perm.lock);
	if (un->sma) {
		list_add_tail(&un->in_process, &list->undos);
	} else {
		kvfree(un);
		un = ERR_PTR(-EIDRM);
	}
out:
	mutex_unlock(&list->mutex);
	return un;
}

int copy_semundo(u64 clone_flags, struct task_struct *p)
{
	struct sem_undo_list *list;

	p->sysvsem_undo = NULL;
	if (!(clone_flags & CLONE_SYSVSEM))
		return 0;
	/* Made now even if nothing is to be undone yet: later each would make its own. */
	list = undo_list();
	if (!list)
		return -ENOMEM;
	refcount_inc(&list->refs);
	p->sysvsem_undo = list;
	return 0;
}

/* Values stay within their limits, whatever others did in the meantime. */
static void undo(struct sem_undo *un, int pid)
{
	struct sem_array *sma = un->sma;
	struct semaphore_value *sem;

	spin_lock(&sma->perm.lock);
	list_del(&un->in_set);
	for (unsigned int i = 0; !sma->perm.deleted && i < sma->nsems; i++) {
		if (!un->adjust[i])
			continue;
		sem = &sma->sem[i];
		sem->value = clamp(sem->value + un->adjust[i], 0, SEMVMX);
		sem->pid = pid;
		sma->otime = ktime_get_real_seconds();
	}
	if (!sma->perm.deleted)
		sem_update(sma);
	spin_unlock(&sma->perm.lock);
	ipc_put(&sma->perm);
	kvfree(un);
}

/* The last task that shares the list is alone with it. */
void exit_sem(struct task_struct *tsk)
{
	struct sem_undo_list *list = tsk->sysvsem_undo;
	struct sem_undo *un, *next;

	tsk->sysvsem_undo = NULL;
	if (!list || !refcount_dec_and_test(&list->refs))
		return;
	list_for_each_entry_safe (un, next, &list->undos, in_process) {
		list_del(&un->in_process);
		undo(un, tsk->tgid);
	}
	kfree(list);
}

/* ---- semop ---- */

/* Sleeps with the set's lock held, which is released meanwhile. The answer. */
static int wait_for_answer(struct sem_array *sma, struct sem_queue *q, const ktime_t *end)
{
	bool in_time = true;

	q->status = SLEEPING;
	list_add_tail(&q->list, &sma->pending);
	while (q->status == SLEEPING) {
		if (!in_time || signal_pending(current)) {
			list_del(&q->list);
			return in_time ? -EINTR : -EAGAIN;
		}
		set_current_state(TASK_INTERRUPTIBLE);
		spin_unlock(&sma->perm.lock);
		if (end)
			in_time = schedule_hrtimeout(*end) != 0;
		else
			schedule();
		__set_current_state(TASK_RUNNING);
		spin_lock(&sma->perm.lock);
	}
	return q->status;
}

static int do_semop(struct sem_array *sma, struct sem_queue *q, bool alter, const ktime_t *end)
{
	int ret;

	spin_lock(&sma->perm.lock);
	if (sma->perm.deleted)
		ret = -EIDRM;
	else if (!ipc_permitted(&sma->perm, alter ? S_IWUGO : S_IRUGO))
		ret = -EACCES;
	else
		ret = do_all(sma, q);
	if (!ret && alter)
		sem_update(sma);
	else if (ret == SLEEPING)
		ret = wait_for_answer(sma, q, end);
	spin_unlock(&sma->perm.lock);
	return ret;
}

static long find_and_do(int semid, const struct sembuf *ops, unsigned int nops, const ktime_t *end)
{
	struct sem_queue q = { .task = current, .ops = ops, .nops = nops, .pid = current->tgid };
	bool alter = false, undos = false;
	unsigned int max = 0;
	struct ipc_perm *perm;
	int ret = 0;

	for (unsigned int i = 0; i < nops; i++) {
		max = max_t(unsigned int, max, ops[i].sem_num);
		alter |= ops[i].sem_op != 0;
		undos |= (ops[i].sem_flg & SEM_UNDO) && ops[i].sem_op;
	}
	perm = ipc_find(&sem_ids, semid);
	if (IS_ERR(perm))
		return PTR_ERR(perm);
	if (max >= sem_of(perm)->nsems) {
		ret = -EFBIG;
	} else if (undos) {
		q.undo = get_undo(sem_of(perm));
		ret = PTR_ERR_OR_ZERO(q.undo);
	}
	if (!ret)
		ret = do_semop(sem_of(perm), &q, alter, end);
	ipc_put(perm);
	return ret;
}

static int copy_ops(struct sembuf *ops, const void __user *uops, unsigned int nops)
{
	if (copy_from_user(ops, uops, nops * sizeof(*ops)))
		return -EFAULT;
	/* Waiting for zero changes nothing that could be undone. */
	for (unsigned int i = 0; i < nops; i++)
		if (!ops[i].sem_op)
			ops[i].sem_flg &= ~SEM_UNDO;
	return 0;
}

long sys_semtimedop(int semid, void __user *uops, unsigned int nops, const struct __kernel_timespec __user *uts)
{
	struct sembuf fast[SEMOPS_FAST], *ops = fast;
	struct __kernel_timespec ts;
	struct timespec64 t64 = { };
	ktime_t end = 0;
	long ret;

	if (uts) {
		if (copy_from_user(&ts, uts, sizeof(ts)))
			return -EFAULT;
		t64 = (struct timespec64){ ts.tv_sec, ts.tv_nsec };
	}
	if (nops < 1 || semid < 0)
		return -EINVAL;
	if (nops > SEMOPM)
		return -E2BIG;
	if (nops > SEMOPS_FAST) {
		ops = kmalloc_array(nops, sizeof(*ops), GFP_KERNEL);
		if (!ops)
			return -ENOMEM;
	}
	ret = copy_ops(ops, uops, nops);
	if (!ret && uts) {
		if (timespec64_valid(&t64))
			end = ktime_add_safe(timespec64_to_ktime(t64), ktime_get());
		else
			ret = -EINVAL;
	}
	if (!ret)
		ret = find_and_do(semid, ops, nops, uts ? &end : NULL);
	if (ops != fast)
		kfree(ops);
	return ret;
}

long sys_semop(int semid, void __user *uops, unsigned int nops)
{
	return sys_semtimedop(semid, uops, nops, NULL);
}
