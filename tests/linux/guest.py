# SPDX-License-Identifier: MIT
"""Debian's Linux kernel as a guest in the same QEMU: the reference for what programs do.

The kernel is Debian's package linux-image-cloud-amd64, unpacked (not installed) below BUILD/linux. Its first program is init.c beside
this file, in an initrd with the modules the disk needs.
"""
import glob
import os
import re
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "scripts"))
import qemu

MODULES = ("virtio_ring", "virtio", "virtio_pci_legacy_dev", "virtio_pci_modern_dev", "virtio_pci", "virtio_blk", "crc16", "crc32c_generic",
           "mbcache", "jbd2", "ext4")


def kernel(build):
    """The directory Debian's kernel package is unpacked in."""
    root = os.path.join(build, "linux")
    if not glob.glob(f"{root}/boot/vmlinuz-*"):
        os.makedirs(root, exist_ok=True)
        depends = subprocess.run(["apt-cache", "depends", "linux-image-cloud-amd64"], capture_output=True, text=True).stdout
        found = re.search(r"Depends: (linux-image-\S+)", depends)
        if not found:
            raise SystemExit("apt-cache knows no linux-image-cloud-amd64: run apt-get update")
        qemu.eprint(f"downloading {found[1]}")
        subprocess.run(["apt-get", "download", "-qq", found[1]], cwd=root, check=True, stderr=subprocess.DEVNULL)
        subprocess.run("dpkg -x linux-image-*.deb . && rm linux-image-*.deb", shell=True, cwd=root, check=True)
    return root


def initrd(root, out, program, args, environment):
    """A gzip-free cpio archive: init, the modules the disk needs, the program (or none: it is on the disk), its words."""
    with tempfile.TemporaryDirectory() as tree:
        subprocess.run(["musl-gcc", "-O2", "-static", "-o", f"{tree}/init", os.path.join(HERE, "init.c")], check=True)
        os.mkdir(f"{tree}/modules")
        for number, name in enumerate(MODULES):
            for path in glob.glob(f"{root}/lib/modules/*/kernel/**/{name}.ko", recursive=True):
                subprocess.run(["cp", path, f"{tree}/modules/{number:02}-{name}.ko"], check=True)
        if program:
            subprocess.run(["cp", program, f"{tree}/program"], check=True)
        with open(f"{tree}/arguments", "w", encoding="utf-8") as file:
            file.write("\n".join(args) + "\n")
        if environment is not None:
            with open(f"{tree}/environment", "w", encoding="utf-8") as file:
                file.write("".join(f"{name}={value}\n" for name, value in environment.items()))
        subprocess.run(f"find . | cpio -o -H newc --quiet > {os.path.abspath(out)}", shell=True, cwd=tree, check=True)
    return out


class Run:
    """How a run ended: the program's status (None if there is none), the console's text, seconds to the program's start."""

    def __init__(self, status, text, first):
        self.status, self.text, self.first = status, text, first


def run(build, args, disk, mem, timeout, program=None, environment=None, cpus=1, echo=None, accel="tcg"):
    """Run the host's `program` with the disk at /disk; without one args[0] is a program of the disk, which becomes the root.
    accel as in qemu.Machine: tcg, or icount (the guest's clock counts instructions)."""
    root = kernel(build)
    archive = os.path.join(root, f"initrd-{os.getpid()}")
    initrd(root, archive, program, args, environment)
    argv = [qemu.find_qemu(), "-machine", "q35", "-m", str(mem), "-smp", str(cpus), "-nodefaults", "-display", "none", "-no-reboot",
            "-serial", "stdio", *qemu.ACCELERATORS[accel], "-bios", "qboot.rom",
            "-kernel", glob.glob(f"{root}/boot/vmlinuz-*")[0], "-initrd", archive,
            "-append", "console=ttyS0 quiet panic=-1 mitigations=off"] + qemu.drive_arguments([disk], cpus)
    process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        return follow(process, timeout, echo)
    finally:
        process.kill()
        process.wait()
        os.unlink(archive)


def follow(process, timeout, echo):
    start, text, first = time.monotonic(), bytearray(), None
    os.set_blocking(process.stdout.fileno(), False)
    while time.monotonic() - start < timeout:
        data = process.stdout.read()
        if data:
            text += data
            if echo:
                echo.write(data)
                echo.flush()
        if first is None and b"linux: program starts" in text:
            first = time.monotonic() - start
        ended = re.search(rb"^linux: exit status=(\d+)", text, re.M)
        if ended or process.poll() is not None:
            break
        if not data:
            time.sleep(0.05)
    ended = re.search(rb"^linux: exit status=(\d+)", text, re.M)
    return Run(int(ended[1]) if ended else None, text.decode("utf-8", "replace"), first)
