// SPDX-License-Identifier: MIT
/*
 * procpid [--seconds N] [--dir DIR]
 *
 * What /proc tells of processes: of itself, where it knows better, and of children that it lets live and die. What is read must agree
 * with what the system calls say; a process that has gone must be gone here, too, also for those who still look at it; and a reader
 * that goes through everything while processes come and go meets no other errors than that. The same on Linux.
 */
#define _GNU_SOURCE
#include "lib/util.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROOM 65536
#define PAGE 4096

static const char *dir = "/tmp";

/* The text of a file whose name is made like printf; its length, or -1 with errno. */
static ssize_t slurp(char *buf, const char *format, ...)
{
	char path[PATH_MAX];
	ssize_t n, done = 0;
	va_list args;
	int fd;

	va_start(args, format);
	vsnprintf(path, sizeof(path), format, args);
	va_end(args);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return -1;
	while ((n = read(fd, buf + done, ROOM - 1 - done)) > 0)
		done += n;
	if (n < 0)
		done = -1;
	else
		buf[done] = 0;
	int error = errno;
	close(fd);
	errno = error;
	return done;
}

static char *link_of(char *buf, const char *format, ...)
{
	char path[PATH_MAX];
	va_list args;
	ssize_t n;

	va_start(args, format);
	vsnprintf(path, sizeof(path), format, args);
	va_end(args);
	n = readlink(path, buf, PATH_MAX - 1);
	buf[n < 0 ? 0 : n] = 0;
	return buf;
}

/* The value behind "name:\t" in a text of such lines, or NULL. */
static const char *value_of(const char *text, const char *name)
{
	size_t len = strlen(name);

	for (const char *line = text; line && *line; line = strchr(line, '\n'), line += line != NULL)
		if (!strncmp(line, name, len) && line[len] == ':')
			return line + len + 1 + strspn(line + len + 1, " \t");
	return NULL;
}

static long number_of(const char *text, const char *name)
{
	const char *value = value_of(text, name);

	if (!value) {
		fail("no line \"%s:\"", name);
		return -1;
	}
	return strtol(value, NULL, 10);
}

/* ---- stat ---- */

struct stat_line {
	int pid;
	char comm[32], state;
	long long field[60]; /* by the numbers of proc(5), from 4 on */
};

static int parse_stat(const char *text, struct stat_line *s)
{
	const char *open = strchr(text, '('), *close = strrchr(text, ')');
	int field = 4;

	if (!open || !close || close - open > 31)
		return -1;
	s->pid = atoi(text);
	memset(s->comm, 0, sizeof(s->comm));
	memcpy(s->comm, open + 1, (size_t)(close - open - 1));
	s->state = close[2];
	for (const char *p = close + 3; *p == ' ' && field < 60; field++)
		s->field[field] = (long long)strtoull(p + 1, (char **)&p, 10);
	return field - 1;
}

static void read_stat(int pid, struct stat_line *s)
{
	char text[ROOM];

	if (slurp(text, "/proc/%d/stat", pid) < 0 || parse_stat(text, s) != 52)
		fail("/proc/%d/stat: %s, %s", pid, strerror(errno), text);
}

