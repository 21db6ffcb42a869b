// SPDX-License-Identifier: MIT
/*
 * struct task_struct: one thread, of the program or of the kernel, and the names for its parts.
 *
 * Lifetime: usage counts references; the scheduler holds one until the last switch away from a
 * dead task, and lookups by pid run under RCU and must use get_task_struct_rcu(). Fields without
 * a remark belong to the task itself and are touched only by it.
 */
#ifndef KERNEL_TASK_TASK_H
#define KERNEL_TASK_TASK_H

#include "kernel/lib/types.h"
#include "kernel/lib/rculist.h"
#include "kernel/lib/rbtree.h"
#include "kernel/lib/refcount.h"
#include "kernel/lib/time64.h"
#include "kernel/lock/spinlock.h"
#include "kernel/lock/lockdep.h"
#include "kernel/lock/rcupdate.h"
#include "kernel/x86/percpu.h"
#include "kernel/x86/bitops.h"
#include "kernel/x86/cpumask.h"
#include "kernel/x86/time.h"
#include "kernel/x86/current.h"
#include "kernel/x86/thread.h"
#include "kernel/task/cred.h"
#include "kernel/task/pid.h"
#include "kernel/task/signal.h"

struct mm_struct;
struct files_struct;
struct fs_struct;
struct blk_plug;
struct nameidata;
struct bio_list;
struct reclaim_state;
struct robust_list_head;
struct pt_regs;
struct kthread;
struct completion;
struct restart_block;
struct pi_waiter;
struct rseq;
struct seccomp_filter;

#define TASK_COMM_LEN 16

/* task->state. Set by the task itself, cleared by whoever wakes it (see try_to_wake_up). */
#define TASK_RUNNING	     0x0000
#define TASK_INTERRUPTIBLE   0x0001
#define TASK_UNINTERRUPTIBLE 0x0002
#define __TASK_STOPPED	     0x0004
#define __TASK_TRACED	     0x0008
#define TASK_PARKED	     0x0040
#define TASK_DEAD	     0x0080
#define TASK_WAKEKILL	     0x0100
#define TASK_WAKING	     0x0200 /* between two queues, see try_to_wake_up() */
#define TASK_NOLOAD	     0x0400 /* an idle worker: the hung-task watch ignores it */
#define TASK_NEW	     0x0800
#define TASK_STOPPED	     (TASK_WAKEKILL | __TASK_STOPPED) /* by job control, see stop.c */
#define TASK_TRACED	     (TASK_WAKEKILL | __TASK_TRACED)  /* for its tracer, see ptrace.c */
#define TASK_KILLABLE	     (TASK_WAKEKILL | TASK_UNINTERRUPTIBLE)
#define TASK_IDLE	     (TASK_UNINTERRUPTIBLE | TASK_NOLOAD)
#define TASK_NORMAL	     (TASK_INTERRUPTIBLE | TASK_UNINTERRUPTIBLE)

/* task->ti_flags, atomic bit numbers */
#define TIF_NEED_RESCHED    0
#define TIF_SIGPENDING	    1
#define TIF_NOTIFY_RESUME   2 /* task work is queued */
#define TIF_POLLING_NRFLAG  3 /* idle, watching TIF_NEED_RESCHED: needs no IPI */
#define TIF_RESTORE_SIGMASK 4
#define TIF_SECCOMP	    5 /* its system calls are looked at, see seccomp.c; never cleared */
#define TIF_SYSCALL_TRACE   6 /* system calls stop for the tracer */
#define TIF_SINGLESTEP	    7 /* PTRACE_SINGLESTEP */

#define TIF_WORK_MASK                                                                              \
	((1UL << TIF_NEED_RESCHED) | (1UL << TIF_SIGPENDING) | (1UL << TIF_NOTIFY_RESUME))

/* what system calls look at before and after */
#define TIF_SYSCALL_WORK ((1UL << TIF_SECCOMP) | (1UL << TIF_SYSCALL_TRACE) | (1UL << TIF_SINGLESTEP))

