// SPDX-License-Identifier: MIT
/*
 * From a file to its handle and back: see exportfs.h.
 *
 * The way back ends with a dentry, since that is what can be opened. For a file that is no directory any dentry of the inode will do, and
 * if there is none in memory, one without name and parent (d_obtain_alias). A directory must hang in the tree, because one can walk
 * upwards from it: a directory has one dentry at most, and here it never gets one but in its parent's. So from a directory without dentry
 * we climb along ".." to the first that has one, and then look up the names one by one on the way back down. Each name is found
 * by reading the parent for the inode's number. What is renamed or removed meanwhile makes that fail; then it is begun again,
 * a few times.
 */
#include "fs/exportfs.h"

#include "fs/dcache.h"
#include "fs/fs.h"
#include "fs/mount.h"
#include "fs/namei.h"
#include "kernel/lib/string.h"
#include "kernel/task/cred.h"
#include "kernel/task/sched.h"
#include "kernel/task/signal.h"
#include "mm/slab.h"

/* Deeper than any tree that a test has made; a damaged disk may have a circle of "..". */
#define MAX_CLIMB	65536
#define MAX_TRIES	8

int exportfs_encode(struct inode *inode, u32 *fid, unsigned int *words)
{
	const struct export_operations *ops = inode->i_sb->s_export_op;
	int err;

	if (!ops)
		return -EOPNOTSUPP;
	err = ops->remember ? ops->remember(inode) : 0;
	if (err)
		return err;
	*words = 0;
	fid[(*words)++] = (u32)inode->i_ino;
	if (inode->i_ino >> 32)
		fid[(*words)++] = (u32)(inode->i_ino >> 32);
	fid[(*words)++] = inode->i_generation;
	return *words == 2 ? FILEID_INO32_GEN : FILEID_INO64_GEN;
}

/* ---- the name of a directory in its parent ---- */

struct name_search {
	struct dir_context ctx;
	u64 ino;
	int len;		/* 0: not found yet */
	char name[NAME_MAX + 1];
};

static int compare_number(struct dir_context *ctx, const char *name, int namelen, loff_t offset, u64 ino, unsigned int type)
{
	struct name_search *search = container_of(ctx, struct name_search, ctx);

	if (ino != search->ino || namelen > NAME_MAX || (name[0] == '.' && (namelen == 1 || (namelen == 2 && name[1] == '.'))))
		return 0;
	memcpy(search->name, name, namelen);
	search->len = namelen;
	return 1;
}

/* 0, or -errno: -ENOENT if no name there has this number. */
static int find_name(struct vfsmount *mnt, struct dentry *parent, struct name_search *search)
{
	struct path path = { .mnt = mnt, .dentry = parent };
	struct file *dir = dentry_open(&path, O_RDONLY | O_DIRECTORY | O_NOATIME, current_cred());
	loff_t before = -1;
	int err = 0;

	if (IS_ERR(dir))
		return PTR_ERR(dir);
	search->len = 0;
	/* It hands out a block or so at a time; the end is where it does not move on. */
	while (!err && !search->len && dir->f_pos != before) {
		before = dir->f_pos;
		err = iterate_dir(dir, &search->ctx);
	}
	fput(dir);
	return err ? err : search->len ? 0 : -ENOENT;
}

/* The child's dentry in its parent's, with a reference; ERR_PTR(-ESTALE) if it is not there any more. */
static struct dentry *connect_child(struct vfsmount *mnt, struct dentry *parent, struct inode *child)
{
	struct name_search search = { .ctx.actor = compare_number, .ino = child->i_ino };
	int err = find_name(mnt, parent, &search);
	struct dentry *dentry = err ? ERR_PTR(err) : lookup_one_len_unlocked(search.name, parent, search.len);

	if (!IS_ERR(dentry) && d_inode(dentry) != child) {
		dput(dentry);
		dentry = ERR_PTR(-ESTALE);
	}
	return dentry;
}

/* ---- up and down again ---- */

/* A directory on the way up; the list begins with the highest. */
struct step {
	struct step *below;
	struct inode *dir;	/* a reference */
};

/* Puts dir and what is above it in front of the list, up to one that has a dentry: that one, with a reference, or ERR_PTR. */
static struct dentry *climb(struct inode *dir, struct step **steps)
{
	const struct export_operations *ops = dir->i_sb->s_export_op;
	struct inode *parent = dir;
	struct dentry *dentry;

	ihold(parent);
	for (unsigned int n = 0; !IS_ERR(parent); n++) {
		struct step *step;

		dentry = d_find_any_alias(parent);
		if (dentry) {
			iput(parent);
			return dentry;
		}
		step = ops->get_parent && n < MAX_CLIMB && !fatal_signal_pending(current) ? kmalloc(sizeof(*step), GFP_KERNEL) : NULL;
		if (!step) {
			iput(parent);
			return ERR_PTR(ops->get_parent && n < MAX_CLIMB ? -ENOMEM : -ESTALE);
		}
		*step = (struct step){ .below = *steps, .dir = parent };
		*steps = step;
		parent = ops->get_parent(parent);
		cond_resched();
	}
	return ERR_CAST(parent);
}

static struct dentry *connect_once(struct vfsmount *mnt, struct inode *dir)
{
	struct step *steps = NULL, *step;
	struct dentry *dentry = climb(dir, &steps), *parent;

	while ((step = steps) != NULL) {
		if (!IS_ERR(dentry)) {
			parent = dentry;
			dentry = connect_child(mnt, parent, step->dir);
			dput(parent);
		}
		steps = step->below;
		iput(step->dir);
		kfree(step);
	}
	return dentry;
}

/* Consumes the reference on dir. */
static struct dentry *connected_directory(struct vfsmount *mnt, struct inode *dir)
{
	struct dentry *dentry = ERR_PTR(-ESTALE);

	for (int tries = 0; tries < MAX_TRIES && IS_ERR(dentry) && dentry != ERR_PTR(-ENOMEM); tries++)
		dentry = connect_once(mnt, dir);
	iput(dir);
	return dentry;
}

struct dentry *exportfs_decode(struct vfsmount *mnt, const u32 *fid, unsigned int words, int type)
{
	const struct export_operations *ops = mnt->mnt_sb->s_export_op;
	struct dentry *dentry;
	struct inode *inode;

	if (!ops)
		return ERR_PTR(-ESTALE);
	if (type == FILEID_INO32_GEN && words >= 2)
		inode = ops->get_inode(mnt->mnt_sb, fid[0], fid[1]);
	else if (type == FILEID_INO64_GEN && words >= 3)
		inode = ops->get_inode(mnt->mnt_sb, fid[0] | (u64)fid[1] << 32, fid[2]);
	else
		inode = ERR_PTR(-ESTALE);
	if (!IS_ERR(inode) && S_ISDIR(inode->i_mode))
		dentry = connected_directory(mnt, inode);
	else
		dentry = d_obtain_alias(inode);
	if (IS_ERR(dentry) && dentry != ERR_PTR(-ENOMEM))
		dentry = ERR_PTR(-ESTALE);
	return dentry;
}
