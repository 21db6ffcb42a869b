// SPDX-License-Identifier: MIT
/*
 * bus.c - finding PCI functions and where their registers are.
 *
 * Runs once at boot, in one thread. Bridges are followed by the bus numbers the firmware gave
 * them. BARs too come from the firmware; one that it left at 0 (minimal firmware does) is placed
 * in the hole below the IO-APIC that every PC chipset keeps free of RAM, above whatever is there.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/printk.h"
#include "kernel/x86/io.h"
#include "mm/slab.h"
#include "mm/vmalloc.h"
#include "drivers/pci/pci.h"
#include "drivers/pci/pci_internal.h"

/* Where unplaced BARs go; QEMU's pc and q35 decode this range to PCI whatever the RAM size. */
#define PCI_HOLE_START 0xe0000000ull
#define PCI_HOLE_END   0xfec00000ull

static LIST_HEAD(pci_devices);	     /* constant after pci_init() */
static u64 pci_hole_next = PCI_HOLE_START;

/* Size and address of one BAR; returns how many registers it takes. */
static unsigned int pci_read_bar(struct pci_dev *dev, unsigned int i)
{
	unsigned int reg = PCI_BASE_ADDRESS_0 + 4 * i;
	struct pci_bar *bar = &dev->bar[i];
	u32 low = pci_read_config_dword(dev, reg), high = 0;
	u64 mask;

	pci_write_config_dword(dev, reg, ~0u);
	mask = pci_read_config_dword(dev, reg);
	pci_write_config_dword(dev, reg, low);
	if (!mask)
		return 1;
	if (low & 1) {
		bar->io = true;
		bar->start = low & ~3u;
		bar->size = -(u32)(mask & ~3u) & 0xffff;
		return 1;
	}
	bar->wide = (low & 6) == 4 && i + 1 < PCI_NUM_BARS;
	if (bar->wide) {
		high = pci_read_config_dword(dev, reg + 4);
		pci_write_config_dword(dev, reg + 4, ~0u);
		mask |= (u64)pci_read_config_dword(dev, reg + 4) << 32;
		pci_write_config_dword(dev, reg + 4, high);
	} else {
		mask |= 0xffffffffull << 32;
	}
	bar->start = (u64)high << 32 | (low & ~0xfu);
	bar->size = -(mask & ~0xfull);
	return bar->wide ? 2 : 1;
}

/* Decoding is off meanwhile: a BAR being sized must not answer. */
static void pci_read_bars(struct pci_dev *dev)
{
	u16 cmd = pci_read_config_word(dev, PCI_COMMAND);
	unsigned int i;

	pci_write_config_word(dev, PCI_COMMAND, cmd & ~(PCI_COMMAND_IO | PCI_COMMAND_MEMORY));
	for (i = 0; i < PCI_NUM_BARS;)
		i += pci_read_bar(dev, i);
	pci_write_config_word(dev, PCI_COMMAND, cmd);
	for (i = 0; i < PCI_NUM_BARS; i++) {
		struct pci_bar *bar = &dev->bar[i];

		if (!bar->io && bar->start >= PCI_HOLE_START &&
		    bar->start + bar->size <= PCI_HOLE_END &&
		    bar->start + bar->size > pci_hole_next)
			pci_hole_next = bar->start + bar->size;
	}
}

static void pci_place_bars(struct pci_dev *dev)
{
	unsigned int i;

	for (i = 0; i < PCI_NUM_BARS; i++) {
		struct pci_bar *bar = &dev->bar[i];
		u64 at;

		if (bar->io || !bar->size || bar->start)
			continue;
		at = ALIGN(pci_hole_next, max_t(u64, bar->size, 4096));
		if (at + bar->size > PCI_HOLE_END)
			continue;
		pci_hole_next = at + bar->size;
		bar->start = at;
		pci_write_config_dword(dev, PCI_BASE_ADDRESS_0 + 4 * i, (u32)at);
		if (bar->wide)
			pci_write_config_dword(dev, PCI_BASE_ADDRESS_0 + 4 * i + 4, at >> 32);
	}
}

