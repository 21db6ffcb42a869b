// SPDX-License-Identifier: MIT
/*
 * The first C code: on the boot CPU from the loader to start_kernel(), and on
 * every other CPU from the trampoline to the idle loop.
 *
 * The order on the boot CPU: a serial port to report on; the copy of the
 * per-CPU section's initial contents, before anything changes it; the loader's
 * information; protection of the image; traps; the number of CPUs and their
 * per-CPU areas.  All this runs on one CPU with interrupts off.
 */
#include "kernel/lib/init.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/string.h"
#include "kernel/x86/boot_info.h"
#include "kernel/x86/boot_internal.h"
#include "kernel/x86/extable.h"
#include "kernel/x86/panic.h"
#include "kernel/x86/setup.h"
#include "kernel/x86/thread.h"
#include "kernel/x86/uaccess.h"

int program_ring;

static void parse_ring(void)
{
	char buf[8];

	if (!cmdline_get("ring", buf, sizeof(buf)))
		return;
	if (strcmp(buf, "0") && strcmp(buf, "3"))
		panic("boot: ring=%s: must be 0 or 3", buf);
	program_ring = buf[0] - '0';
}

void x86_start(u32 magic, u64 info)
{
	early_serial_init();
	per_cpu_save_pristine();
	boot_info_init(magic, info);
	cmdline_set(boot_info.cmdline);
	parse_ring();
	cpu_detect();
	cpu_init_control();
	kernel_map_init();
	map_special_stacks(0);
	idt_init();
	cpu_init_tables();
	sort_extable();
	uaccess_init();
	acpi_early_init();
	setup_per_cpu_areas();
	start_kernel();
}
