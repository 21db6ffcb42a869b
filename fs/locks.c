// SPDX-License-Identifier: MIT
/*
 * File locks: records, lists, who waits for whom; flock; and the end of a file.
 *
 * ctx->flc_lock guards an inode's lists of granted locks. blocked_lock_lock guards who waits for
 * whom: a request that must wait hangs on the fl_blocked_requests of the lock in its way, and is
 * woken when that lock goes. Order: flc_lock -> blocked_lock_lock. Locks are taken off the lists
 * first and freed after the spinlocks are dropped, because fl_release_private may sleep.
 */
#include "fs/fs.h"
#include "fs/dcache.h"
#include "fs/fdtable.h"
#include "fs/locks.h"
#include "fs/locks_internal.h"
#include "fs/inode_internal.h"
#include "kernel/lib/bug.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/sched.h"
#include "kernel/x86/cmpxchg.h"
#include "mm/slab.h"

DEFINE_SPINLOCK(blocked_lock_lock);

static struct kmem_cache *flctx_cache;
static struct kmem_cache *filelock_cache;

/* ---- contexts ---- */

/* The inode's lists; made if there are none and a lock is to be taken. NULL: none, or no memory. */
struct file_lock_context *locks_get_lock_context(struct inode *inode, int type)
{
	struct file_lock_context *ctx = smp_load_acquire(&inode->i_flctx);

	if (likely(ctx) || type == F_UNLCK)
		return ctx;
	ctx = kmem_cache_alloc(flctx_cache, GFP_KERNEL);
	if (!ctx)
		return NULL;
	spin_lock_init(&ctx->flc_lock);
	INIT_LIST_HEAD(&ctx->flc_flock);
	INIT_LIST_HEAD(&ctx->flc_posix);
	INIT_LIST_HEAD(&ctx->flc_lease);
	if (cmpxchg(&inode->i_flctx, NULL, ctx) != NULL) {
		kmem_cache_free(flctx_cache, ctx);
		ctx = smp_load_acquire(&inode->i_flctx);
	}
	return ctx;
}

void locks_free_lock_context(struct inode *inode)
{
	struct file_lock_context *ctx = inode->i_flctx;

	if (likely(!ctx))
		return;
	WARN_ON(!list_empty(&ctx->flc_flock) || !list_empty(&ctx->flc_posix) ||
		!list_empty(&ctx->flc_lease));
	kmem_cache_free(flctx_cache, ctx);
}

/* ---- one lock ---- */

void locks_init_lock(struct file_lock *fl)
{
	*fl = (struct file_lock){ };
	INIT_LIST_HEAD(&fl->fl_list);
	INIT_HLIST_NODE(&fl->fl_link);
	INIT_LIST_HEAD(&fl->fl_blocked_requests);
	INIT_LIST_HEAD(&fl->fl_blocked_member);
	init_waitqueue_head(&fl->fl_wait);
}

struct file_lock *locks_alloc_lock(void)
{
	struct file_lock *fl = kmem_cache_alloc(filelock_cache, GFP_KERNEL);

	if (fl)
		locks_init_lock(fl);
	return fl;
}

void locks_release_private(struct file_lock *fl)
{
	BUG_ON(!list_empty(&fl->fl_blocked_requests) || fl->fl_blocker);
	if (fl->fl_ops) {
		if (fl->fl_ops->fl_release_private)
			flop_release_private(fl->fl_ops, fl);
		fl->fl_ops = NULL;
	}
	fl->fl_lmops = NULL;
}

void locks_free_lock(struct file_lock *fl)
{
	if (!fl)
		return;
	BUG_ON(!list_empty(&fl->fl_list));
	locks_release_private(fl);
	kmem_cache_free(filelock_cache, fl);
}

void locks_dispose_list(struct list_head *dispose)
{
	while (!list_empty(dispose)) {
		struct file_lock *fl = list_first_entry(dispose, struct file_lock, fl_list);

		list_del_init(&fl->fl_list);
		locks_free_lock(fl);
	}
}

/* All but list membership and the file system's private part. */
void locks_copy_conflock(struct file_lock *new, struct file_lock *fl)
{
	new->fl_owner = fl->fl_owner;
	new->fl_pid = fl->fl_pid;
	new->fl_file = NULL;
	new->fl_flags = fl->fl_flags;
	new->fl_type = fl->fl_type;
	new->fl_start = fl->fl_start;
	new->fl_end = fl->fl_end;
	new->fl_lmops = fl->fl_lmops;
	new->fl_ops = NULL;
}

