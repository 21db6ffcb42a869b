// SPDX-License-Identifier: MIT
/*
 * Ids, keys and permissions of System V IPC; see util.h for who locks what.
 */
#include "kernel/ipc/util.h"
#include "kernel/lib/bug.h"
#include "kernel/lib/err.h"
#include "kernel/lib/errno.h"
#include "kernel/task/cred.h"
#include "kernel/task/task.h"
#include "mm/gfp.h"

/* ---- permissions ---- */

/* Three bits for what this task is to the object. */
static unsigned int granted(const struct ipc_perm *perm)
{
	uid_t euid = current_euid();

	if (euid == perm->cuid || euid == perm->uid)
		return perm->mode >> 6;
	if (in_egroup_p(perm->cgid) || in_egroup_p(perm->gid))
		return perm->mode >> 3;
	return perm->mode;
}

bool ipc_permitted(struct ipc_perm *perm, unsigned int want)
{
	want = (want >> 6) | (want >> 3) | want;
	return !(want & ~granted(perm) & 7) || capable(CAP_IPC_OWNER);
}

bool ipc_owner_permitted(struct ipc_perm *perm)
{
	uid_t euid = current_euid();

	return euid == perm->cuid || euid == perm->uid || capable(CAP_SYS_ADMIN);
}

void ipc_to_user_perm(struct ipc_perm *perm, struct ipc64_perm *out)
{
	*out = (struct ipc64_perm){
		.key = perm->key, .uid = perm->uid, .gid = perm->gid, .cuid = perm->cuid, .cgid = perm->cgid,
		.mode = perm->mode, .seq = perm->seq,
	};
}

int ipc_set_perm(struct ipc_perm *perm, const struct ipc64_perm *in)
{
	if (in->uid == (uid_t)-1 || in->gid == (gid_t)-1)
		return -EINVAL;
	perm->uid = in->uid;
	perm->gid = in->gid;
	perm->mode = (perm->mode & ~0777u) | (in->mode & 0777);
	return 0;
}

/* ---- finding ---- */

/* The table's reference may go while we look: only RCU keeps the memory, and the count says whether it lives. */
static struct ipc_perm *get_at(struct ipc_ids *ids, unsigned int index)
{
	struct ipc_perm *perm;

	rcu_read_lock();
	perm = xa_load(&ids->table, index);
	if (perm && !refcount_inc_not_zero(&perm->refs))
		perm = NULL;
	rcu_read_unlock();
	return perm ? perm : ERR_PTR(-EINVAL);
}

struct ipc_perm *ipc_find_index(struct ipc_ids *ids, int index)
{
	return index < 0 ? ERR_PTR(-EINVAL) : get_at(ids, index % IPCMNI);
}

struct ipc_perm *ipc_find(struct ipc_ids *ids, int id)
{
	struct ipc_perm *perm = ipc_find_index(ids, id);

	if (!IS_ERR(perm) && perm->id != id) {
		ipc_put(perm);
		perm = ERR_PTR(-EINVAL);
	}
	return perm;
}

static void free_rcu(struct rcu_head *head)
{
	struct ipc_perm *perm = container_of(head, struct ipc_perm, rcu);

	perm->ids->free(perm);
}

void ipc_put(struct ipc_perm *perm)
{
	if (refcount_dec_and_test(&perm->refs))
		call_rcu(&perm->rcu, free_rcu);
}

int ipc_highest_index(struct ipc_ids *ids)
{
	unsigned long index;
	struct ipc_perm *perm;
	int highest = 0;

	xa_for_each(&ids->table, index, perm)
		highest = index;
	return highest;
}

void ipc_for_all(struct ipc_ids *ids, long (*remove)(struct ipc_perm *perm))
{
	int highest;

	down_read(&ids->rwsem);
	highest = ipc_highest_index(ids);
	up_read(&ids->rwsem);
	for (int i = 0; i <= highest; i++) {
		struct ipc_perm *perm = ipc_find_index(ids, i);

		if (IS_ERR(perm))
			continue;
		remove(perm);
		ipc_put(perm);
	}
}

/* ---- coming and going; ids->rwsem exclusive ---- */

int ipc_add(struct ipc_ids *ids, struct ipc_perm *perm, int key, int flags, unsigned int limit)
{
	u32 index;
	int err;

	if (ids->in_use >= min(limit, (unsigned int)IPCMNI))
		return -ENOSPC;
	spin_lock_init(&perm->lock);
	refcount_set(&perm->refs, 1);
	perm->deleted = false;
	perm->ids = ids;
	perm->key = key;
	perm->uid = perm->cuid = current_euid();
	perm->gid = perm->cgid = current_egid();
	perm->mode = flags & 0777;
	if (key != IPC_PRIVATE) {
		err = xa_insert(&ids->keys, (u32)key, perm, GFP_KERNEL);
		if (err)
			return err;
	}
	/* A place first, and the object in it when its id is known. */
	err = xa_alloc(&ids->table, &index, NULL, (struct xa_limit){ .min = 0, .max = IPCMNI - 1 }, GFP_KERNEL);
	if (err) {
		ipc_forget_key(ids, perm);
		return err == -EBUSY ? -ENOSPC : err;
	}
	/* A place that is used again gets another sequence number, so that an old id does not mean the new object. */
	if ((int)index <= ids->last_index)
		ids->seq++;
	ids->last_index = index;
	perm->seq = ids->seq;
	perm->id = index + perm->seq * IPCMNI;
	xa_store(&ids->table, index, perm, GFP_KERNEL);	/* the place is there: needs no memory */
	ids->in_use++;
	return perm->id;
}

void ipc_forget_key(struct ipc_ids *ids, struct ipc_perm *perm)
{
	if (perm->key != IPC_PRIVATE)
		xa_erase(&ids->keys, (u32)perm->key);
	perm->key = IPC_PRIVATE;
}

void ipc_remove(struct ipc_ids *ids, struct ipc_perm *perm)
{
	ipc_forget_key(ids, perm);
	xa_erase(&ids->table, perm->id % IPCMNI);
	ids->in_use--;
	spin_lock(&perm->lock);
	perm->deleted = true;
	spin_unlock(&perm->lock);
	ipc_put(perm);
}

/* An object of this key exists. */
static int get_existing(struct ipc_perm *perm, const struct ipc_ops *ops, int flags, void *arg)
{
	int err = 0;

	if ((flags & IPC_CREAT) && (flags & IPC_EXCL))
		return -EEXIST;
	if (ops->check)
		err = ops->check(perm, arg);
	if (!err && !ipc_permitted(perm, flags))
		err = -EACCES;
	return err ? err : perm->id;
}

int ipc_get(struct ipc_ids *ids, const struct ipc_ops *ops, int key, int flags, void *arg)
{
	struct ipc_perm *perm = NULL;
	int ret;

	down_write(&ids->rwsem);
	if (key != IPC_PRIVATE)
		perm = xa_load(&ids->keys, (u32)key);
	if (perm)
		ret = get_existing(perm, ops, flags, arg);
	else if (key != IPC_PRIVATE && !(flags & IPC_CREAT))
		ret = -ENOENT;
	else
		ret = ops->create(ids, key, flags, arg);
	up_write(&ids->rwsem);
	return ret;
}
