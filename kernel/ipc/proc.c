// SPDX-License-Identifier: MIT
/*
 * /proc/sysvipc: what System V objects there are, in Linux's columns.
 *
 * ids->rwsem is held shared over a table, so that none goes; the numbers in a line are read under its object's lock.
 */
#include "fs/fs.h"
#include "fs/proc/proc_fs.h"
#include "fs/seq_file.h"
#include "kernel/ipc/msg.h"
#include "kernel/ipc/sem.h"
#include "kernel/ipc/shm.h"
#include "kernel/lib/init.h"
#include "mm/address_space.h"

static void show_owner(struct seq_file *m, const struct ipc_perm *perm)
{
	seq_printf(m, " %5u %5u %5u %5u", perm->uid, perm->gid, perm->cuid, perm->cgid);
}

static int sem_show(struct seq_file *m, void *v)
{
	struct ipc_perm *perm;
	unsigned long index;

	seq_puts(m, "       key      semid perms      nsems   uid   gid  cuid  cgid      otime      ctime\n");
	down_read(&sem_ids.rwsem);
	xa_for_each(&sem_ids.table, index, perm) {
		struct sem_array *sma = sem_of(perm);

		spin_lock(&perm->lock);
		seq_printf(m, "%10d %10d  %4o %10u", perm->key, perm->id, perm->mode, sma->nsems);
		show_owner(m, perm);
		seq_printf(m, " %10lld %10lld\n", (long long)sma->otime, (long long)sma->ctime);
		spin_unlock(&perm->lock);
	}
	up_read(&sem_ids.rwsem);
	return 0;
}

static int msg_show(struct seq_file *m, void *v)
{
	struct ipc_perm *perm;
	unsigned long index;

	seq_puts(m, "       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid  cuid  cgid      stime"
		    "      rtime      ctime\n");
	down_read(&msg_ids.rwsem);
	xa_for_each(&msg_ids.table, index, perm) {
		struct msg_queue *q = queue_of(perm);

		spin_lock(&perm->lock);
		seq_printf(m, "%10d %10d  %4o  %10lu %10lu %5d %5d", perm->key, perm->id, perm->mode, q->cbytes, q->qnum,
			   q->lspid, q->lrpid);
		show_owner(m, perm);
		seq_printf(m, " %10lld %10lld %10lld\n", (long long)q->stime, (long long)q->rtime, (long long)q->ctime);
		spin_unlock(&perm->lock);
	}
	up_read(&msg_ids.rwsem);
	return 0;
}

/* What a segment has beside its owner changes under rwsem. */
static int shm_show(struct seq_file *m, void *v)
{
	struct ipc_perm *perm;
	unsigned long index;

	seq_puts(m, "       key      shmid perms                  size  cpid  lpid nattch   uid   gid  cuid  cgid      atime"
		    "      dtime      ctime                   rss                  swap\n");
	down_read(&shm_ids.rwsem);
	xa_for_each(&shm_ids.table, index, perm) {
		struct shm_segment *shm = shm_of(perm);
		unsigned long pages = shm->file ? READ_ONCE(shm->file->f_mapping->nrpages) : 0;

		spin_lock(&perm->lock);
		seq_printf(m, "%10d %10d  %4o %21lu %5d %5d  %5lu", perm->key, perm->id, perm->mode, shm->size, shm->creator,
			   shm->last_pid, (unsigned long)shm->attached);
		show_owner(m, perm);
		spin_unlock(&perm->lock);
		seq_printf(m, " %10lld %10lld %10lld %21lu %21lu\n", (long long)shm->atime, (long long)shm->dtime,
			   (long long)shm->ctime, pages << PAGE_SHIFT, 0UL);
	}
	up_read(&shm_ids.rwsem);
	return 0;
}

static int ipc_proc_init(void)
{
	struct proc_dir_entry *dir = proc_mkdir("sysvipc", NULL);
	bool ok = dir && proc_create_single("sem", S_IRUGO, dir, sem_show, NULL);

	ok = ok && proc_create_single("msg", S_IRUGO, dir, msg_show, NULL);
	ok = ok && proc_create_single("shm", S_IRUGO, dir, shm_show, NULL);
	return ok ? 0 : -ENOMEM;
}
late_initcall(ipc_proc_init);
