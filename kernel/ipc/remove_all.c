// SPDX-License-Identifier: MIT
/*
 * The end of what outlives processes: System V objects and POSIX message queues. A program that leaves some behind is in its right;
 * at the end of a run they are removed, so that what is left after that was lost by the kernel (kernel/task/leaks.c).
 */
#include "kernel/ipc/mqueue.h"
#include "kernel/ipc/msg.h"
#include "kernel/ipc/sem.h"
#include "kernel/ipc/shm.h"
#include "kernel/ipc/util.h"

void ipc_remove_all(void)
{
	shm_remove_all();
	sem_remove_all();
	msg_remove_all();
	mqueue_remove_all();
}
