// SPDX-License-Identifier: MIT
/*
 * Sockets that only messages hold.
 *
 * A message may carry open files, sockets among them, and the message may wait in the queue of such a socket: two sockets sent
 * to each other and then closed hold each other for ever, though no program can reach them. They are found and emptied here.
 *
 * A socket is *in flight* in as many messages as hold its file (inflight). All references to its file may be such:
 *
 *  1. Candidates are the sockets in flight whose file has exactly so many references.
 *  2. From each candidate's count are taken the messages that wait in the queues of candidates. What is left over is held by a message elsewhere: in the queue of
 *     a socket that is no candidate, or on its way between a task and a queue.
 *  3. Those, and all that their queues hold, and so on, can still be received. The others are garbage: their messages with files are taken out and freed, which
 *     drops the last references.
 *
 * Why no socket is taken that a program can still get: all of this happens under gc_lock, and to get a file out of a message needs gc_lock too. A receiver takes
 * the message off its queue and then reports its files arrived, under gc_lock, before any of them becomes a descriptor; while he waits for the
 * lock, the files are still counted in flight but in no queue, so step 2 leaves them over. A receiver that only looks (MSG_PEEK) takes his
 * references under gc_lock; without that, he could take one to a socket counted already, through another that he closes before it is counted.
 * A sender reports his files departed before the message is queued: likewise left over. And a candidate has no descriptor and no system call in progress, so
 * nobody can receive from it or send it: to come by it, he would have to receive it.
 *
 * The look-up of a descriptor may for a moment hold a file that was just closed (fs/file_table.c); then garbage is missed. It is looked for again whenever a socket is
 * closed while others are in flight, and at the end of the run.
 */
#include "fs/file.h"
#include "fs/fs.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/limits.h"
#include "kernel/lib/printk.h"
#include "kernel/task/cred.h"
#include "kernel/task/signal.h"
#include "kernel/task/task.h"
#include "kernel/task/user_counts.h"
#include "kernel/task/workqueue.h"
#include "mm/slab.h"
#include "net/unix/unix.h"

static DEFINE_SPINLOCK(gc_lock);
static LIST_HEAD(inflight_list);	/* gc_lock: sockets in flight */
static unsigned long fds_inflight;	/* gc_lock, read without: files in messages */
static unsigned int sockets_inflight;	/* gc_lock, read without: those that are sockets, as often as they are */

static struct unix_sock *unix_from_file(struct file *file)
{
	struct socket *sock = sock_from_file(file);

	return sock && sock->ops->family == AF_UNIX ? unix_sk(sock) : NULL;
}

/* ---- counting ---- */

/* No user has more under way than a process of his may have open. */
static int charge_user(struct scm_fds *fds)
{
	long limit = min_t(unsigned long, rlimit(RLIMIT_NOFILE), LONG_MAX);
	struct user_counts *user = get_user_counts(current_uid());

	if (!user)
		return -ENOMEM;
	if (capable(CAP_SYS_RESOURCE) || capable(CAP_SYS_ADMIN))
		limit = LONG_MAX;
	if (!user_count_inc_by(&user->fds_inflight, fds->count, limit)) {
		put_user_counts(user);
		return -ETOOMANYREFS;
	}
	fds->user = user;
	return 0;
}

int unix_fds_depart(struct scm_fds *fds)
{
	struct unix_sock *u;
	int err = charge_user(fds);

	if (err)
		return err;
	spin_lock(&gc_lock);
	fds_inflight += fds->count;
	for (int i = 0; i < fds->count; i++) {
		u = unix_from_file(fds->file[i]);
		if (!u)
			continue;
		if (!u->inflight++)
			list_add_tail(&u->gc_link, &inflight_list);
		sockets_inflight++;
	}
	spin_unlock(&gc_lock);
	return 0;
}

void unix_fds_arrive(struct scm_fds *fds)
{
	struct unix_sock *u;

	spin_lock(&gc_lock);
	fds_inflight -= fds->count;
	for (int i = 0; i < fds->count; i++) {
		u = unix_from_file(fds->file[i]);
		if (!u)
			continue;
		if (!--u->inflight)
			list_del_init(&u->gc_link);
		sockets_inflight--;
	}
	spin_unlock(&gc_lock);
	atomic_long_sub(fds->count, &fds->user->fds_inflight);
	put_user_counts(fds->user);
	fds->user = NULL;
}

/* recv_mutex held, so the message keeps its files. NULL without memory: the files are then not shown. */
struct scm_fds *unix_fds_peek(struct unix_sock *u, struct unix_buf *buf)
{
	struct scm_fds *fds = kmemdup(buf->fds, sizeof(*fds), GFP_KERNEL);

