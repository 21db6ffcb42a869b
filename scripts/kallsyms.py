#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Turn the output of `nm -n` into the table of function names (kernel/x86/kallsyms.c)."""
import re
import sys


def main():
    syms, start = [], None
    for line in sys.stdin:
        parts = line.split()
        if len(parts) != 3:
            continue
        addr, kind, name = int(parts[0], 16), parts[1], parts[2]
        if name == "__text_start":
            start = addr
        if kind in "tTwW" and not name.startswith(("__text_", ".L", "$")):
            syms.append((addr, name))
    if start is None:
        syms = []
    table = {}
    for addr, name in syms:
        if addr < start:
            continue
        # of several names for one place keep the shortest without a suffix
        name = re.sub(r"\.(constprop|isra|part|cold|llvm)\b.*", "", name)
        if addr not in table or len(name) < len(table[addr]):
            table[addr] = name
    items = sorted(table.items())
    out = ['\t.section .kallsyms, "a"', "\t.balign 4"]
    out += ["\t.globl kallsyms_count", "kallsyms_count:", f"\t.long {len(items)}"]
    out += ["\t.globl kallsyms_offsets", "kallsyms_offsets:"]
    out += [f"\t.long {addr - start:#x}" for addr, _ in items]
    out += ["\t.globl kallsyms_markers", "kallsyms_markers:"]
    pos = 0
    for i, (_, name) in enumerate(items):
        if i % 16 == 0:
            out.append(f"\t.long {pos}")
        pos += len(name) + 1
    out += ["\t.globl kallsyms_names", "kallsyms_names:"]
    out += [f'\t.asciz "{name}"' for _, name in items] or ["\t.byte 0"]
    out.append('\t.section .note.GNU-stack, "", @progbits')
    print("\n".join(out))


main()
