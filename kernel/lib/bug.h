/* SPDX-License-Identifier: MIT */
/*
 * Assertions.  BUG_ON() ends in a panic with registers and backtrace;
 * WARN_ON() reports once per call and lets the caller go on (the value of
 * the condition is returned).  Both are always compiled in; VM_BUG_ON() and
 * DEBUG_ON() only with CONFIG_CHECKS.
 */
#ifndef KERNEL_LIB_BUG_H
#define KERNEL_LIB_BUG_H

#include "kernel/lib/types.h"

/* Stops the machine with a report; never returns.  Any context. (kernel/x86/panic.c) */
void panic(const char *fmt, ...) __printf(1, 2) __noreturn __cold;

/* Prints the backtrace of the caller.  Any context. (kernel/x86) */
void dump_stack(void);

void bug_at(const char *where, const char *what) __noreturn __cold;
void warn_at(const char *where, const char *what) __cold;
void warn_fmt_at(const char *where, const char *fmt, ...) __printf(2, 3) __cold;

/* How many WARN reports were printed since boot; the tests want none. */
unsigned long warn_count(void);

#define __WHERE			__FILE__ ":" __stringify(__LINE__)

#define BUG()			bug_at(__WHERE, "BUG")
#define BUG_ON(cond)							\
do {									\
	if (unlikely(cond))						\
		bug_at(__WHERE, #cond);					\
} while (0)

#define WARN_ON(cond) ({						\
	bool __warn = !!(cond);						\
	if (unlikely(__warn))						\
		warn_at(__WHERE, #cond);				\
	unlikely(__warn); })

#define WARN(cond, fmt...) ({						\
	bool __warn = !!(cond);						\
	if (unlikely(__warn))						\
		warn_fmt_at(__WHERE, fmt);				\
	unlikely(__warn); })

#define WARN_ON_ONCE(cond) ({						\
	static bool __warned;						\
	bool __warn = !!(cond);						\
	if (unlikely(__warn && !__warned)) {				\
		__warned = true;					\
		warn_at(__WHERE, #cond);				\
	}								\
	unlikely(__warn); })

#define WARN_ONCE(cond, fmt...) ({					\
	static bool __warned;						\
	bool __warn = !!(cond);						\
	if (unlikely(__warn && !__warned)) {				\
		__warned = true;					\
		warn_fmt_at(__WHERE, fmt);				\
	}								\
	unlikely(__warn); })

#if CONFIG_CHECKS
#define DEBUG_ON(cond)		BUG_ON(cond)
#else
#define DEBUG_ON(cond)		((void)sizeof(!!(cond)))
#endif
#define VM_BUG_ON(cond)		DEBUG_ON(cond)
#define VM_BUG_ON_PAGE(cond, page) DEBUG_ON(cond)
#define VM_WARN_ON_ONCE(cond)	WARN_ON_ONCE(cond)

#endif
