/* SPDX-License-Identifier: MIT */
#ifndef FS_BOOT_MOUNTS_H
#define FS_BOOT_MOUNTS_H

/* The root is mounted and no program runs yet. May sleep. */
void mount_at_boot(void);

#endif
