// SPDX-License-Identifier: MIT
/*
 * block_fake.c - see block_fake.h. queue_rq and reap run under hctx->lock as for any driver; the
 * timer stands for the device's interrupt. Requests complete in the reverse of the order in which
 * they were issued, so that nothing may depend on order.
 */
#include "kernel/lib/kernel.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "mm/vmalloc.h"
#include "gen/block_device_operations.h"
#include "tests/kernel/block_fake.h"

static const struct block_device_operations fake_fops = { 0 };

static void fake_log(struct fake_disk *fake, struct request *rq)
{
	unsigned long flags;

	spin_lock_irqsave(&fake->lock, flags);
	if (fake->nr_log < FAKE_LOG)
		fake->log[fake->nr_log++] = (struct fake_entry){
			.op = req_op(rq),
			.sector = blk_rq_pos(rq),
			.sectors = blk_rq_sectors(rq),
		};
	spin_unlock_irqrestore(&fake->lock, flags);
}

static blk_status_t fake_queue_rq(struct blk_mq_hw_ctx *hctx, struct request *rq)
{
	struct fake_queue *fq = hctx->driver_data;

	if (fq->used == fq->disk->ring_size)
		return BLK_STS_DEV_RESOURCE;
	fq->ring[fq->used++] = rq;
	return BLK_STS_OK;
}

static bool fake_commit(struct blk_mq_hw_ctx *hctx)
{
	return true;
}

static void fake_kick(struct blk_mq_hw_ctx *hctx)
{
	struct fake_queue *fq = hctx->driver_data;

	hrtimer_start(&fq->timer, fq->disk->delay_ns, HRTIMER_MODE_REL);
}

static blk_status_t fake_do(struct fake_disk *fake, struct request *rq)
{
	u8 *medium = fake->data + (blk_rq_pos(rq) << SECTOR_SHIFT);
	struct bvec_iter iter;
	struct bio_vec bv;
	struct bio *bio;

	fake_log(fake, rq);
	if (req_op(rq) == REQ_OP_FLUSH)
		return fake->bad_flush ? BLK_STS_IOERR : BLK_STS_OK;
	if (fake->bad_sector >= blk_rq_pos(rq) &&
	    fake->bad_sector < blk_rq_pos(rq) + blk_rq_sectors(rq))
		return BLK_STS_IOERR;
	for (bio = rq->bio; bio; bio = bio->bi_next) {
		bio_for_each_segment(bv, bio, iter) {
			void *mem = page_address(bv.bv_page) + bv.bv_offset;

			if (req_op(rq) == REQ_OP_WRITE)
				memcpy(medium, mem, bv.bv_len);
			else
				memcpy(mem, medium, bv.bv_len);
			medium += bv.bv_len;
		}
	}
	return BLK_STS_OK;
}

static void fake_reap(struct blk_mq_hw_ctx *hctx)
{
	struct fake_queue *fq = hctx->driver_data;
	struct request *rq;

	while (fq->used) {
		rq = fq->ring[--fq->used];
		blk_mq_complete_request(rq, fake_do(fq->disk, rq));
	}
}

static enum hrtimer_restart fake_interrupt(struct hrtimer *timer)
{
	struct fake_queue *fq = container_of(timer, struct fake_queue, timer);

	blk_mq_interrupt(fq->hctx);
	return HRTIMER_NORESTART;
}

static const struct blk_mq_ops fake_mq_ops = {
	.queue_rq = fake_queue_rq,
	.commit = fake_commit,
	.kick = fake_kick,
	.reap = fake_reap,
};

static bool fake_setup_queues(struct fake_disk *fake, unsigned int depth)
{
	struct request_queue *q;
	unsigned int i;

	fake->queues = kcalloc(fake->nr_queues, sizeof(*fake->queues), GFP_KERNEL);
	if (!fake->queues)
		return false;
	q = blk_mq_init_queue(&fake_mq_ops, fake->nr_queues, depth, 0, fake);
	if (!q)
		return false;
	fake->disk->queue = q;
	for (i = 0; i < fake->nr_queues; i++) {
		struct fake_queue *fq = &fake->queues[i];

		fq->disk = fake;
		fq->hctx = q->hctx[i];
		fq->hctx->driver_data = fq;
		hrtimer_init(&fq->timer, fake_interrupt);
	}
	return true;
}

struct fake_disk *fake_create(unsigned int mib, unsigned int nr_queues, unsigned int ring_size,
			      unsigned int depth, bool write_cache)
{
	static unsigned int next_index; /* tests run one at a time */
	struct fake_disk *fake = kvzalloc(sizeof(*fake), GFP_KERNEL);

	if (!fake)
		return NULL;
	fake->data = vzalloc((unsigned long)mib << 20);
	fake->disk = alloc_disk(1);
	fake->nr_queues = nr_queues;
	fake->ring_size = min_t(unsigned int, ring_size, FAKE_RING_MAX);
	fake->delay_ns = 50000;
	fake->bad_sector = ~(sector_t)0;
	spin_lock_init(&fake->lock);
	if (!fake->data || !fake->disk || !fake_setup_queues(fake, depth)) {
		fake_destroy(fake);
		return NULL;
	}
	snprintf(fake->disk->disk_name, DISK_NAME_LEN, "fake%u", next_index);
	fake->disk->major = 240;
	fake->disk->first_minor = next_index++;
	fake->disk->fops = &fake_fops;
	set_capacity(fake->disk, (sector_t)mib << (20 - SECTOR_SHIFT));
	if (write_cache)
		blk_queue_flag_set(QUEUE_FLAG_WC, fake->disk->queue);
	fake->bdev.bd_disk = fake->disk;
	add_disk(fake->disk);
	return fake;
}

void fake_destroy(struct fake_disk *fake)
{
	unsigned int i;

	if (fake->disk && fake->disk->queue) {
		blk_mq_drain(fake->disk->queue, 5000);
		del_gendisk(fake->disk);
		for (i = 0; i < fake->nr_queues; i++)
			hrtimer_cancel(&fake->queues[i].timer);
		blk_cleanup_queue(fake->disk->queue);
	}
	if (fake->disk)
		put_disk(fake->disk);
	kfree(fake->queues);
	vfree(fake->data);
	kvfree(fake);
}

void fake_clear_log(struct fake_disk *fake)
{
	spin_lock_irq(&fake->lock);
	fake->nr_log = 0;
	spin_unlock_irq(&fake->lock);
}

/* How many requests of this operation reached the disk since the log was cleared. */
unsigned int fake_count(struct fake_disk *fake, unsigned int op)
{
	unsigned int i, n = 0;

	spin_lock_irq(&fake->lock);
	for (i = 0; i < fake->nr_log; i++)
		n += fake->log[i].op == op;
	spin_unlock_irq(&fake->lock);
	return n;
}
