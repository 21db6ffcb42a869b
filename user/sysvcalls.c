// SPDX-License-Identifier: MIT
/*
 * sysvcalls [--dir DIR] [--seconds N]
 *
 * System V semaphores and message queues, and the memory of other processes: prints a line "answer PART, WHAT: RESULT" for each call, so that the same binary on Linux says
 * what is right; processes are forked, wait for each other and undo what they did. Then (with --seconds) processes and threads race, where a
 * counter that two hold at a time, a lost message or a hang is a failure. On DIR, which is made, proc is mounted if it is not on /proc.
 */
#define _GNU_SOURCE
#include "lib/util.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/mount.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef MSG_COPY
#define MSG_COPY 040000
#endif
#ifndef SEM_STAT_ANY
#define SEM_STAT_ANY 20
#endif

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

union semun {
	int val;
	struct semid_ds *buf;
	unsigned short *array;
};

static int op(int id, int num, int n, int flags)
{
	struct sembuf b = { num, n, flags };

	return semop(id, &b, 1);
}

static int value(int id, int num)
{
	return semctl(id, num, GETVAL);
}

/* ---- semaphores ---- */

static void sem_making(void)
{
	key_t key = 0x51a7e + getpid();
	struct semid_ds ds;
	int id, other, bad;

	group("semget");
	SAY(semget(IPC_PRIVATE, 0, 0600));
	SAY(semget(IPC_PRIVATE, -1, 0600));
	SAY(semget(IPC_PRIVATE, 32001, 0600));
	SAY(semget(key, 3, 0600));
	id = semget(key, 3, IPC_CREAT | 0640);
	SAY(id < 0 ? -1 : 0);
	SAY(semget(key, 3, IPC_CREAT | IPC_EXCL | 0600));
	SAY(semget(key, 4, 0600));
	SAY(semget(key, 0, 0) == id);
	SAY(semget(key, 2, 0) == id);
	SAY(semctl(id, 0, IPC_STAT, (union semun){ .buf = &ds }));
	SAY(ds.sem_nsems);
	SAY(ds.sem_perm.mode);
	SAY(ds.sem_perm.uid == getuid() && ds.sem_perm.cgid == getgid());
	SAY(ds.sem_otime);
	ds.sem_perm.mode = 0607;
	SAY(semctl(id, 0, IPC_SET, (union semun){ .buf = &ds }));
	SAY(semctl(id, 0, IPC_STAT, (union semun){ .buf = &ds }));
	SAY(ds.sem_perm.mode);
	SAY(semctl(id, 0, 99));
	SAY(semctl(-1, 0, GETVAL));
	SAY(semctl(id, 3, GETVAL));
	SAY(semctl(id, -1, GETVAL));
	SAY(semctl(id, 3, SETVAL, (union semun){ .val = 1 }));
	SAY(semctl(id, 0, SETVAL, (union semun){ .val = -1 }));
	SAY(semctl(id, 0, SETVAL, (union semun){ .val = 32768 }));
	SAY(semctl(id, 0, IPC_STAT, (union semun){ .buf = NULL }));
	SAY(semctl(id, 0, IPC_RMID));
	SAY(semctl(id, 0, IPC_RMID));
	SAY(value(id, 0));
	other = semget(key, 1, IPC_CREAT | 0600);
	SAY(other != id);
	bad = semctl(other, 0, IPC_RMID);
	SAY(bad);
}

