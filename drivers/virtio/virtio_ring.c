// SPDX-License-Identifier: MIT
/*
 * virtio_ring.c - split virtqueues with indirect descriptors and event indices.
 *
 * The ring is ordinary memory shared with a device that runs concurrently, as another CPU would:
 *
 * - A chain's descriptors and its slot in avail->ring are written before avail->idx (dma_wmb): a
 *   device that sees the index sees the chain.
 * - A used entry is read after used->idx (dma_rmb).
 * - Notification: we write avail->idx, then read the index at which the device wants to be told;
 *   the device writes that index, then reads avail->idx. A full barrier between write and read on
 *   both sides makes it impossible that both read the old value, so no request lies unnoticed.
 * - Interrupts mirror this: we write used_event, full barrier, then look at used->idx once more.
 *
 * Everything but virtqueue_notify() runs under the user's lock. What the device writes (used ids)
 * is checked: an id that is not in flight breaks the queue instead of our memory.
 */
#include "kernel/lib/bug.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/printk.h"
#include "kernel/x86/barrier.h"
#include "kernel/x86/io.h"
#include "mm/gfp.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "drivers/virtio/virtio.h"

struct vring_avail {
	__le16 flags;
	__le16 idx;
	__le16 ring[];
	/* used_event follows: the used index at whose passing we want an interrupt */
};

struct vring_used_elem {
	__le32 id;
	__le32 len;
};

struct vring_used {
	__le16 flags;
	__le16 idx;
	struct vring_used_elem ring[];
	/* avail_event follows: the avail index at whose passing the device wants a notification */
};

#define VRING_AVAIL_F_NO_INTERRUPT 1
#define VRING_USED_F_NO_NOTIFY	   1

static volatile __le16 *vring_used_event(struct virtqueue *vq)
{
	return &vq->avail->ring[vq->num];
}

static volatile __le16 *vring_avail_event(struct virtqueue *vq)
{
	return (volatile __le16 *)&vq->used->ring[vq->num];
}

/* Has @event been passed when the index went from @old to @now (both modulo 2^16)? */
static bool vring_need_event(u16 event, u16 now, u16 old)
{
	return (u16)(now - event - 1) < (u16)(now - old);
}

static size_t desc_bytes(unsigned int num)
{
	return num * sizeof(struct vring_desc);
}

static size_t avail_bytes(unsigned int num)
{
	return sizeof(struct vring_avail) + (num + 1) * sizeof(__le16);
}

static size_t used_bytes(unsigned int num)
{
	return sizeof(struct vring_used) + num * sizeof(struct vring_used_elem) + sizeof(__le16);
}

struct virtqueue *virtqueue_create(struct virtio_device *vdev, unsigned int index,
				   unsigned int num, vq_callback_t *callback)
{
	struct virtqueue *vq = kzalloc(sizeof(*vq), GFP_KERNEL);
	unsigned int i;

	if (!vq)
		return NULL;
	vq->vdev = vdev;
	vq->index = index;
	vq->num = num;
	vq->callback = callback;
	vq->event_idx = virtio_has_feature(vdev, VIRTIO_F_EVENT_IDX);
	vq->indirect = virtio_has_feature(vdev, VIRTIO_F_INDIRECT_DESC);
	vq->desc = alloc_pages_exact(desc_bytes(num), GFP_KERNEL | __GFP_ZERO);
	vq->avail = alloc_pages_exact(avail_bytes(num), GFP_KERNEL | __GFP_ZERO);
	vq->used = alloc_pages_exact(used_bytes(num), GFP_KERNEL | __GFP_ZERO);
	vq->token = kcalloc(num, sizeof(*vq->token), GFP_KERNEL);
	if (!vq->desc || !vq->avail || !vq->used || !vq->token) {
		virtqueue_destroy(vq);
		return NULL;
	}
	vq->num_free = num;
	for (i = 0; i < num; i++)
		vq->desc[i].next = cpu_to_le16(i + 1); /* the last one's is never followed */
	return vq;
}

/* The device must have been reset or never told of the queue. */
void virtqueue_destroy(struct virtqueue *vq)
{
	if (vq->desc)
		free_pages_exact(vq->desc, desc_bytes(vq->num));
	if (vq->avail)
		free_pages_exact(vq->avail, avail_bytes(vq->num));
	if (vq->used)
		free_pages_exact(vq->used, used_bytes(vq->num));
	kfree(vq->token);
	kfree(vq);
}

