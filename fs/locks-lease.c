// SPDX-License-Identifier: MIT
/*
 * Leases: a promise that the holder is told, by a signal, before somebody opens the file in a way
 * that conflicts, and has lease_break_time to let go.
 *
 * A lease is on ctx->flc_lease, under flc_lock. Breaking marks it (the type it is to go down to) and
 * waits on its queue; the holder lowers or drops it with F_SETLEASE.
 */
#include "fs/fs.h"
#include "fs/dcache.h"
#include "fs/fasync.h"
#include "fs/locks_internal.h"
#include "kernel/lib/bug.h"
#include "kernel/lock/rcu.h"
#include "kernel/task/cred.h"
#include "kernel/task/sched.h"
#include "kernel/task/signal.h"
#include "kernel/x86/time.h"

int lease_break_time = 45;
int leases_enable = 1;

/* set in fl_flags while the holder is asked to lower (read lease may stay) or drop it */
#define FL_DOWNGRADE_PENDING	256
#define FL_UNLOCK_PENDING	512

static int target_leasetype(const struct file_lock *fl)
{
	if (fl->fl_flags & FL_UNLOCK_PENDING)
		return F_UNLCK;
	if (fl->fl_flags & FL_DOWNGRADE_PENDING)
		return F_RDLCK;
	return fl->fl_type;
}

bool lease_is_breaking(const struct file_lock *fl)
{
	return fl->fl_flags & (FL_UNLOCK_PENDING | FL_DOWNGRADE_PENDING);
}

/* Tells the holder. flc_lock held. False: the lease stays until it answers or time is up. */
static bool lease_break_callback(struct file_lock *fl)
{
	send_sigio(&fl->fl_file->f_owner, fl->fl_fd, POLL_MSG);
	return false;
}

/* Changes a lease's type; to F_UNLCK drops it (the caller frees what is in dispose). flc_lock held. */
static int lease_modify(struct file_lock *fl, int arg, struct list_head *dispose)
{
	if (arg != F_RDLCK && arg != F_WRLCK && arg != F_UNLCK)
		return -EAGAIN;
	fl->fl_type = arg;
	if (arg == F_UNLCK)
		fl->fl_flags &= ~FL_UNLOCK_PENDING;
	fl->fl_flags &= ~FL_DOWNGRADE_PENDING;
	locks_wake_up_blocks(fl);
	if (arg == F_UNLCK)
		locks_delete_lock_ctx(fl, dispose);
	return 0;
}

static int lease_change(struct file_lock **before, int arg)
{
	LIST_HEAD(dispose);
	int error = lease_modify(*before, arg, &dispose);

	/* A lease's private part may not sleep, so it can be freed here. */
	locks_dispose_list(&dispose);
	return error;
}

static const struct lock_manager_operations lease_manager_ops = {
	.lm_break = lease_break_callback,
	.lm_change = lease_change,
};

/* Leases whose time is up are taken away. flc_lock held. */
static void time_out_leases(struct file_lock_context *ctx)
{
	struct file_lock *fl, *tmp;

	list_for_each_entry_safe(fl, tmp, &ctx->flc_lease, fl_list) {
		bool was_unlock = fl->fl_flags & FL_UNLOCK_PENDING;

		if (!(fl->fl_flags & (FL_UNLOCK_PENDING | FL_DOWNGRADE_PENDING)))
			continue;
		if (time_before(jiffies, fl->fl_break_time))
			continue;
		lmop_change(fl->fl_lmops, &fl, was_unlock ? F_UNLCK : F_RDLCK);
	}
}

static bool leases_conflict(struct file_lock *lease, struct file_lock *breaker)
{
	return breaker->fl_type == F_WRLCK || lease->fl_type == F_WRLCK;
}

static struct file_lock *conflicting_lease(struct file_lock_context *ctx, struct file_lock *breaker)
{
	struct file_lock *fl;

	list_for_each_entry(fl, &ctx->flc_lease, fl_list)
		if (leases_conflict(fl, breaker))
			return fl;
	return NULL;
}

