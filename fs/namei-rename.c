// SPDX-License-Identifier: MIT
/*
 * rename, in all its forms.
 *
 * Locks, in this order: for different parents s_vfs_rename_sem; the parents, the ancestor first;
 * then what moves or is replaced. Only the holder of s_vfs_rename_sem changes who is whose
 * ancestor, so the order found by lock_rename stays right, and two unrelated directories may be
 * locked in any order, because nobody else locks two that are not parent and child. A directory
 * that moves is locked only if its parent changes (its ".." does); a directory or file that loses
 * its name always is. Two non-directories are locked by address.
 */
#include "fs/namei_internal.h"
#include "fs/notify/fsnotify.h"
#include "kernel/lib/bug.h"
#include "kernel/lib/string.h"
#include "kernel/syscall/syscalls.h"

/* s_vfs_rename_sem held, so that no parent of a directory changes. See lock_rename. */
static struct dentry *lock_two_directories(struct dentry *p1, struct dentry *p2)
{
	struct dentry *p = d_ancestor(p2, p1);

	if (p) {
		inode_lock_nested(p2->d_inode, I_MUTEX_PARENT);
		inode_lock_nested(p1->d_inode, I_MUTEX_PARENT2);
		return p;
	}
	p = d_ancestor(p1, p2);
	inode_lock_nested(p1->d_inode, I_MUTEX_PARENT);
	inode_lock_nested(p2->d_inode, I_MUTEX_PARENT2);
	return p;
}

struct dentry *lock_rename(struct dentry *p1, struct dentry *p2)
{
	if (p1 == p2) {
		inode_lock_nested(p1->d_inode, I_MUTEX_PARENT);
		return NULL;
	}
	mutex_lock(&p1->d_sb->s_vfs_rename_sem);
	return lock_two_directories(p1, p2);
}

void unlock_rename(struct dentry *p1, struct dentry *p2)
{
	inode_unlock(p1->d_inode);
	if (p1 != p2) {
		inode_unlock(p2->d_inode);
		mutex_unlock(&p1->d_sb->s_vfs_rename_sem);
	}
}

/* May this be renamed at all? Also whether the operation exists for these flags. */
static int rename_allowed(struct inode *old_dir, struct dentry *old, struct inode *new_dir,
			  struct dentry *new, unsigned int flags)
{
	bool is_dir = d_is_dir(old), exchange = flags & RENAME_EXCHANGE;
	int error = may_delete(old_dir, old, is_dir);

	if (error)
		return error;
	if (!new->d_inode)
		error = may_create(new_dir, new);
	else if (!exchange)
		error = may_delete(new_dir, new, is_dir);
	else
		error = may_delete(new_dir, new, d_is_dir(new));
	if (error)
		return error;
	if (!old_dir->i_op->rename)
		return -EPERM;
	/* A directory that changes its parent has its ".." written. */
	if (old_dir != new_dir) {
		if (is_dir)
			error = inode_permission(old->d_inode, MAY_WRITE);
		if (!error && exchange && d_is_dir(new))
			error = inode_permission(new->d_inode, MAY_WRITE);
	}
	return error;
}

static void lock_children(struct inode *source, struct inode *target, bool moves)
{
	if (S_ISDIR(source->i_mode)) {
		if (moves)
			inode_lock_nested(source, I_MUTEX_CHILD);
		if (target)
			inode_lock(target);
	} else if (target && S_ISDIR(target->i_mode)) {
		inode_lock_nested(target, I_MUTEX_CHILD);
		inode_lock(source);
	} else {
		lock_two_nondirectories(source, target);
	}
}

static void unlock_children(struct inode *source, struct inode *target, bool moves)
{
	if (moves || !S_ISDIR(source->i_mode))
		inode_unlock(source);
	if (target)
		inode_unlock(target);
}

/* Limits on links to a directory's parent, which ".." counts. */
static bool too_many_links(struct inode *old_dir, struct inode *new_dir, struct inode *source,
			   struct inode *target, unsigned int flags)
{
	unsigned int max_links = new_dir->i_sb->s_max_links;
	bool is_dir = S_ISDIR(source->i_mode), target_is_dir = target && S_ISDIR(target->i_mode);

	if (!max_links || new_dir == old_dir)
		return false;
	if (is_dir && !target_is_dir && new_dir->i_nlink >= max_links)
		return true;
	return (flags & RENAME_EXCHANGE) && !is_dir && target_is_dir &&
	       old_dir->i_nlink >= max_links;
}

/* A name that is told after it has changed; only copied if anybody is to be told. */
struct name_copy {
	struct qstr name;
	unsigned char buf[NAME_MAX + 1];
};

static void copy_name(struct name_copy *copy, const struct dentry *dentry)
{
	copy->name = (struct qstr){ .name = copy->buf };
	if (!fsnotify_watched(dentry->d_sb) || dentry->d_name.len > NAME_MAX)
		return;
	copy->name.len = dentry->d_name.len;
	memcpy(copy->buf, dentry->d_name.name, dentry->d_name.len);
}

/* Parents locked by lock_rename; old positive, new positive or negative. */
int vfs_rename(struct inode *old_dir, struct dentry *old, struct inode *new_dir,
	       struct dentry *new, unsigned int flags)
{
	struct inode *source = old->d_inode, *target = new->d_inode;
	bool is_dir = d_is_dir(old), moves = old_dir != new_dir;
	bool exchange = flags & RENAME_EXCHANGE;
	struct name_copy old_name;
	int error;

