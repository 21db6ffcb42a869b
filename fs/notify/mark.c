// SPDX-License-Identifier: MIT
/*
 * Marks: making and ending them. See group.h for locks and lives.
 */
#include "fs/notify/group.h"

#include "fs/namespace_internal.h"
#include "kernel/lib/bug.h"
#include "kernel/lib/rculist.h"

DEFINE_SPINLOCK(fsnotify_place_lock);

/* Any context. */
void fsnotify_put_group(struct fsnotify_group *group)
{
	if (refcount_dec_and_test(&group->refs))
		group->ops->free_group(group);
}

static void free_mark_rcu(struct rcu_head *rcu)
{
	struct fsnotify_mark *mark = container_of(rcu, struct fsnotify_mark, rcu);
	struct fsnotify_group *group = mark->group;

	group->ops->free_mark(mark);
	fsnotify_put_group(group);
}

void fsnotify_put_mark(struct fsnotify_mark *mark)
{
	if (refcount_dec_and_test(&mark->refs))
		call_rcu(&mark->rcu, free_mark_rcu);
}

void fsnotify_recalc(struct fsnotify_place *place)
{
	struct fsnotify_mark *mark;
	u32 mask = 0;

	hlist_for_each_entry(mark, &place->marks, link)
		mask |= mark->mask;
	WRITE_ONCE(place->mask, mask);
}

void fsnotify_init_mark(struct fsnotify_mark *mark, struct fsnotify_group *group, u32 mask)
{
	refcount_set(&mark->refs, 1);
	refcount_inc(&group->refs);
	mark->group = group;
	mark->mask = mask;
}

void fsnotify_at_inode(struct fsnotify_mark *mark, struct inode *inode)
{
	mark->place = &inode->i_notify;
	mark->lock = &inode->i_lock;
	mark->inode = inode;
	mark->sb = inode->i_sb;
}

void fsnotify_at_mount(struct fsnotify_mark *mark, struct mount *mnt)
{
	mark->place = &mnt->mnt_notify;
	mark->lock = &fsnotify_place_lock;
	mark->sb = mnt->mnt.mnt_sb;
}

void fsnotify_at_super(struct fsnotify_mark *mark, struct super_block *sb)
{
	mark->place = &sb->s_notify;
	mark->lock = &fsnotify_place_lock;
	mark->sb = sb;
}

void fsnotify_attach(struct fsnotify_mark *mark)
{
	if (mark->inode)
		ihold(mark->inode);
	atomic_long_inc(&mark->sb->s_notify_marks);
	spin_lock(mark->lock);
	mark->attached = true;
	hlist_add_head_rcu(&mark->link, &mark->place->marks);
	fsnotify_recalc(mark->place);
	spin_unlock(mark->lock);
}

bool fsnotify_detach(struct fsnotify_mark *mark)
{
	struct super_block *sb = mark->sb;
	bool was;

	spin_lock(mark->lock);
	was = mark->attached;
	mark->attached = false;
	if (was) {
		hlist_del_init_rcu(&mark->link);
		fsnotify_recalc(mark->place);
	}
	spin_unlock(mark->lock);
	if (!was)
		return false;
	mark->group->ops->detached(mark);
	iput(mark->inode);
	fsnotify_put_mark(mark);
	/* Last: unmount waits for it, and then nothing of the superblock may be in use. */
	atomic_long_dec(&sb->s_notify_marks);
	return true;
}

struct fsnotify_mark *fsnotify_find_mark(struct fsnotify_place *place, spinlock_t *lock, const struct fsnotify_group *group)
{
	struct fsnotify_mark *mark;

	spin_lock(lock);
	hlist_for_each_entry(mark, &place->marks, link) {
		if (!group || mark->group == group) {
			refcount_inc(&mark->refs);
			break;
		}
	}
	spin_unlock(lock);
	return mark;
}
