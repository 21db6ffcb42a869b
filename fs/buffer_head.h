/* SPDX-License-Identifier: MIT */
/*
 * Buffer heads: one for each block of a cached page.  They say where the block lives on the
 * device, and whether it is up to date, dirty, or under I/O.  The metadata of a file system lives
 * in buffers of its block device's page cache.
 *
 * What guards what:
 *  - b_state: atomic bit operations.  BH_Lock is a sleeping bit lock; it covers I/O, and passes
 *    from the task to the I/O at submission.
 *  - b_this_page, b_page: constant from attachment to detachment; both happen under the page lock
 *    and, because lookups come without it, under the mapping's private_lock.
 *  - b_blocknr, b_bdev, b_size: set under the page lock before BH_Mapped.
 *  - b_assoc_buffers, b_assoc_map: private_lock of the device's mapping.
 *  - b_count: atomic; a buffer with references is not detached.
 *  - b_end_io is called only through bh_end_io(): interrupt context, buffer locked.
 */
#ifndef FS_BUFFER_HEAD_H
#define FS_BUFFER_HEAD_H

#include "kernel/lib/types.h"
#include "kernel/lib/list.h"
#include "kernel/x86/atomic.h"
#include "kernel/x86/bitops.h"
#include "mm/page.h"
#include "mm/gfp.h"
#include "fs/fs.h"
#include "gen/buffer_head.h"

struct vm_area_struct;
struct vm_fault;
struct writeback_control;

enum bh_state_bits {
	BH_Uptodate,		/* contains valid data */
	BH_Dirty,
	BH_Lock,
	BH_Req,			/* has been submitted for I/O */
	BH_Uptodate_Lock,	/* serialises the completions of one page's buffers */
	BH_Mapped,		/* has a block on the device */
	BH_New,			/* the block was just allocated */
	BH_Async_Read,		/* under end_buffer_async_read */
	BH_Async_Write,		/* under end_buffer_async_write */
	BH_Delay,		/* reserved, not yet allocated */
	BH_Boundary,		/* the next block is not contiguous */
	BH_Write_EIO,		/* the last write failed */
	BH_Unwritten,		/* allocated on disk, reads as zeroes */
	BH_Quiet,
	BH_Meta,		/* metadata: a scheduling hint */
	BH_Prio,
	BH_Defer_Completion,
	BH_PrivateStart,	/* the file system's own bits */
};

struct buffer_head;
struct block_device;
struct vm_area_struct;
struct vm_fault;
struct writeback_control;
typedef void (bh_end_io_t)(struct buffer_head *bh, int uptodate);

struct buffer_head {
	unsigned long b_state;
	struct buffer_head *b_this_page;	/* ring of the page's buffers */
	struct page *b_page;
	sector_t b_blocknr;			/* in units of b_size on b_bdev */
	size_t b_size;				/* bytes */
	char *b_data;				/* in the direct map */
	struct block_device *b_bdev;
	BUFFER_HEAD_OPS;			/* b_end_io: set by the lock holder before submission */
	void *b_private;			/* for b_end_io */
	struct list_head b_assoc_buffers;
	struct address_space *b_assoc_map;	/* mapping whose fsync writes this buffer */
	atomic_t b_count;
};

#include "gen/buffer_head_calls.h"

