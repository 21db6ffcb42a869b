// SPDX-License-Identifier: MIT
/*
 * Restartable sequences (rseq(2)): a program changes data of the CPU it runs on without atomic instructions, because the kernel
 * guarantees that between start and commit of such a sequence the thread was neither switched away from, nor moved, nor interrupted
 * by a signal handler. If it was, it goes on at the sequence's abort address instead.
 *
 * A thread registers a structure. Before a sequence it stores the sequence's description there; the kernel keeps cpu_id right.
 * Every switch away marks the thread (rseq_mark(), by the CPU that switches), which brings it to rseq_resume() before it is back in the
 * program. That clears the mark first and then looks and writes; if it loses the CPU meanwhile it is marked again, and the loop of
 * the exit path comes back. So the last look is after the last switch. Interrupts alone do no harm: the thread stays where it is.
 *
 * All fields of the task are its own. What is read from the program may be garbage: the abort address must be preceded by the number
 * that was given at registration, so that nobody is led to jump elsewhere, and any fault or nonsense ends in SIGSEGV.
 */
#include "kernel/task/rseq.h"
#include "kernel/lib/errno.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/sched.h"
#include "kernel/task/signal.h"
#include "kernel/x86/layout.h"
#include "kernel/x86/ptrace.h"
#include "kernel/x86/smp.h"
#include "kernel/x86/uaccess.h"

#define RSEQ_FLAG_UNREGISTER	 1
#define RSEQ_CPU_ID_UNINITIALIZED ((u32)-1)

static int read_section(struct rseq_cs *cs, u64 address)
{
	u32 sig;

	if (address >= TASK_SIZE || copy_from_user(cs, (void __user *)address, sizeof(*cs)))
		return -EFAULT;
	if (cs->version || cs->flags || cs->start_ip >= TASK_SIZE || cs->abort_ip >= TASK_SIZE || cs->abort_ip < sizeof(sig) ||
	    cs->post_commit_offset >= TASK_SIZE - cs->start_ip)
		return -EINVAL;
	if (cs->abort_ip - cs->start_ip < cs->post_commit_offset)
		return -EINVAL; /* within the sequence: it would never end */
	if (get_user(sig, (u32 __user *)(cs->abort_ip - sizeof(sig))))
		return -EFAULT;
	return sig == current->rseq_sig ? 0 : -EINVAL;
}

/* Away from a sequence that was interrupted; one that is left behind is forgotten. */
static int fix_ip(struct pt_regs *regs)
{
	struct rseq __user *r = current->rseq;
	struct rseq_cs cs;
	u64 address;
	u32 flags;
	int err;

	if (get_user(address, &r->rseq_cs) || get_user(flags, &r->flags))
		return -EFAULT;
	if (!address)
		return 0;
	err = read_section(&cs, address);
	if (err)
		return err;
	if (put_user((u64)0, &r->rseq_cs))
		return -EFAULT;
	if (regs->ip - cs.start_ip >= cs.post_commit_offset)
		return 0;
	if (flags)
		return -EINVAL; /* once: not to be restarted; Linux takes them no more */
	regs->ip = cs.abort_ip;
	return 0;
}

static int store_numbers(struct rseq __user *r, u32 start, u32 cpu)
{
	return put_user(start, &r->cpu_id_start) || put_user(cpu, &r->cpu_id) || put_user(0U, &r->node_id) ? -EFAULT : 0;
}

static int update(struct pt_regs *regs)
{
	u32 cpu;

	if (!READ_ONCE(current->rseq_event))
		return 0;
	WRITE_ONCE(current->rseq_event, false);
	barrier(); /* a switch from here on marks it again */
	if (!current->rseq)
		return 0;
	cpu = raw_smp_processor_id();
	return fix_ip(regs) || store_numbers(current->rseq, cpu, cpu) ? -EFAULT : 0;
}

void rseq_resume(struct pt_regs *regs)
{
	if (update(regs))
		force_sig(SIGSEGV);
}

int rseq_signal(struct pt_regs *regs)
{
	if (!current->rseq)
		return 0;
	WRITE_ONCE(current->rseq_event, true);
	return update(regs);
}

void rseq_fork(struct task_struct *child, u64 clone_flags)
{
	if (clone_flags & CLONE_VM)
		return; /* a thread registers a structure of its own */
	child->rseq = current->rseq;
	child->rseq_len = current->rseq_len;
	child->rseq_sig = current->rseq_sig;
	rseq_mark(child);
}

void rseq_exec(struct task_struct *tsk)
{
	tsk->rseq = NULL;
}

/* ---- the call ---- */

static long unregister(struct rseq __user *r, u32 len, u32 sig)
{
	if (!r || current->rseq != r || current->rseq_len != len)
		return -EINVAL;
	if (current->rseq_sig != sig)
		return -EPERM;
	if (store_numbers(r, 0, RSEQ_CPU_ID_UNINITIALIZED))
		return -EFAULT;
	current->rseq = NULL;
	return 0;
}

long sys_rseq(struct rseq __user *r, u32 len, int flags, u32 sig)
{
	if (flags == RSEQ_FLAG_UNREGISTER)
		return unregister(r, len, sig);
	if (flags)
		return -EINVAL;
	if (current->rseq) {
		if (current->rseq != r || current->rseq_len != len)
			return -EINVAL;
		return current->rseq_sig != sig ? -EPERM : -EBUSY;
	}
	if (len < RSEQ_SIZE || (unsigned long)r % RSEQ_ALIGN)
		return -EINVAL;
	if (!access_ok(r, len))
		return -EFAULT;
	current->rseq_len = len;
	current->rseq_sig = sig;
	current->rseq = r;
	rseq_mark(current); /* the numbers are stored on the way back */
	return 0;
}
