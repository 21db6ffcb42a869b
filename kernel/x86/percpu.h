/* SPDX-License-Identifier: MIT */
/*
 * Per-CPU variables.
 *
 * Each variable lives in section .data..percpu.  The boot CPU uses the section
 * itself; every further CPU has a copy of the section's initial contents, made
 * before anything but the earliest boot code runs.  The GS base of a CPU is the
 * distance from the section to its copy (zero on the boot CPU), so an access
 * is one instruction with a GS prefix and works from the first one executed.
 *
 * The this_cpu_ operations are single instructions: safe against interrupts and
 * migration on their own, but not atomic towards other CPUs.  this_cpu_ptr()
 * needs preemption disabled for as long as the pointer is used as "mine".
 */
#ifndef KERNEL_X86_PERCPU_H
#define KERNEL_X86_PERCPU_H

#include "kernel/lib/types.h"
#include "kernel/x86/layout.h"
#include "kernel/x86/cpumask.h"

#define DECLARE_PER_CPU(type, name)	extern __typeof__(type) name
#define DEFINE_PER_CPU(type, name)	\
	__section(".data..percpu") __typeof__(type) name
#define DECLARE_PER_CPU_ALIGNED(type, name)	extern __typeof__(type) name ____cacheline_aligned
#define DEFINE_PER_CPU_ALIGNED(type, name)	\
	__section(".data..percpu") __typeof__(type) name ____cacheline_aligned
#define DECLARE_PER_CPU_SHARED_ALIGNED	DECLARE_PER_CPU_ALIGNED
#define DEFINE_PER_CPU_SHARED_ALIGNED	DEFINE_PER_CPU_ALIGNED

extern unsigned long __per_cpu_offset[NR_CPUS];	/* constant after boot */
DECLARE_PER_CPU(unsigned long, this_cpu_off);
DECLARE_PER_CPU(unsigned int, cpu_number);

#define per_cpu_offset(cpu)	(__per_cpu_offset[cpu])
#define per_cpu_ptr(ptr, cpu)	\
	((__typeof__(ptr))((unsigned long)(ptr) + per_cpu_offset(cpu)))
#define per_cpu(var, cpu)	(*per_cpu_ptr(&(var), cpu))

/* One instruction that reads a per-CPU object of 1, 2, 4 or 8 bytes. */
#define this_cpu_read(var) ({						\
	__typeof__(var) __ret;						\
	_Static_assert(sizeof(var) <= 8, "per-CPU object too large");	\
	__asm__ __volatile__("mov %%gs:%1, %0" : "=r"(__ret) : "m"(var)); \
	__ret; })

/* May be cached by the compiler: for values that cannot change under this code. */
#define this_cpu_read_stable(var) ({					\
	__typeof__(var) __ret;						\
	__asm__("mov %%gs:%a1, %0" : "=r"(__ret) : "p"(&(var)));	\
	__ret; })

#define this_cpu_write(var, val)					\
do {									\
	__typeof__(var) __val = (val);					\
	__asm__ __volatile__("mov %1, %%gs:%0" : "=m"(var) : "r"(__val) : "memory"); \
} while (0)

#define __percpu_op(insn, var, val)					\
do {									\
	__typeof__(var) __val = (__typeof__(var))(val);			\
	switch (sizeof(var)) {						\
	case 1:								\
		__asm__ __volatile__(insn "b %b1, %%gs:%0" : "+m"(var) : "qi"((u8)(u64)__val)); \
		break;							\
	case 2:								\
		__asm__ __volatile__(insn "w %w1, %%gs:%0" : "+m"(var) : "ri"((u16)(u64)__val)); \
		break;							\
	case 4:								\
		__asm__ __volatile__(insn "l %k1, %%gs:%0" : "+m"(var) : "ri"((u32)(u64)__val)); \
		break;							\
	default:							\
		__asm__ __volatile__(insn "q %q1, %%gs:%0" : "+m"(var) : "re"((u64)__val)); \
		break;							\
	}								\
} while (0)

