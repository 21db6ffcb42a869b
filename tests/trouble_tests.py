# SPDX-License-Identifier: MIT
"""Tests of trouble: full, failing and damaged disks, and power cuts. After each of them the disk is clean, or repairable with nothing lost
that was promised."""
import os
import re
import subprocess

import corrupt
import diskcheck
import mkdisk
import powercut
import qemu
from console import tail

TESTS = []


def test(function):
    TESTS.append(function)
    return function


@test
def full_disk(t):
    for block_size in (1024, 4096):
        disk = t.empty_disk(block_size=block_size, size_mib=3)
        result = t.guest("stress", ["--dir", "/stress", "--report", "/stress.report", "--seconds", 5, "--threads", 4,
                                    "--no-space-ok", "--sparse-limit", 2], disk)
        if result.kind != "exit" or result.status not in (0, 2) or not qemu.fsck(disk)[0]:
            return False, f"{block_size}: {result.words()}, e2fsck: {qemu.fsck(disk)[1][-300:]}\n{tail(result.text)}"
        if "no space" not in result.text.lower() and not re.search(r"^(write|create|append)\s+\d+\s+[1-9]", result.text, re.M):
            return False, "the disk was never full, so nothing was tested"
    return True, ""


@test
def failing_disk(t):
    """Every so often a read, write or flush fails (QEMU's blkdebug): errors in the program, no panic, a repairable disk."""
    for event, kind in (("write_aio", "write"), ("read_aio", "read"), ("flush_to_disk", "flush")):
        disk = t.empty_disk()
        config = t.path("blkdebug.conf")
        state = "".join(f'[set-state]\nstate = "{i}"\nevent = "{event}"\nnew_state = "{i % 40 + 1}"\n' for i in range(1, 41))
        with open(config, "w", encoding="ascii") as file:
            file.write(f'[inject-error]\nstate = "40"\nevent = "{event}"\nerrno = "5"\n' + state)
        options = ["-blockdev", f"driver=file,node-name=f0,filename={disk}", "-blockdev",
                   f"driver=blkdebug,node-name=d0,image=f0,config={config}", "-blockdev", "driver=raw,node-name=top,file=d0"]
        result = t.guest("iostress", ["--mib", 48, "--threads", 3, "--expect-errors"], (options, "top"), mem="64")
        if result.kind != "exit":
            return False, f"{kind} errors: {result.words()}\n{tail(result.text)}"
        done = subprocess.run([qemu.e2fs_tool("e2fsck"), "-fy", disk], capture_output=True, text=True)
        if done.returncode not in (0, 1, 2) or not qemu.fsck(disk)[0]:
            return False, f"{kind} errors: the disk cannot be repaired: {done.stdout[-300:]}"
    return True, ""


@test
def exchange_on_a_failing_disk(t):
    """One directory block cannot be written: the exchange fails with EIO, changes nothing, and the disk still has all files.

    With the changes waited for (the files were there at mount) and written at once (dirsync); the bad block holds the first or
    the second name. There is no room in it, so the third name is elsewhere and the second step fails, not the first.
    """
    root = t.path("tree")
    for directory in "abcd":
        os.makedirs(f"{root}/{directory}")
        for name in ("file", *(f"{number:04}" for number in range(700 if directory in "ab" else 0))):
            with open(f"{root}/{directory}/{name}", "w", encoding="ascii") as file:
                file.write(directory if name == "file" else "")
    for bad, flags in (("a", 0), ("b", 0), ("a", 0x10000), ("b", 0x10000)):
        disk = t.empty_disk(size_mib=32, extra=("-d", root))
        diskcheck.debugfs(disk, *[f"set_inode_field /{directory} flags {flags:#x}" for directory in "ab"], options=["-w"])
        with open(disk, "rb") as image:
            data = image.read()
        block, = [n for n in corrupt.directory_blocks(disk, [f"/{bad}"]) if b"\x04\x01file" in data[n * 4096:n * 4096 + 4096]]
        with open(t.path("blkdebug.conf"), "w", encoding="ascii") as file:
            file.write(f'[inject-error]\nevent = "write_aio"\niotype = "write"\nerrno = "5"\nsector = "{block * 8}"\n')
        options = ["-blockdev", f"driver=file,node-name=f0,filename={disk}", "-blockdev",
                   f"driver=blkdebug,node-name=d0,image=f0,config={t.path('blkdebug.conf')}", "-blockdev",
                   "driver=raw,node-name=top,file=d0"]
        result = t.guest("swapfail", [f"/{directory}/file" for directory in "abcd"], (options, "top"))
        what = f"block of /{bad} bad, flags {flags:#x}"
        if result.kind != "exit" or result.status != 0:
            return False, f"{what}: {result.words()}\n{tail(result.text)}"
        subprocess.run([qemu.e2fs_tool("e2fsck"), "-fy", disk], capture_output=True)
        found = [diskcheck.read_file(disk, f"/{directory}/file") for directory in "abcd"]
        if not qemu.fsck(disk)[0] or found != [b"a", b"b", b"d", b"c"]:
            return False, f"{what}: the disk holds {found}, e2fsck: {qemu.fsck(disk)[1][-200:]}"
    return True, ""


