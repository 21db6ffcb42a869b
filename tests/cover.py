# SPDX-License-Identifier: MIT
"""The stress programs over all settings: a pairwise cover, and how one of its runs is made and judged."""
import itertools
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "scripts"))
import diskcheck
import mkdisk
import qemu

FACTORS = {
    "program": ("stress", "mmapstress", "vmstress", "renamestress", "iostress", "faultstress"),
    "cpus": (1, 2, 4, 8),
    "ring": (0, 3),
    "boot": ("kernel", "grub"),
    "block_size": (1024, 2048, 4096),
}


def pairwise():
    """Settings in which every pair of values of any two factors occurs; greedy, and the same every time."""
    names = list(FACTORS)
    pairs = {(a, x, b, y) for a, b in itertools.combinations(names, 2) for x in FACTORS[a] for y in FACTORS[b]}
    every = [dict(zip(names, values)) for values in itertools.product(*FACTORS.values())]

    def gain(setting):
        return sum((a, setting[a], b, setting[b]) in pairs for a, b in itertools.combinations(names, 2))

    chosen = []
    while pairs:
        best = max(every, key=gain)
        chosen.append(best)
        pairs -= {(a, best[a], b, best[b]) for a, b in itertools.combinations(names, 2)}
    return chosen


def label(setting):
    return "{program} cpus={cpus} ring={ring} boot={boot} bs={block_size}".format(**setting)


def arguments(program, seconds, seed, threads):
    """The program's arguments for about `seconds` of work."""
    if program == "stress":
        return ["--verify", "/manifest", "--dir", "/stress", "--report", "/stress.report", "--seconds", str(seconds),
                "--threads", str(threads), "--seed", str(seed)]
    if program == "iostress":
        return ["--mib", str(max(24, 4 * seconds)), "--threads", "3", "--seed", str(seed)]
    if program == "faultstress":
        return ["--rounds", str(10 * seconds)]
    return ["--seconds", str(seconds), "--threads", str(threads), "--seed", str(seed)]


def run(build, setting, seconds, seed, directory, words=(), mem="256", checks=True, kernel=None):
    """One run on a fresh disk. Returns (problems, Result)."""
    program = setting["program"]
    # what make locking wants to know; how long locks are held is timed in half of the runs, so that both ways are tested
    told = ["locking=all"] + ["lock_stat=1"] * (setting["cpus"] in (2, 4))
    source = mkdisk.cached_disk(build, 1, setting["block_size"], 256, small=True)
    disk = mkdisk.copy_disk(source, os.path.join(directory, "cover.img"))
    machine = qemu.Machine(kernel=kernel or f"{build}/rowlock.elf", program=f"{build}/user/{program}",
                           args=[program] + arguments(program, seconds, seed, max(4, setting["cpus"])),
                           words=[f"ring={setting['ring']}", f"seed={seed}", "root=/dev/vda", "rootfstype=ext2", *told, *words],
                           disks=[disk], cpus=setting["cpus"], mem=mem, boot=setting["boot"])
    result = machine.run(90 + 12 * seconds)
    problems = []
    if result.kind != "exit" or result.status != 0:
        problems.append(result.words())
    clean, text = qemu.fsck(disk)
    if not clean:
        problems.append("e2fsck: " + " / ".join(text.strip().splitlines()[-4:]))
    if program == "stress" and result.kind == "exit":
        problems += diskcheck.compare(disk, "/stress.report", result.text, "/stress")[1][:5]
    return problems, result
