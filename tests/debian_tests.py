# SPDX-License-Identifier: MIT
"""Debian's binaries as they come, the short part: busybox and bash from a disk of Debian packages, each with a script whose output
has to be what it was on Linux, byte for byte. The rest is `make test-debian`."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "debian"))
import guests
import judge
import programs

TESTS = []


def test(function):
    TESTS.append(function)
    return function


def script(t, name, ring):
    here = guests.Guests(t.build, t.directory, ring=ring, mem="256", kind="small")
    return judge.judge(here.rowlock(name, programs.driver(name), here.disk(name), 150), name)


@test
def debian_busybox_over_5000_files(t):
    return script(t, "busybox", "0")


@test
def debian_bash(t):
    return script(t, "bash", "3")
