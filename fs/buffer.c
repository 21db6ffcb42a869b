// SPDX-License-Identifier: MIT
/*
 * The block cache: buffers of a block device, found by block number.
 *
 * The buffers of a device are those attached to the pages of its bd_inode.  A lookup finds the page
 * without locks and then searches its ring under the mapping's private_lock, which also guards
 * attaching and detaching; a buffer with a reference is never detached.  A small per-CPU list of
 * recent buffers, each with a reference, answers most lookups without either.
 *
 * Metadata that belongs to an inode (indirect blocks, directory blocks) is linked into the inode's
 * private_list, so that fsync of the inode can write it: sync_mapping_buffers().
 */
#include "kernel/lib/kernel.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/err.h"
#include "kernel/lib/init.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"
#include "kernel/task/sched.h"
#include "kernel/task/workqueue.h"
#include "kernel/x86/percpu.h"
#include "drivers/block/blkdev.h"
#include "fs/block_dev.h"
#include "fs/buffer_head.h"
#include "mm/page-private.h"
#include "mm/pagemap.h"
#include "mm/pagevec.h"
#include "mm/slab.h"
#include "mm/swap.h"
#include "mm/writeback.h"

static struct kmem_cache *bh_cachep;

struct buffer_head *alloc_buffer_head(gfp_t gfp)
{
	struct buffer_head *bh = kmem_cache_zalloc(bh_cachep, gfp);

	if (bh)
		INIT_LIST_HEAD(&bh->b_assoc_buffers);
	return bh;
}

void free_buffer_head(struct buffer_head *bh)
{
	BUG_ON(!list_empty(&bh->b_assoc_buffers));
	kmem_cache_free(bh_cachep, bh);
}

void __brelse(struct buffer_head *bh)
{
	if (likely(atomic_read(&bh->b_count))) {
		put_bh(bh);
		return;
	}
	WARN(1, "brelse of a buffer without references (block %llu)\n",
	     (unsigned long long)bh->b_blocknr);
}

/* Off the list of the inode it belongs to.  private_lock of the buffer's mapping held. */
static void __remove_assoc_queue(struct buffer_head *bh)
{
	list_del_init(&bh->b_assoc_buffers);
	WARN_ON(!bh->b_assoc_map);
	bh->b_assoc_map = NULL;
}

void __bforget(struct buffer_head *bh)
{
	clear_buffer_dirty(bh);
	if (bh->b_assoc_map) {
		struct address_space *mapping = bh->b_page->mapping;

		spin_lock(&mapping->private_lock);
		if (bh->b_assoc_map)
			__remove_assoc_queue(bh);
		spin_unlock(&mapping->private_lock);
	}
	__brelse(bh);
}

/* --- recent buffers --------------------------------------------------------------------------- */

#define BH_LRU_SIZE	16

/* Used with preemption off by its own CPU. */
struct bh_lru {
	struct buffer_head *bhs[BH_LRU_SIZE];
};

static DEFINE_PER_CPU(struct bh_lru, bh_lrus);

static struct buffer_head *lookup_bh_lru(struct block_device *bdev, sector_t block,
					 unsigned int size)
{
	struct buffer_head *ret = NULL;
	struct buffer_head **bhs;
	int i;

	preempt_disable();
	bhs = this_cpu_ptr(&bh_lrus)->bhs;
	for (i = 0; i < BH_LRU_SIZE; i++) {
		struct buffer_head *bh = bhs[i];

		if (!bh || bh->b_blocknr != block || bh->b_bdev != bdev || bh->b_size != size)
			continue;
		for (; i; i--)
			bhs[i] = bhs[i - 1];
		bhs[0] = bh;
		get_bh(bh);
		ret = bh;
		break;
	}
	preempt_enable();
	return ret;
}

