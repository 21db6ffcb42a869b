// SPDX-License-Identifier: MIT
/*
 * Credentials: who a task acts as. A struct cred is immutable once committed, so readers need no
 * lock: a task reads its own through current_cred(), others through RCU. Changing credentials is
 * prepare_creds(), edit the copy, commit_creds().
 */
#ifndef KERNEL_TASK_CRED_H
#define KERNEL_TASK_CRED_H

#include "kernel/lib/types.h"
#include "kernel/task/uidgid.h"
#include "kernel/x86/atomic.h"
#include "kernel/lock/rcupdate.h"

struct task_struct;
struct user_counts;

typedef struct {
	u64 val;
} kernel_cap_t;

#define CAP_CHOWN	     0
#define CAP_DAC_OVERRIDE     1
#define CAP_DAC_READ_SEARCH  2
#define CAP_FOWNER	     3
#define CAP_FSETID	     4
#define CAP_KILL	     5
#define CAP_SETGID	     6
#define CAP_SETUID	     7
#define CAP_SETPCAP	     8
#define CAP_LINUX_IMMUTABLE  9
#define CAP_NET_ADMIN	     12
#define CAP_IPC_LOCK	     14
#define CAP_IPC_OWNER	     15
#define CAP_SYS_MODULE	     16
#define CAP_SYS_RAWIO	     17
#define CAP_SYS_CHROOT	     18
#define CAP_SYS_PTRACE	     19
#define CAP_SYS_ADMIN	     21
#define CAP_SYS_BOOT	     22
#define CAP_SYS_NICE	     23
#define CAP_SYS_RESOURCE     24
#define CAP_SYS_TIME	     25
#define CAP_SYS_TTY_CONFIG   26
#define CAP_MKNOD	     27
#define CAP_LEASE	     28
#define CAP_SETFCAP	     31
#define CAP_WAKE_ALARM	     35
#define CAP_MAC_OVERRIDE     32
#define CAP_SYSLOG	     34
#define CAP_LAST_CAP	     40

#define CAP_FULL_SET  ((kernel_cap_t){ (2ULL << CAP_LAST_CAP) - 1 })
#define CAP_EMPTY_SET ((kernel_cap_t){ 0 })

/* The ones that follow the file-system id. */
#define CAP_FS_MASK                                                                                                    \
	(1ULL << CAP_CHOWN | 1ULL << CAP_MKNOD | 1ULL << CAP_DAC_OVERRIDE | 1ULL << CAP_DAC_READ_SEARCH | 1ULL << CAP_FOWNER | \
	 1ULL << CAP_FSETID | 1ULL << CAP_LINUX_IMMUTABLE | 1ULL << CAP_MAC_OVERRIDE)

/* cred->securebits; each has a lock in the next bit */
#define SECBIT_NOROOT		     0x01
#define SECBIT_NO_SETUID_FIXUP	     0x04
#define SECBIT_KEEP_CAPS	     0x10
#define SECBIT_KEEP_CAPS_LOCKED	     0x20
#define SECBIT_NO_CAP_AMBIENT_RAISE  0x40
#define SECURE_ALL_BITS		     0x55
#define SECURE_ALL_LOCKS	     0xaa

#define NGROUPS_MAX 65536

/* Supplementary groups, sorted by value; immutable once it is in a committed cred. */
struct group_info {
	atomic_t usage;
	int ngroups;
	kgid_t gid[];
};

struct cred {
	atomic_t usage;
	kuid_t uid;   /* real */
	kgid_t gid;
	kuid_t suid;  /* saved */
	kgid_t sgid;
	kuid_t euid;  /* effective */
	kgid_t egid;
	kuid_t fsuid; /* for file access */
	kgid_t fsgid;
	unsigned int securebits;
	kernel_cap_t cap_inheritable;
	kernel_cap_t cap_permitted;
	kernel_cap_t cap_effective;
	kernel_cap_t cap_bset;
	kernel_cap_t cap_ambient; /* always part of permitted and of inheritable */
	struct user_counts *user; /* what uid has in use; a reference */
	struct group_info *group_info; /* owns a reference */
	struct rcu_head rcu;
};

extern struct cred init_cred;

/* Drops a reference; the last one frees after a grace period. Any context. */
void put_cred(const struct cred *cred);

static inline const struct cred *get_cred(const struct cred *cred)
{
	if (cred)
		atomic_inc(&((struct cred *)cred)->usage);
	return cred;
}

/* The credentials a task has itself, with a reference. */
const struct cred *get_task_cred(struct task_struct *task);

/*
 * A writable copy of the current credentials, or NULL without memory. May sleep.
 * Ends in commit_creds() or abort_creds().
 */
struct cred *prepare_creds(void);
/* Installs new credentials for the current task, real and effective; returns 0. */
int commit_creds(struct cred *new);
void abort_creds(struct cred *new);

/* Acts under other credentials for a while; returns what revert_creds() is to be given. */
const struct cred *override_creds(const struct cred *new);
void revert_creds(const struct cred *old);

struct group_info *groups_alloc(int ngroups);
void put_group_info(struct group_info *gi);
bool groups_search(const struct group_info *gi, kgid_t gid);
void groups_sort(struct group_info *gi);

/* Is gid the file-system (in_group_p) or effective (in_egroup_p) group, or a supplementary one? */
bool in_group_p(kgid_t gid);
bool in_egroup_p(kgid_t gid);

/* Does the current task have the capability in effect? */
bool capable(int cap);
bool ns_capable(struct user_namespace *ns, int cap);

int cred_copy_for_clone(struct task_struct *child);
/* Of a prepared cred: the counts of this user from now on. 0, or -EAGAIN without memory. */
int cred_set_user(struct cred *new, kuid_t uid);
/* The task, counted by cred_copy_for_clone(), is no more one of its user's processes. */
void uncharge_process(struct task_struct *p);
/* For execve: the current task has become a user who has, and still has, more processes than RLIMIT_NPROC. Asked for once. */
bool process_limit_exceeded(void);
void cred_init(void);

/*
 * current_cred() and friends need the task; task.h includes this file, and the accessors are
 * macros so that either order of inclusion works.
 */
#define current_cred()	((const struct cred *)current->cred)
#define current_uid()	(current_cred()->uid)
#define current_gid()	(current_cred()->gid)
#define current_euid()	(current_cred()->euid)
#define current_egid()	(current_cred()->egid)
#define current_fsuid() (current_cred()->fsuid)
#define current_fsgid() (current_cred()->fsgid)

#endif
