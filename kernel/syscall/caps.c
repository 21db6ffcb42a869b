// SPDX-License-Identifier: MIT
/*
 * Capabilities: capget and capset, and the options of prctl about them. The rules are those of capabilities(7); a committed set of
 * credentials always has effective within permitted, and ambient within both permitted and inheritable.
 */
#include "kernel/syscall/caps.h"
#include "kernel/lib/errno.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/cred.h"
#include "kernel/task/sched.h"
#include "kernel/x86/uaccess.h"

#define CAP_VERSION_1 0x19980330
#define CAP_VERSION_2 0x20071026
#define CAP_VERSION_3 0x20080522

struct cap_header {
	u32 version;
	int pid;
};

struct cap_data {
	u32 effective, permitted, inheritable;
};

/* How many words the caller's version has, or an error after telling it ours. */
static int cap_words(struct cap_header __user *uh)
{
	u32 version;

	if (get_user(version, &uh->version))
		return -EFAULT;
	if (version == CAP_VERSION_1)
		return 1;
	if (version == CAP_VERSION_2 || version == CAP_VERSION_3)
		return 2;
	return put_user(CAP_VERSION_3, &uh->version) ? -EFAULT : -EINVAL;
}

long sys_capget(void __user *header, void __user *data)
{
	struct cap_header __user *uh = header;
	int i, pid, words = cap_words(uh);
	const struct cred *c;
	struct task_struct *p;
	struct cap_data d[2];

	if (words < 0 || !data)
		return words == -EINVAL && !data ? 0 : words < 0 ? words : 0;
	if (get_user(pid, &uh->pid))
		return -EFAULT;
	if (pid < 0)
		return -EINVAL;
	p = pid ? find_get_task_by_vpid(pid) : get_task_struct(current);
	if (!p)
		return -ESRCH;
	rcu_read_lock();
	c = rcu_dereference(p->real_cred);
	for (i = 0; i < words; i++) {
		d[i].effective = c->cap_effective.val >> (32 * i);
		d[i].permitted = c->cap_permitted.val >> (32 * i);
		d[i].inheritable = c->cap_inheritable.val >> (32 * i);
	}
	rcu_read_unlock();
	put_task_struct(p);
	return copy_to_user(data, d, words * sizeof(d[0])) ? -EFAULT : 0;
}

struct cap_request {
	u64 effective, permitted, inheritable;
};

static bool allowed(const struct cap_request *r, const struct cred *old)
{
	if (!capable(CAP_SETPCAP) && (r->inheritable & ~(old->cap_inheritable.val | old->cap_permitted.val)))
		return false;
	if (r->inheritable & ~(old->cap_inheritable.val | old->cap_bset.val))
		return false;
	return !(r->permitted & ~old->cap_permitted.val) && !(r->effective & ~r->permitted);
}

long sys_capset(void __user *header, const void __user *data)
{
	struct cap_header __user *uh = header;
	struct cap_request r = { 0 };
	int i, pid, words = cap_words(uh);
	struct cap_data d[2];
	struct cred *new;

	if (words < 0)
		return words;
	if (get_user(pid, &uh->pid))
		return -EFAULT;
	if (pid && pid != current->pid)
		return -EPERM; /* only of the calling thread */
	if (copy_from_user(d, data, words * sizeof(d[0])))
		return -EFAULT;
	for (i = 0; i < words; i++) {
		r.effective |= (u64)d[i].effective << (32 * i);
		r.permitted |= (u64)d[i].permitted << (32 * i);
		r.inheritable |= (u64)d[i].inheritable << (32 * i);
	}
	r.effective &= CAP_FULL_SET.val;
	r.permitted &= CAP_FULL_SET.val;
	r.inheritable &= CAP_FULL_SET.val;
	if (!allowed(&r, current_cred()))
		return -EPERM;
	new = prepare_creds();
	if (!new)
		return -ENOMEM;
	new->cap_effective.val = r.effective;
	new->cap_permitted.val = r.permitted;
	new->cap_inheritable.val = r.inheritable;
	new->cap_ambient.val &= r.permitted & r.inheritable;
	return commit_creds(new);
}

/* ---- prctl ---- */

#define PR_GET_KEEPCAPS	  7
#define PR_SET_KEEPCAPS	  8
#define PR_CAPBSET_READ	  23
#define PR_CAPBSET_DROP	  24
#define PR_GET_SECUREBITS 27
#define PR_SET_SECUREBITS 28
#define PR_CAP_AMBIENT	  47