/* task->flags, changed only by the task itself */
#define PF_IDLE		   0x00000002
#define PF_EXITING	   0x00000004
#define PF_FORKNOEXEC	   0x00000040 /* a process that has not run a program of its own */
#define PF_WQ_WORKER	   0x00000020
#define PF_MEMALLOC	   0x00000800
#define PF_NPROC_EXCEEDED  0x00001000 /* it became a user who has more than RLIMIT_NPROC: see process_limit_exceeded() */
#define PF_KSWAPD	   0x00020000
#define PF_MEMALLOC_NOFS   0x00040000
#define PF_MEMALLOC_NOIO   0x00080000
#define PF_LESS_THROTTLE   0x00100000
#define PF_KTHREAD	   0x00200000
#define PF_SWAPWRITE	   0x00800000
#define PF_NO_SETAFFINITY  0x04000000
#define PF_MEMALLOC_NOCMA  0x10000000

#define CLONE_VM	     0x00000100
#define CLONE_FS	     0x00000200
#define CLONE_FILES	     0x00000400
#define CLONE_SIGHAND	     0x00000800
#define CLONE_PIDFD	     0x00001000
#define CLONE_PTRACE	     0x00002000
#define CLONE_VFORK	     0x00004000
#define CLONE_PARENT	     0x00008000
#define CLONE_THREAD	     0x00010000
#define CLONE_NEWNS	     0x00020000
#define CLONE_SYSVSEM	     0x00040000
#define CLONE_SETTLS	     0x00080000
#define CLONE_PARENT_SETTID  0x00100000
#define CLONE_CHILD_CLEARTID 0x00200000
#define CLONE_DETACHED	     0x00400000
#define CLONE_UNTRACED	     0x00800000
#define CLONE_CHILD_SETTID   0x01000000
#define CLONE_NEWCGROUP	     0x02000000
#define CLONE_NEWUTS	     0x04000000
#define CLONE_NEWIPC	     0x08000000
#define CLONE_NEWUSER	     0x10000000
#define CLONE_NEWPID	     0x20000000
#define CLONE_NEWNET	     0x40000000
#define CLONE_IO	     0x80000000
#define CLONE_CLEAR_SIGHAND  0x100000000ULL
#define CLONE_INTO_CGROUP    0x200000000ULL

#define TIMER_SLACK_STANDARD 50000 /* ns */

/* task->jobctl, see stop.c */
#define JOBCTL_STOP_SIGMASK  0xff  /* the signal of the last stop */
#define JOBCTL_STOP_PENDING  0x100 /* it is to stop, and is counted in group_stop_count */
#define JOBCTL_STOP_DEQUEUED 0x200 /* it has taken a stop signal, and neither SIGCONT nor SIGKILL came since */
/* for tracees, see ptrace.c */
#define JOBCTL_TRAP_STOP   0x400  /* it is to stop for its tracer */
#define JOBCTL_TRAP_NOTIFY 0x800  /* likewise, to tell of a change of its group's stop */
#define JOBCTL_LISTENING   0x1000 /* the tracer leaves it in its stop, but wants to be told of changes */
#define JOBCTL_TRAP_MASK   (JOBCTL_TRAP_STOP | JOBCTL_TRAP_NOTIFY)

/* scheduling state; everything here is guarded by the lock of the task's run queue */
struct sched_entity {
	struct rb_node run_node;
	u64 vruntime;		/* weighted ns of CPU time */
	u64 exec_start;		/* clock at the start of the stretch being accounted */
	u64 sum_exec_runtime;	/* ns of CPU time in all */
	u64 slice_start;	/* sum_exec_runtime when last picked */
	u64 run_start;		/* sum_exec_runtime when last woken */
	u64 avg_run;		/* ns from wakeup to sleep, running average */
	u64 wait_start;		/* clock when it last began to wait for a CPU */
	u64 wait_sum;		/* ns of that, in all */
	u64 nr_picked, nr_migrations;
	unsigned int weight;	/* 1024 at nice 0 */
	bool on_rq;
};

/* what rt_sigreturn's neighbour restart_syscall() has to do */
struct restart_block {
	long (*fn)(struct restart_block *);
	ktime_t expires;
	clockid_t clockid;
	struct __kernel_timespec __user *rmtp;
	u32 __user *uaddr;
	u32 val, flags, bitset;
};

