// SPDX-License-Identifier: MIT
/*
 * The table from descriptor numbers to open files, of one process.
 *
 * Lookup: read fdt, read fd[n], take a reference with inc-not-zero, and look again whether fd[n] and
 * fdt are the same; the memory of files stays theirs under RCU, so the count can be looked at. A task
 * that does not share its table needs no reference for the time of a system call.
 *
 * Growth: a bigger copy is published under file_lock. Between the copy and the publication
 * nobody may change the old one, so resizing is marked and fd_install, which does not take
 * file_lock, waits for that mark and for a grace period is waited before the copy.
 */
#include "fs/fs.h"
#include "fs/fdtable.h"
#include "fs/fdtable_internal.h"
#include "fs/file_internal.h"
#include "fs/locks.h"
#include "kernel/lib/bitmap.h"
#include "kernel/lib/bug.h"
#include "kernel/lib/string.h"
#include "kernel/lock/rcu.h"
#include "kernel/task/sched.h"
#include "mm/slab.h"

unsigned int sysctl_nr_open = 1024 * 1024;

static unsigned int full_words(unsigned int nr)
{
	return BITS_TO_LONGS(BITS_TO_LONGS(nr)) * sizeof(long);
}

/* ---- tables ---- */

void free_fdtable(struct fdtable *fdt)
{
	kvfree(fdt->fd);
	kvfree(fdt->open_fds);
	kfree(fdt);
}

static void free_fdtable_rcu(struct rcu_head *rcu)
{
	free_fdtable(container_of(rcu, struct fdtable, rcu));
}

/* Room for number nr, in powers of two of at least 256. */
struct fdtable *alloc_fdtable(unsigned int nr)
{
	struct fdtable *fdt;
	unsigned long *bits;

	nr = roundup_pow_of_two(nr + 1);
	if (nr < 256)
		nr = 256;
	if (nr > sysctl_nr_open)
		nr = ((sysctl_nr_open - 1) | (BITS_PER_LONG - 1)) + 1;
	fdt = kmalloc(sizeof(*fdt), GFP_KERNEL);
	if (!fdt)
		return NULL;
	fdt->max_fds = nr;
	fdt->fd = kvmalloc_array(nr, sizeof(struct file *), GFP_KERNEL);
	bits = kvmalloc(2 * nr / 8 + full_words(nr), GFP_KERNEL);
	if (!fdt->fd || !bits) {
		kvfree(fdt->fd);
		kvfree(bits);
		kfree(fdt);
		return NULL;
	}
	fdt->open_fds = bits;
	fdt->close_on_exec = bits + nr / BITS_PER_LONG;
	fdt->full_fds_bits = bits + 2 * nr / BITS_PER_LONG;
	return fdt;
}

void copy_bitmaps(struct fdtable *nfdt, struct fdtable *ofdt, unsigned int count)
{
	unsigned int cpy = count / 8, set = (nfdt->max_fds - count) / 8;
	unsigned int full = full_words(count);

	memcpy(nfdt->open_fds, ofdt->open_fds, cpy);
	memset((char *)nfdt->open_fds + cpy, 0, set);
	memcpy(nfdt->close_on_exec, ofdt->close_on_exec, cpy);
	memset((char *)nfdt->close_on_exec + cpy, 0, set);
	memset(nfdt->full_fds_bits, 0, full_words(nfdt->max_fds));
	memcpy(nfdt->full_fds_bits, ofdt->full_fds_bits, full);
}

static void copy_fdtable(struct fdtable *nfdt, struct fdtable *ofdt)
{
	size_t cpy = ofdt->max_fds * sizeof(struct file *);

	memcpy(nfdt->fd, ofdt->fd, cpy);
	memset((char *)nfdt->fd + cpy, 0, nfdt->max_fds * sizeof(struct file *) - cpy);
	copy_bitmaps(nfdt, ofdt, ofdt->max_fds);
}

