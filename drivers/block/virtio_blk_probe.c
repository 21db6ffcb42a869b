// SPDX-License-Identifier: MIT
/*
 * virtio_blk_probe.c - virtio block devices: set-up, geometry, resizing, failure and shutdown.
 *
 * A device is set up by one thread at boot and published by add_disk(). What happens to it later
 * (a new size, a demand for reset, a broken ring) is noticed in interrupts and dealt with by one
 * work item, so those never run at once. A device that failed is reset first, so that it touches
 * no memory any more, and only then its requests are ended.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"
#include "kernel/x86/percpu.h"
#include "mm/slab.h"
#include "gen/block_device_operations.h"
#include "drivers/block/virtio_blk.h"

#define VIRTBLK_MINORS	    16
#define VIRTBLK_DRAIN_MS    5000
#define VIRTBLK_MAX_QUEUES  64

static int virtblk_major;

static int virtblk_open(struct block_device *bdev, fmode_t mode)
{
	struct gendisk *disk = bdev->bd_disk;

	if (blk_queue_dying(disk->queue))
		return -ENXIO;
	atomic_inc(&disk->open_count);
	return 0;
}

static void virtblk_release(struct gendisk *disk, fmode_t mode)
{
	atomic_dec(&disk->open_count);
}

/* The device's own idea of its shape, or a customary one that covers the capacity. */
static int virtblk_getgeo(struct block_device *bdev, struct hd_geometry *geo)
{
	struct gendisk *disk = bdev->bd_disk;
	struct virtio_blk *vblk = disk->private_data;

	if (virtio_has_feature(vblk->vdev, VIRTIO_BLK_F_GEOMETRY)) {
		geo->cylinders = le16_to_cpu(vblk->config.cylinders);
		geo->heads = vblk->config.heads;
		geo->sectors = vblk->config.sectors;
	} else {
		geo->heads = 64;
		geo->sectors = 32;
		geo->cylinders = min_t(sector_t, get_capacity(disk) >> 11, 65535);
	}
	geo->start = 0;
	return 0;
}

static const struct block_device_operations virtblk_fops = {
	.open = virtblk_open,
	.release = virtblk_release,
	.getgeo = virtblk_getgeo,
};

/* vda ... vdz, vdaa ... */
static void virtblk_name(char *name, unsigned int index)
{
	char letters[8];
	int i = sizeof(letters) - 1;

	letters[i] = '\0';
	do {
		letters[--i] = 'a' + index % 26;
		index = index / 26;
	} while (index-- && i);
	snprintf(name, DISK_NAME_LEN, "vd%s", &letters[i]);
}

void virtblk_schedule_failure(struct virtio_blk *vblk)
{
	if (!atomic_xchg(&vblk->failed, 1))
		schedule_work(&vblk->work);
}

static void virtblk_config_changed(struct virtio_device *vdev)
{
	struct virtio_blk *vblk = vdev->priv;

	if (vblk)
		schedule_work(&vblk->work);
}

/* Stop the device and give an error to everyone who waits for it. */
static void virtblk_give_up(struct virtio_blk *vblk)
{
	if (blk_queue_dying(vblk->q))
		return;
	pr_err("%s: the device failed; everything submitted to it fails from now on\n",
	       vblk->disk->disk_name);
	blk_queue_flag_set(QUEUE_FLAG_DEAD, vblk->q);
	if (virtio_reset(vblk->vdev))
		blk_mq_fail_queue(vblk->q, BLK_STS_IOERR);
}

static void virtblk_work(struct work_struct *work)
{
	struct virtio_blk *vblk = container_of(work, struct virtio_blk, work);
	sector_t old = get_capacity(vblk->disk), now;
	__le64 capacity;

	if (atomic_read(&vblk->failed) || virtio_needs_reset(vblk->vdev)) {
		virtblk_give_up(vblk);
		return;
	}
	virtio_read_config(vblk->vdev, offsetof(struct virtio_blk_config, capacity), &capacity,
			   sizeof(capacity));
	now = le64_to_cpu(capacity);
	if (now == old)
		return;
	set_capacity(vblk->disk, now);
	pr_notice("%s: size changed from %llu to %llu sectors\n", vblk->disk->disk_name,
		  (unsigned long long)old, (unsigned long long)now);
}