struct task_struct {
	unsigned long ti_flags; /* TIF_*, atomic bit operations by anyone */
	volatile long state;	/* TASK_*; pi_lock orders wakers */
	void *stack;		/* lowest address; freed with the last reference */
	refcount_t usage;
	unsigned int flags;	/* PF_* */
	u16 mempolicy;		/* set_mempolicy(2); changed by the task itself, inherited */

	/* scheduler */
	unsigned int cpu;	/* run queue; see set_task_cpu() and lock_rq_of() */
	int on_rq;		/* queue's lock */
	int on_cpu;		/* release store after the last use of the task's stack */
	int recent_cpu;
	int prio_nice;		/* queue's lock */
	int policy;		/* SCHED_*; queue's lock, READ_ONCE elsewhere; likewise the next two */
	int rt_priority;	/* what counts: the larger of the next two; 0 if it is not real-time */
	int rt_normal;		/* 1 to MAX_RT_PRIO for SCHED_FIFO and SCHED_RR, else 0 */
	int rt_boost;		/* the highest rt_priority that waits for a lock of its, see futex_pi.c */
	bool sched_reset_on_fork;
	unsigned short ioprio;	/* class << 13 | level, 0: none; READ_ONCE */
	bool rt_turn_over;	/* queue's lock: goes to the tail when it is put back */
	struct list_head rt_node; /* queue's lock: in rq->rt, see rt.c */
	struct sched_entity se;
	raw_spinlock_t pi_lock; /* serialises wakeups and changes of affinity; interrupt-safe */
	cpumask_t cpus_allowed; /* pi_lock and the queue's lock; either may read */
	int nr_cpus_allowed;
	unsigned long nvcsw, nivcsw;
	u64 last_switch_ns;	/* hung-task watch: when it last ran; queue's lock */
	unsigned long hung_reported; /* nvcsw when it was last reported; watchdog only */
	bool in_iowait;

	/* locks and contracts (kernel/lock) */
	struct held_locks held;

	/* memory */
	struct mm_struct *mm;	     /* NULL for kernel threads; changed under task_lock */
	struct mm_struct *active_mm; /* what CR3 holds while it runs */
	struct reclaim_state *reclaim_state;
	int pagefault_disabled;
	unsigned long min_flt, maj_flt;

	/* identity */
	pid_t pid;  /* thread id */
	pid_t tgid; /* process id */
	char comm[TASK_COMM_LEN]; /* written under task_lock */
	struct pid *thread_pid;		  /* tasklist lock, RCU readers; NULL once released */
	struct hlist_node pid_links[PIDTYPE_MAX]; /* in struct pid's lists; likewise */
	unsigned int personality; /* personality.h */
	bool no_new_privs;	  /* exec gains nothing; never cleared */
	u8 seccomp_mode;	  /* SECCOMP_MODE_*; siglock to change, likewise the next two */
	unsigned int seccomp_count; /* its filters */
	struct seccomp_filter *seccomp_filter; /* the newest, with a reference */
	struct task_struct *group_leader;
	struct task_struct *real_parent;  /* the parent process's leader; tasklist lock, RCU readers */
	struct list_head sibling;	  /* leaders: in the parent's signal->children; tasklist lock */
	struct list_head thread_node;	  /* in signal->thread_head */
	struct list_head tasks;		  /* every task; tasklist lock, RCU readers */
	pid_t parent_tid;		  /* the thread that made it; constant, for __WNOTHREAD */
	int exit_signal;		  /* what the parent gets; -1: not a leader; tasklist lock */
	int pdeath_signal;		  /* what it gets when its parent ends */
	u64 timer_slack_ns, default_timer_slack_ns; /* prctl; timers are never late on purpose */
	const struct cred __rcu *cred;	  /* effective; replaced only by the task */
	const struct cred __rcu *real_cred;
	spinlock_t alloc_lock;		  /* task_lock(): mm, files, fs pointers, comm */

