// SPDX-License-Identifier: MIT
/*
 * The order in which the kernel comes up, and what a run is: mount the root, run the tests or
 * the program, and shut down with its status.
 *
 * start_kernel() runs on the boot CPU with interrupts off until clock and interrupt controllers
 * work; it cannot sleep. Everything that may sleep happens in the kernel_init thread, which lives
 * as long as the run. The boot thread itself becomes the boot CPU's idle loop.
 */
#include "drivers/tty/tty.h"
#include "mm/mm_types.h"
#include "fs/block_dev.h"
#include "fs/boot_mounts.h"
#include "fs/buffer_head.h"
#include "fs/fdtable.h"
#include "fs/fs.h"
#include "fs/mount.h"
#include "fs/proc/proc_fs.h"
#include "kernel/lib/bug.h"
#include "kernel/lib/init.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"
#include "kernel/lib/xarray.h"
#include "kernel/lock/contract.h"
#include "kernel/lock/contract_trace.h"
#include "kernel/lock/lock_stat.h"
#include "kernel/lock/lockdep.h"
#include "kernel/lock/rcupdate.h"
#include "kernel/lock/wait_bit.h"
#include "kernel/task/futex.h"
#include "kernel/task/kthread.h"
#include "kernel/task/leaks.h"
#include "kernel/task/program.h"
#include "kernel/task/random.h"
#include "kernel/task/timer.h"
#include "kernel/task/workqueue.h"
#include "kernel/x86/fpu.h"
#include "kernel/x86/irq.h"
#include "kernel/x86/setup.h"
#include "kernel/x86/smp.h"
#include "kernel/x86/time.h"
#include "mm/backing-dev.h"
#include "mm/mm.h"
#include "mm/swap.h"
#include "mm/writeback.h"

/* The in-guest tests; linked into the test image only. Returns how many failed. */
int ktest_main(const char *spec) __weak;

static void start_cpus(void)
{
	int cpu;

	for_each_possible_cpu (cpu) {
		if (cpu && sched_init_idle(cpu))
			panic("no memory for the idle task of CPU %d", cpu);
	}
	pr_info("%u CPUs online\n", smp_init());
}

static void mount_root_fs(void)
{
	char dev[64], type[16], flags[8];
	int err;

	if (!cmdline_get("root", dev, sizeof(dev)) || !dev[0]) {
		pr_info("no root= given: running without a disk\n");
		return;
	}
	if (!cmdline_get("rootfstype", type, sizeof(type)))
		strscpy(type, "ext2", sizeof(type));
	err = mount_root(dev, type, cmdline_get("ro", flags, sizeof(flags)) ? SB_RDONLY : 0, NULL);
	if (err) {
		pr_err("cannot mount %s as %s: error %d\n", dev, type, -err);
		shutdown_kernel(EXIT_NO_ROOT, 0);
	}
	proc_mount_at_boot();
	mount_at_boot();
}

static int run_tests(const char *spec)
{
	int failed;

	if (!ktest_main) {
		pr_err("test=%s: this image holds no tests\n", spec);
		return EXIT_NO_TESTS;
	}
	failed = ktest_main(spec);
	return failed ? 1 : 0;
}

static int kernel_init(void *unused)
{
	char spec[256];
	int status = 0, signal = 0, err;

	start_cpus();
	tty_init();
	rcu_start();
	workqueue_init();
	vfs_caches_init();
	bdi_init_subsystem();
	writeback_init();
	buffer_init();
	bdev_cache_init();
	kswapd_init();
	vfs_init();
	do_initcalls();
	watchdog_init();
	fill_dev();
	leaks_begin();
	mount_root_fs();
	err = console_open_std();
	if (err)
		pr_err("cannot open the console: error %d\n", -err);
	if (cmdline_get("test", spec, sizeof(spec)))
		status = run_tests(spec);
	else
		run_program(&status, &signal);
	shutdown_kernel(status, signal);
}

void start_kernel(void)
{
	struct task_struct *init;

	lockdep_init();
	sched_init();
	timers_init();
	rcu_init();
	wait_bit_init();
	contract_init();
	lock_stat_init();
	contract_trace_init();
	mm_init();
	xarray_init();
	fpu_init();
	irq_init();
	time_init();
	random_init();
	task_init();
	cred_init();
	signals_init();
	futex_init();
	workqueue_init_early();
	local_irq_enable();
	init = kthread_create(kernel_init, NULL, "init");
	if (IS_ERR(init))
		panic("cannot make the first thread: error %ld", PTR_ERR(init));
	wake_up_process(init);
	cpu_startup_entry();
}
