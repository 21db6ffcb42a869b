// SPDX-License-Identifier: MIT
/*
 * The frame of a signal handler on the program's stack, in the Linux x86-64 layout, and the return from it.
 *
 * The frame lies below the red zone of the interrupted code (128 bytes), or on the alternate stack. On return everything in it is
 * taken as the program's word, with two exceptions: flags are limited to those a program may set, and instruction and stack pointer
 * must be program addresses. The second matters at ring 0, where the stack pointer tells program from kernel. For the same reason
 * the segment selectors of the frame are for reading: those of ring 3, whatever the program runs at, and not restored.
 */
#include "kernel/task/sigframe.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/task/internal.h"
#include "kernel/task/sched.h"
#include "kernel/x86/irqflags.h"
#include "kernel/x86/processor.h"
#include "kernel/x86/uaccess.h"

#define RED_ZONE 128

/* uc_flags */
#define UC_FP_XSTATE	     0x1 /* fpstate is an XSAVE area, see fpu_save_user() */
#define UC_SIGCONTEXT_SS     0x2 /* ss is there */
#define UC_STRICT_RESTORE_SS 0x4

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

/* ---- the alternate stack ---- */

static bool within_sig_stack(unsigned long sp)
{
	unsigned long base = (unsigned long)current->sas.ss_sp;

	return sp > base && sp - base <= current->sas.ss_size;
}

/* With SS_AUTODISARM the settings are taken off while the stack is in use: whoever has them is not on it. */
static bool on_sig_stack(unsigned long sp)
{
	return !(current->sas.ss_flags & (SS_DISABLE | (int)SS_AUTODISARM)) && within_sig_stack(sp);
}

static int sas_ss_flags(unsigned long sp)
{
	if (current->sas.ss_flags & SS_DISABLE)
		return SS_DISABLE;
	return on_sig_stack(sp) ? SS_ONSTACK : 0;
}

static void disable_sig_stack(void)
{
	current->sas = (stack_t){ .ss_flags = SS_DISABLE };
}

static stack_t sig_stack_seen_from(unsigned long sp)
{
	stack_t ss = current->sas;

	ss.ss_flags = sas_ss_flags(sp) | (ss.ss_flags & (int)SS_AUTODISARM);
	return ss;
}

int do_sigaltstack(const stack_t *ss, stack_t *oss, unsigned long sp)
{
	int mode;

	if (oss)
		*oss = sig_stack_seen_from(sp);
	if (!ss)
		return 0;
	if (on_sig_stack(sp))
		return -EPERM;
	mode = ss->ss_flags & ~(int)SS_AUTODISARM;
	if (mode != SS_DISABLE && mode != SS_ONSTACK && mode != 0)
		return -EINVAL;
	if (mode == SS_DISABLE) {
		disable_sig_stack();
		current->sas.ss_flags |= ss->ss_flags & (int)SS_AUTODISARM;
		return 0;
	}
	if (ss->ss_size < MINSIGSTKSZ)
		return -ENOMEM;
	current->sas = (stack_t){
		.ss_sp = ss->ss_sp,
		.ss_flags = ss->ss_flags & (int)SS_AUTODISARM,
		.ss_size = ss->ss_size,
	};
	return 0;
}

/* ---- building ---- */

/*
 * The frame is stored where it goes, field by field: in a copy of it each would be stored twice, and loaded once more. What follows
 * is inside put_frame()'s window.
 */
