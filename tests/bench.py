# SPDX-License-Identifier: MIT
"""`make bench`: the same binary on Rowlock and on Debian's Linux kernel, same QEMU, same disk, taking turns.

Prints a table: row, Rowlock, Linux, ratio (above 1 is faster than Linux); start-up times and image sizes below. The Linux kernel
is Debian's package linux-image-cloud-amd64, unpacked (not installed) below BUILD/linux.
"""
import argparse
import glob
import os
import re
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "scripts"))
import mkdisk
import qemu

MODULES = ("virtio_ring", "virtio", "virtio_pci_legacy_dev", "virtio_pci_modern_dev", "virtio_pci", "virtio_blk", "crc16", "crc32c_generic",
           "mbcache", "jbd2", "ext4")


def linux_kernel(build):
    """The directory Debian's kernel package is unpacked in."""
    root = os.path.join(build, "linux")
    if not glob.glob(f"{root}/boot/vmlinuz-*"):
        os.makedirs(root, exist_ok=True)
        depends = subprocess.run(["apt-cache", "depends", "linux-image-cloud-amd64"], capture_output=True, text=True).stdout
        found = re.search(r"Depends: (linux-image-\S+)", depends)
        if not found:
            raise SystemExit("bench: apt-cache knows no linux-image-cloud-amd64: run apt-get update")
        subprocess.run(["apt-get", "download", "-qq", found[1]], cwd=root, check=True, stderr=subprocess.DEVNULL)
        subprocess.run("dpkg -x linux-image-*.deb . && rm linux-image-*.deb", shell=True, cwd=root, check=True)
    return root


def linux_initrd(build, root, program, args):
    """A gzip-free cpio archive: init, the modules the disk needs, the program and its arguments."""
    out = os.path.join(build, "linux", "initrd")
    with tempfile.TemporaryDirectory() as tree:
        subprocess.run(["musl-gcc", "-O2", "-static", "-o", f"{tree}/init", "tests/linux/init.c"], check=True)
        os.mkdir(f"{tree}/modules")
        for number, name in enumerate(MODULES):
            for path in glob.glob(f"{root}/lib/modules/*/kernel/**/{name}.ko", recursive=True):
                subprocess.run(["cp", path, f"{tree}/modules/{number:02}-{name}.ko"], check=True)
        subprocess.run(["cp", program, f"{tree}/program"], check=True)
        with open(f"{tree}/arguments", "w", encoding="utf-8") as file:
            file.write("\n".join(args) + "\n")
        subprocess.run(f"find . | cpio -o -H newc --quiet > {os.path.abspath(out)}", shell=True, cwd=tree, check=True)
    return out


def run_linux(build, program, args, disk, mem, timeout):
    root = linux_kernel(build)
    argv = [qemu.find_qemu(), "-machine", "q35", "-m", mem, "-smp", "1", "-nodefaults", "-display", "none", "-no-reboot",
            "-serial", "stdio", "-accel", "tcg,thread=multi", "-cpu", "max", "-bios", "qboot.rom",
            "-kernel", glob.glob(f"{root}/boot/vmlinuz-*")[0], "-initrd", linux_initrd(build, root, program, args),
            "-append", "console=ttyS0 quiet panic=-1 mitigations=off"] + qemu.drive_arguments([disk], 1)
    start, first, lines = time.monotonic(), None, []
    process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        for line in process.stdout:
            lines.append(line)
            if "linux: program starts" in line:
                first = time.monotonic() - start
            if "linux: exit status" in line or time.monotonic() - start > timeout:
                break
    finally:
        process.kill()
        process.wait()
    return "".join(lines), first


def rows(text):
    return {name: (float(value), unit) for name, value, unit in re.findall(r"^bench (\S+) ([\d.]+) (\S+)\s*$", text, re.M)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build")
    parser.add_argument("--mem", default="512")
    parser.add_argument("--mib", type=int, default=96)
    parser.add_argument("--quick", action="store_true")
    opts = parser.parse_args()
    program = f"{opts.build}/user/bench"
    args = ["--mib", str(opts.mib)] + (["--quick"] if opts.quick else [])
    with tempfile.TemporaryDirectory(prefix="rowlock-bench-") as directory:
        disk = mkdisk.empty_disk(f"{directory}/disk.img", 4096, 512)
        ours = qemu.Machine(kernel=f"{opts.build}/rowlock.elf", program=program, args=["bench", *args], disks=[disk], cpus=1,
                            mem=opts.mem, words=["root=/dev/vda", "rootfstype=ext2"]).run(600)
        if ours.kind != "exit" or ours.status:
            raise SystemExit(f"bench: {ours.words()}\n{ours.text[-1500:]}")
        disk = mkdisk.empty_disk(f"{directory}/disk.img", 4096, 512)
        text, linux_first = run_linux(opts.build, program, ["--dir", "/disk/bench"] + args, disk, opts.mem, 900)
    mine, linux = rows(ours.text), rows(text)
    if not linux:
        raise SystemExit(f"bench: Linux printed no figures\n{text[-1500:]}")
    print(f"{'row':22} {'Rowlock':>12} {'Linux':>12} unit   ratio")
    for name, (value, unit) in mine.items():
        other = linux.get(name, (0, unit))[0]
        print(f"{name:22} {value:12.1f} {other:12.1f} {unit:6} {value / other if other else 0:5.2f}")
    stripped = f"{opts.build}/rowlock.stripped"
    subprocess.run(["strip", "-o", stripped, f"{opts.build}/rowlock.elf"], check=True)
    print(f"start of QEMU to the program: Rowlock {ours.first_line or 0:.2f} s, Linux {linux_first or 0:.2f} s")
    print(f"kernel image: {os.path.getsize(stripped)} bytes stripped")


if __name__ == "__main__":
    main()
