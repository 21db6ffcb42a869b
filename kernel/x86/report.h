/* SPDX-License-Identifier: MIT */
/*
 * Output of reports.  During a panic and in an NMI it goes straight to the serial port;
 * otherwise through printk.
 */
#ifndef KERNEL_X86_REPORT_H
#define KERNEL_X86_REPORT_H

#include "kernel/lib/printk.h"

void report_printf(const char *fmt, ...) __printf(1, 2);

#endif
