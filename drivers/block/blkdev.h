/* SPDX-License-Identifier: MIT */
/*
 * blkdev.h - disks, their queues and limits, plugging, and the helpers file systems use.
 *
 * What only block drivers need (requests, hardware queues) is in blk-mq.h.
 */
#ifndef DRIVERS_BLOCK_BLKDEV_H
#define DRIVERS_BLOCK_BLKDEV_H

#include "kernel/lib/types.h"
#include "kernel/lib/list.h"
#include "drivers/block/bio.h"

struct task_struct;
struct block_device_operations; /* gen/block_device_operations.h */

#define DISK_NAME_LEN 32

#define BLK_MAX_SECTORS_CAP	  2560U /* default bound on one read or write, sectors */
#define BLK_DEF_MAX_SEGMENTS	  128

/* What a queue accepts. Set by the driver before add_disk(), constant afterwards. */
struct queue_limits {
	unsigned int max_sectors;	  /* one read or write, sectors */
	unsigned int max_segment_size;	  /* one physically contiguous piece, bytes */
	unsigned int max_discard_sectors; /* 0: no discard */
	unsigned int max_write_zeroes_sectors;
	unsigned int discard_granularity; /* bytes */
	unsigned int discard_alignment;	  /* bytes */
	unsigned int logical_block_size;  /* bytes; smallest addressable unit */
	unsigned int physical_block_size; /* bytes; written without read-modify-write */
	unsigned int alignment_offset;	  /* bytes */
	unsigned int io_min, io_opt;	  /* bytes; advice */
	unsigned short max_segments;
};

/* queue_flags: bit numbers */
enum {
	QUEUE_FLAG_WC,	      /* volatile write cache: flushes are meaningful */
	QUEUE_FLAG_FUA,	      /* the device does FUA itself */
	QUEUE_FLAG_DISCARD,
	QUEUE_FLAG_NOMERGES,
	QUEUE_FLAG_NONROT,
	QUEUE_FLAG_DEAD,      /* device gone: everything fails */
	QUEUE_FLAG_DAX,
};

struct blk_mq_ops;
struct blk_mq_hw_ctx;
typedef void (make_request_fn)(struct request_queue *q, struct bio *bio);

struct request_queue {
	struct queue_limits limits;	/* constant after add_disk() */
	unsigned long queue_flags;	/* atomic bit operations */
	void *queuedata;		/* the driver's; constant */
	make_request_fn *make_request;	/* constant */

	/* Multi-queue devices only; constant after blk_mq_init_queue(). */
	const struct blk_mq_ops *mq_ops;
	struct blk_mq_hw_ctx **hctx;
	unsigned int nr_hw_queues;
	unsigned int nr_requests;	/* for each hardware queue */
	unsigned int cmd_size;		/* bytes of driver data behind each request */
	unsigned int *cpu_map;		/* CPU number -> index of its hardware queue */

	struct backing_dev_info *backing_dev_info; /* set by fs/block_dev.c, under bd_mutex */
	struct gendisk *disk;		/* constant after add_disk() */
};

#define blk_queue_flag(q, flag) ((READ_ONCE((q)->queue_flags) >> (flag)) & 1)
#define blk_queue_nonrot(q)	blk_queue_flag(q, QUEUE_FLAG_NONROT)
#define blk_queue_discard(q)	blk_queue_flag(q, QUEUE_FLAG_DISCARD)
#define blk_queue_dying(q)	blk_queue_flag(q, QUEUE_FLAG_DEAD)
#define blk_queue_dax(q)	blk_queue_flag(q, QUEUE_FLAG_DAX)

void blk_queue_flag_set(unsigned int flag, struct request_queue *q);
void blk_queue_flag_clear(unsigned int flag, struct request_queue *q);

struct request_queue *blk_alloc_queue(make_request_fn *fn); /* bio-based driver; NULL: no memory */
void blk_cleanup_queue(struct request_queue *q);
void blk_set_default_limits(struct queue_limits *lim);
void blk_queue_write_cache(struct request_queue *q, bool wc, bool fua);

static inline unsigned int queue_logical_block_size(struct request_queue *q)
{
	return q->limits.logical_block_size;
}

static inline unsigned int queue_physical_block_size(struct request_queue *q)
{
	return q->limits.physical_block_size;
}

static inline unsigned int queue_max_sectors(struct request_queue *q)
{
	return q->limits.max_sectors;
}

/* Per-CPU sums, indexed by direction: STAT_READ, STAT_WRITE, STAT_DISCARD, STAT_FLUSH. */
enum { STAT_READ, STAT_WRITE, STAT_DISCARD, STAT_FLUSH, NR_STAT_GROUPS };

struct disk_stats {
	u64 ios[NR_STAT_GROUPS];     /* completed requests */
	u64 merges[NR_STAT_GROUPS];  /* bios that joined an existing request */
	u64 sectors[NR_STAT_GROUPS];
	u64 nsecs[NR_STAT_GROUPS];   /* request lifetime */
	u64 errors[NR_STAT_GROUPS];
	u64 kicks;		     /* notifications sent to the device */
	u64 ring_full;		     /* requests put back because the ring was full */
	s64 in_flight[2];	     /* sum over CPUs is the number of requests begun, not ended */
};

