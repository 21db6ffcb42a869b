// SPDX-License-Identifier: MIT
/*
 * ptytest [--dir DIR] [--console]
 *
 * Pseudo-terminals and job control: what the line discipline makes of what is typed, sessions and foreground groups, who is stopped and
 * who is hung up; the nodes in /dev/pts. --console: the standard streams are the console, and the session's terminal. The same on Linux.
 */
#define _GNU_SOURCE
#include "lib/util.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static int master, slave;
static char slave_name[64];

static void open_pair(void)
{
	master = posix_openpt(O_RDWR | O_NOCTTY);
	if (master < 0 || grantpt(master))
		die("posix_openpt: %s", strerror(errno));
	snprintf(slave_name, sizeof(slave_name), "%s", ptsname(master));
	if (open(slave_name, O_RDWR | O_NOCTTY) >= 0 || errno != EIO)
		fail("a locked slave was opened: %s", strerror(errno));
	if (unlockpt(master))
		fail("unlockpt: %s", strerror(errno));
	slave = open(slave_name, O_RDWR | O_NOCTTY);
	if (slave < 0)
		die("open %s: %s", slave_name, strerror(errno));
}

static void close_pair(void)
{
	close(slave);
	close(master);
}

static void type(const char *text)
{
	if (write(master, text, strlen(text)) != (ssize_t)strlen(text))
		fail("typing: %s", strerror(errno));
}

/* The text that comes out of @fd within a second is @want. */
static void expect(int fd, const char *want)
{
	char buf[256];
	size_t done = 0, len = strlen(want);
	struct pollfd p = { .fd = fd, .events = POLLIN };

	while (done < len && poll(&p, 1, 5000) > 0 && (p.revents & POLLIN)) {
		ssize_t n = read(fd, buf + done, sizeof(buf) - 1 - done);

		if (n <= 0)
			break;
		done += (size_t)n;
	}
	buf[done] = 0;
	if (strcmp(buf, want))
		fail("\"%s\" came, not \"%s\"", buf, want);
}

static void set_modes(tcflag_t lflag_off, tcflag_t oflag)
{
	struct termios t;

	if (tcgetattr(slave, &t))
		fail("tcgetattr: %s", strerror(errno));
	t.c_lflag &= ~lflag_off;
	t.c_oflag = oflag;
	if (tcsetattr(slave, TCSANOW, &t))
		fail("tcsetattr: %s", strerror(errno));
}

static void lines(void)
{
	struct winsize size = { .ws_row = 30, .ws_col = 90 }, got;
	struct stat st;
	int n;

	open_pair();
	if (!isatty(slave) || fstat(slave, &st) || !S_ISCHR(st.st_mode) || st.st_uid != geteuid() || strcmp(ttyname(slave), slave_name))
		fail("the slave: mode %o, name %s", st.st_mode, ttyname(slave) ? ttyname(slave) : "none");
	type("hello\n");
	expect(master, "hello\r\n");
	expect(slave, "hello\n");
	type("wrog\177\177ong\025right\n");
	set_modes(ECHO, OPOST | ONLCR);
	expect(slave, "right\n");
	tcflush(master, TCIFLUSH);
	while (ioctl(master, FIONREAD, &n) == 0 && n > 0) {
		char text[256];

		if (read(master, text, sizeof(text)) <= 0)
			break;
	}
	if (write(slave, "a\tb\n", 4) != 4)
		fail("write: %s", strerror(errno));
	expect(master, "a\tb\r\n");
	set_modes(0, OPOST | XTABS);
	if (write(slave, "a\tb\n", 4) != 4)
		fail("write: %s", strerror(errno));
	expect(master, "a       b\n");
	set_modes(ICANON | ISIG | IEXTEN, 0);
	type("\003x\004");
	expect(slave, "\003x\004");
	if (ioctl(master, TIOCSWINSZ, &size) || ioctl(slave, TIOCGWINSZ, &got) || memcmp(&size, &got, sizeof(size)))
		fail("the window's size");
	if (ioctl(slave, TIOCGPGRP, &n) >= 0 || errno != ENOTTY)
		fail("the group of a terminal that is not ours: %s", strerror(errno));
	close_pair();
}

