// SPDX-License-Identifier: MIT
/* The settings and facts in /proc/sys that programs look for, of rooms that do not register their own. */
#include "fs/aio.h"
#include "fs/dcache.h"
#include "fs/eventpoll.h"
#include "fs/fdtable.h"
#include "fs/fs.h"
#include "fs/pipe.h"
#include "fs/proc/sysctl.h"
#include "fs/seq_file.h"
#include "kernel/ipc/shm.h"
#include "kernel/lib/init.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"
#include "kernel/syscall/utsname.h"
#include "kernel/task/cred.h"
#include "kernel/task/pid.h"
#include "kernel/task/random.h"
#include "kernel/task/yama.h"
#include "mm/mman.h"
#include "mm/internal.h"
#include "mm/writeback.h"

static const int pid_max_value = PID_MAX, ngroups_max = NGROUPS_MAX, cap_last_cap = CAP_LAST_CAP, entropy_bits = 256,
		 map_count_max = MAX_MAP_COUNT, pipe_max = PIPE_MAX_SIZE;
static const unsigned long mmap_min = MMAP_MIN_ADDR;

/* ---- kernel ---- */

static void show_uts(struct seq_file *m, const struct sysctl *ctl)
{
	char name[UTS_LEN];

	uts_get((unsigned long)ctl->data, name);
	seq_puts(m, name);
}

static int set_uts(char *text, const struct sysctl *ctl)
{
	return uts_set((unsigned long)ctl->data, text, strlen(text));
}

static void show_ptrace_scope(struct seq_file *m, const struct sysctl *ctl)
{
	seq_printf(m, "%d", yama_scope());
}

static int set_ptrace_scope(char *text, const struct sysctl *ctl)
{
	unsigned int scope;
	int err = kstrtouint(text, 0, &scope);

	return err ? err : yama_set_scope(scope);
}

static void put_uuid(struct seq_file *m, const u8 *id)
{
	seq_printf(m, "%pU", id);
}

/* Version 4: all random but for the version and the variant. */
static void make_uuid(u8 *id)
{
	get_random_bytes(id, 16);
	id[6] = (id[6] & 0x0f) | 0x40;
	id[8] = (id[8] & 0x3f) | 0x80;
}

static u8 boot_id[16]; /* constant after boot */

static void show_boot_id(struct seq_file *m, const struct sysctl *ctl)
{
	put_uuid(m, boot_id);
}

static void show_uuid(struct seq_file *m, const struct sysctl *ctl)
{
	u8 id[16];

	make_uuid(id);
	put_uuid(m, id);
}

/* Messages below the first number reach the console; the others are constant. */
static void show_printk(struct seq_file *m, const struct sysctl *ctl)
{
	seq_printf(m, "%d\t4\t1\t7", READ_ONCE(console_loglevel));
}

static int set_printk(char *text, const struct sysctl *ctl)
{
	char *end;
	long level = simple_strtol(text, &end, 10);

	if (end == text || level < 0 || level > 8)
		return -EINVAL;
	WRITE_ONCE(console_loglevel, level);
	return 0;
}

/* ---- fs ---- */

static void show_file_nr(struct seq_file *m, const struct sysctl *ctl)
{
	seq_printf(m, "%ld\t0\t%lu", get_nr_files(), files_max());
}

static void show_file_max(struct seq_file *m, const struct sysctl *ctl)
{
	seq_printf(m, "%lu", files_max());
}

static void show_aio_nr(struct seq_file *m, const struct sysctl *ctl)
{
	seq_printf(m, "%lu", (unsigned long)atomic_long_read(&aio_nr));
}

/* ---- vm ---- */

/* Intervals are kept in ms and told in 1/100 s. */
static void show_centisecs(struct seq_file *m, const struct sysctl *ctl)
{
	seq_printf(m, "%u", READ_ONCE(*(unsigned int *)ctl->data) / 10);
}

static int set_centisecs(char *text, const struct sysctl *ctl)
{
	unsigned int value;
	int err = kstrtouint(text, 10, &value);

	if (!err && value > INT_MAX / 10)
		err = -EINVAL;
	if (!err)
		WRITE_ONCE(*(unsigned int *)ctl->data, value * 10);
	return err;
}

