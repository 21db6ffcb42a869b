# SPDX-License-Identifier: MIT
"""`make bench-checks`: what the checks cost, in guest instructions.

The same program runs on the kernel with its checks and on one built with CHECKS=0, one CPU, in a QEMU whose clock counts instructions
(-icount shift=0), so the program's own times are instructions and repeat. Prints instructions per operation with and without
checks, and their ratio; then one function that calls an operation through its wrapper, disassembled from both kernels, and that
nothing of the checks is left in the second.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "scripts"))
import mkdisk
import qemu

ROWS = ("pread-4k-cached", "stat-depth-1", "create-unlink", "shared-write-fault", "pwrite-4k-cached", "open-close", "rename",
        "anonymous-fault")
AIM = 1.5
# What only a kernel with checks has: functions and data of the contracts, the held stacks, the order checker.
TRACES = re.compile(r"^(contract_|row_|rule_P|held_|lockdep_|lock_chain|lock_stat|lock_class|__might_sleep)")


def measure(kernel, program, directory):
    """Instructions per operation for each row."""
    disk = mkdisk.empty_disk(os.path.join(directory, "disk.img"), 4096, 256)
    result = qemu.Machine(kernel=kernel, program=program, args=["bench", "--quick", "--rows", ",".join(ROWS)], disks=[disk], cpus=1,
                          mem="256", accel="icount", words=["root=/dev/vda", "rootfstype=ext2"]).run(300)
    if result.kind != "exit" or result.status:
        raise SystemExit(f"bench-checks: {result.words()}\n{result.text[-1500:]}")
    return {name: 1e9 / float(rate) for name, rate in re.findall(r"^bench (\S+) ([\d.]+) /s\s*$", result.text, re.M)}


def traces(kernel):
    symbols = subprocess.run(["nm", kernel], capture_output=True, text=True, check=True).stdout
    return sorted(line.split()[-1] for line in symbols.splitlines() if TRACES.match(line.split()[-1]))


def disassembly(kernel, function):
    text = subprocess.run(["objdump", "-d", "--no-show-raw-insn", f"--disassemble={function}", kernel], capture_output=True, text=True,
                          check=True).stdout
    return [line.rstrip() for line in text.splitlines() if re.match(r"^\s*[0-9a-f]+:\t", line)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build")
    parser.add_argument("--function", default="vfs_llseek", help="the caller of a wrapper to disassemble")
    opts = parser.parse_args()
    program = f"{opts.build}/user/bench"
    checked, bare = f"{opts.build}/rowlock.elf", f"{opts.build}/nochecks/rowlock.elf"
    with tempfile.TemporaryDirectory(prefix="rowlock-bench-") as directory:
        with_checks, without = measure(checked, program, directory), measure(bare, program, directory)
    print(f"{'instructions per operation':26} {'CHECKS=1':>10} {'CHECKS=0':>10} {'ratio':>6}")
    worst = 0
    for name in ROWS:
        ratio = with_checks[name] / without[name]
        worst = max(worst, ratio)
        print(f"{name:26} {with_checks[name]:10.0f} {without[name]:10.0f} {ratio:6.2f}")
    for kernel in (checked, bare):
        lines = disassembly(kernel, opts.function)
        print(f"\n{opts.function} in {kernel}, {len(lines)} instructions:")
        print("\n".join(lines))
    left = traces(bare)
    print(f"\nsymbols of the checks: {len(traces(checked))} in {checked}, {len(left)} in {bare}" + (f": {left[:5]}" if left else ""))
    print(f"bench-checks: worst ratio {worst:.2f}, aim {AIM}" + ("" if not left else "; traces of the checks are LEFT with CHECKS=0"))
    sys.exit(1 if left else 0)


if __name__ == "__main__":
    main()
