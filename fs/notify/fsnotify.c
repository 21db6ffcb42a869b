// SPDX-License-Identifier: MIT
/*
 * From what happened to who wants to know: the events of fsnotify.h, sent to the marks on the inodes they concern.
 */
#include "fs/notify/inotify.h"

#include "fs/namei.h"
#include "kernel/lib/rculist.h"
#include "kernel/lib/string.h"
#include "kernel/task/sched.h"

/* unlinked: the event came through an open file that has no name any more. */
static void send(struct inode *inode, u32 mask, const struct qstr *name, u32 cookie, bool unlinked)
{
	struct inotify_mark *mark, *fired = NULL;

	if (!(READ_ONCE(inode->i_notify_mask) & mask & IN_ALL_EVENTS))
		return;
	rcu_read_lock();
	hlist_for_each_entry_rcu(mark, &inode->i_notify_marks, inode_link) {
		u32 wanted = READ_ONCE(mark->mask);

		if (!(wanted & mask & IN_ALL_EVENTS) || (unlinked && (wanted & IN_EXCL_UNLINK)))
			continue;
		if (wanted & IN_ONESHOT) {
			if (atomic_xchg(&mark->fired, 1) || !refcount_inc_not_zero(&mark->refs))
				continue;
			mark->next_fired = fired;
			fired = mark;
		}
		inotify_queue(mark, mask, name, cookie);
	}
	rcu_read_unlock();
	while ((mark = fired)) {
		fired = mark->next_fired;
		inotify_detach(mark);
		inotify_put_mark(mark);
	}
}

void __fsnotify_inode(struct inode *inode, u32 mask, const struct qstr *name, u32 cookie)
{
	send(inode, mask, name, cookie, false);
}

/*
 * To the watchers of the object and of the directory it is in. The name is copied, since it may change at any time (files are moved
 * while they are written to); directory and name belong together because both are read under d_lock.
 */
static void send_to_parent(struct dentry *dentry, u32 mask, bool unlinked)
{
	char buf[NAME_MAX + 1];
	struct dentry *parent = dget_parent(dentry);
	struct qstr name = { .name = (unsigned char *)buf };
	bool same = false;

	if (parent != dentry && (READ_ONCE(d_inode(parent)->i_notify_mask) & mask & IN_ALL_EVENTS)) {
		spin_lock(&dentry->d_lock);
		if (dentry->d_parent == parent && dentry->d_name.len <= NAME_MAX) {
			name.len = dentry->d_name.len;
			memcpy(buf, dentry->d_name.name, name.len);
			same = true;
		}
		spin_unlock(&dentry->d_lock);
		if (same)
			send(d_inode(parent), mask, &name, 0, unlinked);
	}
	dput(parent);
}

void __fsnotify_dentry(struct dentry *dentry, u32 mask, bool by_file)
{
	struct inode *inode = d_inode(dentry);

	if (S_ISDIR(inode->i_mode))
		mask |= IN_ISDIR;
	send_to_parent(dentry, mask, by_file && d_unlinked(dentry));
	send(inode, mask, NULL, 0, by_file && d_unlinked(dentry));
}

static atomic_t last_cookie;

void __fsnotify_move(struct inode *old_dir, const struct qstr *old_name, struct inode *new_dir, struct dentry *moved,
		     struct inode *target)
{
	u32 cookie = (u32)atomic_inc_return(&last_cookie), dir = d_is_dir(moved) ? IN_ISDIR : 0;

	send(old_dir, IN_MOVED_FROM | dir, old_name, cookie, false);
	send(new_dir, IN_MOVED_TO | dir, &moved->d_name, cookie, false);
	if (target)
		send(target, IN_ATTRIB, NULL, 0, false);
	send(d_inode(moved), IN_MOVE_SELF, NULL, 0, false);
}

/* An attached mark of the inode, with a reference. */
static struct inotify_mark *first_mark(struct inode *inode)
{
	struct inotify_mark *mark = NULL;

	spin_lock(&inode->i_lock);
	if (!hlist_empty(&inode->i_notify_marks)) {
		mark = hlist_entry(inode->i_notify_marks.first, struct inotify_mark, inode_link);
		refcount_inc(&mark->refs);
	}
	spin_unlock(&inode->i_lock);
	return mark;
}

/* Every mark of the inode goes, after one last event (0: none). */
static void end_marks(struct inode *inode, u32 event)
{
	struct inotify_mark *mark;

	while ((mark = first_mark(inode))) {
		if (event)
			inotify_queue(mark, event, NULL, 0);
		inotify_detach(mark);
		inotify_put_mark(mark);
	}
}

/* The caller still holds the inode. */
void __fsnotify_inode_removed(struct inode *inode)
{
	send(inode, IN_DELETE_SELF, NULL, 0, false);
	end_marks(inode, 0);
}

/*
 * Marks hold inodes, and no inode may be held when the superblock goes. Nobody adds marks any more: that takes a path. An inode with
 * marks is held by them, so a reference can be taken under the list's lock; the place in the list is kept by the reference we
 * drop last.
 */
void __fsnotify_unmount(struct super_block *sb)
{
	struct inode *inode, *kept = NULL;

	spin_lock(&sb->s_inode_list_lock);
	list_for_each_entry(inode, &sb->s_inodes, i_sb_list) {
		spin_lock(&inode->i_lock);
		if (hlist_empty(&inode->i_notify_marks) || !atomic_read(&inode->i_count)) {
			spin_unlock(&inode->i_lock);
			continue;
		}
		__iget(inode);
		spin_unlock(&inode->i_lock);
		spin_unlock(&sb->s_inode_list_lock);
		iput(kept);
		end_marks(inode, IN_UNMOUNT);
		cond_resched();
		kept = inode;
		spin_lock(&sb->s_inode_list_lock);
	}
	spin_unlock(&sb->s_inode_list_lock);
	iput(kept);
	/* Others may be just detaching the last marks, and put their inodes before they are done. */
	while (atomic_long_read(&sb->s_notify_marks))
		schedule_timeout_uninterruptible(1);
}
