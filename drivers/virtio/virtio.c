// SPDX-License-Identifier: MIT
/*
 * virtio.c - matching devices with drivers, and the handshake every device goes through.
 *
 * The lists of devices and drivers are built at boot by one thread. Afterwards only the status
 * register is touched, by the driver of the device, and at shutdown.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/printk.h"
#include "kernel/task/sched.h"
#include "drivers/virtio/virtio.h"

#define VIRTIO_RESET_MS 2000 /* patience with a device that does not come to rest */

static LIST_HEAD(virtio_devices);
static struct virtio_driver *virtio_drivers;

static void virtio_add_status(struct virtio_device *vdev, u8 bits)
{
	vdev->transport->set_status(vdev, vdev->transport->get_status(vdev) | bits);
}

static void virtio_try_probe(struct virtio_device *vdev, struct virtio_driver *drv)
{
	int err;

	if (vdev->driver || vdev->device_id != drv->device_id)
		return;
	virtio_reset(vdev);
	virtio_add_status(vdev, VIRTIO_STATUS_ACKNOWLEDGE);
	virtio_add_status(vdev, VIRTIO_STATUS_DRIVER);
	vdev->driver = drv;
	err = drv->probe(vdev);
	if (err) {
		pr_err("%s: %s could not start it: error %d\n", vdev->name, drv->name, err);
		virtio_fail(vdev);
		vdev->driver = NULL;
	}
}

void register_virtio_device(struct virtio_device *vdev)
{
	static unsigned int next_index;
	struct virtio_driver *drv;

	vdev->index = next_index++;
	snprintf(vdev->name, sizeof(vdev->name), "virtio%u", vdev->index);
	list_add_tail(&vdev->list, &virtio_devices);
	for (drv = virtio_drivers; drv; drv = drv->next)
		virtio_try_probe(vdev, drv);
}

int register_virtio_driver(struct virtio_driver *drv)
{
	struct virtio_device *vdev;

	drv->next = virtio_drivers;
	virtio_drivers = drv;
	list_for_each_entry(vdev, &virtio_devices, list)
		virtio_try_probe(vdev, drv);
	return 0;
}

int virtio_negotiate(struct virtio_device *vdev, u64 wanted)
{
	u64 offered = vdev->transport->get_features(vdev);

	if (!(offered & VIRTIO_F_VERSION_1)) {
		pr_err("%s: offers no virtio 1.x\n", vdev->name);
		return -ENODEV;
	}
	wanted |= VIRTIO_F_VERSION_1 | VIRTIO_F_INDIRECT_DESC | VIRTIO_F_EVENT_IDX;
	vdev->features = offered & wanted;
	vdev->transport->set_features(vdev, vdev->features);
	virtio_add_status(vdev, VIRTIO_STATUS_FEATURES_OK);
	if (!(vdev->transport->get_status(vdev) & VIRTIO_STATUS_FEATURES_OK)) {
		pr_err("%s: refuses features %#llx\n", vdev->name,
		       (unsigned long long)vdev->features);
		return -ENODEV;
	}
	return 0;
}

int virtio_setup_queues(struct virtio_device *vdev, unsigned int nr, vq_callback_t *callback,
			const int *cpus)
{
	return vdev->transport->setup_queues(vdev, nr, callback, cpus);
}

void virtio_device_ready(struct virtio_device *vdev)
{
	virtio_add_status(vdev, VIRTIO_STATUS_DRIVER_OK);
}

bool virtio_reset(struct virtio_device *vdev)
{
	unsigned int ms;
	u8 status;

	vdev->transport->set_status(vdev, 0);
	for (ms = 0; ms < VIRTIO_RESET_MS; ms++) {
		status = vdev->transport->get_status(vdev);
		if (!status || status == 0xff) { /* at rest, or not there any more */
			vdev->transport->stop(vdev);
			return true;
		}
		msleep(1);
	}
	pr_err("%s: does not complete a reset\n", vdev->name);
	return false;
}

void virtio_fail(struct virtio_device *vdev)
{
	virtio_add_status(vdev, VIRTIO_STATUS_FAILED);
}

bool virtio_needs_reset(struct virtio_device *vdev)
{
	return vdev->transport->get_status(vdev) & VIRTIO_STATUS_NEEDS_RESET;
}

void virtio_read_config(struct virtio_device *vdev, unsigned int off, void *buf, unsigned int len)
{
	u32 before, after;

	do {
		before = vdev->transport->config_generation(vdev);
		vdev->transport->get_config(vdev, off, buf, len);
		after = vdev->transport->config_generation(vdev);
	} while (before != after);
}

void virtio_shutdown(void)
{
	struct virtio_device *vdev;

	list_for_each_entry(vdev, &virtio_devices, list)
		if (vdev->driver && vdev->driver->shutdown)
			vdev->driver->shutdown(vdev);
}
