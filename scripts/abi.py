# SPDX-License-Identifier: MIT
"""docs/abi.md: the system calls, from the code's own table.

    abi.py              prints the page
    abi.py --write      writes docs/abi.md
    abi.py --check      fails if docs/abi.md is not what the table gives, or if the table has a line without a state

The lines of kernel/syscall/table.c carry the state:

    CALL(nr, name, nargs)           full: every option of the Linux version whose ABI this is
    PART(nr, name, nargs, "note")   partial: the note says what is missing; what is missing answers Linux's errno
    ABSENT(nr, name, "note")        there is no such call here (ENOSYS), and why

A number without a line is absent too. The names of all numbers are in kernel/syscall/names.c.
"""
import argparse
import os
import re
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
TABLE, NAMES, PAGE = "kernel/syscall/table.c", "kernel/syscall/names.c", "docs/abi.md"
STATES = {"CALL": "full", "PART": "partial", "ABSENT": "absent"}

HEAD = """# System calls

The interface is Linux's for x86-64, as of Linux 6.1: numbers, structures, constants and errnos. This page is made from the table
in `kernel/syscall/table.c` by `scripts/abi.py --write`; a test compares the two.

- **full**: as on Linux.
- **partial**: the note says what is missing. What is missing answers the errno that Linux gives for what it does not support.
- **absent**: answers ENOSYS.

What a run's programs asked for in vain is listed at its end, by program and call, each on a line of the console that begins with
`rowlock: not implemented:`.

"""


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def names():
    return {int(nr): name for nr, name in re.findall(r'\[(\d+)\] = "(\w+)"', read(NAMES))}


def table():
    """{nr: (name, nargs, state, note)}; a line that is none of the three kinds ends the program with its number."""
    text = read(TABLE)
    start = text.index("syscall_table[NR_SYSCALLS] = {")
    body = text[start:text.index("\n};", start)].split("\n", 1)[1]
    first = text[:start].count("\n") + 2
    rows, last, position = {}, -1, 0
    line = re.compile(r'\s*(?:/\*.*?\*/\s*)*(?:(CALL)\((\d+), (\w+), (\d+)\)|(PART)\((\d+), (\w+), (\d+),\s*((?:"[^"]*"\s*)+)\)|'
                      r'(ABSENT)\((\d+), (\w+),\s*((?:"[^"]*"\s*)+)\)),', re.S)
    while body[position:].strip():
        match = line.match(body, position)
        where = first + body[:position].count("\n")
        if not match:
            raise SystemExit(f"{TABLE}:{where}: not a CALL, PART or ABSENT line")
        kind, nr, name, *rest = [group for group in match.groups() if group is not None]
        note = "".join(re.findall(r'"([^"]*)"', rest[-1])) if kind != "CALL" else ""
        if int(nr) <= last:
            raise SystemExit(f"{TABLE}:{where}: {name} ({nr}) is not in number order")
        if kind != "CALL" and not note:
            raise SystemExit(f"{TABLE}:{where}: {name} has no note")
        last = int(nr)
        rows[last] = (name, rest[0] if kind != "ABSENT" else "", STATES[kind], note)
        position = match.end()
    for nr, (name, *_) in rows.items():
        if names().get(nr) != name:
            raise SystemExit(f"{TABLE}: {nr} is {name} here and {names().get(nr)} in {NAMES}")
    return rows


def page():
    rows = table()
    every = {nr: rows.get(nr, (name, "", "absent", "")) for nr, name in sorted(names().items())}
    count = {state: sum(row[2] == state for row in every.values()) for state in STATES.values()}
    out = [HEAD + ", ".join(f"{count[state]} {state}" for state in count) + f"; {len(every)} in all.\n",
           "| number | call | arguments | state | notes |", "| ---: | --- | ---: | --- | --- |"]
    out += [f"| {nr} | {name} | {nargs} | {state} | {note} |" for nr, (name, nargs, state, note) in every.items()]
    return "\n".join(out) + "\n"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--check", action="store_true")
    opts = parser.parse_args()
    text = page()
    if opts.write:
        with open(os.path.join(ROOT, PAGE), "w", encoding="utf-8") as file:
            file.write(text)
    elif opts.check:
        if not os.path.exists(os.path.join(ROOT, PAGE)) or read(PAGE) != text:
            raise SystemExit(f"{PAGE} is not what the table gives: run {sys.argv[0]} --write")
    else:
        print(text, end="")


if __name__ == "__main__":
    main()
