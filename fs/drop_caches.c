// SPDX-License-Identifier: MIT
/*
 * /proc/sys/vm/drop_caches: forget what could be read again. 1: pages of files that are clean and not mapped; 2: dentries and inodes that
 * nobody uses; 3: both. Nothing is written back for it, so what is dirty stays: sync first.
 */
#include "fs/fs.h"
#include "fs/proc/sysctl.h"
#include "kernel/lib/init.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/string.h"
#include "kernel/task/sched.h"
#include "mm/gfp.h"
#include "mm/pagemap.h"
#include "mm/shrinker.h"

#define DROP_PAGES	1
#define DROP_OBJECTS	2
#define MAX_ROUNDS	64	/* others go on to fill the caches */

/* s_umount held shared. The place in the list is kept by the reference that we drop last. */
static void drop_pages(struct super_block *sb, void *unused)
{
	struct inode *inode, *kept = NULL;

	spin_lock(&sb->s_inode_list_lock);
	list_for_each_entry(inode, &sb->s_inodes, i_sb_list) {
		spin_lock(&inode->i_lock);
		if ((inode->i_state & (I_FREEING | I_WILL_FREE | I_NEW)) || !inode->i_mapping->nrpages) {
			spin_unlock(&inode->i_lock);
			continue;
		}
		__iget(inode);
		spin_unlock(&inode->i_lock);
		spin_unlock(&sb->s_inode_list_lock);
		invalidate_mapping_pages(inode->i_mapping, 0, -1);
		iput(kept);
		kept = inode;
		cond_resched();
		spin_lock(&sb->s_inode_list_lock);
	}
	spin_unlock(&sb->s_inode_list_lock);
	iput(kept);
}

/*
 * A round goes by what was used lately and forgets that it was; and a directory can only go when all in it are gone. So it ends with the
 * second round in a row that frees nothing.
 */
static void drop_objects(void)
{
	int idle = 0;

	for (int round = 0; round < MAX_ROUNDS && idle < 2 && !fatal_signal_pending(current); round++) {
		idle = shrink_slab(GFP_KERNEL, 0) ? 0 : idle + 1;
		cond_resched();
	}
}

static int drop(char *text, const struct sysctl *ctl)
{
	unsigned int what;

	if (kstrtouint(text, 10, &what) || what < 1 || what > 4)
		return -EINVAL;
	if (what & DROP_PAGES)
		iterate_supers(drop_pages, NULL);
	if (what & DROP_OBJECTS)
		drop_objects();
	return 0;
}

static const struct sysctl values[] = {
	{ "vm", "drop_caches", SYSCTL_FN, NULL, true, 0, 0, NULL, drop },
};

static int drop_caches_init(void)
{
	return sysctl_register(values, ARRAY_SIZE(values));
}
late_initcall(drop_caches_init);
