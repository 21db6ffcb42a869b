// SPDX-License-Identifier: MIT
/*
 * System V message queues.
 *
 * The queue's lock (perm.lock) guards everything in it. Senders wait for room on one list of sleepers, receivers for a message on another;
 * whoever makes room or sends wakes them all, and each looks again under the lock, permissions included. A message is counted, so that MSG_COPY can
 * copy it to the program while somebody else receives it.
 */
#include "fs/stat.h"
#include "kernel/ipc/msg.h"
#include "kernel/lib/err.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/limits.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/cred.h"
#include "kernel/task/task.h"
#include "kernel/x86/time.h"
#include "kernel/x86/uaccess.h"
#include "mm/gfp.h"
#include "mm/slab.h"

#define MSG_NOERROR 010000
#define MSG_EXCEPT  020000
#define MSG_COPY    040000

#define MSG_STAT     11
#define MSG_INFO     12
#define MSG_STAT_ANY 13

/* The structures of the ABI. */
struct msqid64_ds {
	struct ipc64_perm msg_perm;
	long msg_stime, msg_rtime, msg_ctime;
	unsigned long msg_cbytes, msg_qnum, msg_qbytes;
	int msg_lspid, msg_lrpid;
	unsigned long unused4, unused5;
};

struct msginfo {
	int msgpool, msgmap, msgmax, msgmnb, msgmni, msgssz, msgtql;
	unsigned short msgseg;
};

_Static_assert(sizeof(struct msqid64_ds) == 120 && sizeof(struct msginfo) == 32, "structures of the ABI");

struct message {
	struct list_head list;
	refcount_t refs;
	long type;
	size_t size;
	char text[];
};

static void free_queue(struct ipc_perm *perm)
{
	kfree(queue_of(perm));
}

struct ipc_ids msg_ids = IPC_IDS_INIT(msg_ids, free_queue);

static void put_message(struct message *msg)
{
	if (refcount_dec_and_test(&msg->refs))
		kvfree(msg);
}

/* ---- msgget ---- */

static int create_queue(struct ipc_ids *ids, int key, int flags, void *arg)
{
	struct msg_queue *q = kzalloc(sizeof(*q), GFP_KERNEL);
	int id;

	if (!q)
		return -ENOMEM;
	q->qbytes = MSGMNB;
	q->ctime = ktime_get_real_seconds();
	INIT_LIST_HEAD(&q->messages);
	init_waitqueue_head(&q->senders);
	init_waitqueue_head(&q->receivers);
	id = ipc_add(ids, &q->perm, key, flags, MSGMNI);
	if (id < 0)
		kfree(q);
	return id;
}

long sys_msgget(int key, int flags)
{
	static const struct ipc_ops ops = { .create = create_queue };

	return ipc_get(&msg_ids, &ops, key, flags, NULL);
}

/* ---- msgsnd ---- */

static bool has_room(const struct msg_queue *q, size_t size)
{
	return READ_ONCE(q->cbytes) + size <= READ_ONCE(q->qbytes) && READ_ONCE(q->qnum) + 1 <= READ_ONCE(q->qbytes);
}

/* 0, -EAGAIN when there is no room, or another reason. The message is the queue's after 0. */
static int try_send(struct msg_queue *q, struct message *msg)
{
	int ret = 0;

	spin_lock(&q->perm.lock);
	if (q->perm.deleted) {
		ret = -EIDRM;
	} else if (!ipc_permitted(&q->perm, S_IWUGO)) {
		ret = -EACCES;
	} else if (!has_room(q, msg->size)) {
		ret = -EAGAIN;
	} else {
		list_add_tail(&msg->list, &q->messages);
		WRITE_ONCE(q->cbytes, q->cbytes + msg->size);
		WRITE_ONCE(q->qnum, q->qnum + 1);
		q->lspid = current->tgid;
		q->stime = ktime_get_real_seconds();
	}
	spin_unlock(&q->perm.lock);
	if (!ret)
		wake_up_all(&q->receivers);
	return ret;
}

static struct message *message_from_user(long type, const char __user *text, size_t size)
{
	struct message *msg = kvmalloc(sizeof(*msg) + size, GFP_KERNEL);

	if (!msg)
		return ERR_PTR(-ENOMEM);
	refcount_set(&msg->refs, 1);
	msg->type = type;
	msg->size = size;
	if (copy_from_user(msg->text, text, size)) {
		kvfree(msg);
		return ERR_PTR(-EFAULT);
	}
	return msg;
}

