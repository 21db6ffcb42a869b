// SPDX-License-Identifier: MIT
/*
 * poll and select: wait until one of many files has something to say.
 *
 * The first pass over the files only looks: who polls many files mostly finds one ready, and then no queue need be touched. If nothing
 * is ready and there is time, the second pass registers the caller on each file's wait queues (poll_wait calls queue_me) and looks
 * again. If still nothing is, the caller sleeps; any waker sets `triggered` and wakes it; then the files are asked again, without
 * registering anew. No wake-up is lost: the waker stores `triggered` before it wakes, the sleeper sets its state before it
 * reads `triggered`, and set_current_state() and try_to_wake_up() are full barriers.
 *
 * Entries live until the call ends, and each holds a reference on its file, so a queue cannot go away under its entry.
 * No lock is held while a file is asked; fop_poll may sleep.
 */
#include "fs/poll.h"

#include "fs/fdtable.h"
#include "fs/fs.h"
#include "kernel/x86/bitops.h"
#include "kernel/lib/time64.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/sched.h"
#include "kernel/task/signal.h"
#include "kernel/task/task.h"
#include "kernel/x86/time.h"
#include "kernel/x86/uaccess.h"
#include "mm/slab.h"

struct poll_wqueues;

struct poll_entry {
	struct wait_queue_entry wait;
	wait_queue_head_t *queue;
	struct file *file;
	struct poll_wqueues *owner;
	struct poll_entry *next;
};

/* Few files need no allocation, and many one for each page of entries. */
#define POLL_FIRST_ENTRIES 8
#define POLL_MORE_ENTRIES  ((PAGE_SIZE - sizeof(void *)) / sizeof(struct poll_entry))

struct poll_more {
	struct poll_more *next;
	struct poll_entry entry[POLL_MORE_ENTRIES];
};

/* One call's registrations; only the caller uses it, but `triggered` is set by wakers. */
struct poll_wqueues {
	poll_table pt;
	struct task_struct *task;
	bool triggered;
	int error;
	struct poll_entry *entries;
	struct poll_more *more;
	unsigned int unused;	/* entries left in the newest of more, or in first while there is none */
	struct poll_entry first[POLL_FIRST_ENTRIES];
};

static int poll_wake(wait_queue_entry_t *wait, unsigned int mode, int flags, void *key)
{
	struct poll_entry *entry = container_of(wait, struct poll_entry, wait);

	WRITE_ONCE(entry->owner->triggered, true);
	/* The barrier before the wake-up's look at the state is try_to_wake_up's own. */
	return try_to_wake_up(entry->owner->task, mode, flags);
}

static struct poll_entry *new_entry(struct poll_wqueues *pwq)
{
	struct poll_more *more;

	if (pwq->unused) {
		pwq->unused--;
		return pwq->more ? &pwq->more->entry[pwq->unused] : &pwq->first[pwq->unused];
	}
	more = kmalloc(sizeof(*more), GFP_KERNEL);
	if (!more)
		return NULL;
	more->next = pwq->more;
	pwq->more = more;
	pwq->unused = POLL_MORE_ENTRIES - 1;
	return &more->entry[pwq->unused];
}

static void queue_me(struct file *file, wait_queue_head_t *queue, poll_table *pt)
{
	struct poll_wqueues *pwq = container_of(pt, struct poll_wqueues, pt);
	struct poll_entry *entry = new_entry(pwq);

	if (!entry) {
		pwq->error = -ENOMEM;
		return;
	}
	entry->file = get_file(file);
	entry->queue = queue;
	entry->owner = pwq;
	init_waitqueue_func_entry(&entry->wait, poll_wake);
	entry->next = pwq->entries;
	pwq->entries = entry;
	add_wait_queue(queue, &entry->wait);
}

static void poll_begin(struct poll_wqueues *pwq)
{
	init_poll_funcptr(&pwq->pt, NULL);
	pwq->task = current;
	pwq->triggered = false;
	pwq->error = 0;
	pwq->entries = NULL;
	pwq->more = NULL;
	pwq->unused = POLL_FIRST_ENTRIES;
}

