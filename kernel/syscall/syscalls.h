// SPDX-License-Identifier: MIT
/*
 * Every system call's function, with the argument types its code uses. A call returns a value or
 * a negative errno; it runs with interrupts on, in the calling thread, and may sleep. Pointers
 * marked __user are untrusted.
 */
#ifndef KERNEL_SYSCALL_SYSCALLS_H
#define KERNEL_SYSCALL_SYSCALLS_H

#include "kernel/lib/types.h"
#include "kernel/lib/time64.h"
#include "kernel/task/signal.h"

struct pt_regs;
struct iovec;
struct stat;
struct statx;
struct statfs;
struct pollfd;
struct rusage;
struct utsname;
struct sysinfo;
struct tms;
struct clone_args;
struct robust_list_head;
struct futex_waitv;
struct rseq;
struct linux_dirent;
struct linux_dirent64;
struct __kernel_timespec;
struct __kernel_old_timeval;
struct __kernel_old_itimerval;
struct sigevent;

/* One row of the table. Arguments beyond nargs are not looked at. */
struct syscall_entry {
	const char *name;
	unsigned int nargs;
	void (*fn)(void);
};

#define NR_SYSCALLS 451
extern const struct syscall_entry syscall_table[NR_SYSCALLS];

/*
 * From the SYSCALL entry: interrupts off, regs->orig_ax holds the number. Sets regs->ax and does the work due before the return to the
 * program. Interrupts are off again; true if the frame may leave by the quick exit.
 */
bool do_syscall(struct pt_regs *regs);

/* kernel/syscall/fs*.c */
long sys_read(unsigned int fd, char __user *buf, size_t count);
long sys_write(unsigned int fd, const char __user *buf, size_t count);
long sys_open(const char __user *path, int flags, umode_t mode);
long sys_close(unsigned int fd);
long sys_close_range(unsigned int fd, unsigned int max_fd, unsigned int flags);
long sys_stat(const char __user *path, struct stat __user *st);
long sys_fstat(unsigned int fd, struct stat __user *st);
long sys_lstat(const char __user *path, struct stat __user *st);
long sys_newfstatat(int dfd, const char __user *path, struct stat __user *st, int flag);
long sys_statx(int dfd, const char __user *path, unsigned int flags, unsigned int mask,
	       struct statx __user *buf);
long sys_poll(struct pollfd __user *fds, unsigned int nfds, int timeout_ms);
long sys_ppoll(struct pollfd __user *fds, unsigned int nfds, struct __kernel_timespec __user *ts,
	       const sigset_t __user *mask, size_t sigsetsize);
long sys_select(int n, void __user *in, void __user *out, void __user *ex,
		struct __kernel_old_timeval __user *tv);
long sys_pselect6(int n, void __user *in, void __user *out, void __user *ex,
		  struct __kernel_timespec __user *ts, void __user *sig);
long sys_lseek(unsigned int fd, loff_t offset, unsigned int whence);
long sys_ioctl(unsigned int fd, unsigned int cmd, unsigned long arg);
long sys_pread64(unsigned int fd, char __user *buf, size_t count, loff_t pos);
long sys_pwrite64(unsigned int fd, const char __user *buf, size_t count, loff_t pos);
long sys_readv(unsigned long fd, const struct iovec __user *vec, unsigned long vlen);
long sys_writev(unsigned long fd, const struct iovec __user *vec, unsigned long vlen);
long sys_preadv(unsigned long fd, const struct iovec __user *vec, unsigned long vlen,
		unsigned long pos_l, unsigned long pos_h);
long sys_pwritev(unsigned long fd, const struct iovec __user *vec, unsigned long vlen,
		 unsigned long pos_l, unsigned long pos_h);
long sys_preadv2(unsigned long fd, const struct iovec __user *vec, unsigned long vlen,
		 unsigned long pos_l, unsigned long pos_h, int flags);
long sys_pwritev2(unsigned long fd, const struct iovec __user *vec, unsigned long vlen,
		  unsigned long pos_l, unsigned long pos_h, int flags);
