// SPDX-License-Identifier: MIT
/*
 * The state of one path walk, shared by the parts of the walk.
 *
 * Two modes. In rcu mode (LOOKUP_RCU) the walk holds nothing but the RCU read lock: every dentry
 * comes with the d_seq it was seen at, every step checks that the one before is still valid, and
 * whatever would have to sleep makes the walk "unlazy": take references to all it stands on, if the
 * sequences still hold, and go on in ref mode. If they do not hold it gives up with -ECHILD and
 * the caller starts again in ref mode.
 */
#ifndef FS_NAMEI_INTERNAL_H
#define FS_NAMEI_INTERNAL_H

#include "fs/fs.h"
#include "fs/dcache.h"
#include "fs/namei.h"
#include "fs/mount.h"
#include "fs/namespace_internal.h"
#include "fs/file_internal.h"
#include "kernel/task/task.h"

#define EMBEDDED_LEVELS 2

/* where to go on after a symlink */
struct nd_saved {
	struct path link;
	struct delayed_call done;
	const char *name;	/* the rest of the path; NULL: the link was its end */
	unsigned int seq;
};

struct nameidata {
	struct path path;	/* where we are */
	struct qstr last;	/* the component to look up there */
	struct path root;	/* mnt NULL: not needed yet */
	struct inode *inode;	/* path.dentry's inode */
	unsigned int flags;	/* LOOKUP_* */
	unsigned int seq;	/* path.dentry's d_seq (rcu mode) */
	unsigned int m_seq;	/* mount_lock's (rcu mode) */
	unsigned int root_seq;
	int last_type;		/* LAST_* */
	unsigned int depth;	/* symlinks being followed, nested */
	int total_link_count;
	struct nd_saved *stack;
	struct nd_saved internal[EMBEDDED_LEVELS];
	struct filename *name;
	struct inode *link_inode;	/* of the symlink just stepped on */
	int dfd;
	int jump_error;		/* why the link that has just been followed may not jump; 0: it may */
	struct nameidata *saved;	/* the walk around this one, of the same task */
};

/* what walk_component may assume */
#define WALK_FOLLOW	1	/* a symlink here is always followed */
#define WALK_MORE	2	/* do not pop the symlink we came from yet */

/* namei-walk.c: entering, leaving, switching modes */
void set_nameidata(struct nameidata *nd, int dfd, struct filename *name);
void restore_nameidata(struct nameidata *nd);
const char *path_init(struct nameidata *nd, unsigned int flags);
void terminate_walk(struct nameidata *nd);
int unlazy_walk(struct nameidata *nd);
int unlazy_child(struct nameidata *nd, struct dentry *dentry, unsigned int seq);
int complete_walk(struct nameidata *nd);
void set_root(struct nameidata *nd);
int nd_jump_root(struct nameidata *nd);
void path_to_nameidata(const struct path *path, struct nameidata *nd);
void path_put_conditional(const struct path *path, struct nameidata *nd);

/* namei-mount.c: crossing mounts, ".." */
int follow_managed(struct path *path, struct nameidata *nd);
bool __follow_mount_rcu(struct nameidata *nd, struct path *path, struct inode **inode,
			unsigned int *seqp);
int handle_dots(struct nameidata *nd, int type);

/* namei.c: components */
int lookup_fast(struct nameidata *nd, struct path *path, struct inode **inode,
		unsigned int *seqp);
int d_revalidate(struct dentry *dentry, unsigned int flags);
struct dentry *__lookup_slow(const struct qstr *name, struct dentry *dir, unsigned int flags);
int walk_component(struct nameidata *nd, int flags);
int step_into(struct nameidata *nd, struct path *path, int flags, struct inode *inode,
	      unsigned int seq);
int link_path_walk(const char *name, struct nameidata *nd);
const char *trailing_symlink(struct nameidata *nd);

/* namei-path.c: whole paths */
int path_lookupat(struct nameidata *nd, unsigned int flags, struct path *path);
struct filename *filename_parentat(int dfd, struct filename *name, unsigned int flags,
				   struct path *parent, struct qstr *last, int *type);
/* parent's i_rwsem held */
struct dentry *__lookup_hash(const struct qstr *name, struct dentry *base, unsigned int flags);

/* namei-create.c: may it be done? */
int may_create(struct inode *dir, struct dentry *child);
int may_delete(struct inode *dir, struct dentry *victim, bool isdir);
int may_open(const struct path *path, int acc_mode, int flag);
void dont_mount(struct dentry *dentry);

#endif
