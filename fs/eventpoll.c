// SPDX-License-Identifier: MIT
/*
 * epoll: its file and its system calls. The pieces and their locks are described in eventpoll_internal.h.
 */
#include "fs/eventpoll_internal.h"

#include "fs/anon_inodes.h"
#include "fs/fdtable.h"
#include "kernel/lib/bug.h"
#include "kernel/lib/limits.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/cred.h"
#include "kernel/task/sched.h"
#include "kernel/task/signal.h"
#include "kernel/task/task.h"
#include "kernel/x86/time.h"
#include "kernel/x86/uaccess.h"
#include "mm/slab.h"

/* ---- the file ---- */

/*
 * The last reference to the epoll file is gone. Nobody is in epoll_wait or epoll_ctl on it, and no epoll watches it (that came before);
 * only ends of watched files may be on their way to their items.
 */
static int ep_release(struct inode *inode, struct file *file)
{
	struct eventpoll *ep = file->private_data;
	struct rb_node *node, *next;
	bool last;

	if (waitqueue_active(&ep->poll_wait))
		ep_poll_safewake(ep, NULL, 0);
	mutex_lock(&ep->mtx);
	for (node = rb_first(&ep->rbr); node; node = rb_next(node)) {
		ep_unregister_pollwait(rb_entry(node, struct epitem, rbn));
		cond_resched();
	}
	for (node = rb_first(&ep->rbr); node; node = next) {
		next = rb_next(node);
		/* One that is dying stays, and its file's end removes it and perhaps frees ep. */
		ep_remove(ep, rb_entry(node, struct epitem, rbn));
		cond_resched();
	}
	last = refcount_dec_and_test(&ep->refs);
	mutex_unlock(&ep->mtx);
	if (last)
		ep_free(ep);
	return 0;
}

const struct file_operations eventpoll_fops = {
	.release = ep_release,
	.poll = ep_eventpoll_poll,
	.llseek = noop_llseek,
};

static struct eventpoll *ep_alloc(void)
{
	struct eventpoll *ep = kzalloc(sizeof(*ep), GFP_KERNEL);

	if (!ep)
		return NULL;
	ep->user = get_user_counts(current_uid());
	if (!ep->user) {
		kfree(ep);
		return NULL;
	}
	mutex_init(&ep->mtx);
	spin_lock_init(&ep->lock);
	init_waitqueue_head(&ep->wq);
	init_waitqueue_head(&ep->poll_wait);
	INIT_LIST_HEAD(&ep->rdllist);
	ep->rbr = RB_ROOT;
	ep->ovflist = EP_UNACTIVE;
	refcount_set(&ep->refs, 1);
	return ep;
}

long sys_epoll_create1(int flags)
{
	struct eventpoll *ep;
	struct file *file;
	int fd;

	if (flags & ~O_CLOEXEC)
		return -EINVAL;
	ep = ep_alloc();
	if (!ep)
		return -ENOMEM;
	fd = get_unused_fd_flags(flags);
	if (fd < 0)
		goto free;
	file = anon_inode_getfile("[eventpoll]", &eventpoll_fops, ep, O_RDWR);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		fd = PTR_ERR(file);
		goto free;
	}
	fd_install(fd, file);
	return fd;
free:
	ep_free(ep);
	return fd;
}

long sys_epoll_create(int size)
{
	return size <= 0 ? -EINVAL : sys_epoll_create1(0);
}

/* ---- epoll_ctl ---- */

static int ep_ctl_add(struct eventpoll *ep, struct epoll_event *event, struct file *file, int fd, bool nested)
{
	event->events |= EPOLLERR | EPOLLHUP;
	return ep_insert(ep, event, file, fd, nested);
}

static int ep_ctl_mod(struct eventpoll *ep, struct epitem *epi, struct epoll_event *event)
{
	if (epi->event.events & EPOLLEXCLUSIVE)
		return -EINVAL;
	event->events |= EPOLLERR | EPOLLHUP;
	ep_modify(ep, epi, event);
	return 0;
}

/* ep->mtx held; nested: epnested_mutex, too, and an add is known to make no loop. */
static int ep_ctl_locked(struct eventpoll *ep, int op, struct epoll_event *event, struct file *file, int fd, bool nested)
{
	struct epitem *epi = ep_find(ep, file, fd);

	switch (op) {
	case EPOLL_CTL_ADD:
		return epi ? -EEXIST : ep_ctl_add(ep, event, file, fd, nested);
	case EPOLL_CTL_DEL:
		if (!epi)
			return -ENOENT;
		/* Not the last reference to ep: its file, which the caller holds, has one. */
		BUG_ON(ep_remove(ep, epi));
		return 0;
	case EPOLL_CTL_MOD:
		return epi ? ep_ctl_mod(ep, epi, event) : -ENOENT;
	}
	return -EINVAL;
}

/* What concerns more than one epoll: with epnested_mutex, and a search before any other lock is taken. */
static int ep_ctl_nested(struct eventpoll *ep, struct epoll_event *event, struct file *file, int fd)
{
	int err = 0;

	mutex_lock(&epnested_mutex);
	if (is_file_epoll(file))
		err = ep_loop_check(ep, file->private_data);
	if (!err) {
		mutex_lock(&ep->mtx);
		err = ep_ctl_locked(ep, EPOLL_CTL_ADD, event, file, fd, true);
		mutex_unlock(&ep->mtx);
	}
	mutex_unlock(&epnested_mutex);
	return err;
}

