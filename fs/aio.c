// SPDX-License-Identifier: MIT
/*
 * Native asynchronous I/O: submission. See aio_internal.h for the whole.
 *
 * A read or write is started in the submitting task, with a kiocb whose ki_complete puts the event into the ring. Direct I/O returns
 * -EIOCBQUEUED once its bios are under way, with the program's pages pinned, and completes from a work item. Everything else is done when the call
 * returns, as on Linux, and completes at once. An fsync is a work item.
 *
 * A write to a regular file holds the superblock's write level until it has completed, in whatever task that happens: so the held-lock
 * stack is told that the submitter has let go of it and the completer has it.
 */
#include "fs/aio_internal.h"

#include "drivers/block/blkdev.h"
#include "fs/eventfd.h"
#include "fs/fdtable.h"
#include "fs/rw_internal.h"
#include "kernel/lib/kernel.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/cred.h"
#include "kernel/task/sched.h"
#include "kernel/task/signal.h"
#include "kernel/x86/uaccess.h"
#include "mm/iov_iter.h"
#include "mm/slab.h"

#define AIO_PLUG_THRESHOLD 2

/* ---- reads and writes ---- */

static void aio_complete_rw(struct kiocb *iocb, long res, long res2)
{
	struct aio_kiocb *req = container_of(iocb, struct aio_kiocb, rw);

	if ((iocb->ki_flags & IOCB_WRITE) && S_ISREG(file_inode(req->file)->i_mode)) {
		sb_write_taken_over(file_inode(req->file)->i_sb);
		sb_end_write(file_inode(req->file)->i_sb);
	}
	aio_complete(req, res);
}

/* What ->read_iter or ->write_iter returned: unless it completes later, now. */
static void aio_rw_done(struct kiocb *iocb, ssize_t ret)
{
	switch (ret) {
	case -EIOCBQUEUED:
		return;
	case -ERESTARTSYS:
	case -ERESTARTNOINTR:
	case -ERESTARTNOHAND:
	case -ERESTART_RESTARTBLOCK:
		/* Nobody can restart what has been submitted. */
		ret = -EINTR;
	}
	iocb->ki_complete(iocb, ret, 0);
}

static int aio_prep_rw(struct kiocb *iocb, struct file *file, const struct iocb *user)
{
	init_sync_kiocb(iocb, file);
	iocb->ki_complete = aio_complete_rw;
	iocb->ki_pos = user->aio_offset;
	if (user->aio_flags & IOCB_FLAG_IOPRIO) {
		/* classes none, real time (for the mighty), best effort, idle; eight levels each */
		unsigned int prio = (u16)user->aio_reqprio, class = prio >> 13;

		if (class > 3 || (class < 3 && class && (prio & 0x1fff) > 7) || (!class && (prio & 0x1fff)))
			return -EINVAL;
		if (class == 1 && !capable(CAP_SYS_ADMIN) && !capable(CAP_SYS_NICE))
			return -EPERM;
		iocb->ki_ioprio = prio;
	}
	return kiocb_set_rw_flags(iocb, user->aio_rw_flags);
}

static ssize_t aio_setup_iter(int rw, const struct iocb *user, bool vectored, struct iovec **iov, struct iov_iter *iter)
{
	void __user *buf = (void __user *)user->aio_buf;
	int err;

	if (vectored)
		return import_iovec(rw, buf, user->aio_nbytes, UIO_FASTIOV, iov, iter);
	err = import_single_range(rw, buf, user->aio_nbytes, *iov, iter);
	*iov = NULL;
	return err;
}

/* The request is started: it completes now or later, so nothing of it may be touched behind ->read_iter. */
static int aio_rw(struct aio_kiocb *req, const struct iocb *user, int rw, bool vectored)
{
	struct iovec fast[UIO_FASTIOV], *iov = fast;
	struct file *file = req->file;
	struct kiocb *iocb = &req->rw;
	struct iov_iter iter;
	ssize_t ret = aio_prep_rw(iocb, file, user);

	if (ret)
		return ret;
	if (!(file->f_mode & (rw == READ ? FMODE_READ : FMODE_WRITE)))
		return -EBADF;
	if (rw == READ ? !file->f_op->read_iter || S_ISDIR(file_inode(file)->i_mode) : !file->f_op->write_iter)
		return -EINVAL;
	ret = aio_setup_iter(rw, user, vectored, &iov, &iter);
	if (ret < 0)
		return ret;
	ret = rw_verify_area(rw, file, &iocb->ki_pos, iov_iter_count(&iter));
	if (ret < 0) {
		kfree(iov);
		return ret;
	}
	/* The completion may put the request's reference, perhaps the last, while ->write_iter still unlocks the inode. */
	get_file(file);
	if (rw == READ) {
		aio_rw_done(iocb, fop_read_iter(file->f_op, iocb, &iter));
	} else {
		if (S_ISREG(file_inode(file)->i_mode)) {
			sb_start_write(file_inode(file)->i_sb);
			sb_write_handed_over(file_inode(file)->i_sb);
		}
		iocb->ki_flags |= IOCB_WRITE;
		aio_rw_done(iocb, fop_write_iter(file->f_op, iocb, &iter));
	}
	fput(file);
	kfree(iov);
	return 0;
}

