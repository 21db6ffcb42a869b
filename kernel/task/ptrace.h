/* SPDX-License-Identifier: MIT */
/*
 * Tracing: one process looks at another and controls it, as debuggers and strace do. See ptrace(2).
 *
 * The numbers are those of the Linux x86-64 ABI.
 */
#ifndef KERNEL_TASK_PTRACE_H
#define KERNEL_TASK_PTRACE_H

#include "kernel/task/task.h"
#include "kernel/x86/ptrace.h"

#define PTRACE_TRACEME		    0
#define PTRACE_PEEKTEXT		    1
#define PTRACE_PEEKDATA		    2
#define PTRACE_PEEKUSER		    3
#define PTRACE_POKETEXT		    4
#define PTRACE_POKEDATA		    5
#define PTRACE_POKEUSER		    6
#define PTRACE_CONT		    7
#define PTRACE_KILL		    8
#define PTRACE_SINGLESTEP	    9
#define PTRACE_GETREGS		    12
#define PTRACE_SETREGS		    13
#define PTRACE_GETFPREGS	    14
#define PTRACE_SETFPREGS	    15
#define PTRACE_ATTACH		    16
#define PTRACE_DETACH		    17
#define PTRACE_SYSCALL		    24
#define PTRACE_SETOPTIONS	    0x4200
#define PTRACE_GETEVENTMSG	    0x4201
#define PTRACE_GETSIGINFO	    0x4202
#define PTRACE_SETSIGINFO	    0x4203
#define PTRACE_GETREGSET	    0x4204
#define PTRACE_SETREGSET	    0x4205
#define PTRACE_SEIZE		    0x4206
#define PTRACE_INTERRUPT	    0x4207
#define PTRACE_LISTEN		    0x4208
#define PTRACE_GETSIGMASK	    0x420a
#define PTRACE_SETSIGMASK	    0x420b
#define PTRACE_GET_SYSCALL_INFO	    0x420e
#define PTRACE_GET_RSEQ_CONFIGURATION 0x420f

#define PTRACE_EVENT_FORK	1
#define PTRACE_EVENT_VFORK	2
#define PTRACE_EVENT_CLONE	3
#define PTRACE_EVENT_EXEC	4
#define PTRACE_EVENT_VFORK_DONE 5
#define PTRACE_EVENT_EXIT	6
#define PTRACE_EVENT_SECCOMP	7
#define PTRACE_EVENT_STOP	128

#define PTRACE_O_TRACESYSGOOD 1
#define PTRACE_O_EXITKILL     (1u << 20)
/* those, and the events up to that of seccomp */
#define PTRACE_O_MASK	      (0xffu | PTRACE_O_EXITKILL)

#define PTRACE_EVENTMSG_SYSCALL_ENTRY 1
#define PTRACE_EVENTMSG_SYSCALL_EXIT  2

/* task->ptrace */
#define PT_PTRACED    0x1
#define PT_SEIZED     0x2 /* PTRACE_SEIZE: stops are traps of their own */
#define PT_PRIVILEGED 0x4 /* the tracer had CAP_SYS_PTRACE: set-id programs keep their rights */
#define PT_OPT_SHIFT  3
#define PT_OPT(flag)  ((unsigned int)(flag) << PT_OPT_SHIFT)
#define PT_EVENT(event) PT_OPT(1u << (event))

/* ---- what the rest of the kernel calls, for the current task unless said otherwise ---- */

/* Is p stopped for its tracer? siglock held, or only a hint. */
static inline bool task_is_traced(struct task_struct *p)
{
	return READ_ONCE(p->state) & __TASK_TRACED;
}

/* Does somebody else than its parent's process trace p? tasklist_lock held; p is traced. */
static inline bool ptrace_reparented(struct task_struct *p)
{
	return !same_thread_group(p->real_parent, p->tracer);
}

/* Would a program that gains rights give them to a tracer that has none? tasklist_lock or siglock held, or only a hint. */
static inline bool ptrace_unsafe(struct task_struct *p)
{
	unsigned int ptrace = READ_ONCE(p->ptrace);

	return ptrace && !(ptrace & PT_PRIVILEGED);
}

/* A signal was taken that is not SIGKILL: the tracer's word on it, a signal or 0. siglock held, released for a while. */
int ptrace_signal(int sig, kernel_siginfo_t *info);
/* JOBCTL_TRAP_MASK is set: stops. siglock held, released for a while. */
void ptrace_trap(void);
/* p is asked to stop anew for a change of its group's stop. Its siglock held. */
void ptrace_trap_notify(struct task_struct *p);

/* The task that fork, exec and exit tell of the event, if the tracer wants it told. No locks held; may sleep. */
void ptrace_event(int event, unsigned long message);
/* Before and after a system call, with TIF_SYSCALL_WORK. False: the task is to die instead of making the call. */
bool ptrace_syscall_entry(struct pt_regs *regs);
void ptrace_syscall_exit(struct pt_regs *regs);
/* A handler's frame has been built while single-stepping: the next step would be its second instruction. */
void ptrace_handler_entered(void);

/* The event (PTRACE_EVENT_*) that a clone with these flags makes, if it is to be told; else 0. */
int ptrace_clone_event(u64 flags, int exit_signal);
/* p is being linked by the current task, whose tracer gets it, too. tasklist_lock and siglock held. */
void ptrace_init_task(struct task_struct *p);
/* p is no longer traced. tasklist_lock held. */
void ptrace_unlink(struct task_struct *p);
/* The tracer ends: its tracees go on by themselves; zombies that nobody waits for are put on @dead. tasklist_lock held. */
void exit_ptrace(struct task_struct *tracer, struct list_head *dead);

/* Has p, which nobody will wake, left its CPU for good? First the queue: a task that was preempted is on it and comes back. */
static inline bool task_stands_still(struct task_struct *p)
{
	return !smp_load_acquire(&p->on_rq) && !smp_load_acquire(&p->on_cpu);
}

/* ---- between the files of tracing ---- */

int ptrace_traceme(void);
int ptrace_attach(struct task_struct *p, bool seize, unsigned long addr, unsigned long options);
void ptrace_detach(struct task_struct *p, unsigned int sig);
void ptrace_wake(struct task_struct *p, bool resume);
void ptrace_set_single_step(struct task_struct *p, bool on);
/* p is stopped; PTRACE_{GET,SET}{REGS,FPREGS,REGSET}, {PEEK,POKE}USER. 0 or -errno. */
long ptrace_peek_user(struct task_struct *p, unsigned long addr, unsigned long *value);
long ptrace_poke_user(struct task_struct *p, unsigned long addr, unsigned long value);
long ptrace_get_regs(struct task_struct *p, void __user *to, size_t size);
long ptrace_set_regs(struct task_struct *p, const void __user *from, size_t size);
long ptrace_get_fpregs(struct task_struct *p, void __user *to, size_t size);
long ptrace_set_fpregs(struct task_struct *p, const void __user *from, size_t size);
/* The registers as a core has them: USER_REGS_SIZE bytes. p stands still, or is current after arch_sync_thread(). */
void ptrace_copy_regs(struct task_struct *p, void *to);
#define USER_REGS_SIZE	 (27 * 8)
#define USER_FPREGS_SIZE 512

#endif