static void packets(void)
{
	int on = 1;
	char text[16];

	open_pair();
	if (ioctl(master, TIOCPKT, &on))
		fail("TIOCPKT: %s", strerror(errno));
	if (write(slave, "data", 4) != 4 || read(master, text, sizeof(text)) != 5 || memcmp(text, "\0data", 5))
		fail("a packet");
	if (tcflow(slave, TCOOFF) || read(master, text, sizeof(text)) != 1 || text[0] != TIOCPKT_STOP)
		fail("the packet of a stop: %d", text[0]);
	if (tcflow(slave, TCOON) || read(master, text, sizeof(text)) != 1 || text[0] != TIOCPKT_START)
		fail("the packet of a start: %d", text[0]);
	close_pair();
}

static void closing(void)
{
	struct pollfd p;
	char text[16];

	open_pair();
	if (write(slave, "last", 4) != 4)
		fail("write: %s", strerror(errno));
	close(slave);
	p = (struct pollfd){ .fd = master, .events = POLLIN };
	if (poll(&p, 1, 10000) != 1 || !(p.revents & POLLHUP))
		fail("no hangup: %x", p.revents);
	if (read(master, text, sizeof(text)) != 4 || read(master, text, sizeof(text)) != -1 || errno != EIO)
		fail("the master, after the slave's end: %s", strerror(errno));
	slave = open(slave_name, O_RDWR | O_NOCTTY);
	type("again\n");
	expect(slave, "again\n");
	close(master);
	if (read(slave, text, sizeof(text)) != 0)
		fail("the slave, after the master's end: %s", strerror(errno));
	if (write(slave, "x", 1) >= 0 || errno != EIO)
		fail("writing to it: %s", strerror(errno));
	p = (struct pollfd){ .fd = slave, .events = POLLIN };
	if (poll(&p, 1, 10000) != 1 || !(p.revents & POLLHUP))
		fail("its poll: %x", p.revents);
	if (!access(slave_name, F_OK))
		fail("%s is still there", slave_name);
	close(slave);
}

/* ---- sessions ---- */

static volatile sig_atomic_t got[65];

static void note(int sig)
{
	got[sig]++;
}

static void catch(int sig, int flags)
{
	struct sigaction action = { .sa_handler = note, .sa_flags = flags };

	sigaction(sig, &action, NULL);
}

static void wait_for(int sig)
{
	for (int i = 0; i < 1000 && !got[sig]; i++)
		usleep(5000);
	if (!got[sig])
		fail("no signal %d", sig);
	got[sig] = 0;
}

/* A member of the session in a group of its own, in the background: it tries what is forbidden there. */
static int background(void)
{
	struct termios t;
	char byte;

	setpgid(0, 0);
	/* Orphaned it is not: its parent is of another group of the session. */
	signal(SIGTTIN, SIG_DFL);
	if (read(slave, &byte, 1) != 1 || byte != 'k') /* is stopped by it; goes on in the foreground */
		return 2;
	signal(SIGTTIN, SIG_IGN);
	kill(getpid(), SIGSTOP); /* until it is in the background again */
	if (read(slave, &byte, 1) != -1 || errno != EIO)
		return 3;
	signal(SIGTTOU, SIG_IGN);
	if (tcgetattr(slave, &t) || tcsetattr(slave, TCSANOW, &t))
		return 4;
	signal(SIGTTOU, SIG_DFL);
	tcsetattr(slave, TCSANOW, &t); /* is stopped by it, and killed */
	return 5;
}

/* System V's struct termio sets the lower halves only; locked modes stay; speeds follow the bits. */
static void old_and_locked_modes(void)
{
	struct termios before, after, lock = { .c_lflag = ECHO };
	unsigned short t[9]; /* struct termio: four words of modes, then bytes */
	unsigned int two[11];

	open_pair();
	tcgetattr(slave, &before);
	if (ioctl(slave, TCGETA, t) || t[0] != (before.c_iflag & 0xffff) || t[3] != (before.c_lflag & 0xffff))
		fail("TCGETA: %s", strerror(errno));
	t[3] &= (unsigned short)~ECHO;
	if (ioctl(slave, TCSETAF, t) || tcgetattr(slave, &after) || after.c_lflag != (before.c_lflag & ~(unsigned)ECHO))
		fail("TCSETAF: %x became %x: %s", before.c_lflag, after.c_lflag, strerror(errno));
	cfsetspeed(&after, B115200);
	if (tcsetattr(slave, TCSADRAIN, &after) || ioctl(slave, 0x802c542a /* TCGETS2 */, two) || two[9] != 115200 || two[10] != 115200)
		fail("speeds %u and %u", two[9], two[10]);
	if (geteuid() == 0) {
		if (ioctl(slave, TIOCSLCKTRMIOS, &lock) || tcsetattr(slave, TCSANOW, &before) || tcgetattr(slave, &after) ||
		    (after.c_lflag & ECHO))
			fail("a locked ECHO was set: %s", strerror(errno));
		lock.c_lflag = 0;
		if (ioctl(slave, TIOCGLCKTRMIOS, &after) || after.c_lflag != ECHO || ioctl(slave, TIOCSLCKTRMIOS, &lock))
			fail("TIOCGLCKTRMIOS: %s", strerror(errno));
	}
	close_pair();
}

