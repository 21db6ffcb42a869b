// SPDX-License-Identifier: MIT
/* personality(2): the bits of task->personality that mean something here; others cannot be set. */
#ifndef KERNEL_TASK_PERSONALITY_H
#define KERNEL_TASK_PERSONALITY_H

#define ADDR_NO_RANDOMIZE  0x0040000
#define READ_IMPLIES_EXEC  0x0400000

#define PERSONALITY_KNOWN  (ADDR_NO_RANDOMIZE | READ_IMPLIES_EXEC)
/* what a set-user-id program does not take over from its caller */
#define PER_CLEAR_ON_SETID (ADDR_NO_RANDOMIZE | READ_IMPLIES_EXEC)

#endif
