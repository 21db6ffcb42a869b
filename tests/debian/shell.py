# SPDX-License-Identifier: MIT
"""`make shell` as somebody uses it: a bash on the serial console, with the host's terminal as a pseudo-terminal that this test types on.

Line editing, history, Ctrl-C, Ctrl-Z and fg, the window's size, a file that stays, `exit`; and a bash prompt in a guest of 64 MiB.
"""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time

import guests

PROMPT = "root@rowlock:"

# what bash tells a terminal between the lines, and the returns
NOISE = re.compile(r"\x1b\[\?2004[hl]|\r")


class Session:
    """A program with a terminal of its own; what it printed so far is in text."""

    def __init__(self, argv, rows=30, columns=100):
        self.raw, self.text, self.looked = b"", "", 0
        pid, self.fd = pty.fork()
        if not pid:
            os.execvp(argv[0], argv)
        self.pid = pid
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self, seconds):
        """False when there is nothing more to come."""
        if select.select([self.fd], [], [], seconds)[0]:
            try:
                data = os.read(self.fd, 65536)
            except OSError:     # the other side is closed
                return False
            self.raw += data
            self.text = NOISE.sub("", self.raw.decode("utf-8", "replace"))
            return bool(data)
        return True

    def wait_for(self, pattern, seconds=60):
        """The match in what came since the last one; None if it does not come."""
        end = time.monotonic() + seconds
        while True:
            found = re.compile(pattern).search(self.text, self.looked)
            if found:
                self.looked = found.end()
                return found
            if time.monotonic() > end or not self.read(0.2):
                found = re.compile(pattern).search(self.text, self.looked)
                self.looked = found.end() if found else self.looked
                return found

    def type(self, keys):
        os.write(self.fd, keys.encode())

    def finish(self, seconds=60):
        """The program's status; it is killed if it does not end."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.read(0.2):
            pass
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        if not pid:
            os.kill(self.pid, signal.SIGTERM)
            status = os.waitpid(self.pid, 0)[1]
        os.close(self.fd)
        return os.waitstatus_to_exitcode(status)


# (what it shows, keys, what has to come)
STEPS = (
    ("a command", "echo $((6*7))-answer\r", r"\n42-answer"),
    ("the window's size", "stty size\r", r"\n30 100"),
    ("editing: a character deleted, the cursor moved", "echo abX\x7fc\x01#\x01\x1b[C\x08\r", r"\nabc"),
    ("history", "\x1b[A\r", r"\nabc"),
    ("completion", "cat /etc/hostn\t\r", r"\nrowlock"),
    ("Ctrl-C", "echo now; sleep 1000\r", r"\nnow"),
    ("", "\x03", PROMPT),
    ("its status", "echo status $?\r", r"\nstatus 130"),
    ("Ctrl-Z", "echo now; sleep 1000\r", r"\nnow"),
    ("", "\x1a", r"Stopped"),
    ("a job in the background", "bg\r", r"sleep 1000 &"),
    ("the jobs", "jobs\r", r"Running +sleep 1000"),
    ("fg and Ctrl-C", "fg\r", r"sleep 1000"),
    ("", "\x03", PROMPT),
    ("no jobs", "jobs; echo none\r", r"\nnone"),
    ("the end of input", "cat > /root/kept\r", None),
    ("", "typed text\r\x04", PROMPT),
    ("", "cat /root/kept; tty\r", r"\ntyped text\r*\n/dev/\w+"),
    ("no echo for a password", "read -s -p 'secret: ' x; echo \"[$x]\"\r", r"\nsecret: "),
    ("", "xyzzy\r", r"(?<=secret: )\[xyzzy\]"),
    ("busybox's shell, with its job control", "busybox sh\r", r"# "),
    ("", "echo now; sleep 1000\r", r"\nnow"),
    ("", "\x1a", r"Stopped[^\n]*\n.*# "),
    ("", "fg\r", r"\nsleep 1000"),
    ("", "\x03", r"# "),
    ("", "exit\r", PROMPT),
)


def walk(session):
    """(fine?, what failed)"""
    if not session.wait_for(PROMPT, 90):
        return False, "no prompt"
    for what, keys, answer in STEPS:
        session.type(keys)
        if answer is None:
            time.sleep(1.5)
            continue
        if not session.wait_for(answer):
            return False, f"after {keys!r} ({what}) no {answer!r}"
        if "sleep" in keys or keys == "fg\r":     # what it waits for was printed before the sleep began, or got the terminal
            time.sleep(3)
    session.type("exit 0\r")
    return True, ""


def run_shell(options, ring, mem):
    session = Session(["/usr/bin/python3", f"{guests.ROOT}/scripts/run.py", "--build", options.build, "--shell", "--ring", ring, "--mem", mem])
    fine, why = walk(session)
    status = session.finish()
    if options.echo:
        print(session.text)
    if not fine:
        return False, f"{why}\n" + "\n".join(session.text.splitlines()[-12:])
    last = session.text.strip().splitlines()[-1]
    return status == 0 and "run: PASSED" in last, f"status {status}: {last}"


def run(judge, options, directory):
    for ring in options.rings:
        for name, mem in (("shell", "512"), ("shell in 64 MiB", "64")):
            if options.only in f"{name}, ring {ring}":
                judge.say(f"{name}, ring {ring}", *run_shell(options, ring, mem))
