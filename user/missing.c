// SPDX-License-Identifier: MIT
/* Calls that no kernel of this interface has, or that are absent here, for the list at the end of a run. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

#define THREADS 4
#define ROUNDS	2000

static void *ask(void *unused)
{
	for (int i = 0; i < ROUNDS; i++)
		if (syscall(9999) != -1 || errno != ENOSYS)
			return "a call without a number in Linux did not answer ENOSYS";
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];
	void *wrong = NULL, *ret;

	prctl(PR_SET_NAME, "missing");
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, ask, NULL))
			return perror("pthread_create"), 1;
	for (int i = 0; i < THREADS; i++)
		if (pthread_join(threads[i], &ret) || ret)
			wrong = ret;
	if (wrong)
		return puts(wrong), 1;
	for (int i = 0; i < 3; i++)
		syscall(425, 0, NULL); /* io_uring_setup, without a queue */
	syscall(212, 0, NULL, 0);      /* lookup_dcookie */
	prctl(PR_SET_NAME, "renamed");
	syscall(425, 0, NULL);
	return 0;
}