static void expect_stop(pid_t pid, int sig)
{
	int status = 0;

	if (waitpid(pid, &status, WUNTRACED) != pid || !WIFSTOPPED(status) || WSTOPSIG(status) != sig)
		fail("status %x, not a stop by %d", status, sig);
}

static int leader(void)
{
	pid_t pid;
	int fd, nr, status;

	if (open("/dev/tty", O_RDWR) >= 0 || errno != ENXIO)
		fail("/dev/tty without a terminal: %s", strerror(errno));
	close(slave);
	slave = open(slave_name, O_RDWR); /* becomes ours */
	if (slave < 0)
		fail("open %s: %s", slave_name, strerror(errno));
	fd = open("/dev/tty", O_RDWR);
	if (fd < 0 || tcgetpgrp(fd) != getpid() || tcgetsid(slave) != getpid())
		fail("the session's terminal: %s", strerror(errno));
	close(fd);
	catch(SIGINT, 0);
	catch(SIGWINCH, 0);
	signal(SIGTTOU, SIG_IGN);
	nr = 'r';
	if (write(slave, "ready", 5) != 5)
		fail("write");
	wait_for(SIGINT);
	wait_for(SIGWINCH);
	set_modes(ICANON | ECHO, 0);

	pid = fork();
	if (!pid)
		_exit(background());
	setpgid(pid, pid);
	expect_stop(pid, SIGTTIN);
	if (tcsetpgrp(slave, pid) || tcgetpgrp(slave) != pid || kill(-pid, SIGCONT))
		fail("tcsetpgrp: %s", strerror(errno));
	if (write(slave, "key", 3) != 3)
		fail("write");
	expect_stop(pid, SIGSTOP);
	if (tcsetpgrp(slave, getpid()) || kill(-pid, SIGCONT))
		fail("tcsetpgrp: %s", strerror(errno));
	expect_stop(pid, SIGTTOU);
	kill(-pid, SIGKILL);
	if (waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status))
		fail("the background process ended with %x", status);
	nr = 999999;
	if (ioctl(slave, TIOCSPGRP, &nr) >= 0 || errno != ESRCH)
		fail("a group that is not: %s", strerror(errno));
	nr = getppid();
	if (ioctl(slave, TIOCSPGRP, &nr) >= 0 || errno != EPERM)
		fail("a group of another session: %s", strerror(errno));
	catch(SIGHUP, 0);
	if (write(slave, "hang", 4) != 4)
		fail("write");
	wait_for(SIGHUP);
	if (open("/dev/tty", O_RDWR) >= 0 || errno != ENXIO)
		fail("/dev/tty after the hangup: %s", strerror(errno));
	return failures() != 0;
}

static void session(void)
{
	struct winsize size = { .ws_row = 5, .ws_col = 50 };
	int status;
	pid_t pid;

	open_pair();
	setpgid(0, 0);
	fflush(stdout);
	pid = fork();
	if (!pid) {
		close(master);
		if (setsid() < 0)
			die("setsid");
		_exit(leader());
	}
	expect(master, "ready");
	close(slave); /* not before: it would look closed to the master */
	type("\003");
	expect(master, "^C");
	ioctl(master, TIOCSWINSZ, &size);
	expect(master, "key");
	type("k");
	expect(master, "hang");
	close(master);
	if (waitpid(pid, &status, 0) != pid || status)
		fail("the session's leader ended with %x", status);
}

