// SPDX-License-Identifier: MIT
/*
 * The watched files of an epoll: adding, changing and removing them, and the function that their wait queues call.
 * See eventpoll_internal.h for the locks.
 */
#include "fs/eventpoll_internal.h"

#include "kernel/lib/bug.h"
#include "kernel/lib/rculist.h"
#include "kernel/task/cred.h"
#include "mm/gfp.h"
#include "mm/slab.h"

static struct kmem_cache *epi_cache, *pwq_cache;
unsigned long epoll_max_user_watches;

/* ---- the tree: by file, then by number ---- */

static int compare_key(const struct epitem *epi, const struct file *file, int fd)
{
	if (file != epi->file)
		return file < epi->file ? -1 : 1;
	return fd - epi->fd;
}

struct epitem *ep_find(struct eventpoll *ep, struct file *file, int fd)
{
	struct rb_node *node = ep->rbr.rb_node;

	lockdep_assert_held(&ep->mtx);
	while (node) {
		struct epitem *epi = rb_entry(node, struct epitem, rbn);
		int order = compare_key(epi, file, fd);

		if (!order)
			return epi;
		node = order < 0 ? node->rb_left : node->rb_right;
	}
	return NULL;
}

static void ep_tree_insert(struct eventpoll *ep, struct epitem *new)
{
	struct rb_node **link = &ep->rbr.rb_node, *parent = NULL;

	while (*link) {
		parent = *link;
		if (compare_key(rb_entry(parent, struct epitem, rbn), new->file, new->fd) < 0)
			link = &parent->rb_left;
		else
			link = &parent->rb_right;
	}
	rb_link_node(&new->rbn, parent, link);
	rb_insert_color(&new->rbn, &ep->rbr);
}

/* ---- being woken ---- */

/*
 * Wakes who polls this epoll: among them other epolls, whose queues are woken from inside, so the lock of this queue stays held
 * over theirs. The order, watched before watching, has no cycle because the graph of epolls has none; the levels say so to the
 * checker. A wake-up that comes through an item of ours for an epoll is one level further in than that epoll's.
 */
void ep_poll_safewake(struct eventpoll *ep, struct epitem *base, __poll_t events)
{
	unsigned int level = 0;
	unsigned long flags;

	if (base && is_file_epoll(base->file))
		level = ((struct eventpoll *)base->file->private_data)->wake_level;
	spin_lock_irqsave_nested(&ep->poll_wait.lock, flags, level);
	ep->wake_level = level + 1;
	__wake_up_locked_key(&ep->poll_wait, TASK_NORMAL, events ? poll_to_key(events) : NULL);
	ep->wake_level = 0;
	spin_unlock_irqrestore(&ep->poll_wait.lock, flags);
}

/*
 * Does this wake-up count as one taken by an exclusive entry? Then the waker leaves the others asleep: so only if what happened is
 * what the item waits for.
 */
static bool exclusive_taken(const struct epitem *epi, __poll_t happened)
{
	switch (happened & (EPOLLIN | EPOLLOUT)) {
	case EPOLLIN:
		return epi->event.events & EPOLLIN;
	case EPOLLOUT:
		return epi->event.events & EPOLLOUT;
	case 0:
		return true;
	}
	return false;
}

/*
 * A wait queue of the watched file is woken; its lock is held, interrupts are off. Marks the item as possibly ready and wakes. Its
 * entry is still on the queue, and is taken off only under the queue's lock: so the item and its epoll are there.
 */
static int ep_poll_callback(wait_queue_entry_t *wait, unsigned int mode, int sync, void *key)
{
	struct epitem *epi = container_of(wait, struct eppoll_entry, wait)->base;
	struct eventpoll *ep = epi->ep;
	__poll_t happened = key_to_poll(key);
	bool taken = false, polled = false;
	unsigned long flags;

	spin_lock_irqsave(&ep->lock, flags);
	/* EPOLLONESHOT has fired: silent until EPOLL_CTL_MOD. */
	if (!(epi->event.events & ~EP_PRIVATE_BITS))
		goto out;
	if (happened && !(happened & epi->event.events))
		goto out;
	if (READ_ONCE(ep->ovflist) != EP_UNACTIVE) {
		/* A scan has the ready list: it looks here when it is done. */
		if (epi->next == EP_UNACTIVE) {
			epi->next = ep->ovflist;
			WRITE_ONCE(ep->ovflist, epi);
		}
	} else if (list_empty(&epi->rdllink)) {
		list_add_tail(&epi->rdllink, &ep->rdllist);
	}
	/* With the barrier in here, either we see the sleeper or it sees the item: it queues itself before it looks. */
	if (wq_has_sleeper(&ep->wq)) {
		taken = exclusive_taken(epi, happened);
		wake_up(&ep->wq);
	}
	polled = waitqueue_active(&ep->poll_wait);
out:
	if (!(epi->event.events & EPOLLEXCLUSIVE))
		taken = true;
	spin_unlock_irqrestore(&ep->lock, flags);
	if (polled)
		ep_poll_safewake(ep, epi, 0);
	if (happened & POLLFREE) {
		/* The queue goes. Off it now; whead is stored last: without it nobody takes the queue's lock any more. */
		list_del_init(&wait->entry);
		smp_store_release(&container_of(wait, struct eppoll_entry, wait)->whead, NULL);
	}
	return taken;
}

