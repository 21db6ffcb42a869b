# SPDX-License-Identifier: MIT
"""Write gen/TABLE.h: the C declaration of a table and the wrappers through which alone it is called."""
import re

from page import PageError

PREFIX = {
    "dentry_operations": "dop", "inode_operations": "iop", "xattr_handler": "xop", "super_operations": "sop",
    "file_system_type": "fst", "address_space_operations": "aop", "file_lock_operations": "flop",
    "lock_manager_operations": "lmop", "buffer_head": "bh", "block_device_operations": "bdop",
    "file_operations": "fop", "dquot_operations": "dqop", "vm_operations_struct": "vmop",
}

# Tables whose members are embedded in a hand-written structure with data of its own.
EMBEDDED = {"xattr_handler": "XATTR_HANDLER_OPS", "file_system_type": "FILE_SYSTEM_TYPE_OPS",
            "buffer_head": "BUFFER_HEAD_OPS"}

STRIP = re.compile(r"^(d|fl|lm|b)_")

BANNER = "/* Generated from fs/locking.rst by scripts/locking/compile.py: change the page, not this file. */\n"


def wrapper_name(op):
    if op.table not in PREFIX:
        raise PageError(op.line, f"{op.table}: how its wrappers begin is not said in PREFIX (scripts/locking/headers.py)")
    return PREFIX[op.table] + "_" + STRIP.sub("", op.name)


def arg_list(op, ops=False):
    args = [a.declaration for a in op.args]
    if ops:
        args.insert(0, f"const struct {op.table} *ops")
    return ", ".join(args)


def call_args(op):
    return ", ".join(a.name for a in op.args)


def member(op):
    space = "" if op.returns.endswith("*") else " "
    return f"{op.returns}{space}(*{op.name})({arg_list(op)});"


def struct_types(table):
    found = []
    for op in table.operations.values():
        for ctype in [op.returns] + [a.ctype for a in op.args]:
            for name in re.findall(r"struct (\w+)", ctype):
                if name not in found:
                    found.append(name)
    return found


def hooks(op):
    """Prototypes of the out-of-line checks: one before the call, one after it."""
    name = wrapper_name(op)
    result = "" if op.void else f"{op.returns}{'' if op.returns.endswith('*') else ' '}ret, "
    return (f"void contract_enter_{name}(struct contract_call *call, {arg_list(op)});",
            f"void contract_exit_{name}(struct contract_call *call, {result}{arg_list(op)});")


def wrapper(op):
    """The inline function: with checks off it is the bare call."""
    name, own = wrapper_name(op), op.table == "buffer_head"
    target = f"{op.args[0].name}->{op.name}" if own else f"ops->{op.name}"
    space = "" if op.returns.endswith("*") else " "
    call = f"{target}({call_args(op)})"
    text = [f"/* fs/locking.rst:{op.row_line} */",
            f"static inline {op.returns}{space}{name}({arg_list(op, not own)})", "{"]
    text += ["#if CONFIG_CHECKS", "\tstruct contract_call call;"]
    if not op.void:
        text += [f"\t{op.returns}{space}ret;"]
    text += ["", f"\tcontract_enter_{name}(&call, {call_args(op)});"]
    if op.void:
        text += [f"\t{call};", f"\tcontract_exit_{name}(&call, {call_args(op)});"]
    else:
        text += [f"\tret = {call};", f"\tcontract_exit_{name}(&call, ret, {call_args(op)});", "\treturn ret;"]
    text += ["#else", f"\t{'' if op.void else 'return '}{call};", "#endif", "}", ""]
    return "\n".join(text)


def header(table):
    """The declarations, and for an embedded table the wrappers in gen/TABLE_calls.h (they need the whole structure)."""
    guard = f"GEN_{table.name.upper()}_H"
    text = [BANNER, f"#ifndef {guard}", f"#define {guard}", "", '#include "kernel/lib/types.h"',
            '#include "kernel/lock/contract.h"', ""]
    text += [f"struct {name};" for name in struct_types(table)] + [""]
    members = ["\t" + member(op) for op in table.operations.values()]
    if table.name in EMBEDDED:
        body = " \\\n".join(members)
        text += [f"#define {EMBEDDED[table.name]} \\\n{body}"[:-1], ""]
    else:
        text += [f"struct {table.name} {{"] + members + ["};", ""]
    text += ["#if CONFIG_CHECKS"]
    for op in table.operations.values():
        text += list(hooks(op))
    text += ["#endif", ""]
    if table.name not in EMBEDDED:
        text += [wrapper(op) for op in table.operations.values()]
    text += [f"#endif /* {guard} */", ""]
    return "\n".join(text)


def calls_header(table):
    guard = f"GEN_{table.name.upper()}_CALLS_H"
    text = [BANNER, f"/* Include after the definition of struct {table.name}. */", f"#ifndef {guard}", f"#define {guard}", "",
            f'#include "gen/{table.name}.h"', ""]
    text += [wrapper(op) for op in table.operations.values()]
    return "\n".join(text + [f"#endif /* {guard} */", ""])