	/* Two names of one file: nothing to do, and both stay. */
	if (source == target)
		return 0;
	error = rename_allowed(old_dir, old, new_dir, new, flags);
	if (error)
		return error;
	/* It changes only under the parents' locks. */
	copy_name(&old_name, old);
	dget(new);
	lock_children(source, target, moves);
	error = -EBUSY;
	if (is_local_mountpoint(old) || is_local_mountpoint(new))
		goto out;
	error = -EMLINK;
	if (too_many_links(old_dir, new_dir, source, target, flags))
		goto out;
	error = iop_rename(old_dir->i_op, old_dir, old, new_dir, new, flags);
	if (error)
		goto out;
	if (!exchange && target) {
		if (is_dir) {
			shrink_dcache_parent(new);
			target->i_flags |= S_DEAD;
		}
		dont_mount(new);
		detach_mounts(new);
	}
	if (!(old_dir->i_sb->s_type->fs_flags & FS_RENAME_DOES_D_MOVE)) {
		if (!exchange)
			d_move(old, new);
		else
			d_exchange(old, new);
	}
out:
	unlock_children(source, target, moves);
	if (!error) {
		fsnotify_move(old_dir, &old_name.name, new_dir, old, exchange ? NULL : target);
		if (exchange)
			fsnotify_move(new_dir, &old->d_name, old_dir, new, NULL);
	}
	dput(new);
	return error;
}

/* The checks that need both dentries, parents locked. trap as lock_rename returned it. */
static int rename_checks(struct dentry *old, const struct qstr *old_last, struct dentry *new,
			 const struct qstr *new_last, struct dentry *trap, unsigned int flags)
{
	bool exchange = flags & RENAME_EXCHANGE;

	if (d_is_negative(old))
		return -ENOENT;
	if ((flags & RENAME_NOREPLACE) && d_is_positive(new))
		return -EEXIST;
	if (exchange) {
		if (d_is_negative(new))
			return -ENOENT;
		if (!d_is_dir(new) && new_last->name[new_last->len])
			return -ENOTDIR;
	}
	/* Unless the source is a directory trailing slashes give -ENOTDIR. */
	if (!d_is_dir(old)) {
		if (old_last->name[old_last->len])
			return -ENOTDIR;
		if (!exchange && new_last->name[new_last->len])
			return -ENOTDIR;
	}
	/* Neither may be an ancestor of the other: no directory into itself, none onto its parent. */
	if (old == trap)
		return -EINVAL;
	if (new == trap)
		return exchange ? -EINVAL : -ENOTEMPTY;
	return 0;
}

/* Looks both names up and renames; parents not yet locked. */
static int rename_locked(struct path *old_path, const struct qstr *old_last,
			 struct path *new_path, const struct qstr *new_last,
			 unsigned int lookup_flags, unsigned int flags)
{
	unsigned int target_flags = LOOKUP_RENAME_TARGET;
	struct dentry *old, *new, *trap;
	int error;

	if (flags & RENAME_NOREPLACE)
		target_flags |= LOOKUP_EXCL;
	if (flags & RENAME_EXCHANGE)
		target_flags = 0;
	trap = lock_rename(new_path->dentry, old_path->dentry);
	old = __lookup_hash(old_last, old_path->dentry, lookup_flags);
	error = PTR_ERR(old);
	if (IS_ERR(old))
		goto unlock;
	new = __lookup_hash(new_last, new_path->dentry, lookup_flags | target_flags);
	error = PTR_ERR(new);
	if (IS_ERR(new))
		goto put_old;
	error = rename_checks(old, old_last, new, new_last, trap, flags);
	if (!error)
		error = vfs_rename(old_path->dentry->d_inode, old, new_path->dentry->d_inode, new,
				   flags);
	dput(new);
put_old:
	dput(old);
unlock:
	unlock_rename(new_path->dentry, old_path->dentry);
	return error;
}

long sys_renameat2(int olddfd, const char __user *oldname, int newdfd,
		   const char __user *newname, unsigned int flags)
{
	struct path old_path, new_path;
	struct qstr old_last, new_last;
	struct filename *from, *to;
	unsigned int lookup_flags = 0;
	int old_type, new_type, error;

	if (flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE | RENAME_WHITEOUT))
		return -EINVAL;
	if ((flags & (RENAME_NOREPLACE | RENAME_WHITEOUT)) && (flags & RENAME_EXCHANGE))
		return -EINVAL;
retry:
	from = filename_parentat(olddfd, getname(oldname), lookup_flags, &old_path, &old_last,
				 &old_type);
	if (IS_ERR(from))
		return PTR_ERR(from);
	to = filename_parentat(newdfd, getname(newname), lookup_flags, &new_path, &new_last,
			       &new_type);
	if (IS_ERR(to)) {
		error = PTR_ERR(to);
		goto put_from;
	}
	error = -EXDEV;
	if (old_path.mnt != new_path.mnt)
		goto put_to;
	error = -EBUSY;
	if (old_type != LAST_NORM)
		goto put_to;
	if (flags & RENAME_NOREPLACE)
		error = -EEXIST;
	if (new_type != LAST_NORM)
		goto put_to;
	error = mnt_want_write(old_path.mnt);
	if (error)
		goto put_to;
	error = rename_locked(&old_path, &old_last, &new_path, &new_last, lookup_flags, flags);
	mnt_drop_write(old_path.mnt);
put_to:
	path_put(&new_path);
	putname(to);
put_from:
	path_put(&old_path);
	putname(from);
	if (retry_estale(error, lookup_flags)) {
		lookup_flags |= LOOKUP_REVAL;
		goto retry;
	}
	return error;
}

long sys_renameat(int olddfd, const char __user *oldname, int newdfd, const char __user *newname)
{
	return sys_renameat2(olddfd, oldname, newdfd, newname, 0);
}

long sys_rename(const char __user *oldname, const char __user *newname)
{
	return sys_renameat2(AT_FDCWD, oldname, AT_FDCWD, newname, 0);
}
