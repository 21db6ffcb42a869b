// SPDX-License-Identifier: MIT
/*
 * Signals as a program sees them: what is told with them, actions and masks, the alternate stack, the context, queues, stopping
 * and continuing, signalfd and pidfd, and races of all that with fork, exec and exit. Every case has one right answer, the same
 * on Linux.
 *
 *	sigcalls [--rounds N] [--verbose]
 *
 * Prints a line for each check that failed; exit status 0 or 1.
 */
#define _GNU_SOURCE
#include "lib/util.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#ifndef P_PIDFD
#define P_PIDFD 3
#endif
#ifndef SS_AUTODISARM
#define SS_AUTODISARM (1U << 31)
#endif
#define SYS_PIDFD_SEND_SIGNAL 424
#define SYS_PIDFD_OPEN	      434
#define SYS_PIDFD_GETFD	      438

#define CHECK(cond)                                                                                                    \
	do {                                                                                                           \
		if (!(cond))                                                                                           \
			fail("%s (errno %d)", #cond, errno);                                                           \
	} while (0)

static int rounds;

static volatile sig_atomic_t count;
static siginfo_t last;
static ucontext_t context;

static void counter(int sig, siginfo_t *info, void *uc)
{
	last = *info;
	memcpy(&context, uc, offsetof(ucontext_t, uc_sigmask) + 8);
	count++;
}

static void handle(int sig, int flags)
{
	struct sigaction sa = { .sa_sigaction = counter, .sa_flags = SA_SIGINFO | flags };

	count = 0;
	memset(&last, 0, sizeof(last));
	CHECK(sigaction(sig, &sa, NULL) == 0);
}

static sigset_t set_of(int sig)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	return set;
}

static void sleep_ms(int ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };

	while (nanosleep(&ts, &ts) && errno == EINTR)
		;
}

static pid_t spawn(void)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		die("fork: errno %d", errno);
	return pid;
}

