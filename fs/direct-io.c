// SPDX-License-Identifier: MIT
/*
 * Direct I/O: between user memory and the device, around the page cache.
 *
 * The request is cut into pieces that are contiguous in memory and on the device, and these are
 * collected into bios.  struct dio counts the bios in flight plus one for the submitter; whoever
 * drops the last count completes the request: the submitter by waking up, or, for an asynchronous
 * request, a work item, because pages read into must be dirtied and that may sleep.
 *
 * Coherence with the page cache is the caller's (generic_file_direct_write() and direct reads write
 * back before, and writes invalidate before and after).  Coherence with truncation: the blocks are
 * looked up with i_rwsem held (a read takes it shared for that), and i_dio_count is raised before
 * it is dropped; truncation waits for the count with i_rwsem held exclusively.
 *
 * Blocks are only allocated for whole-block writes beyond the end of the file.  A write into a
 * hole, or of a part of a new block, ends the direct part early, and the caller continues it
 * through the cache: so no block is ever visible before it was initialised.
 */
#include "kernel/lib/kernel.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/lock/completion.h"
#include "kernel/task/sched.h"
#include "kernel/task/workqueue.h"
#include "drivers/block/bio.h"
#include "drivers/block/blkdev.h"
#include "fs/block_dev.h"
#include "fs/buffer_head.h"
#include "mm/iov_iter.h"
#include "mm/pagemap.h"
#include "mm/slab.h"

#define DIO_PAGES	32	/* pinned at a time */

struct dio {
	struct kiocb *iocb;
	struct inode *inode;
	struct block_device *bdev;
	get_block_t *get_block;
	dio_iodone_t *end_io;
	int flags;		/* DIO_* */
	bool writing, async, should_dirty;
	loff_t start, pos;	/* bytes in the file: first, and next to submit */
	loff_t isize;		/* i_size when the blocks were looked up */

	/* submitter only */
	struct buffer_head map;	/* blocks from map_first on */
	sector_t map_first;
	struct bio *bio;	/* being filled */
	sector_t next_sector;	/* that would continue it */
	struct page *last_page;	/* of the piece added last, and where it ended */
	unsigned int last_end;

	/* shared with the completions */
	atomic_t refs;		/* bios in flight, plus the submitter */
	int error;		/* of any bio; any one is as good as another */
	spinlock_t lock;	/* done; interrupts off */
	struct bio_list done;	/* completed, pages not released yet */
	struct completion all_done;
	struct work_struct work;
};

/* --- completion --------------------------------------------------------------------------------- */

/* Release the pages of the completed bios.  Sleeps: dirtying takes page locks. */
static void dio_release_bios(struct dio *dio)
{
	struct bvec_iter_all iter;
	struct bio_vec *bv;
	struct bio *bio;

	for (;;) {
		spin_lock_irq(&dio->lock);
		bio = bio_list_pop(&dio->done);
		spin_unlock_irq(&dio->lock);
		if (!bio)
			return;
		if (bio->bi_status)
			dio->error = blk_status_to_errno(bio->bi_status);
		bio_for_each_segment_all(bv, bio, iter) {
			if (dio->should_dirty)
				set_page_dirty_lock(bv->bv_page);
			put_page(bv->bv_page);
		}
		bio_put(bio);
	}
}

/* All I/O is over.  Frees @dio; returns bytes transferred or an error. */
static ssize_t dio_complete(struct dio *dio, int error)
{
	loff_t offset = dio->start;
	ssize_t done = dio->pos - dio->start;
	int err;

	dio_release_bios(dio);
	if (!error)
		error = dio->error;
	/* Whole blocks were read; the file may end within the last. */
	if (!dio->writing && offset + done > dio->isize)
		done = max_t(loff_t, dio->isize - offset, 0);
	/* An I/O error makes all of it doubtful; others leave what was submitted before. */
	if (dio->error)
		done = dio->error;
	else if (!done)
		done = error;
	if (dio->end_io) {
		err = dio->end_io(dio->iocb, offset, done, dio->iocb->private);
		if (err)
			done = err;
	}
	inode_dio_end(dio->inode);
	kfree(dio);
	return done;
}

static void dio_async_work(struct work_struct *work)
{
	struct dio *dio = container_of(work, struct dio, work);
	struct kiocb *iocb = dio->iocb;
	struct address_space *mapping = iocb->ki_filp->f_mapping;
	bool writing = dio->writing;
	ssize_t ret = dio_complete(dio, 0);

	if (ret > 0) {
		/* What was read into the cache while the write was under way may be what was there before. */
		if (writing && !mapping_empty(mapping))
			invalidate_inode_pages2_range(mapping, iocb->ki_pos >> PAGE_SHIFT,
						      (iocb->ki_pos + ret - 1) >> PAGE_SHIFT);
		iocb->ki_pos += ret;
		if (writing)
			ret = generic_write_sync(iocb, ret);
	}
	iocb->ki_complete(iocb, ret, 0);
}

