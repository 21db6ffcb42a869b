// SPDX-License-Identifier: MIT
/*
 * Credentials of a new program: set-user-id and set-group-id files, and what root means.
 *
 * The file that counts is the one that is loaded, so these bits on a script mean nothing. They mean nothing either on
 * a nosuid mount, and to a process that has renounced gains by exec (PR_SET_NO_NEW_PRIVS), or whose tracer could then do what it may not. The user id 0 brings all
 * capabilities of the bounding set unless the process said that it does not (SECBIT_NOROOT); other programs start
 * with the ambient ones, which a change of ids drops, for files carry no capabilities here.
 */
#include "fs/fs.h"
#include "fs/mount.h"
#include "kernel/task/binprm.h"
#include "kernel/task/personality.h"
#include "kernel/task/ptrace.h"
#include "kernel/task/sched.h"
#include "mm/mm_types.h"

static bool gains_nothing(const struct linux_binprm *bprm)
{
	return current->no_new_privs || bprm->unsafe;
}

/* The owner is read together with the mode: chown clears the bits under the same lock. */
static void take_set_id(struct linux_binprm *bprm, struct cred *new)
{
	struct file *file = bprm->img.file;
	struct inode *inode;
	kuid_t uid;
	kgid_t gid;
	umode_t mode;

	if (!file || (file->f_path.mnt->mnt_flags & MNT_NOSUID) || gains_nothing(bprm))
		return;
	inode = file_inode(file);
	if (!(READ_ONCE(inode->i_mode) & (S_ISUID | S_ISGID)))
		return;
	inode_lock(inode);
	mode = inode->i_mode;
	uid = inode->i_uid;
	gid = inode->i_gid;
	inode_unlock(inode);
	if (mode & S_ISUID) {
		new->euid = uid;
		bprm->per_clear = PER_CLEAR_ON_SETID;
	}
	/* without group execution the bit asks for mandatory locks */
	if ((mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP)) {
		new->egid = gid;
		bprm->per_clear = PER_CLEAR_ON_SETID;
	}
}

static void take_capabilities(struct linux_binprm *bprm, struct cred *new, const struct cred *old)
{
	bool root = !(new->securebits & SECBIT_NOROOT), setid, gained;

	new->cap_permitted = CAP_EMPTY_SET;
	if (root && (!new->euid || !new->uid))
		new->cap_permitted.val = new->cap_bset.val | new->cap_inheritable.val;
	root = root && !new->euid;
	setid = new->euid != old->uid || new->egid != old->gid;
	gained = (new->cap_permitted.val & ~old->cap_permitted.val) != 0;
	if ((setid || gained) && gains_nothing(bprm)) {
		new->euid = new->uid;
		new->egid = new->gid;
		new->cap_permitted.val &= old->cap_permitted.val;
	}
	if (setid)
		new->cap_ambient = CAP_EMPTY_SET;
	new->cap_permitted.val |= new->cap_ambient.val;
	new->cap_effective = root ? new->cap_permitted : new->cap_ambient;
	new->securebits &= ~SECBIT_KEEP_CAPS;
}

/* Fills in bprm->cred, a copy of the caller's. May sleep. */
void bprm_fill_creds(struct linux_binprm *bprm)
{
	const struct cred *old = current_cred();
	struct cred *new = bprm->cred;

	bprm->unsafe = ptrace_unsafe(current);
	take_set_id(bprm, new);
	take_capabilities(bprm, new, old);
	new->suid = new->fsuid = new->euid;
	new->sgid = new->fsgid = new->egid;
	bprm->secureexec = new->euid != old->uid || new->egid != old->gid ||
			   (new->uid && (new->cap_permitted.val & ~new->cap_ambient.val));
	bprm->gained = bprm->secureexec || (new->cap_permitted.val & ~old->cap_permitted.val);
	/* whoever may not read the file shall not read it out of the process either */
	bprm->dumpable = !(new->cap_permitted.val & ~old->cap_permitted.val) && new->euid == new->uid && new->egid == new->gid && new->euid == old->euid &&
			 new->egid == old->egid &&
			 (!bprm->img.file || !inode_permission(file_inode(bprm->img.file), MAY_READ));
}
