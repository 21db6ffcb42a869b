/* SPDX-License-Identifier: MIT */
/* System V shared memory: what /proc shows and what shm.c and shmctl.c share. */
#ifndef KERNEL_IPC_SHM_H
#define KERNEL_IPC_SHM_H

#include "kernel/ipc/util.h"
#include "kernel/lib/time64.h"

/* Limits, as sysctls of the same names would change them. */
extern unsigned long shm_ctlmax;	/* bytes of one segment */
extern unsigned long shm_ctlall;	/* pages of all */
extern unsigned int shm_ctlmni;		/* segments */
#define SHMMIN	1UL

/* bits of perm.mode above the permissions */
#define SHM_DEST	01000		/* goes with the last detach */
#define SHM_LOCKED	02000

struct shm_segment {
	struct ipc_perm perm;		/* must be first */
	struct file *file;		/* the memory; ids->rwsem, NULL once destroyed */
	unsigned long size;		/* constant */
	unsigned long attached;		/* areas, and shmat() calls on their way; ids->rwsem, like the rest */
	time64_t atime, dtime, ctime;
	int creator, last_pid;
};

extern struct ipc_ids shm_ids;
/* Every one of them is removed, as IPC_RMID does. */
void shm_remove_all(void);
extern unsigned long shm_total;		/* pages of all segments; shm_ids.rwsem */

static inline struct shm_segment *shm_of(struct ipc_perm *perm)
{
	return container_of(perm, struct shm_segment, perm);
}

/* Takes the segment out and lets its memory go. rwsem exclusive; the caller has a reference. */
void shm_destroy(struct shm_segment *shm);

#endif