#define BUFFER_FNS(bit, name)						\
static inline void set_buffer_##name(struct buffer_head *bh)		\
{									\
	if (!test_bit(BH_##bit, &bh->b_state))				\
		set_bit(BH_##bit, &bh->b_state);			\
}									\
static inline void clear_buffer_##name(struct buffer_head *bh)		\
{									\
	clear_bit(BH_##bit, &bh->b_state);				\
}									\
static inline int buffer_##name(const struct buffer_head *bh)		\
{									\
	return test_bit(BH_##bit, &bh->b_state);			\
}

#define TAS_BUFFER_FNS(bit, name)					\
static inline int test_set_buffer_##name(struct buffer_head *bh)	\
{									\
	return test_and_set_bit(BH_##bit, &bh->b_state);		\
}									\
static inline int test_clear_buffer_##name(struct buffer_head *bh)	\
{									\
	return test_and_clear_bit(BH_##bit, &bh->b_state);		\
}

BUFFER_FNS(Uptodate, uptodate)
BUFFER_FNS(Dirty, dirty)
TAS_BUFFER_FNS(Dirty, dirty)
BUFFER_FNS(Req, req)
TAS_BUFFER_FNS(Req, req)
BUFFER_FNS(Mapped, mapped)
BUFFER_FNS(New, new)
BUFFER_FNS(Async_Read, async_read)
BUFFER_FNS(Async_Write, async_write)
BUFFER_FNS(Delay, delay)
BUFFER_FNS(Boundary, boundary)
BUFFER_FNS(Write_EIO, write_io_error)
BUFFER_FNS(Unwritten, unwritten)
BUFFER_FNS(Meta, meta)
BUFFER_FNS(Prio, prio)
BUFFER_FNS(Defer_Completion, defer_completion)

static inline int buffer_locked(const struct buffer_head *bh)
{
	return test_bit(BH_Lock, &bh->b_state);
}

#define bh_offset(bh)	((unsigned long)(bh)->b_data & ~PAGE_MASK)
#define page_buffers(page)	((struct buffer_head *)page_private(page))
#define page_has_buffers(page)	PagePrivate(page)

/*
 * How a file system maps a file block: @iblock of @inode.  Fills b_bdev and b_blocknr and sets
 * BH_Mapped when there is a block; @create non-zero allocates (BH_New) or reserves (BH_New and
 * BH_Delay: mapped, but the block is chosen when get_block is called again at writeback).  b_size
 * in: bytes wanted, out: bytes mapped contiguously.  May sleep.
 */
typedef int (get_block_t)(struct inode *inode, sector_t iblock, struct buffer_head *bh,
			  int create);

/* --- locks: fs/buffer_lock.c ------------------------------------------------------------------ */

/* Sleeping lock; reference held by the caller. */
void lock_buffer(struct buffer_head *bh);
/* The @pos-th buffer of a page while earlier ones are locked. */
void lock_buffer_nested(struct buffer_head *bh, unsigned int pos);
bool trylock_buffer(struct buffer_head *bh);
/* By the owner, or by the I/O it was handed to: callable from an interrupt. */
void unlock_buffer(struct buffer_head *bh);
/* Hand the lock of this task to the I/O (done by submit_bh()). */
void buffer_lock_handoff(struct buffer_head *bh);
void __wait_on_buffer(struct buffer_head *bh);

static inline void wait_on_buffer(struct buffer_head *bh)
{
	might_sleep();
	if (buffer_locked(bh))
		__wait_on_buffer(bh);
}

static inline void get_bh(struct buffer_head *bh)
{
	atomic_inc(&bh->b_count);
}

static inline void put_bh(struct buffer_head *bh)
{
	smp_mb__before_atomic();
	atomic_dec(&bh->b_count);
}

void __brelse(struct buffer_head *bh);
void __bforget(struct buffer_head *bh);

static inline void brelse(struct buffer_head *bh)
{
	if (bh)
		__brelse(bh);
}

/* Drop the reference and the dirty state: the block was freed. */
static inline void bforget(struct buffer_head *bh)
{
	if (bh)
		__bforget(bh);
}

/* --- blocks of a device: fs/buffer.c ----------------------------------------------------------- */

/* The buffer of a block if it is cached, with a reference; else NULL.  Does not sleep for I/O. */
struct buffer_head *__find_get_block(struct block_device *bdev, sector_t block, unsigned int size);
/* The same, created if absent; NULL when memory is short or the block is off the device. */
struct buffer_head *__getblk_gfp(struct block_device *bdev, sector_t block, unsigned int size,
				 gfp_t gfp);
/* Read it too: NULL on an I/O error.  May sleep. */
struct buffer_head *__bread_gfp(struct block_device *bdev, sector_t block, unsigned int size,
				gfp_t gfp);
/* Start reading a block that will be wanted. */
void __breadahead(struct block_device *bdev, sector_t block, unsigned int size);
void invalidate_bh_lrus(void);

static inline struct buffer_head *__getblk(struct block_device *bdev, sector_t block,
					   unsigned int size)
{
	return __getblk_gfp(bdev, block, size, __GFP_MOVABLE);
}

static inline struct buffer_head *__bread(struct block_device *bdev, sector_t block,
					  unsigned int size)
{
	return __bread_gfp(bdev, block, size, __GFP_MOVABLE);
}

static inline struct buffer_head *bread(struct block_device *bdev, sector_t block,
					unsigned int size)
{
	return __bread(bdev, block, size);
}

static inline struct buffer_head *sb_bread(struct super_block *sb, sector_t block)
{
	return __bread(sb->s_bdev, block, sb->s_blocksize);
}

static inline void sb_breadahead(struct super_block *sb, sector_t block)
{
	__breadahead(sb->s_bdev, block, sb->s_blocksize);
}

static inline struct buffer_head *sb_getblk(struct super_block *sb, sector_t block)
{
	return __getblk(sb->s_bdev, block, sb->s_blocksize);
}

static inline struct buffer_head *sb_getblk_gfp(struct super_block *sb, sector_t block, gfp_t gfp)
{
	return __getblk_gfp(sb->s_bdev, block, sb->s_blocksize, gfp);
}

static inline struct buffer_head *sb_find_get_block(struct super_block *sb, sector_t block)
{
	return __find_get_block(sb->s_bdev, block, sb->s_blocksize);
}

static inline void map_bh(struct buffer_head *bh, struct super_block *sb, sector_t block)
{
	set_buffer_mapped(bh);
	bh->b_bdev = sb->s_bdev;
	bh->b_blocknr = block;
	bh->b_size = sb->s_blocksize;
}

/* Dirty a buffer: the flusher writes it later.  Does not sleep. */
void mark_buffer_dirty(struct buffer_head *bh);
/* Dirty metadata of @inode: fsync of the inode writes it too. */
void mark_buffer_dirty_inode(struct buffer_head *bh, struct inode *inode);
void mark_buffer_write_io_error(struct buffer_head *bh);
void mark_buffer_async_write(struct buffer_head *bh);
/* Write and wait for the buffers associated with @mapping.  0 or -EIO.  May sleep. */
int sync_mapping_buffers(struct address_space *mapping);
bool inode_has_buffers(struct inode *inode);
void invalidate_inode_buffers(struct inode *inode);
bool remove_inode_buffers(struct inode *inode);
/* If block @bblock of @bdev is dirty and cached, start writing it (indirect blocks). */
void write_boundary_block(struct block_device *bdev, sector_t bblock, unsigned int blocksize);
/* A freed or newly allocated range may have stale dirty buffers in the device's cache: clean them. */
void clean_bdev_aliases(struct block_device *bdev, sector_t block, sector_t len);

static inline void clean_bdev_bh_alias(struct buffer_head *bh)
{
	clean_bdev_aliases(bh->b_bdev, bh->b_blocknr, 1);
}

/* --- I/O: fs/buffer_io.c ------------------------------------------------------------------------ */

/*
 * Submit a locked, mapped buffer whose b_end_io is set.  @op REQ_OP_READ or REQ_OP_WRITE.  The
 * buffer lock passes to the I/O.  May sleep.
 */
int submit_bh(int op, int op_flags, struct buffer_head *bh);
/* Lock each buffer that needs @op and submit it; the others are skipped. */
void ll_rw_block(int op, int op_flags, int nr, struct buffer_head *bhs[]);
/* Start writing if dirty; waits for the lock, not for the I/O. */
void write_dirty_buffer(struct buffer_head *bh, int op_flags);
/* Write and wait.  0 or -EIO. */
int sync_dirty_buffer(struct buffer_head *bh);
int __sync_dirty_buffer(struct buffer_head *bh, int op_flags);
/* Read a locked buffer, wait, unlock.  0 or -EIO. */
int bh_submit_read(struct buffer_head *bh);
int bh_uptodate_or_lock(struct buffer_head *bh);
/* Complete a buffer whose lock was handed off as the device would: through b_end_io. */
void buffer_finish_now(struct buffer_head *bh, int uptodate);
void end_buffer_read_sync(struct buffer_head *bh, int uptodate);
void end_buffer_write_sync(struct buffer_head *bh, int uptodate);
void end_buffer_async_read(struct buffer_head *bh, int uptodate);
void end_buffer_async_write(struct buffer_head *bh, int uptodate);

/* --- pages of buffers: fs/buffer.c, fs/buffer_page.c ------------------------------------------- */

struct buffer_head *alloc_buffer_head(gfp_t gfp);
void free_buffer_head(struct buffer_head *bh);
struct buffer_head *alloc_page_buffers(struct page *page, unsigned long size, bool retry);
void set_bh_page(struct buffer_head *bh, struct page *page, unsigned long offset);
void create_empty_buffers(struct page *page, unsigned long blocksize, unsigned long b_state);
/* Page locked.  True: the buffers are gone. */
bool try_to_free_buffers(struct page *page);
int __set_page_dirty_buffers(struct page *page);
void block_invalidatepage(struct page *page, unsigned int offset, unsigned int length);
int block_is_partially_uptodate(struct page *page, unsigned long from, unsigned long count);

/* readpage: page locked; unlocked by the completion. */
int block_read_full_page(struct page *page, get_block_t *get_block);
/* writepage: page locked; unlocked on return, see the locking document. */
int block_write_full_page(struct page *page, get_block_t *get_block,
			  struct writeback_control *wbc);
int __block_write_full_page(struct inode *inode, struct page *page, get_block_t *get_block,
			    struct writeback_control *wbc, bh_end_io_t *handler);

/*
 * write_begin: return the page locked, referenced, with the blocks of [pos, pos + len) mapped (or
 * reserved) and what the write does not cover up to date.  i_rwsem exclusive (not for devices).
 */
int block_write_begin(struct address_space *mapping, loff_t pos, unsigned int len,
		      unsigned int flags, struct page **pagep, get_block_t *get_block);
int __block_write_begin(struct page *page, loff_t pos, unsigned int len, get_block_t *get_block);
int __block_write_begin_int(struct page *page, loff_t pos, unsigned int len,
			    get_block_t *get_block);
/* write_end without i_size; returns the bytes accepted.  Page stays locked. */
int block_write_end(struct file *file, struct address_space *mapping, loff_t pos,
		    unsigned int len, unsigned int copied, struct page *page, void *fsdata);
/* write_end: i_size, unlock, drop the reference. */
int generic_write_end(struct file *file, struct address_space *mapping, loff_t pos,
		      unsigned int len, unsigned int copied, struct page *page, void *fsdata);
void page_zero_new_buffers(struct page *page, unsigned int from, unsigned int to);
int block_commit_write(struct page *page, unsigned int from, unsigned int to);
/* page_mkwrite: allocate the blocks; 0 with the page locked and dirty, or -errno unlocked. */
int block_page_mkwrite(struct vm_area_struct *vma, struct vm_fault *vmf, get_block_t *get_block);
/* Turn an error of block_page_mkwrite() into a fault code: -ENOSPC is SIGBUS, and so on. */
vm_fault_t block_page_mkwrite_return(int err);
/* Zero the rest of the block at @from in the cached page. */
int block_truncate_page(struct address_space *mapping, loff_t from, get_block_t *get_block);
int block_zero_range(struct address_space *mapping, loff_t from, unsigned int length, get_block_t *get_block);
sector_t generic_block_bmap(struct address_space *mapping, sector_t block,
			    get_block_t *get_block);

/* Link a NULL-ended ring of buffers to a page that has none.  Page locked. */
void attach_page_buffers(struct page *page, struct buffer_head *head);
void buffer_init(void);

#endif
