# SPDX-License-Identifier: MIT
"""Tests of the system-call table: its page, its names, and the list of what programs asked for in vain."""
import os
import re
import subprocess
import sys

from console import tail

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "scripts"))
import abi

TESTS = []
HEADER = "/usr/include/x86_64-linux-gnu/asm/unistd_64.h"


def test(function):
    TESTS.append(function)
    return function


@test
def abi_page_is_the_tables(t):
    done = subprocess.run(["/usr/bin/python3", "scripts/abi.py", "--check"], capture_output=True, text=True)
    return done.returncode == 0, done.stderr.strip()


@test
def call_names_are_linuxs(t):
    with open(HEADER, encoding="ascii") as file:
        theirs = {int(nr): name for name, nr in re.findall(r"#define __NR_(\w+) (\d+)", file.read())}
    ours = abi.names()
    wrong = {nr: (name, ours.get(nr)) for nr, name in theirs.items() if nr <= max(ours) and ours.get(nr) != name}
    return not wrong and set(ours) <= set(theirs), f"{wrong}"


@test
def missing_calls_are_listed(t):
    result = t.guest("missing", [], t.empty_disk())
    listed = re.findall(r"rowlock: not implemented: (.+)$", result.text.replace("\r", ""), re.M)
    if result.kind != "exit" or result.status:
        return False, f"{result.words()}\n{tail(result.text)}"
    expected = ["io_uring_setup (425) by missing, 3 calls", "io_uring_setup (425) by renamed, 1 call", "unknown (9999) by missing, 8000 calls",
                "lookup_dcookie (212) by missing, 1 call"]
    missing = [line for line in expected if line not in listed]
    return not missing, f"not listed: {missing}\nlisted: {listed}"


@test
def real_time_scheduling(t):
    for cpus in (1, 2):
        result = t.guest("rtsched", [], t.empty_disk(), cpus=cpus)
        if result.kind != "exit" or result.status:
            return False, f"{cpus} CPUs: {result.words()}\n{tail(result.text)}"
    return True, ""
