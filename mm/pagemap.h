/* SPDX-License-Identifier: MIT */
/*
 * The page cache: the pages of one file or block device, indexed by their position in it.
 *
 * A struct address_space (mm/address_space.h, with what guards what) holds the cached pages of
 * its host inode in an xarray whose marks say which pages are dirty, under writeback, or picked by
 * the sync that is running (TOWRITE).  The page lock is handed from the task to the I/O when a read
 * is submitted, and the completion releases it.
 */
#ifndef MM_PAGEMAP_H
#define MM_PAGEMAP_H

#include "kernel/lib/types.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/limits.h"
#include "mm/address_space.h"
#include "mm/gfp.h"
#include "mm/page.h"

struct address_space_operations;
struct inode;
struct file;
struct kiocb;
struct iov_iter;
struct vm_area_struct;
struct vm_fault;
struct pagevec;
struct file_ra_state;
struct writeback_control;

static inline bool mapping_empty(struct address_space *mapping)
{
	return READ_ONCE(mapping->nrpages) == 0;
}

static inline gfp_t mapping_gfp_mask(struct address_space *mapping)
{
	return mapping->gfp_mask;
}

static inline gfp_t mapping_gfp_constraint(struct address_space *mapping, gfp_t gfp)
{
	return mapping_gfp_mask(mapping) & gfp;
}

static inline void mapping_set_gfp_mask(struct address_space *m, gfp_t mask)
{
	m->gfp_mask = mask;
}

/* Record a failed write: every open file learns of it once, at its next fsync. Any context. */
void mapping_set_error(struct address_space *mapping, int error);

static inline bool mapping_tagged(struct address_space *mapping, xa_mark_t tag)
{
	return xa_marked(&mapping->i_pages, tag);
}

static inline bool mapping_writably_mapped(struct address_space *mapping)
{
	return atomic_read(&mapping->i_mmap_writable) > 0;
}

/* From now on no shared mapping that could be written to; -EBUSY while there is one. And back. */
static inline int mapping_deny_writable(struct address_space *mapping)
{
	return atomic_dec_unless_positive(&mapping->i_mmap_writable) ? 0 : -EBUSY;
}

static inline void mapping_allow_writable(struct address_space *mapping)
{
	atomic_inc(&mapping->i_mmap_writable);
}

static inline bool mapping_mapped(struct address_space *mapping)
{
	return READ_ONCE(mapping->i_mmap.rb_root.rb_node) != NULL;
}

static inline void i_mmap_lock_write(struct address_space *mapping)
{
	down_write(&mapping->i_mmap_rwsem);
}

static inline void i_mmap_unlock_write(struct address_space *mapping)
{
	up_write(&mapping->i_mmap_rwsem);
}

static inline void i_mmap_lock_read(struct address_space *mapping)
{
	down_read(&mapping->i_mmap_rwsem);
}

static inline bool i_mmap_trylock_read(struct address_space *mapping)
{
	return down_read_trylock(&mapping->i_mmap_rwsem);
}

static inline void i_mmap_unlock_read(struct address_space *mapping)
{
	up_read(&mapping->i_mmap_rwsem);
}

static inline void filemap_invalidate_lock(struct address_space *mapping)
{
	down_write(&mapping->invalidate_lock);
}

static inline void filemap_invalidate_unlock(struct address_space *mapping)
{
	up_write(&mapping->invalidate_lock);
}

static inline void filemap_invalidate_lock_shared(struct address_space *mapping)
{
	down_read(&mapping->invalidate_lock);
}

static inline bool filemap_invalidate_trylock_shared(struct address_space *mapping)
{
	return down_read_trylock(&mapping->invalidate_lock);
}

static inline void filemap_invalidate_unlock_shared(struct address_space *mapping)
{
	up_read(&mapping->invalidate_lock);
}

/* --- reference, lock and wait: mm/filemap_lock.c ------------------------------------------ */

/*
 * Take the lock of a page.  May sleep; the caller holds a reference.  The _killable form returns
 * -EINTR when a fatal signal arrives, the try form returns false without waiting.
 */
bool trylock_page(struct page *page);
void lock_page(struct page *page);
int lock_page_killable(struct page *page);

/*
 * Release the lock.  The holder is the calling task, or the I/O the lock was handed to; callable
 * from an interrupt.
 */
void unlock_page(struct page *page);

/* Hand the lock of a page held by this task to the I/O about to be submitted. */
void page_lock_handoff(struct page *page);

/*
 * The fault path's lock: true with the page locked; false when it would have to wait and @flags
 * allow a retry (mmap_sem was dropped unless FAULT_FLAG_RETRY_NOWAIT).
 */
