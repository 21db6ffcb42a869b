/* SPDX-License-Identifier: MIT */
/*
 * Initcalls: functions that run once at boot, in the order of their level
 * and within a level in link order.  The linker script gathers the sections
 *
 *	__initcall_start = .; KEEP(*(SORT_BY_NAME(.initcall.*))) __initcall_end = .;
 *
 * (8-byte aligned, read-only).  kernel/main.c calls do_initcalls() from the
 * kernel_init thread when memory, scheduler and all CPUs are up.
 */
#ifndef KERNEL_LIB_INIT_H
#define KERNEL_LIB_INIT_H

#include "kernel/lib/types.h"

/* Returns 0 or a negative errno; a failure is logged with the name. May sleep. */
typedef int (*initcall_t)(void);

struct initcall {
	initcall_t fn;
	const char *name;
};

#define __define_initcall(f, level)					\
	static const struct initcall __initcall_##f			\
	__attribute__((__used__, __section__(".initcall." level),	\
		       __aligned__(8))) = { f, #f }

#define core_initcall(fn)	__define_initcall(fn, "1core")
#define subsys_initcall(fn)	__define_initcall(fn, "2subsys")
#define fs_initcall(fn)		__define_initcall(fn, "3fs")
#define device_initcall(fn)	__define_initcall(fn, "4device")
#define late_initcall(fn)	__define_initcall(fn, "5late")
#define module_init(fn)		device_initcall(fn)

#define __init
#define __initdata
#define __exit
#define __ro_after_init

void do_initcalls(void);

/*
 * The command line as key=value words, before " -- ".  Set up by the boot
 * code before anything reads it; read-only afterwards.
 */
void cmdline_set(const char *line);
/* The value of @key copied into @buf (percent-decoding left to the caller), or false. */
bool cmdline_get(const char *key, char *buf, size_t size);
/* Is @word there, by itself? */
bool cmdline_word(const char *word);
/* The value of @key as a number (decimal, 0x hex, k/m/g suffix), or @dflt. */
long cmdline_long(const char *key, long dflt);
const char *cmdline(void);

#endif