/* ---- fsync ---- */

static void aio_fsync_work(struct work_struct *work)
{
	struct aio_kiocb *req = container_of(work, struct aio_kiocb, fsync);

	aio_complete(req, vfs_fsync(req->file, req->datasync));
}

static int aio_fsync(struct aio_kiocb *req, const struct iocb *user, bool datasync)
{
	if (user->aio_buf || user->aio_offset || user->aio_nbytes || user->aio_rw_flags)
		return -EINVAL;
	if (!req->file->f_op->fsync)
		return -EINVAL;
	req->datasync = datasync;
	INIT_WORK(&req->fsync, aio_fsync_work);
	queue_work(system_unbound_wq, &req->fsync);
	return 0;
}

/* ---- submission ---- */

/* 0: the request is on its way, and gone for us. */
static int aio_start(struct aio_kiocb *req, const struct iocb *user)
{
	switch (user->aio_lio_opcode) {
	case IOCB_CMD_PREAD:
		return aio_rw(req, user, READ, false);
	case IOCB_CMD_PWRITE:
		return aio_rw(req, user, WRITE, false);
	case IOCB_CMD_PREADV:
		return aio_rw(req, user, READ, true);
	case IOCB_CMD_PWRITEV:
		return aio_rw(req, user, WRITE, true);
	case IOCB_CMD_FSYNC:
		return aio_fsync(req, user, false);
	case IOCB_CMD_FDSYNC:
		return aio_fsync(req, user, true);
	case IOCB_CMD_POLL:
		return aio_poll_submit(req, user);
	}
	return -EINVAL;
}

static int aio_submit_one(struct kioctx *ctx, struct iocb __user *uiocb)
{
	struct aio_kiocb *req;
	struct iocb iocb;
	int err;

	if (copy_from_user(&iocb, uiocb, sizeof(iocb)))
		return -EFAULT;
	if (iocb.aio_reserved2 || (ssize_t)iocb.aio_nbytes < 0)
		return -EINVAL;
	req = aio_get_req(ctx);
	if (IS_ERR(req))
		return PTR_ERR(req);
	req->event.obj = (unsigned long)uiocb;
	req->event.data = iocb.aio_data;
	req->file = fget(iocb.aio_fildes);
	err = req->file ? 0 : -EBADF;
	if (!err && (iocb.aio_flags & IOCB_FLAG_RESFD)) {
		req->eventfd = eventfd_ctx_fdget((int)iocb.aio_resfd);
		if (IS_ERR(req->eventfd)) {
			err = PTR_ERR(req->eventfd);
			req->eventfd = NULL;
		}
	}
	/* What io_cancel() knows it by. */
	if (!err && put_user((u32)KIOCB_KEY, &uiocb->aio_key))
		err = -EFAULT;
	if (!err)
		err = aio_start(req, &iocb);
	if (err)
		aio_abort(req);
	return err;
}

long sys_io_submit(unsigned long id, long nr, struct iocb __user *__user *iocbpp)
{
	struct blk_plug plug;
	struct kioctx *ctx;
	int err = 0;
	long i;

	if (nr < 0)
		return -EINVAL;
	ctx = aio_lookup(id);
	if (!ctx)
		return -EINVAL;
	/* More than fit need not be looked at. */
	if (nr > (long)ctx->nr_events)
		nr = ctx->nr_events;
	if (nr > AIO_PLUG_THRESHOLD)
		blk_start_plug(&plug);
	for (i = 0; i < nr; i++) {
		struct iocb __user *uiocb;

		err = get_user(uiocb, iocbpp + i) ? -EFAULT : aio_submit_one(ctx, uiocb);
		if (err)
			break;
	}
	if (nr > AIO_PLUG_THRESHOLD)
		blk_finish_plug(&plug);
	aio_put_ctx(ctx);
	return i ? i : err;
}

/* Only polls can be cancelled. The event comes through the ring, as of any other request: so there is none to hand over here. */
long sys_io_cancel(unsigned long id, struct iocb __user *uiocb, struct io_event __user *result)
{
	struct aio_kiocb *req;
	struct kioctx *ctx;
	u32 key;

	if (get_user(key, &uiocb->aio_key))
		return -EFAULT;
	if (key != KIOCB_KEY)
		return -EINVAL;
	ctx = aio_lookup(id);
	if (!ctx)
		return -EINVAL;
	spin_lock_irq(&ctx->lock);
	req = aio_find_active(ctx, (unsigned long)uiocb);
	if (req)
		aio_poll_cancel(req);
	spin_unlock_irq(&ctx->lock);
	aio_put_ctx(ctx);
	return req ? -EINPROGRESS : -EINVAL;
}