long sys_access(const char __user *path, int mode);
long sys_faccessat(int dfd, const char __user *path, int mode);
long sys_faccessat2(int dfd, const char __user *path, int mode, int flags);
long sys_pipe(int __user *fds);
long sys_pipe2(int __user *fds, int flags);
long sys_dup(unsigned int fd);
long sys_dup2(unsigned int oldfd, unsigned int newfd);
long sys_dup3(unsigned int oldfd, unsigned int newfd, int flags);
long sys_sendfile(int out_fd, int in_fd, loff_t __user *offset, size_t count);
long sys_fcntl(unsigned int fd, unsigned int cmd, unsigned long arg);
long sys_flock(unsigned int fd, unsigned int cmd);
long sys_fsync(unsigned int fd);
long sys_fdatasync(unsigned int fd);
long sys_sync(void);
long sys_syncfs(int fd);
long sys_sync_file_range(int fd, loff_t offset, loff_t nbytes, unsigned int flags);
long sys_truncate(const char __user *path, long length);
long sys_ftruncate(unsigned int fd, unsigned long length);
long sys_fallocate(int fd, int mode, loff_t offset, loff_t len);
long sys_getdents(unsigned int fd, struct linux_dirent __user *dirent, unsigned int count);
long sys_getdents64(unsigned int fd, struct linux_dirent64 __user *dirent, unsigned int count);
long sys_getcwd(char __user *buf, unsigned long size);
long sys_chdir(const char __user *path);
long sys_fchdir(unsigned int fd);
long sys_chroot(const char __user *path);
long sys_rename(const char __user *oldname, const char __user *newname);
long sys_renameat(int olddfd, const char __user *oldname, int newdfd, const char __user *newname);
long sys_renameat2(int olddfd, const char __user *oldname, int newdfd,
		   const char __user *newname, unsigned int flags);
long sys_mkdir(const char __user *path, umode_t mode);
long sys_mkdirat(int dfd, const char __user *path, umode_t mode);
long sys_rmdir(const char __user *path);
long sys_creat(const char __user *path, umode_t mode);
long sys_openat(int dfd, const char __user *path, int flags, umode_t mode);
long sys_openat2(int dfd, const char __user *path, void __user *how, size_t size);
long sys_link(const char __user *oldname, const char __user *newname);
long sys_linkat(int olddfd, const char __user *oldname, int newdfd, const char __user *newname,
		int flags);
long sys_unlink(const char __user *path);
long sys_unlinkat(int dfd, const char __user *path, int flag);
long sys_symlink(const char __user *oldname, const char __user *newname);
long sys_symlinkat(const char __user *oldname, int newdfd, const char __user *newname);
long sys_readlink(const char __user *path, char __user *buf, int bufsiz);
long sys_readlinkat(int dfd, const char __user *path, char __user *buf, int bufsiz);
long sys_chmod(const char __user *path, umode_t mode);
long sys_fchmod(unsigned int fd, umode_t mode);
long sys_fchmodat(int dfd, const char __user *path, umode_t mode);
long sys_chown(const char __user *path, uid_t user, gid_t group);
long sys_fchown(unsigned int fd, uid_t user, gid_t group);
long sys_lchown(const char __user *path, uid_t user, gid_t group);
long sys_fchownat(int dfd, const char __user *path, uid_t user, gid_t group, int flag);
long sys_umask(int mask);
long sys_mknod(const char __user *path, umode_t mode, unsigned int dev);
long sys_mknodat(int dfd, const char __user *path, umode_t mode, unsigned int dev);
long sys_utime(const char __user *path, void __user *times);
long sys_utimes(const char __user *path, struct __kernel_old_timeval __user *tv);
long sys_futimesat(int dfd, const char __user *path, struct __kernel_old_timeval __user *tv);
long sys_utimensat(int dfd, const char __user *path, struct __kernel_timespec __user *ts, int flags);
long sys_statfs(const char __user *path, struct statfs __user *buf);
long sys_fstatfs(unsigned int fd, struct statfs __user *buf);
long sys_ustat(unsigned int dev, void __user *ubuf);
long sys_mount(char __user *dev, char __user *dir, char __user *type, unsigned long flags,
	       void __user *data);
