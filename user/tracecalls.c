// SPDX-License-Identifier: MIT
/*
 * tracecalls [--loops N]
 *
 * ptrace: being traced and attaching, stops by signals, system calls, events and steps, memory, registers and vector state, job
 * control under a tracer, who is told of the end, and the ends of tracers. The same on Linux.
 */
#define _GNU_SOURCE
#include "lib/util.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXPECT(cond, ...) \
	do { \
		errno = 0; \
		if (!(cond)) \
			fail("line %d: " #cond ": %s", __LINE__, strerror(errno)); \
	} while (0)

/* musl's prototype wants an int first, glibc's an enum */
static long trace(long request, pid_t pid, void *addr, void *data)
{
	return syscall(SYS_ptrace, request, pid, addr, data);
}

static long traceul(long request, pid_t pid, unsigned long addr, unsigned long data)
{
	return trace(request, pid, (void *)addr, (void *)data);
}

/* The next status of the tracee. */
static int wait_status(pid_t pid)
{
	int status = -1;

	if (waitpid(pid, &status, __WALL) != pid)
		fail("waitpid: %s", strerror(errno));
	return status;
}

static void expect_status(int line, pid_t pid, int want)
{
	int status = wait_status(pid);

	if (status != want)
		fail("line %d: status %x, not %x", line, status, want);
}
#define STOPPED(sig)	 ((sig) << 8 | 0x7f)
#define EVENT(event)	 (STOPPED(SIGTRAP | (event) << 8))
#define WAIT(pid, want) expect_status(__LINE__, pid, want)
#define GO(request, pid, sig) EXPECT(traceul(request, pid, 0, sig) == 0)

static pid_t start(void (*child)(void))
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		die("fork: %s", strerror(errno));
	if (!pid) {
		child();
		_exit(0);
	}
	return pid;
}

static void traced_stop(void)
{
	if (trace(PTRACE_TRACEME, 0, NULL, NULL))
		_exit(99);
	raise(SIGSTOP);
}

/* ---- memory and registers ---- */

static volatile long word = 0x1122334455667788;
static const volatile long constant = 0x0102030405060708;

static void show_word(void)
{
	traced_stop();
	_exit(word == 42 && constant == 43 ? 7 : 8);
}

static void memory(void)
{
	pid_t pid = start(show_word);
	long value = 0;

	WAIT(pid, STOPPED(SIGSTOP));
	EXPECT(trace(PTRACE_PEEKDATA, pid, (void *)&word, &value) == 0 && value == 0x1122334455667788);
	EXPECT(traceul(PTRACE_POKEDATA, pid, (unsigned long)&word, 42) == 0);
	EXPECT(traceul(PTRACE_POKEDATA, pid, (unsigned long)&constant, 43) == 0); /* read-only */
	EXPECT(constant == 0x0102030405060708); /* ours is another page */
	EXPECT(trace(PTRACE_PEEKDATA, pid, (void *)8, &value) == -1 && errno == EIO);
	EXPECT(trace(PTRACE_PEEKDATA, pid, (void *)&word, (void *)8) == -1 && errno == EFAULT);
	EXPECT(trace(PTRACE_ATTACH, pid, NULL, NULL) == -1 && errno == EPERM);
	EXPECT(trace(12345, pid, NULL, NULL) == -1 && errno == EIO);
	EXPECT(traceul(PTRACE_CONT, pid, 0, 65) == -1 && errno == EIO);
	GO(PTRACE_CONT, pid, 0);
	WAIT(pid, 7 << 8);
	EXPECT(trace(PTRACE_CONT, pid, NULL, NULL) == -1 && errno == ESRCH);
}

/* A breakpoint: an int3 written over the function's first byte. */
static __attribute__((noinline)) int breakable(int n)
{
	__asm__ volatile("" : "+r"(n));
	return n + 1;
}

static void call_it(void)
{
	int (*volatile f)(int) = breakable;

	traced_stop();
	_exit(f(20));
}

