// SPDX-License-Identifier: MIT
/*
 * blk-core.c - the way in: submit_bio() and its checks, queues and their limits, status codes.
 *
 * Everything here is either private to the submitting task or constant after add_disk(), except
 * queue_flags (atomic bits) and the per-CPU statistics, which only their own CPU writes, with
 * interrupts off, and which readers sum up without a lock: a sum is a momentary estimate.
 */
#include "kernel/lib/bug.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/init.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"
#include "kernel/lock/lockdep.h"
#include "kernel/task/sched.h"
#include "kernel/x86/bitops.h"
#include "kernel/x86/irqflags.h"
#include "kernel/x86/percpu.h"
#include "kernel/x86/time.h"
#include "mm/slab.h"
#include "drivers/block/blk.h"

static const struct {
	int errno;
	const char *name;
} blk_errors[] = {
	[BLK_STS_OK] = { 0, "ok" },
	[BLK_STS_NOTSUPP] = { -EOPNOTSUPP, "operation not supported" },
	[BLK_STS_TIMEOUT] = { -ETIMEDOUT, "timeout" },
	[BLK_STS_NOSPC] = { -ENOSPC, "critical space allocation" },
	[BLK_STS_TRANSPORT] = { -ENOLINK, "recoverable transport" },
	[BLK_STS_TARGET] = { -EREMOTEIO, "critical target" },
	[BLK_STS_NEXUS] = { -EBADE, "critical nexus" },
	[BLK_STS_MEDIUM] = { -ENODATA, "critical medium" },
	[BLK_STS_PROTECTION] = { -EILSEQ, "protection" },
	[BLK_STS_RESOURCE] = { -ENOMEM, "kernel resource" },
	[BLK_STS_IOERR] = { -EIO, "I/O" },
	[BLK_STS_AGAIN] = { -EAGAIN, "nonblocking retry" },
	[BLK_STS_DEV_RESOURCE] = { -EBUSY, "device resource" },
};

int blk_status_to_errno(blk_status_t status)
{
	if (WARN_ON_ONCE(status >= ARRAY_SIZE(blk_errors)))
		return -EIO;
	if (status && !blk_errors[status].errno)
		return -EIO;
	return blk_errors[status].errno;
}

blk_status_t errno_to_blk_status(int errno)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(blk_errors); i++)
		if (blk_errors[i].name && blk_errors[i].errno == errno)
			return i;
	return BLK_STS_IOERR;
}

const char *blk_status_name(blk_status_t status)
{
	if (status >= ARRAY_SIZE(blk_errors) || !blk_errors[status].name)
		return "unknown";
	return blk_errors[status].name;
}

const char *blk_op_name(unsigned int op)
{
	switch (op) {
	case REQ_OP_READ:
		return "READ";
	case REQ_OP_WRITE:
		return "WRITE";
	case REQ_OP_FLUSH:
		return "FLUSH";
	case REQ_OP_DISCARD:
		return "DISCARD";
	case REQ_OP_WRITE_ZEROES:
		return "WRITE_ZEROES";
	}
	return "?";
}

void blk_account_merge(struct request *rq)
{
	unsigned long flags;

	local_irq_save(flags);
	blk_stats(rq->rq_disk)->merges[blk_stat_group(rq->cmd_flags)]++;
	local_irq_restore(flags);
}

void blk_account_start(struct request *rq)
{
	unsigned long flags;

	rq->start_ns = ktime_get_ns();
	local_irq_save(flags);
	blk_stats(rq->rq_disk)->in_flight[rq_data_dir(rq)]++;
	local_irq_restore(flags);
}

/* The request has ended, with rq->status; interrupts off. */
void blk_account_done(struct request *rq)
{
	struct disk_stats *st = blk_stats(rq->rq_disk);
	unsigned int group = blk_stat_group(rq->cmd_flags);

	st->ios[group]++;
	st->sectors[group] += blk_rq_sectors(rq);
	st->nsecs[group] += ktime_get_ns() - rq->start_ns;
	if (rq->status)
		st->errors[group]++;
	st->in_flight[rq_data_dir(rq)]--;
}

