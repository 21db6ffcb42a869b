// SPDX-License-Identifier: MIT
/*
 * mount_setattr(2): the flags of a mount, or of a whole tree of mounts, all or none.
 *
 * A mount that becomes read-only must have no writers. All of them are told to wait (MNT_WRITE_HOLD) before the first is counted, so the second
 * half cannot fail; mnt_want_write says how counts and flags meet.
 */
#include "fs/fs.h"
#include "fs/dcache.h"
#include "fs/namei.h"
#include "fs/namespace_internal.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/cred.h"
#include "kernel/task/task.h"
#include "kernel/x86/uaccess.h"
#include "mm/page.h"

#define AT_NO_AUTOMOUNT 0x800
#define AT_RECURSIVE	0x8000

#define MOUNT_ATTR_RDONLY      0x1
#define MOUNT_ATTR_NOSUID      0x2
#define MOUNT_ATTR_NODEV       0x4
#define MOUNT_ATTR_NOEXEC      0x8
#define MOUNT_ATTR_NODIRATIME  0x80
#define MOUNT_ATTR_IDMAP       0x100000
#define MOUNT_ATTR_NOSYMFOLLOW 0x200000

#define MS_UNBINDABLE (1 << 17)
#define MS_PRIVATE    (1 << 18)
#define MS_SLAVE      (1 << 19)
#define MS_SHARED     (1 << 20)

struct mount_attr {
	u64 attr_set, attr_clr, propagation, userns_fd;
};

int mount_attr_flags(u64 attr)
{
	static const struct {
		unsigned int attr;
		int mnt;
	} names[] = {
		{ MOUNT_ATTR_RDONLY, MNT_READONLY }, { MOUNT_ATTR_NOSUID, MNT_NOSUID },		{ MOUNT_ATTR_NODEV, MNT_NODEV },
		{ MOUNT_ATTR_NOEXEC, MNT_NOEXEC },   { MOUNT_ATTR_NODIRATIME, MNT_NODIRATIME }, { MOUNT_ATTR_NOSYMFOLLOW, MNT_NOSYMFOLLOW },
	};
	int flags = 0;

	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++)
		if (attr & names[i].attr)
			flags |= names[i].mnt;
	return flags;
}

/* MNT_* to set and to clear. The times are one of three, so all are cleared before one is set. */
static int parse_attr(const struct mount_attr *attr, int *set, int *clear)
{
	u64 changed = attr->attr_set | attr->attr_clr;

	/* Shared mounts need groups of peers; an unbindable one, mounts that can be. */
	if (attr->propagation && attr->propagation != MS_PRIVATE && attr->propagation != MS_SLAVE)
		return -EINVAL;
	if (changed & ~(u64)MOUNT_ATTR_FLAGS)	/* MOUNT_ATTR_IDMAP, too: there are no user name spaces */
		return -EINVAL;
	*set = mount_attr_flags(attr->attr_set);
	*clear = mount_attr_flags(attr->attr_clr);
	if (!(attr->attr_clr & MOUNT_ATTR__ATIME))
		return attr->attr_set & MOUNT_ATTR__ATIME ? -EINVAL : 0;
	if ((attr->attr_clr & MOUNT_ATTR__ATIME) != MOUNT_ATTR__ATIME)
		return -EINVAL;
	*clear |= MNT_RELATIME | MNT_NOATIME;
	switch (attr->attr_set & MOUNT_ATTR__ATIME) {
	case 0:
		*set |= MNT_RELATIME;
		return 0;
	case MOUNT_ATTR_NOATIME:
		*set |= MNT_NOATIME;
		return 0;
	case MOUNT_ATTR_STRICTATIME:
		return 0;
	}
	return -EINVAL;
}

/* Only with mount_lock held for writing, and no longer than that: a writer spins meanwhile. */
static bool has_writers(struct mount *root, bool recurse)
{
	struct mount *p;

	for (p = root; p; p = recurse ? next_mnt(p, root) : NULL)
		if (!(p->mnt.mnt_flags & MNT_READONLY))
			p->mnt.mnt_flags |= MNT_WRITE_HOLD;
	smp_mb();
	for (p = root; p; p = recurse ? next_mnt(p, root) : NULL)
		if ((p->mnt.mnt_flags & MNT_WRITE_HOLD) && mnt_get_writers(p) > 0)
			return true;
	return false;
}

static int change_tree(struct mount *root, bool recurse, int set, int clear)
{
	struct mount *p;
	int err = 0;

	write_seqlock(&mount_lock);
	if ((set & MNT_READONLY) && has_writers(root, recurse))
		err = -EBUSY;
	for (p = root; p && !err; p = recurse ? next_mnt(p, root) : NULL)
		WRITE_ONCE(p->mnt.mnt_flags, (p->mnt.mnt_flags & ~clear) | set);
	/* Whoever sees the hold gone sees the mount read-only. */
	smp_wmb();
	for (p = root; p; p = recurse ? next_mnt(p, root) : NULL)
		p->mnt.mnt_flags &= ~MNT_WRITE_HOLD;
	write_sequnlock(&mount_lock);
	return err;
}

static int do_mount_setattr(const struct path *path, bool recurse, int set, int clear)
{
	struct mount *mnt = real_mount(path->mnt);
	int err = -EINVAL;

	if (path->dentry != path->mnt->mnt_root)
		return -EINVAL;
	namespace_lock();
	if (check_mnt(path->mnt) || (mnt->mnt_ns == &anon_mnt_ns && !mnt_has_parent(mnt)))
		err = change_tree(mnt, recurse, set, clear);
	namespace_unlock();
	return err;
}

long sys_mount_setattr(int dfd, const char __user *name, unsigned int flags, void __user *uattr, size_t size)
{
	unsigned int lookup = (flags & AT_NO_AUTOMOUNT ? 0 : LOOKUP_AUTOMOUNT) | (flags & AT_SYMLINK_NOFOLLOW ? 0 : LOOKUP_FOLLOW) |
			      (flags & AT_EMPTY_PATH ? LOOKUP_EMPTY : 0);
	struct mount_attr attr;
	struct path path;
	int err, set, clear;

	if (flags & ~(AT_EMPTY_PATH | AT_RECURSIVE | AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT))
		return -EINVAL;
	if (size > PAGE_SIZE)
		return -E2BIG; /* first: so Linux has it */
	if (size < sizeof(attr))
		return -EINVAL;
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	err = copy_struct_from_user(&attr, sizeof(attr), uattr, size);
	if (err)
		return err;
	if (!attr.attr_set && !attr.attr_clr && !attr.propagation)
		return 0;
	err = parse_attr(&attr, &set, &clear);
	if (!err)
		err = user_path_at(dfd, name, lookup, &path);
	if (err)
		return err;
	err = do_mount_setattr(&path, flags & AT_RECURSIVE, set, clear);
	path_put(&path);
	return err;
}
