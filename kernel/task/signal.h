// SPDX-License-Identifier: MIT
/*
 * Signals: numbers and structures of the Linux x86-64 ABI, the state shared by a thread group,
 * and the calls other rooms make.
 *
 * sighand->siglock guards every queue, the blocked masks of the group's threads, the actions and
 * the group-exit state. It is interrupt-safe: force_sig() may run from a fault.
 */
#ifndef KERNEL_TASK_SIGNAL_H
#define KERNEL_TASK_SIGNAL_H

#include "kernel/lib/types.h"
#include "kernel/lib/list.h"
#include "kernel/lib/refcount.h"
#include "kernel/lib/time64.h"
#include "kernel/lock/spinlock.h"
#include "kernel/lock/wait.h"
#include "kernel/task/pid.h"
#include "kernel/task/siginfo.h"
#include "kernel/task/timer.h"
#include "kernel/task/uidgid.h"

struct task_struct;
struct pt_regs;

#define SIGHUP	  1
#define SIGINT	  2
#define SIGQUIT	  3
#define SIGILL	  4
#define SIGTRAP	  5
#define SIGABRT	  6
#define SIGBUS	  7
#define SIGFPE	  8
#define SIGKILL	  9
#define SIGUSR1	  10
#define SIGSEGV	  11
#define SIGUSR2	  12
#define SIGPIPE	  13
#define SIGALRM	  14
#define SIGTERM	  15
#define SIGSTKFLT 16
#define SIGCHLD	  17
#define SIGCONT	  18
#define SIGSTOP	  19
#define SIGTSTP	  20
#define SIGTTIN	  21
#define SIGTTOU	  22
#define SIGURG	  23
#define SIGXCPU	  24
#define SIGXFSZ	  25
#define SIGVTALRM 26
#define SIGPROF	  27
#define SIGWINCH  28
#define SIGIO	  29
#define SIGPWR	  30
#define SIGSYS	  31
#define SIGPOLL	  SIGIO
#define SIGRTMIN  32
#define _NSIG	  64

typedef struct {
	unsigned long sig[1];
} sigset_t;

#define sigmask(sig) (1UL << ((sig)-1))

#define SIG_DFL ((__sighandler_t)0)
#define SIG_IGN ((__sighandler_t)1)

#define SIG_BLOCK   0
#define SIG_UNBLOCK 1
#define SIG_SETMASK 2

#define SA_NOCLDSTOP 0x00000001UL
#define SA_NOCLDWAIT 0x00000002UL
#define SA_SIGINFO   0x00000004UL
#define SA_EXPOSE_TAGBITS 0x00000800UL /* of si_addr; there are none on this machine */
#define SA_RESTORER  0x04000000UL
#define SA_ONSTACK   0x08000000UL
#define SA_RESTART   0x10000000UL
#define SA_NODEFER   0x40000000UL
#define SA_RESETHAND 0x80000000UL

typedef void (*__sighandler_t)(int);

/* struct sigaction as rt_sigaction passes it */
struct k_sigaction {
	__sighandler_t sa_handler;
	unsigned long sa_flags;
	void (*sa_restorer)(void);
	sigset_t sa_mask;
};

typedef struct sigaltstack {
	void *ss_sp;
	int ss_flags;
	int padding; /* reaches programs: a member, so that initialisers and copies cover it */
	size_t ss_size;
} stack_t;

#define SS_ONSTACK    1
#define SS_DISABLE    2
#define SS_AUTODISARM (1U << 31)
#define MINSIGSTKSZ   2048

/* signals sent and not yet taken; guarded by siglock */
struct sigpending {
	struct list_head list;
	sigset_t signal;
};

/* the actions, shared by threads that share handlers (CLONE_SIGHAND) */
struct sighand_struct {
	refcount_t count;
	struct rcu_head rcu; /* freed after a grace period: see lock_task_sighand() */
	spinlock_t siglock;
	wait_queue_head_t signalfd_wqh;
	struct k_sigaction action[_NSIG]; /* siglock */
};

