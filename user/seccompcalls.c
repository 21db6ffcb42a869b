// SPDX-License-Identifier: MIT
/*
 * seccompcalls
 *
 * seccomp(2): strict mode, filters and what their answers do, programs that are refused, what children, threads and executed programs
 * inherit. Filters are for good, so each case runs in a child. The same on Linux.
 */
#define _GNU_SOURCE
#include "lib/check.h"

#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

/* What the library has no headers for; as in Linux's. */
struct seccomp_data {
	int nr;
	uint32_t arch;
	uint64_t instruction_pointer, args[6];
};

struct sock_filter {
	uint16_t code;
	uint8_t jt, jf;
	uint32_t k;
};

struct sock_fprog {
	unsigned short len;
	struct sock_filter *filter;
};

#define AUDIT_ARCH_X86_64 0xc000003eU
enum { SECCOMP_SET_MODE_STRICT, SECCOMP_SET_MODE_FILTER, SECCOMP_GET_ACTION_AVAIL };
#define SECCOMP_FILTER_FLAG_TSYNC 1
#define SECCOMP_RET_KILL_PROCESS  0x80000000U
#define SECCOMP_RET_KILL_THREAD	  0x00000000U
#define SECCOMP_RET_TRAP	  0x00030000U
#define SECCOMP_RET_ERRNO	  0x00050000U
#define SECCOMP_RET_TRACE	  0x7ff00000U
#define SECCOMP_RET_LOG		  0x7ffc0000U
#define SECCOMP_RET_ALLOW	  0x7fff0000U
enum { BPF_LD, BPF_LDX, BPF_ST, BPF_STX, BPF_ALU, BPF_JMP, BPF_RET, BPF_MISC };
enum { BPF_W = 0, BPF_B = 0x10 };
enum { BPF_IMM = 0, BPF_ABS = 0x20, BPF_IND = 0x40, BPF_MEM = 0x60, BPF_LEN = 0x80 };
enum { BPF_ADD = 0, BPF_SUB = 0x10, BPF_MUL = 0x20, BPF_DIV = 0x30, BPF_OR = 0x40, BPF_AND = 0x50, BPF_LSH = 0x60, BPF_RSH = 0x70,
       BPF_NEG = 0x80, BPF_MOD = 0x90, BPF_XOR = 0xa0 };
enum { BPF_JA = 0, BPF_JEQ = 0x10, BPF_JGT = 0x20, BPF_JGE = 0x30, BPF_JSET = 0x40 };
enum { BPF_K = 0, BPF_X = 8, BPF_A = 0x10, BPF_TAX = 0, BPF_TXA = 0x80 };
#define BPF_STMT(code, k)	  { code, 0, 0, k }
#define BPF_JUMP(code, k, jt, jf) { code, jt, jf, k }

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define RETURN(value) BPF_STMT(BPF_RET | BPF_K, value)
#define IF_EQUAL(value, then, other) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, then, other)
#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

static const char *self;

static long seccomp(unsigned int op, unsigned int flags, void *args)
{
	return syscall(SYS_seccomp, op, flags, args);
}

static long add_code(unsigned int flags, struct sock_filter *code, size_t len)
{
	struct sock_fprog fprog = { len, code };

	return seccomp(SECCOMP_SET_MODE_FILTER, flags, &fprog);
}

#define ADD(flags, ...)                                                                                                        \
	({                                                                                                                     \
		struct sock_filter code_[] = { __VA_ARGS__ };                                                                  \
		add_code(flags, code_, LENGTH(code_));                                                                         \
	})

/* One call has this answer, all others are allowed. */
#define ANSWER(flags, call, answer) ADD(flags, LOAD(nr), IF_EQUAL(call, 0, 1), RETURN(answer), RETURN(SECCOMP_RET_ALLOW))

static void in_child(void (*run)(void), int signal)
{
	unsigned long before = failures();
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
		run();
		_exit(failures() > before);
	}
	check(waitpid(pid, &status, 0) == pid);
	if (signal ? !WIFSIGNALED(status) || WTERMSIG(status) != signal : status != 0)
		fail("status %#x, expected signal %d", status, signal);
}

