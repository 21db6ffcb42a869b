/* SPDX-License-Identifier: MIT */
#ifndef KERNEL_LOCK_CPU_REPORT_H
#define KERNEL_LOCK_CPU_REPORT_H

/* What task @cpu is running, with its locks and stack. Any context, no locks. */
void cpu_report(unsigned int cpu);

#endif