/* Translate the configuration into limits. */
static void virtblk_set_limits(struct virtio_blk *vblk)
{
	struct virtio_device *vdev = vblk->vdev;
	struct virtio_blk_config *cfg = &vblk->config;
	struct queue_limits *lim = &vblk->q->limits;
	unsigned int ring = vblk->queues[0].vq->num;

	/* A chain must not be longer than the ring, indirect or not. */
	lim->max_segments = min_t(unsigned int, BLK_DEF_MAX_SEGMENTS, ring - 2);
	if (virtio_has_feature(vdev, VIRTIO_BLK_F_SEG_MAX) && cfg->seg_max)
		lim->max_segments = min_t(u32, lim->max_segments, le32_to_cpu(cfg->seg_max));
	if (virtio_has_feature(vdev, VIRTIO_BLK_F_SIZE_MAX) && cfg->size_max)
		lim->max_segment_size = min(lim->max_segment_size, le32_to_cpu(cfg->size_max));
	if (virtio_has_feature(vdev, VIRTIO_BLK_F_BLK_SIZE) && cfg->blk_size) {
		lim->logical_block_size = le32_to_cpu(cfg->blk_size);
		lim->physical_block_size = lim->logical_block_size;
		lim->io_min = lim->logical_block_size;
	}
	if (virtio_has_feature(vdev, VIRTIO_BLK_F_TOPOLOGY)) {
		lim->physical_block_size = lim->logical_block_size << cfg->physical_block_exp;
		lim->alignment_offset = cfg->alignment_offset * lim->logical_block_size;
		lim->io_min = max_t(u32, lim->physical_block_size,
				    le16_to_cpu(cfg->min_io_size) * lim->logical_block_size);
		lim->io_opt = le32_to_cpu(cfg->opt_io_size) * lim->logical_block_size;
	}
	if (virtio_has_feature(vdev, VIRTIO_BLK_F_DISCARD)) {
		u32 align = le32_to_cpu(cfg->discard_sector_alignment) << SECTOR_SHIFT;

		lim->max_discard_sectors = le32_to_cpu(cfg->max_discard_sectors);
		lim->discard_granularity = align ? align : lim->logical_block_size;
		if (lim->max_discard_sectors)
			blk_queue_flag_set(QUEUE_FLAG_DISCARD, vblk->q);
	}
	if (virtio_has_feature(vdev, VIRTIO_BLK_F_WRITE_ZEROES))
		lim->max_write_zeroes_sectors = le32_to_cpu(cfg->max_write_zeroes_sectors);
	blk_queue_flag_set(QUEUE_FLAG_NONROT, vblk->q);
}

/*
 * The cache is volatile if the device can flush and does not say that it writes through. FLUSH is
 * negotiated even when flush=off drops the flushes: without it, devices write through.
 */
static bool virtblk_has_cache(struct virtio_blk *vblk)
{
	if (!virtio_has_feature(vblk->vdev, VIRTIO_BLK_F_FLUSH))
		return false;
	if (virtio_has_feature(vblk->vdev, VIRTIO_BLK_F_CONFIG_WCE))
		return vblk->config.writeback;
	return true;
}

static int virtblk_setup_rings(struct virtio_blk *vblk)
{
	unsigned int i = 0, cpu, offered = 1;
	int cpus[VIRTBLK_MAX_QUEUES];
	int err;

	if (virtio_has_feature(vblk->vdev, VIRTIO_BLK_F_MQ))
		offered = max_t(unsigned int, 1, le16_to_cpu(vblk->config.num_queues));
	vblk->nr_queues = min3(offered, num_online_cpus(), (unsigned int)VIRTBLK_MAX_QUEUES);
	for_each_online_cpu(cpu)
		if (i < vblk->nr_queues)
			cpus[i++] = cpu;
	vblk->queues = kcalloc(vblk->nr_queues, sizeof(*vblk->queues), GFP_KERNEL);
	if (!vblk->queues)
		return -ENOMEM;
	err = virtio_setup_queues(vblk->vdev, vblk->nr_queues, virtblk_done, cpus);
	if (err)
		return err;
	for (i = 0; i < vblk->nr_queues; i++) {
		struct virtblk_queue *vbq = &vblk->queues[i];

		vbq->vblk = vblk;
		vbq->vq = vblk->vdev->vqs[i];
		vbq->vq->priv = vbq;
		if (vbq->vq->num < 4)
			return -ENODEV;
	}
	return 0;
}

/* The request queue, and for each ring its scratch space and reserve. */
static int virtblk_setup_queue(struct virtio_blk *vblk)
{
	unsigned int i;

	vblk->q = blk_mq_init_queue(&virtblk_mq_ops, vblk->nr_queues, VIRTBLK_DEPTH,
				    sizeof(struct virtblk_req), vblk);
	if (!vblk->q)
		return -ENOMEM;
	virtblk_set_limits(vblk);
	for (i = 0; i < vblk->nr_queues; i++) {
		struct virtblk_queue *vbq = &vblk->queues[i];
		unsigned int n = vblk->q->limits.max_segments;

		vbq->hctx = vblk->q->hctx[i];
		vbq->hctx->driver_data = vbq;
		vbq->sg = kcalloc(n, sizeof(*vbq->sg), GFP_KERNEL);
		vbq->reserve = kcalloc(n + 2, sizeof(*vbq->reserve), GFP_KERNEL);
		if (!vbq->sg || !vbq->reserve)
			return -ENOMEM;
	}
	return 0;
}

