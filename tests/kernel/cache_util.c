// SPDX-License-Identifier: MIT
/*
 * cache_util.c - the toy file system of the page cache tests, and RAM disks as block devices.
 *
 * The toy has a mapping whose pages are made up on reading and forgotten on writing.  It lives on
 * an internal mount that is made at the first use and stays.
 */
#include "kernel/lib/err.h"
#include "kernel/lib/string.h"
#include "fs/fs.h"
#include "fs/mount.h"
#include "mm/backing-dev.h"
#include "mm/iov_iter.h"
#include "mm/page-private.h"
#include "mm/slab.h"
#include "gen/address_space_operations.h"
#include "gen/file_operations.h"
#include "gen/super_operations.h"
#include "tests/kernel/cache_util.h"

/* --- RAM disks ---------------------------------------------------------------------------------- */

#define TEST_MODE	(FMODE_READ | FMODE_WRITE)

struct block_device *test_bdev_open(u64 bytes)
{
	struct gendisk *disk = ramdisk_create(bytes, 512);
	struct block_device *bdev;

	if (!disk)
		return NULL;
	bdev = blkdev_get_by_dev(disk_devt(disk), TEST_MODE, NULL);
	if (IS_ERR(bdev)) {
		ramdisk_destroy(disk);
		return NULL;
	}
	return bdev;
}

void test_bdev_close(struct block_device *bdev)
{
	struct gendisk *disk = bdev->bd_disk;

	blkdev_put(bdev, TEST_MODE);
	ramdisk_destroy(disk);
}

/* --- the toy -------------------------------------------------------------------------------------- */

static struct toy *toy_of(struct address_space *mapping)
{
	return mapping->host->i_private;
}

static void toy_fill(struct toy *toy, struct page *page)
{
	toy->reads++;
	if (toy->fail_reads) {
		SetPageError(page);
	} else {
		memset(page_address(page), toy_byte(page->index), PAGE_SIZE);
		SetPageUptodate(page);
	}
	unlock_page(page);
}

static int toy_readpage(struct file *file, struct page *page)
{
	toy_fill(toy_of(page->mapping), page);
	return 0;
}

static int toy_fill_one(void *data, struct page *page)
{
	toy_fill(data, page);
	return 0;
}

static int toy_readpages(struct file *file, struct address_space *mapping,
			 struct list_head *pages, unsigned int nr)
{
	struct toy *toy = toy_of(mapping);

	toy->readpages_calls++;
	toy->largest_readpages = max(toy->largest_readpages, nr);
	return read_cache_pages(mapping, pages, toy_fill_one, toy);
}

static int toy_writepage(struct page *page, struct writeback_control *wbc)
{
	struct address_space *mapping = page->mapping;
	struct toy *toy = toy_of(mapping);
	struct page *next;

	toy->writes++;
	switch (toy->write_mode) {
	case TOY_WRITE_REDIRTY:
		redirty_page_for_writepage(wbc, page);
		unlock_page(page);
		return 0;
	case TOY_WRITE_ACTIVATE:
		redirty_page_for_writepage(wbc, page);
		return WRITEPAGE_ACTIVATE;
	case TOY_WRITE_BROKEN:
		unlock_page(page);
		return 0;
	case TOY_WRITE_DIRTIES_NEXT:
		next = find_get_page(mapping, page->index + 1);
		if (next) {
			set_page_dirty(next);
			put_page(next);
		}
		break;
	case TOY_WRITE_ERROR:
		mapping_set_error(mapping, -EIO);
		break;
	case TOY_WRITE_OK:
		break;
	}
	set_page_writeback(page);
	unlock_page(page);
	end_page_writeback(page);
	return 0;
}

static int toy_write_begin(struct file *file, struct address_space *mapping, loff_t pos,
			   unsigned int len, unsigned int flags, struct page **pagep,
			   void **fsdata)
{
	struct page *page = grab_cache_page_write_begin(mapping, pos >> PAGE_SHIFT, flags);

	if (!page)
		return -ENOMEM;
	if (!PageUptodate(page)) {
		memset(page_address(page), 0, PAGE_SIZE);
		SetPageUptodate(page);
	}
	*pagep = page;
	return 0;
}

static int toy_write_end(struct file *file, struct address_space *mapping, loff_t pos,
			 unsigned int len, unsigned int copied, struct page *page, void *fsdata)
{
	if (pos + copied > i_size_read(mapping->host))
		i_size_write(mapping->host, pos + copied);
	set_page_dirty(page);
	unlock_page(page);
	put_page(page);
	return copied;
}

static void toy_invalidatepage(struct page *page, unsigned int offset, unsigned int length)
{
	toy_of(page->mapping)->invalidated++;
	if (length == PAGE_SIZE) {
		ClearPagePrivate(page);
		put_page(page);
	}
}

