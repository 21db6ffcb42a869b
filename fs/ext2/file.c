// SPDX-License-Identifier: MIT
/*
 * Regular files: the tables that join the page cache to the block map.
 *
 * Blocks are allocated when a page is made dirty (write_begin, page_mkwrite), so
 * that running out of space is an error of write() or a SIGBUS of the store
 * that hit it, and writeback of a page never needs a new block.
 */
#include "fs/block_dev.h"
#include "fs/ext2/ext2.h"
#include "fs/mpage.h"
#include "fs/xattr.h"
#include "gen/vm_operations_struct.h"
#include "mm/mm_types.h"
#include "mm/iov_iter.h"
#include "mm/pagemap.h"
#include "mm/writeback.h"

static int ext2_readpage(struct file *file, struct page *page)
{
	return mpage_readpage(page, ext2_get_block);
}

static int ext2_readpages(struct file *file, struct address_space *mapping,
			  struct list_head *pages, unsigned int nr_pages)
{
	return mpage_readpages(mapping, pages, nr_pages, ext2_get_block);
}

static int ext2_writepage(struct page *page, struct writeback_control *wbc)
{
	return block_write_full_page(page, ext2_get_block, wbc);
}

static int ext2_writepages(struct address_space *mapping, struct writeback_control *wbc)
{
	return mpage_writepages(mapping, wbc, ext2_get_block);
}

static int ext2_write_begin(struct file *file, struct address_space *mapping, loff_t pos,
			    unsigned int len, unsigned int flags, struct page **pagep,
			    void **fsdata)
{
	struct super_block *sb = mapping->host->i_sb;
	bool retried = false;
	int err;

	if (pos > i_size_read(mapping->host))
		ext2_zero_behind_end(mapping->host);
retry:
	err = block_write_begin(mapping, pos, len, flags, pagep, ext2_get_block);
	if (err < 0)
		ext2_write_failed(mapping, pos + len);
	if (err == -ENOSPC && !retried && ext2_free_kept(sb)) {
		retried = true;
		goto retry;
	}
	return err;
}

static int ext2_write_end(struct file *file, struct address_space *mapping, loff_t pos,
			  unsigned int len, unsigned int copied, struct page *page, void *fsdata)
{
	int n = generic_write_end(file, mapping, pos, len, copied, page, fsdata);

	if (n < (int)len)
		ext2_write_failed(mapping, pos + len);
	return n;
}

static sector_t ext2_bmap(struct address_space *mapping, sector_t block)
{
	return generic_block_bmap(mapping, block, ext2_get_block);
}

static ssize_t ext2_direct_IO(struct kiocb *iocb, struct iov_iter *iter)
{
	struct address_space *mapping = iocb->ki_filp->f_mapping;
	size_t count = iov_iter_count(iter);
	loff_t offset = iocb->ki_pos;
	bool write = iov_iter_rw(iter) == WRITE;
	ssize_t ret = blockdev_direct_IO(iocb, mapping->host, iter, ext2_get_block);

	if (ret < 0 && ret != -EIOCBQUEUED && write && !(iocb->ki_flags & IOCB_NOWAIT)) /* that allocates nothing, and may not wait */
		ext2_write_failed(mapping, offset + count);
	return ret;
}

const struct address_space_operations ext2_aops = {
	.readpage = ext2_readpage,
	.readpages = ext2_readpages,
	.writepage = ext2_writepage,
	.writepages = ext2_writepages,
	.write_begin = ext2_write_begin,
	.write_end = ext2_write_end,
	.bmap = ext2_bmap,
	.direct_IO = ext2_direct_IO,
	.is_partially_uptodate = block_is_partially_uptodate,
	.error_remove_page = generic_error_remove_page,
};

/*
 * A store into a page that was mapped read-only: allocate its blocks.  The
 * invalidation lock keeps truncation away, so that block_page_mkwrite() sees a
 * size that stays.
 */
static vm_fault_t ext2_page_mkwrite(struct vm_area_struct *vma, struct vm_fault *vmf)
{
	struct inode *inode = file_inode(vma->vm_file);
	int err;

	sb_start_pagefault(inode->i_sb);
	file_update_time(vma->vm_file);
	filemap_invalidate_lock_shared(inode->i_mapping);
	err = block_page_mkwrite(vma, vmf, ext2_get_block);
	filemap_invalidate_unlock_shared(inode->i_mapping);
	sb_end_pagefault(inode->i_sb);
	return block_page_mkwrite_return(err);
}

static const struct vm_operations_struct ext2_file_vm_ops = {
	.fault = filemap_fault,
	.map_pages = filemap_map_pages,
	.page_mkwrite = ext2_page_mkwrite,
};

static int ext2_file_mmap(struct file *file, struct vm_area_struct *vma)
{
	file_accessed(file);
	vma->vm_ops = &ext2_file_vm_ops;
	return 0;
}

/* The last writer's window would only keep others away. */
static int ext2_release_file(struct inode *inode, struct file *file)
{
	unsigned int scope;

	if ((file->f_mode & FMODE_WRITE) && atomic_read(&inode->i_writecount) == 1) {
		scope = ext2_map_lock(inode);
		ext2_discard_window(inode);
		ext2_map_unlock(inode, scope);
	}
	return 0;
}

static int ext2_file_open(struct inode *inode, struct file *file)
{
	file->f_mode |= FMODE_NOWAIT;
	return generic_file_open(inode, file);
}

const struct file_operations ext2_file_operations = {
	.llseek = ext2_llseek,
	.read_iter = generic_file_read_iter,
	.splice_read = generic_file_splice_read,
	.write_iter = generic_file_write_iter,
	.unlocked_ioctl = ext2_ioctl,
	.mmap = ext2_file_mmap,
	.open = ext2_file_open,
	.release = ext2_release_file,
	.fsync = ext2_fsync,
	.fallocate = ext2_fallocate,
};

const struct inode_operations ext2_file_inode_operations = {
	.setattr = ext2_setattr,
	.getattr = ext2_getattr,
	.listxattr = ext2_listxattr,
	.fiemap = ext2_fiemap,
};

const struct file_operations ext2_dir_operations = {
	.llseek = generic_file_llseek,
	.iterate_shared = ext2_readdir,
	.unlocked_ioctl = ext2_ioctl,
	.fsync = ext2_fsync,
};

const struct inode_operations ext2_symlink_inode_operations = {
	.get_link = page_get_link,
	.getattr = ext2_getattr,
	.setattr = ext2_setattr,
	.listxattr = ext2_listxattr,
};

const struct inode_operations ext2_fast_symlink_inode_operations = {
	.get_link = simple_get_link,
	.getattr = ext2_getattr,
	.setattr = ext2_setattr,
	.listxattr = ext2_listxattr,
};
