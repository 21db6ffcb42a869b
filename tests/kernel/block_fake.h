/* SPDX-License-Identifier: MIT */
/*
 * block_fake.h - a multi-queue disk made for tests: a small ring, completions from timer
 * interrupts, a log of what reached it in which order, and failures on request.
 */
#ifndef TESTS_KERNEL_BLOCK_FAKE_H
#define TESTS_KERNEL_BLOCK_FAKE_H

#include "kernel/task/timer.h"
#include "drivers/block/blk-mq.h"

#define FAKE_LOG      4096
#define FAKE_RING_MAX 64

struct fake_entry {
	unsigned int op, sectors;
	sector_t sector;
};

struct fake_queue {
	struct fake_disk *disk;
	struct blk_mq_hw_ctx *hctx;
	struct hrtimer timer;
	struct request *ring[FAKE_RING_MAX]; /* hctx->lock */
	unsigned int used;	/* hctx->lock */
};

struct fake_disk {
	struct gendisk *disk;
	struct block_device bdev; /* just enough of one for the helpers that want it */
	u8 *data;		  /* the medium */
	unsigned int ring_size;	  /* requests a queue accepts at once */
	unsigned int delay_ns;	  /* from kick to completion */
	unsigned int nr_queues;
	struct fake_queue *queues;

	spinlock_t lock;	  /* the log */
	struct fake_entry log[FAKE_LOG];
	unsigned int nr_log;

	/* set while idle */
	sector_t bad_sector;	  /* requests that touch it fail; ~0: none */
	bool bad_flush;
};

struct fake_disk *fake_create(unsigned int mib, unsigned int nr_queues, unsigned int ring_size,
			      unsigned int depth, bool write_cache);
void fake_destroy(struct fake_disk *fake);
void fake_clear_log(struct fake_disk *fake);
unsigned int fake_count(struct fake_disk *fake, unsigned int op);

#endif
