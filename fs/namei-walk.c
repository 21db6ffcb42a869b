// SPDX-License-Identifier: MIT
/*
 * The two modes of a path walk: starting it, leaving rcu mode, ending it.
 *
 * Leaving rcu mode (unlazy_walk) must take references to all that the walk stands on: the
 * symlinks it is inside of, the current place, and the root if it was used. Each is taken with
 * lockref_get_not_dead, then its d_seq is checked: unchanged means that the dentry was alive
 * and in its place all the time since the walk saw it.
 */
#include "fs/namei_internal.h"
#include "fs/fdtable.h"
#include "kernel/lib/bug.h"
#include "kernel/lib/string.h"
#include "kernel/lock/rcu.h"
#include "kernel/lock/seqlock.h"
#include "mm/slab.h"

void set_nameidata(struct nameidata *nd, int dfd, struct filename *name)
{
	nd->stack = nd->internal;
	nd->dfd = dfd;
	nd->name = name;
	nd->total_link_count = 0;
	nd->depth = 0;
	nd->saved = current->nameidata;
	current->nameidata = nd;
}

void restore_nameidata(struct nameidata *nd)
{
	current->nameidata = nd->saved;
	if (nd->stack != nd->internal)
		kfree(nd->stack);
}

static void enter_rcu_walk(void)
{
	rcu_read_lock();
	current->in_rcu_walk = true;
}

static void leave_rcu_walk(void)
{
	current->in_rcu_walk = false;
	rcu_read_unlock();
}

static void drop_links(struct nameidata *nd)
{
	unsigned int i = nd->depth;

	while (i--) {
		struct nd_saved *last = nd->stack + i;

		do_delayed_call(&last->done);
		clear_delayed_call(&last->done);
	}
}

void terminate_walk(struct nameidata *nd)
{
	drop_links(nd);
	if (!(nd->flags & LOOKUP_RCU)) {
		path_put(&nd->path);
		for (unsigned int i = 0; i < nd->depth; i++)
			path_put(&nd->stack[i].link);
		if (nd->root.mnt && !(nd->flags & LOOKUP_ROOT)) {
			path_put(&nd->root);
			nd->root.mnt = NULL;
		}
	} else {
		nd->flags &= ~LOOKUP_RCU;
		if (!(nd->flags & LOOKUP_ROOT))
			nd->root.mnt = NULL;
		leave_rcu_walk();
	}
	nd->depth = 0;
}

/* References to a path seen at seq; false if it is gone, with path fit for path_put. */
static bool legitimize_path(struct nameidata *nd, struct path *path, unsigned int seq)
{
	int res = __legitimize_mnt(path->mnt, nd->m_seq);

	if (unlikely(res)) {
		if (res > 0)
			path->mnt = NULL;
		path->dentry = NULL;
		return false;
	}
	if (unlikely(!lockref_get_not_dead(&path->dentry->d_lockref))) {
		path->dentry = NULL;
		return false;
	}
	return !read_seqcount_retry(&path->dentry->d_seq, seq);
}

static bool legitimize_links(struct nameidata *nd)
{
	for (unsigned int i = 0; i < nd->depth; i++) {
		struct nd_saved *last = nd->stack + i;

		if (unlikely(!legitimize_path(nd, &last->link, last->seq))) {
			drop_links(nd);
			nd->depth = i + 1;
			return false;
		}
	}
	return true;
}

static bool legitimize_root(struct nameidata *nd)
{
	if (!nd->root.mnt || (nd->flags & LOOKUP_ROOT))
		return true;
	return legitimize_path(nd, &nd->root, nd->root_seq);
}

/* Forgets a root that was only looked at, so that terminate_walk does not put it. */
static void forget_root(struct nameidata *nd)
{
	if (!(nd->flags & LOOKUP_ROOT))
		nd->root.mnt = NULL;
}

static void forget_path(struct nameidata *nd)
{
	nd->path.mnt = NULL;
	nd->path.dentry = NULL;
}

/* Leaves rcu mode with references. 0, or -ECHILD: then only terminate_walk may follow. */
int unlazy_walk(struct nameidata *nd)
{
	BUG_ON(!(nd->flags & LOOKUP_RCU));
	nd->flags &= ~LOOKUP_RCU;
	if (unlikely(!legitimize_links(nd))) {
		forget_path(nd);
		forget_root(nd);
	} else if (unlikely(!legitimize_path(nd, &nd->path, nd->seq))) {
		forget_root(nd);
	} else if (likely(legitimize_root(nd))) {
		leave_rcu_walk();
		BUG_ON(nd->inode != nd->path.dentry->d_inode);
		return 0;
	}
	leave_rcu_walk();
	return -ECHILD;
}

