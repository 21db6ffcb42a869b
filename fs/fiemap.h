// SPDX-License-Identifier: MIT
/*
 * FIEMAP: where the data of a file lie on its device. The ioctl, and what ->fiemap fills its answer with.
 */
#ifndef FS_FIEMAP_H
#define FS_FIEMAP_H

#include "kernel/lib/types.h"

struct file;
struct inode;

#define FS_IOC_FIEMAP	     0xC020660BU
#define FIEMAP_FLAG_SYNC     0x1	/* write first */
#define FIEMAP_EXTENT_LAST   0x0001
#define FIEMAP_EXTENT_MERGED 0x1000	/* no extent on the disk: neighbouring blocks put together */

struct fiemap_extent {
	u64 fe_logical;
	u64 fe_physical;
	u64 fe_length;
	u64 fe_reserved64[2];
	u32 fe_flags;
	u32 fe_reserved[3];
};

struct fiemap_extent_info {
	unsigned int fi_flags;
	unsigned int fi_extents_mapped;	/* found so far */
	unsigned int fi_extents_max;	/* room for so many; 0: only count */
	struct fiemap_extent __user *fi_extents_start;
};

/* Checks a request, cuts *len to the largest file, writes if asked to. supported: FIEMAP_FLAG_*. 0 or -errno. May sleep. */
int fiemap_prep(struct inode *inode, struct fiemap_extent_info *info, u64 start, u64 *len, u32 supported);
/* 0: go on, 1: enough, or -EFAULT. */
int fiemap_fill_next_extent(struct fiemap_extent_info *info, u64 logical, u64 phys, u64 len, u32 flags);
int ioctl_fiemap(struct file *file, void __user *arg);

#endif