static int ratio_changed(char *text, const struct sysctl *ctl)
{
	writeback_set_ratelimit();
	return 0;
}

static const struct sysctl values[] = {
	{ "kernel/yama", "ptrace_scope", SYSCTL_FN, NULL, true, 0, 0, show_ptrace_scope, set_ptrace_scope },
	{ "kernel/seccomp", "actions_avail", SYSCTL_TEXT, "kill_process kill_thread trap errno trace log allow" },
	{ "kernel", "ostype", SYSCTL_TEXT, (void *)UTS_SYSNAME },
	{ "kernel", "osrelease", SYSCTL_TEXT, (void *)UTS_RELEASE },
	{ "kernel", "version", SYSCTL_TEXT, (void *)UTS_VERSION },
	{ "kernel", "hostname", SYSCTL_FN, (void *)UTS_NODENAME, true, 0, 0, show_uts, set_uts },
	{ "kernel", "domainname", SYSCTL_FN, (void *)UTS_DOMAINNAME, true, 0, 0, show_uts, set_uts },
	{ "kernel", "pid_max", SYSCTL_INT, (void *)&pid_max_value },
	{ "kernel", "ngroups_max", SYSCTL_INT, (void *)&ngroups_max },
	{ "kernel", "cap_last_cap", SYSCTL_INT, (void *)&cap_last_cap },
	{ "kernel", "randomize_va_space", SYSCTL_TEXT, "2" },
	{ "kernel", "tainted", SYSCTL_TEXT, "0" },
	{ "kernel", "printk", SYSCTL_FN, NULL, true, 0, 0, show_printk, set_printk },
	{ "kernel", "shmmax", SYSCTL_ULONG, &shm_ctlmax, true, 0, LONG_MAX },
	{ "kernel", "shmall", SYSCTL_ULONG, &shm_ctlall, true, 0, LONG_MAX },
	{ "kernel", "shmmni", SYSCTL_UINT, &shm_ctlmni, true, 0, 32768 },
	{ "kernel/random", "boot_id", SYSCTL_FN, NULL, false, 0, 0, show_boot_id },
	{ "kernel/random", "uuid", SYSCTL_FN, NULL, false, 0, 0, show_uuid },
	{ "kernel/random", "poolsize", SYSCTL_INT, (void *)&entropy_bits },
	{ "kernel/random", "entropy_avail", SYSCTL_INT, (void *)&entropy_bits },
	{ "fs", "file-nr", SYSCTL_FN, NULL, false, 0, 0, show_file_nr },
	{ "fs", "file-max", SYSCTL_FN, NULL, false, 0, 0, show_file_max },
	{ "fs", "nr_open", SYSCTL_UINT, &sysctl_nr_open, true, 64, 1 << 20 },
	{ "fs", "pipe-max-size", SYSCTL_INT, (void *)&pipe_max },
	{ "fs", "aio-max-nr", SYSCTL_ULONG, &aio_max_nr, true, 0, LONG_MAX },
	{ "fs", "aio-nr", SYSCTL_FN, NULL, false, 0, 0, show_aio_nr },
	{ "fs/epoll", "max_user_watches", SYSCTL_ULONG, &epoll_max_user_watches, true, 0, LONG_MAX },
	{ "vm", "dirty_ratio", SYSCTL_UINT, &vm_dirty_ratio, true, 1, 100, NULL, ratio_changed },
	{ "vm", "dirty_background_ratio", SYSCTL_UINT, &dirty_background_ratio, true, 0, 100, NULL, ratio_changed },
	{ "vm", "dirty_writeback_centisecs", SYSCTL_FN, &dirty_writeback_interval, true, 0, 0, show_centisecs, set_centisecs },
	{ "vm", "dirty_expire_centisecs", SYSCTL_FN, &dirty_expire_interval, true, 0, 0, show_centisecs, set_centisecs },
	{ "vm", "max_map_count", SYSCTL_INT, (void *)&map_count_max },
	{ "vm", "mmap_min_addr", SYSCTL_ULONG, (void *)&mmap_min },
};

static int sys_values_init(void)
{
	make_uuid(boot_id);
	return sysctl_register(values, ARRAY_SIZE(values));
}
late_initcall(sys_values_init);
