// SPDX-License-Identifier: MIT
/*
 * cache_pages.c - the page cache over a toy file: reading, read-ahead, writing back, errors,
 * truncation, invalidation, reclaim.
 */
#include "kernel/lib/string.h"
#include "fs/fs.h"
#include "mm/backing-dev.h"
#include "kernel/task/sched.h"
#include "kernel/task/timer.h"
#include "mm/slab.h"
#include "mm/swap.h"
#include "mm/vmstat.h"
#include "tests/kernel/cache_util.h"
#include "tests/kernel/ktest.h"

#define PAGES	256

/* Every byte of [pos, pos + len) as the toy makes it up. */
static bool expect_toy(const u8 *buf, size_t len, loff_t pos)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (buf[i] != toy_byte((pos + i) >> PAGE_SHIFT))
			return false;
	return true;
}

static void read_sequential(void)
{
	struct toy *toy = toy_open(PAGES * PAGE_SIZE - 100);
	u8 *buf = kmalloc(10000, GFP_KERNEL);
	loff_t pos = 0;
	ssize_t n;

	KTEST_ASSERT(toy && buf);
	while ((n = toy_read(toy, buf, 10000, pos)) > 0) {
		KTEST_ASSERT(expect_toy(buf, n, pos));
		pos += n;
	}
	KTEST_EQ(n, 0);
	KTEST_EQ(pos, PAGES * PAGE_SIZE - 100);
	/* read once each, in a few large requests */
	KTEST_EQ(toy->reads, PAGES);
	KTEST_EQ(toy->largest_readpages, VM_READAHEAD_PAGES);
	KTEST_ASSERT(toy->readpages_calls <= PAGES / VM_READAHEAD_PAGES + 4);
	kfree(buf);
	toy_close(toy);
	KTEST_ASSERT(true);
}
KTEST(cache_read_sequential, KTEST_QUICK | KTEST_GROWS, read_sequential);

static void read_random(void)
{
	struct toy *toy = toy_open((loff_t)4096 * PAGE_SIZE);
	u8 byte;
	int i;

	KTEST_ASSERT(toy);
	/* far apart and downwards: nothing to predict */
	for (i = 0; i < 32; i++) {
		loff_t pos = (loff_t)(4000 - i * 100) * PAGE_SIZE + 17;

		KTEST_EQ(toy_read(toy, &byte, 1, pos), 1);
		KTEST_EQ(byte, toy_byte(pos >> PAGE_SHIFT));
	}
	KTEST_EQ(toy->reads, 32);
	toy_close(toy);
}
KTEST(cache_read_random, KTEST_QUICK | KTEST_GROWS, read_random);

static void read_error(void)
{
	struct toy *toy = toy_open(8 * PAGE_SIZE);
	u8 buf[16];

	KTEST_ASSERT(toy);
	toy->fail_reads = true;
	KTEST_EQ(toy_read(toy, buf, sizeof(buf), 0), -EIO);
	/* the failure is not cached for ever */
	toy->fail_reads = false;
	KTEST_EQ(toy_read(toy, buf, sizeof(buf), 0), sizeof(buf));
	KTEST_EQ(buf[0], toy_byte(0));
	toy_close(toy);
}
KTEST(cache_read_error, KTEST_QUICK | KTEST_GROWS, read_error);

/* Dirty pages [0, n) of the toy. */
static bool dirty_pages(struct toy *toy, int n)
{
	u8 buf[64];
	int i;

	memset(buf, 0x5a, sizeof(buf));
	for (i = 0; i < n; i++)
		if (toy_write(toy, buf, sizeof(buf), (loff_t)i * PAGE_SIZE + 40) != sizeof(buf))
			return false;
	return true;
}

static void write_back(void)
{
	unsigned long dirty_before = global_page_state_snapshot(NR_FILE_DIRTY);
	struct toy *toy = toy_open(0);
	struct address_space *mapping;

	KTEST_ASSERT(toy);
	mapping = toy->inode->i_mapping;
	KTEST_ASSERT(dirty_pages(toy, 20));
	KTEST_EQ(mapping->nrpages, 20);
	KTEST_ASSERT(mapping_tagged(mapping, PAGECACHE_TAG_DIRTY));
	KTEST_ASSERT(toy->inode->i_state & I_DIRTY_PAGES);
	KTEST_EQ(global_page_state_snapshot(NR_FILE_DIRTY), dirty_before + 20);

	/* a range first, then the rest */
	KTEST_EQ(filemap_write_and_wait_range(mapping, 5 * PAGE_SIZE, 10 * PAGE_SIZE - 1), 0);
	KTEST_EQ(toy->writes, 5);
	KTEST_EQ(filemap_write_and_wait(mapping), 0);
	KTEST_EQ(toy->writes, 20);
	KTEST_ASSERT(!mapping_tagged(mapping, PAGECACHE_TAG_DIRTY));
	KTEST_ASSERT(!mapping_tagged(mapping, PAGECACHE_TAG_TOWRITE));
	KTEST_ASSERT(!mapping_tagged(mapping, PAGECACHE_TAG_WRITEBACK));
	KTEST_EQ(global_page_state_snapshot(NR_FILE_DIRTY), dirty_before);
	toy_close(toy);
}
KTEST(cache_write_back, KTEST_QUICK | KTEST_GROWS, write_back);

