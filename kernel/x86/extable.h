/* SPDX-License-Identifier: MIT */
/*
 * Exception table: pairs of (instruction that may fault, where to go on).
 */
#ifndef KERNEL_X86_EXTABLE_H
#define KERNEL_X86_EXTABLE_H

#ifdef __ASSEMBLER__
#define _ASM_EXTABLE(from, to)			\
	.pushsection .ex_table, "a";		\
	.balign 4;				\
	.long (from) - .;			\
	.long (to) - .;				\
	.popsection
#else
#include "kernel/lib/types.h"
#include "kernel/x86/ptrace.h"

#define _ASM_EXTABLE(from, to)			\
	" .pushsection .ex_table, \"a\"\n"	\
	" .balign 4\n"				\
	" .long (" #from ") - .\n"		\
	" .long (" #to ") - .\n"		\
	" .popsection\n"

struct exception_table_entry {
	s32 insn, fixup;	/* each relative to its own address */
};

/* Sort the table; boot, before interrupts. */
void sort_extable(void);
/* If the faulting instruction has an entry, point @regs at its fixup and return true. */
bool fixup_exception(struct pt_regs *regs);
/* Whether @ip has an entry: a fault there was expected. */
bool search_exception_table(unsigned long ip);
#endif
#endif
