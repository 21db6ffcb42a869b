/* SPDX-License-Identifier: MIT */
/*
 * The ext2 on-disk format, as mke2fs writes it and e2fsck judges it.
 *
 * Only sizes, offsets and bit values live here; nothing in this file depends
 * on the kernel beyond the integer types, so that the same header compiles in
 * a hosted test.  All integers on the disk are little endian.
 *
 * A volume is cut into groups of s_blocks_per_group blocks.  Each group owns
 * one block of block bitmap, one block of inode bitmap and a slice of the
 * inode table; its 32-byte descriptor, kept in an array behind the superblock,
 * says where those three are.  Copies of superblock and descriptors lie at the
 * start of some groups (all of them, or 0, 1 and powers of 3, 5 and 7 when
 * sparse_super is set).
 */
#ifndef FS_EXT2_EXT2_FS_H
#define FS_EXT2_EXT2_FS_H

#include "kernel/lib/types.h"

#define EXT2_SUPER_MAGIC	0xEF53
#define EXT2_SUPER_OFFSET	1024	/* bytes from the start of the device */
#define EXT2_SUPER_SIZE		1024

/* Inode numbers with a fixed meaning. */
#define EXT2_BAD_INO		1
#define EXT2_ROOT_INO		2
#define EXT2_BOOT_LOADER_INO	5
#define EXT2_UNDEL_DIR_INO	6
#define EXT2_RESIZE_INO		7
#define EXT2_JOURNAL_INO	8
#define EXT2_GOOD_OLD_FIRST_INO	11

#define EXT2_MIN_BLOCK_LOG_SIZE	10
#define EXT2_MAX_BLOCK_LOG_SIZE	12	/* one page: larger blocks are refused */
#define EXT2_MIN_BLOCK_SIZE	1024
#define EXT2_MAX_BLOCK_SIZE	4096

/* s_rev_level */
#define EXT2_GOOD_OLD_REV	0	/* 128-byte inodes, no feature words */
#define EXT2_DYNAMIC_REV	1
#define EXT2_GOOD_OLD_INODE_SIZE 128

/* s_state */
#define EXT2_VALID_FS		0x0001	/* unmounted cleanly */
#define EXT2_ERROR_FS		0x0002	/* errors detected, e2fsck wanted */

/* s_errors */
#define EXT2_ERRORS_CONTINUE	1
#define EXT2_ERRORS_RO		2
#define EXT2_ERRORS_PANIC	3

/* Features that a kernel without knowledge of them may ignore. */
#define EXT2_FEATURE_COMPAT_DIR_PREALLOC	0x0001
#define EXT3_FEATURE_COMPAT_HAS_JOURNAL		0x0004
#define EXT2_FEATURE_COMPAT_EXT_ATTR		0x0008
#define EXT2_FEATURE_COMPAT_RESIZE_INODE	0x0010
#define EXT2_FEATURE_COMPAT_DIR_INDEX		0x0020

/* Features that must be known before the volume is written. */
#define EXT2_FEATURE_RO_COMPAT_SPARSE_SUPER	0x0001
#define EXT2_FEATURE_RO_COMPAT_LARGE_FILE	0x0002

/* Features that must be known before the volume is even read. */
#define EXT2_FEATURE_INCOMPAT_COMPRESSION	0x0001
#define EXT2_FEATURE_INCOMPAT_FILETYPE		0x0002
#define EXT3_FEATURE_INCOMPAT_RECOVER		0x0004
#define EXT3_FEATURE_INCOMPAT_JOURNAL_DEV	0x0008
#define EXT2_FEATURE_INCOMPAT_META_BG		0x0010
#define EXT4_FEATURE_INCOMPAT_EXTENTS		0x0040

#define EXT2_FEATURE_INCOMPAT_SUPP	EXT2_FEATURE_INCOMPAT_FILETYPE
#define EXT2_FEATURE_RO_COMPAT_SUPP	(EXT2_FEATURE_RO_COMPAT_SPARSE_SUPER | \
					 EXT2_FEATURE_RO_COMPAT_LARGE_FILE)

/* s_default_mount_opts */
#define EXT2_DEFM_DEBUG		0x0001
#define EXT2_DEFM_BSDGROUPS	0x0002
#define EXT2_DEFM_XATTR_USER	0x0004
#define EXT2_DEFM_ACL		0x0008
#define EXT2_DEFM_UID16		0x0010

