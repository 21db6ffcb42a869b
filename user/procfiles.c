// SPDX-License-Identifier: MIT
/*
 * procfiles [--dir DIR [guest]]
 * procfiles --leave		leaves a System V segment, set and queue and a POSIX queue behind, which the end of a run removes
 * procfiles --leave-node	leaves a node in devtmpfs behind, for the kernel's count at the end of a run
 *
 * The less common files of /proc: what they tell is compared with what the process does and is. The same on Linux, for root; what a
 * container of Linux forbids is left out there.
 */
#define _GNU_SOURCE
#include "lib/util.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *dir = "/tmp";
static char text[1 << 16];

/* The whole file, in `text`; NULL, with errno. */
static char *slurp(const char *fmt, ...)
{
	char name[256];
	size_t done = 0;
	ssize_t n = 0;
	va_list ap;
	int fd;

	va_start(ap, fmt);
	vsnprintf(name, sizeof(name), fmt, ap);
	va_end(ap);
	fd = open(name, O_RDONLY);
	if (fd < 0)
		return NULL;
	while (done < sizeof(text) - 1 && (n = read(fd, text + done, sizeof(text) - 1 - done)) > 0)
		done += (size_t)n;
	close(fd);
	text[done] = 0;
	return n < 0 ? NULL : text;
}

/* 0 or errno. */
static int put(const char *name, const char *what)
{
	int fd = open(name, O_WRONLY), err = 0;

	if (fd < 0)
		return errno;
	if (write(fd, what, strlen(what)) < 0)
		err = errno;
	close(fd);
	return err;
}

static long long field(const char *name)
{
	const char *at = strstr(text, name);

	return at ? atoll(at + strlen(name)) : -1;
}

static void io(void)
{
	long long chars, calls;
	char buf[1000] = "";
	int fd = open("/dev/zero", O_RDWR);

	if (!slurp("/proc/self/io") || (chars = field("rchar: ")) < 0 || (calls = field("syscr: ")) < 0)
		die("/proc/self/io: %s", strerror(errno));
	for (int i = 0; i < 10; i++)
		if (read(fd, buf, sizeof(buf)) != sizeof(buf) || write(fd, buf, 500) != 500)
			fail("/dev/zero: %s", strerror(errno));
	close(fd);
	slurp("/proc/self/io");
	if (field("rchar: ") < chars + 10000 || field("rchar: ") > chars + 11000 || field("syscr: ") < calls + 10 ||
	    field("syscr: ") > calls + 13)
		fail("10 reads of 1000 bytes: %lld bytes more, %lld calls", field("rchar: ") - chars, field("syscr: ") - calls);
	if (field("wchar: ") < 5000 || field("syscw: ") < 10)
		fail("10 writes of 500 bytes: %lld, %lld", field("wchar: "), field("syscw: "));
}

/* A child that sleeps in a system call, or soon will. */
static pid_t sleeper(void)
{
	int ready[2];
	pid_t pid;
	char c;

	if (pipe(ready))
		die("pipe");
	pid = fork();
	if (!pid) {
		struct timespec hour = { .tv_sec = 3600 };

		if (write(ready[1], "x", 1) != 1)
			_exit(1);
		syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &hour, NULL);
		_exit(0);
	}
	if (pid < 0 || read(ready[0], &c, 1) != 1)
		die("fork");
	close(ready[0]);
	close(ready[1]);
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void of_a_sleeper(void)
{
	unsigned long long ran, waited, times;
	pid_t pid = sleeper();
	int tries;

	for (tries = 0; tries < 1000; tries++) {
		if (slurp("/proc/%d/syscall", pid) && atoi(text) == SYS_clock_nanosleep)
			break;
		usleep(10000);
	}
	if (tries == 1000)
		fail("/proc/PID/syscall of a sleeper: %s", text);
	if (!slurp("/proc/%d/schedstat", pid) || sscanf(text, "%llu %llu %llu", &ran, &waited, &times) != 3 || !ran || !times)
		fail("schedstat: %s", text);
	if (!slurp("/proc/self/task/%d/children", getpid()) || !strstr(text, " ") || atoi(text) != pid)
		fail("children: \"%s\", not %d", text, pid);
	if (!slurp("/proc/%d/sched", pid) || !strstr(text, "nr_switches") || !strstr(text, "se.sum_exec_runtime"))
		fail("sched: %s", text);
	end(pid);
}

