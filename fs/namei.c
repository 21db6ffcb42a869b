// SPDX-License-Identifier: MIT
/*
 * The walk itself: one component after the other, symlinks in between.
 *
 * A symlink in the middle pushes the rest of the path on nd->stack and walks the body first. At most
 * MAXSYMLINKS are followed in one walk, however they are nested. A symlink at the end is
 * returned to the caller (walk_component gives 1), who decides whether to follow it.
 */
#include "fs/namei_internal.h"
#include "kernel/lib/bug.h"
#include "kernel/lib/string.h"
#include "kernel/lock/rcu.h"
#include "kernel/lock/seqlock.h"
#include "kernel/task/sched.h"
#include "mm/slab.h"

/* 1: still valid; 0: not; -errno, -ECHILD: ask again in ref mode. */
int d_revalidate(struct dentry *dentry, unsigned int flags)
{
	if (unlikely(dentry->d_flags & DCACHE_OP_REVALIDATE))
		return dop_revalidate(dentry->d_op, dentry, flags);
	return 1;
}

/* ---- one name in one directory ---- */

static int lookup_fast_rcu(struct nameidata *nd, struct path *path, struct inode **inode,
			   unsigned int *seqp, struct dentry **found)
{
	struct dentry *parent = nd->path.dentry, *dentry;
	unsigned int seq;
	bool negative;
	int status;

	dentry = __d_lookup_rcu(parent, &nd->last, &seq);
	if (unlikely(!dentry))
		return unlazy_walk(nd) ? -ECHILD : 0;
	*inode = READ_ONCE(dentry->d_inode);
	negative = d_is_negative(dentry);
	/* Inode and type belong together if the dentry has not changed since it was found. */
	if (unlikely(read_seqcount_retry(&dentry->d_seq, seq)))
		return -ECHILD;
	/* And it was found in the right place if the parent has not changed either. */
	if (unlikely(__read_seqcount_retry(&parent->d_seq, nd->seq)))
		return -ECHILD;
	*seqp = seq;
	status = d_revalidate(dentry, nd->flags);
	if (likely(status > 0)) {
		if (unlikely(negative))
			return -ENOENT;
		path->mnt = nd->path.mnt;
		path->dentry = dentry;
		if (likely(__follow_mount_rcu(nd, path, inode, seqp)))
			return 1;
	}
	if (unlazy_child(nd, dentry, seq))
		return -ECHILD;
	if (unlikely(status == -ECHILD))
		status = d_revalidate(dentry, nd->flags);
	*found = dentry;
	return status > 0 ? 2 : status < 0 ? status : 3;
}

/*
 * The cached entry for nd->last: 1 with path (and in rcu mode *seqp) set; 0: not cached, and rcu mode
 * has been left; or -errno, -ECHILD, -ENOENT for a cached negative entry.
 */
int lookup_fast(struct nameidata *nd, struct path *path, struct inode **inode, unsigned int *seqp)
{
	struct dentry *dentry = NULL;
	int status, err;

	if (nd->flags & LOOKUP_RCU) {
		status = lookup_fast_rcu(nd, path, inode, seqp, &dentry);
		if (!dentry)
			return status;
		/* Left rcu mode with a reference to it: 2 valid, 3 invalid. */
		status = status == 2 ? 1 : status == 3 ? 0 : status;
	} else {
		dentry = __d_lookup(nd->path.dentry, &nd->last);
		if (unlikely(!dentry))
			return 0;
		status = d_revalidate(dentry, nd->flags);
	}
	if (unlikely(status <= 0)) {
		if (!status)
			d_invalidate(dentry);
		dput(dentry);
		return status;
	}
	if (unlikely(d_is_negative(dentry))) {
		dput(dentry);
		return -ENOENT;
	}
	path->mnt = nd->path.mnt;
	path->dentry = dentry;
	err = follow_managed(path, nd);
	if (unlikely(err < 0))
		return err;
	*inode = d_backing_inode(path->dentry);
	*seqp = 0;
	return 1;
}

/* Asks the file system. The directory's i_rwsem held at least shared. */
struct dentry *__lookup_slow(const struct qstr *name, struct dentry *dir, unsigned int flags)
{
	DECLARE_WAIT_QUEUE_HEAD_ONSTACK(wq);
	struct inode *inode = dir->d_inode;
	struct dentry *dentry, *old;
	int status;

	/* Nothing is to appear in a directory that was removed. */
	if (unlikely(IS_DEADDIR(inode)))
		return ERR_PTR(-ENOENT);
again:
	dentry = d_alloc_parallel(dir, name, &wq);
	if (IS_ERR(dentry))
		return dentry;
	if (unlikely(!d_in_lookup(dentry))) {
		if (flags & LOOKUP_NO_REVAL)
			return dentry;
		status = d_revalidate(dentry, flags);
		if (likely(status > 0))
			return dentry;
		if (!status) {
			d_invalidate(dentry);
			dput(dentry);
			goto again;
		}
		dput(dentry);
		return ERR_PTR(status);
	}
	old = iop_lookup(inode->i_op, inode, dentry, flags);
	d_lookup_done(dentry);
	if (unlikely(old)) {
		dput(dentry);
		dentry = old;
	}
	return dentry;
}

