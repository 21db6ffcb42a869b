// SPDX-License-Identifier: MIT
/*
 * Multi-page I/O: reading and writing pages whose blocks are contiguous on the device, many pages
 * to a bio, and without buffer heads where possible.
 *
 * A page qualifies if its blocks are contiguous and any hole is at its end.  Others (and pages that
 * have buffers in a state of their own) are "confused": the bio collected so far is submitted and
 * the page goes through the buffer code.
 *
 * At most one bio is held unsubmitted, and it is submitted before another is allocated, so the
 * bio reserve is enough to make progress when memory is short.
 */
#include "kernel/lib/kernel.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "drivers/block/bio.h"
#include "drivers/block/blkdev.h"
#include "fs/buffer_head.h"
#include "fs/mpage.h"
#include "mm/pagemap.h"
#include "mm/writeback.h"
#include "gen/address_space_operations.h"

#define MAX_BLOCKS	(PAGE_SIZE / 512)

static void mpage_end_io(struct bio *bio)
{
	int err = blk_status_to_errno(bio->bi_status);
	struct bvec_iter_all iter;
	struct bio_vec *bv;

	bio_for_each_segment_all(bv, bio, iter)
		page_endio(bv->bv_page, op_is_write(bio_op(bio)), err);
	bio_put(bio);
}

static void mpage_submit(struct bio **biop)
{
	struct bio *bio = *biop;

	if (!bio)
		return;
	*biop = NULL;
	bio->bi_end_io = mpage_end_io;
	submit_bio(bio);
}

static struct bio *mpage_alloc(struct block_device *bdev, sector_t block, unsigned int blkbits,
			       unsigned int nr_vecs, int op, int op_flags)
{
	struct bio *bio = bio_alloc(GFP_NOFS, min(nr_vecs, (unsigned int)BIO_MAX_PAGES));

	bio_set_dev(bio, bdev);
	bio->bi_iter.bi_sector = block << (blkbits - SECTOR_SHIFT);
	bio_set_op_attrs(bio, op, op_flags);
	return bio;
}

/* --- reading ----------------------------------------------------------------------------------- */

/* The state of one read: on the stack of its task. */
struct mpage_read {
	struct bio *bio;
	sector_t last_block;		/* last device block in bio */
	struct buffer_head map;		/* result of the last get_block, may cover more pages */
	sector_t map_first;		/* file block it begins at */
	get_block_t *get_block;
	unsigned int pages_left;	/* including this one */
	int op_flags;
};

/*
 * Map the page: blocks[] up to the first hole.  Returns how many blocks are mapped, or -1 when the
 * page must go through the buffer code.
 */
static int map_page_for_read(struct mpage_read *r, struct page *page, struct inode *inode,
			     sector_t *blocks)
{
	unsigned int bits = inode->i_blkbits, nr = PAGE_SIZE >> bits, n = 0;
	sector_t block = (sector_t)page->index << (PAGE_SHIFT - bits);
	sector_t want_end = block + (sector_t)r->pages_left * nr;
	sector_t end = min(want_end, (sector_t)((i_size_read(inode) + i_blocksize(inode) - 1) >> bits));
	int mapped = -1;	/* set at the first hole */
	struct buffer_head *map = &r->map;

	for (n = 0; n < nr; n++, block++) {
		u64 off = block - r->map_first;

		if (!buffer_mapped(map) || block < r->map_first || off >= map->b_size >> bits) {
			map->b_state = 0;
			map->b_size = 0;
			if (block < end) {
				map->b_size = (end - block) << bits;
				if (r->get_block(inode, block, map, 0))
					return -1;
				r->map_first = block;
				off = 0;
			}
		}
		if (!buffer_mapped(map)) {
			if (mapped < 0)
				mapped = n;
			/* the size of a hole is not known: ask again for the next block */
			map->b_size = 0;
			continue;
		}
		/* Some file systems hand out the data with the mapping: the buffer code copes. */
		if (buffer_uptodate(map))
			return -1;
		if (mapped >= 0)
			return -1;		/* data behind a hole */
		blocks[n] = map->b_blocknr + off;
		if (n && blocks[n] != blocks[n - 1] + 1)
			return -1;
	}
	return mapped < 0 ? (int)nr : mapped;
}

