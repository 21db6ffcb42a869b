# SPDX-License-Identifier: MIT
"""Power cuts, simulated: QEMU logs every write of a run; the disk is rebuilt as it could have been at a random moment.

A disk with a volatile cache may have kept any of the writes since the last flush it completed, in any order, and of a write of
several blocks any of them. So a cut at log entry C is: all writes up to the last FLUSH before C, and a random subset of
the blocks written between it and C. On the result, e2fsck -fy must succeed, and everything the guest said fsync had promised
before C must be there.

When exactly a promise was made is known conservatively: the number of log entries is read when its console line has
arrived, which is never earlier than the promise, so a promise is never demanded too early.

Two programs make promises: user/synclog.c (files and their replacements) and user/swaplog.c (names that change places). Only in the
middle of an exchange may a file be under neither of its two names: then it is under the third name that fs/ext2/exchange.c gives it.
"""
import collections
import os
import random
import re
import struct
import subprocess
import sys
import tempfile
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "scripts"))
import diskcheck
import mkdisk
import qemu

SECTOR = 512
MAGIC = 0x6A736677736872
FLAG_FLUSH, FLAG_FUA, FLAG_DISCARD = 1, 2, 4


class Log:
    """A blklogwrites log (dm-log-writes format, version 1): entries of (flags, sector, data)."""

    def __init__(self, path):
        self.path = path

    def count(self):
        with open(self.path, "rb") as file:
            head = file.read(28)
        if len(head) < 28:
            return 0
        magic, _, entries, _ = struct.unpack("<QQQL", head)
        return entries if magic == MAGIC else 0

    def entries(self):
        with open(self.path, "rb") as file:
            magic, _, count, size = struct.unpack("<QQQL", file.read(28))
            if magic != MAGIC or size != SECTOR:
                raise SystemExit("powercut: the write log is not in the expected format")
            file.seek(SECTOR)
            for _ in range(count):
                sector, sectors, flags, length = struct.unpack("<QQQQ", file.read(32))
                file.seek(SECTOR - 32, 1)
                data = b""
                if not flags & FLAG_DISCARD:
                    data = file.read(sectors * SECTOR)
                yield flags, sector, sectors, data


def survivors(tail, rng, block_size):
    """What a disk may have kept of these entries: all, some or none of the blocks of each."""
    size = block_size // SECTOR
    for flags, sector, sectors, data in tail:
        whole = rng.choice((False, True, None))
        for first in range(0, sectors, size):
            if rng.random() < 0.5 if whole is None else whole:
                count = min(size, sectors - first)
                yield flags, sector + first, count, data[first * SECTOR:(first + count) * SECTOR]


def apply(disk, entry):
    flags, sector, sectors, data = entry
    disk.seek(sector * SECTOR)
    disk.write(data if data else bytes(sectors * SECTOR) if flags & FLAG_DISCARD else b"")


# One of two paths has these contents, or, if `temporary`, a path with the third name has.
Place = collections.namedtuple("Place", "paths contents temporary")
TEMPORARY = ".exchange-"


class Promises:
    """What the guest said, and at how many log entries we know it.

    said: path -> [(known at entry, kind, size, crc)]; places: [(known at entry, Place)].
    """

    def __init__(self, log):
        self.log, self.said, self.places, self.rest = log, {}, [], b""

    def write(self, data):
        self.rest += data
        *lines, self.rest = self.rest.split(b"\n")
        here = None
        for line in lines:
            match = re.match(rb"(synced|replacing|either|exchanged) (\S+)(?: (/\S+))? (\d+) ([0-9a-f]{8})\s*$", line)
            if not match:
                continue
            here = self.log.count() if here is None else here
            kind, path, contents = match[1].decode(), match[2].decode(), (int(match[4]), int(match[5], 16))
            if match[3]:
                self.places.append((here, Place((path, match[3].decode()), contents, kind == "exchanged")))
            else:
                self.said.setdefault(path, []).append((here, kind, *contents))

    def flush(self):
        pass

    def count(self):
        return sum(len(v) for v in self.said.values()) + len(self.places)

    def placed(self, cut):
        return [place for at, place in self.places if at <= cut]

    def demanded(self, cut):
        """For each path promised by `cut`: the contents it may have."""
        for path, events in self.said.items():
            allowed = None
            for at, kind, size, crc in events:
                if kind == "synced" and at <= cut:
                    allowed = [(size, crc)]
                elif allowed is not None:
                    allowed.append((size, crc))
            if allowed:
                yield path, allowed


def record(kernel, program, directory, seconds, seed, words=(), cpus=2, ring=0, timeout=120, block_size=4096):
    """Run the program on a fresh disk with a write log. Returns (base image, Log, Promises, Result)."""
    base, image, path = (os.path.join(directory, n) for n in ("base.img", "disk.img", "writes.log"))
    mkdisk.empty_disk(base, block_size, 128)
    subprocess.run(["cp", "--sparse=always", base, image], check=True)
    with open(path, "wb") as file:
        file.truncate(1 << 30)
    options = ["-blockdev", f"driver=file,node-name=f0,filename={image}", "-blockdev", "driver=raw,node-name=r0,file=f0",
               "-blockdev", f"driver=file,node-name=l0,filename={path}",
               "-blockdev", "driver=blklogwrites,node-name=top,file=r0,log=l0,log-sector-size=512,log-super-update-interval=1"]
    log = Log(path)
    promises = Promises(log)
    machine = qemu.Machine(kernel=kernel, program=program, cpus=cpus, disks=[(options, "top")],
                           words=[f"ring={ring}", f"seed={seed}", "root=/dev/vda", "rootfstype=ext2", *words],
                           args=[os.path.basename(program), "--seconds", str(seconds), "--seed", str(seed)])
    result = machine.run(timeout, echo=promises)
    return base, log, promises, result


