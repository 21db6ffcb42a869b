/* SPDX-License-Identifier: MIT */
/* What a failed check leads to: the command line's contract= word. */
#ifndef KERNEL_LOCK_CONTRACT_MODE_H
#define KERNEL_LOCK_CONTRACT_MODE_H

enum contract_mode {
	CONTRACT_MODE_PANIC,
	CONTRACT_MODE_WARN,
	CONTRACT_MODE_OFF,
};

/* Set once by contract_init(); constant afterwards. */
extern enum contract_mode contract_mode;

#endif