long sys_umount2(char __user *name, int flags);
long sys_pivot_root(const char __user *new_root, const char __user *put_old);
long sys_open_tree(int dfd, const char __user *name, unsigned int flags);
long sys_move_mount(int from_dfd, const char __user *from_name, int to_dfd, const char __user *to_name, unsigned int flags);
long sys_fsopen(const char __user *name, unsigned int flags);
long sys_fsconfig(int fd, unsigned int cmd, const char __user *key, const void __user *value, int aux);
long sys_fsmount(int fs_fd, unsigned int flags, unsigned int attr_flags);
long sys_fspick(int dfd, const char __user *name, unsigned int flags);
long sys_mount_setattr(int dfd, const char __user *name, unsigned int flags, void __user *uattr, size_t size);
long sys_setxattr(const char __user *path, const char __user *name, const void __user *value,
		  size_t size, int flags);
long sys_lsetxattr(const char __user *path, const char __user *name, const void __user *value,
		   size_t size, int flags);
long sys_fsetxattr(int fd, const char __user *name, const void __user *value, size_t size,
		   int flags);
long sys_getxattr(const char __user *path, const char __user *name, void __user *value, size_t size);
long sys_lgetxattr(const char __user *path, const char __user *name, void __user *value,
		   size_t size);
long sys_fgetxattr(int fd, const char __user *name, void __user *value, size_t size);
long sys_listxattr(const char __user *path, char __user *list, size_t size);
long sys_llistxattr(const char __user *path, char __user *list, size_t size);
long sys_flistxattr(int fd, char __user *list, size_t size);
long sys_removexattr(const char __user *path, const char __user *name);
long sys_lremovexattr(const char __user *path, const char __user *name);
long sys_fremovexattr(int fd, const char __user *name);
long sys_readahead(int fd, loff_t offset, size_t count);
long sys_fadvise64(int fd, loff_t offset, size_t len, int advice);
long sys_copy_file_range(int fd_in, loff_t __user *off_in, int fd_out, loff_t __user *off_out,
			 size_t len, unsigned int flags);
long sys_splice(int fd_in, loff_t __user *off_in, int fd_out, loff_t __user *off_out, size_t len,
		unsigned int flags);

/* fs/eventfd.c, fs/eventpoll.c, fs/timerfd.c */
struct epoll_event;
struct __kernel_itimerspec;
long sys_eventfd(unsigned int count);
long sys_eventfd2(unsigned int count, int flags);
long sys_epoll_create(int size);
long sys_epoll_create1(int flags);
long sys_epoll_ctl(int epfd, int op, int fd, struct epoll_event __user *event);
long sys_epoll_wait(int epfd, struct epoll_event __user *events, int maxevents, int timeout);
long sys_epoll_pwait(int epfd, struct epoll_event __user *events, int maxevents, int timeout,
		     const sigset_t __user *mask, size_t sigsetsize);
long sys_epoll_pwait2(int epfd, struct epoll_event __user *events, int maxevents,
		      const struct __kernel_timespec __user *timeout, const sigset_t __user *mask, size_t sigsetsize);
long sys_timerfd_create(int clockid, int flags);
long sys_timerfd_settime(int fd, int flags, const struct __kernel_itimerspec __user *new,
			 struct __kernel_itimerspec __user *old);
long sys_timerfd_gettime(int fd, struct __kernel_itimerspec __user *now);

/* fs/splice.c */
long sys_tee(int fd_in, int fd_out, size_t len, unsigned int flags);
long sys_vmsplice(int fd, const struct iovec __user *iov, unsigned long nr_segs, unsigned int flags);

/* fs/fhandle.c */
long sys_name_to_handle_at(int dfd, const char __user *name, void __user *handle, int __user *mount_id, int flags);
long sys_open_by_handle_at(int mountdirfd, const void __user *handle, int flags);

/* fs/notify/inotify.c */
long sys_inotify_init(void);
long sys_inotify_init1(int flags);
long sys_inotify_add_watch(int fd, const char __user *path, u32 mask);
long sys_inotify_rm_watch(int fd, int wd);

