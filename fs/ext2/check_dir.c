// SPDX-License-Identifier: MIT
/*
 * Validation of directory entries and extended attribute blocks.
 *
 * Both are chains of records that say how long they are.  A record is sound
 * when it ends inside its block and is long enough for what it claims to hold;
 * a chain of sound records can be walked without further checks and always
 * ends, because each record is at least one unit long.
 */
#include "fs/ext2/check.h"
#include "kernel/lib/byteorder.h"

const char *ext2_check_dirent(const void *block, unsigned int size, unsigned int off, u32 max_ino)
{
	const struct ext2_dir_entry *de = (const void *)((const char *)block + off);
	unsigned int len;

	if (off + EXT2_DIR_REC_LEN(1) > size)
		return "entry crosses the end of its block";
	len = le16_to_cpu(de->rec_len);
	if (len < EXT2_DIR_REC_LEN(1))
		return "entry too short";
	if (len % EXT2_DIR_PAD)
		return "entry length not a multiple of four";
	if (len < EXT2_DIR_REC_LEN(de->name_len))
		return "entry shorter than its name";
	if (len > size - off)
		return "entry crosses the end of its block";
	if (le32_to_cpu(de->inode) > max_ino)
		return "inode number out of range";
	if (de->inode && !de->name_len)
		return "entry without a name";
	return NULL;
}

/* An entry list ends at four zero bytes. */
static bool xattr_last(const struct ext2_xattr_entry *entry)
{
	return entry->e_name_len == 0 && entry->e_name_index == 0 && entry->e_value_offs == 0;
}

const char *ext2_check_xattr(const void *block, unsigned int size)
{
	const struct ext2_xattr_header *h = block;
	unsigned int off = sizeof(*h);
	unsigned int refs = le32_to_cpu(h->h_refcount);
	unsigned int names_end;

	if (le32_to_cpu(h->h_magic) != EXT2_XATTR_MAGIC)
		return "bad attribute magic number";
	if (le32_to_cpu(h->h_blocks) != 1)
		return "attributes in more than one block";
	if (refs == 0 || refs > EXT2_XATTR_REFCOUNT_MAX)
		return "attribute block reference count out of range";
	for (;;) {
		const struct ext2_xattr_entry *e = (const void *)((const char *)block + off);

		if (off + 4 > size)
			return "attribute list not terminated";
		if (xattr_last(e))
			break;
		if (off + sizeof(*e) > size || off + EXT2_XATTR_LEN(e->e_name_len) > size)
			return "attribute name crosses the end of its block";
		off += EXT2_XATTR_LEN(e->e_name_len);
	}
	names_end = off + 4;
	for (off = sizeof(*h); off + 4 < names_end;) {
		const struct ext2_xattr_entry *e = (const void *)((const char *)block + off);
		u32 len = le32_to_cpu(e->e_value_size);
		u32 offs = le16_to_cpu(e->e_value_offs);

		if (e->e_value_block)
			return "attribute value in another block";
		if (len && (offs < names_end || offs > size || len > size - offs))
			return "attribute value outside its block";
		off += EXT2_XATTR_LEN(e->e_name_len);
	}
	return NULL;
}