/* file_lock held, dropped and retaken. 1 if the table was replaced, or -EMFILE, -ENOMEM. */
static int expand_fdtable(struct files_struct *files, unsigned int nr)
{
	struct fdtable *new, *cur;

	spin_unlock(&files->file_lock);
	new = alloc_fdtable(nr);
	/* Whoever stores into the old table without the lock (fd_install) is done after this. */
	if (atomic_read(&files->count) > 1)
		synchronize_rcu();
	spin_lock(&files->file_lock);
	if (!new)
		return -ENOMEM;
	if (unlikely(new->max_fds <= nr)) {
		free_fdtable(new);
		return -EMFILE;
	}
	cur = files->fdt;
	BUG_ON(nr < cur->max_fds);
	copy_fdtable(new, cur);
	rcu_assign_pointer(files->fdt, new);
	if (cur != &files->fdtab)
		call_rcu(&cur->rcu, free_fdtable_rcu);
	/* Pairs with fd_install's reading of the mark before the table. */
	smp_wmb();
	return 1;
}

/* Makes room for nr. file_lock held, may be dropped meanwhile. 0: there was; 1: there is now. */
static int expand_files(struct files_struct *files, unsigned int nr)
{
	int expanded = 0;

	for (;;) {
		if (nr < files->fdt->max_fds)
			return expanded;
		if (nr >= sysctl_nr_open)
			return -EMFILE;
		if (!files->resize_in_progress)
			break;
		spin_unlock(&files->file_lock);
		expanded = 1;
		wait_event(files->resize_wait, !READ_ONCE(files->resize_in_progress));
		spin_lock(&files->file_lock);
	}
	files->resize_in_progress = true;
	expanded = expand_fdtable(files, nr);
	WRITE_ONCE(files->resize_in_progress, false);
	wake_up_all(&files->resize_wait);
	return expanded;
}

static void __set_open_fd(unsigned int fd, struct fdtable *fdt)
{
	__set_bit(fd, fdt->open_fds);
	fd /= BITS_PER_LONG;
	if (!~fdt->open_fds[fd])
		__set_bit(fd, fdt->full_fds_bits);
}

void __clear_open_fd(unsigned int fd, struct fdtable *fdt)
{
	__clear_bit(fd, fdt->open_fds);
	__clear_bit(fd / BITS_PER_LONG, fdt->full_fds_bits);
}

/* The first free number from start on, without searching words that are full. */
static unsigned int find_next_fd(struct fdtable *fdt, unsigned int start)
{
	unsigned int max = fdt->max_fds, maxbit = max / BITS_PER_LONG;
	unsigned int bit = start / BITS_PER_LONG;

	bit = find_next_zero_bit(fdt->full_fds_bits, maxbit, bit) * BITS_PER_LONG;
	if (bit > max)
		return max;
	if (bit > start)
		start = bit;
	return find_next_zero_bit(fdt->open_fds, max, start);
}

int __alloc_fd(struct files_struct *files, unsigned int start, unsigned int end, unsigned int flags)
{
	struct fdtable *fdt;
	unsigned int fd;
	int error;

	spin_lock(&files->file_lock);
repeat:
	fdt = files->fdt;
	fd = start;
	if (fd < files->next_fd)
		fd = files->next_fd;
	if (fd < fdt->max_fds)
		fd = find_next_fd(fdt, fd);
	error = -EMFILE;
	if (fd >= end)
		goto out;
	error = expand_files(files, fd);
	if (error < 0)
		goto out;
	/* The lock was dropped: what was free may be taken. */
	if (error)
		goto repeat;
	if (start <= files->next_fd)
		files->next_fd = fd + 1;
	__set_open_fd(fd, fdt);
	if (flags & O_CLOEXEC)
		__set_bit(fd, fdt->close_on_exec);
	else
		__clear_bit(fd, fdt->close_on_exec);
	error = fd;
out:
	spin_unlock(&files->file_lock);
	return error;
}

int get_unused_fd_flags(unsigned int flags)
{
	return __alloc_fd(current->files, 0, rlimit(RLIMIT_NOFILE), flags);
}

static void __put_unused_fd(struct files_struct *files, unsigned int fd)
{
	__clear_open_fd(fd, files->fdt);
	if (fd < files->next_fd)
		files->next_fd = fd;
}