static bool listed(const char *dir, const char *name)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	bool found = false;

	while (d && (e = readdir(d)) != NULL)
		found |= !strcmp(e->d_name, name);
	if (d)
		closedir(d);
	return found;
}

/* A line that begins so and has this behind it. */
static bool listed_in_mounts(const char *start, const char *options)
{
	FILE *f = fopen("/proc/mounts", "r");
	char line[512];
	bool found = false;

	while (f && fgets(line, sizeof(line), f))
		found |= !strncmp(line, start, strlen(start)) && strstr(line, options);
	if (f)
		fclose(f);
	return found;
}

/* A file system of its own: nodes come with a master and go with it, and come from the kernel alone. */
static void nodes(void)
{
	struct stat st, dir;
	struct statfs fs;
	char link[32];
	int path;

	open_pair();
	if (statfs("/dev/pts", &fs) || fs.f_type != 0x1cd1)
		fail("/dev/pts is of type %lx", (unsigned long)fs.f_type);
	if (fstat(slave, &st) || stat("/dev/pts", &dir) || st.st_dev != dir.st_dev || major(st.st_rdev) != 136 ||
	    (int)minor(st.st_rdev) != atoi(slave_name + strlen("/dev/pts/")) || (int)st.st_ino != (int)minor(st.st_rdev) + 3)
		fail("the slave's node: device %lx, inode %lu", (unsigned long)st.st_rdev, (unsigned long)st.st_ino);
	if (!listed("/dev/pts", strrchr(slave_name, '/') + 1) || !listed("/dev/pts", "ptmx"))
		fail("%s is not listed", slave_name);
	if (!listed_in_mounts("devpts /dev/pts devpts rw", ",ptmxmode=000"))
		fail("/dev/pts and its options are not in /proc/mounts");
	if (mkdir("/dev/pts/sub", 0755) != -1 || (errno != EPERM && errno != EACCES))
		fail("mkdir in /dev/pts: %s", strerror(errno));
	if (unlink(slave_name) != -1 || (errno != EPERM && errno != EACCES))
		fail("unlink in /dev/pts: %s", strerror(errno));
	if (chmod(slave_name, 0640) || fstat(slave, &st) || (st.st_mode & 07777) != 0640)
		fail("chmod of a slave: %s", strerror(errno));
	path = open(slave_name, O_PATH);
	close_pair();
	if (stat(slave_name, &st) != -1 || errno != ENOENT || listed("/dev/pts", strrchr(slave_name, '/') + 1))
		fail("%s stays: %s", slave_name, strerror(errno));
	/* what is left of it is nobody else's terminal, also when its number is used again */
	master = posix_openpt(O_RDWR | O_NOCTTY);
	unlockpt(master);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", path);
	if (open(link, O_RDWR | O_NOCTTY) != -1 || errno != EIO)
		fail("a slave without a master was opened: %s", strerror(errno));
	if (fstat(path, &st) || st.st_nlink)
		fail("a slave without a master has %lu names", (unsigned long)st.st_nlink);
	close(path);
	close(master);
}

static void console(void)
{
	char target[64] = "", *name;
	struct stat st, node;
	int tty;

	for (int fd = 0; fd < 3; fd++) {
		char link[32];
		ssize_t n;

		name = ttyname(fd);
		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		n = readlink(link, target, sizeof(target) - 1);
		target[n > 0 ? n : 0] = 0;
		if (!isatty(fd) || !name || strcmp(name, target))
			fail("descriptor %d is %s, and %s in /proc", fd, name ? name : "no terminal", target);
		else if (fstat(fd, &st) || stat(name, &node) || st.st_rdev != node.st_rdev || st.st_dev != node.st_dev ||
			 st.st_ino != node.st_ino || !S_ISCHR(st.st_mode))
			fail("descriptor %d is not %s", fd, name);
	}
	tty = open("/dev/tty", O_RDWR);
	if (tty < 0 || tcgetsid(0) != getsid(0) || tcgetsid(tty) != getsid(0) || tcgetpgrp(0) != getpgrp())
		fail("the console is not the session's terminal: %s", strerror(errno));
	close(tty);
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[argc - 1], "--console"))
		console();
	signal(SIGHUP, SIG_IGN);
	alarm(60);
	lines();
	old_and_locked_modes();
	packets();
	closing();
	session();
	nodes();
	printf("ptytest: %lu failures\n", failures());
	return failures() != 0;
}
