// SPDX-License-Identifier: MIT
/*
 * inotify: the descriptor and the system calls.
 */
#include "fs/notify/inotify.h"

#include "fs/anon_inodes.h"
#include "fs/fdtable.h"
#include "fs/namei.h"
#include "fs/poll.h"
#include "fs/proc/sysctl.h"
#include "kernel/lib/init.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/limits.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/cred.h"
#include "kernel/task/sched.h"
#include "kernel/x86/uaccess.h"
#include "mm/slab.h"

#define FIONREAD 0x541B

int inotify_max_user_instances = 128;
int inotify_max_user_watches = 65536;

/* struct inotify_event of the ABI; the name follows */
struct inotify_event {
	s32 wd;
	u32 mask;
	u32 cookie;
	u32 len;
};

/* ---- marks ---- */

#define VISIBLE (IN_ALL_EVENTS | IN_UNMOUNT | IN_ISDIR)

static struct inotify_mark *inotify_mark(struct fsnotify_mark *mark)
{
	return container_of(mark, struct inotify_mark, mark);
}

static bool handle(struct fsnotify_mark *m, const struct fsnotify_event *event)
{
	struct inotify_mark *mark = inotify_mark(m);
	u32 flags = READ_ONCE(mark->flags);

	if (event->unlinked && (flags & IN_EXCL_UNLINK))
		return false;
	if ((flags & IN_ONESHOT) && atomic_xchg(&m->fired, 1))
		return false;
	inotify_queue(mark, event->mask & VISIBLE, event->name, event->cookie);
	return flags & IN_ONESHOT;
}

static void detached(struct fsnotify_mark *m)
{
	struct inotify_mark *mark = inotify_mark(m);
	struct inotify_group *group = inotify_group(mark);

	inotify_queue(mark, IN_IGNORED, NULL, 0);
	xa_erase(&group->marks, mark->wd);
	atomic_long_dec(&group->user->inotify_watches);
}

static void free_mark(struct fsnotify_mark *mark)
{
	kfree(inotify_mark(mark));
}

static void free_group_rcu(struct rcu_head *rcu)
{
	struct inotify_group *group = container_of(rcu, struct inotify_group, rcu);

	kfree(group->overflow);
	kfree(group);
}

static void free_group(struct fsnotify_group *g)
{
	struct inotify_group *group = container_of(g, struct inotify_group, group);

	put_user_counts(group->user);
	call_rcu(&group->rcu, free_group_rcu);
}

static const struct fsnotify_ops inotify_ops = {
	.handle = handle,
	.detached = detached,
	.free_mark = free_mark,
	.free_group = free_group,
};

static struct inotify_mark *find_mark(struct inotify_group *group, int wd)
{
	struct inotify_mark *mark;

	rcu_read_lock();
	mark = wd > 0 ? xa_load(&group->marks, wd) : NULL;
	if (mark && !refcount_inc_not_zero(&mark->mark.refs))
		mark = NULL;
	rcu_read_unlock();
	return mark;
}

/* A mark on an inode that the caller holds: its descriptor, or -errno. group->mutex held. */
static int new_mark(struct inotify_group *group, struct inode *inode, u32 mask)
{
	struct inotify_mark *mark = kzalloc(sizeof(*mark), GFP_KERNEL);
	int err;
	u32 id;

	if (!mark)
		return -ENOMEM;
	fsnotify_init_mark(&mark->mark, &group->group, mask & IN_ALL_EVENTS);
	fsnotify_at_inode(&mark->mark, inode);
	mark->flags = mask & (IN_ONESHOT | IN_EXCL_UNLINK);
	err = user_count_inc(&group->user->inotify_watches, inotify_max_user_watches) ? 0 : -ENOSPC;
	if (err)
		goto put;
	/* Found by descriptor from here on, but removed only once it is attached. */
	err = xa_alloc_cyclic(&group->marks, &id, mark, XA_LIMIT(1, INT_MAX), &group->next_wd, GFP_KERNEL);
	if (err < 0) {
		atomic_long_dec(&group->user->inotify_watches);
		goto put;
	}
	mark->wd = (int)id;
	fsnotify_attach(&mark->mark);
	return id;
put:
	fsnotify_put_mark(&mark->mark);
	return err;
}