static void sem_operations(void)
{
	unsigned short all[3] = { 1, 2, 3 }, got[3];
	struct sembuf two[2] = { { 0, -1, 0 }, { 1, -5, IPC_NOWAIT } };
	struct sembuf many[501];
	struct timespec ts = { 0, 50000000 };
	int id = semget(IPC_PRIVATE, 3, 0600);
	double start;

	group("semop");
	SAY(semctl(id, 0, SETALL, (union semun){ .array = all }));
	SAY(semctl(id, 0, GETALL, (union semun){ .array = got }));
	SAY(got[0] * 100 + got[1] * 10 + got[2]);
	all[1] = 40000;
	SAY(semctl(id, 0, SETALL, (union semun){ .array = all }));
	SAY(semctl(id, 0, SETALL, (union semun){ .array = NULL }));
	SAY(op(id, 0, 5, 0));
	SAY(value(id, 0));
	SAY(semctl(id, 0, GETPID) == getpid());
	SAY(semctl(id, 1, GETPID) == getpid());
	SAY(semop(id, two, 2));
	SAY(value(id, 0));
	two[1].sem_op = -2;
	SAY(semop(id, two, 2));
	SAY(value(id, 0) * 10 + value(id, 1));
	SAY(op(id, 1, 0, 0));
	SAY(op(id, 0, 0, IPC_NOWAIT));
	SAY(op(id, 0, 32767, 0));
	SAY(op(id, 3, 1, 0));
	SAY(op(-1, 0, 1, 0));
	SAY(op(id + 12345, 0, 1, 0));
	SAY(semop(id, NULL, 1));
	SAY(semop(id, two, 0));
	memset(many, 0, sizeof(many));
	for (int i = 0; i < 501; i++)
		many[i] = (struct sembuf){ 2, i % 2 ? -1 : 1, 0 };
	SAY(semop(id, many, 501));
	SAY(semop(id, many, 500));
	SAY(value(id, 2));
	start = now();
	SAY(semtimedop(id, &(struct sembuf){ 1, -1, 0 }, 1, &ts));
	SAY(now() - start >= 0.045);
	ts.tv_nsec = -1;
	SAY(semtimedop(id, &(struct sembuf){ 1, -1, 0 }, 1, &ts));
	/* The same semaphore twice. */
	SAY(semop(id, (struct sembuf[]){ { 1, 1, 0 }, { 1, -1, 0 }, { 1, 0, 0 } }, 3));
	SAY(semop(id, (struct sembuf[]){ { 1, 1, 0 }, { 1, 0, IPC_NOWAIT } }, 2));
	SAY(value(id, 1));
	SAY(op(id, 0, 1, SEM_UNDO));
	SAY(op(id, 1, 0, SEM_UNDO));
	SAY(op(id, 0, 20000, SEM_UNDO));
	SAY(op(id, 0, -20000, 0));
	SAY(op(id, 0, 20000, SEM_UNDO));
	SAY(semctl(id, 0, IPC_RMID));
}

static void ms(int n)
{
	usleep(n * 1000);
}

/* Exit status of a child, or 256 and its signal. */
static int status_of(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
}

static void wait_until(int id, int cmd, int num, int count)
{
	for (int i = 0; i < 2000 && semctl(id, num, cmd) != count; i++)
		ms(1);
}

static void on_alarm(int sig)
{
}

static void sem_sleepers(void)
{
	struct sigaction sa = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };
	int id = semget(IPC_PRIVATE, 2, 0600);
	pid_t a, b;

	group("sleepers");
	a = fork();
	if (!a)
		_exit(op(id, 0, -2, 0) ? errno : 0);
	wait_until(id, GETNCNT, 0, 1);
	SAY(semctl(id, 0, GETNCNT));
	SAY(semctl(id, 0, GETZCNT));
	op(id, 0, 1, 0);
	SAY(value(id, 0));
	SAY(semctl(id, 0, GETNCNT));
	op(id, 0, 1, 0);
	SAY(status_of(a));
	SAY(value(id, 0));
	op(id, 1, 2, 0);
	a = fork();
	if (!a)
		_exit(op(id, 1, 0, 0) ? errno : 0);
	wait_until(id, GETZCNT, 1, 1);
	SAY(semctl(id, 1, GETZCNT));
	SAY(semctl(id, 1, SETVAL, (union semun){ .val = 0 }));
	SAY(status_of(a));
	/* One that changes two values lets the other go on, which lets the first's successor go on. */
	a = fork();
	if (!a)
		_exit(semop(id, (struct sembuf[]){ { 0, -1, 0 }, { 1, 1, 0 } }, 2) ? errno : 0);
	b = fork();
	if (!b)
		_exit(op(id, 1, -1, 0) ? errno : 0);
	wait_until(id, GETNCNT, 0, 1);
	wait_until(id, GETNCNT, 1, 1);
	op(id, 0, 1, 0);
	SAY(status_of(a));
	SAY(status_of(b));
	SAY(value(id, 0) * 10 + value(id, 1));
	a = fork();
	if (!a) {
		sigaction(SIGALRM, &sa, NULL);
		ualarm(50000, 0);
		_exit(op(id, 0, -1, 0) ? errno : 0);
	}
	SAY(status_of(a) == EINTR);
	a = fork();
	if (!a)
		_exit(op(id, 0, -1, 0) ? errno : 0);
	wait_until(id, GETNCNT, 0, 1);
	kill(a, SIGKILL);
	SAY(status_of(a));
	SAY(semctl(id, 0, GETNCNT));
	a = fork();
	if (!a)
		_exit(op(id, 0, -1, 0) ? errno : 0);
	wait_until(id, GETNCNT, 0, 1);
	SAY(semctl(id, 0, IPC_RMID));
	SAY(status_of(a) == EIDRM);
}

