# SPDX-License-Identifier: MIT
"""Tests of processes: fork, wait, groups and sessions, and what happens when memory runs out among several."""
import qemu
from console import tail

TESTS = []


def test(function):
    TESTS.append(function)
    return function


@test
def processes(t):
    for cpus, ring in ((1, 0), (4, 0), (2, 3)):
        disk = t.empty_disk()
        result = t.guest("forktest", [], disk, cpus=cpus, ring=ring, timeout=120)
        if result.kind != "exit" or result.status or not qemu.fsck(disk)[0]:
            return False, f"{cpus} CPUs, ring {ring}: " + result.words() + tail(result.text)
    return True, ""


@test
def out_of_memory_takes_the_largest(t):
    for cpus in (1, 4):
        disk = t.empty_disk(directories=["proc"])
        result = t.guest("oomtest", [], disk, cpus=cpus, mem="64", timeout=120)
        if result.kind != "exit" or result.status or not qemu.fsck(disk)[0]:
            return False, f"{cpus} CPUs: " + result.words() + tail(result.text)
    return True, ""


@test
def what_a_program_leaves_behind_ends_with_the_run(t):
    disk = t.empty_disk()
    result = t.guest("leftover", disk=disk)
    return result.kind == "exit" and result.status == 0 and qemu.fsck(disk)[0], result.words() + "\n" + tail(result.text)


@test
def faults_that_a_program_serves(t):
    for cpus, ring in ((1, 0), (4, 3)):
        result = t.guest("faultserve", [], t.empty_disk(), cpus=cpus, ring=ring)
        if result.kind != "exit" or result.status:
            return False, f"{cpus} CPUs, ring {ring}: {result.words()}\n{tail(result.text)}"
    return True, ""
