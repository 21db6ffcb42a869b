# SPDX-License-Identifier: MIT
"""Tests of /proc and of terminals: the same program on Linux and on Rowlock, with the same result."""
import os
import subprocess

import qemu
from console import tail

TESTS = []


def test(function):
    TESTS.append(function)
    return function


def on_linux(t, program, *args):
    directory = t.path(f"linux-{program}")
    os.mkdir(directory)
    return subprocess.run([os.path.abspath(f"{t.build}/user/{program}"), "--dir", directory, *args], capture_output=True, text=True,
                          timeout=60, cwd="/", stdin=subprocess.DEVNULL)


@test
def proc_tells_of_processes(t):
    """/proc/PID agrees with the system calls, and with a process's life and death, also while everything is being read."""
    linux = on_linux(t, "procpid", "--seconds", "1")
    if linux.returncode:
        return False, f"on Linux: {linux.stdout}{linux.stderr}"
    for cpus, ring in ((2, 0), (4, 3)):
        os.makedirs(t.path("tree/proc"), exist_ok=True)
        disk = t.empty_disk(size_mib=64, extra=("-d", t.path("tree")))
        result = t.guest("procpid", ["--seconds", 2, "--dir", "/tmp"], disk, cpus=cpus, ring=ring)
        if result.kind != "exit" or result.status or not qemu.fsck(disk)[0]:
            return False, f"{cpus} CPUs, ring {ring}: {result.words()}\n{tail(result.text)}"
    return True, ""


@test
def pseudo_terminals_and_job_control(t):
    linux = on_linux(t, "ptytest")
    if linux.returncode:
        return False, f"on Linux: {linux.stdout}{linux.stderr}"
    for cpus, ring in ((1, 0), (4, 3)):
        os.makedirs(t.path("pty/dev"), exist_ok=True)
        os.makedirs(t.path("pty/proc"), exist_ok=True)
        disk = t.empty_disk(size_mib=64, extra=("-d", t.path("pty")))
        result = t.guest("ptytest", ["--console"], disk, words=["leaks=fail"], cpus=cpus, ring=ring)
        if result.kind != "exit" or result.status or not qemu.fsck(disk)[0]:
            return False, f"{cpus} CPUs, ring {ring}: {result.words()}\n{tail(result.text)}"
    return True, ""


@test
def cpu_times_are_exact(t):
    """Also of what never runs for long; and everybody who tells of them agrees."""
    linux = on_linux(t, "cputime")
    if linux.returncode:
        return False, f"on Linux: {linux.stdout}{linux.stderr}"
    for cpus, ring in ((1, 3), (2, 0)):
        os.makedirs(t.path("cputime/proc"), exist_ok=True)
        disk = t.empty_disk(size_mib=64, extra=("-d", t.path("cputime")))
        result = t.guest("cputime", ["--dir", "/"], disk, words=["leaks=fail"], cpus=cpus, ring=ring)
        if result.kind != "exit" or result.status or not qemu.fsck(disk)[0]:
            return False, f"{cpus} CPUs, ring {ring}: {result.words()}\n{tail(result.text)}"
    return True, ""


@test
def less_common_files_of_proc(t):
    linux = on_linux(t, "procfiles")
    if linux.returncode:
        return False, f"on Linux: {linux.stdout}{linux.stderr}"
    for cpus, ring in ((1, 3), (4, 0)):
        for name in ("dev", "proc", "tmp"):
            os.makedirs(t.path(f"procfiles/{name}"), exist_ok=True)
        disk = t.empty_disk(size_mib=64, extra=("-d", t.path("procfiles")))
        result = t.guest("procfiles", ["--dir", "/tmp", "guest"], disk, words=["leaks=fail"], cpus=cpus, ring=ring)
        if result.kind != "exit" or result.status or not qemu.fsck(disk)[0]:
            return False, f"{cpus} CPUs, ring {ring}: {result.words()}\n{tail(result.text)}"
    return True, ""


@test
def what_is_not_given_back_is_told(t):
    """A node in /dev outlives its maker: with leaks=fail that is found, and only then does it matter. IPC objects are removed first."""
    result = t.guest("procfiles", ["--leave"], t.empty_disk(), words=["leaks=fail"])
    if result.kind != "exit" or result.status:
        return False, f"IPC objects: {result.words()}\n{tail(result.text)}"
    for words, status in ((["leaks=fail"], 122), (["leaks=warn"], 0), ([], 0)):
        result = t.guest("procfiles", ["--leave-node"], t.empty_disk(), words=words)
        told = "pages at the end" in result.text or "objects at the end" in result.text
        if result.kind != "exit" or result.status != status or told != bool(words):
            return False, f"{words}: {result.words()}\n{tail(result.text)}"
    return True, ""