static void oom(void)
{
	int score, status;
	pid_t pid;

	if (put("/proc/self/oom_score_adj", "500") || !slurp("/proc/self/oom_score_adj") || strcmp(text, "500\n"))
		fail("oom_score_adj 500 reads %s", text);
	slurp("/proc/self/oom_score");
	score = atoi(text);
	put("/proc/self/oom_score_adj", "0");
	slurp("/proc/self/oom_score");
	if (score <= atoi(text))
		fail("oom_score %d with 500, %d with 0", score, atoi(text));
	if (put("/proc/self/oom_score_adj", "1001") != EINVAL || put("/proc/self/oom_score_adj", "x") != EINVAL)
		fail("oom_score_adj took nonsense");
	/* a child has its parent's, and without the privilege cannot have less */
	put("/proc/self/oom_score_adj", "100");
	pid = fork();
	if (!pid) {
		int fd = open("/proc/self/oom_score_adj", O_RDWR);

		slurp("/proc/self/oom_score_adj");
		if (strcmp(text, "100\n") || fd < 0)
			_exit(1);
		if (setuid(65534))
			_exit(2);
		if (write(fd, "-5", 2) != -1 || errno != EACCES)
			_exit(3);
		if (write(fd, "200", 3) != 3)
			_exit(4);
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid || status)
		fail("oom_score_adj in a child: %d", WEXITSTATUS(status));
	put("/proc/self/oom_score_adj", "0");
}

static void *map_of(int fd)
{
	void *p = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED)
		die("mmap: %s", strerror(errno));
	return p;
}

static void maps(void)
{
	char name[300], link[128], target[300] = "";
	volatile char *p;
	ssize_t n;
	int fd, pagemap;
	uint64_t words[2048] = { 1 };

	snprintf(name, sizeof(name), "%s/procfiles.map", dir);
	fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || ftruncate(fd, 3 * 4096))
		die("%s: %s", name, strerror(errno));
	p = map_of(fd);
	p[0] = 1;
	snprintf(link, sizeof(link), "/proc/self/map_files/%lx-%lx", (unsigned long)p, (unsigned long)p + 3 * 4096);
	n = readlink(link, target, sizeof(target) - 1);
	target[n > 0 ? n : 0] = 0;
	if (strcmp(target, name))
		fail("%s leads to %s: %s", link, target, strerror(errno));
	/* one page is there, two are not */
	pagemap = open("/proc/self/pagemap", O_RDONLY);
	if (pread(pagemap, words, 24, (off_t)((unsigned long)p / 4096 * 8)) != 24 || !(words[0] >> 63) || (words[2] >> 63))
		fail("pagemap: %llx %llx", (unsigned long long)words[0], (unsigned long long)words[2]);
	/* the first page of all is never mapped; what lies behind is a gap */
	if (pread(pagemap, words, sizeof(words), 0) != sizeof(words) || words[0] || words[15])
		fail("pagemap of nothing: %llx", (unsigned long long)words[0]);
	close(pagemap);
	if (put("/proc/self/clear_refs", "1") || put("/proc/self/clear_refs", "7") != EINVAL)
		fail("clear_refs: %s", strerror(errno));
	munmap((void *)p, 3 * 4096);
	if (readlink(link, target, sizeof(target)) != -1 || errno != ENOENT)
		fail("%s stays: %s", link, strerror(errno));
	close(fd);
	unlink(name);
}

static void timers(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
	timer_t id;

	if (timer_create(CLOCK_MONOTONIC, &event, &id))
		die("timer_create: %s", strerror(errno));
	if (!slurp("/proc/self/timers") || !strstr(text, "ID: ") || field("signal: ") != SIGUSR1 || !strstr(text, "notify: signal/pid.") ||
	    field("ClockID: ") != CLOCK_MONOTONIC)
		fail("timers: %s", text);
	timer_delete(id);
	if (!slurp("/proc/self/timers") || *text)
		fail("timers without a timer: %s", text);
}

