// SPDX-License-Identifier: MIT
/*
 * mount(2), umount2(2), the root mount, and unmounting everything at shutdown.
 */
#include "fs/fs.h"
#include "fs/dcache.h"
#include "fs/fdtable.h"
#include "fs/namei.h"
#include "fs/namespace_internal.h"
#include "fs/super_internal.h"
#include "kernel/lib/bug.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/sched.h"
#include "kernel/task/workqueue.h"
#include "kernel/x86/uaccess.h"
#include "mm/slab.h"

/* flags of mount(2) that are not superblock flags */
#define MS_RDONLY	1
#define MS_NOSUID	2
#define MS_NODEV	4
#define MS_NOEXEC	8
#define MS_REMOUNT	32
#define MS_NOSYMFOLLOW	256
#define MS_NOATIME	1024
#define MS_NODIRATIME	2048
#define MS_BIND		4096
#define MS_MOVE		8192
#define MS_REC		16384
#define MS_UNBINDABLE	(1 << 17)
#define MS_PRIVATE	(1 << 18)
#define MS_SLAVE	(1 << 19)
#define MS_SHARED	(1 << 20)
#define MS_PROPAGATION	(MS_UNBINDABLE | MS_PRIVATE | MS_SLAVE | MS_SHARED)
#define MS_RELATIME	(1 << 21)
#define MS_STRICTATIME	(1 << 24)
#define MS_MGC_VAL	0xC0ED0000UL
#define MS_MGC_MSK	0xffff0000UL

#define UMOUNT_FORCE	1
#define UMOUNT_DETACH	2
#define UMOUNT_EXPIRE	4
#define UMOUNT_NOFOLLOW	8

static int mount_flags(unsigned long flags)
{
	int mnt_flags = 0;

	if (!(flags & MS_NOATIME))
		mnt_flags |= MNT_RELATIME;
	if (flags & MS_NOSUID)
		mnt_flags |= MNT_NOSUID;
	if (flags & MS_NODEV)
		mnt_flags |= MNT_NODEV;
	if (flags & MS_NOEXEC)
		mnt_flags |= MNT_NOEXEC;
	if (flags & MS_NOATIME)
		mnt_flags |= MNT_NOATIME;
	if (flags & MS_NODIRATIME)
		mnt_flags |= MNT_NODIRATIME;
	if (flags & MS_NOSYMFOLLOW)
		mnt_flags |= MNT_NOSYMFOLLOW;
	if (flags & MS_STRICTATIME)
		mnt_flags &= ~(MNT_RELATIME | MNT_NOATIME);
	if (flags & MS_RDONLY)
		mnt_flags |= MNT_READONLY;
	return mnt_flags;
}

int lock_mount(struct path *path)
{
	for (;;) {
		struct dentry *dentry = path->dentry;
		struct vfsmount *mnt;

		inode_lock(dentry->d_inode);
		if (unlikely(IS_DEADDIR(dentry->d_inode) || (dentry->d_flags & DCACHE_CANT_MOUNT))) {
			inode_unlock(dentry->d_inode);
			return -ENOENT;
		}
		namespace_lock();
		mnt = lookup_mnt(path);
		if (likely(!mnt))
			return 0;
		namespace_unlock();
		inode_unlock(dentry->d_inode);
		path_put(path);
		path->mnt = mnt;
		path->dentry = dget(mnt->mnt_root);
	}
}

void unlock_mount(struct path *path)
{
	struct dentry *dentry = path->dentry;

	namespace_unlock();
	inode_unlock(dentry->d_inode);
}

/* Puts a new mount on path, consuming its reference. */
static int do_add_mount(struct mount *new, struct path *path, int mnt_flags)
{
	int err = lock_mount(path);

	if (err)
		goto drop;
	err = -EINVAL;
	if (!check_mnt(path->mnt))
		goto unlock;
	/* The same file system on the same place twice helps nobody. */
	err = -EBUSY;
	if (path->mnt->mnt_sb == new->mnt.mnt_sb && path->mnt->mnt_root == path->dentry)
		goto unlock;
	err = -ENOTDIR;
	if (d_is_dir(path->dentry) != d_is_dir(new->mnt.mnt_root))
		goto unlock;
	new->mnt.mnt_flags = mnt_flags;
	err = d_set_mounted(path->dentry);
	/* Mounted on in another mount of the same file system: the mark is there already. */
	if (err && err != -EBUSY)
		goto unlock;
	attach_mnt(new, real_mount(path->mnt), path->dentry);
	unlock_mount(path);
	return 0;
unlock:
	unlock_mount(path);
drop:
	mntput(&new->mnt);
	return err;
}

