// SPDX-License-Identifier: MIT
/*
 * virtio_blk.c - virtio block devices: requests in and out of the rings.
 *
 * One hardware queue and one ring for each CPU, as far as the device offers rings. Everything that
 * touches a ring runs under its hctx->lock (see blk-mq.h); the doorbell does not.
 *
 * A request is a chain: header, data pieces, status byte, in one indirect table, so that it takes
 * one ring entry. Small tables are part of the request. Large ones are allocated without
 * sleeping; if that fails, one reserve table for each ring serves, and if that is in flight too,
 * the request waits: its completion dispatches again. Without indirect descriptors the chain goes
 * into the ring itself, and "full" means fewer free entries than the chain needs; a chain always
 * fits an empty ring, so whoever waits, waits for a completion.
 */
#include "kernel/lib/bug.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "drivers/block/virtio_blk.h"

static void virtblk_set_data(struct vring_desc *desc, u64 addr, u32 len, u16 flags)
{
	desc->addr = cpu_to_le64(addr);
	desc->len = cpu_to_le32(len);
	desc->flags = cpu_to_le16(flags);
}

/* Room for @n descriptors, or NULL: wait for a completion. hctx->lock held. */
static struct vring_desc *virtblk_get_table(struct virtblk_queue *vbq, struct virtblk_req *vbr,
					    unsigned int n)
{
	if (!vbq->vq->indirect)
		return vbq->vq->num_free >= n ? vbq->reserve : NULL;
	if (n <= VIRTBLK_INLINE_DESCS)
		return vbr->inline_table;
	vbr->table = kmalloc(n * sizeof(struct vring_desc), GFP_ATOMIC | __GFP_NOWARN);
	if (!vbr->table && !vbq->reserve_busy) {
		vbq->reserve_busy = true;
		vbr->table = vbq->reserve;
	}
	return vbr->table;
}

static void virtblk_put_table(struct virtblk_queue *vbq, struct virtblk_req *vbr)
{
	if (!vbr->table)
		return;
	if (vbr->table == vbq->reserve)
		vbq->reserve_busy = false;
	else
		kfree(vbr->table);
	vbr->table = NULL;
}

/* Fill in header and, for discard and write-zeroes, the range; false: not a known operation. */
static bool virtblk_fill_header(struct virtblk_req *vbr, struct request *rq)
{
	u32 type, range_flags = 0;

	switch (req_op(rq)) {
	case REQ_OP_READ:
		type = VIRTIO_BLK_T_IN;
		break;
	case REQ_OP_WRITE:
		type = VIRTIO_BLK_T_OUT;
		break;
	case REQ_OP_FLUSH:
		type = VIRTIO_BLK_T_FLUSH;
		break;
	case REQ_OP_DISCARD:
		type = VIRTIO_BLK_T_DISCARD;
		break;
	case REQ_OP_WRITE_ZEROES:
		type = VIRTIO_BLK_T_WRITE_ZEROES;
		if (!(rq->cmd_flags & REQ_NOUNMAP))
			range_flags = VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP;
		break;
	default:
		return false;
	}
	vbr->hdr.type = cpu_to_le32(type);
	vbr->hdr.reserved = 0;
	vbr->hdr.sector = blk_rq_has_data(rq) ? cpu_to_le64(blk_rq_pos(rq)) : 0;
	vbr->range.sector = cpu_to_le64(blk_rq_pos(rq));
	vbr->range.num_sectors = cpu_to_le32(blk_rq_sectors(rq));
	vbr->range.flags = cpu_to_le32(range_flags);
	vbr->status = VIRTIO_BLK_S_IOERR;
	return true;
}

/* Descriptors between header and status. */
static unsigned int virtblk_fill_data(struct virtblk_queue *vbq, struct virtblk_req *vbr,
				      struct request *rq, struct vring_desc *desc)
{
	u16 flags = req_op(rq) == REQ_OP_READ ? VRING_DESC_F_WRITE : 0;
	unsigned int i, n;

