# SPDX-License-Identifier: MIT
"""The compiler of the locking page: compile.py fs/locking.rst OUTDIR

Writes OUTDIR/TABLE.h (declaration and wrappers of each table), OUTDIR/callers.h and rules.h (callers, and what the numbered
rules check by hand), OUTDIR/contracts.c (rows and checks), OUTDIR/violations.c (tests that break each of them) and
OUTDIR/locking_rows.json (the same rows for tools). A file whose content would not change is left alone, so that
make does not rebuild the kernel for it. Errors name the page's line and end the build.
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import checks
import headers
import rules
import violations
from page import PageError, read_page


def write_if_changed(path, text):
    try:
        with open(path, encoding="utf-8") as file:
            if file.read() == text:
                return
    except FileNotFoundError:
        pass
    temporary = path + ".new"
    with open(temporary, "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(temporary, path)


def main():
    if len(sys.argv) != 3:
        raise SystemExit("usage: compile.py fs/locking.rst OUTDIR")
    source, out = sys.argv[1:]
    try:
        page = read_page(source)
        os.makedirs(out, exist_ok=True)
        files = {}
        for table in page.tables.values():
            files[table.name + ".h"] = headers.header(table)
            if table.name in headers.EMBEDDED:
                files[table.name + "_calls.h"] = headers.calls_header(table)
        files["callers.h"] = rules.callers_header(page)
        files["rules.h"] = rules.rules_header(page)
        files["contracts.c"] = checks.source(page)
        files["locking_rows.json"] = checks.rows_json(page)
        files["violations.c"] = violations.source(page)
    except PageError as error:
        raise SystemExit(f"{source}:{error.line}: error: {error}")
    for name, text in files.items():
        write_if_changed(os.path.join(out, name), text)


if __name__ == "__main__":
    main()
