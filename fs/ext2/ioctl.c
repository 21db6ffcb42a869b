// SPDX-License-Identifier: MIT
/*
 * Flags (chattr, lsattr) and the generation number. (For FITRIM see trim.c.)
 */
#include "fs/ext2/ext2.h"
#include "fs/mount.h"
#include "kernel/task/cred.h"
#include "kernel/task/task.h"
#include "kernel/x86/uaccess.h"

/* Numbers of Linux: _IOR('f', 1, long) and so on. */
#define FITRIM			0xC0185879
#define FS_IOC_GETFLAGS		0x80086601
#define FS_IOC_SETFLAGS		0x40086602
#define FS_IOC_GETVERSION	0x80087601
#define FS_IOC_SETVERSION	0x40087602

static int set_flags(struct inode *inode, u32 flags)
{
	struct ext2_inode_info *ei = EXT2_I(inode);
	u32 old;
	int err = 0;

	if (!inode_owner_or_capable(inode))
		return -EACCES;
	if (!S_ISDIR(inode->i_mode))
		flags &= S_ISREG(inode->i_mode) ? EXT2_REG_FLMASK : EXT2_OTHER_FLMASK;
	inode_lock(inode);
	old = ei->i_flags;
	if (((flags ^ old) & (EXT2_APPEND_FL | EXT2_IMMUTABLE_FL)) &&
	    !capable(CAP_LINUX_IMMUTABLE)) {
		err = -EPERM;
		goto out;
	}
	ei->i_flags = (flags & EXT2_FL_USER_MODIFIABLE) | (old & ~EXT2_FL_USER_MODIFIABLE);
	ext2_set_inode_flags(inode);
	inode->i_ctime = current_time(inode);
	mark_inode_dirty(inode);
out:
	inode_unlock(inode);
	return err;
}

static int set_generation(struct inode *inode, u32 generation)
{
	if (!inode_owner_or_capable(inode))
		return -EPERM;
	inode_lock(inode);
	inode->i_ctime = current_time(inode);
	inode->i_generation = generation;
	inode_unlock(inode);
	mark_inode_dirty(inode);
	return 0;
}

/* No locks held. */
long ext2_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct inode *inode = file_inode(file);
	u32 __user *p = (u32 __user *)arg;
	u32 value;
	int err;

	switch (cmd) {
	case FITRIM:
		return ext2_ioctl_fitrim(file, (void __user *)arg);
	case FS_IOC_GETFLAGS:
		return put_user(READ_ONCE(EXT2_I(inode)->i_flags) & EXT2_FL_USER_VISIBLE, p);
	case FS_IOC_GETVERSION:
		return put_user(inode->i_generation, p);
	case FS_IOC_SETFLAGS:
	case FS_IOC_SETVERSION:
		if (get_user(value, p))
			return -EFAULT;
		err = mnt_want_write_file(file);
		if (err)
			return err;
		if (cmd == FS_IOC_SETFLAGS)
			err = set_flags(inode, value);
		else
			err = set_generation(inode, value);
		mnt_drop_write_file(file);
		return err;
	}
	return -ENOTTY;
}
