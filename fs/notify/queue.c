// SPDX-License-Identifier: MIT
/*
 * Queues of inotify events. An event equal to the last in the queue is dropped: the program cannot tell one from two. What finds the queue
 * full, or no memory, becomes one IN_Q_OVERFLOW event, for which there is always room.
 */
#include "fs/notify/inotify.h"

#include "fs/poll.h"
#include "kernel/lib/string.h"
#include "mm/slab.h"

int inotify_max_queued_events = 16384;

#define EVENT_HEADER 16 /* struct inotify_event without the name; names are padded to multiples of it */

static struct inotify_queued *make_event(const struct inotify_mark *mark, u32 mask, const struct qstr *name, u32 cookie)
{
	unsigned int len = name ? name->len : 0;
	struct inotify_queued *event = kmalloc(sizeof(*event) + len + 1, GFP_NOWAIT);

	if (!event)
		return NULL;
	event->wd = mark->wd;
	event->mask = mask;
	event->cookie = cookie;
	event->name_len = len;
	if (len)
		memcpy(event->name, name->name, len);
	event->name[len] = 0;
	return event;
}

static bool same_event(const struct inotify_queued *a, const struct inotify_queued *b)
{
	return a->mask == b->mask && a->wd == b->wd && a->cookie == b->cookie && a->name_len == b->name_len &&
	       !(a->mask & IN_IGNORED) && !memcmp(a->name, b->name, a->name_len);
}

/* group->lock held. True: the event is in the queue now, or stands for itself there. */
static bool add_event(struct inotify_group *group, struct inotify_queued *event)
{
	if (event && group->count && same_event(list_last_entry(&group->queue, struct inotify_queued, list), event))
		return false;
	if (!event || (int)group->count >= inotify_max_queued_events) {
		if (!group->overflow_queued) {
			group->overflow_queued = true;
			list_add_tail(&group->overflow->list, &group->queue);
			group->count++;
		}
		return false;
	}
	list_add_tail(&event->list, &group->queue);
	group->count++;
	return true;
}

void inotify_queue(struct inotify_mark *mark, u32 mask, const struct qstr *name, u32 cookie)
{
	struct inotify_group *group = inotify_group(mark);
	struct inotify_queued *event = make_event(mark, mask, name, cookie);
	bool added = false;

	spin_lock(&group->lock);
	if (!group->dead && !mark->dead) {
		added = add_event(group, event);
		if (mask & IN_IGNORED)
			mark->dead = true;
	}
	spin_unlock(&group->lock);
	wake_up_interruptible_poll(&group->wait, EPOLLIN | EPOLLRDNORM);
	if (!added)
		kfree(event);
}

size_t inotify_event_size(const struct inotify_queued *event)
{
	return EVENT_HEADER + (event->name_len ? round_up(event->name_len + 1, EVENT_HEADER) : 0);
}

/* The first event, off the queue; NULL: there is none, or it is larger than room (*err is -EINVAL then). */
struct inotify_queued *inotify_dequeue(struct inotify_group *group, size_t room, int *err)
{
	struct inotify_queued *event = NULL;

	*err = 0;
	spin_lock(&group->lock);
	if (group->count) {
		event = list_first_entry(&group->queue, struct inotify_queued, list);
		if (inotify_event_size(event) > room) {
			*err = -EINVAL;
			event = NULL;
		} else {
			list_del(&event->list);
			group->count--;
			if (event == group->overflow)
				group->overflow_queued = false;
		}
	}
	spin_unlock(&group->lock);
	return event;
}

void inotify_free_event(struct inotify_group *group, struct inotify_queued *event)
{
	if (event != group->overflow)
		kfree(event);
}

/* The group's file is gone: nothing is queued any more. */
void inotify_flush(struct inotify_group *group)
{
	struct inotify_queued *event;
	int err;

	spin_lock(&group->lock);
	group->dead = true;
	spin_unlock(&group->lock);
	while ((event = inotify_dequeue(group, SIZE_MAX, &err)))
		inotify_free_event(group, event);
}
