// SPDX-License-Identifier: MIT
/*
 * The page of the kernel's that programs read the time from (vvar), right below the vDSO in their memory.
 *
 * The first two fields are constant from before the first program; the third is written whole, in one store, when the wall
 * clock is set. So a reader needs no sequence count: any mixture it can see is the clock before or after the change.
 */
#ifndef KERNEL_VDSO_DATA_H
#define KERNEL_VDSO_DATA_H

struct vdso_data {
	unsigned long long tsc_base;	/* counter at time 0 of the monotonic clock */
	unsigned long long ns_per_tick; /* 32.32 fixed point */
	unsigned long long wall_offset; /* ns from the monotonic to the wall clock */
};

#define VDSO_COARSE_NS 1000000ULL

#endif
