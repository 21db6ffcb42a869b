// SPDX-License-Identifier: MIT
/*
 * Reservation windows.
 *
 * A file that grows reserves, in memory only, a stretch of its group that
 * begins with a free block.  Windows of one group do not overlap; they hang in
 * a tree ordered by their first block, under the group's lock, so growing files
 * in different groups share nothing.  A window is a promise among writers that
 * have room elsewhere: when the volume runs full, balloc.c takes any free bit.
 *
 * The owner holds its i_map_lock across all calls here, which is what makes
 * the unlocked look at w->group sound.
 */
#include "fs/ext2/ext2.h"
#include "kernel/lib/bitmap.h"

#define WINDOW_MIN	8
#define WINDOW_MAX	1024

static struct ext2_window *to_window(struct rb_node *node)
{
	return rb_entry(node, struct ext2_window, node);
}

bool ext2_window_covers(const struct ext2_window *w, u32 group, u32 bit)
{
	return w->group == (int)group && bit >= w->start && bit <= w->end;
}

void ext2_window_close(struct ext2_group *grp, struct ext2_window *w)
{
	rb_erase(&w->node, &grp->windows);
	w->group = -1;
}

void ext2_discard_window(struct inode *inode)
{
	struct ext2_window *w = &EXT2_I(inode)->i_window;
	struct ext2_group *grp;

	if (w->group < 0)
		return;
	grp = &EXT2_SB(inode->i_sb)->s_groups[w->group];
	spin_lock(&grp->lock);
	ext2_window_close(grp, w);
	spin_unlock(&grp->lock);
}

/* The first window of @grp that ends at or behind @bit. */
static struct ext2_window *window_at(struct ext2_group *grp, u32 bit)
{
	struct rb_node *n = grp->windows.rb_node;
	struct ext2_window *found = NULL;

	while (n) {
		struct ext2_window *w = to_window(n);

		if (w->end >= bit) {
			found = w;
			n = n->rb_left;
		} else {
			n = n->rb_right;
		}
	}
	return found;
}

static void insert(struct ext2_group *grp, struct ext2_window *w)
{
	struct rb_node **link = &grp->windows.rb_node, *parent = NULL;

	while (*link) {
		parent = *link;
		link = w->start < to_window(parent)->start ? &parent->rb_left : &parent->rb_right;
	}
	rb_link_node(&w->node, parent, link);
	rb_insert_color(&w->node, &grp->windows);
}

/*
 * Put @w on the first free bit in [@goal, @end) that is in nobody else's
 * window.  @w is closed on entry.  False if there is none.
 */
bool ext2_window_open(struct ext2_group *grp, struct ext2_window *w, u32 group,
		      const unsigned long *bitmap, u32 goal, u32 end)
{
	u32 bit = goal;
	struct ext2_window *next;

	for (;;) {
		bit = find_next_zero_bit(bitmap, end, bit);
		if (bit >= end)
			return false;
		next = window_at(grp, bit);
		if (!next || next->start > bit)
			break;
		bit = next->end + 1;
	}
	if (w->size < WINDOW_MIN)
		w->size = WINDOW_MIN;
	w->start = bit;
	w->end = min(bit + w->size, end) - 1;
	if (next && next->start <= w->end)
		w->end = next->start - 1;
	if (w->size < WINDOW_MAX)
		w->size *= 2;
	w->group = group;
	insert(grp, w);
	return true;
}
