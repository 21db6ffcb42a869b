// SPDX-License-Identifier: MIT
/*
 * Epolls that watch epolls: no loops, no deep nests, no floods of wake-ups.
 *
 * The graph has an edge from each epoll to each epoll it watches. An edge is only added with epnested_mutex held, after a search
 * downwards from its lower end; so it never has a cycle, however many threads add. (Edges may vanish during a search: then it finds too
 * much, never too little.) Wake-ups run upwards along the edges, recursively: the depth is limited by EP_MAX_NESTS, and the
 * number of ways by which a file's wake-up can reach epolls is limited for each length of way.
 */
#include "fs/eventpoll_internal.h"

#include "kernel/lib/kernel.h"
#include "kernel/lib/rculist.h"

DEFINE_MUTEX(epnested_mutex);

static u64 walk;	/* epnested_mutex: which search this is */

/* ---- loops ---- */

/* Is wanted below ep, or ep's tree too deep? Each epoll is visited once in a search, but too deep is found on the first way. */
static bool ep_search(struct eventpoll *ep, const struct eventpoll *wanted, int depth)
{
	struct rb_node *node;
	bool found = false;

	mutex_lock_nested(&ep->mtx, depth + 1);
	ep->visited = walk;
	for (node = rb_first(&ep->rbr); node && !found; node = rb_next(node)) {
		struct epitem *epi = rb_entry(node, struct epitem, rbn);
		struct eventpoll *below;

		if (!is_file_epoll(epi->file))
			continue;
		below = epi->file->private_data;
		if (below == wanted || depth >= EP_MAX_NESTS)
			found = true;
		else if (below->visited != walk)
			found = ep_search(below, wanted, depth + 1);
	}
	mutex_unlock(&ep->mtx);
	return found;
}

/* May ep watch `to`? No lock but epnested_mutex held. 0 or -ELOOP. */
int ep_loop_check(struct eventpoll *ep, struct eventpoll *to)
{
	lockdep_assert_held(&epnested_mutex);
	walk++;
	return ep_search(to, ep, 0) ? -ELOOP : 0;
}

/* ---- ways ---- */

/* Ways of one to five steps that may lead from one file up to epolls nobody watches. */
static const int path_limits[EP_MAX_NESTS + 1] = { 1000, 500, 100, 50, 10 };

/* Counts the ways on from a file reached in `depth` steps, whose watchers these are. False: too many. RCU. */
static bool ep_count_paths(struct hlist_head *watchers, int depth, int *counts)
{
	struct epitem *epi;

	if (depth > EP_MAX_NESTS)
		return false;
	hlist_for_each_entry_rcu(epi, watchers, fllink) {
		struct hlist_head *above = &epi->ep->watchers;

		if (!hlist_empty(above)) {
			if (!ep_count_paths(above, depth + 1, counts))
				return false;
		} else if (++counts[depth] > path_limits[depth]) {
			return false;
		}
	}
	return true;
}

static bool ep_file_ok(struct file *file)
{
	int counts[EP_MAX_NESTS + 1] = { 0 };
	bool ok;

	rcu_read_lock();
	ok = ep_count_paths(ep_watchers(file), 0, counts);
	rcu_read_unlock();
	return ok;
}

/* All files that are watched from ep on downwards. Its mutex is held, at level depth. */
static bool ep_tree_ok(struct eventpoll *ep, int depth)
{
	struct rb_node *node;
	bool ok = true;

	ep->visited = walk;
	for (node = rb_first(&ep->rbr); node && ok; node = rb_next(node)) {
		struct epitem *epi = rb_entry(node, struct epitem, rbn);
		struct eventpoll *below;

		if (!is_file_epoll(epi->file)) {
			ok = ep_file_ok(epi->file);
			continue;
		}
		below = epi->file->private_data;
		if (below->visited == walk)
			continue;
		mutex_lock_nested(&below->mtx, depth + 1);
		ok = ep_tree_ok(below, depth + 1);
		mutex_unlock(&below->mtx);
	}
	return ok;
}

int ep_paths_check(struct file *file)
{
	bool ok;

	lockdep_assert_held(&epnested_mutex);
	if (is_file_epoll(file)) {
		walk++;
		ok = ep_tree_ok(file->private_data, 1);
	} else {
		ok = ep_file_ok(file);
	}
	return ok ? 0 : -EINVAL;
}