/* ---- arguments ---- */

static void arguments(void)
{
	struct sock_filter allow = RETURN(SECCOMP_RET_ALLOW);
	struct sock_fprog fprog = { 0, &allow };
	unsigned int action = SECCOMP_RET_ERRNO;

	check_errno(seccomp(99, 0, NULL), EINVAL);
	check_errno(seccomp(SECCOMP_SET_MODE_STRICT, 1, NULL), EINVAL);
	check_errno(seccomp(SECCOMP_SET_MODE_STRICT, 0, &fprog), EINVAL);
	check_errno(seccomp(SECCOMP_SET_MODE_FILTER, 1U << 20, &fprog), EINVAL);
	check_errno(seccomp(SECCOMP_SET_MODE_FILTER, 0, NULL), EFAULT);
	check_errno(seccomp(SECCOMP_SET_MODE_FILTER, 0, &fprog), EINVAL);
	fprog.len = 4097;
	check_errno(seccomp(SECCOMP_SET_MODE_FILTER, 0, &fprog), EINVAL);
	check_errno(seccomp(SECCOMP_GET_ACTION_AVAIL, 1, &action), EINVAL);
	check(seccomp(SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0);
	action = 0x12340000;
	check_errno(seccomp(SECCOMP_GET_ACTION_AVAIL, 0, &action), EOPNOTSUPP);
	check(prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == 0);
	check_errno(prctl(PR_SET_SECCOMP, 3, 0, 0, 0), EINVAL);
}

/* Programs that could go wrong are not taken. */
static void bad_programs(void)
{
	check_errno(ADD(0, LOAD(nr)), EINVAL);						       /* does not return */
	check_errno(ADD(0, IF_EQUAL(0, 1, 0), RETURN(0)), EINVAL);			       /* jumps out */
	check_errno(ADD(0, BPF_STMT(BPF_JMP | BPF_JA, 0xffffffff), RETURN(0)), EINVAL);	       /* backwards */
	check_errno(ADD(0, BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 64), RETURN(0)), EINVAL);	       /* behind the data */
	check_errno(ADD(0, BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 2), RETURN(0)), EINVAL);	       /* across words */
	check_errno(ADD(0, BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0), RETURN(0)), EINVAL);	       /* bytes */
	check_errno(ADD(0, BPF_STMT(BPF_LD | BPF_W | BPF_IND, 0), RETURN(0)), EINVAL);
	check_errno(ADD(0, BPF_STMT(BPF_ALU | BPF_DIV | BPF_K, 0), RETURN(0)), EINVAL);
	check_errno(ADD(0, BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, 3), RETURN(0)), EINVAL);
	check_errno(ADD(0, BPF_STMT(BPF_ALU | BPF_LSH | BPF_K, 32), RETURN(0)), EINVAL);
	check_errno(ADD(0, BPF_STMT(BPF_ST, 16), RETURN(0)), EINVAL);
	check_errno(ADD(0, BPF_STMT(BPF_LD | BPF_MEM, 3), RETURN(0)), EINVAL);		       /* never written */
	check_errno(ADD(0, LOAD(nr), IF_EQUAL(0, 1, 0), BPF_STMT(BPF_ST, 3), BPF_STMT(BPF_LD | BPF_MEM, 3), RETURN(0)), EINVAL);
	check_errno(ADD(0, BPF_STMT(0xffff, 0), RETURN(0)), EINVAL);
}

static void as_nobody(void)
{
	pid_t pid;
	int status;

	if (geteuid())
		return;
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		check(setuid(65534) == 0);
		check_errno(ADD(0, RETURN(SECCOMP_RET_ALLOW)), EACCES);
		check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ADD(0, RETURN(SECCOMP_RET_ALLOW)) == 0);
		_exit(failures() != 0);
	}
	check(waitpid(pid, &status, 0) == pid && status == 0);
}

/* ---- answers ---- */

