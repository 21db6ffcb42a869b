// SPDX-License-Identifier: MIT
/*
 * inotifycalls [--dir DIR]
 *
 * inotify: which events come of which call, in which order and with which names, flags and cookies, as Linux has them; watches that end;
 * threads that add, remove and read while files change. Status 0: all as on Linux.
 */
#define _GNU_SOURCE
#include "lib/check.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef IN_MASK_CREATE
#define IN_MASK_CREATE 0x10000000
#endif

static int in;
static char log_[4096];

/* All events that are there, as text: "wd:NAME|FLAGS name;" with the cookies numbered as they come. */
static const char *events(void)
{
	static const struct {
		unsigned int bit;
		const char *name;
	} names[] = {
		{ IN_ACCESS, "access" }, { IN_MODIFY, "modify" }, { IN_ATTRIB, "attrib" }, { IN_CLOSE_WRITE, "closew" },
		{ IN_CLOSE_NOWRITE, "closen" }, { IN_OPEN, "open" }, { IN_MOVED_FROM, "from" }, { IN_MOVED_TO, "to" },
		{ IN_CREATE, "create" }, { IN_DELETE, "delete" }, { IN_DELETE_SELF, "deleteself" }, { IN_MOVE_SELF, "moveself" },
		{ IN_UNMOUNT, "unmount" }, { IN_Q_OVERFLOW, "overflow" }, { IN_IGNORED, "ignored" }, { IN_ISDIR, "dir" },
	};
	static char buf[8192] __attribute__((aligned(8)));
	unsigned int cookies = 0, last = 0; /* renames elsewhere on the machine take numbers of their own in between */
	char *to = log_;
	ssize_t n;

	*to = 0;
	while ((n = read(in, buf, sizeof(buf))) > 0) {
		for (char *p = buf; p < buf + n; ) {
			struct inotify_event *e = (void *)p;
			const char *sep = "";

			to += sprintf(to, "%d:", e->wd);
			for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++)
				if (e->mask & names[i].bit) {
					to += sprintf(to, "%s%s", sep, names[i].name);
					sep = "|";
				}
			if (e->cookie) {
				cookies += e->cookie != last;
				last = e->cookie;
				to += sprintf(to, "#%u", cookies - 1);
			}
			CHECK(e->len % 16 == 0);
			if (e->len) {
				CHECK(strlen(e->name) < e->len);
				to += sprintf(to, " %s", e->name);
			}
			to += sprintf(to, ";");
			p += sizeof(*e) + e->len;
		}
	}
	CHECK(n < 0 && errno == EAGAIN);
	return log_;
}

#define EXPECT(text)                                                                                                               \
	do {                                                                                                                       \
		const char *got_ = events();                                                                                       \
		if (strcmp(got_, text))                                                                                            \
			die("line %d: events \"%s\", not \"%s\"", __LINE__, got_, text);                                           \
	} while (0)

static void errors(void)
{
	struct pollfd p = { .fd = in, .events = POLLIN };
	int pipefd[2], n;
	char c;

	CHECK(!pipe(pipefd));
	FAILS(inotify_init1(1), EINVAL);
	FAILS(inotify_add_watch(in, ".", 0), EINVAL);
	FAILS(inotify_add_watch(0x7fff, ".", IN_OPEN), EBADF);
	FAILS(inotify_add_watch(pipefd[0], ".", IN_OPEN), EINVAL);
	FAILS(inotify_add_watch(in, "missing", IN_OPEN), ENOENT);
	FAILS(inotify_add_watch(in, (void *)8, IN_OPEN), EFAULT);
	FAILS(inotify_add_watch(in, ".", IN_OPEN | IN_MASK_ADD | IN_MASK_CREATE), EINVAL);
	FAILS(inotify_rm_watch(in, 77), EINVAL);
	FAILS(inotify_rm_watch(in, -1), EINVAL);
	FAILS(inotify_rm_watch(pipefd[0], 1), EINVAL);
	FAILS(inotify_rm_watch(0x7fff, 1), EBADF);
	FAILS(read(in, &c, 1), EAGAIN);
	FAILS(write(in, &c, 1), EBADF);
	CHECK(poll(&p, 1, 0) == 0 && !ioctl(in, FIONREAD, &n) && n == 0);
	close(pipefd[0]);
	close(pipefd[1]);
}