#define RLIMIT_CPU	  0
#define RLIMIT_FSIZE	  1
#define RLIMIT_DATA	  2
#define RLIMIT_STACK	  3
#define RLIMIT_CORE	  4
#define RLIMIT_RSS	  5
#define RLIMIT_NPROC	  6
#define RLIMIT_NOFILE	  7
#define RLIMIT_MEMLOCK	  8
#define RLIMIT_AS	  9
#define RLIMIT_LOCKS	  10
#define RLIMIT_SIGPENDING 11
#define RLIMIT_MSGQUEUE	  12
#define RLIMIT_NICE	  13
#define RLIMIT_RTPRIO	  14
#define RLIMIT_RTTIME	  15
#define RLIM_NLIMITS	  16
#define RLIM_INFINITY	  (~0UL)

struct rlimit {
	unsigned long rlim_cur;
	unsigned long rlim_max;
};

/* signal->flags; siglock */
#define SIGNAL_GROUP_EXIT     0x01 /* the group is on its way out; group_exit_code is final */
#define SIGNAL_STOP_STOPPED   0x02 /* job control: all threads have stopped; group_exit_code is the signal */
#define SIGNAL_STOP_CONTINUED 0x04 /* SIGCONT since, and no waiter has been told */
#define SIGNAL_CLD_STOPPED    0x10 /* the parent is still to be told (see stop.c) */
#define SIGNAL_CLD_CONTINUED  0x20
#define SIGNAL_FIRST_PROGRAM  0x40 /* run_program() waits for it; constant */

struct tty;

/* Resource use of children that were waited for, or of threads that are gone. */
struct usage_sums {
	u64 sum_exec_runtime, utime; /* ns: in all, and of that in the program */
	unsigned long min_flt, maj_flt, nvcsw, nivcsw;
	unsigned long inblock, oublock;
	u64 rchar, wchar, syscr, syscw;
	unsigned long maxrss; /* pages; of children: the largest */
};

/* ITIMER_VIRTUAL and ITIMER_PROF, in ns of CPU time */
struct cpu_itimer {
	u64 expires; /* 0: not set */
	u64 interval;
};

/* what a thread group shares besides memory and files */
struct signal_struct {
	refcount_t sigcnt;	       /* references: one for each task_struct */
	atomic_t live;		       /* threads that have not begun to exit */
	int nr_threads;		       /* tasklist lock and siglock: threads not yet unlinked */
	struct pid *pids[PIDTYPE_MAX]; /* [PID] unused; tasklist lock to change, RCU readers */
	struct list_head children;     /* leaders of child processes, by sibling; tasklist lock */
	unsigned int nr_tracees;       /* of all its threads; tasklist lock */
	bool leader;		       /* of a session; tasklist lock */
	short oom_score_adj;	       /* -1000 never to 1000 first, see mm/oom.c; siglock, READ_ONCE */
	short oom_score_adj_min;       /* lower only with CAP_SYS_RESOURCE; siglock */
	bool is_child_subreaper;       /* prctl; orphans below become its children */
	struct tty *tty;	       /* controlling terminal; siglock, see drivers/tty/job.c */
	int group_stop_count;	       /* siglock: threads still to stop */
	int notify_count;	       /* siglock: threads exec waits for; the last wakes group_exec_task */
	struct list_head thread_head;  /* tasklist lock, RCU readers */
	unsigned int flags;	       /* siglock */
	int group_exit_code;	       /* siglock; wait status: code << 8 or signal */
	struct task_struct *group_exec_task; /* siglock: survivor of an exec */
	struct core_state *core_state;	     /* siglock: a dump is under way, see coredump.c */
	struct sigpending shared_pending;    /* siglock */
	wait_queue_head_t wait_chldexit;     /* wait for a member or child to go */
	struct rlimit rlim[RLIM_NLIMITS];    /* task_lock of the group leader */
	struct usage_sums gone;	       /* threads that are gone; siglock */
	struct usage_sums children_use; /* processes waited for, and theirs; siglock */
	struct hrtimer real_timer;     /* ITIMER_REAL, see itimer.c */
	ktime_t it_interval;	       /* siglock; ns, 0: once */
	struct cpu_itimer cpu_itimers[2]; /* siglock; ITIMER_VIRTUAL and ITIMER_PROF, see cpu_timer.c */
	struct list_head cpu_timers;   /* siglock; armed timers on CPU clocks */
	u64 cpu_limit_next;	       /* siglock; seconds of CPU time at the next SIGXCPU, 0: at the limit */
	struct list_head posix_timers; /* siglock; see posix_timer.c */
	int next_timer_id;	       /* siglock */
	struct pid *ptracer;	       /* siglock; who may attach to it besides its ancestors, see yama.c: a reference */
	bool ptracer_any;	       /* siglock */
};