/* Changes the group's mark on the inode: its descriptor, or -ENOENT, -EEXIST. group->mutex held. */
static int update_mark(struct inotify_group *group, struct inode *inode, u32 mask)
{
	u32 events = mask & IN_ALL_EVENTS, flags = mask & (IN_ONESHOT | IN_EXCL_UNLINK);
	struct fsnotify_mark *m = fsnotify_find_mark(&inode->i_notify, &inode->i_lock, &group->group);
	struct inotify_mark *mark = m ? inotify_mark(m) : NULL;
	int wd;

	if (!mark)
		return -ENOENT;
	wd = mark->wd;
	spin_lock(&inode->i_lock);
	if (!m->attached) {
		wd = -ENOENT;
	} else if (mask & IN_MASK_CREATE) {
		wd = -EEXIST;
	} else {
		WRITE_ONCE(m->mask, mask & IN_MASK_ADD ? m->mask | events : events);
		WRITE_ONCE(mark->flags, mask & IN_MASK_ADD ? mark->flags | flags : flags);
		fsnotify_recalc(&inode->i_notify);
	}
	spin_unlock(&inode->i_lock);
	fsnotify_put_mark(m);
	return wd;
}

/* ---- the file ---- */

/* 0 or -EFAULT. The event is off the queue. */
static int put_event(char __user *buf, const struct inotify_queued *event)
{
	struct inotify_event out = { event->wd, event->mask, event->cookie, (u32)(inotify_event_size(event) - sizeof(out)) };

	if (copy_to_user(buf, &out, sizeof(out)))
		return -EFAULT;
	buf += sizeof(out);
	if (copy_to_user(buf, event->name, event->name_len))
		return -EFAULT;
	return clear_user(buf + event->name_len, out.len - event->name_len) ? -EFAULT : 0;
}

static ssize_t inotify_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	struct inotify_group *group = file->private_data;
	struct inotify_queued *event;
	size_t done = 0;
	int err;

	for (;;) {
		event = inotify_dequeue(group, count - done, &err);
		if (event) {
			size_t size = inotify_event_size(event);

			err = put_event(buf + done, event);
			inotify_free_event(group, event);
			if (err)
				return err;
			done += size;
			continue;
		}
		if (done)
			return done;
		if (err)
			return err;
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		if (wait_event_interruptible(group->wait, READ_ONCE(group->count)))
			return -ERESTARTSYS;
	}
}

static __poll_t inotify_poll(struct file *file, poll_table *wait)
{
	struct inotify_group *group = file->private_data;

	poll_wait(file, &group->wait, wait);
	return READ_ONCE(group->count) ? EPOLLIN | EPOLLRDNORM : 0;
}

static long inotify_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct inotify_group *group = file->private_data;
	struct inotify_queued *event;
	size_t bytes = 0;

	if (cmd != FIONREAD)
		return -ENOIOCTLCMD;
	spin_lock(&group->lock);
	list_for_each_entry(event, &group->queue, list)
		bytes += inotify_event_size(event);
	spin_unlock(&group->lock);
	return put_user((int)bytes, (int __user *)arg);
}

static int inotify_release(struct inode *inode, struct file *file)
{
	struct inotify_group *group = file->private_data;
	struct inotify_mark *mark;
	unsigned long wd;

	/* First, so that the ends of the marks are told to nobody. */
	inotify_flush(group);
	xa_for_each(&group->marks, wd, mark) {
		/* Still in the table, but perhaps being detached by another. */
		mark = find_mark(group, wd);
		if (!mark)
			continue;
		fsnotify_detach(&mark->mark);
		fsnotify_put_mark(&mark->mark);
	}
	atomic_long_dec(&group->user->inotify_instances);
	fsnotify_put_group(&group->group);
	return 0;
}

static const struct file_operations inotify_fops = {
	.read = inotify_read,
	.poll = inotify_poll,
	.unlocked_ioctl = inotify_ioctl,
	.release = inotify_release,
	.llseek = noop_llseek,
};

/* ---- system calls ---- */

static struct inotify_group *new_group(void)
{
	struct inotify_group *group = kzalloc(sizeof(*group), GFP_KERNEL);

