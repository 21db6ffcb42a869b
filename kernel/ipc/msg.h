/* SPDX-License-Identifier: MIT */
/* System V message queues: what /proc shows and msg.c works on. */
#ifndef KERNEL_IPC_MSG_H
#define KERNEL_IPC_MSG_H

#include "kernel/ipc/util.h"
#include "kernel/lib/list.h"
#include "kernel/lib/time64.h"
#include "kernel/lock/wait.h"

#define MSGMNI 32000
#define MSGMAX 8192
#define MSGMNB 16384

/* All but the two lists of sleepers: perm.lock. */
struct msg_queue {
	struct ipc_perm perm;			/* first: see queue_of() */
	time64_t stime, rtime, ctime;
	unsigned long cbytes, qnum, qbytes;	/* bytes and messages in it, and how many bytes may be */
	int lspid, lrpid;
	struct list_head messages;
	wait_queue_head_t senders, receivers;
};

extern struct ipc_ids msg_ids;
/* Every one of them is removed, as IPC_RMID does. */
void msg_remove_all(void);

static inline struct msg_queue *queue_of(struct ipc_perm *perm)
{
	return container_of(perm, struct msg_queue, perm);
}

#endif
