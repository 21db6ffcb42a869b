// SPDX-License-Identifier: MIT
/*
 * shmtest [ITSELF]
 *
 * System V shared memory and shared anonymous memory, as one process and over fork, exit and exec (of ITSELF, if argv[0] does not lead
 * to it). The same on Linux.
 */
#define _GNU_SOURCE
#include "lib/check.h"
#include "lib/util.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SHM_STAT_ANY
#define SHM_STAT_ANY 15
#endif

#define PAGE 4096L

static void *const FAILED = (void *)-1;

static struct shmid_ds stat_of(int id)
{
	struct shmid_ds ds;

	memset(&ds, 0, sizeof(ds));
	check(shmctl(id, IPC_STAT, &ds) == 0);
	return ds;
}

/* Runs @fn in a child and returns its wait status. */
static int in_child(void (*fn)(void *), void *arg)
{
	int status = -1;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		fn(arg);
		fflush(stdout);
		_exit(failures() ? 1 : 0);
	}
	check(pid > 0 && waitpid(pid, &status, 0) == pid);
	return status;
}

/* ---- ids and keys ---- */

static void test_get(void)
{
	int key = 0x52000000 | (getpid() & 0xffffff), id, other;

	check_errno(shmget(key, PAGE, 0600), ENOENT);
	id = shmget(key, 3 * PAGE + 1, IPC_CREAT | 0640);
	check(id >= 0);
	check(shmget(key, 0, 0) == id);
	check(shmget(key, PAGE, IPC_CREAT) == id);
	check_errno(shmget(key, PAGE, IPC_CREAT | IPC_EXCL), EEXIST);
	check_errno(shmget(key, 5 * PAGE, 0), EINVAL);
	check_errno(shmget(IPC_PRIVATE, 0, 0600), EINVAL);
	other = shmget(IPC_PRIVATE, 1, 0600);
	check(other >= 0 && other != id);

	struct shmid_ds ds = stat_of(id);

	check(ds.shm_segsz == (size_t)(3 * PAGE + 1));
	check((ds.shm_perm.mode & 0777) == 0640 && ds.shm_perm.uid == geteuid() && ds.shm_perm.cgid == getegid());
	check(ds.shm_nattch == 0 && ds.shm_cpid == getpid() && ds.shm_lpid == 0 && ds.shm_atime == 0 && ds.shm_ctime != 0);
	check(ds.shm_perm.__key == key);

	ds.shm_perm.mode = 0604;
	check(shmctl(id, IPC_SET, &ds) == 0);
	check((stat_of(id).shm_perm.mode & 0777) == 0604);
	check_errno(shmctl(id, 99, &ds), EINVAL);
	check_errno(shmctl(-1, IPC_STAT, &ds), EINVAL);
	check_errno(shmctl(id, IPC_STAT, (void *)1), EFAULT);
	check(shmctl(id, SHM_LOCK, NULL) == 0 && (stat_of(id).shm_perm.mode & SHM_LOCKED));
	check(shmctl(id, SHM_UNLOCK, NULL) == 0 && !(stat_of(id).shm_perm.mode & SHM_LOCKED));

	check(shmctl(id, IPC_RMID, NULL) == 0);
	check_errno(shmctl(id, IPC_STAT, &ds), EINVAL);
	check_errno(shmat(id, NULL, 0), EINVAL);
	check_errno(shmget(key, 0, 0), ENOENT);
	check(shmctl(other, IPC_RMID, NULL) == 0);
}

