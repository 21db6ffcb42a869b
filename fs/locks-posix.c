// SPDX-License-Identifier: MIT
/*
 * Record locks: ranges of bytes, of a process (POSIX) or of an open file description (OFD).
 *
 * flc_posix is sorted by owner, and an owner's locks by start; they neither overlap nor, if
 * of the same type, touch. A request splits, shrinks and joins what the owner has, with at most two
 * new locks, which are allocated before the spinlock is taken. A request that would wait is
 * refused with -EDEADLK if the owner in its way waits, perhaps through others, for us.
 */
#include "fs/fs.h"
#include "fs/dcache.h"
#include "fs/fdtable.h"
#include "fs/file_internal.h"
#include "fs/locks_internal.h"
#include "kernel/lib/bug.h"
#include "kernel/task/sched.h"
#include "kernel/x86/uaccess.h"


/* waiting POSIX requests, for deadlock detection; blocked_lock_lock */
static HLIST_HEAD(blocked_requests);

static bool locks_overlap(const struct file_lock *a, const struct file_lock *b)
{
	return a->fl_end >= b->fl_start && b->fl_end >= a->fl_start;
}

static bool same_owner(const struct file_lock *a, const struct file_lock *b)
{
	return a->fl_owner == b->fl_owner;
}

static bool posix_locks_conflict(struct file_lock *caller, struct file_lock *sys)
{
	if (same_owner(caller, sys) || !locks_overlap(caller, sys))
		return false;
	return caller->fl_type == F_WRLCK || sys->fl_type == F_WRLCK;
}

/* fl is replaced by the first lock in its way, or gets type F_UNLCK. */
void posix_test_lock(struct file *filp, struct file_lock *fl)
{
	struct file_lock_context *ctx = smp_load_acquire(&file_inode(filp)->i_flctx);
	struct file_lock *cfl;

	if (ctx) {
		spin_lock(&ctx->flc_lock);
		list_for_each_entry(cfl, &ctx->flc_posix, fl_list) {
			if (posix_locks_conflict(fl, cfl)) {
				locks_copy_conflock(fl, cfl);
				spin_unlock(&ctx->flc_lock);
				return;
			}
		}
		spin_unlock(&ctx->flc_lock);
	}
	fl->fl_type = F_UNLCK;
}

#define MAX_DEADLK_ITERATIONS 10

/* Whom does the owner of fl wait for? blocked_lock_lock held. */
static struct file_lock *what_owner_is_waiting_for(struct file_lock *fl)
{
	struct file_lock *w;

	hlist_for_each_entry(w, &blocked_requests, fl_link) {
		if (same_owner(w, fl)) {
			while (w->fl_blocker)
				w = w->fl_blocker;
			return w;
		}
	}
	return NULL;
}

/* blocked_lock_lock held. OFD owners may be shared by tasks that would not deadlock. */
static bool posix_locks_deadlock(struct file_lock *caller, struct file_lock *block)
{
	int i = 0;

	if (caller->fl_flags & FL_OFDLCK)
		return false;
	while ((block = what_owner_is_waiting_for(block))) {
		if (i++ > MAX_DEADLK_ITERATIONS)
			return false;
		if (same_owner(caller, block))
			return true;
	}
	return false;
}

/* Looks for a lock in the way. 0, -EAGAIN, -EDEADLK, or FILE_LOCK_DEFERRED. flc_lock held. */
static int posix_check_conflicts(struct file_lock_context *ctx, struct file_lock *request,
				 struct file_lock *conflock)
{
	struct file_lock *fl;
	int error;

	list_for_each_entry(fl, &ctx->flc_posix, fl_list) {
		if (!posix_locks_conflict(request, fl))
			continue;
		if (conflock)
			locks_copy_conflock(conflock, fl);
		if (!(request->fl_flags & FL_SLEEP))
			return -EAGAIN;
		error = -EDEADLK;
		spin_lock(&blocked_lock_lock);
		if (likely(!posix_locks_deadlock(request, fl))) {
			error = FILE_LOCK_DEFERRED;
			__locks_insert_block(fl, request, posix_locks_conflict);
			if (!(request->fl_flags & FL_OFDLCK))
				hlist_add_head(&request->fl_link, &blocked_requests);
		}
		spin_unlock(&blocked_lock_lock);
		return error;
	}
	return 0;
}

