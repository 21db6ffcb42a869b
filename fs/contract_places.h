/* SPDX-License-Identifier: MIT */
/*
 * Where the locks of the locking page are: for each lock a column of fs/locking.rst names, and each type of argument that
 * leads to it, one function place_LOCK_TYPE(). Only the generated checks use these. NULL means that there is nothing to check:
 * a dentry without an inode, a page of no file. A check after the call may come when the object is gone, so a function used
 * on return only computes an address.
 */
#ifndef FS_CONTRACT_PLACES_H
#define FS_CONTRACT_PLACES_H

#include "drivers/block/blkdev.h"
#include "fs/block_dev.h"
#include "fs/buffer_head.h"
#include "fs/dcache.h"
#include "fs/fcntl.h"
#include "fs/fs.h"
#include "fs/locks.h"
#include "fs/mount.h"
#include "fs/namespace_internal.h"
#include "fs/namei.h"
#include "fs/path.h"
#include "fs/quota.h"
#include "fs/xattr.h"
#include "gen/dquot_operations.h"
#include "gen/file_lock_operations.h"
#include "gen/lock_manager_operations.h"
#include "kernel/lock/contract.h"
#include "mm/iov_iter.h"
#include "mm/mm.h"
#include "mm/mm_types.h"
#include "mm/pagemap.h"
#include "mm/writeback.h"

static inline const struct rw_semaphore *place_i_rwsem_inode(const struct inode *inode)
{
	return inode ? &inode->i_rwsem : NULL;
}

static inline const struct rw_semaphore *place_i_rwsem_dentry(const struct dentry *dentry)
{
	return dentry ? place_i_rwsem_inode(dentry->d_inode) : NULL;
}

static inline const struct rw_semaphore *place_i_rwsem_file(const struct file *file)
{
	return place_i_rwsem_inode(file_inode(file));
}

static inline const struct rw_semaphore *place_i_rwsem_path(const struct path *path)
{
	return place_i_rwsem_dentry(path->dentry);
}

static inline const struct rw_semaphore *place_i_rwsem_address_space(const struct address_space *mapping)
{
	return place_i_rwsem_inode(mapping->host);
}

static inline const struct rw_semaphore *place_i_rwsem_kiocb(const struct kiocb *iocb)
{
	return place_i_rwsem_inode(iocb->ki_filp->f_mapping->host);
}

static inline const seqlock_t *place_rename_lock(void)
{
	return &rename_lock;
}

static inline const spinlock_t *place_d_lock_dentry(const struct dentry *dentry)
{
	return &dentry->d_lock;
}

static inline const spinlock_t *place_d_lock_path(const struct path *path)
{
	return &path->dentry->d_lock;
}

static inline const struct rw_semaphore *place_s_umount_super_block(const struct super_block *sb)
{
	return &sb->s_umount;
}

static inline const struct rw_semaphore *place_s_umount_dentry(const struct dentry *dentry)
{
	return &dentry->d_sb->s_umount;
}

static inline const spinlock_t *place_i_lock_inode(const struct inode *inode)
{
	return &inode->i_lock;
}

static inline const struct mutex *place_s_vfs_rename_sem_inode(const struct inode *inode)
{
	return &inode->i_sb->s_vfs_rename_sem;
}

static inline const spinlock_t *place_flc_lock_file_lock(const struct file_lock *fl)
{
	const struct file_lock_context *context = READ_ONCE(file_inode(fl->fl_file)->i_flctx);

	return context ? &context->flc_lock : NULL;
}

/* One lock for all waiting requests; the argument only says that there is one. */
static inline const spinlock_t *place_blocked_lock_lock_file_lock(const struct file_lock *fl)
{
	return &blocked_lock_lock;
}

static inline const struct page *place_page_lock_page(const struct page *page)
{
	return page;
}

static inline const struct page *place_page_lock_vm_fault(const struct vm_fault *vmf)
{
	return vmf->page;
}

static inline const struct buffer_head *place_buffer_lock_buffer_head(const struct buffer_head *bh)
{
	return bh;
}

static inline const struct mutex *place_bd_mutex_block_device(const struct block_device *bdev)
{
	return &bdev->bd_mutex;
}

/* A disk is opened and released through its block device. */
const struct mutex *place_bd_mutex_gendisk(const struct gendisk *disk);

static inline const spinlock_t *place_swap_lock_block_device(const struct block_device *bdev)
{
	return &bdev->bd_swap_lock;
}

static inline const struct rw_semaphore *place_namespace_sem(void)
{
	return &namespace_sem;
}

static inline const struct rw_semaphore *place_dqio_sem_super_block(const struct super_block *sb)
{
	return &sb->s_dquot.dqio_sem;
}

static inline const struct rw_semaphore *place_dqonoff_sem_super_block(const struct super_block *sb)
{
	return &sb->s_dquot.dqonoff_sem;
}

static inline const struct rw_semaphore *place_dqonoff_sem_dquot(const struct dquot *dquot)
{
	return &dquot->dq_sb->s_dquot.dqonoff_sem;
}

static inline const struct rw_semaphore *place_dqptr_sem_dquot(const struct dquot *dquot)
{
	return &dquot->dq_sb->s_dquot.dqptr_sem;
}

/* The caller of a fault-around has locked the table and says so in the fault's description. */
static inline const spinlock_t *place_page_table_lock_vm_fault(const struct vm_fault *vmf)
{
	return vmf->ptl;
}

static inline const struct rw_semaphore *place_mmap_sem_vm_area_struct(const struct vm_area_struct *vma)
{
	return &vma->vm_mm->mmap_sem;
}

#endif