static int toy_releasepage(struct page *page, gfp_t gfp)
{
	toy_of(page->mapping)->released++;
	ClearPagePrivate(page);
	put_page(page);
	return 1;
}

/* The page has left the mapping: the toy is found through a global. */
static struct toy *current_toy;

static void toy_freepage(struct page *page)
{
	current_toy->freed++;
}

static int toy_launder_page(struct page *page)
{
	toy_of(page->mapping)->laundered++;
	clear_page_dirty_for_io(page);
	set_page_writeback(page);
	end_page_writeback(page);
	return 0;
}

static const struct address_space_operations toy_aops = {
	.readpage = toy_readpage,
	.readpages = toy_readpages,
	.writepage = toy_writepage,
	.set_page_dirty = __set_page_dirty_nobuffers,
	.write_begin = toy_write_begin,
	.write_end = toy_write_end,
	.invalidatepage = toy_invalidatepage,
	.releasepage = toy_releasepage,
	.freepage = toy_freepage,
	.launder_page = toy_launder_page,
};

static const struct file_operations toy_fops = {
	.read_iter = generic_file_read_iter,
	.write_iter = generic_file_write_iter,
	.llseek = generic_file_llseek,
	.mmap = generic_file_mmap,
};

static const struct super_operations toy_sops = {
	.statfs = simple_statfs,
};

static struct dentry *toy_mount(struct file_system_type *type, int flags, const char *name,
				void *data)
{
	return mount_pseudo(type, "toy:", &toy_sops, NULL, 0x746f79);
}

static struct file_system_type toy_type = {
	.name = "toy",
	.mount = toy_mount,
	.kill_sb = kill_anon_super,
};

static struct vfsmount *toy_mnt;
static struct backing_dev_info *toy_bdi;

static bool toy_setup(void)
{
	if (toy_mnt)
		return true;
	toy_mnt = kern_mount(&toy_type);
	if (IS_ERR(toy_mnt)) {
		toy_mnt = NULL;
		return false;
	}
	toy_bdi = bdi_alloc(GFP_KERNEL);
	if (!toy_bdi || bdi_register(toy_bdi, "toy"))
		return false;
	toy_mnt->mnt_sb->s_bdi = toy_bdi;
	return true;
}

struct toy *toy_open(loff_t size)
{
	struct toy *toy;

	if (!toy_setup())
		return NULL;
	toy = kzalloc(sizeof(*toy), GFP_KERNEL);
	if (!toy)
		return NULL;
	toy->inode = new_inode(toy_mnt->mnt_sb);
	if (!toy->inode)
		goto fail;
	toy->inode->i_ino = get_next_ino();
	toy->inode->i_mode = S_IFREG | 0600;
	toy->inode->i_private = toy;
	toy->inode->i_mapping->a_ops = &toy_aops;
	toy->inode->i_fop = &toy_fops;
	i_size_write(toy->inode, size);
	insert_inode_hash(toy->inode);
	ihold(toy->inode);		/* the file's is the other */
	toy->file = alloc_file_pseudo(toy->inode, toy_mnt, "toy", O_RDWR, &toy_fops);
	if (IS_ERR(toy->file)) {
		iput(toy->inode);
		iput(toy->inode);
		goto fail;
	}
	file_ra_state_init(&toy->file->f_ra, toy->inode->i_mapping);
	current_toy = toy;
	return toy;
fail:
	kfree(toy);
	return NULL;
}

void toy_close(struct toy *toy)
{
	toy->write_mode = TOY_WRITE_OK;
	filemap_write_and_wait(toy->inode->i_mapping);
	clear_nlink(toy->inode);	/* goes with its last user */
	__fput_sync(toy->file);
	truncate_inode_pages(toy->inode->i_mapping, 0);
	iput(toy->inode);
	kfree(toy);
}

static ssize_t toy_rw(struct toy *toy, int rw, void *buf, size_t len, loff_t pos)
{
	struct kvec kv = { .iov_base = buf, .iov_len = len };
	struct iov_iter iter;
	struct kiocb iocb;

	init_sync_kiocb(&iocb, toy->file);
	iocb.ki_pos = pos;
	iov_iter_kvec(&iter, rw, &kv, 1, len);
	return rw == READ ? generic_file_read_iter(&iocb, &iter) :
			    generic_file_write_iter(&iocb, &iter);
}

ssize_t toy_read(struct toy *toy, void *buf, size_t len, loff_t pos)
{
	return toy_rw(toy, READ, buf, len, pos);
}

ssize_t toy_write(struct toy *toy, const void *buf, size_t len, loff_t pos)
{
	return toy_rw(toy, WRITE, (void *)buf, len, pos);
}