	/* file system */
	struct files_struct *files; /* task_lock to change */
	struct fs_struct *fs;	    /* task_lock to change */
	struct nameidata *nameidata;
	bool in_rcu_walk; /* between entering and leaving an RCU path walk; for the contracts */
	struct blk_plug *plug;
	struct bio_list *bio_list;
	void *journal_info;
	int nr_dirtied;
	int nr_dirtied_pause;
	unsigned long dirty_paused_when; /* jiffies */
	u64 rchar, wchar, syscr, syscw;	 /* bytes and calls of read and write, for /proc/PID/io */
	unsigned long inblock, oublock;	 /* 512-byte units, getrusage */

	/* signals and the way out */
	struct signal_struct *signal;
	struct sem_undo_list *sysvsem_undo; /* kernel/ipc/sem.c; NULL: nothing to undo */
	struct sighand_struct *sighand; /* NULL once unlinked; siglock, RCU readers */
	struct sigpending pending;	/* siglock */
	sigset_t blocked, real_blocked;	/* siglock to change */
	unsigned int jobctl;		/* JOBCTL_*; siglock */
	sigset_t saved_sigmask;
	stack_t sas;
	struct restart_block restart_block;
	int exit_code;
	int exit_state;			/* tasklist lock */
	struct callback_head *task_works; /* lock-free list, see task_work.h */
	struct completion *vfork_done;

	/* user-space thread support */
	u32 __user *set_child_tid;
	u32 __user *clear_child_tid;
	struct robust_list_head __user *robust_list;
	struct rseq __user *rseq;	/* restartable sequences, see rseq.c; likewise the next three */
	u32 rseq_len, rseq_sig;
	bool rseq_event;		/* it was switched away since rseq_resume() */
	struct list_head pi_states;	/* contended PI futexes it owns; futex_pi.c's lock, likewise the next two */
	struct pi_waiter *pi_blocked_on; /* the PI futex it waits for */
	bool pi_exited;			/* it takes and owns no more of them */

	/* tracing, see ptrace.c */
	unsigned int ptrace;		/* PT_*, 0: not traced; tasklist lock and siglock to change, either to read */
	struct task_struct *tracer;	/* likewise; NULL: not traced */
	struct list_head ptraced;	/* those it traces; tasklist lock */
	struct list_head ptrace_entry;	/* in the tracer's list; tasklist lock */
	kernel_siginfo_t *last_siginfo;	/* what its stop is about, or NULL; the next likewise: its own until it stands still, */
	unsigned long ptrace_message;	/* then its tracer's */
	bool forced_tf;			/* the trap flag is the tracer's, not the program's own; likewise */

	struct kthread *kthread; /* kernel threads only */
	u64 start_time;		 /* ns since boot */
	bool in_syscall;	 /* its frame at the top of its stack is of a system call; for /proc/PID/syscall */
	s64 utime_tsc;		 /* time in the program, see cputime.h; the task's own to change */
	s64 utime_counted;	 /* what of it is in rq->user_tsc; queue's lock */
	struct rcu_head rcu;

	/* The last member: registers of a task that is not running, and vector state. */
	struct thread_struct thread;
};

extern struct task_struct init_task;

#define task_stack_page(p) ((p)->stack)
#define task_pt_regs(p)	   task_stack_pt_regs((p)->stack)
#define task_cpu(p)	   (READ_ONCE((p)->cpu))
#define is_idle_task(p)	   (!!((p)->flags & PF_IDLE))

static inline bool test_tsk_thread_flag(struct task_struct *p, int flag)
{
	return test_bit(flag, &p->ti_flags);
}

static inline void set_tsk_thread_flag(struct task_struct *p, int flag)
{
	set_bit(flag, &p->ti_flags);
}

static inline void clear_tsk_thread_flag(struct task_struct *p, int flag)
{
	clear_bit(flag, &p->ti_flags);
}

#define test_thread_flag(flag)	test_tsk_thread_flag(current, flag)
#define set_thread_flag(flag)	set_tsk_thread_flag(current, flag)
#define clear_thread_flag(flag) clear_tsk_thread_flag(current, flag)

static inline bool signal_pending(struct task_struct *p)
{
	return test_tsk_thread_flag(p, TIF_SIGPENDING);
}

static inline bool __fatal_signal_pending(struct task_struct *p)
{
	return READ_ONCE(p->pending.signal.sig[0]) & sigmask(SIGKILL);
}

