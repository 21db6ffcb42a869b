// SPDX-License-Identifier: MIT
/*
 * semctl(): telling about sets, setting values, changing and removing sets.
 *
 * The set's lock is a spinlock, so what goes to or comes from the program is copied before or after it.
 */
#include "fs/stat.h"
#include "kernel/ipc/sem.h"
#include "kernel/lib/err.h"
#include "kernel/lib/errno.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/cred.h"
#include "kernel/task/task.h"
#include "kernel/x86/time.h"
#include "kernel/x86/uaccess.h"
#include "mm/slab.h"

#define GETPID	     11
#define GETVAL	     12
#define GETALL	     13
#define GETNCNT	     14
#define GETZCNT	     15
#define SETVAL	     16
#define SETALL	     17
#define SEM_STAT     18
#define SEM_INFO     19
#define SEM_STAT_ANY 20

/* The structures of the ABI. */
struct semid64_ds {
	struct ipc64_perm sem_perm;
	long sem_otime, unused1;
	long sem_ctime, unused2;
	unsigned long sem_nsems;
	unsigned long unused3, unused4;
};

struct seminfo {
	int semmap, semmni, semmns, semmnu, semmsl, semopm, semume, semusz, semvmx, semaem;
};

_Static_assert(sizeof(struct semid64_ds) == 104 && sizeof(struct seminfo) == 40, "structures of the ABI");

static long tell_info(int cmd, void __user *buf)
{
	struct seminfo info = {
		.semmap = SEMMNS, .semmni = SEMMNI, .semmns = SEMMNS, .semmnu = SEMMNS, .semmsl = SEMMSL,
		.semopm = SEMOPM, .semume = SEMOPM, .semusz = 20, .semvmx = SEMVMX, .semaem = SEMAEM,
	};
	long highest;

	down_read(&sem_ids.rwsem);
	if (cmd == SEM_INFO) {
		info.semusz = sem_ids.in_use;
		info.semaem = sem_used;
	}
	highest = ipc_highest_index(&sem_ids);
	up_read(&sem_ids.rwsem);
	return copy_to_user(buf, &info, sizeof(info)) ? -EFAULT : highest;
}

/* ---- the whole set ---- */

static long stat_set(struct sem_array *sma, int cmd, void __user *buf)
{
	struct semid64_ds out = { .sem_nsems = sma->nsems };
	long ret = cmd == IPC_STAT ? 0 : sma->perm.id;

	spin_lock(&sma->perm.lock);
	if (sma->perm.deleted) {
		ret = -EIDRM;
	} else if (cmd != SEM_STAT_ANY && !ipc_permitted(&sma->perm, S_IRUGO)) {
		ret = -EACCES;
	} else {
		ipc_to_user_perm(&sma->perm, &out.sem_perm);
		out.sem_otime = sma->otime;
		out.sem_ctime = sma->ctime;
	}
	spin_unlock(&sma->perm.lock);
	if (ret >= 0 && copy_to_user(buf, &out, sizeof(out)))
		ret = -EFAULT;
	return ret;
}

static long remove_set(struct sem_array *sma)
{
	struct ipc_perm *perm = &sma->perm;
	long ret = 0;

	down_write(&sem_ids.rwsem);
	if (perm->deleted) {
		ret = -EIDRM;
	} else if (!ipc_owner_permitted(perm)) {
		ret = -EPERM;
	} else {
		sem_used -= sma->nsems;
		ipc_remove(&sem_ids, perm);
		spin_lock(&perm->lock);
		sem_wake_all(sma, -EIDRM);
		spin_unlock(&perm->lock);
	}
	up_write(&sem_ids.rwsem);
	return ret;
}

static long remove_one(struct ipc_perm *perm)
{
	return remove_set(container_of(perm, struct sem_array, perm));
}

void sem_remove_all(void)
{
	ipc_for_all(&sem_ids, remove_one);
}

static long set_set(struct sem_array *sma, void __user *buf)
{
	struct ipc_perm *perm = &sma->perm;
	struct semid64_ds in;
	long ret;

	if (copy_from_user(&in, buf, sizeof(in)))
		return -EFAULT;
	spin_lock(&perm->lock);
	ret = perm->deleted ? -EIDRM : ipc_owner_permitted(perm) ? ipc_set_perm(perm, &in.sem_perm) : -EPERM;
	if (!ret)
		sma->ctime = ktime_get_real_seconds();
	spin_unlock(&perm->lock);
	return ret;
}

/* May this task read (or write) values? The lock held. */
static long may(struct sem_array *sma, unsigned int want)
{
	return sma->perm.deleted ? -EIDRM : ipc_permitted(&sma->perm, want) ? 0 : -EACCES;
}

