/* SPDX-License-Identifier: MIT */
/*
 * virtio.h - virtio 1.x devices and their queues, as drivers see them.
 *
 * Life of a device: found by virtio_pci.c, offered to the driver with its device number; the
 * driver's probe negotiates features (virtio_negotiate), makes queues (virtio_setup_queues) and
 * declares itself ready (virtio_device_ready). virtio_reset() ends all of it, at shutdown or when
 * the device asks for it (DEVICE_NEEDS_RESET).
 *
 * A queue has no lock of its own: its user serialises everything but virtqueue_notify().
 */
#ifndef DRIVERS_VIRTIO_VIRTIO_H
#define DRIVERS_VIRTIO_VIRTIO_H

#include "kernel/lib/types.h"
#include "kernel/lib/list.h"

/* Device status */
#define VIRTIO_STATUS_ACKNOWLEDGE 1
#define VIRTIO_STATUS_DRIVER	  2
#define VIRTIO_STATUS_DRIVER_OK	  4
#define VIRTIO_STATUS_FEATURES_OK 8
#define VIRTIO_STATUS_NEEDS_RESET 64
#define VIRTIO_STATUS_FAILED	  128

/* Feature bits that concern the ring; drivers add their own. */
#define VIRTIO_F_INDIRECT_DESC (1ull << 28)
#define VIRTIO_F_EVENT_IDX     (1ull << 29)
#define VIRTIO_F_VERSION_1     (1ull << 32)

#define VIRTIO_ID_BLOCK 2

/* Descriptor, as the device reads it. */
struct vring_desc {
	__le64 addr;
	__le32 len;
	__le16 flags;
	__le16 next;
};

#define VRING_DESC_F_NEXT     1
#define VRING_DESC_F_WRITE    2 /* the device writes it */
#define VRING_DESC_F_INDIRECT 4

struct virtqueue;
struct virtio_device;
typedef void (vq_callback_t)(struct virtqueue *vq); /* hard interrupt, interrupts off */

struct virtio_driver {
	const char *name;
	u32 device_id;
	/* 0 or a negative errno; may sleep */
	int (*probe)(struct virtio_device *vdev);
	/* The configuration changed or the device failed; hard interrupt. */
	void (*config_changed)(struct virtio_device *vdev);
	/* End of the run: quiesce, then virtio_reset(). May sleep. */
	void (*shutdown)(struct virtio_device *vdev);
	struct virtio_driver *next; /* set up at boot, by one thread */
};

/* How a transport does it; virtio_pci.c is the only one so far. */
struct virtio_transport {
	u8 (*get_status)(struct virtio_device *vdev);
	void (*set_status)(struct virtio_device *vdev, u8 status);
	u64 (*get_features)(struct virtio_device *vdev);
	void (*set_features)(struct virtio_device *vdev, u64 features);
	void (*get_config)(struct virtio_device *vdev, unsigned int off, void *buf,
			   unsigned int len);
	u32 (*config_generation)(struct virtio_device *vdev);
	int (*setup_queues)(struct virtio_device *vdev, unsigned int nr, vq_callback_t *callback,
			    const int *cpus);
	void (*stop)(struct virtio_device *vdev);
};

struct virtio_device {
	u32 device_id;
	unsigned int index;
	u64 features;		   /* negotiated; constant once the driver runs */
	const struct virtio_transport *transport;
	struct virtio_driver *driver;
	void *priv;		   /* the driver's */
	struct virtqueue **vqs;	   /* constant once the driver runs */
	unsigned int nr_vqs;
	struct list_head list;	   /* boot only, then constant */
	char name[16];
};

/* Register at boot; probes the devices there are. */
int register_virtio_driver(struct virtio_driver *drv);
/* Used by the transport. */
void register_virtio_device(struct virtio_device *vdev);
/* End of the run: shut all devices down. */
void virtio_shutdown(void);

/*
 * Accept what the device offers out of @wanted (ring features are added). VERSION_1 is required.
 * 0 or -ENODEV.
 */
int virtio_negotiate(struct virtio_device *vdev, u64 wanted);
/* One interrupt for each queue, on the CPU given (or -1). 0 or negative errno. */
int virtio_setup_queues(struct virtio_device *vdev, unsigned int nr, vq_callback_t *callback,
			const int *cpus);
void virtio_device_ready(struct virtio_device *vdev);
/* Returns when the device has stopped; true if it did. It touches no memory afterwards. */
bool virtio_reset(struct virtio_device *vdev);
/* Tell the device that we gave up on it. */
void virtio_fail(struct virtio_device *vdev);
bool virtio_needs_reset(struct virtio_device *vdev);

static inline bool virtio_has_feature(struct virtio_device *vdev, u64 bit)
{
	return vdev->features & bit;
}

/* Read configuration in one consistent piece. */
void virtio_read_config(struct virtio_device *vdev, unsigned int off, void *buf, unsigned int len);

/* ---- queues ---- */

/* A split ring. Addresses are physical. */
struct virtqueue {
	struct virtio_device *vdev;
	unsigned int index;
	unsigned int num;	   /* entries, a power of two */
	vq_callback_t *callback;
	void *priv;		   /* the user's; constant */
	bool event_idx, indirect;  /* negotiated; constant */
	void *notify_addr;	   /* doorbell; constant */

	/* All below: the user's lock. */
	struct vring_desc *desc;
	struct vring_avail *avail;
	struct vring_used *used;
	void **token;		   /* by head descriptor */
	u16 free_head, num_free;
	u16 avail_idx;		   /* next index to publish */
	u16 kicked_idx;		   /* avail_idx at the last decision to notify */
	u16 last_used;		   /* next used entry to look at */
	bool broken;		   /* the device wrote nonsense: use it no more */
};

/* virtio_pci.c: find and register the devices. */
int virtio_pci_init(void);

struct virtqueue *virtqueue_create(struct virtio_device *vdev, unsigned int index,
				   unsigned int num, vq_callback_t *callback);
void virtqueue_destroy(struct virtqueue *vq);

/*
 * Make @n descriptors available as one chain that is handed back as @token. desc[] has addr, len
 * and flags (WRITE or 0) set. 0, -ENOSPC without room, -EIO if broken.
 */
int virtqueue_add(struct virtqueue *vq, const struct vring_desc *desc, unsigned int n,
		  void *token);
/* The same, through the table at @table, which must stay until completion; sets next fields. */
int virtqueue_add_indirect(struct virtqueue *vq, struct vring_desc *table, unsigned int n,
			   void *token);
/* After adds: has the device to be notified? */
bool virtqueue_kick_prepare(struct virtqueue *vq);
void virtqueue_notify(struct virtqueue *vq); /* no lock needed */
/* The next finished token and the bytes written by the device; NULL if none. */
void *virtqueue_get(struct virtqueue *vq, u32 *len);
/* Ask for an interrupt at the next completion; false if there is one to process already. */
bool virtqueue_enable_cb(struct virtqueue *vq);
/* Called by the transport for an interrupt. */
void virtqueue_interrupt(struct virtqueue *vq);

#endif