/* P20: what is dirtied while a sync runs is not part of it. */
static void write_snapshot(void)
{
	struct toy *toy = toy_open(0);
	struct address_space *mapping;
	struct page *page;

	KTEST_ASSERT(toy);
	mapping = toy->inode->i_mapping;
	KTEST_ASSERT(dirty_pages(toy, 8));
	KTEST_EQ(filemap_write_and_wait(mapping), 0);
	toy->writes = 0;
	toy->write_mode = TOY_WRITE_DIRTIES_NEXT;
	page = find_lock_page(mapping, 0);
	KTEST_ASSERT(page);
	set_page_dirty(page);
	unlock_page(page);
	put_page(page);
	KTEST_EQ(filemap_write_and_wait(mapping), 0);
	KTEST_EQ(toy->writes, 1);
	KTEST_ASSERT(mapping_tagged(mapping, PAGECACHE_TAG_DIRTY));
	toy_close(toy);
}
KTEST(cache_write_snapshot, KTEST_QUICK | KTEST_GROWS, write_snapshot);

/* P13, P15: a page that is not written stays dirty, and unlocked. */
static void write_refused(void)
{
	struct toy *toy = toy_open(0);
	struct address_space *mapping;
	struct page *page;
	int mode;

	KTEST_ASSERT(toy);
	mapping = toy->inode->i_mapping;
	KTEST_ASSERT(dirty_pages(toy, 3));
	for (mode = TOY_WRITE_REDIRTY; mode <= TOY_WRITE_ACTIVATE; mode++) {
		toy->write_mode = mode;
		KTEST_EQ(filemap_flush(mapping), 0);
		page = find_get_page(mapping, 1);
		KTEST_ASSERT(page);
		KTEST_ASSERT(PageDirty(page) && !PageLocked(page) && !PageWriteback(page));
		KTEST_ASSERT(mapping_tagged(mapping, PAGECACHE_TAG_DIRTY));
		put_page(page);
	}
	toy_close(toy);
}
KTEST(cache_write_refused, KTEST_QUICK | KTEST_GROWS, write_refused);

/* Every open file learns of a lost write once. */
static void write_error(void)
{
	struct toy *toy = toy_open(0);
	struct address_space *mapping;
	struct file other;
	errseq_t sb_err;

	KTEST_ASSERT(toy);
	mapping = toy->inode->i_mapping;
	memset(&other, 0, sizeof(other));
	spin_lock_init(&other.f_lock);
	other.f_mapping = mapping;
	other.f_inode = toy->inode;
	other.f_wb_err = filemap_sample_wb_err(mapping);
	toy->file->f_wb_err = filemap_sample_wb_err(mapping);
	sb_err = errseq_sample(&toy->inode->i_sb->s_wb_err);
	KTEST_ASSERT(dirty_pages(toy, 2));
	toy->write_mode = TOY_WRITE_ERROR;
	KTEST_EQ(file_write_and_wait_range(toy->file, 0, LLONG_MAX), -EIO);
	KTEST_EQ(file_write_and_wait_range(toy->file, 0, LLONG_MAX), 0);
	KTEST_EQ(file_write_and_wait_range(&other, 0, LLONG_MAX), -EIO);
	KTEST_EQ(file_write_and_wait_range(&other, 0, LLONG_MAX), 0);
	KTEST_EQ(errseq_check(&toy->inode->i_sb->s_wb_err, sb_err), -EIO);	/* syncfs */
	toy_close(toy);
}
KTEST(cache_write_error, KTEST_QUICK | KTEST_GROWS, write_error);

