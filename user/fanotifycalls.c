// SPDX-License-Identifier: MIT
/*
 * fanotifycalls [--dir DIR] [--mounts]
 *
 * fanotify, as root: which events come of which call with marks on files, directories, mounts and file systems, and with which descriptor and
 * process; what marks ignore; ends of marks; threads that mark, read and flush while files change. --mounts: with mounts of our own, where
 * nothing else happens. Status 0: all as on Linux.
 */
#define _GNU_SOURCE
#include "lib/check.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/fanotify.h>
#include <sys/wait.h>
#include <unistd.h>

static int fan;
static char log_[8192];
static char home[200];	/* the directory, as the kernel names it */

static void name_of(int fd, char *to, size_t room)
{
	char link[40];
	ssize_t n;

	sprintf(link, "/proc/self/fd/%d", fd);
	n = readlink(link, to, room - 1);
	CHECK(n > 0);
	to[n] = 0;
	if (!strncmp(to, home, strlen(home)))
		memmove(to, to + strlen(home) + (to[strlen(home)] == '/'), n + 1 - strlen(home) - (to[strlen(home)] == '/'));
}

/* All events that are there, as text: "open|closew name;" and ! if another process did it. */
static const char *events(void)
{
	static const struct {
		uint64_t bit;
		const char *name;
	} names[] = {
		{ FAN_ACCESS, "access" }, { FAN_MODIFY, "modify" }, { FAN_CLOSE_WRITE, "closew" }, { FAN_CLOSE_NOWRITE, "closen" },
		{ FAN_OPEN, "open" }, { 0x1000, "exec" }, { FAN_Q_OVERFLOW, "overflow" },
	};
	static char buf[4096] __attribute__((aligned(8)));
	char *to = log_;
	ssize_t n;

	*to = 0;
	while ((n = read(fan, buf, sizeof(buf))) > 0) {
		for (char *p = buf; p < buf + n; ) {
			struct fanotify_event_metadata *e = (void *)p;
			const char *sep = "";
			char name[300] = "";

			CHECK(e->vers == FANOTIFY_METADATA_VERSION && e->event_len == 24 && e->metadata_len == 24);
			for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++)
				if (e->mask & names[i].bit) {
					to += sprintf(to, "%s%s", sep, names[i].name);
					sep = "|";
				}
			if (e->fd >= 0) {
				name_of(e->fd, name, sizeof(name));
				close(e->fd);
			}
			to += sprintf(to, " %s%s;", name, e->pid == getpid() ? "" : "!");
			p += e->event_len;
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

#define ALL (FAN_ACCESS | FAN_MODIFY | FAN_CLOSE | FAN_OPEN)

static int mark(unsigned int flags, uint64_t mask, const char *name)
{
	return fanotify_mark(fan, flags, mask, AT_FDCWD, name);
}

static void touch(const char *name)
{
	close(open(name, O_RDWR | O_CREAT, 0600));
}

static void write_to(const char *name)
{
	int fd = open(name, O_WRONLY);

	CHECK(fd >= 0 && write(fd, "hello", 5) == 5);
	close(fd);
}

static void errors(void)
{
	int n, p[2];
	char c[24];

	CHECK(!pipe(p));
	FAILS(fanotify_init(0x80000000, 0), EINVAL);
	FAILS(fanotify_init(FAN_CLASS_CONTENT | FAN_CLASS_PRE_CONTENT, 0), EINVAL);
	FAILS(fanotify_init(0, 3), EINVAL);
	FAILS(mark(FAN_MARK_ADD, 0, "."), EINVAL);
	FAILS(mark(0, FAN_OPEN, "."), EINVAL);
	FAILS(mark(FAN_MARK_ADD | FAN_MARK_REMOVE, FAN_OPEN, "."), EINVAL);
	FAILS(mark(FAN_MARK_ADD, FAN_OPEN | (1ULL << 40), "."), EINVAL);
	FAILS(mark(FAN_MARK_ADD | FAN_MARK_MOUNT | 0x100, FAN_OPEN, "."), EINVAL);
	FAILS(mark(FAN_MARK_ADD, 0x100 /* creation is told only without descriptors */, "."), EINVAL);
	FAILS(mark(FAN_MARK_FLUSH | FAN_MARK_ONLYDIR, 0, "."), EINVAL);
	FAILS(mark(FAN_MARK_ADD, FAN_OPEN, "missing"), ENOENT);
	FAILS(mark(FAN_MARK_REMOVE, FAN_OPEN, "."), ENOENT);
	FAILS(fanotify_mark(0x7fff, FAN_MARK_ADD, FAN_OPEN, AT_FDCWD, "."), EBADF);
	FAILS(fanotify_mark(p[0], FAN_MARK_ADD, FAN_OPEN, AT_FDCWD, "."), EINVAL);
	FAILS(fanotify_mark(fan, FAN_MARK_ADD, FAN_OPEN, 0x7fff, NULL), EBADF);
	FAILS(fanotify_mark(fan, FAN_MARK_ADD | FAN_MARK_MOUNT, FAN_OPEN, p[0], NULL), EINVAL);
	FAILS(read(fan, c, sizeof(c)), EAGAIN);
	CHECK(!ioctl(fan, FIONREAD, &n) && n == 0);
	close(p[0]);
	close(p[1]);
}

static void one_file(void)
{
	struct pollfd p = { .fd = fan, .events = POLLIN };
	int fd, n;
	char c;

	touch("file");
	touch("other");
	FAILS(mark(FAN_MARK_ADD | FAN_MARK_ONLYDIR, FAN_OPEN, "file"), ENOTDIR);
	CHECK(!mark(FAN_MARK_ADD, ALL, "file") && poll(&p, 1, 0) == 0);
	touch("other");
	fd = open("file", O_RDWR);
	CHECK(fd >= 0 && poll(&p, 1, 0) == 1 && p.revents == POLLIN && !ioctl(fan, FIONREAD, &n) && n == 24);
	EXPECT("open file;");
	CHECK(write(fd, "hello", 5) == 5 && pread(fd, &c, 1, 0) == 1);
	EXPECT("access|modify file;"); /* of one object by one process: one event */
	close(fd);
	EXPECT("closew file;");
	CHECK(!rename("file", "renamed"));
	close(open("renamed", O_RDONLY));
	EXPECT("closen|open renamed;");
	CHECK(!mark(FAN_MARK_REMOVE, FAN_OPEN, "renamed"));
	close(open("renamed", O_RDONLY));
	EXPECT("closen renamed;");
	CHECK(!mark(FAN_MARK_REMOVE, ALL, "renamed"));
	close(open("renamed", O_RDONLY));
	EXPECT("");
	FAILS(mark(FAN_MARK_REMOVE, ALL, "renamed"), ENOENT);
	CHECK(!unlink("renamed") && !unlink("other"));
}

static void directory(void)
{
	pid_t child;
	int fd, status;

	CHECK(!mkdir("sub", 0700));
	touch("sub/file");
	/* the directory itself is told of only with FAN_ONDIR, the files in it only with FAN_EVENT_ON_CHILD */
	CHECK(!mark(FAN_MARK_ADD | FAN_MARK_ONLYDIR, FAN_OPEN | FAN_CLOSE_WRITE, "sub"));
	close(open("sub", O_RDONLY));
	touch("sub/file");
	EXPECT("");
	CHECK(!mark(FAN_MARK_ADD, FAN_EVENT_ON_CHILD, "sub"));
	close(open("sub", O_RDONLY));
	touch("sub/file");
	EXPECT("closew|open sub/file;");
	CHECK(!mark(FAN_MARK_ADD, FAN_ONDIR, "sub"));
	close(open("sub", O_RDONLY));
	EXPECT("open sub;");
	/* both the directory's and the file's mark, of one group: told once */
	CHECK(!mark(FAN_MARK_ADD, FAN_OPEN | FAN_CLOSE_NOWRITE, "sub/file"));
	close(open("sub/file", O_RDONLY));
	EXPECT("closen|open sub/file;");
	CHECK(!mark(FAN_MARK_FLUSH, 0, "."));
	close(open("sub/file", O_RDONLY));
	EXPECT("");
	/* by another process; of a file without a name */
	CHECK(!mark(FAN_MARK_ADD, ALL, "sub/file"));
	child = fork();
	if (!child) {
		close(open("sub/file", O_RDONLY));
		_exit(0);
	}
	CHECK(child > 0 && waitpid(child, &status, 0) == child && !status);
	EXPECT("closen|open sub/file!;");
	fd = open("sub/file", O_RDWR);
	CHECK(fd >= 0 && !unlink("sub/file") && write(fd, "x", 1) == 1);
	EXPECT("modify|open sub/file (deleted);");
	close(fd);
	EXPECT("closew sub/file (deleted);");
	/* by descriptor, and gone with the directory */
	fd = open("sub", O_RDONLY);
	CHECK(!fanotify_mark(fan, FAN_MARK_ADD, FAN_OPEN | FAN_ONDIR, fd, NULL));
	close(fd);
	CHECK(!rmdir("sub"));
	EXPECT("");
}

static void ignored(void)
{
	CHECK(!mkdir("sub", 0700));
	touch("sub/a");
	touch("sub/b");
	CHECK(!mark(FAN_MARK_ADD, FAN_OPEN | FAN_CLOSE_NOWRITE | FAN_EVENT_ON_CHILD, "sub"));
	CHECK(!mark(FAN_MARK_ADD | FAN_MARK_IGNORED_MASK, FAN_OPEN, "sub/a"));
	close(open("sub/a", O_RDONLY));
	close(open("sub/b", O_RDONLY));
	EXPECT("closen sub/a;closen|open sub/b;");
	write_to("sub/a"); /* that ends it */
	close(open("sub/a", O_RDONLY));
	EXPECT("closen|open sub/a;");
	CHECK(!mark(FAN_MARK_ADD | FAN_MARK_IGNORED_MASK | FAN_MARK_IGNORED_SURV_MODIFY, FAN_OPEN, "sub/a"));
	write_to("sub/a");
	close(open("sub/a", O_RDONLY));
	EXPECT("closen sub/a;");
	CHECK(!mark(FAN_MARK_REMOVE | FAN_MARK_IGNORED_MASK, FAN_OPEN, "sub/a"));
	close(open("sub/a", O_RDONLY));
	EXPECT("closen|open sub/a;");
	CHECK(!mark(FAN_MARK_FLUSH, 0, ".") && !unlink("sub/a") && !unlink("sub/b") && !rmdir("sub"));
}

/* Reading gives descriptors whose use is not told. */
static void descriptors(void)
{
	struct fanotify_event_metadata e;
	char c[8];
	int other = fanotify_init(FAN_NONBLOCK | FAN_CLOEXEC, O_RDWR);

	CHECK(other >= 0);
	touch("file");
	write_to("file");
	CHECK(!fanotify_mark(other, FAN_MARK_ADD, ALL, AT_FDCWD, "file"));
	close(open("file", O_RDONLY));
	CHECK(read(other, &e, sizeof(e)) == sizeof(e) && e.fd >= 0 && e.mask == (FAN_OPEN | FAN_CLOSE_NOWRITE));
	CHECK((fcntl(e.fd, F_GETFL) & O_ACCMODE) == O_RDWR);
	CHECK(read(e.fd, c, 5) == 5 && !memcmp(c, "hello", 5) && pwrite(e.fd, "HELLO", 5, 0) == 5);
	close(e.fd);
	FAILS(read(other, &e, sizeof(e)), EAGAIN);
	FAILS(read(other, &e, sizeof(e) - 1), EAGAIN);
	close(open("file", O_RDONLY));
	FAILS(read(other, &e, sizeof(e) - 1), EINVAL);
	FAILS(read(other, (void *)8, sizeof(e)), EFAULT);
	close(open("file", O_RDONLY)); /* unread at the end */
	close(other);
	CHECK(!unlink("file"));
}

static void mounts(void)
{
	CHECK(!mkdir("m1", 0700) && !mkdir("m2", 0700) && !mount("none", "m1", "tmpfs", 0, "") && !mkdir("m1/dir", 0700));
	touch("m1/dir/file");
	CHECK(!mount("m1/dir", "m2", NULL, MS_BIND, NULL));
	/* the mount: what is reached through it, and nothing else */
	CHECK(!mark(FAN_MARK_ADD | FAN_MARK_MOUNT, FAN_OPEN, "m2"));
	touch("m1/dir/file");
	EXPECT("");
	touch("m2/file");
	EXPECT("open m2/file;");
	CHECK(!mark(FAN_MARK_FLUSH | FAN_MARK_MOUNT, 0, "."));
	touch("m2/file");
	EXPECT("");
	/* the file system: all of it, through either */
	CHECK(!mark(FAN_MARK_ADD | 0x100, FAN_OPEN | FAN_CLOSE_WRITE, "m1"));
	touch("m1/dir/file");
	touch("m2/file");
	EXPECT("closew|open m1/dir/file;closew|open m2/file;");
	CHECK(!mark(FAN_MARK_ADD | FAN_MARK_IGNORED_MASK | FAN_MARK_IGNORED_SURV_MODIFY, FAN_CLOSE_WRITE, "m2/file"));
	touch("m2/file");
	EXPECT("open m2/file;");
	/* marks do not keep mounts; events do */
	CHECK(!mark(FAN_MARK_ADD | FAN_MARK_MOUNT, FAN_CLOSE_NOWRITE, "m2"));
	touch("m2/file");
	FAILS(umount("m2"), EBUSY);
	EXPECT("open m2/file;");
	CHECK(!umount("m2") && !umount("m1") && !rmdir("m1") && !rmdir("m2"));
	EXPECT("");
}

/* ---- all at once ---- */

#define ROUNDS 300
static volatile int finished;

static void *changer(void *arg)
{
	char name[20];

	for (int i = 0; i < ROUNDS; i++) {
		sprintf(name, "f%d", (int)(long)arg * 3 + i % 3);
		touch(name);
		write_to(name);
		CHECK(!unlink(name));
	}
	__atomic_fetch_add(&finished, 1, __ATOMIC_SEQ_CST);
	return arg;
}

static void *marker(void *arg)
{
	int group = fanotify_init(FAN_NONBLOCK, O_RDONLY);
	struct fanotify_event_metadata e[16];
	char name[20];
	ssize_t n;

	CHECK(group >= 0);
	while (finished < 2) {
		for (int i = 0; i < 6; i++) {
			sprintf(name, "f%d", i);
			if (fanotify_mark(group, FAN_MARK_ADD, ALL, AT_FDCWD, name))
				CHECK(errno == ENOENT);
		}
		CHECK(!fanotify_mark(group, FAN_MARK_ADD, ALL | FAN_EVENT_ON_CHILD, AT_FDCWD, "."));
		n = read(group, e, sizeof(e));
		CHECK(n > 0 || errno == EAGAIN);
		for (int i = 0; i < (int)(n / (ssize_t)sizeof(e[0])); i++)
			close(e[i].fd);
		CHECK(!fanotify_mark(group, FAN_MARK_FLUSH, 0, AT_FDCWD, "."));
	}
	close(group);
	return arg;
}

static void together(void)
{
	pthread_t t[4];

	finished = 0;
	for (long i = 0; i < 4; i++)
		CHECK(!pthread_create(&t[i], NULL, i < 2 ? changer : marker, (void *)i));
	for (int i = 0; i < 4; i++)
		CHECK(!pthread_join(t[i], NULL));
}

int main(int argc, char **argv)
{
	const char *dir = option(argc, argv, "--dir");
	char name[300];

	snprintf(name, sizeof(name), "%s/fanotifycalls.tmp", dir ? dir : ".");
	fan = fanotify_init(FAN_NONBLOCK, O_RDONLY);
	if (fan < 0 && errno == EPERM) {
		printf("fanotifycalls: not without privileges\n");
		return 0;
	}
	CHECK(fan >= 0 && !mkdir(name, 0700) && !chdir(name) && getcwd(home, sizeof(home)));
	errors();
	one_file();
	directory();
	ignored();
	descriptors();
	if (option_flag(argc, argv, "--mounts"))
		mounts();
	together();
	close(fan);
	CHECK(!chdir("..") && !rmdir("fanotifycalls.tmp"));
	printf("fanotifycalls: all as expected\n");
	return 0;
}