static void errnos(void)
{
	check(ANSWER(0, SYS_getppid, SECCOMP_RET_ERRNO | EOWNERDEAD) == 0);
	check_errno(syscall(SYS_getppid), EOWNERDEAD);
	check(getpid() > 0 && prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == 2);
	/* the more severe one counts; of equal ones the newer */
	check(ANSWER(0, SYS_getppid, SECCOMP_RET_LOG) == 0);
	check_errno(syscall(SYS_getppid), EOWNERDEAD);
	check(ANSWER(0, SYS_getppid, SECCOMP_RET_ERRNO | EBADFD) == 0);
	check_errno(syscall(SYS_getppid), EBADFD);
	check(ANSWER(0, SYS_getuid, SECCOMP_RET_ERRNO | 0) == 0 && syscall(SYS_getuid) == 0);
	check(ANSWER(0, SYS_getgid, SECCOMP_RET_ERRNO | 0xffff) == 0);
	check_errno(syscall(SYS_getgid), 4095);
	check(ANSWER(0, 100000, SECCOMP_RET_ERRNO | EXDEV) == 0);
	check_errno(syscall(100000), EXDEV); /* a call that there is not, too */
	check(ANSWER(0, SYS_getegid, SECCOMP_RET_TRACE) == 0);
	check_errno(syscall(SYS_getegid), ENOSYS);
	check_errno(seccomp(SECCOMP_SET_MODE_STRICT, 0, NULL), EINVAL);
}

/* Every instruction, on the first argument of getsid. */
static void instructions(void)
{
	check(ADD(0, LOAD(nr), IF_EQUAL(SYS_getsid, 1, 0), RETURN(SECCOMP_RET_ALLOW), LOAD(arch), IF_EQUAL(AUDIT_ARCH_X86_64, 1, 0),
		  RETURN(SECCOMP_RET_KILL_PROCESS), BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0), IF_EQUAL(64, 1, 0), RETURN(SECCOMP_RET_KILL_PROCESS),
		  LOAD(args[0]), BPF_STMT(BPF_ST, 5), BPF_STMT(BPF_LDX | BPF_IMM, 3), BPF_STMT(BPF_STX, 15), /* a = arg, x = 3 */
		  BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, 10), BPF_STMT(BPF_ALU | BPF_MUL | BPF_X, 0),	      /* (arg + 10) * 3 */
		  BPF_STMT(BPF_ALU | BPF_SUB | BPF_K, 6), BPF_STMT(BPF_ALU | BPF_DIV | BPF_X, 0),	      /* arg + 8 */
		  BPF_STMT(BPF_ALU | BPF_LSH | BPF_K, 4), BPF_STMT(BPF_ALU | BPF_RSH | BPF_X, 0),	      /* * 16 / 8 */
		  BPF_STMT(BPF_ALU | BPF_OR | BPF_K, 1), BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xff),
		  BPF_STMT(BPF_ALU | BPF_XOR | BPF_X, 0),						      /* 2 (arg + 8) + 1 ^ 3 */
		  BPF_STMT(BPF_ALU | BPF_NEG, 0), BPF_STMT(BPF_ALU | BPF_NEG, 0), BPF_STMT(BPF_MISC | BPF_TAX, 0),
		  BPF_STMT(BPF_LD | BPF_MEM, 15), IF_EQUAL(3, 1, 0), RETURN(SECCOMP_RET_KILL_PROCESS),
		  BPF_STMT(BPF_LD | BPF_MEM, 5), BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 100, 7, 0),
		  BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 50, 5, 0), BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 2, 3, 0),
		  BPF_STMT(BPF_JMP | BPF_JA, 0), BPF_STMT(BPF_MISC | BPF_TXA, 0), BPF_STMT(BPF_JMP | BPF_JA, 3),
		  RETURN(SECCOMP_RET_ERRNO | 1), /* bit 1 */
		  RETURN(SECCOMP_RET_ERRNO | 2), /* 50 and more */
		  RETURN(SECCOMP_RET_ERRNO | 3), /* above 100 */
		  BPF_STMT(BPF_ALU | BPF_OR | BPF_K, SECCOMP_RET_ERRNO), BPF_STMT(BPF_RET | BPF_A, 0)) == 0);
	check_errno(syscall(SYS_getsid, 1), (2 * 9 + 1) ^ 3);
	check_errno(syscall(SYS_getsid, 40), (2 * 48 + 1) ^ 3);
	check_errno(syscall(SYS_getsid, 6), 1);
	check_errno(syscall(SYS_getsid, 50), 2);
	check_errno(syscall(SYS_getsid, 100), 2);
	check_errno(syscall(SYS_getsid, 101), 3);
}

