/* SPDX-License-Identifier: MIT */
/*
 * A trace of operations: the last calls of chosen rows of the locking page, for each CPU.
 *
 * The generated checks call contract_trace() at entry, once the call's argument is known, and contract_trace() or
 * contract_trace_return() on return. While nothing is traced that is a test of one flag. Which operations are traced says
 * trace= on the command line, or what is written to /proc/locking_trace: "all", "off", or words
 * TABLE.OPERATION, or TABLE for all of one, with commas between them.
 */
#ifndef KERNEL_LOCK_CONTRACT_TRACE_H
#define KERNEL_LOCK_CONTRACT_TRACE_H

#include "kernel/lock/contract.h"

#if CONFIG_CHECKS

/* flags of an entry */
#define TRACE_EXIT	1u	/* the operation returned */
#define TRACE_RETURNS	2u	/* with a value */

struct contract_trace_entry {
	u64 seq;			/* number on its CPU, from 1; 0: none, or being written */
	u64 time;			/* ns since boot */
	const struct contract_row *row;
	const void *arg;		/* the argument that reports describe, or NULL */
	long ret;			/* with TRACE_RETURNS */
	int pid;			/* of the task that ran */
	u16 cpu, flags;
};

extern bool contract_tracing;		/* some row is traced */

/* Any context but NMI. Takes no lock. */
void contract_trace_record(const struct contract_call *call, unsigned int flags, long ret);

static inline void contract_trace(const struct contract_call *call, bool exit)
{
	if (unlikely(contract_tracing))
		contract_trace_record(call, exit ? TRACE_EXIT : 0, 0);
}

static inline void contract_trace_return(const struct contract_call *call, long ret)
{
	if (unlikely(contract_tracing))
		contract_trace_record(call, TRACE_EXIT | TRACE_RETURNS, ret);
}

/* What to trace from now on, in the words above. -EINVAL, and nothing changed, if one is unknown. May sleep. */
int contract_trace_select(const char *words);
/* How many rows are traced. */
unsigned int contract_trace_selected(void);

/* Copies what all CPUs recorded, in the order of time; how many entries. @room: contract_trace_capacity(). */
unsigned int contract_trace_snapshot(struct contract_trace_entry *buf, unsigned int room);
unsigned int contract_trace_capacity(void);
/* An entry as a line of text without its end; the length. */
int contract_trace_format(char *buf, size_t size, const struct contract_trace_entry *entry);
/* For reports: the last entries of this CPU, if anything is traced. Any context; takes no lock. */
void contract_trace_print(void);

/* Boot, after contract_init(), before the page allocator: the memory, and trace=. */
void contract_trace_init(void);

#else

static inline void contract_trace_init(void) { }
static inline void contract_trace_print(void) { }

#endif
#endif
