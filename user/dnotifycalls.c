// SPDX-License-Identifier: MIT
/*
 * dnotifycalls [--dir DIR]
 *
 * fcntl(F_NOTIFY): which change in a directory sends the signal, once or every time, to whom; that it ends with the descriptor; threads
 * that ask, close and change at once. Status 0: all as on Linux.
 */
#define _GNU_SOURCE
#include "lib/check.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef DN_ACCESS
#define DN_ACCESS	0x00000001
#define DN_MODIFY	0x00000002
#define DN_CREATE	0x00000004
#define DN_DELETE	0x00000008
#define DN_RENAME	0x00000010
#define DN_ATTRIB	0x00000020
#define DN_MULTISHOT	0x80000000
#endif
#define F_NOTIFY_	1026

static volatile sig_atomic_t signals, last_fd, sigios;

static void on_signal(int sig, siginfo_t *info, void *context)
{
	(void)context;
	if (sig == SIGIO) {
		sigios++;
		return;
	}
	signals++;
	last_fd = info->si_fd;
}

/* A directory that sends the real-time signal. */
static int watch(const char *name, unsigned long events)
{
	int fd = open(name, O_RDONLY | O_DIRECTORY);

	CHECK(fd >= 0 && !fcntl(fd, F_SETSIG, SIGRTMIN + 1) && !fcntl(fd, F_NOTIFY_, events));
	return fd;
}

/* The signals since the last call. They come with the change: it is our own process that is told. */
static int count(void)
{
	int n = signals;

	signals = 0;
	return n;
}

static void touch(const char *name)
{
	close(open(name, O_RDWR | O_CREAT, 0600));
}

static void change_content(const char *name)
{
	int fd = open(name, O_WRONLY);

	CHECK(fd >= 0 && write(fd, "x", 1) == 1);
	close(fd);
}

static void read_content(const char *name)
{
	int fd = open(name, O_RDONLY);
	char c;

	CHECK(fd >= 0 && read(fd, &c, 1) == 1);
	close(fd);
}

/* Everything, with a watch for one kind of event: how many signals each change sends. */
static void kind(unsigned long events, const char *want)
{
	int fd = watch(".", events | DN_MULTISHOT);
	char got[16], *to = got;

	touch("a");
	*to++ = '0' + count();
	change_content("a");
	*to++ = '0' + count();
	read_content("a");
	*to++ = '0' + count();
	CHECK(!chmod("a", 0640));
	*to++ = '0' + count();
	CHECK(!rename("a", "b"));
	*to++ = '0' + count();
	CHECK(!rename("b", "sub/b"));
	*to++ = '0' + count();
	CHECK(!rename("sub/b", "b"));
	*to++ = '0' + count();
	CHECK(!unlink("b"));
	*to++ = '0' + count();
	*to = 0;
	if (strcmp(got, want))
		die("events 0x%lx: signals %s, not %s", events, got, want);
	CHECK(last_fd == fd);
	close(fd);
	touch("a");
	CHECK(!unlink("a") && !count());
}

static void kinds(void)
{
	CHECK(!mkdir("sub", 0700));
	/*              create write read chmod rename out in unlink */
	kind(DN_CREATE, "10001010");
	kind(DN_MODIFY, "01000000");
	kind(DN_ACCESS, "00100000");
	kind(DN_ATTRIB, "00010000");
	kind(DN_RENAME, "00001000");
	kind(DN_DELETE, "00001101");
	CHECK(!rmdir("sub"));
}

static void lives(void)
{
	int fd = watch(".", DN_CREATE), fd2, status;
	pid_t child;

	/* once, unless asked for again; to the owner, which is us */
	CHECK(fcntl(fd, F_GETOWN) == getpid());
	touch("a");
	touch("b");
	CHECK(count() == 1);
	CHECK(!fcntl(fd, F_NOTIFY_, DN_CREATE) && !fcntl(fd, F_NOTIFY_, DN_DELETE | DN_MULTISHOT)); /* requests add up */
	CHECK(!unlink("b") && count() == 1);
	touch("b");
	CHECK(count() == 1);
	/* none */
	CHECK(!fcntl(fd, F_NOTIFY_, 0) && !unlink("b") && !count());
	/* a second open file of the directory is told as well */
	CHECK(!fcntl(fd, F_NOTIFY_, DN_CREATE | DN_MULTISHOT));
	fd2 = watch(".", DN_CREATE | DN_MULTISHOT);
	touch("b");
	CHECK(count() == 2 && !unlink("b"));
	close(fd2);
	/* closing any descriptor of the file in this process ends it; in another it does not */
	child = fork();
	if (!child) {
		close(fd);
		_exit(0);
	}
	CHECK(child > 0 && waitpid(child, &status, 0) == child && !status);
	touch("b");
	CHECK(count() == 1 && !unlink("b"));
	fd2 = dup(fd);
	close(fd2);
	touch("b");
	CHECK(!count());
	/* without F_SETSIG it is SIGIO */
	CHECK(!fcntl(fd, F_SETSIG, 0) && !fcntl(fd, F_NOTIFY_, DN_DELETE) && !unlink("b") && sigios == 1 && !count());
	close(fd);
	fd = open("a", O_RDWR);
	FAILS(fcntl(fd, F_NOTIFY_, DN_CREATE), ENOTDIR);
	close(fd);
	fd = open(".", O_PATH);
	FAILS(fcntl(fd, F_NOTIFY_, DN_CREATE), EBADF);
	close(fd);
	CHECK(!unlink("a"));
}

#define ROUNDS 2000
static volatile int finished;

static void *asker(void *arg)
{
	while (!finished) {
		int fd = open(".", O_RDONLY | O_DIRECTORY);

		CHECK(fd >= 0 && !fcntl(fd, F_NOTIFY_, DN_CREATE | DN_DELETE | (arg ? DN_MULTISHOT : 0)));
		CHECK(!fcntl(fd, F_NOTIFY_, DN_ATTRIB));
		close(fd);
	}
	return NULL;
}

static void together(void)
{
	pthread_t t[2];
	char name[20];

	finished = 0;
	for (long i = 0; i < 2; i++)
		CHECK(!pthread_create(&t[i], NULL, asker, (void *)i));
	for (int i = 0; i < ROUNDS; i++) {
		sprintf(name, "t%d", i % 7);
		touch(name);
		CHECK(!chmod(name, 0640) && !unlink(name));
	}
	finished = 1;
	for (int i = 0; i < 2; i++)
		CHECK(!pthread_join(t[i], NULL));
}

int main(int argc, char **argv)
{
	struct sigaction sa = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_RESTART };
	const char *dir = option(argc, argv, "--dir");
	char name[300];

	snprintf(name, sizeof(name), "%s/dnotifycalls.tmp", dir ? dir : ".");
	CHECK(!mkdir(name, 0700) && !chdir(name));
	CHECK(!sigaction(SIGIO, &sa, NULL) && !sigaction(SIGRTMIN + 1, &sa, NULL));
	kinds();
	lives();
	together();
	CHECK(!chdir("..") && !rmdir("dnotifycalls.tmp"));
	printf("dnotifycalls: all as expected\n");
	return 0;
}