static void *undo_thread(void *arg)
{
	return (void *)(long)op(*(int *)arg, 0, -1, SEM_UNDO);
}

static void sem_undo(void)
{
	int id = semget(IPC_PRIVATE, 2, 0600), removed;
	pthread_t thread;
	pid_t a, b;

	group("undo");
	op(id, 0, 5, 0);
	a = fork();
	if (!a) {
		op(id, 0, -3, SEM_UNDO);
		op(id, 0, -1, 0);
		op(id, 1, 7, SEM_UNDO);
		_exit(value(id, 0) * 10 + value(id, 1));
	}
	SAY(status_of(a));
	SAY(value(id, 0) * 10 + value(id, 1));
	SAY(semctl(id, 0, GETPID) == a);
	/* Undoing lets a sleeper go on, also when the holder is killed. */
	semctl(id, 0, SETVAL, (union semun){ .val = 1 });
	a = fork();
	if (!a) {
		op(id, 0, -1, SEM_UNDO);
		pause();
	}
	for (int i = 0; i < 2000 && value(id, 0); i++)
		ms(1);
	b = fork();
	if (!b)
		_exit(op(id, 0, -1, 0) ? errno : 42);
	wait_until(id, GETNCNT, 0, 1);
	kill(a, SIGKILL);
	SAY(status_of(a));
	SAY(status_of(b));
	SAY(value(id, 0));
	/* Setting a value forgets what was to be undone. */
	a = fork();
	if (!a) {
		op(id, 0, 3, SEM_UNDO);
		semctl(id, 0, SETVAL, (union semun){ .val = 9 });
		_exit(0);
	}
	SAY(status_of(a));
	SAY(value(id, 0));
	/* Not below nothing. */
	a = fork();
	if (!a) {
		op(id, 0, 5, SEM_UNDO);
		op(id, 0, -14, 0);
		_exit(value(id, 0));
	}
	SAY(status_of(a));
	SAY(value(id, 0));
	/* A thread's are its process's: they are undone when the process ends. */
	semctl(id, 0, SETVAL, (union semun){ .val = 4 });
	a = fork();
	if (!a) {
		pthread_create(&thread, NULL, undo_thread, &id);
		pthread_join(thread, NULL);
		ms(20);
		_exit(value(id, 0));
	}
	SAY(status_of(a));
	SAY(value(id, 0));
	/* A child inherits none. */
	a = fork();
	if (!a) {
		op(id, 0, -1, SEM_UNDO);
		b = fork();
		if (!b)
			_exit(0);
		status_of(b);
		_exit(value(id, 0));
	}
	SAY(status_of(a));
	SAY(value(id, 0));
	/* A set that is gone is not looked for. */
	removed = semget(IPC_PRIVATE, 1, 0600);
	a = fork();
	if (!a) {
		op(removed, 0, 1, SEM_UNDO);
		_exit(semctl(removed, 0, IPC_RMID) ? errno : 0);
	}
	SAY(status_of(a));
	SAY(semctl(id, 0, IPC_RMID));
}

