// SPDX-License-Identifier: MIT
/*
 * /proc/locking_trace: the trace of operations (kernel/lock/contract_trace.h), all CPUs' last calls in the order of time.
 *
 * The file is one record, made from a snapshot, so a reader in small pieces sees one trace. What is written to it chooses
 * what is traced.
 */
#include "fs/fs.h"
#include "fs/proc/proc_fs.h"
#include "fs/seq_file.h"
#include "kernel/lib/init.h"
#include "kernel/lock/contract_trace.h"
#include "mm/slab.h"

#if CONFIG_CHECKS

static int trace_show(struct seq_file *m, void *v)
{
	unsigned int room = contract_trace_capacity(), count;
	struct contract_trace_entry *entries = kvmalloc_array(room, sizeof(*entries), GFP_KERNEL);
	char text[160];

	if (!entries)
		return -ENOMEM;
	count = contract_trace_snapshot(entries, room);
	seq_printf(m, "#%u operations are traced, the last %u calls and returns\n", contract_trace_selected(), count);
	seq_puts(m, "#seconds\tcpu\ttask\t\toperation\targument\treturned\n");
	for (unsigned int i = 0; i < count; i++) {
		contract_trace_format(text, sizeof(text), &entries[i]);
		seq_printf(m, "%s\n", text);
	}
	kvfree(entries);
	return 0;
}

static int trace_write(char *text, void *data)
{
	return contract_trace_select(text);
}

static int locking_trace_init(void)
{
	struct proc_dir_entry *entry = proc_create_single("locking_trace", S_IRUGO | S_IWUSR, NULL, trace_show, NULL);

	proc_set_write(entry, trace_write);
	return entry ? 0 : -ENOMEM;
}
late_initcall(locking_trace_init);

#endif
