// SPDX-License-Identifier: MIT
/*
 * User and group ids. There is one user namespace, so kuid_t is the number itself; the helpers
 * mark the places where a number crosses the boundary to programs and disks.
 */
#ifndef KERNEL_TASK_UIDGID_H
#define KERNEL_TASK_UIDGID_H

#include "kernel/lib/types.h"

typedef u32 kuid_t;
typedef u32 kgid_t;

struct user_namespace {
	int level;
};

extern struct user_namespace init_user_ns;

#define GLOBAL_ROOT_UID ((kuid_t)0)
#define GLOBAL_ROOT_GID ((kgid_t)0)
#define INVALID_UID	((kuid_t)-1)
#define INVALID_GID	((kgid_t)-1)

#define current_user_ns() (&init_user_ns)

#define KUIDT_INIT(v)	((kuid_t)(v))
#define KGIDT_INIT(v)	((kgid_t)(v))
#define __kuid_val(uid) (uid)
#define __kgid_val(gid) (gid)
#define uid_eq(a, b)	((a) == (b))
#define gid_eq(a, b)	((a) == (b))
#define uid_valid(uid)	((uid) != INVALID_UID)
#define gid_valid(gid)	((gid) != INVALID_GID)

#define make_kuid(ns, uid)	  ((void)(ns), (kuid_t)(uid))
#define make_kgid(ns, gid)	  ((void)(ns), (kgid_t)(gid))
#define from_kuid(ns, uid)	  ((void)(ns), (uid_t)(uid))
#define from_kgid(ns, gid)	  ((void)(ns), (gid_t)(gid))
#define from_kuid_munged(ns, uid) from_kuid(ns, uid)
#define from_kgid_munged(ns, gid) from_kgid(ns, gid)
#define kuid_has_mapping(ns, uid) ((void)(ns), uid_valid(uid))
#define kgid_has_mapping(ns, gid) ((void)(ns), gid_valid(gid))

#endif
