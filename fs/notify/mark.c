// SPDX-License-Identifier: MIT
/*
 * Marks on inodes: making and ending them. See inotify.h for locks and lives.
 */
#include "fs/notify/inotify.h"

#include "kernel/lib/bug.h"
#include "kernel/lib/limits.h"
#include "kernel/lib/rculist.h"
#include "mm/slab.h"

static void free_group_rcu(struct rcu_head *rcu)
{
	struct inotify_group *group = container_of(rcu, struct inotify_group, rcu);

	kfree(group->overflow);
	kfree(group);
}

/* Any context. A walk that found one of its marks may still look at it until the grace period ends. */
void inotify_put_group(struct inotify_group *group)
{
	if (!refcount_dec_and_test(&group->refs))
		return;
	put_user_counts(group->user);
	call_rcu(&group->rcu, free_group_rcu);
}

static void free_mark_rcu(struct rcu_head *rcu)
{
	struct inotify_mark *mark = container_of(rcu, struct inotify_mark, rcu);

	inotify_put_group(mark->group);
	kfree(mark);
}

void inotify_put_mark(struct inotify_mark *mark)
{
	if (refcount_dec_and_test(&mark->refs))
		call_rcu(&mark->rcu, free_mark_rcu);
}

/* i_lock held. */
static void recalc_mask(struct inode *inode)
{
	struct inotify_mark *mark;
	u32 mask = 0;

	hlist_for_each_entry(mark, &inode->i_notify_marks, inode_link)
		mask |= mark->mask;
	WRITE_ONCE(inode->i_notify_mask, mask);
}

struct inotify_mark *inotify_new_mark(struct inotify_group *group, struct inode *inode, u32 mask)
{
	struct inotify_mark *mark = kzalloc(sizeof(*mark), GFP_KERNEL);

	if (!mark)
		return NULL;
	refcount_set(&mark->refs, 1);
	refcount_inc(&group->refs);
	mark->group = group;
	mark->inode = inode;
	mark->mask = mask;
	return mark;
}

/*
 * Gives a new mark its descriptor and puts it on its inode, which the caller has a reference to. The descriptor, or -errno, and then
 * the mark is gone. group->mutex held.
 */
int inotify_attach(struct inotify_mark *mark)
{
	struct inotify_group *group = mark->group;
	struct inode *inode = mark->inode;
	int wd, err;
	u32 id;

	err = user_count_inc(&group->user->inotify_watches, inotify_max_user_watches) ? 0 : -ENOSPC;
	if (err)
		goto put;
	/* Found by descriptor from here on, but removed only once it is attached. */
	err = xa_alloc_cyclic(&group->marks, &id, mark, XA_LIMIT(1, INT_MAX), &group->next_wd, GFP_KERNEL);
	if (err < 0)
		goto uncount;
	wd = mark->wd = (int)id;
	ihold(inode);
	atomic_long_inc(&inode->i_sb->s_notify_marks);
	spin_lock(&inode->i_lock);
	mark->attached = true;
	hlist_add_head_rcu(&mark->inode_link, &inode->i_notify_marks);
	recalc_mask(inode);
	spin_unlock(&inode->i_lock);
	return wd;
uncount:
	atomic_long_dec(&group->user->inotify_watches);
put:
	inotify_put_mark(mark);
	return err;
}

struct inotify_mark *inotify_find_mark(struct inotify_group *group, int wd)
{
	struct inotify_mark *mark;

	rcu_read_lock();
	mark = wd > 0 ? xa_load(&group->marks, wd) : NULL;
	if (mark && !refcount_inc_not_zero(&mark->refs))
		mark = NULL;
	rcu_read_unlock();
	return mark;
}

int inotify_update_mark(struct inotify_group *group, struct inode *inode, u32 mask)
{
	struct inotify_mark *mark;
	int wd = -ENOENT;

	spin_lock(&inode->i_lock);
	hlist_for_each_entry(mark, &inode->i_notify_marks, inode_link) {
		if (mark->group != group)
			continue;
		wd = mark->wd;
		if (mask & IN_MASK_CREATE)
			wd = -EEXIST;
		else
			WRITE_ONCE(mark->mask, mask & IN_MASK_ADD ? mark->mask | mask : mask);
		break;
	}
	recalc_mask(inode);
	spin_unlock(&inode->i_lock);
	return wd;
}

/* The caller has a reference on the mark. May sleep: the inode may go. */
void inotify_detach(struct inotify_mark *mark)
{
	struct inotify_group *group = mark->group;
	struct inode *inode = mark->inode;
	bool was;

	spin_lock(&inode->i_lock);
	was = mark->attached;
	mark->attached = false;
	if (was) {
		hlist_del_init_rcu(&mark->inode_link);
		recalc_mask(inode);
	}
	spin_unlock(&inode->i_lock);
	if (!was)
		return;
	inotify_queue(mark, IN_IGNORED, NULL, 0);
	xa_erase(&group->marks, mark->wd);
	atomic_long_dec(&group->user->inotify_watches);
	atomic_long_dec(&inode->i_sb->s_notify_marks);
	iput(inode);
	inotify_put_mark(mark);
}
