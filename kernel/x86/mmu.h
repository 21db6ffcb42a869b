/* SPDX-License-Identifier: MIT */
/*
 * The part of mm_struct that the address-space switch owns.
 */
#ifndef KERNEL_X86_MMU_H
#define KERNEL_X86_MMU_H

#include "kernel/lib/types.h"

typedef struct {
	u64 ctx_id;		/* never reused: tells a recycled mm_struct from the old one */
	atomic64_t tlb_gen;	/* raised by every flush request, before the IPIs */
} mm_context_t;

#endif
