# SPDX-License-Identifier: MIT
"""Tests of what reports say: a contract really broken, with each of contract=panic, warn and off; objects of every kind described;
tasks that wait for each other. The mistakes are in tests/kernel/lock_reports.c."""
import re
import subprocess

import qemu

TESTS = []


def test(function):
    TESTS.append(function)
    return function


def run(t, which, *words, cpus=2):
    return t.guest(None, words=[f"test={which}", *words], disk=t.empty_disk(), cpus=cpus, kernel=f"{t.build}/rowlock-test.elf",
                   timeout=60)


def lines_of(result):
    """The console without its time stamps."""
    return [re.sub(r"^\[ *[\d.]+\] ", "", line.rstrip()) for line in result.text.splitlines()]


def find(lines, *patterns):
    """Matches the patterns one after another, each in a line behind the last. Returns the matches, or the pattern that is missing."""
    found, at = [], 0
    for pattern in patterns:
        match = next(((i, m) for i in range(at, len(lines)) if (m := re.fullmatch(pattern, lines[i]))), None)
        if match is None:
            return pattern
        at = match[0] + 1
        found.append(match[1])
    return found


PLACE = r"lock_the_wrong_directory\+0x[0-9a-f]+/0x[0-9a-f]+"

CONTRACT_REPORT = (
    r"# /one/two is inode (\d+)",
    r"=== lock check: contract violated ===",
    r"CPU \d, task \d+ \(init\)",
    r"contract inode_operations\.lookup, fs/locking\.rst:(\d+): (.*)",
    r"dir: expected i_rwsem held at least shared, found not held",
    r"argument dir:",
    r"  inode (\d+): directory /one/two on vda \(ext2\), mode 40755, links 2, size 4096",
    r"locks held:",
    r"  #0 &inode->i_sb->s_type->i_mutex_dir_key \(shared\) [0-9a-f]{16} taken at " + PLACE + r" on CPU \d",
    r"call trace, cpu \d, init \(\d+\):",
    r"  \[<[0-9a-f]{16}>\] contract_enter_iop_lookup\+0x\w+/0x\w+",
    r"  \[<[0-9a-f]{16}>\] " + PLACE,
    r"  \[<[0-9a-f]{16}>\] kernel_init\+0x\w+/0x\w+",
)


def wrong_row(line, rule):
    """What is wrong with the row that a report names: the page's line must be that of lookup and hold the rule's words."""
    with open("fs/locking.rst", encoding="utf-8") as file:
        row = file.read().split("\n")[line - 1]
    if row.split()[0] != "lookup":
        return f"line {line} of the page is '{row}'"
    missing = [clause for clause in rule.split("; ") if clause.partition(": ")[2] not in row]
    return f"'{missing}' do not stand in '{row}'" if missing or "i_rwsem: shared on dir" not in rule else ""


@test
def report_of_a_broken_contract(t):
    """contract=panic ends the run, warn goes on and counts, off says nothing; and what is said is true."""
    for mode in ("panic", "warn"):
        words = [f"contract={mode}"] if mode != "panic" else []     # it is the default
        result = run(t, "report_contract", *words)
        found = find(lines_of(result), *CONTRACT_REPORT)
        if isinstance(found, str):
            return False, f"{mode}: no line like '{found}':\n{result.text[-2500:]}"
        if found[0][1] != found[6][1]:
            return False, f"{mode}: inode {found[6][1]} is not {found[0][1]}"
        bad = wrong_row(int(found[3][1]), found[3][2])
        if bad:
            return False, f"{mode}: {bad}"
        if result.text.count("=== lock check") != 1:
            return False, f"{mode}: not one report"
        if mode == "panic" and (result.kind != "panic" or "lock check failed: contract violated" not in result.text.splitlines()[-1]):
            return False, f"panic: {result.words()}: {result.text[-200:]}"
        if mode == "warn" and (result.kind != "exit" or "not ok 1 report_contract" not in result.text or
                               "1 lock reports" not in result.text):
            return False, f"warn: {result.words()}: {result.text[-300:]}"
        if mode == "warn":
            seen = subprocess.run([qemu.e2fs_tool("debugfs"), "-R", "stat /one/two", t.path("empty.img")], capture_output=True,
                                  text=True).stdout
            if f"Inode: {found[0][1]} " not in seen:
                return False, f"/one/two is not inode {found[0][1]} on the disk: {seen[:80]}"
    result = run(t, "report_contract", "contract=off")
    quiet = "lock check" not in result.text and "call trace" not in result.text
    return quiet and result.kind == "exit" and result.status == 0 and "ok 1 report_contract" in result.text, \
        "panic, warn, off" if quiet else f"off: {result.text[-500:]}"


ORDER_REPORT = (
    r"=== lock check: possible deadlock: locks taken in the opposite order before ===",
    r"CPU \d, task \d+ \(init\)",
    r"wants &knife \(exclusive\) [0-9a-f]{16} at spoon_then_knife\+0x\w+/0x\w+",
    r"while it holds &spoon taken at spoon_then_knife\+0x\w+/0x\w+",
    r"but these were seen in the other order:",
    r"  &spoon taken at fork_then_spoon\+0x\w+/0x\w+",
    r"    under &fork taken at fork_then_spoon\+0x\w+/0x\w+",
    r"  &fork taken at knife_then_fork\+0x\w+/0x\w+",
    r"    under &knife taken at knife_then_fork\+0x\w+/0x\w+",
    r"locks held:",
    r"  #0 &spoon \(exclusive\) [0-9a-f]{16} taken at spoon_then_knife\+0x\w+/0x\w+ on CPU \d",
    r"call trace, cpu \d, init \(\d+\):",
    r"  \[<[0-9a-f]{16}>\] spoon_then_knife\+0x\w+/0x\w+",
)


