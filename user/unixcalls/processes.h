/* SPDX-License-Identifier: MIT */
/*
 * The part of unixcalls.c with more than one process: descriptors and credentials passed on, peers that die.
 */

/* Exit status of a child, or 256 and its signal. */
static int status_of(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
}

/* The child gets a pipe's end by message, writes to it, and is who it says. */
static void passing(void)
{
	struct ucred creds;
	socklen_t len = sizeof(creds);
	int fd[2], p[2], got[4], count, flags, l, s;
	char text[20];
	pid_t pid;

	group("passing");
	pair(SOCK_STREAM, fd);
	if (pipe(p))
		die("pipe");
	pid = fork();
	if (!pid) {
		struct pollfd second = { fd[1], POLLIN, 0 };

		close(p[1]);
		if (read(fd[1], text, 1) != 1 || poll(&second, 1, 10000) != 1)
			_exit(3);
		if (recv_fds(fd[1], got, &count, CMSG_SPACE(4), 0, &flags) != 1 || count != 1)
			_exit(1);
		_exit(write(got[0], "from the child", 14) == 14 ? 0 : 2);
	}
	SAY(send_fds(fd[0], &p[1], 1));
	SAY(send_fds(fd[0], &p[1], 1));
	close(p[1]);
	SAY(read(p[0], text, sizeof(text)));
	SAY(status_of(pid));
	SAY(read(p[0], text, sizeof(text)));
	close(p[0]);
	/* The pair was made by us, whoever uses it. */
	pid = fork();
	if (!pid) {
		getsockopt(fd[1], SOL_SOCKET, SO_PEERCRED, &creds, &len);
		_exit(creds.pid == getppid() ? 0 : 1);
	}
	SAY(status_of(pid));
	SAY(set_opt(fd[0], SO_PASSCRED, 1));
	pid = fork();
	if (!pid)
		_exit(send(fd[1], "x", 1, 0) == 1 ? 0 : 1);
	SAY(status_of(pid));
	say_creds("of a child", fd[0]);
	close(fd[0]);
	close(fd[1]);
	/* A connection knows who connected and who listened. */
	l = sock(SOCK_STREAM);
	bind_to(l, "@passing");
	listen(l, 1);
	pid = fork();
	if (!pid) {
		s = sock(SOCK_STREAM);
		if (connect_to(s, "@passing") || getsockopt(s, SOL_SOCKET, SO_PEERCRED, &creds, &len))
			_exit(1);
		send(s, "hello", 5, 0);
		_exit(creds.pid == getppid() ? 0 : 2);
	}
	s = accept(l, NULL, NULL);
	SAY(getsockopt(s, SOL_SOCKET, SO_PEERCRED, &creds, &len));
	SAY(creds.pid == pid);
	SAY(status_of(pid));
	SAY(recv(s, text, sizeof(text), 0));
	SAY(recv(s, text, sizeof(text), 0));
	close(s);
	close(l);
}

static void dying(void)
{
	char text[20];
	int fd[2], other[2];
	pid_t pid;

	group("dying");
	/* SIGPIPE ends who does not care. */
	pair(SOCK_STREAM, fd);
	pid = fork();
	if (!pid) {
		signal(SIGPIPE, SIG_DFL);
		close(fd[0]);
		close(fd[1]);
		pair(SOCK_STREAM, fd);
		close(fd[1]);
		write(fd[0], "x", 1);
		_exit(1);
	}
	SAY(status_of(pid) == 256 + SIGPIPE);
	/* A peer that is killed hangs up; what it had not read makes a reset. */
	pid = fork();
	if (!pid) {
		close(fd[0]);
		read(fd[1], text, 1);
		pause();
	}
	close(fd[1]);
	SAY(send(fd[0], "ab", 2, 0));
	while (ioctl(fd[0], SIOCOUTQ, &other[0]) == 0 && !other[0])
		;
	usleep(50000);
	kill(pid, SIGKILL);
	SAY(status_of(pid) == 256 + SIGKILL);
	SAY(events(fd[0]));
	SAY(recv(fd[0], text, 1, 0));
	SAY(recv(fd[0], text, 1, 0));
	SAY(send(fd[0], "x", 1, MSG_NOSIGNAL));
	close(fd[0]);
	/* Dying with a socket in a queue of its own. */
	pid = fork();
	if (!pid) {
		pair(SOCK_DGRAM, fd);
		pair(SOCK_STREAM, other);
		send_fds(fd[0], fd, 2);
		send_fds(fd[1], other, 2);
		send_fds(other[0], fd, 2);
		kill(getpid(), SIGKILL);
	}
	SAY(status_of(pid) == 256 + SIGKILL);
}
