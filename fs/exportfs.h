// SPDX-License-Identifier: MIT
/*
 * File handles: a file of a file system as a few words that stay valid when nobody has it open and when its name changes.
 *
 * A handle says which inode (its number) and which of the files that had this number one after the other (the generation). A
 * file system whose files can be found by that has such operations in s_export_op; the others' files have no handles.
 */
#ifndef FS_EXPORTFS_H
#define FS_EXPORTFS_H

#include "kernel/lib/types.h"

struct dentry;
struct inode;
struct path;
struct super_block;
struct vfsmount;

/* What the words are; Linux's numbers. */
#define FILEID_INO32_GEN	1	/* number, generation */
#define FILEID_INO64_GEN	0x81	/* number, its upper half, generation */
#define FILEID_INVALID		0xff
#define FILEID_MAX_WORDS	3

/* All may sleep and are called without locks, with the file system kept mounted. */
struct export_operations {
	/*
	 * The file with this number and generation, with a reference. The words may be anything: ERR_PTR(-ESTALE) if there is no such
	 * file or it has no name any more.
	 */
	struct inode *(*get_inode)(struct super_block *sb, u64 ino, u32 generation);
	/* The directory that a directory is in, with a reference; NULL where every directory's dentry stays in memory. */
	struct inode *(*get_parent)(struct inode *dir);
	/* A handle of the inode is about to be given away: 0 or -errno. NULL: there is nothing to be done for it. */
	int (*remember)(struct inode *inode);
};

/* The inode's handle: its type, with *words set to its length; -EOPNOTSUPP, or the errno of ->remember. */
int exportfs_encode(struct inode *inode, u32 *fid, unsigned int *words);
/* The dentry of a handle, with a reference: ERR_PTR(-ESTALE or -ENOMEM). mnt: a mount of the file system. May sleep. */
struct dentry *exportfs_decode(struct vfsmount *mnt, const u32 *fid, unsigned int words, int type);

#endif
