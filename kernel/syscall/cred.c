// SPDX-License-Identifier: MIT
/*
 * The calls that read and change user and group ids and groups. The rules are
 * POSIX's and Linux's: an unprivileged task may only move between the ids it has. Each thread has
 * credentials of its own, as on Linux; libraries apply a change to all threads.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/cred.h"
#include "kernel/task/sched.h"
#include "kernel/x86/uaccess.h"

#define KEEP ((u32)-1)

long sys_getuid(void)
{
	return current_uid();
}

long sys_getgid(void)
{
	return current_gid();
}

long sys_geteuid(void)
{
	return current_euid();
}

long sys_getegid(void)
{
	return current_egid();
}

long sys_getresuid(uid_t __user *ruid, uid_t __user *euid, uid_t __user *suid)
{
	const struct cred *c = current_cred();

	if (put_user(c->uid, ruid) || put_user(c->euid, euid) || put_user(c->suid, suid))
		return -EFAULT;
	return 0;
}

long sys_getresgid(gid_t __user *rgid, gid_t __user *egid, gid_t __user *sgid)
{
	const struct cred *c = current_cred();

	if (put_user(c->gid, rgid) || put_user(c->egid, egid) || put_user(c->sgid, sgid))
		return -EFAULT;
	return 0;
}

/*
 * Leaving user 0 gives up what it could do, unless the task keeps its capabilities (PR_SET_KEEPCAPS); effective follows effective,
 * permitted all three, and the ambient ones go in any case.
 */
static void fix_caps(struct cred *new, const struct cred *old)
{
	bool had = !old->uid || !old->euid || !old->suid;
	bool has = !new->uid || !new->euid || !new->suid;

	if (new->securebits & SECBIT_NO_SETUID_FIXUP)
		return;
	if (had && !has) {
		if (!(new->securebits & SECBIT_KEEP_CAPS)) {
			new->cap_permitted.val = 0;
			new->cap_effective.val = 0;
		}
		new->cap_ambient.val = 0;
	}
	if (!old->euid && new->euid)
		new->cap_effective.val = 0;
	if (old->euid && !new->euid)
		new->cap_effective = new->cap_permitted;
}

/* The capabilities for files follow the file-system id. */
static void fix_fs_caps(struct cred *new, const struct cred *old)
{
	if (new->securebits & SECBIT_NO_SETUID_FIXUP)
		return;
	if (!old->fsuid && new->fsuid)
		new->cap_effective.val &= ~CAP_FS_MASK;
	if (old->fsuid && !new->fsuid)
		new->cap_effective.val |= new->cap_permitted.val & CAP_FS_MASK;
}

static bool known_uid(const struct cred *c, uid_t id)
{
	return id == c->uid || id == c->euid || id == c->suid;
}

static bool known_gid(const struct cred *c, gid_t id)
{
	return id == c->gid || id == c->egid || id == c->sgid;
}

static long finish_uid(struct cred *new, const struct cred *old)
{
	int err = cred_set_user(new, new->uid);

	if (err) {
		abort_creds(new);
		return err;
	}
	new->fsuid = new->euid;
	fix_caps(new, old);
	return commit_creds(new);
}

long sys_setresuid(uid_t ruid, uid_t euid, uid_t suid)
{
	const struct cred *old = current_cred();
	struct cred *new;

	if (!capable(CAP_SETUID) &&
	    ((ruid != KEEP && !known_uid(old, ruid)) || (euid != KEEP && !known_uid(old, euid)) ||
	     (suid != KEEP && !known_uid(old, suid))))
		return -EPERM;
	new = prepare_creds();
	if (!new)
		return -ENOMEM;
	new->uid = ruid == KEEP ? old->uid : ruid;
	new->euid = euid == KEEP ? old->euid : euid;
	new->suid = suid == KEEP ? old->suid : suid;
	return finish_uid(new, old);
}

long sys_setreuid(uid_t ruid, uid_t euid)
{
	const struct cred *old = current_cred();
	struct cred *new;

	if (!capable(CAP_SETUID) &&
	    ((ruid != KEEP && ruid != old->uid && ruid != old->euid) ||
	     (euid != KEEP && !known_uid(old, euid))))
		return -EPERM;
	new = prepare_creds();
	if (!new)
		return -ENOMEM;
	new->uid = ruid == KEEP ? old->uid : ruid;
	new->euid = euid == KEEP ? old->euid : euid;
	if (ruid != KEEP || (euid != KEEP && euid != old->uid))
		new->suid = new->euid;
	return finish_uid(new, old);
}