static void breakpoint(void)
{
	unsigned long at = (unsigned long)breakable;
	struct user_regs_struct regs, wrong;
	siginfo_t info;
	pid_t pid = start(call_it);
	long code = 0;

	WAIT(pid, STOPPED(SIGSTOP));
	EXPECT(trace(PTRACE_PEEKTEXT, pid, (void *)at, &code) == 0);
	EXPECT(traceul(PTRACE_POKETEXT, pid, at, ((unsigned long)code & ~0xffUL) | 0xcc) == 0);
	GO(PTRACE_CONT, pid, 0);
	WAIT(pid, STOPPED(SIGTRAP));
	EXPECT(trace(PTRACE_GETSIGINFO, pid, NULL, &info) == 0 && info.si_signo == SIGTRAP && info.si_code == SI_KERNEL);
	EXPECT(trace(PTRACE_GETREGS, pid, NULL, &regs) == 0 && regs.rip == at + 1 && regs.rdi == 20 && regs.cs == 0x33);
	wrong = regs;
	wrong.rip = -1UL / 2;
	wrong.cs = 8;
	EXPECT(trace(PTRACE_SETREGS, pid, NULL, &wrong) == -1 && errno == EIO);
	regs.rip = at;
	regs.rdi = 30;
	EXPECT(traceul(PTRACE_POKETEXT, pid, at, (unsigned long)code) == 0);
	EXPECT(trace(PTRACE_SETREGS, pid, NULL, &regs) == 0);
	EXPECT(trace(PTRACE_PEEKUSER, pid, (void *)offsetof(struct user, regs.rdi), &code) == 0 && code == 30);
	EXPECT(trace(PTRACE_PEEKUSER, pid, (void *)3, &code) == -1 && errno == EIO);
	GO(PTRACE_CONT, pid, 0);
	WAIT(pid, 31 << 8);
}

static void add_vector(void)
{
	double a = 1.5;

	traced_stop();
	__asm__ volatile("movsd %0, %%xmm7; int3; movsd %%xmm7, %0" : "+m"(a) : : "xmm7");
	_exit(a == 4.25 ? 5 : 6);
}

static void vectors(void)
{
	struct user_fpregs_struct fp;
	static char area[8192] __attribute__((aligned(64)));
	struct iovec iov = { area, sizeof(area) };
	pid_t pid = start(add_vector);
	double value;

	WAIT(pid, STOPPED(SIGSTOP));
	GO(PTRACE_CONT, pid, 0);
	WAIT(pid, STOPPED(SIGTRAP));
	EXPECT(trace(PTRACE_GETFPREGS, pid, NULL, &fp) == 0 && fp.cwd == 0x37f);
	memcpy(&value, &fp.xmm_space[7 * 4], 8);
	EXPECT(value == 1.5);
	value = 4.25;
	memcpy(&fp.xmm_space[7 * 4], &value, 8);
	EXPECT(trace(PTRACE_SETFPREGS, pid, NULL, &fp) == 0);
	if (trace(PTRACE_GETREGSET, pid, (void *)NT_X86_XSTATE, &iov) == 0) {
		EXPECT(iov.iov_len >= 576 && !memcmp(area + 160 + 7 * 16, &value, 8));
		EXPECT(trace(PTRACE_SETREGSET, pid, (void *)NT_X86_XSTATE, &iov) == 0);
	}
	iov = (struct iovec){ area, 16 };
	EXPECT(trace(PTRACE_GETREGSET, pid, (void *)NT_PRSTATUS, &iov) == 0 && iov.iov_len == 16);
	EXPECT(trace(PTRACE_GETREGSET, pid, (void *)12345, &iov) == -1 && errno == EINVAL);
	GO(PTRACE_CONT, pid, 0);
	WAIT(pid, 5 << 8);
}

/* ---- system calls and steps ---- */

static void some_calls(void)
{
	traced_stop();
	if (syscall(SYS_getppid) != 4711)
		_exit(1);
	if (syscall(SYS_getuid) != -1 || errno != ENOSYS) /* the tracer makes it none */
		_exit(2);
	if (syscall(SYS_getgid) != (long)getpid()) /* and this one another */
		_exit(3);
	_exit(4);
}

/* The call of the next stop, which is before or after a call. */
static unsigned long next_call(pid_t pid, struct user_regs_struct *regs)
{
	GO(PTRACE_SYSCALL, pid, 0);
	WAIT(pid, STOPPED(SIGTRAP | 0x80));
	EXPECT(trace(PTRACE_GETREGS, pid, NULL, regs) == 0);
	return regs->orig_rax;
}

static void skip_to(pid_t pid, unsigned long nr, struct user_regs_struct *regs)
{
	for (int i = 0; i < 50 && next_call(pid, regs) != nr; i++)
		;
	EXPECT(regs->orig_rax == nr && (long)regs->rax == -ENOSYS);
}