static inline bool fatal_signal_pending(struct task_struct *p)
{
	return signal_pending(p) && __fatal_signal_pending(p);
}

/* Should a sleep in the given state end at once? */
static inline bool signal_pending_state(long state, struct task_struct *p)
{
	if (!(state & (TASK_INTERRUPTIBLE | TASK_WAKEKILL)))
		return false;
	if (!signal_pending(p))
		return false;
	return (state & TASK_INTERRUPTIBLE) || __fatal_signal_pending(p);
}

/* siglock held, or only a hint */
static inline bool task_is_stopped(struct task_struct *p)
{
	return READ_ONCE(p->state) & __TASK_STOPPED;
}

static inline bool thread_group_leader(struct task_struct *p)
{
	return p->group_leader == p;
}

static inline bool same_thread_group(struct task_struct *a, struct task_struct *b)
{
	return a->signal == b->signal;
}

static inline pid_t task_pid_nr(struct task_struct *p)
{
	return p->pid;
}

static inline void task_lock(struct task_struct *p)
{
	spin_lock(&p->alloc_lock);
}

static inline void task_unlock(struct task_struct *p)
{
	spin_unlock(&p->alloc_lock);
}

static inline struct task_struct *get_task_struct(struct task_struct *p)
{
	refcount_inc(&p->usage);
	return p;
}

/* Frees the task and its stack with the last reference. Any context. */
void put_task_struct(struct task_struct *p);
/* Under rcu_read_lock(): a reference, or false if the task is being freed. */
static inline bool get_task_struct_rcu(struct task_struct *p)
{
	return refcount_inc_not_zero(&p->usage);
}

/* Under rcu_read_lock(): the task with this thread id, or NULL. */
struct task_struct *find_task_by_vpid(pid_t pid);
/* The same with a reference taken. */
struct task_struct *find_get_task_by_vpid(pid_t pid);

/* guards the pid table, the task list, thread lists and parents; taken with interrupts on */
extern spinlock_t tasklist_lock;
extern struct list_head task_list;
#define for_each_task_rcu(p)                                                                       \
	list_for_each_entry_rcu (p, &task_list, tasks)
#define for_each_thread_rcu(sig, p)                                                                \
	list_for_each_entry_rcu (p, &(sig)->thread_head, thread_node)

/* what a new task is to be made of */
struct clone_args_k {
	u64 flags;
	u32 __user *pidfd;
	u32 __user *child_tid;
	u32 __user *parent_tid;
	int exit_signal;
	unsigned long stack; /* new stack pointer, 0: the caller's */
	unsigned long tls;
	int (*fn)(void *);   /* kernel threads: where to start */
	void *arg;
	const struct pt_regs *regs; /* program threads: the frame to start from */
	struct completion *vfork;   /* completed when the child has left the caller's memory */
	bool traced;	     /* the tracer gets the child, too */
	bool new_process;    /* with fn: a process of its own, to become a program */
};

/*
 * Makes a task, not yet runnable and not yet visible to wakeups (TASK_NEW); start it with
 * wake_up_new_task(). Returns it or an error pointer. May sleep.
 */
struct task_struct *copy_process(const struct clone_args_k *args);
/* The idle task of a CPU other than the boot CPU, or an error pointer. May sleep. */
struct task_struct *alloc_idle_task(int cpu);
/* A group without members other than its leader. tasklist_lock or siglock held, or only a hint. */
static inline bool thread_group_empty(struct task_struct *p)
{
	return READ_ONCE(p->signal->nr_threads) == 1;
}

/*
 * The task leaves its address space, by exit or exec: robust futexes, the word that joiners wait on, and a vfork parent
 * are served. The current task, with its old address space still in place. May sleep.
 */
void mm_release(struct task_struct *tsk);

/* Ends the current task. */
void do_exit(long code) __attribute__((noreturn));
void task_init(void);
/* The last switch away, see sched.c. */
void schedule_dead(void) __attribute__((noreturn));

/* Sets a task's name. */
void set_task_comm(struct task_struct *p, const char *name);
void get_task_comm(char *buf, struct task_struct *p);

#endif