static void numbers_of_stat(void)
{
	struct stat_line a, b;
	size_t size = 64 * PAGE;
	char text[ROOM], *map;
	double until = now() + 0.3;

	read_stat(getpid(), &a);
	if (a.pid != getpid() || strcmp(a.comm, "procpid") || a.state != 'R')
		fail("stat: %d (%s) %c", a.pid, a.comm, a.state);
	if (a.field[4] != getppid() || a.field[5] != getpgrp() || a.field[6] != getsid(0) || a.field[20] != 1)
		fail("stat: parent %lld, group %lld, session %lld, threads %lld", a.field[4], a.field[5], a.field[6], a.field[20]);
	map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memset(map, 1, size);
	while (now() < until)
		;
	read_stat(getpid(), &b);
	if (b.field[23] < a.field[23] + (long long)size || b.field[24] < a.field[24] + 32)
		fail("stat: size %lld to %lld, pages %lld to %lld", a.field[23], b.field[23], a.field[24], b.field[24]);
	if (b.field[14] + b.field[15] <= a.field[14] + a.field[15] || b.field[10] < a.field[10] + 64)
		fail("stat: CPU time %lld to %lld, faults %lld to %lld", a.field[14] + a.field[15], b.field[14] + b.field[15],
		     a.field[10], b.field[10]);
	if ((unsigned long long)b.field[28] < (unsigned long)&b || (unsigned long)&b + (1 << 20) < (unsigned long long)b.field[28])
		fail("stat: the stack starts at %llx", b.field[28]);
	if (slurp(text, "/proc/self/statm") < 0)
		fail("statm: %s", strerror(errno));
	if (strtol(text, NULL, 10) * PAGE != b.field[23])
		fail("statm %s, but stat says %lld bytes", text, b.field[23]);
	munmap(map, size);
}

/* ---- status ---- */

static void handler(int sig)
{
}

static void words_of_status(void)
{
	char text[ROOM];
	sigset_t set;
	unsigned int ids[4];

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGUSR1, handler);
	signal(SIGHUP, SIG_IGN);
	raise(SIGUSR2);
	if (slurp(text, "/proc/self/status") < 0)
		fail("status: %s", strerror(errno));
	if (strncmp(value_of(text, "Name"), "procpid\n", 8) || strncmp(value_of(text, "State"), "R (running)", 11))
		fail("status: name or state:\n%s", text);
	if (number_of(text, "Pid") != getpid() || number_of(text, "Tgid") != getpid() || number_of(text, "PPid") != getppid() ||
	    number_of(text, "Threads") != 1)
		fail("status: numbers:\n%s", text);
	if (sscanf(value_of(text, "Uid"), "%u %u %u %u", &ids[0], &ids[1], &ids[2], &ids[3]) != 4 || ids[0] != getuid() ||
	    ids[1] != geteuid())
		fail("status: users");
	if (strtoul(value_of(text, "SigBlk"), NULL, 16) != 1UL << (SIGUSR2 - 1) ||
	    !(strtoul(value_of(text, "SigCgt"), NULL, 16) & 1UL << (SIGUSR1 - 1)) ||
	    !(strtoul(value_of(text, "SigIgn"), NULL, 16) & 1UL << (SIGHUP - 1)) ||
	    !((strtoul(value_of(text, "SigPnd"), NULL, 16) | strtoul(value_of(text, "ShdPnd"), NULL, 16)) & 1UL << (SIGUSR2 - 1)))
		fail("status: signals:\n%s", text);
	if (number_of(text, "VmRSS") < 16 || number_of(text, "VmPeak") < number_of(text, "VmSize") ||
	    number_of(text, "VmHWM") < number_of(text, "VmRSS"))
		fail("status: memory:\n%s", text);
	signal(SIGUSR2, SIG_IGN);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	signal(SIGUSR1, SIG_DFL);
	signal(SIGUSR2, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
}

static void limits_and_comm(void)
{
	struct rlimit old, limit;
	char text[ROOM], name[16], expected[80];
	int fd;

	getrlimit(RLIMIT_NOFILE, &old);
	limit = old;
	limit.rlim_cur = 77;
	setrlimit(RLIMIT_NOFILE, &limit);
	slurp(text, "/proc/self/limits");
	snprintf(expected, sizeof(expected), "%-25s %-20d ", "Max open files", 77);
	if (!strstr(text, expected) || strncmp(text, "Limit                     Soft Limit           Hard Limit           Units     \n", 79))
		fail("limits:\n%s", text);
	setrlimit(RLIMIT_NOFILE, &old);

	fd = open("/proc/self/comm", O_RDWR);
	if (write(fd, "a longer name than fits", 23) != 23)
		fail("comm: %s", strerror(errno));
	close(fd);
	prctl(PR_GET_NAME, name);
	slurp(text, "/proc/self/comm");
	if (strcmp(name, "a longer name t") || strcmp(text, "a longer name t\n"))
		fail("comm: \"%s\", \"%s\"", name, text);
	prctl(PR_SET_NAME, "procpid");
}