struct merge {
	struct file_lock *left, *right;	/* what the owner keeps on both sides of the request */
	struct file_lock *at;		/* the new lock goes before this */
	bool added;			/* the request is covered by a lock in the list now */
	struct file_lock *new;		/* spare, used up if request is put in by replacing */
};

/* An owner's lock of the same type that touches or overlaps: becomes one with the request. */
static void join_same_type(struct file_lock **requestp, struct file_lock *fl, struct merge *m,
			   struct list_head *dispose)
{
	struct file_lock *request = *requestp;

	if (fl->fl_start > request->fl_start)
		fl->fl_start = request->fl_start;
	else
		request->fl_start = fl->fl_start;
	if (fl->fl_end < request->fl_end)
		fl->fl_end = request->fl_end;
	else
		request->fl_end = fl->fl_end;
	if (m->added) {
		locks_delete_lock_ctx(fl, dispose);
		return;
	}
	*requestp = fl;
	m->added = true;
}

/* An owner's lock of another type that overlaps: cut, or replaced. */
static void cut_other_type(struct file_lock **requestp, struct file_lock *fl, struct merge *m,
			   struct list_head *dispose)
{
	struct file_lock *request = *requestp;

	if (request->fl_type == F_UNLCK)
		m->added = true;
	if (fl->fl_start < request->fl_start)
		m->left = fl;
	if (fl->fl_end > request->fl_end) {
		m->right = fl;
		return;
	}
	if (fl->fl_start < request->fl_start)
		return;
	/* It lies inside the request. */
	if (m->added) {
		locks_delete_lock_ctx(fl, dispose);
		return;
	}
	/* Replace it: the list stays sorted. Who waited for the old one looks again. */
	locks_wake_up_blocks(fl);
	locks_copy_lock(m->new, request);
	list_add(&m->new->fl_list, &fl->fl_list);
	list_del_init(&fl->fl_list);
	list_add(&fl->fl_list, dispose);
	*requestp = m->new;
	m->new = NULL;
	m->added = true;
}

/* Goes through the owner's locks. flc_lock held. */
static void posix_merge(struct file_lock_context *ctx, struct file_lock **requestp,
			struct merge *m, struct list_head *dispose)
{
	struct file_lock *fl, *tmp;
	bool mine = false;

	m->at = NULL;
	list_for_each_entry_safe(fl, tmp, &ctx->flc_posix, fl_list) {
		struct file_lock *request = *requestp;

		if (!same_owner(request, fl)) {
			if (mine) {
				m->at = fl;
				break;
			}
			continue;
		}
		mine = true;
		if (request->fl_type == fl->fl_type) {
			/* Neither can wrap: ends are at most OFFSET_MAX and starts at least 0. */
			if (fl->fl_end < request->fl_start - 1)
				continue;
			if (fl->fl_start - 1 > request->fl_end) {
				m->at = fl;
				break;
			}
			join_same_type(requestp, fl, m, dispose);
		} else {
			if (fl->fl_end < request->fl_start)
				continue;
			if (fl->fl_start > request->fl_end) {
				m->at = fl;
				break;
			}
			cut_other_type(requestp, fl, m, dispose);
			if (m->right == fl && !m->at) {
				m->at = fl;
				break;
			}
		}
	}
}

