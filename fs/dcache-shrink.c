// SPDX-License-Identifier: MIT
/*
 * Getting rid of unused dentries: the LRU, the shrinker, walks over whole trees, umount.
 *
 * A dentry is on its superblock's LRU (DCACHE_LRU_LIST), or on a private list of somebody who
 * means to free it (DCACHE_LRU_LIST and DCACHE_SHRINK_LIST), or on none. A private list is touched
 * only by its owner: if such a dentry dies by other hands it is marked DCACHE_MAY_FREE and the
 * owner frees the memory when he comes to it.
 */
#include "fs/dcache_internal.h"
#include "fs/namespace_internal.h"
#include "kernel/lib/bug.h"
#include "kernel/lib/printk.h"
#include "kernel/lock/rcu.h"
#include "kernel/lock/seqlock.h"
#include "kernel/task/sched.h"

/* ---- list membership; d_lock held ---- */

void d_lru_add(struct dentry *dentry)
{
	struct super_block *sb = dentry->d_sb;

	dentry->d_flags |= DCACHE_LRU_LIST;
	spin_lock(&sb->s_dentry_lru_lock);
	list_add(&dentry->d_lru, &sb->s_dentry_lru);
	sb->s_nr_dentry_unused++;
	spin_unlock(&sb->s_dentry_lru_lock);
}

void d_lru_del(struct dentry *dentry)
{
	struct super_block *sb = dentry->d_sb;

	dentry->d_flags &= ~DCACHE_LRU_LIST;
	spin_lock(&sb->s_dentry_lru_lock);
	list_del_init(&dentry->d_lru);
	sb->s_nr_dentry_unused--;
	spin_unlock(&sb->s_dentry_lru_lock);
}

static void d_shrink_del(struct dentry *dentry)
{
	list_del_init(&dentry->d_lru);
	dentry->d_flags &= ~(DCACHE_SHRINK_LIST | DCACHE_LRU_LIST);
}

static void d_shrink_add(struct dentry *dentry, struct list_head *list)
{
	list_add(&dentry->d_lru, list);
	dentry->d_flags |= DCACHE_SHRINK_LIST | DCACHE_LRU_LIST;
}

/*
 * Takes i_lock and the parent's d_lock around an unused dentry. d_lock and the RCU read lock held;
 * false, with only d_lock held, if it is in use, dead or slips away.
 */
static bool shrink_lock_dentry(struct dentry *dentry)
{
	struct inode *inode;
	struct dentry *parent;

	if (dentry->d_lockref.count)
		return false;
	inode = dentry->d_inode;
	if (inode && unlikely(!spin_trylock(&inode->i_lock))) {
		spin_unlock(&dentry->d_lock);
		spin_lock(&inode->i_lock);
		spin_lock(&dentry->d_lock);
		if (unlikely(dentry->d_lockref.count) || inode != dentry->d_inode)
			goto out;
	}
	parent = dentry->d_parent;
	if (IS_ROOT(dentry) || likely(spin_trylock(&parent->d_lock)))
		return true;
	spin_unlock(&dentry->d_lock);
	spin_lock(&parent->d_lock);
	if (unlikely(parent != dentry->d_parent)) {
		spin_unlock(&parent->d_lock);
		spin_lock(&dentry->d_lock);
		goto out;
	}
	spin_lock_nested(&dentry->d_lock, DENTRY_D_LOCK_NESTED);
	if (likely(!dentry->d_lockref.count) && inode == dentry->d_inode)
		return true;
	spin_unlock(&parent->d_lock);
out:
	if (inode)
		spin_unlock(&inode->i_lock);
	return false;
}

/* Frees what is unused on a private list. May sleep. */
static void shrink_dentry_list(struct list_head *list)
{
	while (!list_empty(list)) {
		struct dentry *dentry = list_last_entry(list, struct dentry, d_lru);
		struct dentry *parent;

		/* Memory: on our list a dentry is freed by nobody else. Inode and parent: RCU. */
		spin_lock(&dentry->d_lock);
		rcu_read_lock();
		if (!shrink_lock_dentry(dentry)) {
			bool can_free;

			rcu_read_unlock();
			d_shrink_del(dentry);
			can_free = dentry->d_lockref.count < 0 &&
				   (dentry->d_flags & DCACHE_MAY_FREE);
			spin_unlock(&dentry->d_lock);
			if (can_free)
				dentry_free(dentry);
			continue;
		}
		rcu_read_unlock();
		d_shrink_del(dentry);
		parent = IS_ROOT(dentry) ? NULL : dentry->d_parent;
		__dentry_kill(dentry);
		dput(parent);
	}
}

/* ---- the LRU ---- */

