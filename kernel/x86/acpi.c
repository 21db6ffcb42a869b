// SPDX-License-Identifier: MIT
/*
 * ACPI tables: the fixed ones that say which CPUs and interrupt controllers
 * there are.  No AML.
 *
 * The tables are read in two phases.  Before the page allocator runs, through
 * the boot mapping of the first 4 GiB, because the number of CPUs decides the
 * size of the per-CPU areas.  Later acpi_find_table() maps a table for a driver.
 * A table above 4 GiB is not found in the first phase; the machine then runs
 * with one CPU and says so.
 */
#include "kernel/x86/acpi.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"
#include "kernel/x86/boot_info.h"
#include "kernel/x86/boot_internal.h"
#include "kernel/x86/processor.h"
#include "mm/vmalloc.h"

struct acpi_info acpi_info = { .lapic_address = 0xfee00000 };
u32 cpu_apic_id[NR_CPUS];

struct acpi_rsdp {
	char signature[8];
	u8 checksum;
	char oem_id[6];
	u8 revision;
	u32 rsdt;
	u32 length;
	u64 xsdt;
	u8 ext_checksum, reserved[3];
} __packed;

struct acpi_madt {
	struct acpi_header h;
	u32 lapic_address, flags;
} __packed;

struct madt_entry {
	u8 type, length;
} __packed;

struct madt_lapic {
	struct madt_entry e;
	u8 acpi_id, apic_id;
	u32 flags;
} __packed;

struct madt_ioapic {
	struct madt_entry e;
	u8 id, reserved;
	u32 address, gsi_base;
} __packed;

struct madt_override {
	struct madt_entry e;
	u8 bus, source;
	u32 gsi;
	u16 flags;
} __packed;

struct madt_lapic_address {
	struct madt_entry e;
	u16 reserved;
	u64 address;
} __packed;

struct madt_x2apic {
	struct madt_entry e;
	u16 reserved;
	u32 apic_id, flags, acpi_id;
} __packed;

#define MADT_ENABLED	1

static u64 root_table;		/* physical address of the RSDT or XSDT */
static bool root_is_xsdt;

static bool sums_to_zero(const void *p, size_t len)
{
	u8 sum = 0;

	for (size_t i = 0; i < len; i++)
		sum = (u8)(sum + ((const u8 *)p)[i]);
	return sum == 0;
}

static const void *early_map(u64 phys, size_t len)
{
	return phys && phys + len <= boot_mapped_end ? __va(phys) : NULL;
}

static const struct acpi_rsdp *scan_for_rsdp(u64 start, u64 end)
{
	for (u64 at = start; at + 20 <= end; at += 16) {
		const struct acpi_rsdp *r = early_map(at, 20);

		if (!memcmp(r->signature, "RSD PTR ", 8) && sums_to_zero(r, 20))
			return r;
	}
	return NULL;
}

static const struct acpi_rsdp *find_rsdp(void)
{
	const struct acpi_rsdp *r = early_map(boot_info.rsdp, sizeof(*r));
	u64 ebda = (u64)*(const u16 *)__va(0x40e) << 4;

	if (r && !memcmp(r->signature, "RSD PTR ", 8))
		return r;
	if (ebda >= 0x80000 && ebda < 0xa0000)
		r = scan_for_rsdp(ebda, ebda + 1024);
	return r ? r : scan_for_rsdp(0xe0000, 0x100000);
}

static unsigned int root_entries(const struct acpi_header *root)
{
	return (root->length - (u32)sizeof(*root)) / (root_is_xsdt ? 8 : 4);
}

static u64 root_entry(const struct acpi_header *root, unsigned int i)
{
	const char *p = (const char *)(root + 1);

	if (root_is_xsdt)
		return get_unaligned((const u64 *)(p + 8 * i));
	return get_unaligned((const u32 *)(p + 4 * i));
}

static const struct acpi_header *early_find(const char *signature)
{
	const struct acpi_header *root = early_map(root_table, sizeof(*root)), *t;

	if (!root || root->length < sizeof(*root) || !early_map(root_table, root->length))
		return NULL;
	for (unsigned int i = 0; i < root_entries(root); i++) {
		u64 at = root_entry(root, i);

		t = early_map(at, sizeof(*t));
		if (t && !memcmp(t->signature, signature, 4) && early_map(at, t->length) &&
		    sums_to_zero(t, t->length))
			return t;
	}
	return NULL;
}

