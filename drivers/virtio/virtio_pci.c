// SPDX-License-Identifier: MIT
/*
 * virtio_pci.c - virtio 1.x over PCI: the registers behind the vendor capabilities.
 *
 * The common configuration is set up by one thread before the device runs; later only the status
 * byte and the generation are read. The queue registers go through a selector, so they are used
 * during setup only. Notifications are plain writes to the queue's own address.
 *
 * Interrupts: with MSI-X, entry 0 is for configuration changes and entry i+1 for queue i, each on
 * the CPU the driver named. If entries are too few, all queues share one. Without MSI-X the wired
 * interrupt serves all; reading the ISR register says what for, and acknowledges it.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"
#include "kernel/x86/io.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "drivers/pci/pci.h"
#include "drivers/virtio/virtio.h"

#define VIRTIO_PCI_VENDOR	0x1af4
#define VIRTIO_PCI_MODERN_FIRST 0x1040
#define VIRTIO_PCI_MODERN_LAST	0x107f
#define VIRTIO_PCI_TRANS_FIRST	0x1000
#define VIRTIO_PCI_TRANS_LAST	0x103f

/* cfg_type of the vendor capabilities */
#define VIRTIO_PCI_CAP_COMMON 1
#define VIRTIO_PCI_CAP_NOTIFY 2
#define VIRTIO_PCI_CAP_ISR    3
#define VIRTIO_PCI_CAP_DEVICE 4

/* Common configuration, byte offsets. */
#define COMMON_DFSELECT	     0x00
#define COMMON_DF	     0x04
#define COMMON_GFSELECT	     0x08
#define COMMON_GF	     0x0c
#define COMMON_MSIX_CONFIG   0x10
#define COMMON_NUM_QUEUES    0x12
#define COMMON_STATUS	     0x14
#define COMMON_GENERATION    0x15
#define COMMON_Q_SELECT	     0x16
#define COMMON_Q_SIZE	     0x18
#define COMMON_Q_MSIX	     0x1a
#define COMMON_Q_ENABLE	     0x1c
#define COMMON_Q_NOTIFY_OFF  0x1e
#define COMMON_Q_DESC	     0x20
#define COMMON_Q_AVAIL	     0x28
#define COMMON_Q_USED	     0x30

#define VIRTIO_MSI_NO_VECTOR 0xffff
#define VIRTIO_QUEUE_MAX     1024 /* larger rings are halved until they fit */

#define ISR_QUEUE  1
#define ISR_CONFIG 2

struct virtio_pci {
	struct virtio_device vdev;
	struct pci_dev *pci;
	/* mapped registers; constant */
	void *common, *notify, *isr, *device;
	u32 notify_len, device_len, notify_mult;
	int msix;		 /* entries in use, or 0 */
	bool shared_vector;	 /* entry 1 serves all queues */
	int intx_irq;
};

static struct virtio_pci *to_vp(struct virtio_device *vdev)
{
	return container_of(vdev, struct virtio_pci, vdev);
}

static u8 vp_get_status(struct virtio_device *vdev)
{
	return readb(to_vp(vdev)->common + COMMON_STATUS);
}

static void vp_set_status(struct virtio_device *vdev, u8 status)
{
	writeb(status, to_vp(vdev)->common + COMMON_STATUS);
}

static u64 vp_get_features(struct virtio_device *vdev)
{
	void *common = to_vp(vdev)->common;
	u64 features;

	writel(0, common + COMMON_DFSELECT);
	features = readl(common + COMMON_DF);
	writel(1, common + COMMON_DFSELECT);
	return features | (u64)readl(common + COMMON_DF) << 32;
}

static void vp_set_features(struct virtio_device *vdev, u64 features)
{
	void *common = to_vp(vdev)->common;

	writel(0, common + COMMON_GFSELECT);
	writel((u32)features, common + COMMON_GF);
	writel(1, common + COMMON_GFSELECT);
	writel(features >> 32, common + COMMON_GF);
}

/* Access in the field's own width, as the specification wants it. */
static void vp_get_config(struct virtio_device *vdev, unsigned int off, void *buf,
			  unsigned int len)
{
	struct virtio_pci *vp = to_vp(vdev);
	u8 *p = buf;

	memset(buf, 0, len);
	if (!vp->device || off >= vp->device_len)
		return;
	len = min(len, vp->device_len - off); /* an older device has fewer fields: they read as 0 */
	while (len) {
		unsigned int step = len >= 4 && !(off & 3) ? 4 : len >= 2 && !(off & 1) ? 2 : 1;

		if (step == 4)
			put_unaligned(readl(vp->device + off), (u32 *)p);
		else if (step == 2)
			put_unaligned(readw(vp->device + off), (u16 *)p);
		else
			*p = readb(vp->device + off);
		p += step;
		off += step;
		len -= step;
	}
}

static u32 vp_generation(struct virtio_device *vdev)
{
	return readb(to_vp(vdev)->common + COMMON_GENERATION);
}

