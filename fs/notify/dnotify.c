// SPDX-License-Identifier: MIT
/*
 * dnotify: fcntl(F_NOTIFY) on an open directory asks for a signal when something happens to the files in it.
 *
 * Each request is a mark on the directory, for one open file and one table of descriptors: it ends when a descriptor of that file is closed
 * in that table, which every close tells us (dnotify_flush), so a mark's file is there as long as the mark may send. The event that is being
 * sent meanwhile is kept apart from that by the mark's lock: its holder sees a file that is still there, or none.
 *
 * close takes the file out of the table and then looks for marks; we put the mark on and then look whether the descriptor is still
 * the file's. One of the two sees the other.
 */
#include "fs/dcache.h"
#include "fs/fasync.h"
#include "fs/fdtable.h"
#include "fs/file_internal.h"
#include "fs/notify/group.h"
#include "fs/proc/sysctl.h"
#include "kernel/lib/init.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/rculist.h"
#include "kernel/lock/mutex.h"
#include "kernel/task/siginfo.h"
#include "kernel/task/task.h"
#include "mm/slab.h"

#define DN_ACCESS	0x00000001
#define DN_MODIFY	0x00000002
#define DN_CREATE	0x00000004
#define DN_DELETE	0x00000008
#define DN_RENAME	0x00000010
#define DN_ATTRIB	0x00000020
#define DN_MULTISHOT	0x80000000

struct dnotify_mark {
	struct fsnotify_mark mark;
	rwlock_t lock;		/* guards the three below */
	struct file *file;	/* NULL: closed; constant while the mark is attached */
	int fd;
	bool multishot;
	const void *owner;	/* constant: the table of descriptors */
};

static int dir_notify_enable = 1;
static DEFINE_MUTEX(dnotify_mutex);	/* one request at a time, so that a file and a table have at most one mark */

static struct dnotify_mark *dnotify_mark(struct fsnotify_mark *mark)
{
	return container_of(mark, struct dnotify_mark, mark);
}

static bool handle(struct fsnotify_mark *m, const struct fsnotify_event *event)
{
	struct dnotify_mark *mark = dnotify_mark(m);
	unsigned long flags;
	bool last = false;

	if (!(event->mask & FSNOTIFY_EVENTS))
		return false;
	read_lock_irqsave(&mark->lock, flags);
	if (mark->file && (mark->multishot || !atomic_xchg(&m->fired, 1))) {
		send_sigio(&mark->file->f_owner, mark->fd, POLL_MSG);
		last = !mark->multishot;
	}
	read_unlock_irqrestore(&mark->lock, flags);
	return last;
}

/* A walk that has found the mark before may come to it yet, when closing the file no longer finds it. */
static void detached(struct fsnotify_mark *m)
{
	struct dnotify_mark *mark = dnotify_mark(m);

	write_lock_irq(&mark->lock);
	mark->file = NULL;
	write_unlock_irq(&mark->lock);
}

static void free_mark(struct fsnotify_mark *mark)
{
	kfree(dnotify_mark(mark));
}

/* The one group is never without the reference it starts with. */
static void free_group(struct fsnotify_group *group)
{
	BUG();
}

static const struct fsnotify_ops dnotify_ops = {
	.handle = handle,
	.detached = detached,
	.free_mark = free_mark,
	.free_group = free_group,
};

static struct fsnotify_group dnotify_group = {
	.refs = REFCOUNT_INIT(1),
	.ops = &dnotify_ops,
};

/* The mark of a file and a table, with a reference; NULL if none. */
static struct dnotify_mark *find_mark(struct file *file, const void *owner)
{
	struct inode *inode = file_inode(file);
	struct fsnotify_mark *m;

	spin_lock(&inode->i_lock);
	hlist_for_each_entry(m, &inode->i_notify.marks, link) {
		if (m->group == &dnotify_group && dnotify_mark(m)->file == file && dnotify_mark(m)->owner == owner) {
			refcount_inc(&m->refs);
			break;
		}
	}
	spin_unlock(&inode->i_lock);
	return m ? dnotify_mark(m) : NULL;
}

