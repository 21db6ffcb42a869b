# SPDX-License-Identifier: MIT
"""Tests of AF_NETLINK sockets. The same program runs on Linux; what needs privileges is left out there by those who have none."""
import os
import shutil
import subprocess

import qemu
from console import tail

TESTS = []


def test(function):
    TESTS.append(function)
    return function


@test
def netlink_calls(t):
    """Ports, groups, generic netlink, TASKSTATS, process events; in the guest nothing is left over at the end of the run."""
    program = os.path.abspath(f"{t.build}/user/netlinkcalls")
    done = subprocess.run([program], capture_output=True, text=True, timeout=60, cwd=t.directory)
    if done.returncode:
        return False, f"on Linux: status {done.returncode}: {tail(done.stdout + done.stderr)}"
    root = t.path("tree")
    os.makedirs(f"{root}/proc")
    shutil.copy(program, root)
    for cpus, ring in ((2, 0), (4, 3)):
        disk = t.empty_disk(extra=["-d", root])
        result = t.guest("netlinkcalls", ["--exec", "/netlinkcalls"], disk, cpus=cpus, ring=ring, words=["env.ALONE=1", "leaks=fail"])
        clean, report = qemu.fsck(disk)
        if result.kind != "exit" or result.status or not clean:
            return False, f"ring {ring}: {result.words()}, e2fsck: {report[-300:]}\n{tail(result.text)}"
    return True, ""