void put_unused_fd(unsigned int fd)
{
	struct files_struct *files = current->files;

	spin_lock(&files->file_lock);
	__put_unused_fd(files, fd);
	spin_unlock(&files->file_lock);
}

void fd_install(unsigned int fd, struct file *file)
{
	struct files_struct *files = current->files;
	struct fdtable *fdt;

	rcu_read_lock();
	if (unlikely(READ_ONCE(files->resize_in_progress))) {
		rcu_read_unlock();
		spin_lock(&files->file_lock);
		rcu_assign_pointer(files->fdt->fd[fd], file);
		spin_unlock(&files->file_lock);
		return;
	}
	smp_rmb();
	fdt = rcu_dereference(files->fdt);
	BUG_ON(fdt->fd[fd] != NULL);
	rcu_assign_pointer(fdt->fd[fd], file);
	rcu_read_unlock();
}

/* Takes a file out of the table; its reference, or NULL. file_lock held. */
struct file *pick_file(struct files_struct *files, unsigned int fd)
{
	struct fdtable *fdt = files->fdt;
	struct file *file;

	if (fd >= fdt->max_fds)
		return NULL;
	file = fdt->fd[fd];
	if (!file)
		return NULL;
	rcu_assign_pointer(fdt->fd[fd], NULL);
	__put_unused_fd(files, fd);
	return file;
}

/* For close(2): no locks held, so the end of the file need not be deferred. */
int close_fd(unsigned int fd)
{
	struct files_struct *files = current->files;
	struct file *file;

	spin_lock(&files->file_lock);
	file = pick_file(files, fd);
	spin_unlock(&files->file_lock);
	return file ? filp_close_sync(file) : -EBADF;
}

/* close_range: all numbers from first to last. */
void close_fd_range(unsigned int first, unsigned int last, bool cloexec)
{
	struct files_struct *files = current->files;

	spin_lock(&files->file_lock);
	for (unsigned int fd = first; fd <= last && fd < files->fdt->max_fds; fd++) {
		struct file *file;

		if (cloexec) {
			if (test_bit(fd, files->fdt->open_fds))
				__set_bit(fd, files->fdt->close_on_exec);
			continue;
		}
		file = pick_file(files, fd);
		if (!file)
			continue;
		spin_unlock(&files->file_lock);
		filp_close(file);
		cond_resched();
		spin_lock(&files->file_lock);
	}
	spin_unlock(&files->file_lock);
}

void set_close_on_exec(unsigned int fd, int flag)
{
	struct files_struct *files = current->files;

	spin_lock(&files->file_lock);
	if (flag)
		__set_bit(fd, files->fdt->close_on_exec);
	else
		__clear_bit(fd, files->fdt->close_on_exec);
	spin_unlock(&files->file_lock);
}

bool get_close_on_exec(unsigned int fd)
{
	bool res;

	rcu_read_lock();
	res = test_bit(fd, rcu_dereference(current->files->fdt)->close_on_exec);
	rcu_read_unlock();
	return res;
}

/*
 * Puts file at fd, closing what was there. -EBUSY if fd is reserved by an open in progress. fd is
 * below the limit.
 */
int replace_fd(unsigned int fd, struct file *file, unsigned int flags)
{
	struct files_struct *files = current->files;
	struct fdtable *fdt;
	struct file *old;
	int err;

	spin_lock(&files->file_lock);
	err = expand_files(files, fd);
	if (unlikely(err < 0)) {
		spin_unlock(&files->file_lock);
		return err;
	}
	fdt = files->fdt;
	old = fdt->fd[fd];
	if (!old && test_bit(fd, fdt->open_fds)) {
		spin_unlock(&files->file_lock);
		return -EBUSY;
	}
	get_file(file);
	rcu_assign_pointer(fdt->fd[fd], file);
	__set_open_fd(fd, fdt);
	if (flags & O_CLOEXEC)
		__set_bit(fd, fdt->close_on_exec);
	else
		__clear_bit(fd, fdt->close_on_exec);
	spin_unlock(&files->file_lock);
	if (old)
		filp_close(old);
	return fd;
}

