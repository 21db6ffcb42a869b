// SPDX-License-Identifier: MIT
/*
 * Storing and loading the program's vector state.
 *
 * The registers of a CPU equal the state of a thread exactly if the CPU's
 * fpu_owner points to its struct fpu and the struct's last_cpu is that CPU.
 * Both change only on that CPU with interrupts off.  A thread that ran elsewhere
 * meanwhile has another last_cpu; a CPU that ran another program has another
 * owner; either way the state is loaded again.  A stale fpu_owner is only ever
 * compared, never followed, and a new struct fpu starts with last_cpu -1.
 */
#include "kernel/x86/fpu.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/string.h"
#include "kernel/task/signal.h"
#include "kernel/task/task.h"
#include "kernel/x86/irqflags.h"
#include "kernel/x86/percpu.h"
#include "kernel/x86/processor.h"
#include "kernel/x86/traps.h"
#include "kernel/x86/uaccess.h"
#include "mm/gfp.h"
#include "mm/slab.h"

#define XCR0_WANTED	0xe7ULL		/* x87, SSE, AVX, AVX-512 */
#define FXSAVE_SIZE	512
#define XSTATE_FPSSE	3ULL
#define XSAVE_HEADER	512		/* offset: xstate_bv, xcomp_bv, reserved up to 576 */
#define MXCSR_OFFSET	24
#define X87_REGS	32
#define XMM_REGS	160
#define XMM_REGS_SIZE	256
#define MXCSR_MASK_OFFSET 28
#define MXCSR_MASK_DEFAULT 0xffbf

/* In a signal frame: what follows the legacy part, announced in bytes 464 to 511. */
#define FRAME_INFO	464
#define FRAME_MAGIC1	0x46505853U
#define FRAME_MAGIC2	0x46505845U

struct frame_info {
	u32 magic1, extended_size;
	u64 xfeatures;
	u32 xstate_size, padding0;
	u64 padding[3];
};

#define FCW_DEFAULT	0x037f
#define MXCSR_DEFAULT	0x1f80

DEFINE_PER_CPU(struct fpu *, fpu_owner);
static struct kmem_cache *fpu_cache;	/* constant after fpu_init() */
static u32 mxcsr_mask;			/* the bits this CPU knows; the same */

static void xsetbv(u64 v)
{
	__asm__ __volatile__("xsetbv" : : "c"(0), "a"((u32)v), "d"((u32)(v >> 32)));
}

void fpu_init_cpu(void)
{
	struct cpu_features *f = &cpu_features;
	u32 a, b, c, d;

	if (!f->xsave) {
		f->xsave_size = FXSAVE_SIZE;
	} else {
		cpuid_count(0xd, 0, &a, &b, &c, &d);
		f->xcr0 = (((u64)d << 32) | a) & XCR0_WANTED;
		xsetbv(f->xcr0);
		cpuid_count(0xd, 0, &a, &b, &c, &d);
		f->xsave_size = b;
		cpuid_count(0xd, 1, &a, &b, &c, &d);
		f->xsaveopt = a & BIT(0);
	}
	__asm__ __volatile__("fninit");
}

static void find_mxcsr_mask(void)
{
	static u8 area[FXSAVE_SIZE] __aligned(16);

	__asm__ __volatile__("fxsave64 %0" : "=m"(area));
	mxcsr_mask = *(u32 *)(area + MXCSR_MASK_OFFSET);
	if (!mxcsr_mask)
		mxcsr_mask = MXCSR_MASK_DEFAULT;
}

void fpu_init(void)
{
	find_mxcsr_mask();
	fpu_cache = kmem_cache_create("fpu", cpu_features.xsave_size, 64, SLAB_PANIC, NULL);
}

static void store_registers(void *state)
{
	u32 lo = (u32)cpu_features.xcr0, hi = (u32)(cpu_features.xcr0 >> 32);

	if (cpu_features.xsaveopt)
		__asm__ __volatile__("xsaveopt64 (%0)" : : "r"(state), "a"(lo), "d"(hi)
				     : "memory");
	else if (cpu_features.xsave)
		__asm__ __volatile__("xsave64 (%0)" : : "r"(state), "a"(lo), "d"(hi) : "memory");
	else
		__asm__ __volatile__("fxsave64 (%0)" : : "r"(state) : "memory");
}