@test
def report_of_an_inverted_order(t):
    """Three locks, no deadlock, one report: both chains with all their places. Nothing when the checks are told to be off."""
    result = run(t, "report_order")
    found = find(lines_of(result), *ORDER_REPORT)
    if isinstance(found, str):
        return False, f"no line like '{found}':\n{result.text[-2500:]}"
    if result.kind != "panic" or result.text.count("=== lock check") != 1:
        return False, result.words()
    result = run(t, "report_order", "contract=off")
    return result.kind == "exit" and "lock check" not in result.text, "" if result.kind == "exit" else result.words()


FILE = r"  inode (\d+): file /one/two/file on vda \(ext2\), mode 100644, links 1, size 8192"

DESCRIPTIONS = {
    "INODE": [FILE], "DENTRY": [FILE], "FILE": [r"  file opened with flags 2", FILE],
    "KIOCB": [r"  file opened with flags 2", FILE], "ADDRESS_SPACE": [FILE],
    "VM_AREA_STRUCT": [r"  area 1000-3000, flags 0", r"  file opened with flags 2", FILE],
    "SUPER_BLOCK": [r"  superblock of vda \(ext2\)"], "BLOCK_DEVICE": [r"  block device vda \(254:0\)"],
    "PAGE": [r"  page of index 1 \(byte 4096 on\), frame [0-9a-f]+, flags [0-9a-f]+", FILE],
    "BUFFER_HEAD": [r"  buffer of block 1 on vda \(254:0\), 4096 bytes, state [0-9a-f]+",
                    r"  page of index 1 \(byte 4096 on\), frame [0-9a-f]+, flags [0-9a-f]+",
                    r"  of the cache of block device vda \(254:0\)"],
    "absent": [r"  name /one/two/absent on vda \(ext2\), which does not exist"],
}


@test
def reports_describe_objects(t):
    result = run(t, "report_objects")
    lines = lines_of(result)
    if result.kind != "exit" or result.status:
        return False, f"{result.words()}\n{result.text[-800:]}"
    number = re.search(r"# the file is inode (\d+)", result.text)[1]
    for what, patterns in DESCRIPTIONS.items():
        at = lines.index(f"# describe {what}") + 1
        for line, pattern in zip(lines[at:], patterns):
            match = re.fullmatch(pattern, line)
            if not match or (match.groups() and match[1] != number):
                return False, f"{what}: '{line}' is not '{pattern}' of inode {number}"
        after = lines[at + len(patterns)]
        if after.startswith("  "):
            return False, f"{what}: one line more: '{after}'"
    return True, f"{len(DESCRIPTIONS)} kinds of object"


HUNG_REPORTS = {
    "middle": (r"task middle:(\d+) has slept uninterruptibly for \d+ s", r"middle +pid \d+ cpu \d uninterruptible",
               r"  waits for mutex &first [0-9a-f]{16} at hold_second_want_first\+0x\w+/0x\w+ for \d+ ms",
               r"  held by task (\d+) \(sleeper\): &first \(exclusive\) taken at hold_first\+0x\w+/0x\w+ on CPU \d",
               r"  #0 &second \(exclusive\) [0-9a-f]{16} taken at hold_second_want_first\+0x\w+/0x\w+ on CPU \d",
               r"  \[<[0-9a-f]{16}>\] hold_second_want_first\+0x\w+/0x\w+"),
    "last": (r"task last:(\d+) has slept uninterruptibly for \d+ s", r"last +pid \d+ cpu \d uninterruptible",
             r"  waits for mutex &second [0-9a-f]{16} at want_second\+0x\w+/0x\w+ for \d+ ms",
             r"  held by task (\d+) \(middle\): &second \(exclusive\) taken at hold_second_want_first\+0x\w+/0x\w+ on CPU \d",
             r"    which itself waits for mutex &first [0-9a-f]{16} at hold_second_want_first\+0x\w+/0x\w+ for \d+ ms",
             r"  no locks held",
             r"  \[<[0-9a-f]{16}>\] want_second\+0x\w+/0x\w+"),
    "sleeper": (r"task sleeper:(\d+) has slept uninterruptibly for \d+ s", r"sleeper +pid \d+ cpu \d uninterruptible",
                r"  #0 &first \(exclusive\) [0-9a-f]{16} taken at hold_first\+0x\w+/0x\w+ on CPU \d",
                r"  \[<[0-9a-f]{16}>\] hold_first\+0x\w+/0x\w+"),
}


@test
def report_of_tasks_that_hang(t):
    """Who waits for what, held by whom, who waits in turn; and nothing of it when the watch is off."""
    for cpus in (1, 4):
        result = run(t, "report_hung", "hung=1", cpus=cpus)
        if result.kind != "exit" or result.status:
            return False, f"{cpus} CPUs: {result.words()}\n{result.text[-800:]}"
        numbers = {}
        for name, patterns in HUNG_REPORTS.items():
            found = find(lines_of(result), *patterns)
            if isinstance(found, str):
                return False, f"{cpus} CPUs: {name}: no line like '{found}':\n{result.text[-2500:]}"
            numbers[name] = found[0][1], next((m[1] for m in found[1:] if m.groups()), None)
        if numbers["middle"][1] != numbers["sleeper"][0] or numbers["last"][1] != numbers["middle"][0]:
            return False, f"held by others than those who say so: {numbers}"
    result = run(t, "report_hung", "hung=0")
    quiet = result.kind == "exit" and "slept uninterruptibly" not in result.text
    return quiet, "1 and 4 CPUs, and hung=0" if quiet else f"hung=0: {result.words()}"