bool __lock_page_or_retry(struct page *page, struct vm_area_struct *vma, unsigned int flags);

void wait_on_page_bit(struct page *page, int bit_nr);
int wait_on_page_bit_killable(struct page *page, int bit_nr);

/* Wait until nobody holds the lock (a read has ended).  May sleep. */
void wait_on_page_locked(struct page *page);
int wait_on_page_locked_killable(struct page *page);
void put_and_wait_on_page_locked(struct page *page);

/* Wait until write I/O of the page has ended.  May sleep. */
void wait_on_page_writeback(struct page *page);
/* Only if the backing device needs the contents unchanged during the write (none does here). */
void wait_for_stable_page(struct page *page);

/* Write I/O of @page has ended.  Any context, once per set_page_writeback(). */
void end_page_writeback(struct page *page);
/* Read (is_write false) or write of the whole page ended with @err (0 or -errno). Any context. */
void page_endio(struct page *page, bool is_write, int err);

/* --- lookup and insertion: mm/filemap.c --------------------------------------------------- */

#define FGP_ACCESSED	0x01	/* mark the page accessed */
#define FGP_LOCK	0x02	/* return it locked */
#define FGP_CREAT	0x04	/* allocate it if absent; returned locked */
#define FGP_WRITE	0x08	/* will be written */
#define FGP_NOFS	0x10	/* allocate without entering a file system */
#define FGP_NOWAIT	0x20	/* do not sleep */
#define FGP_FOR_MMAP	0x40	/* with FGP_CREAT: return the new page unlocked */

/* The page at @index with a reference, or NULL.  RCU only, never sleeps. */
struct page *find_get_entry(struct address_space *mapping, pgoff_t index);
struct page *pagecache_get_page(struct address_space *mapping, pgoff_t index, int fgp_flags,
				gfp_t gfp);

static inline struct page *find_get_page(struct address_space *mapping, pgoff_t index)
{
	return find_get_entry(mapping, index);
}

/* Locked and referenced, or NULL when it is not cached.  May sleep. */
struct page *find_lock_page(struct address_space *mapping, pgoff_t index);
/* Locked and referenced, allocated if absent; NULL when memory is short.  May sleep. */
struct page *find_or_create_page(struct address_space *mapping, pgoff_t index, gfp_t gfp);
/* Same without waiting for the lock: NULL when the page is locked or memory is short. */
struct page *grab_cache_page_nowait(struct address_space *mapping, pgoff_t index);

static inline struct page *grab_cache_page(struct address_space *mapping, pgoff_t index)
{
	return find_or_create_page(mapping, index, mapping_gfp_mask(mapping));
}

struct page *grab_cache_page_write_begin(struct address_space *mapping, pgoff_t index,
					 unsigned int flags);

/*
 * Up to @nr cached pages from *start to @end (inclusive), each with a reference.  *start is moved
 * behind the last one found.  Returns how many.  Never sleeps.
 */
unsigned int find_get_pages_range(struct address_space *mapping, pgoff_t *start, pgoff_t end,
				  unsigned int nr, struct page **pages);
unsigned int find_get_pages_range_tag(struct address_space *mapping, pgoff_t *start, pgoff_t end,
				      xa_mark_t tag, unsigned int nr, struct page **pages);
/* Up to @nr pages at index, index+1, ... stopping at the first hole.  Never sleeps. */
unsigned int find_get_pages_contig(struct address_space *mapping, pgoff_t index, unsigned int nr,
				   struct page **pages);

/*
 * Insert a locked new page; takes a reference for the cache.  -EEXIST when the slot is taken,
 * -ENOMEM.  add_to_page_cache_lru() locks the page itself, puts it on the LRU, and leaves it
 * unlocked again on failure.  May sleep if @gfp allows.
 */
int add_to_page_cache_locked(struct page *page, struct address_space *mapping, pgoff_t index,
			     gfp_t gfp);
int add_to_page_cache_lru(struct page *page, struct address_space *mapping, pgoff_t index,
			  gfp_t gfp);
/* Exchange a cached locked page for another one (migration).  Both locked. */
int replace_page_cache_page(struct page *old, struct page *new, gfp_t gfp);

/*
 * Remove a locked page.  delete_from_page_cache() also drops the cache's reference and calls the
 * freepage operation; __delete_from_page_cache() is called with the i_pages lock held, and the
 * caller does both.
 */
void delete_from_page_cache(struct page *page);
void __delete_from_page_cache(struct page *page);
void delete_from_page_cache_batch(struct address_space *mapping, struct pagevec *pvec);
/* freepage operation, then drop the cache's reference.  Page locked, no spinlock held. */
void page_cache_free_page(struct address_space *mapping, struct page *page);