static void load_registers(const void *state)
{
	u32 lo = (u32)cpu_features.xcr0, hi = (u32)(cpu_features.xcr0 >> 32);

	if (cpu_features.xsave)
		__asm__ __volatile__("xrstor64 (%0)" : : "r"(state), "a"(lo), "d"(hi) : "memory");
	else
		__asm__ __volatile__("fxrstor64 (%0)" : : "r"(state) : "memory");
}

static void set_initial_state(void *state)
{
	memset(state, 0, cpu_features.xsave_size);
	*(u16 *)state = FCW_DEFAULT;
	*(u32 *)((char *)state + MXCSR_OFFSET) = MXCSR_DEFAULT;
}

int fpu_alloc(struct fpu *fpu)
{
	void *state = kmem_cache_alloc(fpu_cache, GFP_KERNEL);

	if (!state)
		return -ENOMEM;
	set_initial_state(state);
	*fpu = (struct fpu){ .state = state, .last_cpu = -1 };
	return 0;
}

/* Makes current's memory copy equal its registers. Interrupts off. */
static void sync_state(struct fpu *fpu)
{
	if (!fpu->dirty)
		return;
	store_registers(fpu->state);
	fpu->dirty = false;
}

int fpu_clone(struct fpu *dst)
{
	struct fpu *src = &current->thread.fpu;
	unsigned long flags;
	int err = fpu_alloc(dst);

	if (err || !src->state)
		return err;
	local_irq_save(flags);
	sync_state(src);
	memcpy(dst->state, src->state, cpu_features.xsave_size);
	local_irq_restore(flags);
	return 0;
}

void fpu_free(struct fpu *fpu)
{
	if (fpu->state)
		kmem_cache_free(fpu_cache, fpu->state);
	fpu->state = NULL;
	fpu->last_cpu = -1;
}

/*
 * With XSAVE it is enough to declare every component initial; loading then takes no component from memory but MXCSR (Intel SDM
 * volume 1, 13.8.1), and no reader looks at a component without its bit: fpu_save_user() loads and stores in full first.
 */
static void set_initial_again(void *state)
{
	if (!cpu_features.xsave) {
		set_initial_state(state);
		return;
	}
	*(u64 *)((char *)state + XSAVE_HEADER) = 0;
	*(u32 *)((char *)state + MXCSR_OFFSET) = MXCSR_DEFAULT;
}

static void reset_current(void (*set)(void *state))
{
	struct fpu *fpu = &current->thread.fpu;
	unsigned long flags;

	local_irq_save(flags);
	set(fpu->state);
	fpu->last_cpu = -1;
	fpu->dirty = false;
	local_irq_restore(flags);
}

void fpu_reset_current(void)
{
	reset_current(set_initial_again);
}

/* Nothing of the last program stays, not even in the parts of the area that no register has. */
void fpu_reset_for_exec(void)
{
	reset_current(set_initial_state);
}

void fpu_switch_out(struct fpu *prev)
{
	sync_state(prev);
}

void fpu_load(struct fpu *fpu)
{
	load_registers(fpu->state);
	fpu->last_cpu = (int)smp_processor_id();
	this_cpu_write(fpu_owner, fpu);
}

size_t fpu_user_size(void)
{
	return cpu_features.xsave_size + (cpu_features.xsave ? sizeof(u32) : 0);
}

/*
 * Runs one instruction on program memory: 0, or -EFAULT if that faulted. Interrupts are off, so a fault is not served: whoever wants
 * the pages brings them in and comes again.
 */
#define on_program_memory(insn, buf) ({						\
	u32 __lo = (u32)cpu_features.xcr0, __hi = (u32)(cpu_features.xcr0 >> 32); \
	int __err = 0;								\
	__asm__ __volatile__(ASM_STAC						\
			     "1: " insn " (%1)\n"				\
			     ASM_CLAC						\
			     " jmp 4f\n"					\
			     "3:\n" ASM_CLAC					\
			     " movl %4, %0\n"					\
			     "4:\n"						\
			     _ASM_EXTABLE(1b, 3b)				\
			     : "+r"(__err)					\
			     : "r"(buf), "a"(__lo), "d"(__hi), "i"(-EFAULT)	\
			     : "memory");					\
	__err; })

