// SPDX-License-Identifier: MIT
/*
 * config.c - reading and writing PCI configuration space.
 *
 * Where the firmware's MCFG table describes a memory window (q35), each register is one memory
 * access and needs no lock. Otherwise the old address and data ports are used, two accesses that
 * pci_config_lock keeps together; interrupts are off meanwhile because handlers may come here.
 * The windows are set up once, before other CPUs look at PCI.
 */
#include "kernel/lib/kernel.h"
#include "kernel/lib/printk.h"
#include "kernel/lock/spinlock.h"
#include "kernel/x86/acpi.h"
#include "kernel/x86/io.h"
#include "mm/vmalloc.h"
#include "drivers/pci/pci_internal.h"

#define PCI_CONFIG_ADDRESS 0xcf8
#define PCI_CONFIG_DATA	   0xcfc

static DEFINE_SPINLOCK(pci_config_lock); /* the address port and what the data port means */

/* ACPI's MCFG table. */
struct mcfg_entry {
	u64 base;
	u16 segment;
	u8 bus_first, bus_last;
	u32 reserved;
} __packed;

struct mcfg_table {
	u8 header[4];
	u32 length;
	u8 rest[28];
	u64 reserved;
	struct mcfg_entry entry[];
} __packed;

static u64 ecam_base;		      /* physical; 0: ports */
static u8 ecam_first, ecam_last;
static void *ecam_bus[256];	      /* 1 MiB for each bus, mapped by pci_ecam_map_bus() */

bool pci_ecam_init(void)
{
	const struct mcfg_table *mcfg = (const void *)acpi_find_table("MCFG");
	unsigned int i, n;

	if (!mcfg || mcfg->length < sizeof(*mcfg))
		return false;
	n = (mcfg->length - sizeof(*mcfg)) / sizeof(mcfg->entry[0]);
	for (i = 0; i < n; i++) {
		if (mcfg->entry[i].segment)
			continue;
		ecam_first = mcfg->entry[i].bus_first;
		ecam_last = mcfg->entry[i].bus_last;
		ecam_base = mcfg->entry[i].base;
		pr_info("pci: configuration window at %#llx, buses %u to %u\n",
			(unsigned long long)ecam_base, ecam_first, ecam_last);
		return true;
	}
	return false;
}

/* Make a bus reachable through the window; the enumeration does so before it looks at the bus. */
void pci_ecam_map_bus(u8 bus)
{
	if (!ecam_base || bus < ecam_first || bus > ecam_last || ecam_bus[bus])
		return;
	ecam_bus[bus] = ioremap(ecam_base + ((u64)bus << 20), 1UL << 20);
}

static void *ecam_addr(u8 bus, u8 devfn, unsigned int reg)
{
	return ecam_bus[bus] ? ecam_bus[bus] + ((unsigned long)devfn << 12) + reg : NULL;
}

static u32 port_address(u8 bus, u8 devfn, unsigned int reg)
{
	return 0x80000000u | (u32)bus << 16 | (u32)devfn << 8 | (reg & 0xfc);
}

u32 pci_config_read(u8 bus, u8 devfn, unsigned int reg, unsigned int size)
{
	void *addr = ecam_addr(bus, devfn, reg);
	unsigned long flags;
	u32 val;

	if (addr)
		return size == 1 ? readb(addr) : size == 2 ? readw(addr) : readl(addr);
	if (reg >= 256)
		return ~0u;
	spin_lock_irqsave(&pci_config_lock, flags);
	outl(port_address(bus, devfn, reg), PCI_CONFIG_ADDRESS);
	if (size == 1)
		val = inb(PCI_CONFIG_DATA + (reg & 3));
	else if (size == 2)
		val = inw(PCI_CONFIG_DATA + (reg & 2));
	else
		val = inl(PCI_CONFIG_DATA);
	spin_unlock_irqrestore(&pci_config_lock, flags);
	return val;
}

void pci_config_write(u8 bus, u8 devfn, unsigned int reg, unsigned int size, u32 val)
{
	void *addr = ecam_addr(bus, devfn, reg);
	unsigned long flags;

	if (addr) {
		if (size == 1)
			writeb(val, addr);
		else if (size == 2)
			writew(val, addr);
		else
			writel(val, addr);
		return;
	}
	if (reg >= 256)
		return;
	spin_lock_irqsave(&pci_config_lock, flags);
	outl(port_address(bus, devfn, reg), PCI_CONFIG_ADDRESS);
	if (size == 1)
		outb(val, PCI_CONFIG_DATA + (reg & 3));
	else if (size == 2)
		outw(val, PCI_CONFIG_DATA + (reg & 2));
	else
		outl(val, PCI_CONFIG_DATA);
	spin_unlock_irqrestore(&pci_config_lock, flags);
}

u8 pci_read_config_byte(struct pci_dev *dev, unsigned int reg)
{
	return pci_config_read(dev->bus, dev->devfn, reg, 1);
}

u16 pci_read_config_word(struct pci_dev *dev, unsigned int reg)
{
	return pci_config_read(dev->bus, dev->devfn, reg, 2);
}

u32 pci_read_config_dword(struct pci_dev *dev, unsigned int reg)
{
	return pci_config_read(dev->bus, dev->devfn, reg, 4);
}

void pci_write_config_byte(struct pci_dev *dev, unsigned int reg, u8 val)
{
	pci_config_write(dev->bus, dev->devfn, reg, 1, val);
}

void pci_write_config_word(struct pci_dev *dev, unsigned int reg, u16 val)
{
	pci_config_write(dev->bus, dev->devfn, reg, 2, val);
}

void pci_write_config_dword(struct pci_dev *dev, unsigned int reg, u32 val)
{
	pci_config_write(dev->bus, dev->devfn, reg, 4, val);
}

unsigned int pci_find_capability(struct pci_dev *dev, u8 id, unsigned int from)
{
	unsigned int pos, limit = 48; /* as many as fit: a loop in the list must not hang us */

	if (!(pci_read_config_word(dev, PCI_STATUS) & PCI_STATUS_CAP_LIST))
		return 0;
	pos = pci_read_config_byte(dev, from ? from + 1 : PCI_CAPABILITY_LIST) & ~3u;
	while (pos >= 0x40 && limit--) {
		if (pci_read_config_byte(dev, pos) == id)
			return pos;
		pos = pci_read_config_byte(dev, pos + 1) & ~3u;
	}
	return 0;
}