void locks_copy_lock(struct file_lock *new, struct file_lock *fl)
{
	WARN_ON(new->fl_ops);
	locks_copy_conflock(new, fl);
	new->fl_file = fl->fl_file;
	new->fl_ops = fl->fl_ops;
	if (fl->fl_ops && fl->fl_ops->fl_copy_lock)
		flop_copy_lock(fl->fl_ops, new, fl);
}

/* ---- waiting ---- */

/* blocked_lock_lock held. */
static void __locks_delete_block(struct file_lock *waiter)
{
	hlist_del_init(&waiter->fl_link);
	list_del_init(&waiter->fl_blocked_member);
	waiter->fl_blocker = NULL;
}

/* Wakes all who wait for blocker; blocked_lock_lock held. */
static void __locks_wake_up_blocks(struct file_lock *blocker)
{
	while (!list_empty(&blocker->fl_blocked_requests)) {
		struct file_lock *waiter = list_first_entry(&blocker->fl_blocked_requests,
							    struct file_lock, fl_blocked_member);

		__locks_delete_block(waiter);
		if (waiter->fl_lmops && waiter->fl_lmops->lm_notify)
			lmop_notify(waiter->fl_lmops, waiter);
		else
			wake_up_all(&waiter->fl_wait);
	}
}

void locks_wake_up_blocks(struct file_lock *blocker)
{
	if (list_empty(&blocker->fl_blocked_requests))
		return;
	spin_lock(&blocked_lock_lock);
	__locks_wake_up_blocks(blocker);
	spin_unlock(&blocked_lock_lock);
}

/* Stops waiting, and lets go those who waited behind. 0, or -ENOENT if it was woken already. */
int locks_delete_block(struct file_lock *waiter)
{
	int status = -ENOENT;

	spin_lock(&blocked_lock_lock);
	if (waiter->fl_blocker)
		status = 0;
	__locks_wake_up_blocks(waiter);
	__locks_delete_block(waiter);
	spin_unlock(&blocked_lock_lock);
	return status;
}

/*
 * Makes waiter wait for blocker, or for a request that waits for blocker and would be in its way
 * too, so that not all are woken to compete. blocked_lock_lock held.
 */
void __locks_insert_block(struct file_lock *blocker, struct file_lock *waiter,
			  bool (*conflict)(struct file_lock *, struct file_lock *))
{
	struct file_lock *fl;
new_blocker:
	list_for_each_entry(fl, &blocker->fl_blocked_requests, fl_blocked_member) {
		if (conflict(fl, waiter)) {
			blocker = fl;
			goto new_blocker;
		}
	}
	waiter->fl_blocker = blocker;
	list_add_tail(&waiter->fl_blocked_member, &blocker->fl_blocked_requests);
	/* Who had waited for this request before now has more in its way. */
	__locks_wake_up_blocks(waiter);
}

/* Takes a granted lock off the inode's list, to be freed later. flc_lock held. */
void locks_delete_lock_ctx(struct file_lock *fl, struct list_head *dispose)
{
	list_del_init(&fl->fl_list);
	locks_wake_up_blocks(fl);
	if (dispose)
		list_add(&fl->fl_list, dispose);
	else
		locks_free_lock(fl);
}

static bool types_conflict(struct file_lock *a, struct file_lock *b)
{
	return a->fl_type == F_WRLCK || b->fl_type == F_WRLCK;
}

/* ---- flock ---- */

static bool flock_locks_conflict(struct file_lock *caller, struct file_lock *sys)
{
	return caller->fl_file != sys->fl_file && types_conflict(caller, sys);
}

