# SPDX-License-Identifier: MIT
"""Run the image in QEMU and say truthfully how the run ended.

Used by scripts/run.py and by the tests. A run ends in one of these ways:

  exit      the program ended, everything was written back and unmounted, and the kernel's last record says so
  panic     the kernel reported a panic
  timeout   nothing ended it, and we did
  qemu      QEMU itself failed, or ended without the kernel's say (a triple fault, for example)

Only `exit` carries a program status. It is believed only when two witnesses agree: the exit device's code (a plain QEMU
exit, an error or a triple fault cannot produce it) and a last console record with this run's nonce (an earlier run's
output or a program that prints something similar cannot produce that).
"""
import os
import re
import secrets
import select
import shutil
import subprocess
import sys
import time
from urllib.parse import quote

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harvest

EXIT_DONE = (0x2a << 1) | 1
EXIT_PANIC = (0x3f << 1) | 1


class Result:
    """How a run ended: kind, the program's status (kind exit only), its signal, the console text, seconds taken."""

    def __init__(self, kind, status, signal, text, seconds, first_line, detail):
        self.kind, self.status, self.signal, self.text = kind, status, signal, text
        self.seconds, self.first_line, self.detail = seconds, first_line, detail

    def shell_status(self):
        """The status to end with: the program's, or one that is never 0 when there is none."""
        return {"exit": self.status, "timeout": 124, "panic": 125, "qemu": 126}[self.kind]

    def words(self):
        if self.kind == "exit":
            return f"program ended with status {self.status}" + (f" (signal {self.signal})" if self.signal else "")
        return {"timeout": "HANG: no end within the time limit", "panic": "KERNEL PANIC",
                "qemu": "QEMU ended without the kernel's exit record"}[self.kind] + (f": {self.detail}" if self.detail else "")


def find_qemu():
    path = shutil.which("qemu-system-x86_64")
    if not path:
        raise SystemExit("qemu-system-x86_64 is missing: run scripts/setup.sh (package qemu-system-x86)")
    return path


def command_line(words, args, nonce):
    """The kernel command line: our words, the nonce, then the program's arguments, percent-encoded."""
    line = " ".join([f"nonce={nonce}"] + [w for w in words if w])
    if args:
        line += " -- " + " ".join(quote(a, safe="/=.,:_+@-") or "%" for a in args)
    return line


def drive_arguments(disks, cpus):
    """virtio-blk drives; a disk is a file name or a ready-made list of QEMU options that names its node."""
    out = []
    for number, disk in enumerate(disks):
        queues = f"num-queues={cpus}"
        if isinstance(disk, (list, tuple)):
            options, node = disk
            out += list(options)
        else:
            node = f"disk{number}"
            out += ["-drive", f"if=none,id={node},file={disk},format=raw,cache=unsafe"]
        out += ["-device", f"virtio-blk-pci,drive={node},disable-legacy=on,{queues},werror=report,rerror=report"]
    return out


ACCELERATORS = {
    "tcg": ["-accel", "tcg,thread=multi", "-cpu", "max"],
    "kvm": ["-accel", "kvm", "-cpu", "host"],
    # one CPU; the guest's clock counts instructions, a nanosecond each
    "icount": ["-accel", "tcg,thread=single", "-icount", "shift=0,sleep=off", "-cpu", "max"],
}


