# SPDX-License-Identifier: MIT
"""Calls that have a program each, which says itself whether all is as on Linux."""
from console import tail

TESTS = []


def test(function):
    TESTS.append(function)
    return function


def runs(t, program, configurations):
    for cpus, ring in configurations:
        result = t.guest(program, [], t.empty_disk(), cpus=cpus, ring=ring, timeout=120)
        if result.kind != "exit" or result.status:
            return False, f"{cpus} CPUs, ring {ring}: " + result.words() + tail(result.text)
    return True, ""


@test
def priority_inheritance(t):
    """Futexes with priority inheritance and futex_waitv."""
    return runs(t, "picalls", ((1, 0), (4, 3)))