/* An automount was answered with a mount, whose reference is consumed: put it on path. */
int finish_automount(struct vfsmount *m, struct path *path)
{
	struct path where = *path;
	int err;

	if (m->mnt_sb == path->mnt->mnt_sb && m->mnt_root == path->dentry) {
		mntput(m);
		return -ELOOP;
	}
	path_get(&where);
	err = do_add_mount(real_mount(m), &where, path->mnt->mnt_flags);
	path_put(&where);
	/* Somebody else's is there already: as good. */
	return err == -EBUSY ? 0 : err;
}

static int do_new_mount(struct path *path, const char *fstype, unsigned long flags,
			const char *name, void *data)
{
	struct file_system_type *type;
	struct vfsmount *mnt;

	if (!fstype)
		return -EINVAL;
	type = get_fs_type(fstype);
	if (!type)
		return -ENODEV;
	mnt = vfs_kern_mount(type, flags & MS_SB_FLAGS, name, data);
	if (IS_ERR(mnt))
		return PTR_ERR(mnt);
	if (mnt->mnt_sb->s_flags & SB_NOUSER) {
		mntput(mnt);
		return -EINVAL;
	}
	return do_add_mount(real_mount(mnt), path, mount_flags(flags));
}

static int do_remount(struct path *path, unsigned long flags, void *data)
{
	struct super_block *sb = path->mnt->mnt_sb;
	struct mount *mnt = real_mount(path->mnt);
	int err = 0;

	if (!check_mnt(path->mnt) || path->dentry != path->mnt->mnt_root)
		return -EINVAL;
	down_write(&sb->s_umount);
	if (flags & MS_BIND) {
		/* only this mount's own flags */
		write_seqlock(&mount_lock);
		if ((flags & MS_RDONLY) && !(mnt->mnt.mnt_flags & MNT_READONLY))
			err = mnt_make_readonly(mnt);
		if (!err)
			mnt->mnt.mnt_flags = mount_flags(flags);
		write_sequnlock(&mount_lock);
	} else {
		err = do_remount_sb(sb, flags & MS_SB_FLAGS, data, 0);
		if (!err) {
			write_seqlock(&mount_lock);
			mnt->mnt.mnt_flags = mount_flags(flags);
			write_sequnlock(&mount_lock);
		}
	}
	up_write(&sb->s_umount);
	return err;
}

/* The place that a bind or a move begins from. */
static int source_path(const char *name, struct path *path)
{
	return name && *name ? kern_path(name, LOOKUP_FOLLOW, path) : -EINVAL;
}

/* Attaches another view of a place that is visible already: one mount, or with MS_REC the tree below it. */
static int do_loopback(struct path *path, const char *old_name, bool recurse)
{
	struct mount *mnt;
	struct path old;
	int err;

	err = source_path(old_name, &old);
	if (err)
		return err;
	err = lock_mount(path);
	if (err)
		goto put;
	err = -EINVAL;
	if (!check_mnt(path->mnt) || !check_mnt(old.mnt))
		goto unlock;
	mnt = copy_tree(real_mount(old.mnt), old.dentry, recurse);
	err = PTR_ERR_OR_ZERO(mnt);
	if (!err) {
		err = attach_tree(mnt, path);
		if (err) {
			write_seqlock(&mount_lock);
			umount_tree(mnt, false);
			write_sequnlock(&mount_lock);
		}
	}
unlock:
	unlock_mount(path);
put:
	path_put(&old);
	return err;
}

static int do_move_mount_old(struct path *path, const char *old_name)
{
	struct path old;
	int err;

	err = source_path(old_name, &old);
	if (err)
		return err;
	err = do_move_mount(&old, path);
	path_put(&old);
	return err;
}

/*
 * How mounts and unmounts are passed on to other mounts: not at all here, where each is private. That can be asked for, and so can being a slave
 * of nobody, which is the same.
 */
static int do_change_type(struct path *path, unsigned long flags)
{
	unsigned long type = flags & ~(unsigned long)(MS_REC | SB_SILENT);

	if (path->dentry != path->mnt->mnt_root || !check_mnt(path->mnt))
		return -EINVAL;
	return type == MS_PRIVATE || type == MS_SLAVE ? 0 : -EINVAL;
}