	if (req_op(rq) == REQ_OP_DISCARD || req_op(rq) == REQ_OP_WRITE_ZEROES) {
		virtblk_set_data(desc, __pa(&vbr->range), sizeof(vbr->range), 0);
		return 1;
	}
	if (!blk_rq_has_data(rq))
		return 0;
	n = blk_rq_map_sg(rq, vbq->sg);
	for (i = 0; i < n; i++)
		virtblk_set_data(&desc[i], vbq->sg[i].addr, vbq->sg[i].len, flags);
	return n;
}

static blk_status_t virtblk_queue_rq(struct blk_mq_hw_ctx *hctx, struct request *rq)
{
	struct virtblk_req *vbr = blk_mq_rq_to_pdu(rq);
	struct virtblk_queue *vbq = hctx->driver_data;
	struct vring_desc *table;
	unsigned int n;
	int err;

	if (unlikely(vbq->vq->broken))
		return BLK_STS_IOERR;
	if (!vbq->vq->num_free)
		return BLK_STS_DEV_RESOURCE;
	if (!virtblk_fill_header(vbr, rq))
		return BLK_STS_NOTSUPP;
	vbr->table = NULL;
	/* An upper bound: adjacent pieces of different bios become one. */
	n = blk_rq_has_data(rq) ? rq->nr_phys_segments : 1;
	table = virtblk_get_table(vbq, vbr, n + 2);
	if (!table)
		return BLK_STS_DEV_RESOURCE;

	virtblk_set_data(&table[0], __pa(&vbr->hdr), sizeof(vbr->hdr), 0);
	n = virtblk_fill_data(vbq, vbr, rq, table + 1);
	virtblk_set_data(&table[n + 1], __pa(&vbr->status), 1, VRING_DESC_F_WRITE);
	if (vbq->vq->indirect)
		err = virtqueue_add_indirect(vbq->vq, table, n + 2, rq);
	else
		err = virtqueue_add(vbq->vq, table, n + 2, rq);
	if (unlikely(err)) { /* room was checked: the ring is broken */
		virtblk_put_table(vbq, vbr);
		return BLK_STS_IOERR;
	}
	return BLK_STS_OK;
}

static bool virtblk_commit(struct blk_mq_hw_ctx *hctx)
{
	struct virtblk_queue *vbq = hctx->driver_data;

	return virtqueue_kick_prepare(vbq->vq);
}

static void virtblk_kick(struct blk_mq_hw_ctx *hctx)
{
	struct virtblk_queue *vbq = hctx->driver_data;

	virtqueue_notify(vbq->vq);
}

static blk_status_t virtblk_status(struct virtblk_req *vbr)
{
	switch (READ_ONCE(vbr->status)) {
	case VIRTIO_BLK_S_OK:
		return BLK_STS_OK;
	case VIRTIO_BLK_S_UNSUPP:
		return BLK_STS_NOTSUPP;
	default:
		return BLK_STS_IOERR;
	}
}

static void virtblk_reap(struct blk_mq_hw_ctx *hctx)
{
	struct virtblk_queue *vbq = hctx->driver_data;
	struct virtblk_req *vbr;
	struct request *rq;
	u32 len;

	do {
		while ((rq = virtqueue_get(vbq->vq, &len)) != NULL) {
			vbr = blk_mq_rq_to_pdu(rq);
			virtblk_put_table(vbq, vbr);
			blk_mq_complete_request(rq, virtblk_status(vbr));
		}
	} while (!vbq->vq->broken && !virtqueue_enable_cb(vbq->vq));
	if (unlikely(vbq->vq->broken))
		virtblk_schedule_failure(vbq->vblk);
}

static void virtblk_cancel(struct blk_mq_hw_ctx *hctx, struct request *rq)
{
	virtblk_put_table(hctx->driver_data, blk_mq_rq_to_pdu(rq));
}

const struct blk_mq_ops virtblk_mq_ops = {
	.queue_rq = virtblk_queue_rq,
	.commit = virtblk_commit,
	.kick = virtblk_kick,
	.reap = virtblk_reap,
	.cancel_rq = virtblk_cancel,
};

/* The ring's interrupt. */
void virtblk_done(struct virtqueue *vq)
{
	struct virtblk_queue *vbq = vq->priv;

	blk_mq_interrupt(vbq->hctx);
}