int posix_lock_file(struct file *filp, struct file_lock *request, struct file_lock *conflock)
{
	struct file_lock_context *ctx;
	struct file_lock *new2 = NULL;
	struct merge m = { };
	LIST_HEAD(dispose);
	int error;

	ctx = locks_get_lock_context(file_inode(filp), request->fl_type);
	if (!ctx)
		return request->fl_type == F_UNLCK ? 0 : -ENOMEM;
	/* Unlocking everything needs no new lock, and must not fail at close. */
	if (!(request->fl_flags & FL_ACCESS) &&
	    (request->fl_type != F_UNLCK || request->fl_start != 0 ||
	     request->fl_end != OFFSET_MAX)) {
		m.new = locks_alloc_lock();
		new2 = locks_alloc_lock();
	}
	spin_lock(&ctx->flc_lock);
	error = 0;
	if (request->fl_type != F_UNLCK)
		error = posix_check_conflicts(ctx, request, conflock);
	if (error || (request->fl_flags & FL_ACCESS))
		goto out;
	/* The worst case takes two: decided before anything is changed. */
	error = -ENOLCK;
	if (request->fl_type != F_UNLCK && !(m.new && new2))
		goto out;
	if (request->fl_type == F_UNLCK && !new2 &&
	    !(request->fl_start == 0 && request->fl_end == OFFSET_MAX))
		goto out;
	error = 0;
	posix_merge(ctx, &request, &m, &dispose);
	if (!m.added) {
		if (request->fl_type == F_UNLCK) {
			if (request->fl_flags & FL_EXISTS)
				error = -ENOENT;
			goto out;
		}
		locks_copy_lock(m.new, request);
		list_add_tail(&m.new->fl_list, m.at ? &m.at->fl_list : &ctx->flc_posix);
		request = m.new;
		m.new = NULL;
	}
	if (m.right) {
		if (m.left == m.right) {
			/* The request is in the middle of one lock: the left part is a new one. */
			m.left = new2;
			new2 = NULL;
			locks_copy_lock(m.left, m.right);
			list_add_tail(&m.left->fl_list,
				      request->fl_type == F_UNLCK ? &m.right->fl_list :
								    &request->fl_list);
		}
		m.right->fl_start = request->fl_end + 1;
		locks_wake_up_blocks(m.right);
	}
	if (m.left) {
		m.left->fl_end = request->fl_start - 1;
		locks_wake_up_blocks(m.left);
	}
out:
	spin_unlock(&ctx->flc_lock);
	locks_free_lock(m.new);
	locks_free_lock(new2);
	locks_dispose_list(&dispose);
	return error;
}

int vfs_lock_file(struct file *filp, unsigned int cmd, struct file_lock *fl, struct file_lock *conf)
{
	if (filp->f_op->lock)
		return fop_lock(filp->f_op, filp, cmd, fl);
	return posix_lock_file(filp, fl, conf);
}

int vfs_test_lock(struct file *filp, struct file_lock *fl)
{
	if (filp->f_op->lock)
		return fop_lock(filp->f_op, filp, F_GETLK, fl);
	posix_test_lock(filp, fl);
	return 0;
}

void locks_remove_posix(struct file *filp, fl_owner_t owner)
{
	struct file_lock_context *ctx = smp_load_acquire(&file_inode(filp)->i_flctx);
	struct file_lock lock;

	if (!ctx || list_empty(&ctx->flc_posix))
		return;
	locks_init_lock(&lock);
	lock.fl_type = F_UNLCK;
	lock.fl_flags = FL_POSIX | FL_CLOSE;
	lock.fl_end = OFFSET_MAX;
	lock.fl_owner = owner;
	lock.fl_pid = current->tgid;
	lock.fl_file = filp;
	vfs_lock_file(filp, F_SETLK, &lock, NULL);
	locks_release_private(&lock);
}

/* ---- fcntl ---- */

static int flock_to_posix_lock(struct file *filp, struct file_lock *fl, const struct flock *l)
{
	loff_t start;

	switch (l->l_whence) {
	case SEEK_SET:
		start = 0;
		break;
	case SEEK_CUR:
		start = filp->f_pos;
		break;
	case SEEK_END:
		start = i_size_read(file_inode(filp));
		break;
	default:
		return -EINVAL;
	}
	if (l->l_start > OFFSET_MAX - start)
		return -EOVERFLOW;
	start += l->l_start;
	if (start < 0)
		return -EINVAL;
	fl->fl_start = start;
	fl->fl_end = OFFSET_MAX;
	if (l->l_len > 0) {
		if (l->l_len - 1 > OFFSET_MAX - start)
			return -EOVERFLOW;
		fl->fl_end = start + l->l_len - 1;
	} else if (l->l_len < 0) {
		/* The bytes before start. */
		if (start + l->l_len < 0)
			return -EINVAL;
		fl->fl_end = start - 1;
		fl->fl_start = start + l->l_len;
	}
	if (l->l_type != F_RDLCK && l->l_type != F_WRLCK && l->l_type != F_UNLCK)
		return -EINVAL;
	fl->fl_type = l->l_type;
	fl->fl_owner = current->files;
	fl->fl_pid = current->tgid;
	fl->fl_file = filp;
	fl->fl_flags = FL_POSIX;
	return 0;
}

