// SPDX-License-Identifier: MIT
/*
 * POSIX message queues: the calls, and what reading and polling one tells.
 *
 * The queue's lock guards messages and notification. A task that waits for a message or for room looks at the count, and again under the
 * lock; whoever sends or receives wakes the other side after releasing it. Who is woken either takes what there is or finds that another
 * has, and then waits on.
 *
 * One process may ask to be told when a message comes into an empty queue and nobody is waiting to receive it. It is told once. The file that it
 * asked through ends that when it is closed.
 */
#include "fs/fs.h"
#include "fs/dcache.h"
#include "fs/fdtable.h"
#include "fs/mount.h"
#include "fs/namei.h"
#include "fs/poll.h"
#include "kernel/ipc/mqueue.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/cred.h"
#include "kernel/task/deadline.h"
#include "kernel/task/pid.h"
#include "kernel/task/sched.h"
#include "kernel/task/signal.h"
#include "kernel/task/task.h"
#include "kernel/x86/time.h"
#include "kernel/x86/uaccess.h"
#include "mm/slab.h"
#include "net/socket.h"

/* struct sigevent of the ABI */
struct sigevent {
	sigval_t value;
	int signo;
	int notify;
	int pad[12];
};

_Static_assert(sizeof(struct sigevent) == 64 && sizeof(struct mq_attr) == 64, "structures of the ABI");

/* ---- notification; the queue's lock held ---- */

void mqueue_forget_notify(struct mqueue *mq)
{
	put_pid(mq->notify_pid);
	mq->notify_pid = NULL;
}

/* The first message has come and nobody waits for it. */
static void notify(struct mqueue *mq)
{
	struct task_struct *p;
	kernel_siginfo_t info;

	if (!mq->notify_pid)
		return;
	if (mq->notify_how == SIGEV_SIGNAL) {
		clear_siginfo(&info);
		info.si_signo = mq->notify_signal;
		info.si_code = SI_MESGQ;
		info.si_pid = current->tgid;
		info.si_uid = current_uid();
		info.si_value = mq->notify_value;
		rcu_read_lock();
		p = pid_task(mq->notify_pid, PIDTYPE_TGID);
		if (p)
			send_sig_info(mq->notify_signal, &info, p, true);
		rcu_read_unlock();
	}
	mqueue_forget_notify(mq);
}

/* ---- files ---- */

static ssize_t mqueue_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	struct mqueue *mq = mqueue_of(file_inode(file));
	char text[80];
	int len;

	spin_lock(&mq->lock);
	len = snprintf(text, sizeof(text), "QSIZE:%-10lu NOTIFY:%-5d SIGNO:%-5d NOTIFY_PID:%-6d\n", mq->bytes,
		       mq->notify_pid ? mq->notify_how : 0,
		       mq->notify_pid && mq->notify_how == SIGEV_SIGNAL ? mq->notify_signal : 0, pid_nr(mq->notify_pid));
	spin_unlock(&mq->lock);
	return simple_read_from_buffer(buf, count, pos, text, len);
}

static __poll_t mqueue_poll(struct file *file, struct poll_table_struct *wait)
{
	struct mqueue *mq = mqueue_of(file_inode(file));
	__poll_t mask = 0;
	long count;

	poll_wait(file, &mq->receivers, wait);
	poll_wait(file, &mq->senders, wait);
	count = READ_ONCE(mq->count);
	if (count)
		mask |= EPOLLIN | EPOLLRDNORM;
	if (count < mq->max_messages)
		mask |= EPOLLOUT | EPOLLWRNORM;
	return mask;
}

static int mqueue_flush(struct file *file)
{
	struct mqueue *mq = mqueue_of(file_inode(file));

	spin_lock(&mq->lock);
	if (mq->notify_pid && mq->notify_pid == task_tgid(current))
		mqueue_forget_notify(mq);
	spin_unlock(&mq->lock);
	return 0;
}

const struct file_operations mqueue_file_operations = {
	.llseek = default_llseek,
	.read = mqueue_read,
	.poll = mqueue_poll,
	.flush = mqueue_flush,
};

/* The queue behind a descriptor that is open for @mode, its file held; NULL: EBADF. */
static struct mqueue *mq_lookup(int fd, fmode_t mode, struct fd *f)
{
	*f = fdget(fd);
	if (!f->file)
		return NULL;
	if (f->file->f_op == &mqueue_file_operations && (f->file->f_mode & mode) == mode)
		return mqueue_of(file_inode(f->file));
	fdput(*f);
	return NULL;
}