struct ext2_super_block {
	__le32	s_inodes_count;
	__le32	s_blocks_count;
	__le32	s_r_blocks_count;	/* kept back for s_def_resuid */
	__le32	s_free_blocks_count;
	__le32	s_free_inodes_count;
	__le32	s_first_data_block;	/* 1 for 1 KiB blocks, else 0 */
	__le32	s_log_block_size;	/* block size = 1024 << this */
	__le32	s_log_frag_size;
	__le32	s_blocks_per_group;
	__le32	s_frags_per_group;
	__le32	s_inodes_per_group;
	__le32	s_mtime;		/* last mount, seconds */
	__le32	s_wtime;		/* last write of the superblock */
	__le16	s_mnt_count;
	__le16	s_max_mnt_count;
	__le16	s_magic;
	__le16	s_state;
	__le16	s_errors;
	__le16	s_minor_rev_level;
	__le32	s_lastcheck;
	__le32	s_checkinterval;
	__le32	s_creator_os;
	__le32	s_rev_level;
	__le16	s_def_resuid;
	__le16	s_def_resgid;
	/* From here on EXT2_DYNAMIC_REV only. */
	__le32	s_first_ino;
	__le16	s_inode_size;
	__le16	s_block_group_nr;	/* which copy this is */
	__le32	s_feature_compat;
	__le32	s_feature_incompat;
	__le32	s_feature_ro_compat;
	u8	s_uuid[16];
	char	s_volume_name[16];
	char	s_last_mounted[64];
	__le32	s_algorithm_usage_bitmap;
	u8	s_prealloc_blocks;
	u8	s_prealloc_dir_blocks;
	__le16	s_reserved_gdt_blocks;
	u8	s_journal_uuid[16];
	__le32	s_journal_inum;
	__le32	s_journal_dev;
	__le32	s_last_orphan;		/* a journalled driver's list of unlinked inodes */
	__le32	s_hash_seed[4];
	u8	s_def_hash_version;
	u8	s_jnl_backup_type;
	__le16	s_desc_size;
	__le32	s_default_mount_opts;
	__le32	s_first_meta_bg;
	__le32	s_mkfs_time;
	__le32	s_jnl_blocks[17];
	__le32	s_blocks_count_hi;
	__le32	s_r_blocks_count_hi;
	__le32	s_free_blocks_hi;
	__le16	s_min_extra_isize;
	__le16	s_want_extra_isize;
	__le32	s_flags;
	__le16	s_raid_stride;
	__le16	s_mmp_interval;
	__le64	s_mmp_block;
	__le32	s_raid_stripe_width;
	u8	s_log_groups_per_flex;
	u8	s_checksum_type;
	__le16	s_reserved_pad;
	__le64	s_kbytes_written;
	__le32	s_snapshot_inum;
	__le32	s_snapshot_id;
	__le64	s_snapshot_r_blocks_count;
	__le32	s_snapshot_list;
	__le32	s_error_count;
	__le32	s_first_error_time;
	__le32	s_first_error_ino;
	__le64	s_first_error_block;
	u8	s_first_error_func[32];
	__le32	s_first_error_line;
	__le32	s_last_error_time;
	__le32	s_last_error_ino;
	__le32	s_last_error_line;
	__le64	s_last_error_block;
	u8	s_last_error_func[32];
	u8	s_mount_opts[64];
	__le32	s_usr_quota_inum;
	__le32	s_grp_quota_inum;
	__le32	s_overhead_blocks;
	__le32	s_reserved[108];
	__le32	s_checksum;
};

struct ext2_group_desc {
	__le32	bg_block_bitmap;	/* block number of the block bitmap */
	__le32	bg_inode_bitmap;
	__le32	bg_inode_table;		/* first block of the inode table */
	__le16	bg_free_blocks_count;
	__le16	bg_free_inodes_count;
	__le16	bg_used_dirs_count;
	__le16	bg_flags;
	__le32	bg_reserved[3];
};

/* The 15 pointers of an inode. */
#define EXT2_NDIR_BLOCKS	12
#define EXT2_IND_BLOCK		12
#define EXT2_DIND_BLOCK		13
#define EXT2_TIND_BLOCK		14
#define EXT2_N_BLOCKS		15

struct ext2_inode {
	__le16	i_mode;
	__le16	i_uid;			/* low half */
	__le32	i_size;			/* low half */
	__le32	i_atime;
	__le32	i_ctime;
	__le32	i_mtime;
	__le32	i_dtime;		/* when deleted */
	__le16	i_gid;			/* low half */
	__le16	i_links_count;
	__le32	i_blocks;		/* in 512-byte units, indirect blocks included */
	__le32	i_flags;
	__le32	i_osd1;
	__le32	i_block[EXT2_N_BLOCKS];
	__le32	i_generation;
	__le32	i_file_acl;		/* extended attribute block */
	__le32	i_size_high;		/* regular files; i_dir_acl of old */
	__le32	i_faddr;
	u8	i_frag;
	u8	i_fsize;
	__le16	i_pad1;
	__le16	i_uid_high;
	__le16	i_gid_high;
	__le32	i_reserved2;
	/* Byte 128: present when i_extra_isize covers it (inodes over 128 bytes). */
	__le16	i_extra_isize;
	__le16	i_checksum_hi;
	__le32	i_ctime_extra;		/* nanoseconds << 2 | epoch */
	__le32	i_mtime_extra;
	__le32	i_atime_extra;
	__le32	i_crtime;
	__le32	i_crtime_extra;
};

#define EXT2_EXTRA_ISIZE_MAX	24	/* bytes of the extra part that this driver knows */
#define EXT2_EPOCH_BITS		2
#define EXT2_EPOCH_MASK		((1 << EXT2_EPOCH_BITS) - 1)