/* fs/notify/fanotify.c */
long sys_fanotify_init(unsigned int flags, unsigned int event_f_flags);
long sys_fanotify_mark(int fd, unsigned int flags, u64 mask, int dfd, const char __user *name);

/* fs/aio.c, fs/aio_ring.c */
struct iocb;
struct io_event;
long sys_io_setup(unsigned int nr_events, unsigned long __user *ctxp);
long sys_io_destroy(unsigned long ctx);
long sys_io_submit(unsigned long ctx, long nr, struct iocb __user *__user *iocbpp);
long sys_io_cancel(unsigned long ctx, struct iocb __user *iocb, struct io_event __user *result);
long sys_io_getevents(unsigned long ctx, long min_nr, long nr, struct io_event __user *events,
		      struct __kernel_timespec __user *timeout);
long sys_io_pgetevents(unsigned long ctx, long min_nr, long nr, struct io_event __user *events,
		       struct __kernel_timespec __user *timeout, const void __user *sig);

/* kernel/ipc/sem.c, semctl.c, msg.c, mqueue.c */
struct mq_attr;
long sys_semget(int key, int nsems, int flags);
long sys_semop(int semid, void __user *ops, unsigned int nops);
long sys_semtimedop(int semid, void __user *ops, unsigned int nops, const struct __kernel_timespec __user *timeout);
long sys_semctl(int semid, int num, int cmd, unsigned long arg);
long sys_msgget(int key, int flags);
long sys_msgsnd(int msqid, void __user *msg, size_t size, int flags);
long sys_msgrcv(int msqid, void __user *msg, size_t size, long type, int flags);
long sys_msgctl(int msqid, int cmd, void __user *buf);
long sys_mq_open(const char __user *name, int oflag, umode_t mode, struct mq_attr __user *attr);
long sys_mq_unlink(const char __user *name);
long sys_mq_timedsend(int fd, const char __user *text, size_t size, unsigned int priority,
		      const struct __kernel_timespec __user *timeout);
long sys_mq_timedreceive(int fd, char __user *text, size_t size, unsigned int __user *priority,
			 const struct __kernel_timespec __user *timeout);
long sys_mq_notify(int fd, const void __user *event);
long sys_mq_getsetattr(int fd, const struct mq_attr __user *new, struct mq_attr __user *old);

/* kernel/syscall/process_vm.c, process_advice.c, kcmp.c */
long sys_process_vm_readv(pid_t pid, const struct iovec __user *lvec, unsigned long liovcnt,
			  const struct iovec __user *rvec, unsigned long riovcnt, unsigned long flags);
long sys_process_vm_writev(pid_t pid, const struct iovec __user *lvec, unsigned long liovcnt,
			   const struct iovec __user *rvec, unsigned long riovcnt, unsigned long flags);
long sys_process_madvise(int pidfd, const struct iovec __user *vec, size_t count, int advice, unsigned int flags);
long sys_process_mrelease(int pidfd, unsigned int flags);
long sys_kcmp(pid_t pid1, pid_t pid2, int type, unsigned long idx1, unsigned long idx2);

/* kernel/x86/ioport.c */
long sys_ioperm(unsigned long from, unsigned long num, int on);
long sys_iopl(unsigned int level);

/* kernel/syscall/seccomp.c */
long sys_seccomp(unsigned int op, unsigned int flags, void __user *args);
long prctl_set_seccomp(unsigned long mode, void __user *filter);

/* net/socket_calls.c */
long sys_socket(int family, int type, int protocol);
long sys_socketpair(int family, int type, int protocol, int __user *fds);
long sys_bind(int fd, void __user *uaddr, int len);
long sys_listen(int fd, int backlog);
long sys_accept(int fd, void __user *uaddr, int __user *ulen);
long sys_accept4(int fd, void __user *uaddr, int __user *ulen, int flags);
long sys_connect(int fd, void __user *uaddr, int len);
long sys_getsockname(int fd, void __user *uaddr, int __user *ulen);
long sys_getpeername(int fd, void __user *uaddr, int __user *ulen);
long sys_shutdown(int fd, int how);
long sys_setsockopt(int fd, int level, int name, const char __user *value, int len);
long sys_getsockopt(int fd, int level, int name, char __user *value, int __user *len);

