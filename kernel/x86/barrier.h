/* SPDX-License-Identifier: MIT */
/*
 * Memory ordering.
 *
 * x86 keeps loads in order with loads, stores in order with stores, and stores
 * behind earlier loads; the one reordering a program can see is a load passing
 * an earlier store to another address.  So only the full barrier costs an
 * instruction between CPUs, and the others need only stop the compiler.
 * rmb() and wmb() also order accesses to device memory.
 */
#ifndef KERNEL_X86_BARRIER_H
#define KERNEL_X86_BARRIER_H

#include "kernel/lib/compiler.h"

/* A locked add to the stack is a full barrier and cheaper than mfence on most CPUs. */
#define mb()	__asm__ __volatile__("lock; addl $0,-4(%%rsp)" : : : "memory", "cc")
#define rmb()	__asm__ __volatile__("lfence" : : : "memory")
#define wmb()	__asm__ __volatile__("sfence" : : : "memory")

#define smp_mb()	mb()
#define smp_rmb()	barrier()
#define smp_wmb()	barrier()

/* Device-shared memory that is ordinary write-back RAM: virtio rings, descriptors. */
#define dma_rmb()	barrier()
#define dma_wmb()	barrier()
#define virt_mb()	smp_mb()
#define virt_rmb()	smp_rmb()
#define virt_wmb()	smp_wmb()

#define smp_mb__before_atomic()	barrier()
#define smp_mb__after_atomic()	barrier()
#define smp_mb__after_spinlock() barrier()
#define smp_mb__after_unlock_lock() barrier()
#define smp_read_barrier_depends() barrier()

/* Everything before the store is visible before it. */
#define smp_store_release(p, v)						\
do {									\
	barrier();							\
	WRITE_ONCE(*(p), v);						\
} while (0)

/* Nothing after the load is done before it. */
#define smp_load_acquire(p) ({						\
	__typeof__(*(p)) __acq = READ_ONCE(*(p));			\
	barrier();							\
	__acq; })

/* The store, then a full barrier. */
#define smp_store_mb(var, value)					\
do {									\
	(void)__atomic_exchange_n(&(var), (value), __ATOMIC_SEQ_CST);	\
	barrier();							\
} while (0)

/* Orders an earlier control dependency against later loads and stores. */
#define smp_acquire__after_ctrl_dep() smp_rmb()

#endif
