// SPDX-License-Identifier: MIT
/*
 * O_ASYNC: signals to the owner of a file when something can be done with it.
 */
#ifndef FS_FASYNC_H
#define FS_FASYNC_H

#include "kernel/lib/types.h"

struct fasync_struct;
struct file;
struct fown_struct;

/*
 * For ->fasync: puts the file on the object's list of files that want signals, or takes it off, and keeps the FASYNC bit of its flags.
 * *list belongs to the object and starts as NULL. 1: changed, 0: was so, -ENOMEM. May sleep.
 */
int fasync_helper(int fd, struct file *file, int on, struct fasync_struct **list);
/* Something happened: POLL_IN, POLL_OUT and so on. Any context. sig: SIGIO, or SIGURG. */
void kill_fasync(struct fasync_struct **list, int sig, int band);
/* One owner is told (SIGIO, or what F_SETSIG asked for). Any context. */
void send_sigio(struct fown_struct *fown, int fd, int band);

#endif
