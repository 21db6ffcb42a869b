// SPDX-License-Identifier: MIT
/*
 * Trees of mounts: copied, moved, and held by an open file while they are mounted nowhere (open_tree, fsmount, move_mount; mount(2) with MS_BIND
 * and MS_MOVE).
 *
 * A detached tree is in anon_mnt_ns. It has a reference like any tree, and the file that it was made for has another by its path. When the
 * file is closed the tree is taken apart, unless move_mount() has put it into the tree that programs see (dissolve_on_fput). The
 * file can be used for *at() calls meanwhile; nothing can be mounted on a detached tree.
 *
 * All of it under namespace_sem, and where a walk could notice under mount_lock as well (namespace.c).
 */
#include "fs/fs.h"
#include "fs/dcache.h"
#include "fs/fdtable.h"
#include "fs/namei.h"
#include "fs/namespace_internal.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/cred.h"
#include "kernel/task/task.h"

#define MNT_USER_FLAGS 0xff	/* of a mount, that a copy has too */

/* ---- copies ---- */

/* In anon_mnt_ns, at no place. ERR_PTR. */
static struct mount *clone_mnt(struct mount *old, struct dentry *root)
{
	struct mount *mnt = alloc_vfsmnt(old->mnt_devname);

	if (IS_ERR(mnt))
		return mnt;
	atomic_inc(&old->mnt.mnt_sb->s_active);
	mnt->mnt.mnt_sb = old->mnt.mnt_sb;
	mnt->mnt.mnt_root = dget(root);
	mnt->mnt_mountpoint = mnt->mnt.mnt_root;
	mnt->mnt_parent = mnt;
	write_seqlock(&mount_lock);
	mnt->mnt.mnt_flags = old->mnt.mnt_flags & MNT_USER_FLAGS;
	list_add_tail(&mnt->mnt_instance, &mnt->mnt.mnt_sb->s_mounts);
	join_ns(mnt, &anon_mnt_ns);
	write_sequnlock(&mount_lock);
	return mnt;
}

/* Copies what is mounted on `old` below `root` to the same places on `copy`. */
static int copy_children(struct mount *old, struct dentry *root, struct mount *copy)
{
	struct mount *child;

	list_for_each_entry(child, &old->mnt_mounts, mnt_child) {
		struct mount *last = old, *last_copy = copy, *from;	/* two trees walked at once */

		if (!is_subdir(child->mnt_mountpoint, root))
			continue;
		for (from = child; from; from = next_mnt(from, child)) {
			struct mount *to = clone_mnt(from, from->mnt.mnt_root);

			if (IS_ERR(to))
				return PTR_ERR(to);
			for (; last != from->mnt_parent; last = last->mnt_parent)
				last_copy = last_copy->mnt_parent;
			write_seqlock(&mount_lock);
			place_mnt(to, last_copy, from->mnt_mountpoint);
			write_sequnlock(&mount_lock);
			last = from;
			last_copy = to;
		}
	}
	return 0;
}

struct mount *copy_tree(struct mount *old, struct dentry *root, bool recurse)
{
	struct mount *copy = clone_mnt(old, root);
	int err;

	if (IS_ERR(copy) || !recurse)
		return copy;
	err = copy_children(old, root, copy);
	if (!err)
		return copy;
	write_seqlock(&mount_lock);
	umount_tree(copy, false);
	write_sequnlock(&mount_lock);
	return ERR_PTR(err);
}

/* ---- to their places ---- */

/* path is locked by lock_mount, and is to be a mountpoint. 0 or -errno. */
static int make_mountpoint(struct path *path)
{
	int err = d_set_mounted(path->dentry);

	/* Mounted on in another mount of the same file system: the mark is there already. */
	return err == -EBUSY ? 0 : err;
}

/* mount_lock held for writing. */
static void place_tree(struct mount *mnt, struct path *path)
{
	if (mnt->mnt_ns != &init_mnt_ns)
		for (struct mount *p = mnt; p; p = next_mnt(p, mnt))
			join_ns(p, &init_mnt_ns);
	place_mnt(mnt, real_mount(path->mnt), path->dentry);
}

int attach_tree(struct mount *mnt, struct path *path)
{
	int err;

	if (mnt->mnt.mnt_sb->s_flags & SB_NOUSER)
		return -EINVAL;
	if (d_is_dir(path->dentry) != d_is_dir(mnt->mnt.mnt_root))
		return -ENOTDIR;
	err = make_mountpoint(path);
	if (err)
		return err;
	write_seqlock(&mount_lock);
	place_tree(mnt, path);
	write_sequnlock(&mount_lock);
	return 0;
}

/* May old go to `to`? Locked. */
static int move_checks(struct mount *old, const struct path *from, const struct path *to)
{
	struct mount *p;

	if (!check_mnt(to->mnt) || (mnt_has_parent(old) ? !check_mnt(&old->mnt) : old->mnt_ns != &anon_mnt_ns))
		return -EINVAL;
	if (from->dentry != from->mnt->mnt_root || d_is_dir(to->dentry) != d_is_dir(from->dentry))
		return -EINVAL;
	if (old->mnt.mnt_sb->s_flags & SB_NOUSER)
		return -EINVAL;
	for (p = real_mount(to->mnt); mnt_has_parent(p); p = p->mnt_parent)
		if (p == old)
			return -ELOOP;
	return 0;
}

