// SPDX-License-Identifier: MIT
/*
 * Steps of a walk that cross from one mount to another: down onto what is mounted on a place, up
 * from its root, and "..".
 */
#include "fs/namei_internal.h"
#include "kernel/lib/bug.h"
#include "kernel/lock/rcu.h"
#include "kernel/lock/seqlock.h"

/* From the root of a mount to the place it is mounted on; 0 at the top. */
int follow_up(struct path *path)
{
	struct mount *mnt = real_mount(path->mnt), *parent;
	struct dentry *mountpoint;

	read_seqlock_excl(&mount_lock);
	parent = mnt->mnt_parent;
	if (parent == mnt) {
		read_sequnlock_excl(&mount_lock);
		return 0;
	}
	mntget(&parent->mnt);
	mountpoint = dget(mnt->mnt_mountpoint);
	read_sequnlock_excl(&mount_lock);
	dput(path->dentry);
	path->dentry = mountpoint;
	mntput(path->mnt);
	path->mnt = &parent->mnt;
	return 1;
}

/* Onto what is mounted here; 1 if something was. */
int follow_down_one(struct path *path)
{
	struct vfsmount *mounted = lookup_mnt(path);

	if (!mounted)
		return 0;
	dput(path->dentry);
	mntput(path->mnt);
	path->mnt = mounted;
	path->dentry = dget(mounted->mnt_root);
	return 1;
}

/*
 * An automount point nobody has mounted on yet: let the file system bring the mount, unless the
 * caller only wants to look at the place itself. 0: look again; 1: stay here.
 */
static int follow_automount(struct path *path, struct nameidata *nd)
{
	struct vfsmount *mnt;

	if (!path->dentry->d_op || !path->dentry->d_op->d_automount)
		return -EREMOTE;
	if (!(nd->flags & (LOOKUP_PARENT | LOOKUP_DIRECTORY | LOOKUP_OPEN | LOOKUP_CREATE |
			   LOOKUP_AUTOMOUNT)) && path->dentry->d_inode)
		return 1;
	nd->total_link_count++;
	if (nd->total_link_count >= MAXSYMLINKS)
		return -ELOOP;
	mnt = dop_automount(path->dentry->d_op, path);
	if (IS_ERR(mnt))
		return PTR_ERR(mnt) == -EISDIR && (nd->flags & LOOKUP_PARENT) ? -EREMOTE :
		       PTR_ERR(mnt) == -EISDIR ? 1 : PTR_ERR(mnt);
	if (!mnt)		/* somebody else was faster */
		return 0;
	return finish_automount(mnt, path);
}

/*
 * Ref mode: lets the file system hold us up, crosses onto mounts, triggers automounts. On error the
 * path is put (as far as it differs from nd's). 0 or -errno.
 */
int follow_managed(struct path *path, struct nameidata *nd)
{
	struct vfsmount *mnt = path->mnt;
	bool need_mntput = false;
	unsigned int flags;
	int ret = 0;

	while (unlikely((flags = READ_ONCE(path->dentry->d_flags)) & DCACHE_MANAGED_DENTRY)) {
		if (flags & DCACHE_MANAGE_TRANSIT) {
			ret = dop_manage(path->dentry->d_op, path, false);
			if (ret < 0)
				break;
		}
		if (flags & DCACHE_MOUNTED) {
			struct vfsmount *mounted = lookup_mnt(path);

			if (mounted) {
				dput(path->dentry);
				if (need_mntput)
					mntput(path->mnt);
				path->mnt = mounted;
				path->dentry = dget(mounted->mnt_root);
				need_mntput = true;
				continue;
			}
			/* Mounted on in another view of this file system, or just unmounted. */
		}
		if (flags & DCACHE_NEED_AUTOMOUNT) {
			ret = follow_automount(path, nd);
			if (ret < 0)
				break;
			if (ret == 0)
				continue;
		}
		break;
	}
	if (need_mntput) {
		if (path->mnt == mnt)
			mntput(path->mnt);
		if (unlikely(nd->flags & LOOKUP_RCU))
			BUG();
		nd->flags |= LOOKUP_JUMPED;
		if (unlikely(nd->flags & LOOKUP_NO_XDEV) && path->mnt != mnt)
			ret = -EXDEV;
	}
	if (ret == -EISDIR || ret > 0)
		ret = 0;
	if (unlikely(ret < 0))
		path_put_conditional(path, nd);
	return ret;
}