static void poll_end(struct poll_wqueues *pwq)
{
	struct poll_entry *entry;
	struct poll_more *more;

	for (entry = pwq->entries; entry; entry = entry->next) {
		remove_wait_queue(entry->queue, &entry->wait);
		fput(entry->file);
	}
	while ((more = pwq->more)) {
		pwq->more = more->next;
		kfree(more);
	}
}

/* Sleep until woken or until `end` (NULL: for ever). Returns false when the time is over. */
static bool poll_sleep(struct poll_wqueues *pwq, const ktime_t *end)
{
	bool more = true;

	set_current_state(TASK_INTERRUPTIBLE);
	if (!READ_ONCE(pwq->triggered)) {
		if (!end)
			schedule();
		else
			more = schedule_hrtimeout(*end) != 0;
	}
	__set_current_state(TASK_RUNNING);
	/* What is announced from here on must be seen by the next sleep. */
	WRITE_ONCE(pwq->triggered, false);
	smp_mb();
	return more;
}

/*
 * After a pass that found nothing: 1 to make another, 0 when the time is over, or an error. *registered: the second pass has been made.
 */
static int poll_again(struct poll_wqueues *pwq, bool *registered, bool *again, const ktime_t *end)
{
	if (pwq->error)
		return pwq->error;
	if (signal_pending(current))
		return -ERESTARTNOHAND;
	if (!*again || (end && ktime_get() >= *end))
		return 0;
	if (*registered) {
		*again = poll_sleep(pwq, end);
	} else {
		*registered = true;
		pwq->pt._qproc = queue_me;
	}
	return 1;
}

/**
 * vfs_poll - ask one open file what is ready.
 * @pt: where to register, or a table without a function to only look
 *
 * Context: may sleep. A file without the operation is always ready.
 */
__poll_t vfs_poll(struct file *file, poll_table *pt)
{
	if (!file->f_op->poll)
		return DEFAULT_POLLMASK;
	return fop_poll(file->f_op, file, pt);
}

static __poll_t poll_one(int number, __poll_t events, poll_table *pt)
{
	struct fd f;
	__poll_t mask;

	if (number < 0)
		return 0;
	f = fdget(number);
	if (!f.file)
		return EPOLLNVAL;
	events |= EPOLLERR | EPOLLHUP;
	pt->_key = events;
	mask = vfs_poll(f.file, pt) & events;
	fdput(f);
	return mask;
}

static int do_poll(struct pollfd *fds, unsigned int count, const ktime_t *end)
{
	bool registered = false, again = true;
	struct poll_wqueues pwq;
	int ready = 0, more;

	poll_begin(&pwq);
	do {
		for (unsigned int i = 0; i < count; i++) {
			__poll_t mask = poll_one(fds[i].fd, (unsigned short)fds[i].events, &pwq.pt);

			fds[i].revents = mask;
			if (mask) {
				ready++;
				pwq.pt._qproc = NULL; /* will not sleep: no need to register further */
			}
		}
		pwq.pt._qproc = NULL;
		more = ready ? 0 : poll_again(&pwq, &registered, &again, end);
	} while (more > 0);
	poll_end(&pwq);
	return more < 0 ? more : ready;
}

static bool write_answers(struct pollfd __user *ufds, const struct pollfd *fds, unsigned int count)
{
	if (!user_access_begin(ufds, count * sizeof(*ufds)))
		return false;
	for (unsigned int i = 0; i < count; i++)
		unsafe_put_user(fds[i].revents, &ufds[i].revents, fault);
	user_access_end();
	return true;
fault:
	user_access_end();
	return false;
}