/* Put at the front; the one that falls off the end loses its reference. */
static void bh_lru_install(struct buffer_head *bh)
{
	struct buffer_head *evicted = bh;
	struct buffer_head **bhs;
	int i;

	get_bh(bh);
	preempt_disable();
	bhs = this_cpu_ptr(&bh_lrus)->bhs;
	for (i = 0; i < BH_LRU_SIZE; i++) {
		swap(evicted, bhs[i]);
		if (evicted == bh)
			break;		/* it was in the list already */
	}
	preempt_enable();
	brelse(evicted);
}

static void drain_bh_lru(struct work_struct *work)
{
	struct bh_lru *b;
	int i;

	preempt_disable();
	b = this_cpu_ptr(&bh_lrus);
	for (i = 0; i < BH_LRU_SIZE; i++) {
		brelse(b->bhs[i]);
		b->bhs[i] = NULL;
	}
	preempt_enable();
}

/* On every CPU.  Sleeps. */
void invalidate_bh_lrus(void)
{
	schedule_on_each_cpu(drain_bh_lru);
}

/* --- lookup and creation ------------------------------------------------------------------------ */

static struct buffer_head *find_block_slow(struct block_device *bdev, sector_t block)
{
	struct inode *inode = bdev->bd_inode;
	struct address_space *mapping = inode->i_mapping;
	pgoff_t index = block >> (PAGE_SHIFT - inode->i_blkbits);
	struct buffer_head *bh, *head, *ret = NULL;
	struct page *page = find_get_page(mapping, index);

	if (!page)
		return NULL;
	if (!PageReferenced(page))
		mark_page_accessed(page);
	spin_lock(&mapping->private_lock);
	if (!page_has_buffers(page))
		goto out;
	head = bh = page_buffers(page);
	do {
		if (buffer_mapped(bh) && bh->b_blocknr == block) {
			get_bh(bh);
			ret = bh;
			break;
		}
		bh = bh->b_this_page;
	} while (bh != head);
out:
	spin_unlock(&mapping->private_lock);
	put_page(page);
	return ret;
}

struct buffer_head *__find_get_block(struct block_device *bdev, sector_t block, unsigned int size)
{
	struct buffer_head *bh = lookup_bh_lru(bdev, block, size);

	if (!bh) {
		bh = find_block_slow(bdev, block);
		if (!bh)
			return NULL;
		if (bh->b_size != size) {	/* the block size is being changed */
			brelse(bh);
			return NULL;
		}
		bh_lru_install(bh);
	} else if (!PageReferenced(bh->b_page)) {
		mark_page_accessed(bh->b_page);
	}
	return bh;
}

/* Blocks of @size bytes on the device. */
static sector_t blkdev_blocks(struct block_device *bdev, unsigned int size)
{
	return (u64)i_size_read(bdev->bd_inode) / size;
}

/* Give the buffers of a device page their blocks.  Page locked or private_lock held. */
static void init_page_buffers(struct page *page, struct block_device *bdev, sector_t block,
			      unsigned int size)
{
	struct buffer_head *head = page_buffers(page), *bh = head;
	sector_t end = blkdev_blocks(bdev, size);
	bool uptodate = PageUptodate(page);

	do {
		if (!buffer_mapped(bh)) {
			bh->b_end_io = NULL;
			bh->b_private = NULL;
			bh->b_bdev = bdev;
			bh->b_blocknr = block;
			if (uptodate)
				set_buffer_uptodate(bh);
			if (block < end)
				set_buffer_mapped(bh);
		}
		block++;
		bh = bh->b_this_page;
	} while (bh != head);
}

static void link_dev_buffers(struct page *page, struct buffer_head *head)
{
	struct buffer_head *tail = head;

	while (tail->b_this_page)
		tail = tail->b_this_page;
	tail->b_this_page = head;
	attach_page_buffers(page, head);
}

