// SPDX-License-Identifier: MIT
/*
 * May this task do that to this inode? Mode bits, owner and group, capabilities.
 */
#include "fs/fs.h"
#include "fs/dcache.h"
#include "fs/namei.h"
#include "kernel/task/cred.h"
#include "kernel/task/task.h"

static int acl_permission_check(struct inode *inode, int mask)
{
	unsigned int mode = inode->i_mode;

	if (current_fsuid() == inode->i_uid)
		mode >>= 6;
	else if ((mode ^ (mode >> 3)) & 7 && in_group_p(inode->i_gid))
		/* Only worth asking if group and others differ. */
		mode >>= 3;
	if ((mask & ~mode & (MAY_READ | MAY_WRITE | MAY_EXEC)) == 0)
		return 0;
	return -EACCES;
}

/* The rules of mode bits and capabilities. Does not sleep. 0 or -EACCES. */
int generic_permission(struct inode *inode, int mask)
{
	int ret = acl_permission_check(inode, mask);

	if (likely(ret != -EACCES))
		return ret;
	if (S_ISDIR(inode->i_mode)) {
		if (!(mask & MAY_WRITE) && capable(CAP_DAC_READ_SEARCH))
			return 0;
		return capable(CAP_DAC_OVERRIDE) ? 0 : -EACCES;
	}
	/* Reading and searching has its own capability; executing needs some x bit. */
	if ((mask & (MAY_READ | MAY_WRITE | MAY_EXEC)) == MAY_READ && capable(CAP_DAC_READ_SEARCH))
		return 0;
	if ((!(mask & MAY_EXEC) || (inode->i_mode & S_IXUGO)) && capable(CAP_DAC_OVERRIDE))
		return 0;
	return -EACCES;
}

/* 0, -EACCES, -EPERM, -EROFS; -ECHILD with MAY_NOT_BLOCK if it would have to sleep. */
int inode_permission(struct inode *inode, int mask)
{
	if (unlikely(mask & MAY_WRITE)) {
		umode_t mode = inode->i_mode;

		if (sb_rdonly(inode->i_sb) && (S_ISREG(mode) || S_ISDIR(mode) || S_ISLNK(mode)))
			return -EROFS;
		if (IS_IMMUTABLE(inode))
			return -EPERM;
	}
	if (unlikely(!(inode->i_opflags & IOP_FASTPERM))) {
		if (inode->i_op->permission)
			return iop_permission(inode->i_op, inode, mask,
					      mask & MAY_NOT_BLOCK ? IPERM_FLAG_RCU : 0);
		/* Set without i_lock: the bit is only ever set, and by one value for all. */
		inode->i_opflags |= IOP_FASTPERM;
	}
	return generic_permission(inode, mask);
}
