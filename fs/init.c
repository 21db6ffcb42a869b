// SPDX-License-Identifier: MIT
/*
 * Setting the file layer up, in the order its parts need each other. Called once, by the
 * kernel_init thread, when memory and RCU work.
 */
#include "fs/fs.h"
#include "fs/aio.h"
#include "fs/anon_inodes.h"
#include "fs/dcache.h"
#include "fs/eventpoll.h"
#include "fs/fdtable.h"
#include "fs/file_internal.h"
#include "fs/inode_internal.h"
#include "fs/locks.h"
#include "fs/mount.h"
#include "fs/namei.h"
#include "fs/pipe.h"

/* Caches and tables: before anybody makes an inode or mounts anything. */
void vfs_caches_init(void)
{
	getname_init();
	dcache_init();
	dcache_hash_init();
	inode_cache_init();
	inode_hash_init();
	files_init();
	fdtable_init();
	filelock_init();
	eventpoll_init();
	aio_init();
	mnt_init();
}

/* The file systems of the file layer itself; the flushers exist by now. */
void vfs_init(void)
{
	pipe_init();
	anon_inode_init();
}
