/* SPDX-License-Identifier: MIT */
/*
 * What the kinds of System V IPC share: ids, keys, permissions. How a kind uses it:
 *
 *  - It embeds struct ipc_perm at the start of its object, has one struct ipc_ids (IPC_IDS_INIT), which needs no set-up.
 *  - xxxget() is ipc_get() with a struct ipc_ops: it finds the object of the key or calls ->create, which makes the object, fills
 *    in what is its own and calls ipc_add(). From then on the table holds one reference.
 *  - A call by id finds its object with ipc_find() (any context that may use RCU; no lock needed), which gives a reference, to be
 *    dropped with ipc_put(); takes perm->lock (a spinlock) or what the kind prefers, and looks at perm->deleted: if it is set the
 *    answer is EIDRM. It asks ipc_permitted() before it does anything.
 *  - IPC_RMID and IPC_SET ask ipc_owner_permitted(). Removing is ipc_remove(), with ids->rwsem exclusive; it takes the object out of
 *    the table, sets perm->deleted and drops the table's reference. The kind then wakes its sleepers, who see deleted.
 *  - With the last reference ids->free runs, in an RCU callback: it may only free memory.
 *
 * Locks: ids->rwsem guards table, keys, counts, and is held exclusively over creation and removal; it may be taken under
 * mmap_sem, so nobody who holds it touches the program's memory. perm->lock guards owner, mode, deleted and is a
 * leaf here; kinds take it under ids->rwsem, never the other way round.
 */
#ifndef KERNEL_IPC_UTIL_H
#define KERNEL_IPC_UTIL_H

#include "kernel/lib/refcount.h"
#include "kernel/lib/types.h"
#include "kernel/lib/xarray.h"
#include "kernel/lock/rcu.h"
#include "kernel/lock/rwsem.h"
#include "kernel/lock/spinlock.h"
#include "kernel/task/uidgid.h"

#define IPC_CREAT	01000
#define IPC_EXCL	02000
#define IPC_NOWAIT	04000

#define IPC_RMID	0
#define IPC_SET		1
#define IPC_STAT	2
#define IPC_INFO	3
#define IPC_64		0x0100	/* in a command: ignored, the structures are always the new ones */

#define IPC_PRIVATE	0

/* At most so many objects of a kind; an id is its place in the table plus this times a sequence number. */
#define IPCMNI		32768

struct ipc_perm {
	spinlock_t lock;
	bool deleted;			/* lock */
	int id;				/* constant after ipc_add() */
	int key;			/* ids->rwsem; IPC_PRIVATE: cannot be found by key */
	uid_t uid, cuid;		/* owner and creator; lock, creator constant */
	gid_t gid, cgid;
	unsigned int mode;		/* lock; bits above 0777 are the kind's */
	unsigned short seq;
	refcount_t refs;
	struct ipc_ids *ids;
	struct rcu_head rcu;
};

struct ipc_ids {
	struct rw_semaphore rwsem;
	struct xarray table;		/* index -> perm; rwsem to change, RCU to read */
	struct xarray keys;		/* key -> perm; rwsem */
	unsigned int in_use;		/* rwsem */
	unsigned short seq;		/* rwsem; 16 bits, so that ids are positive numbers */
	int last_index;			/* rwsem: index of the newest object; -1 before the first */
	void (*free)(struct ipc_perm *perm);
};

struct ipc_ops {
	/* With ids->rwsem exclusive: the new id, or -errno. */
	int (*create)(struct ipc_ids *ids, int key, int flags, void *arg);
	/* May an existing object be had with what xxxget() asked for? 0 or -errno; rwsem held. NULL: yes. */
	int (*check)(struct ipc_perm *perm, void *arg);
};

/* struct ipc64_perm of the ABI */
struct ipc64_perm {
	int key;
	unsigned int uid, gid, cuid, cgid;
	unsigned int mode;
	unsigned short seq, pad;
	unsigned long unused1, unused2;
};

#define IPC_IDS_INIT(name, free_fn) {					\
	.rwsem = __RWSEM_INITIALIZER(name.rwsem),			\
	.table = XARRAY_INIT(name.table, XA_FLAGS_ALLOC),		\
	.keys = XARRAY_INIT(name.keys, 0),				\
	.last_index = -1,						\
	.free = free_fn,						\
}

/* The id for @key; may sleep. */
int ipc_get(struct ipc_ids *ids, const struct ipc_ops *ops, int key, int flags, void *arg);
/* Makes a new object findable; owner, mode and key are set here. Its id; -ENOSPC if there are @limit already, -ENOMEM. rwsem exclusive. */
int ipc_add(struct ipc_ids *ids, struct ipc_perm *perm, int key, int flags, unsigned int limit);
/* rwsem exclusive, perm->lock not held. */
void ipc_remove(struct ipc_ids *ids, struct ipc_perm *perm);
/* From now on it cannot be found by its key. rwsem exclusive. */
void ipc_forget_key(struct ipc_ids *ids, struct ipc_perm *perm);

/* With a reference; ERR_PTR(-EINVAL). */
struct ipc_perm *ipc_find(struct ipc_ids *ids, int id);
/* The object in this place of the table, whatever its sequence number, for xxx_STAT; ERR_PTR(-EINVAL). */
struct ipc_perm *ipc_find_index(struct ipc_ids *ids, int index);
void ipc_put(struct ipc_perm *perm);
/* The highest place in use; 0 if there is none. rwsem held. */
int ipc_highest_index(struct ipc_ids *ids);

/* Calls @remove, which may refuse, for each object. May sleep; no locks held. */
void ipc_for_all(struct ipc_ids *ids, long (*remove)(struct ipc_perm *perm));
/* All segments, sets and queues, System V's and POSIX's: the end of a run, when no program is left to use them. May sleep. */
void ipc_remove_all(void);

/* @want has read and write bits as in a mode (0444, 0222), in any of the three places. Does not sleep. */
bool ipc_permitted(struct ipc_perm *perm, unsigned int want);
/* IPC_SET and IPC_RMID: owner, creator, or CAP_SYS_ADMIN. */
bool ipc_owner_permitted(struct ipc_perm *perm);

void ipc_to_user_perm(struct ipc_perm *perm, struct ipc64_perm *out);
/* IPC_SET: owner, group and the nine bits; perm->lock held. -EINVAL for an id that is none. */
int ipc_set_perm(struct ipc_perm *perm, const struct ipc64_perm *in);

#endif