static void calls(void)
{
	struct {
		unsigned char op, pad[3];
		unsigned int arch;
		unsigned long ip, sp, nr, args[6];
	} info = { 0 };
	struct user_regs_struct regs = { 0 };
	pid_t pid = start(some_calls);

	WAIT(pid, STOPPED(SIGSTOP));
	EXPECT(traceul(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD) == 0);
	EXPECT(traceul(PTRACE_SETOPTIONS, pid, 0, 1UL << 30) == -1 && errno == EINVAL);
	skip_to(pid, SYS_getppid, &regs);
	EXPECT(trace(0x420e, pid, (void *)sizeof(info), &info) == (long)sizeof(info) && info.op == 1 && info.nr == SYS_getppid);
	EXPECT(next_call(pid, &regs) == SYS_getppid && (long)regs.rax == getpid());
	EXPECT(trace(0x420e, pid, (void *)sizeof(info), &info) == 33 && info.op == 2 && (long)info.nr == getpid());
	regs.rax = 4711;
	EXPECT(trace(PTRACE_SETREGS, pid, NULL, &regs) == 0);
	skip_to(pid, SYS_getuid, &regs);
	regs.orig_rax = -1UL;
	EXPECT(trace(PTRACE_SETREGS, pid, NULL, &regs) == 0);
	next_call(pid, &regs);
	skip_to(pid, SYS_getgid, &regs);
	regs.orig_rax = SYS_getpid;
	EXPECT(trace(PTRACE_SETREGS, pid, NULL, &regs) == 0);
	next_call(pid, &regs);
	GO(PTRACE_DETACH, pid, 0);
	WAIT(pid, 4 << 8);
}

static void steps(void)
{
	struct user_regs_struct regs = { 0 };
	unsigned long last = 0;
	siginfo_t info;
	pid_t pid = start(show_word);
	int moved = 0;

	WAIT(pid, STOPPED(SIGSTOP));
	for (int i = 0; i < 20; i++) {
		GO(PTRACE_SINGLESTEP, pid, 0);
		WAIT(pid, STOPPED(SIGTRAP));
		EXPECT(trace(PTRACE_GETREGS, pid, NULL, &regs) == 0 && !(regs.eflags & 0x100));
		moved += regs.rip != last;
		last = regs.rip;
	}
	EXPECT(moved >= 19);
	EXPECT(trace(PTRACE_GETSIGINFO, pid, NULL, &info) == 0 && info.si_signo == SIGTRAP);
	GO(PTRACE_CONT, pid, 0);
	WAIT(pid, 8 << 8);
}

/* ---- signals ---- */

static volatile sig_atomic_t got;

static void note(int sig)
{
	got = sig;
}

static void take_signals(void)
{
	signal(SIGUSR1, note);
	signal(SIGUSR2, note);
	signal(SIGHUP, SIG_IGN);
	traced_stop();
	raise(SIGUSR1);
	if (got)
		_exit(1); /* it was to be taken away */
	raise(SIGUSR1);
	if (got != SIGUSR2)
		_exit(2); /* it was to become this one */
	raise(SIGHUP); /* ignored, but the tracer sees it */
	raise(SIGTERM);
}

static void signals(void)
{
	siginfo_t info;
	pid_t pid = start(take_signals);
	unsigned long mask = 0;

	WAIT(pid, STOPPED(SIGSTOP));
	GO(PTRACE_CONT, pid, 0);
	WAIT(pid, STOPPED(SIGUSR1));
	EXPECT(trace(PTRACE_GETSIGINFO, pid, NULL, &info) == 0 && info.si_signo == SIGUSR1 && info.si_pid == pid);
	EXPECT(trace(PTRACE_GETSIGMASK, pid, (void *)8, &mask) == 0);
	EXPECT(trace(PTRACE_GETSIGMASK, pid, (void *)4, &mask) == -1 && errno == EINVAL);
	GO(PTRACE_CONT, pid, 0);
	WAIT(pid, STOPPED(SIGUSR1));
	GO(PTRACE_CONT, pid, SIGUSR2);
	WAIT(pid, STOPPED(SIGHUP));
	GO(PTRACE_CONT, pid, SIGHUP);
	WAIT(pid, STOPPED(SIGTERM));
	GO(PTRACE_CONT, pid, SIGTERM);
	WAIT(pid, SIGTERM);
}

/* ---- events ---- */

static const char *self; /* its file */

static void *second(void *arg)
{
	return arg;
}