void wake_up_pollfree(wait_queue_head_t *wq)
{
	__wake_up(wq, TASK_NORMAL, 0, poll_to_key(EPOLLHUP | POLLFREE));
	WARN_ON(waitqueue_active(wq));
}

/* ---- queueing ---- */

struct ep_pqueue {
	poll_table pt;
	struct epitem *epi;	/* NULL: an entry could not be made */
};

static void ep_queue_proc(struct file *file, wait_queue_head_t *whead, poll_table *pt)
{
	struct ep_pqueue *epq = container_of(pt, struct ep_pqueue, pt);
	struct epitem *epi = epq->epi;
	struct eppoll_entry *pwq;

	if (!epi)
		return;
	pwq = kmem_cache_alloc(pwq_cache, GFP_KERNEL);
	if (!pwq) {
		epq->epi = NULL;
		return;
	}
	init_waitqueue_func_entry(&pwq->wait, ep_poll_callback);
	pwq->whead = whead;
	pwq->base = epi;
	pwq->next = epi->pwqlist;
	epi->pwqlist = pwq;
	if (epi->event.events & EPOLLEXCLUSIVE)
		add_wait_queue_exclusive(whead, &pwq->wait);
	else
		add_wait_queue(whead, &pwq->wait);
}

void ep_unregister_pollwait(struct epitem *epi)
{
	struct eppoll_entry *pwq;

	while ((pwq = epi->pwqlist)) {
		wait_queue_head_t *whead;

		epi->pwqlist = pwq->next;
		/*
		 * If the queue has gone, whead is NULL. If it is going, we may still see it; then its memory is a wait queue
		 * for as long as we are in here, and removing the entry twice does no harm: it is initialised when it is
		 * taken off.
		 */
		rcu_read_lock();
		whead = smp_load_acquire(&pwq->whead);
		if (whead)
			remove_wait_queue(whead, &pwq->wait);
		rcu_read_unlock();
		kmem_cache_free(pwq_cache, pwq);
	}
}

/* ---- adding, changing, removing ---- */

static void free_item_rcu(struct rcu_head *rcu)
{
	kmem_cache_free(epi_cache, container_of(rcu, struct epitem, rcu));
}

/* What an item has of events is announced to whoever waits for ep. */
static void ep_make_ready(struct eventpoll *ep, struct epitem *epi)
{
	spin_lock_irq(&ep->lock);
	if (list_empty(&epi->rdllink)) {
		list_add_tail(&epi->rdllink, &ep->rdllist);
		if (wq_has_sleeper(&ep->wq))
			wake_up(&ep->wq);
	}
	spin_unlock_irq(&ep->lock);
	if (wq_has_sleeper(&ep->poll_wait))
		ep_poll_safewake(ep, NULL, 0);
}

/* Takes the item off everything. force: the end of the file itself calls. ep->mtx held. */
static bool __ep_remove(struct eventpoll *ep, struct epitem *epi, bool force)
{
	struct file *file = epi->file;

	lockdep_assert_held(&ep->mtx);
	/* First, so that it is not put on the lists again. */
	ep_unregister_pollwait(epi);
	spin_lock(&file->f_lock);
	if (epi->dying && !force) {
		spin_unlock(&file->f_lock);
		return false;
	}
	hlist_del_rcu(&epi->fllink);
	spin_unlock(&file->f_lock);
	rb_erase(&epi->rbn, &ep->rbr);
	spin_lock_irq(&ep->lock);
	if (!list_empty(&epi->rdllink))
		list_del_init(&epi->rdllink);
	spin_unlock_irq(&ep->lock);
	atomic_long_dec(&ep->user->epoll_watches);
	call_rcu(&epi->rcu, free_item_rcu);
	return refcount_dec_and_test(&ep->refs);
}

bool ep_remove(struct eventpoll *ep, struct epitem *epi)
{
	return __ep_remove(ep, epi, false);
}

static void free_ep_rcu(struct rcu_head *rcu)
{
	kfree(container_of(rcu, struct eventpoll, rcu));
}