/* Read one locked page into the current bio, or start it otherwise.  It comes unlocked. */
static void mpage_read_one(struct mpage_read *r, struct page *page)
{
	struct inode *inode = page->mapping->host;
	unsigned int bits = inode->i_blkbits, nr = PAGE_SIZE >> bits;
	sector_t blocks[MAX_BLOCKS];
	unsigned int length;
	int mapped = -1;

	if (!PagePrivate(page))
		mapped = map_page_for_read(r, page, inode, blocks);
	if (mapped < 0) {
		mpage_submit(&r->bio);
		if (PageUptodate(page))
			unlock_page(page);
		else
			block_read_full_page(page, r->get_block);
		return;
	}
	if (mapped < (int)nr) {
		memset((char *)page_address(page) + (mapped << bits), 0,
		       PAGE_SIZE - (mapped << bits));
		if (!mapped) {
			SetPageUptodate(page);
			unlock_page(page);
			return;
		}
	} else {
		SetPageMappedToDisk(page);
	}
	length = mapped << bits;
	if (r->bio && (r->last_block + 1 != blocks[0] ||
		       bio_add_page(r->bio, page, length, 0) < (int)length))
		mpage_submit(&r->bio);
	else if (r->bio)
		goto added;
	r->bio = mpage_alloc(r->map.b_bdev, blocks[0], bits, r->pages_left, REQ_OP_READ,
			     r->op_flags);
	bio_add_page(r->bio, page, length, 0);
added:
	page_lock_handoff(page);
	r->last_block = blocks[mapped - 1];
	/* The next block is an indirect one, or the file has a hole: nothing will join. */
	if (mapped < (int)nr ||
	    (buffer_boundary(&r->map) &&
	     ((sector_t)(page->index + 1) << (PAGE_SHIFT - bits)) ==
	     r->map_first + (r->map.b_size >> bits)))
		mpage_submit(&r->bio);
}

int mpage_readpages(struct address_space *mapping, struct list_head *pages, unsigned int nr_pages,
		    get_block_t *get_block)
{
	struct mpage_read r = { .get_block = get_block, .op_flags = REQ_RAHEAD };
	struct blk_plug plug;

	blk_start_plug(&plug);
	for (r.pages_left = nr_pages; r.pages_left; r.pages_left--) {
		struct page *page = list_last_entry(pages, struct page, lru);

		list_del(&page->lru);
		if (!add_to_page_cache_lru(page, mapping, page->index,
					   mapping_gfp_mask(mapping)))
			mpage_read_one(&r, page);
		put_page(page);
	}
	mpage_submit(&r.bio);
	blk_finish_plug(&plug);
	return 0;
}

int mpage_readpage(struct page *page, get_block_t *get_block)
{
	struct mpage_read r = { .get_block = get_block, .pages_left = 1 };

	mpage_read_one(&r, page);
	mpage_submit(&r.bio);
	return 0;
}

/* --- writing ------------------------------------------------------------------------------------ */

struct mpage_write {
	struct bio *bio;
	sector_t last_block;
	get_block_t *get_block;
	bool use_writepage;		/* confused pages go to the writepage operation */
};

/* What mapping a page for writing found. */
struct write_map {
	sector_t blocks[MAX_BLOCKS];
	struct block_device *bdev;
	unsigned int mapped;		/* blocks from the start of the page */
	bool boundary;
};

/* A page with buffers: they must be dirty and valid up to a clean, unmapped rest. */
static bool map_buffers(struct page *page, struct write_map *m)
{
	struct buffer_head *head = page_buffers(page), *bh = head;
	bool hole = false;

	do {
		if (buffer_locked(bh))
			return false;
		if (!buffer_mapped(bh)) {
			/* a dirty one that is not mapped: stored through a mapping, into a hole */
			if (buffer_dirty(bh))
				return false;
			hole = true;
			continue;
		}
		if (hole || !buffer_dirty(bh) || !buffer_uptodate(bh) || buffer_delay(bh))
			return false;
		if (m->mapped && bh->b_blocknr != m->blocks[m->mapped - 1] + 1)
			return false;
		m->blocks[m->mapped++] = bh->b_blocknr;
		m->boundary = buffer_boundary(bh);
		m->bdev = bh->b_bdev;
	} while ((bh = bh->b_this_page) != head);
	return m->mapped;
}

/* A page without buffers is valid as a whole: map all blocks up to the end of the file. */
static bool map_blocks(struct mpage_write *w, struct page *page, struct inode *inode,
		       struct write_map *m)
{
	unsigned int bits = inode->i_blkbits, nr = PAGE_SIZE >> bits;
	sector_t block = (sector_t)page->index << (PAGE_SHIFT - bits);
	sector_t last = (i_size_read(inode) - 1) >> bits;
	struct buffer_head map;