static void make_children(void)
{
	pthread_t thread;
	int status;
	pid_t pid;

	traced_stop();
	pid = fork();
	if (!pid)
		_exit(11);
	waitpid(pid, &status, 0);
	if (pthread_create(&thread, NULL, second, NULL) || pthread_join(thread, NULL))
		_exit(12);
	execl(self, self, "--exit", NULL);
	_exit(13);
}

/* A new tracee that its parent's event has told of, up to its end. */
static void run_new_tracee(pid_t pid, bool thread)
{
	WAIT(pid, STOPPED(SIGSTOP));
	GO(PTRACE_CONT, pid, 0);
	WAIT(pid, EVENT(PTRACE_EVENT_EXIT));
	GO(PTRACE_CONT, pid, 0);
	WAIT(pid, thread ? 0 : 11 << 8);
}

static void events(void)
{
	unsigned long message = 0;
	pid_t pid = start(make_children);
	int status;

	WAIT(pid, STOPPED(SIGSTOP));
	EXPECT(traceul(PTRACE_SETOPTIONS, pid, 0,
		       PTRACE_O_TRACEFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT) == 0);
	GO(PTRACE_CONT, pid, 0);
	WAIT(pid, EVENT(PTRACE_EVENT_FORK));
	EXPECT(trace(PTRACE_GETEVENTMSG, pid, NULL, &message) == 0 && message > 0);
	GO(PTRACE_CONT, pid, 0);
	run_new_tracee((pid_t)message, false);
	WAIT(pid, STOPPED(SIGCHLD));
	GO(PTRACE_CONT, pid, SIGCHLD);
	WAIT(pid, EVENT(PTRACE_EVENT_CLONE));
	EXPECT(trace(PTRACE_GETEVENTMSG, pid, NULL, &message) == 0);
	GO(PTRACE_CONT, pid, 0);
	run_new_tracee((pid_t)message, true);
	status = wait_status(pid);
	if (status == EVENT(PTRACE_EVENT_EXEC)) {
		EXPECT(trace(PTRACE_GETEVENTMSG, pid, NULL, &message) == 0 && (pid_t)message == pid);
		GO(PTRACE_CONT, pid, 0);
		status = wait_status(pid);
	} else {
		fail("no exec: %x", status);
	}
	EXPECT(status == EVENT(PTRACE_EVENT_EXIT));
	EXPECT(trace(PTRACE_GETEVENTMSG, pid, NULL, &message) == 0 && message == 17 << 8);
	GO(PTRACE_CONT, pid, 0);
	WAIT(pid, 17 << 8);
}

/* ---- attaching, and job control under a tracer ---- */

static void idle(void)
{
	for (;;)
		pause();
}

static void attaching(void)
{
	pid_t pid = start(idle);
	int status;

	EXPECT(trace(PTRACE_ATTACH, getpid(), NULL, NULL) == -1 && errno == EPERM);
	EXPECT(trace(PTRACE_CONT, pid, NULL, NULL) == -1 && errno == ESRCH);
	EXPECT(trace(PTRACE_ATTACH, pid, NULL, NULL) == 0);
	WAIT(pid, STOPPED(SIGSTOP));
	GO(PTRACE_CONT, pid, 0);
	EXPECT(trace(PTRACE_PEEKUSER, pid, NULL, &status) == -1 && errno == ESRCH); /* it runs */
	kill(pid, SIGUSR1);
	WAIT(pid, STOPPED(SIGUSR1));
	GO(PTRACE_DETACH, pid, SIGTERM);
	WAIT(pid, SIGTERM);
}

static void seizing(void)
{
	pid_t pid = start(idle);
	siginfo_t info;

	EXPECT(traceul(PTRACE_SEIZE, pid, 1, 0) == -1 && errno == EIO);
	EXPECT(traceul(PTRACE_SEIZE, pid, 0, PTRACE_O_TRACESYSGOOD) == 0);
	EXPECT(trace(PTRACE_INTERRUPT, pid, NULL, NULL) == 0);
	WAIT(pid, EVENT(PTRACE_EVENT_STOP));
	EXPECT(trace(PTRACE_LISTEN, pid, NULL, NULL) == 0);
	EXPECT(trace(PTRACE_INTERRUPT, pid, NULL, NULL) == 0);
	WAIT(pid, EVENT(PTRACE_EVENT_STOP));
	GO(PTRACE_CONT, pid, 0);
	kill(pid, SIGSTOP); /* a signal, and when that is let through the stop of the group */
	WAIT(pid, STOPPED(SIGSTOP));
	GO(PTRACE_CONT, pid, SIGSTOP);
	WAIT(pid, STOPPED(SIGSTOP | PTRACE_EVENT_STOP << 8));
	EXPECT(trace(PTRACE_GETSIGINFO, pid, NULL, &info) == 0 && info.si_code == (SIGSTOP | PTRACE_EVENT_STOP << 8));
	EXPECT(trace(PTRACE_LISTEN, pid, NULL, NULL) == 0);
	kill(pid, SIGCONT);
	WAIT(pid, EVENT(PTRACE_EVENT_STOP));
	GO(PTRACE_CONT, pid, 0);
	WAIT(pid, STOPPED(SIGCONT));
	GO(PTRACE_CONT, pid, 0);
	kill(pid, SIGKILL);
	WAIT(pid, SIGKILL);
}