static __always_inline bool put_sigcontext(struct sigcontext __user *sc, const struct pt_regs *regs, const struct thread_struct *thread,
					   const sigset_t *oldset, unsigned long fpstate)
{
	unsafe_put_user(regs->r8, &sc->r8, fault);
	unsafe_put_user(regs->r9, &sc->r9, fault);
	unsafe_put_user(regs->r10, &sc->r10, fault);
	unsafe_put_user(regs->r11, &sc->r11, fault);
	unsafe_put_user(regs->r12, &sc->r12, fault);
	unsafe_put_user(regs->r13, &sc->r13, fault);
	unsafe_put_user(regs->r14, &sc->r14, fault);
	unsafe_put_user(regs->r15, &sc->r15, fault);
	unsafe_put_user(regs->di, &sc->di, fault);
	unsafe_put_user(regs->si, &sc->si, fault);
	unsafe_put_user(regs->bp, &sc->bp, fault);
	unsafe_put_user(regs->bx, &sc->bx, fault);
	unsafe_put_user(regs->dx, &sc->dx, fault);
	unsafe_put_user(regs->ax, &sc->ax, fault);
	unsafe_put_user(regs->cx, &sc->cx, fault);
	unsafe_put_user(regs->sp, &sc->sp, fault);
	unsafe_put_user(regs->ip, &sc->ip, fault);
	unsafe_put_user(regs->flags & ~(current->forced_tf ? X86_EFLAGS_TF : 0), &sc->flags, fault);
	unsafe_put_user(__USER_CS, &sc->cs, fault);
	unsafe_put_user(0, &sc->gs, fault);
	unsafe_put_user(0, &sc->fs, fault);
	unsafe_put_user(__USER_DS, &sc->ss, fault);
	unsafe_put_user(thread->error_code, &sc->err, fault);
	unsafe_put_user(thread->trap_nr, &sc->trapno, fault);
	unsafe_put_user(oldset->sig[0], &sc->oldmask, fault);
	unsafe_put_user(thread->cr2, &sc->cr2, fault);
	unsafe_put_user(fpstate, &sc->fpstate, fault);
	unsafe_clear_4(&sc->reserved[0], fault);
	unsafe_clear_4(&sc->reserved[4], fault);
	return true;
fault:
	return false;
}

static __always_inline bool put_stack(stack_t __user *to, unsigned long sp)
{
	stack_t ss = sig_stack_seen_from(sp);

	unsafe_put_user((u64)ss.ss_sp, (u64 __user *)&to->ss_sp, fault);
	unsafe_put_user((u64)(u32)ss.ss_flags, (u64 __user *)&to->ss_flags, fault); /* and the padding */
	unsafe_put_user(ss.ss_size, &to->ss_size, fault);
	return true;
fault:
	return false;
}

static __always_inline bool put_siginfo(siginfo_t __user *to, const kernel_siginfo_t *info)
{
	u64 __user *words = (u64 __user *)to;
	const u64 *known = (const u64 *)info;

	unsafe_put_user(known[0], &words[0], fault);
	unsafe_put_user(known[1], &words[1], fault);
	unsafe_put_user(known[2], &words[2], fault);
	unsafe_put_user(known[3], &words[3], fault);
	unsafe_put_user(known[4], &words[4], fault);
	unsafe_put_user(known[5], &words[5], fault);
	unsafe_put_user(0, &words[6], fault);
	unsafe_put_user(0, &words[7], fault);
	unsafe_clear_4(&words[8], fault);
	unsafe_clear_4(&words[12], fault);
	return true;
fault:
	return false;
}

int copy_siginfo_to_user(siginfo_t __user *to, const kernel_siginfo_t *from)
{
	bool done;

	if (!user_access_begin(to, sizeof(*to)))
		return -EFAULT;
	done = put_siginfo(to, from);
	user_access_end();
	return done ? 0 : -EFAULT;
}

/*
 * Where the frame goes; *fpstate below the red zone or at the top of the other stack. 0 if it would go beyond the end of the
 * alternate stack: what lies there is not the program's stack, and overwriting it would hide the overflow.
 */