	BUG_ON(!PageUptodate(page));
	for (; m->mapped < nr && block <= last; block++) {
		memset(&map, 0, sizeof(map));
		map.b_size = 1UL << bits;
		if (w->get_block(inode, block, &map, 1) || !buffer_mapped(&map) ||
		    buffer_delay(&map))
			return false;
		if (buffer_new(&map))
			clean_bdev_bh_alias(&map);
		if (m->mapped && map.b_blocknr != m->blocks[m->mapped - 1] + 1)
			return false;
		m->blocks[m->mapped++] = map.b_blocknr;
		m->boundary = buffer_boundary(&map);
		m->bdev = map.b_bdev;
	}
	return m->mapped;
}

/* The buffers' contents are in the bio now. */
static void clean_buffers(struct page *page, unsigned int nr)
{
	struct buffer_head *head, *bh;

	if (!page_has_buffers(page))
		return;
	head = bh = page_buffers(page);
	do {
		if (!nr--)
			break;
		clear_buffer_dirty(bh);
		bh = bh->b_this_page;
	} while (bh != head);
}

static int write_confused(struct mpage_write *w, struct page *page, struct writeback_control *wbc)
{
	struct address_space *mapping = page->mapping;
	int err;

	mpage_submit(&w->bio);
	if (w->use_writepage)
		err = aop_writepage(mapping->a_ops, page, wbc);
	else
		err = block_write_full_page(page, w->get_block, wbc);
	/* The page has been unlocked: the inode is kept by our caller. */
	if (err < 0)
		mapping_set_error(mapping, err);
	return err;
}

static int mpage_write_one(struct page *page, struct writeback_control *wbc, void *data)
{
	struct mpage_write *w = data;
	struct inode *inode = page->mapping->host;
	unsigned int bits = inode->i_blkbits, nr = PAGE_SIZE >> bits, length;
	struct write_map m = { .mapped = 0 };
	loff_t isize = i_size_read(inode);
	pgoff_t end_index = isize >> PAGE_SHIFT;
	bool ok;

	if (page->index > end_index || (page->index == end_index && !(isize & ~PAGE_MASK)))
		return write_confused(w, page, wbc);	/* beyond the end */
	ok = page_has_buffers(page) ? map_buffers(page, &m) : map_blocks(w, page, inode, &m);
	if (!ok)
		return write_confused(w, page, wbc);
	if (page->index == end_index)
		memset((char *)page_address(page) + (isize & ~PAGE_MASK), 0,
		       PAGE_SIZE - (isize & ~PAGE_MASK));

	length = m.mapped << bits;
	if (w->bio && w->last_block + 1 == m.blocks[0] &&
	    bio_add_page(w->bio, page, length, 0) == (int)length)
		goto added;
	mpage_submit(&w->bio);
	w->bio = mpage_alloc(m.bdev, m.blocks[0], bits, BIO_MAX_PAGES, REQ_OP_WRITE,
			     wbc->sync_mode == WB_SYNC_ALL ? REQ_SYNC :
			     wbc->for_kupdate || wbc->for_background ? REQ_BACKGROUND : 0);
	bio_add_page(w->bio, page, length, 0);
added:
	/* In the bio: from here on the buffers are clean, and the page is under writeback. */
	clean_buffers(page, m.mapped);
	set_page_writeback(page);
	unlock_page(page);
	w->last_block = m.blocks[m.mapped - 1];
	if (m.boundary || m.mapped != nr)
		mpage_submit(&w->bio);
	return 0;
}

int mpage_writepages(struct address_space *mapping, struct writeback_control *wbc,
		     get_block_t *get_block)
{
	struct mpage_write w = { .get_block = get_block, .use_writepage = true };
	struct blk_plug plug;
	int err;

	blk_start_plug(&plug);
	err = write_cache_pages(mapping, wbc, mpage_write_one, &w);
	mpage_submit(&w.bio);
	blk_finish_plug(&plug);
	return err;
}

int mpage_writepage(struct page *page, get_block_t *get_block, struct writeback_control *wbc)
{
	struct mpage_write w = { .get_block = get_block };
	int err = mpage_write_one(page, wbc, &w);

	mpage_submit(&w.bio);
	return err;
}
