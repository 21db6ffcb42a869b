# SPDX-License-Identifier: MIT
"""Which operations are implemented, found in the sources: the kernel's own, tests do not count.

An operation is implemented where a table of operations is defined with a function for it (`struct inode_operations x = {
.create = ext2_create }`), or, for operations that stand in an object of their own (b_end_io), where a function is stored there.
A function that does nothing, or nothing but refuse (`return -EIO;`), is no implementation.
"""
import os
import re

ROOMS = ("boot", "kernel", "mm", "drivers", "fs", "net")
# Operations that are stored in each object instead of a constant table.
STORED = {"buffer_head": ("b_end_io",)}

DEFINITION = r"\bstruct\s+({tables})\b\s*(?:\w+\s*)?(?:\[\w*\]\s*)?(?:\)|=)\s*\{{"
DOES_NOTHING = re.compile(r"^[\w*][\w\s*]*?\b(\w+)\([^;{}()]*\)\s*\{\s*(?:return\s+(?:-E\w+|0|NULL)\s*;)?\s*\}", re.M)


def sources(root="."):
    for room in ROOMS:
        for directory, _, names in os.walk(os.path.join(root, room)):
            for name in sorted(names):
                if name.endswith((".c", ".h")):
                    yield os.path.relpath(os.path.join(directory, name), root)


def blank(match):
    return re.sub(r"[^\n]", " ", match[0])


def plain(text):
    """C without comments and without what stands in strings; every line stays where it is."""
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', blank, text, flags=re.S)


def closing(text, start):
    """The index behind the brace that closes the one before `start`."""
    depth = 1
    while depth and start < len(text):
        depth += {"{": 1, "}": -1}.get(text[start], 0)
        start += 1
    return start


def initialisers(text, tables):
    """Yield (table, operation, function, index) for each member set in a definition of one of `tables`."""
    for match in re.finditer(DEFINITION.format(tables="|".join(tables)), text):
        body = text[match.end():closing(text, match.end()) - 1]
        for member in re.finditer(r"\.\s*(\w+)\s*=\s*([A-Za-z_]\w*)\s*(?=[,}]|$)", body):
            if member[1] in tables[match[1]]:
                yield match[1], member[1], member[2], match.end() + member.start()


def stored(text, tables):
    """Yield the same for functions stored in an object: `bh->b_end_io = end_buffer_read_sync;`."""
    for table in tables:
        for operation in STORED.get(table, ()):
            for match in re.finditer(rf"(?:->|\.)\s*{operation}\s*=\s*(\w+)\s*;", text):
                yield table, operation, match[1], match.start()


def is_function(name, text):
    return re.search(rf"^[\w*][\w\s*]*?\b{name}\([^;]*?\)\s*\{{", text, re.M) is not None


def scan(tables, root="."):
    """tables: {table: set of its operations}. Returns {(table, operation): [(file, line, function)]}."""
    texts = {}
    for path in sources(root):
        with open(os.path.join(root, path), encoding="utf-8") as file:
            texts[path] = plain(file.read())
    nothing = {name for text in texts.values() for name in DOES_NOTHING.findall(text)}
    found = {}
    for path, text in texts.items():
        places = list(initialisers(text, tables))
        places += [p for p in stored(text, tables) if is_function(p[2], "\n".join(texts.values()))]
        for table, operation, function, index in places:
            if function != "NULL" and function not in nothing:
                found.setdefault((table, operation), []).append((path, text.count("\n", 0, index) + 1, function))
    return found