/* Interrupt context, or interrupts off. */
static void dio_end_bio(struct bio *bio)
{
	struct dio *dio = bio->bi_private;
	unsigned long flags;

	spin_lock_irqsave(&dio->lock, flags);
	bio_list_add(&dio->done, bio);
	spin_unlock_irqrestore(&dio->lock, flags);
	/* Not the last: the struct may be gone right after this. */
	if (!atomic_dec_and_test(&dio->refs))
		return;
	if (dio->async)
		queue_work(system_unbound_wq, &dio->work);
	else
		complete(&dio->all_done);
}

/* --- submission ----------------------------------------------------------------------------------- */

static void dio_submit(struct dio *dio)
{
	struct bio *bio = dio->bio;

	if (!bio)
		return;
	dio->bio = NULL;
	atomic_inc(&dio->refs);
	submit_bio(bio);
}

/* Add a piece of one page.  Its reference goes to the bio. */
static void dio_add(struct dio *dio, struct page *page, unsigned int offset, unsigned int len,
		    sector_t sector)
{
	struct bio *bio = dio->bio;
	/* Joins the piece before it in the same page: the two are one segment, with one reference. */
	bool joins = bio && offset && page == dio->last_page && offset == dio->last_end;

	dio->last_page = page;
	dio->last_end = offset + len;
	if (bio && dio->next_sector == sector && bio_add_page(bio, page, len, offset) == (int)len) {
		dio->next_sector = sector + (len >> SECTOR_SHIFT);
		if (!joins)
			get_page(page);
		return;
	}
	dio_submit(dio);
	bio = bio_alloc(GFP_KERNEL, BIO_MAX_PAGES);
	bio_set_dev(bio, dio->map.b_bdev);
	bio->bi_iter.bi_sector = sector;
	bio->bi_private = dio;
	bio->bi_end_io = dio_end_bio;
	bio_set_op_attrs(bio, dio->writing ? REQ_OP_WRITE : REQ_OP_READ,
			 dio->writing ? REQ_SYNC | REQ_IDLE : 0);
	bio_add_page(bio, page, len, offset);
	dio->bio = bio;
	dio->next_sector = sector + (len >> SECTOR_SHIFT);
	/* bio_for_each_segment_all() walks pages: one reference for each it comes upon */
	get_page(page);
}

/*
 * Look up the block of dio->pos, for a request that goes on for @left bytes.  Returns the bytes
 * that lie contiguously from there (mapped or hole), 0 to end the direct part here, or an error.
 */
static ssize_t dio_map(struct dio *dio, size_t left)
{
	unsigned int bits = dio->inode->i_blkbits, bsize = 1U << bits;
	unsigned int in_block = dio->pos & (bsize - 1);
	sector_t block = dio->pos >> bits;
	struct buffer_head *map = &dio->map;
	int create = dio->writing, err;

	if (map->b_size && block >= dio->map_first &&
	    block < dio->map_first + (map->b_size >> bits))
		goto mapped;
	if (create && (dio->flags & DIO_SKIP_HOLES) &&
	    block <= (sector_t)(dio->isize - 1) >> bits && dio->isize)
		create = 0;
	/* Looking for room may wait: only what is there can be written over. */
	if (dio->iocb->ki_flags & IOCB_NOWAIT)
		create = 0;
	/* A new block must be written as a whole. */
	if (create && (dio->flags & DIO_SKIP_HOLES) && (in_block || left < bsize))
		return 0;
	memset(map, 0, sizeof(*map));
	map->b_size = round_up((u64)in_block + left, (u64)bsize);
	if (create && (dio->flags & DIO_SKIP_HOLES) && (left & (bsize - 1)))
		map->b_size -= bsize;	/* nor the last one in part */
	err = dio->get_block(dio->inode, block, map, create);
	if (err)
		return err;
	dio->map_first = block;
	if (!buffer_mapped(map)) {
		if (dio->writing)
			return dio->iocb->ki_flags & IOCB_NOWAIT ? -EAGAIN : 0;
		map->b_size = bsize;		/* how long the hole is, nobody told us */
	} else if (buffer_new(map)) {
		clean_bdev_aliases(map->b_bdev, map->b_blocknr, map->b_size >> bits);
	}
mapped:
	return map->b_size - (dio->pos - ((loff_t)dio->map_first << bits));
}

/* One pinned page: [offset, offset + len) of it is at dio->pos.  Returns bytes used, or error. */
static ssize_t dio_one_page(struct dio *dio, struct page *page, unsigned int offset,
			    unsigned int len, size_t left)
{
	unsigned int bits = dio->inode->i_blkbits;
	ssize_t used = 0;

	while (len) {
		ssize_t n = dio_map(dio, left);
		u64 into;

		if (n <= 0)
			return used ? used : n;
		n = min_t(size_t, n, len);
		into = dio->pos - ((loff_t)dio->map_first << bits);
		if (buffer_mapped(&dio->map)) {
			dio_add(dio, page, offset, n,
				(dio->map.b_blocknr << (bits - SECTOR_SHIFT)) +
					(into >> SECTOR_SHIFT));
		} else {
			memset((char *)page_address(page) + offset, 0, n);
			if (dio->should_dirty)
				set_page_dirty_lock(page);
		}
		dio->pos += n;
		offset += n;
		len -= n;
		left -= n;
		used += n;
	}
	return used;
}

