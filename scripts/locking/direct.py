# SPDX-License-Identifier: MIT
"""Refuse what goes past the locking page in C: direct.py [-DNAME=NUMBER] fs/locking.rst FILE...

Operations are called only by the generated wrappers (pointer_uses.py), and their tables are declared only by the page
(table_declarations.py). FILE... are all sources and headers of the tree: types are collected from all of them, and each is
checked. Everything wrong is named as FILE:LINE, and the build ends.
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import headers
from c_files import Tree
from c_tokens import Text
from page import PageError, read_page
from pointer_uses import Uses, touched
from table_declarations import TableDeclarations


class Checker:
    """The tables of a page, and what was found wrong: errors holds (path, line, words)."""

    def __init__(self, page):
        self.tables = page.tables
        self.names = {name for table in page.tables.values() for name in table.operations}
        self.generated = {}
        for table in page.tables.values():
            self.generated[f"gen/{table.name}.h"] = headers.header(table)
            if table.name in headers.EMBEDDED:
                self.generated[f"gen/{table.name}_calls.h"] = headers.calls_header(table)
        self.errors = []

    def operation(self, struct, member):
        """The operation that a member of "struct TABLE" is."""
        table = self.tables.get(struct[len("struct "):]) if struct else None
        return table.operations.get(member) if table else None

    def check(self, files, known):
        """@files: path to text. @known: what names in #if stand for."""
        declarations = TableDeclarations(self.tables, self.generated, self.errors)
        texts = [Text(path, text, known) for path, text in {**self.generated, **files}.items()]
        tree = Tree(touched(self.names, self.tables), declarations.struct)
        tree.load(texts)
        declarations.macros([text for text in texts if text.path in files])
        self.errors += tree.errors
        for body in tree.bodies:
            if body.path not in self.generated:
                Uses(body, self.names, self.operation,
                     lambda token, op, words, path=body.path: self.refused(path, token, op, words)).walk()
        return sorted(set(self.errors))

    def refused(self, path, token, operation, words):
        where = f" (in the macro {token[2]})" if token[2] else ""
        if operation:
            words = f"{operation.table}.{operation.name} {words}; use its wrapper {headers.wrapper_name(operation)}()"
        self.errors.append((path, token[1], words + where))


def main():
    words = sys.argv[1:]
    known = {}
    while words and words[0].startswith("-D"):
        name, _, value = words.pop(0)[2:].partition("=")
        known[name] = int(value or 1)
    source, paths = words[0], words[1:]
    try:
        checker = Checker(read_page(source))
    except PageError as error:
        raise SystemExit(f"{source}:{error.line}: error: {error}")
    files = {}
    for path in paths:
        with open(path, encoding="utf-8") as file:
            files[path] = file.read()
    errors = checker.check(files, known)
    for path, line, text in errors:
        print(f"{path}:{line}: error: {text}", file=sys.stderr)
    sys.exit(1 if errors else 0)


if __name__ == "__main__":
    main()