/* Make the buffers of the page that holds @block.  0, -ENOMEM, -EAGAIN (look again), -EIO. */
static int grow_dev_page(struct block_device *bdev, sector_t block, unsigned int size, gfp_t gfp)
{
	struct address_space *mapping = bdev->bd_inode->i_mapping;
	unsigned int shift = PAGE_SHIFT - ilog2(size);
	pgoff_t index = block >> shift;
	sector_t first = (sector_t)index << shift;
	struct buffer_head *head;
	struct page *page;
	int ret = 0;

	if (block >= blkdev_blocks(bdev, size)) {
		pr_err_ratelimited("%s: block %llu is beyond the end of the device\n", __func__,
				   (unsigned long long)block);
		return -EIO;
	}
	/* The caller is a file system: reclaim must not enter one. */
	gfp |= mapping_gfp_constraint(mapping, ~__GFP_FS);
	page = find_or_create_page(mapping, index, gfp);
	if (!page)
		return -ENOMEM;
	if (page_has_buffers(page)) {
		if (page_buffers(page)->b_size == size) {
			spin_lock(&mapping->private_lock);
			init_page_buffers(page, bdev, first, size);
			spin_unlock(&mapping->private_lock);
			goto out;
		}
		ret = -EAGAIN;
		if (!try_to_free_buffers(page))
			goto out;
		ret = 0;
	}
	head = alloc_page_buffers(page, size, true);
	/* Lookups come without the page lock: attach and initialise under private_lock. */
	spin_lock(&mapping->private_lock);
	link_dev_buffers(page, head);
	init_page_buffers(page, bdev, first, size);
	spin_unlock(&mapping->private_lock);
out:
	unlock_page(page);
	put_page(page);
	return ret;
}

struct buffer_head *__getblk_gfp(struct block_device *bdev, sector_t block, unsigned int size,
				 gfp_t gfp)
{
	might_sleep();
	if (WARN_ON(size & (bdev_logical_block_size(bdev) - 1) || size > PAGE_SIZE))
		return NULL;
	for (;;) {
		struct buffer_head *bh = __find_get_block(bdev, block, size);
		int err;

		if (bh)
			return bh;
		err = grow_dev_page(bdev, block, size, gfp);
		if (err == -EAGAIN)
			cond_resched();
		else if (err)
			return NULL;
	}
}

struct buffer_head *__bread_gfp(struct block_device *bdev, sector_t block, unsigned int size,
				gfp_t gfp)
{
	struct buffer_head *bh = __getblk_gfp(bdev, block, size, gfp);

	if (likely(bh) && !buffer_uptodate(bh)) {
		lock_buffer(bh);
		/* unlocks */
		if (bh_submit_read(bh)) {
			brelse(bh);
			return NULL;
		}
	}
	return bh;
}

void __breadahead(struct block_device *bdev, sector_t block, unsigned int size)
{
	struct buffer_head *bh = __getblk(bdev, block, size);

	if (likely(bh)) {
		ll_rw_block(REQ_OP_READ, REQ_RAHEAD, 1, &bh);
		brelse(bh);
	}
}

/* --- dirtying ------------------------------------------------------------------------------------ */

void mark_buffer_dirty(struct buffer_head *bh)
{
	struct page *page = bh->b_page;
	struct address_space *mapping = NULL;

	WARN_ON_ONCE(!buffer_uptodate(bh));
	/*
	 * Already dirty: nothing to do, if that is seen after the caller's stores; otherwise the
	 * write that clears the bit could miss them.
	 */
	if (buffer_dirty(bh)) {
		smp_mb();
		if (buffer_dirty(bh))
			return;
	}
	if (test_set_buffer_dirty(bh))
		return;
	if (!TestSetPageDirty(page)) {
		mapping = page_mapping(page);
		if (mapping)
			__set_page_dirty(page, mapping);
	}
	if (mapping)
		__mark_inode_dirty(mapping->host, I_DIRTY_PAGES);
}