/* net/socket_msg.c */
long sys_sendto(int fd, void __user *buf, size_t len, unsigned int flags, void __user *uaddr, int addrlen);
long sys_recvfrom(int fd, void __user *buf, size_t len, unsigned int flags, void __user *uaddr,
		  int __user *ulen);
long sys_sendmsg(int fd, void __user *uhdr, unsigned int flags);
long sys_recvmsg(int fd, void __user *uhdr, unsigned int flags);
long sys_sendmmsg(int fd, void __user *uvec, unsigned int vlen, unsigned int flags);
long sys_recvmmsg(int fd, void __user *vec, unsigned int vlen, unsigned int flags,
		  struct __kernel_timespec __user *uts);

/* kernel/syscall/mm.c */
long sys_mmap(unsigned long addr, unsigned long len, unsigned long prot, unsigned long flags,
	      unsigned long fd, unsigned long off);
long sys_mprotect(unsigned long start, size_t len, unsigned long prot);
long sys_munmap(unsigned long addr, size_t len);
long sys_brk(unsigned long brk);
long sys_mremap(unsigned long addr, unsigned long old_len, unsigned long new_len,
		unsigned long flags, unsigned long new_addr);
long sys_msync(unsigned long start, size_t len, int flags);
long sys_mincore(unsigned long start, size_t len, unsigned char __user *vec);
long sys_madvise(unsigned long start, size_t len, int behavior);
long sys_mlock(unsigned long start, size_t len);
long sys_mlock2(unsigned long start, size_t len, int flags);
long sys_munlock(unsigned long start, size_t len);
long sys_mlockall(int flags);
long sys_munlockall(void);

/* fs/signalfd.c, fs/pidfd.c */
long sys_signalfd(int fd, const sigset_t __user *mask, size_t sizemask);
long sys_signalfd4(int fd, const sigset_t __user *mask, size_t sizemask, int flags);
long sys_pidfd_open(pid_t pid, unsigned int flags);
long sys_pidfd_getfd(int pidfd, int fd, unsigned int flags);

/* signals: kernel/syscall/signal.c, kill.c */
long sys_rt_sigaction(int sig, const struct k_sigaction __user *act,
		      struct k_sigaction __user *oact, size_t sigsetsize);
long sys_rt_sigprocmask(int how, const sigset_t __user *set, sigset_t __user *oset,
			size_t sigsetsize);
long sys_rt_sigreturn(void);
long sys_rt_sigpending(sigset_t __user *set, size_t sigsetsize);
long sys_rt_sigtimedwait(const sigset_t __user *set, siginfo_t __user *info,
			 const struct __kernel_timespec __user *ts, size_t sigsetsize);
long sys_rt_sigsuspend(const sigset_t __user *set, size_t sigsetsize);
long sys_rt_sigqueueinfo(pid_t pid, int sig, siginfo_t __user *info);
long sys_rt_tgsigqueueinfo(pid_t tgid, pid_t pid, int sig, siginfo_t __user *info);
long sys_sigaltstack(const stack_t __user *ss, stack_t __user *oss);
long sys_pidfd_send_signal(int pidfd, int sig, siginfo_t __user *info, unsigned int flags);
long sys_kill(pid_t pid, int sig);
long sys_tkill(pid_t pid, int sig);
long sys_tgkill(pid_t tgid, pid_t pid, int sig);
long sys_pause(void);
long sys_restart_syscall(void);

/* threads: kernel/syscall/thread.c, futex.c */
long sys_clone(unsigned long flags, unsigned long stack, u32 __user *parent_tid,
	       u32 __user *child_tid, unsigned long tls);
long sys_clone3(struct clone_args __user *args, size_t size);
long sys_exit(int code);
long sys_exit_group(int code);
long sys_futex(u32 __user *uaddr, int op, u32 val, const struct __kernel_timespec __user *ts,
	       u32 __user *uaddr2, u32 val3);
