// SPDX-License-Identifier: MIT
/*
 * msix.c - message-signalled interrupts, and the wired one for devices without.
 *
 * An MSI-X entry is an address and a value the device writes to raise its interrupt; x86's irq
 * code supplies both for a vector on a chosen CPU. An entry is masked while it is changed. All of
 * it is done by the thread that sets the device up or takes it down.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/x86/io.h"
#include "mm/slab.h"
#include "drivers/pci/pci.h"

#define MSIX_CONTROL	    2 /* word, in the capability */
#define MSIX_CONTROL_SIZE   0x07ff
#define MSIX_CONTROL_MASK   0x4000
#define MSIX_CONTROL_ENABLE 0x8000
#define MSIX_TABLE	    4 /* dword: BAR number and offset */

/* Entry layout, bytes. */
#define MSIX_ENTRY_SIZE	      16
#define MSIX_ENTRY_ADDR	      0
#define MSIX_ENTRY_ADDR_HIGH  4
#define MSIX_ENTRY_DATA	      8
#define MSIX_ENTRY_CONTROL    12
#define MSIX_ENTRY_MASKED     1

static void *msix_entry(struct pci_dev *dev, unsigned int entry)
{
	return dev->msix_table + entry * MSIX_ENTRY_SIZE;
}

int pci_msix_enable(struct pci_dev *dev)
{
	unsigned int i, nr;
	u16 control;
	u32 table;
	void *bar;

	if (!dev->msix_cap)
		return -ENODEV;
	control = pci_read_config_word(dev, dev->msix_cap + MSIX_CONTROL);
	table = pci_read_config_dword(dev, dev->msix_cap + MSIX_TABLE);
	nr = (control & MSIX_CONTROL_SIZE) + 1;
	bar = pci_map_bar(dev, table & 7);
	if (!bar || (table & ~7u) + (u64)nr * MSIX_ENTRY_SIZE > dev->bar[table & 7].size)
		return -ENODEV;
	dev->msix_irq = kmalloc_array(nr, sizeof(*dev->msix_irq), GFP_KERNEL);
	if (!dev->msix_irq)
		return -ENOMEM;
	dev->msix_table = bar + (table & ~7u);
	dev->msix_entries = nr;
	pci_write_config_word(dev, dev->msix_cap + MSIX_CONTROL,
			      control | MSIX_CONTROL_ENABLE | MSIX_CONTROL_MASK);
	for (i = 0; i < nr; i++) {
		dev->msix_irq[i] = -1;
		writel(MSIX_ENTRY_MASKED, msix_entry(dev, i) + MSIX_ENTRY_CONTROL);
	}
	control &= ~MSIX_CONTROL_MASK;
	pci_write_config_word(dev, dev->msix_cap + MSIX_CONTROL, control | MSIX_CONTROL_ENABLE);
	pci_write_config_word(dev, PCI_COMMAND,
			      pci_read_config_word(dev, PCI_COMMAND) | PCI_COMMAND_INTX_OFF);
	return nr;
}

/* All entries must have been freed. */
void pci_msix_disable(struct pci_dev *dev)
{
	u16 control = pci_read_config_word(dev, dev->msix_cap + MSIX_CONTROL);

	pci_write_config_word(dev, dev->msix_cap + MSIX_CONTROL, control & ~MSIX_CONTROL_ENABLE);
	pci_write_config_word(dev, PCI_COMMAND,
			      pci_read_config_word(dev, PCI_COMMAND) & ~PCI_COMMAND_INTX_OFF);
	kfree(dev->msix_irq);
	dev->msix_irq = NULL;
	dev->msix_entries = 0;
}

int pci_msix_request(struct pci_dev *dev, unsigned int entry, int cpu, irq_handler_t handler,
		     const char *name, void *arg)
{
	void *slot = msix_entry(dev, entry);
	struct msi_msg msg;
	int irq, err;

	if (entry >= dev->msix_entries || dev->msix_irq[entry] >= 0)
		return -EINVAL;
	irq = irq_alloc(cpu);
	if (irq < 0)
		return irq;
	err = request_irq(irq, handler, 0, name, arg);
	if (err) {
		irq_release(irq);
		return err;
	}
	irq_compose_msi(irq, &msg);
	writel(msg.address_lo, slot + MSIX_ENTRY_ADDR);
	writel(msg.address_hi, slot + MSIX_ENTRY_ADDR_HIGH);
	writel(msg.data, slot + MSIX_ENTRY_DATA);
	writel(0, slot + MSIX_ENTRY_CONTROL);
	dev->msix_irq[entry] = irq;
	return 0;
}

void pci_msix_free(struct pci_dev *dev, unsigned int entry, void *arg)
{
	void *slot = msix_entry(dev, entry);

	if (entry >= dev->msix_entries || dev->msix_irq[entry] < 0)
		return;
	writel(MSIX_ENTRY_MASKED, slot + MSIX_ENTRY_CONTROL);
	readl(slot + MSIX_ENTRY_CONTROL); /* the mask has arrived */
	free_irq(dev->msix_irq[entry], arg);
	irq_release(dev->msix_irq[entry]);
	dev->msix_irq[entry] = -1;
}

/*
 * The firmware routed the pin to an interrupt line and wrote which; QEMU's chipsets raise the
 * IO-APIC input of the same number.
 */
int pci_intx_request(struct pci_dev *dev, irq_handler_t handler, const char *name, void *arg)
{
	int irq, err;

	if (!dev->irq_pin || !dev->irq_line || dev->irq_line >= 0x18)
		return -ENODEV;
	irq = gsi_to_irq(dev->irq_line, true, false);
	if (irq < 0)
		return irq;
	err = request_irq(irq, handler, IRQF_SHARED, name, arg);
	return err ? err : irq;
}
