// SPDX-License-Identifier: MIT
/*
 * pivot_root(2): a mount becomes the root of the tree, and what was the root hangs somewhere below it.
 *
 * Both steps are made in one section of mount_lock, so no walk sees a tree without a root. Processes whose root or working directory was
 * the old root itself are moved to the new one afterwards; others stay where they are, also those that are changing theirs just now.
 *
 * Locks: i_rwsem of the place for the old root, namespace_sem, mount_lock (lock_mount).
 */
#include "fs/fs.h"
#include "fs/dcache.h"
#include "fs/fdtable.h"
#include "fs/namei.h"
#include "fs/namespace_internal.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/cred.h"
#include "kernel/task/task.h"

/* Does one come from (mnt, dentry) to root by going up? namespace_sem held. */
static bool below(struct mount *mnt, struct dentry *dentry, const struct path *root)
{
	while (&mnt->mnt != root->mnt && mnt_has_parent(mnt)) {
		dentry = mnt->mnt_mountpoint;
		mnt = mnt->mnt_parent;
	}
	return &mnt->mnt == root->mnt && is_subdir(dentry, root->dentry);
}

/* root: the caller's; old: where it is to go. Locked. */
static int pivot_checks(const struct path *new, const struct path *root, const struct path *old)
{
	struct mount *new_mnt = real_mount(new->mnt), *root_mnt = real_mount(root->mnt), *old_mnt = real_mount(old->mnt);

	if (!check_mnt(&new_mnt->mnt) || !check_mnt(&root_mnt->mnt) || !check_mnt(&old_mnt->mnt))
		return -EINVAL;
	if (d_unlinked(new->dentry))
		return -ENOENT;
	/* A mount cannot hang on itself. */
	if (new_mnt == root_mnt || old_mnt == root_mnt)
		return -EBUSY;
	/* The caller's root may be a chroot, and the new one a plain directory. */
	if (root->dentry != root->mnt->mnt_root || new->dentry != new->mnt->mnt_root || !mnt_has_parent(new_mnt))
		return -EINVAL;
	if (!below(old_mnt, old->dentry, new) || !below(new_mnt, new->dentry, root))
		return -EINVAL;
	return 0;
}

/* Where the new root was, and with a root that was mounted on something (after a chroot into a mount) where that was. */
static void pivot(struct mount *new_mnt, struct mount *root_mnt, const struct path *old, struct path *new_was, struct path *root_was)
{
	*root_was = (struct path){ NULL };
	write_seqlock(&mount_lock);
	unplace_mnt(new_mnt, new_was);
	if (mnt_has_parent(root_mnt)) {
		unplace_mnt(root_mnt, root_was);
		place_mnt(new_mnt, real_mount(root_was->mnt), root_was->dentry);
	} else {
		init_mnt_ns.root = new_mnt;
	}
	place_mnt(root_mnt, real_mount(old->mnt), old->dentry);
	clear_mounted(new_was->dentry);
	WRITE_ONCE(new_mnt->mnt_expiry_mark, 0);
	write_sequnlock(&mount_lock);
}

static int do_pivot_root(const struct path *new, struct path *old)
{
	struct path root, new_was, root_was;
	int err = lock_mount(old);

	if (err)
		return err;
	get_fs_root(current->fs, &root);
	err = pivot_checks(new, &root, old);
	if (!err) {
		err = d_set_mounted(old->dentry);
		/* Mounted on in another mount of the same file system: the mark is there already. */
		if (err == -EBUSY)
			err = 0;
	}
	if (!err)
		pivot(real_mount(new->mnt), real_mount(root.mnt), old, &new_was, &root_was);
	unlock_mount(old);
	if (!err) {
		chroot_fs_refs(&root, new);
		path_put(&new_was);
		if (root_was.mnt)
			path_put(&root_was);
	}
	path_put(&root);
	return err;
}

long sys_pivot_root(const char __user *new_root, const char __user *put_old)
{
	struct path new, old;
	int err;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	err = user_path_at(AT_FDCWD, new_root, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &new);
	if (err)
		return err;
	err = user_path_at(AT_FDCWD, put_old, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &old);
	if (!err) {
		err = do_pivot_root(&new, &old);
		path_put(&old);
	}
	path_put(&new);
	return err;
}