static int virtblk_setup_disk(struct virtio_blk *vblk)
{
	static unsigned int next_index; /* probing is serial */
	struct gendisk *disk = alloc_disk(VIRTBLK_MINORS);

	if (!disk)
		return -ENOMEM;
	vblk->disk = disk;
	virtblk_name(disk->disk_name, next_index);
	disk->major = virtblk_major;
	disk->first_minor = next_index++ * VIRTBLK_MINORS;
	disk->fops = &virtblk_fops;
	disk->queue = vblk->q;
	disk->private_data = vblk;
	set_capacity(disk, le64_to_cpu(vblk->config.capacity));
	set_disk_ro(disk, virtio_has_feature(vblk->vdev, VIRTIO_BLK_F_RO));
	blk_queue_write_cache(vblk->q, virtblk_has_cache(vblk), false);
	return 0;
}

static void virtblk_free(struct virtio_blk *vblk)
{
	unsigned int i;

	for (i = 0; vblk->queues && i < vblk->nr_queues; i++) {
		kfree(vblk->queues[i].sg);
		kfree(vblk->queues[i].reserve);
	}
	if (vblk->q)
		blk_cleanup_queue(vblk->q);
	kfree(vblk->queues);
	kfree(vblk);
}

static int virtblk_probe(struct virtio_device *vdev)
{
	struct virtio_blk *vblk = kzalloc(sizeof(*vblk), GFP_KERNEL);
	int err;

	if (!vblk)
		return -ENOMEM;
	vblk->vdev = vdev;
	INIT_WORK(&vblk->work, virtblk_work);
	err = virtio_negotiate(vdev, VIRTIO_BLK_F_SIZE_MAX | VIRTIO_BLK_F_SEG_MAX |
					     VIRTIO_BLK_F_GEOMETRY | VIRTIO_BLK_F_RO |
					     VIRTIO_BLK_F_BLK_SIZE | VIRTIO_BLK_F_FLUSH |
					     VIRTIO_BLK_F_TOPOLOGY | VIRTIO_BLK_F_CONFIG_WCE |
					     VIRTIO_BLK_F_MQ | VIRTIO_BLK_F_DISCARD |
					     VIRTIO_BLK_F_WRITE_ZEROES);
	if (err)
		goto free;
	virtio_read_config(vdev, 0, &vblk->config, sizeof(vblk->config));
	err = virtblk_setup_rings(vblk);
	if (err)
		goto reset;
	err = virtblk_setup_queue(vblk);
	if (!err)
		err = virtblk_setup_disk(vblk);
	if (err)
		goto reset;
	vdev->priv = vblk;
	virtio_device_ready(vdev);
	pr_info("%s: %s, %u queue%s of %u%s%s\n", vblk->disk->disk_name, vdev->name,
		vblk->nr_queues, vblk->nr_queues == 1 ? "" : "s", vblk->queues[0].vq->num,
		vblk->queues[0].vq->indirect ? ", indirect" : "",
		vblk->queues[0].vq->event_idx ? ", event index" : "");
	add_disk(vblk->disk);
	return 0;
reset:
	virtio_reset(vdev);
free:
	virtblk_free(vblk);
	return err;
}

/* The file systems are synced; let what is under way end, then stop the device. */
static void virtblk_shutdown(struct virtio_device *vdev)
{
	struct virtio_blk *vblk = vdev->priv;

	if (blk_queue_dying(vblk->q))
		return;
	if (!blk_mq_drain(vblk->q, VIRTBLK_DRAIN_MS))
		pr_err("%s: requests still under way at shutdown\n", vblk->disk->disk_name);
	blk_queue_flag_set(QUEUE_FLAG_DEAD, vblk->q);
	if (virtio_reset(vdev))
		blk_mq_fail_queue(vblk->q, BLK_STS_IOERR);
}

static struct virtio_driver virtblk_driver = {
	.name = "virtio_blk",
	.device_id = VIRTIO_ID_BLOCK,
	.probe = virtblk_probe,
	.config_changed = virtblk_config_changed,
	.shutdown = virtblk_shutdown,
};

int virtio_blk_init(void)
{
	virtblk_major = register_blkdev(0, "virtblk");
	if (virtblk_major < 0)
		return virtblk_major;
	return register_virtio_driver(&virtblk_driver);
}
