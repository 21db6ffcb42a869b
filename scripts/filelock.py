# SPDX-License-Identifier: MIT
"""One at a time, among the threads and processes that make the same file: tests run beside each other and share what is built once."""
import contextlib
import fcntl
import os


@contextlib.contextmanager
def held(path):
    """Holds the lock of PATH, which need not exist; PATH.lock stays behind, empty. The kernel drops the lock of one that dies."""
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    with open(f"{path}.lock", "w", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
