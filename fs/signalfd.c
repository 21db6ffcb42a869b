// SPDX-License-Identifier: MIT
/*
 * signalfd: signals read from a descriptor instead of being delivered. A read takes those of the file's set off the queues of the
 * reading thread and its process, as sigwaitinfo() does; the program blocks them, so that no handler is quicker.
 *
 * The set is the file's and shared by all who have it open; the signals are those of whoever reads or polls. Set and queues are
 * looked at under the reader's siglock. Every sender of a signal wakes the queue sighand->signalfd_wqh, after the signal is on its
 * queue and with siglock held; a reader queues itself and looks with siglock held, so it misses none.
 *
 * That queue belongs to the handler table of the process that polled, and an epoll can outlive it: the end of the table takes the
 * epoll's entries off (wake_up_pollfree() in put_sighand()).
 */
#include "fs/anon_inodes.h"
#include "fs/fdtable.h"
#include "fs/fs.h"
#include "fs/poll.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/sched.h"
#include "kernel/task/signal_internal.h"
#include "kernel/x86/uaccess.h"
#include "mm/iov_iter.h"
#include "mm/slab.h"

struct signalfd_ctx {
	sigset_t wanted; /* changed in one store; a read uses the old or the new one */
};

/* of the ABI */
struct signalfd_siginfo {
	u32 ssi_signo;
	s32 ssi_errno, ssi_code;
	u32 ssi_pid, ssi_uid;
	s32 ssi_fd;
	u32 ssi_tid, ssi_band, ssi_overrun, ssi_trapno;
	s32 ssi_status, ssi_int;
	u64 ssi_ptr, ssi_utime, ssi_stime, ssi_addr;
	u16 ssi_addr_lsb, pad2;
	s32 ssi_syscall;
	u64 ssi_call_addr;
	u32 ssi_arch;
	u8 pad[28];
};

static_assert(sizeof(struct signalfd_siginfo) == 128, "signalfd_siginfo");

static sigset_t others(const struct signalfd_ctx *ctx)
{
	return (sigset_t){ { ~READ_ONCE(ctx->wanted.sig[0]) } };
}

/* ---- what is told ---- */

static void fill_sender(struct signalfd_siginfo *to, const kernel_siginfo_t *info)
{
	to->ssi_pid = info->si_pid;
	to->ssi_uid = info->si_uid;
}

static void fill_value(struct signalfd_siginfo *to, const kernel_siginfo_t *info)
{
	to->ssi_ptr = (u64)info->si_value.sival_ptr;
	to->ssi_int = info->si_value.sival_int;
}

static void fill_poll(struct signalfd_siginfo *to, const kernel_siginfo_t *info)
{
	to->ssi_band = info->si_band;
	to->ssi_fd = info->si_fd;
}

/* The kernel tells of something that only this signal has. */
static void fill_special(struct signalfd_siginfo *to, const kernel_siginfo_t *info)
{
	switch (info->si_signo) {
	case SIGILL:
	case SIGFPE:
	case SIGSEGV:
	case SIGBUS:
	case SIGTRAP:
		to->ssi_addr = (u64)info->si_addr;
		break;
	case SIGCHLD:
		fill_sender(to, info);
		to->ssi_status = info->si_status;
		to->ssi_utime = info->si_utime;
		to->ssi_stime = info->si_stime;
		break;
	case SIGPOLL:
		fill_poll(to, info);
		break;
	default:
		fill_sender(to, info);
		break;
	}
}

static void fill_signalfd_info(struct signalfd_siginfo *to, const kernel_siginfo_t *info)
{
	memset(to, 0, sizeof(*to));
	to->ssi_signo = info->si_signo;
	to->ssi_errno = info->si_errno;
	to->ssi_code = info->si_code;
	if (info->si_code > SI_USER && info->si_code < SI_KERNEL) {
		fill_special(to, info);
	} else if (info->si_code == SI_TIMER) {
		to->ssi_tid = info->si_timerid;
		to->ssi_overrun = info->si_overrun;
		fill_value(to, info);
	} else if (info->si_code == SI_SIGIO) {
		fill_poll(to, info);
	} else {
		fill_sender(to, info);
		if (info->si_code < 0)
			fill_value(to, info);
	}
}

/* ---- the file ---- */

static int signalfd_release(struct inode *inode, struct file *file)
{
	kfree(file->private_data);
	return 0;
}

