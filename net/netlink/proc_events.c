// SPDX-License-Identifier: MIT
/*
 * The process events connector: fork, exec, exit and the like, told to all sockets of NETLINK_CONNECTOR that are in group CN_IDX_PROC, as
 * long as any socket has asked for it (PROC_CN_MCAST_LISTEN).
 *
 * Who has asked is counted once for each socket, and no longer when that says PROC_CN_MCAST_IGNORE or is closed. (A message twice,
 * or a listener that is killed, do not leave the hooks switched on.) Both the request and what it led to are for
 * CAP_NET_ADMIN, since joining the group is.
 *
 * An event's number counts those of the CPU it was sent on. Number and delivery are in one section without preemption, so a receiver that
 * sees a number left out has lost an event: it was too slow (ENOBUFS).
 *
 * What is told of the parent is read under RCU and only while the task has not been released: until then the parent, whoever
 * that is by now, has not been either, and its memory stays for a grace period.
 */
#include "kernel/task/proc_events.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/task/cred.h"
#include "kernel/x86/time.h"
#include "net/netlink/connector.h"

#define PROC_CN_MCAST_LISTEN 1
#define PROC_CN_MCAST_IGNORE 2

#define PROC_EVENT_NONE	    0x00000000	/* the answer to a request */
#define PROC_EVENT_FORK	    0x00000001
#define PROC_EVENT_EXEC	    0x00000002
#define PROC_EVENT_UID	    0x00000004
#define PROC_EVENT_GID	    0x00000040
#define PROC_EVENT_SID	    0x00000080
#define PROC_EVENT_PTRACE   0x00000100
#define PROC_EVENT_COMM	    0x00000200
#define PROC_EVENT_COREDUMP 0x40000000
#define PROC_EVENT_EXIT	    0x80000000

struct proc_event {
	u32 what;
	u32 cpu;
	u64 timestamp_ns;	/* since boot */
	union {
		u32 err;
		struct {
			int parent_pid, parent_tgid, child_pid, child_tgid;
		} fork;
		struct {
			int pid, tgid;
			union {
				struct {
					u32 real, effective;
				} id;
				char comm[TASK_COMM_LEN];
				struct {
					int tracer_pid, tracer_tgid;	/* 0: none any more */
				} ptrace;
				struct {
					int parent_pid, parent_tgid;
				} coredump;
				struct {
					u32 code, signal;
					int parent_pid, parent_tgid;
				} exit;
			};
		} of;	/* a task: alone for exec and setsid */
	};
};

BUILD_BUG_ON(sizeof(struct proc_event) != 40);

/* What is sent: aligned by nobody, as its size is what programs know. */
struct event_message {
	struct nlmsghdr hdr;
	struct cn_msg cn;
	struct proc_event event;
} __packed;

atomic_t proc_event_listeners = ATOMIC_INIT(0);

static DEFINE_PER_CPU(u32, event_seq);

/* ---- sending ---- */

/* Fills in the rest of @event. May sleep. */
static void send_event(struct proc_event *event, u32 ack)
{
	struct nl_msg *msg = nl_alloc(sizeof(struct event_message));
	struct event_message *m = msg ? nl_append(msg, sizeof(*m)) : NULL;

	rcu_read_lock();
	if (m) {
		u32 seq = this_cpu_inc_return(event_seq) - 1;

		event->cpu = smp_processor_id();
		event->timestamp_ns = ktime_get_ns();
		m->hdr = (struct nlmsghdr){ .nlmsg_len = sizeof(*m), .nlmsg_type = NLMSG_DONE, .nlmsg_seq = seq };
		m->cn = (struct cn_msg){
			.idx = CN_IDX_PROC, .val = CN_VAL_PROC, .seq = seq, .ack = ack, .len = sizeof(*event),
		};
		m->event = *event;
		msg->group = CN_IDX_PROC;
	}
	nl_multicast(&nl_connector, msg, CN_IDX_PROC, NULL, 0);
	rcu_read_unlock();
	if (msg)
		nl_msg_put(msg);
}

static void init_event(struct proc_event *event, u32 what, const struct task_struct *task)
{
	memset(event, 0, sizeof(*event));
	event->what = what;
	event->of.pid = task->pid;
	event->of.tgid = task->tgid;
}