long sys_msgsnd(int msqid, void __user *umsg, size_t size, int flags)
{
	struct message *msg;
	struct ipc_perm *perm;
	struct msg_queue *q;
	long type;
	int ret;

	if (get_user(type, (long __user *)umsg))
		return -EFAULT;
	if (size > MSGMAX || msqid < 0 || type < 1)
		return -EINVAL;
	msg = message_from_user(type, (char __user *)umsg + sizeof(long), size);
	if (IS_ERR(msg))
		return PTR_ERR(msg);
	perm = ipc_find(&msg_ids, msqid);
	if (IS_ERR(perm)) {
		put_message(msg);
		return PTR_ERR(perm);
	}
	q = queue_of(perm);
	while ((ret = try_send(q, msg)) == -EAGAIN && !(flags & IPC_NOWAIT)) {
		/* Bytes, not the place in a queue, are what there is too little of: all look again when some are free. */
		if (wait_event_interruptible(q->senders, has_room(q, size) || READ_ONCE(perm->deleted))) {
			ret = -EINTR;
			break;
		}
	}
	if (ret)
		put_message(msg);
	ipc_put(perm);
	return ret;
}

/* ---- msgrcv ---- */

/* Which message is wanted. */
struct wanted {
	long type;
	int flags;
	size_t size;
};

/* The message, or NULL. The queue's lock held. */
static struct message *find_message(struct msg_queue *q, const struct wanted *w)
{
	struct message *msg, *found = NULL;
	long index = 0, limit;

	if (w->type < 0 && !(w->flags & MSG_COPY)) {
		/* The lowest type that is not above the limit, and of that the oldest. */
		limit = w->type == LONG_MIN ? LONG_MAX : -w->type;
		list_for_each_entry (msg, &q->messages, list)
			if (msg->type <= limit && (!found || msg->type < found->type))
				found = msg;
		return found;
	}
	list_for_each_entry (msg, &q->messages, list) {
		if (w->flags & MSG_COPY) {
			if (index++ == w->type)
				return msg;
		} else if (!w->type || (w->flags & MSG_EXCEPT ? msg->type != w->type : msg->type == w->type)) {
			return msg;
		}
	}
	return NULL;
}

/* The message with a reference, taken out unless it is only copied; an error pointer, -ENOMSG if there is none yet. */
static struct message *try_receive(struct msg_queue *q, const struct wanted *w)
{
	struct message *msg;

	spin_lock(&q->perm.lock);
	if (q->perm.deleted)
		msg = ERR_PTR(-EIDRM);
	else if (!ipc_permitted(&q->perm, S_IRUGO))
		msg = ERR_PTR(-EACCES);
	else if (!(msg = find_message(q, w)))
		msg = ERR_PTR(-ENOMSG);
	else if (msg->size > w->size && !(w->flags & MSG_NOERROR))
		msg = ERR_PTR(-E2BIG);
	if (!IS_ERR(msg) && (w->flags & MSG_COPY)) {
		refcount_inc(&msg->refs);
	} else if (!IS_ERR(msg)) {
		list_del(&msg->list);
		WRITE_ONCE(q->cbytes, q->cbytes - msg->size);
		WRITE_ONCE(q->qnum, q->qnum - 1);
		q->lrpid = current->tgid;
		q->rtime = ktime_get_real_seconds();
	}
	spin_unlock(&q->perm.lock);
	if (!IS_ERR(msg) && !(w->flags & MSG_COPY))
		wake_up_all(&q->senders);
	return msg;
}

static bool is_there(struct msg_queue *q, const struct wanted *w)
{
	bool there;

	spin_lock(&q->perm.lock);
	there = q->perm.deleted || find_message(q, w);
	spin_unlock(&q->perm.lock);
	return there;
}

static struct message *receive(struct msg_queue *q, const struct wanted *w)
{
	struct message *msg;

	while ((msg = try_receive(q, w)) == ERR_PTR(-ENOMSG) && !(w->flags & IPC_NOWAIT)) {
		if (wait_event_interruptible(q->receivers, is_there(q, w)))
			return ERR_PTR(-EINTR);
	}
	return msg;
}

long sys_msgrcv(int msqid, void __user *umsg, size_t size, long type, int flags)
{
	struct wanted w = { type, flags, size };
	struct ipc_perm *perm;
	struct message *msg;
	long ret;

	if (msqid < 0 || (long)size < 0)
		return -EINVAL;
	if ((flags & MSG_COPY) && ((flags & MSG_EXCEPT) || !(flags & IPC_NOWAIT)))
		return -EINVAL;
	perm = ipc_find(&msg_ids, msqid);
	if (IS_ERR(perm))
		return PTR_ERR(perm);
	msg = receive(queue_of(perm), &w);
	ipc_put(perm);
	if (IS_ERR(msg))
		return PTR_ERR(msg);
	ret = min_t(size_t, msg->size, size);
	if (put_user(msg->type, (long __user *)umsg) || copy_to_user((char __user *)umsg + sizeof(long), msg->text, ret))
		ret = -EFAULT;
	put_message(msg);
	return ret;
}

/* ---- msgctl ---- */