long sys_rseq(struct rseq __user *r, u32 len, int flags, u32 sig);
long sys_futex_waitv(struct futex_waitv __user *waiters, unsigned int nr, unsigned int flags,
		     struct __kernel_timespec __user *uts, clockid_t clock);
long sys_set_tid_address(u32 __user *tidptr);
long sys_set_robust_list(struct robust_list_head __user *head, size_t len);
long sys_get_robust_list(int pid, struct robust_list_head __user *__user *head,
			 size_t __user *len);
long sys_gettid(void);
long sys_getpid(void);
long sys_getppid(void);
long sys_ptrace(unsigned long request, unsigned long pid, unsigned long addr, unsigned long data);
long sys_getpgrp(void);
long sys_getpgid(pid_t pid);
long sys_getsid(pid_t pid);
long sys_setpgid(pid_t pid, pid_t pgid);
long sys_setsid(void);
long sys_arch_prctl(int option, unsigned long arg2);
long sys_prctl(int option, unsigned long a2, unsigned long a3, unsigned long a4,
	       unsigned long a5);
long sys_membarrier(int cmd, unsigned int flags, int cpu_id);
long sys_fork(void);
long sys_vfork(void);
long sys_waitid(int which, pid_t id, siginfo_t __user *info, int options, struct rusage __user *ru);
long sys_wait4(pid_t pid, int __user *status, int options, struct rusage __user *ru);

/* memory nodes: kernel/syscall/mempolicy.c */
long sys_set_mempolicy(int mode, const unsigned long __user *mask, unsigned long maxnode);
long sys_get_mempolicy(int __user *answer, unsigned long __user *mask, unsigned long maxnode, unsigned long addr,
		       unsigned long flags);
long sys_mbind(unsigned long start, unsigned long len, unsigned long mode, const unsigned long __user *mask,
	       unsigned long maxnode, unsigned int flags);
long sys_migrate_pages(pid_t pid, unsigned long maxnode, const unsigned long __user *from, const unsigned long __user *to);
long sys_move_pages(pid_t pid, unsigned long nr, const void __user *const __user *pages, const int __user *nodes,
		    int __user *status, int flags);
long sys_remap_file_pages(unsigned long start, unsigned long size, unsigned long prot, unsigned long pgoff,
			  unsigned long flags);	/* mm/remap_file_pages.c */

long sys_memfd_create(const char __user *name, unsigned int flags); /* fs/memfd.c */
long sys_userfaultfd(int flags); /* fs/userfaultfd.c */

/* System V shared memory: kernel/ipc/shm.c, shmctl.c */
long sys_shmget(int key, size_t size, int flags);
long sys_shmat(int shmid, char __user *shmaddr, int shmflg);
long sys_shmdt(char __user *shmaddr);
long sys_shmctl(int shmid, int cmd, void __user *buf);

/* programs: kernel/syscall/exec.c */
long sys_execve(const char __user *path, const char __user *const __user *argv,
		const char __user *const __user *envp);
long sys_execveat(int dfd, const char __user *path, const char __user *const __user *argv,
		  const char __user *const __user *envp, int flags);
long sys_personality(unsigned int persona);

/* scheduling: kernel/syscall/sched.c */
long sys_sched_yield(void);
long sys_sched_setaffinity(pid_t pid, unsigned int len, unsigned long __user *mask);
long sys_sched_getaffinity(pid_t pid, unsigned int len, unsigned long __user *mask);
long sys_sched_getscheduler(pid_t pid);
long sys_sched_setscheduler(pid_t pid, int policy, int __user *param);
long sys_sched_getparam(pid_t pid, int __user *param);
long sys_sched_setparam(pid_t pid, int __user *param);
long sys_sched_setattr(pid_t pid, void __user *attr, unsigned int flags);
long sys_sched_getattr(pid_t pid, void __user *attr, unsigned int size, unsigned int flags);
long sys_sched_rr_get_interval(pid_t pid, struct __kernel_timespec __user *ts);
long sys_sched_get_priority_max(int policy);
long sys_sched_get_priority_min(int policy);
long sys_getpriority(int which, int who);
long sys_setpriority(int which, int who, int niceval);
long sys_getcpu(unsigned int __user *cpu, unsigned int __user *node, void __user *unused);