static int set_ofd_owner(struct file_lock *fl, struct file *filp, const struct flock *l)
{
	if (l->l_pid != 0)
		return -EINVAL;
	fl->fl_flags |= FL_OFDLCK;
	fl->fl_owner = filp;
	return 0;
}

int fcntl_getlk(struct file *filp, unsigned int cmd, struct flock __user *arg)
{
	struct file_lock fl;
	struct flock flock;
	int error;

	if (copy_from_user(&flock, arg, sizeof(flock)))
		return -EFAULT;
	if (flock.l_type != F_RDLCK && flock.l_type != F_WRLCK)
		return -EINVAL;
	locks_init_lock(&fl);
	error = flock_to_posix_lock(filp, &fl, &flock);
	if (!error && cmd == F_OFD_GETLK)
		error = set_ofd_owner(&fl, filp, &flock);
	if (!error)
		error = vfs_test_lock(filp, &fl);
	if (error)
		goto out;
	flock.l_type = fl.fl_type;
	if (fl.fl_type != F_UNLCK) {
		flock.l_pid = fl.fl_flags & FL_OFDLCK ? -1 : fl.fl_pid;
		flock.l_start = fl.fl_start;
		flock.l_len = fl.fl_end == OFFSET_MAX ? 0 : fl.fl_end - fl.fl_start + 1;
		flock.l_whence = 0;
	}
	if (copy_to_user(arg, &flock, sizeof(flock)))
		error = -EFAULT;
out:
	locks_release_private(&fl);
	return error;
}

static int do_lock_file_wait(struct file *filp, unsigned int cmd, struct file_lock *fl)
{
	int error;

	for (;;) {
		error = vfs_lock_file(filp, cmd, fl, NULL);
		if (error != FILE_LOCK_DEFERRED)
			break;
		error = wait_event_interruptible(fl->fl_wait, !READ_ONCE(fl->fl_blocker));
		if (error)
			break;
	}
	locks_delete_block(fl);
	return error;
}

int fcntl_setlk(unsigned int fd, struct file *filp, unsigned int cmd, struct flock __user *arg)
{
	struct file_lock *fl = locks_alloc_lock();
	struct flock flock;
	int error;

	if (!fl)
		return -ENOLCK;
	error = -EFAULT;
	if (copy_from_user(&flock, arg, sizeof(flock)))
		goto out;
	error = flock_to_posix_lock(filp, fl, &flock);
	if (error)
		goto out;
	error = -EBADF;
	if ((fl->fl_type == F_RDLCK && !(filp->f_mode & FMODE_READ)) ||
	    (fl->fl_type == F_WRLCK && !(filp->f_mode & FMODE_WRITE)))
		goto out;
	error = 0;
	if (cmd == F_OFD_SETLK || cmd == F_OFD_SETLKW)
		error = set_ofd_owner(fl, filp, &flock);
	if (error)
		goto out;
	if (cmd == F_SETLKW || cmd == F_OFD_SETLKW)
		fl->fl_flags |= FL_SLEEP;
	error = do_lock_file_wait(filp, cmd, fl);
	/*
	 * A close of the descriptor by another thread may have run before the lock was there to be
	 * removed: then it would stay for ever.
	 */
	if (!error && fl->fl_type != F_UNLCK && !(fl->fl_flags & FL_OFDLCK)) {
		struct file *f;

		spin_lock(&current->files->file_lock);
		f = fd < current->files->fdt->max_fds ? current->files->fdt->fd[fd] : NULL;
		spin_unlock(&current->files->file_lock);
		if (f != filp) {
			fl->fl_type = F_UNLCK;
			error = do_lock_file_wait(filp, cmd, fl);
			WARN_ON(error);
			error = -EBADF;
		}
	}
out:
	locks_free_lock(fl);
	return error;
}