static long get_all(struct sem_array *sma, void __user *buf)
{
	unsigned short *values = kvmalloc_array(sma->nsems, sizeof(*values), GFP_KERNEL);
	long ret;

	if (!values)
		return -ENOMEM;
	spin_lock(&sma->perm.lock);
	ret = may(sma, S_IRUGO);
	for (unsigned int i = 0; i < sma->nsems; i++)
		values[i] = sma->sem[i].value;
	spin_unlock(&sma->perm.lock);
	if (!ret && copy_to_user(buf, values, sma->nsems * sizeof(*values)))
		ret = -EFAULT;
	kvfree(values);
	return ret;
}

static long set_all(struct sem_array *sma, void __user *buf)
{
	unsigned short *values = kvmalloc_array(sma->nsems, sizeof(*values), GFP_KERNEL);
	long ret = 0;

	if (!values)
		return -ENOMEM;
	spin_lock(&sma->perm.lock);
	ret = may(sma, S_IWUGO);
	spin_unlock(&sma->perm.lock);
	if (!ret && copy_from_user(values, buf, sma->nsems * sizeof(*values)))
		ret = -EFAULT;
	for (unsigned int i = 0; !ret && i < sma->nsems; i++)
		if (values[i] > SEMVMX)
			ret = -ERANGE;
	spin_lock(&sma->perm.lock);
	if (!ret)
		ret = may(sma, S_IWUGO);
	if (!ret) {
		for (unsigned int i = 0; i < sma->nsems; i++) {
			sma->sem[i].value = values[i];
			sma->sem[i].pid = current->tgid;
		}
		sem_forget_undo(sma, -1);
		sma->ctime = ktime_get_real_seconds();
		sem_update(sma);
	}
	spin_unlock(&sma->perm.lock);
	kvfree(values);
	return ret;
}

/* ---- one semaphore ---- */

static long set_value(struct sem_array *sma, int num, int value)
{
	long ret;

	if (value < 0 || value > SEMVMX)
		return -ERANGE;
	if (num < 0 || num >= (int)sma->nsems)
		return -EINVAL;
	spin_lock(&sma->perm.lock);
	ret = may(sma, S_IWUGO);
	if (!ret) {
		sem_forget_undo(sma, num);
		sma->sem[num].value = value;
		sma->sem[num].pid = current->tgid;
		sma->ctime = ktime_get_real_seconds();
		sem_update(sma);
	}
	spin_unlock(&sma->perm.lock);
	return ret;
}

static long get_one(struct sem_array *sma, int num, int cmd)
{
	long ret;

	spin_lock(&sma->perm.lock);
	ret = may(sma, S_IRUGO);
	if (!ret && (num < 0 || num >= (int)sma->nsems))
		ret = -EINVAL;
	if (!ret)
		ret = cmd == GETVAL ? sma->sem[num].value : cmd == GETPID ? sma->sem[num].pid :
		      sem_count_waiting(sma, num, cmd == GETZCNT);
	spin_unlock(&sma->perm.lock);
	return ret;
}

static long ctl_set(struct sem_array *sma, int num, int cmd, unsigned long arg)
{
	switch (cmd) {
	case IPC_STAT:
	case SEM_STAT:
	case SEM_STAT_ANY:
		return stat_set(sma, cmd, (void __user *)arg);
	case IPC_RMID:
		return remove_set(sma);
	case IPC_SET:
		return set_set(sma, (void __user *)arg);
	case GETALL:
		return get_all(sma, (void __user *)arg);
	case SETALL:
		return set_all(sma, (void __user *)arg);
	case SETVAL:
		return set_value(sma, num, (int)arg);
	case GETVAL:
	case GETPID:
	case GETNCNT:
	case GETZCNT:
		return get_one(sma, num, cmd);
	}
	return -EINVAL;
}

long sys_semctl(int semid, int num, int cmd, unsigned long arg)
{
	struct ipc_perm *perm;
	long ret;

	cmd &= ~IPC_64;
	if (semid < 0)
		return -EINVAL;
	if (cmd == IPC_INFO || cmd == SEM_INFO)
		return tell_info(cmd, (void __user *)arg);
	perm = cmd == SEM_STAT || cmd == SEM_STAT_ANY ? ipc_find_index(&sem_ids, semid) : ipc_find(&sem_ids, semid);
	if (IS_ERR(perm))
		return PTR_ERR(perm);
	ret = ctl_set(sem_of(perm), num, cmd, arg);
	ipc_put(perm);
	return ret;
}