long do_mount(const char *dev_name, const char *dir_name, const char *type, unsigned long flags,
	      void *data)
{
	struct path path;
	long ret;

	if ((flags & MS_MGC_MSK) == MS_MGC_VAL)
		flags &= ~MS_MGC_MSK;
	ret = kern_path(dir_name, LOOKUP_FOLLOW, &path);
	if (ret)
		return ret;
	if (!capable(CAP_SYS_ADMIN))
		ret = -EPERM;
	else if (flags & MS_REMOUNT)
		ret = do_remount(&path, flags, data);
	else if (flags & MS_BIND)
		ret = do_loopback(&path, dev_name, flags & MS_REC);
	else if (flags & MS_PROPAGATION)
		ret = do_change_type(&path, flags);
	else if (flags & MS_MOVE)
		ret = do_move_mount_old(&path, dev_name);
	else
		ret = do_new_mount(&path, type, flags, dev_name, data);
	path_put(&path);
	return ret;
}

/* ---- umount ---- */

/* namespace_sem held for writing. sync: refuse if anybody uses it. */
static int umount_one(struct mount *mnt, int flags)
{
	int ret = -EBUSY;

	write_seqlock(&mount_lock);
	if (flags & UMOUNT_DETACH) {
		umount_tree(mnt, false);
		ret = 0;
	} else if (list_empty(&mnt->mnt_mounts)) {
		/*
		 * The tree's own reference and the caller's. Walks in rcu mode that are about to
		 * take one see the sequence change, and MNT_SYNC_UMOUNT makes them give it up.
		 */
		if (mnt_get_count(mnt) == 2) {
			umount_tree(mnt, true);
			ret = 0;
		}
	}
	write_sequnlock(&mount_lock);
	return ret;
}

/*
 * The first such call marks a mount that nobody uses, any use takes the mark away (mntput), and a call that finds it unmounts. 0: it did, go
 * on. The mark needs no lock: a use that comes later than the count below is found again when the mount is taken out of the tree.
 */
static int expire_mount(struct mount *mnt, int flags)
{
	bool used;

	if (&mnt->mnt == current->fs->root.mnt || (flags & (UMOUNT_FORCE | UMOUNT_DETACH)))
		return -EINVAL;
	write_seqlock(&mount_lock);
	used = mnt_get_count(mnt) != 2;
	write_sequnlock(&mount_lock);
	if (used)
		return -EBUSY;
	return xchg(&mnt->mnt_expiry_mark, 1) ? 0 : -EAGAIN;
}

static int do_umount(struct mount *mnt, int flags)
{
	struct super_block *sb = mnt->mnt.mnt_sb;
	int ret;

	if (flags & UMOUNT_EXPIRE) {
		ret = expire_mount(mnt, flags);
		if (ret)
			return ret;
	}
	if ((flags & UMOUNT_FORCE) && sb->s_op->umount_begin)
		sop_umount_begin(sb->s_op, sb);
	if (&mnt->mnt == current->fs->root.mnt && !(flags & UMOUNT_DETACH)) {
		/* The root cannot go while it is in use; what Linux does then is remount it. */
		down_write(&sb->s_umount);
		ret = sb_rdonly(sb) ? 0 : do_remount_sb(sb, SB_RDONLY, NULL, 0);
		up_write(&sb->s_umount);
		return ret;
	}
	namespace_lock();
	ret = -EINVAL;
	if (mnt->mnt_ns == &init_mnt_ns)
		ret = umount_one(mnt, flags);
	namespace_unlock();
	return ret;
}

/* Unmounts what path is the root of; consumes the path. */
static int umount_path(struct path *path, int flags)
{
	int ret = -EINVAL;

	if (path->dentry == path->mnt->mnt_root && check_mnt(path->mnt))
		ret = do_umount(real_mount(path->mnt), flags);
	/* The dentry first: with the mount's last reference its superblock may go. */
	dput(path->dentry);
	mntput_no_expire(real_mount(path->mnt));
	return ret;
}

int kern_umount(const char *name, int flags)
{
	struct path path;
	int ret = kern_path(name, LOOKUP_FOLLOW, &path);

	return ret ? ret : umount_path(&path, flags);
}

