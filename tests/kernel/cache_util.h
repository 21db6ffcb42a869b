/* SPDX-License-Identifier: MIT */
/*
 * cache_util.h - what the page cache tests share: a RAM disk opened as a block device, and a file
 * of a toy file system whose operations count their calls and misbehave on request.
 */
#ifndef TESTS_KERNEL_CACHE_UTIL_H
#define TESTS_KERNEL_CACHE_UTIL_H

#include "drivers/block/ramdisk.h"
#include "fs/block_dev.h"
#include "fs/buffer_head.h"
#include "mm/pagemap.h"
#include "mm/writeback.h"

/* A RAM disk of @bytes, opened for reading and writing.  NULL: no memory. */
struct block_device *test_bdev_open(u64 bytes);
void test_bdev_close(struct block_device *bdev);

/* How writepage of the toy behaves. */
enum toy_write {
	TOY_WRITE_OK,		/* writeback begins and ends at once */
	TOY_WRITE_ERROR,	/* the same, with -EIO recorded */
	TOY_WRITE_REDIRTY,
	TOY_WRITE_ACTIVATE,
	TOY_WRITE_BROKEN,	/* unlocks and forgets: breaks P16 */
	TOY_WRITE_DIRTIES_NEXT,	/* dirties the page behind the one it writes */
};

/* One toy file; the tests run alone, so nothing guards the counters. */
struct toy {
	struct inode *inode;
	struct file *file;
	enum toy_write write_mode;
	bool fail_reads;
	unsigned int reads;		/* pages read */
	unsigned int readpages_calls;
	unsigned int largest_readpages;	/* pages of the largest call */
	unsigned int writes;
	unsigned int invalidated, released, freed, laundered;
};

/* A toy file of @size bytes whose page n reads as bytes of the value toy_byte(n). */
struct toy *toy_open(loff_t size);
void toy_close(struct toy *toy);

static inline u8 toy_byte(pgoff_t index)
{
	return (u8)(index * 7 + 1);
}

/* read and write through the cache with kernel memory. */
ssize_t toy_read(struct toy *toy, void *buf, size_t len, loff_t pos);
ssize_t toy_write(struct toy *toy, const void *buf, size_t len, loff_t pos);

#endif
