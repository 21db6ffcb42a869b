// SPDX-License-Identifier: MIT
/*
 * fanotify: the descriptor and the system calls. Groups of all classes are told what has been done; events that wait for permission, and
 * events without a descriptor (FAN_REPORT_FID), do not exist here.
 */
#include "fs/notify/fanotify.h"

#include "fs/anon_inodes.h"
#include "fs/fdtable.h"
#include "fs/namei.h"
#include "fs/namespace_internal.h"
#include "fs/poll.h"
#include "fs/proc/sysctl.h"
#include "kernel/lib/init.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/limits.h"
#include "kernel/syscall/missing.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/cred.h"
#include "kernel/task/sched.h"
#include "kernel/x86/uaccess.h"
#include "mm/slab.h"

#define FIONREAD 0x541B

#define FAN_CLOEXEC		0x001
#define FAN_NONBLOCK		0x002
#define FAN_CLASS_CONTENT	0x004
#define FAN_CLASS_PRE_CONTENT	0x008
#define FAN_CLASS_BITS		0x00c
#define FAN_UNLIMITED_QUEUE	0x010
#define FAN_UNLIMITED_MARKS	0x020
#define FAN_REPORT_TID		0x100
#define INIT_FLAGS (FAN_CLOEXEC | FAN_NONBLOCK | FAN_CLASS_BITS | FAN_UNLIMITED_QUEUE | FAN_UNLIMITED_MARKS | FAN_REPORT_TID)
/* FAN_REPORT_PIDFD, _FID, _DIR_FID, _NAME, _TARGET_FID */
#define INIT_FLAGS_ABSENT	0x1e80

#define EVENT_F_FLAGS (O_ACCMODE | O_APPEND | O_NONBLOCK | O_SYNC | O_CLOEXEC | O_LARGEFILE | O_NOATIME)

#define FAN_MARK_ADD			0x001
#define FAN_MARK_REMOVE			0x002
#define FAN_MARK_DONT_FOLLOW		0x004
#define FAN_MARK_ONLYDIR		0x008
#define FAN_MARK_MOUNT			0x010
#define FAN_MARK_IGNORED_MASK		0x020
#define FAN_MARK_IGNORED_SURV_MODIFY	0x040
#define FAN_MARK_FLUSH			0x080
#define FAN_MARK_FILESYSTEM		0x100
#define FAN_MARK_TYPES	(FAN_MARK_MOUNT | FAN_MARK_FILESYSTEM)
#define FAN_MARK_CMDS	(FAN_MARK_ADD | FAN_MARK_REMOVE | FAN_MARK_FLUSH)
#define MARK_FLAGS                                                                                                                \
	(FAN_MARK_CMDS | FAN_MARK_DONT_FOLLOW | FAN_MARK_ONLYDIR | FAN_MARK_TYPES | FAN_MARK_IGNORED_MASK |                        \
	 FAN_MARK_IGNORED_SURV_MODIFY)
#define EVENT_FLAGS	(FAN_EVENT_ON_CHILD | FAN_ONDIR)

int fanotify_max_user_groups = 128;
int fanotify_max_user_marks = 65536;

/* struct fanotify_event_metadata of the ABI */
struct fanotify_event_metadata {
	u32 event_len;
	u8 vers;
	u8 reserved;
	u16 metadata_len;
	u64 mask;
	s32 fd;
	s32 pid;
};
#define FANOTIFY_METADATA_VERSION 3
#define FAN_NOFD -1

/* ---- the file ---- */

/* A file for the reader; what is done through it is told to nobody, or reading events would make events. */
static struct file *open_object(struct fanotify_group *group, const struct path *path)
{
	struct file *file = dentry_open(path, group->event_f_flags & ~O_CLOEXEC, current_cred());

	if (!IS_ERR(file))
		file->f_mode |= FMODE_NONOTIFY;
	return file;
}

