// SPDX-License-Identifier: MIT
/*
 * The frame of a signal handler on the program's stack, in the Linux x86-64 layout, and the
 * return from it.
 *
 * The frame lies below the red zone of the interrupted code (128 bytes). On return everything in
 * it is taken as the program's word, with two exceptions: flags are limited to those a program
 * may set, and instruction and stack pointer must be program addresses. The second matters at
 * ring 0, where the stack pointer tells program from kernel.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/task/sched.h"
#include "kernel/task/internal.h"
#include "kernel/task/sigframe.h"
#include "kernel/x86/irqflags.h"
#include "kernel/x86/uaccess.h"

#define RED_ZONE 128

#define FIX_EFLAGS                                                                                 \
	(X86_EFLAGS_CF | X86_EFLAGS_PF | X86_EFLAGS_AF | X86_EFLAGS_ZF | X86_EFLAGS_SF |           \
	 X86_EFLAGS_DF | X86_EFLAGS_OF)

struct sigcontext {
	u64 r8, r9, r10, r11, r12, r13, r14, r15;
	u64 di, si, bp, bx, dx, ax, cx, sp, ip, flags;
	u16 cs, gs, fs, ss;
	u64 err, trapno, oldmask, cr2;
	u64 fpstate;
	u64 reserved[8];
};

struct ucontext {
	u64 uc_flags;
	u64 uc_link;
	stack_t uc_stack;
	struct sigcontext uc_mcontext;
	sigset_t uc_sigmask;
};

struct rt_sigframe {
	u64 pretcode;
	struct ucontext uc;
	siginfo_t info;
};

static_assert(sizeof(struct sigcontext) == 256, "sigcontext");
static_assert(sizeof(struct ucontext) == 304, "ucontext");
static_assert(sizeof(siginfo_t) == 128, "siginfo");

bool on_sig_stack(unsigned long sp)
{
	unsigned long base = (unsigned long)current->sas.ss_sp;

	return !(current->sas.ss_flags & SS_DISABLE) && sp > base &&
	       sp - base <= current->sas.ss_size;
}

int sas_ss_flags(unsigned long sp)
{
	if (current->sas.ss_flags & SS_DISABLE)
		return SS_DISABLE;
	return on_sig_stack(sp) ? SS_ONSTACK : 0;
}

static void fill_sigcontext(struct sigcontext *sc, const struct pt_regs *regs,
			    const sigset_t *oldset, const siginfo_t *info)
{
	memset(sc, 0, sizeof(*sc));
	sc->r8 = regs->r8;
	sc->r9 = regs->r9;
	sc->r10 = regs->r10;
	sc->r11 = regs->r11;
	sc->r12 = regs->r12;
	sc->r13 = regs->r13;
	sc->r14 = regs->r14;
	sc->r15 = regs->r15;
	sc->di = regs->di;
	sc->si = regs->si;
	sc->bp = regs->bp;
	sc->bx = regs->bx;
	sc->dx = regs->dx;
	sc->ax = regs->ax;
	sc->cx = regs->cx;
	sc->sp = regs->sp;
	sc->ip = regs->ip;
	sc->flags = regs->flags;
	sc->cs = regs->cs;
	sc->ss = regs->ss;
	sc->oldmask = oldset->sig[0];
	if (info->si_signo == SIGSEGV || info->si_signo == SIGBUS) {
		sc->cr2 = (u64)info->si_addr;
		sc->trapno = 14;
	}
}

/* Where the frame goes; *fpstate below the red zone or at the top of the other stack. */
static unsigned long frame_place(const struct k_sigaction *ka, const struct pt_regs *regs,
				 unsigned long *fpstate)
{
	unsigned long sp = regs->sp - RED_ZONE;

	if ((ka->sa_flags & SA_ONSTACK) && sas_ss_flags(regs->sp) == 0)
		sp = (unsigned long)current->sas.ss_sp + current->sas.ss_size;
	*fpstate = (sp - fpu_user_size()) & ~63UL;
	/* as after a call: 16-byte aligned, less the return address */
	return ((*fpstate - sizeof(struct rt_sigframe)) & ~15UL) - 8;
}

