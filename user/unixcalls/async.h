/* SPDX-License-Identifier: MIT */
/* Part of unixcalls.c: signals instead of waiting (O_ASYNC). */

static volatile sig_atomic_t signals;

static void on_io(int sig)
{
	signals++;
}

static void asynchronous(void)
{
	int fd[2], on = 1;
	char text[10];

	group("asynchronous");
	signal(SIGIO, on_io);
	pair(SOCK_STREAM, fd);
	SAY(fcntl(fd[0], F_SETOWN, getpid()));
	SAY(fcntl(fd[0], F_GETOWN) == getpid());
	SAY(write(fd[1], "x", 1));
	SAY(signals);
	SAY(ioctl(fd[0], FIOASYNC, &on));
	SAY((fcntl(fd[0], F_GETFL) & O_ASYNC) != 0);
	SAY(write(fd[1], "x", 1));
	SAY(signals > 0);
	SAY(read(fd[0], text, sizeof(text)));
	on = 0;
	SAY(ioctl(fd[0], FIOASYNC, &on));
	signals = 0;
	SAY(write(fd[1], "x", 1));
	SAY(signals);
	SAY(fcntl(fd[0], F_SETFL, O_ASYNC));
	close(fd[1]);
	SAY(signals > 0);
	close(fd[0]);
	signal(SIGIO, SIG_DFL);
}