/* ---- mq_open, mq_unlink ---- */

/* Makes the queue, or says if the one that is there may be opened. The root's i_rwsem exclusive. */
static int prepare_open(struct dentry *root, struct dentry *dentry, int ro, int oflag, umode_t mode,
			const struct mq_attr *attr)
{
	static const int acc[O_ACCMODE] = { MAY_READ, MAY_WRITE, MAY_READ | MAY_WRITE };
	int err;

	if (d_really_is_negative(dentry)) {
		if (!(oflag & O_CREAT))
			return -ENOENT;
		if (ro)
			return ro;
		err = inode_permission(d_inode(root), MAY_WRITE | MAY_EXEC);
		if (err)
			return err;
		return mqueue_create(d_inode(root), dentry, S_IFREG | (mode & S_IALLUGO & ~current_umask()), attr);
	}
	if ((oflag & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
		return -EEXIST;
	if ((oflag & O_ACCMODE) == O_ACCMODE)
		return -EINVAL;
	return inode_permission(d_inode(dentry), acc[oflag & O_ACCMODE]);
}

static struct file *open_queue(const char *name, int oflag, umode_t mode, const struct mq_attr *attr)
{
	struct dentry *root = mqueue_mnt->mnt_root;
	struct path path = { .mnt = mqueue_mnt };
	int ro = mnt_want_write(mqueue_mnt), err;
	struct file *file;

	inode_lock(d_inode(root));
	path.dentry = lookup_one_len(name, root, strlen(name));
	if (IS_ERR(path.dentry)) {
		file = ERR_CAST(path.dentry);
		goto unlock;
	}
	err = prepare_open(root, path.dentry, ro, oflag, mode, attr);
	file = err ? ERR_PTR(err) : dentry_open(&path, oflag & (O_ACCMODE | O_NONBLOCK), current_cred());
	dput(path.dentry);
unlock:
	inode_unlock(d_inode(root));
	if (!ro)
		mnt_drop_write(mqueue_mnt);
	return file;
}

long sys_mq_open(const char __user *uname, int oflag, umode_t mode, struct mq_attr __user *uattr)
{
	struct filename *name;
	struct mq_attr attr;
	struct file *file;
	int fd;

	if (uattr && copy_from_user(&attr, uattr, sizeof(attr)))
		return -EFAULT;
	name = getname(uname);
	if (IS_ERR(name))
		return PTR_ERR(name);
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd >= 0) {
		file = open_queue(name->name, oflag, mode, uattr ? &attr : NULL);
		if (IS_ERR(file)) {
			put_unused_fd(fd);
			fd = PTR_ERR(file);
		} else {
			fd_install(fd, file);
		}
	}
	putname(name);
	return fd;
}

long sys_mq_unlink(const char __user *uname)
{
	struct dentry *root = mqueue_mnt->mnt_root, *dentry;
	struct filename *name = getname(uname);
	int err;

	if (IS_ERR(name))
		return PTR_ERR(name);
	err = mnt_want_write(mqueue_mnt);
	if (err)
		goto out;
	inode_lock_nested(d_inode(root), I_MUTEX_PARENT);
	dentry = lookup_one_len(name->name, root, strlen(name->name));
	err = PTR_ERR_OR_ZERO(dentry);
	if (!err) {
		err = d_really_is_negative(dentry) ? -ENOENT : vfs_unlink(d_inode(root), dentry);
		dput(dentry);
	}
	inode_unlock(d_inode(root));
	mnt_drop_write(mqueue_mnt);
out:
	putname(name);
	return err;
}

/* ---- waiting ---- */

/* An absolute time of the wall clock. 1 with *end set, 0 without a time, or -errno. */
static int read_deadline(const struct __kernel_timespec __user *uts, struct deadline *end)
{
	struct __kernel_timespec ts;
	struct timespec64 t64;

	if (!uts)
		return 0;
	if (copy_from_user(&ts, uts, sizeof(ts)))
		return -EFAULT;
	t64 = (struct timespec64){ ts.tv_sec, ts.tv_nsec };
	if (!timespec64_valid(&t64))
		return -EINVAL;
	*end = (struct deadline){ timespec64_to_ktime(t64), true };
	return 1;
}

/* Until @condition, which is one of the queue's; 0, -ETIMEDOUT, -EAGAIN if not to be waited for, or of a signal. */
#define mq_wait(nonblock, wq, end, condition) ({					\
	long __err = -EAGAIN;								\
	bool __late = false;								\
	if (!(nonblock)) {								\
		__err = ___wait_event(wq, (condition) || __late, TASK_INTERRUPTIBLE, 0, 0,	\
				      __late = !schedule_deadline(end));		\
		if (!__err && __late && !(condition))					\
			__err = -ETIMEDOUT;						\
	}										\
	(int)__err; })

