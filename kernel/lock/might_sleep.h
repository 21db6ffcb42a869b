/* SPDX-License-Identifier: MIT */
/* might_sleep() is in preempt.h. */
#ifndef KERNEL_LOCK_MIGHT_SLEEP_H
#define KERNEL_LOCK_MIGHT_SLEEP_H

#include "kernel/lock/preempt.h"

#endif
