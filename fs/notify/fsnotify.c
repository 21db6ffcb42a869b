// SPDX-License-Identifier: MIT
/*
 * From what happened to who wants to know: the events of fsnotify.h, sent to the marks on the inodes they concern.
 */
#include "fs/notify/group.h"

#include "fs/namei.h"
#include "kernel/lib/rculist.h"
#include "kernel/lib/string.h"
#include "kernel/task/sched.h"

static void send(struct fsnotify_place *place, const struct fsnotify_event *event)
{
	struct fsnotify_mark *mark, *fired = NULL;

	if (!(READ_ONCE(place->mask) & event->mask & FSNOTIFY_EVENTS))
		return;
	rcu_read_lock();
	hlist_for_each_entry_rcu(mark, &place->marks, link) {
		const struct fsnotify_ops *ops = mark->group->ops;

		if (!ops->handle || !(READ_ONCE(mark->mask) & event->mask & FSNOTIFY_EVENTS))
			continue;
		if (ops->handle(mark, event) && refcount_inc_not_zero(&mark->refs)) {
			mark->next_fired = fired;
			fired = mark;
		}
	}
	rcu_read_unlock();
	while ((mark = fired)) {
		fired = mark->next_fired;
		fsnotify_detach(mark);
		fsnotify_put_mark(mark);
	}
}

static void send_inode(struct inode *inode, u32 mask, const struct qstr *name, u32 cookie)
{
	send(&inode->i_notify, &(struct fsnotify_event){ .mask = mask, .name = name, .cookie = cookie });
}

void __fsnotify_inode(struct inode *inode, u32 mask, const struct qstr *name, u32 cookie)
{
	send_inode(inode, mask, name, cookie);
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

	if (parent != dentry && (READ_ONCE(d_inode(parent)->i_notify.mask) & mask & FSNOTIFY_EVENTS)) {
		spin_lock(&dentry->d_lock);
		if (dentry->d_parent == parent && dentry->d_name.len <= NAME_MAX) {
			name.len = dentry->d_name.len;
			memcpy(buf, dentry->d_name.name, name.len);
			same = true;
		}
		spin_unlock(&dentry->d_lock);
		if (same)
			send(&d_inode(parent)->i_notify, &(struct fsnotify_event){ .mask = mask, .name = &name, .unlinked = unlinked });
	}
	dput(parent);
}

static void send_dentry(struct dentry *dentry, u32 mask, bool unlinked)
{
	struct inode *inode = d_inode(dentry);

	if (S_ISDIR(inode->i_mode))
		mask |= IN_ISDIR;
	send_to_parent(dentry, mask, unlinked);
	send(&inode->i_notify, &(struct fsnotify_event){ .mask = mask, .unlinked = unlinked });
}

void __fsnotify_dentry(struct dentry *dentry, u32 mask)
{
	send_dentry(dentry, mask, false);
}

void __fsnotify_file(struct file *file, u32 mask)
{
	send_dentry(file_dentry(file), mask, d_unlinked(file_dentry(file)));
	fanotify_file_event(file, mask);
}

static atomic_t last_cookie;

void __fsnotify_move(struct inode *old_dir, const struct qstr *old_name, struct inode *new_dir, struct dentry *moved,
		     struct inode *target)
{
	u32 cookie = (u32)atomic_inc_return(&last_cookie), dir = d_is_dir(moved) ? IN_ISDIR : 0;

	send_inode(old_dir, IN_MOVED_FROM | dir | (old_dir == new_dir ? FS_DN_RENAME : 0), old_name, cookie);
	send_inode(new_dir, IN_MOVED_TO | dir, &moved->d_name, cookie);
	if (target)
		send_inode(target, IN_ATTRIB, NULL, 0);
	send_inode(d_inode(moved), IN_MOVE_SELF, NULL, 0);
}

/* Every mark there goes, after one last event (0: none). */
static void end_marks(struct fsnotify_place *place, spinlock_t *lock, u32 event)
{
	struct fsnotify_mark *mark;

	while ((mark = fsnotify_find_mark(place, lock, NULL))) {
		if (event && mark->group->ops->handle)
			mark->group->ops->handle(mark, &(struct fsnotify_event){ .mask = event });
		fsnotify_detach(mark);
		fsnotify_put_mark(mark);
	}
}

/* The caller still holds the inode. */
void __fsnotify_inode_removed(struct inode *inode)
{
	send_inode(inode, IN_DELETE_SELF, NULL, 0);
	end_marks(&inode->i_notify, &inode->i_lock, 0);
}

void __fsnotify_mount_gone(struct mount *mnt)
{
	end_marks(&mnt->mnt_notify, &fsnotify_place_lock, 0);
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
		if (hlist_empty(&inode->i_notify.marks) || !atomic_read(&inode->i_count)) {
			spin_unlock(&inode->i_lock);
			continue;
		}
		__iget(inode);
		spin_unlock(&inode->i_lock);
		spin_unlock(&sb->s_inode_list_lock);
		iput(kept);
		end_marks(&inode->i_notify, &inode->i_lock, IN_UNMOUNT);
		cond_resched();
		kept = inode;
		spin_lock(&sb->s_inode_list_lock);
	}
	spin_unlock(&sb->s_inode_list_lock);
	iput(kept);
	end_marks(&sb->s_notify, &fsnotify_place_lock, 0);
	/* Others may be just detaching the last marks, and put their inodes before they are done. */
	while (atomic_long_read(&sb->s_notify_marks))
		schedule_timeout_uninterruptible(1);
}
