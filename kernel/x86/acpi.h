/* SPDX-License-Identifier: MIT */
/*
 * The firmware's description of the machine: CPUs, interrupt controllers, the
 * power-management timer.  Filled once before any other CPU runs; then constant.
 */
#ifndef KERNEL_X86_ACPI_H
#define KERNEL_X86_ACPI_H

#include "kernel/lib/types.h"
#include "kernel/x86/layout.h"

struct acpi_header {
	char signature[4];
	u32 length;
	u8 revision, checksum;
	char oem_id[6], oem_table_id[8];
	u32 oem_revision, creator_id, creator_revision;
} __packed;

#define ACPI_MAX_IOAPICS	16

struct acpi_ioapic {
	u8 id;
	u32 address;
	u32 gsi_base;
};

/* How an ISA interrupt line arrives. */
struct acpi_isa_irq {
	u32 gsi;
	bool level, active_low;
};

struct acpi_info {
	u64 lapic_address;
	unsigned int nr_ioapics;
	struct acpi_ioapic ioapics[ACPI_MAX_IOAPICS];
	struct acpi_isa_irq isa[16];
	u16 pm_timer_port;	/* 0: none */
	bool pm_timer_32bit;
	bool has_8259;
};
extern struct acpi_info acpi_info;

/*
 * The first table with this signature, mapped and checked, or NULL.  The
 * mapping stays for ever; may sleep (it allocates the mapping).
 */
const struct acpi_header *acpi_find_table(const char *signature);

#endif