void __dnotify_flush(struct file *file, const void *owner)
{
	struct dnotify_mark *mark;

	/* More than one if the others have had their only event and are about to go. */
	while ((mark = find_mark(file, owner)) != NULL) {
		fsnotify_detach(&mark->mark);
		write_lock_irq(&mark->lock);
		mark->file = NULL;
		write_unlock_irq(&mark->lock);
		fsnotify_put_mark(&mark->mark);
	}
}

static u32 events_of(unsigned long arg)
{
	u32 mask = 0;

	if (arg & DN_ACCESS)
		mask |= IN_ACCESS;
	if (arg & DN_MODIFY)
		mask |= IN_MODIFY;
	if (arg & DN_CREATE)
		mask |= IN_CREATE | IN_MOVED_TO;
	if (arg & DN_DELETE)
		mask |= IN_DELETE | IN_MOVED_FROM;
	if (arg & DN_RENAME)
		mask |= FS_DN_RENAME;
	if (arg & DN_ATTRIB)
		mask |= IN_ATTRIB;
	return mask;
}

/* Adds to a request that is there. False: it has just ended. */
static bool add_events(struct dnotify_mark *mark, int fd, unsigned long arg)
{
	struct fsnotify_mark *m = &mark->mark;
	bool there;

	write_lock_irq(&mark->lock);
	/* With the lock held, a request for one event cannot have its event just now; one that had it is done with and stays as it is. */
	there = !atomic_read(&m->fired);
	if (there) {
		mark->fd = fd;
		mark->multishot |= !!(arg & DN_MULTISHOT);
	}
	write_unlock_irq(&mark->lock);
	spin_lock(m->lock);
	if (m->attached && there) {
		WRITE_ONCE(m->mask, m->mask | events_of(arg));
		fsnotify_recalc(m->place);
	}
	there &= m->attached;
	spin_unlock(m->lock);
	return there;
}

static int new_request(struct file *file, int fd, unsigned long arg)
{
	struct dnotify_mark *mark = kzalloc(sizeof(*mark), GFP_KERNEL);

	if (!mark)
		return -ENOMEM;
	fsnotify_init_mark(&mark->mark, &dnotify_group, events_of(arg));
	fsnotify_at_inode(&mark->mark, file_inode(file));
	rwlock_init(&mark->lock);
	mark->file = file;
	mark->fd = fd;
	mark->multishot = !!(arg & DN_MULTISHOT);
	mark->owner = current->files;
	fsnotify_attach(&mark->mark);
	return 0;
}

long fcntl_dirnotify(int fd, struct file *file, unsigned long arg)
{
	struct dnotify_mark *mark;
	struct file *now;
	int err = 0;

	if (!(arg & ~(unsigned long)DN_MULTISHOT)) {
		dnotify_flush(file, current->files);
		return 0;
	}
	if (!READ_ONCE(dir_notify_enable))
		return -EINVAL;
	if (!S_ISDIR(file_inode(file)->i_mode))
		return -ENOTDIR;
	f_setown_if_none(file);
	mutex_lock(&dnotify_mutex);
	mark = find_mark(file, current->files);
	if (!mark || !add_events(mark, fd, arg))
		err = new_request(file, fd, arg);
	if (mark)
		fsnotify_put_mark(&mark->mark);
	mutex_unlock(&dnotify_mutex);
	now = fget(fd);
	if (now != file)
		dnotify_flush(file, current->files);
	if (now)
		fput(now);
	return err;
}

static const struct sysctl values[] = {
	{ "fs", "dir-notify-enable", SYSCTL_INT, &dir_notify_enable, true, 0, 1 },
};

static int dnotify_init(void)
{
	return sysctl_register(values, ARRAY_SIZE(values));
}
late_initcall(dnotify_init);