#define PR_CAP_AMBIENT_IS_SET	 1
#define PR_CAP_AMBIENT_RAISE	 2
#define PR_CAP_AMBIENT_LOWER	 3
#define PR_CAP_AMBIENT_CLEAR_ALL 4

bool is_caps_option(int option)
{
	return option == PR_GET_KEEPCAPS || option == PR_SET_KEEPCAPS || option == PR_CAPBSET_READ || option == PR_CAPBSET_DROP ||
	       option == PR_GET_SECUREBITS || option == PR_SET_SECUREBITS || option == PR_CAP_AMBIENT;
}

static bool cap_valid(unsigned long cap)
{
	return cap <= CAP_LAST_CAP;
}

static long set_keepcaps(unsigned long on)
{
	struct cred *new;

	if (on > 1)
		return -EINVAL;
	if (current_cred()->securebits & SECBIT_KEEP_CAPS_LOCKED)
		return -EPERM;
	new = prepare_creds();
	if (!new)
		return -ENOMEM;
	new->securebits = on ? new->securebits | SECBIT_KEEP_CAPS : new->securebits & ~SECBIT_KEEP_CAPS;
	return commit_creds(new);
}

/* A locked bit keeps its value, and a lock stays. */
static long set_securebits(unsigned long bits)
{
	unsigned long old = current_cred()->securebits;
	struct cred *new;

	if ((((old & SECURE_ALL_LOCKS) >> 1) & (old ^ bits)) || (old & SECURE_ALL_LOCKS & ~bits) ||
	    (bits & ~(unsigned long)(SECURE_ALL_LOCKS | SECURE_ALL_BITS)) || !capable(CAP_SETPCAP))
		return -EPERM;
	new = prepare_creds();
	if (!new)
		return -ENOMEM;
	new->securebits = bits;
	return commit_creds(new);
}

static long drop_from_bounding_set(unsigned long cap)
{
	struct cred *new;

	if (!capable(CAP_SETPCAP))
		return -EPERM;
	if (!cap_valid(cap))
		return -EINVAL;
	new = prepare_creds();
	if (!new)
		return -ENOMEM;
	new->cap_bset.val &= ~(1ULL << cap);
	return commit_creds(new);
}

static long change_ambient(unsigned long what, u64 mask)
{
	const struct cred *old = current_cred();
	struct cred *new;

	if (what == PR_CAP_AMBIENT_RAISE &&
	    (!(old->cap_permitted.val & old->cap_inheritable.val & mask) || (old->securebits & SECBIT_NO_CAP_AMBIENT_RAISE)))
		return -EPERM;
	new = prepare_creds();
	if (!new)
		return -ENOMEM;
	if (what == PR_CAP_AMBIENT_RAISE)
		new->cap_ambient.val |= mask;
	else
		new->cap_ambient.val &= ~mask;
	return commit_creds(new);
}

static long ambient(unsigned long what, unsigned long cap, unsigned long a4, unsigned long a5)
{
	if (what == PR_CAP_AMBIENT_CLEAR_ALL)
		return cap | a4 | a5 ? -EINVAL : change_ambient(what, ~0ULL);
	if (!cap_valid(cap) || (a4 | a5))
		return -EINVAL;
	if (what == PR_CAP_AMBIENT_IS_SET)
		return current_cred()->cap_ambient.val >> cap & 1;
	if (what != PR_CAP_AMBIENT_RAISE && what != PR_CAP_AMBIENT_LOWER)
		return -EINVAL;
	return change_ambient(what, 1ULL << cap);
}

long prctl_caps(int option, unsigned long a2, unsigned long a3, unsigned long a4, unsigned long a5)
{
	switch (option) {
	case PR_GET_KEEPCAPS:
		return !!(current_cred()->securebits & SECBIT_KEEP_CAPS);
	case PR_SET_KEEPCAPS:
		return set_keepcaps(a2);
	case PR_CAPBSET_READ:
		return cap_valid(a2) ? (long)(current_cred()->cap_bset.val >> a2 & 1) : -EINVAL;
	case PR_CAPBSET_DROP:
		return drop_from_bounding_set(a2);
	case PR_GET_SECUREBITS:
		return current_cred()->securebits;
	case PR_SET_SECUREBITS:
		return set_securebits(a2);
	}
	return ambient(a2, a3, a4, a5);
}
