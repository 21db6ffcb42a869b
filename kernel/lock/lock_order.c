// SPDX-License-Identifier: MIT
/*
 * The documented order of the kernel's locks (docs/locking-order.md), in the form
 * the order checker holds it: each line is an order that exists from boot,
 * so that code which takes two locks the wrong way round is reported the
 * first time it does, even if nothing ever takes them the right way.
 *
 * Classes are meant by the end of their name, which is the expression that
 * the lock is initialised or keyed with, and by nesting level (-1: all). The
 * lines are laid as edges of the order graph when the classes appear.
 */
#include "kernel/lock/lockdep_internal.h"
#include "kernel/lib/ctype.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/string.h"

#if CONFIG_CHECKS

#define PAGE_LOCK	"page lock", 0
#define DEV_PAGE_LOCK	"page lock", 1	/* of a block device's own cache */
#define I_RWSEM		"i_mutex_key", -1
#define DIR_I_RWSEM	"i_mutex_dir_key", -1

static const struct {
	const char *first;
	int first_level;
	const char *second;
	int second_level;
} order[] = {
	/* a change of the name space or of a file */
	{ "sb_writers", -1, "s_umount_key", -1 },
	{ "sb_writers", -1, "s_vfs_rename_key", -1 },
	{ "sb_writers", -1, DIR_I_RWSEM },
	{ "sb_writers", -1, I_RWSEM },
	{ "s_umount_key", -1, "s_vfs_rename_key", -1 },
	{ "s_vfs_rename_key", -1, DIR_I_RWSEM },
	{ DIR_I_RWSEM, I_RWSEM },
	/* nesting levels (fs/inode.h): parent, second parent, child, victim; first and second file */
	{ "i_mutex_dir_key", 1, "i_mutex_dir_key", 5 },
	{ "i_mutex_dir_key", 5, "i_mutex_dir_key", 2 },
	{ "i_mutex_dir_key", 2, "i_mutex_dir_key", 0 },
	{ "i_mutex_key", 0, "i_mutex_key", 4 },
	{ DIR_I_RWSEM, "namespace_sem", -1 },
	/* a write may fault in its source */
	{ I_RWSEM, "mmap_sem", -1 },
	{ DIR_I_RWSEM, "mmap_sem", -1 },
	{ "mmap_sem", -1, "sb_pagefaults", -1 },
	{ "sb_pagefaults", -1, "invalidate_lock", -1 },
	{ I_RWSEM, "invalidate_lock", -1 },
	/* pages, blocks, buffers */
	{ "invalidate_lock", -1, PAGE_LOCK },
	{ PAGE_LOCK, "i_map_lock", -1 },
	{ "i_map_lock", -1, "grp->lock", -1 },
	{ "i_map_lock", -1, DEV_PAGE_LOCK },
	{ PAGE_LOCK, DEV_PAGE_LOCK },
	{ DEV_PAGE_LOCK, "buffer lock", -1 },
	/* mappings */
	{ PAGE_LOCK, "i_mmap_rwsem", -1 },
	{ "i_mmap_rwsem", -1, "av->rwsem", -1 },
	{ "av->rwsem", -1, "ptl", -1 },
	{ "ptl", -1, "i_pages.xa_lock", -1 },
	/* a socket gets its name with the directory locked; its bytes are copied to the program */
	{ DIR_I_RWSEM, "name_mutex", -1 },
	{ "recv_mutex", -1, "mmap_sem", -1 },
	/* the spinlocks of inodes and dentries */
	{ "wb->list_lock", -1, "i_lock_key", -1 },
	{ "i_lock_key", -1, "d_lock", -1 },
	{ "rename_lock", -1, "d_lock", -1 },
	{ "d_lock", -1, "s_dentry_lru_lock", -1 },
};

static bool is_word(char c)
{
	return isalnum(c) || c == '_';
}

/* Does @class belong to the locks that @name and @level mean? */
static bool meant(const struct lock_class *class, const char *name, int level)
{
	size_t len, want = strlen(name);

	if (!class->name || (level >= 0 && class->subclass != (unsigned int)level))
		return false;
	len = strlen(class->name);
	if (len < want || strcmp(class->name + len - want, name))
		return false;
	return len == want || !is_word(class->name[len - want - 1]);
}

void lock_order_apply(unsigned int class, unsigned int nr_classes)
{
	struct lock_class *c = &lock_classes[class];

	for (unsigned int i = 0; i < ARRAY_SIZE(order); i++) {
		bool first = meant(c, order[i].first, order[i].first_level);
		bool second = meant(c, order[i].second, order[i].second_level);

		if (!first && !second)
			continue;
		for (unsigned int other = 1; other < nr_classes; other++) {
			struct lock_class *o = &lock_classes[other];

			if (other == class)
				continue;
			if (first && meant(o, order[i].second, order[i].second_level))
				lock_graph_preset(class, other);
			if (second && meant(o, order[i].first, order[i].first_level))
				lock_graph_preset(other, class);
		}
	}
}

#endif
