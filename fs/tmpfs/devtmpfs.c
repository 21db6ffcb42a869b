// SPDX-License-Identifier: MIT
/*
 * devtmpfs: the tmpfs that the kernel fills with device nodes. There is one superblock, made at boot and held by an internal mount, and
 * each mount of the type shows it. What programs make or remove in it is theirs to do.
 */
#include "fs/dev_node.h"
#include "fs/dcache.h"
#include "fs/fs.h"
#include "fs/mount.h"
#include "fs/namei.h"
#include "fs/super.h"
#include "fs/tmpfs/tmpfs.h"
#include "kernel/lib/string.h"

static struct vfsmount *dev_mnt;	/* constant after boot */

static int any_super(struct super_block *sb, void *unused)
{
	return 1;
}

/* Read-only is a matter of each mount. The options are the kernel's; with limits, since programs may write here. */
static struct dentry *devtmpfs_mount(struct file_system_type *type, int flags, const char *dev_name, void *data)
{
	static const char options[] = "mode=0755";
	struct super_block *sb = sget(type, any_super, set_anon_super, flags & ~(SB_RDONLY | SB_KERNMOUNT), NULL);
	int err;

	if (IS_ERR(sb))
		return ERR_CAST(sb);
	if (!sb->s_root) {
		err = tmpfs_fill_super(sb, (void *)options, 0);
		if (err) {
			deactivate_locked_super(sb);
			return ERR_PTR(err);
		}
		sb->s_flags |= SB_ACTIVE;
	}
	return dget(sb->s_root);
}

static struct file_system_type devtmpfs_type = {
	.name = "devtmpfs",
	.mount = devtmpfs_mount,
	.kill_sb = kill_litter_super,
};

/* The dentry of a name that is not there, with the root locked; ends in finish(). */
static struct dentry *start(const char *name)
{
	struct dentry *root = dev_mnt->mnt_root, *dentry;

	inode_lock_nested(d_inode(root), I_MUTEX_PARENT);
	dentry = lookup_one_len(name, root, strlen(name));
	if (!IS_ERR(dentry) && d_really_is_positive(dentry)) {
		dput(dentry);
		dentry = ERR_PTR(-EEXIST);
	}
	return dentry;
}

static int finish(struct dentry *dentry, umode_t mode, int err)
{
	/* The umask of who happens to run this has no say. */
	if (!err && !S_ISLNK(mode))
		d_inode(dentry)->i_mode = mode;
	if (!IS_ERR(dentry))
		dput(dentry);
	inode_unlock(d_inode(dev_mnt->mnt_root));
	return err;
}

int dev_node_create(const char *name, umode_t mode, dev_t dev)
{
	struct dentry *dentry = start(name);
	int err = IS_ERR(dentry) ? PTR_ERR(dentry) : vfs_mknod(d_inode(dev_mnt->mnt_root), dentry, mode, dev);

	return finish(dentry, mode, err);
}

int dev_node_mkdir(const char *name, umode_t mode)
{
	struct dentry *dentry = start(name);
	int err = IS_ERR(dentry) ? PTR_ERR(dentry) : vfs_mkdir(d_inode(dev_mnt->mnt_root), dentry, mode);

	return finish(dentry, S_IFDIR | mode, err);
}

int dev_node_symlink(const char *name, const char *target)
{
	struct dentry *dentry = start(name);
	int err = IS_ERR(dentry) ? PTR_ERR(dentry) : vfs_symlink(d_inode(dev_mnt->mnt_root), dentry, target);

	return finish(dentry, S_IFLNK, err);
}

void dev_node_forget_handles(void)
{
	xa_destroy(&TMPFS_SB(dev_mnt->mnt_sb)->handles);
}

int devtmpfs_init(void)
{
	int err = register_filesystem(&devtmpfs_type);

	if (err)
		return err;
	dev_mnt = kern_mount(&devtmpfs_type);
	return PTR_ERR_OR_ZERO(dev_mnt);
}