/* A disk. Created by its driver, found by number or name. */
struct gendisk {
	int major, first_minor;	     /* constant */
	char disk_name[DISK_NAME_LEN];
	const struct block_device_operations *fops;
	struct request_queue *queue;
	void *private_data;	     /* the driver's */
	int read_only;		     /* READ_ONCE/WRITE_ONCE */
	atomic64_t nr_sects;	     /* size in sectors; changes when the device is resized */
	struct disk_stats *stats;    /* one for each possible CPU; written by that CPU, irqs off */
	struct list_head list;	     /* disk_lock */
	atomic_t open_count;
};

struct hd_geometry {
	unsigned char heads;
	unsigned char sectors;
	unsigned short cylinders;
	unsigned long start;
};

struct gendisk *alloc_disk(int minors);
void put_disk(struct gendisk *disk); /* one that was never added */
void add_disk(struct gendisk *disk); /* from here on it can be found and used */
void del_gendisk(struct gendisk *disk);
#define BLKDEV_MAJORS 256
const char *blkdev_major_name(unsigned int major); /* as it was registered, or NULL */
int register_blkdev(unsigned int major, const char *name); /* major 0: assigned and returned */

struct gendisk *get_gendisk(dev_t devt);     /* NULL: none */
dev_t blk_lookup_devt(const char *name);     /* "vda" or "/dev/vda"; 0: none */
int for_each_disk(int (*fn)(struct gendisk *disk, void *arg), void *arg); /* stops at non-zero */

static inline dev_t disk_devt(struct gendisk *disk)
{
	return MKDEV(disk->major, disk->first_minor);
}

static inline sector_t get_capacity(struct gendisk *disk)
{
	return (sector_t)atomic64_read(&disk->nr_sects);
}

static inline void set_capacity(struct gendisk *disk, sector_t sectors)
{
	atomic64_set(&disk->nr_sects, (s64)sectors);
}

static inline int get_disk_ro(struct gendisk *disk)
{
	return READ_ONCE(disk->read_only);
}

void set_disk_ro(struct gendisk *disk, int flag);
void disk_stats_sum(struct gendisk *disk, struct disk_stats *sum);
const char *bdevname(struct block_device *bdev, char *buf); /* buf: DISK_NAME_LEN */

static inline struct request_queue *bdev_get_queue(struct block_device *bdev)
{
	return bdev->bd_disk->queue;
}

static inline int bdev_read_only(struct block_device *bdev)
{
	return get_disk_ro(bdev->bd_disk);
}

static inline unsigned int bdev_logical_block_size(struct block_device *bdev)
{
	return queue_logical_block_size(bdev_get_queue(bdev));
}

/*
 * Plugging: between blk_start_plug() and blk_finish_plug() the requests of this task are collected
 * and merged, then go to the device together. Going to sleep flushes the plug (the scheduler calls
 * blk_schedule_flush_plug()), so that nobody waits for I/O that never started. Nested plugs do
 * nothing. The plug is the task's own: no lock.
 */
struct blk_plug {
	struct list_head mq_list; /* requests, in order of arrival */
	unsigned short rq_count;
	bool flushing;
};

void blk_start_plug(struct blk_plug *plug);
void blk_finish_plug(struct blk_plug *plug);
void blk_flush_plug(struct task_struct *tsk);
void blk_schedule_flush_plug(struct task_struct *tsk); /* from schedule(), before it locks */

/*
 * Wait for completion of what is asked; all sleep, all return 0 or a negative errno.
 * Sectors are of 512 bytes.
 */
int blkdev_issue_flush(struct block_device *bdev, gfp_t gfp_mask, sector_t *error_sector);
int blkdev_issue_discard(struct block_device *bdev, sector_t sector, sector_t nr_sects,
			 gfp_t gfp_mask, unsigned long flags);
#define BLKDEV_ZERO_NOUNMAP    (1 << 0) /* do not deallocate */
#define BLKDEV_ZERO_NOFALLBACK (1 << 1) /* -EOPNOTSUPP rather than write pages of zeroes */
int blkdev_issue_zeroout(struct block_device *bdev, sector_t sector, sector_t nr_sects,
			 gfp_t gfp_mask, unsigned int flags);

/* The ioctls that need nothing but the disk; -ENOIOCTLCMD: not one of ours. May sleep. */
int blkdev_ioctl(struct block_device *bdev, fmode_t mode, unsigned int cmd, unsigned long arg);

#define BLKROSET	0x125d
#define BLKROGET	0x125e
#define BLKGETSIZE	0x1260
#define BLKFLSBUF	0x1261
#define BLKRASET	0x1262
#define BLKRAGET	0x1263
#define BLKSSZGET	0x1268
#define BLKBSZGET	0x80081270
#define BLKBSZSET	0x40081271
#define BLKGETSIZE64	0x80081272
#define BLKDISCARD	0x1277
#define BLKIOMIN	0x1278
#define BLKIOOPT	0x1279
#define BLKALIGNOFF	0x127a
#define BLKPBSZGET	0x127b
#define BLKDISCARDZEROES 0x127c
#define BLKROTATIONAL	0x127e
#define BLKZEROOUT	0x127f
#define HDIO_GETGEO	0x0301

/* End of run: stop all block devices (after everything was synced). */
void blk_shutdown(void);

#endif