static void directory(void)
{
	int wd = inotify_add_watch(in, ".", IN_ALL_EVENTS), fd, n;
	struct stat st;
	char c[10];

	CHECK(wd == 1 && inotify_add_watch(in, ".", IN_ALL_EVENTS) == 1);
	fd = open("file", O_RDWR | O_CREAT, 0600);
	EXPECT("1:create file;1:open file;");
	CHECK(write(fd, "hello", 5) == 5 && write(fd, "hello", 5) == 5);
	EXPECT("1:modify file;"); /* two that are equal are one */
	CHECK(pread(fd, c, 5, 0) == 5 && pread(fd, c, 5, 100) == 0);
	EXPECT("1:access file;");
	CHECK(!ftruncate(fd, 3));
	EXPECT("1:modify file;");
	CHECK(!fchmod(fd, 0640));
	EXPECT("1:attrib file;");
	close(fd);
	EXPECT("1:closew file;");
	close(open("file", O_RDONLY));
	EXPECT("1:open file;1:closen file;");
	CHECK(!stat("file", &st));
	EXPECT("");
	CHECK(!utimensat(AT_FDCWD, "file", NULL, 0));
	EXPECT("1:attrib file;");
	CHECK(!link("file", "second"));
	EXPECT("1:create second;");
	CHECK(!symlink("file", "soft") && !mkdir("sub", 0700) && !mknod("fifo", S_IFIFO | 0600, 0));
	EXPECT("1:create soft;1:create|dir sub;1:create fifo;");
	CHECK(!rename("second", "third"));
	EXPECT("1:from#0 second;1:to#0 third;");
	CHECK(!rename("third", "sub/third") && !rename("sub/third", "soft"));
	EXPECT("1:from#0 third;1:to#1 soft;");
	CHECK(!rename("sub", "under"));
	EXPECT("1:from|dir#0 sub;1:to|dir#0 under;");
	fd = open(".", O_RDONLY | O_DIRECTORY);
	EXPECT("1:open|dir;");
	close(fd);
	EXPECT("1:closen|dir;");
	CHECK(!rmdir("under") && !unlink("soft") && !unlink("fifo"));
	EXPECT("1:delete|dir under;1:delete soft;1:delete fifo;");
	/* how large they are; too little room */
	close(open("file", O_RDONLY));
	CHECK(!ioctl(in, FIONREAD, &n) && n == 64);
	FAILS(read(in, c, sizeof(c)), EINVAL);
	char two[40];

	CHECK(read(in, two, sizeof(two)) == 32);
	EXPECT("1:closen file;");
	CHECK(!inotify_rm_watch(in, 1));
	EXPECT("1:ignored;");
	FAILS(inotify_rm_watch(in, 1), EINVAL);
	close(open("file", O_RDONLY));
	EXPECT("");
}

static void object(void)
{
	int wd = inotify_add_watch(in, "file", IN_ALL_EVENTS), fd;

	CHECK(wd == 2); /* numbers are not used again at once */
	fd = open("file", O_WRONLY);
	CHECK(write(fd, "x", 1) == 1);
	EXPECT("2:open;2:modify;");
	CHECK(!rename("file", "name"));
	EXPECT("2:moveself;");
	CHECK(!link("name", "other") && !unlink("name"));
	EXPECT("2:attrib;"); /* link and unlink: equal ones */
	CHECK(!unlink("other")); /* the name that goes is not the one it was opened by */
	EXPECT("2:attrib;2:deleteself;2:ignored;");
	close(fd);
	EXPECT("");
	/* the mask is replaced, or added to */
	close(open("file", O_WRONLY | O_CREAT, 0600));
	CHECK(inotify_add_watch(in, "file", IN_OPEN) == 3 && inotify_add_watch(in, "file", IN_CLOSE_WRITE | IN_MASK_ADD) == 3);
	FAILS(inotify_add_watch(in, "file", IN_OPEN | IN_MASK_CREATE), EEXIST);
	close(open("file", O_WRONLY));
	EXPECT("3:open;3:closew;");
	CHECK(inotify_add_watch(in, "file", IN_ACCESS) == 3);
	close(open("file", O_WRONLY));
	EXPECT("");
	CHECK(!inotify_rm_watch(in, 3));
	EXPECT("3:ignored;");
	/* once */
	CHECK(inotify_add_watch(in, "file", IN_OPEN | IN_ONESHOT) == 4);
	close(open("file", O_WRONLY));
	EXPECT("4:open;4:ignored;");
	close(open("file", O_WRONLY));
	EXPECT("");
	/* not through a link; only a directory */
	CHECK(!symlink("file", "soft"));
	CHECK(inotify_add_watch(in, "soft", IN_ALL_EVENTS | IN_DONT_FOLLOW) == 5);
	close(open("soft", O_WRONLY));
	EXPECT("");
	CHECK(!unlink("soft"));
	EXPECT("5:attrib;5:deleteself;5:ignored;");
	FAILS(inotify_add_watch(in, "file", IN_OPEN | IN_ONLYDIR), ENOTDIR);
	/* both, the directory and the object */
	CHECK(inotify_add_watch(in, ".", IN_OPEN | IN_DELETE) == 6 && inotify_add_watch(in, "file", IN_OPEN | IN_DELETE_SELF) == 7);
	close(open("file", O_WRONLY));
	events();
	CHECK(strstr(log_, "6:open file;") && strstr(log_, "7:open;"));
	CHECK(!unlink("file"));
	events();
	CHECK(strstr(log_, "6:delete file;") && strstr(log_, "7:deleteself;7:ignored;"));
	/* a directory itself; what happens in a removed file */
	CHECK(!mkdir("sub", 0700) && inotify_add_watch(in, "sub", IN_ALL_EVENTS | IN_EXCL_UNLINK) == 8);
	fd = open("sub/gone", O_RDWR | O_CREAT, 0600);
	EXPECT("8:create gone;8:open gone;");
	CHECK(!unlink("sub/gone"));
	EXPECT("8:delete gone;");
	CHECK(write(fd, "x", 1) == 1);
	close(fd);
	EXPECT("");
	CHECK(!rmdir("sub"));
	EXPECT("8:deleteself;8:ignored;6:delete|dir sub;");
	CHECK(!inotify_rm_watch(in, 6));
	EXPECT("6:ignored;");
}

