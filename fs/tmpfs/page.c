// SPDX-License-Identifier: MIT
/*
 * Pages of tmpfs: made, counted, filled, and given back.
 *
 * A page is made under the page lock by whoever first needs it, and everybody else meets it locked. Once in the cache it is
 * dirty, and stays so: nothing cleans it, so reclaim and invalidation, which take only clean pages, leave it alone, and
 * with PG_swapbacked it is on the lists of memory without a file behind it. It may be there before it has contents (not
 * uptodate): allocated only, or in the middle of its first write; then it reads as a hole.
 *
 * Each page is charged to the superblock's limit and to its inode before it enters the cache, and uncharged by
 * freepage, which the page cache calls once for each page that has left it. By then the page does not tell its mapping any
 * more; page->private does. The inode is alive: its eviction waits for its pages.
 *
 * Who may make a page at an index: holders of i_rwsem (write, fallocate) and of the invalidate lock (faults). Truncation
 * and punching hold both, so none appears in a range that is being emptied.
 */
#include "fs/tmpfs/tmpfs.h"
#include "kernel/lib/string.h"
#include "mm/gfp.h"
#include "mm/iov_iter.h"
#include "mm/page.h"
#include "mm/pagemap.h"
#include "mm/slab.h"
#include "mm/swap.h"
#include "mm/vmstat.h"
#include "mm/writeback.h"

static int charge_block(struct inode *inode)
{
	struct tmpfs_sb_info *sbi = TMPFS_SB(inode->i_sb);
	unsigned long max = READ_ONCE(sbi->max_blocks);

	if (atomic_long_inc_return(&sbi->used_blocks) > max && max) {
		atomic_long_dec(&sbi->used_blocks);
		return -ENOSPC;
	}
	inode_add_bytes(inode, PAGE_SIZE);
	return 0;
}

static void uncharge_block(struct inode *inode)
{
	inode_sub_bytes(inode, PAGE_SIZE);
	atomic_long_dec(&TMPFS_SB(inode->i_sb)->used_blocks);
}

/*
 * Pages that can never be reclaimed must not take the last memory: the kernel needs some to get anything done, not least to
 * delete the file. So the file system is full when little is left, and nobody has to be killed for it. What the disk's cache holds
 * counts as free, and half of the objects that can go. A hint, read without locks; the margin is wide enough.
 */
static bool memory_is_full(void)
{
	unsigned long margin = max(2 * zone_watermark(WMARK_HIGH), totalram_pages() / 64);
	unsigned long free = nr_free_pages();

	if (free >= margin)
		return false;
	return free + lru_size(LRU_INACTIVE_FILE) + lru_size(LRU_ACTIVE_FILE) + global_page_state(NR_SLAB_RECLAIMABLE) / 2 < margin;
}

/* A new page in the cache, locked. -EEXIST: somebody was faster. */
static int add_page(struct inode *inode, pgoff_t index, enum tmpfs_get how, struct page **pagep)
{
	struct address_space *mapping = inode->i_mapping;
	gfp_t gfp = mapping_gfp_mask(mapping);
	struct page *page;
	int err = memory_is_full() ? -ENOSPC : charge_block(inode);

	if (err)
		return err;
	page = alloc_page(gfp | (how == TMPFS_ZERO ? __GFP_ZERO : 0));
	if (!page) {
		uncharge_block(inode);
		return -ENOMEM;
	}
	if (how == TMPFS_ZERO)
		__SetPageUptodate(page);
	if (how == TMPFS_ALLOC)
		__SetPageChecked(page);
	__SetPageDirty(page);
	__SetPageSwapBacked(page);
	set_page_private(page, (unsigned long)inode);
	err = add_to_page_cache_lru(page, mapping, index, gfp);
	if (err) {
		set_page_private(page, 0);
		put_page(page);
		uncharge_block(inode);
		return err;
	}
	inc_page_state(NR_SHMEM);
	*pagep = page;
	return 0;
}

int tmpfs_get_page(struct inode *inode, pgoff_t index, enum tmpfs_get how, struct page **pagep)
{
	struct page *page;
	bool made;
	int err;

	do {
		page = find_lock_page(inode->i_mapping, index);
		made = !page;
		err = made ? add_page(inode, index, how, &page) : 0;
	} while (err == -EEXIST);
	if (err)
		return err;
	if (how == TMPFS_ALLOC && !made)
		ClearPageChecked(page);
	if (how == TMPFS_ZERO && !PageUptodate(page)) {
		clear_page(page_address(page));
		SetPageUptodate(page);
	}
	*pagep = page;
	return 0;
}

static void tmpfs_freepage(struct page *page)
{
	struct inode *inode = (struct inode *)page_private(page);

	set_page_private(page, 0);
	dec_page_state(NR_SHMEM);
	uncharge_block(inode);
}

void tmpfs_zero_behind_end(struct inode *inode)
{
	loff_t size = i_size_read(inode);
	unsigned int offset = offset_in_page(size);
	struct page *page;

	if (!offset)
		return;
	page = find_lock_page(inode->i_mapping, size >> PAGE_SHIFT);
	if (!page)
		return;
	memset((char *)page_address(page) + offset, 0, PAGE_SIZE - offset);
	unlock_page(page);
	put_page(page);
}

/* ---- write ---- */

static int tmpfs_write_begin(struct file *file, struct address_space *mapping, loff_t pos, unsigned int len,
			     unsigned int flags, struct page **pagep, void **fsdata)
{
	struct inode *inode = mapping->host;
	unsigned int seals = TMPFS_I(inode)->seals;
	loff_t size = i_size_read(inode);

	if (unlikely(seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)))
		return -EPERM;
	if (unlikely(seals & F_SEAL_GROW) && pos + len > size)
		return -EPERM;
	if (pos > size)
		tmpfs_zero_behind_end(inode);
	return tmpfs_get_page(inode, pos >> PAGE_SHIFT, TMPFS_WRITE, pagep);
}

static int tmpfs_write_end(struct file *file, struct address_space *mapping, loff_t pos, unsigned int len,
			   unsigned int copied, struct page *page, void *fsdata)
{
	struct inode *inode = mapping->host;

	if (!PageUptodate(page)) {
		unsigned int from = offset_in_page(pos), to = from + copied;
		char *data = page_address(page);

		memset(data, 0, from);
		memset(data + to, 0, PAGE_SIZE - to);
		SetPageUptodate(page);
	}
	/* After the contents: a reader who sees the new size sees them. */
	if (copied && pos + copied > i_size_read(inode))
		i_size_write(inode, pos + copied);
	unlock_page(page);
	put_page(page);
	return copied;
}

const struct address_space_operations tmpfs_aops = {
	.set_page_dirty = __set_page_dirty_no_writeback,
	.write_begin = tmpfs_write_begin,
	.write_end = tmpfs_write_end,
	.freepage = tmpfs_freepage,
	.error_remove_page = generic_error_remove_page,
};