static irqreturn_t vp_config_irq(int irq, void *arg)
{
	struct virtio_pci *vp = arg;

	if (vp->vdev.driver && vp->vdev.driver->config_changed)
		vp->vdev.driver->config_changed(&vp->vdev);
	return IRQ_HANDLED;
}

static irqreturn_t vp_queue_irq(int irq, void *arg)
{
	virtqueue_interrupt(arg);
	return IRQ_HANDLED;
}

static irqreturn_t vp_all_queues_irq(int irq, void *arg)
{
	struct virtio_pci *vp = arg;
	unsigned int i;

	for (i = 0; i < vp->vdev.nr_vqs; i++)
		if (vp->vdev.vqs[i])
			virtqueue_interrupt(vp->vdev.vqs[i]);
	return IRQ_HANDLED;
}

static irqreturn_t vp_intx_irq(int irq, void *arg)
{
	struct virtio_pci *vp = arg;
	u8 isr = readb(vp->isr); /* also lowers the line */

	if (!isr)
		return IRQ_NONE;
	if (isr & ISR_CONFIG)
		vp_config_irq(irq, vp);
	if (isr & ISR_QUEUE)
		vp_all_queues_irq(irq, vp);
	return IRQ_HANDLED;
}

/* Tell the device about one ring. */
static int vp_enable_queue(struct virtio_pci *vp, unsigned int i, vq_callback_t *callback)
{
	void *common = vp->common;
	struct virtqueue *vq;
	unsigned int size;
	u64 notify_off;

	writew(i, common + COMMON_Q_SELECT);
	size = readw(common + COMMON_Q_SIZE);
	if (!size || (size & (size - 1)))
		return -ENODEV;
	while (size > VIRTIO_QUEUE_MAX)
		size /= 2;
	notify_off = (u64)readw(common + COMMON_Q_NOTIFY_OFF) * vp->notify_mult;
	if (notify_off + 2 > vp->notify_len)
		return -ENODEV;
	vq = virtqueue_create(&vp->vdev, i, size, callback);
	if (!vq)
		return -ENOMEM;
	vq->notify_addr = vp->notify + notify_off;
	vp->vdev.vqs[i] = vq;
	writew(size, common + COMMON_Q_SIZE);
	writel((u32)__pa(vq->desc), common + COMMON_Q_DESC);
	writel(__pa(vq->desc) >> 32, common + COMMON_Q_DESC + 4);
	writel((u32)__pa(vq->avail), common + COMMON_Q_AVAIL);
	writel(__pa(vq->avail) >> 32, common + COMMON_Q_AVAIL + 4);
	writel((u32)__pa(vq->used), common + COMMON_Q_USED);
	writel(__pa(vq->used) >> 32, common + COMMON_Q_USED + 4);
	return 0;
}

/* Write an MSI-X entry number and see whether the device could take it. */
static int vp_set_vector(struct virtio_pci *vp, unsigned int reg, u16 vector)
{
	writew(vector, vp->common + reg);
	return readw(vp->common + reg) == vector ? 0 : -EBUSY;
}

static int vp_setup_msix(struct virtio_pci *vp, unsigned int nr, const int *cpus)
{
	int entries = pci_msix_enable(vp->pci);
	unsigned int i;
	int err;

	if (entries < 2) {
		if (entries > 0)
			pci_msix_disable(vp->pci);
		return -ENODEV;
	}
	vp->msix = entries;
	vp->shared_vector = entries < nr + 1;
	err = pci_msix_request(vp->pci, 0, -1, vp_config_irq, vp->vdev.name, vp);
	if (!err)
		err = vp_set_vector(vp, COMMON_MSIX_CONFIG, 0);
	if (!err && vp->shared_vector)
		err = pci_msix_request(vp->pci, 1, -1, vp_all_queues_irq, vp->vdev.name, vp);
	for (i = 0; i < nr && !err; i++) {
		if (!vp->shared_vector)
			err = pci_msix_request(vp->pci, i + 1, cpus ? cpus[i] : -1, vp_queue_irq,
					       vp->vdev.name, vp->vdev.vqs[i]);
		writew(i, vp->common + COMMON_Q_SELECT);
		if (!err)
			err = vp_set_vector(vp, COMMON_Q_MSIX, vp->shared_vector ? 1 : i + 1);
	}
	return err;
}

static int vp_setup_interrupts(struct virtio_pci *vp, unsigned int nr, const int *cpus)
{
	int err = vp_setup_msix(vp, nr, cpus);

	if (err != -ENODEV)
		return err;
	pr_info("%s: no MSI-X, using interrupt line %u\n", vp->vdev.name, vp->pci->irq_line);
	err = pci_intx_request(vp->pci, vp_intx_irq, vp->vdev.name, vp);
	if (err < 0)
		return err;
	vp->intx_irq = err;
	return 0;
}

static void vp_free_interrupts(struct virtio_pci *vp)
{
	unsigned int i;

	if (vp->intx_irq) {
		free_irq(vp->intx_irq, vp);
		vp->intx_irq = 0;
	}
	if (!vp->msix)
		return;
	pci_msix_free(vp->pci, 0, vp);
	if (vp->shared_vector)
		pci_msix_free(vp->pci, 1, vp);
	for (i = 0; !vp->shared_vector && i < vp->vdev.nr_vqs; i++)
		pci_msix_free(vp->pci, i + 1, vp->vdev.vqs[i]);
	pci_msix_disable(vp->pci);
	vp->msix = 0;
}