/* More than a queue holds: one event says so, and reading makes room. */
static void overflow(void)
{
	static char buf[1 << 20];
	long limit = 16384, all = 0, last = 0;
	FILE *f = fopen("/proc/sys/fs/inotify/max_queued_events", "r");
	int wd;

	if (f) {
		CHECK(fscanf(f, "%ld", &limit) == 1);
		fclose(f);
	}
	wd = inotify_add_watch(in, ".", IN_CREATE | IN_DELETE);
	for (long i = 0; i < limit / 2 + 10; i++) {
		CHECK(!symlink("x", "a"));
		CHECK(!unlink("a"));
	}
	for (ssize_t n; (n = read(in, buf, sizeof(buf))) > 0; )
		for (char *p = buf; p < buf + n; p += sizeof(struct inotify_event) + ((struct inotify_event *)p)->len) {
			struct inotify_event *e = (void *)p;

			all++;
			last = e->mask;
			CHECK(e->mask != IN_Q_OVERFLOW || (e->wd == -1 && !e->len));
		}
	CHECK(all == limit + 1 && last == IN_Q_OVERFLOW);
	CHECK(!symlink("x", "a") && !unlink("a"));
	events();
	CHECK(strstr(log_, ":create a;") && strstr(log_, ":delete a;") && !strstr(log_, "overflow"));
	CHECK(!inotify_rm_watch(in, wd));
	events();
}

static volatile int stop;

static void *change(void *arg)
{
	char a[32], b[32];

	snprintf(a, sizeof(a), "a%ld", (long)(intptr_t)arg);
	snprintf(b, sizeof(b), "b%ld", (long)(intptr_t)arg);
	while (!stop) {
		int fd = open(a, O_RDWR | O_CREAT, 0600);

		CHECK(fd >= 0 && write(fd, "x", 1) == 1);
		rename(a, b);
		close(fd);
		unlink(b);
		mkdir(a, 0700);
		rmdir(a);
	}
	return NULL;
}

static void *watch(void *arg)
{
	char buf[4096], name[32];
	unsigned int seed = (unsigned int)(intptr_t)arg;

	while (!stop) {
		int fd = inotify_init1(IN_NONBLOCK), wd[8];

		CHECK(fd >= 0);
		for (int i = 0; i < 8; i++) {
			snprintf(name, sizeof(name), i ? "%c%d" : ".", "ab"[i & 1], i & 1);
			wd[i] = inotify_add_watch(fd, name, IN_ALL_EVENTS | (rand_r(&seed) % 2 ? IN_ONESHOT : 0));
		}
		for (int i = 0; i < 8; i++) {
			while (read(fd, buf, sizeof(buf)) > 0)
				;
			if (rand_r(&seed) % 2)
				inotify_rm_watch(fd, wd[i]);
		}
		close(fd);
	}
	return NULL;
}

static void races(void)
{
	pthread_t t[4];

	stop = 0;
	for (long i = 0; i < 4; i++)
		CHECK(!pthread_create(&t[i], NULL, i < 2 ? change : watch, (void *)i));
	sleep(1);
	stop = 1;
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
}

/* A reader that sleeps is woken. */
static void *create_later(void *arg)
{
	(void)arg;
	usleep(30000);
	close(open("late", O_WRONLY | O_CREAT, 0600));
	return NULL;
}

static void sleeps(void)
{
	int fd = inotify_init1(IN_CLOEXEC), wd;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char buf[256];
	pthread_t t;

	CHECK(fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
	wd = inotify_add_watch(fd, ".", IN_CREATE);
	CHECK(!pthread_create(&t, NULL, create_later, NULL));
	CHECK(read(fd, buf, sizeof(buf)) == 32 && ((struct inotify_event *)buf)->wd == wd);
	pthread_join(t, NULL);
	unlink("late");
	CHECK(!pthread_create(&t, NULL, create_later, NULL));
	CHECK(poll(&p, 1, 5000) == 1 && p.revents == POLLIN);
	pthread_join(t, NULL);
	unlink("late");
	close(fd);
}

int main(int argc, char **argv)
{
	const char *dir = option(argc, argv, "--dir");
	char name[300];

	snprintf(name, sizeof(name), "%s/inotifycalls.XXXXXX", dir ? dir : ".");
	CHECK(mkdtemp(name) && !chdir(name));
	in = inotify_init1(IN_NONBLOCK);
	CHECK(in >= 0);
	errors();
	directory();
	object();
	overflow();
	close(in);
	sleeps();
	races();
	CHECK(!chdir("..") && !rmdir(strrchr(name, '/') + 1));
	printf("inotifycalls: all as expected\n");
	return 0;
}