/* 0 or -errno. The event is off the queue. */
static int put_event(struct fanotify_group *group, char __user *buf, const struct fanotify_event *event)
{
	struct fanotify_event_metadata out = {
		.event_len = sizeof(out), .vers = FANOTIFY_METADATA_VERSION, .metadata_len = sizeof(out), .mask = event->mask,
		.fd = FAN_NOFD, .pid = event->pid,
	};
	struct file *file = NULL;

	if (event != group->overflow) {
		out.fd = get_unused_fd_flags(group->event_f_flags);
		if (out.fd < 0)
			return out.fd;
		file = open_object(group, &event->path);
		if (IS_ERR(file)) {
			put_unused_fd(out.fd);
			return PTR_ERR(file);
		}
	}
	if (copy_to_user(buf, &out, sizeof(out))) {
		if (file) {
			put_unused_fd(out.fd);
			fput(file);
		}
		return -EFAULT;
	}
	if (file)
		fd_install(out.fd, file);
	return 0;
}

static ssize_t fanotify_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	struct fanotify_group *group = file->private_data;
	const size_t size = sizeof(struct fanotify_event_metadata);
	struct fanotify_event *event;
	size_t done = 0;
	int err;

	for (;;) {
		event = count - done >= size ? fanotify_dequeue(group) : NULL;
		if (event) {
			err = put_event(group, buf + done, event);
			fanotify_free_event(group, event);
			if (err)
				return done && err != -EFAULT ? (ssize_t)done : err;
			done += size;
			continue;
		}
		if (done)
			return done;
		if (count < size && READ_ONCE(group->count))
			return -EINVAL;
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		if (wait_event_interruptible(group->wait, READ_ONCE(group->count)))
			return -ERESTARTSYS;
	}
}

static __poll_t fanotify_poll(struct file *file, poll_table *wait)
{
	struct fanotify_group *group = file->private_data;

	poll_wait(file, &group->wait, wait);
	return READ_ONCE(group->count) ? EPOLLIN | EPOLLRDNORM : 0;
}

static long fanotify_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct fanotify_group *group = file->private_data;

	if (cmd != FIONREAD)
		return -ENOIOCTLCMD;
	return put_user((int)(READ_ONCE(group->count) * sizeof(struct fanotify_event_metadata)), (int __user *)arg);
}

/* Ends the group's marks, or those of one type (0: on inodes). */
static void end_marks(struct fanotify_group *group, bool all, unsigned int type)
{
	struct fanotify_mark *mark, *found;

	do {
		found = NULL;
		spin_lock(&group->lock);
		list_for_each_entry(mark, &group->marks, list) {
			bool is_super = mark->mark.place == &mark->mark.sb->s_notify;
			unsigned int its = mark->mark.inode ? 0 : is_super ? FAN_MARK_FILESYSTEM : FAN_MARK_MOUNT;

			/* one without references is being detached: it leaves the list before it is freed */
			if ((all || its == type) && refcount_inc_not_zero(&mark->mark.refs)) {
				found = mark;
				list_del_init(&mark->list);
				break;
			}
		}
		spin_unlock(&group->lock);
		if (found) {
			fsnotify_detach(&found->mark);
			fsnotify_put_mark(&found->mark);
		}
	} while (found);
}

static int fanotify_release(struct inode *inode, struct file *file)
{
	struct fanotify_group *group = file->private_data;
	struct fanotify_event *event;

	/* First, so that nothing is queued any more. */
	spin_lock(&group->lock);
	group->dead = true;
	spin_unlock(&group->lock);
	while ((event = fanotify_dequeue(group)))
		fanotify_free_event(group, event);
	end_marks(group, true, 0);
	atomic_long_dec(&group->user->fanotify_groups);
	fsnotify_put_group(&group->group);
	return 0;
}

static const struct file_operations fanotify_fops = {
	.read = fanotify_read,
	.poll = fanotify_poll,
	.unlocked_ioctl = fanotify_ioctl,
	.release = fanotify_release,
	.llseek = noop_llseek,
};

/* ---- groups and marks ---- */