int setup_rt_frame(int sig, const struct k_sigaction *ka, const siginfo_t *info,
		   const sigset_t *oldset, struct pt_regs *regs)
{
	struct rt_sigframe frame = { 0 };
	unsigned long fpstate, sp = frame_place(ka, regs, &fpstate);
	struct rt_sigframe __user *uframe = (struct rt_sigframe __user *)sp;

	if (!(ka->sa_flags & SA_RESTORER))
		return -EFAULT; /* the ABI knows no other way back */
	if (!access_ok(uframe, regs->sp > sp ? regs->sp - sp : sizeof(frame)))
		return -EFAULT;
	frame.pretcode = (u64)ka->sa_restorer;
	frame.uc.uc_stack = current->sas;
	frame.uc.uc_stack.ss_flags = sas_ss_flags(regs->sp);
	fill_sigcontext(&frame.uc.uc_mcontext, regs, oldset, info);
	frame.uc.uc_mcontext.fpstate = fpstate;
	frame.uc.uc_sigmask = *oldset;
	frame.info = *info;
	if (fpu_save_user((void __user *)fpstate) || copy_to_user(uframe, &frame, sizeof(frame)))
		return -EFAULT;
	if (current->sas.ss_flags & (int)SS_AUTODISARM)
		current->sas.ss_flags = SS_DISABLE;
	regs->di = sig;
	regs->si = (unsigned long)&uframe->info;
	regs->dx = (unsigned long)&uframe->uc;
	regs->ax = 0;
	regs->ip = (unsigned long)ka->sa_handler;
	regs->sp = sp;
	regs->flags &= ~(X86_EFLAGS_DF | X86_EFLAGS_TF | X86_EFLAGS_RF | X86_EFLAGS_AC);
	return regs->ip < TASK_SIZE ? 0 : -EFAULT;
}

static int restore_sigcontext(struct pt_regs *regs, const struct sigcontext *sc)
{
	if (sc->ip >= TASK_SIZE || sc->sp >= TASK_SIZE)
		return -EFAULT;
	regs->r8 = sc->r8;
	regs->r9 = sc->r9;
	regs->r10 = sc->r10;
	regs->r11 = sc->r11;
	regs->r12 = sc->r12;
	regs->r13 = sc->r13;
	regs->r14 = sc->r14;
	regs->r15 = sc->r15;
	regs->di = sc->di;
	regs->si = sc->si;
	regs->bp = sc->bp;
	regs->bx = sc->bx;
	regs->dx = sc->dx;
	regs->ax = sc->ax;
	regs->cx = sc->cx;
	regs->sp = sc->sp;
	regs->ip = sc->ip;
	regs->flags = (regs->flags & ~FIX_EFLAGS) | (sc->flags & FIX_EFLAGS);
	regs->orig_ax = -1UL;
	return sc->fpstate ? fpu_restore_user((const void __user *)sc->fpstate) : 0;
}

/* rt_sigreturn: regs->sp points behind the return address that led here. */
long sigreturn(struct pt_regs *regs)
{
	struct rt_sigframe __user *uframe = (struct rt_sigframe __user *)(regs->sp - 8);
	struct ucontext uc;

	if (copy_from_user(&uc, &uframe->uc, sizeof(uc)))
		goto bad;
	set_current_blocked(&uc.uc_sigmask);
	if (restore_sigcontext(regs, &uc.uc_mcontext))
		goto bad;
	if (uc.uc_stack.ss_flags & (int)SS_AUTODISARM)
		current->sas = uc.uc_stack;
	return regs->ax;
bad:
	force_sig(SIGSEGV);
	return 0;
}