/* Marks all conflicting leases as to be broken and tells their holders. flc_lock held. */
static void start_breaking(struct file_lock_context *ctx, struct file_lock *breaker, bool want_write)
{
	unsigned long deadline = jiffies + (unsigned long)READ_ONCE(lease_break_time) * MSEC_PER_SEC;
	struct file_lock *fl, *tmp;

	list_for_each_entry_safe(fl, tmp, &ctx->flc_lease, fl_list) {
		unsigned int pending = want_write ? FL_UNLOCK_PENDING : FL_DOWNGRADE_PENDING;

		if (!leases_conflict(fl, breaker))
			continue;
		if (fl->fl_flags & (pending | FL_UNLOCK_PENDING))
			continue;
		fl->fl_flags |= pending;
		fl->fl_break_time = deadline;
		if (lmop_break(fl->fl_lmops, fl))
			lmop_change(fl->fl_lmops, &fl, F_UNLCK);
	}
}

/* An open with these flags is coming. 0, -EWOULDBLOCK (O_NONBLOCK), or -ERESTARTSYS. May sleep. */
int __break_lease(struct inode *inode, unsigned int mode, unsigned int type)
{
	bool want_write = (mode & O_ACCMODE) != O_RDONLY;
	struct file_lock_context *ctx = smp_load_acquire(&inode->i_flctx);
	struct file_lock *breaker, *fl;
	int error = 0;

	if (!ctx)
		return 0;
	breaker = locks_alloc_lock();
	if (!breaker)
		return -ENOMEM;
	breaker->fl_flags = FL_LEASE;
	breaker->fl_type = want_write ? F_WRLCK : F_RDLCK;
	spin_lock(&ctx->flc_lock);
	time_out_leases(ctx);
	if (!conflicting_lease(ctx, breaker))
		goto out;
	start_breaking(ctx, breaker, want_write);
	while ((fl = conflicting_lease(ctx, breaker))) {
		long left = fl->fl_break_time - jiffies;

		if (mode & O_NONBLOCK) {
			error = -EWOULDBLOCK;
			break;
		}
		spin_lock(&blocked_lock_lock);
		__locks_insert_block(fl, breaker, leases_conflict);
		spin_unlock(&blocked_lock_lock);
		spin_unlock(&ctx->flc_lock);
		error = wait_event_interruptible_timeout(breaker->fl_wait,
							 !READ_ONCE(breaker->fl_blocker),
							 left > 0 ? left : 1);
		locks_delete_block(breaker);
		spin_lock(&ctx->flc_lock);
		if (error < 0)
			break;
		error = 0;
		time_out_leases(ctx);
	}
out:
	spin_unlock(&ctx->flc_lock);
	locks_free_lock(breaker);
	return error;
}

int break_lease(struct inode *inode, unsigned int mode)
{
	struct file_lock_context *ctx = smp_load_acquire(&inode->i_flctx);

	if (likely(!ctx) || list_empty(&ctx->flc_lease))
		return 0;
	return __break_lease(inode, mode, FL_LEASE);
}

int fcntl_getlease(struct file *filp)
{
	struct file_lock_context *ctx = smp_load_acquire(&file_inode(filp)->i_flctx);
	struct file_lock *fl;
	int type = F_UNLCK;

	if (!ctx)
		return type;
	spin_lock(&ctx->flc_lock);
	time_out_leases(ctx);
	list_for_each_entry(fl, &ctx->flc_lease, fl_list) {
		if (fl->fl_file == filp) {
			type = target_leasetype(fl);
			break;
		}
	}
	spin_unlock(&ctx->flc_lock);
	return type;
}

/* Is the file open in a way that a lease of this type would have prevented? A reader's lease: for writing, be it by the holder itself. */
static int lease_open_conflict(struct file *filp, long arg)
{
	struct inode *inode = file_inode(filp);
	int self = (filp->f_mode & FMODE_WRITER) ? 1 : 0;

	if (arg == F_RDLCK)
		return atomic_read(&inode->i_writecount) > 0 ? -EAGAIN : 0;
	if (arg != F_WRLCK)
		return 0;
	if (atomic_read(&inode->i_writecount) > self)
		return -EAGAIN;
	/* Somebody else has the file, or a name of it, in use. */
	if (d_count(filp->f_path.dentry) > 1 || atomic_read(&inode->i_count) > 1)
		return -EAGAIN;
	return 0;
}