static void detached(struct fsnotify_mark *mark)
{
	struct fanotify_group *group = fanotify_group(mark);

	spin_lock(&group->lock);
	list_del_init(&fanotify_mark(mark)->list);
	spin_unlock(&group->lock);
	atomic_long_dec(&group->user->fanotify_marks);
	atomic_long_dec(&fanotify_nr_marks);
}

static void free_mark(struct fsnotify_mark *mark)
{
	kfree(fanotify_mark(mark));
}

static void free_group_rcu(struct rcu_head *rcu)
{
	struct fanotify_group *group = container_of(rcu, struct fanotify_group, rcu);

	kfree(group->overflow);
	kfree(group);
}

static void free_group(struct fsnotify_group *g)
{
	struct fanotify_group *group = container_of(g, struct fanotify_group, group);

	put_user_counts(group->user);
	call_rcu(&group->rcu, free_group_rcu);
}

const struct fsnotify_ops fanotify_ops = {
	.detached = detached,
	.free_mark = free_mark,
	.free_group = free_group,
};

static struct fanotify_group *new_group(unsigned int flags, unsigned int event_f_flags)
{
	struct fanotify_group *group = kzalloc(sizeof(*group), GFP_KERNEL);

	if (!group)
		return ERR_PTR(-ENOMEM);
	group->overflow = kzalloc(sizeof(*group->overflow), GFP_KERNEL);
	group->user = get_user_counts(current_uid());
	if (!group->overflow || !group->user) {
		if (group->user)
			put_user_counts(group->user);
		kfree(group->overflow);
		kfree(group);
		return ERR_PTR(-ENOMEM);
	}
	group->overflow->mask = FAN_Q_OVERFLOW;
	refcount_set(&group->group.refs, 1);
	group->group.ops = &fanotify_ops;
	mutex_init(&group->mutex);
	spin_lock_init(&group->lock);
	INIT_LIST_HEAD(&group->queue);
	INIT_LIST_HEAD(&group->marks);
	init_waitqueue_head(&group->wait);
	group->flags = flags;
	group->event_f_flags = event_f_flags;
	if (user_count_inc(&group->user->fanotify_groups, fanotify_max_user_groups))
		return group;
	fsnotify_put_group(&group->group);
	return ERR_PTR(-EMFILE);
}

long sys_fanotify_init(unsigned int flags, unsigned int event_f_flags)
{
	struct fanotify_group *group;
	int fd;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (flags & INIT_FLAGS_ABSENT)
		unsupported("FAN_REPORT_*");
	if ((flags & ~INIT_FLAGS) || (flags & FAN_CLASS_BITS) == FAN_CLASS_BITS)
		return -EINVAL;
	if ((event_f_flags & ~EVENT_F_FLAGS) || (event_f_flags & O_ACCMODE) == O_ACCMODE)
		return -EINVAL;
	group = new_group(flags, event_f_flags);
	if (IS_ERR(group))
		return PTR_ERR(group);
	fd = anon_inode_getfd("[fanotify]", &fanotify_fops, group,
			      O_RDWR | (flags & FAN_CLOEXEC ? O_CLOEXEC : 0) | (flags & FAN_NONBLOCK ? O_NONBLOCK : 0));
	if (fd < 0) {
		atomic_long_dec(&group->user->fanotify_groups);
		fsnotify_put_group(&group->group);
	}
	return fd;
}

/* Where a mark goes: sets it up for that. */
static void set_place(struct fsnotify_mark *mark, const struct path *path, unsigned int flags)
{
	if (flags & FAN_MARK_MOUNT)
		fsnotify_at_mount(mark, real_mount(path->mnt));
	else if (flags & FAN_MARK_FILESYSTEM)
		fsnotify_at_super(mark, path->dentry->d_sb);
	else
		fsnotify_at_inode(mark, d_inode(path->dentry));
}

static struct fanotify_mark *find_mark(struct fanotify_group *group, const struct path *path, unsigned int flags)
{
	struct fsnotify_mark where = { .mask = 0 }, *mark;