/* ---- maps ---- */

/* The line of the area that holds @addr, with its end cut off, or NULL. */
static char *line_of(char *text, const void *addr)
{
	for (char *line = text; *line;) {
		unsigned long start, end;
		char *newline = strchr(line, '\n');

		if (!newline || sscanf(line, "%lx-%lx", &start, &end) != 2)
			return NULL;
		if ((unsigned long)addr >= start && (unsigned long)addr < end) {
			*newline = 0;
			return line;
		}
		line = newline + 1;
	}
	return NULL;
}

static char *area_of(const void *addr)
{
	static char text[ROOM];

	if (slurp(text, "/proc/self/maps") < 0)
		fail("maps: %s", strerror(errno));
	return line_of(text, addr);
}

static void areas(void)
{
	char path[PATH_MAX], expected[PATH_MAX + 200], text[ROOM], *line;
	char *anon = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *file;
	struct stat st;
	int fd, at;

	mprotect(anon + 2 * PAGE, PAGE, PROT_READ);
	mprotect(anon + 3 * PAGE, PAGE, PROT_NONE);
	at = snprintf(expected, sizeof(expected), "%08lx-%08lx r--p 00000000 00:00 0 ", (long)anon + 2 * PAGE, (long)anon + 3 * PAGE);
	line = area_of(anon + 2 * PAGE);
	if (!line || strcmp(line, expected))
		fail("maps: \"%s\", not \"%s\"", line, expected);
	line = area_of(anon + 3 * PAGE);
	if (!line || !strstr(line, " ---p "))
		fail("maps: \"%s\"", line);

	snprintf(path, sizeof(path), "%s/procpid file", dir);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (ftruncate(fd, 4 * PAGE) || fstat(fd, &st))
		die("%s", path);
	file = mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fd, PAGE);
	at = snprintf(expected, sizeof(expected), "%08lx-%08lx r--s 00001000 %02x:%02x %lu ", (long)file, (long)file + 2 * PAGE,
		      major(st.st_dev), minor(st.st_dev), (unsigned long)st.st_ino);
	at += snprintf(expected + at, sizeof(expected) - (size_t)at, "%*s%s", at < 73 ? 73 - at : 0, "", path);
	line = area_of(file + PAGE);
	if (!line || strcmp(line, expected))
		fail("maps:\n\"%s\", not\n\"%s\"", line, expected);
	unlink(path);
	line = area_of(file + PAGE);
	strcat(expected, " (deleted)");
	if (!line || strcmp(line, expected))
		fail("maps: \"%s\", not \"%s\"", line, expected);
	close(fd);
	munmap(file, 2 * PAGE);

	line = area_of(&at);
	if (!line || !strstr(line, "[stack]"))
		fail("maps: the stack: \"%s\"", line);
	line = area_of((char *)syscall(SYS_brk, syscall(SYS_brk, 0) + 4 * PAGE) - 1);
	if (!line || !strstr(line, "[heap]"))
		fail("maps: the heap: \"%s\"", line);

	/* What smaps adds up is what was touched. */
	memset(anon, 1, PAGE);
	slurp(text, "/proc/self/smaps");
	line = text;
	while (line && strncmp(line, (snprintf(expected, sizeof(expected), "%08lx-", (long)anon), expected), 9))
		line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL;
	if (!line || number_of(line, "Size") != 8 || number_of(line, "Rss") != 4 || number_of(line, "Private_Dirty") != 4 ||
	    number_of(line, "Anonymous") != 4)
		fail("smaps: %s", line ? line : "no such area");
	slurp(text, "/proc/self/smaps_rollup");
	if (!strstr(text, "[rollup]") || number_of(text, "Rss") < 16 || number_of(text, "Pss") > number_of(text, "Rss"))
		fail("smaps_rollup: %s", text);
	munmap(anon, 8 * PAGE);
}

