// SPDX-License-Identifier: MIT
/*
 * Leaves processes behind that only the end of the run can end: one that sleeps, one that is stopped, and one whose first thread has
 * gone while another sleeps. With status 0 and a run that comes to its end, all were found.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static int told[2];

static void *sleeper(void *unused)
{
	usleep(200000); /* until the first thread has gone */
	if (write(told[1], "x", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

static void leave(int how)
{
	pthread_t thread;

	if (how == 2) {
		if (pthread_create(&thread, NULL, sleeper, NULL))
			_exit(1);
		pthread_exit(NULL);
	}
	if (write(told[1], "x", 1) != 1)
		_exit(1);
	if (how == 1)
		raise(SIGSTOP);
	for (;;)
		pause();
}

int main(void)
{
	char c;

	if (pipe(told))
		return perror("pipe"), 1;
	for (int how = 0; how < 3; how++)
		if (fork() == 0)
			leave(how);
	close(told[1]);
	for (int i = 0; i < 3; i++)
		if (read(told[0], &c, 1) != 1)
			return fprintf(stderr, "leftover: one of them has ended\n"), 1;
	printf("leftover: three processes remain\n");
	return 0;
}