long sys_umount2(char __user *name, int flags)
{
	int lookup = flags & UMOUNT_NOFOLLOW ? 0 : LOOKUP_FOLLOW;
	struct path path;
	int ret;

	if (flags & ~(UMOUNT_FORCE | UMOUNT_DETACH | UMOUNT_EXPIRE | UMOUNT_NOFOLLOW))
		return -EINVAL;
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	ret = user_path_at(AT_FDCWD, name, lookup, &path);
	if (ret)
		return ret;
	/* What is mounted on "." or "/" is meant, too: so the old root goes after pivot_root(".", "."). */
	while (d_mountpoint(path.dentry) && follow_down_one(&path))
		;
	return umount_path(&path, flags);
}

/* A string of the program as long as a page, or NULL for a null pointer; ERR_PTR. */
static char *copy_mount_string(const char __user *data)
{
	char *s;
	long n;

	if (!data)
		return NULL;
	s = kmalloc(PATH_MAX, GFP_KERNEL);
	if (!s)
		return ERR_PTR(-ENOMEM);
	n = strncpy_from_user(s, data, PATH_MAX);
	if (n < 0 || n >= PATH_MAX) {
		kfree(s);
		return ERR_PTR(n < 0 ? n : -EINVAL);
	}
	return s;
}

/* Up to a page of options, or as much of it as there is; the rest is zeros. */
static char *copy_mount_data(const void __user *data)
{
	char *s;

	if (!data)
		return NULL;
	s = kzalloc(PAGE_SIZE, GFP_KERNEL);
	if (!s)
		return ERR_PTR(-ENOMEM);
	if (copy_from_user(s, data, PAGE_SIZE - 1) == PAGE_SIZE - 1) {
		kfree(s);
		return ERR_PTR(-EFAULT);
	}
	return s;
}

long sys_mount(char __user *dev, char __user *dir, char __user *type, unsigned long flags,
	       void __user *data)
{
	char *s[3] = { copy_mount_string(type), copy_mount_string(dev), copy_mount_data(data) };
	struct filename *name;
	long ret = 0;

	for (int i = 0; i < 3; i++)
		if (IS_ERR(s[i])) {
			ret = ret ? ret : PTR_ERR(s[i]);
			s[i] = NULL;
		}
	name = ret ? ERR_PTR(ret) : getname(dir);
	if (IS_ERR(name)) {
		ret = PTR_ERR(name);
	} else {
		ret = do_mount(s[1], name->name, s[0], flags, s[2]);
		putname(name);
	}
	for (int i = 0; i < 3; i++)
		kfree(s[i]);
	return ret;
}

/* ---- start and end ---- */

int mount_root(const char *dev_name, const char *fstype, int flags, const char *options)
{
	struct file_system_type *type = get_fs_type(fstype);
	struct vfsmount *mnt;
	struct path root;

	if (!type)
		return -ENODEV;
	mnt = vfs_kern_mount(type, flags & MS_SB_FLAGS, dev_name, (void *)options);
	if (IS_ERR(mnt))
		return PTR_ERR(mnt);
	mnt->mnt_flags = mount_flags(flags);
	namespace_lock();
	attach_root(real_mount(mnt));
	namespace_unlock();
	root.mnt = mnt;
	root.dentry = mnt->mnt_root;
	set_fs_root(current->fs, &root);
	set_fs_pwd(current->fs, &root);
	return 0;
}

int umount_all(void)
{
	static const struct path nowhere;
	struct mount *mnt;
	int err = 0;

	set_fs_pwd(current->fs, &nowhere);
	set_fs_root(current->fs, &nowhere);
	flush_delayed_fput();
	namespace_lock();
	write_seqlock(&mount_lock);
	while (!list_empty(&init_mnt_ns.list)) {
		mnt = list_first_entry(&init_mnt_ns.list, struct mount, mnt_list);
		while (mnt_has_parent(mnt))
			mnt = mnt->mnt_parent;
		if (mnt_get_count(mnt) > 1 + list_count(&mnt->mnt_mounts)) {
			pr_warn("mount of %s is still in use (%d references)\n", mnt->mnt_devname,
				mnt_get_count(mnt));
			err = -EBUSY;
		}
		umount_tree(mnt, false);
	}
	write_sequnlock(&mount_lock);
	namespace_unlock();
	/* Superblocks die in work items, since this task is the kernel's own. */
	task_work_run();
	flush_workqueue(system_wq);
	/* Whatever is held by something stuck: at least its disk is made clean. */
	emergency_remount();
	return err;
}