/* Read in small pieces while areas come and go elsewhere: each line whole, in order. */
static void areas_in_pieces(void)
{
	unsigned long last = 0, start, end;
	int fd = open("/proc/self/maps", O_RDONLY);
	char text[ROOM], *maps[20];
	size_t done = 0;
	ssize_t n;

	for (int i = 0; i < 20; i++)
		maps[i] = mmap(NULL, PAGE, i % 2 ? PROT_READ : PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (int i = 0; (n = read(fd, text + done, 60)) > 0; done += (size_t)n, i++)
		if (i < 20)
			munmap(maps[i], PAGE);
	text[done] = 0;
	for (char *line = text; *line; line = strchr(line, '\n') + 1) {
		if (sscanf(line, "%lx-%lx", &start, &end) != 2 || start < last || end <= start || !strchr(line, '\n')) {
			fail("maps in pieces: %s", line);
			break;
		}
		last = start;
	}
	close(fd);
}

static void page_map(void)
{
	char *map = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = open("/proc/self/pagemap", O_RDONLY);
	uint64_t word[3] = { 0 };

	map[PAGE] = 1;
	if (pread(fd, word, sizeof(word), (off_t)((unsigned long)map / PAGE * 8)) != sizeof(word) || word[0] >> 63 || !(word[1] >> 63) ||
	    word[2] >> 63)
		fail("pagemap: %llx %llx %llx", (unsigned long long)word[0], (unsigned long long)word[1], (unsigned long long)word[2]);
	close(fd);
	munmap(map, 3 * PAGE);
}

/* ---- descriptors ---- */

static void descriptors(void)
{
	char path[PATH_MAX], link[PATH_MAX], expected[PATH_MAX + 20], text[ROOM], byte;
	int fd, again, pipes[2], seen = 0;
	struct stat st, st2;
	struct dirent *entry;
	DIR *stream;

	snprintf(path, sizeof(path), "%s/procpid.fd", dir);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_APPEND, 0600);
	if (write(fd, "abcdef", 6) != 6 || lseek(fd, 4, SEEK_SET) != 4)
		die("%s", path);
	if (strcmp(link_of(link, "/proc/self/fd/%d", fd), path))
		fail("fd: \"%s\"", link);
	slurp(text, "/proc/self/fdinfo/%d", fd);
	if (number_of(text, "pos") != 4 || strtol(value_of(text, "flags"), NULL, 8) != (O_RDWR | O_APPEND | 0100000) ||
	    number_of(text, "mnt_id") <= 0)
		fail("fdinfo: %s", text);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	lstat(link, &st);
	if (!S_ISLNK(st.st_mode) || (st.st_mode & 0777) != 0700)
		fail("fd: mode %o", st.st_mode);
	/* A second open file on the same object, also when it has no name any more. */
	unlink(path);
	again = open(link, O_RDONLY);
	if (again < 0 || read(again, &byte, 1) != 1 || byte != 'a' || lseek(fd, 0, SEEK_CUR) != 4)
		fail("a file opened again through fd: %s", strerror(errno));
	snprintf(expected, sizeof(expected), "%s (deleted)", path);
	if (strcmp(link_of(path, "%s", link), expected))
		fail("fd: \"%s\"", path);
	fstat(fd, &st);
	if (stat(link, &st2) || st.st_ino != st2.st_ino || st.st_dev != st2.st_dev)
		fail("fd: stat through it");
	close(again);

	if (pipe(pipes))
		die("pipe");
	fstat(pipes[0], &st);
	snprintf(expected, sizeof(expected), "pipe:[%lu]", (unsigned long)st.st_ino);
	if (strcmp(link_of(link, "/proc/self/fd/%d", pipes[0]), expected))
		fail("fd: \"%s\", not \"%s\"", link, expected);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", pipes[1]);
	again = open(link, O_WRONLY);
	if (again < 0 || write(again, "x", 1) != 1 || read(pipes[0], &byte, 1) != 1 || byte != 'x')
		fail("a pipe opened again: %s", strerror(errno));
	close(again);

	/* Through a directory. */
	again = open("/", O_RDONLY | O_DIRECTORY);
	snprintf(link, sizeof(link), "/proc/self/fd/%d/proc/../proc/self/stat", again);
	if (slurp(text, "%s", link) <= 0 || atoi(text) != getpid())
		fail("%s: %s", link, strerror(errno));
	snprintf(link, sizeof(link), "/proc/thread-self/fd/%d/", again);
	if (stat(link, &st) || stat("/", &st2) || st.st_ino != st2.st_ino)
		fail("%s: %s", link, strerror(errno));
	close(again);

	stream = opendir("/proc/self/fd");
	while ((entry = readdir(stream))) {
		int n = atoi(entry->d_name);

		if (entry->d_name[0] == '.')
			continue;
		seen++;
		if (fcntl(n, F_GETFD) < 0 || entry->d_type != DT_LNK)
			fail("fd lists %s", entry->d_name);
	}
	closedir(stream);
	again = 0;
	for (int n = 0; n < 256; n++)
		again += fcntl(n, F_GETFD) >= 0;
	if (seen != again + 1) /* and the directory itself */
		fail("fd lists %d of %d", seen, again + 1);
	close(fd);
	close(pipes[0]);
	close(pipes[1]);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	if (open(link, O_RDONLY) >= 0 || errno != ENOENT || readlink(link, path, 10) >= 0 || errno != ENOENT)
		fail("a closed descriptor: %s", strerror(errno));
	if (open("/proc/self/fd/01", O_RDONLY) >= 0 || errno != ENOENT)
		fail("fd/01 was found");
}