/* ---- message queues ---- */

struct message {
	long type;
	char text[9000];
};

static int put(int id, long type, const char *text)
{
	struct message m = { type, "" };

	strcpy(m.text, text);
	return msgsnd(id, &m, strlen(text), IPC_NOWAIT);
}

/* Receives without waiting; the text's first character times 1000 and its length, or -1. */
static long get(int id, size_t size, long type, int flags)
{
	struct message m;
	long n = msgrcv(id, &m, size, type, flags | IPC_NOWAIT);

	return n < 0 ? n : n ? m.text[0] * 1000L + n : 0;
}

static void messages(void)
{
	key_t key = 0x3e55a9e + getpid();
	struct message m = { 1, "" };
	struct msqid_ds ds;
	int id;

	group("messages");
	SAY(msgget(key, 0600));
	id = msgget(key, IPC_CREAT | 0620);
	SAY(id < 0 ? -1 : 0);
	SAY(msgget(key, IPC_CREAT | IPC_EXCL));
	SAY(msgget(key, 0) == id);
	SAY(msgctl(id, IPC_STAT, &ds));
	SAY(ds.msg_perm.mode);
	SAY(ds.msg_qbytes);
	SAY(ds.msg_qnum + ds.msg_lspid + ds.msg_lrpid + ds.msg_stime + ds.msg_rtime);
	SAY(get(id, 10, 0, 0));
	SAY(put(id, 0, "bad"));
	SAY(put(id, -1, "bad"));
	SAY(put(-1, 1, "bad"));
	SAY(put(id + 7, 1, "bad"));
	SAY(msgsnd(id, &m, 8193, IPC_NOWAIT));
	SAY(msgsnd(id, &m, -1, IPC_NOWAIT));
	SAY(msgsnd(id, NULL, 1, IPC_NOWAIT));
	SAY(put(id, 5, "five"));
	SAY(put(id, 3, "three"));
	SAY(put(id, 5, "FIVE"));
	SAY(put(id, 1, "one"));
	SAY(put(id, 9, ""));
	SAY(get(id, 100, 0, MSG_COPY));
	SAY(get(id, 100, 3, MSG_COPY));
	SAY(get(id, 100, 5, MSG_COPY));
	SAY(msgrcv(id, &m, 100, 0, MSG_COPY));
	SAY(get(id, 100, 0, MSG_COPY | MSG_EXCEPT));
	SAY(get(id, 2, 5, 0));
	SAY(get(id, 2, 5, MSG_NOERROR));
	SAY(get(id, 100, -4, 0));
	SAY(get(id, 100, -4, 0));
	SAY(get(id, 100, -4, 0));
	SAY(get(id, 100, 5, MSG_EXCEPT));
	SAY(get(id, 100, LONG_MIN, 0));
	SAY(get(id, 100, 0, 0));
	SAY(get(id, -1, 0, 0));
	SAY(get(-1, 10, 0, 0));
	SAY(msgctl(id, IPC_STAT, &ds));
	SAY(ds.msg_qnum);
	SAY(ds.msg_lspid == getpid() && ds.msg_lrpid == getpid());
	SAY(msgsnd(id, &m, 8192, IPC_NOWAIT));
	SAY(msgsnd(id, &m, 8192, IPC_NOWAIT));
	SAY(msgsnd(id, &m, 1, IPC_NOWAIT));
	SAY(msgsnd(id, &m, 0, IPC_NOWAIT));
	SAY(msgctl(id, IPC_STAT, &ds));
	SAY(ds.msg_cbytes);
	ds.msg_qbytes = 100;
	ds.msg_perm.mode = 0777;
	SAY(msgctl(id, IPC_SET, &ds));
	SAY(msgctl(id, IPC_STAT, &ds));
	SAY(ds.msg_qbytes);
	SAY(get(id, 9000, 0, 0) >= 0);
	SAY(msgctl(id, 99, &ds));
	SAY(msgctl(id, IPC_STAT, NULL));
	SAY(msgctl(id, IPC_RMID, NULL));
	SAY(msgctl(id, IPC_RMID, NULL));
	SAY(get(id, 10, 0, 0));
}

