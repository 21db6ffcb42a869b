/* SPDX-License-Identifier: MIT */
/* pci_internal.h - between the files of drivers/pci. */
#ifndef DRIVERS_PCI_PCI_INTERNAL_H
#define DRIVERS_PCI_PCI_INTERNAL_H

#include "drivers/pci/pci.h"

/* config.c: false without a window in memory. */
bool pci_ecam_init(void);
/* Make a bus reachable through the window, if there is one. */
void pci_ecam_map_bus(u8 bus);

#endif