static volatile int trapped;

/* Makes the call itself, with a result of its own. */
static void on_sigsys(int sig, siginfo_t *info, void *context)
{
	ucontext_t *u = context;

	trapped += sig == SIGSYS && info->si_code == 1 && info->si_errno == 77 && info->si_syscall == SYS_getppid &&
		   info->si_arch == AUDIT_ARCH_X86_64 && (uintptr_t)info->si_call_addr == (uintptr_t)u->uc_mcontext.gregs[REG_RIP] &&
		   u->uc_mcontext.gregs[REG_RAX] == SYS_getppid;
	u->uc_mcontext.gregs[REG_RAX] = 4711;
}

static void trap(void)
{
	struct sigaction sa = { .sa_sigaction = on_sigsys, .sa_flags = SA_SIGINFO };

	check(sigaction(SIGSYS, &sa, NULL) == 0 && ANSWER(0, SYS_getppid, SECCOMP_RET_TRAP | 77) == 0);
	check(syscall(SYS_getppid) == 4711 && trapped == 1);
}

static void trap_ignored(void)
{
	signal(SIGSYS, SIG_IGN);
	check(ANSWER(0, SYS_getppid, SECCOMP_RET_TRAP) == 0);
	syscall(SYS_getppid);
}

static void kill_process(void)
{
	signal(SIGSYS, SIG_IGN);
	check(ANSWER(0, SYS_getppid, SECCOMP_RET_KILL_PROCESS) == 0);
	syscall(SYS_getppid);
}

static void unknown_answer(void)
{
	check(ANSWER(0, SYS_getppid, 0x12340000) == 0);
	syscall(SYS_getppid);
}

static void *dies(void *arg)
{
	check(ANSWER(0, SYS_getppid, SECCOMP_RET_KILL_THREAD) == 0);
	syscall(SYS_getppid);
	*(int *)arg = 1;
	return NULL;
}

/* Only the thread ends, and the library does not learn of it: it is seen by its number. */
static void kill_thread(void)
{
	pthread_t t;
	int lives = 0;

	check(pthread_create(&t, NULL, dies, &lives) == 0);
	for (int i = 0; i < 10000; i++) {
		char name[64];
		int threads = 0;
		FILE *f;

		snprintf(name, sizeof(name), "/proc/self/status");
		f = fopen(name, "r");
		if (!f)
			break;
		while (fgets(name, sizeof(name), f))
			sscanf(name, "Threads: %d", &threads);
		fclose(f);
		if (threads == 1)
			break;
		usleep(1000);
	}
	check(lives == 0);
}

/* ---- strict mode ---- */

static void strict(void)
{
	int fds[2];
	char c;

	check(pipe(fds) == 0 && seccomp(SECCOMP_SET_MODE_STRICT, 0, NULL) == 0);
	if (write(fds[1], "x", 1) != 1 || read(fds[0], &c, 1) != 1 || c != 'x')
		write(1, "strict: cannot read and write\n", 30);
	else
		syscall(SYS_exit, 0); /* of this thread, the only one */
	for (;;)
		;
}

static void strict_kills(void)
{
	check(prctl(PR_SET_SECCOMP, 1, 0, 0, 0) == 0);
	syscall(SYS_getpid);
}

static void strict_kills_exit_group(void)
{
	check(seccomp(SECCOMP_SET_MODE_STRICT, 0, NULL) == 0);
	syscall(SYS_exit_group, 0);
}

/* ---- who gets it ---- */

static int refused(void)
{
	return syscall(SYS_getppid) == -1 && errno == EOWNERDEAD;
}

static void *thread_refused(void *arg)
{
	*(int *)arg = refused();
	return NULL;
}