/* Refuse what the device cannot do; false if the bio must not go on, with *status set. */
static bool submit_bio_checks(struct bio *bio, blk_status_t *status)
{
	struct gendisk *disk = bio->bi_disk;
	struct request_queue *q = disk->queue;
	sector_t capacity = get_capacity(disk);
	unsigned int op = bio_op(bio);

	*status = BLK_STS_IOERR;
	if (blk_queue_dying(q))
		return false;
	if (op_is_write(op) && get_disk_ro(disk) && bio->bi_iter.bi_size) {
		pr_err_ratelimited("%s: %s refused: the disk is read-only\n", disk->disk_name,
				   blk_op_name(op));
		*status = BLK_STS_PROTECTION;
		return false;
	}
	if (bio_sectors(bio) > capacity || bio->bi_iter.bi_sector > capacity - bio_sectors(bio)) {
		pr_err_ratelimited("%s: %s beyond the end of the device: sector %llu + %u > %llu\n",
				   disk->disk_name, blk_op_name(op),
				   (unsigned long long)bio->bi_iter.bi_sector, bio_sectors(bio),
				   (unsigned long long)capacity);
		return false;
	}
	if (((bio->bi_iter.bi_sector << SECTOR_SHIFT) | bio->bi_iter.bi_size) &
	    (q->limits.logical_block_size - 1)) {
		pr_err_ratelimited("%s: %s of %u bytes at sector %llu is not in whole blocks\n",
				   disk->disk_name, blk_op_name(op), bio->bi_iter.bi_size,
				   (unsigned long long)bio->bi_iter.bi_sector);
		return false;
	}
	*status = BLK_STS_NOTSUPP;
	if (op == REQ_OP_DISCARD && !blk_queue_discard(q))
		return false;
	if (op == REQ_OP_WRITE_ZEROES && !q->limits.max_write_zeroes_sectors)
		return false;

	/* Without a volatile cache everything completed is stable. */
	*status = BLK_STS_OK;
	if (op_is_flush(bio->bi_opf) && !blk_queue_flag(q, QUEUE_FLAG_WC)) {
		bio->bi_opf &= ~(REQ_PREFLUSH | REQ_FUA);
		if (!bio->bi_iter.bi_size)
			return false;
	}
	return op != REQ_OP_FLUSH;
}

void submit_bio(struct bio *bio)
{
	struct request_queue *q = bio->bi_disk->queue;
	blk_status_t status;

	if (!(bio->bi_opf & REQ_NOWAIT))
		might_sleep();
	if (!submit_bio_checks(bio, &status)) {
		bio_endio_status(bio, status);
		return;
	}
	q->make_request(q, bio);
}

void blk_set_default_limits(struct queue_limits *lim)
{
	memset(lim, 0, sizeof(*lim));
	lim->max_sectors = BLK_MAX_SECTORS_CAP;
	lim->max_segments = BLK_DEF_MAX_SEGMENTS;
	lim->max_segment_size = 1U << 20;
	lim->logical_block_size = SECTOR_SIZE;
	lim->physical_block_size = SECTOR_SIZE;
	lim->io_min = SECTOR_SIZE;
}

void blk_queue_flag_set(unsigned int flag, struct request_queue *q)
{
	set_bit(flag, &q->queue_flags);
}

void blk_queue_flag_clear(unsigned int flag, struct request_queue *q)
{
	clear_bit(flag, &q->queue_flags);
}

/*
 * Has the device a volatile write cache (then REQ_PREFLUSH and REQ_FUA become flushes), and does
 * it know FUA itself? The command line's flush=off leaves the cache on and drops the flushes: it
 * exists so that the power-cut test can be seen to fail.
 */
void blk_queue_write_cache(struct request_queue *q, bool wc, bool fua)
{
	if (wc && blk_flush_disabled()) {
		pr_alert("block: flush=off: FLUSH IS DISABLED, A POWER CUT LOSES SYNCED DATA\n");
		wc = fua = false;
	}
	if (wc)
		blk_queue_flag_set(QUEUE_FLAG_WC, q);
	else
		blk_queue_flag_clear(QUEUE_FLAG_WC, q);
	if (wc && fua)
		blk_queue_flag_set(QUEUE_FLAG_FUA, q);
	else
		blk_queue_flag_clear(QUEUE_FLAG_FUA, q);
}

struct request_queue *blk_alloc_queue(make_request_fn *fn)
{
	struct request_queue *q = kzalloc(sizeof(*q), GFP_KERNEL);

	if (!q)
		return NULL;
	blk_set_default_limits(&q->limits);
	q->make_request = fn;
	return q;
}

/* Was the kernel told to drop flushes (flush=off)? */
bool blk_flush_disabled(void)
{
	char word[8];

	return cmdline_get("flush", word, sizeof(word)) && !strcmp(word, "off");
}
