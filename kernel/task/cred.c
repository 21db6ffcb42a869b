// SPDX-License-Identifier: MIT
/*
 * Credentials. A committed struct cred never changes and is freed after a grace period, so
 * readers of other tasks' credentials need rcu_read_lock() only.
 */
#include "kernel/task/cred.h"
#include "kernel/lib/bug.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/sort.h"
#include "kernel/lib/string.h"
#include "kernel/task/proc_events.h"
#include "kernel/task/task.h"
#include "kernel/task/user_counts.h"
#include "mm/mm_types.h"
#include "mm/slab.h"

struct user_namespace init_user_ns;

static struct group_info no_groups = { .usage = ATOMIC_INIT(1) };

struct cred init_cred = {
	.usage = ATOMIC_INIT(4),
	.cap_permitted = CAP_FULL_SET,
	.cap_effective = CAP_FULL_SET,
	.cap_bset = CAP_FULL_SET,
	.group_info = &no_groups,
	.user = &root_user_counts,
};

static struct kmem_cache *cred_cache;

void put_group_info(struct group_info *gi)
{
	if (atomic_dec_and_test(&gi->usage))
		kvfree(gi);
}

struct group_info *groups_alloc(int ngroups)
{
	struct group_info *gi =
		kvmalloc(sizeof(*gi) + (size_t)ngroups * sizeof(gi->gid[0]), GFP_KERNEL);

	if (!gi)
		return NULL;
	atomic_set(&gi->usage, 1);
	gi->ngroups = ngroups;
	return gi;
}

static int cmp_gid(const void *a, const void *b)
{
	kgid_t x = *(const kgid_t *)a, y = *(const kgid_t *)b;

	return (x > y) - (x < y);
}

void groups_sort(struct group_info *gi)
{
	sort(gi->gid, gi->ngroups, sizeof(gi->gid[0]), cmp_gid, NULL);
}

bool groups_search(const struct group_info *gi, kgid_t gid)
{
	int lo = 0, hi = gi->ngroups;

	while (lo < hi) {
		int mid = (lo + hi) / 2;

		if (gi->gid[mid] == gid)
			return true;
		if (gi->gid[mid] < gid)
			lo = mid + 1;
		else
			hi = mid;
	}
	return false;
}

const struct cred *get_task_cred(struct task_struct *task)
{
	const struct cred *cred;

	rcu_read_lock();
	/* The task may put others in their place, which may then be on their way out: look again. */
	do {
		cred = rcu_dereference(task->real_cred);
	} while (!atomic_add_unless(&((struct cred *)cred)->usage, 1, 0));
	rcu_read_unlock();
	return cred;
}

bool in_group_p(kgid_t gid)
{
	const struct cred *cred = current_cred();

	return gid == cred->fsgid || groups_search(cred->group_info, gid);
}

bool in_egroup_p(kgid_t gid)
{
	const struct cred *cred = current_cred();

	return gid == cred->egid || groups_search(cred->group_info, gid);
}

bool capable(int cap)
{
	return current_cred()->cap_effective.val >> cap & 1;
}

bool ns_capable(struct user_namespace *ns, int cap)
{
	(void)ns;
	return capable(cap);
}

static void free_cred_rcu(struct rcu_head *head)
{
	struct cred *cred = container_of(head, struct cred, rcu);

	put_group_info(cred->group_info);
	put_user_counts(cred->user);
	kmem_cache_free(cred_cache, cred);
}

void put_cred(const struct cred *_cred)
{
	struct cred *cred = (struct cred *)_cred;

	if (cred && atomic_dec_and_test(&cred->usage)) {
		BUG_ON(cred == &init_cred);
		call_rcu(&cred->rcu, free_cred_rcu);
	}
}

struct cred *prepare_creds(void)
{
	const struct cred *old = current_cred();
	struct cred *new = kmem_cache_alloc(cred_cache, GFP_KERNEL);

