// SPDX-License-Identifier: MIT
/*
 * Shared memory objects (fs/shmem.h): unlinked files of a tmpfs that nobody can mount.
 */
#include "fs/shmem.h"
#include "fs/dcache.h"
#include "fs/mount.h"
#include "fs/super.h"
#include "fs/tmpfs/tmpfs.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"
#include "mm/mm_types.h"
#include "mm/mm.h"

static struct vfsmount *shm_mnt;	/* constant after boot */

static char *shmem_dname(struct dentry *dentry, char *buffer, int buflen)
{
	int len = dentry->d_name.len + sizeof("/ (deleted)");

	if (len > buflen)
		return ERR_PTR(-ENAMETOOLONG);
	buffer += buflen - len;
	snprintf(buffer, len, "/%s (deleted)", dentry->d_name.name);
	return buffer;
}

static const struct dentry_operations shmem_dentry_operations = {
	.d_dname = shmem_dname,
};

struct file *shmem_file_setup(const char *name, loff_t size)
{
	struct inode *inode;
	struct file *file;

	if (size < 0 || size > shm_mnt->mnt_sb->s_maxbytes)
		return ERR_PTR(-EINVAL);
	inode = tmpfs_new_inode(shm_mnt->mnt_sb, NULL, S_IFREG | S_IRWXUGO, 0);
	if (IS_ERR(inode))
		return ERR_CAST(inode);
	inode->i_size = size;
	clear_nlink(inode);
	file = alloc_file_pseudo(inode, shm_mnt, name, O_RDWR, &tmpfs_file_operations);
	if (IS_ERR(file))
		iput(inode);
	return file;
}

int shmem_zero_setup(struct vm_area_struct *vma)
{
	struct file *file = shmem_file_setup("dev/zero", vma->vm_end - vma->vm_start);

	if (IS_ERR(file))
		return PTR_ERR(file);
	if (vma->vm_file)
		fput(vma->vm_file);
	vma->vm_file = file;
	return fop_mmap(file->f_op, file, vma);
}

unsigned int *shmem_file_seals(struct file *file)
{
	return file->f_op == &tmpfs_file_operations ? &TMPFS_I(file_inode(file))->seals : NULL;
}

int shmem_init(void)
{
	shm_mnt = kern_mount(&tmpfs_type);
	if (IS_ERR(shm_mnt))
		return PTR_ERR(shm_mnt);
	/* None of its names can be looked up, and their dentries are shown as what they are for. */
	shm_mnt->mnt_sb->s_d_op = &shmem_dentry_operations;
	return 0;
}