/*
 * The same, and a reference to dentry, a child of where we are, seen at seq. The child's sequence
 * vouches for the parent too, which was checked after the child's was read.
 */
int unlazy_child(struct nameidata *nd, struct dentry *dentry, unsigned int seq)
{
	int res;

	BUG_ON(!(nd->flags & LOOKUP_RCU));
	nd->flags &= ~LOOKUP_RCU;
	if (unlikely(!legitimize_links(nd))) {
		forget_path(nd);
		goto fail;
	}
	res = __legitimize_mnt(nd->path.mnt, nd->m_seq);
	if (unlikely(res)) {
		if (res > 0)
			nd->path.mnt = NULL;
		nd->path.dentry = NULL;
		goto fail;
	}
	if (unlikely(!lockref_get_not_dead(&nd->path.dentry->d_lockref))) {
		nd->path.dentry = NULL;
		goto fail;
	}
	if (unlikely(!lockref_get_not_dead(&dentry->d_lockref)))
		goto fail;
	if (unlikely(read_seqcount_retry(&dentry->d_seq, seq))) {
		leave_rcu_walk();
		forget_root(nd);
		dput(dentry);
		return -ECHILD;
	}
	if (unlikely(!legitimize_root(nd))) {
		leave_rcu_walk();
		dput(dentry);
		return -ECHILD;
	}
	leave_rcu_walk();
	return 0;
fail:
	forget_root(nd);
	leave_rcu_walk();
	return -ECHILD;
}

/* The walk has arrived: leave rcu mode, and ask the file system if we got here by a jump. */
int complete_walk(struct nameidata *nd)
{
	struct dentry *dentry;
	int status;

	if (nd->flags & LOOKUP_RCU) {
		if (!(nd->flags & LOOKUP_ROOT))
			nd->root.mnt = NULL;
		if (unlikely(unlazy_walk(nd)))
			return -ECHILD;
	}
	dentry = nd->path.dentry;
	/* a directory that was moved meanwhile may have taken the walk out of where it has to stay */
	if (unlikely(nd->flags & LOOKUP_SCOPED) && nd->path.mnt == nd->root.mnt && !is_subdir(dentry, nd->root.dentry))
		return -EXDEV;
	if (likely(!(nd->flags & LOOKUP_JUMPED)))
		return 0;
	if (likely(!(dentry->d_flags & DCACHE_OP_WEAK_REVALIDATE)))
		return 0;
	status = dop_weak_revalidate(dentry->d_op, dentry, nd->flags);
	if (status > 0)
		return 0;
	return status ? status : -ESTALE;
}

/* Makes nd->root the process's root, if it is not set yet. */
void set_root(struct nameidata *nd)
{
	struct fs_struct *fs = current->fs;

	if (nd->flags & LOOKUP_RCU) {
		unsigned int seq;

		do {
			seq = read_seqcount_begin(&fs->seq);
			nd->root = fs->root;
			nd->root_seq = __read_seqcount_begin(&nd->root.dentry->d_seq);
		} while (read_seqcount_retry(&fs->seq, seq));
	} else {
		get_fs_root(fs, &nd->root);
	}
}

/* From the walk's start or from inside it, for a link with an absolute body. */
int nd_jump_root(struct nameidata *nd)
{
	if (unlikely(nd->flags & LOOKUP_BENEATH))
		return -EXDEV;
	if (unlikely(nd->flags & LOOKUP_NO_XDEV) && nd->path.mnt && nd->path.mnt != nd->root.mnt)
		return -EXDEV;
	if (nd->flags & LOOKUP_RCU) {
		struct dentry *d;

		nd->path = nd->root;
		d = nd->path.dentry;
		nd->inode = d->d_inode;
		nd->seq = nd->root_seq;
		if (unlikely(read_seqcount_retry(&d->d_seq, nd->seq)))
			return -ECHILD;
	} else {
		path_put(&nd->path);
		nd->path = nd->root;
		path_get(&nd->path);
		nd->inode = nd->path.dentry->d_inode;
	}
	nd->flags |= LOOKUP_JUMPED;
	return 0;
}

/*
 * From ->get_link, called with a dentry, which then returns NULL: the walk goes on at path, whatever its name is, if it has one.
 * Takes over the references.
 */