static __poll_t signalfd_poll(struct file *file, poll_table *wait)
{
	struct task_struct *t = current;
	unsigned long pending;
	sigset_t except;

	poll_wait(file, &t->sighand->signalfd_wqh, wait);
	spin_lock_irq(&t->sighand->siglock);
	except = others(file->private_data);
	pending = t->pending.signal.sig[0] | t->signal->shared_pending.signal.sig[0];
	spin_unlock_irq(&t->sighand->siglock);
	return pending & ~except.sig[0] ? EPOLLIN : 0;
}

/* The next signal of the set; waits for one unless told not to. Its number, or -EAGAIN or -ERESTARTSYS. */
static int signalfd_dequeue(const struct signalfd_ctx *ctx, kernel_siginfo_t *info, bool nonblock)
{
	struct sighand_struct *sighand = current->sighand;
	DECLARE_WAITQUEUE(wait, current);
	sigset_t except = others(ctx);
	int sig;

	spin_lock_irq(&sighand->siglock);
	sig = dequeue_signal(current, &except, info);
	if (sig || nonblock) {
		spin_unlock_irq(&sighand->siglock);
		return sig ? sig : -EAGAIN;
	}
	add_wait_queue(&sighand->signalfd_wqh, &wait);
	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		except = others(ctx);
		sig = dequeue_signal(current, &except, info);
		if (sig)
			break;
		if (signal_pending(current)) {
			sig = -ERESTARTSYS;
			break;
		}
		spin_unlock_irq(&sighand->siglock);
		schedule();
		spin_lock_irq(&sighand->siglock);
	}
	spin_unlock_irq(&sighand->siglock);
	remove_wait_queue(&sighand->signalfd_wqh, &wait);
	__set_current_state(TASK_RUNNING);
	return sig;
}

/* As many as there are and fit; only for the first is waited. */
static ssize_t signalfd_read(struct kiocb *iocb, struct iov_iter *to)
{
	struct file *file = iocb->ki_filp;
	bool nonblock = (file->f_flags & O_NONBLOCK) || (iocb->ki_flags & IOCB_NOWAIT);
	struct signalfd_siginfo out;
	kernel_siginfo_t info;
	ssize_t done = 0;
	int ret = 0;

	if (iov_iter_count(to) < sizeof(out))
		return -EINVAL;
	while (iov_iter_count(to) >= sizeof(out)) {
		ret = signalfd_dequeue(file->private_data, &info, nonblock);
		if (ret < 0)
			break;
		fill_signalfd_info(&out, &info);
		if (copy_to_iter(&out, sizeof(out), to) != sizeof(out)) {
			ret = -EFAULT;
			break;
		}
		done += sizeof(out);
		nonblock = true;
	}
	return done ? done : ret;
}

static const struct file_operations signalfd_fops = {
	.release = signalfd_release,
	.poll = signalfd_poll,
	.read_iter = signalfd_read,
	.llseek = noop_llseek,
};

/* ---- system calls ---- */

static long new_signalfd(sigset_t wanted, int flags)
{
	struct signalfd_ctx *ctx = kmalloc(sizeof(*ctx), GFP_KERNEL);
	int fd;

	if (!ctx)
		return -ENOMEM;
	ctx->wanted = wanted;
	fd = anon_inode_getfd("[signalfd]", &signalfd_fops, ctx, O_RDWR | (flags & (O_CLOEXEC | O_NONBLOCK)));
	if (fd < 0)
		kfree(ctx);
	return fd;
}

static long change_signalfd(int ufd, sigset_t wanted)
{
	struct fd f = fdget(ufd);
	struct signalfd_ctx *ctx;
	long ret = -EINVAL;

	if (!f.file)
		return -EBADF;
	if (f.file->f_op == &signalfd_fops) {
		ctx = f.file->private_data;
		WRITE_ONCE(ctx->wanted.sig[0], wanted.sig[0]);
		/* who waits here looks again */
		wake_up_all(&current->sighand->signalfd_wqh);
		ret = ufd;
	}
	fdput(f);
	return ret;
}

long sys_signalfd4(int ufd, const sigset_t __user *umask, size_t sizemask, int flags)
{
	sigset_t wanted;

	if (sizemask != sizeof(wanted))
		return -EINVAL;
	if (copy_from_user(&wanted, umask, sizeof(wanted)))
		return -EFAULT;
	if (flags & ~(O_CLOEXEC | O_NONBLOCK))
		return -EINVAL;
	wanted.sig[0] &= ~(sigmask(SIGKILL) | sigmask(SIGSTOP));
	return ufd == -1 ? new_signalfd(wanted, flags) : change_signalfd(ufd, wanted);
}

long sys_signalfd(int ufd, const sigset_t __user *umask, size_t sizemask)
{
	return sys_signalfd4(ufd, umask, sizemask, 0);
}
