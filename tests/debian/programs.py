# SPDX-License-Identifier: MIT
"""The programs that the tests run, each with its script. What each prints is in expected/NAME: what the same script printed on Linux."""

# name: (the words of the run, seconds until it counts as hung)
PROGRAMS = {
    "busybox": (["/bin/busybox", "sh", "/tests/busybox.sh"], 300),
    "bash": (["/bin/bash", "/tests/bash.sh"], 200),
    "coreutils": (["/bin/bash", "/tests/coreutils.sh"], 300),
    "findutils": (["/bin/bash", "/tests/findutils.sh"], 200),
    "grep": (["/bin/bash", "/tests/grep.sh"], 200),
    "sed": (["/bin/bash", "/tests/sed.sh"], 200),
    "gawk": (["/bin/bash", "/tests/gawk.sh"], 200),
    "tar": (["/bin/bash", "/tests/tar.sh"], 200),
    "gzip": (["/bin/bash", "/tests/gzip.sh"], 200),
    "python3": (["/usr/bin/python3", "/tests/python3.py"], 300),
    "perl": (["/usr/bin/perl", "/tests/perl.pl"], 200),
    "strace": (["/bin/bash", "/tests/strace.sh"], 300),
    "sqlite": (["/bin/dash", "/tests/sqlite.sh"], 900),
    "fio": (["/bin/dash", "/tests/fio.sh"], 1200),
    "dbench": (["/bin/dash", "/tests/dbench.sh"], 300),
    "bonnie": (["/bin/dash", "/tests/bonnie.sh"], 600),
    "fsmark": (["/bin/dash", "/tests/fsmark.sh"], 600),
}


def driver(name):
    """The words of the guest's first program."""
    return ["/bin/busybox", "sh", "/tests/driver.sh", name, *PROGRAMS[name][0]]
