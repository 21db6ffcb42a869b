// SPDX-License-Identifier: MIT
/* /proc/self, /proc/thread-self and the links that lead through them: who reads the link is whom it names. */
#include "fs/fs.h"
#include "fs/proc/proc_fs.h"
#include "kernel/lib/init.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"
#include "kernel/task/sched.h"
#include "mm/slab.h"

static const char *format_link(bool may_sleep, const char *format, pid_t tgid, pid_t tid)
{
	char *body = kmalloc(32, may_sleep ? GFP_KERNEL : GFP_ATOMIC);

	if (body)
		snprintf(body, 32, format, tgid, tid);
	return body;
}

static const char *self_link(bool may_sleep)
{
	return format_link(may_sleep, "%d", current->tgid, 0);
}

static const char *thread_self_link(bool may_sleep)
{
	return format_link(may_sleep, "%d/task/%d", current->tgid, current->pid);
}

static const char *mounts_link(bool may_sleep)
{
	return kmemdup("self/mounts", sizeof("self/mounts"), may_sleep ? GFP_KERNEL : GFP_ATOMIC);
}

static int proc_self_init(void)
{
	bool ok = proc_create_link("self", NULL, self_link);

	ok = proc_create_link("thread-self", NULL, thread_self_link) && ok;
	ok = proc_create_link("mounts", NULL, mounts_link) && ok;
	return ok ? 0 : -ENOMEM;
}
late_initcall(proc_self_init);
