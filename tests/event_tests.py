# SPDX-License-Identifier: MIT
"""Tests of event descriptors and asynchronous I/O: programs that check every answer themselves and run on Linux as well."""
import os
import subprocess

import qemu
from console import tail

TESTS = []


def test(function):
    TESTS.append(function)
    return function


def passes(t, program, args=(), linux=True, proc=False, **guest):
    """The program ends with status 0 on this machine's Linux and in the guest, in both rings, and the disk is clean. The arguments
    are the guest's: on this machine nothing is done that others would notice, such as setting the clock. proc: in the guest there is /proc."""
    if linux:
        done = subprocess.run([os.path.abspath(f"{t.build}/user/{program}")], cwd=t.directory, capture_output=True, text=True, timeout=60)
        if done.returncode:
            return False, f"on Linux: status {done.returncode}: {tail(done.stdout + done.stderr)}"
    for ring in (0, 3):
        disk = t.empty_disk(directories=["proc"] if proc else [])
        result = t.guest(program, args, disk, ring=ring, timeout=60, **guest)
        clean, report = qemu.fsck(disk)
        if result.kind != "exit" or result.status or not clean:
            return False, f"ring {ring}: {result.words()}, e2fsck: {report[-300:]}\n{tail(result.text)}"
    return True, ""


@test
def event_calls(t):
    return passes(t, "eventcalls", ["--set-clock"])


@test
def clock_set(t):
    """What waits for a time of the wall clock follows when it is set."""
    return passes(t, "clockset", ["--set-clock"])


@test
def limits(t):
    """Each limit of setrlimit, and what happens at it."""
    return passes(t, "limitcalls")


@test
def seccomp_calls(t):
    """seccomp in both modes, its filters and who inherits them."""
    return passes(t, "seccompcalls", proc=True)


@test
def port_calls(t):
    """ioperm and iopl, and at ring 3 what a program can read then."""
    return passes(t, "portcalls", ["--ports"])


@test
def yama_calls(t):
    """PR_SET_PTRACER, and who may attach at each ptrace_scope."""
    return passes(t, "yamacalls", ["--set-scope"], proc=True)


@test
def aio_calls(t):
    return passes(t, "aiocalls", linux=False)


@test
def inotify_calls(t):
    return passes(t, "inotifycalls")


@test
def handle_calls(t):
    return passes(t, "handlecalls", ["--drop-caches", "--tmpfs"], proc=True)


@test
def dnotify_calls(t):
    return passes(t, "dnotifycalls")


@test
def fanotify_calls(t):
    return passes(t, "fanotifycalls", ["--mounts"], proc=True)


@test
def splice_calls(t):
    return passes(t, "splicecalls")


@test
def hole_calls(t):
    return passes(t, "holecalls", linux=False)


@test
def descriptor_controls(t):
    return passes(t, "filectl", ["--mounts"])


@test
def punch_calls(t):
    ok, why = passes(t, "punchcalls")
    if not ok:
        return ok, why
    for where, disk in (("blocks of 1 KiB", t.empty_disk("small.img", 1024)), ("tmpfs", t.empty_disk("tmpfs.img", directories=["tmp"]))):
        on_tmpfs = where == "tmpfs"
        result = t.guest("punchcalls", ["--dir", "/tmp"] if on_tmpfs else [], disk, timeout=60, words=["tmp=tmpfs"] if on_tmpfs else [])
        clean, report = qemu.fsck(disk)
        if result.kind != "exit" or result.status or not clean:
            return False, f"{where}: {result.words()}, e2fsck: {report[-300:]}\n{tail(result.text)}"
    return True, ""


@test
def mount_calls(t):
    return passes(t, "mountcalls", ["--mounts"], proc=True)
