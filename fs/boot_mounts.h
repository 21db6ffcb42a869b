/* SPDX-License-Identifier: MIT */
#ifndef FS_BOOT_MOUNTS_H
#define FS_BOOT_MOUNTS_H

/* The nodes of devtmpfs that are not made by whoever brings a device up. Once, when all disks are known; may sleep. */
void fill_dev(void);
/* The root is mounted and no program runs yet. May sleep. */
void mount_at_boot(void);

#endif
