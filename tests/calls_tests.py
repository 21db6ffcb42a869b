# SPDX-License-Identifier: MIT
"""Calls that have a program each, which says itself whether all is as on Linux."""
import os
import shutil
import subprocess

import exec_tests
import qemu
from console import tail

TESTS = []


def test(function):
    TESTS.append(function)
    return function


def runs(t, program, configurations):
    for cpus, ring in configurations:
        disk = t.empty_disk(size_mib=64, directories=["proc"])  # the programs look at themselves
        result = t.guest(program, [], disk, cpus=cpus, ring=ring, timeout=120)
        if result.kind != "exit" or result.status:
            return False, f"{cpus} CPUs, ring {ring}: " + result.words() + tail(result.text)
    return True, ""


@test
def priority_inheritance(t):
    """Futexes with priority inheritance and futex_waitv."""
    return runs(t, "picalls", ((1, 0), (4, 3)))


@test
def restartable_sequences(t):
    """rseq: aborted by switches and signals, kept by fork, dropped by exec, so the program is on a disk."""
    root, image = t.path("rseq"), t.path("rseq.img")
    os.makedirs(root, exist_ok=True)
    shutil.copy(f"{t.build}/user/rseqtest", f"{root}/rseqtest")
    subprocess.run([qemu.e2fs_tool("mke2fs"), "-q", "-F", "-t", "ext2", "-d", root, image, "8M"], check=True, capture_output=True)
    for cpus, ring in ((1, 0), (4, 3)):
        result = exec_tests.from_disk(t, image, "/rseqtest", "/rseqtest", ring=ring, cpus=cpus)
        if result.kind != "exit" or result.status:
            return False, f"{cpus} CPUs, ring {ring}: " + result.words() + tail(result.text)
    return qemu.fsck(image)
