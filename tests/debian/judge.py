# SPDX-License-Identifier: MIT
"""What makes a run of a Debian program a success: its status, its output byte for byte what it was on Linux, a clean disk, no complaint."""
import difflib
import os
import re

import guests

EXPECTED = os.path.join(guests.HERE, "expected")

# What the kernel says of things that are left over or went wrong although nothing stopped the run.
COMPLAINTS = re.compile(r"^\[[ \d.]+\] .*(\bBUG\b|WARNING|leaks: (?!none)|objects left|still in use|inconsistent).*$", re.M)


def expected(name):
    """What the script printed on Linux."""
    with open(os.path.join(EXPECTED, name), "rb") as file:
        return file.read()


def difference(expected_output, output):
    lines = difflib.unified_diff(expected_output.decode("utf-8", "replace").splitlines(), output.decode("utf-8", "replace").splitlines(), "Linux",
                                 "here", lineterm="", n=1)
    return "\n".join(list(lines)[:36])


def complaints(console):
    return "\n".join(match[0] for match in COMPLAINTS.finditer(console.replace("\r", "")))


def judge(outcome, name):
    """(fine?, why not)"""
    tail = "\n".join(outcome.console.strip().splitlines()[-12:])
    if outcome.status is None:
        return False, f"{outcome.words}\n{tail}"
    if outcome.damage:
        return False, f"e2fsck: the disk is damaged\n{outcome.damage}"
    if outcome.output != expected(name):
        return False, f"{outcome.words}; its output is not what it was on Linux:\n{difference(expected(name), outcome.output)}"
    said = complaints(outcome.console)
    return outcome.status == 0 and not said, said or outcome.words