static struct dentry *lookup_slow(const struct qstr *name, struct dentry *dir, unsigned int flags)
{
	struct dentry *res;

	inode_lock_shared(dir->d_inode);
	res = __lookup_slow(name, dir, flags);
	inode_unlock_shared(dir->d_inode);
	return res;
}

/* ---- symlinks ---- */

static void put_link(struct nameidata *nd)
{
	struct nd_saved *last = nd->stack + --nd->depth;

	do_delayed_call(&last->done);
	if (!(nd->flags & LOOKUP_RCU))
		path_put(&last->link);
}

/* Room for one more level. The big stack is only needed for links within links within links. */
static bool nd_grow_stack(struct nameidata *nd)
{
	struct nd_saved *p;

	if (likely(nd->depth < EMBEDDED_LEVELS) || nd->stack != nd->internal)
		return true;
	p = kmalloc(MAXSYMLINKS * sizeof(*p), nd->flags & LOOKUP_RCU ? GFP_ATOMIC : GFP_KERNEL);
	if (!p)
		return false;
	memcpy(p, nd->internal, sizeof(nd->internal));
	nd->stack = p;
	return true;
}

/* Notes the symlink at path as the next to be followed. 1, or -errno. */
static int pick_link(struct nameidata *nd, struct path *path, struct inode *inode,
		     unsigned int seq)
{
	struct nd_saved *last;

	if (unlikely(nd->total_link_count++ >= MAXSYMLINKS || (nd->flags & LOOKUP_NO_SYMLINKS) || (path->mnt->mnt_flags & MNT_NOSYMFOLLOW))) {
		path_to_nameidata(path, nd);
		return -ELOOP;
	}
	if (unlikely(!nd_grow_stack(nd))) {
		if (nd->flags & LOOKUP_RCU)
			return -ECHILD;
		path_put_conditional(path, nd);
		return -ENOMEM;
	}
	if (!(nd->flags & LOOKUP_RCU) && path->mnt == nd->path.mnt)
		mntget(path->mnt);
	last = nd->stack + nd->depth++;
	last->link = *path;
	clear_delayed_call(&last->done);
	last->name = NULL;
	nd->link_inode = inode;
	last->seq = seq;
	return 1;
}

/* Steps onto path: 0, or 1 if it is a symlink to be followed. Consumes the path. */
int step_into(struct nameidata *nd, struct path *path, int flags, struct inode *inode,
	      unsigned int seq)
{
	if (!(flags & WALK_MORE) && nd->depth)
		put_link(nd);
	if (likely(!d_is_symlink(path->dentry)) ||
	    (!(flags & WALK_FOLLOW) && !(nd->flags & LOOKUP_FOLLOW))) {
		path_to_nameidata(path, nd);
		nd->inode = inode;
		nd->seq = seq;
		return 0;
	}
	/* The type was read after the sequence was last checked. */
	if ((nd->flags & LOOKUP_RCU) && read_seqcount_retry(&path->dentry->d_seq, seq))
		return -ECHILD;
	return pick_link(nd, path, inode, seq);
}

/* The body of the symlink on top of the stack; NULL if it was all slashes; ERR_PTR. */
static const char *get_link(struct nameidata *nd)
{
	struct nd_saved *last = nd->stack + nd->depth - 1;
	struct dentry *dentry = last->link.dentry;
	struct inode *inode = nd->link_inode;
	const char *res;
	int err;

	/* If no name follows (the body is "/", or a jump), there is none to be looked up. */
	nd->last_type = LAST_ROOT;
	if (!(nd->flags & LOOKUP_RCU)) {
		touch_atime(&last->link);
		cond_resched();
	} else if (atime_needs_update(&last->link, inode)) {
		if (unlikely(unlazy_walk(nd)))
			return ERR_PTR(-ECHILD);
		touch_atime(&last->link);
	}
	res = READ_ONCE(inode->i_link);
	if (!res) {
		if (nd->flags & LOOKUP_RCU) {
			res = iop_get_link(inode->i_op, NULL, inode, &last->done);
			if (res == ERR_PTR(-ECHILD)) {
				if (unlikely(unlazy_walk(nd)))
					return ERR_PTR(-ECHILD);
				res = iop_get_link(inode->i_op, dentry, inode, &last->done);
			}
		} else {
			res = iop_get_link(inode->i_op, dentry, inode, &last->done);
		}
		if (unlikely(nd->jump_error))
			return ERR_PTR(nd->jump_error);
		if (IS_ERR_OR_NULL(res))
			return res;
	}
	if (*res == '/') {
		if (!nd->root.mnt)
			set_root(nd);
		err = nd_jump_root(nd);
		if (unlikely(err))
			return ERR_PTR(err);
		while (unlikely(*++res == '/'))
			;
	}
	return *res ? res : NULL;
}

