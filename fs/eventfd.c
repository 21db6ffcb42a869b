// SPDX-License-Identifier: MIT
/*
 * eventfd: a 64-bit counter behind a descriptor. A write adds to it, a read takes all of it (or one, with EFD_SEMAPHORE).
 *
 * The wait queue's own lock guards the count, so a change and its announcement are one step; it is taken with interrupts off,
 * because completions signal from interrupts. Readers and writers sleep on the same queue. The count never reaches ULLONG_MAX by
 * writes: a write that does not fit waits. Only the kernel's own eventfd_signal() can fill it up to there; poll then says EPOLLERR.
 *
 * A context is held by its file and by each kernel user that asked for it (aio); the last one frees it.
 */
#include "fs/eventfd.h"

#include "fs/anon_inodes.h"
#include "fs/fdtable.h"
#include "fs/fs.h"
#include "fs/poll.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/limits.h"
#include "kernel/lib/refcount.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/sched.h"
#include "kernel/x86/uaccess.h"
#include "mm/iov_iter.h"
#include "mm/slab.h"

#define EFD_SEMAPHORE 1

struct eventfd_ctx {
	refcount_t refs;
	wait_queue_head_t wqh;	/* its lock guards count */
	u64 count;
	unsigned int flags;	/* constant */
};

void eventfd_ctx_put(struct eventfd_ctx *ctx)
{
	if (refcount_dec_and_test(&ctx->refs))
		kfree(ctx);
}

void eventfd_signal(struct eventfd_ctx *ctx, u64 n)
{
	unsigned long flags;

	spin_lock_irqsave(&ctx->wqh.lock, flags);
	if (ULLONG_MAX - ctx->count < n)
		n = ULLONG_MAX - ctx->count;
	ctx->count += n;
	__wake_up_locked_key(&ctx->wqh, TASK_NORMAL, poll_to_key(EPOLLIN));
	spin_unlock_irqrestore(&ctx->wqh.lock, flags);
}

/* ---- the file ---- */

static int eventfd_release(struct inode *inode, struct file *file)
{
	struct eventfd_ctx *ctx = file->private_data;

	wake_up_poll(&ctx->wqh, EPOLLHUP);
	eventfd_ctx_put(ctx);
	return 0;
}

static __poll_t eventfd_poll(struct file *file, poll_table *wait)
{
	struct eventfd_ctx *ctx = file->private_data;
	__poll_t events = 0;
	u64 count;

	/* Queued first (a full barrier, by the queue's lock), then looked: a change in between wakes. */
	poll_wait(file, &ctx->wqh, wait);
	count = READ_ONCE(ctx->count);
	if (count > 0)
		events |= EPOLLIN;
	if (count == ULLONG_MAX)
		events |= EPOLLERR;
	if (count < ULLONG_MAX - 1)
		events |= EPOLLOUT;
	return events;
}

static ssize_t eventfd_read(struct kiocb *iocb, struct iov_iter *to)
{
	struct file *file = iocb->ki_filp;
	struct eventfd_ctx *ctx = file->private_data;
	u64 taken;

	if (iov_iter_count(to) < sizeof(taken))
		return -EINVAL;
	spin_lock_irq(&ctx->wqh.lock);
	while (!ctx->count) {
		spin_unlock_irq(&ctx->wqh.lock);
		if ((file->f_flags & O_NONBLOCK) || (iocb->ki_flags & IOCB_NOWAIT))
			return -EAGAIN;
		if (wait_event_interruptible(ctx->wqh, READ_ONCE(ctx->count)))
			return -ERESTARTSYS;
		spin_lock_irq(&ctx->wqh.lock);
	}
	taken = ctx->flags & EFD_SEMAPHORE ? 1 : ctx->count;
	ctx->count -= taken;
	__wake_up_locked_key(&ctx->wqh, TASK_NORMAL, poll_to_key(EPOLLOUT));
	spin_unlock_irq(&ctx->wqh.lock);
	return copy_to_iter(&taken, sizeof(taken), to) == sizeof(taken) ? (ssize_t)sizeof(taken) : -EFAULT;
}

static ssize_t eventfd_write(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	struct eventfd_ctx *ctx = file->private_data;
	u64 n;

	if (count < sizeof(n))
		return -EINVAL;
	if (copy_from_user(&n, buf, sizeof(n)))
		return -EFAULT;
	if (n == ULLONG_MAX)
		return -EINVAL;
	spin_lock_irq(&ctx->wqh.lock);
	while (ULLONG_MAX - ctx->count <= n) {
		spin_unlock_irq(&ctx->wqh.lock);
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		if (wait_event_interruptible(ctx->wqh, ULLONG_MAX - READ_ONCE(ctx->count) > n))
			return -ERESTARTSYS;
		spin_lock_irq(&ctx->wqh.lock);
	}
	ctx->count += n;
	__wake_up_locked_key(&ctx->wqh, TASK_NORMAL, poll_to_key(EPOLLIN));
	spin_unlock_irq(&ctx->wqh.lock);
	return sizeof(n);
}

static const struct file_operations eventfd_fops = {
	.release = eventfd_release,
	.poll = eventfd_poll,
	.read_iter = eventfd_read,
	.write = eventfd_write,
	.llseek = noop_llseek,
};

struct eventfd_ctx *eventfd_ctx_fdget(int fd)
{
	struct fd f = fdget(fd);
	struct eventfd_ctx *ctx = ERR_PTR(-EINVAL);

	if (!f.file)
		return ERR_PTR(-EBADF);
	if (f.file->f_op == &eventfd_fops) {
		ctx = f.file->private_data;
		refcount_inc(&ctx->refs);
	}
	fdput(f);
	return ctx;
}

/* ---- system calls ---- */

long sys_eventfd2(unsigned int count, int flags)
{
	struct eventfd_ctx *ctx;
	int fd;

	if (flags & ~(EFD_SEMAPHORE | O_CLOEXEC | O_NONBLOCK))
		return -EINVAL;
	ctx = kmalloc(sizeof(*ctx), GFP_KERNEL);
	if (!ctx)
		return -ENOMEM;
	refcount_set(&ctx->refs, 1);
	init_waitqueue_head(&ctx->wqh);
	ctx->count = count;
	ctx->flags = flags;
	fd = anon_inode_getfd("[eventfd]", &eventfd_fops, ctx, O_RDWR | (flags & (O_CLOEXEC | O_NONBLOCK)));
	if (fd < 0)
		kfree(ctx);
	return fd;
}

long sys_eventfd(unsigned int count)
{
	return sys_eventfd2(count, 0);
}