static void places(void)
{
	char link[PATH_MAX], cwd[PATH_MAX], text[ROOM];
	struct stat st, st2;

	if (!getcwd(cwd, sizeof(cwd)) || strcmp(link_of(link, "/proc/self/cwd"), cwd))
		fail("cwd: \"%s\"", link);
	if (chdir(dir) || !getcwd(cwd, sizeof(cwd)) || strcmp(link_of(link, "/proc/%d/cwd", getpid()), cwd))
		fail("cwd: \"%s\"", link);
	if (stat("/proc/self/cwd/", &st) || stat(".", &st2) || st.st_ino != st2.st_ino)
		fail("stat of cwd: %s", strerror(errno));
	if (strcmp(link_of(link, "/proc/self/root"), "/"))
		fail("root: \"%s\"", link);
	if (chdir("/proc/self/cwd/") || !getcwd(link, sizeof(link)) || strcmp(link, cwd))
		fail("chdir through cwd: %s", link);
	snprintf(cwd, sizeof(cwd), "%d", getpid());
	if (strcmp(link_of(link, "/proc/self"), cwd))
		fail("self: \"%s\"", link);
	snprintf(cwd, sizeof(cwd), "%d/task/%ld", getpid(), syscall(SYS_gettid));
	if (strcmp(link_of(link, "/proc/thread-self"), cwd) || strcmp(link_of(link, "/proc/mounts"), "self/mounts"))
		fail("thread-self: \"%s\"", link);
	slurp(text, "/proc/self/mountinfo");
	if (!strstr(text, " / / ") || !strstr(text, " /proc ") || !strstr(text, " - proc proc "))
		fail("mountinfo:\n%s", text);
	slurp(text, "/proc/self/mounts");
	if (!strstr(text, " /proc proc "))
		fail("mounts:\n%s", text);
	if (chmod("/proc/self/stat", 0600) >= 0 || errno != EPERM)
		fail("chmod of stat: %s", strerror(errno));
	if (chdir("/"))
		die("/");
}

