// SPDX-License-Identifier: MIT
/*
 * membarrier(2): a memory barrier in every thread that runs, so that the fast side of an algorithm needs none.
 *
 * An interrupt to every CPU does it: a thread that runs in it passes a full barrier there, and one that does not run passes one when
 * it is switched to. For code that has been changed, each CPU also serialises: the return from the interrupt does (iretq), and on the
 * caller's own CPU an instruction that does. A thread that runs later on some CPU runs behind that CPU's serialisation.
 *
 * A process registers before it asks for the expedited kinds, as on Linux; the marks are bits of its memory's flags.
 */
#include "kernel/lib/errno.h"
#include "kernel/lock/rcupdate.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/task.h"
#include "kernel/x86/smp.h"
#include "mm/mm_types.h"

#define MEMBARRIER_CMD_QUERY				    0
#define MEMBARRIER_CMD_GLOBAL				    (1 << 0)
#define MEMBARRIER_CMD_GLOBAL_EXPEDITED			    (1 << 1)
#define MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED	    (1 << 2)
#define MEMBARRIER_CMD_PRIVATE_EXPEDITED		    (1 << 3)
#define MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED	    (1 << 4)
#define MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE	    (1 << 5)
#define MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE (1 << 6)
#define MEMBARRIER_ALL					    0x7f

static void barrier_here(void *unused)
{
	smp_mb();
}

static void serialise_here(void *unused)
{
	unsigned int a = 0, b, c = 0, d;

	smp_mb();
	__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d) : : "memory");
}

static long registered(int bit, void (*fn)(void *))
{
	if (!test_bit(bit, &current->mm->flags))
		return -EPERM;
	on_each_cpu(fn, NULL, true);
	return 0;
}

static long register_for(int bit)
{
	set_bit(bit, &current->mm->flags);
	return 0;
}

long sys_membarrier(int cmd, unsigned int flags, int cpu_id)
{
	if (flags)
		return -EINVAL; /* MEMBARRIER_CMD_FLAG_CPU belongs to the command for rseq */
	switch (cmd) {
	case MEMBARRIER_CMD_QUERY:
		return MEMBARRIER_ALL;
	case MEMBARRIER_CMD_GLOBAL:
		synchronize_rcu(); /* every CPU has switched, halted or entered the kernel */
		return 0;
	case MEMBARRIER_CMD_GLOBAL_EXPEDITED:
		on_each_cpu(barrier_here, NULL, true); /* whoever has registered is among them */
		return 0;
	case MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED:
		return 0;
	case MEMBARRIER_CMD_PRIVATE_EXPEDITED:
		return registered(MMF_MEMBARRIER, barrier_here);
	case MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED:
		return register_for(MMF_MEMBARRIER);
	case MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE:
		return registered(MMF_MEMBARRIER_SYNC_CORE, serialise_here);
	case MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE:
		return register_for(MMF_MEMBARRIER_SYNC_CORE);
	}
	return -EINVAL;
}