/* ---- lookup ---- */

static struct file *__fget_files(struct files_struct *files, unsigned int fd, fmode_t mask)
{
	struct file *file;

	rcu_read_lock();
	for (;;) {
		struct fdtable *fdt = rcu_dereference(files->fdt);
		struct file **slot;

		file = NULL;
		if (unlikely(fd >= fdt->max_fds))
			break;
		slot = fdt->fd + fd;
		file = rcu_dereference(*slot);
		if (!file)
			break;
		/* The slot, and the memory, may be another file's before we have our reference. */
		if (unlikely(!get_file_rcu(file)))
			continue;
		if (likely(file == READ_ONCE(*slot) && fdt == READ_ONCE(files->fdt)))
			break;
		rcu_read_unlock();
		fput(file);
		rcu_read_lock();
	}
	rcu_read_unlock();
	if (file && unlikely(file->f_mode & mask)) {
		fput(file);
		file = NULL;
	}
	return file;
}

struct file *fget(unsigned int fd)
{
	return __fget_files(current->files, fd, FMODE_PATH);
}

struct file *fget_raw(unsigned int fd)
{
	return __fget_files(current->files, fd, 0);
}

/*
 * Another task's table: its alloc_lock keeps it, as exit and unshare take it away under that lock. No reference to the table is
 * taken, so it still looks unshared to the task itself.
 */
struct file *fget_task(struct task_struct *task, unsigned int fd)
{
	struct file *file = NULL;

	task_lock(task);
	if (task->files)
		file = __fget_files(task->files, fd, 0);
	task_unlock(task);
	return file;
}

bool task_close_on_exec(struct task_struct *task, unsigned int fd)
{
	struct fdtable *fdt;
	bool res = false;

	task_lock(task);
	rcu_read_lock();
	if (task->files) {
		fdt = rcu_dereference(task->files->fdt);
		res = fd < fdt->max_fds && test_bit(fd, fdt->close_on_exec);
	}
	rcu_read_unlock();
	task_unlock(task);
	return res;
}

bool next_task_fd(struct task_struct *task, unsigned int *fd)
{
	struct fdtable *fdt;
	bool found = false;

	task_lock(task);
	rcu_read_lock();
	if (task->files) {
		fdt = rcu_dereference(task->files->fdt);
		/* A number that is reserved for an open in progress has no file yet. */
		while (*fd < fdt->max_fds && !READ_ONCE(fdt->fd[*fd]))
			(*fd)++;
		found = *fd < fdt->max_fds;
	}
	rcu_read_unlock();
	task_unlock(task);
	return found;
}

/* Without a reference if nobody else can close it during this system call. */
static unsigned long __fget_light(unsigned int fd, fmode_t mask)
{
	struct files_struct *files = current->files;
	struct file *file;

	if (atomic_read(&files->count) == 1) {
		struct fdtable *fdt = files->fdt;

		if (unlikely(fd >= fdt->max_fds))
			return 0;
		file = fdt->fd[fd];
		if (!file || unlikely(file->f_mode & mask))
			return 0;
		return (unsigned long)file;
	}
	file = __fget_files(files, fd, mask);
	return file ? FDPUT_FPUT | (unsigned long)file : 0;
}

unsigned long __fdget(unsigned int fd)
{
	return __fget_light(fd, FMODE_PATH);
}

unsigned long __fdget_raw(unsigned int fd)
{
	return __fget_light(fd, 0);
}

/* The same with f_pos_lock held if the position is shared with somebody. */
unsigned long __fdget_pos(unsigned int fd)
{
	unsigned long v = __fdget(fd);
	struct file *file = (struct file *)(v & ~3UL);

	if (file && (file->f_mode & FMODE_ATOMIC_POS) &&
	    ((v & FDPUT_FPUT) || file_count(file) > 1)) {
		v |= FDPUT_POS_UNLOCK;
		mutex_lock(&file->f_pos_lock);
	}
	return v;
}

void __f_unlock_pos(struct file *file)
{
	mutex_unlock(&file->f_pos_lock);
}