/* time: kernel/syscall/time.c */
long sys_nanosleep(const struct __kernel_timespec __user *req, struct __kernel_timespec __user *rem);
long sys_clock_nanosleep(clockid_t clk, int flags, const struct __kernel_timespec __user *req,
			 struct __kernel_timespec __user *rem);
long sys_clock_gettime(clockid_t clk, struct __kernel_timespec __user *tp);
long sys_clock_getres(clockid_t clk, struct __kernel_timespec __user *tp);
long sys_clock_settime(clockid_t clk, const struct __kernel_timespec __user *tp);
long sys_gettimeofday(struct __kernel_old_timeval __user *tv, void __user *tz);
long sys_settimeofday(struct __kernel_old_timeval __user *tv, void __user *tz);
long sys_time(time64_t __user *tloc);
long sys_times(struct tms __user *tbuf);

/* timers: kernel/syscall/timer.c */
long sys_alarm(unsigned int seconds);
long sys_getitimer(int which, struct __kernel_old_itimerval __user *value);
long sys_setitimer(int which, const struct __kernel_old_itimerval __user *value,
		   struct __kernel_old_itimerval __user *ovalue);
long sys_timer_create(clockid_t clock, struct sigevent __user *event, int __user *id);
long sys_timer_settime(int id, int flags, const struct __kernel_itimerspec __user *value,
		       struct __kernel_itimerspec __user *ovalue);
long sys_timer_gettime(int id, struct __kernel_itimerspec __user *value);
long sys_timer_getoverrun(int id);
long sys_timer_delete(int id);

/* limits, identity of the system: kernel/syscall/misc.c */
long sys_getrusage(int who, struct rusage __user *ru);
long sys_getrlimit(unsigned int resource, struct rlimit __user *rlim);
long sys_setrlimit(unsigned int resource, struct rlimit __user *rlim);
long sys_prlimit64(pid_t pid, unsigned int resource, const struct rlimit __user *new_rlim,
		   struct rlimit __user *old_rlim);
long sys_uname(struct utsname __user *name);
long sys_sysinfo(struct sysinfo __user *info);
long sys_getrandom(char __user *buf, size_t count, unsigned int flags);
long sys_sethostname(char __user *name, int len);
long sys_setdomainname(char __user *name, int len);
long sys_syslog(int type, char __user *buf, int len);
long sys_sysfs(int option, unsigned long arg1, unsigned long arg2);
long sys_unshare(unsigned long flags);
long sys_setns(int fd, int flags);
long sys_pkey_alloc(unsigned long flags, unsigned long rights);
long sys_pkey_free(int pkey);
long sys_pkey_mprotect(unsigned long start, size_t len, unsigned long prot, int pkey);
long sys_adjtimex(void __user *t);
long sys_clock_adjtime(clockid_t clk, void __user *t);
long sys_ioprio_get(int which, int who);
long sys_ioprio_set(int which, int who, int ioprio);
long sys_reboot(int magic1, int magic2, unsigned int cmd, void __user *arg);

/* credentials: kernel/syscall/cred.c */
long sys_getuid(void);
long sys_getgid(void);
long sys_geteuid(void);
long sys_getegid(void);
long sys_getresuid(uid_t __user *ruid, uid_t __user *euid, uid_t __user *suid);
long sys_getresgid(gid_t __user *rgid, gid_t __user *egid, gid_t __user *sgid);
long sys_setuid(uid_t uid);
long sys_setgid(gid_t gid);
long sys_setreuid(uid_t ruid, uid_t euid);
long sys_setregid(gid_t rgid, gid_t egid);
long sys_setresuid(uid_t ruid, uid_t euid, uid_t suid);
long sys_setresgid(gid_t rgid, gid_t egid, gid_t sgid);
long sys_setfsuid(uid_t uid);
long sys_setfsgid(gid_t gid);
long sys_getgroups(int size, gid_t __user *list);
long sys_setgroups(int size, gid_t __user *list);
long sys_capget(void __user *header, void __user *data);
long sys_capset(void __user *header, const void __user *data);

#endif