/* Every component, also those in their initial state, which XSAVEOPT would leave out. */
static int store_to_program(void __user *buf)
{
	struct fpu *fpu = &current->thread.fpu;
	unsigned long flags;
	int err;

	local_irq_save(flags);
	fpu_return_to_user(fpu);
	if (cpu_features.xsave)
		err = on_program_memory("xsave64", buf);
	else
		err = on_program_memory("fxsave64", buf);
	local_irq_restore(flags);
	return err;
}

/* What XSAVE leaves alone: the bytes that tell of the area, the reserved part of the header, the mark at the end. */
static int write_frame_info(void __user *buf)
{
	struct frame_info __user *info = (void __user *)((char __user *)buf + FRAME_INFO);
	u64 __user *header = (void __user *)((char __user *)buf + XSAVE_HEADER);
	u32 __user *magic2 = (void __user *)((char __user *)buf + cpu_features.xsave_size);

	if (!user_access_begin(buf, fpu_user_size()))
		return -EFAULT;
	unsafe_put_user(FRAME_MAGIC1, &info->magic1, fault);
	unsafe_put_user((u32)fpu_user_size(), &info->extended_size, fault);
	unsafe_put_user(cpu_features.xcr0, &info->xfeatures, fault);
	unsafe_put_user(cpu_features.xsave_size, &info->xstate_size, fault);
	unsafe_put_user(0, &info->padding0, fault);
	unsafe_put_user(0, &info->padding[0], fault);
	unsafe_put_user(0, &info->padding[1], fault);
	unsafe_put_user(0, &info->padding[2], fault);
	unsafe_clear_4(&header[0], fault);
	unsafe_clear_4(&header[4], fault);
	unsafe_put_user(FRAME_MAGIC2, magic2, fault);
	user_access_end();
	return 0;
fault:
	user_access_end();
	return -EFAULT;
}

/*
 * A program that looks into the frame need not know which components the header declares initial: all are there, and x87 and SSE
 * are declared as such, so that it may change them. The registers are loaded first if they are not here, to be stored in full.
 */
int fpu_save_user(void __user *buf)
{
	u64 __user *components = (void __user *)((char __user *)buf + XSAVE_HEADER);
	u64 stored;

	if (cpu_features.xsave && write_frame_info(buf))
		return -EFAULT;
	while (store_to_program(buf)) {
		if (fault_in_pages_writeable(buf, fpu_user_size()))
			return -EFAULT;
	}
	if (!cpu_features.xsave)
		return 0;
	return get_user(stored, components) || put_user(stored | XSTATE_FPSSE, components) ? -EFAULT : 0;
}

/* Whatever the program wrote, loading @state must not fault. */
static void sanitise(void *state, bool extended)
{
	u64 *header = (u64 *)((char *)state + XSAVE_HEADER);
	u32 *mxcsr = (u32 *)((char *)state + MXCSR_OFFSET);

	*mxcsr &= mxcsr_mask;
	if (!cpu_features.xsave)
		return;
	header[0] = extended ? header[0] & cpu_features.xcr0 : XSTATE_FPSSE;
	memset(&header[1], 0, 56);
}

int fpu_exception_code(unsigned int vector)
{
	struct fpu *fpu = &current->thread.fpu;
	unsigned long flags;
	unsigned int raised;

	local_irq_save(flags);
	sync_state(fpu);
	if (vector == VEC_MF) {
		u16 *legacy = fpu->state; /* control word, status word */

		raised = legacy[1] & ~legacy[0];
	} else {
		u32 mxcsr = *(u32 *)((char *)fpu->state + MXCSR_OFFSET);

		raised = mxcsr & ~(mxcsr >> 7);
	}
	local_irq_restore(flags);
	if (raised & 0x01)
		return FPE_FLTINV;
	if (raised & 0x04)
		return FPE_FLTDIV;
	if (raised & 0x08)
		return FPE_FLTOVF;
	if (raised & 0x12) /* denormal operand, underflow */
		return FPE_FLTUND;
	return raised & 0x20 ? FPE_FLTRES : 0;
}

/* The registers are given up: from then on nothing but its caller touches the memory copy, also when that sleeps in a fault. */
static void give_up_registers(struct fpu *fpu)
{
	unsigned long flags;

	local_irq_save(flags);
	fpu->last_cpu = -1;
	fpu->dirty = false;
	local_irq_restore(flags);
}