/* A lock and one that waits for it. */
static void locks(void)
{
	char name[300], want[64];
	struct stat st;
	int fd, tries;
	pid_t pid;

	snprintf(name, sizeof(name), "%s/procfiles.lock", dir);
	fd = open(name, O_RDWR | O_CREAT, 0600);
	if (fd < 0 || fstat(fd, &st) || flock(fd, LOCK_EX))
		die("%s: %s", name, strerror(errno));
	pid = fork();
	if (!pid) {
		int own = open(name, O_RDWR);

		close(fd);
		flock(own, LOCK_EX);
		_exit(0);
	}
	snprintf(want, sizeof(want), ":%lu 0 EOF", (unsigned long)st.st_ino);
	for (tries = 0; tries < 1000; tries++) {
		char *first, *second;

		first = slurp("/proc/locks") ? strstr(text, want) : NULL;
		second = first ? strstr(first + 1, want) : NULL;
		if (second && strstr(text, "-> FLOCK  ADVISORY  WRITE"))
			break;
		usleep(10000);
	}
	if (tries == 1000)
		fail("/proc/locks has not %s twice: %s", want, text);
	close(fd);
	waitpid(pid, NULL, 0);
	unlink(name);
}

/* Files that programs look for are there and say something. */
static void present(bool guest)
{
	static const char *const names[] = {
		"buddyinfo", "consoles", "devices", "interrupts", "diskstats", "meminfo", "partitions", "swaps", "vmstat", "zoneinfo",
		"sys/kernel/threads-max", "sys/kernel/core_pattern", "sys/kernel/sem", "sys/kernel/msgmax", "sys/kernel/shmmax",
		"sys/kernel/pid_max", "sys/kernel/random/uuid", "sys/kernel/pty/max", "sys/fs/lease-break-time",
		"sys/fs/inotify/max_user_watches", "sys/fs/mqueue/msg_max", "sys/vm/overcommit_memory", "sys/vm/min_free_kbytes",
		"self/personality", "self/setgroups", "self/uid_map", "self/timerslack_ns", "self/mountinfo",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!slurp("/proc/%s", names[i]) || !*text)
			fail("/proc/%s: %s", names[i], strerror(errno));
	if (!slurp("/proc/devices") || !strstr(text, "Character devices:\n  1 mem\n") || !strstr(text, "\nBlock devices:\n"))
		fail("devices: %s", text);
	if (!guest)
		return;
	/* root changes what can be changed, and is told what cannot */
	if (put("/proc/sys/vm/drop_caches", "3") || put("/proc/sys/vm/drop_caches", "9") != EINVAL)
		fail("drop_caches: %s", strerror(errno));
	if (slurp("/proc/sys/vm/drop_caches") || errno != EACCES || put("/proc/sys/kernel/msgmax", "1") != EACCES)
		fail("permissions of settings: %s", strerror(errno));
	if (put("/proc/sys/fs/lease-break-time", "7") || !slurp("/proc/sys/fs/lease-break-time") || strcmp(text, "7\n"))
		fail("lease-break-time: %s", text);
}

static int leave(void)
{
	struct {
		long type;
		char text[100];
	} message = { .type = 1, .text = "left" };
	int shm = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600), sem = semget(IPC_PRIVATE, 10, IPC_CREAT | 0600);
	int msg = msgget(IPC_PRIVATE, IPC_CREAT | 0600), mq = mq_open("/left", O_CREAT | O_RDWR, 0600, NULL);
	char *mem = shmat(shm, NULL, 0);

	if (shm < 0 || sem < 0 || msg < 0 || mq < 0 || mem == (void *)-1)
		die("leaving: %d %d %d %d %p", shm, sem, msg, mq, (void *)mem);
	*mem = 1;
	return msgsnd(msg, &message, sizeof(message.text), 0) || mq_send(mq, "left", 4, 0);
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "--leave"))
		return leave();
	if (argc == 2 && !strcmp(argv[1], "--leave-node"))
		return mkdir("/devices", 0755) || mount("devtmpfs", "/devices", "devtmpfs", 0, NULL) ||
		       mknod("/devices/left", S_IFIFO | 0600, 0);
	if (argc > 2)
		dir = argv[2];
	alarm(60);
	io();
	of_a_sleeper();
	oom();
	maps();
	timers();
	locks();
	present(argc > 3);
	printf("procfiles: %lu failures\n", failures());
	return failures() != 0;
}
