# SPDX-License-Identifier: MIT
"""Runs of programs on a Debian disk, in our guest and in Debian's Linux guest: what the tests in this directory have in common.

A run begins with /bin/sh /tests/driver.sh NAME PROGRAM..., whose output goes to /tests/output/NAME on the disk. The host puts the
scripts there and reads the output from there with debugfs, so what is compared never passed a console.
"""
import os
import subprocess
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..", "..")
for folder in ("scripts", "scripts/debian", "tests/linux"):
    sys.path.insert(0, os.path.join(ROOT, folder))
import guest as linux_guest
import image
import qemu
import run as runner

SCRIPTS = os.path.join(HERE, "scripts")


def debugfs(disk, commands):
    """Run debugfs commands on a disk; a failed one is an error."""
    done = subprocess.run([qemu.e2fs_tool("debugfs"), "-w", "-f", "-", disk], input="".join(f"{line}\n" for line in commands),
                          capture_output=True, text=True)
    wrong = [line for line in done.stderr.splitlines() if not line.startswith("debugfs 1")]
    if done.returncode or wrong:
        raise SystemExit(f"debugfs: {wrong[:3]}")


def read_file(disk, path):
    """The bytes of a file on the disk; none when it is not there."""
    done = subprocess.run([qemu.e2fs_tool("debugfs"), "-R", f"cat {path}", disk], capture_output=True)
    return done.stdout


class Outcome:
    """What came of a run: status (None without one), words that tell how it ended, console, output, problems of the disk."""

    def __init__(self, status, words, console, output, damage):
        self.status, self.words, self.console, self.output, self.damage = status, words, console, output, damage


class Watch:
    """Stands between a guest and whoever shows its console: a guest that has said nothing for so many seconds is ended."""

    def __init__(self, echo, seconds):
        self.echo, self.seconds, self.process, self.timer = echo, seconds, None, None

    def started(self, process):
        self.process = process
        self.arm()

    def arm(self):
        if self.timer:
            self.timer.cancel()
        self.timer = threading.Timer(self.seconds, self.process.kill)
        self.timer.daemon = True
        self.timer.start()

    def write(self, data):
        self.arm()
        if self.echo:
            self.echo.write(data)

    def flush(self):
        if self.echo:
            self.echo.flush()


class Guests:
    def __init__(self, build, directory, ring="0", mem="1024", cpus=2, kernel=None, echo=None, kind="debian"):
        self.build, self.directory, self.ring, self.mem, self.cpus = build, directory, ring, mem, cpus
        self.kernel = kernel or f"{build}/rowlock.elf"
        self.echo = echo
        self.base = os.path.join(directory, "base.img")
        image.working_copy(build, self.base, kind=kind)
        self.add_files(self.base, {name: os.path.join(SCRIPTS, name) for name in sorted(os.listdir(SCRIPTS))}, new=True)

    def add_files(self, disk, files, new=False):
        """Put files of the host into /tests of a disk."""
        commands = ["mkdir /tests", "mkdir /tests/output"] if new else []
        for name, path in files.items():
            commands += [f"write {path} /tests/{name}", f"sif /tests/{name} mode 0100755", f"sif /tests/{name} uid 0",
                         f"sif /tests/{name} gid 0"]
        debugfs(disk, commands)

    def disk(self, name, files=None):
        """A fresh disk with the scripts, and with other files by name."""
        path = os.path.join(self.directory, f"{name}.img")
        subprocess.run(["cp", "--reflink=auto", "--sparse=auto", self.base, path], check=True)
        if files:
            self.add_files(path, files)
        return path

    def finish(self, disk, name, status, words, console):
        clean, text = qemu.fsck(disk)
        output = read_file(disk, f"/tests/output/{name}")
        os.unlink(disk)
        return Outcome(status, words, console, output, "" if clean else text)

    def rowlock(self, name, argv, disk, timeout, silence=None, words=()):
        """argv[0] is a program of the disk; silence: seconds without output until the run counts as hung."""
        environment = [f"env.{key}={value}" for key, value in runner.DEBIAN_ENVIRONMENT.items()]
        machine = qemu.Machine(kernel=self.kernel, args=argv, disks=[disk], cpus=self.cpus, mem=self.mem,
                               words=[f"ring={self.ring}", "root=/dev/vda", "rootfstype=ext2", f"prog={argv[0]}", "leaks=fail", *environment, *words])
        watch = Watch(self.echo, silence or timeout)
        result = machine.run(timeout, echo=watch, on_start=watch.started)
        watch.timer.cancel()
        return self.finish(disk, name, result.status, result.words(), result.text)

    def linux(self, name, argv, disk, timeout, silence=None):
        result = linux_guest.run(self.build, argv, disk, self.mem, timeout, environment=runner.DEBIAN_ENVIRONMENT, cpus=self.cpus,
                                 echo=self.echo)
        words = "no end within the time limit" if result.status is None else f"program ended with status {result.status}"
        return self.finish(disk, name, result.status, words, result.text)
