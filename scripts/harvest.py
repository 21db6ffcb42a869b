# SPDX-License-Identifier: MIT
"""What runs tell about the locking page, gathered for `make locking`: one JSON object a line in the file that the environment
variable ROWLOCK_HARVEST names (without it nothing is asked for and nothing is kept).

The kernel prints its counters as records (kernel/lock/locking_dump.c) when the command line says locking=rows or locking=all.
They are taken out of the console's text, so that no test sees them, and believed only whole: the first record carries the
run's nonce, the last one the number of records between. Of a run that ended otherwise than by its exit record nothing is kept.

Tests that run on the host alone say with proved() what they have shown.
"""
import json
import os
import re
import threading
import time

VARIABLE = "ROWLOCK_HARVEST"
LOCK = threading.Lock()  # one line at a time: tests run beside each other
STAMP = r"(?:\[[ \d.]+\] )?"
ROW = ("calls", "checks", "violations", "longest_ns", "reached", "seeded", "caught")
CLASS = ("acquisitions", "contended", "wait_total", "wait_max", "hold_total", "hold_max")


def start(path):
    """A whole run of the tests begins: forget the last one's."""
    os.environ[VARIABLE] = os.path.abspath(path)
    with open(path, "w", encoding="utf-8"):
        pass


def resume(path):
    """More runs of the same kernel: add to what is there."""
    os.environ[VARIABLE] = os.path.abspath(path)


def words_for(words):
    """The words of a kernel command line, with a request for the rows if nothing else is said and somebody wants them."""
    if os.environ.get(VARIABLE) and not any(w.startswith("locking=") for w in words):
        return [*words, "locking=rows"]
    return list(words)


def parse(record, out):
    """One record's line, without its @, into `out`; False if it is none."""
    kind, *fields = record.split()
    if kind == "row" and len(fields) == 2 + len(ROW):
        out["rows"][f"{fields[0]}.{fields[1]}"] = dict(zip(ROW, map(int, fields[2:])))
    elif kind == "class" and len(fields) == 3 + len(CLASS):
        out["classes"].append({"id": int(fields[0]), "name": fields[1], "subclass": int(fields[2]),
                               **dict(zip(CLASS, map(int, fields[3:])))})
    elif kind == "edge" and len(fields) == 3:
        out["edges"].append([int(fields[0]), int(fields[1]), fields[2]])
    else:
        return False
    return True


def split(text, nonce):
    """The console's text without the records, and the records as {rows, classes, edges}, None if they are not all there."""
    block = re.search(rf"^{STAMP}@locking nonce={nonce}\r*\n(.*?)^{STAMP}@end (\d+)\r*$\n?", text, re.M | re.S)
    if not block:
        return text, None
    out, kept, count = {"rows": {}, "classes": [], "edges": []}, [], 0
    for line in block[1].splitlines(keepends=True):
        match = re.match(rf"{STAMP}@(\w.*)", line.rstrip())
        if match and parse(match[1], out):
            count += 1
        else:
            kept.append(line)
    return text[:block.start()] + "".join(kept) + text[block.end():], out if count == int(block[2]) else None


def append(entry):
    path = os.environ.get(VARIABLE)
    if path:
        with LOCK, open(path, "a", encoding="utf-8") as file:
            file.write(json.dumps({"time": int(time.time()), **entry}) + "\n")


def keep(records, words, cpus):
    """The records of a run that ended properly."""
    kernel = "test" if any(w.startswith("test=") for w in words) else "program"
    append({"kernel": kernel, "words": list(words), "cpus": cpus, **records})


def proved(rule, seeded=1, caught=1):
    """A test on the host broke a rule ("P35", or a row as "table.operation") `seeded` times; `caught` of them were noticed."""
    name = rule if "." in rule else f"prose.{rule}"
    row = {**dict.fromkeys(ROW, 0), "seeded": seeded, "caught": caught}
    append({"kernel": "host", "words": [], "cpus": 0, "rows": {name: row}, "classes": [], "edges": []})
