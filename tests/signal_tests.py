# SPDX-License-Identifier: MIT
"""Tests of signals, job control, signalfd, pidfd and timers: the same programs on Linux and here."""
import os
import subprocess

import qemu
from console import tail
from exec_tests import from_disk

TESTS = []


def test(function):
    TESTS.append(function)
    return function


def on_linux(t, program, *args):
    binary = os.path.abspath(f"{t.build}/user/{program}")    # it runs in another directory
    done = subprocess.run([binary, *args], capture_output=True, text=True, timeout=120, cwd=t.path(""))
    return done.returncode == 0, done.stdout + done.stderr


def program_disk(t, program):
    """A disk with the program on it, so that it can execute itself."""
    root = t.path(program)
    os.makedirs(f"{root}/bin", exist_ok=True)
    subprocess.run(["cp", f"{t.build}/user/{program}", f"{root}/bin"], check=True)
    image = t.path(f"{program}.img")
    subprocess.run([qemu.e2fs_tool("mke2fs"), "-q", "-F", "-t", "ext2", "-d", root, image, "32M"], check=True, capture_output=True)
    return image


def same_here(t, program, *args, words=()):
    fine, text = on_linux(t, program, *args)
    if not fine:
        return False, "on Linux: " + text
    for cpus, ring in ((1, 0), (4, 0), (2, 3)):
        disk = program_disk(t, program)
        result = from_disk(t, disk, f"/bin/{program}", f"/bin/{program}", *args, ring=ring, cpus=cpus, timeout=120,
                           words=words)
        if result.kind != "exit" or result.status or f"{program}: all well" not in result.text or not qemu.fsck(disk)[0]:
            return False, f"{cpus} CPUs, ring {ring}: {result.words()}\n{tail(result.text)}"
    return True, ""


@test
def signals(t):
    return same_here(t, "sigcalls", "--rounds", "10")


@test
def timers(t):
    return same_here(t, "timercalls")


@test
def tracing(t):
    """ptrace: what a debugger and strace do."""
    return same_here(t, "tracecalls", "--loops", "4", words=("leaks=fail",))