struct page *page_cache_alloc(struct address_space *mapping);

typedef int filler_t(void *, struct page *);
/* Read the page at @index and wait.  Uptodate with a reference, or ERR_PTR.  May sleep. */
struct page *read_cache_page(struct address_space *mapping, pgoff_t index, filler_t *filler,
			     void *data);
struct page *read_mapping_page(struct address_space *mapping, pgoff_t index, void *data);

static inline loff_t page_offset(struct page *page)
{
	return (loff_t)page->index << PAGE_SHIFT;
}

pgoff_t linear_page_index(struct vm_area_struct *vma, unsigned long address);

/* --- read-ahead: mm/readahead.c ------------------------------------------------------------ */

#define VM_READAHEAD_PAGES	(128 * 1024 / PAGE_SIZE)

void file_ra_state_init(struct file_ra_state *ra, struct address_space *mapping);
/* Cache miss at @index while @req_size pages are wanted.  May sleep for memory, not for I/O. */
void page_cache_sync_readahead(struct address_space *mapping, struct file_ra_state *ra,
			       struct file *filp, pgoff_t index, unsigned long req_size);
/* The reader met the marker page (PG_readahead) at @index: start the next window. */
void page_cache_async_readahead(struct address_space *mapping, struct file_ra_state *ra,
				struct file *filp, struct page *page, pgoff_t index,
				unsigned long req_size);
/* Read [index, index + nr) regardless of the pattern (madvise, fadvise, readahead(2)). */
int force_page_cache_readahead(struct address_space *mapping, struct file *filp, pgoff_t index,
			       unsigned long nr);
/* As readahead(2): @offset and @count in bytes. */
int do_readahead(struct file *filp, loff_t offset, size_t count);
/* Fill @pages (linked by lru, highest index first) with @filler.  For aop readpages. */
int read_cache_pages(struct address_space *mapping, struct list_head *pages, filler_t *filler,
		     void *data);

/* --- reading and writing files: mm/filemap_read.c, mm/filemap_write.c ------------------------ */

ssize_t generic_file_read_iter(struct kiocb *iocb, struct iov_iter *to);
/* The buffered part only.  @written: bytes already transferred by the caller. */
ssize_t generic_file_buffered_read(struct kiocb *iocb, struct iov_iter *to, ssize_t written);
/* Takes i_rwsem, writes, and syncs as O_SYNC and O_DSYNC ask. */
ssize_t generic_file_write_iter(struct kiocb *iocb, struct iov_iter *from);
/* The same without lock and sync: i_rwsem held exclusively by the caller (not for devices). */
ssize_t __generic_file_write_iter(struct kiocb *iocb, struct iov_iter *from);
ssize_t generic_file_direct_write(struct kiocb *iocb, struct iov_iter *from);
ssize_t generic_perform_write(struct file *file, struct iov_iter *i, loff_t pos);
int pagecache_write_begin(struct file *file, struct address_space *mapping, loff_t pos,
			  unsigned int len, unsigned int flags, struct page **pagep,
			  void **fsdata);
int pagecache_write_end(struct file *file, struct address_space *mapping, loff_t pos,
			unsigned int len, unsigned int copied, struct page *page, void *fsdata);
int generic_fadvise(struct file *file, loff_t offset, loff_t len, int advice);
/* SEEK_DATA/SEEK_HOLE help: first cached uptodate (or absent) page range in [start, end). */
loff_t page_cache_seek_hole_data(struct inode *inode, loff_t offset, loff_t length, int whence);

/* --- mappings: mm/filemap_fault.c ------------------------------------------------------------ */

extern const struct vm_operations_struct generic_file_vm_ops;
vm_fault_t filemap_fault(struct vm_area_struct *vma, struct vm_fault *vmf);
void filemap_map_pages(struct vm_area_struct *vma, struct vm_fault *vmf);
vm_fault_t filemap_page_mkwrite(struct vm_area_struct *vma, struct vm_fault *vmf);
int generic_file_mmap(struct file *file, struct vm_area_struct *vma);
int generic_file_readonly_mmap(struct file *file, struct vm_area_struct *vma);

/* --- writing back: mm/filemap_sync.c ----------------------------------------------------------- */

/* Byte ranges are inclusive of @lend (LLONG_MAX: to the end).  All may sleep. */
int __filemap_fdatawrite_range(struct address_space *mapping, loff_t start, loff_t end,
			       int sync_mode);
