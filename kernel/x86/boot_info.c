// SPDX-License-Identifier: MIT
/*
 * The boot loader's information: PVH's start_info and Multiboot2's tag list are
 * both turned into struct boot_info.
 *
 * Runs on the boot CPU before anything else, with the first 4 GiB of physical
 * memory mapped at PAGE_OFFSET.  Everything the loaders left in memory that is
 * needed later is copied or reserved here, so that the rest of RAM can be handed
 * out.
 */
#include "kernel/x86/boot_info.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/string.h"
#include "kernel/x86/boot_internal.h"
#include "kernel/x86/layout.h"
#include "kernel/x86/panic.h"

struct boot_info boot_info = { .protocol = "none" };

#define PVH_ENTRY_MAGIC	0x336ec578
#define MB2_ENTRY_MAGIC	0x36d76289

struct pvh_start_info {
	u32 magic, version, flags, nr_modules;
	u64 modlist, cmdline, rsdp;
	u64 memmap;			/* version 1 on */
	u32 memmap_entries, pad;
};

struct pvh_module {
	u64 start, size, cmdline, reserved;
};

struct pvh_memmap {
	u64 start, size;
	u32 type, reserved;
};

struct mb2_tag {
	u32 type, size;
};

struct mb2_module {
	u32 type, size, start, end;
	char cmdline[];
};

struct mb2_memmap {
	u32 type, size, entry_size, entry_version;
};

struct mb2_mem {
	u64 start, size;
	u32 type, reserved;
};

static char module_text[BOOT_MODULE_MAX][256];
static u8 rsdp_copy[36];

static void add_mem(u64 start, u64 size, u32 type)
{
	struct boot_mem m = { start, start + size, (enum boot_mem_type)type };
	unsigned int i = boot_info.nr_mem;

	if (!size)
		return;
	if (i == BOOT_MEM_MAX)
		panic("boot: more than %d ranges in the memory map", BOOT_MEM_MAX);
	while (i > 0 && boot_info.mem[i - 1].start > start) {
		boot_info.mem[i] = boot_info.mem[i - 1];
		i--;
	}
	boot_info.mem[i] = m;
	boot_info.nr_mem++;
}

static void add_module(u64 start, u64 end, const char *text)
{
	unsigned int i = boot_info.nr_modules;

	if (i == BOOT_MODULE_MAX)
		panic("boot: more than %d modules", BOOT_MODULE_MAX);
	strlcpy(module_text[i], text, sizeof(module_text[i]));
	boot_info.modules[i] = (struct boot_module){ start, end, module_text[i] };
	boot_info.nr_modules++;
}

static void set_cmdline(const char *text)
{
	strlcpy(boot_info.cmdline, text, sizeof(boot_info.cmdline));
}

static void parse_pvh(const struct pvh_start_info *si)
{
	const struct pvh_module *mod = __va(si->modlist);
	const struct pvh_memmap *map;

	boot_info.protocol = "pvh";
	if (si->cmdline)
		set_cmdline(__va(si->cmdline));
	for (u32 i = 0; i < si->nr_modules; i++)
		add_module(mod[i].start, mod[i].start + mod[i].size,
			   mod[i].cmdline ? (const char *)__va(mod[i].cmdline) : "");
	boot_info.rsdp = si->rsdp;
	if (si->version < 1)
		return;
	map = __va(si->memmap);
	for (u32 i = 0; i < si->memmap_entries; i++)
		add_mem(map[i].start, map[i].size, map[i].type);
}

static void parse_mb2_tag(const struct mb2_tag *tag)
{
	const struct mb2_module *mod = (const void *)tag;
	const struct mb2_memmap *map = (const void *)tag;
	const char *body = (const char *)(tag + 1);

	switch (tag->type) {
	case 1:
		set_cmdline(body);
		break;
	case 3:
		add_module(mod->start, mod->end, mod->cmdline);
		break;
	case 6:
		for (u32 off = sizeof(*map); off + map->entry_size <= tag->size;
		     off += map->entry_size) {
			const struct mb2_mem *m = (const void *)((const char *)tag + off);

			add_mem(m->start, m->size, m->type);
		}
		break;
	case 14:	/* ACPI 1 pointer; a version 2 one (tag 15) is preferred */
		if (boot_info.rsdp)
			break;
		memcpy(rsdp_copy, body, 20);
		boot_info.rsdp = __pa(rsdp_copy);
		break;
	case 15:
		memcpy(rsdp_copy, body, min_t(u32, tag->size - 8, sizeof(rsdp_copy)));
		boot_info.rsdp = __pa(rsdp_copy);
		break;
	}
}

static void parse_mb2(const u32 *mbi)
{
	const char *p = (const char *)(mbi + 2), *end = (const char *)mbi + mbi[0];

	boot_info.protocol = "multiboot2";
	while (p + sizeof(struct mb2_tag) <= end) {
		const struct mb2_tag *tag = (const void *)p;

		if (tag->type == 0 || tag->size < sizeof(*tag))
			break;
		parse_mb2_tag(tag);
		p += ALIGN(tag->size, 8u);
	}
}

void boot_info_init(u32 magic, u64 info)
{
	if (magic == PVH_ENTRY_MAGIC)
		parse_pvh(__va(info));
	else if (magic == MB2_ENTRY_MAGIC)
		parse_mb2(__va(info));
	else
		panic("boot: unknown boot protocol, magic %#x", magic);
	if (!boot_info.nr_mem)
		panic("boot: the loader gave no memory map");

	/* The first MiB: firmware data, the trampoline of the other CPUs. */
	boot_reserve(0, 0x100000);
	boot_reserve(__pa(__image_start), __pa(__image_end));
	for (unsigned int i = 0; i < boot_info.nr_modules; i++)
		boot_reserve(boot_info.modules[i].start, boot_info.modules[i].end);
}

const char *boot_program_args(void)
{
	const char *p = strstr(boot_info.cmdline, " -- ");

	if (!strncmp(boot_info.cmdline, "-- ", 3))
		return boot_info.cmdline + 3;
	return p ? p + 4 : "";
}