/* By way of the memory copy, which can be made safe. */
static int restore_slowly(const void __user *buf, bool extended)
{
	struct fpu *fpu = &current->thread.fpu;

	give_up_registers(fpu);
	if (copy_from_user(fpu->state, buf, extended ? cpu_features.xsave_size : FXSAVE_SIZE)) {
		set_initial_state(fpu->state);
		return -EFAULT;
	}
	sanitise(fpu->state, extended);
	return 0;
}

/* Does the area say that it is in XSAVE's format, with what this CPU has? */
static int is_extended(const void __user *buf, bool *extended)
{
	const struct frame_info __user *info = (const void __user *)((const char __user *)buf + FRAME_INFO);
	u32 magic1, size;

	*extended = false;
	if (!cpu_features.xsave)
		return 0;
	if (get_user(magic1, &info->magic1) || get_user(size, &info->xstate_size))
		return -EFAULT;
	*extended = magic1 == FRAME_MAGIC1 && size == cpu_features.xsave_size;
	return 0;
}

/*
 * Straight into the registers, which then are the thread's. False if the CPU did not like what is there, or it is not all there:
 * no register can be relied on then.
 */
static bool load_from_program(const void __user *buf)
{
	struct fpu *fpu = &current->thread.fpu;
	unsigned long flags;
	bool loaded;

	if (!access_ok(buf, cpu_features.xsave_size))
		return false;
	local_irq_save(flags);
	this_cpu_write(fpu_owner, NULL);
	loaded = !on_program_memory("xrstor64", buf);
	if (loaded) {
		fpu->last_cpu = (int)smp_processor_id();
		fpu->dirty = true;
		this_cpu_write(fpu_owner, fpu);
	}
	local_irq_restore(flags);
	return loaded;
}

int fpu_restore_user(const void __user *buf)
{
	bool extended;
	int err = is_extended(buf, &extended);

	if (err || !extended || !load_from_program(buf))
		return err ? err : restore_slowly(buf, extended);
	return 0;
}

/* ---- for the tracer of a thread that stands still ---- */

size_t fpu_area_size(void)
{
	return cpu_features.xsave_size;
}

/* A component without its bit is in its initial state, whatever its place holds: it gets that and its bit. */
static void spell_out(void *state, unsigned int component)
{
	u32 size, offset, c, d;

	if (component == 0) {
		memset(state, 0, MXCSR_OFFSET);
		memset((char *)state + X87_REGS, 0, XMM_REGS - X87_REGS);
		*(u16 *)state = FCW_DEFAULT;
	} else if (component == 1) {
		memset((char *)state + XMM_REGS, 0, XMM_REGS_SIZE);
	} else {
		cpuid_count(0xd, component, &size, &offset, &c, &d);
		memset((char *)state + offset, 0, size);
	}
}

const void *fpu_area_of(struct fpu *fpu)
{
	u64 *header = (u64 *)((char *)fpu->state + XSAVE_HEADER);

	if (!cpu_features.xsave)
		return fpu->state;
	for (unsigned int i = 0; i < 64; i++) {
		if (cpu_features.xcr0 & ~header[0] & 1ULL << i)
			spell_out(fpu->state, i);
	}
	header[0] |= cpu_features.xcr0;
	*(u64 *)((char *)fpu->state + FRAME_INFO) = cpu_features.xcr0; /* where debuggers look for it */
	return fpu->state;
}

int fpu_set_area(struct fpu *fpu, const void __user *from, size_t size)
{
	void *copy = kmalloc(size, GFP_KERNEL);
	u64 *header = (u64 *)((char *)fpu->state + XSAVE_HEADER);
	int err = 0;

	if (!copy)
		return -ENOMEM;
	if (copy_from_user(copy, from, size)) {
		err = -EFAULT;
	} else {
		(void)fpu_area_of(fpu); /* what is not set stays */
		memcpy(fpu->state, copy, size);
		sanitise(fpu->state, true);
		if (cpu_features.xsave && size == FXSAVE_SIZE)
			header[0] |= XSTATE_FPSSE;
		fpu->last_cpu = -1;
	}
	kfree(copy);
	return err;
}
