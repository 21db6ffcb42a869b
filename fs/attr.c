// SPDX-License-Identifier: MIT
/*
 * Changing attributes: who may, what follows from it, and the call into the file system.
 */
#include "fs/fs.h"
#include "fs/notify/fsnotify.h"
#include "fs/dcache.h"
#include "fs/locks.h"
#include "kernel/lib/bug.h"
#include "kernel/task/cred.h"
#include "kernel/task/sched.h"
#include "kernel/task/signal.h"
#include "mm/pagemap.h"

static bool chown_ok(const struct inode *inode, uid_t uid)
{
	return (current_fsuid() == inode->i_uid && uid == inode->i_uid) || capable(CAP_CHOWN);
}

static bool chgrp_ok(const struct inode *inode, gid_t gid)
{
	return (current_fsuid() == inode->i_uid && (in_group_p(gid) || gid == inode->i_gid)) ||
	       capable(CAP_CHOWN);
}

/*
 * Is the change allowed, and possible? First thing in ->setattr. i_rwsem held exclusively. 0, -EPERM,
 * -EFBIG, -EINVAL. May clear the set-group bit from a new mode.
 */
int setattr_prepare(struct dentry *dentry, struct iattr *attr)
{
	struct inode *inode = d_inode(dentry);
	unsigned int valid = attr->ia_valid;

	if (valid & ATTR_SIZE) {
		int error = inode_newsize_ok(inode, attr->ia_size);

		if (error)
			return error;
	}
	if (valid & ATTR_FORCE)
		return 0;
	if ((valid & ATTR_UID) && !chown_ok(inode, attr->ia_uid))
		return -EPERM;
	if ((valid & ATTR_GID) && !chgrp_ok(inode, attr->ia_gid))
		return -EPERM;
	if (valid & ATTR_MODE) {
		gid_t gid = valid & ATTR_GID ? attr->ia_gid : inode->i_gid;

		if (!inode_owner_or_capable(inode))
			return -EPERM;
		if (!in_group_p(gid) && !capable(CAP_FSETID))
			attr->ia_mode &= ~S_ISGID;
	}
	if ((valid & (ATTR_MTIME_SET | ATTR_ATIME_SET | ATTR_TIMES_SET)) &&
	    !inode_owner_or_capable(inode))
		return -EPERM;
	return 0;
}

/* Limits on a new size: RLIMIT_FSIZE (with SIGXFSZ) and the largest file. */
int inode_newsize_ok(const struct inode *inode, loff_t offset)
{
	if (offset < 0)
		return -EINVAL;
	if (inode->i_size < offset) {
		unsigned long limit = rlimit(RLIMIT_FSIZE);

		if (limit != RLIM_INFINITY && (unsigned long)offset > limit) {
			send_sig(SIGXFSZ, current, 0);
			return -EFBIG;
		}
		if (offset > inode->i_sb->s_maxbytes)
			return -EFBIG;
	} else if (IS_SWAPFILE(inode)) {
		return -ETXTBSY;
	}
	return 0;
}

/* Puts all but the size into the inode. i_rwsem held exclusively. */
void setattr_copy(struct inode *inode, const struct iattr *attr)
{
	unsigned int valid = attr->ia_valid, gran = inode->i_sb->s_time_gran;

	if (valid & ATTR_UID)
		inode->i_uid = attr->ia_uid;
	if (valid & ATTR_GID)
		inode->i_gid = attr->ia_gid;
	if (valid & ATTR_ATIME)
		inode->i_atime = timespec64_trunc(attr->ia_atime, gran);
	if (valid & ATTR_MTIME)
		inode->i_mtime = timespec64_trunc(attr->ia_mtime, gran);
	if (valid & ATTR_CTIME)
		inode->i_ctime = timespec64_trunc(attr->ia_ctime, gran);
	if (valid & ATTR_MODE) {
		umode_t mode = attr->ia_mode;

		if (!in_group_p(inode->i_gid) && !capable(CAP_FSETID))
			mode &= ~S_ISGID;
		inode->i_mode = mode;
	}
}