static void inherited(void)
{
	char *args[] = { (char *)self, "--refused", NULL };
	int status, thread = 0;
	pthread_t t;
	pid_t pid;

	check(ANSWER(0, SYS_getppid, SECCOMP_RET_ERRNO | EOWNERDEAD) == 0);
	check(pthread_create(&t, NULL, thread_refused, &thread) == 0 && pthread_join(t, NULL) == 0 && thread);
	pid = fork();
	if (pid == 0) {
		if (!refused())
			_exit(1);
		execv(self, args);
		_exit(errno == ENOENT ? 0 : 2); /* it is not on this disk */
	}
	check(waitpid(pid, &status, 0) == pid && status == 0);
}

static pthread_barrier_t barrier;

static void *waits_then_asks(void *arg)
{
	if (*(int *)arg == 2)
		check(ANSWER(0, SYS_getgid, SECCOMP_RET_ERRNO | EOWNERDEAD) == 0);
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	*(int *)arg = refused();
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	return NULL;
}

/* TSYNC gives all threads the filter; not if one has others already. */
static void all_threads(void)
{
	int answers[2] = { 0, 0 }, mine;
	pthread_t t[2];

	pthread_barrier_init(&barrier, NULL, 3);
	for (int i = 0; i < 2; i++)
		check(pthread_create(&t[i], NULL, waits_then_asks, &answers[i]) == 0);
	pthread_barrier_wait(&barrier);
	check(ANSWER(SECCOMP_FILTER_FLAG_TSYNC, SYS_getppid, SECCOMP_RET_ERRNO | EOWNERDEAD) == 0);
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	check(answers[0] && answers[1] && refused());
	pthread_barrier_wait(&barrier);
	for (int i = 0; i < 2; i++)
		check(pthread_join(t[i], NULL) == 0);
	answers[0] = 2;
	answers[1] = 0;
	for (int i = 0; i < 2; i++)
		check(pthread_create(&t[i], NULL, waits_then_asks, &answers[i]) == 0);
	pthread_barrier_wait(&barrier);
	mine = (int)ANSWER(SECCOMP_FILTER_FLAG_TSYNC, SYS_getuid, SECCOMP_RET_ERRNO | EXDEV);
	check(mine > 0 && mine != (int)syscall(SYS_gettid));
	check_errno(ANSWER(SECCOMP_FILTER_FLAG_TSYNC | 16, SYS_getuid, SECCOMP_RET_ERRNO | EXDEV), ESRCH);
	check(syscall(SYS_getuid) != (long)-1 || errno != EXDEV);
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	for (int i = 0; i < 2; i++)
		check(pthread_join(t[i], NULL) == 0);
}

/* So many instructions and no more, and all are given back. */
static void many(void)
{
	static struct sock_filter code[4096];
	int n = 0;

	for (unsigned int i = 0; i < LENGTH(code); i++)
		code[i] = (struct sock_filter)RETURN(SECCOMP_RET_ALLOW);
	while (n < 100 && add_code(0, code, LENGTH(code)) == 0)
		n++;
	check(errno == ENOMEM && n > 1 && n < 9); /* Linux counts them as translated, which is more */
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IONBF, 0);
	self = argv[0];
	if (argc > 1 && !strcmp(argv[1], "--refused"))
		return refused() ? 0 : 3;
	as_nobody();
	in_child(arguments, 0);
	in_child(bad_programs, 0);
	in_child(errnos, 0);
	in_child(instructions, 0);
	in_child(trap, 0);
	in_child(trap_ignored, SIGSYS);
	in_child(kill_process, SIGSYS);
	in_child(unknown_answer, SIGSYS);
	in_child(kill_thread, 0);
	in_child(strict, 0);
	in_child(strict_kills, SIGKILL);
	in_child(strict_kills_exit_group, SIGKILL);
	in_child(inherited, 0);
	in_child(all_threads, 0);
	in_child(many, 0);
	printf("seccompcalls: %s, %lu failures\n", failures() ? "failed" : "passed", failures());
	return failures() != 0;
}
