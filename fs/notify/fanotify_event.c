// SPDX-License-Identifier: MIT
/*
 * From an event through an open file to the queues of fanotify's groups.
 *
 * Four places may have marks that concern it: the inode, the directory it is in (marks with FAN_EVENT_ON_CHILD), the mount and the superblock.
 * A group is told once, of what any of its marks wants and none of them ignores, so all its marks are looked at together.
 *
 * The queue holds references on the path. They are taken under the group's lock, when it is clear that the event goes into the queue: to
 * drop one may sleep, and here nobody may. The path is there meanwhile because the caller holds the file.
 */
#include "fs/notify/fanotify.h"

#include "fs/dcache.h"
#include "fs/namespace_internal.h"
#include "fs/poll.h"
#include "kernel/lib/rculist.h"
#include "kernel/lock/rcu.h"
#include "kernel/task/task.h"
#include "mm/slab.h"

#define FAN_REPORT_TID 0x100
#define FAN_UNLIMITED_QUEUE 0x10
#define MAX_MERGE 128 /* events looked at for one that is the same */

enum { AT_INODE, AT_PARENT, AT_MOUNT, AT_SUPER, NR_PLACES };

int fanotify_max_queued_events = 16384;
atomic_long_t fanotify_nr_marks;

/* ---- queues ---- */

/* group->lock held. Adds to an event of the same object and process that is in the queue. */
static bool merge(struct fanotify_group *group, const struct path *path, u32 mask, int pid)
{
	struct fanotify_event *event;
	int n = 0;

	list_for_each_entry_reverse(event, &group->queue, list) {
		if (event->path.dentry == path->dentry && event->path.mnt == path->mnt && event->pid == pid) {
			event->mask |= mask;
			return true;
		}
		if (++n == MAX_MERGE)
			break;
	}
	return false;
}

/* group->lock held. True: the event is in the queue now. */
static bool add_event(struct fanotify_group *group, struct fanotify_event *event, const struct path *path, u32 mask, int pid)
{
	bool full = !(group->flags & FAN_UNLIMITED_QUEUE) && (int)group->count >= fanotify_max_queued_events;

	if (group->dead || merge(group, path, mask, pid))
		return false;
	if (!event || full) {
		if (!group->overflow_queued) {
			group->overflow_queued = true;
			list_add_tail(&group->overflow->list, &group->queue);
			group->count++;
		}
		return false;
	}
	event->path = *path;
	path_get(&event->path);
	event->mask = mask;
	event->pid = pid;
	list_add_tail(&event->list, &group->queue);
	group->count++;
	return true;
}

static void queue(struct fanotify_group *group, const struct path *path, u32 mask)
{
	struct fanotify_event *event = kmalloc(sizeof(*event), GFP_NOWAIT);
	bool added;

	spin_lock(&group->lock);
	added = add_event(group, event, path, mask, group->flags & FAN_REPORT_TID ? current->pid : current->tgid);
	spin_unlock(&group->lock);
	wake_up_interruptible_poll(&group->wait, EPOLLIN | EPOLLRDNORM);
	if (!added)
		kfree(event);
}

struct fanotify_event *fanotify_dequeue(struct fanotify_group *group)
{
	struct fanotify_event *event = NULL;

	spin_lock(&group->lock);
	if (group->count) {
		event = list_first_entry(&group->queue, struct fanotify_event, list);
		list_del(&event->list);
		group->count--;
		if (event == group->overflow)
			group->overflow_queued = false;
	}
	spin_unlock(&group->lock);
	return event;
}

void fanotify_free_event(struct fanotify_group *group, struct fanotify_event *event)
{
	if (event == group->overflow)
		return;
	path_put(&event->path);
	kfree(event);
}

/* ---- which groups ---- */

void fanotify_update_interest(struct fanotify_mark *mark)
{
	u32 interest = mark->wanted & FSNOTIFY_EVENTS;

	if (mark->ignored && !mark->ignored_survives)
		interest |= FAN_MODIFY;
	WRITE_ONCE(mark->mark.mask, interest);
	fsnotify_recalc(mark->mark.place);
}

