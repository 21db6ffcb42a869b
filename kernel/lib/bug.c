// SPDX-License-Identifier: MIT
/* What assertions and misuse checks call when they fail. */
#include "kernel/lib/bug.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/refcount.h"
#include "kernel/x86/percpu.h"

static atomic_long_t warnings;

unsigned long warn_count(void)
{
	return (unsigned long)atomic_long_read(&warnings);
}

void bug_at(const char *where, const char *what)
{
	panic("BUG at %s: %s", where, what);
}

void warn_fmt_at(const char *where, const char *fmt, ...)
{
	struct va_format vf = { .fmt = fmt };
	va_list args;

	atomic_long_inc(&warnings);
	va_start(args, fmt);
	vf.va = &args;
	printk(KERN_WARNING "WARNING: CPU %u at %s: %pV\n", smp_processor_id(), where, &vf);
	va_end(args);
	dump_stack();
}

void warn_at(const char *where, const char *what)
{
	warn_fmt_at(where, "%s", what);
}

void refcount_misuse(refcount_t *r, const char *what, unsigned long ip)
{
	/* Pin it far from both ends: the object leaks rather than being freed under a user. */
	atomic_set(&r->refs, REFCOUNT_SATURATED);
	WARN_ONCE(true, "reference count %s (at %pS)", what, (void *)ip);
}