/* 0, -EAGAIN, -ENOMEM, -ENOENT (FL_EXISTS), or FILE_LOCK_DEFERRED with the request waiting. */
static int flock_lock_inode(struct inode *inode, struct file_lock *request)
{
	struct file_lock_context *ctx = locks_get_lock_context(inode, request->fl_type);
	struct file_lock *new = NULL, *fl;
	bool found = false;
	LIST_HEAD(dispose);
	int error = 0;

	if (!ctx)
		return request->fl_type != F_UNLCK ? -ENOMEM :
		       request->fl_flags & FL_EXISTS ? -ENOENT : 0;
	if (!(request->fl_flags & FL_ACCESS) && request->fl_type != F_UNLCK) {
		new = locks_alloc_lock();
		if (!new)
			return -ENOMEM;
	}
	spin_lock(&ctx->flc_lock);
	if (request->fl_flags & FL_ACCESS)
		goto find_conflict;
	list_for_each_entry(fl, &ctx->flc_flock, fl_list) {
		if (request->fl_file != fl->fl_file)
			continue;
		if (request->fl_type == fl->fl_type)
			goto out;
		/* A change of type is not atomic, says the manual: drop, then take. */
		found = true;
		locks_delete_lock_ctx(fl, &dispose);
		break;
	}
	if (request->fl_type == F_UNLCK) {
		if ((request->fl_flags & FL_EXISTS) && !found)
			error = -ENOENT;
		goto out;
	}
find_conflict:
	list_for_each_entry(fl, &ctx->flc_flock, fl_list) {
		if (!flock_locks_conflict(request, fl))
			continue;
		error = -EAGAIN;
		if (!(request->fl_flags & FL_SLEEP))
			goto out;
		error = FILE_LOCK_DEFERRED;
		spin_lock(&blocked_lock_lock);
		__locks_insert_block(fl, request, flock_locks_conflict);
		spin_unlock(&blocked_lock_lock);
		goto out;
	}
	if (request->fl_flags & FL_ACCESS)
		goto out;
	locks_copy_lock(new, request);
	list_add_tail(&new->fl_list, &ctx->flc_flock);
	new = NULL;
out:
	spin_unlock(&ctx->flc_lock);
	locks_free_lock(new);
	locks_dispose_list(&dispose);
	return error;
}

/* Until the request is granted, refused, or a signal comes. */
int locks_lock_file_wait(struct file *file, struct file_lock *fl)
{
	struct inode *inode = file_inode(file);
	int error;

	for (;;) {
		if (fl->fl_flags & FL_POSIX)
			error = posix_lock_file(file, fl, NULL);
		else
			error = flock_lock_inode(inode, fl);
		if (error != FILE_LOCK_DEFERRED)
			break;
		error = wait_event_interruptible(fl->fl_wait, !READ_ONCE(fl->fl_blocker));
		if (error)
			break;
	}
	locks_delete_block(fl);
	return error;
}

long sys_flock(unsigned int fd, unsigned int cmd)
{
	int can_sleep = !(cmd & LOCK_NB), type, error;
	struct file_lock fl;
	struct fd f;

	switch (cmd & ~LOCK_NB) {
	case LOCK_SH:
		type = F_RDLCK;
		break;
	case LOCK_EX:
		type = F_WRLCK;
		break;
	case LOCK_UN:
		type = F_UNLCK;
		break;
	default:
		return -EINVAL;
	}
	f = fdget(fd);
	if (!f.file)
		return -EBADF;
	error = -EBADF;
	if (type != F_UNLCK && !(f.file->f_mode & (FMODE_READ | FMODE_WRITE)))
		goto out;
	locks_init_lock(&fl);
	fl.fl_file = f.file;
	fl.fl_owner = f.file;
	fl.fl_pid = current->tgid;
	fl.fl_flags = FL_FLOCK | (can_sleep ? FL_SLEEP : 0);
	fl.fl_type = type;
	fl.fl_end = LLONG_MAX;
	if (f.file->f_op->flock)
		error = fop_flock(f.file->f_op, f.file, can_sleep ? F_SETLKW : F_SETLK, &fl);
	else
		error = locks_lock_file_wait(f.file, &fl);
out:
	fdput(f);
	return error;
}

/* ---- the end of an open file ---- */

static void locks_remove_flock(struct file *filp, struct file_lock_context *ctx)
{
	struct file_lock fl;

	if (list_empty(&ctx->flc_flock))
		return;
	locks_init_lock(&fl);
	fl.fl_file = filp;
	fl.fl_owner = filp;
	fl.fl_flags = FL_FLOCK | FL_CLOSE;
	fl.fl_type = F_UNLCK;
	fl.fl_end = LLONG_MAX;
	if (filp->f_op->flock)
		fop_flock(filp->f_op, filp, F_SETLKW, &fl);
	else
		flock_lock_inode(file_inode(filp), &fl);
	locks_release_private(&fl);
}

/* OFD, flock and lease of this open file. May sleep. */
void locks_remove_file(struct file *filp)
{
	struct file_lock_context *ctx = smp_load_acquire(&file_inode(filp)->i_flctx);

	if (likely(!ctx))
		return;
	locks_remove_posix(filp, filp);
	locks_remove_flock(filp, ctx);
	locks_remove_lease(filp, ctx);
}

void filelock_init(void)
{
	flctx_cache = kmem_cache_create("file_lock_ctx", sizeof(struct file_lock_context), 0,
					SLAB_PANIC, NULL);
	filelock_cache = kmem_cache_create("file_lock", sizeof(struct file_lock), 0, SLAB_PANIC,
					   NULL);
}
