// SPDX-License-Identifier: MIT
/* The signal calls' arguments. */
#include "errnocalls.h"
#include <signal.h>
#include <sys/eventfd.h>
#include <time.h>

static char buffer[256];

void signal_cases(void)
{
	pid_t me = (pid_t)RAW(SYS_getpid), tid = (pid_t)RAW(SYS_gettid);
	struct timespec none = { 0, 0 }, bad = { 0, -1 };
	siginfo_t info = { .si_code = SI_QUEUE };
	stack_t stack = { .ss_sp = buffer, .ss_size = 100 };
	int fd;

	T(kill, "signal-65", me, 65);
	T(kill, "signal-negative", me, -1);
	TV(kill, "signal-0", me, 0);
	T(kill, "nobody", 4000000, 0);
	T(kill, "nobody-bad-signal", 4000000, 65);
	T(kill, "no-group", -4000000, 0);
	T(kill, "minimum", 0x80000000L, 0);
	T(tkill, "signal-65", tid, 65);
	T(tkill, "0", 0, 0);
	T(tkill, "negative", -5, 0);
	T(tkill, "nobody", 4000000, 0);
	TV(tkill, "signal-0", tid, 0);
	T(tgkill, "other-group", 4000000, tid, 0);
	T(tgkill, "group-0", 0, tid, 0);
	T(tgkill, "thread-negative", me, -1, 0);
	TV(tgkill, "signal-0", me, tid, 0);
	T(rt_sigqueueinfo, "nobody", 4000000, 0, &info);
	T(rt_sigqueueinfo, "signal-65", me, 65, &info);
	T(rt_sigqueueinfo, "signal-0", me, 0, &info);
	info.si_code = SI_USER;
	T(rt_sigqueueinfo, "code-of-kill-to-others", 1, 0, &info);
	T(rt_tgsigqueueinfo, "group-0", 0, tid, 0, &info);
	T(rt_tgsigqueueinfo, "nobody", me, 4000000, 0, &info);
	T(rt_sigaction, "signal-0", 0, NULL, NULL, 8);
	T(rt_sigaction, "signal-65", 65, NULL, NULL, 8);
	T(rt_sigaction, "size", SIGUSR1, NULL, NULL, 4);
	T(rt_sigaction, "kill-read", SIGKILL, NULL, buffer, 8);
	T(rt_sigaction, "kill", SIGKILL, buffer, NULL, 8);
	T(rt_sigaction, "stop", SIGSTOP, buffer, NULL, 8);
	memset(buffer, 0, sizeof(buffer));
	T(rt_sigprocmask, "how", 7, buffer, NULL, 8);
	T(rt_sigprocmask, "how-without-set", 7, NULL, NULL, 8);
	T(rt_sigprocmask, "size", SIG_BLOCK, buffer, NULL, 16);
	T(rt_sigpending, "size", buffer, 16);
	T(rt_sigpending, "small", buffer, 4);
	T(rt_sigsuspend, "size", buffer, 4);
	T(rt_sigtimedwait, "size", buffer, NULL, &none, 4);
	T(rt_sigtimedwait, "nothing", buffer, NULL, &none, 8);
	T(rt_sigtimedwait, "nsec", buffer, NULL, &bad, 8);
	T(sigaltstack, "small", &stack, NULL);
	stack.ss_flags = 0x70;
	T(sigaltstack, "flags", &stack, NULL);
	stack.ss_flags = SS_DISABLE;
	TV(sigaltstack, "disable", &stack, NULL);
	T(signalfd4, "size", -1, buffer, 4, 0);
	T(signalfd4, "flags", -1, buffer, 8, 0x1);
	T(signalfd4, "closed", 900, buffer, 8, 0);
	T(eventfd2, "flags", 0, 0x2);
	fd = (int)RAW(SYS_eventfd2, 0, EFD_NONBLOCK);
	T(read, "eventfd-empty", fd, buffer, 8);
	T(read, "eventfd-short", fd, buffer, 4);
	T(write, "eventfd-short", fd, buffer, 4);
	*(unsigned long *)buffer = ~0UL;
	T(write, "eventfd-maximum", fd, buffer, 8);
	*(unsigned long *)buffer = ~0UL - 1;
	TV(write, "eventfd-full", fd, buffer, 8);
	*(unsigned long *)buffer = 1;
	T(write, "eventfd-overflow", fd, buffer, 8);
	T(pread64, "eventfd", fd, buffer, 8, 0);
	T(lseek, "eventfd", fd, 0, SEEK_SET);
	close(fd);
	T(epoll_create1, "flags", 1);
	T(epoll_create, "size-0", 0);
	T(epoll_create, "size-negative", -1);
	fd = (int)RAW(SYS_epoll_create1, 0);
	T(epoll_ctl, "itself", fd, 1, fd, buffer);
	T(epoll_ctl, "closed", fd, 1, 900, buffer);
	T(epoll_ctl, "operation", fd, 9, 1, buffer);
	T(epoll_ctl, "delete-missing", fd, 2, 1, buffer);
	T(epoll_ctl, "modify-missing", fd, 3, 1, buffer);
	T(epoll_wait, "count-0", fd, buffer, 0, 0);
	T(epoll_wait, "count-negative", fd, buffer, -1, 0);
	T(epoll_wait, "count-huge", fd, buffer, 0x7fffffff, 0);
	TV(epoll_wait, "nothing", fd, buffer, 1, 0);
	close(fd);
	T(inotify_init1, "flags", 0x1);
	fd = (int)RAW(SYS_inotify_init1, O_NONBLOCK);
	T(inotify_add_watch, "missing", fd, "missing", 1);
	T(inotify_add_watch, "mask-0", fd, "dir", 0);
	T(inotify_add_watch, "onlydir-on-file", fd, "file", 0x01000001);
	T(inotify_add_watch, "other-descriptor", 1, "dir", 1);
	T(inotify_rm_watch, "unknown", fd, 77);
	T(read, "inotify-nothing", fd, buffer, 100);
	close(fd);
	T(futex, "unaligned", buffer + 1, 0, 0, NULL, NULL, 0);
	T(futex, "operation", buffer, 77, 0, NULL, NULL, 0);
	T(futex, "changed", buffer, 0, 12345, NULL, NULL, 0);
	T(futex, "bitset-0", buffer, 9, 1, NULL, NULL, 0);
	T(futex, "wake-bitset-0", buffer, 10, 1, NULL, NULL, 0);
	T(futex, "nsec", buffer, 0, 1, &bad, NULL, 0);
	TV(futex, "wake-nobody", buffer, 1, 1, NULL, NULL, 0);
	T(futex, "requeue-negative", buffer, 3, -1, -1L, buffer + 8, 0);
	T(futex, "cmp-requeue-changed", buffer, 4, 1, 1, buffer + 8, 9999);
	T(set_robust_list, "size", buffer, 8);
	T(get_robust_list, "nobody", 4000000, buffer, buffer);
	T(membarrier, "command", 3, 0);
	T(membarrier, "flags", 0, 1);
	T(membarrier, "query", 0, 0);
	T(restart_syscall, "nothing");
}