void mark_buffer_write_io_error(struct buffer_head *bh)
{
	struct address_space *mapping;
	struct super_block *sb;

	set_buffer_write_io_error(bh);
	mapping = READ_ONCE(bh->b_page->mapping);
	if (mapping)
		mapping_set_error(mapping, -EIO);
	mapping = READ_ONCE(bh->b_assoc_map);
	if (mapping)
		mapping_set_error(mapping, -EIO);
	/* metadata of the file system mounted here: syncfs tells */
	rcu_read_lock();
	sb = READ_ONCE(bh->b_bdev->bd_super);
	if (sb)
		errseq_set(&sb->s_wb_err, -EIO);
	rcu_read_unlock();
}

void mark_buffer_dirty_inode(struct buffer_head *bh, struct inode *inode)
{
	struct address_space *mapping = inode->i_mapping;
	struct address_space *buffer_mapping = bh->b_page->mapping;

	mark_buffer_dirty(bh);
	if (!mapping->private_data)
		mapping->private_data = buffer_mapping;
	else
		BUG_ON(mapping->private_data != buffer_mapping);
	if (READ_ONCE(bh->b_assoc_map))
		return;
	spin_lock(&buffer_mapping->private_lock);
	if (!bh->b_assoc_map) {
		list_move_tail(&bh->b_assoc_buffers, &mapping->private_list);
		bh->b_assoc_map = mapping;
	}
	spin_unlock(&buffer_mapping->private_lock);
}

/* --- buffers that belong to an inode ---------------------------------------------------------------- */

bool inode_has_buffers(struct inode *inode)
{
	return !list_empty(&inode->i_data.private_list);
}

/*
 * Start the writes of @list, moving the buffers to @tmp.  One pass: a buffer that is dirtied again
 * meanwhile goes back to the inode's list through mark_buffer_dirty_inode().
 */
static void start_assoc_writes(spinlock_t *lock, struct list_head *list, struct list_head *tmp)
{
	struct buffer_head *bh;

	spin_lock(lock);
	while (!list_empty(list)) {
		struct address_space *mapping;

		bh = list_first_entry(list, struct buffer_head, b_assoc_buffers);
		mapping = bh->b_assoc_map;
		__remove_assoc_queue(bh);
		/*
		 * Pairs with the barrier in mark_buffer_dirty(): taken off before dirty is looked
		 * at, so a concurrent dirtying either is seen here or queues the buffer again.
		 */
		smp_mb();
		if (!buffer_dirty(bh) && !buffer_locked(bh))
			continue;
		list_add(&bh->b_assoc_buffers, tmp);
		bh->b_assoc_map = mapping;
		if (!buffer_dirty(bh))
			continue;
		get_bh(bh);
		spin_unlock(lock);
		/* One that is being written is waited for, and written again. */
		write_dirty_buffer(bh, REQ_SYNC);
		brelse(bh);
		spin_lock(lock);
	}
	spin_unlock(lock);
}

int sync_mapping_buffers(struct address_space *mapping)
{
	struct address_space *buffer_mapping = mapping->private_data;
	struct buffer_head *bh;
	struct blk_plug plug;
	spinlock_t *lock;
	LIST_HEAD(tmp);
	int err = 0;

	if (!buffer_mapping || list_empty(&mapping->private_list))
		return 0;
	lock = &buffer_mapping->private_lock;
	blk_start_plug(&plug);
	start_assoc_writes(lock, &mapping->private_list, &tmp);
	blk_finish_plug(&plug);

	spin_lock(lock);
	while (!list_empty(&tmp)) {
		bh = list_last_entry(&tmp, struct buffer_head, b_assoc_buffers);
		get_bh(bh);
		mapping = bh->b_assoc_map;
		__remove_assoc_queue(bh);
		smp_mb();
		/* dirtied since: stays with the inode */
		if (buffer_dirty(bh)) {
			list_add(&bh->b_assoc_buffers, &mapping->private_list);
			bh->b_assoc_map = mapping;
		}
		spin_unlock(lock);
		wait_on_buffer(bh);
		if (!buffer_uptodate(bh))
			err = -EIO;
		brelse(bh);
		spin_lock(lock);
	}
	spin_unlock(lock);
	return err;
}

