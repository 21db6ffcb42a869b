// SPDX-License-Identifier: MIT
/* block_util.c - see block_util.h. */
#include "kernel/lib/kernel.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "tests/kernel/block_util.h"

void batch_init(struct bio_batch *batch)
{
	atomic_set(&batch->pending, 1);
	atomic_set(&batch->errors, 0);
	init_completion(&batch->done);
}

static void batch_put(struct bio_batch *batch)
{
	if (atomic_dec_and_test(&batch->pending))
		complete(&batch->done);
}

static void batch_end_io(struct bio *bio)
{
	struct bio_batch *batch = bio->bi_private;

	if (bio->bi_status)
		atomic_inc(&batch->errors);
	bio_put(bio);
	batch_put(batch);
}

void batch_submit(struct bio_batch *batch, struct gendisk *disk, unsigned int opf, sector_t sector,
		  struct page *page)
{
	struct bio *bio = bio_alloc(GFP_KERNEL, 1);

	bio->bi_disk = disk;
	bio->bi_opf = opf;
	bio->bi_iter.bi_sector = sector;
	bio->bi_private = batch;
	bio->bi_end_io = batch_end_io;
	bio_set_flag(bio, BIO_QUIET);
	if (page)
		bio_add_page(bio, page, PAGE_SIZE, 0);
	atomic_inc(&batch->pending);
	submit_bio(bio);
}

int batch_wait(struct bio_batch *batch)
{
	batch_put(batch);
	wait_for_completion(&batch->done);
	return atomic_read(&batch->errors);
}

int block_rw(struct gendisk *disk, unsigned int opf, sector_t sector, struct page *page)
{
	struct bio *bio = bio_alloc(GFP_KERNEL, 1);
	int ret;

	bio->bi_disk = disk;
	bio->bi_opf = opf;
	bio->bi_iter.bi_sector = sector;
	bio_set_flag(bio, BIO_QUIET);
	if (page)
		bio_add_page(bio, page, PAGE_SIZE, 0);
	ret = submit_bio_wait(bio);
	bio_put(bio);
	return ret;
}

void fill_page(struct page *page, sector_t sector, u32 tag)
{
	u64 *p = page_address(page);
	unsigned int i;

	for (i = 0; i < PAGE_SIZE / sizeof(*p); i++)
		p[i] = (sector << 32 | tag) ^ (u64)i * 0x9e3779b97f4a7c15ull;
}

bool check_page(struct page *page, sector_t sector, u32 tag)
{
	u64 *p = page_address(page);
	unsigned int i;

	for (i = 0; i < PAGE_SIZE / sizeof(*p); i++)
		if (p[i] != ((sector << 32 | tag) ^ (u64)i * 0x9e3779b97f4a7c15ull))
			return false;
	return true;
}

/* The allocator tends to hand out neighbours in a row, so every other page is given back. */
struct page **alloc_test_pages(unsigned int n, bool apart)
{
	unsigned int step = apart ? 2 : 1, i;
	struct page **pages = kcalloc(n * step, sizeof(*pages), GFP_KERNEL);

	for (i = 0; pages && i < n * step; i++) {
		pages[i] = alloc_page(GFP_KERNEL);
		if (!pages[i]) {
			free_test_pages(pages, i);
			return NULL;
		}
	}
	for (i = 0; pages && apart && i < n; i++) {
		__free_page(pages[2 * i + 1]);
		pages[i] = pages[2 * i];
	}
	return pages;
}

void free_test_pages(struct page **pages, unsigned int n)
{
	while (n)
		__free_page(pages[--n]);
	kfree(pages);
}
