// SPDX-License-Identifier: MIT
/*
 * From the ready list to the program: epoll_wait, and polling an epoll file.
 *
 * A scan takes the whole ready list for itself, under ep->mtx, and asks each file on it what it has now. Meanwhile wake-ups collect on
 * the overflow list, so that the scan needs no lock while it asks (files may sleep in ->poll). When it ends, what it did not get to
 * and what was woken meanwhile is the ready list. The work is proportional to the files that were woken, never to those watched.
 *
 * An item that has nothing any more leaves the list; a level-triggered one that has something stays, at the end, and is asked again next
 * time; an edge-triggered one leaves until it is woken.
 *
 * No event gets lost between sleepers: each wake-up wakes one; whoever ends a scan and leaves a ready list behind wakes the next; and
 * whoever stops sleeping, for whatever reason, looks once more.
 */
#include "fs/eventpoll_internal.h"

#include "kernel/lib/bug.h"
#include "kernel/task/sched.h"
#include "kernel/x86/uaccess.h"

/* ---- scans ---- */

static void ep_start_scan(struct eventpoll *ep, struct list_head *list)
{
	lockdep_assert_held(&ep->mtx);
	spin_lock_irq(&ep->lock);
	list_splice_init(&ep->rdllist, list);
	WRITE_ONCE(ep->ovflist, NULL);
	spin_unlock_irq(&ep->lock);
}

static void ep_done_scan(struct eventpoll *ep, struct list_head *list)
{
	struct epitem *epi, *next;

	spin_lock_irq(&ep->lock);
	for (next = READ_ONCE(ep->ovflist); (epi = next); ) {
		next = epi->next;
		epi->next = EP_UNACTIVE;
		/* The overflow list is last in, first out: at the head, one by one, makes it first come, first served. */
		if (list_empty(&epi->rdllink))
			list_add(&epi->rdllink, &ep->rdllist);
	}
	WRITE_ONCE(ep->ovflist, EP_UNACTIVE);
	list_splice(list, &ep->rdllist);
	if (!list_empty(&ep->rdllist) && wq_has_sleeper(&ep->wq))
		wake_up(&ep->wq);
	spin_unlock_irq(&ep->lock);
}

/* ---- asking ---- */

/* Has this epoll anything? depth: level of its mutex. */
static __poll_t ep_poll_nested(struct file *file, poll_table *wait, int depth)
{
	struct eventpoll *ep = file->private_data;
	struct epitem *epi, *next;
	__poll_t res = 0;
	LIST_HEAD(list);
	poll_table pt;

	init_poll_funcptr(&pt, NULL);
	poll_wait(file, &ep->poll_wait, wait);
	mutex_lock_nested(&ep->mtx, depth);
	ep_start_scan(ep, &list);
	list_for_each_entry_safe(epi, next, &list, rdllink) {
		if (ep_item_poll(epi, &pt, depth + 1)) {
			res = EPOLLIN | EPOLLRDNORM;
			break;
		}
		/* It was woken for nothing, or somebody else has read it empty. */
		list_del_init(&epi->rdllink);
	}
	ep_done_scan(ep, &list);
	mutex_unlock(&ep->mtx);
	return res;
}

__poll_t ep_eventpoll_poll(struct file *file, poll_table *wait)
{
	return ep_poll_nested(file, wait, 0);
}

__poll_t ep_item_poll(struct epitem *epi, poll_table *pt, int depth)
{
	struct file *file = epi->file;
	__poll_t mask;

	/* Past its last reference: its end waits for our mutex, and it says nothing any more. */
	if (!get_file_rcu(file))
		return 0;
	pt->_key = epi->event.events;
	if (is_file_epoll(file))
		mask = ep_poll_nested(file, pt, depth);
	else
		mask = vfs_poll(file, pt);
	mask &= epi->event.events;
	fput(file);
	return mask;
}

/* ---- epoll_wait ---- */

static bool put_event(struct epoll_event __user *to, __poll_t events, u64 data)
{
	if (!user_access_begin(to, sizeof(*to)))
		return false;
	unsafe_put_user(events, &to->events, fault);
	unsafe_put_user(data, &to->data, fault);
	user_access_end();
	return true;
fault:
	user_access_end();
	return false;
}

/* Hands out up to maxevents events. Their number (0: all were false alarms), or -EFAULT, -EINTR. */
static int ep_send_events(struct eventpoll *ep, struct epoll_event __user *events, int maxevents)
{
	struct epitem *epi, *next;
	LIST_HEAD(list);
	poll_table pt;
	int res = 0;

	/* Whoever dies leaves the events to others. */
	if (fatal_signal_pending(current)) {
		wake_up(&ep->wq);
		return -EINTR;
	}
	init_poll_funcptr(&pt, NULL);
	mutex_lock(&ep->mtx);
	ep_start_scan(ep, &list);
	list_for_each_entry_safe(epi, next, &list, rdllink) {
		__poll_t mask;

		if (res >= maxevents)
			break;
		list_del_init(&epi->rdllink);
		mask = ep_item_poll(epi, &pt, 1);
		if (!mask)
			continue;
		if (!put_event(&events[res], mask, epi->event.data)) {
			list_add(&epi->rdllink, &list);
			if (!res)
				res = -EFAULT;
			break;
		}
		res++;
		if (epi->event.events & EPOLLONESHOT) {
			/* The wake-up function reads the events under this lock. */
			spin_lock_irq(&ep->lock);
			epi->event.events &= EP_PRIVATE_BITS;
			spin_unlock_irq(&ep->lock);
		} else if (!(epi->event.events & EPOLLET)) {
			/* Nobody else touches the ready list while a scan goes on. */
			list_add_tail(&epi->rdllink, &ep->rdllist);
		}
	}
	ep_done_scan(ep, &list);
	mutex_unlock(&ep->mtx);
	return res;
}

/* Sleeps until woken or until *end (NULL: for ever). False when the time is over. */
static bool ep_sleep(struct eventpoll *ep, const ktime_t *end)
{
	bool more = true;
	DEFINE_WAIT(wait);

	prepare_to_wait_exclusive(&ep->wq, &wait, TASK_INTERRUPTIBLE);
	if (!ep_events_available(ep) && !signal_pending(current)) {
		if (!end)
			schedule();
		else
			more = schedule_hrtimeout(*end) != 0;
	}
	finish_wait(&ep->wq, &wait);
	return more;
}

/* end: NULL to wait for ever, a time to wait until, 0 not to wait. */
long ep_wait(struct eventpoll *ep, struct epoll_event __user *events, int maxevents, const ktime_t *end)
{
	bool more = !end || *end;
	int res;

	for (;;) {
		if (ep_events_available(ep)) {
			res = ep_send_events(ep, events, maxevents);
			if (res)
				return res;
		}
		if (!more)
			return 0;
		if (signal_pending(current))
			return -EINTR;
		more = ep_sleep(ep, end);
	}
}