	set_place(&where, path, flags);
	mark = fsnotify_find_mark(where.place, where.lock, &group->group);
	return mark ? fanotify_mark(mark) : NULL;
}

/* The place's lock held, or the mark is nobody else's yet. */
static void add_to_mark(struct fanotify_mark *mark, unsigned int flags, u32 mask)
{
	if (!(flags & FAN_MARK_IGNORED_MASK)) {
		WRITE_ONCE(mark->wanted, mark->wanted | mask);
		return;
	}
	WRITE_ONCE(mark->ignored, mark->ignored | (mask & ~EVENT_FLAGS));
	if (flags & FAN_MARK_IGNORED_SURV_MODIFY)
		WRITE_ONCE(mark->ignored_survives, true);
}

/* group->mutex held. */
static int new_mark(struct fanotify_group *group, const struct path *path, unsigned int flags, u32 mask)
{
	long limit = group->flags & FAN_UNLIMITED_MARKS ? LONG_MAX : fanotify_max_user_marks;
	struct fanotify_mark *mark = kzalloc(sizeof(*mark), GFP_KERNEL);

	if (!mark)
		return -ENOMEM;
	fsnotify_init_mark(&mark->mark, &group->group, 0);
	set_place(&mark->mark, path, flags);
	add_to_mark(mark, flags, mask);
	if (!user_count_inc(&group->user->fanotify_marks, limit)) {
		INIT_LIST_HEAD(&mark->list);
		fsnotify_put_mark(&mark->mark);
		return -ENOSPC;
	}
	atomic_long_inc(&fanotify_nr_marks);
	spin_lock(&group->lock);
	list_add(&mark->list, &group->marks);
	spin_unlock(&group->lock);
	refcount_inc(&mark->mark.refs); /* once attached it may be ended by others */
	fsnotify_attach(&mark->mark);
	spin_lock(mark->mark.lock);
	if (mark->mark.attached)
		fanotify_update_interest(mark);
	spin_unlock(mark->mark.lock);
	fsnotify_put_mark(&mark->mark);
	return 0;
}

static int add_mark(struct fanotify_group *group, const struct path *path, unsigned int flags, u32 mask)
{
	struct inode *inode = d_inode(path->dentry);
	struct fanotify_mark *mark;
	bool there = false;
	int err = 0;

	if ((flags & FAN_MARK_TYPES) || !S_ISDIR(inode->i_mode))
		mask &= ~FAN_EVENT_ON_CHILD;
	/* Who writes to it would end it at once. */
	if ((flags & FAN_MARK_IGNORED_MASK) && !(flags & (FAN_MARK_IGNORED_SURV_MODIFY | FAN_MARK_TYPES)) &&
	    atomic_read(&inode->i_writecount) > 0)
		return 0;
	mutex_lock(&group->mutex);
	mark = find_mark(group, path, flags);
	if (mark) {
		spin_lock(mark->mark.lock);
		there = mark->mark.attached;
		if (there) {
			add_to_mark(mark, flags, mask);
			fanotify_update_interest(mark);
		}
		spin_unlock(mark->mark.lock);
		fsnotify_put_mark(&mark->mark);
	}
	if (!there)
		err = new_mark(group, path, flags, mask);
	mutex_unlock(&group->mutex);
	return err;
}

static int remove_mark(struct fanotify_group *group, const struct path *path, unsigned int flags, u32 mask)
{
	struct fanotify_mark *mark;
	bool empty;

	mutex_lock(&group->mutex);
	mark = find_mark(group, path, flags);
	if (mark) {
		spin_lock(mark->mark.lock);
		if (flags & FAN_MARK_IGNORED_MASK)
			WRITE_ONCE(mark->ignored, mark->ignored & ~mask);
		else
			WRITE_ONCE(mark->wanted, mark->wanted & ~mask);
		if (mark->mark.attached)
			fanotify_update_interest(mark);
		empty = !(mark->wanted & ~EVENT_FLAGS) && !mark->ignored;
		spin_unlock(mark->mark.lock);
		if (empty)
			fsnotify_detach(&mark->mark);
		fsnotify_put_mark(&mark->mark);
	}
	mutex_unlock(&group->mutex);
	return mark ? 0 : -ENOENT;
}