/* ->setattr of file systems that keep nothing but the inode. i_rwsem held exclusively. */
int simple_setattr(struct dentry *dentry, struct iattr *attr)
{
	struct inode *inode = d_inode(dentry);
	int error = setattr_prepare(dentry, attr);

	if (error)
		return error;
	if (attr->ia_valid & ATTR_SIZE)
		truncate_setsize(inode, attr->ia_size);
	setattr_copy(inode, attr);
	mark_inode_dirty(inode);
	return 0;
}

/* Turns ATTR_KILL_SUID and ATTR_KILL_SGID into a change of mode. 1: nothing is left to do. */
static int kill_privileges(struct inode *inode, struct iattr *attr)
{
	umode_t mode = inode->i_mode;

	if (attr->ia_valid & (ATTR_KILL_SUID | ATTR_KILL_SGID)) {
		if (attr->ia_valid & ATTR_MODE)
			BUG();
		attr->ia_mode = mode;
	}
	if ((attr->ia_valid & ATTR_KILL_SUID) && (mode & S_ISUID)) {
		attr->ia_valid |= ATTR_MODE;
		attr->ia_mode &= ~S_ISUID;
	}
	if ((attr->ia_valid & ATTR_KILL_SGID) &&
	    (mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP)) {
		attr->ia_valid |= ATTR_MODE;
		attr->ia_mode &= ~S_ISGID;
	}
	attr->ia_valid &= ~(ATTR_KILL_SUID | ATTR_KILL_SGID);
	return !(attr->ia_valid & ~(ATTR_CTIME | ATTR_FORCE | ATTR_KILL_PRIV)) &&
	       !(attr->ia_valid & ATTR_CTIME);
}

/* One change of attributes. i_rwsem held exclusively, write access to the mount taken. */
int notify_change(struct dentry *dentry, struct iattr *attr)
{
	struct inode *inode = d_inode(dentry);
	unsigned int ia_valid = attr->ia_valid;
	struct timespec64 now;
	int error;

	if (ia_valid & (ATTR_MODE | ATTR_UID | ATTR_GID | ATTR_TIMES_SET))
		if (IS_IMMUTABLE(inode) || IS_APPEND(inode))
			return -EPERM;
	/* Setting times to now needs no ownership, just permission to write. */
	if (ia_valid & ATTR_TOUCH) {
		if (IS_IMMUTABLE(inode))
			return -EPERM;
		if (!inode_owner_or_capable(inode)) {
			error = inode_permission(inode, MAY_WRITE);
			if (error)
				return error;
		}
	}
	now = current_time(inode);
	attr->ia_ctime = now;
	if (!(ia_valid & ATTR_ATIME_SET))
		attr->ia_atime = now;
	if (!(ia_valid & ATTR_MTIME_SET))
		attr->ia_mtime = now;
	if (kill_privileges(inode, attr))
		return 0;
	if (inode->i_op->setattr)
		error = iop_setattr(inode->i_op, dentry, attr);
	else
		error = simple_setattr(dentry, attr);
	if (!error)
		fsnotify_change(dentry, ia_valid);
	return error;
}

/* ---- set-id bits go when the contents change ---- */

/* ATTR_KILL_* that a write to this file by this task calls for. */
int should_remove_suid(struct dentry *dentry)
{
	umode_t mode = d_inode(dentry)->i_mode;
	int kill = 0;

	if (mode & S_ISUID)
		kill = ATTR_KILL_SUID;
	/* Without group execute the bit means mandatory locking. */
	if ((mode & S_ISGID) && (mode & S_IXGRP))
		kill |= ATTR_KILL_SGID;
	if (kill && !capable(CAP_FSETID) && S_ISREG(mode))
		return kill;
	return 0;
}

/* Before a write. i_rwsem held exclusively. */
int file_remove_privs(struct file *file)
{
	struct dentry *dentry = file_dentry(file);
	struct iattr newattrs;
	int kill;

	if (IS_NOSEC(file_inode(file)) || !S_ISREG(file_inode(file)->i_mode))
		return 0;
	kill = should_remove_suid(dentry);
	if (!kill)
		return 0;
	newattrs.ia_valid = ATTR_FORCE | kill;
	return notify_change(dentry, &newattrs);
}

/* Both things a change of contents does. i_rwsem held exclusively. */
int file_modified(struct file *file)
{
	int err = file_remove_privs(file);

	return err ? err : file_update_time(file);
}
