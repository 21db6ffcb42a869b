# SPDX-License-Identifier: MIT
"""`make bench`: the same binary on Rowlock and on Debian's Linux kernel, same QEMU, same disk, taking turns.

Prints a table: row, Rowlock, Linux, ratio (above 1 is faster than Linux); start-up times and image sizes below. With --count both
guests' clocks count instructions: figures that repeat on a busy host, for the rows that do not wait for the disk.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "linux"))
sys.path.insert(0, os.path.join(HERE, "..", "scripts"))
import guest
import mkdisk
import qemu

def rows(text):
    return {name: (float(value), unit) for name, value, unit in re.findall(r"^bench (\S+) ([\d.]+) (\S+)\s*$", text, re.M)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build")
    parser.add_argument("--mem", default="512")
    parser.add_argument("--mib", type=int, default=96)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--count", action="store_true", help="thousands of instructions per operation in place of operations per second")
    parser.add_argument("--rows", default="", help="NAME,NAME: only these")
    opts = parser.parse_args()
    program = f"{opts.build}/user/bench"
    args = ["--mib", str(opts.mib)] + (["--quick"] if opts.quick or opts.count else []) + (["--rows", opts.rows] if opts.rows else [])
    accel = "icount" if opts.count else "tcg"
    with tempfile.TemporaryDirectory(prefix="rowlock-bench-") as directory:
        disk = mkdisk.empty_disk(f"{directory}/disk.img", 4096, 512)
        ours = qemu.Machine(kernel=f"{opts.build}/rowlock.elf", program=program, args=["bench", *args], disks=[disk], cpus=1,
                            mem=opts.mem, accel=accel, words=["root=/dev/vda", "rootfstype=ext2"]).run(600)
        if ours.kind != "exit" or ours.status:
            raise SystemExit(f"bench: {ours.words()}\n{ours.text[-1500:]}")
        disk = mkdisk.empty_disk(f"{directory}/disk.img", 4096, 512)
        theirs = guest.run(opts.build, ["program", "--dir", "/disk/bench"] + args, disk, opts.mem, 900, program=program,
                           accel=accel)
    mine, linux = rows(ours.text), rows(theirs.text)
    if not linux:
        raise SystemExit(f"bench: Linux printed no figures\n{theirs.text[-1500:]}")
    print(f"{'row':22} {'Rowlock':>12} {'Linux':>12} unit   ratio")
    for name, (value, unit) in mine.items():
        other = linux.get(name, (0, unit))[0]
        ratio = value / other if other else 0
        if opts.count:
            if unit != "/s":
                continue
            value, other, unit = 1e6 / value, 1e6 / other if other else 0, "kilo"
        print(f"{name:22} {value:12.1f} {other:12.1f} {unit:6} {ratio:5.2f}")
    if opts.count:
        return
    stripped = f"{opts.build}/rowlock.stripped"
    subprocess.run(["strip", "-o", stripped, f"{opts.build}/rowlock.elf"], check=True)
    print(f"start of QEMU to the program: Rowlock {ours.first_line or 0:.2f} s, Linux {theirs.first or 0:.2f} s")
    print(f"kernel image: {os.path.getsize(stripped)} bytes stripped")


if __name__ == "__main__":
    main()