long sys_setuid(uid_t uid)
{
	const struct cred *old = current_cred();
	bool all = capable(CAP_SETUID);
	struct cred *new;

	if (uid == KEEP)
		return -EINVAL;
	if (!all && uid != old->uid && uid != old->suid)
		return -EPERM;
	new = prepare_creds();
	if (!new)
		return -ENOMEM;
	if (all)
		new->uid = new->suid = uid;
	new->euid = uid;
	return finish_uid(new, old);
}

long sys_setresgid(gid_t rgid, gid_t egid, gid_t sgid)
{
	const struct cred *old = current_cred();
	struct cred *new;

	if (!capable(CAP_SETGID) &&
	    ((rgid != KEEP && !known_gid(old, rgid)) || (egid != KEEP && !known_gid(old, egid)) ||
	     (sgid != KEEP && !known_gid(old, sgid))))
		return -EPERM;
	new = prepare_creds();
	if (!new)
		return -ENOMEM;
	new->gid = rgid == KEEP ? old->gid : rgid;
	new->egid = new->fsgid = egid == KEEP ? old->egid : egid;
	new->sgid = sgid == KEEP ? old->sgid : sgid;
	return commit_creds(new);
}

long sys_setregid(gid_t rgid, gid_t egid)
{
	const struct cred *old = current_cred();
	struct cred *new;

	if (!capable(CAP_SETGID) &&
	    ((rgid != KEEP && rgid != old->gid && rgid != old->egid) ||
	     (egid != KEEP && !known_gid(old, egid))))
		return -EPERM;
	new = prepare_creds();
	if (!new)
		return -ENOMEM;
	new->gid = rgid == KEEP ? old->gid : rgid;
	new->egid = new->fsgid = egid == KEEP ? old->egid : egid;
	if (rgid != KEEP || (egid != KEEP && egid != old->gid))
		new->sgid = new->egid;
	return commit_creds(new);
}

long sys_setgid(gid_t gid)
{
	const struct cred *old = current_cred();
	bool all = capable(CAP_SETGID);
	struct cred *new;

	if (gid == KEEP)
		return -EINVAL;
	if (!all && gid != old->gid && gid != old->sgid)
		return -EPERM;
	new = prepare_creds();
	if (!new)
		return -ENOMEM;
	if (all)
		new->gid = new->sgid = gid;
	new->egid = new->fsgid = gid;
	return commit_creds(new);
}

/* These two report the old id and no error. */
long sys_setfsuid(uid_t uid)
{
	const struct cred *old = current_cred();
	uid_t was = old->fsuid;
	struct cred *new;

	if (uid == KEEP || (uid != was && !known_uid(old, uid) && !capable(CAP_SETUID)))
		return was;
	new = prepare_creds();
	if (new) {
		new->fsuid = uid;
		fix_fs_caps(new, old);
		commit_creds(new);
	}
	return was;
}

long sys_setfsgid(gid_t gid)
{
	const struct cred *old = current_cred();
	gid_t was = old->fsgid;
	struct cred *new;

	if (gid == KEEP || (gid != was && !known_gid(old, gid) && !capable(CAP_SETGID)))
		return was;
	new = prepare_creds();
	if (new) {
		new->fsgid = gid;
		commit_creds(new);
	}
	return was;
}

long sys_getgroups(int size, gid_t __user *list)
{
	const struct group_info *gi = current_cred()->group_info;

	if (size < 0)
		return -EINVAL;
	if (!size)
		return gi->ngroups;
	if (gi->ngroups > size)
		return -EINVAL;
	if (copy_to_user(list, gi->gid, gi->ngroups * sizeof(gid_t)))
		return -EFAULT;
	return gi->ngroups;
}

long sys_setgroups(int size, gid_t __user *list)
{
	struct group_info *gi;
	struct cred *new;

	if (!capable(CAP_SETGID))
		return -EPERM;
	if ((unsigned int)size > NGROUPS_MAX)
		return -EINVAL;
	gi = groups_alloc(size);
	if (!gi)
		return -ENOMEM;
	if (copy_from_user(gi->gid, list, size * sizeof(gid_t))) {
		put_group_info(gi);
		return -EFAULT;
	}
	groups_sort(gi);
	new = prepare_creds();
	if (!new) {
		put_group_info(gi);
		return -ENOMEM;
	}
	put_group_info(new->group_info);
	new->group_info = gi;
	return commit_creds(new);
}
