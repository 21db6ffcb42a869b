/* SPDX-License-Identifier: MIT */
/*
 * blk_types.h - the types that travel between file systems and block drivers: status codes,
 * operations and flags, struct bio, struct block_device.
 */
#ifndef DRIVERS_BLOCK_BLK_TYPES_H
#define DRIVERS_BLOCK_BLK_TYPES_H

#include "kernel/lib/types.h"
#include "kernel/lib/list.h"
#include "kernel/lock/mutex.h"
#include "kernel/x86/atomic.h"
#include "drivers/block/bvec.h"

struct bio;
struct bio_set;
struct block_device;
struct gendisk;
struct inode;
struct request_queue;
struct super_block;
struct backing_dev_info;

#define SECTOR_SHIFT 9
#define SECTOR_SIZE  (1U << SECTOR_SHIFT)

/*
 * How a block operation ended. The type is separate from errno so that neither is taken for the
 * other; blk_status_to_errno() and errno_to_blk_status() convert.
 */
typedef u8 blk_status_t;
#define BLK_STS_OK	     ((blk_status_t)0)
#define BLK_STS_NOTSUPP	     ((blk_status_t)1)
#define BLK_STS_TIMEOUT	     ((blk_status_t)2)
#define BLK_STS_NOSPC	     ((blk_status_t)3)
#define BLK_STS_TRANSPORT    ((blk_status_t)4)
#define BLK_STS_TARGET	     ((blk_status_t)5)
#define BLK_STS_NEXUS	     ((blk_status_t)6)
#define BLK_STS_MEDIUM	     ((blk_status_t)7)
#define BLK_STS_PROTECTION   ((blk_status_t)8)
#define BLK_STS_RESOURCE     ((blk_status_t)9)	/* driver: out of memory, try again later */
#define BLK_STS_IOERR	     ((blk_status_t)10)
#define BLK_STS_AGAIN	     ((blk_status_t)12)
#define BLK_STS_DEV_RESOURCE ((blk_status_t)13) /* driver: ring full, a completion will retry */

int blk_status_to_errno(blk_status_t status);
blk_status_t errno_to_blk_status(int errno);

/* bi_opf and cmd_flags: the operation in the low eight bits, flags above. */
#define REQ_OP_BITS 8
#define REQ_OP_MASK ((1U << REQ_OP_BITS) - 1)

enum req_opf {
	REQ_OP_READ = 0,
	REQ_OP_WRITE = 1, /* odd numbers carry data to the device */
	REQ_OP_FLUSH = 2, /* flush the volatile write cache */
	REQ_OP_DISCARD = 3,
	REQ_OP_WRITE_ZEROES = 9,
	REQ_OP_LAST,
};

enum req_flag_bits {
	__REQ_SYNC = REQ_OP_BITS, /* somebody waits for it */
	__REQ_META,		  /* metadata */
	__REQ_PRIO,		  /* ahead of others */
	__REQ_NOMERGE,		  /* do not merge */
	__REQ_IDLE,		  /* more is expected after this one */
	__REQ_FUA,		  /* on stable storage before completion */
	__REQ_PREFLUSH,		  /* flush the cache before the data is written */
	__REQ_RAHEAD,		  /* read-ahead: may fail at any time */
	__REQ_BACKGROUND,	  /* background writeback */
	__REQ_NOWAIT,		  /* fail with BLK_STS_AGAIN rather than wait for a request */
	__REQ_SWAP,		  /* swap I/O */
	__REQ_NOUNMAP,		  /* REQ_OP_WRITE_ZEROES must leave the range allocated */
	__REQ_FLUSH_SEQ,	  /* block layer: runs through the flush sequence */
};