static void test_info(void)
{
	struct shm_info info;
	struct shminfo limits;
	struct shmid_ds ds;
	int id = shmget(IPC_PRIVATE, PAGE, 0600), highest, found = 0;

	check(shmctl(0, IPC_INFO, (struct shmid_ds *)&limits) >= 0);
	check(limits.shmmni >= 1 && limits.shmmin == 1 && limits.shmmax > 1UL << 40);
	highest = shmctl(0, SHM_INFO, (struct shmid_ds *)&info);
	check(highest >= 0 && info.used_ids >= 1 && info.shm_tot >= 1);
	for (int i = 0; i <= highest; i++) {
		int n = shmctl(i, SHM_STAT, &ds);

		found += n == id;
		check(n < 0 || n == shmctl(i, SHM_STAT_ANY, &ds));
	}
	check(found == 1);
	check(shmctl(id, IPC_RMID, NULL) == 0);
}

/* ---- attaching ---- */

static void attach_twice(void *arg)
{
	int id = *(int *)arg;
	char *a = shmat(id, NULL, 0), *b = shmat(id, NULL, SHM_RDONLY);

	check(a != FAILED && b != FAILED && a != b);
	check(stat_of(id).shm_nattch == 4);	/* the parent's, what fork made of it, and these two */
	check(strcmp(a, "from the parent") == 0);
	strcpy(a, "from the child");
	check(strcmp(b, "from the child") == 0);
	/* one goes with shmdt, one with the exit */
	check(shmdt(b) == 0);
	check(stat_of(id).shm_nattch == 3);
	check_errno(shmdt(b), EINVAL);
}

static void write_read_only(void *arg)
{
	volatile char *a = shmat(*(int *)arg, NULL, SHM_RDONLY);

	if (a != FAILED)
		a[0] = 1;
}

