/* SPDX-License-Identifier: MIT */
/*
 * The locks of disk quotas and what leads to them. The quota code itself is not there yet; its
 * operations' rows in fs/locking.rst already speak of these.
 *
 * Order: dqonoff_sem -> dqptr_sem -> dqio_sem.
 */
#ifndef FS_QUOTA_H
#define FS_QUOTA_H

#include "kernel/lock/rwsem.h"

struct super_block;

/* In every superblock. */
struct quota_info {
	struct rw_semaphore dqonoff_sem;	/* quotas being turned on or off */
	struct rw_semaphore dqptr_sem;		/* the inodes' pointers to their dquots */
	struct rw_semaphore dqio_sem;		/* reading and writing the quota files */
};

/* The usage and limits of one owner. */
struct dquot {
	struct super_block *dq_sb;		/* constant */
};

static inline void quota_info_init(struct quota_info *info)
{
	init_rwsem(&info->dqonoff_sem);
	init_rwsem(&info->dqptr_sem);
	init_rwsem(&info->dqio_sem);
}

#endif