/* ---- fanotify_mark ---- */

/* What Linux has and we do not is EINVAL like what nobody has. */
static int check_mark(unsigned int flags, u64 mask)
{
	unsigned int cmd = flags & FAN_MARK_CMDS;

	if ((flags & ~MARK_FLAGS) || (flags & FAN_MARK_TYPES) == FAN_MARK_TYPES)
		return -EINVAL;
	if (cmd == FAN_MARK_FLUSH)
		return flags & ~(FAN_MARK_TYPES | FAN_MARK_FLUSH) ? -EINVAL : 0;
	if ((cmd != FAN_MARK_ADD && cmd != FAN_MARK_REMOVE) || !mask || (mask & ~(u64)(FAN_FILE_EVENTS | EVENT_FLAGS)))
		return -EINVAL;
	return 0;
}

/* No name: what dfd is. */
static int find_path(int dfd, const char __user *name, unsigned int flags, struct path *path)
{
	int err = 0;

	if (!name) {
		struct fd f = fdget(dfd);

		if (!f.file)
			return -EBADF;
		if ((flags & FAN_MARK_ONLYDIR) && !S_ISDIR(file_inode(f.file)->i_mode))
			err = -ENOTDIR;
		*path = f.file->f_path;
		if (!err)
			path_get(path);
		fdput(f);
	} else {
		err = user_path_at(dfd, name, (flags & FAN_MARK_DONT_FOLLOW ? 0 : LOOKUP_FOLLOW) |
				   (flags & FAN_MARK_ONLYDIR ? LOOKUP_DIRECTORY : 0), path);
	}
	if (err)
		return err;
	err = inode_permission(d_inode(path->dentry), MAY_READ);
	if (!err && (flags & FAN_MARK_TYPES) && (path->dentry->d_sb->s_flags & SB_NOUSER))
		err = -EINVAL; /* nobody but the kernel mounts it */
	if (err)
		path_put(path);
	return err;
}

static long mark(struct fanotify_group *group, unsigned int flags, u32 mask, int dfd, const char __user *name)
{
	struct path path;
	int err;

	if (flags & FAN_MARK_FLUSH) {
		mutex_lock(&group->mutex);
		end_marks(group, false, flags & FAN_MARK_TYPES);
		mutex_unlock(&group->mutex);
		return 0;
	}
	err = find_path(dfd, name, flags, &path);
	if (err)
		return err;
	err = flags & FAN_MARK_ADD ? add_mark(group, &path, flags, mask) : remove_mark(group, &path, flags, mask);
	path_put(&path);
	return err;
}

long sys_fanotify_mark(int fd, unsigned int flags, u64 mask, int dfd, const char __user *name)
{
	long err = check_mark(flags, mask);
	struct fd f;

	if (err)
		return err;
	f = fdget(fd);
	if (!f.file)
		return -EBADF;
	err = -EINVAL;
	if (f.file->f_op == &fanotify_fops)
		err = mark(f.file->private_data, flags, mask, dfd, name);
	fdput(f);
	return err;
}

/* ---- limits ---- */

static const struct sysctl fanotify_values[] = {
	{ "fs/fanotify", "max_user_groups", SYSCTL_INT, &fanotify_max_user_groups, true, 0, INT_MAX },
	{ "fs/fanotify", "max_user_marks", SYSCTL_INT, &fanotify_max_user_marks, true, 0, INT_MAX },
	{ "fs/fanotify", "max_queued_events", SYSCTL_INT, &fanotify_max_queued_events, true, 0, INT_MAX },
};

static int fanotify_sysctl_init(void)
{
	return sysctl_register(fanotify_values, ARRAY_SIZE(fanotify_values));
}
late_initcall(fanotify_sysctl_init);
