// SPDX-License-Identifier: MIT
/*
 * userfaultfd: page faults that the program serves itself, told to it through a descriptor.
 *
 * A fault in an area of the context (mm/userfaultfd.c) puts a record from its own stack into the list of what has not
 * been read, lets go of mmap_sem and sleeps. A read moves the record to the list of what has; UFFDIO_COPY, ZEROPAGE
 * and WAKE take those of their range out of both and wake them. The access is then tried again, whatever came of it,
 * so a wake-up too many does no harm.
 *
 * None is missed: the record is in the list before the fault looks once more whether the page is there, and a page is
 * there before its range is woken; ctx->lock orders the two. Nor are the sleepers forgotten: the release takes the
 * context out of all areas under mmap_sem exclusive, which a fault holds shared from finding the context to being in
 * the list, and wakes everybody after that.
 *
 * ctx->lock guards the lists and what is in them, and that a record is on a live stack: its task leaves only after it
 * has taken the lock and the record off. The context is held by the file and by each sleeping fault. It holds the
 * mm_struct, not its memory: every operation first asks whether that is still in use.
 *
 * Who must not sleep, or may not let go of mmap_sem (pages pinned for direct I/O, mlock, another process that looks
 * in), gets an error.
 */
#include "fs/anon_inodes.h"
#include "fs/fs.h"
#include "fs/poll.h"
#include "fs/proc/sysctl.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/init.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/refcount.h"
#include "kernel/lib/string.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/sched.h"
#include "kernel/task/signal.h"
#include "kernel/x86/uaccess.h"
#include "mm/iov_iter.h"
#include "mm/pgtable.h"
#include "mm/slab.h"
#include "mm/userfaultfd.h"

/* ---- the interface ---- */

#define UFFD_USER_MODE_ONLY 1

#define UFFD_API	      0xAAULL
#define UFFD_EVENT_PAGEFAULT  0x12
#define UFFD_PAGEFAULT_FLAG_WRITE 0x01

#define UFFD_FEATURE_SIGBUS    (1 << 7)	/* no messages: SIGBUS */
#define UFFD_FEATURE_THREAD_ID (1 << 8)
#define UFFD_FEATURES	       (UFFD_FEATURE_SIGBUS | UFFD_FEATURE_THREAD_ID)

#define UFFDIO_API	  0xc018aa3fU
#define UFFDIO_REGISTER	  0xc020aa00U
#define UFFDIO_UNREGISTER 0x8010aa01U
#define UFFDIO_WAKE	  0x8010aa02U
#define UFFDIO_COPY	  0xc028aa03U
#define UFFDIO_ZEROPAGE	  0xc020aa04U

#define API_IOCTLS   (1ULL << 0x3f | 1ULL << 0x01 | 1ULL << 0x00)
#define RANGE_IOCTLS (1ULL << 0x02 | 1ULL << 0x03 | 1ULL << 0x04)

#define UFFDIO_REGISTER_MODE_MISSING 0x01
#define UFFDIO_MODE_DONTWAKE	     0x01 /* of COPY and ZEROPAGE */

struct uffd_msg {
	u8 event, reserved1;
	u16 reserved2;
	u32 reserved3;
	u64 flags, address;
	u32 ptid, pad;
};

struct uffdio_api {
	u64 api, features, ioctls;
};

struct uffdio_range {
	u64 start, len;
};

struct uffdio_register {
	struct uffdio_range range;
	u64 mode;
	u64 ioctls; /* out */
};

struct uffdio_copy {
	u64 dst, src, len, mode;
	s64 copy; /* out */
};

struct uffdio_zeropage {
	struct uffdio_range range;
	u64 mode;
	s64 zeropage; /* out */
};

/* ---- the context ---- */

#define API_DONE (1U << 31) /* beside the features */

struct userfaultfd_ctx {
	refcount_t refs;
	spinlock_t lock;
	struct list_head unread, told; /* of struct waiting_fault */
	wait_queue_head_t readers;
	struct mm_struct *mm;	/* mmgrab(); whose faults */
	unsigned int flags;	/* constant */
	unsigned int features;	/* 0, then once the program's choice with API_DONE: before any area is registered */
};

/* A fault that waits, on the stack of its task. */
struct waiting_fault {
	struct list_head node;
	struct task_struct *task;
	struct uffd_msg msg;
	bool woken;
};

static int unprivileged_userfaultfd; /* 0: faults in the kernel are for who may trace anybody */

static void put_ctx(struct userfaultfd_ctx *ctx)
{
	if (refcount_dec_and_test(&ctx->refs)) {
		mmdrop(ctx->mm);
		kfree(ctx);
	}
}

/* ---- faults ---- */

