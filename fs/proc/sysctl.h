/* SPDX-License-Identifier: MIT */
/*
 * /proc/sys: settings of the kernel, one value in each file.
 *
 * A room that has settings describes them in a table of these and registers it. Only what takes effect may be writable; what is merely
 * told is not.
 */
#ifndef FS_PROC_SYSCTL_H
#define FS_PROC_SYSCTL_H

#include "kernel/lib/types.h"

struct seq_file;

enum sysctl_type {
	SYSCTL_INT,	/* int */
	SYSCTL_UINT,	/* unsigned int */
	SYSCTL_ULONG,	/* unsigned long */
	SYSCTL_TEXT,	/* a constant text: data is it */
	SYSCTL_FN,	/* show and set */
};

/* A value is read and written as one word: whoever uses it reads it once. */
struct sysctl {
	const char *dir;	/* below /proc/sys, as in "kernel/random" */
	const char *name;
	enum sysctl_type type;
	void *data;
	bool writable;
	long min, max;		/* of numbers that can be written */
	void (*show)(struct seq_file *m, const struct sysctl *ctl);	/* SYSCTL_FN: without the newline; NULL: it can only be written */
	int (*set)(char *text, const struct sysctl *ctl);		/* 0 or -errno; also called behind a number that was set */
};

/* The table is not copied. From a late initcall. 0 or -ENOMEM. */
int sysctl_register(const struct sysctl *table, unsigned int count);

#endif
