// SPDX-License-Identifier: MIT
/*
 * What small and internal file systems share: answers for a file system without a disk behind it.
 */
#include "fs/fs.h"

#include "fs/dcache.h"
#include "fs/namei.h"
#include "fs/stat.h"
#include "fs/super.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/x86/uaccess.h"
#include "mm/gfp.h"
#include "mm/page.h"

static int always_delete_dentry(const struct dentry *dentry)
{
	return 1;
}

const struct dentry_operations simple_dentry_operations = {
	.d_delete = always_delete_dentry,
};

/* statfs of a file system that only has its magic number to tell. */
int simple_statfs(struct dentry *dentry, struct kstatfs *buf)
{
	buf->f_type = dentry->d_sb->s_magic;
	buf->f_bsize = PAGE_SIZE;
	buf->f_namelen = NAME_MAX;
	return 0;
}

/* getattr of a file system that keeps no block counts of its own. */
int simple_getattr(const struct path *path, struct kstat *stat, u32 mask, unsigned int flags)
{
	struct inode *inode = path->dentry->d_inode;

	generic_fillattr(inode, stat);
	stat->blocks = inode->i_mapping->nrpages << (PAGE_SHIFT - 9);
	return 0;
}

/* A lookup where the dentry cache is the directory: a name that is not cached does not exist. */
struct dentry *simple_lookup(struct inode *dir, struct dentry *dentry, unsigned int flags)
{
	if (dentry->d_name.len > NAME_MAX)
		return ERR_PTR(-ENAMETOOLONG);
	d_add(dentry, NULL);
	return NULL;
}

int noop_fsync(struct file *file, loff_t start, loff_t end, int datasync)
{
	return 0;
}

/**
 * simple_read_from_buffer - answer a read from a buffer of @available bytes in memory.
 *
 * Advances *pos. Returns bytes copied, 0 at the end, -EINVAL for a negative position, -EFAULT. May sleep.
 */
ssize_t simple_read_from_buffer(void __user *to, size_t count, loff_t *pos, const void *from, size_t available)
{
	loff_t at = *pos;
	size_t left;

	if (at < 0)
		return -EINVAL;
	if ((size_t)at >= available || !count)
		return 0;
	if (count > available - at)
		count = available - at;
	left = copy_to_user(to, from + at, count);
	if (left == count)
		return -EFAULT;
	*pos = at + count - left;
	return count - left;
}