/*
 * Locks the siglock of a task that may be exiting or changing its handlers by exec; NULL if it has been released.
 * Under rcu_read_lock() or with a reference to the task. Interrupts are off until unlock_task_sighand().
 */
struct sighand_struct *lock_task_sighand(struct task_struct *p, unsigned long *flags);

/* The same for whichever thread of the group is there: it, or NULL if the last has gone. Under RCU. */
struct task_struct *lock_group_sighand(struct signal_struct *sig, unsigned long *flags);

static inline void unlock_task_sighand(struct sighand_struct *sighand, unsigned long *flags)
{
	spin_unlock_irqrestore(&sighand->siglock, *flags);
}

/* Sends sig to one thread. Any context but NMI. Returns 0, -EAGAIN (the queue is full) or -ESRCH (it has been released). */
int send_sig_info(int sig, const kernel_siginfo_t *info, struct task_struct *p, bool group);
/* To one thread, as the kernel (priv), or from the current process as by kill(). */
int send_sig(int sig, struct task_struct *p, int priv);
/*
 * The same with the caller's permission: -EPERM if he has none (see kill.c). info NULL: the kernel's. sig 0 only asks.
 */
int check_kill_permission(int sig, const kernel_siginfo_t *info, struct task_struct *p);
/* To the process with this number, with the caller's permission. -ESRCH if it has gone. May not be in an interrupt. */
int kill_pid_info(int sig, const kernel_siginfo_t *info, struct pid *pid);
/* To every process in the group, with the caller's permission: 0 if one got it. -ESRCH for an empty group. */
int kill_pgrp_info(int sig, const kernel_siginfo_t *info, struct pid *pgrp);
/* To every process but the caller's own and the first: 0, -ESRCH if there is none, or what went wrong. */
int kill_everybody_info(int sig, const kernel_siginfo_t *info);
/* Of kill_pid_info() and kill_pgrp_info(): as the kernel's own doing (priv), or as if the current process had called kill(). */
int kill_pid(struct pid *pid, int sig, int priv);
int kill_pgrp(struct pid *pgrp, int sig, int priv);
/* Sends a signal that can be neither blocked nor ignored to the current thread. */
void force_sig_info(const kernel_siginfo_t *info);
void force_sig(int sig);
void force_sig_fault(int sig, int code, void __user *addr);

/* Starts the end of the current thread group; the caller goes on to die. siglock not held. */
void do_group_exit(int exit_code) __attribute__((noreturn));
/* Makes every other thread of the current group die; siglock held. Returns how many. */
int zap_other_threads(struct task_struct *p);

/*
 * Called on the way to the program, interrupts on, when TIF_SIGPENDING is set:
 * delivers what is pending (may not return if the task dies), or restarts the system call.
 */
void do_signal(struct pt_regs *regs, bool in_syscall);

/* Recomputes TIF_SIGPENDING of the current task; siglock held. */
void recalc_sigpending(void);
/* Wakes p to look at a signal; fatal ones wake killable sleeps too. siglock held. */
void signal_wake_up(struct task_struct *p, bool fatal);
/* Drops everything queued; siglock held or the task is dying alone. */
void flush_sigqueue(struct sigpending *queue);
void set_current_blocked(sigset_t *newset);
/* Puts back the mask of a ppoll/pselect style call when it was not interrupted. */
void restore_saved_sigmask_unless(bool interrupted);
int set_user_sigmask(const sigset_t __user *umask, size_t sigsetsize);

unsigned long rlimit(unsigned int limit);
unsigned long rlimit_max(unsigned int limit);

void signals_init(void);

#endif
