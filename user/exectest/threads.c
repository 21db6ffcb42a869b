// SPDX-License-Identifier: MIT
/* exec by one of several threads, by several at once, and by a child that shares its parent's memory. */
#include "exectest.h"

static char pid_word[16];
static char *alone_args[] = { NULL, "alone", pid_word, NULL };
static volatile int go, spins;
static int held[2];

/* mode alone PID: one thread, whose ids are the process's */
int alone(int argc, char **argv)
{
	char line[256];
	FILE *f = fopen("/proc/self/status", "r");
	int threads = -1;

	while (f && fgets(line, sizeof(line), f))
		sscanf(line, "Threads: %d", &threads);
	if (getpid() != atoi(argv[2]) || syscall(SYS_gettid) != getpid())
		return 1;
	return threads == 1 || !f ? 0 : 2;
}

static void *waits(void *arg)
{
	static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
	char c;

	switch ((long)arg % 4) {
	case 0:
		pthread_mutex_lock(&mutex);
		for (;;)
			pthread_cond_wait(&never, &mutex);
	case 1:
		if (read(held[0], &c, 1) < 0)
			return NULL;
		break;
	case 2:
		for (;;)
			spins++;
	}
	return NULL; /* one that has ended already */
}

static void *executes(void *arg)
{
	while (!go)
		sched_yield();
	execv(self, alone_args);
	return NULL;
}

/* mode thread HOW: leader, other (the leader waits), gone (the leader has ended), many (several at once) */
int thread_exec(int argc, char **argv)
{
	int other = argv[2][0] != 'l';
	pthread_t t;

	alone_args[0] = argv[0];
	snprintf(pid_word, sizeof(pid_word), "%d", getpid());
	if (pipe(held))
		return 3;
	for (long i = 0; i < 6; i++)
		pthread_create(&t, NULL, waits, (void *)i);
	for (int i = 0; i < (argv[2][0] == 'm' ? 4 : other ? 1 : 0); i++)
		pthread_create(&t, NULL, executes, NULL);
	go = 1;
	if (argv[2][0] == 'g' || argv[2][0] == 'm')
		pthread_exit(NULL);
	if (other)
		for (;;)
			pause();
	execv(self, alone_args);
	return 4;
}

void threads(void)
{
	static const char *const how[] = { "leader", "other", "gone", "many" };

	for (int i = 0; i < 40; i++) {
		int got = mode(self, "thread", how[i % 4], NULL, NULL, 0);

		CHECK(!got, "%s: %d", how[i % 4], got);
	}
}

static pid_t vfork_and_exec(const char *path, char **argv)
{
	pid_t pid = vfork();

	if (!pid) {
		execv(path, argv);
		_exit(99);
	}
	return pid;
}

void vforked(void)
{
	char *argv[] = { (char *)self, "alone", "0", NULL };
	pid_t pid;

	for (int i = 0; i < 10; i++) {
		int status = status_of(vfork_and_exec(i % 2 ? self : "/nowhere", argv));

		CHECK(EXITED(status, i % 2 ? 1 : 99), "%x", status);
		CHECK(!posix_spawn(&pid, self, NULL, NULL, argv, environ));
		status = status_of(pid);
		CHECK(EXITED(status, 1), "%x", status);
	}
	CHECK(posix_spawn(&pid, "/nowhere", NULL, NULL, argv, environ) == ENOENT);
}
