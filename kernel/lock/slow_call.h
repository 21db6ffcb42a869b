/* SPDX-License-Identifier: MIT */
/*
 * Calls that change no register. The usual way of taking or releasing a lock is a few dozen instructions without a call; its unusual
 * ways call functions, and for their sake the compiler would save registers on the stack each time, before it knows which way it goes.
 * So they are called through thunks that save what a C function may change (slow_calls.S). A function FN that is called so is listed
 * there, and called as SLOW_CALLn(FN, n arguments), which are integers or pointers.
 */
#ifndef KERNEL_LOCK_SLOW_CALL_H
#define KERNEL_LOCK_SLOW_CALL_H

#include "kernel/lib/types.h"

/* Keeps the compiler from making such a call before it has set up the frame that a backtrace needs. */
register unsigned long current_stack_pointer __asm__("rsp");

#define SLOW_CALL0(fn)	__asm__ __volatile__("call saving_" #fn : "+r"(current_stack_pointer) : : "memory")
#define SLOW_CALL1(fn, a)							\
	__asm__ __volatile__("call saving_" #fn : "+r"(current_stack_pointer) : "D"((u64)(a)) : "memory")
#define SLOW_CALL2(fn, a, b)							\
	__asm__ __volatile__("call saving_" #fn : "+r"(current_stack_pointer)	\
			     : "D"((u64)(a)), "S"((u64)(b)) : "memory")
#define SLOW_CALL3(fn, a, b, c)							\
	__asm__ __volatile__("call saving_" #fn : "+r"(current_stack_pointer)	\
			     : "D"((u64)(a)), "S"((u64)(b)), "d"((u64)(c)) : "memory")
#define SLOW_CALL5(fn, a, b, c, d, e)						\
do {										\
	register u64 __fifth __asm__("r8") = (u64)(e);				\
	__asm__ __volatile__("call saving_" #fn : "+r"(current_stack_pointer)	\
			     : "D"((u64)(a)), "S"((u64)(b)), "d"((u64)(c)), "c"((u64)(d)), "r"(__fifth) : "memory"); \
} while (0)

/* The function's value, an int, is the expression's. */
#define SLOW_CALL3_VALUE(fn, a, b, c) ({					\
	int __value;								\
	__asm__ __volatile__("call saving_" #fn : "=a"(__value), "+r"(current_stack_pointer) \
			     : "D"((u64)(a)), "S"((u64)(b)), "d"((u64)(c)) : "memory"); \
	__value; })

#define SLOW_CALL4_VALUE(fn, a, b, c, d) ({					\
	int __value;								\
	__asm__ __volatile__("call saving_" #fn : "=a"(__value), "+r"(current_stack_pointer) \
			     : "D"((u64)(a)), "S"((u64)(b)), "d"((u64)(c)), "c"((u64)(d)) : "memory"); \
	__value; })

#endif