#define this_cpu_add(var, val)	__percpu_op("add", var, val)
#define this_cpu_sub(var, val)	__percpu_op("sub", var, val)
#define this_cpu_and(var, val)	__percpu_op("and", var, val)
#define this_cpu_or(var, val)	__percpu_op("or", var, val)
#define this_cpu_inc(var)	this_cpu_add(var, 1)
#define this_cpu_dec(var)	this_cpu_sub(var, 1)

/* Adds and returns the new value. */
#define this_cpu_add_return(var, val) ({				\
	__typeof__(var) __add = (__typeof__(var))(val), __old = __add;	\
	__asm__ __volatile__("xadd %0, %%gs:%1" : "+r"(__old), "+m"(var) : : "memory"); \
	(__typeof__(var))(__old + __add); })
#define this_cpu_inc_return(var)	this_cpu_add_return(var, 1)
#define this_cpu_dec_return(var)	this_cpu_add_return(var, -1)

/* Decrement and test for zero in one instruction. */
#define this_cpu_dec_and_test_int(var) ({				\
	bool __z;							\
	__asm__ __volatile__("decl %%gs:%0" : "+m"(var), "=@ccz"(__z) : : "memory"); \
	__z; })

#define this_cpu_xchg(var, val) ({					\
	__typeof__(var) __new = (val);					\
	__asm__ __volatile__("xchg %0, %%gs:%1" : "+r"(__new), "+m"(var) : : "memory"); \
	__new; })

/* Returns the value found.  Not locked: only this CPU may write the variable. */
#define this_cpu_cmpxchg(var, old, new) ({				\
	__typeof__(var) __found = (old), __new = (new);			\
	__asm__ __volatile__("cmpxchg %2, %%gs:%1"			\
			     : "+a"(__found), "+m"(var) : "r"(__new) : "memory"); \
	__found; })

#define __this_cpu_read		this_cpu_read
#define __this_cpu_write	this_cpu_write
#define __this_cpu_add		this_cpu_add
#define __this_cpu_sub		this_cpu_sub
#define __this_cpu_inc		this_cpu_inc
#define __this_cpu_dec		this_cpu_dec
#define raw_cpu_read		this_cpu_read
#define raw_cpu_write		this_cpu_write
#define raw_cpu_add		this_cpu_add
#define raw_cpu_inc		this_cpu_inc
#define raw_cpu_dec		this_cpu_dec

/* Preemption (or interrupts) must be off while the pointer is used. */
#define this_cpu_ptr(ptr) ({						\
	unsigned long __off = this_cpu_read(this_cpu_off);		\
	(__typeof__(ptr))((unsigned long)(ptr) + __off); })
#define raw_cpu_ptr(ptr)	this_cpu_ptr(ptr)
#define __this_cpu_ptr(ptr)	this_cpu_ptr(ptr)

#define smp_processor_id()	this_cpu_read(cpu_number)
#define raw_smp_processor_id()	this_cpu_read(cpu_number)

/* The user of these includes kernel/lock/preempt.h. */
#define get_cpu()		({ preempt_disable(); smp_processor_id(); })
#define put_cpu()		preempt_enable()
#define get_cpu_var(var)	(*({ preempt_disable(); this_cpu_ptr(&(var)); }))
#define put_cpu_var(var)	do { (void)&(var); preempt_enable(); } while (0)
#define get_cpu_ptr(ptr)	({ preempt_disable(); this_cpu_ptr(ptr); })
#define put_cpu_ptr(ptr)	do { (void)(ptr); preempt_enable(); } while (0)

/*
 * Per-CPU memory allocated at run time, zeroed.  Sleeps (GFP_KERNEL), NULL when
 * there is none.  Use the result with this_cpu_ptr() and per_cpu_ptr() only.
 */
void *__alloc_percpu(size_t size, size_t align);
void free_percpu(void *ptr);
#define alloc_percpu(type)	((__typeof__(type) *)__alloc_percpu(sizeof(type), __alignof__(type)))

/* Boot only: give every possible CPU its area.  Before the page allocator exists. */
void setup_per_cpu_areas(void);
/* Boot only, before any per-CPU variable changes. */
void per_cpu_save_pristine(void);

#endif