static void message_sleepers(void)
{
	struct sigaction sa = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };
	struct message m = { 7, "hello" };
	int id = msgget(IPC_PRIVATE, 0600);
	pid_t a, b;

	group("message sleepers");
	a = fork();
	if (!a)
		_exit(msgrcv(id, &m, 100, 7, 0));
	b = fork();
	if (!b)
		_exit(msgrcv(id, &m, 100, -3, 0));
	ms(30);
	put(id, 3, "two");
	put(id, 7, "seven");
	SAY(status_of(a));
	SAY(status_of(b));
	while (!msgsnd(id, &m, 8000, IPC_NOWAIT))
		;
	a = fork();
	if (!a)
		_exit(msgsnd(id, &m, 8000, 0) ? errno : 0);
	ms(30);
	SAY(msgrcv(id, &m, 9000, 0, 0));
	SAY(status_of(a));
	a = fork();
	if (!a) {
		sigaction(SIGALRM, &sa, NULL);
		ualarm(50000, 0);
		_exit(msgsnd(id, &m, 8000, 0) ? errno : 0);
	}
	SAY(status_of(a) == EINTR);
	a = fork();
	if (!a)
		_exit(msgsnd(id, &m, 8000, 0) ? errno : 0);
	b = fork();
	if (!b)
		_exit(msgrcv(id, &m, 9000, 99, 0) < 0 ? errno : 0);
	ms(30);
	SAY(msgctl(id, IPC_RMID, NULL));
	SAY(status_of(a) == EIDRM);
	SAY(status_of(b) == EIDRM);
}

/* ---- what /proc tells ---- */

/* The first numbers behind the id in the line of an object. */
static void say_line(const char *dir, const char *kind, int id)
{
	char path[200], line[300];
	int key, number, a, b;
	FILE *file;

	snprintf(path, sizeof(path), "%s/sysvipc/%s", dir, kind);
	file = fopen(path, "r");
	if (!file || !fgets(line, sizeof(line), file))
		die("%s: %s", path, strerror(errno));
	printf("answer %s, header of %s: %s", part, kind, line);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "%d %d %o %d", &key, &number, &a, &b) == 4 && number == id)
			printf("answer %s, %s: key %d, mode %o, then %d\n", part, kind, key, a, b);
	fclose(file);
}

static void told_by_proc(const char *dir)
{
	int sem, msg, shm;

	group("proc");
	if (access("/proc/sysvipc", F_OK)) {
		if ((mkdir(dir, 0755) && errno != EEXIST) || mount("proc", dir, "proc", 0, NULL))
			die("mount: %s", strerror(errno));
	} else {
		dir = "/proc";
	}
	sem = semget(IPC_PRIVATE, 3, 0640);
	msg = msgget(IPC_PRIVATE, 0604);
	shm = shmget(IPC_PRIVATE, 12345, 0600);
	put(msg, 1, "hello");
	say_line(dir, "sem", sem);
	say_line(dir, "msg", msg);
	say_line(dir, "shm", shm);
	semctl(sem, 0, IPC_RMID);
	msgctl(msg, IPC_RMID, NULL);
	shmctl(shm, IPC_RMID, NULL);
	if (strcmp(dir, "/proc"))
		umount2(dir, 0);
}

/* ---- other processes: their memory, and what they share ---- */

static long vm_rw(int nr, pid_t pid, void *mine, size_t n, void *its, size_t m, long flags)
{
	struct iovec local = { mine, n }, remote[2] = { { its, m / 2 }, { (char *)its + m / 2, m - m / 2 } };

	return syscall(nr, pid, &local, 1L, remote, 2L, flags);
}