/* Under RCU. Marks that are to ignore the object only until it is changed. */
static void end_ignoring(struct fsnotify_place *place)
{
	struct fsnotify_mark *m;

	hlist_for_each_entry_rcu(m, &place->marks, link) {
		struct fanotify_mark *mark = fanotify_mark(m);

		if (m->group->ops != &fanotify_ops || !READ_ONCE(mark->ignored) || READ_ONCE(mark->ignored_survives))
			continue;
		spin_lock(m->lock);
		if (!mark->ignored_survives) {
			mark->ignored = 0;
			if (m->attached)
				fanotify_update_interest(mark);
		}
		spin_unlock(m->lock);
	}
}

/* Under RCU. What the group is to be told of mask. */
static u32 group_mask(struct fsnotify_place *const *places, const struct fsnotify_group *group, u32 mask, bool is_dir)
{
	u32 wanted = 0, ignored = 0;
	struct fsnotify_mark *m;

	for (int i = 0; i < NR_PLACES; i++) {
		if (!places[i])
			continue;
		hlist_for_each_entry_rcu(m, &places[i]->marks, link) {
			u32 w = READ_ONCE(fanotify_mark(m)->wanted);

			if (m->group != group || (i == AT_PARENT && !(w & FAN_EVENT_ON_CHILD)))
				continue;
			if (!is_dir || (w & FAN_ONDIR))
				wanted |= w;
			ignored |= READ_ONCE(fanotify_mark(m)->ignored);
		}
	}
	return mask & wanted & ~ignored & FAN_FILE_EVENTS;
}

/* Under RCU. Is there a mark of the same group in front of this one, which is in places[at]? */
static bool group_seen(struct fsnotify_place *const *places, int at, const struct fsnotify_mark *mark)
{
	struct fsnotify_mark *m;

	for (int i = 0; i <= at; i++) {
		if (!places[i])
			continue;
		hlist_for_each_entry_rcu(m, &places[i]->marks, link) {
			if (m == mark)
				return false;
			if (m->group == mark->group)
				return true;
		}
	}
	return false;
}

static void tell_groups(struct fsnotify_place *const *places, const struct path *path, u32 mask, bool is_dir)
{
	struct fsnotify_mark *m;

	rcu_read_lock();
	for (int i = 0; i < NR_PLACES && (mask & FAN_MODIFY); i++)
		if (places[i])
			end_ignoring(places[i]);
	for (int i = 0; i < NR_PLACES; i++) {
		if (!places[i])
			continue;
		hlist_for_each_entry_rcu(m, &places[i]->marks, link) {
			u32 tell;

			if (m->group->ops != &fanotify_ops || group_seen(places, i, m))
				continue;
			tell = group_mask(places, m->group, mask, is_dir);
			if (tell)
				queue(fanotify_group(m), path, tell);
		}
	}
	rcu_read_unlock();
}

void fanotify_file_event(struct file *file, u32 mask)
{
	struct dentry *dentry = file_dentry(file), *parent;
	struct inode *inode = file_inode(file);
	struct fsnotify_place *places[NR_PLACES] = {
		[AT_INODE] = &inode->i_notify,
		[AT_MOUNT] = &real_mount(file->f_path.mnt)->mnt_notify,
		[AT_SUPER] = &inode->i_sb->s_notify,
	};
	bool watched = false;

	if (!atomic_long_read(&fanotify_nr_marks))
		return;
	parent = dget_parent(dentry);
	if (parent != dentry)
		places[AT_PARENT] = &d_inode(parent)->i_notify;
	for (int i = 0; i < NR_PLACES; i++)
		watched |= places[i] && (READ_ONCE(places[i]->mask) & mask);
	if (watched)
		tell_groups(places, &file->f_path, mask, S_ISDIR(inode->i_mode));
	dput(parent);
}