static int vp_setup_queues(struct virtio_device *vdev, unsigned int nr, vq_callback_t *callback,
			   const int *cpus)
{
	struct virtio_pci *vp = to_vp(vdev);
	unsigned int i;
	int err = 0;

	if (nr > readw(vp->common + COMMON_NUM_QUEUES))
		return -EINVAL;
	pci_enable_device(vp->pci);
	vdev->vqs = kcalloc(nr, sizeof(*vdev->vqs), GFP_KERNEL);
	if (!vdev->vqs)
		return -ENOMEM;
	vdev->nr_vqs = nr;
	for (i = 0; i < nr && !err; i++)
		err = vp_enable_queue(vp, i, callback);
	if (!err)
		err = vp_setup_interrupts(vp, nr, cpus);
	for (i = 0; i < nr && !err; i++) {
		writew(i, vp->common + COMMON_Q_SELECT);
		writew(1, vp->common + COMMON_Q_ENABLE);
	}
	if (err)
		virtio_reset(vdev); /* stops it; the driver will not use it */
	return err;
}

/*
 * The device has been reset: no more interrupts, and nothing it could still do to memory. The
 * rings stay, their owner may look at them.
 */
static void vp_stop(struct virtio_device *vdev)
{
	struct virtio_pci *vp = to_vp(vdev);

	pci_disable_master(vp->pci);
	vp_free_interrupts(vp);
}

static const struct virtio_transport vp_transport = {
	.get_status = vp_get_status,
	.set_status = vp_set_status,
	.get_features = vp_get_features,
	.set_features = vp_set_features,
	.get_config = vp_get_config,
	.config_generation = vp_generation,
	.setup_queues = vp_setup_queues,
	.stop = vp_stop,
};

/* Map one structure the capability at @cap describes; NULL if it is not usable. */
static void *vp_map_cap(struct virtio_pci *vp, unsigned int cap, u32 *len)
{
	u8 bar = pci_read_config_byte(vp->pci, cap + 4);
	u32 offset = pci_read_config_dword(vp->pci, cap + 8);
	void *map;

	*len = pci_read_config_dword(vp->pci, cap + 12);
	map = pci_map_bar(vp->pci, bar);
	if (!map || (u64)offset + *len > vp->pci->bar[bar].size)
		return NULL;
	return map + offset;
}

/* Walk the vendor capabilities; the first usable one of each type counts. */
static bool vp_find_structures(struct virtio_pci *vp)
{
	unsigned int cap = 0;
	u32 len;

	while ((cap = pci_find_capability(vp->pci, PCI_CAP_ID_VENDOR, cap)) != 0) {
		switch (pci_read_config_byte(vp->pci, cap + 3)) {
		case VIRTIO_PCI_CAP_COMMON:
			if (!vp->common)
				vp->common = vp_map_cap(vp, cap, &len);
			break;
		case VIRTIO_PCI_CAP_NOTIFY:
			if (vp->notify)
				break;
			vp->notify = vp_map_cap(vp, cap, &vp->notify_len);
			vp->notify_mult = pci_read_config_dword(vp->pci, cap + 16);
			break;
		case VIRTIO_PCI_CAP_ISR:
			if (!vp->isr)
				vp->isr = vp_map_cap(vp, cap, &len);
			break;
		case VIRTIO_PCI_CAP_DEVICE:
			if (!vp->device)
				vp->device = vp_map_cap(vp, cap, &vp->device_len);
			break;
		}
	}
	return vp->common && vp->notify && vp->isr;
}

static int vp_probe(struct pci_dev *pci, void *unused)
{
	struct virtio_pci *vp;

	if (pci->vendor != VIRTIO_PCI_VENDOR || pci->device < VIRTIO_PCI_TRANS_FIRST ||
	    pci->device > VIRTIO_PCI_MODERN_LAST)
		return 0;
	vp = kzalloc(sizeof(*vp), GFP_KERNEL);
	if (!vp)
		return -ENOMEM;
	vp->pci = pci;
	vp->vdev.transport = &vp_transport;
	vp->vdev.device_id = pci->device >= VIRTIO_PCI_MODERN_FIRST ?
				     pci->device - VIRTIO_PCI_MODERN_FIRST :
				     pci->subsystem;
	pci->driver_data = vp;
	pci_enable_device(pci);
	if (!vp_find_structures(vp)) {
		pr_err("pci %02x:%02x.%u: virtio device without the virtio 1.x registers\n",
		       pci->bus, PCI_SLOT(pci->devfn), PCI_FUNC(pci->devfn));
		pci->driver_data = NULL;
		kfree(vp);
		return 0;
	}
	register_virtio_device(&vp->vdev);
	return 0;
}

int virtio_pci_init(void)
{
	return pci_for_each_dev(vp_probe, NULL);
}