static void others(void)
{
	static char text[20000], copy[20000];
	struct iovec iov = { copy, 10 };
	int p[2], fd = dup(1), other;
	char byte;
	pid_t pid;

	group("other processes");
	if (pipe(p))
		die("pipe");
	memset(text, 'p', sizeof(text));
	pid = fork();
	if (!pid) {
		memset(text, 'c', sizeof(text));
		write(p[1], "x", 1);
		while (text[0] != 'w' || text[19999] != 'w')
			ms(1);
		_exit(7);
	}
	read(p[0], &byte, 1);
	SAY(vm_rw(SYS_process_vm_readv, pid, copy, sizeof(copy), text, sizeof(text), 0));
	SAY(copy[0] == 'c' && copy[19999] == 'c' && text[0] == 'p');
	SAY(vm_rw(SYS_process_vm_readv, pid, copy, 5, text, sizeof(text), 0));
	SAY(vm_rw(SYS_process_vm_readv, pid, copy, 5, text, 0, 0));
	SAY(vm_rw(SYS_process_vm_readv, pid, copy, 5, (void *)4096, 4, 0));
	SAY(vm_rw(SYS_process_vm_readv, pid, copy, 5, text, 5, 1));
	SAY(vm_rw(SYS_process_vm_readv, pid, (void *)-5000L, 5, text, 5, 0));
	SAY(vm_rw(SYS_process_vm_readv, 999999, copy, 5, text, 5, 0));
	SAY(vm_rw(SYS_process_vm_readv, -1, copy, 5, text, 5, 0));
	SAY(syscall(SYS_process_vm_readv, pid, &iov, 2000L, &iov, 1L, 0L));
	SAY(syscall(SYS_process_vm_readv, pid, &iov, 1L, &iov, 2000L, 0L));
	SAY(syscall(SYS_kcmp, getpid(), pid, 0, 1L, 1L));
	SAY(syscall(SYS_kcmp, getpid(), pid, 0, 1L, (long)fd));
	other = syscall(SYS_kcmp, getpid(), pid, 0, 1L, (long)p[0]);
	SAY(other == 1 || other == 2);
	SAY(other + syscall(SYS_kcmp, pid, getpid(), 0, (long)p[0], 1L));
	SAY(syscall(SYS_kcmp, getpid(), pid, 0, 1L, 99L));
	SAY(syscall(SYS_kcmp, getpid(), getpid(), 1, 0L, 0L));
	SAY(syscall(SYS_kcmp, getpid(), pid, 1, 0L, 0L) > 0);
	SAY(syscall(SYS_kcmp, getpid(), pid, 2, 0L, 0L) > 0);
	SAY(syscall(SYS_kcmp, getpid(), pid, 3, 0L, 0L) > 0);
	SAY(syscall(SYS_kcmp, getpid(), pid, 4, 0L, 0L) > 0);
	SAY(syscall(SYS_kcmp, getpid(), pid, 5, 0L, 0L));
	SAY(syscall(SYS_kcmp, getpid(), pid, 99, 0L, 0L));
	SAY(syscall(SYS_kcmp, getpid(), 999999, 1, 0L, 0L));
	memset(copy, 'w', sizeof(copy));
	SAY(vm_rw(SYS_process_vm_writev, pid, copy, sizeof(copy), text, sizeof(text), 0));
	SAY(status_of(pid));
	SAY(text[0] == 'p');
	SAY(vm_rw(SYS_process_vm_readv, getpid(), copy, 10, text, 10, 0));
	SAY(copy[9] == 'p');
	close(p[0]);
	close(p[1]);
	close(fd);
}

/* ---- races ---- */

struct shared {
	int sem, queue;
	volatile int holders;
	volatile long count;
	volatile bool over;
	volatile long sent[4], received[4], sum_sent[4], sum_received[4];
};

/* A lock that is a semaphore, with one process killed now and then while it holds it. */
static int locker(struct shared *s, int number)
{
	struct rng rng = { number };

	while (!s->over) {
		if (op(s->sem, 0, -1, SEM_UNDO))
			return 1;
		if (s->holders++)
			return 2;
		if (rng_chance(&rng, 30))
			usleep(100);
		s->count++;
		s->holders--;
		if (op(s->sem, 0, 1, SEM_UNDO))
			return 3;
	}
	return 0;
}