/* Put the chain starting at @head on the available ring; publishing the index is last. */
static void vring_publish(struct virtqueue *vq, u16 head, void *token)
{
	vq->token[head] = token;
	vq->avail->ring[vq->avail_idx & (vq->num - 1)] = cpu_to_le16(head);
	vq->avail_idx++;
	dma_wmb();
	WRITE_ONCE(vq->avail->idx, cpu_to_le16(vq->avail_idx));
}

int virtqueue_add(struct virtqueue *vq, const struct vring_desc *desc, unsigned int n, void *token)
{
	u16 head = vq->free_head, i = head;
	unsigned int k;

	if (unlikely(vq->broken))
		return -EIO;
	if (vq->num_free < n)
		return -ENOSPC;
	for (k = 0; k < n; k++) {
		struct vring_desc *d = &vq->desc[i];

		d->addr = desc[k].addr;
		d->len = desc[k].len;
		d->flags = desc[k].flags;
		if (k + 1 < n)
			d->flags |= cpu_to_le16(VRING_DESC_F_NEXT);
		i = le16_to_cpu(d->next);
	}
	vq->free_head = i;
	vq->num_free -= n;
	vring_publish(vq, head, token);
	return 0;
}

int virtqueue_add_indirect(struct virtqueue *vq, struct vring_desc *table, unsigned int n,
			   void *token)
{
	struct vring_desc one = {
		.addr = cpu_to_le64(__pa(table)),
		.len = cpu_to_le32(n * sizeof(*table)),
		.flags = cpu_to_le16(VRING_DESC_F_INDIRECT),
	};
	unsigned int k;

	for (k = 0; k + 1 < n; k++) {
		table[k].flags |= cpu_to_le16(VRING_DESC_F_NEXT);
		table[k].next = cpu_to_le16(k + 1);
	}
	return virtqueue_add(vq, &one, 1, token);
}

bool virtqueue_kick_prepare(struct virtqueue *vq)
{
	u16 old = vq->kicked_idx;

	vq->kicked_idx = vq->avail_idx;
	virt_mb(); /* avail->idx before the device's wish */
	if (vq->event_idx)
		return vring_need_event(le16_to_cpu(*vring_avail_event(vq)), vq->avail_idx, old);
	return !(READ_ONCE(vq->used->flags) & cpu_to_le16(VRING_USED_F_NO_NOTIFY));
}

void virtqueue_notify(struct virtqueue *vq)
{
	writew(vq->index, vq->notify_addr);
}

/* Return the chain that starts at @head to the free list. */
static void vring_free_chain(struct virtqueue *vq, u16 head)
{
	u16 i = head, n = 1;

	while (vq->desc[i].flags & cpu_to_le16(VRING_DESC_F_NEXT)) {
		i = le16_to_cpu(vq->desc[i].next);
		n++;
	}
	vq->desc[i].next = cpu_to_le16(vq->free_head);
	vq->free_head = head;
	vq->num_free += n;
}

static void vring_broken(struct virtqueue *vq, u32 id)
{
	vq->broken = true;
	pr_err("%s: queue %u: the device returned descriptor %u, which it does not have\n",
	       vq->vdev->name, vq->index, id);
}

void *virtqueue_get(struct virtqueue *vq, u32 *len)
{
	struct vring_used_elem *elem;
	void *token;
	u32 id;

	if (unlikely(vq->broken) || vq->last_used == le16_to_cpu(READ_ONCE(vq->used->idx)))
		return NULL;
	dma_rmb(); /* the index before the entry */
	elem = &vq->used->ring[vq->last_used & (vq->num - 1)];
	id = le32_to_cpu(READ_ONCE(elem->id));
	*len = le32_to_cpu(READ_ONCE(elem->len));
	if (unlikely(id >= vq->num || !vq->token[id])) {
		vring_broken(vq, id);
		return NULL;
	}
	token = vq->token[id];
	vq->token[id] = NULL;
	vring_free_chain(vq, id);
	vq->last_used++;
	return token;
}

bool virtqueue_enable_cb(struct virtqueue *vq)
{
	if (vq->event_idx)
		*vring_used_event(vq) = cpu_to_le16(vq->last_used);
	virt_mb(); /* our wish before the device's index */
	return vq->last_used == le16_to_cpu(READ_ONCE(vq->used->idx));
}

void virtqueue_interrupt(struct virtqueue *vq)
{
	if (vq->callback)
		vq->callback(vq);
}