/* Moves up to nr victims from the tail of the LRU to list. */
static void dentry_lru_isolate(struct super_block *sb, unsigned long nr, struct list_head *list,
			       bool all)
{
	spin_lock(&sb->s_dentry_lru_lock);
	while (nr-- && !list_empty(&sb->s_dentry_lru)) {
		struct dentry *dentry = list_last_entry(&sb->s_dentry_lru, struct dentry, d_lru);

		/* The order is d_lock, then LRU lock: only try. */
		if (!spin_trylock(&dentry->d_lock)) {
			list_move(&dentry->d_lru, &sb->s_dentry_lru);
			continue;
		}
		if (dentry->d_lockref.count) {
			list_del_init(&dentry->d_lru);
			dentry->d_flags &= ~DCACHE_LRU_LIST;
			sb->s_nr_dentry_unused--;
		} else if (!all && (dentry->d_flags & DCACHE_REFERENCED)) {
			dentry->d_flags &= ~DCACHE_REFERENCED;
			list_move(&dentry->d_lru, &sb->s_dentry_lru);
		} else {
			list_del_init(&dentry->d_lru);
			sb->s_nr_dentry_unused--;
			d_shrink_add(dentry, list);
		}
		spin_unlock(&dentry->d_lock);
	}
	spin_unlock(&sb->s_dentry_lru_lock);
}

static long list_length(struct list_head *list)
{
	struct list_head *p;
	long n = 0;

	list_for_each(p, list)
		n++;
	return n;
}

long prune_dcache_sb(struct super_block *sb, unsigned long nr)
{
	LIST_HEAD(dispose);
	long freed;

	dentry_lru_isolate(sb, nr, &dispose, false);
	freed = list_length(&dispose);
	shrink_dentry_list(&dispose);
	return freed;
}

/* Frees all unused dentries of a superblock. */
void shrink_dcache_sb(struct super_block *sb)
{
	do {
		LIST_HEAD(dispose);

		dentry_lru_isolate(sb, 1024, &dispose, true);
		shrink_dentry_list(&dispose);
		cond_resched();
	} while (READ_ONCE(sb->s_nr_dentry_unused) > 0);
}

/* ---- tree walks ---- */

/* The sibling after child in parent's list, or NULL; parent's d_lock held. */
static struct dentry *next_child(struct dentry *parent, struct list_head *from)
{
	struct list_head *next = from->next;

	while (next != &parent->d_subdirs) {
		struct dentry *child = list_entry(next, struct dentry, d_child);

		if (!(child->d_flags & (DCACHE_DENTRY_CURSOR | DCACHE_DENTRY_KILLED)))
			return child;
		next = child->d_child.next;
	}
	return NULL;
}

/*
 * Calls enter on parent and all below it, parents first, each with its d_lock held. On the way
 * back up the RCU read lock keeps the child we came from; if it died, its d_child.next still leads
 * on, and if names moved about (rename_lock), the walk starts again, the second time with
 * rename_lock held.
 */
void d_walk(struct dentry *parent, void *data,
	    enum d_walk_ret (*enter)(void *data, struct dentry *dentry))
{
	struct dentry *this_parent, *child, *up;
	enum d_walk_ret ret;
	unsigned int seq = 0;
	bool locked = false, retry = true;

again:
	if (locked)
		write_seqlock(&rename_lock);
	else
		seq = read_seqbegin(&rename_lock);
	this_parent = parent;
	spin_lock(&this_parent->d_lock);
	ret = enter(data, this_parent);
	if (ret == D_WALK_QUIT || ret == D_WALK_SKIP)
		goto out_unlock;
	if (ret == D_WALK_NORETRY)
		retry = false;
descend:
	child = next_child(this_parent, &this_parent->d_subdirs);
next:
	while (child) {
		spin_lock_nested(&child->d_lock, DENTRY_D_LOCK_NESTED);
		ret = enter(data, child);
		if (ret == D_WALK_NORETRY)
			retry = false;
		if (ret == D_WALK_QUIT) {
			spin_unlock(&child->d_lock);
			goto out_unlock;
		}
		if (ret != D_WALK_SKIP && !list_empty(&child->d_subdirs)) {
			/* Hand over hand, and the child becomes the outer lock. */
			spin_unlock(&this_parent->d_lock);
			d_lock_becomes_outer(child);
			this_parent = child;
			goto descend;
		}
		spin_unlock(&child->d_lock);
		child = next_child(this_parent, &child->d_child);
	}
	if (this_parent != parent) {
		rcu_read_lock();
		child = this_parent;
		up = child->d_parent;
		spin_unlock(&child->d_lock);
		spin_lock(&up->d_lock);
		if (!locked && read_seqretry(&rename_lock, seq)) {
			spin_unlock(&up->d_lock);
			rcu_read_unlock();
			if (!retry)
				return;
			locked = true;
			goto again;
		}
		this_parent = up;
		child = next_child(this_parent, &child->d_child);
		rcu_read_unlock();
		goto next;
	}
	if (!locked && read_seqretry(&rename_lock, seq)) {
		spin_unlock(&this_parent->d_lock);
		if (!retry)
			return;
		locked = true;
		goto again;
	}
out_unlock:
	spin_unlock(&this_parent->d_lock);
	if (locked)
		write_sequnlock(&rename_lock);
}

struct select_data {
	struct dentry *start;
	struct dentry *victim;
	long found;
	struct list_head dispose;
};

