# SPDX-License-Identifier: MIT
"""Refuse operation pointers called outside the generated wrappers: direct.py fs/locking.rst FILE...

A call is `TABLE->op(` through any expression that ends in a table's usual name (inode->i_op->create(...)), or through any
structure member called like an operation of an embedded table (type->kill_sb(...), bh->b_end_io(...)). Testing a pointer or storing one
is not a call.
"""
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from page import PageError, read_page

# How the tables are called where code holds a pointer to one.
HOLDERS = {
    "dentry_operations": ("d_op", "s_d_op", "dop"), "inode_operations": ("i_op", "iop"),
    "super_operations": ("s_op", "sop"), "address_space_operations": ("a_ops", "aops"),
    "file_lock_operations": ("fl_ops",), "lock_manager_operations": ("fl_lmops",),
    "block_device_operations": ("fops", "bd_ops"), "file_operations": ("f_op", "i_fop", "fop"),
    "dquot_operations": ("dq_op",), "vm_operations_struct": ("vm_ops",),
    "xattr_handler": ("handler",), "file_system_type": ("s_type", "type", "fs_type"), "buffer_head": ("bh",),
}


def main():
    source, files = sys.argv[1], sys.argv[2:]
    try:
        page = read_page(source)
    except PageError as error:
        raise SystemExit(f"{source}:{error.line}: error: {error}")
    patterns = []
    for table in page.tables.values():
        holders = "|".join(HOLDERS[table.name])
        names = "|".join(table.operations)
        patterns.append((table.name, re.compile(rf"\b(?:{holders})\s*(?:->|\.)\s*({names})\s*\(")))
    bad = 0
    for path in files:
        with open(path, encoding="utf-8") as file:
            text = re.sub(r"/\*.*?\*/|//[^\n]*", lambda m: re.sub(r"[^\n]", " ", m[0]), file.read(), flags=re.S)
        for name, pattern in patterns:
            for match in pattern.finditer(text):
                line = text.count("\n", 0, match.start()) + 1
                print(f"{path}:{line}: error: {name}.{match[1]} is called through a pointer; use its wrapper", file=sys.stderr)
                bad = 1
    sys.exit(bad)


if __name__ == "__main__":
    main()
