/* SPDX-License-Identifier: MIT */
/*
 * virtio_blk.h - the device's formats, and what virtio_blk.c (requests) and virtio_blk_probe.c
 * (set-up, failure, shutdown) share.
 */
#ifndef DRIVERS_BLOCK_VIRTIO_BLK_H
#define DRIVERS_BLOCK_VIRTIO_BLK_H

#include "kernel/task/workqueue.h"
#include "drivers/block/blk-mq.h"
#include "drivers/virtio/virtio.h"

#define VIRTIO_BLK_F_SIZE_MAX	  (1ull << 1)
#define VIRTIO_BLK_F_SEG_MAX	  (1ull << 2)
#define VIRTIO_BLK_F_GEOMETRY	  (1ull << 4)
#define VIRTIO_BLK_F_RO		  (1ull << 5)
#define VIRTIO_BLK_F_BLK_SIZE	  (1ull << 6)
#define VIRTIO_BLK_F_FLUSH	  (1ull << 9)
#define VIRTIO_BLK_F_TOPOLOGY	  (1ull << 10)
#define VIRTIO_BLK_F_CONFIG_WCE	  (1ull << 11)
#define VIRTIO_BLK_F_MQ		  (1ull << 12)
#define VIRTIO_BLK_F_DISCARD	  (1ull << 13)
#define VIRTIO_BLK_F_WRITE_ZEROES (1ull << 14)

#define VIRTIO_BLK_T_IN		  0
#define VIRTIO_BLK_T_OUT	  1
#define VIRTIO_BLK_T_FLUSH	  4
#define VIRTIO_BLK_T_DISCARD	  11
#define VIRTIO_BLK_T_WRITE_ZEROES 13

#define VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP 1

#define VIRTIO_BLK_S_OK	    0
#define VIRTIO_BLK_S_IOERR  1
#define VIRTIO_BLK_S_UNSUPP 2

/* Configuration space; all fields little endian. */
struct virtio_blk_config {
	__le64 capacity; /* sectors */
	__le32 size_max; /* bytes of one piece */
	__le32 seg_max;
	__le16 cylinders;
	u8 heads;
	u8 sectors;
	__le32 blk_size;
	u8 physical_block_exp; /* physical = logical << exp */
	u8 alignment_offset;   /* logical blocks */
	__le16 min_io_size;    /* logical blocks */
	__le32 opt_io_size;    /* logical blocks */
	u8 writeback;
	u8 unused0;
	__le16 num_queues;
	__le32 max_discard_sectors;
	__le32 max_discard_seg;
	__le32 discard_sector_alignment;
	__le32 max_write_zeroes_sectors;
	__le32 max_write_zeroes_seg;
	u8 write_zeroes_may_unmap;
	u8 unused1[3];
} __packed;

#define VIRTBLK_INLINE_DESCS 18
#define VIRTBLK_DEPTH	     128 /* requests for each queue */

/* The driver's part of a request. Lies in slab memory, so it is physically contiguous. */
struct virtblk_req {
	struct {
		__le32 type;
		__le32 reserved;
		__le64 sector;
	} hdr;
	struct {
		__le64 sector;
		__le32 num_sectors;
		__le32 flags;
	} range;
	struct vring_desc *table; /* allocated or the reserve; NULL: inline_table, or in the ring */
	u8 status;		  /* written by the device */
	struct vring_desc inline_table[VIRTBLK_INLINE_DESCS];
};

/* One ring; all guarded by hctx->lock once it runs. */
struct virtblk_queue {
	struct virtio_blk *vblk;	/* constant */
	struct virtqueue *vq;		/* constant */
	struct blk_mq_hw_ctx *hctx;	/* constant */
	struct vring_desc *reserve;	/* a table of the largest size; scratch if not indirect */
	bool reserve_busy;
	struct blk_sg *sg;		/* scratch */
};

struct virtio_blk {
	struct virtio_device *vdev;
	struct gendisk *disk;
	struct request_queue *q;
	struct virtblk_queue *queues;	/* constant after probe */
	unsigned int nr_queues;
	struct virtio_blk_config config; /* as read at probe; capacity is in the disk */
	struct work_struct work;	/* configuration change or failure */
	atomic_t failed;		/* a ring broke: the work resets the device */
};

extern const struct blk_mq_ops virtblk_mq_ops;
void virtblk_done(struct virtqueue *vq);
void virtblk_schedule_failure(struct virtio_blk *vblk);
int virtio_blk_init(void);

#endif
