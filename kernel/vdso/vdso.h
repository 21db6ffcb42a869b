// SPDX-License-Identifier: MIT
/* The vDSO in a new program's memory. */
#ifndef KERNEL_VDSO_H
#define KERNEL_VDSO_H

/* Maps it and the clock's page into the current address space; mm->vdso is where, or 0 if there is none. 0 or -errno. */
int map_vdso(void);

#endif
