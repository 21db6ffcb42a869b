// SPDX-License-Identifier: MIT
/*
 * init.c - brings the drivers up, in an order that is written down rather than left to the linker,
 * and takes the block devices down again.
 *
 * Runs in the boot thread when all CPUs are up, so that drivers can make a queue for each.
 */
#include "kernel/lib/init.h"
#include "kernel/lib/printk.h"
#include "drivers/block/blk.h"
#include "drivers/block/ramdisk.h"
#include "drivers/block/virtio_blk.h"
#include "drivers/pci/pci.h"
#include "drivers/rtc/cmos.h"
#include "drivers/virtio/virtio.h"

/*
 * Bios must be there before a file system is registered that makes its own bio sets, and the time
 * of day before one is mounted.
 */
static int __init drivers_early_init(void)
{
	int err = cmos_rtc_init();

	if (err)
		pr_warn("rtc: the clock holds no date; the time starts in 1970\n");
	return bio_subsystem_init();
}
core_initcall(drivers_early_init);

/* A machine without a disk is a machine without a disk: go on and let the mount fail. */
static int __init drivers_init(void)
{
	static const struct {
		const char *name;
		int (*fn)(void);
	} steps[] = {
		{ "pci", pci_init },
		{ "virtio-pci", virtio_pci_init },
		{ "virtio-blk", virtio_blk_init },
		{ "ramdisk", ramdisk_init },
	};
	int err, ret = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		err = steps[i].fn();
		if (!err)
			continue;
		pr_err("drivers: %s failed: error %d\n", steps[i].name, err);
		ret = err;
	}
	return ret;
}
device_initcall(drivers_init);

void blk_shutdown(void)
{
	virtio_shutdown();
}