/* A stopped child is attached to, let go, and is stopped still; then it is continued. */
static void stopped_child(void)
{
	pid_t pid = start(idle);
	int status = 0;

	kill(pid, SIGSTOP);
	EXPECT(waitpid(pid, &status, WUNTRACED) == pid && status == STOPPED(SIGSTOP));
	EXPECT(trace(PTRACE_ATTACH, pid, NULL, NULL) == 0);
	WAIT(pid, STOPPED(SIGSTOP));
	GO(PTRACE_DETACH, pid, 0);
	kill(pid, SIGCONT);
	EXPECT(waitpid(pid, &status, WCONTINUED) == pid && WIFCONTINUED(status));
	kill(pid, SIGKILL);
	WAIT(pid, SIGKILL);
}

/* ---- the end ---- */

/* Traced by a sibling, a child's end is its tracer's to hear first, and then its parent's. */
static void end_under_another_tracer(void)
{
	int hold[2], status = 0;
	pid_t child = start(idle), tracer;
	char byte = 0;

	if (pipe(hold))
		die("pipe");
	fflush(stdout);
	tracer = fork();
	if (!tracer) {
		if (trace(PTRACE_SEIZE, child, NULL, NULL) || kill(child, SIGKILL) || waitid(P_PID, (id_t)child, &(siginfo_t){ 0 }, WEXITED | WNOWAIT))
			_exit(1);
		if (write(hold[1], "x", 1) != 1 || read(hold[1], &byte, 1) == 1)
			_exit(2);
		pause();
	}
	if (read(hold[0], &byte, 1) != 1)
		fail("the tracer: %s", strerror(errno));
	EXPECT(waitpid(child, &status, WNOHANG) == 0); /* a zombie, but not yet ours */
	kill(tracer, SIGKILL);
	EXPECT(waitpid(tracer, &status, 0) == tracer);
	EXPECT(waitpid(child, &status, 0) == child && status == SIGKILL);
	close(hold[0]);
	close(hold[1]);
}

/* A tracer ends: with the option its tracee is killed, and without it runs on. */
static void end_of_tracer(bool killing)
{
	pid_t child = start(idle), tracer;
	int status = 0;

	fflush(stdout);
	tracer = fork();
	if (!tracer)
		_exit(traceul(PTRACE_SEIZE, child, 0, killing ? PTRACE_O_EXITKILL : 0) ? 1 : 0);
	EXPECT(waitpid(tracer, &status, 0) == tracer && status == 0);
	if (!killing) {
		EXPECT(waitpid(child, &status, WNOHANG) == 0);
		kill(child, SIGTERM);
	}
	EXPECT(waitpid(child, &status, 0) == child && status == (killing ? SIGKILL : SIGTERM));
}

/* SIGKILL ends a stop, and a request that comes with it. */
static void killed_in_stop(void)
{
	pid_t pid = start(show_word);

	WAIT(pid, STOPPED(SIGSTOP));
	EXPECT(trace(PTRACE_KILL, pid, NULL, NULL) == 0);
	WAIT(pid, SIGKILL);
}

int main(int argc, char **argv)
{
	unsigned long loops = 1;

	self = argv[0];
	if (argc > 1 && !strcmp(argv[1], "--exit"))
		return 17;
	if (argc > 2 && !strcmp(argv[1], "--loops"))
		loops = strtoul(argv[2], NULL, 10);
	for (; loops; loops--) {
		memory();
		breakpoint();
		vectors();
		calls();
		steps();
		signals();
		events();
		attaching();
		seizing();
		stopped_child();
		end_under_another_tracer();
		end_of_tracer(false);
		end_of_tracer(true);
		killed_in_stop();
	}
	printf(failures() ? "tracecalls: %lu failures\n" : "tracecalls: all well\n", failures());
	return failures() != 0;
}