/* ---- sending ---- */

/* Behind those of at least its priority. The queue's lock held. */
static void insert(struct mqueue *mq, struct mq_message *msg)
{
	struct mq_message *before;

	list_for_each_entry_reverse (before, &mq->messages, list)
		if (before->priority >= msg->priority)
			break;
	list_add(&msg->list, &before->list);
	mq->bytes += msg->size;
	WRITE_ONCE(mq->count, mq->count + 1);
}

static bool try_send(struct mqueue *mq, struct mq_message *msg)
{
	bool sent;

	spin_lock(&mq->lock);
	sent = mq->count < mq->max_messages;
	if (sent) {
		insert(mq, msg);
		if (mq->count == 1 && !mq->receiving)
			notify(mq);
	}
	spin_unlock(&mq->lock);
	if (sent)
		wake_up_interruptible_poll(&mq->receivers, EPOLLIN | EPOLLRDNORM);
	return sent;
}

static struct mq_message *message_from_user(const char __user *text, size_t size, unsigned int priority)
{
	struct mq_message *msg = kvmalloc(sizeof(*msg) + size, GFP_KERNEL);

	if (!msg)
		return ERR_PTR(-ENOMEM);
	msg->size = size;
	msg->priority = priority;
	if (copy_from_user(msg->text, text, size)) {
		kvfree(msg);
		return ERR_PTR(-EFAULT);
	}
	return msg;
}

static void touch(struct file *file)
{
	struct inode *inode = file_inode(file);

	inode->i_atime = inode->i_mtime = inode->i_ctime = current_time(inode);
}

static int send(struct file *file, struct mqueue *mq, const char __user *text, size_t size, unsigned int priority,
		const struct deadline *end)
{
	struct mq_message *msg;
	int err;

	if (size > mq->message_size)
		return -EMSGSIZE;
	msg = message_from_user(text, size, priority);
	if (IS_ERR(msg))
		return PTR_ERR(msg);
	while (!try_send(mq, msg)) {
		err = mq_wait(file->f_flags & O_NONBLOCK, mq->senders, end, READ_ONCE(mq->count) < mq->max_messages);
		if (err) {
			kvfree(msg);
			return err;
		}
	}
	touch(file);
	return 0;
}

long sys_mq_timedsend(int fd, const char __user *text, size_t size, unsigned int priority,
		      const struct __kernel_timespec __user *uts)
{
	struct mqueue *mq;
	struct fd f;
	struct deadline end;
	int err = read_deadline(uts, &end);
	bool timed = err > 0;

	if (err < 0)
		return err;
	if (priority >= MQ_PRIO_MAX)
		return -EINVAL;
	mq = mq_lookup(fd, FMODE_WRITE, &f);
	if (!mq)
		return -EBADF;
	err = send(f.file, mq, text, size, priority, timed ? &end : NULL);
	fdput(f);
	return err;
}

/* ---- receiving ---- */

static struct mq_message *try_receive(struct mqueue *mq)
{
	struct mq_message *msg;

	spin_lock(&mq->lock);
	msg = list_first_entry_or_null(&mq->messages, struct mq_message, list);
	if (msg) {
		list_del(&msg->list);
		mq->bytes -= msg->size;
		WRITE_ONCE(mq->count, mq->count - 1);
	}
	spin_unlock(&mq->lock);
	if (msg)
		wake_up_interruptible_poll(&mq->senders, EPOLLOUT | EPOLLWRNORM);
	return msg;
}

static void count_receiving(struct mqueue *mq, int n)
{
	spin_lock(&mq->lock);
	mq->receiving += n;
	spin_unlock(&mq->lock);
}

/* What came while the wait ended for another reason is taken: its sender counted on us. */
static struct mq_message *receive(struct mqueue *mq, bool nonblock, const struct deadline *end)
{
	struct mq_message *msg;
	int err = nonblock ? -EAGAIN : 0;

