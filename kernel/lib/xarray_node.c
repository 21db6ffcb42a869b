// SPDX-License-Identifier: MIT
/*
 * Memory of the xarray's nodes, and the preloading that lets a store under a
 * spinlock be given memory from outside it. The only part of the xarray that
 * knows of the allocator.
 *
 * A node is freed through RCU, because readers may stand on it.
 */
#include "kernel/lib/xarray.h"
#include "kernel/lib/string.h"
#include "mm/gfp.h"
#include "mm/slab.h"

static struct kmem_cache *node_cache;	/* constant after xarray_init() */
static atomic_long_t nodes_in_use;

void xarray_init(void)
{
	node_cache = kmem_cache_create("xa_node", sizeof(struct xa_node), 64,
				       SLAB_PANIC | SLAB_RECLAIM_ACCOUNT, NULL);
}

unsigned long xa_nodes_in_use(void)
{
	return (unsigned long)atomic_long_read(&nodes_in_use);
}

struct xa_node *xa_node_alloc(gfp_t gfp)
{
	struct xa_node *node = kmem_cache_alloc(node_cache, gfp);

	if (node) {
		memset(node, 0, sizeof(*node));
		INIT_LIST_HEAD(&node->private_list);
		atomic_long_inc(&nodes_in_use);
	}
	return node;
}

static void node_free_now(struct rcu_head *head)
{
	kmem_cache_free(node_cache, container_of(head, struct xa_node, rcu_head));
	atomic_long_dec(&nodes_in_use);
}

void xa_node_free(struct xa_node *node)
{
	call_rcu(&node->rcu_head, node_free_now);
}

/* Frees a preloaded node, which no reader has ever seen. */
void xas_destroy(struct xa_state *xas)
{
	if (xas->xa_alloc) {
		node_free_now(&xas->xa_alloc->rcu_head);
		xas->xa_alloc = NULL;
	}
}

bool xas_nomem(struct xa_state *xas, gfp_t gfp)
{
	unsigned long flags;

	if (xas->xa_node != XAS_ERROR(-ENOMEM)) {
		xas_destroy(xas);
		return false;
	}
	xas->xa_alloc = xa_node_alloc(gfp);
	if (xas->xa_alloc) {
		xas->xa_node = XAS_RESTART;
		return true;
	}
	/* Giving up: nodes made on the way there must not stay behind empty. */
	xas_lock_irqsave(xas, flags);
	xas_trim_empty(xas);
	xas_unlock_irqrestore(xas, flags);
	return false;
}

bool __xas_nomem(struct xa_state *xas, gfp_t gfp)
{
	bool irq = xas->xa->xa_flags & XA_FLAGS_LOCK_IRQ;

	if (xas->xa_node != XAS_ERROR(-ENOMEM)) {
		xas_destroy(xas);
		return false;
	}
	if (gfpflags_allow_blocking(gfp)) {
		if (irq)
			xas_unlock_irq(xas);
		else
			xas_unlock(xas);
		xas->xa_alloc = xa_node_alloc(gfp);
		if (irq)
			xas_lock_irq(xas);
		else
			xas_lock(xas);
	} else {
		xas->xa_alloc = xa_node_alloc(gfp);
	}
	if (xas->xa_alloc) {
		xas->xa_node = XAS_RESTART;
		return true;
	}
	xas_trim_empty(xas);
	return false;
}
