// SPDX-License-Identifier: MIT
/*
 * mqcalls [--dir DIR] [--seconds N]
 *
 * POSIX message queues: prints a line "answer PART, WHAT: RESULT" for each call, so that the same binary on Linux says what is right. Then
 * (with --seconds) senders and receivers race, where a lost or doubled message, one out of order or a hang is a failure. DIR, which is made,
 * gets the file system mounted if that is permitted.
 */
#define _GNU_SOURCE
#include "lib/util.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char part[40];

static void group(const char *name)
{
	snprintf(part, sizeof(part), "%s", name);
}

static void say(const char *what, long result)
{
	if (result < 0)
		printf("answer %s, %s: %s\n", part, what, strerror(errno));
	else
		printf("answer %s, %s: %ld\n", part, what, result);
}

#define SAY(call) (errno = 0, say(#call, (long)(call)))

static void say_q(const char *what, mqd_t q)
{
	say(what, q < 0 ? -1 : 0);
	if (q >= 0)
		mq_close(q);
}

#define SAY_Q(call) (errno = 0, say_q(#call, (call)))

static mqd_t open_new(const char *name, int flags, long messages, long size)
{
	struct mq_attr attr = { .mq_maxmsg = messages, .mq_msgsize = size };

	mq_unlink(name);
	return mq_open(name, O_CREAT | O_RDWR | flags, 0600, &attr);
}

static int events(mqd_t q)
{
	struct pollfd p = { q, POLLIN | POLLOUT, 0 };

	return poll(&p, 1, 0) < 0 ? -1 : p.revents;
}

static int get(mqd_t q, char *text, size_t size)
{
	unsigned int priority = 0;
	ssize_t n = mq_receive(q, text, size, &priority);

	return n < 0 ? -1 : (int)priority * 1000 + (int)n;
}

static void opening(void)
{
	struct mq_attr attr, old;
	struct stat st;
	char longest[300];
	mqd_t q;

	group("open");
	umask(022);
	memset(longest, 'x', sizeof(longest));
	longest[0] = '/';
	longest[299] = '\0';
	mq_unlink("/rowq");
	SAY_Q(mq_open("/rowq", O_RDWR));
	SAY_Q(mq_open("/rowq/sub", O_RDWR | O_CREAT, 0600, NULL));
	SAY_Q(mq_open("/", O_RDWR | O_CREAT, 0600, NULL));
	SAY_Q(mq_open("/.", O_RDWR | O_CREAT, 0600, NULL));
	SAY_Q(mq_open(longest, O_RDWR | O_CREAT, 0600, NULL));
	SAY_Q(open_new("/rowq", 0, 0, 10));
	SAY_Q(open_new("/rowq", 0, 10, 0));
	SAY_Q(open_new("/rowq", 0, -1, 10));
	SAY_Q(open_new("/rowq", 0, 70000, 10));
	SAY_Q(open_new("/rowq", 0, 1, 20000000));
	SAY_Q(mq_open("/rowq", O_CREAT | O_EXCL | O_WRONLY, 0666, NULL));
	SAY_Q(mq_open("/rowq", O_CREAT | O_EXCL | O_WRONLY, 0666, NULL));
	SAY_Q(mq_open("/rowq", O_CREAT | O_WRONLY, 0666, NULL));
	SAY_Q(mq_open("/rowq", 3));
	q = mq_open("/rowq", O_RDONLY | O_NONBLOCK);
	SAY(q < 0 ? -1 : 0);
	SAY(mq_getattr(q, &attr));
	SAY(attr.mq_maxmsg);
	SAY(attr.mq_msgsize);
	SAY(attr.mq_flags == O_NONBLOCK);
	SAY(attr.mq_curmsgs);
	SAY(fcntl(q, F_GETFD));
	SAY(fstat(q, &st));
	SAY(st.st_mode);
	SAY(st.st_size);
	SAY(mq_send(q, "x", 1, 0));
	attr.mq_flags = 0;
	SAY(mq_setattr(q, &attr, &old));
	SAY(old.mq_flags == O_NONBLOCK);
	SAY(fcntl(q, F_GETFL) & O_NONBLOCK);
	attr.mq_flags = O_APPEND;
	SAY(mq_setattr(q, &attr, NULL));
	SAY(mq_unlink("/rowq"));
	SAY(mq_unlink("/rowq"));
	SAY(mq_unlink("/a/b"));
	SAY(mq_unlink("/"));
	SAY(mq_getattr(q, &attr));
	SAY(mq_close(q));
	SAY(mq_close(q));
	SAY(mq_getattr(0, &attr));
	SAY(mq_send(99, "x", 1, 0));
	SAY(mq_receive(99, longest, 1, 0));
}

