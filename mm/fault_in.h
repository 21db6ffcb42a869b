/* SPDX-License-Identifier: MIT */
/*
 * fault_in_pages_readable() and fault_in_pages_writeable(): touch user pages before a page lock is
 * taken, so that a copy under the lock can run with page faults disabled and still make progress.
 */
#ifndef MM_FAULT_IN_H
#define MM_FAULT_IN_H

#include "kernel/x86/uaccess.h"

#endif