static int ep_ctl(struct eventpoll *ep, int op, struct epoll_event *event, struct file *file, int fd)
{
	int err;

	mutex_lock(&ep->mtx);
	/* Under ep->mtx it cannot become watched unnoticed: who links it holds that mutex (ep_link()). */
	if (op == EPOLL_CTL_ADD && (is_file_epoll(file) || !hlist_empty(&ep->watchers))) {
		mutex_unlock(&ep->mtx);
		return ep_ctl_nested(ep, event, file, fd);
	}
	err = ep_ctl_locked(ep, op, event, file, fd, false);
	mutex_unlock(&ep->mtx);
	return err;
}

static int ep_check_ctl(int op, const struct epoll_event *event, const struct file *epfile, const struct file *file)
{
	if (!file->f_op->poll)
		return -EPERM;
	if (file == epfile || !is_file_epoll(epfile))
		return -EINVAL;
	/* Exclusive wake-ups are decided when an item is added, and make no sense through a second epoll. */
	if (op != EPOLL_CTL_DEL && (event->events & EPOLLEXCLUSIVE)) {
		if (op == EPOLL_CTL_MOD)
			return -EINVAL;
		if (op == EPOLL_CTL_ADD && (is_file_epoll(file) || (event->events & ~EPOLLEXCLUSIVE_OK_BITS)))
			return -EINVAL;
	}
	return 0;
}

long sys_epoll_ctl(int epfd, int op, int fd, struct epoll_event __user *uevent)
{
	struct epoll_event event = { 0 };
	struct fd f, target;
	long err = -EBADF;

	if (op != EPOLL_CTL_DEL && copy_from_user(&event, uevent, sizeof(event)))
		return -EFAULT;
	/* Nothing here suspends, so there is nothing that could be kept awake. */
	event.events &= ~EPOLLWAKEUP;
	f = fdget(epfd);
	if (!f.file)
		return -EBADF;
	target = fdget(fd);
	if (target.file) {
		err = ep_check_ctl(op, &event, f.file, target.file);
		if (!err)
			err = ep_ctl(f.file->private_data, op, &event, target.file, fd);
		fdput(target);
	}
	fdput(f);
	return err;
}

/* ---- epoll_wait ---- */

#define EP_MAX_EVENTS ((int)(INT_MAX / sizeof(struct epoll_event)))

static long do_epoll_wait(int epfd, struct epoll_event __user *events, int maxevents, const ktime_t *end)
{
	long res = -EINVAL;
	struct fd f;

	if (maxevents <= 0 || maxevents > EP_MAX_EVENTS)
		return -EINVAL;
	if (!access_ok(events, maxevents * sizeof(struct epoll_event)))
		return -EFAULT;
	f = fdget(epfd);
	if (!f.file)
		return -EBADF;
	if (is_file_epoll(f.file))
		res = ep_wait(f.file->private_data, events, maxevents, end);
	fdput(f);
	return res;
}

/* The end of a wait of so many milliseconds; NULL: it has none. */
static const ktime_t *ms_to_end(int timeout, ktime_t *end)
{
	if (timeout < 0)
		return NULL;
	*end = timeout ? ktime_get() + (ktime_t)timeout * NSEC_PER_MSEC : 0;
	return end;
}

long sys_epoll_wait(int epfd, struct epoll_event __user *events, int maxevents, int timeout)
{
	ktime_t end;

	return do_epoll_wait(epfd, events, maxevents, ms_to_end(timeout, &end));
}

static long do_epoll_pwait(int epfd, struct epoll_event __user *events, int maxevents, const ktime_t *end,
			   const sigset_t __user *mask, size_t sigsetsize)
{
	long res = set_user_sigmask(mask, sigsetsize);

	if (res)
		return res;
	res = do_epoll_wait(epfd, events, maxevents, end);
	restore_saved_sigmask_unless(res == -EINTR);
	return res;
}

long sys_epoll_pwait(int epfd, struct epoll_event __user *events, int maxevents, int timeout,
		     const sigset_t __user *mask, size_t sigsetsize)
{
	ktime_t end;

	return do_epoll_pwait(epfd, events, maxevents, ms_to_end(timeout, &end), mask, sigsetsize);
}

long sys_epoll_pwait2(int epfd, struct epoll_event __user *events, int maxevents,
		      const struct __kernel_timespec __user *timeout, const sigset_t __user *mask, size_t sigsetsize)
{
	struct __kernel_timespec ts;
	struct timespec64 t64;
	ktime_t end;

	if (!timeout)
		return do_epoll_pwait(epfd, events, maxevents, NULL, mask, sigsetsize);
	if (copy_from_user(&ts, timeout, sizeof(ts)))
		return -EFAULT;
	t64 = (struct timespec64){ ts.tv_sec, ts.tv_nsec };
	if (!timespec64_valid(&t64))
		return -EINVAL;
	end = timespec64_to_ktime(t64);
	if (end)
		end = ktime_add_safe(end, ktime_get());
	return do_epoll_pwait(epfd, events, maxevents, &end, mask, sigsetsize);
}

void eventpoll_init(void)
{
	ep_items_init();
}
