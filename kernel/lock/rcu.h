/* SPDX-License-Identifier: MIT */
/* RCU is declared in rcupdate.h. */
#ifndef KERNEL_LOCK_RCU_H
#define KERNEL_LOCK_RCU_H

#include "kernel/lock/rcupdate.h"

#endif