static void messages(void)
{
	mqd_t q = open_new("/rowm", O_NONBLOCK, 4, 16), w = mq_open("/rowm", O_WRONLY | O_NONBLOCK);
	struct timespec past = { 1, 0 }, bad = { 1, -1 }, soon;
	struct mq_attr attr;
	char text[100];
	double start;
	ssize_t n;

	group("messages");
	SAY(events(q));
	SAY(get(q, text, 16));
	SAY(mq_send(q, "low", 3, 1));
	SAY(mq_send(w, "high", 4, 9));
	SAY(mq_send(q, "high two", 8, 9));
	SAY(get(w, text, 16));
	SAY(mq_send(q, "0123456789abcdefg", 17, 1));
	SAY(mq_send(q, "x", 1, 32768));
	SAY(mq_send(q, NULL, 10, 1));
	SAY(mq_send(q, "", 0, 32767));
	SAY(events(q));
	SAY(mq_send(q, "x", 1, 0));
	SAY(mq_getattr(q, &attr));
	SAY(attr.mq_curmsgs);
	n = pread(q, text, sizeof(text) - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	printf("answer messages, read: %zd %s", n, text);
	SAY(write(q, text, 5));
	SAY(get(q, text, 15));
	SAY(get(q, text, 16));
	SAY(get(q, text, 100));
	SAY(text[4]);
	SAY(get(q, text, 16));
	SAY(get(q, text, 16));
	SAY(get(q, text, 16));
	SAY(mq_timedreceive(q, text, 16, NULL, &bad));
	mq_close(w);
	attr.mq_flags = 0;
	mq_setattr(q, &attr, NULL);
	SAY(mq_timedreceive(q, text, 16, NULL, &past));
	clock_gettime(CLOCK_REALTIME, &soon);
	soon.tv_nsec += 50000000;
	if (soon.tv_nsec >= 1000000000) {
		soon.tv_nsec -= 1000000000;
		soon.tv_sec++;
	}
	start = now();
	SAY(mq_timedreceive(q, text, 16, NULL, &soon));
	SAY(now() - start >= 0.04 && now() - start < 5);
	for (int i = 0; i < 4; i++)
		mq_send(q, "full", 4, i);
	SAY(mq_timedsend(q, "x", 1, 0, &past));
	SAY(mq_timedsend(q, "x", 1, 0, &bad));
	SAY(mq_timedreceive(q, text, 16, NULL, &past));
	SAY(mq_close(q));
	mq_unlink("/rowm");
}

/* ---- notification ---- */

static volatile sig_atomic_t told, told_code, told_value;

static void on_signal(int sig, siginfo_t *info, void *context)
{
	told++;
	told_code = info->si_code;
	told_value = info->si_value.sival_int;
}

static int notify(mqd_t q, int how, int signal, int value)
{
	struct sigevent event;

	memset(&event, 0, sizeof(event));
	event.sigev_notify = how;
	event.sigev_signo = signal;
	event.sigev_value.sival_int = value;
	return syscall(SYS_mq_notify, q, &event);
}

/* What libraries do for SIGEV_THREAD, where @fd should be a netlink socket. */
static int notify_thread(mqd_t q, int fd)
{
	static char cookie[32];
	struct sigevent event;

	memset(&event, 0, sizeof(event));
	event.sigev_notify = SIGEV_THREAD;
	event.sigev_signo = fd;
	event.sigev_value.sival_ptr = cookie;
	return syscall(SYS_mq_notify, q, &event);
}

static void notification(void)
{
	mqd_t q = open_new("/rown", O_NONBLOCK, 4, 16), other = mq_open("/rown", O_RDWR | O_NONBLOCK);
	struct sigaction sa = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO };
	char text[100];
	int status;
	pid_t pid;

	group("notification");
	sigaction(SIGUSR1, &sa, NULL);
	SAY(notify(99, SIGEV_SIGNAL, SIGUSR1, 1));
	SAY(notify(q, 77, SIGUSR1, 1));
	SAY(notify(q, SIGEV_SIGNAL, 65, 1));
	SAY(notify(q, SIGEV_SIGNAL, -1, 1));
	SAY(notify(q, SIGEV_SIGNAL, SIGUSR1, 42));
	SAY(notify(q, SIGEV_SIGNAL, SIGUSR1, 43));
	SAY(mq_send(q, "one", 3, 0));
	SAY(told);
	SAY(told_code);
	SAY(told_value);
	SAY(mq_send(q, "two", 3, 0));
	SAY(notify(q, SIGEV_SIGNAL, SIGUSR1, 44));
	SAY(mq_send(q, "three", 5, 0));
	SAY(told);
	while (mq_receive(q, text, 16, NULL) >= 0)
		;
	SAY(mq_send(q, "four", 4, 0));
	SAY(told_value);
	SAY(mq_receive(q, text, 16, NULL));
	SAY(notify(q, SIGEV_NONE, 0, 0));
	SAY(notify(other, SIGEV_NONE, 0, 0));
	SAY(mq_send(q, "five", 4, 0));
	SAY(notify(other, SIGEV_NONE, 0, 0));
	SAY(syscall(SYS_mq_notify, q, NULL));
	SAY(syscall(SYS_mq_notify, q, NULL));
	SAY(notify(other, SIGEV_SIGNAL, SIGUSR1, 50));
	/* Closing any descriptor of the queue ends it, and so does the end of the process. */
	mq_close(other);
	SAY(notify(q, SIGEV_SIGNAL, SIGUSR1, 51));
	pid = fork();
	if (!pid)
		_exit(notify(q, SIGEV_SIGNAL, SIGUSR1, 1) ? errno : 0);
	waitpid(pid, &status, 0);
	SAY(WEXITSTATUS(status) == EBUSY);
	SAY(syscall(SYS_mq_notify, q, NULL));
	pid = fork();
	if (!pid)
		_exit(notify(q, SIGEV_SIGNAL, SIGUSR1, 1) ? errno : 0);
	waitpid(pid, &status, 0);
	SAY(WEXITSTATUS(status));
	SAY(notify(q, SIGEV_SIGNAL, SIGUSR1, 52));
	while (mq_receive(q, text, 16, NULL) >= 0)
		;
	pid = fork();
	if (!pid)
		_exit(mq_send(q, "child", 5, 0) ? errno : 0);
	waitpid(pid, &status, 0);
	SAY(WEXITSTATUS(status));
	SAY(told_value);
	SAY(notify(q, SIGEV_THREAD, 99, 0));
	SAY(notify_thread(q, 99));
	SAY(notify_thread(q, 1));
	mq_close(q);
	mq_unlink("/rown");
}

