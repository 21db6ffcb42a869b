# SPDX-License-Identifier: MIT
"""The host's terminal as the guest's: every key goes to the guest as it is, Ctrl-C and Ctrl-Z included, until the run ends.

The terminal is put into raw mode for that time and gets its settings back however the run ends. One key is ours: Ctrl-] ends the
run at once, for a guest that no longer listens.
"""
import os
import sys
import termios
import tty

ESCAPE = b"\x1d"


class Keyboard:
    """`with Keyboard() as keys:` raw mode, if standard input is a terminal; fd is what to read keys from."""

    def __init__(self):
        self.fd = sys.stdin.fileno()
        self.saved = termios.tcgetattr(self.fd) if os.isatty(self.fd) else None

    def __enter__(self):
        if self.saved:
            tty.setraw(self.fd)
        return self

    def __exit__(self, *_):
        if self.saved:
            termios.tcsetattr(self.fd, termios.TCSADRAIN, self.saved)

    def read(self):
        """(what to give the guest, whether to end the run)"""
        data = os.read(self.fd, 4096)
        before, escape, _ = data.partition(ESCAPE)
        return (before, True) if escape and self.saved else (data, False)


def window_size():
    """(rows, columns) of the terminal, or 24 by 80."""
    try:
        columns, rows = os.get_terminal_size(sys.stdin.fileno())
        return (rows, columns) if rows and columns else (24, 80)
    except OSError:
        return 24, 80