/* The same in rcu mode; false if it cannot be done there. */
bool __follow_mount_rcu(struct nameidata *nd, struct path *path, struct inode **inode,
			unsigned int *seqp)
{
	for (;;) {
		unsigned int flags = READ_ONCE(path->dentry->d_flags);
		struct mount *mounted;

		if (likely(!(flags & DCACHE_MANAGED_DENTRY)))
			return true;
		if (unlikely(flags & DCACHE_MANAGE_TRANSIT)) {
			switch (dop_manage(path->dentry->d_op, path, true)) {
			case -ECHILD:
			default:
				return false;
			case -EISDIR:
				return true;
			case 0:
				break;
			}
		}
		if (!(flags & DCACHE_MOUNTED))
			return !(flags & DCACHE_NEED_AUTOMOUNT);
		mounted = __lookup_mnt(path->mnt, path->dentry);
		if (!mounted)
			break;
		path->mnt = &mounted->mnt;
		path->dentry = mounted->mnt.mnt_root;
		nd->flags |= LOOKUP_JUMPED;
		*seqp = read_seqcount_begin(&path->dentry->d_seq);
		/* The mount keeps its root positive, and mount_lock says that it was one. */
		*inode = path->dentry->d_inode;
	}
	return !read_seqretry(&mount_lock, nd->m_seq) &&
	       !(READ_ONCE(path->dentry->d_flags) & DCACHE_NEED_AUTOMOUNT);
}

/* ---- ".." ---- */

static int follow_dotdot_rcu(struct nameidata *nd)
{
	struct inode *inode = nd->inode;

	for (;;) {
		if (path_equal(&nd->path, &nd->root))
			break;
		if (nd->path.dentry != nd->path.mnt->mnt_root) {
			struct dentry *old = nd->path.dentry;
			struct dentry *parent = READ_ONCE(old->d_parent);
			unsigned int seq = read_seqcount_begin(&parent->d_seq);

			inode = parent->d_inode;
			if (unlikely(read_seqcount_retry(&old->d_seq, nd->seq)))
				return -ECHILD;
			nd->path.dentry = parent;
			nd->seq = seq;
			break;
		} else {
			struct mount *mnt = real_mount(nd->path.mnt);
			struct mount *mparent = READ_ONCE(mnt->mnt_parent);
			struct dentry *mountpoint = READ_ONCE(mnt->mnt_mountpoint);
			struct inode *inode2 = mountpoint->d_inode;
			unsigned int seq = read_seqcount_begin(&mountpoint->d_seq);

			if (unlikely(read_seqretry(&mount_lock, nd->m_seq)))
				return -ECHILD;
			if (&mparent->mnt == nd->path.mnt)
				break;
			nd->path.dentry = mountpoint;
			nd->path.mnt = &mparent->mnt;
			inode = inode2;
			nd->seq = seq;
		}
	}
	while (unlikely(d_mountpoint(nd->path.dentry))) {
		struct mount *mounted = __lookup_mnt(nd->path.mnt, nd->path.dentry);

		if (unlikely(read_seqretry(&mount_lock, nd->m_seq)))
			return -ECHILD;
		if (!mounted)
			break;
		nd->path.mnt = &mounted->mnt;
		nd->path.dentry = mounted->mnt.mnt_root;
		inode = nd->path.dentry->d_inode;
		nd->seq = read_seqcount_begin(&nd->path.dentry->d_seq);
	}
	nd->inode = inode;
	return 0;
}

static int follow_dotdot(struct nameidata *nd)
{
	struct vfsmount *mnt = nd->path.mnt;

	for (;;) {
		if (path_equal(&nd->path, &nd->root)) {
			if (nd->flags & LOOKUP_BENEATH)
				return -EXDEV;
			break;
		}
		if (nd->path.dentry != nd->path.mnt->mnt_root) {
			struct dentry *old = nd->path.dentry;

			nd->path.dentry = dget_parent(old);
			dput(old);
			break;
		}
		if (!follow_up(&nd->path))
			break;
	}
	while (d_mountpoint(nd->path.dentry) && follow_down_one(&nd->path))
		;
	nd->inode = nd->path.dentry->d_inode;
	return (nd->flags & LOOKUP_NO_XDEV) && nd->path.mnt != mnt ? -EXDEV : 0;
}

/* "." stays, ".." goes up, but never above the root. */
int handle_dots(struct nameidata *nd, int type)
{
	if (type != LAST_DOTDOT)
		return 0;
	if (!nd->root.mnt)
		set_root(nd);
	return nd->flags & LOOKUP_RCU ? follow_dotdot_rcu(nd) : follow_dotdot(nd);
}
