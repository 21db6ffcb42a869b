/* SPDX-License-Identifier: MIT */
/* Bit-waits are declared in wait_bit.h. */
#ifndef KERNEL_LOCK_BITWAIT_H
#define KERNEL_LOCK_BITWAIT_H

#include "kernel/lock/wait_bit.h"

#endif
