// SPDX-License-Identifier: MIT
/*
 * Mounting procfs and sysfs. Each mount of procfs has a superblock of its own, over the same tree of entries; all mounts of sysfs share
 * one, which is made by the first and goes with the last. They differ, too, in the tree they show: sysfs has entries for hardware, and none for processes.
 */
#include "fs/proc/internal.h"
#include "fs/dcache.h"
#include "fs/mount.h"
#include "fs/namei.h"
#include "kernel/lib/init.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/printk.h"
#include "mm/page.h"

static int any_super(struct super_block *sb, void *unused)
{
	return 1;
}

static int fill_super(struct super_block *sb, struct proc_dir_entry *tree, unsigned long magic)
{
	struct inode *root;

	sb->s_op = &proc_super_operations;
	sb->s_d_op = &proc_dentry_operations;
	sb->s_magic = magic;
	sb->s_blocksize = PAGE_SIZE;
	sb->s_blocksize_bits = PAGE_SHIFT;
	sb->s_maxbytes = LLONG_MAX;
	sb->s_time_gran = 1;
	sb->s_iflags |= SB_I_NOEXEC | SB_I_NODEV;
	root = proc_get_inode(sb, tree);
	if (IS_ERR(root))
		return PTR_ERR(root);
	sb->s_root = d_make_root(root);
	if (!sb->s_root)
		return -ENOMEM;
	proc_name_attach(sb->s_root, tree);
	return 0;
}

/* Read-only is a matter of each mount, not of what they share. */
static struct dentry *mount_tree(struct file_system_type *type, int flags, struct proc_dir_entry *tree, unsigned long magic, bool share)
{
	struct super_block *sb = sget(type, share ? any_super : NULL, set_anon_super, flags & ~SB_RDONLY, NULL);
	int err;

	if (IS_ERR(sb))
		return ERR_CAST(sb);
	if (!sb->s_root) {
		err = fill_super(sb, tree, magic);
		if (err) {
			deactivate_locked_super(sb);
			return ERR_PTR(err);
		}
		sb->s_flags |= SB_ACTIVE;
	}
	return dget(sb->s_root);
}

static struct dentry *proc_mount(struct file_system_type *type, int flags, const char *dev_name, void *data)
{
	return mount_tree(type, flags, &proc_root, PROC_SUPER_MAGIC, false);
}

static struct dentry *sysfs_mount(struct file_system_type *type, int flags, const char *dev_name, void *data)
{
	return mount_tree(type, flags, &sysfs_root, SYSFS_MAGIC, true);
}

static struct file_system_type sysfs_type = {
	.name = "sysfs",
	.mount = sysfs_mount,
	.kill_sb = kill_anon_super,
};

static struct file_system_type proc_fs_type = {
	.name = "proc",
	.mount = proc_mount,
	.kill_sb = kill_anon_super,
};

void proc_mount_at_boot(void)
{
	struct path path;
	long err;

	if (kern_path("/proc", LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &path))
		return;
	path_put(&path);
	err = do_mount("proc", "/proc", "proc", SB_NOSUID | SB_NODEV | SB_NOEXEC, NULL);
	if (err)
		pr_warn("cannot mount /proc: error %ld\n", -err);
}

static int proc_init(void)
{
	proc_inode_cache_init();
	return register_filesystem(&proc_fs_type) ?: register_filesystem(&sysfs_type);
}
fs_initcall(proc_init);
