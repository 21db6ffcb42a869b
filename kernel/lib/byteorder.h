/* SPDX-License-Identifier: MIT */
/* Byte order conversions and unaligned access; they live in kernel.h. */
#ifndef KERNEL_LIB_BYTEORDER_H
#define KERNEL_LIB_BYTEORDER_H

#include "kernel/lib/kernel.h"

#endif
