// SPDX-License-Identifier: MIT
/*
 * The page-fault exception.
 *
 * Who faulted is decided by user_mode(regs), since a ring 0 program faults as supervisor.  A fault
 * of the program is served or ends in a signal; a fault of the kernel on a program address is
 * served if it came from a user copy (the exception table knows) and may sleep, and otherwise ends
 * at the copy's fixup; anything else is a bug in the kernel.
 *
 * Entered with interrupts off; they are turned on if they were on where the fault happened.
 */
#include "kernel/lib/kernel.h"
#include "kernel/lib/printk.h"
#include "kernel/lock/preempt.h"
#include "kernel/task/sched.h"
#include "kernel/task/signal.h"
#include "kernel/task/task.h"
#include "kernel/x86/extable.h"
#include "kernel/x86/irqflags.h"
#include "kernel/x86/panic.h"
#include "kernel/x86/ptrace.h"
#include "kernel/x86/traps.h"
#include "mm/internal.h"
#include "mm/oom.h"

static void kernel_fault(struct pt_regs *regs, unsigned long error_code, unsigned long address)
{
	if (fixup_exception(regs))
		return;
	pr_emerg("page fault: kernel %s of %lx%s\n",
		 error_code & PF_INSTR ? "execution" : error_code & PF_WRITE ? "write" : "read",
		 address, error_code & PF_PROT ? " (protection)" : "");
	die("page fault in the kernel", regs, error_code);
}

static void program_signal(struct pt_regs *regs, unsigned long error_code, unsigned long address,
			   int sig, int code)
{
	pr_info_ratelimited("%s[%d]: %s at %lx ip %lx sp %lx error %lx\n", current->comm,
			    current->pid, sig == SIGBUS ? "bus error" : "segmentation fault",
			    address, regs->ip, regs->sp, error_code);
	current->thread.trap_nr = VEC_PF;
	/* the program is the program at either ring; of the kernel's addresses it learns only that they are not its own */
	current->thread.error_code = error_code | PF_USER | (address >= TASK_SIZE_MAX ? PF_PROT : 0);
	current->thread.cr2 = address;
	force_sig_fault(sig, code, (void __user *)address);
}

static void bad_access(struct pt_regs *regs, unsigned long error_code, unsigned long address,
		       int code)
{
	if (user_mode(regs))
		program_signal(regs, error_code, address, SIGSEGV, code);
	else
		kernel_fault(regs, error_code, address);
}

/* handle_mm_fault() could not serve the fault.  mmap_sem is released. */
static void fault_error(struct pt_regs *regs, unsigned long error_code, unsigned long address,
			vm_fault_t fault)
{
	if ((fault & VM_FAULT_OOM) && !(current->flags & PF_KTHREAD)) {
		/* in a system call too: EFAULT would tell the program something untrue */
		pagefault_out_of_memory(address);
		if (!fatal_signal_pending(current))
			return; /* somebody else ends: the access is tried again */
	}
	if (!user_mode(regs)) {
		kernel_fault(regs, error_code, address);
		return;
	}
	if (fault & VM_FAULT_OOM)
		return;
	if (fault & VM_FAULT_SIGSEGV) {
		program_signal(regs, error_code, address, SIGSEGV, SEGV_MAPERR);
	} else {
		program_signal(regs, error_code, address, SIGBUS, BUS_ADRERR);
	}
}

static bool access_denied(unsigned long error_code, struct vm_area_struct *vma)
{
	if (error_code & PF_INSTR)
		return !(vma->vm_flags & VM_EXEC);
	if (error_code & PF_WRITE)
		return !(vma->vm_flags & VM_WRITE);
	return !(vma->vm_flags & VM_ACCESS_FLAGS);
}

/*
 * @address lies below a stack.  mmap_sem is held shared and is so again on return: growing needs
 * it exclusive.  The area that now holds the address, or NULL.
 */
static struct vm_area_struct *grow_stack(struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma;

	up_read(&mm->mmap_sem);
	down_write(&mm->mmap_sem);
	vma = find_vma(mm, address);
	if (vma && vma->vm_start > address &&
	    (!(vma->vm_flags & VM_GROWSDOWN) || expand_stack(vma, address)))
		vma = NULL;
	downgrade_write(&mm->mmap_sem);
	return vma;
}

/* May this fault be served at all?  In the kernel only where sleeping is allowed. */
static bool can_serve(struct pt_regs *regs, bool user)
{
	if (!current->mm)
		return false;
	if (user)
		return regs->flags & X86_EFLAGS_IF;
	return !in_atomic() && !current->pagefault_disabled && (regs->flags & X86_EFLAGS_IF);
}

void do_page_fault(struct pt_regs *regs, unsigned long error_code, unsigned long address)
{
	unsigned int flags = FAULT_FLAG_ALLOW_RETRY | FAULT_FLAG_KILLABLE;
	struct mm_struct *mm = current->mm;
	bool user = user_mode(regs);
	struct vm_area_struct *vma;
	vm_fault_t fault, major = 0;

	/* CR2 has been read: another fault on this CPU may overwrite it now */
	if (regs->flags & X86_EFLAGS_IF)
		local_irq_enable();
	if (address >= TASK_SIZE_MAX || !can_serve(regs, user)) {
		bad_access(regs, error_code, address, SEGV_MAPERR);
		return;
	}
	if (error_code & PF_RSVD)
		die("page table with reserved bits set", regs, error_code);
	/*
	 * The kernel touches program memory only in its user copies, which have fixups, and never
	 * runs the program's code.  Anything else is a wild pointer, even if it hits an area.
	 */
	if (!user && ((error_code & PF_INSTR) || !search_exception_table(regs->ip))) {
		kernel_fault(regs, error_code, address);
		return;
	}
	if (user)
		flags |= FAULT_FLAG_USER;
	if (error_code & PF_WRITE)
		flags |= FAULT_FLAG_WRITE;
	if (error_code & PF_INSTR)
		flags |= FAULT_FLAG_INSTRUCTION;
retry:
	down_read(&mm->mmap_sem);
	vma = find_vma(mm, address);
	if (vma && vma->vm_start > address)
		vma = (vma->vm_flags & VM_GROWSDOWN) ? grow_stack(mm, address) : NULL;
	if (!vma || access_denied(error_code, vma)) {
		int code = vma ? SEGV_ACCERR : SEGV_MAPERR;

		up_read(&mm->mmap_sem);
		bad_access(regs, error_code, address, code);
		return;
	}
	fault = handle_mm_fault(vma, address, flags);
	major |= fault & VM_FAULT_MAJOR;
	if (fault & VM_FAULT_RETRY) {
		/* mmap_sem is released; once only, so that progress is certain: but for a userfaultfd's, which are somebody's to serve */
		if (fatal_signal_pending(current)) {
			if (!user)
				kernel_fault(regs, error_code, address);
			return;
		}
		if (fault & VM_FAULT_USERFAULT) {
			if (user && signal_pending(current))
				return; /* to the handler; the access is tried again behind it */
			goto retry;
		}
		flags &= ~FAULT_FLAG_ALLOW_RETRY;
		flags |= FAULT_FLAG_TRIED;
		goto retry;
	}
	up_read(&mm->mmap_sem);
	if (fault & VM_FAULT_ERROR) {
		fault_error(regs, error_code, address, fault);
		return;
	}
	if (major)
		current->maj_flt++;
	else
		current->min_flt++;
}