/* ---- other processes ---- */

static volatile long shared_value;

/* A child that waits until it is told, by the end of the pipe, to exit with 7. */
static pid_t child_on(int pipes[2])
{
	pid_t pid;
	char byte;

	fflush(stdout);
	if (pipe(pipes))
		die("pipe");
	shared_value = 12;
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid) {
		close(pipes[1]);
		shared_value = 34;
		while (read(pipes[0], &byte, 1) > 0)
			;
		_exit(shared_value == 56 ? 7 : 8);
	}
	close(pipes[0]);
	return pid;
}

static void wait_for_state(pid_t pid, char state)
{
	struct stat_line s;
	double until = now() + 20;

	do {
		read_stat(pid, &s);
		if (s.state == state)
			return;
		usleep(2000);
	} while (now() < until);
	fail("process %d is in state %c, not %c", pid, s.state, state);
}

static void life_and_death(void)
{
	char path[64], text[ROOM], link[PATH_MAX];
	int pipes[2], status, mem, statfd, maps, directory;
	struct stat_line s;
	struct stat st;
	long value = 0;
	pid_t pid = child_on(pipes);

	wait_for_state(pid, 'S');
	read_stat(pid, &s);
	if (s.field[4] != getpid() || strcmp(s.comm, "procpid"))
		fail("the child: %d (%s), parent %lld", s.pid, s.comm, s.field[4]);
	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	mem = open(path, O_RDWR);
	if (pread(mem, &value, sizeof(value), (off_t)(unsigned long)&shared_value) != sizeof(value) || value != 34)
		fail("mem: %ld, %s", value, strerror(errno));
	value = 56;
	if (pwrite(mem, &value, sizeof(value), (off_t)(unsigned long)&shared_value) != sizeof(value) || shared_value != 12)
		fail("mem: %s", strerror(errno));
	if (pread(mem, &value, sizeof(value), 16) >= 0 || errno != EIO)
		fail("mem: page 0 was read");
	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	statfd = open(path, O_RDONLY);
	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	maps = open(path, O_RDONLY);
	if (read(maps, text, 100) != 100)
		fail("maps of a child: %s", strerror(errno));
	snprintf(path, sizeof(path), "/proc/%d", pid);
	directory = open(path, O_RDONLY | O_DIRECTORY);
	if (stat(path, &st) || st.st_uid != geteuid() || (st.st_mode & 07777) != 0555)
		fail("%s: mode %o", path, st.st_mode);

	close(pipes[1]);
	wait_for_state(pid, 'Z');
	slurp(text, "/proc/%d/status", pid);
	if (strncmp(value_of(text, "State"), "Z (zombie)", 10) || value_of(text, "VmRSS"))
		fail("status of a zombie:\n%s", text);
	if (slurp(text, "/proc/%d/maps", pid) != 0 || slurp(text, "/proc/%d/cmdline", pid) != 0 || slurp(text, "/proc/%d/smaps", pid) != 0)
		fail("a zombie has memory");
	if (pread(mem, &value, sizeof(value), (off_t)(unsigned long)&shared_value) != 0)
		fail("a zombie's mem was read");
	if (lseek(maps, 0, SEEK_SET) || read(maps, text, 100) != 0)
		fail("a zombie's maps, opened before");
	if (readlink((snprintf(path, sizeof(path), "/proc/%d/exe", pid), path), link, 10) >= 0 || errno != ENOENT)
		fail("a zombie's exe: %s", strerror(errno));

	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 7)
		fail("the child ended with %x", status);
	snprintf(path, sizeof(path), "/proc/%d", pid);
	if (stat(path, &st) >= 0 || errno != ENOENT)
		fail("a process that has gone: %s", strerror(errno));
	if (pread(statfd, text, 100, 0) >= 0 || errno != ESRCH)
		fail("stat, opened before: %s", strerror(errno));
	if (openat(directory, "stat", O_RDONLY) >= 0 || errno != ESRCH)
		fail("a look-up in the directory, opened before: %s", strerror(errno));
	if (syscall(SYS_getdents64, directory, text, ROOM) >= 0 || errno != ENOENT)
		fail("a listing of the directory, opened before: %s", strerror(errno));
	close(mem);
	close(statfd);
	close(maps);
	close(directory);
}