int filemap_fdatawrite_range(struct address_space *mapping, loff_t start, loff_t end);
int filemap_fdatawrite(struct address_space *mapping);
int filemap_flush(struct address_space *mapping);
int filemap_fdatawait_range(struct address_space *mapping, loff_t start, loff_t end);
int filemap_fdatawait_keep_errors(struct address_space *mapping);
int file_fdatawait_range(struct file *file, loff_t start, loff_t end);
int filemap_write_and_wait(struct address_space *mapping);
int filemap_write_and_wait_range(struct address_space *mapping, loff_t lstart, loff_t lend);
/* Write, wait, and report an error of this file once (errseq). */
int file_write_and_wait_range(struct file *file, loff_t lstart, loff_t lend);
int file_check_and_advance_wb_err(struct file *file);
int filemap_check_errors(struct address_space *mapping);
void __filemap_set_wb_err(struct address_space *mapping, int err);
bool filemap_range_has_page(struct address_space *mapping, loff_t start, loff_t end);

static inline int filemap_fdatawait(struct address_space *mapping)
{
	return filemap_fdatawait_range(mapping, 0, LLONG_MAX);
}

static inline void filemap_set_wb_err(struct address_space *mapping, int err)
{
	if (err)
		__filemap_set_wb_err(mapping, err);
}

static inline int filemap_check_wb_err(struct address_space *mapping, errseq_t since)
{
	return errseq_check(&mapping->wb_err, since);
}

static inline errseq_t filemap_sample_wb_err(struct address_space *mapping)
{
	return errseq_sample(&mapping->wb_err);
}

/* --- truncation: mm/truncate.c ----------------------------------------------------------------- */

/*
 * Remove cached pages (and their mappings, for truncate_pagecache*), waiting for page locks and
 * writeback.  i_rwsem and the invalidate lock are held exclusively by file systems; the final
 * truncation of an evicted inode needs neither.
 */
void truncate_inode_pages(struct address_space *mapping, loff_t lstart);
void truncate_inode_pages_range(struct address_space *mapping, loff_t lstart, loff_t lend);
void truncate_inode_pages_final(struct address_space *mapping);
void truncate_pagecache(struct inode *inode, loff_t newsize);
void truncate_setsize(struct inode *inode, loff_t newsize);
void truncate_pagecache_range(struct inode *inode, loff_t lstart, loff_t lend);
/* A file grew from @from to @to: write-protect the old last page so that mkwrite runs again. */
void pagecache_isize_extended(struct inode *inode, loff_t from, loff_t to);
int truncate_inode_page(struct address_space *mapping, struct page *page);
int generic_error_remove_page(struct address_space *mapping, struct page *page);
/* Drop clean unmapped pages without waiting; returns how many went. Indices inclusive. */
unsigned long invalidate_mapping_pages(struct address_space *mapping, pgoff_t start, pgoff_t end);
/* Drop all pages of the range, dirty ones laundered first.  -EBUSY when one could not go. */
int invalidate_inode_pages2_range(struct address_space *mapping, pgoff_t start, pgoff_t end);
int invalidate_inode_pages2(struct address_space *mapping);
int invalidate_inode_page(struct page *page);
void do_invalidatepage(struct page *page, unsigned int offset, unsigned int length);

/* --- dirtying: mm/page-writeback.c --------------------------------------------------------------- */

bool set_page_dirty(struct page *page);
bool set_page_dirty_lock(struct page *page);
/* Dirty mark and accounting of a page whose dirty flag was just set.  Does not sleep. */
void __set_page_dirty(struct page *page, struct address_space *mapping);
int __set_page_dirty_nobuffers(struct page *page);
int __set_page_dirty_no_writeback(struct page *page);
bool clear_page_dirty_for_io(struct page *page);
void cancel_dirty_page(struct page *page);
void account_page_dirtied(struct page *page, struct address_space *mapping);
void account_page_cleaned(struct page *page, struct address_space *mapping);
bool redirty_page_for_writepage(struct writeback_control *wbc, struct page *page);
bool test_clear_page_writeback(struct page *page);
bool test_set_page_writeback(struct page *page, bool keep_write);
#if CONFIG_CHECKS
/* Reports P18 if a page of @mapping is marked dirty in the cache and is not dirty.  Does not sleep. */
void mapping_check_marks(struct address_space *mapping);
#endif
/* The page is locked and not under writeback. */
void set_page_writeback(struct page *page);
void set_page_writeback_keepwrite(struct page *page);

/* Ask a file system's releasepage to free the private data.  Page locked.  True: freed. */
bool try_to_release_page(struct page *page, gfp_t gfp);

#endif