/* The boot CPU is number 0 wherever the firmware lists it. */
static void add_cpu(u32 apic_id, u32 flags)
{
	if (!(flags & MADT_ENABLED) || apic_id == cpu_apic_id[0])
		return;
	if (nr_cpu_ids == NR_CPUS)
		return;
	cpu_apic_id[nr_cpu_ids] = apic_id;
	__cpumask_set_cpu(nr_cpu_ids, &__cpu_possible_mask);
	nr_cpu_ids++;
}

static void add_override(const struct madt_override *o)
{
	struct acpi_isa_irq *irq;

	if (o->source >= 16)
		return;
	irq = &acpi_info.isa[o->source];
	irq->gsi = o->gsi;
	irq->active_low = (o->flags & 3) == 3;
	irq->level = (o->flags >> 2 & 3) == 3;
}

static void parse_madt_entry(const struct madt_entry *e)
{
	const struct madt_lapic *lapic = (const void *)e;
	const struct madt_x2apic *x2 = (const void *)e;
	const struct madt_ioapic *io = (const void *)e;

	switch (e->type) {
	case 0:
		add_cpu(lapic->apic_id, lapic->flags);
		break;
	case 1:
		if (acpi_info.nr_ioapics < ACPI_MAX_IOAPICS)
			acpi_info.ioapics[acpi_info.nr_ioapics++] =
				(struct acpi_ioapic){ io->id, io->address, io->gsi_base };
		break;
	case 2:
		add_override((const void *)e);
		break;
	case 5:
		acpi_info.lapic_address = ((const struct madt_lapic_address *)e)->address;
		break;
	case 9:
		add_cpu(x2->apic_id, x2->flags);
		break;
	}
}

static void parse_madt(const struct acpi_madt *m)
{
	const char *p = (const char *)(m + 1), *end = (const char *)m + m->h.length;

	acpi_info.lapic_address = m->lapic_address;
	acpi_info.has_8259 = m->flags & 1;
	while (p + sizeof(struct madt_entry) <= end) {
		const struct madt_entry *e = (const void *)p;

		if (e->length < sizeof(*e) || p + e->length > end)
			break;
		parse_madt_entry(e);
		p += e->length;
	}
}

static void parse_fadt(const struct acpi_header *f)
{
	const char *p = (const char *)f;
	u32 port, flags;

	if (f->length < 116)
		return;
	port = get_unaligned((const u32 *)(p + 76));
	flags = get_unaligned((const u32 *)(p + 112));
	if (p[91] == 4 && port && port < 0x10000) {
		acpi_info.pm_timer_port = (u16)port;
		acpi_info.pm_timer_32bit = flags & BIT(8);
	}
}

static u32 own_apic_id(void)
{
	u32 a, b, c, d;

	cpuid(0, &a, &b, &c, &d);
	if (a >= 0xb) {
		cpuid_count(0xb, 0, &a, &b, &c, &d);
		if (b)
			return d;
	}
	cpuid(1, &a, &b, &c, &d);
	return b >> 24;
}

void acpi_early_init(void)
{
	const struct acpi_rsdp *rsdp = find_rsdp();
	const struct acpi_header *t;

	cpu_apic_id[0] = own_apic_id();
	for (u32 i = 0; i < 16; i++)
		acpi_info.isa[i] = (struct acpi_isa_irq){ .gsi = i };
	if (!rsdp) {
		pr_warn("acpi: no root pointer; one CPU, no interrupt routing\n");
		return;
	}
	root_is_xsdt = rsdp->revision >= 2 && rsdp->xsdt;
	root_table = root_is_xsdt ? rsdp->xsdt : rsdp->rsdt;
	t = early_find("APIC");
	if (t)
		parse_madt((const void *)t);
	else
		pr_warn("acpi: no MADT; one CPU\n");
	t = early_find("FACP");
	if (t)
		parse_fadt(t);
}

static const struct acpi_header *map_table(u64 phys)
{
	struct acpi_header *t = ioremap(phys, sizeof(*t));
	u32 length;

	if (!t)
		return NULL;
	length = t->length;
	iounmap(t);
	return length < sizeof(*t) ? NULL : ioremap(phys, length);
}

const struct acpi_header *acpi_find_table(const char *signature)
{
	const struct acpi_header *root = root_table ? map_table(root_table) : NULL;
	const struct acpi_header *found = NULL;

	if (!root)
		return NULL;
	for (unsigned int i = 0; i < root_entries(root) && !found; i++) {
		const struct acpi_header *t = map_table(root_entry(root, i));

		if (!t)
			continue;
		if (!memcmp(t->signature, signature, 4) && sums_to_zero(t, t->length))
			found = t;
		else
			iounmap((void *)t);
	}
	iounmap((void *)root);
	return found;
}