@test
def damaged_disks_are_survived(t):
    """Random damage to metadata: the disk is refused, goes read-only or gives errors; never a panic or a hang."""
    refused = 0
    for seed in range(1, 25):
        disk = mkdisk.copy_disk(mkdisk.cached_disk(t.build, 1, (1024, 4096)[seed % 2], 256, small=True), t.path("damaged.img"))
        what = corrupt.damage(disk, seed)
        result = t.guest("crawl", [], disk, ring=seed % 4 // 2 * 3, timeout=60)
        if result.kind != "exit":
            kept = os.path.join(t.build, f"damaged-{seed}.img")
            os.replace(disk, kept)
            return False, f"{what}: {result.words()} (disk kept as {kept})\n{tail(result.text, 30)}"
        refused += result.status != 0
    return refused < 20, f"{refused} of 24 disks were refused"


@test
def error_behaviour_is_as_the_disk_says(t):
    """tune2fs -e: after damage is found in a directory the run goes on, goes on read-only, or stops."""
    for behaviour in ("continue", "remount-ro", "panic"):
        disk = mkdisk.copy_disk(mkdisk.cached_disk(t.build, 1, 1024, 256, small=True), t.path("behaviour.img"))
        subprocess.run([qemu.e2fs_tool("tune2fs"), "-e", behaviour, disk], check=True, stdout=subprocess.DEVNULL)
        with open(disk, "r+b") as image:
            image.seek(corrupt.directory_blocks(disk, ["/many"])[1] * 1024 + 4)
            image.write(b"\x03\x00")  # an entry's length that cannot be
        result = t.guest("crawl", [], disk)
        reads_only = "Read-only" in result.text or "read-only" in result.text
        expected = {"continue": result.kind == "exit" and not reads_only, "remount-ro": result.kind == "exit" and reads_only,
                    "panic": result.kind == "panic"}
        if not expected[behaviour] or "EXT2-fs error" not in result.text:
            return False, f"errors={behaviour}: {result.words()}\n{tail(result.text)}"
    return True, "continue, remount-ro, panic"


@test
def power_cuts_lose_nothing_promised(t):
    return powercut.run(f"{t.build}/rowlock.elf", f"{t.build}/user/synclog", seconds=4, cuts=30, seed=7)


@test
def power_cuts_in_the_middle_of_an_exchange(t):
    """Two promised names change places, in all combinations of files and directories, and directories move."""
    return powercut.run(f"{t.build}/rowlock.elf", f"{t.build}/user/swaplog", seconds=3, cuts=40, seed=7)


@test
def power_cut_test_bites(t):
    for program in ("synclog", "swaplog"):
        ok, text = powercut.run(f"{t.build}/rowlock.elf", f"{t.build}/user/{program}", seconds=4, cuts=30, seed=7,
                                words=["flush=off"], stop_at_first=True)
        if ok or not ("is lost" in text or "does not hold" in text):
            return False, f"{program}: without FLUSH nothing was lost: {text}"
    return True, ""