static void limits(void)
{
	struct rlimit old, none = { 0, 0 };
	mqd_t q;

	group("limits");
	getrlimit(RLIMIT_MSGQUEUE, &old);
	none.rlim_max = old.rlim_max;
	SAY(setrlimit(RLIMIT_MSGQUEUE, &none));
	q = open_new("/rowl", 0, 4, 16);
	SAY(q < 0 ? -1 : 0);
	SAY(setrlimit(RLIMIT_MSGQUEUE, &old));
	q = open_new("/rowl", 0, 4, 16);
	SAY(q < 0 ? -1 : 0);
	mq_close(q);
	mq_unlink("/rowl");
}

/* The file system; on a machine that does not let us mount it the answers are left out. */
static void mounted(const char *dir)
{
	char path[200], text[200];
	struct dirent *entry;
	struct stat st;
	int found = 0;
	mqd_t q;
	DIR *d;

	if (mount("mqueue", dir, "mqueue", 0, NULL))
		return;
	group("mounted");
	q = open_new("/rowf", 0, 4, 16);
	mq_send(q, "hello", 5, 2);
	snprintf(path, sizeof(path), "%s/rowf", dir);
	SAY(stat(dir, &st));
	SAY(st.st_mode);
	SAY(stat(path, &st));
	SAY(st.st_mode);
	d = opendir(dir);
	while (d && (entry = readdir(d)))
		found += !strcmp(entry->d_name, "rowf");
	closedir(d);
	SAY(found);
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	printf("answer mounted, cat: %zd %s", n, text);
	SAY(read(fd, text, 10));
	close(fd);
	SAY(unlink(path));
	SAY(mkdir(path, 0700));
	SAY_Q(mq_open("/rowf", O_RDWR));
	fd = open(path, O_CREAT | O_RDWR, 0600);
	SAY(fd < 0 ? -1 : 0);
	SAY_Q(mq_open("/rowf", O_RDWR));
	close(fd);
	SAY(unlink(path));
	mq_close(q);
	SAY(umount2(dir, 0));
}

