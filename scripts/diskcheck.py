# SPDX-License-Identifier: MIT
"""Compare what a guest says it wrote with what is on its disk, reading the disk with e2fsprogs only.

The guest leaves a report in the manifest format of mkdisk.py and prints the CRC-32 of that report on the console, so a
report that is itself damaged is found out. Small trees are dumped with debugfs; a file too large to dump is
checked stretch by stretch through debugfs' block map.
"""
import os
import re
import subprocess
import tempfile
import zlib

from qemu import e2fs_tool

DUMP_LIMIT = 64 << 20


def debugfs(image, *commands, options=()):
    text = "\n".join(commands) + "\n"
    done = subprocess.run([e2fs_tool("debugfs"), *options, "-f", "/dev/stdin", image], input=text, capture_output=True, text=True)
    return done.stdout, done.stderr


def read_file(image, path):
    """The bytes of one file on the image, or None."""
    with tempfile.NamedTemporaryFile() as out:
        _, errors = debugfs(image, f"dump {path} {out.name}")
        if "File not found" in errors:
            return None
        return open(out.name, "rb").read()


def block_size(image):
    out, _ = debugfs(image, "show_super_stats -h")
    return int(re.search(r"^Block size:\s+(\d+)", out, re.M)[1])


def check_large(image, path, size, stretches):
    """A sparse file too big to dump: size from its inode, data of each stretch through its block map."""
    bs = block_size(image)
    out, _ = debugfs(image, f"stat {path}")
    found = re.search(r"Size: (\d+)", out)
    if not found or int(found[1]) != size:
        return f"{path}: size on disk {found and found[1]}, reported {size}"
    with open(image, "rb") as disk:
        for offset, length, crc in stretches:
            first, last = offset // bs, (offset + length - 1) // bs
            out, _ = debugfs(image, *[f"bmap {path} {b}" for b in range(first, last + 1)])
            blocks = [int(n) for n in re.findall(r"^(\d+)$", out, re.M)]
            if len(blocks) != last - first + 1:
                return f"{path}: block map of {offset}+{length} is unreadable"
            data = bytearray()
            for block in blocks:
                disk.seek(block * bs)
                data += disk.read(bs) if block else bytes(bs)
            start = offset - first * bs
            if zlib.crc32(bytes(data[start:start + length])) != crc:
                return f"{path}: data at {offset}, {length} bytes, differs"
    return None


def check_file(root, image, path, size, links, stretches):
    if size > DUMP_LIMIT:
        return check_large(image, path, size, stretches)
    try:
        with open(root + path, "rb") as file:
            data = file.read()
    except OSError as error:
        return f"{path}: not on the disk ({error.strerror})"
    if len(data) != size:
        return f"{path}: size on disk {len(data)}, reported {size}"
    position = 0
    for offset, length, crc in stretches:
        if data[position:offset].strip(b"\0"):
            return f"{path}: a hole before {offset} holds data"
        if zlib.crc32(data[offset:offset + length]) != crc:
            return f"{path}: data at {offset}, {length} bytes, differs"
        position = offset + length
    if data[position:].strip(b"\0"):
        return f"{path}: the hole at its end holds data"
    return None


def parse_line(line):
    words = line.split(" ")
    if words[0] == "f":
        stretches = [(int(a), int(b), int(c, 16)) for a, b, c in (w.split(":") for w in words[4:])]
        return "f", words[1], int(words[2]), int(words[3]), stretches
    return words[0], words[1], words[2] if len(words) > 2 else None


def compare(image, report_path, console, top):
    """Check the report against the disk. Returns (objects compared, list of differences)."""
    said = re.search(r"report (\S+) lines=(\d+) crc=([0-9a-f]{8})", console)
    if not said or said[1] != report_path:
        return 0, ["the program announced no report on the console"]
    report = read_file(image, report_path)
    if report is None:
        return 0, [f"{report_path} is not on the disk"]
    if f"{zlib.crc32(report):08x}" != said[3]:
        return 0, [f"{report_path} on the disk is not the report the program announced"]
    entries = [parse_line(line) for line in report.decode().splitlines()]
    problems = []
    with tempfile.TemporaryDirectory(prefix="rowlock-dump-") as root:
        os.makedirs(root + os.path.dirname(top), exist_ok=True)
        commands = []
        for entry in entries:
            if entry[0] == "d":
                os.makedirs(root + entry[1], exist_ok=True)
            elif entry[0] == "f" and entry[2] <= DUMP_LIMIT:
                os.makedirs(root + os.path.dirname(entry[1]), exist_ok=True)
                commands.append(f"dump {entry[1]} {root}{entry[1]}")
        debugfs(image, *commands)
        listed, reported = set(), set()
        directories = [top] + [e[1] for e in entries if e[0] == "d"]
        output, _ = debugfs(image, *[f"ls -p {d}" for d in directories])
        for part, directory in zip(re.split(r"^debugfs: ls -p .*$", output, flags=re.M)[1:], directories):
            for name in re.findall(r"^/\d+/\d+/\d+/\d+/([^/]+)/", part, re.M):
                if name not in (".", ".."):
                    listed.add(f"{directory}/{name}")
        links = {}
        for entry in entries:
            reported.add(entry[1])
            if entry[0] == "f":
                problem = check_file(root, image, *entry[1:])
                if problem:
                    problems.append(problem)
            elif entry[0] == "l":
                links[entry[1]] = entry[2]
        problems += check_links(image, links)
        problems += [f"{p}: reported but not in its directory" for p in sorted(reported - listed - {top})]
        problems += [f"{p}: on the disk but not reported" for p in sorted(listed - reported)]
    return len(entries), problems


def check_links(image, links):
    problems = []
    if not links:
        return problems
    output, _ = debugfs(image, *[f"stat {p}" for p in links])
    for part, (path, target) in zip(re.split(r"^debugfs: stat .*$", output, flags=re.M)[1:], links.items()):
        if "Type: symlink" not in part:
            problems.append(f"{path}: not a symbolic link on the disk")
            continue
        fast = re.search(r'^Fast link dest: "(.*)"$', part, re.M)
        found = fast[1] if fast else (read_file(image, path) or b"").decode(errors="replace")
        if found != target:
            problems.append(f"{path}: points to '{found}', reported '{target}'")
    return problems