def cut_points(flags, rng, count):
    """Random entries, and as many right before a flush, where the most is in the air."""
    flushes = [i for i, f in enumerate(flags) if f & FLAG_FLUSH]
    points = [rng.randrange(len(flags)) for _ in range(count // 2)]
    points += [rng.choice(flushes) for _ in range(count - len(points))] if flushes else []
    return sorted(points)


def contents(path):
    """(size, crc) of a file, or None."""
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError:
        return None
    return len(data), zlib.crc32(data)


def temporaries(image, top, directory):
    """The contents of all files below `top` that have a third name somewhere on their path."""
    with tempfile.TemporaryDirectory(dir=directory) as root:
        diskcheck.debugfs(image, f"rdump {top} {root}")
        return {contents(os.path.join(where, name)) for where, _, names in os.walk(root) for name in names
                if TEMPORARY in os.path.join(where[len(root):], name)}


def repair(image):
    """e2fsck -fy; what is wrong with the disk even so, or None."""
    done = subprocess.run([qemu.e2fs_tool("e2fsck"), "-fy", image], capture_output=True, text=True)
    if done.returncode not in (0, 1, 2):
        return f"e2fsck -fy ends with {done.returncode}: {done.stdout.strip().splitlines()[-1:]}"
    return None if qemu.fsck(image)[0] else "not clean after repair"


def judge(image, promises, cut, directory):
    """What was promised at `cut` and is not on the repaired disk. Returns (problems, files found under a third name)."""
    wanted, places = list(promises.demanded(cut)), promises.placed(cut)
    paths = sorted({path for path, _ in wanted} | {path for place in places for path in place.paths})
    with tempfile.TemporaryDirectory(dir=directory) as root:
        diskcheck.debugfs(image, *[f"dump {path} {root}/{number}" for number, path in enumerate(paths)])
        found = {path: contents(f"{root}/{number}") for number, path in enumerate(paths)}
    problems = []
    for path, allowed in wanted:
        if not found[path]:
            problems.append(f"{path} is lost (fsync had returned)")
        elif found[path] not in allowed:
            problems.append(f"{path} does not hold what fsync promised ({found[path][0]} bytes)")
    astray = [place for place in places if place.contents not in (found[path] for path in place.paths)]
    third = temporaries(image, "/" + astray[0].paths[0].split("/")[1], directory) if astray else set()
    for place in astray:
        if not place.temporary or place.contents not in third:
            problems.append(f"what was promised under {' or '.join(place.paths)} is lost ({place.contents[0]} bytes)")
    return problems, sum(1 for place in astray if place.temporary and place.contents in third)


def check_cut(base_state, tail, promises, cut, rng, block_size, directory):
    """base_state: an image holding everything up to the last flush; tail: the entries after it, up to the cut."""
    image = os.path.join(directory, "cut.img")
    subprocess.run(["cp", "--sparse=always", base_state, image], check=True)
    with open(image, "r+b") as disk:
        for entry in survivors(tail, rng, block_size):
            apply(disk, entry)
    broken = repair(image)
    problems, third = ([broken], 0) if broken else judge(image, promises, cut, directory)
    return [f"cut at {cut}: {problem}" for problem in problems], third


def replay(base, log, promises, directory, cuts, seed, stop_at_first=False):
    """Check `cuts` random moments. Returns (cuts checked, promises demanded in all, found under a third name, problems)."""
    rng, block_size = random.Random(seed), diskcheck.block_size(base)
    flags = [entry[0] for entry in log.entries()]
    points = cut_points(flags, rng, cuts)
    state = os.path.join(directory, "state.img")
    subprocess.run(["cp", "--sparse=always", base, state], check=True)
    problems, demanded, third, checked, tail = [], 0, 0, 0, []
    with open(state, "r+b") as disk:
        for number, entry in enumerate(log.entries()):
            while points and points[0] == number:
                points.pop(0)
                disk.flush()
                demanded += sum(1 for _ in promises.demanded(number)) + len(promises.placed(number))
                found, more = check_cut(state, tail, promises, number, rng, block_size, directory)
                problems, third, checked = problems + found, third + more, checked + 1
                if problems and stop_at_first:
                    return checked, demanded, third, problems
            if entry[0] & FLAG_FLUSH:
                for old in tail:
                    apply(disk, old)
                tail = []
            if entry[2]:
                tail.append(entry)
    return checked, demanded, third, problems


def run(kernel, program, seconds=4, cuts=30, seed=1, words=(), cpus=2, ring=0, block_size=4096, stop_at_first=False):
    """The whole test. Returns (ok, text)."""
    with tempfile.TemporaryDirectory(prefix="rowlock-cut-") as directory:
        base, log, promises, result = record(kernel, program, directory, seconds, seed, words, cpus, ring, block_size=block_size)
        if result.kind != "exit" or result.status != 0:
            return False, f"the guest's part failed: {result.words()}\n{result.text[-2000:]}"
        checked, demanded, third, problems = replay(base, log, promises, directory, cuts, seed, stop_at_first)
        text = (f"{checked} cuts over {log.count()} log entries, {promises.count()} promises made, {demanded} demanded, "
                f"{len(problems)} broken" + (f", {third} under a third name" if third else ""))
        if not promises.count() or not demanded:
            return False, text + ": nothing was promised, so nothing was tested"
        return not problems, "\n".join([text] + problems[:10])
