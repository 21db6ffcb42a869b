# SPDX-License-Identifier: MIT
"""Tests of what programs on one machine talk through: sockets, System V and POSIX queues and semaphores. The same binary runs on Linux
and says what is right."""
import os
import subprocess

from console import tail

TESTS = []


def test(function):
    TESTS.append(function)
    return function


def compare(t, program, guest_args=(), rings=((2, 0),), timeout=90):
    """Answers call for call, and nothing left over at the end of the run."""
    directory = t.path(f"linux-{program}")
    os.mkdir(directory)
    linux = subprocess.run([os.path.abspath(f"{t.build}/user/{program}"), "--dir", os.path.abspath(f"{directory}/d")],
                           capture_output=True, text=True, timeout=60, cwd="/")

    def answers(text):
        return [line.strip() for line in text.splitlines() if line.startswith("answer ")]

    want = answers(linux.stdout)
    for cpus, ring in rings:
        result = t.guest(program, guest_args, t.empty_disk(), cpus=cpus, ring=ring, timeout=timeout)
        got = answers(result.text)
        different = [f"Linux '{a}', here '{b}'" for a, b in zip(want, got) if a != b]
        if result.kind != "exit" or result.status or linux.returncode:
            return False, f"Linux {linux.returncode}, ring {ring}: {result.words()}\n{tail(result.text)}"
        if not want or want != got:
            return False, f"{len(want)} answers, {len(got)} here, {len(different)} differ: {different[:6]}"
        if "are left" in result.text:
            return False, f"something is left at the end:\n{tail(result.text)}"
    return True, f"{len(want)} answers"


@test
def unix_sockets_agree_with_linux(t):
    """Names, connections, shutdown, messages, descriptors and credentials under way: call for call; then races of threads."""
    return compare(t, "unixcalls", ["--seconds", 3], ((2, 0), (4, 3)))


@test
def system_v_semaphores_and_messages_agree_with_linux(t):
    """Call for call, with processes that wait, undo and are killed; then races of processes."""
    return compare(t, "sysvcalls", ["--seconds", 2], ((2, 0), (4, 3)))


@test
def posix_message_queues_agree_with_linux(t):
    """Call for call, notification and the mounted file system; then races of processes."""
    return compare(t, "mqcalls", ["--seconds", 2], ((2, 0), (4, 3)))