static int pci_scan_bus(u8 bus, unsigned int depth);

static int pci_add_function(u8 bus, u8 devfn, unsigned int depth)
{
	struct pci_dev *dev = kzalloc(sizeof(*dev), GFP_KERNEL);
	u8 header, secondary;

	if (!dev)
		return -ENOMEM;
	dev->bus = bus;
	dev->devfn = devfn;
	dev->vendor = pci_read_config_word(dev, PCI_VENDOR_ID);
	dev->device = pci_read_config_word(dev, PCI_DEVICE_ID);
	dev->class = pci_read_config_dword(dev, PCI_CLASS_REVISION) >> 8;
	header = pci_read_config_byte(dev, PCI_HEADER_TYPE) & 0x7f;
	list_add_tail(&dev->list, &pci_devices);
	if (header == 1) {
		secondary = pci_read_config_byte(dev, PCI_SECONDARY_BUS);
		return secondary > bus ? pci_scan_bus(secondary, depth + 1) : 0;
	}
	if (header == 0) {
		dev->subsystem = pci_read_config_word(dev, PCI_SUBSYSTEM_ID);
		dev->irq_line = pci_read_config_byte(dev, PCI_INTERRUPT_LINE);
		dev->irq_pin = pci_read_config_byte(dev, PCI_INTERRUPT_PIN);
		dev->msix_cap = pci_find_capability(dev, PCI_CAP_ID_MSIX, 0);
		pci_read_bars(dev);
	}
	return 0;
}

static int pci_scan_bus(u8 bus, unsigned int depth)
{
	unsigned int slot, fn, nr;
	int err;

	if (depth > 16)
		return 0;
	pci_ecam_map_bus(bus);
	for (slot = 0; slot < 32; slot++) {
		nr = 1;
		for (fn = 0; fn < nr; fn++) {
			u8 devfn = PCI_DEVFN(slot, fn);

			if (pci_config_read(bus, devfn, PCI_VENDOR_ID, 2) == 0xffff)
				continue;
			if (!fn && (pci_config_read(bus, devfn, PCI_HEADER_TYPE, 1) & 0x80))
				nr = 8;
			err = pci_add_function(bus, devfn, depth);
			if (err)
				return err;
		}
	}
	return 0;
}

void pci_enable_device(struct pci_dev *dev)
{
	u16 cmd = pci_read_config_word(dev, PCI_COMMAND);

	pci_write_config_word(dev, PCI_COMMAND,
			      cmd | PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
}

void pci_disable_master(struct pci_dev *dev)
{
	u16 cmd = pci_read_config_word(dev, PCI_COMMAND);

	pci_write_config_word(dev, PCI_COMMAND, cmd & ~PCI_COMMAND_MASTER);
}

void *pci_map_bar(struct pci_dev *dev, unsigned int i)
{
	struct pci_bar *bar;

	if (i >= PCI_NUM_BARS)
		return NULL;
	bar = &dev->bar[i];
	if (bar->io || !bar->size || !bar->start)
		return NULL;
	if (!bar->map)
		bar->map = ioremap(bar->start, bar->size);
	return bar->map;
}

int pci_for_each_dev(int (*fn)(struct pci_dev *dev, void *arg), void *arg)
{
	struct pci_dev *dev;
	int ret = 0;

	list_for_each_entry(dev, &pci_devices, list) {
		ret = fn(dev, arg);
		if (ret)
			break;
	}
	return ret;
}

int pci_init(void)
{
	struct pci_dev *dev;
	unsigned int n = 0;
	int err;

	pci_ecam_init();
	err = pci_scan_bus(0, 0);
	if (err)
		return err;
	list_for_each_entry(dev, &pci_devices, list) {
		pci_place_bars(dev);
		n++;
	}
	pr_info("pci: %u functions\n", n);
	return 0;
}
