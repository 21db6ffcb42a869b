/* SPDX-License-Identifier: MIT */
/* leaks.h - is everything given back at the end of a run? */
#ifndef KERNEL_TASK_LEAKS_H
#define KERNEL_TASK_LEAKS_H

#include "kernel/lib/types.h"

/* From kernel_init; may sleep. Before anything is mounted: what is in use now is what should be in use at the end. */
void leaks_begin(void);
/* When everything is unmounted. True, with what it is printed, if something has not come back. */
bool leaks_end(void);

#endif