/* The parent process, and the thread of it that made @task, or its leader if that is gone. Left alone for a task that has been released. */
static void get_parent(struct task_struct *task, int *pid, int *tgid)
{
	struct task_struct *parent, *maker;

	rcu_read_lock();
	if (READ_ONCE(task->thread_pid)) {
		parent = READ_ONCE(task->real_parent);
		maker = find_task_by_vpid(task->parent_tid);
		*pid = maker && same_thread_group(maker, parent) ? maker->pid : parent->pid;
		*tgid = parent->tgid;
	}
	rcu_read_unlock();
}

void proc_send_fork(struct task_struct *child)
{
	struct proc_event event = { .what = PROC_EVENT_FORK };

	get_parent(child, &event.fork.parent_pid, &event.fork.parent_tgid);
	event.fork.child_pid = child->pid;
	event.fork.child_tgid = child->tgid;
	send_event(&event, 0);
}

void proc_send_exec(void)
{
	struct proc_event event;

	init_event(&event, PROC_EVENT_EXEC, current);
	send_event(&event, 0);
}

void proc_send_ids(const struct cred *old, const struct cred *new)
{
	struct proc_event event;

	if (old->uid != new->uid || old->euid != new->euid || old->suid != new->suid || old->fsuid != new->fsuid) {
		init_event(&event, PROC_EVENT_UID, current);
		event.of.id.real = new->uid;
		event.of.id.effective = new->euid;
		send_event(&event, 0);
	}
	if (old->gid != new->gid || old->egid != new->egid || old->sgid != new->sgid || old->fsgid != new->fsgid) {
		init_event(&event, PROC_EVENT_GID, current);
		event.of.id.real = new->gid;
		event.of.id.effective = new->egid;
		send_event(&event, 0);
	}
}

void proc_send_sid(void)
{
	struct proc_event event;

	init_event(&event, PROC_EVENT_SID, current->group_leader);
	send_event(&event, 0);
}

void proc_send_comm(struct task_struct *task)
{
	struct proc_event event;

	init_event(&event, PROC_EVENT_COMM, task);
	get_task_comm(event.of.comm, task);
	send_event(&event, 0);
}

void proc_send_ptrace(struct task_struct *task, bool attached)
{
	struct proc_event event;

	init_event(&event, PROC_EVENT_PTRACE, task);
	if (attached) {
		event.of.ptrace.tracer_pid = current->pid;
		event.of.ptrace.tracer_tgid = current->tgid;
	}
	send_event(&event, 0);
}

void proc_send_coredump(void)
{
	struct proc_event event;

	init_event(&event, PROC_EVENT_COREDUMP, current);
	get_parent(current, &event.of.coredump.parent_pid, &event.of.coredump.parent_tgid);
	send_event(&event, 0);
}

void proc_send_exit(pid_t pid)
{
	struct proc_event event;

	init_event(&event, PROC_EVENT_EXIT, current);
	event.of.pid = pid;
	event.of.exit.code = current->exit_code;
	event.of.exit.signal = current->exit_signal;
	get_parent(current, &event.of.exit.parent_pid, &event.of.exit.parent_tgid);
	send_event(&event, 0);
}

/* ---- requests ---- */

static void stop_listening(struct nl_sock *nl)
{
	if (xchg(&nl->listens, 0))
		atomic_dec(&proc_event_listeners);
}

void proc_events_release(struct nl_sock *nl)
{
	stop_listening(nl);
}

static int change_listening(struct nl_sock *from, const struct nl_msg *msg, u32 op)
{
	if (!nl_capable(from, msg, CAP_NET_ADMIN))
		return EPERM;
	switch (op) {
	case PROC_CN_MCAST_LISTEN:
		if (!xchg(&from->listens, 1))
			atomic_inc(&proc_event_listeners);
		return 0;
	case PROC_CN_MCAST_IGNORE:
		stop_listening(from);
		return 0;
	}
	return EINVAL;
}

/* The answer is an event like the others, to all, while anybody listens. Its error is positive. */
void proc_events_request(struct nl_sock *from, const struct nl_msg *msg, const struct cn_msg *cn)
{
	struct proc_event event = { .what = PROC_EVENT_NONE };
	u32 op;

	if (cn->len != sizeof(op))
		return;
	memcpy(&op, cn + 1, sizeof(op));
	event.err = change_listening(from, msg, op);
	if (proc_events_wanted())
		send_event(&event, cn->ack + 1);
}