static void wake_list(struct list_head *list, u64 start, u64 end)
{
	struct waiting_fault *fault, *next;

	list_for_each_entry_safe (fault, next, list, node) {
		if (fault->msg.address < start || fault->msg.address >= end)
			continue;
		list_del_init(&fault->node);
		WRITE_ONCE(fault->woken, true);
		wake_up_process(fault->task);
	}
}

static void wake_range(struct userfaultfd_ctx *ctx, u64 start, u64 end)
{
	spin_lock(&ctx->lock);
	wake_list(&ctx->unread, start, end);
	wake_list(&ctx->told, start, end);
	spin_unlock(&ctx->lock);
}

/* mmap_sem held: the tables stay. */
static bool still_missing(struct mm_struct *mm, unsigned long address)
{
	pmd_t *pmd = mm_find_pmd(mm, address);

	return !pmd || pte_none(pte_read(pte_offset(pmd, address)));
}

static void wait_for_service(struct userfaultfd_ctx *ctx, struct waiting_fault *fault, unsigned int state)
{
	wake_up_poll(&ctx->readers, EPOLLIN);
	for (;;) {
		set_current_state(state);
		if (READ_ONCE(fault->woken) || signal_pending_state(state, current))
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
}

/* Nobody to wait, nobody to ask, or not allowed to. */
static bool refuses(struct userfaultfd_ctx *ctx, unsigned int flags)
{
	if (!(flags & (FAULT_FLAG_ALLOW_RETRY | FAULT_FLAG_TRIED)) || (current->flags & PF_EXITING))
		return true;
	if (!(flags & FAULT_FLAG_USER) && (ctx->flags & UFFD_USER_MODE_ONLY))
		return true;
	return ctx->features & UFFD_FEATURE_SIGBUS;
}

vm_fault_t handle_userfault(struct vm_fault *vmf)
{
	struct userfaultfd_ctx *ctx = vmf->vma->userfaultfd;
	struct mm_struct *mm = vmf->vma->vm_mm;
	struct waiting_fault fault = {
		.task = current,
		.msg = { .event = UFFD_EVENT_PAGEFAULT, .address = vmf->address },
	};
	bool missing;

	if (refuses(ctx, vmf->flags))
		return VM_FAULT_SIGBUS;
	if (vmf->flags & FAULT_FLAG_WRITE)
		fault.msg.flags = UFFD_PAGEFAULT_FLAG_WRITE;
	if (ctx->features & UFFD_FEATURE_THREAD_ID)
		fault.msg.ptid = (u32)current->pid;
	refcount_inc(&ctx->refs);
	spin_lock(&ctx->lock);
	list_add_tail(&fault.node, &ctx->unread);
	spin_unlock(&ctx->lock);
	missing = still_missing(mm, vmf->address);
	up_read(&mm->mmap_sem);
	if (missing)
		wait_for_service(ctx, &fault, vmf->flags & FAULT_FLAG_USER ? TASK_INTERRUPTIBLE : TASK_KILLABLE);
	spin_lock(&ctx->lock);
	list_del(&fault.node);
	spin_unlock(&ctx->lock);
	put_ctx(ctx);
	return VM_FAULT_RETRY | VM_FAULT_USERFAULT;
}

/* ---- reading ---- */

static bool next_message(struct userfaultfd_ctx *ctx, struct uffd_msg *msg)
{
	struct waiting_fault *fault;

	spin_lock(&ctx->lock);
	fault = list_first_entry_or_null(&ctx->unread, struct waiting_fault, node);
	if (fault) {
		list_move_tail(&fault->node, &ctx->told);
		*msg = fault->msg;
	}
	spin_unlock(&ctx->lock);
	return fault;
}

/* Waits for a first message, and takes what else is there. */
static ssize_t userfaultfd_read(struct kiocb *iocb, struct iov_iter *to)
{
	struct userfaultfd_ctx *ctx = iocb->ki_filp->private_data;
	bool nonblock = (iocb->ki_filp->f_flags & O_NONBLOCK) || (iocb->ki_flags & IOCB_NOWAIT);
	struct uffd_msg msg;
	ssize_t done = 0;

	if (!READ_ONCE(ctx->features))
		return -EINVAL;
	if (iov_iter_count(to) < sizeof(msg))
		return -EINVAL;
	while (iov_iter_count(to) >= sizeof(msg)) {
		if (!next_message(ctx, &msg)) {
			if (done)
				break;
			if (nonblock)
				return -EAGAIN;
			if (wait_event_interruptible(ctx->readers, !list_empty_careful(&ctx->unread)))
				return -ERESTARTSYS;
			continue;
		}
		if (copy_to_iter(&msg, sizeof(msg), to) != sizeof(msg))
			return done ? done : -EFAULT;
		done += sizeof(msg);
	}
	return done;
}

static __poll_t userfaultfd_poll(struct file *file, poll_table *wait)
{
	struct userfaultfd_ctx *ctx = file->private_data;

	poll_wait(file, &ctx->readers, wait);
	/* somebody else may read first, or the fault be gone: whoever polls has to be ready for EAGAIN */
	if (!READ_ONCE(ctx->features) || !(file->f_flags & O_NONBLOCK))
		return EPOLLERR;
	return list_empty_careful(&ctx->unread) ? 0 : EPOLLIN;
}

/* ---- ioctl ---- */

static int check_range(u64 start, u64 len)
{
	if ((start | len) & ~PAGE_MASK || !len || start >= TASK_SIZE || len > TASK_SIZE - start)
		return -EINVAL;
	return 0;
}

static long choose_api(struct userfaultfd_ctx *ctx, struct uffdio_api __user *arg)
{
	struct uffdio_api api;
	unsigned int features;

	if (copy_from_user(&api, arg, sizeof(api)))
		return -EFAULT;
	if (api.api == UFFD_API && !(api.features & ~(u64)UFFD_FEATURES)) {
		features = (unsigned int)api.features | API_DONE;
		api.features = UFFD_FEATURES;
		api.ioctls = API_IOCTLS;
		if (copy_to_user(arg, &api, sizeof(api)))
			return -EFAULT;
		if (!cmpxchg(&ctx->features, 0, features))
			return 0;
	}
	memset(&api, 0, sizeof(api));
	return copy_to_user(arg, &api, sizeof(api)) ? -EFAULT : -EINVAL;
}

static long register_range(struct userfaultfd_ctx *ctx, struct uffdio_register __user *arg)
{
	struct uffdio_register reg;
	int err;

	if (copy_from_user(&reg, arg, offsetof(struct uffdio_register, ioctls)))
		return -EFAULT;
	if (reg.mode != UFFDIO_REGISTER_MODE_MISSING || check_range(reg.range.start, reg.range.len))
		return -EINVAL;
	if (!mmget_not_zero(ctx->mm))
		return -ENOMEM;
	err = userfaultfd_register(ctx->mm, ctx, reg.range.start, reg.range.start + reg.range.len);
	mmput(ctx->mm);
	if (!err && put_user(RANGE_IOCTLS, &arg->ioctls))
		return -EFAULT;
	return err;
}

static long unregister_range(struct userfaultfd_ctx *ctx, struct uffdio_range __user *arg)
{
	struct uffdio_range range;
	int err;

	if (copy_from_user(&range, arg, sizeof(range)))
		return -EFAULT;
	if (check_range(range.start, range.len))
		return -EINVAL;
	if (!mmget_not_zero(ctx->mm))
		return -ENOMEM;
	err = userfaultfd_unregister(ctx->mm, ctx, range.start, range.start + range.len);
	mmput(ctx->mm);
	if (!err)
		wake_range(ctx, range.start, range.start + range.len);
	return err;
}

static long wake(struct userfaultfd_ctx *ctx, struct uffdio_range __user *arg)
{
	struct uffdio_range range;

	if (copy_from_user(&range, arg, sizeof(range)))
		return -EFAULT;
	if (check_range(range.start, range.len))
		return -EINVAL;
	wake_range(ctx, range.start, range.start + range.len);
	return 0;
}

/* A page with what is at src, which may fault, and so comes before mmap_sem. */
static int fill_with_copy(struct mm_struct *mm, u64 dst, u64 end, u64 src)
{
	struct page *page = alloc_page(GFP_HIGHUSER_MOVABLE);
	int err;

	if (!page)
		return -ENOMEM;
	if (copy_from_user(page_address(page), (void __user *)src, PAGE_SIZE)) {
		put_page(page);
		return -EFAULT;
	}
	__SetPageUptodate(page);
	err = userfaultfd_fill(mm, dst, end, page);
	if (err)
		put_page(page);
	return err;
}

/* Fills [dst, dst + len) with copies or (src NULL) zeroes, up to where that fails. Bytes, or -errno if that is none. */
static s64 fill(struct userfaultfd_ctx *ctx, u64 dst, u64 len, const u64 *src)
{
	struct mm_struct *mm = ctx->mm;
	u64 done = 0;
	int err = 0;

	if (!mmget_not_zero(mm))
		return -ESRCH;
	while (done < len && !err) {
		if (src)
			err = fill_with_copy(mm, dst + done, dst + len, *src + done);
		else
			err = userfaultfd_fill(mm, dst + done, dst + len, NULL);
		if (!err)
			done += PAGE_SIZE;
		if (!err && fatal_signal_pending(current))
			break;
		cond_resched();
	}
	mmput(mm);
	return done ? (s64)done : err;
}

/* What COPY and ZEROPAGE do with what was filled. */
static long filled(struct userfaultfd_ctx *ctx, u64 dst, u64 len, u64 mode, s64 done, s64 __user *answer)
{
	if (put_user(done, answer))
		return -EFAULT;
	if (done < 0)
		return done;
	if (!(mode & UFFDIO_MODE_DONTWAKE))
		wake_range(ctx, dst, dst + (u64)done);
	return (u64)done == len ? 0 : -EAGAIN;
}

static long copy(struct userfaultfd_ctx *ctx, struct uffdio_copy __user *arg)
{
	struct uffdio_copy c;

	if (copy_from_user(&c, arg, offsetof(struct uffdio_copy, copy)))
		return -EFAULT;
	if (check_range(c.dst, c.len) || c.src + c.len <= c.src || (c.mode & ~(u64)UFFDIO_MODE_DONTWAKE))
		return -EINVAL;
	return filled(ctx, c.dst, c.len, c.mode, fill(ctx, c.dst, c.len, &c.src), &arg->copy);
}

static long zeropage(struct userfaultfd_ctx *ctx, struct uffdio_zeropage __user *arg)
{
	struct uffdio_zeropage z;

	if (copy_from_user(&z, arg, offsetof(struct uffdio_zeropage, zeropage)))
		return -EFAULT;
	if (check_range(z.range.start, z.range.len) || (z.mode & ~(u64)UFFDIO_MODE_DONTWAKE))
		return -EINVAL;
	return filled(ctx, z.range.start, z.range.len, z.mode, fill(ctx, z.range.start, z.range.len, NULL), &arg->zeropage);
}

static long userfaultfd_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct userfaultfd_ctx *ctx = file->private_data;

	if (cmd == UFFDIO_API)
		return choose_api(ctx, (void __user *)arg);
	if (!READ_ONCE(ctx->features))
		return -EINVAL;
	switch (cmd) {
	case UFFDIO_REGISTER:
		return register_range(ctx, (void __user *)arg);
	case UFFDIO_UNREGISTER:
		return unregister_range(ctx, (void __user *)arg);
	case UFFDIO_WAKE:
		return wake(ctx, (void __user *)arg);
	case UFFDIO_COPY:
		return copy(ctx, (void __user *)arg);
	case UFFDIO_ZEROPAGE:
		return zeropage(ctx, (void __user *)arg);
	}
	return -EINVAL;
}