static void lock_game(struct shared *s, double seconds)
{
	double end = now() + seconds;
	pid_t pid[4], victim;

	s->sem = semget(IPC_PRIVATE, 1, 0600);
	op(s->sem, 0, 1, 0);
	s->over = false;
	for (int i = 0; i < 4; i++) {
		pid[i] = fork();
		if (!pid[i])
			_exit(locker(s, i));
	}
	while (now() < end) {
		victim = fork();
		if (!victim) {
			op(s->sem, 0, -1, SEM_UNDO);
			kill(getpid(), SIGKILL);
		}
		if (status_of(victim) != 256 + SIGKILL)
			fail("the victim lives");
	}
	s->over = true;
	for (int i = 0; i < 4; i++) {
		int status = status_of(pid[i]);

		if (status)
			fail("locker %d ended with %d", i, status);
	}
	if (value(s->sem, 0) != 1 || !s->count)
		fail("the semaphore is %d after %ld", value(s->sem, 0), s->count);
	semctl(s->sem, 0, IPC_RMID);
}

static int talker(struct shared *s, int i)
{
	struct message m;
	struct rng rng = { 50 + i };

	while (!s->over) {
		size_t n = rng_below(&rng, 3000) + 1;

		m.type = 1 + i % 2;
		memset(m.text, 'a' + i, n);
		if (msgsnd(s->queue, &m, n, 0))
			return 1;
		s->sent[i]++;
		s->sum_sent[i] += n;
	}
	m.type = 1 + i % 2;
	m.text[0] = 'z';
	return msgsnd(s->queue, &m, 1, 0) ? 2 : 0;
}

static int listener(struct shared *s, int i)
{
	struct message m;

	for (;;) {
		ssize_t n = msgrcv(s->queue, &m, sizeof(m.text), 1 + i % 2, 0);

		if (n < 0)
			return 1;
		if (m.text[0] == 'z')
			return 0;
		for (ssize_t k = 1; k < n; k++)
			if (m.text[k] != m.text[0])
				return 2;
		s->received[i]++;
		s->sum_received[i] += n;
	}
}

static void message_game(struct shared *s, double seconds)
{
	long sent = 0, got = 0, sum_sent = 0, sum_got = 0;
	pid_t pid[8];

	s->queue = msgget(IPC_PRIVATE, 0600);
	s->over = false;
	for (int i = 0; i < 8; i++) {
		pid[i] = fork();
		if (!pid[i])
			_exit(i < 4 ? talker(s, i) : listener(s, i - 4));
	}
	usleep(seconds * 1000000);
	s->over = true;
	for (int i = 0; i < 8; i++) {
		int status = status_of(pid[i]);

		if (status)
			fail("process %d ended with %d", i, status);
	}
	for (int i = 0; i < 4; i++) {
		sent += s->sent[i];
		got += s->received[i];
		sum_sent += s->sum_sent[i];
		sum_got += s->sum_received[i];
	}
	/* Of each type the second end came behind all messages, and whoever took it had taken what was before it, or another had. */
	if (sent != got || sum_sent != sum_got || !sent)
		fail("%ld messages sent (%ld), %ld received (%ld)", sent, sum_sent, got, sum_got);
	msgctl(s->queue, IPC_RMID, NULL);
}

int main(int argc, char **argv)
{
	struct shared *s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	const char *dir = "/procfs";
	int seconds = 0;

	for (int i = 1; i + 1 < argc; i += 2) {
		if (!strcmp(argv[i], "--seconds"))
			seconds = atoi(argv[i + 1]);
		else if (!strcmp(argv[i], "--dir"))
			dir = argv[i + 1];
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	sem_making();
	sem_operations();
	sem_sleepers();
	sem_undo();
	messages();
	message_sleepers();
	told_by_proc(dir);
	others();
	if (seconds) {
		lock_game(s, seconds * 0.5);
		message_game(s, seconds * 0.5);
	}
	if (failures())
		printf("sysvcalls: %lu failures\n", failures());
	return failures() ? 1 : 0;
}
