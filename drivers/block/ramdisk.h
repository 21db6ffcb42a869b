/* SPDX-License-Identifier: MIT */
/*
 * ramdisk.h - RAM disks made by the kernel itself, and the hook with which tests make one fail.
 */
#ifndef DRIVERS_BLOCK_RAMDISK_H
#define DRIVERS_BLOCK_RAMDISK_H

#include "drivers/block/blkdev.h"

/*
 * A new disk of @bytes (whole pages) with blocks of @block_size, named ram0, ram1 ... NULL: no
 * memory. May sleep. Pages are allocated when first written.
 */
struct gendisk *ramdisk_create(u64 bytes, unsigned int block_size);
/* Hide it and free its pages; nobody may use it any more. May sleep. */
void ramdisk_destroy(struct gendisk *disk);

/*
 * Called for each bio before it is carried out, in the submitter's context; what it returns ends
 * the bio, unless BLK_STS_OK. NULL: no hook. Set it while no I/O is under way.
 */
typedef blk_status_t (*ramdisk_hook_t)(struct gendisk *disk, struct bio *bio, void *arg);
void ramdisk_set_hook(struct gendisk *disk, ramdisk_hook_t hook, void *arg);

int ramdisk_init(void);

#endif