	while (!(msg = try_receive(mq)) && !err) {
		count_receiving(mq, 1);
		err = mq_wait(false, mq->receivers, end, READ_ONCE(mq->count));
		count_receiving(mq, -1);
	}
	return msg ? msg : ERR_PTR(err);
}

long sys_mq_timedreceive(int fd, char __user *text, size_t size, unsigned int __user *upriority,
			 const struct __kernel_timespec __user *uts)
{
	struct mq_message *msg;
	struct mqueue *mq;
	struct fd f;
	struct deadline end;
	long ret = read_deadline(uts, &end);
	bool timed = ret > 0;

	if (ret < 0)
		return ret;
	mq = mq_lookup(fd, FMODE_READ, &f);
	if (!mq)
		return -EBADF;
	msg = size < mq->message_size ? ERR_PTR(-EMSGSIZE) : receive(mq, f.file->f_flags & O_NONBLOCK, timed ? &end : NULL);
	if (!IS_ERR(msg))
		touch(f.file);
	fdput(f);
	if (IS_ERR(msg))
		return PTR_ERR(msg);
	ret = msg->size;
	if ((upriority && put_user(msg->priority, upriority)) || copy_to_user(text, msg->text, msg->size))
		ret = -EFAULT;
	kvfree(msg);
	return ret;
}

/* ---- mq_notify, mq_getsetattr ---- */

/* A new thread is what libraries make of a message (a cookie) on a socket of NETLINK_ROUTE, and there is none. */
static int check_thread_event(const struct sigevent *event)
{
	char cookie[32];
	struct fd f;
	int err;

	if (copy_from_user(cookie, event->value.sival_ptr, sizeof(cookie)))
		return -EFAULT;
	f = fdget(event->signo);
	if (!f.file)
		return -EBADF;
	err = sock_from_file(f.file) ? -EINVAL : -ENOTSOCK;
	fdput(f);
	return err;
}

static int check_event(const struct sigevent *event)
{
	switch (event->notify) {
	case SIGEV_NONE:
		return 0;
	case SIGEV_SIGNAL:
		return event->signo < 0 || event->signo > _NSIG ? -EINVAL : 0;
	case SIGEV_THREAD:
		return check_thread_event(event);
	}
	return -EINVAL;
}

long sys_mq_notify(int fd, const void __user *uevent)
{
	struct sigevent event;
	struct mqueue *mq;
	struct fd f;
	int err = 0;

	if (uevent) {
		if (copy_from_user(&event, uevent, sizeof(event)))
			return -EFAULT;
		err = check_event(&event);
		if (err)
			return err;
	}
	mq = mq_lookup(fd, 0, &f);
	if (!mq)
		return -EBADF;
	spin_lock(&mq->lock);
	if (!uevent) {
		if (mq->notify_pid && mq->notify_pid == task_tgid(current))
			mqueue_forget_notify(mq);
	} else if (mq->notify_pid) {
		err = -EBUSY;
	} else {
		mq->notify_pid = get_pid(task_tgid(current));
		mq->notify_how = event.notify;
		mq->notify_signal = event.signo;
		mq->notify_value = event.value;
	}
	spin_unlock(&mq->lock);
	fdput(f);
	return err;
}

long sys_mq_getsetattr(int fd, const struct mq_attr __user *unew, struct mq_attr __user *uold)
{
	struct mq_attr new, old = { };
	struct mqueue *mq;
	struct fd f;

	if (unew) {
		if (copy_from_user(&new, unew, sizeof(new)))
			return -EFAULT;
		if (new.mq_flags & ~O_NONBLOCK)
			return -EINVAL;
	}
	mq = mq_lookup(fd, 0, &f);
	if (!mq)
		return -EBADF;
	old.mq_maxmsg = mq->max_messages;
	old.mq_msgsize = mq->message_size;
	old.mq_curmsgs = READ_ONCE(mq->count);
	spin_lock(&f.file->f_lock);
	old.mq_flags = f.file->f_flags & O_NONBLOCK;
	if (unew)
		f.file->f_flags = (f.file->f_flags & ~O_NONBLOCK) | new.mq_flags;
	spin_unlock(&f.file->f_lock);
	fdput(f);
	return uold && copy_to_user(uold, &old, sizeof(old)) ? -EFAULT : 0;
}