#define REQ_SYNC       (1U << __REQ_SYNC)
#define REQ_META       (1U << __REQ_META)
#define REQ_PRIO       (1U << __REQ_PRIO)
#define REQ_NOMERGE    (1U << __REQ_NOMERGE)
#define REQ_IDLE       (1U << __REQ_IDLE)
#define REQ_FUA	       (1U << __REQ_FUA)
#define REQ_PREFLUSH   (1U << __REQ_PREFLUSH)
#define REQ_RAHEAD     (1U << __REQ_RAHEAD)
#define REQ_BACKGROUND (1U << __REQ_BACKGROUND)
#define REQ_NOWAIT     (1U << __REQ_NOWAIT)
#define REQ_SWAP       (1U << __REQ_SWAP)
#define REQ_NOUNMAP    (1U << __REQ_NOUNMAP)
#define REQ_FLUSH_SEQ  (1U << __REQ_FLUSH_SEQ)

#define REQ_NOMERGE_FLAGS (REQ_NOMERGE | REQ_PREFLUSH | REQ_FUA)

static inline bool op_is_write(unsigned int op)
{
	return op & 1;
}

static inline bool op_is_flush(unsigned int opf)
{
	return opf & (REQ_FUA | REQ_PREFLUSH);
}

typedef void (*bio_end_io_t)(struct bio *);

/* bi_flags */
enum {
	BIO_CHAIN,  /* another bio waits for this one: __bi_remaining is in use */
	BIO_CLONED, /* bi_io_vec belongs to another bio */
	BIO_QUIET,  /* no message about an error */
};

/*
 * One I/O. Filled by the submitter, who does not touch it from submit_bio() until bi_end_io.
 * bi_end_io runs in interrupt context, or in process context with interrupts disabled (RAM disks,
 * and bios refused at submission); it must not sleep. It owns the bio again and usually puts it.
 */
struct bio {
	struct bio *bi_next; /* request's bio list, or a submitter's list */
	struct gendisk *bi_disk;
	unsigned int bi_opf;
	unsigned short bi_flags; /* BIO_*; submitter before, completion after submission */
	unsigned short bi_ioprio;
	unsigned short bi_write_hint;
	blk_status_t bi_status;
	u8 bi_pool;		 /* which cache bi_io_vec came from, 0: none */
	struct bvec_iter bi_iter;
	atomic_t __bi_remaining; /* chained bios still to complete, plus one */
	bio_end_io_t bi_end_io;
	void *bi_private;	 /* the submitter's */
	unsigned short bi_vcnt;
	unsigned short bi_max_vecs;
	atomic_t __bi_cnt;	 /* references */
	struct bio_vec *bi_io_vec;
	struct bio_set *bi_set_pool;
	struct bio_vec bi_inline_vecs[4];
};

#define bio_op(bio) ((bio)->bi_opf & REQ_OP_MASK)

static inline void bio_set_op_attrs(struct bio *bio, unsigned int op, unsigned int op_flags)
{
	bio->bi_opf = op | op_flags;
}

/*
 * An open block device, one for each device number; allocated together with its inode by the
 * block-device file system (fs/block_dev.c), which also does all opening and closing.
 */
struct block_device {
	dev_t bd_dev;			   /* constant */
	struct inode *bd_inode;		   /* constant; its mapping caches the device */
	struct mutex bd_mutex;		   /* open, close, resize */

	/* guarded by bd_mutex */
	int bd_openers;
	int bd_invalidated;		   /* media changed: size must be read again */
	unsigned int bd_block_size;
	struct gendisk *bd_disk;
	struct request_queue *bd_queue;
	struct super_block *bd_super;	   /* mounted here; also under the superblock's s_umount */

	/* guarded by fs/block_dev.c's bdev_lock */
	void *bd_claiming;
	void *bd_holder;
	int bd_holders;
	bool bd_write_holder;
	struct list_head bd_list;

	struct backing_dev_info *bd_bdi;   /* set at first open, under bd_mutex */
	struct mutex bd_fsfreeze_mutex;
	int bd_fsfreeze_count;		   /* bd_fsfreeze_mutex */
	spinlock_t bd_swap_lock;	   /* the slots of swap space on this device, when there is any */
};

#endif
