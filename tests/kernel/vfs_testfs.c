// SPDX-License-Identifier: MIT
/*
 * The test file system, see vfs_testfs.h.
 */
#include "tests/kernel/vfs_testfs.h"
#include "fs/dcache.h"
#include "fs/mount.h"
#include "kernel/lib/string.h"
#include "kernel/lock/rcu.h"
#include "kernel/task/sched.h"
#include "kernel/task/workqueue.h"
#include "mm/pagemap.h"

struct testfs_counts testfs_counts;
unsigned int testfs_pause_ms;

static const struct inode_operations testfs_dir_iops;

static const struct file_operations testfs_file_fops = {
	.fsync = noop_fsync,
};

static const struct file_operations testfs_dir_fops = {
};

/* One inode for each number: directories are odd, files even. */
static struct inode *testfs_iget(struct super_block *sb, unsigned long ino)
{
	struct inode *inode = iget_locked(sb, ino);

	if (!inode || !(inode->i_state & I_NEW))
		return inode;
	inode->i_atime = inode->i_mtime = inode->i_ctime = current_time(inode);
	if (ino & 1) {
		inode->i_mode = S_IFDIR | 0755;
		inode->i_op = &testfs_dir_iops;
		inode->i_fop = &testfs_dir_fops;
		set_nlink(inode, 2);
	} else {
		inode->i_mode = S_IFREG | 0644;
		inode->i_fop = &testfs_file_fops;
	}
	unlock_new_inode(inode);
	return inode;
}

static struct dentry *testfs_lookup(struct inode *dir, struct dentry *dentry, unsigned int flags)
{
	const char *name = (const char *)dentry->d_name.name;
	int inside = atomic_inc_return(&testfs_counts.inside), most;
	struct inode *inode = NULL;
	unsigned long number = 0;

	atomic_inc(&testfs_counts.lookups);
	do {
		most = atomic_read(&testfs_counts.most_inside);
	} while (inside > most &&
		 atomic_cmpxchg(&testfs_counts.most_inside, most, inside) != most);
	if (testfs_pause_ms)
		msleep(testfs_pause_ms);
	for (const char *p = name; *p; p++)
		if (*p >= '0' && *p <= '9')
			number = number * 10 + (*p - '0');
	/* Directories are told apart by their place, so that none has two parents. */
	if (name[0] == 'd') {
		inode = testfs_iget(dir->i_sb, (dir->i_ino * 1000 + number) * 2 + 1);
		if (!inode)
			inode = ERR_PTR(-ENOMEM);
	} else if (name[0] == 'f') {
		inode = testfs_iget(dir->i_sb, (number + 1) * 2);
		if (!inode)
			inode = ERR_PTR(-ENOMEM);
	}
	atomic_dec(&testfs_counts.inside);
	return d_splice_alias(inode, dentry);
}

static const struct inode_operations testfs_dir_iops = {
	.lookup = testfs_lookup,
};

static void testfs_evict(struct inode *inode)
{
	atomic_inc(&testfs_counts.evicted);
	truncate_inode_pages_final(&inode->i_data);
	clear_inode(inode);
}

static void testfs_free(struct inode *inode)
{
	atomic_inc(&testfs_counts.freed);
	free_inode_nonrcu(inode);
}

static int testfs_freeze(struct super_block *sb)
{
	atomic_inc(&testfs_counts.frozen);
	return 0;
}

static int testfs_unfreeze(struct super_block *sb)
{
	atomic_inc(&testfs_counts.thawed);
	return 0;
}

static void testfs_put(struct super_block *sb)
{
	atomic_inc(&testfs_counts.put);
}

static const struct super_operations testfs_sops = {
	.statfs = simple_statfs,
	.evict_inode = testfs_evict,
	.free_inode = testfs_free,
	.freeze_fs = testfs_freeze,
	.unfreeze_fs = testfs_unfreeze,
	.put_super = testfs_put,
};

static int testfs_fill(struct super_block *sb, void *data, int silent)
{
	sb->s_op = &testfs_sops;
	sb->s_magic = 0x7e57f5;
	sb->s_blocksize = PAGE_SIZE;
	sb->s_blocksize_bits = PAGE_SHIFT;
	sb->s_time_gran = 1;
	sb->s_root = d_make_root(testfs_iget(sb, 1));
	return sb->s_root ? 0 : -ENOMEM;
}

static struct dentry *testfs_do_mount(struct file_system_type *type, int flags, const char *dev,
				      void *data)
{
	return mount_nodev(type, flags, data, testfs_fill);
}

struct file_system_type testfs_type = {
	.name = "ktestfs",
	.mount = testfs_do_mount,
	.kill_sb = kill_anon_super,
};

struct vfsmount *testfs_mount(void)
{
	testfs_counts = (struct testfs_counts){ };
	testfs_pause_ms = 0;
	return kern_mount(&testfs_type);
}

void testfs_drop(struct vfsmount *mnt)
{
	kern_unmount(mnt);
	/* Inodes and the superblock itself are freed after grace periods, in callbacks. */
	rcu_barrier();
	flush_workqueue(system_wq);
}