/* Submit up to @left bytes of @iter.  0, or the error that stopped it. */
static int dio_submit_iter(struct dio *dio, struct iov_iter *iter, size_t left)
{
	struct page *pages[DIO_PAGES];

	while (left) {
		size_t offset, done = 0, len;
		ssize_t got, n = 0;
		unsigned int i, nr;

		got = iov_iter_get_pages(iter, pages, left, DIO_PAGES, &offset);
		if (got <= 0)
			return got;
		nr = DIV_ROUND_UP(offset + got, PAGE_SIZE);
		len = got;
		for (i = 0; i < nr; i++) {
			unsigned int piece = min(PAGE_SIZE - offset, len);

			if (n >= 0 && done == got - len) {
				n = dio_one_page(dio, pages[i], offset, piece, left - done);
				if (n > 0)
					done += n;
			}
			put_page(pages[i]);	/* the bios have their own references */
			len -= piece;
			offset = 0;
		}
		iov_iter_advance(iter, done);
		left -= done;
		if (n < 0)
			return n;
		if (done < got)
			return 0;		/* the rest is for the cache */
	}
	return 0;
}

/* Direct I/O works in sectors of the device: everything must be a multiple of them. */
static bool dio_aligned(struct block_device *bdev, loff_t offset, struct iov_iter *iter)
{
	unsigned int mask = (bdev ? bdev_logical_block_size(bdev) : SECTOR_SIZE) - 1;

	return !((offset | iov_iter_alignment(iter)) & mask);
}

/* How much of the request lies within the file (reads), in whole blocks. */
static size_t dio_read_limit(struct inode *inode, loff_t isize, loff_t offset, size_t count)
{
	loff_t end = round_up(isize, (loff_t)i_blocksize(inode));

	if (offset >= isize)
		return 0;
	return min_t(loff_t, count, end - offset);
}

ssize_t __blockdev_direct_IO(struct kiocb *iocb, struct inode *inode, struct block_device *bdev,
			     struct iov_iter *iter, get_block_t *get_block, dio_iodone_t *end_io,
			     int flags)
{
	bool writing = iov_iter_rw(iter) == WRITE;
	bool lock = !writing && (flags & DIO_LOCKING);
	size_t count = iov_iter_count(iter);
	loff_t offset = iocb->ki_pos;
	struct blk_plug plug;
	struct dio *dio;
	int err;

	if (!dio_aligned(bdev, offset, iter))
		return -EINVAL;
	if (!count)
		return 0;
	dio = kzalloc(sizeof(*dio), GFP_KERNEL);
	if (!dio)
		return -ENOMEM;
	if (lock && !(iocb->ki_flags & IOCB_NOWAIT)) {
		inode_lock_shared(inode);
	} else if (lock && !inode_trylock_shared(inode)) {
		kfree(dio);
		return -EAGAIN;
	}
	dio->isize = i_size_read(inode);
	if (!writing) {
		count = dio_read_limit(inode, dio->isize, offset, count);
		if (!count) {
			if (lock)
				inode_unlock_shared(inode);
			kfree(dio);
			return 0;
		}
	}
	dio->iocb = iocb;
	dio->inode = inode;
	dio->bdev = bdev;
	dio->get_block = get_block;
	dio->end_io = end_io;
	dio->flags = flags;
	dio->writing = writing;
	dio->should_dirty = !writing && iter_is_iovec(iter);
	dio->start = dio->pos = offset;
	/*
	 * A write that extends the file is finished here: its i_size must not be seen before the
	 * data are on the device, and its caller sets it.
	 */
	dio->async = !is_sync_kiocb(iocb) && !(writing && offset + count > dio->isize);
	atomic_set(&dio->refs, 1);
	spin_lock_init(&dio->lock);
	bio_list_init(&dio->done);
	init_completion(&dio->all_done);
	INIT_WORK(&dio->work, dio_async_work);

	inode_dio_begin(inode);
	blk_start_plug(&plug);
	err = dio_submit_iter(dio, iter, count);
	dio_submit(dio);
	blk_finish_plug(&plug);
	if (lock)
		inode_unlock_shared(inode);

	/* What failed, or is to go through the cache, is known only to this task. */
	if (dio->async && (err || dio->pos != offset + count))
		dio->async = false;
	if (dio->async) {
		if (atomic_dec_and_test(&dio->refs))
			queue_work(system_unbound_wq, &dio->work);
		return -EIOCBQUEUED;
	}
	if (!atomic_dec_and_test(&dio->refs))
		wait_for_completion(&dio->all_done);
	return dio_complete(dio, err);
}

ssize_t blockdev_direct_IO(struct kiocb *iocb, struct inode *inode, struct iov_iter *iter,
			   get_block_t *get_block)
{
	return __blockdev_direct_IO(iocb, inode, inode->i_sb->s_bdev, iter, get_block, NULL,
				    DIO_LOCKING | DIO_SKIP_HOLES);
}
