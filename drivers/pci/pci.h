/* SPDX-License-Identifier: MIT */
/*
 * pci.h - PCI functions as drivers see them.
 *
 * The list of functions is built once at boot, by one thread, and constant afterwards. A function
 * belongs to the one driver that claimed it; configuration accesses are safe from any context.
 */
#ifndef DRIVERS_PCI_PCI_H
#define DRIVERS_PCI_PCI_H

#include "kernel/lib/types.h"
#include "kernel/lib/list.h"
#include "kernel/x86/irq.h"

#define PCI_VENDOR_ID	     0x00
#define PCI_DEVICE_ID	     0x02
#define PCI_COMMAND	     0x04
#define PCI_COMMAND_IO	     0x001
#define PCI_COMMAND_MEMORY   0x002
#define PCI_COMMAND_MASTER   0x004
#define PCI_COMMAND_INTX_OFF 0x400
#define PCI_STATUS	     0x06
#define PCI_STATUS_CAP_LIST  0x10
#define PCI_CLASS_REVISION   0x08
#define PCI_HEADER_TYPE	     0x0e
#define PCI_BASE_ADDRESS_0   0x10
#define PCI_SECONDARY_BUS    0x19
#define PCI_SUBSYSTEM_ID     0x2e
#define PCI_CAPABILITY_LIST  0x34
#define PCI_INTERRUPT_LINE   0x3c
#define PCI_INTERRUPT_PIN    0x3d

#define PCI_CAP_ID_VENDOR 0x09
#define PCI_CAP_ID_MSIX	  0x11

#define PCI_NUM_BARS 6

struct pci_bar {
	u64 start;  /* address; 0: none, or firmware and we could not place it */
	u64 size;   /* bytes; 0: not implemented */
	bool io;    /* ports rather than memory */
	bool wide;  /* 64-bit: the next register is its upper half */
	void *map;  /* memory, once pci_map_bar() was called */
};

struct pci_dev {
	u8 bus, devfn;
	u16 vendor, device, subsystem;
	u32 class; /* 24 bits */
	u8 irq_line, irq_pin;
	struct pci_bar bar[PCI_NUM_BARS];
	struct list_head list;
	void *driver_data;  /* the driver's */

	/* MSI-X; the driver's thread that claimed the function */
	u8 msix_cap;	    /* offset of the capability; 0: none */
	unsigned int msix_entries;
	void *msix_table;
	int *msix_irq;	    /* by entry: irq number, or -1 */
};

#define PCI_DEVFN(slot, fn) ((u8)((slot) << 3 | (fn)))
#define PCI_SLOT(devfn)	    ((devfn) >> 3)
#define PCI_FUNC(devfn)	    ((devfn)&7)

u8 pci_read_config_byte(struct pci_dev *dev, unsigned int reg);
u16 pci_read_config_word(struct pci_dev *dev, unsigned int reg);
u32 pci_read_config_dword(struct pci_dev *dev, unsigned int reg);
void pci_write_config_byte(struct pci_dev *dev, unsigned int reg, u8 val);
void pci_write_config_word(struct pci_dev *dev, unsigned int reg, u16 val);
void pci_write_config_dword(struct pci_dev *dev, unsigned int reg, u32 val);

/* The same for a function that has no pci_dev yet; @size is 1, 2 or 4. */
u32 pci_config_read(u8 bus, u8 devfn, unsigned int reg, unsigned int size);
void pci_config_write(u8 bus, u8 devfn, unsigned int reg, unsigned int size, u32 val);

/* Offset of the capability @id after offset @from (0: from the start), or 0. */
unsigned int pci_find_capability(struct pci_dev *dev, u8 id, unsigned int from);

/* Turn on decoding and bus mastering. */
void pci_enable_device(struct pci_dev *dev);
/* Turn off bus mastering: the device reads and writes memory no more. */
void pci_disable_master(struct pci_dev *dev);

/* Map a memory BAR uncached; NULL if there is none or no room. May sleep. */
void *pci_map_bar(struct pci_dev *dev, unsigned int bar);

/* Calls @fn for each function until it returns non-zero, which is returned. */
int pci_for_each_dev(int (*fn)(struct pci_dev *dev, void *arg), void *arg);

int pci_init(void);
/* msix.c: all may sleep, all return 0 or a negative errno unless said otherwise. */
/* Switch MSI-X on with all entries masked; number of entries, or -ENODEV without it. */
int pci_msix_enable(struct pci_dev *dev);
void pci_msix_disable(struct pci_dev *dev);
/* Route @entry to @handler on @cpu (-1: any). */
int pci_msix_request(struct pci_dev *dev, unsigned int entry, int cpu, irq_handler_t handler,
		     const char *name, void *arg);
void pci_msix_free(struct pci_dev *dev, unsigned int entry, void *arg);
/* The wired interrupt; level triggered, possibly shared. Returns the irq number. */
int pci_intx_request(struct pci_dev *dev, irq_handler_t handler, const char *name, void *arg);

#endif