static void listing(void)
{
	int pipes[32][2], found = 0, last = 0;
	struct dirent *entry;
	pid_t pid[32];
	DIR *stream;
	bool self = false;

	for (int i = 0; i < 32; i++)
		pid[i] = child_on(pipes[i]);
	stream = opendir("/proc");
	while ((entry = readdir(stream))) {
		int nr = atoi(entry->d_name);

		if (nr <= 0)
			continue;
		if (nr <= last || entry->d_type != DT_DIR)
			fail("/proc lists %d behind %d", nr, last);
		last = nr;
		self |= nr == getpid();
		for (int i = 0; i < 32; i++)
			found += nr == pid[i];
		/* Goes away in the middle of the listing; the others are still found. */
		if (nr == pid[10]) {
			close(pipes[10][1]);
			kill(pid[10], SIGKILL);
			waitpid(pid[10], NULL, 0);
			seekdir(stream, telldir(stream));
		}
	}
	if (found != 32 || !self)
		fail("/proc lists %d of 32 children", found);
	closedir(stream);
	/* A child has the ends of its elders' pipes, so they end one after the other once all are closed here. */
	for (int i = 0; i < 32; i++)
		if (i != 10)
			close(pipes[i][1]);
	for (int i = 0; i < 32; i++)
		if (i != 10)
			waitpid(pid[i], NULL, 0);
}

/* ---- threads ---- */

static pthread_barrier_t barrier;

static void *other_thread(void *arg)
{
	prctl(PR_SET_NAME, "other");
	*(int *)arg = (int)syscall(SYS_gettid);
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	return NULL;
}

static void threads(void)
{
	char text[ROOM], path[64];
	struct dirent *entry;
	int tid, seen = 0;
	struct stat st;
	pthread_t thread;
	DIR *stream;

	pthread_barrier_init(&barrier, NULL, 2);
	if (pthread_create(&thread, NULL, other_thread, &tid))
		die("pthread_create");
	pthread_barrier_wait(&barrier);
	stream = opendir("/proc/self/task");
	while ((entry = readdir(stream)))
		if (entry->d_name[0] != '.')
			seen += atoi(entry->d_name) == getpid() || atoi(entry->d_name) == tid ? 1 : 100;
	closedir(stream);
	if (seen != 2 || stat("/proc/self/task", &st) || st.st_nlink != 4)
		fail("task lists %d, links %lu", seen, (unsigned long)st.st_nlink);
	slurp(text, "/proc/self/task/%d/comm", tid);
	if (strcmp(text, "other\n"))
		fail("comm of a thread: %s", text);
	slurp(text, "/proc/self/task/%d/status", tid);
	if (number_of(text, "Pid") != tid || number_of(text, "Tgid") != getpid() || number_of(text, "Threads") != 2)
		fail("status of a thread:\n%s", text);
	if (slurp(text, "/proc/%d/stat", tid) <= 0 || atoi(text) != tid)
		fail("a thread by its number");
	snprintf(path, sizeof(path), "/proc/self/task/%d/task", tid);
	if (!access(path, F_OK) || errno != ENOENT)
		fail("%s is there", path);
	pthread_barrier_wait(&barrier);
	pthread_join(thread, NULL);
	pthread_barrier_destroy(&barrier);
	snprintf(path, sizeof(path), "/proc/self/task/%d", tid);
	for (double until = now() + 10; !access(path, F_OK) && now() < until;)
		usleep(1000);
	if (!access(path, F_OK))
		fail("a thread stays after its end");
}

