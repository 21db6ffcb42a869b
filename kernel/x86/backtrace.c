// SPDX-License-Identifier: MIT
/*
 * Call chains, by frame pointers.
 *
 * The walk trusts nothing: each frame must be on the same known stack as the one
 * before and above it, so a damaged chain ends instead of faulting.  No lock;
 * output goes through report_printf(), which takes none either.
 */
#include "kernel/lib/kernel.h"
#include "kernel/lib/printk.h"
#include "kernel/task/task.h"
#include "kernel/x86/boot_internal.h"
#include "kernel/x86/panic.h"
#include "kernel/x86/report.h"
#include "kernel/x86/thread.h"

DECLARE_PER_CPU(unsigned long, cpu_stack_top);
DECLARE_PER_CPU(unsigned long, cpu_special_base);

struct frame {
	unsigned long bp, ip;
};

/* The end of the stack of this CPU that holds @addr, or 0. */
static unsigned long stack_end(unsigned long addr)
{
	unsigned long top = this_cpu_read(cpu_stack_top);
	unsigned long base = this_cpu_read(cpu_special_base) - ESTACK_PANIC;

	if (addr >= top - THREAD_SIZE && addr < top)
		return top;
	if (addr >= base + ESTACK_PANIC && addr < base + ESTACK_PANIC_TOP)
		return base + ESTACK_PANIC_TOP;
	if (addr >= base + ESTACK_NMI_TOP - 2 * PAGE_SIZE && addr < base + ESTACK_NMI_TOP)
		return base + ESTACK_NMI_TOP;
	if (addr >= base + ESTACK_DF_TOP - 2 * PAGE_SIZE && addr < base + ESTACK_DF_TOP)
		return base + ESTACK_DF_TOP;
	if (addr >= base + ESTACK_MC_TOP - 2 * PAGE_SIZE && addr < base + ESTACK_MC_TOP)
		return base + ESTACK_MC_TOP;
	return 0;
}

static const struct frame *next_frame(unsigned long bp, unsigned long end)
{
	if (bp & 7 || !end || bp + sizeof(struct frame) > end || bp < end - 4 * THREAD_SIZE)
		return NULL;
	return (const struct frame *)bp;
}

unsigned int stack_trace_save(unsigned long *store, unsigned int max, unsigned int skip)
{
	unsigned long bp = (unsigned long)__builtin_frame_address(0), end = stack_end(bp);
	const struct frame *f;
	unsigned int n = 0;

	while (n < max && (f = next_frame(bp, end)) != NULL && kernel_text_address(f->ip)) {
		if (skip)
			skip--;
		else
			store[n++] = f->ip;
		if (f->bp <= bp)
			break;
		bp = f->bp;
	}
	return n;
}

static void print_chain(unsigned long bp, unsigned long end)
{
	char sym[KSYM_NAME_LEN + 40];
	const struct frame *f;

	for (unsigned int i = 0; i < 40; i++) {
		f = next_frame(bp, end);
		if (!f || !kernel_text_address(f->ip))
			return;
		/* the call, not what follows it: a call may be a function's last instruction */
		sprint_symbol(sym, sizeof(sym), f->ip - 1);
		report_printf("  [<%lx>] %s\n", f->ip, sym);
		if (f->bp <= bp)
			return;
		bp = f->bp;
	}
}

void show_backtrace(unsigned long bp)
{
	print_chain(bp, stack_end(bp));
}

void dump_stack(void)
{
	report_printf("call trace, cpu %u, %s (%d):\n", smp_processor_id(), current->comm,
		      current->pid);
	show_backtrace((unsigned long)__builtin_frame_address(0));
}

/* What switch_stacks() left on the stack of a task that is not running: bp is its sixth word. */
void show_task_backtrace(struct task_struct *p)
{
	unsigned long sp = READ_ONCE(p->thread.sp);
	struct frame f;

	if (p == current) {
		dump_stack();
		return;
	}
	if (READ_ONCE(p->on_cpu) || !on_task_stack(p, sp) || !on_task_stack(p, sp + 56)) {
		report_printf("  (running)\n");
		return;
	}
	f.bp = ((unsigned long *)sp)[5];
	print_chain(f.bp, (unsigned long)p->stack + THREAD_SIZE);
}

void show_regs(const struct pt_regs *r)
{
	char sym[KSYM_NAME_LEN + 40];
	bool program = user_mode(r);

	sprint_symbol(sym, sizeof(sym), r->ip);
	report_printf("cpu %u, task %s (%d), %s\n", smp_processor_id(), current->comm,
		      current->pid, program ? "program" : "kernel");
	report_printf("ip %lx %s\n", r->ip, sym);
	report_printf("ax %016lx bx %016lx cx %016lx dx %016lx\n", r->ax, r->bx, r->cx, r->dx);
	report_printf("si %016lx di %016lx bp %016lx sp %016lx\n", r->si, r->di, r->bp, r->sp);
	report_printf("r8 %016lx r9 %016lx 10 %016lx 11 %016lx\n", r->r8, r->r9, r->r10, r->r11);
	report_printf("12 %016lx 13 %016lx 14 %016lx 15 %016lx\n", r->r12, r->r13, r->r14,
		      r->r15);
	report_printf("cs %lx ss %lx flags %lx error %lx\n", r->cs, r->ss, r->flags, r->orig_ax);
	if (!program) {
		report_printf("call trace:\n");
		show_backtrace(r->bp);
	}
}