	if (!group)
		return ERR_PTR(-ENOMEM);
	group->overflow = kzalloc(sizeof(*group->overflow) + 1, GFP_KERNEL);
	group->user = get_user_counts(current_uid());
	if (!group->overflow || !group->user) {
		if (group->user)
			put_user_counts(group->user);
		kfree(group->overflow);
		kfree(group);
		return ERR_PTR(-ENOMEM);
	}
	group->overflow->wd = -1;
	group->overflow->mask = IN_Q_OVERFLOW;
	refcount_set(&group->group.refs, 1);
	group->group.ops = &inotify_ops;
	mutex_init(&group->mutex);
	spin_lock_init(&group->lock);
	INIT_LIST_HEAD(&group->queue);
	init_waitqueue_head(&group->wait);
	xa_init_flags(&group->marks, XA_FLAGS_ALLOC1);
	if (user_count_inc(&group->user->inotify_instances, inotify_max_user_instances))
		return group;
	fsnotify_put_group(&group->group);
	return ERR_PTR(-EMFILE);
}

long sys_inotify_init1(int flags)
{
	struct inotify_group *group;
	int fd;

	if (flags & ~(O_CLOEXEC | O_NONBLOCK))
		return -EINVAL;
	group = new_group();
	if (IS_ERR(group))
		return PTR_ERR(group);
	fd = anon_inode_getfd("inotify", &inotify_fops, group, O_RDONLY | flags);
	if (fd < 0) {
		atomic_long_dec(&group->user->inotify_instances);
		fsnotify_put_group(&group->group);
	}
	return fd;
}

long sys_inotify_init(void)
{
	return sys_inotify_init1(0);
}

static struct inotify_group *fd_group(struct fd f)
{
	return f.file->f_op == &inotify_fops ? f.file->private_data : NULL;
}

/* The inode's mark of the group, changed or new. */
static int add_watch(struct inotify_group *group, struct inode *inode, u32 mask)
{
	int wd;

	mutex_lock(&group->mutex);
	wd = update_mark(group, inode, mask);
	if (wd == -ENOENT)
		wd = new_mark(group, inode, mask);
	mutex_unlock(&group->mutex);
	return wd;
}

long sys_inotify_add_watch(int fd, const char __user *pathname, u32 mask)
{
	unsigned int flags = 0;
	struct path path;
	struct fd f;
	long ret;

	if (!(mask & ALL_INOTIFY_BITS))
		return -EINVAL;
	f = fdget(fd);
	if (!f.file)
		return -EBADF;
	ret = -EINVAL;
	if ((mask & IN_MASK_ADD) && (mask & IN_MASK_CREATE))
		goto out;
	if (!fd_group(f))
		goto out;
	if (!(mask & IN_DONT_FOLLOW))
		flags |= LOOKUP_FOLLOW;
	if (mask & IN_ONLYDIR)
		flags |= LOOKUP_DIRECTORY;
	ret = user_path_at(AT_FDCWD, pathname, flags, &path);
	if (ret)
		goto out;
	ret = inode_permission(d_inode(path.dentry), MAY_READ);
	if (!ret)
		ret = add_watch(fd_group(f), d_inode(path.dentry), mask);
	path_put(&path);
out:
	fdput(f);
	return ret;
}

long sys_inotify_rm_watch(int fd, int wd)
{
	struct inotify_mark *mark;
	struct fd f = fdget(fd);
	long ret = -EINVAL;

	if (!f.file)
		return -EBADF;
	mark = fd_group(f) ? find_mark(fd_group(f), wd) : NULL;
	if (mark) {
		fsnotify_detach(&mark->mark);
		fsnotify_put_mark(&mark->mark);
		ret = 0;
	}
	fdput(f);
	return ret;
}

/* ---- limits ---- */

static const struct sysctl inotify_values[] = {
	{ "fs/inotify", "max_user_instances", SYSCTL_INT, &inotify_max_user_instances, true, 0, INT_MAX },
	{ "fs/inotify", "max_user_watches", SYSCTL_INT, &inotify_max_user_watches, true, 0, INT_MAX },
	{ "fs/inotify", "max_queued_events", SYSCTL_INT, &inotify_max_queued_events, true, 0, INT_MAX },
};

static int inotify_sysctl_init(void)
{
	return sysctl_register(inotify_values, ARRAY_SIZE(inotify_values));
}
late_initcall(inotify_sysctl_init);
