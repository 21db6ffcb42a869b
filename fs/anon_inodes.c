// SPDX-License-Identifier: MIT
/*
 * The inode behind files that have none: see anon_inodes.h.
 *
 * One inode serves them all, because nothing of theirs is in it; it lives as long as the kernel. Each file has a dentry of its own,
 * for its name. The inode counts as dirty from the start, so that nobody ever puts it on a list of inodes to write.
 */
#include "fs/anon_inodes.h"

#include "fs/dcache.h"
#include "fs/fdtable.h"
#include "fs/fs.h"
#include "fs/mount.h"
#include "kernel/lib/bug.h"

#define ANON_INODE_FS_MAGIC 0x09041934

static struct vfsmount *anon_inode_mnt;	/* constant after boot, like the next */
static struct inode *anon_inode_inode;

struct file *anon_inode_getfile(const char *name, const struct file_operations *fops, void *priv, int flags)
{
	struct file *file;

	ihold(anon_inode_inode);
	file = alloc_file_pseudo(anon_inode_inode, anon_inode_mnt, name, flags & (O_ACCMODE | O_NONBLOCK), fops);
	if (IS_ERR(file)) {
		iput(anon_inode_inode);
		return file;
	}
	file->private_data = priv;
	/* Every ->read_iter here heeds IOCB_NOWAIT. */
	if (fops->read_iter)
		file->f_mode |= FMODE_NOWAIT;
	return file;
}

int anon_inode_getfd(const char *name, const struct file_operations *fops, void *priv, int flags)
{
	int fd = get_unused_fd_flags(flags & O_CLOEXEC);
	struct file *file;

	if (fd < 0)
		return fd;
	file = anon_inode_getfile(name, fops, priv, flags);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		return PTR_ERR(file);
	}
	fd_install(fd, file);
	return fd;
}

/* ---- the file system ---- */

static char *anon_inodefs_dname(struct dentry *dentry, char *buffer, int buflen)
{
	return dynamic_dname(dentry, buffer, buflen, "anon_inode:%s", dentry->d_name.name);
}

static const struct dentry_operations anon_inodefs_dentry_operations = {
	.d_dname = anon_inodefs_dname,
};

static struct dentry *anon_inodefs_mount(struct file_system_type *type, int flags, const char *name, void *data)
{
	return mount_pseudo(type, "anon_inode:", NULL, &anon_inodefs_dentry_operations, ANON_INODE_FS_MAGIC);
}

static struct file_system_type anon_inode_fs_type = {
	.name = "anon_inodefs",
	.mount = anon_inodefs_mount,
	.kill_sb = kill_anon_super,
};

void anon_inode_init(void)
{
	struct inode *inode;

	BUG_ON(register_filesystem(&anon_inode_fs_type));
	anon_inode_mnt = kern_mount(&anon_inode_fs_type);
	BUG_ON(IS_ERR(anon_inode_mnt));
	inode = new_inode_pseudo(anon_inode_mnt->mnt_sb);
	BUG_ON(!inode);
	inode->i_ino = get_next_ino();
	inode->i_state = I_DIRTY;
	inode->i_mode = S_IRUSR | S_IWUSR;
	inode->i_flags |= S_PRIVATE;
	inode->i_atime = inode->i_mtime = inode->i_ctime = current_time(inode);
	anon_inode_inode = inode;
}