static enum d_walk_ret select_collect(void *arg, struct dentry *dentry)
{
	struct select_data *data = arg;

	if (data->start == dentry)
		return D_WALK_CONTINUE;
	if (dentry->d_flags & DCACHE_SHRINK_LIST) {
		data->found++;
	} else if (!dentry->d_lockref.count) {
		if (dentry->d_flags & DCACHE_LRU_LIST)
			d_lru_del(dentry);
		d_shrink_add(dentry, &data->dispose);
		data->found++;
	}
	/* Free in portions; what is found so far is progress even if names move. */
	if (!list_empty(&data->dispose))
		return need_resched() ? D_WALK_QUIT : D_WALK_NORETRY;
	return D_WALK_CONTINUE;
}

/* Frees everything unused below parent. */
void shrink_dcache_parent(struct dentry *parent)
{
	for (;;) {
		struct select_data data = { .start = parent };

		INIT_LIST_HEAD(&data.dispose);
		d_walk(parent, &data, select_collect);
		if (!list_empty(&data.dispose)) {
			shrink_dentry_list(&data.dispose);
			continue;
		}
		cond_resched();
		if (!data.found)
			break;
		/* Others are freeing some of them: let them get on with it. */
		yield();
	}
}

static enum d_walk_ret umount_check(void *arg, struct dentry *dentry)
{
	if (!list_empty(&dentry->d_subdirs))
		return D_WALK_CONTINUE;
	if (dentry == arg && dentry->d_lockref.count == 1)
		return D_WALK_CONTINUE;
	pr_err("dentry %p (%s, inode %lu) still in use (%d) at unmount of %s\n", dentry,
	       dentry->d_name.name, dentry->d_inode ? dentry->d_inode->i_ino : 0UL,
	       dentry->d_lockref.count, dentry->d_sb->s_id);
	WARN_ON(1);
	return D_WALK_CONTINUE;
}

static void do_one_tree(struct dentry *dentry)
{
	shrink_dcache_parent(dentry);
	d_walk(dentry, dentry, umount_check);
	d_drop(dentry);
	dput(dentry);
}

/* The whole tree of a superblock that nobody can reach any more. s_umount held exclusively. */
void shrink_dcache_for_umount(struct super_block *sb)
{
	struct dentry *dentry = sb->s_root;

	sb->s_root = NULL;
	if (dentry)
		do_one_tree(dentry);
}

static enum d_walk_ret d_genocide_kill(void *arg, struct dentry *dentry)
{
	if (dentry != arg) {
		if (d_unhashed(dentry) || !dentry->d_inode)
			return D_WALK_SKIP;
		dentry->d_lockref.count--;
	}
	return D_WALK_CONTINUE;
}

/* Drops the reference that pins each positive dentry of a file system that lives in the dcache. */
void d_genocide(struct dentry *parent)
{
	d_walk(parent, parent, d_genocide_kill);
}

static enum d_walk_ret find_submount(void *arg, struct dentry *dentry)
{
	struct dentry **victim = arg;

	if (d_mountpoint(dentry)) {
		dget_dlock(dentry);
		*victim = dentry;
		return D_WALK_QUIT;
	}
	return D_WALK_CONTINUE;
}

/*
 * The name is no longer true (revalidation failed, or the directory is gone): unhash it, free what
 * is unused below it, and detach what is mounted there.
 */
void d_invalidate(struct dentry *dentry)
{
	bool had_submounts = false;

	spin_lock(&dentry->d_lock);
	if (d_unhashed(dentry)) {
		spin_unlock(&dentry->d_lock);
		return;
	}
	__d_drop(dentry);
	spin_unlock(&dentry->d_lock);
	if (!dentry->d_inode)
		return;
	shrink_dcache_parent(dentry);
	for (;;) {
		struct dentry *victim = NULL;

		d_walk(dentry, &victim, find_submount);
		if (!victim) {
			if (had_submounts)
				shrink_dcache_parent(dentry);
			return;
		}
		had_submounts = true;
		detach_mounts(victim);
		dput(victim);
	}
}

/* Marks a place as a mount point, unless it is gone. namespace_sem held, so no unmount races. */
int d_set_mounted(struct dentry *dentry)
{
	struct dentry *p;
	int ret = -ENOENT;

	write_seqlock(&rename_lock);
	for (p = dentry->d_parent; !IS_ROOT(p); p = p->d_parent) {
		/* d_invalidate may be tearing an ancestor down: do not add to what it must undo. */
		spin_lock(&p->d_lock);
		if (unlikely(d_unhashed(p))) {
			spin_unlock(&p->d_lock);
			goto out;
		}
		spin_unlock(&p->d_lock);
	}
	spin_lock(&dentry->d_lock);
	if (!d_unlinked(dentry)) {
		ret = -EBUSY;
		if (!d_mountpoint(dentry)) {
			dentry->d_flags |= DCACHE_MOUNTED;
			ret = 0;
		}
	}
	spin_unlock(&dentry->d_lock);
out:
	write_sequnlock(&rename_lock);
	return ret;
}