/* i_flags */
#define EXT2_SECRM_FL		0x00000001
#define EXT2_UNRM_FL		0x00000002
#define EXT2_COMPR_FL		0x00000004
#define EXT2_SYNC_FL		0x00000008
#define EXT2_IMMUTABLE_FL	0x00000010
#define EXT2_APPEND_FL		0x00000020
#define EXT2_NODUMP_FL		0x00000040
#define EXT2_NOATIME_FL		0x00000080
#define EXT2_DIRTY_FL		0x00000100
#define EXT2_COMPRBLK_FL	0x00000200
#define EXT2_NOCOMP_FL		0x00000400
#define EXT2_ECOMPR_FL		0x00000800
#define EXT2_INDEX_FL		0x00001000	/* hashed directory */
#define EXT2_IMAGIC_FL		0x00002000
#define EXT2_JOURNAL_DATA_FL	0x00004000
#define EXT2_NOTAIL_FL		0x00008000
#define EXT2_DIRSYNC_FL		0x00010000
#define EXT2_TOPDIR_FL		0x00020000
#define EXT4_EXTENTS_FL		0x00080000
#define EXT4_EA_INODE_FL	0x00200000
#define EXT4_INLINE_DATA_FL	0x10000000

#define EXT2_FL_USER_VISIBLE	0x0003DFFF
#define EXT2_FL_USER_MODIFIABLE	0x000380FF
/* Flags that a new inode takes over from its directory. */
#define EXT2_FL_INHERITED	(EXT2_SECRM_FL | EXT2_UNRM_FL | EXT2_COMPR_FL | EXT2_SYNC_FL | \
				 EXT2_NODUMP_FL | EXT2_NOATIME_FL | EXT2_COMPRBLK_FL | \
				 EXT2_NOCOMP_FL | EXT2_JOURNAL_DATA_FL | EXT2_NOTAIL_FL | \
				 EXT2_DIRSYNC_FL)
/* Which of them make sense on what is not a directory, and on the rest. */
#define EXT2_REG_FLMASK		(~(EXT2_DIRSYNC_FL | EXT2_TOPDIR_FL))
#define EXT2_OTHER_FLMASK	(EXT2_NODUMP_FL | EXT2_NOATIME_FL)

#define EXT2_LINK_MAX		32000

/* Directory entries. */
#define EXT2_NAME_LEN		255

struct ext2_dir_entry {
	__le32	inode;			/* 0: unused */
	__le16	rec_len;		/* to the next entry; never past the block */
	u8	name_len;
	u8	file_type;		/* EXT2_FT_*, when the filetype feature is set */
	char	name[];
};

#define EXT2_DIR_HEAD		8	/* bytes before the name */
#define EXT2_DIR_PAD		4
#define EXT2_DIR_REC_LEN(len)	(((len) + EXT2_DIR_HEAD + EXT2_DIR_PAD - 1) & ~(EXT2_DIR_PAD - 1))

#define EXT2_FT_UNKNOWN		0
#define EXT2_FT_REG_FILE	1
#define EXT2_FT_DIR		2
#define EXT2_FT_CHRDEV		3
#define EXT2_FT_BLKDEV		4
#define EXT2_FT_FIFO		5
#define EXT2_FT_SOCK		6
#define EXT2_FT_SYMLINK		7
#define EXT2_FT_MAX		8

/* Extended attribute block. */
#define EXT2_XATTR_MAGIC	0xEA020000
#define EXT2_XATTR_REFCOUNT_MAX	1024
#define EXT2_XATTR_INDEX_USER	1
#define EXT2_XATTR_INDEX_POSIX_ACL_ACCESS	2
#define EXT2_XATTR_INDEX_POSIX_ACL_DEFAULT	3
#define EXT2_XATTR_INDEX_TRUSTED 4
#define EXT2_XATTR_INDEX_SECURITY 6

struct ext2_xattr_header {
	__le32	h_magic;
	__le32	h_refcount;		/* inodes that share the block */
	__le32	h_blocks;		/* always 1 */
	__le32	h_hash;
	__le32	h_reserved[4];
};

struct ext2_xattr_entry {
	u8	e_name_len;
	u8	e_name_index;
	__le16	e_value_offs;		/* from the start of the block */
	__le32	e_value_block;		/* always 0 */
	__le32	e_value_size;
	__le32	e_hash;
	char	e_name[];
};

#define EXT2_XATTR_PAD		4
#define EXT2_XATTR_ROUND	(EXT2_XATTR_PAD - 1)
#define EXT2_XATTR_LEN(name_len) \
	(((name_len) + EXT2_XATTR_ROUND + sizeof(struct ext2_xattr_entry)) & ~EXT2_XATTR_ROUND)
#define EXT2_XATTR_SIZE(size)	(((size) + EXT2_XATTR_ROUND) & ~EXT2_XATTR_ROUND)

_Static_assert(sizeof(struct ext2_super_block) == EXT2_SUPER_SIZE, "superblock is 1024 bytes");
_Static_assert(sizeof(struct ext2_group_desc) == 32, "descriptor is 32 bytes");
_Static_assert(sizeof(struct ext2_inode) == 128 + 24, "inode with its extra part");

#endif
