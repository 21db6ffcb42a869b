// SPDX-License-Identifier: MIT
/*
 * The family TASKSTATS: records of what a thread or a process used, on demand, or of each task that ends on certain CPUs.
 *
 * Who wants the latter is on a list for as long as its socket is open, with the CPUs it has registered for (none, once it has taken that
 * back). The list and the sets are changed under listeners_lock; a dying task walks the list under RCU with a record that it
 * has made before. It does not wait for receivers: one that is too slow hears ENOBUFS.
 */
#include "kernel/task/taskstats.h"
#include "kernel/lib/ctype.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/rculist.h"
#include "kernel/lib/string.h"
#include "kernel/task/internal.h"
#include "kernel/task/sched.h"
#include "net/netlink/genetlink.h"
#include "net/netlink/taskstats_abi.h"

#define TASKSTATS_CMD_GET 1
#define TASKSTATS_CMD_NEW 2

#define TASKSTATS_TYPE_PID	 1
#define TASKSTATS_TYPE_TGID	 2
#define TASKSTATS_TYPE_STATS	 3
#define TASKSTATS_TYPE_AGGR_PID	 4
#define TASKSTATS_TYPE_AGGR_TGID 5

#define TASKSTATS_CMD_ATTR_PID		      1
#define TASKSTATS_CMD_ATTR_TGID		      2
#define TASKSTATS_CMD_ATTR_REGISTER_CPUMASK   3
#define TASKSTATS_CMD_ATTR_DEREGISTER_CPUMASK 4
#define TASKSTATS_CMD_ATTR_MAX		      4

/* a list of CPUs is not longer than this */
#define CPULIST_MAX (100 + 6 * NR_CPUS)

/* a thread's record, or that and its process's */
#define RECORD_SIZE (sizeof(struct taskstats) + 16)
#define REPLY_SIZE  (sizeof(struct nlmsghdr) + sizeof(struct genlmsghdr) + 2 * RECORD_SIZE)

atomic_t taskstats_listeners = ATOMIC_INIT(0);	/* sockets that want to hear of any CPU's tasks */

static struct hlist_head listeners;
static DEFINE_SPINLOCK(listeners_lock);
static DEFINE_PER_CPU(u32, record_seq);

/* ---- records ---- */

/* Number and record nested in one attribute; the caller fills in the record. NULL: no room. */
static struct taskstats *put_record(struct nl_msg *msg, u16 type, pid_t nr)
{
	bool process = type == TASKSTATS_TYPE_TGID;
	struct nlattr *both = nla_begin(msg, process ? TASKSTATS_TYPE_AGGR_TGID : TASKSTATS_TYPE_AGGR_PID), *attr;

	nla_put_u32(msg, type, nr);
	attr = nla_begin(msg, TASKSTATS_TYPE_STATS);
	nl_append(msg, sizeof(struct taskstats));
	nla_end(msg, attr);
	nla_end(msg, both);
	return msg->overflow ? NULL : nla_data(attr);
}

/* The message's alignment is four, the record's eight: it is made beside it. */
static void put_task(struct nl_msg *msg, struct task_struct *tsk, u8 flags)
{
	void *at = put_record(msg, TASKSTATS_TYPE_PID, tsk->pid);
	struct taskstats stats;

	if (!at)
		return;
	taskstats_fill_task(&stats, tsk);
	stats.ac_flag |= flags;
	memcpy(at, &stats, sizeof(stats));
}

static void put_process(struct nl_msg *msg, struct task_struct *tsk, pid_t nr)
{
	void *at = put_record(msg, TASKSTATS_TYPE_TGID, nr);
	struct taskstats stats;

	if (!at)
		return;
	taskstats_fill_process(&stats, tsk);
	memcpy(at, &stats, sizeof(stats));
}

/* ---- on demand ---- */

static int send_record(struct genl_info *info, const struct nlattr *attr, bool process)
{
	struct task_struct *tsk;
	struct nlmsghdr *hdr;
	struct nl_msg *msg;
	u32 nr;
	int err = nla_get_u32(attr, &nr);

	if (err)
		return err;
	tsk = find_get_task_by_vpid(nr);
	if (!tsk)
		return -ESRCH;
	msg = nl_alloc(REPLY_SIZE);
	if (!msg) {
		put_task_struct(tsk);
		return -ENOMEM;
	}
	hdr = genl_begin(msg, &genl_taskstats, info->msg->portid, info->hdr->nlmsg_seq, 0, TASKSTATS_CMD_NEW);
	if (process)
		put_process(msg, tsk, nr);
	else
		put_task(msg, tsk, 0);
	nl_end(msg, hdr);
	put_task_struct(tsk);
	return genl_reply(info, msg);
}

/* ---- of every task that ends ---- */

static bool parse_number(const char **text, unsigned int *number)
{
	if (!isdigit(**text))
		return false;
	for (*number = 0; isdigit(**text); (*text)++) {
		if (*number < NR_CPUS)
			*number = *number * 10 + (**text - '0');
	}
	return true;
}