static unsigned long frame_place(const struct k_sigaction *ka, const struct pt_regs *regs, unsigned long *fpstate)
{
	unsigned long sp = regs->sp - RED_ZONE;
	bool alternate = on_sig_stack(regs->sp);

	if ((ka->sa_flags & SA_ONSTACK) && sas_ss_flags(regs->sp) == 0) {
		sp = (unsigned long)current->sas.ss_sp + current->sas.ss_size;
		alternate = true;
	}
	*fpstate = (sp - fpu_user_size()) & ~63UL;
	/* as after a call: 16-byte aligned, less the return address */
	sp = ((*fpstate - sizeof(struct rt_sigframe)) & ~15UL) - 8;
	return alternate && !within_sig_stack(sp) ? 0 : sp;
}

static bool put_frame(struct rt_sigframe __user *frame, unsigned long fpstate, const struct k_sigaction *ka,
		      const kernel_siginfo_t *info, const sigset_t *oldset, const struct pt_regs *regs)
{
	struct ucontext __user *uc = &frame->uc;

	if (!user_access_begin(frame, sizeof(*frame)))
		return false;
	unsafe_put_user((u64)ka->sa_restorer, &frame->pretcode, fault);
	unsafe_put_user(UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS | (cpu_features.xsave ? UC_FP_XSTATE : 0), &uc->uc_flags, fault);
	unsafe_put_user(0, &uc->uc_link, fault);
	if (!put_stack(&uc->uc_stack, regs->sp) || !put_sigcontext(&uc->uc_mcontext, regs, &current->thread, oldset, fpstate))
		goto fault;
	unsafe_put_user(oldset->sig[0], &uc->uc_sigmask.sig[0], fault);
	if (!put_siginfo(&frame->info, info))
		goto fault;
	user_access_end();
	return true;
fault:
	user_access_end();
	return false;
}

int setup_rt_frame(int sig, const struct k_sigaction *ka, const kernel_siginfo_t *info, const sigset_t *oldset, struct pt_regs *regs)
{
	unsigned long fpstate, sp = frame_place(ka, regs, &fpstate);
	struct rt_sigframe __user *uframe = (struct rt_sigframe __user *)sp;

	if (!(ka->sa_flags & SA_RESTORER))
		return -EFAULT; /* the ABI knows no other way back */
	if (!sp || !access_ok(uframe, fpstate + fpu_user_size() - sp) || (unsigned long)ka->sa_handler >= TASK_SIZE)
		return -EFAULT;
	if (fpu_save_user((void __user *)fpstate) || !put_frame(uframe, fpstate, ka, info, oldset, regs))
		return -EFAULT;
	if (current->sas.ss_flags & (int)SS_AUTODISARM)
		disable_sig_stack();
	regs->di = sig;
	regs->si = (unsigned long)&uframe->info;
	regs->dx = (unsigned long)&uframe->uc;
	regs->ax = 0;
	regs->ip = (unsigned long)ka->sa_handler;
	regs->sp = sp;
	regs->flags &= ~(X86_EFLAGS_DF | X86_EFLAGS_TF | X86_EFLAGS_RF | X86_EFLAGS_AC);
	fpu_reset_current(); /* a handler begins as a program does: with rounding and masks of the ABI */
	return 0;
}

/* ---- the return ---- */

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
	if (sc->fpstate)
		return fpu_restore_user((const void __user *)sc->fpstate);
	fpu_reset_current();
	return 0;
}

long sigreturn(struct pt_regs *regs)
{
	struct rt_sigframe __user *uframe = (struct rt_sigframe __user *)(regs->sp - 8);
	struct ucontext uc;

	if (copy_from_user(&uc, &uframe->uc, sizeof(uc)))
		goto bad;
	set_current_blocked(&uc.uc_sigmask);
	if (restore_sigcontext(regs, &uc.uc_mcontext))
		goto bad;
	/* what it says may be wrong or come at the wrong time; then the stack stays as it is */
	do_sigaltstack(&uc.uc_stack, NULL, regs->sp);
	return regs->ax;
bad:
	force_sig(SIGSEGV);
	return 0;
}