static int status_of(pid_t pid)
{
	int status = -1;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

/* ---- what is told ---- */

static void senders(void)
{
	union sigval value = { .sival_int = 42 };
	int fds[2];

	handle(SIGUSR1, 0);
	kill(getpid(), SIGUSR1);
	CHECK(count == 1 && last.si_code == SI_USER && last.si_pid == getpid() && last.si_uid == getuid());
	sigqueue(getpid(), SIGUSR1, value);
	CHECK(count == 2 && last.si_code == SI_QUEUE && last.si_value.sival_int == 42 && last.si_pid == getpid());
	syscall(SYS_tgkill, getpid(), gettid(), SIGUSR1);
	CHECK(count == 3 && last.si_code == SI_TKILL && last.si_pid == getpid());
	handle(SIGPIPE, 0);
	CHECK(pipe(fds) == 0);
	close(fds[0]);
	CHECK(write(fds[1], "x", 1) == -1 && errno == EPIPE && count == 1 && last.si_code == SI_USER);
	close(fds[1]);
}

static void refused(void)
{
	siginfo_t info = { .si_code = SI_USER }, ended;
	pid_t pid = spawn();

	if (!pid)
		_exit(0);
	CHECK(waitid(P_PID, (id_t)pid, &ended, WEXITED | WNOWAIT) == 0);
	CHECK(kill(pid, 0) == 0 && kill(pid, SIGTERM) == 0); /* a zombie is there */
	CHECK(status_of(pid) == 0);
	CHECK(kill(pid, 0) == -1 && errno == ESRCH);
	CHECK(kill(getpid(), 65) == -1 && errno == EINVAL);
	CHECK(kill(getpid(), -1) == -1 && errno == EINVAL);
	CHECK(kill(-4000000, 0) == -1 && errno == ESRCH);
	CHECK(syscall(SYS_tgkill, getpid(), -1, 0) == -1 && errno == EINVAL);
	CHECK(syscall(SYS_tgkill, getpid(), 4000000, 0) == -1 && errno == ESRCH);
	CHECK(syscall(SYS_rt_sigqueueinfo, getppid() ? getppid() : 4000000, SIGUSR1, &info) == -1 && errno == EPERM);
	if (getuid() == 0) {
		pid = spawn();
		if (!pid) {
			if (setgid(1000) || setuid(1000))
				_exit(2);
			_exit(kill(getppid(), 0) == -1 && errno == EPERM && kill(getppid(), SIGCONT) == 0 ? 0 : 1);
		}
		CHECK(status_of(pid) == 0);
	}
}

static sigjmp_buf back;

static void escape(int sig, siginfo_t *info, void *uc)
{
	counter(sig, info, uc);
	siglongjmp(back, 1);
}

static void expect_fault(int sig, int code, void *addr, void (*cause)(void *), void *arg)
{
	struct sigaction sa = { .sa_sigaction = escape, .sa_flags = SA_SIGINFO };

	memset(&last, 0, sizeof(last));
	sigaction(sig, &sa, NULL);
	if (!sigsetjmp(back, 1)) {
		cause(arg);
		fail("no signal %d", sig);
	}
	if (last.si_signo != sig || last.si_code != code || (addr != (void *)-1 && last.si_addr != addr))
		fail("signal %d code %d address %p, not %d %d %p", last.si_signo, last.si_code, last.si_addr, sig, code, addr);
	signal(sig, SIG_DFL);
}

static void touch(void *p)
{
	*(volatile char *)p = 1;
}

static void peek(void *p)
{
	(void)*(volatile char *)p;
}

static void divide(void *p)
{
	__asm__ volatile("xorl %%edx, %%edx; movl $1, %%eax; xorl %%ecx, %%ecx; idivl %%ecx" : : : "eax", "ecx", "edx");
}

static void undefined(void *p)
{
	__asm__ volatile("ud2");
}

static void breakpoint(void *p)
{
	__asm__ volatile("int3");
}

static void far_away(void *p)
{
	__asm__ volatile("movb $1, (%0)" : : "r"(0x8000000000000000UL));
}

static void faults(const char *file)
{
	char *page = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = open(file, O_RDWR | O_CREAT | O_TRUNC, 0600);

	expect_fault(SIGSEGV, SEGV_ACCERR, page + 5, touch, page + 5);
	CHECK(context.uc_mcontext.gregs[REG_TRAPNO] == 14 && context.uc_mcontext.gregs[REG_CR2] == (long)page + 5);
	CHECK((context.uc_mcontext.gregs[REG_ERR] & 6) == 6); /* a write of the program */
	munmap(page, 8192);
	expect_fault(SIGSEGV, SEGV_MAPERR, page + 4097, peek, page + 4097);
	CHECK((context.uc_mcontext.gregs[REG_ERR] & 7) == 4);
	expect_fault(SIGSEGV, SI_KERNEL, NULL, far_away, NULL);
	CHECK(context.uc_mcontext.gregs[REG_TRAPNO] == 13);
	expect_fault(SIGFPE, FPE_INTDIV, (void *)-1, divide, NULL);
	CHECK(last.si_addr == (void *)context.uc_mcontext.gregs[REG_RIP]);
	expect_fault(SIGILL, ILL_ILLOPN, (void *)-1, undefined, NULL);
	expect_fault(SIGTRAP, SI_KERNEL, NULL, breakpoint, NULL);
	CHECK(fd >= 0 && ftruncate(fd, 8192) == 0);
	page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	touch(page + 4096);
	CHECK(ftruncate(fd, 4096) == 0);
	expect_fault(SIGBUS, BUS_ADRERR, page + 4100, peek, page + 4100);
	touch(page);
	munmap(page, 8192);
	close(fd);
	unlink(file);
}

/* ---- actions and masks ---- */

static int depth, deepest, raises;

static void nest(int sig)
{
	if (++depth > deepest)
		deepest = depth;
	if (raises++ < 2)
		raise(sig);
	depth--;
}

static void actions(void)
{
	struct sigaction sa = { .sa_handler = nest, .sa_flags = SA_NODEFER }, old;
	sigset_t set, before;

	sigaction(SIGUSR1, &sa, NULL);
	deepest = raises = 0;
	raise(SIGUSR1);
	CHECK(deepest == 3);
	sa.sa_flags = 0;
	sigaction(SIGUSR1, &sa, NULL);
	deepest = raises = 0;
	raise(SIGUSR1); /* blocked while it is handled: one after the other */
	CHECK(deepest == 1 && raises == 3);
	handle(SIGUSR1, SA_RESETHAND);
	raise(SIGUSR1);
	sigaction(SIGUSR1, NULL, &old);
	CHECK(count == 1 && old.sa_handler == SIG_DFL);
	/* the mask of an action holds while it runs and no longer */
	sigprocmask(SIG_BLOCK, NULL, &before);
	handle(SIGUSR1, 0);
	raise(SIGUSR1);
	sigprocmask(SIG_BLOCK, NULL, &set);
	CHECK(!memcmp(&set, &before, 8));
	/* ignoring forgets */
	set = set_of(SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGUSR1);
	signal(SIGUSR1, SIG_IGN);
	handle(SIGUSR1, 0);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	CHECK(count == 0);
	sa.sa_handler = SIG_IGN;
	CHECK(sigaction(SIGKILL, &sa, NULL) == -1 && errno == EINVAL);
	CHECK(sigaction(SIGSTOP, &sa, NULL) == -1 && errno == EINVAL);
	sigfillset(&set);
	sigprocmask(SIG_SETMASK, &set, &before);
	sigprocmask(SIG_SETMASK, &before, &set);
	CHECK(!sigismember(&set, SIGKILL) && !sigismember(&set, SIGSTOP));
}

static int pipe_fds[2];
static volatile int interrupted;

/* Signals until the other thread says that one of them found it asleep; then a byte, for what it does next. */
static void *poke(void *thread)
{
	do {
		sleep_ms(30);
		pthread_kill(*(pthread_t *)thread, SIGUSR1);
	} while (!interrupted);
	CHECK(write(pipe_fds[1], "x", 1) == 1);
	return NULL;
}

/* The byte; a last signal of poke() may come before it. */
static void take_byte(void)
{
	ssize_t n;
	char c;

	interrupted = 1;
	while ((n = read(pipe_fds[0], &c, 1)) == -1 && errno == EINTR)
		;
	CHECK(n == 1);
}

static void restarts(void)
{
	pthread_t self = pthread_self(), t;
	struct pollfd pfd;
	sigset_t none;
	char c;

	CHECK(pipe(pipe_fds) == 0);
	handle(SIGUSR1, SA_RESTART);
	interrupted = 1; /* one signal, one byte */
	pthread_create(&t, NULL, poke, &self);
	CHECK(read(pipe_fds[0], &c, 1) == 1);
	pthread_join(t, NULL);
	CHECK(count == 1);
	handle(SIGUSR1, 0);
	interrupted = 0;
	pthread_create(&t, NULL, poke, &self);
	CHECK(read(pipe_fds[0], &c, 1) == -1 && errno == EINTR && count >= 1);
	take_byte();
	pthread_join(t, NULL);
	/* never restarted, whatever the flags say */
	handle(SIGUSR1, SA_RESTART);
	pfd = (struct pollfd){ pipe_fds[0], POLLIN, 0 };
	interrupted = 0;
	pthread_create(&t, NULL, poke, &self);
	CHECK(poll(&pfd, 1, 20000) == -1 && errno == EINTR);
	take_byte();
	pthread_join(t, NULL);
	sigemptyset(&none);
	interrupted = 0;
	pthread_create(&t, NULL, poke, &self);
	CHECK(sigsuspend(&none) == -1 && errno == EINTR);
	take_byte();
	pthread_join(t, NULL);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
}

/* ---- the alternate stack ---- */

/* the kernel's own answers */
static int ksigaltstack(const stack_t *ss, stack_t *old)
{
	return syscall(SYS_sigaltstack, ss, old);
}

static char *alt_base;
static const size_t alt_size = 65536;
static int on_alt, saw_flags, set_error;

static void on_stack(int sig)
{
	stack_t ss = { .ss_sp = alt_base, .ss_size = alt_size }, old;
	char here;

	on_alt = &here > alt_base && &here <= alt_base + alt_size;
	CHECK(ksigaltstack(NULL, &old) == 0);
	saw_flags = old.ss_flags;
	if (saw_flags == SS_ONSTACK)
		set_error = ksigaltstack(&ss, NULL) ? errno : 0;
}

static void overflow(int sig)
{
	volatile char big[2048];

	big[0] = big[2047] = 0;
	raise(SIGUSR2);
}

static void alternate(void)
{
	struct sigaction sa = { .sa_handler = on_stack, .sa_flags = SA_ONSTACK };
	stack_t ss = { .ss_size = alt_size }, old;
	struct rlimit no_core = { 0, 0 };
	pid_t pid;

	alt_base = ss.ss_sp = mmap(NULL, alt_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(ksigaltstack(&ss, &old) == 0 && old.ss_flags == SS_DISABLE);
	sigaction(SIGUSR1, &sa, NULL);
	raise(SIGUSR1);
	CHECK(on_alt && set_error == EPERM);
	CHECK(ksigaltstack(NULL, &old) == 0 && old.ss_flags == 0 && old.ss_sp == alt_base && old.ss_size == alt_size);
	ss.ss_flags = (int)SS_AUTODISARM;
	CHECK(ksigaltstack(&ss, NULL) == 0);
	raise(SIGUSR1); /* disarmed inside, and comes back after */
	CHECK(on_alt && (saw_flags & SS_DISABLE));
	CHECK(ksigaltstack(NULL, &old) == 0 && old.ss_sp == alt_base && old.ss_flags == (int)SS_AUTODISARM);
	ss.ss_flags = 0;
	ss.ss_size = 1024;
	CHECK(ksigaltstack(&ss, NULL) == -1 && errno == ENOMEM);
	ss.ss_flags = 77;
	CHECK(ksigaltstack(&ss, NULL) == -1 && errno == EINVAL);
	/* a handler that overflows it is not written behind its end */
	pid = spawn();
	if (!pid) {
		ss = (stack_t){ .ss_sp = alt_base + 16384, .ss_size = 16384 };
		sa = (struct sigaction){ .sa_handler = overflow, .sa_flags = SA_ONSTACK | SA_NODEFER };
		setrlimit(RLIMIT_CORE, &no_core);
		ksigaltstack(&ss, NULL);
		sigaction(SIGUSR2, &sa, NULL);
		raise(SIGUSR2);
		_exit(0);
	}
	CHECK((status_of(pid) & 0xff) == SIGSEGV);
	/* a stack that has no room for any frame: killed, and no loop */
	pid = spawn();
	if (!pid) {
		setrlimit(RLIMIT_CORE, &no_core);
		handle(SIGSEGV, 0);
		handle(SIGUSR1, 0);
		__asm__ volatile("movq $64, %%rsp; movl $39, %%eax; syscall; movl %%eax, %%edi; movl $10, %%esi; movl $62, %%eax;"
				 "syscall; 1: jmp 1b" : : : "memory");
	}
	CHECK((status_of(pid) & 0xff) == SIGSEGV);
	ss = (stack_t){ .ss_flags = SS_DISABLE };
	CHECK(ksigaltstack(&ss, NULL) == 0);
	munmap(alt_base, alt_size);
}

/* ---- the context ---- */

static unsigned char xmm_seen[16];
static unsigned int frame_magic, frame_end, mxcsr_in_handler;

static void change_context(int sig, siginfo_t *info, void *p)
{
	ucontext_t *uc = p;
	unsigned char *fp = (unsigned char *)uc->uc_mcontext.fpregs;

	memcpy(xmm_seen, fp + 160 + 16 * 3, 16);
	memset(fp + 160 + 16 * 3, 0x5a, 16);
	memcpy(&frame_magic, fp + 464, 4);
	if (frame_magic == 0x46505853) {
		unsigned int size;

		memcpy(&size, fp + 480, 4);
		memcpy(&frame_end, fp + size, 4);
	}
	__asm__ volatile("stmxcsr %0" : "=m"(mxcsr_in_handler));
	uc->uc_mcontext.gregs[REG_R12] = 0x1234567890abcdef;
	uc->uc_mcontext.gregs[REG_RBX]++;
	sigaddset(&uc->uc_sigmask, SIGUSR2);
}

static void contexts(void)
{
	struct sigaction sa = { .sa_sigaction = change_context, .sa_flags = SA_SIGINFO };
	unsigned long r12 = 1, rbx = 7, r13 = 99;
	unsigned int mxcsr = 0x7f80, mxcsr_after;
	unsigned char in[16], out[16];
	sigset_t set;
	long ret;

	memset(in, 0xa5, sizeof(in));
	sigaction(SIGUSR1, &sa, NULL);
	{
		register unsigned long a12 __asm__("r12") = r12, a13 __asm__("r13") = r13;

		__asm__ volatile("movdqu %[in], %%xmm3; ldmxcsr %[mx]; syscall; stmxcsr %[after]; movdqu %%xmm3, %[out]"
				 : "+r"(a12), "+r"(a13), "+b"(rbx), [out] "=m"(out), [after] "=m"(mxcsr_after), "=a"(ret)
				 : [in] "m"(in), [mx] "m"(mxcsr), "a"(SYS_kill), "D"(getpid()), "S"(SIGUSR1)
				 : "rcx", "r11", "xmm3", "memory");
		r12 = a12;
		r13 = a13;
	}
	CHECK(ret == 0 && r12 == 0x1234567890abcdef && r13 == 99 && rbx == 8);
	CHECK(!memcmp(xmm_seen, in, 16));
	memset(in, 0x5a, 16);
	CHECK(!memcmp(out, in, 16));
	CHECK(mxcsr_in_handler == 0x1f80 && mxcsr_after == 0x7f80);
	mxcsr = 0x1f80;
	__asm__ volatile("ldmxcsr %0" : : "m"(mxcsr));
	CHECK(!frame_magic || (frame_magic == 0x46505853 && frame_end == 0x46505845));
	sigprocmask(SIG_BLOCK, NULL, &set);
	CHECK(sigismember(&set, SIGUSR2));
	set = set_of(SIGUSR2);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

/* ---- queues ---- */

static void queues(void)
{
	struct timespec zero = { 0, 0 }, short_time = { 0, 10000000 };
	struct rlimit lim, old;
	sigset_t set, pending;
	siginfo_t info;
	double start;
	int n;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigaddset(&set, SIGRTMIN + 1);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	for (int i = 0; i < 200; i++)
		CHECK(sigqueue(getpid(), SIGRTMIN + i % 2, (union sigval){ .sival_int = i }) == 0);
	for (int i = 0; i < 3; i++)
		kill(getpid(), SIGUSR1);
	CHECK(sigpending(&pending) == 0 && sigismember(&pending, SIGUSR1) && sigismember(&pending, SIGRTMIN + 1));
	/* lowest number first, each number in the order sent; the others once */
	CHECK(sigwaitinfo(&set, &info) == SIGUSR1);
	for (int i = 0; i < 200; i++) {
		int want = i < 100 ? 2 * i : 2 * (i - 100) + 1;

		if (sigwaitinfo(&set, &info) != SIGRTMIN + (i >= 100) || info.si_value.sival_int != want) {
			fail("signal %d value %d at place %d", info.si_signo, info.si_value.sival_int, i);
			break;
		}
	}
	CHECK(sigtimedwait(&set, &info, &zero) == -1 && errno == EAGAIN);
	start = now();
	CHECK(sigtimedwait(&set, &info, &short_time) == -1 && errno == EAGAIN && now() - start >= 0.0099);
	/* the limit is for what says more than kill() */
	getrlimit(RLIMIT_SIGPENDING, &old);
	lim = (struct rlimit){ 10, old.rlim_max };
	CHECK(setrlimit(RLIMIT_SIGPENDING, &lim) == 0);
	for (n = 0; n < 100 && !sigqueue(getpid(), SIGRTMIN, (union sigval){ .sival_int = n }); n++)
		;
	CHECK(n <= 10 && errno == EAGAIN);
	CHECK(kill(getpid(), SIGUSR1) == 0);
	setrlimit(RLIMIT_SIGPENDING, &old);
	while (sigtimedwait(&set, &info, &zero) > 0)
		n--;
	CHECK(n == -1);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

/* ---- stopping and continuing ---- */

static void *idle(void *arg)
{
	for (;;)
		pause();
	return NULL;
}

static pid_t waiting_child(int threads)
{
	pthread_t t;
	pid_t pid;

	signal(SIGUSR1, SIG_DFL);
	pid = spawn();
	if (pid)
		return pid;
	while (threads--)
		pthread_create(&t, NULL, idle, NULL);
	idle(NULL);
	_exit(1);
}

static int wait_for(pid_t pid, int options)
{
	int status = -1;

	if (waitpid(pid, &status, options) != pid)
		return -1;
	return status;
}

static void stops(int threads)
{
	struct sigaction sa = { .sa_handler = SIG_DFL };
	siginfo_t info;
	pid_t pid;
	int status;

	handle(SIGCHLD, SA_RESTART);
	pid = waiting_child(threads);
	sleep_ms(20);
	kill(pid, SIGSTOP);
	status = wait_for(pid, WUNTRACED);
	CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
	for (double start = now(); !count && now() - start < 5;)
		sched_yield();
	CHECK(count == 1 && last.si_code == CLD_STOPPED && last.si_pid == pid);
	CHECK(last.si_status == SIGSTOP || !last.si_status); /* 0 on Linux if the wait was quicker */
	CHECK(waitpid(pid, &status, WUNTRACED | WNOHANG) == 0); /* told once */
	/* what comes meanwhile waits until it goes on */
	kill(pid, SIGUSR1);
	sleep_ms(20);
	CHECK(waitpid(pid, &status, WUNTRACED | WNOHANG) == 0);
	kill(pid, SIGCONT);
	status = wait_for(pid, 0);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGUSR1);

	pid = waiting_child(threads);
	sleep_ms(20);
	count = 0;
	kill(pid, SIGTSTP); /* not orphaned: this process is in the same session, its group another */
	setpgid(pid, pid);
	kill(pid, SIGTSTP);
	status = wait_for(pid, WUNTRACED);
	CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGTSTP);
	for (double start = now(); !count && now() - start < 10;) /* the wait may be quicker than the signal */
		sched_yield();
	count = 0;
	kill(pid, SIGCONT);
	status = wait_for(pid, WCONTINUED);
	CHECK(WIFCONTINUED(status));
	for (double start = now(); !count && now() - start < 5;) /* the wait may be quicker than the signal */
		sched_yield();
	CHECK(count == 1 && last.si_code == CLD_CONTINUED && last.si_status == SIGCONT);
	CHECK(waitpid(pid, &status, WCONTINUED | WNOHANG) == 0);
	kill(pid, SIGSTOP);
	CHECK(waitid(P_PID, pid, &info, WSTOPPED | WNOWAIT) == 0 && info.si_code == CLD_STOPPED && info.si_status == SIGSTOP);
	CHECK(WIFSTOPPED(wait_for(pid, WUNTRACED)));
	kill(pid, SIGKILL);
	status = wait_for(pid, 0);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);

	/* parents that do not want to know of stops */
	sa.sa_handler = SIG_DFL;
	handle(SIGCHLD, SA_RESTART | SA_NOCLDSTOP);
	pid = waiting_child(threads);
	kill(pid, SIGSTOP);
	CHECK(WIFSTOPPED(wait_for(pid, WUNTRACED)) && count == 0);
	kill(pid, SIGKILL);
	wait_for(pid, 0);
	CHECK(count == 1);
	sigaction(SIGCHLD, &sa, NULL);
}

/* SIGCONT and stop signals drop each other, blocked or not; orphaned groups do not stop. */
static void stop_rules(void)
{
	sigset_t set, pending;
	pid_t pid = spawn();

	if (!pid) {
		setsid(); /* a group without anybody to continue it */
		sigemptyset(&set);
		sigaddset(&set, SIGTSTP);
		sigaddset(&set, SIGCONT);
		sigprocmask(SIG_BLOCK, &set, NULL);
		raise(SIGTSTP);
		raise(SIGCONT);
		sigpending(&pending);
		if (sigismember(&pending, SIGTSTP) || !sigismember(&pending, SIGCONT))
			_exit(1);
		raise(SIGTSTP);
		sigpending(&pending);
		if (!sigismember(&pending, SIGTSTP) || sigismember(&pending, SIGCONT))
			_exit(2);
		sigprocmask(SIG_UNBLOCK, &set, NULL); /* and is not stopped */
		signal(SIGTTIN, SIG_DFL);
		raise(SIGTTIN);
		_exit(0);
	}
	CHECK(status_of(pid) == 0);
}

/* ---- descriptors ---- */

static void signalfds(void)
{
	struct signalfd_siginfo si[4];
	struct epoll_event ev = { .events = EPOLLIN };
	sigset_t set, more;
	struct pollfd pfd;
	int fd, ep;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	CHECK(fd >= 0);
	pfd = (struct pollfd){ fd, POLLIN, 0 };
	CHECK(read(fd, si, sizeof(si)) == -1 && errno == EAGAIN);
	CHECK(read(fd, si, 127) == -1 && errno == EINVAL);
	CHECK(poll(&pfd, 1, 0) == 0);
	ep = epoll_create1(0);
	CHECK(ep >= 0 && epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev) == 0 && epoll_wait(ep, &ev, 1, 0) == 0);
	kill(getpid(), SIGUSR1);
	sigqueue(getpid(), SIGRTMIN, (union sigval){ .sival_int = 5 });
	sigqueue(getpid(), SIGRTMIN, (union sigval){ .sival_int = 6 });
	CHECK(poll(&pfd, 1, 10000) == 1 && pfd.revents == POLLIN);
	CHECK(epoll_wait(ep, &ev, 1, 10000) == 1);
	CHECK(read(fd, si, sizeof(si)) == 3 * (ssize_t)sizeof(si[0]));
	CHECK(si[0].ssi_signo == SIGUSR1 && si[0].ssi_code == SI_USER && si[0].ssi_pid == (unsigned int)getpid());
	CHECK(si[1].ssi_int == 5 && si[2].ssi_int == 6 && si[2].ssi_code == SI_QUEUE);
	CHECK(poll(&pfd, 1, 0) == 0);
	more = set_of(SIGRTMIN);
	CHECK(signalfd(fd, &more, 0) == fd);
	kill(getpid(), SIGUSR1);
	CHECK(read(fd, si, sizeof(si)) == -1 && errno == EAGAIN);
	CHECK(signalfd(fd, &set, 0) == fd && read(fd, si, sizeof(si)) == sizeof(si[0]));
	CHECK(signalfd(ep, &set, 0) == -1 && errno == EINVAL);
	CHECK(signalfd(999, &set, 0) == -1 && errno == EBADF);
	/* one that waits is woken; an epoll outlives the handlers of who polled it */
	fcntl(fd, F_SETFL, 0);
	pid_t pid = spawn();
	if (!pid) {
		epoll_ctl(ep, EPOLL_CTL_MOD, fd, &ev);
		epoll_wait(ep, &ev, 1, 0);
		sleep_ms(20);
		kill(getppid(), SIGUSR1);
		_exit(0);
	}
	CHECK(read(fd, si, sizeof(si)) == sizeof(si[0]) && si[0].ssi_pid == (unsigned int)pid);
	CHECK(status_of(pid) == 0);
	close(fd);
	close(ep);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static void pidfds(void)
{
	struct pollfd pfd;
	siginfo_t info;
	int fds[2], fd, copy;
	pid_t pid;
	char c;

	CHECK(pipe(fds) == 0);
	pid = waiting_child(0);
	fd = syscall(SYS_PIDFD_OPEN, pid, 0);
	CHECK(fd >= 0 && (fcntl(fd, F_GETFD) & FD_CLOEXEC));
	pfd = (struct pollfd){ fd, POLLIN, 0 };
	CHECK(poll(&pfd, 1, 0) == 0);
	copy = syscall(SYS_PIDFD_GETFD, fd, fds[1], 0);
	CHECK(copy >= 0 && write(copy, "y", 1) == 1 && read(fds[0], &c, 1) == 1 && c == 'y');
	CHECK(syscall(SYS_PIDFD_GETFD, fd, 999, 0) == -1 && errno == EBADF);
	close(copy);
	CHECK(syscall(SYS_PIDFD_SEND_SIGNAL, fd, 0, NULL, 0) == 0);
	CHECK(syscall(SYS_PIDFD_SEND_SIGNAL, fd, SIGUSR1, NULL, 0) == 0);
	CHECK(poll(&pfd, 1, 5000) == 1 && (pfd.revents & POLLIN));
	CHECK(waitid(P_PIDFD, fd, &info, WEXITED) == 0 && info.si_code == CLD_KILLED && info.si_status == SIGUSR1);
	CHECK(syscall(SYS_PIDFD_SEND_SIGNAL, fd, 0, NULL, 0) == -1 && errno == ESRCH);
	CHECK(poll(&pfd, 1, 0) == 1);
	CHECK(waitid(P_PIDFD, fd, &info, WEXITED) == -1 && errno == ECHILD);
	close(fd);
	CHECK(syscall(SYS_PIDFD_OPEN, pid, 0) == -1 && errno == ESRCH);
	CHECK(syscall(SYS_PIDFD_OPEN, 0, 0) == -1 && errno == EINVAL);
	CHECK(syscall(SYS_PIDFD_OPEN, getpid(), 1) == -1 && errno == EINVAL);
	CHECK(syscall(SYS_PIDFD_SEND_SIGNAL, fds[0], 0, NULL, 0) == -1 && errno == EBADF);
	/* one by clone, and one that does not wait */
	fd = -1;
	pid = syscall(SYS_clone, 0x1000 | SIGCHLD, NULL, &fd, NULL, NULL);
	if (!pid)
		idle(NULL);
	CHECK(pid > 0 && fd >= 0);
	kill(pid, SIGKILL);
	CHECK(status_of(pid) == SIGKILL);
	close(fd);
	pid = waiting_child(0);
	fd = syscall(SYS_PIDFD_OPEN, pid, O_NONBLOCK);
	CHECK(waitid(P_PIDFD, fd, &info, WEXITED) == -1 && errno == EAGAIN);
	kill(pid, SIGKILL);
	status_of(pid);
	close(fd);
	close(fds[0]);
	close(fds[1]);
}

/* ---- races ---- */

/* Two processes send each other signals; none is lost that is queued. */
static void ping_pong(int n)
{
	sigset_t set = set_of(SIGRTMIN);
	siginfo_t info;
	pid_t pid, peer = getpid();

	sigprocmask(SIG_BLOCK, &set, NULL);
	pid = spawn();
	if (pid)
		peer = pid;
	for (int i = 0; i < n; i++) {
		if (pid && sigqueue(peer, SIGRTMIN, (union sigval){ .sival_int = i }))
			fail("sigqueue: errno %d", errno);
		if (sigwaitinfo(&set, &info) != SIGRTMIN || info.si_value.sival_int != i || info.si_pid != peer) {
			fail("round %d: signal %d value %d", i, info.si_signo, info.si_value.sival_int);
			break;
		}
		if (!pid && sigqueue(peer, SIGRTMIN, (union sigval){ .sival_int = i }))
			fail("sigqueue: errno %d", errno);
	}
	if (!pid)
		_exit(failures() ? 1 : 0);
	CHECK(status_of(pid) == 0);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

/* A group that forks all the time is killed as a whole. */
static void kill_forking_group(void)
{
	pid_t pid = spawn();
	double start = now();

	if (!pid) {
		setpgid(0, 0);
		for (;;) {
			pid_t p = fork();

			if (p > 0)
				waitpid(p, NULL, 0);
			else if (!p && fork() == 0)
				_exit(0);
			else if (!p)
				_exit(0);
		}
	}
	setpgid(pid, pid);
	sleep_ms(20);
	CHECK(kill(-pid, SIGKILL) == 0);
	CHECK(status_of(pid) == SIGKILL);
	while (kill(-pid, 0) == 0 && now() - start < 20)
		sleep_ms(1); /* orphans are reaped by others */
	CHECK(kill(-pid, 0) == -1 && errno == ESRCH);
}

/* Stopped and continued at any moment, of threads, fork and exec: it always stops, and always goes on. */
static void *fork_on(void *arg)
{
	for (;;) {
		pid_t pid = fork();

		if (!pid)
			_exit(0);
		waitpid(pid, NULL, 0);
	}
}

static void stop_race(int n, const char *self)
{
	pid_t pid = spawn();
	int status;

	if (!pid) {
		pthread_t t;

		for (int i = 0; i < 2; i++)
			pthread_create(&t, NULL, fork_on, NULL);
		for (int i = 0; i < 20; i++) {
			pthread_create(&t, NULL, idle, NULL);
			sched_yield();
		}
		fork_on(NULL);
	}
	for (int i = 0; i < n; i++) {
		kill(pid, SIGSTOP);
		status = wait_for(pid, WUNTRACED);
		if (!WIFSTOPPED(status)) {
			fail("round %d: status %x", i, status);
			break;
		}
		kill(pid, SIGCONT);
		status = wait_for(pid, WCONTINUED);
		if (!WIFCONTINUED(status)) {
			fail("round %d: status %x", i, status);
			break;
		}
	}
	kill(pid, SIGKILL);
	CHECK(status_of(pid) == SIGKILL);
	if (access(self, X_OK))
		return; /* it has come from nowhere: a boot module */
	/* through exec, over and over */
	pid = spawn();
	if (!pid) {
		execl(self, self, "--exec", "100", NULL);
		_exit(127);
	}
	for (int i = 0; i < n; i++) {
		kill(pid, SIGSTOP);
		if (waitpid(pid, &status, WUNTRACED) != pid || !WIFSTOPPED(status))
			break; /* it has ended */
		kill(pid, SIGCONT);
	}
	if (!WIFEXITED(status))
		status = status_of(pid);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* Many children end at once: every one is waited for, and SIGCHLD comes at least once after the last. */
static void child_storm(int n)
{
	int left = n;

	handle(SIGCHLD, SA_RESTART);
	for (int i = 0; i < n; i++) {
		if (!spawn())
			_exit(i & 0x3f);
	}
	while (left && waitpid(-1, NULL, 0) > 0)
		left--;
	CHECK(!left && count >= 1);
	signal(SIGCHLD, SIG_IGN);
	for (int i = 0; i < n; i++) {
		if (!spawn())
			_exit(0);
	}
	CHECK(waitpid(-1, NULL, 0) == -1 && errno == ECHILD);
	signal(SIGCHLD, SIG_DFL);
}

/* A signal to the process reaches a thread that lets it through, also when the one it was meant for blocks it just then. */
static volatile int done;

static void *toggle(void *arg)
{
	sigset_t set = set_of(SIGUSR1);

	while (!done) {
		pthread_sigmask(SIG_BLOCK, &set, NULL);
		pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	}
	return NULL;
}

static void retarget(int n)
{
	pthread_t t[2];

	handle(SIGUSR1, SA_RESTART);
	done = 0;
	for (int i = 0; i < 2; i++)
		pthread_create(&t[i], NULL, toggle, NULL);
	for (int i = 0; i < n; i++) {
		double start = now();
		int before = count;

		kill(getpid(), SIGUSR1);
		while (count == before && now() - start < 5)
			sched_yield();
		if (count == before) {
			fail("signal %d never came", i);
			break;
		}
	}
	done = 1;
	for (int i = 0; i < 2; i++)
		pthread_join(t[i], NULL);
}

#define STEP(function, ...)                                                                                            \
	do {                                                                                                           \
		if (verbose)                                                                                           \
			printf("sigcalls: %s\n", #function);                                                           \
		function(__VA_ARGS__);                                                                                 \
	} while (0)

int main(int argc, char **argv)
{
	long again = option_long(argc, argv, "--exec", 0);
	bool verbose = option_flag(argc, argv, "--verbose");
	char next[24];

	if (again > 1) {
		snprintf(next, sizeof(next), "%ld", again - 1);
		execl(argv[0], argv[0], "--exec", next, NULL);
		return 1;
	}
	if (again)
		return 0;
	rounds = option_long(argc, argv, "--rounds", 20);
	setvbuf(stdout, NULL, _IOLBF, 0);
	STEP(senders);
	STEP(refused);
	STEP(faults, "sigcalls.tmp");
	STEP(actions);
	STEP(restarts);
	STEP(alternate);
	STEP(contexts);
	STEP(queues);
	STEP(stops, 0);
	STEP(stops, 3);
	STEP(stop_rules);
	STEP(signalfds);
	STEP(pidfds);
	STEP(ping_pong, rounds * 100);
	for (int i = 0; i < 3; i++)
		STEP(kill_forking_group);
	STEP(stop_race, rounds, argv[0]);
	STEP(child_storm, rounds * 3);
	STEP(retarget, rounds * 10);
	if (!failures())
		printf("sigcalls: all well\n");
	return failures() ? 1 : 0;
}
