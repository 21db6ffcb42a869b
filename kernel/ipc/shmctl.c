// SPDX-License-Identifier: MIT
/*
 * shmctl(): telling about segments, changing and removing them.
 *
 * What is told is collected into a structure under shm_ids.rwsem and copied to the program after it, because a copy may
 * fault and mmap_sem comes before rwsem. Removing only marks a segment that is attached: it loses its key and goes with
 * the last detach.
 */
#include "kernel/ipc/shm.h"
#include "fs/fs.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/cred.h"
#include "kernel/task/task.h"
#include "kernel/x86/time.h"
#include "kernel/x86/uaccess.h"

#define SHM_LOCK	11
#define SHM_UNLOCK	12
#define SHM_STAT	13
#define SHM_INFO	14
#define SHM_STAT_ANY	15

/* The structures of the ABI. */
struct shmid64_ds {
	struct ipc64_perm shm_perm;
	size_t shm_segsz;
	long shm_atime, shm_dtime, shm_ctime;
	int shm_cpid, shm_lpid;
	unsigned long shm_nattch;
	unsigned long unused4, unused5;
};

struct shminfo64 {
	unsigned long shmmax, shmmin, shmmni, shmseg, shmall;
	unsigned long unused[4];
};

struct shm_info {
	int used_ids;
	unsigned long shm_tot, shm_rss, shm_swp;
	unsigned long swap_attempts, swap_successes;
};

_Static_assert(sizeof(struct shmid64_ds) == 112 && sizeof(struct shminfo64) == 72 && sizeof(struct shm_info) == 48,
	       "structures of the ABI");

/* ---- about all of them ---- */

static long info_limits(void __user *buf)
{
	struct shminfo64 info = {
		.shmmax = shm_ctlmax, .shmmin = SHMMIN, .shmmni = shm_ctlmni, .shmseg = shm_ctlmni, .shmall = shm_ctlall,
	};
	long highest;

	down_read(&shm_ids.rwsem);
	highest = ipc_highest_index(&shm_ids);
	up_read(&shm_ids.rwsem);
	return copy_to_user(buf, &info, sizeof(info)) ? -EFAULT : highest;
}

static long info_usage(void __user *buf)
{
	struct shm_info info = { .used_ids = 0 };
	struct ipc_perm *perm;
	unsigned long index;
	long highest;

	down_read(&shm_ids.rwsem);
	info.used_ids = shm_ids.in_use;
	info.shm_tot = shm_total;
	xa_for_each(&shm_ids.table, index, perm) {
		struct file *file = shm_of(perm)->file;

		if (file)
			info.shm_rss += READ_ONCE(file->f_mapping->nrpages);
	}
	highest = ipc_highest_index(&shm_ids);
	up_read(&shm_ids.rwsem);
	return copy_to_user(buf, &info, sizeof(info)) ? -EFAULT : highest;
}

/* ---- one of them; each with a reference ---- */

static long stat_segment(struct ipc_perm *perm, int cmd, void __user *buf)
{
	struct shm_segment *shm = shm_of(perm);
	struct shmid64_ds out = { .shm_segsz = shm->size };
	long ret = cmd == IPC_STAT ? 0 : perm->id;

	down_read(&shm_ids.rwsem);
	if (perm->deleted) {
		ret = -EIDRM;
	} else if (cmd != SHM_STAT_ANY && !ipc_permitted(perm, S_IRUGO)) {
		ret = -EACCES;
	} else {
		ipc_to_user_perm(perm, &out.shm_perm);
		out.shm_atime = shm->atime;
		out.shm_dtime = shm->dtime;
		out.shm_ctime = shm->ctime;
		out.shm_cpid = shm->creator;
		out.shm_lpid = shm->last_pid;
		out.shm_nattch = shm->attached;
	}
	up_read(&shm_ids.rwsem);
	if (ret >= 0 && copy_to_user(buf, &out, sizeof(out)))
		ret = -EFAULT;
	return ret;
}

static void set_mode_bits(struct ipc_perm *perm, unsigned int clear, unsigned int set)
{
	spin_lock(&perm->lock);
	perm->mode = (perm->mode & ~clear) | set;
	spin_unlock(&perm->lock);
}

static long remove_segment(struct ipc_perm *perm)
{
	struct shm_segment *shm = shm_of(perm);
	long ret = 0;

	down_write(&shm_ids.rwsem);
	if (perm->deleted) {
		ret = -EIDRM;
	} else if (!ipc_owner_permitted(perm)) {
		ret = -EPERM;
	} else if (shm->attached) {
		set_mode_bits(perm, 0, SHM_DEST);
		ipc_forget_key(&shm_ids, perm);
	} else {
		shm_destroy(shm);
	}
	up_write(&shm_ids.rwsem);
	return ret;
}

void shm_remove_all(void)
{
	ipc_for_all(&shm_ids, remove_segment);
}

static long set_segment(struct ipc_perm *perm, void __user *buf)
{
	struct shm_segment *shm = shm_of(perm);
	struct shmid64_ds in;
	long ret;

	if (copy_from_user(&in, buf, sizeof(in)))
		return -EFAULT;
	down_write(&shm_ids.rwsem);
	if (perm->deleted) {
		ret = -EIDRM;
	} else if (!ipc_owner_permitted(perm)) {
		ret = -EPERM;
	} else {
		spin_lock(&perm->lock);
		ret = ipc_set_perm(perm, &in.shm_perm);
		spin_unlock(&perm->lock);
		if (!ret)
			shm->ctime = ktime_get_real_seconds();
	}
	up_write(&shm_ids.rwsem);
	return ret;
}

/* Its pages are in memory for good, locked or not: what changes is what is told. */
static long lock_segment(struct ipc_perm *perm, int cmd)
{
	uid_t euid = current_euid();
	long ret = 0;

	down_write(&shm_ids.rwsem);
	if (perm->deleted)
		ret = -EIDRM;
	else if (!capable(CAP_IPC_LOCK) && euid != perm->uid && euid != perm->cuid)
		ret = -EPERM;
	else if (!capable(CAP_IPC_LOCK) && cmd == SHM_LOCK && !rlimit(RLIMIT_MEMLOCK))
		ret = -EPERM;
	else
		set_mode_bits(perm, SHM_LOCKED, cmd == SHM_LOCK ? SHM_LOCKED : 0);
	up_write(&shm_ids.rwsem);
	return ret;
}

long sys_shmctl(int shmid, int cmd, void __user *buf)
{
	struct ipc_perm *perm;
	long ret;

	cmd &= ~IPC_64;
	if (cmd < 0 || shmid < 0)
		return -EINVAL;
	if (cmd == IPC_INFO)
		return info_limits(buf);
	if (cmd == SHM_INFO)
		return info_usage(buf);
	perm = cmd == SHM_STAT || cmd == SHM_STAT_ANY ? ipc_find_index(&shm_ids, shmid) : ipc_find(&shm_ids, shmid);
	if (IS_ERR(perm))
		return PTR_ERR(perm);
	switch (cmd) {
	case IPC_STAT:
	case SHM_STAT:
	case SHM_STAT_ANY:
		ret = stat_segment(perm, cmd, buf);
		break;
	case IPC_RMID:
		ret = remove_segment(perm);
		break;
	case IPC_SET:
		ret = set_segment(perm, buf);
		break;
	case SHM_LOCK:
	case SHM_UNLOCK:
		ret = lock_segment(perm, cmd);
		break;
	default:
		ret = -EINVAL;
	}
	ipc_put(perm);
	return ret;
}