static void truncate(void)
{
	struct toy *toy = toy_open(0);
	struct address_space *mapping;
	u8 buf[128];
	struct page *page;
	int i;

	KTEST_ASSERT(toy);
	mapping = toy->inode->i_mapping;
	KTEST_ASSERT(dirty_pages(toy, 40));
	inode_lock(toy->inode);
	filemap_invalidate_lock(mapping);
	/* within page 10: the rest of it becomes zero, those behind go */
	truncate_setsize(toy->inode, 10 * PAGE_SIZE + 60);
	filemap_invalidate_unlock(mapping);
	inode_unlock(toy->inode);
	KTEST_EQ(mapping->nrpages, 11);
	KTEST_EQ(toy->freed, 29);
	page = find_get_page(mapping, 10);
	KTEST_ASSERT(page);
	KTEST_EQ(((u8 *)page_address(page))[59], 0x5a);
	for (i = 60; i < 104; i++)
		KTEST_EQ(((u8 *)page_address(page))[i], 0);
	put_page(page);
	KTEST_EQ(toy_read(toy, buf, sizeof(buf), 10 * PAGE_SIZE), 60);
	/* a hole in the middle */
	truncate_pagecache_range(toy->inode, 2 * PAGE_SIZE + 50, 5 * PAGE_SIZE + 49);
	KTEST_EQ(mapping->nrpages, 9);
	page = find_get_page(mapping, 5);
	KTEST_ASSERT(page);
	KTEST_EQ(((u8 *)page_address(page))[49], 0);
	KTEST_EQ(((u8 *)page_address(page))[50], 0x5a);
	put_page(page);
	toy_close(toy);
}
KTEST(cache_truncate, KTEST_QUICK | KTEST_GROWS, truncate);

static void invalidate(void)
{
	struct toy *toy = toy_open(16 * PAGE_SIZE);
	struct address_space *mapping;
	struct page *page;
	u8 byte;

	KTEST_ASSERT(toy);
	mapping = toy->inode->i_mapping;
	KTEST_EQ(toy_read(toy, &byte, 1, 0), 1);
	KTEST_ASSERT(dirty_pages(toy, 4));
	lru_add_drain_all();
	/* clean ones only */
	invalidate_mapping_pages(mapping, 0, -1);
	KTEST_EQ(mapping->nrpages, 4);
	/* private data is released first */
	KTEST_EQ(toy_read(toy, &byte, 1, 8 * PAGE_SIZE), 1);
	page = find_lock_page(mapping, 8);
	KTEST_ASSERT(page);
	get_page(page);
	SetPagePrivate(page);
	unlock_page(page);
	put_page(page);
	/* dirty ones are laundered */
	KTEST_EQ(invalidate_inode_pages2(mapping), 0);
	KTEST_EQ(mapping->nrpages, 0);
	KTEST_EQ(toy->laundered, 4);
	KTEST_EQ(toy->released, 1);
	toy_close(toy);
}
KTEST(cache_invalidate, KTEST_QUICK | KTEST_GROWS, invalidate);

static void reclaim(void)
{
	struct toy *toy = toy_open(PAGES * PAGE_SIZE);
	struct address_space *mapping;
	struct page *page;
	int i, waited;
	u8 byte;

	KTEST_ASSERT(toy);
	mapping = toy->inode->i_mapping;
	for (i = 0; i < PAGES; i++)
		KTEST_EQ(toy_read(toy, &byte, 1, (loff_t)i * PAGE_SIZE), 1);
	KTEST_ASSERT(dirty_pages(toy, 8));
	page = find_get_page(mapping, 100);	/* pinned: must stay */
	KTEST_ASSERT(page);
	KTEST_EQ(mapping->nrpages, PAGES);
	/* the dirty ones go once the flusher has written them */
	for (waited = 0; waited < 50 && mapping->nrpages > 1; waited++) {
		shrink_all_memory(100000);
		schedule_timeout_uninterruptible(10);
	}
	KTEST_EQ(mapping->nrpages, 1);
	KTEST_EQ(toy->writes, 8);
	KTEST_ASSERT(page->mapping == mapping && PageUptodate(page));
	put_page(page);
	toy_close(toy);
}
KTEST(cache_reclaim, KTEST_SLOW | KTEST_GROWS, reclaim);

#if CONFIG_CHECKS
#include "kernel/lock/contract.h"

/* A writepage that does neither: the call breaks P16, and what it leaves behind P18. */
static void broken_writepage(void)
{
	struct toy *toy = toy_open(0);
	struct contract_row *row = NULL;
	unsigned int n;

	KTEST_ASSERT(toy);
	KTEST_ASSERT(dirty_pages(toy, 1));
	toy->write_mode = TOY_WRITE_BROKEN;
	contract_expect_begin();
	filemap_fdatawrite(toy->inode->i_mapping);
	n = contract_expect_end(&row);
	KTEST_EQ(n, 2);
	KTEST_ASSERT(row && !strcmp(row->op, "P18"));
	toy_close(toy);
}
KTEST(cache_broken_writepage, KTEST_QUICK | KTEST_GROWS, broken_writepage);
#endif