/* ---- everything, while processes come and go ---- */

static void read_file(const char *path, bool own)
{
	/* EINVAL: the mounts of a process that has left their namespace at its end. */
	static const int expected[] = { ENOENT, ESRCH, EACCES, EPERM, EIO, EINVAL };
	static char text[ROOM];
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	ssize_t n = fd;

	for (int i = 0; n > 0 && i < 20; i++)
		n = read(fd, text, sizeof(text));
	if (n < 0) {
		bool known = false;

		for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
			known |= errno == expected[i];
		/* Files that cannot be read: sockets and the like below fd, and what Linux has besides. */
		if (!known && own)
			fail("%s: %s", path, strerror(errno));
	}
	if (fd >= 0)
		close(fd);
}

static void read_below(const char *path, int depth)
{
	static const char *const names[] = { "stat", "status", "statm", "maps", "smaps", "limits", "cmdline", "comm", "environ", "auxv",
					     "mounts", "mountinfo", "cgroup", "wchan", "smaps_rollup", "timers", "children", "io", "sched",
					     "schedstat", "syscall", "personality", "oom_score", "oom_score_adj" };
	DIR *stream = opendir(path);
	struct dirent *entry;
	char below[PATH_MAX], text[PATH_MAX];

	if (!stream)
		return;
	while ((entry = readdir(stream))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(below, sizeof(below), "%s/%s", path, entry->d_name);
		if (entry->d_type == DT_LNK && readlink(below, text, sizeof(text)) < 0 && errno != ENOENT && errno != EACCES && errno != ESRCH)
			fail("readlink %s: %s", below, strerror(errno));
		if (entry->d_type == DT_DIR && depth < 4 &&
		    (depth || (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')) && strcmp(entry->d_name, "net") && strcmp(entry->d_name, "map_files"))
			read_below(below, depth + 1);
		for (size_t i = 0; depth && entry->d_type == DT_REG && i < sizeof(names) / sizeof(names[0]); i++)
			if (!strcmp(entry->d_name, names[i]))
				read_file(below, true);
	}
	closedir(stream);
}

/* Makes short-lived processes until the time is over. */
static void breed(double until)
{
	while (now() < until) {
		pid_t pid = fork();

		if (!pid) {
			int fd = open("/", O_RDONLY);

			mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
			usleep((useconds_t)(rand() % 3000));
			close(fd);
			_exit(0);
		}
		if (pid > 0)
			waitpid(pid, NULL, 0);
	}
	_exit(failures() != 0);
}

static void crowd(double seconds)
{
	double until = now() + seconds;
	int rounds = 0, status;

	fflush(stdout);
	for (int i = 0; i < 3; i++)
		if (!fork())
			breed(until);
	while (now() < until) {
		read_below("/proc", 0);
		rounds++;
	}
	while (wait(&status) > 0)
		if (status)
			fail("a breeder ended with %x", status);
	printf("procpid: everything was read %d times\n", rounds);
}

int main(int argc, char **argv)
{
	double seconds = (double)option_long(argc, argv, "--seconds", 3);

	if (option(argc, argv, "--dir"))
		dir = option(argc, argv, "--dir");
	mkdir(dir, 0777);
	prctl(PR_SET_NAME, "procpid");
	numbers_of_stat();
	words_of_status();
	limits_and_comm();
	areas();
	areas_in_pieces();
	page_map();
	descriptors();
	places();
	life_and_death();
	listing();
	threads();
	crowd(seconds);
	printf("procpid: %lu failures\n", failures());
	return failures() != 0;
}