	if (!fds)
		return NULL;
	fds->user = NULL;
	spin_lock(&gc_lock);
	for (int i = 0; i < fds->count; i++)
		get_file(fds->file[i]);
	spin_unlock(&gc_lock);
	return fds;
}

/* ---- finding; gc_lock held ---- */

typedef void (*child_fn)(struct unix_sock *child, void *arg);

static void each_in_queue(struct unix_sock *u, child_fn fn, void *arg)
{
	struct unix_sock *child;
	struct unix_buf *buf;

	list_for_each_entry (buf, &u->queue, list) {
		for (int i = 0; buf->fds && i < buf->fds->count; i++) {
			child = unix_from_file(buf->fds->file[i]);
			if (child && child->gc_candidate)
				fn(child, arg);
		}
	}
}

/* Calls @fn for each candidate in a message that waits at @u, or at a connection that waits at @u to be accepted. */
static void each_candidate(struct unix_sock *u, child_fn fn, void *arg)
{
	struct unix_sock *c;

	spin_lock(&u->sock.lock);
	each_in_queue(u, fn, arg);
	list_for_each_entry (c, &u->pending, pending_node) {
		spin_lock_nested(&c->sock.lock, SINGLE_DEPTH_NESTING);
		each_in_queue(c, fn, arg);
		spin_unlock(&c->sock.lock);
	}
	spin_unlock(&u->sock.lock);
}

static void count_down(struct unix_sock *child, void *unused)
{
	child->gc_refs--;
}

static void can_be_received(struct unix_sock *child, void *live)
{
	child->gc_candidate = false;
	list_move_tail(&child->gc_link, live);
}

/* Steps 1 to 3: @garbage gets what nobody can receive. The others are back on inflight_list. */
static void find_garbage(struct list_head *garbage)
{
	struct unix_sock *u, *next;
	LIST_HEAD(live);

	list_for_each_entry_safe (u, next, &inflight_list, gc_link) {
		u->gc_candidate = file_count(u->sock.file) == u->inflight;
		u->gc_refs = u->inflight;
		if (u->gc_candidate)
			list_move_tail(&u->gc_link, garbage);
	}
	list_for_each_entry (u, garbage, gc_link)
		each_candidate(u, count_down, NULL);
	list_for_each_entry_safe (u, next, garbage, gc_link) {
		if (u->gc_refs)
			can_be_received(u, &live);
	}
	/* The list grows at its end while it is walked. */
	list_for_each_entry (u, &live, gc_link)
		each_candidate(u, can_be_received, &live);
	list_splice_tail_init(&live, &inflight_list);
}

static void take_messages(struct unix_sock *u, struct list_head *messages)
{
	struct unix_buf *buf, *next;

	list_for_each_entry_safe (buf, next, &u->queue, list) {
		if (!buf->fds)
			continue;
		unix_unqueue(u, buf);
		list_add_tail(&buf->list, messages);
	}
}

/* The messages with files of a garbage socket, and of what waits at it. */
static void empty(struct unix_sock *u, struct list_head *messages)
{
	struct unix_sock *c;

	u->gc_candidate = false;
	spin_lock(&u->sock.lock);
	take_messages(u, messages);
	list_for_each_entry (c, &u->pending, pending_node) {
		spin_lock_nested(&c->sock.lock, SINGLE_DEPTH_NESTING);
		take_messages(c, messages);
		spin_unlock(&c->sock.lock);
	}
	spin_unlock(&u->sock.lock);
}

/* ---- when ---- */

static void collect(struct work_struct *unused)
{
	struct unix_sock *u;
	LIST_HEAD(garbage);
	LIST_HEAD(messages);

	spin_lock(&gc_lock);
	find_garbage(&garbage);
	list_for_each_entry (u, &garbage, gc_link)
		empty(u, &messages);
	list_splice_tail_init(&garbage, &inflight_list);
	spin_unlock(&gc_lock);
	/* With the last message that holds it a socket's file is closed, and the next round may find more. */
	unix_buf_free_list(&messages);
}

static DECLARE_WORK(gc_work, collect);

/* After a close. A work item, because closing is what freeing the messages leads to. */
void unix_gc_maybe(void)
{
	if (READ_ONCE(sockets_inflight))
		schedule_work(&gc_work);
}

void unix_gc_drain(void)
{
	unsigned int before;

	do {
		flush_work(&gc_work);
		before = READ_ONCE(sockets_inflight);
		collect(NULL);
		flush_delayed_fput();
	} while (READ_ONCE(sockets_inflight) < before);
	flush_work(&gc_work);
	flush_delayed_fput();
	if (unix_sockets() || READ_ONCE(fds_inflight))
		pr_err("unix: %ld sockets and %lu files under way are left\n", unix_sockets(), READ_ONCE(fds_inflight));
}