int do_move_mount(struct path *from, struct path *to)
{
	struct mount *old = real_mount(from->mnt);
	struct path was = { NULL };
	int err = lock_mount(to);

	if (err)
		return err;
	err = move_checks(old, from, to);
	if (!err)
		err = make_mountpoint(to);
	if (!err) {
		write_seqlock(&mount_lock);
		if (mnt_has_parent(old))
			unplace_mnt(old, &was);
		place_tree(old, to);
		if (was.mnt)
			clear_mounted(was.dentry);
		WRITE_ONCE(old->mnt_expiry_mark, 0);
		write_sequnlock(&mount_lock);
	}
	unlock_mount(to);
	if (was.mnt)
		path_put(&was);
	return err;
}

/* ---- detached trees and their files ---- */

void make_detached(struct mount *mnt)
{
	namespace_lock();
	write_seqlock(&mount_lock);
	join_ns(mnt, &anon_mnt_ns);
	write_sequnlock(&mount_lock);
	namespace_unlock();
}

void dissolve_on_fput(struct vfsmount *m)
{
	struct mount *mnt = real_mount(m);

	namespace_lock();
	if (mnt->mnt_ns == &anon_mnt_ns && !mnt_has_parent(mnt)) {
		write_seqlock(&mount_lock);
		umount_tree(mnt, false);
		write_sequnlock(&mount_lock);
	}
	namespace_unlock();
}

struct file *open_detached(struct mount *mnt)
{
	struct path path = { .mnt = &mnt->mnt, .dentry = mnt->mnt.mnt_root };
	struct file *file = dentry_open(&path, O_PATH, current_cred());

	if (IS_ERR(file))
		dissolve_on_fput(&mnt->mnt);
	else
		file->f_mode |= FMODE_NEED_UNMOUNT;
	return file;
}

/* ---- system calls ---- */

#define OPEN_TREE_CLONE	  1
#define OPEN_TREE_CLOEXEC O_CLOEXEC
#define AT_NO_AUTOMOUNT	  0x800
#define AT_RECURSIVE	  0x8000

static struct file *open_copy(struct path *path, bool recurse)
{
	struct mount *mnt = ERR_PTR(-EINVAL);

	namespace_lock();
	if (check_mnt(path->mnt) && !(path->mnt->mnt_sb->s_flags & SB_NOUSER))
		mnt = copy_tree(real_mount(path->mnt), path->dentry, recurse);
	namespace_unlock();
	return IS_ERR(mnt) ? ERR_CAST(mnt) : open_detached(mnt);
}

long sys_open_tree(int dfd, const char __user *name, unsigned int flags)
{
	unsigned int lookup = (flags & AT_NO_AUTOMOUNT ? 0 : LOOKUP_AUTOMOUNT) | (flags & AT_SYMLINK_NOFOLLOW ? 0 : LOOKUP_FOLLOW) |
			      (flags & AT_EMPTY_PATH ? LOOKUP_EMPTY : 0);
	struct file *file;
	struct path path;
	int fd, err;

	if (flags & ~(AT_EMPTY_PATH | AT_NO_AUTOMOUNT | AT_RECURSIVE | AT_SYMLINK_NOFOLLOW | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC))
		return -EINVAL;
	if ((flags & (AT_RECURSIVE | OPEN_TREE_CLONE)) == AT_RECURSIVE)
		return -EINVAL;
	if ((flags & OPEN_TREE_CLONE) && !capable(CAP_SYS_ADMIN))
		return -EPERM;
	fd = get_unused_fd_flags(flags & O_CLOEXEC);
	if (fd < 0)
		return fd;
	err = user_path_at(dfd, name, lookup, &path);
	if (err) {
		put_unused_fd(fd);
		return err;
	}
	file = flags & OPEN_TREE_CLONE ? open_copy(&path, flags & AT_RECURSIVE) : dentry_open(&path, O_PATH, current_cred());
	path_put(&path);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		return PTR_ERR(file);
	}
	fd_install(fd, file);
	return fd;
}

#define MOVE_MOUNT_SYMLINKS   0x1
#define MOVE_MOUNT_AUTOMOUNTS 0x2
#define MOVE_MOUNT_EMPTY_PATH 0x4
#define MOVE_MOUNT_TO	      4	  /* the same for the other path, shifted by so much */
#define MOVE_MOUNT_SET_GROUP  0x100

static unsigned int move_lookup_flags(unsigned int flags)
{
	return (flags & MOVE_MOUNT_SYMLINKS ? LOOKUP_FOLLOW : 0) | (flags & MOVE_MOUNT_AUTOMOUNTS ? LOOKUP_AUTOMOUNT : 0) |
	       (flags & MOVE_MOUNT_EMPTY_PATH ? LOOKUP_EMPTY : 0);
}

long sys_move_mount(int from_dfd, const char __user *from_name, int to_dfd, const char __user *to_name, unsigned int flags)
{
	struct path from, to;
	int err;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (flags & ~(7u | 7u << MOVE_MOUNT_TO | MOVE_MOUNT_SET_GROUP))
		return -EINVAL;
	err = user_path_at(from_dfd, from_name, move_lookup_flags(flags), &from);
	if (err)
		return err;
	err = user_path_at(to_dfd, to_name, move_lookup_flags(flags >> MOVE_MOUNT_TO), &to);
	if (!err) {
		/* No mount here is in a group of peers, so there is none to be joined. */
		err = flags & MOVE_MOUNT_SET_GROUP ? -EINVAL : do_move_mount(&from, &to);
		path_put(&to);
	}
	path_put(&from);
	return err;
}
