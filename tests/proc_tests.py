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


def agrees(t, program, there, here, directories, settings, **guest):
    """The program checks its answers itself: status 0 on this machine's Linux with the arguments `there`, and in the guest with `here`."""
    linux = on_linux(t, program, *there)
    if linux.returncode:
        return False, f"on Linux: {linux.stdout}{linux.stderr}"
    for cpus, ring in settings:
        disk = t.empty_disk(size_mib=64, directories=directories)
        result = t.guest(program, here, disk, cpus=cpus, ring=ring, **guest)
        if result.kind != "exit" or result.status or not qemu.fsck(disk)[0]:
            return False, f"{cpus} CPUs, ring {ring}: {result.words()}\n{tail(result.text)}"
    return True, ""


@test
def proc_tells_of_processes(t):
    """/proc/PID agrees with the system calls, and with a process's life and death, also while everything is being read."""
    return agrees(t, "procpid", ["--seconds", "1"], ["--seconds", 2, "--dir", "/tmp"], ["proc"], ((2, 0), (4, 3)))


@test
def pseudo_terminals_and_job_control(t):
    return agrees(t, "ptytest", [], ["--console"], ["dev", "proc"], ((1, 0), (4, 3)), words=["leaks=fail"])


@test
def cpu_times_are_exact(t):
    """Also of what never runs for long; and everybody who tells of them agrees."""
    return agrees(t, "cputime", [], ["--dir", "/"], ["proc"], ((1, 3), (2, 0)), words=["leaks=fail"])


@test
def less_common_files_of_proc(t):
    return agrees(t, "procfiles", [], ["--dir", "/tmp", "guest"], ["dev", "proc", "tmp"], ((1, 3), (4, 0)), words=["leaks=fail"])


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


@test
def core_dumps(t):
    return agrees(t, "coretest", [], ["--dir", "/tmp"], ["proc", "tmp"], ((1, 0), (4, 3)), words=["leaks=fail"])
