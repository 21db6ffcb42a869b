# SPDX-License-Identifier: MIT
"""Damaged disks: random damage to an ext2 image's metadata, from a seed."""
import os
import random
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "scripts"))
import diskcheck


def metadata_blocks(image):
    """The block numbers of superblock, descriptors, bitmaps and inode tables, from dumpe2fs-like output of debugfs."""
    text, _ = diskcheck.debugfs(image, "show_super_stats")
    size = diskcheck.block_size(image)
    groups = [tuple(map(int, g)) for g in re.findall(
        r"block bitmap at (\d+).*?inode bitmap at (\d+).*?inode table at (\d+)", text, re.S)]
    return size, groups


def directory_blocks(image, paths):
    out = []
    for path in paths:
        text, _ = diskcheck.debugfs(image, f"blocks {path}")
        out += [int(n) for n in re.findall(r"\b(\d+)\b", text.split("\n", 1)[-1])]
    return out


def damage(image, seed):
    """Change some bytes. Returns words for what was done."""
    rng = random.Random(seed)
    size, groups = metadata_blocks(image)
    kind = rng.choice(("superblock", "descriptors", "bitmaps", "inodes", "inodes", "inodes", "directories", "directories",
                       "indirect", "everything"))
    places = []
    if kind in ("superblock", "everything"):
        places += [1024 + rng.randrange(264) for _ in range(rng.choice((1, 2, 8)))]
    if kind in ("descriptors", "everything"):
        start = size if size > 1024 else 2048
        places += [start + rng.randrange(32 * len(groups)) for _ in range(rng.choice((1, 3, 10)))]
    if kind in ("bitmaps", "everything"):
        places += [rng.choice(groups)[rng.randrange(2)] * size + rng.randrange(size) for _ in range(20)]
    if kind in ("inodes", "everything"):
        for _ in range(rng.choice((5, 40, 200))):
            places.append(groups[0][2] * size + rng.randrange(256 * 900))
    if kind in ("directories", "indirect", "everything"):
        paths = ("/", "/many", "/links", "/small", "/deep") if kind != "indirect" else ("/large/l1", "/sparse/comb", "/sparse/indirect")
        blocks = directory_blocks(image, paths)
        places += [rng.choice(blocks) * size + rng.randrange(size) for _ in range(rng.choice((5, 30, 150))) if blocks]
    with open(image, "r+b") as disk:
        for place in places:
            disk.seek(place)
            disk.write(bytes([rng.choice((0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)))]))
    return f"seed {seed}: {kind}, {len(places)} bytes"