	if (!new)
		return NULL;
	*new = *old;
	atomic_set(&new->usage, 1);
	atomic_inc(&new->group_info->usage);
	hold_user_counts(new->user);
	return new;
}

int cred_set_user(struct cred *new, kuid_t uid)
{
	struct user_counts *user = uid == new->user->uid ? NULL : get_user_counts(uid);

	if (uid == new->user->uid)
		return 0;
	if (!user)
		return -EAGAIN;
	put_user_counts(new->user);
	new->user = user;
	return 0;
}

/* More than the limit of the current process, and so for who becomes this user now. */
static bool too_many_processes(const struct cred *cred)
{
	return (unsigned long)atomic_long_read(&cred->user->processes) > rlimit(RLIMIT_NPROC) && cred->user != &root_user_counts;
}

/* The task is one more of the user's. -EAGAIN if that is one too many: it is counted all the same, until uncharge_process(). */
static int charge_process(struct task_struct *p)
{
	const struct cred *cred = p->real_cred;

	atomic_long_inc(&cred->user->processes);
	if ((p->flags & PF_KTHREAD) || !too_many_processes(cred) || capable(CAP_SYS_RESOURCE) || capable(CAP_SYS_ADMIN))
		return 0;
	return -EAGAIN;
}

void uncharge_process(struct task_struct *p)
{
	if (p->real_cred)
		atomic_long_dec(&p->real_cred->user->processes);
}

bool process_limit_exceeded(void)
{
	bool exceeded = (current->flags & PF_NPROC_EXCEEDED) && too_many_processes(current->real_cred);

	if (!exceeded)
		current->flags &= ~PF_NPROC_EXCEEDED;
	return exceeded;
}

static bool subset(kernel_cap_t a, kernel_cap_t b)
{
	return !(a.val & ~b.val);
}

int commit_creds(struct cred *new)
{
	struct task_struct *task = current;
	const struct cred *old = task->real_cred;

	BUG_ON(task->cred != old); /* not while overridden */
	/* whose memory held secrets of another user, or who may do more now, is not for others to look into */
	if (old->euid != new->euid || old->egid != new->egid || old->fsuid != new->fsuid || old->fsgid != new->fsgid ||
	    !subset(new->cap_permitted, old->cap_permitted)) {
		if (task->mm)
			WRITE_ONCE(task->mm->dumpable, false);
		task->pdeath_signal = 0;
	}
	if (new->user != old->user) {
		/* becoming a user who has too many is no error, as few programs expect one here; execve() is, then */
		if (too_many_processes(new))
			task->flags |= PF_NPROC_EXCEEDED;
		else
			task->flags &= ~PF_NPROC_EXCEEDED;
		atomic_long_inc(&new->user->processes);
		atomic_long_dec(&old->user->processes);
	}
	get_cred(new);
	rcu_assign_pointer(task->real_cred, new);
	rcu_assign_pointer(task->cred, new);
	proc_event_ids(old, new);
	put_cred(old);
	put_cred(old);
	return 0;
}

void abort_creds(struct cred *new)
{
	put_cred(new);
}

const struct cred *override_creds(const struct cred *new)
{
	const struct cred *old = current->cred;

	get_cred(new);
	rcu_assign_pointer(current->cred, new);
	return old;
}

void revert_creds(const struct cred *old)
{
	const struct cred *override = current->cred;

	rcu_assign_pointer(current->cred, old);
	put_cred(override);
}

/* A child shares its parent's credentials; kernel threads act as init_cred. */
int cred_copy_for_clone(struct task_struct *child)
{
	const struct cred *cred = (child->flags & PF_KTHREAD) ? &init_cred : current->real_cred;

	child->real_cred = get_cred(cred);
	child->cred = get_cred(cred);
	return charge_process(child);
}

void cred_init(void)
{
	cred_cache = kmem_cache_create("cred", sizeof(struct cred), 0, 0, NULL);
	BUG_ON(!cred_cache);
}