static void test_attach(void)
{
	int id = shmget(IPC_PRIVATE, 2 * PAGE, 0600), status;
	char *a = shmat(id, NULL, 0), *b;
	struct shmid_ds ds;

	check(a != FAILED && a[0] == 0 && a[2 * PAGE - 1] == 0);
	strcpy(a, "from the parent");
	status = in_child(attach_twice, &id);
	/* the child inherited one attachment, made two, and all are gone */
	check(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	ds = stat_of(id);
	check(ds.shm_nattch == 1 && ds.shm_lpid != getpid() && ds.shm_dtime != 0 && ds.shm_atime != 0);
	check(strcmp(a, "from the child") == 0);
	status = in_child(write_read_only, &id);
	check(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);

	check_errno(shmat(id, a, 0), EINVAL);
	check_errno(shmat(id, a + 1, 0), EINVAL);
	check_errno(shmat(id, NULL, SHM_REMAP), EINVAL);
	check_errno(shmdt(a + 1), EINVAL);
	check_errno(shmdt(a + PAGE), EINVAL);
	/* in the place of another mapping, rounded down */
	b = mmap(NULL, 2 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	check(shmat(id, b + 5, SHM_RND | SHM_REMAP) == b && strcmp(b, "from the child") == 0);
	check(stat_of(id).shm_nattch == 2);
	/* split in two areas: both count, and one shmdt takes both */
	check(mprotect(b + PAGE, PAGE, PROT_READ) == 0);
	check(stat_of(id).shm_nattch == 3);
	check(shmdt(b) == 0);
	check(stat_of(id).shm_nattch == 1);
	check(shmdt(a) == 0);
	check(stat_of(id).shm_nattch == 0);
	check(shmctl(id, IPC_RMID, NULL) == 0);
}

static const char *self;	/* this program, as a file */

static void exec_self(void *arg)
{
	char *argv[] = { "shmtest", "exec", NULL };

	execv(self, argv);
	_exit(7);
}

/* A removed segment lives until the last detach, by munmap, exit or exec. */
static void test_remove(void)
{
	int key = 0x53000000 | (getpid() & 0xffffff), id = shmget(key, PAGE, IPC_CREAT | 0600), status;
	char *a = shmat(id, NULL, 0);

	check(a != FAILED);
	check(shmctl(id, IPC_RMID, NULL) == 0);
	check(stat_of(id).shm_perm.mode & SHM_DEST);
	check(stat_of(id).shm_perm.__key == IPC_PRIVATE);
	check_errno(shmget(key, 0, 0), ENOENT);
	strcpy(a, "still there");
	status = in_child(exec_self, NULL);
	check(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	check(stat_of(id).shm_nattch == 1);
	check(strcmp(a, "still there") == 0);
	check(munmap(a, PAGE) == 0);
	check_errno(shmctl(id, IPC_STAT, &(struct shmid_ds){ 0 }), EINVAL);
}

/* ---- permissions ---- */

static void as_nobody(void *arg)
{
	int id = *(int *)arg;
	struct shmid_ds ds = stat_of(id);
	char *a;

	check(setgid(65534) == 0 && setuid(65534) == 0);
	a = shmat(id, NULL, SHM_RDONLY);
	check(a != FAILED);
	check_errno(shmat(id, NULL, 0), EACCES);
	check(shmctl(id, IPC_STAT, &ds) == 0);
	check_errno(shmctl(id, IPC_SET, &ds), EPERM);
	check_errno(shmctl(id, IPC_RMID, NULL), EPERM);
	check_errno(shmget(ds.shm_perm.__key, PAGE, 0666), EACCES);
	check(shmget(ds.shm_perm.__key, PAGE, 0444) == id);
}

static void test_permissions(void)
{
	int key = 0x54000000 | (getpid() & 0xffffff), id, status;

	if (geteuid() != 0)
		return;
	id = shmget(key, PAGE, IPC_CREAT | 0604);
	status = in_child(as_nobody, &id);
	check(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	check(shmctl(id, IPC_RMID, NULL) == 0);
}

/* ---- the other shared memory ---- */

static void store_in_map(void *arg)
{
	strcpy(arg, "child was here");
}

static void touch(void *arg)
{
	*(volatile char *)arg = 1;
}

static bool maps_say(const void *addr, const char *name)
{
	char line[512], start[32];
	FILE *f = fopen("/proc/self/maps", "r");
	bool found = false;

	if (!f)
		return true;	/* a system without it cannot say anything wrong */
	snprintf(start, sizeof(start), "%lx-", (unsigned long)addr);
	while (fgets(line, sizeof(line), f))
		found |= !strncmp(line, start, strlen(start)) && strstr(line, name);
	fclose(f);
	return found;
}

static void test_anonymous(void)
{
	char *a = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0), *b;
	int fd = open("/dev/zero", O_RDWR), status;

	check(a != MAP_FAILED && a[2 * PAGE] == 0);
	status = in_child(store_in_map, a + PAGE);
	check(WIFEXITED(status) && strcmp(a + PAGE, "child was here") == 0);
	check(maps_say(a, "/dev/zero (deleted)"));
	/* grown beyond its object: nothing is there */
	b = mremap(a, 3 * PAGE, 4 * PAGE, MREMAP_MAYMOVE);
	check(b != MAP_FAILED && strcmp(b + PAGE, "child was here") == 0);
	status = in_child(touch, b + 3 * PAGE);
	check(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS);
	check(munmap(b, 4 * PAGE) == 0);
	if (fd < 0)
		return;
	a = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	check(a != MAP_FAILED && a[5] == 0);
	status = in_child(store_in_map, a);
	check(WIFEXITED(status) && strcmp(a, "child was here") == 0);
	b = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	check(b != MAP_FAILED && b[5] == 0);
	status = in_child(store_in_map, b);
	check(WIFEXITED(status) && b[0] == 0);
	check(munmap(a, PAGE) == 0 && munmap(b, PAGE) == 0);
	close(fd);
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IONBF, 0);
	/* after an exec nothing is attached: the parent looks */
	if (argc > 1 && !strcmp(argv[1], "exec"))
		return 0;
	self = argc > 1 ? argv[1] : argv[0];
	test_get();
	test_info();
	test_attach();
	test_remove();
	test_permissions();
	test_anonymous();
	printf("shmtest: %s, %lu failures\n", failures() ? "failed" : "passed", failures());
	return failures() ? 1 : 0;
}
