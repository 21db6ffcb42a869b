# SPDX-License-Identifier: MIT
"""Make an ext2 disk from a real directory tree, with a manifest that the guest verifies.

    mkdisk.py OUT [--seed N] [--block-size 1024|2048|4096] [--size MiB] [--small]

The tree is the same for the same seed: a few hundred files of sizes from none to tens of MiB, symbolic links (short ones
that live in the inode and long ones that need a block), hard links, sparse files (one so large that its last island lies
behind triple indirection), directories of many names and paths of many directories. /manifest lists every object:

    d PATH                          directory
    f PATH SIZE NLINK OFF:LEN:CRC…  file: its size, its number of names, and the CRC-32 of each stretch of data; all
                                    between the stretches is a hole that reads as zeros
    l PATH TARGET                   symbolic link

/proc is a directory of its own, empty on the disk: the kernel mounts its own file system there.
"""
import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import filelock
import qemu

MIB = 1 << 20


class Tree:
    def __init__(self, root, seed):
        self.root, self.rng, self.lines, self.files = root, random.Random(seed), [], []

    def directory(self, path):
        os.mkdir(os.path.join(self.root, path))
        self.lines.append(f"d /{path}")

    def file(self, path, size, islands=None):
        """A file of `size` bytes; islands is [(offset, length)], or None for data all through."""
        islands = [(0, size)] if islands is None and size else islands or []
        stretches = []
        with open(os.path.join(self.root, path), "wb") as out:
            for offset, length in islands:
                out.seek(offset)
                crc, left = 0, length
                while left:
                    data = self.rng.randbytes(min(left, MIB))
                    out.write(data)
                    crc = zlib.crc32(data, crc)
                    left -= len(data)
                stretches.append(f"{offset}:{length}:{crc:08x}")
            out.truncate(size)
        self.files.append([path, size, 1, stretches])

    def hard_link(self, new, number):
        entry = self.files[number]
        os.link(os.path.join(self.root, entry[0]), os.path.join(self.root, new))
        names = [e for e in self.files if e[3] is entry[3]] + [[new, entry[1], 0, entry[3]]]
        self.files.append(names[-1])
        for name in names:
            name[2] = len(names)

    def symlink(self, path, target):
        os.symlink(target, os.path.join(self.root, path))
        self.lines.append(f"l /{path} {target}")

    def manifest(self):
        lines = self.lines + [" ".join([f"f /{p} {size} {links}"] + s) for p, size, links, s in self.files]
        with open(os.path.join(self.root, "manifest"), "w", encoding="ascii") as out:
            out.write("\n".join(lines) + "\n")


def build_tree(root, seed, small):
    tree = Tree(root, seed)
    rng = tree.rng
    for name in ("small", "medium", "large", "links", "sparse", "many", "deep", "proc"):
        tree.directory(name)
    for i in range(120):
        tree.file(f"small/s{i:03}", rng.choice((0, 1, 59, 60, 61, 511, 512, 1023, 1024, 1025, 4095, 4096, 4097,
                                                rng.randrange(9000))))
    for i in range(40):
        tree.file(f"medium/m{i:02}", rng.randrange(8192, 400000))
    for i, size in enumerate((1, 2) if small else (1, 3, 9, 17, 33)):
        tree.file(f"large/l{i}", size * MIB + rng.randrange(MIB))
    for i in range(150 if small else 600):
        tree.file(f"many/a-rather-long-name-for-one-entry-{i:04}", rng.randrange(40))
    path = "deep"
    for i in range(24):
        path += f"/level{i:02}"
        tree.directory(path)
        tree.file(f"{path}/here", rng.randrange(200))
    for i in range(30):
        tree.symlink(f"links/short{i:02}", f"../small/s{rng.randrange(120):03}")
    tree.symlink("links/long", "../" + "./" * 60 + "medium/m00")
    tree.symlink("links/chain0", "../small/s005")
    for i in range(1, 9):
        tree.symlink(f"links/chain{i}", f"chain{i - 1}")
    tree.symlink("links/dangling", "/nowhere/at/all")
    for i in range(20):
        tree.hard_link(f"links/hard{i:02}", rng.randrange(120))
    tree.file("sparse/tail", 3 * MIB, [(3 * MIB - 5000, 5000)])
    tree.file("sparse/all-hole", 10 * MIB, [])
    tree.file("sparse/comb", 12 * MIB, [(i * 65536 + 100, 3000) for i in range(0, 190, 3)])
    # Twelve direct blocks, then 256, 512 or 1024 to the power of one, two and three: these islands sit in each level.
    tree.file("sparse/indirect", 5 << 30, [(0, 4096), (60000, 5000), (MIB, 9000), (70 * MIB, 8192), (900 * MIB, 7000),
                                           ((5 << 30) - 10000, 10000)])
    tree.manifest()


def make_image(out, seed, block_size, size_mib, small):
    with tempfile.TemporaryDirectory(prefix="rowlock-tree-") as root:
        build_tree(root, seed, small)
        temporary = out + ".new"
        if os.path.exists(temporary):
            os.unlink(temporary)
        done = subprocess.run([qemu.e2fs_tool("mke2fs"), "-q", "-t", "ext2", "-b", str(block_size), "-E", "root_owner=0:0",
                               "-d", root, temporary, f"{size_mib}M"], capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"mke2fs failed: {done.stderr.strip()}")
        clean, text = qemu.fsck(temporary)
        if not clean:
            raise SystemExit(f"mke2fs made a disk that e2fsck does not accept:\n{text}")
        os.replace(temporary, out)


def cached_disk(directory, seed=1, block_size=4096, size_mib=512, small=False):
    """The image for these parameters, made once and kept; the caller copies it before it lets a guest write."""
    name = f"disk-{seed}-{block_size}-{size_mib}{'-small' if small else ''}.img"
    path = os.path.join(directory, name)
    source = os.path.getmtime(os.path.abspath(__file__))
    with filelock.held(path):
        if not os.path.exists(path) or os.path.getmtime(path) < source:
            qemu.eprint(f"making {path} ({size_mib} MiB, {block_size}-byte blocks)")
            make_image(path, seed, block_size, size_mib, small)
    return path


def copy_disk(source, target):
    subprocess.run(["cp", "--sparse=always", source, target], check=True)
    return target


def empty_disk(path, block_size=4096, size_mib=256, extra=()):
    """A freshly made, empty ext2 file system."""
    if os.path.exists(path):
        os.unlink(path)
    subprocess.run([qemu.e2fs_tool("mke2fs"), "-q", "-F", "-t", "ext2", "-b", str(block_size), *extra, path,
                    f"{size_mib}M"], check=True, stdout=subprocess.DEVNULL)
    return path


def main():
    parser = argparse.ArgumentParser(description="make an ext2 disk with a manifest")
    parser.add_argument("out")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--block-size", type=int, default=4096, choices=(1024, 2048, 4096))
    parser.add_argument("--size", type=int, default=512, help="MiB")
    parser.add_argument("--small", action="store_true", help="a smaller tree")
    options = parser.parse_args()
    make_image(options.out, options.seed, options.block_size, options.size, options.small)


if __name__ == "__main__":
    main()
