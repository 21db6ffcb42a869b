// SPDX-License-Identifier: MIT
/*
 * User and group ids with a type of their own, so that an id cannot be mixed up with any other
 * number. There is one user namespace; the namespace arguments keep callers honest about which
 * side of the boundary an id comes from.
 */
#ifndef KERNEL_TASK_UIDGID_H
#define KERNEL_TASK_UIDGID_H

#include "kernel/lib/types.h"

typedef struct {
	u32 val;
} kuid_t;

typedef struct {
	u32 val;
} kgid_t;

struct user_namespace {
	int level;
};

extern struct user_namespace init_user_ns;

#define KUIDT_INIT(v) ((kuid_t){ v })
#define KGIDT_INIT(v) ((kgid_t){ v })

#define GLOBAL_ROOT_UID KUIDT_INIT(0)
#define GLOBAL_ROOT_GID KGIDT_INIT(0)
#define INVALID_UID	KUIDT_INIT((u32)-1)
#define INVALID_GID	KGIDT_INIT((u32)-1)

#define current_user_ns() (&init_user_ns)

static inline u32 __kuid_val(kuid_t uid)
{
	return uid.val;
}

static inline u32 __kgid_val(kgid_t gid)
{
	return gid.val;
}

static inline bool uid_eq(kuid_t a, kuid_t b)
{
	return a.val == b.val;
}

static inline bool gid_eq(kgid_t a, kgid_t b)
{
	return a.val == b.val;
}

static inline bool uid_lt(kuid_t a, kuid_t b)
{
	return a.val < b.val;
}

static inline bool gid_lt(kgid_t a, kgid_t b)
{
	return a.val < b.val;
}

static inline bool uid_valid(kuid_t uid)
{
	return uid.val != (u32)-1;
}

static inline bool gid_valid(kgid_t gid)
{
	return gid.val != (u32)-1;
}

static inline kuid_t make_kuid(struct user_namespace *ns, u32 uid)
{
	(void)ns;
	return KUIDT_INIT(uid);
}

static inline kgid_t make_kgid(struct user_namespace *ns, u32 gid)
{
	(void)ns;
	return KGIDT_INIT(gid);
}

static inline u32 from_kuid(struct user_namespace *ns, kuid_t uid)
{
	(void)ns;
	return uid.val;
}

static inline u32 from_kgid(struct user_namespace *ns, kgid_t gid)
{
	(void)ns;
	return gid.val;
}

#define from_kuid_munged from_kuid
#define from_kgid_munged from_kgid

static inline bool kuid_has_mapping(struct user_namespace *ns, kuid_t uid)
{
	(void)ns;
	return uid_valid(uid);
}

static inline bool kgid_has_mapping(struct user_namespace *ns, kgid_t gid)
{
	(void)ns;
	return gid_valid(gid);
}

#endif