/* ---- races: three processes send numbers, three receive them ---- */

#define WORKERS 3

static void race(int seconds)
{
	long sent = 0, got = 0, word[2];
	mqd_t q = open_new("/rowr", 0, 5, sizeof(word));
	double end = now() + seconds;
	int fd[2], status;
	pid_t pid[2 * WORKERS];

	if (q < 0 || pipe(fd))
		die("race: %s", strerror(errno));
	for (long i = 0; i < 2 * WORKERS; i++) {
		pid[i] = fork();
		if (pid[i])
			continue;
		long count[2] = { i < WORKERS, 0 }, last[WORKERS][5] = { { 0 } };

		while (i < WORKERS && now() < end) {
			word[0] = i;
			word[1] = ++count[1];
			if (mq_send(q, (char *)word, sizeof(word), word[1] % 5))
				_exit(1);
		}
		word[0] = -1;
		if (i < WORKERS && mq_send(q, (char *)word, sizeof(word), 0))
			_exit(2);
		while (i >= WORKERS) {
			unsigned int priority;

			if (mq_receive(q, (char *)word, sizeof(word), &priority) != sizeof(word))
				_exit(3);
			if (word[0] < 0)
				break;
			if (word[0] >= WORKERS || priority != word[1] % 5 || word[1] <= last[word[0]][priority])
				_exit(4);
			last[word[0]][priority] = word[1];
			count[1]++;
		}
		if (write(fd[1], count, sizeof(count)) != sizeof(count))
			_exit(5);
		_exit(0);
	}
	for (int i = 0; i < 2 * WORKERS; i++) {
		waitpid(pid[i], &status, 0);
		if (status)
			fail("worker %d ended with %#x", i, status);
		if (!status && read(fd[0], word, sizeof(word)) == sizeof(word))
			*(word[0] ? &sent : &got) += word[1];
	}
	/* Messages of priority 0 may lie behind the ends, which have that priority too. */
	struct mq_attr attr = { .mq_flags = O_NONBLOCK };

	mq_setattr(q, &attr, NULL);
	while (mq_receive(q, (char *)word, sizeof(word), NULL) >= 0)
		got++;
	if (sent != got || !sent)
		fail("%ld messages sent, %ld received", sent, got);
	mq_close(q);
	mq_unlink("/rowr");
}

int main(int argc, char **argv)
{
	const char *dir = "/mq";
	int seconds = 0;

	for (int i = 1; i + 1 < argc; i += 2) {
		if (!strcmp(argv[i], "--dir"))
			dir = argv[i + 1];
		else if (!strcmp(argv[i], "--seconds"))
			seconds = atoi(argv[i + 1]);
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (mkdir(dir, 0755) && errno != EEXIST)
		die("%s: %s", dir, strerror(errno));
	opening();
	messages();
	notification();
	limits();
	mounted(dir);
	if (seconds)
		race(seconds);
	if (failures())
		printf("mqcalls: %lu failures\n", failures());
	return failures() ? 1 : 0;
}