/* "0-3,7": as many CPUs as there may be at all. */
static int parse_cpulist(const char *text, cpumask_t *cpus)
{
	unsigned int first, last;

	cpumask_clear(cpus);
	while (*text && *text != '\n') {
		if (!parse_number(&text, &first))
			return -EINVAL;
		last = first;
		if (*text == '-') {
			text++;
			if (!parse_number(&text, &last))
				return -EINVAL;
		}
		if (first > last)
			return -EINVAL;
		if (last >= NR_CPUS)
			return -ERANGE;
		for (; first <= last; first++)
			cpumask_set_cpu(first, cpus);
		if (*text == ',')
			text++;
		else if (*text && *text != '\n')
			return -EINVAL;
	}
	return 0;
}

static int get_cpus(const struct nlattr *attr, cpumask_t *cpus)
{
	char text[CPULIST_MAX + 1];

	if (nla_size(attr) < 1)
		return -EINVAL;
	if (nla_size(attr) > CPULIST_MAX)
		return -E2BIG;
	memcpy(text, nla_data(attr), nla_size(attr));
	text[nla_size(attr)] = '\0';
	return parse_cpulist(text, cpus);
}

/* listeners_lock held. */
static void set_cpus(struct nl_sock *nl, const cpumask_t *cpus)
{
	bool had = !cpumask_empty(&nl->exit_cpus), has = !cpumask_empty(cpus);

	cpumask_copy(&nl->exit_cpus, cpus);
	if (has && hlist_unhashed(&nl->exit_node))
		hlist_add_head_rcu(&nl->exit_node, &listeners);
	if (has && !had)
		atomic_inc(&taskstats_listeners);
	else if (had && !has)
		atomic_dec(&taskstats_listeners);
}

static int change_registration(struct genl_info *info, const struct nlattr *attr, bool more)
{
	struct nl_sock *nl = info->from;
	cpumask_t cpus;
	int err = get_cpus(attr, &cpus);

	if (err)
		return err;
	if (!cpumask_subset(&cpus, cpu_possible_mask))
		return -EINVAL;
	spin_lock(&listeners_lock);
	if (more)
		cpumask_or(&cpus, &cpus, &nl->exit_cpus);
	else
		cpumask_andnot(&cpus, &nl->exit_cpus, &cpus);
	set_cpus(nl, &cpus);
	spin_unlock(&listeners_lock);
	return 0;
}

void taskstats_release(struct nl_sock *nl)
{
	const cpumask_t none = { };

	spin_lock(&listeners_lock);
	set_cpus(nl, &none);
	if (!hlist_unhashed(&nl->exit_node))
		hlist_del_rcu(&nl->exit_node);
	spin_unlock(&listeners_lock);
}

/* Of the last thread of a process that had others, the process's record goes with its own. */
static struct nl_msg *make_exit_record(struct task_struct *tsk, bool last)
{
	struct nl_msg *msg = nl_alloc(REPLY_SIZE);
	struct nlmsghdr *hdr;

	if (!msg)
		return NULL;
	hdr = genl_begin(msg, &genl_taskstats, 0, this_cpu_inc_return(record_seq) - 1, 0, TASKSTATS_CMD_NEW);
	put_task(msg, tsk, last ? TS_AGROUP : 0);
	/* a thread that is gone has at least run */
	if (last && (!thread_group_empty(tsk) || READ_ONCE(tsk->signal->gone.sum_exec_runtime)))
		put_process(msg, tsk, tsk->tgid);
	nl_end(msg, hdr);
	return msg;
}

void taskstats_send_exit(struct task_struct *tsk, bool last)
{
	struct nl_msg *msg = make_exit_record(tsk, last);
	struct nl_sock *nl;

	rcu_read_lock();
	hlist_for_each_entry_rcu (nl, &listeners, exit_node) {
		if (cpumask_test_cpu(smp_processor_id(), &nl->exit_cpus))
			nl_deliver(nl, msg);
	}
	rcu_read_unlock();
	if (msg)
		nl_msg_put(msg);
}

/* ---- the family ---- */

static int taskstats_get(struct genl_info *info)
{
	const struct nlattr *const *attrs = info->attrs;

	if (attrs[TASKSTATS_CMD_ATTR_REGISTER_CPUMASK])
		return change_registration(info, attrs[TASKSTATS_CMD_ATTR_REGISTER_CPUMASK], true);
	if (attrs[TASKSTATS_CMD_ATTR_DEREGISTER_CPUMASK])
		return change_registration(info, attrs[TASKSTATS_CMD_ATTR_DEREGISTER_CPUMASK], false);
	if (attrs[TASKSTATS_CMD_ATTR_PID])
		return send_record(info, attrs[TASKSTATS_CMD_ATTR_PID], false);
	if (attrs[TASKSTATS_CMD_ATTR_TGID])
		return send_record(info, attrs[TASKSTATS_CMD_ATTR_TGID], true);
	return -EINVAL;
}

static const struct genl_op taskstats_ops[] = {
	{ TASKSTATS_CMD_GET, GENL_ADMIN_PERM | GENL_CMD_CAP_DO | GENL_CMD_CAP_HASPOL, taskstats_get, NULL },
};

const struct genl_family genl_taskstats = {
	.id = GENL_START_ALLOC,
	.name = "TASKSTATS",
	.version = 1,
	.maxattr = TASKSTATS_CMD_ATTR_MAX,
	.ops = taskstats_ops,
	.nr_ops = ARRAY_SIZE(taskstats_ops),
};