class Machine:
    """What to boot. accel is tcg, kvm, or icount (counts instructions); boot is kernel (PVH) or grub (the ISO)."""

    def __init__(self, kernel="build/rowlock.elf", program=None, args=(), words=(), disks=(), cpus=2, mem="256",
                 accel="tcg", boot="kernel", iso=None, extra=()):
        self.kernel, self.program, self.args, self.words = kernel, program, list(args), harvest.words_for(words)
        self.disks, self.cpus, self.mem, self.accel = list(disks), cpus, str(mem), accel
        self.boot, self.iso, self.extra = boot, iso, list(extra)
        self.nonce = secrets.token_hex(8)

    def arguments(self):
        line = command_line(self.words, self.args, self.nonce)
        argv = [find_qemu(), "-machine", "q35", "-m", self.mem, "-smp", str(self.cpus), "-nodefaults", "-display", "none",
                "-no-reboot", "-device", "isa-debug-exit,iobase=0xf4,iosize=4",
                "-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console"]
        argv += ACCELERATORS[self.accel]
        if self.boot == "grub":
            argv += ["-cdrom", self.grub_image(line), "-boot", "d"]
        else:
            if shutil.os.path.exists("/usr/share/qemu/qboot.rom"):
                argv += ["-bios", "qboot.rom"]
            argv += ["-kernel", self.kernel, "-append", line]
            if self.program:
                argv += ["-initrd", self.program]
        return argv + drive_arguments(self.disks, self.cpus) + self.extra

    def grub_image(self, line):
        """GRUB reads its command line from the image, so each run gets an image of its own."""
        out = self.iso or f"build/run-{self.nonce}.iso"
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "mkiso.sh")
        done = subprocess.run([script, self.kernel, self.program or "", line, out], capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"cannot make the GRUB image: {done.stderr.strip() or done.stdout.strip()}")
        self.temporary = None if self.iso else out
        return out

    def run(self, timeout, echo=None, stdin=None, on_start=None, keyboard=None):
        """Boot, copy the console to `echo` (a binary stream or None), and return a Result. With a terminal.Keyboard its keys are
        the guest's input, else `stdin` is."""
        start = time.monotonic()
        if keyboard:
            stdin = subprocess.PIPE
        process = subprocess.Popen(self.arguments(), stdin=stdin if stdin is not None else subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if on_start:
            on_start(process)
        text, errors, first_line, timed_out = bytearray(), bytearray(), None, False
        streams = {process.stdout.fileno(): text, process.stderr.fileno(): errors}
        keys = [keyboard.fd] if keyboard else []
        try:
            while streams:
                left = start + timeout - time.monotonic()
                if left <= 0:
                    timed_out = True
                    process.kill()
                    break
                for fd in select.select([*streams, *keys], [], [], min(left, 1.0))[0]:
                    if fd in keys:
                        if self.type_keys(process, keyboard):
                            keys = []
                        continue
                    data = os.read(fd, 65536)
                    if not data:
                        del streams[fd]
                        continue
                    streams[fd] += data
                    if fd == process.stdout.fileno() and echo:
                        echo.write(data)
                        echo.flush()
                    if first_line is None and b"rowlock: program starts" in text:
                        first_line = time.monotonic() - start
            process.wait()
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            if getattr(self, "temporary", None):
                os.unlink(self.temporary)
        console, records = harvest.split(text.decode("utf-8", "replace"), self.nonce)
        result = self.judge(process.returncode, console, errors.decode("utf-8", "replace"), time.monotonic() - start, first_line,
                            timed_out)
        if result.kind == "exit" and records:
            harvest.keep(records, self.words, self.cpus)
        return result

    @staticmethod
    def type_keys(process, keyboard):
        """What was typed goes to the guest; true when no more will come. The escape key ends the run."""
        data, escape = keyboard.read()
        try:
            process.stdin.write(data)
            process.stdin.flush()
        except BrokenPipeError:     # the guest has just ended
            return True
        if escape:
            process.kill()
        if not data or escape:
            process.stdin.close()
            return True
        return False

    def judge(self, code, text, errors, seconds, first_line, timed_out):
        record = re.findall(r"^(?:\[[ \d.]+\] )?rowlock: exit nonce=(\w+) status=(\d+) signal=(\d+)\s*$", text, re.M)
        panic = re.search(r"^(?:\[[ \d.]+\] )?rowlock: panic nonce=\w* ?(.*)$", text, re.M)
        if panic or code == EXIT_PANIC:
            return Result("panic", None, None, text, seconds, first_line, panic[1].strip() if panic else "")
        if timed_out:
            return Result("timeout", None, None, text, seconds, first_line, "")
        if code == EXIT_DONE and record and record[-1][0] == self.nonce:
            return Result("exit", int(record[-1][1]), int(record[-1][2]), text, seconds, first_line, "")
        detail = f"QEMU status {code}" + (", no exit record" if not record else "")
        if errors.strip():
            detail += "; " + errors.strip().split("\n")[-1]
        return Result("qemu", None, None, text, seconds, first_line, detail)


def e2fs_tool(name):
    """e2fsprogs lives in sbin, which a user's PATH may lack."""
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/sbin:/usr/sbin")
    if not path:
        raise SystemExit(f"{name} is missing: run scripts/setup.sh (package e2fsprogs)")
    return path


def fsck(image):
    """e2fsck -fn: (clean?, its output)."""
    done = subprocess.run([e2fs_tool("e2fsck"), "-fn", image], capture_output=True, text=True)
    return done.returncode == 0, done.stdout + done.stderr


def eprint(*words):
    print(*words, file=sys.stderr, flush=True)