static long poll_user(struct pollfd __user *ufds, unsigned int count, const ktime_t *end)
{
	struct pollfd *fds;
	long result;

	if (count > rlimit(RLIMIT_NOFILE))
		return -EINVAL;
	fds = kvmalloc_array(count ? count : 1, sizeof(*fds), GFP_KERNEL);
	if (!fds)
		return -ENOMEM;
	result = -EFAULT;
	if (copy_from_user(fds, ufds, count * sizeof(*fds)))
		goto out;
	result = do_poll(fds, count, end);
	if (!write_answers(ufds, fds, count))
		result = -EFAULT;
out:
	kvfree(fds);
	return result;
}

long sys_poll(struct pollfd __user *fds, unsigned int count, int timeout_ms)
{
	ktime_t end;
	long result;

	if (timeout_ms < 0) {
		result = poll_user(fds, count, NULL);
	} else {
		end = ktime_get() + (ktime_t)timeout_ms * 1000000;
		result = poll_user(fds, count, &end);
	}
	/* A restart would wait for the whole time anew, so the caller hears of the signal instead. */
	return result == -ERESTARTNOHAND ? -EINTR : result;
}

/* A relative time from the program, made absolute. Returns 1 with a time, 0 without one, or an error. */
static int read_timeout(const struct __kernel_timespec __user *uts, ktime_t *end)
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
	*end = ktime_add_safe(timespec64_to_ktime(t64), ktime_get());
	return 1;
}

/* ppoll and pselect6 write back what is left; a place that cannot be written is no error, as on Linux. */
static void write_left(struct __kernel_timespec __user *uts, ktime_t end)
{
	ktime_t left = end - ktime_get();
	struct __kernel_timespec ts;

	if (left < 0)
		left = 0;
	ts.tv_sec = left / 1000000000;
	ts.tv_nsec = left % 1000000000;
	if (copy_to_user(uts, &ts, sizeof(ts)))
		return;
}

long sys_ppoll(struct pollfd __user *fds, unsigned int count, struct __kernel_timespec __user *uts,
	       const sigset_t __user *mask, size_t sigsetsize)
{
	ktime_t end;
	int timed = read_timeout(uts, &end);
	long result;

	if (timed < 0)
		return timed;
	result = set_user_sigmask(mask, sigsetsize);
	if (result)
		return result;
	result = poll_user(fds, count, timed ? &end : NULL);
	restore_saved_sigmask_unless(result == -ERESTARTNOHAND);
	if (timed)
		write_left(uts, end);
	return result == -ERESTARTNOHAND && timed ? -EINTR : result;
}

/* The three sets asked for, then the three answers, each of `words` longs. */
struct select_sets {
	unsigned long *in, *out, *ex, *res_in, *res_out, *res_ex;
	unsigned int words;
};

#define SELECT_IN  (EPOLLRDNORM | EPOLLRDBAND | EPOLLIN | EPOLLHUP | EPOLLERR)
#define SELECT_OUT (EPOLLWRBAND | EPOLLWRNORM | EPOLLOUT | EPOLLERR)
#define SELECT_EX  EPOLLPRI

static int select_one(struct select_sets *s, int number, poll_table *pt)
{
	bool in = test_bit(number, s->in), out = test_bit(number, s->out), ex = test_bit(number, s->ex);
	__poll_t mask;
	int found = 0;

	if (!in && !out && !ex)
		return 0;
	mask = poll_one(number, (in ? SELECT_IN : 0) | (out ? SELECT_OUT : 0) | (ex ? SELECT_EX : 0), pt);
	if (mask & EPOLLNVAL)
		return -EBADF;
	if (in && (mask & SELECT_IN)) {
		__set_bit(number, s->res_in);
		found++;
	}
	if (out && (mask & SELECT_OUT)) {
		__set_bit(number, s->res_out);
		found++;
	}
	if (ex && (mask & SELECT_EX)) {
		__set_bit(number, s->res_ex);
		found++;
	}
	return found;
}