static long tell_info(int cmd, void __user *buf)
{
	struct msginfo info = {
		.msgpool = MSGMNI * MSGMNB / 1024, .msgmap = MSGMNB, .msgmax = MSGMAX, .msgmnb = MSGMNB, .msgmni = MSGMNI,
		.msgssz = 16, .msgtql = MSGMNB, .msgseg = 0xffff,
	};
	struct ipc_perm *perm;
	unsigned long index;
	long highest;

	down_read(&msg_ids.rwsem);
	if (cmd == MSG_INFO) {
		info.msgpool = msg_ids.in_use;
		info.msgmap = info.msgtql = 0;
		xa_for_each(&msg_ids.table, index, perm) {
			info.msgmap += READ_ONCE(queue_of(perm)->qnum);
			info.msgtql += READ_ONCE(queue_of(perm)->cbytes);
		}
	}
	highest = ipc_highest_index(&msg_ids);
	up_read(&msg_ids.rwsem);
	return copy_to_user(buf, &info, sizeof(info)) ? -EFAULT : highest;
}

static long stat_queue(struct msg_queue *q, int cmd, void __user *buf)
{
	long ret = cmd == IPC_STAT ? 0 : q->perm.id;
	struct msqid64_ds out = { };

	spin_lock(&q->perm.lock);
	if (q->perm.deleted) {
		ret = -EIDRM;
	} else if (cmd != MSG_STAT_ANY && !ipc_permitted(&q->perm, S_IRUGO)) {
		ret = -EACCES;
	} else {
		ipc_to_user_perm(&q->perm, &out.msg_perm);
		out.msg_stime = q->stime;
		out.msg_rtime = q->rtime;
		out.msg_ctime = q->ctime;
		out.msg_cbytes = q->cbytes;
		out.msg_qnum = q->qnum;
		out.msg_qbytes = q->qbytes;
		out.msg_lspid = q->lspid;
		out.msg_lrpid = q->lrpid;
	}
	spin_unlock(&q->perm.lock);
	if (ret >= 0 && copy_to_user(buf, &out, sizeof(out)))
		ret = -EFAULT;
	return ret;
}

static long remove_queue(struct msg_queue *q)
{
	struct ipc_perm *perm = &q->perm;
	struct message *msg, *next;
	LIST_HEAD(messages);
	long ret = 0;

	down_write(&msg_ids.rwsem);
	if (perm->deleted) {
		ret = -EIDRM;
	} else if (!ipc_owner_permitted(perm)) {
		ret = -EPERM;
	} else {
		ipc_remove(&msg_ids, perm);
		spin_lock(&perm->lock);
		list_splice_init(&q->messages, &messages);
		spin_unlock(&perm->lock);
	}
	up_write(&msg_ids.rwsem);
	if (ret)
		return ret;
	wake_up_all(&q->senders);
	wake_up_all(&q->receivers);
	list_for_each_entry_safe (msg, next, &messages, list)
		put_message(msg);
	return 0;
}

static long remove_one(struct ipc_perm *perm)
{
	return remove_queue(queue_of(perm));
}

void msg_remove_all(void)
{
	ipc_for_all(&msg_ids, remove_one);
}

static long set_queue(struct msg_queue *q, void __user *buf)
{
	struct ipc_perm *perm = &q->perm;
	struct msqid64_ds in;
	long ret;

	if (copy_from_user(&in, buf, sizeof(in)))
		return -EFAULT;
	spin_lock(&perm->lock);
	if (perm->deleted)
		ret = -EIDRM;
	else if (!ipc_owner_permitted(perm) || (in.msg_qbytes > MSGMNB && !capable(CAP_SYS_RESOURCE)))
		ret = -EPERM;
	else
		ret = ipc_set_perm(perm, &in.msg_perm);
	if (!ret) {
		WRITE_ONCE(q->qbytes, in.msg_qbytes);
		q->ctime = ktime_get_real_seconds();
	}
	spin_unlock(&perm->lock);
	if (!ret)
		wake_up_all(&q->senders);
	return ret;
}

long sys_msgctl(int msqid, int cmd, void __user *buf)
{
	struct ipc_perm *perm;
	long ret = -EINVAL;

	cmd &= ~IPC_64;
	if (msqid < 0 || cmd < 0)
		return -EINVAL;
	if (cmd == IPC_INFO || cmd == MSG_INFO)
		return tell_info(cmd, buf);
	perm = cmd == MSG_STAT || cmd == MSG_STAT_ANY ? ipc_find_index(&msg_ids, msqid) : ipc_find(&msg_ids, msqid);
	if (IS_ERR(perm))
		return PTR_ERR(perm);
	switch (cmd) {
	case IPC_STAT:
	case MSG_STAT:
	case MSG_STAT_ANY:
		ret = stat_queue(queue_of(perm), cmd, buf);
		break;
	case IPC_RMID:
		ret = remove_queue(queue_of(perm));
		break;
	case IPC_SET:
		ret = set_queue(queue_of(perm), buf);
		break;
	}
	ipc_put(perm);
	return ret;
}
