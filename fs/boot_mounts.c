// SPDX-License-Identifier: MIT
/*
 * What the kernel mounts on the root before the first program runs, as an init would: devices on /dev with the
 * pseudo-terminals on /dev/pts, memory on /dev/shm and the message queues on /dev/mqueue, the hardware on /sys, memory on /run, and with the word tmp=tmpfs on
 * /tmp too (without it /tmp is what the disk has). A directory
 * that the root lacks is left out, so a disk without any of them is as it is. /proc is mounted by its own file system.
 */
#include "fs/boot_mounts.h"
#include "drivers/block/blkdev.h"
#include "fs/block_dev.h"
#include "fs/dev_node.h"
#include "fs/fs.h"
#include "fs/mount.h"
#include "fs/namei.h"
#include "kernel/lib/err.h"
#include "kernel/lib/init.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"

/* True if it is mounted now. */
static bool mount_on(const char *dir, const char *type, unsigned long flags, const char *options)
{
	struct path path;
	long err;

	if (kern_path(dir, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &path))
		return false;
	path_put(&path);
	err = do_mount(type, dir, type, flags, (void *)options);
	if (err)
		pr_warn("cannot mount %s on %s: error %ld\n", type, dir, -err);
	return !err;
}

/* The first open makes what a disk keeps from then on: its writeback and that one's thread. */
static void open_once(dev_t dev)
{
	struct block_device *bdev = blkdev_get_by_dev(dev, FMODE_READ, NULL);

	if (!IS_ERR(bdev))
		blkdev_put(bdev, FMODE_READ);
}

#define MAX_OPENED 32

/* Disks to open; those beyond the last are opened when they are needed. */
struct disks {
	unsigned int nr;
	dev_t dev[MAX_OPENED];
};

/* The list of disks is locked, so they cannot be opened here. */
static int disk_node(struct gendisk *disk, void *arg)
{
	struct disks *disks = arg;

	if (disks->nr < MAX_OPENED)
		disks->dev[disks->nr++] = disk_devt(disk);
	return dev_node_create(disk->disk_name, S_IFBLK | 0660, disk_devt(disk));
}

/* All disks are known by now; and the links that programs expect. */
void fill_dev(void)
{
	struct disks disks = { .nr = 0 };
	int err = for_each_disk(disk_node, &disks);

	for (unsigned int i = 0; i < disks.nr; i++)
		open_once(disks.dev[i]);
	if (!err)
		err = dev_node_symlink("fd", "/proc/self/fd");
	if (!err)
		err = dev_node_symlink("stdin", "/proc/self/fd/0");
	if (!err)
		err = dev_node_symlink("stdout", "/proc/self/fd/1");
	if (!err)
		err = dev_node_symlink("stderr", "/proc/self/fd/2");
	if (!err)
		err = dev_node_mkdir("pts", 0755);
	if (!err)
		err = dev_node_mkdir("shm", S_ISVTX | 0777);
	if (!err)
		err = dev_node_mkdir("mqueue", S_ISVTX | 0777);
	if (err)
		pr_warn("/dev is not complete: error %d\n", -err);
}

void mount_at_boot(void)
{
	char tmp[16];

	if (mount_on("/dev", "devtmpfs", SB_NOSUID, NULL)) {
		mount_on("/dev/pts", "devpts", SB_NOSUID | SB_NOEXEC, "gid=5,mode=620,ptmxmode=000");
		mount_on("/dev/shm", "tmpfs", SB_NOSUID | SB_NODEV, NULL);
		mount_on("/dev/mqueue", "mqueue", SB_NOSUID | SB_NODEV | SB_NOEXEC, NULL);
	}
	mount_on("/sys", "sysfs", SB_NOSUID | SB_NODEV | SB_NOEXEC, NULL);
	mount_on("/run", "tmpfs", SB_NOSUID | SB_NODEV, "mode=755");
	if (cmdline_get("tmp", tmp, sizeof(tmp)) && !strcmp(tmp, "tmpfs"))
		mount_on("/tmp", "tmpfs", SB_NOSUID | SB_NODEV, NULL);
}