static int generic_add_lease(struct file *filp, long arg, struct file_lock **flp)
{
	struct inode *inode = file_inode(filp);
	struct file_lock_context *ctx = locks_get_lock_context(inode, arg);
	struct file_lock *fl, *mine = NULL, *lease = *flp;
	int error;

	if (!ctx)
		return -ENOMEM;
	spin_lock(&ctx->flc_lock);
	time_out_leases(ctx);
	error = lease_open_conflict(filp, arg);
	if (error)
		goto out;
	error = -EAGAIN;
	list_for_each_entry(fl, &ctx->flc_lease, fl_list) {
		if (fl->fl_file == filp) {
			mine = fl;
			continue;
		}
		/* No exclusive lease beside others, no lease beside one being broken. */
		if (arg == F_WRLCK || fl->fl_type == F_WRLCK || (fl->fl_flags & FL_UNLOCK_PENDING))
			goto out;
	}
	if (mine) {
		error = lmop_change(mine->fl_lmops, &mine, arg);
		goto out;
	}
	list_add_tail(&lease->fl_list, &ctx->flc_lease);
	*flp = NULL;
	/* An open that missed the lease in the list must be seen in the counts, or the reverse. */
	smp_mb();
	error = lease_open_conflict(filp, arg);
	if (error) {
		list_del_init(&lease->fl_list);
		*flp = lease;
	}
out:
	spin_unlock(&ctx->flc_lock);
	return error;
}

static int generic_delete_lease(struct file *filp)
{
	struct file_lock_context *ctx = smp_load_acquire(&file_inode(filp)->i_flctx);
	struct file_lock *fl, *victim = NULL;
	int error = -EAGAIN;

	if (!ctx)
		return error;
	spin_lock(&ctx->flc_lock);
	list_for_each_entry(fl, &ctx->flc_lease, fl_list) {
		if (fl->fl_file == filp) {
			victim = fl;
			break;
		}
	}
	if (victim)
		error = lmop_change(victim->fl_lmops, &victim, F_UNLCK);
	spin_unlock(&ctx->flc_lock);
	return error;
}

/* Records a lease. *flp is the new one, set to NULL if it was used. */
int generic_setlease(struct file *filp, long arg, struct file_lock **flp, void **priv)
{
	contract_note(filp, NOTE_LEASE_RECORDED);
	if (current_fsuid() != file_inode(filp)->i_uid && !capable(CAP_LEASE))
		return -EACCES;
	if (!S_ISREG(file_inode(filp)->i_mode))
		return -EINVAL;
	if (arg == F_UNLCK)
		return generic_delete_lease(filp);
	if (arg != F_RDLCK && arg != F_WRLCK)
		return -EINVAL;
	return generic_add_lease(filp, arg, flp);
}

int fcntl_setlease(unsigned int fd, struct file *filp, long arg)
{
	struct file_lock *fl = NULL;
	int error;

	if (arg != F_RDLCK && arg != F_WRLCK && arg != F_UNLCK)
		return -EINVAL;
	if (!READ_ONCE(leases_enable))
		return -EINVAL;
	if (arg != F_UNLCK) {
		fl = locks_alloc_lock();
		if (!fl)
			return -ENOMEM;
		fl->fl_lmops = &lease_manager_ops;
		fl->fl_type = arg;
		fl->fl_owner = filp;
		fl->fl_pid = current->tgid;
		fl->fl_file = filp;
		fl->fl_fd = fd;
		fl->fl_flags = FL_LEASE;
		fl->fl_end = LLONG_MAX;
		write_lock_irq(&filp->f_owner.lock);
		if (!filp->f_owner.pid) {
			filp->f_owner.pid = current->tgid;
			filp->f_owner.pid_type = F_OWNER_PID;
			filp->f_owner.uid = current_uid();
			filp->f_owner.euid = current_euid();
		}
		write_unlock_irq(&filp->f_owner.lock);
	}
	if (filp->f_op->setlease)
		error = fop_setlease(filp->f_op, filp, arg, &fl, NULL);
	else
		error = generic_setlease(filp, arg, &fl, NULL);
	locks_free_lock(fl);
	return error;
}

void locks_remove_lease(struct file *filp, struct file_lock_context *ctx)
{
	struct file_lock *fl, *tmp;
	LIST_HEAD(dispose);

	if (list_empty(&ctx->flc_lease))
		return;
	spin_lock(&ctx->flc_lock);
	list_for_each_entry_safe(fl, tmp, &ctx->flc_lease, fl_list)
		if (fl->fl_file == filp)
			lease_modify(fl, F_UNLCK, &dispose);
	spin_unlock(&ctx->flc_lock);
	locks_dispose_list(&dispose);
}