void ep_free(struct eventpoll *ep)
{
	mutex_destroy(&ep->mtx);
	put_user_counts(ep->user);
	call_rcu(&ep->rcu, free_ep_rcu);
}

/* The last reference to a watched file is gone. Every item on its list is ours to remove, one after the other. */
void eventpoll_release_file(struct file *file)
{
	struct hlist_head *watchers = ep_watchers(file);

	for (;;) {
		struct eventpoll *ep;
		struct epitem *epi;
		bool last;

		spin_lock(&file->f_lock);
		if (hlist_empty(watchers)) {
			spin_unlock(&file->f_lock);
			return;
		}
		epi = hlist_entry(watchers->first, struct epitem, fllink);
		/* From here on nobody else removes it, and it holds its epoll. */
		epi->dying = true;
		ep = epi->ep;
		spin_unlock(&file->f_lock);
		mutex_lock(&ep->mtx);
		last = __ep_remove(ep, epi, true);
		mutex_unlock(&ep->mtx);
		if (last)
			ep_free(ep);
	}
}

/*
 * Puts an item into the tree and on its file's list. From now on the file's last fput waits for ep->mtx. If the file is an epoll, its
 * mutex is held too: nobody adds to it, believing it unwatched, while we count the paths from its files.
 */
static int ep_link(struct eventpoll *ep, struct epitem *epi, bool nested)
{
	struct eventpoll *to = is_file_epoll(epi->file) ? epi->file->private_data : NULL;
	int err = 0;

	if (to)
		mutex_lock_nested(&to->mtx, 1);
	spin_lock(&epi->file->f_lock);
	hlist_add_head_rcu(&epi->fllink, ep_watchers(epi->file));
	epi->file->f_ep_used = true;
	spin_unlock(&epi->file->f_lock);
	ep_tree_insert(ep, epi);
	refcount_inc(&ep->refs);
	if (nested)
		err = ep_paths_check(epi->file);
	if (to)
		mutex_unlock(&to->mtx);
	return err;
}

/* nested: epnested_mutex is held and the graph has been searched for loops. ep->mtx held, the pair not there yet. */
int ep_insert(struct eventpoll *ep, const struct epoll_event *event, struct file *file, int fd, bool nested)
{
	struct ep_pqueue epq;
	struct epitem *epi;
	__poll_t events;
	int err = 0;

	lockdep_assert_held(&ep->mtx);
	if (!user_count_inc(&ep->user->epoll_watches, epoll_max_user_watches))
		return -ENOSPC;
	epi = kmem_cache_zalloc(epi_cache, GFP_KERNEL);
	if (!epi) {
		atomic_long_dec(&ep->user->epoll_watches);
		return -ENOMEM;
	}
	INIT_LIST_HEAD(&epi->rdllink);
	epi->ep = ep;
	epi->file = file;
	epi->fd = fd;
	epi->event = *event;
	epi->next = EP_UNACTIVE;
	err = ep_link(ep, epi, nested);
	if (err)
		goto remove;

	epq.epi = epi;
	init_poll_funcptr(&epq.pt, ep_queue_proc);
	events = ep_item_poll(epi, &epq.pt, 1);
	err = epq.epi ? 0 : -ENOMEM;
	if (err)
		goto remove;
	if (events)
		ep_make_ready(ep, epi);
	return 0;
remove:
	/* Not the last reference to ep: its file holds one. */
	BUG_ON(ep_remove(ep, epi));
	return err;
}

/* ep->mtx held. */
void ep_modify(struct eventpoll *ep, struct epitem *epi, const struct epoll_event *event)
{
	poll_table pt;

	init_poll_funcptr(&pt, NULL);
	spin_lock_irq(&ep->lock);
	epi->event = *event;
	spin_unlock_irq(&ep->lock);
	/*
	 * Either a wake-up sees the new events (it takes ep->lock after us), or what it announced was there before this poll. The
	 * barrier is for polls that look without a lock.
	 */
	smp_mb();
	if (ep_item_poll(epi, &pt, 1))
		ep_make_ready(ep, epi);
}

/* A twenty-fifth of memory may be watches, as Linux has it. */
void ep_items_init(void)
{
	epoll_max_user_watches = totalram_pages() / 25 * PAGE_SIZE / (sizeof(struct epitem) + sizeof(struct eppoll_entry));
	epi_cache = kmem_cache_create("eventpoll_epi", sizeof(struct epitem), 0, SLAB_HWCACHE_ALIGN | SLAB_PANIC, NULL);
	pwq_cache = kmem_cache_create("eventpoll_pwq", sizeof(struct eppoll_entry), 0, SLAB_PANIC, NULL);
}
