# SPDX-License-Identifier: MIT
"""Tests of tmpfs, /dev, what is mounted at boot, shared memory."""
import os
import shutil

import qemu
from console import tail

TESTS = []


def test(function):
    TESTS.append(function)
    return function


def passes(result, disk):
    if result.kind != "exit" or result.status != 0:
        return False, f"{result.words()}\n{tail(result.text)}"
    clean, text = qemu.fsck(disk)
    return clean, f"e2fsck: {text[-300:]}"


def tree(t, *directories):
    root = t.path("tree")
    for name in directories:
        os.makedirs(os.path.join(root, name), exist_ok=True)
    return root


def tree_disk(t, *directories):
    """A disk with these directories in its root."""
    return t.empty_disk("tree.img", extra=["-d", tree(t, *directories)])


@test
def tmpfs(t):
    """Limits, holes, mappings, names, changing directories, threads on one file; the memory comes back."""
    for ring, cpus in ((0, 2), (3, 4)):
        disk = t.empty_disk()
        ok, text = passes(t.guest("tmpfstest", ["/t"], disk, ring=ring, cpus=cpus, words=["env.ALONE=1"]), disk)
        if not ok:
            return False, f"ring {ring}: {text}"
    return True, ""


@test
def tmpfs_larger_than_memory(t):
    """A tmpfs of 1 GiB in a guest of 64 MiB: it is full when the memory is, and nothing else suffers."""
    disk = t.empty_disk()
    ok, text = passes(t.guest("tmpfstest", ["/t", "small"], disk, mem="64", words=["env.ALONE=1"]), disk)
    return ok, text


@test
def shared_memory(t):
    """System V shared memory and shared anonymous memory, over fork, exec and exit."""
    for ring in (0, 3):
        shutil.copy(f"{t.build}/user/shmtest", tree(t, "dev", "proc", "tmp"))
        disk = tree_disk(t)
        ok, text = passes(t.guest("shmtest", ["/shmtest"], disk, ring=ring), disk)
        if not ok:
            return False, f"ring {ring}: {text}"
    return True, ""


@test
def memory_files(t):
    """memfd_create and seals."""
    disk = tree_disk(t, "dev", "proc", "tmp")
    return passes(t.guest("memfdtest", [], disk), disk)


@test
def memory_advice(t):
    """madvise, mlock, mincore, remap_file_pages, the calls about memory nodes and about other processes' memory."""
    for ring in (0, 3):
        disk = tree_disk(t, "proc")
        ok, text = passes(t.guest("memadvice", [], disk, ring=ring, words=["env.ALONE=1"]), disk)
        if not ok:
            return False, f"ring {ring}: {text}"
    return True, ""


@test
def boot_mounts(t):
    """/dev, /dev/shm and /run are mounted where the disk has the directories, /tmp when it is asked for, all gone at the end."""
    disk = tree_disk(t, "dev", "proc", "run", "tmp")
    ok, text = passes(t.guest("devtest", ["mounted"], disk, words=["tmp=tmpfs"]), disk)
    if ok:
        ok, text = passes(t.guest("devtest", ["tmp-on-disk"], disk), disk)
    if ok:
        bare = t.empty_disk()
        ok, text = passes(t.guest("devtest", ["bare"], bare), bare)
    return ok, text
