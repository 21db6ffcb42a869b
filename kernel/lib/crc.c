// SPDX-License-Identifier: MIT
/* CRCs by table, one byte a step; the tables are made at the first use (a benign race). */
#include "kernel/lib/crc32c.h"

struct crc_table {
	u32 poly;
	bool ready;		/* release store after the entries */
	u32 entry[256];
};

static struct crc_table castagnoli = { .poly = 0x82f63b78 };
static struct crc_table ieee = { .poly = 0xedb88320 };

static const u32 *table_of(struct crc_table *t)
{
	if (likely(__atomic_load_n(&t->ready, __ATOMIC_ACQUIRE)))
		return t->entry;
	for (u32 i = 0; i < 256; i++) {
		u32 c = i;

		for (int k = 0; k < 8; k++)
			c = c & 1 ? (c >> 1) ^ t->poly : c >> 1;
		t->entry[i] = c;
	}
	__atomic_store_n(&t->ready, true, __ATOMIC_RELEASE);
	return t->entry;
}

static u32 crc_update(struct crc_table *t, u32 crc, const u8 *p, size_t len)
{
	const u32 *entry = table_of(t);

	while (len--)
		crc = entry[(crc ^ *p++) & 0xff] ^ (crc >> 8);
	return crc;
}

u32 crc32c(u32 crc, const void *p, size_t len)
{
	return crc_update(&castagnoli, crc, p, len);
}

u32 crc32_le(u32 crc, const void *p, size_t len)
{
	return crc_update(&ieee, crc, p, len);
}

u16 crc16(u16 crc, const void *p, size_t len)
{
	const u8 *b = p;

	while (len--) {
		crc ^= *b++;
		for (int k = 0; k < 8; k++)
			crc = crc & 1 ? (u16)((crc >> 1) ^ 0xa001) : (u16)(crc >> 1);
	}
	return crc;
}
