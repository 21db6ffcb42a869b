// SPDX-License-Identifier: MIT
/* What the new program keeps of the old one, and when there is none. */
#include "exectest.h"

/* mode state: descriptor 7 open, 8 not; SIGUSR1 default, SIGUSR2 ignored, SIGTERM blocked and pending; no alternate stack */
int state(int argc, char **argv)
{
	struct sigaction sa;
	sigset_t set;
	stack_t ss;
	int bad = 0;

	bad |= (fcntl(7, F_GETFD) < 0) << 0;
	bad |= (fcntl(8, F_GETFD) >= 0) << 1;
	bad |= (sigaction(SIGUSR1, NULL, &sa) || sa.sa_handler != SIG_DFL || (sa.sa_flags & SA_NODEFER)) << 2;
	bad |= (sigaction(SIGUSR2, NULL, &sa) || sa.sa_handler != SIG_IGN) << 3;
	sigprocmask(SIG_SETMASK, NULL, &set);
	bad |= !sigismember(&set, SIGTERM) << 4;
	sigpending(&set);
	bad |= !sigismember(&set, SIGTERM) << 5;
	bad |= (sigaltstack(NULL, &ss) || !(ss.ss_flags & SS_DISABLE)) << 6;
	return bad | (umask(0) != 027) << 7;
}

static void handler(int sig)
{
}

void inherited(void)
{
	char *argv[] = { (char *)self, "state", NULL };
	struct sigaction sa = { .sa_handler = handler, .sa_flags = SA_NODEFER };
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		stack_t ss = { .ss_sp = malloc(65536), .ss_size = 65536 };
		sigset_t set;

		dup2(0, 7);
		dup2(0, 8);
		fcntl(8, F_SETFD, FD_CLOEXEC);
		sigaction(SIGUSR1, &sa, NULL);
		signal(SIGUSR2, SIG_IGN);
		sigemptyset(&set);
		sigaddset(&set, SIGTERM);
		sigprocmask(SIG_BLOCK, &set, NULL);
		kill(getpid(), SIGTERM);
		sigaltstack(&ss, NULL);
		umask(027);
		execv(self, argv);
		_exit(255);
	}
	status = status_of(pid);
	CHECK(EXITED(status, 0), "status %x", status);
}

void errors(void)
{
	char *argv[] = { "x", NULL }, *bad[] = { "x", (char *)16, NULL }, *loop = strdup(path_in_dir("loop")), longname[5000];
	int status, fd;

	CHECK(try(path_in_dir("missing")) == ENOENT);
	CHECK(try("") == ENOENT);
	CHECK(try(dir) == EACCES);
	write_text(path_in_dir("file"), "no program\n");
	CHECK(try(path_in_dir("file")) == ENOEXEC);
	CHECK(try(path_in_dir("file/below")) == ENOTDIR);
	write_text(path_in_dir("empty"), "");
	CHECK(try(path_in_dir("empty")) == ENOEXEC);
	chmod(path_in_dir("file"), 0644);
	CHECK(try(path_in_dir("file")) == EACCES);
	unlink(loop);
	symlink("loop", loop);
	CHECK(try(loop) == ELOOP);
	memset(longname, 'n', sizeof(longname));
	longname[4999] = '\0';
	CHECK(try(longname) == ENAMETOOLONG);
	longname[300] = '\0';
	CHECK(try(longname) == ENAMETOOLONG);
	CHECK(run((char *)16, argv, environ, &status, NULL, 0) == EFAULT);
	CHECK(run(self, (char **)16, environ, &status, NULL, 0) == EFAULT);
	CHECK(run(self, argv, (char **)16, &status, NULL, 0) == EFAULT);
	CHECK(run(self, bad, environ, &status, NULL, 0) == EFAULT);
	mkfifo(path_in_dir("fifo"), 0777);
	CHECK(try(path_in_dir("fifo")) == EACCES);
	/* a file that is being written cannot be executed, a program that runs cannot be written */
	write_text(path_in_dir("busy"), "#!/nowhere\n");
	fd = open(path_in_dir("busy"), O_WRONLY | O_CLOEXEC);
	CHECK(try(path_in_dir("busy")) == ETXTBSY);
	close(fd);
	CHECK(try(path_in_dir("busy")) == ENOENT);
	errno = 0;
	CHECK(open(self, O_WRONLY) < 0 && errno == ETXTBSY);
	errno = 0;
	CHECK(truncate(self, 0) < 0 && errno == ETXTBSY);
}