/* ---- the file ---- */

static int userfaultfd_release(struct inode *inode, struct file *file)
{
	struct userfaultfd_ctx *ctx = file->private_data;

	/* without users of its memory there are neither areas to be freed of us nor faults */
	if (mmget_not_zero(ctx->mm)) {
		userfaultfd_unregister_all(ctx->mm, ctx);
		mmput(ctx->mm);
	}
	wake_range(ctx, 0, ~0ULL);
	wake_up_poll(&ctx->readers, EPOLLHUP);
	put_ctx(ctx);
	return 0;
}

static const struct file_operations userfaultfd_fops = {
	.release = userfaultfd_release,
	.poll = userfaultfd_poll,
	.read_iter = userfaultfd_read,
	.unlocked_ioctl = userfaultfd_ioctl,
	.llseek = noop_llseek,
};

long sys_userfaultfd(int flags)
{
	struct userfaultfd_ctx *ctx;
	int fd;

	if (!(flags & UFFD_USER_MODE_ONLY) && !READ_ONCE(unprivileged_userfaultfd) && !capable(CAP_SYS_PTRACE))
		return -EPERM;
	if (flags & ~(UFFD_USER_MODE_ONLY | O_CLOEXEC | O_NONBLOCK))
		return -EINVAL;
	ctx = kzalloc(sizeof(*ctx), GFP_KERNEL);
	if (!ctx)
		return -ENOMEM;
	refcount_set(&ctx->refs, 1);
	spin_lock_init(&ctx->lock);
	INIT_LIST_HEAD(&ctx->unread);
	INIT_LIST_HEAD(&ctx->told);
	init_waitqueue_head(&ctx->readers);
	ctx->mm = current->mm;
	mmgrab(ctx->mm);
	ctx->flags = (unsigned int)flags;
	fd = anon_inode_getfd("[userfaultfd]", &userfaultfd_fops, ctx, O_RDWR | (flags & (O_CLOEXEC | O_NONBLOCK)));
	if (fd < 0)
		put_ctx(ctx);
	return fd;
}

static int userfaultfd_init(void)
{
	static const struct sysctl table[] = {
		{ "vm", "unprivileged_userfaultfd", SYSCTL_INT, &unprivileged_userfaultfd, true, 0, 1, NULL, NULL },
	};

	return sysctl_register(table, ARRAY_SIZE(table));
}
late_initcall(userfaultfd_init);
