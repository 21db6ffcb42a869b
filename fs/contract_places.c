// SPDX-License-Identifier: MIT
/*
 * What a contract report says of the object an operation was called on. It runs in any context, with any locks held or
 * broken, so it takes none: it reads fields that are constant, or that are at worst out of date.
 */
#include "fs/contract_places.h"

#include "kernel/lib/printk.h"

#if CONFIG_CHECKS

static void describe_inode(const struct inode *inode)
{
	printk("  inode %lu, mode %o, links %u, size %lld, of %s (%s)\n", inode->i_ino, inode->i_mode, inode->i_nlink,
	       (long long)inode->i_size, inode->i_sb ? inode->i_sb->s_id : "no superblock",
	       inode->i_sb && inode->i_sb->s_type ? inode->i_sb->s_type->name : "?");
}

static void describe_dentry(const struct dentry *dentry)
{
	const struct dentry *at = dentry;

	printk("  dentry");
	for (int depth = 0; at && depth < 16; depth++) {
		printk(" %s", at->d_name.name);
		if (at->d_parent == at)
			break;
		printk(" in");
		at = at->d_parent;
	}
	printk("%s\n", dentry->d_inode ? "" : " (negative)");
	if (dentry->d_inode)
		describe_inode(dentry->d_inode);
}

static void describe_mapping(const struct address_space *mapping)
{
	printk("  mapping of %lu pages\n", mapping->nrpages);
	if (mapping->host)
		describe_inode(mapping->host);
}

static void describe_page(const struct page *page)
{
	printk("  page %lx, index %lu, flags %lx, references %d\n", page_to_pfn(page), page->index, page->flags,
	       page_ref_count(page));
	if (page->mapping && !PageAnon(page) && !PageSlab(page))
		describe_mapping(page->mapping);
}

static void describe_buffer(const struct buffer_head *bh)
{
	printk("  buffer of block %llu, %zu bytes, state %lx\n", (unsigned long long)bh->b_blocknr, (size_t)bh->b_size,
	       bh->b_state);
}

static void describe_file(const struct file *file)
{
	printk("  file, flags %o\n", file->f_flags);
	if (file->f_path.dentry)
		describe_dentry(file->f_path.dentry);
	else if (file->f_inode)
		describe_inode(file->f_inode);
}

void contract_describe(enum contract_kind kind, const void *obj)
{
	const struct vm_area_struct *vma = obj;
	const struct super_block *sb = obj;
	const struct block_device *bdev = obj;
	const struct kiocb *iocb = obj;

	if (!obj)
		return;
	switch (kind) {
	case CONTRACT_ABOUT_INODE:
		return describe_inode(obj);
	case CONTRACT_ABOUT_DENTRY:
		return describe_dentry(obj);
	case CONTRACT_ABOUT_FILE:
		return describe_file(obj);
	case CONTRACT_ABOUT_KIOCB:
		return describe_file(iocb->ki_filp);
	case CONTRACT_ABOUT_SUPER_BLOCK:
		printk("  superblock %s (%s)\n", sb->s_id, sb->s_type ? sb->s_type->name : "?");
		return;
	case CONTRACT_ABOUT_PAGE:
		return describe_page(obj);
	case CONTRACT_ABOUT_ADDRESS_SPACE:
		return describe_mapping(obj);
	case CONTRACT_ABOUT_BUFFER_HEAD:
		return describe_buffer(obj);
	case CONTRACT_ABOUT_VM_AREA_STRUCT:
		printk("  area %lx-%lx, flags %lx\n", vma->vm_start, vma->vm_end, vma->vm_flags);
		if (vma->vm_file)
			describe_file(vma->vm_file);
		return;
	case CONTRACT_ABOUT_BLOCK_DEVICE:
		printk("  block device %u:%u\n", MAJOR(bdev->bd_dev), MINOR(bdev->bd_dev));
		return;
	case CONTRACT_ABOUT_NONE:
		return;
	}
}

#endif