/* The walk ended on a symlink that is to be followed: its body. */
const char *trailing_symlink(struct nameidata *nd)
{
	const char *s;

	nd->flags |= LOOKUP_PARENT;
	nd->stack[0].name = NULL;
	s = get_link(nd);
	return s ? s : "";
}

/* ---- components ---- */

/* Steps into nd->last: 0, 1 for a symlink to be followed, or -errno. */
int walk_component(struct nameidata *nd, int flags)
{
	struct path path;
	struct inode *inode;
	unsigned int seq = 0;
	int err;

	if (unlikely(nd->last_type != LAST_NORM)) {
		err = handle_dots(nd, nd->last_type);
		if (!(flags & WALK_MORE) && nd->depth)
			put_link(nd);
		return err;
	}
	err = lookup_fast(nd, &path, &inode, &seq);
	if (unlikely(err <= 0)) {
		if (err < 0)
			return err;
		if (nd->flags & LOOKUP_CACHED)
			return -EAGAIN;
		path.dentry = lookup_slow(&nd->last, nd->path.dentry, nd->flags);
		if (IS_ERR(path.dentry))
			return PTR_ERR(path.dentry);
		path.mnt = nd->path.mnt;
		err = follow_managed(&path, nd);
		if (unlikely(err < 0))
			return err;
		if (unlikely(d_is_negative(path.dentry))) {
			path_to_nameidata(&path, nd);
			return -ENOENT;
		}
		seq = 0;
		inode = d_backing_inode(path.dentry);
	}
	return step_into(nd, &path, flags, inode, seq);
}

/* May we search the directory we are in? */
static int may_lookup(struct nameidata *nd)
{
	if (nd->flags & LOOKUP_RCU) {
		int err = inode_permission(nd->inode, MAY_EXEC | MAY_NOT_BLOCK);

		if (err != -ECHILD)
			return err;
		if (unlazy_walk(nd))
			return -ECHILD;
	}
	return inode_permission(nd->inode, MAY_EXEC);
}

/* Splits off the next component into nd->last; returns what comes after it and its slashes. */
static const char *next_component(struct nameidata *nd, const char *name)
{
	u64 hash_len = hash_component(nd->path.dentry, name);
	unsigned int len = hashlen_len(hash_len);
	int type = LAST_NORM;

	if (unlikely(name[0] == '.')) {
		if (len == 1)
			type = LAST_DOT;
		else if (len == 2 && name[1] == '.')
			type = LAST_DOTDOT;
	}
	if (likely(type == LAST_NORM))
		nd->flags &= ~LOOKUP_JUMPED;
	else if (type == LAST_DOTDOT)
		nd->flags |= LOOKUP_JUMPED;
	nd->last.hash_len = hash_len;
	nd->last.name = (const unsigned char *)name;
	nd->last_type = type;
	name += len;
	while (*name == '/')
		name++;
	return name;
}

/*
 * Walks all of name but its last component, which is left in nd->last (and nd->last_type), with
 * nd->path its directory. 0 or -errno.
 */
int link_path_walk(const char *name, struct nameidata *nd)
{
	int err;

	if (IS_ERR(name))
		return PTR_ERR(name);
	while (*name == '/')
		name++;
	if (!*name)
		return 0;
	for (;;) {
		const char *s;

		err = may_lookup(nd);
		if (err)
			return err;
		name = next_component(nd, name);
		if (nd->last_type == LAST_NORM &&
		    unlikely(nd->path.dentry->d_flags & DCACHE_OP_HASH)) {
			struct dentry *parent = nd->path.dentry;

			err = dop_hash(parent->d_op, parent, &nd->last);
			if (err < 0)
				return err;
		}
		if (unlikely(!*name)) {
			/* The end of the path, or of a symlink's body: go on after the link. */
			if (!nd->depth)
				return 0;
			name = nd->stack[nd->depth - 1].name;
			if (!name)
				return 0;
			err = walk_component(nd, WALK_FOLLOW);
		} else {
			err = walk_component(nd, WALK_FOLLOW | WALK_MORE);
		}
		if (err < 0)
			return err;
		if (err) {
			s = get_link(nd);
			if (IS_ERR(s))
				return PTR_ERR(s);
			if (unlikely(!s)) {
				put_link(nd);
			} else {
				nd->stack[nd->depth - 1].name = name;
				name = s;
				continue;
			}
		}
		if (unlikely(!d_can_lookup(nd->path.dentry))) {
			if ((nd->flags & LOOKUP_RCU) && unlazy_walk(nd))
				return -ECHILD;
			return -ENOTDIR;
		}
	}
}
