# SPDX-License-Identifier: MIT
"""Power cuts, simulated: QEMU logs every write of a run; the disk is rebuilt as it could have been at a random moment.

A disk with a volatile cache may have kept any of the writes since the last flush it completed, in any order. So a cut at log entry
C is: all writes up to the last FLUSH before C, and a random subset of those between it and C. On the result,
e2fsck -fy must succeed, and everything the guest said fsync had promised before C must be there.

When exactly a promise was made is known conservatively: the number of log entries is read when its console line has
arrived, which is never earlier than the promise, so a promise is never demanded too early.
"""
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


def apply(disk, entry):
    flags, sector, sectors, data = entry
    disk.seek(sector * SECTOR)
    disk.write(data if data else bytes(sectors * SECTOR) if flags & FLAG_DISCARD else b"")


class Promises:
    """What the guest said, and at how many log entries we know it: path -> [(known at entry, kind, size, crc)]."""

    def __init__(self, log):
        self.log, self.said, self.rest = log, {}, b""

    def write(self, data):
        self.rest += data
        *lines, self.rest = self.rest.split(b"\n")
        here = None
        for line in lines:
            match = re.match(rb"(synced|replacing) (\S+) (\d+) ([0-9a-f]{8})\s*$", line)
            if match:
                here = self.log.count() if here is None else here
                self.said.setdefault(match[2].decode(), []).append((here, match[1].decode(), int(match[3]), int(match[4], 16)))

    def flush(self):
        pass

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


def record(kernel, program, directory, seconds, seed, words=(), cpus=2, ring=0, timeout=120):
    """Run synclog on a fresh disk with a write log. Returns (base image, Log, Promises, Result)."""
    base, image, path = (os.path.join(directory, n) for n in ("base.img", "disk.img", "writes.log"))
    mkdisk.empty_disk(base, 4096, 128)
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
                           args=["synclog", "--seconds", str(seconds), "--seed", str(seed)])
    result = machine.run(timeout, echo=promises)
    return base, log, promises, result


def cut_points(flags, rng, count):
    """Random entries, and as many right before a flush, where the most is in the air."""
    flushes = [i for i, f in enumerate(flags) if f & FLAG_FLUSH]
    points = [rng.randrange(len(flags)) for _ in range(count // 2)]
    points += [rng.choice(flushes) for _ in range(count - len(points))] if flushes else []
    return sorted(points)


def check_cut(base_state, tail, promises, cut, rng, directory):
    """base_state: an image holding everything up to the last flush; tail: the entries after it, up to the cut."""
    image = os.path.join(directory, "cut.img")
    subprocess.run(["cp", "--sparse=always", base_state, image], check=True)
    with open(image, "r+b") as disk:
        for entry in [e for e in tail if rng.random() < 0.5]:
            apply(disk, entry)
    done = subprocess.run([qemu.e2fs_tool("e2fsck"), "-fy", image], capture_output=True, text=True)
    if done.returncode not in (0, 1, 2):
        return [f"cut at {cut}: e2fsck -fy ends with {done.returncode}: {done.stdout.strip().splitlines()[-1:]}"]
    if not qemu.fsck(image)[0]:
        return [f"cut at {cut}: not clean after repair"]
    problems = []
    with tempfile.TemporaryDirectory(dir=directory) as root:
        wanted = list(promises.demanded(cut))
        diskcheck.debugfs(image, *[f"dump {path} {root}/{number}" for number, (path, _) in enumerate(wanted)])
        for number, (path, allowed) in enumerate(wanted):
            try:
                with open(f"{root}/{number}", "rb") as file:
                    data = file.read()
            except OSError:
                problems.append(f"cut at {cut}: {path} is lost (fsync had returned)")
                continue
            if (len(data), zlib.crc32(data)) not in allowed:
                problems.append(f"cut at {cut}: {path} does not hold what fsync promised ({len(data)} bytes)")
    return problems


def replay(base, log, promises, directory, cuts, seed, stop_at_first=False):
    """Check `cuts` random moments. Returns (cuts checked, promises demanded in all, problems)."""
    rng = random.Random(seed)
    flags = [entry[0] for entry in log.entries()]
    points = cut_points(flags, rng, cuts)
    state = os.path.join(directory, "state.img")
    subprocess.run(["cp", "--sparse=always", base, state], check=True)
    problems, demanded, checked, tail = [], 0, 0, []
    with open(state, "r+b") as disk:
        for number, entry in enumerate(log.entries()):
            while points and points[0] == number:
                points.pop(0)
                disk.flush()
                demanded += sum(1 for _ in promises.demanded(number))
                problems += check_cut(state, tail, promises, number, rng, directory)
                checked += 1
                if problems and stop_at_first:
                    return checked, demanded, problems
            if entry[0] & FLAG_FLUSH:
                for old in tail:
                    apply(disk, old)
                tail = []
            if entry[2]:
                tail.append(entry)
    return checked, demanded, problems


def run(kernel, program, seconds=4, cuts=30, seed=1, words=(), cpus=2, ring=0, stop_at_first=False):
    """The whole test. Returns (ok, text)."""
    with tempfile.TemporaryDirectory(prefix="rowlock-cut-") as directory:
        base, log, promises, result = record(kernel, program, directory, seconds, seed, words, cpus, ring)
        if result.kind != "exit" or result.status != 0:
            return False, f"the guest's part failed: {result.words()}\n{result.text[-2000:]}"
        checked, demanded, problems = replay(base, log, promises, directory, cuts, seed, stop_at_first)
        said = sum(len(v) for v in promises.said.values())
        text = f"{checked} cuts over {log.count()} log entries, {said} promises made, {demanded} demanded, {len(problems)} broken"
        if not said or not demanded:
            return False, text + ": nothing was promised, so nothing was tested"
        return not problems, "\n".join([text] + problems[:10])
