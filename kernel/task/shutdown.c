// SPDX-License-Identifier: MIT
/*
 * The end of a run.
 *
 * The order is what makes the last record trustworthy: program gone, files closed, everything
 * written and unmounted, devices reset, console output drained, and only then the record and the
 * exit device. A disk that could not be written back turns a status of 0 into a failure.
 * The counters of the locking page and the list of what programs did not get are told first, because what follows
 * is the kernel's doing.
 */
#include "drivers/block/blkdev.h"
#include "drivers/tty/tty.h"
#include "fs/fdtable.h"
#include "fs/fs.h"
#include "fs/mount.h"
#include "kernel/lib/init.h"
#include "kernel/lib/printk.h"
#include "kernel/lock/locking_dump.h"
#include "kernel/syscall/missing.h"
#include "kernel/ipc/util.h"
#include "kernel/task/leaks.h"
#include "kernel/task/program.h"
#include "kernel/task/sched.h"
#include "kernel/x86/panic.h"
#include "net/socket.h"

/* The console's files and whatever else kernel_init holds. */
static void close_own_files(void)
{
	for (unsigned int fd = 0; fd < NR_OPEN_DEFAULT; fd++)
		close_fd(fd);
	flush_delayed_fput();
	unix_gc_drain();
}

void shutdown_kernel(int status, int signal)
{
	char nonce[64];
	int err;

	locking_dump();
	missing_report();
	close_own_files();
	ipc_remove_all();
	check_page_marks();
	err = umount_all();
	if (err) {
		pr_err("unmounting failed: error %d\n", -err);
		if (!status)
			status = EXIT_DISK_LOST;
	}
	if (leaks_end() && !status)
		status = EXIT_LEAK;
	blk_shutdown();
	if (!cmdline_get("nonce", nonce, sizeof(nonce)))
		nonce[0] = '\0';
	console_flush_all();
	printk("rowlock: exit nonce=%s status=%d signal=%d\n", nonce, status, signal);
	console_flush_all();
	exit_device(EXIT_REGULAR);
}