static int do_select(struct select_sets *s, int n, const ktime_t *end)
{
	bool registered = false, again = true;
	struct poll_wqueues pwq;
	int ready = 0, more;

	poll_begin(&pwq);
	do {
		for (int i = 0; i < n; i++) {
			int found = select_one(s, i, &pwq.pt);

			if (found < 0) {
				ready = found;
				break;
			}
			ready += found;
			if (ready)
				pwq.pt._qproc = NULL;
		}
		pwq.pt._qproc = NULL;
		more = ready ? 0 : poll_again(&pwq, &registered, &again, end);
	} while (more > 0);
	poll_end(&pwq);
	return more < 0 ? more : ready;
}

static bool read_set(unsigned long *set, const void __user *user, size_t bytes)
{
	return !user || !copy_from_user(set, user, bytes);
}

static bool write_set(void __user *user, const unsigned long *set, size_t bytes)
{
	return !user || !copy_to_user(user, set, bytes);
}

static long select_user(int n, void __user *in, void __user *out, void __user *ex, const ktime_t *end)
{
	struct select_sets s;
	unsigned long *memory;
	long result = -EFAULT;
	size_t bytes;

	if (n < 0)
		return -EINVAL;
	/* Numbers beyond what a table can hold name nothing; Linux cuts them off likewise. */
	if ((unsigned long)n > rlimit(RLIMIT_NOFILE))
		n = (int)rlimit(RLIMIT_NOFILE);
	s.words = BITS_TO_LONGS(n);
	bytes = s.words * sizeof(long);
	memory = kvzalloc(6 * (s.words + 1) * sizeof(long), GFP_KERNEL);
	if (!memory)
		return -ENOMEM;
	s.in = memory;
	s.out = s.in + s.words;
	s.ex = s.out + s.words;
	s.res_in = s.ex + s.words;
	s.res_out = s.res_in + s.words;
	s.res_ex = s.res_out + s.words;
	if (!read_set(s.in, in, bytes) || !read_set(s.out, out, bytes) || !read_set(s.ex, ex, bytes))
		goto out;
	result = do_select(&s, n, end);
	if (result >= 0 && (!write_set(in, s.res_in, bytes) || !write_set(out, s.res_out, bytes) ||
			    !write_set(ex, s.res_ex, bytes)))
		result = -EFAULT;
out:
	kvfree(memory);
	return result;
}

long sys_select(int n, void __user *in, void __user *out, void __user *ex, struct __kernel_old_timeval __user *utv)
{
	struct __kernel_old_timeval tv;
	ktime_t end, left;
	long result;

	if (!utv)
		return select_user(n, in, out, ex, NULL);
	if (copy_from_user(&tv, utv, sizeof(tv)))
		return -EFAULT;
	if (tv.tv_sec < 0 || tv.tv_usec < 0)
		return -EINVAL;
	end = ktime_add_safe((ktime_t)tv.tv_sec * 1000000000 + (ktime_t)tv.tv_usec * 1000, ktime_get());
	result = select_user(n, in, out, ex, &end);
	left = end - ktime_get();
	tv.tv_sec = left > 0 ? left / 1000000000 : 0;
	tv.tv_usec = left > 0 ? left % 1000000000 / 1000 : 0;
	/* select changes its timeout to what is left; one that cannot be written is no error. */
	if (copy_to_user(utv, &tv, sizeof(tv)))
		return result == -ERESTARTNOHAND ? -EINTR : result;
	return result;
}

long sys_pselect6(int n, void __user *in, void __user *out, void __user *ex, struct __kernel_timespec __user *uts,
		  void __user *sig)
{
	struct {
		const sigset_t __user *mask;
		size_t size;
	} set = { NULL, 0 };
	ktime_t end;
	int timed = read_timeout(uts, &end);
	long result;

	if (timed < 0)
		return timed;
	if (sig && copy_from_user(&set, sig, sizeof(set)))
		return -EFAULT;
	result = set_user_sigmask(set.mask, set.size);
	if (result)
		return result;
	result = select_user(n, in, out, ex, timed ? &end : NULL);
	restore_saved_sigmask_unless(result == -ERESTARTNOHAND);
	if (timed)
		write_left(uts, end);
	return result == -ERESTARTNOHAND && timed ? -EINTR : result;
}