/* The inode goes away: its buffers are written by the device's own writeback. */
void invalidate_inode_buffers(struct inode *inode)
{
	struct address_space *mapping = &inode->i_data;
	struct address_space *buffer_mapping = mapping->private_data;
	struct list_head *list = &mapping->private_list;

	if (!inode_has_buffers(inode))
		return;
	spin_lock(&buffer_mapping->private_lock);
	while (!list_empty(list))
		__remove_assoc_queue(list_first_entry(list, struct buffer_head,
						      b_assoc_buffers));
	spin_unlock(&buffer_mapping->private_lock);
}

/* Like the above, for an inode that is only idle: false if a buffer is still dirty. */
bool remove_inode_buffers(struct inode *inode)
{
	struct address_space *mapping = &inode->i_data;
	struct address_space *buffer_mapping = mapping->private_data;
	struct list_head *list = &mapping->private_list;
	bool ret = true;

	if (!inode_has_buffers(inode))
		return true;
	spin_lock(&buffer_mapping->private_lock);
	while (!list_empty(list)) {
		struct buffer_head *bh = list_first_entry(list, struct buffer_head,
							  b_assoc_buffers);

		if (buffer_dirty(bh)) {
			ret = false;
			break;
		}
		__remove_assoc_queue(bh);
	}
	spin_unlock(&buffer_mapping->private_lock);
	return ret;
}

void write_boundary_block(struct block_device *bdev, sector_t bblock, unsigned int blocksize)
{
	struct buffer_head *bh = __find_get_block(bdev, bblock + 1, blocksize);

	if (bh) {
		if (buffer_dirty(bh))
			ll_rw_block(REQ_OP_WRITE, 0, 1, &bh);
		put_bh(bh);
	}
}

/*
 * Blocks that were metadata and now belong to a file may still have dirty buffers in the device's
 * cache; written later, they would overwrite the file's data.  Clean them, and wait for those being
 * written.
 */
void clean_bdev_aliases(struct block_device *bdev, sector_t block, sector_t len)
{
	struct inode *inode = bdev->bd_inode;
	struct address_space *mapping = inode->i_mapping;
	unsigned int shift = PAGE_SHIFT - inode->i_blkbits;
	pgoff_t index = block >> shift;
	pgoff_t end = (block + len - 1) >> shift;
	struct pagevec pvec;
	unsigned int i;

	while (index <= end && pagevec_lookup_range(&pvec, mapping, &index, end)) {
		for (i = 0; i < pagevec_count(&pvec); i++) {
			struct page *page = pvec.pages[i];
			struct buffer_head *head, *bh;

			if (!page_has_buffers(page))
				continue;
			/*
			 * The page lock keeps the buffers attached.  It is the lock of a page of the
			 * device, taken under that of a file's page: see the lock order.
			 */
			lock_page(page);
			if (!page_has_buffers(page))
				goto unlock;
			head = bh = page_buffers(page);
			do {
				if (!buffer_mapped(bh) || bh->b_blocknr < block)
					continue;
				if (bh->b_blocknr >= block + len)
					break;
				clear_buffer_dirty(bh);
				wait_on_buffer(bh);
				clear_buffer_req(bh);
			} while ((bh = bh->b_this_page) != head);
unlock:
			unlock_page(page);
		}
		pagevec_release(&pvec);
		cond_resched();
	}
}

/* Once at boot, before the first block device is opened. */
void buffer_init(void)
{
	bh_cachep = kmem_cache_create("buffer_head", sizeof(struct buffer_head), 0,
				      SLAB_RECLAIM_ACCOUNT, NULL);
	if (!bh_cachep)
		panic("no memory for the buffer head cache");
}
