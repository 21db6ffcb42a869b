/* SPDX-License-Identifier: MIT */
/*
 * Several CPUs: starting them and making them do things.
 */
#ifndef KERNEL_X86_SMP_H
#define KERNEL_X86_SMP_H

#include "kernel/lib/types.h"
#include "kernel/x86/percpu.h"
#include "kernel/x86/cpumask.h"

typedef void (*smp_call_func_t)(void *info);

/* A call queued on another CPU.  Owned by the caller until the callee clears CSD_LOCK. */
struct call_single_data {
	struct call_single_data *next;
	smp_call_func_t func;
	void *info;
	unsigned int flags;		/* CSD_*: ipi.c */
	unsigned int sender;
};

/*
 * Run func(info) in interrupt context on @cpu, or on every online CPU of @mask
 * but this one.  With @wait, return after it has run.  Interrupts must be on
 * (two CPUs waiting for each other with interrupts off would never return) and
 * preemption off for the mask forms.  smp_call_function_single returns 0 or
 * -ENXIO when the CPU is not online, and calls directly if it is this one.
 */
int smp_call_function_single(int cpu, smp_call_func_t func, void *info, bool wait);
void smp_call_function_many(const struct cpumask *mask, smp_call_func_t func, void *info,
			    bool wait);
void smp_call_function(smp_call_func_t func, void *info, bool wait);
/* The same, this CPU included (there with interrupts off). */
void on_each_cpu(smp_call_func_t func, void *info, bool wait);
void on_each_cpu_mask(const struct cpumask *mask, smp_call_func_t func, void *info, bool wait);

/* Make @cpu call scheduler_ipi() soon.  Any context. */
void smp_send_reschedule(int cpu);
/* Interrupt every other CPU with an NMI that makes it stop for ever. */
void smp_stop_others_nmi(void);

/* Start all further CPUs, whose idle tasks exist; each ends in cpu_startup_entry().  Returns how many are online. */
unsigned int smp_init(void);

#endif
