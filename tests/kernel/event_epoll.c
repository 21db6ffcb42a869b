// SPDX-License-Identifier: MIT
/*
 * epoll, eventfd and inotify from inside: objects come and go in every order, from several threads, and nothing stays behind (the
 * framework counts objects).
 */
#include "tests/kernel/ktest.h"
#include "fs/eventfd.h"
#include "fs/eventpoll_internal.h"
#include "fs/fdtable.h"
#include "kernel/syscall/syscalls.h"

static int watch(struct file *epfile, struct file *file, int fd, u32 events)
{
	struct eventpoll *ep = epfile->private_data;
	struct epoll_event event = { .events = events | EPOLLERR | EPOLLHUP };
	int err;

	mutex_lock(&ep->mtx);
	err = ep_insert(ep, &event, file, fd, false);
	mutex_unlock(&ep->mtx);
	return err;
}

static bool ready(struct file *epfile)
{
	poll_table pt;

	init_poll_funcptr(&pt, NULL);
	return vfs_poll(epfile, &pt) & EPOLLIN;
}

/* An epoll and an eventfd, ended in the order that `first` says; or the item is removed before both. */
static void one_pair(int order)
{
	int efd = sys_eventfd2(0, 0), epfd = sys_epoll_create1(0);
	struct eventfd_ctx *ctx = eventfd_ctx_fdget(efd);
	struct file *file = fget(efd), *epfile = fget(epfd);

	if (!file || !epfile || IS_ERR(ctx)) {
		KTEST_FAIL("descriptors %d and %d", efd, epfd);
		return;
	}
	KTEST_EQ(watch(epfile, file, efd, EPOLLIN | (order & 4 ? EPOLLET : 0)), 0);
	KTEST_EXPECT(!ready(epfile));
	eventfd_signal(ctx, 1);
	KTEST_EXPECT(ready(epfile));
	if (order & 2)
		KTEST_EQ(sys_epoll_ctl(epfd, EPOLL_CTL_DEL, efd, NULL), 0);
	fput(file);
	fput(epfile);
	close_fd(order & 1 ? efd : epfd);
	close_fd(order & 1 ? epfd : efd);
	/* the counter outlives its file as long as somebody else has it */
	eventfd_signal(ctx, 1);
	eventfd_ctx_put(ctx);
}

static void pairs(void *arg, unsigned int i)
{
	for (int n = 0; n < 50; n++)
		one_pair(n + (int)i);
}

static void lives(void)
{
	ktest_threads(3, pairs, NULL);
	flush_delayed_fput();
}
KTEST(event_epoll_lives, KTEST_QUICK, lives);

/* One end of the file races with the end of the epoll. */
struct race {
	struct file *file[2];
	atomic_t go;
};

static void drop(void *arg, unsigned int i)
{
	struct race *race = arg;

	atomic_inc(&race->go);
	while (atomic_read(&race->go) < 2)
		cpu_relax();
	__fput_sync(race->file[i]);
}

static void ends(void)
{
	for (int n = 0; n < 40; n++) {
		int efd = sys_eventfd2(0, 0), epfd = sys_epoll_create1(0);
		struct race race = { { fget(efd), fget(epfd) }, ATOMIC_INIT(0) };

		KTEST_ASSERT(race.file[0] && race.file[1]);
		KTEST_EQ(watch(race.file[1], race.file[0], efd, EPOLLIN), 0);
		close_fd(efd);
		close_fd(epfd);
		flush_delayed_fput();
		ktest_threads(2, drop, &race);
	}
}
KTEST(event_epoll_ends, KTEST_QUICK, ends);