void nd_jump_link(const struct path *path)
{
	struct nameidata *nd = current->nameidata;

	if (nd->flags & LOOKUP_NO_MAGICLINKS)
		nd->jump_error = -ELOOP;
	else if ((nd->flags & LOOKUP_SCOPED) || ((nd->flags & LOOKUP_NO_XDEV) && nd->path.mnt != path->mnt))
		nd->jump_error = -EXDEV;
	path_put(&nd->path);
	nd->path = *path;
	nd->inode = nd->path.dentry->d_inode;
	nd->flags |= LOOKUP_JUMPED;
}

/* Moves to path, whose dentry reference it takes over; its mount too if it is another one. */
void path_to_nameidata(const struct path *path, struct nameidata *nd)
{
	if (!(nd->flags & LOOKUP_RCU)) {
		dput(nd->path.dentry);
		if (nd->path.mnt != path->mnt)
			mntput(nd->path.mnt);
	}
	nd->path = *path;
}

void path_put_conditional(const struct path *path, struct nameidata *nd)
{
	dput(path->dentry);
	if (path->mnt != nd->path.mnt)
		mntput(path->mnt);
}

/* Starts at the working directory. */
static void start_at_pwd(struct nameidata *nd)
{
	struct fs_struct *fs = current->fs;

	if (nd->flags & LOOKUP_RCU) {
		unsigned int seq;

		do {
			seq = read_seqcount_begin(&fs->seq);
			nd->path = fs->pwd;
			nd->inode = nd->path.dentry->d_inode;
			nd->seq = __read_seqcount_begin(&nd->path.dentry->d_seq);
		} while (read_seqcount_retry(&fs->seq, seq));
	} else {
		get_fs_pwd(fs, &nd->path);
		nd->inode = nd->path.dentry->d_inode;
	}
}

/* Starts at the directory (or, for an empty path, anything) open at nd->dfd. */
static int start_at_fd(struct nameidata *nd, const char *s)
{
	struct fd f = fdget_raw(nd->dfd);
	struct dentry *dentry;

	if (!f.file)
		return -EBADF;
	dentry = f.file->f_path.dentry;
	if (*s && unlikely(!d_can_lookup(dentry))) {
		fdput(f);
		return -ENOTDIR;
	}
	nd->path = f.file->f_path;
	nd->inode = dentry->d_inode;
	if (nd->flags & LOOKUP_RCU)
		nd->seq = read_seqcount_begin(&dentry->d_seq);
	else
		path_get(&nd->path);
	fdput(f);
	return 0;
}

/*
 * Finds the starting point and returns the text to walk, or ERR_PTR. The caller ends with
 * terminate_walk in any case.
 */
const char *path_init(struct nameidata *nd, unsigned int flags)
{
	const char *s = nd->name->name;
	bool scoped = flags & LOOKUP_SCOPED;
	int err;

	/* An empty path ends where it starts: nothing to gain from rcu mode. */
	if (!*s || (flags & LOOKUP_RESTRICTED))
		flags &= ~LOOKUP_RCU;
	nd->jump_error = 0;
	nd->last_type = LAST_ROOT;
	nd->flags = flags | LOOKUP_JUMPED | LOOKUP_PARENT;
	nd->depth = 0;
	if (flags & LOOKUP_RCU)
		enter_rcu_walk();
	nd->m_seq = read_seqbegin(&mount_lock);
	nd->path.mnt = NULL;
	nd->path.dentry = NULL;
	if (flags & LOOKUP_ROOT) {
		struct dentry *root = nd->root.dentry;

		if (*s && unlikely(!d_can_lookup(root)))
			return ERR_PTR(-ENOTDIR);
		nd->path = nd->root;
		nd->inode = root->d_inode;
		if (flags & LOOKUP_RCU) {
			nd->seq = __read_seqcount_begin(&root->d_seq);
			nd->root_seq = nd->seq;
		} else {
			path_get(&nd->path);
		}
		return s;
	}
	nd->root.mnt = NULL;
	if (*s == '/' && !(flags & LOOKUP_IN_ROOT)) {
		set_root(nd);
		err = nd_jump_root(nd);
		return err ? ERR_PTR(err) : s;
	}
	if (nd->dfd == AT_FDCWD) {
		start_at_pwd(nd);
	} else {
		err = start_at_fd(nd, s);
		if (err)
			return ERR_PTR(err);
	}
	if (scoped) {
		nd->root = nd->path;
		path_get(&nd->root);
	}
	return s;
}
