// SPDX-License-Identifier: MIT
/*
 * epoll as the rest of the file layer sees it.
 */
#ifndef FS_EVENTPOLL_H
#define FS_EVENTPOLL_H

#include "fs/file.h"

/* Most files that one user may have watched by all his epolls (fs.epoll.max_user_watches). */
extern unsigned long epoll_max_user_watches;

void eventpoll_release_file(struct file *file);

/* From the last fput, before the file's ->release: takes the file off every epoll. May sleep. */
static inline void eventpoll_release(struct file *file)
{
	/*
	 * Nobody can add it any more: that takes a reference, and there is none. But somebody may be just removing the last item,
	 * with f_lock held, so that the list being empty would not be enough.
	 */
	if (unlikely(file->f_ep_used))
		eventpoll_release_file(file);
}

void eventpoll_init(void);

#endif
