/* SPDX-License-Identifier: MIT */
/*
 * block_util.h - what the block tests share: batches of one-page bios with known contents.
 */
#ifndef TESTS_KERNEL_BLOCK_UTIL_H
#define TESTS_KERNEL_BLOCK_UTIL_H

#include "kernel/lock/completion.h"
#include "drivers/block/bio.h"

/* Bios in flight, and how they ended. */
struct bio_batch {
	atomic_t pending;	/* plus one while the submitter is at work */
	atomic_t errors;
	struct completion done;
};

void batch_init(struct bio_batch *batch);
/* Submit one page; its reference stays with the caller, the bio is put when it ends. */
void batch_submit(struct bio_batch *batch, struct gendisk *disk, unsigned int opf, sector_t sector,
		  struct page *page);
/* Wait for all; the number that failed. */
int batch_wait(struct bio_batch *batch);

/* One bio, waited for; 0 or a negative errno. */
int block_rw(struct gendisk *disk, unsigned int opf, sector_t sector, struct page *page);

/* Contents that depend on the place and a tag. */
void fill_page(struct page *page, sector_t sector, u32 tag);
bool check_page(struct page *page, sector_t sector, u32 tag);

/* Arrays of pages, no two of which are neighbours in memory when @apart. NULL: no memory. */
struct page **alloc_test_pages(unsigned int n, bool apart);
void free_test_pages(struct page **pages, unsigned int n);

#endif
