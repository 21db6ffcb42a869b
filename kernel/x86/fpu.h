/* SPDX-License-Identifier: MIT */
/*
 * The program's x87/SSE/AVX state.
 *
 * The kernel is compiled without vector registers, so a program's state stays in
 * the CPU across system calls and interrupts.  It is stored when the thread is
 * switched out and loaded when the thread next returns to its program on a CPU
 * whose registers no longer hold it (fpu_return_to_user); kernel threads cost
 * nothing.  Per-CPU fpu_owner names the thread whose state the registers equal.
 */
#ifndef KERNEL_X86_FPU_H
#define KERNEL_X86_FPU_H

#include "kernel/lib/types.h"
#include "kernel/x86/percpu.h"

struct task_struct;

struct fpu {
	void *state;		/* XSAVE area, 64-byte aligned; NULL for kernel threads */
	int last_cpu;		/* CPU whose registers may still hold it, -1: none */
	bool dirty;		/* the program may have changed the registers since the last store */
};

/* Whose state the registers equal, if its last_cpu is this CPU; only compared, never followed. */
DECLARE_PER_CPU(struct fpu *, fpu_owner);

/* Once per CPU, in order: enable the units the machine has. */
void fpu_init_cpu(void);
/* Boot CPU, once the slab allocator works: size the state and its cache. */
void fpu_init(void);

/* A fresh state for a new program; 0 or -ENOMEM.  May sleep. */
int fpu_alloc(struct fpu *fpu);
/* @dst (allocated here) starts as a copy of the current thread's state; 0 or -ENOMEM. */
int fpu_clone(struct fpu *dst);
void fpu_free(struct fpu *fpu);

/* Reset the current thread's state to that of a fresh program (exec). */
void fpu_reset_current(void);
/* The same for a new program: the whole area is zeroed. */
void fpu_reset_for_exec(void);

/* Context switch, interrupts off. */
void fpu_switch_out(struct fpu *prev);
void fpu_load(struct fpu *fpu);
/* On the way to the program, interrupts off: the registers become the thread's, if they are not. */
static __always_inline void fpu_return_to_user(struct fpu *fpu)
{
	fpu->dirty = true;
	if (unlikely(this_cpu_read(fpu_owner) != fpu || fpu->last_cpu != (int)smp_processor_id()))
		fpu_load(fpu);
}

/*
 * Signal frames: bytes the state takes there; store the current thread's state
 * to program memory (64-byte aligned), load it from there.  0 or -EFAULT; may
 * sleep.  What is loaded is made safe first.
 */
size_t fpu_user_size(void);
/* The si_code of the exception (VEC_MF or VEC_XM) the current program has just raised; 0: it is gone. */
int fpu_exception_code(unsigned int vector);
int fpu_save_user(void __user *buf);
int fpu_restore_user(const void __user *buf);

/*
 * Of a thread that is off its CPU, for its tracer: the state in the XSAVE format (without XSAVE: FXSAVE), with every component in
 * place; and setting it from program memory, all or its first @size bytes, at least 512. 0, -EFAULT or -ENOMEM; may sleep.
 */
size_t fpu_area_size(void);
const void *fpu_area_of(struct fpu *fpu);
int fpu_set_area(struct fpu *fpu, const void __user *from, size_t size);

#endif
