# SPDX-License-Identifier: MIT
"""Write gen/contracts.c: for each operation its row and the two functions that check it, before and after the call.

A lock cell is turned into C by asking which lock the column names and what type of argument leads to it. The C side of
that question is fs/contract_places.h: one function place_LOCK_TYPE() for each pair, returning the lock or NULL where
there is none to check (a negative dentry, a page outside any file).
"""
import json
import re

from cells import parse_cell, parse_names, parse_yes_no
from headers import BANNER, arg_list, call_args, member, wrapper_name
from page import PageError
from rules import called_functions, caller_constant, rule_row, rules_of

# Column -> (kind of lock, when it is checked). The kind selects the contract_check_KIND() of kernel/lock/contract.h.
LOCKS = {
    "rename_lock": ("seqlock", "enter"), "d_lock": ("spin", "enter"), "i_rwsem": ("rwsem", "enter"),
    "s_umount": ("rwsem", "enter"), "i_lock": ("spin", "enter"), "page lock": ("page", "enter"),
    "page lock on return": ("page", "exit"), "s_umount on return": ("rwsem", "exit"),
    "blocked_lock_lock": ("spin", "enter"), "buffer lock": ("buffer", "enter"), "bd_mutex": ("mutex", "enter"),
    "mmap_sem": ("rwsem", "enter"), "s_vfs_rename_sem": ("mutex", "enter"), "flc_lock": ("spin", "enter"),
    "swap_lock": ("spin", "enter"), "page-table lock": ("spin", "enter"),
}
OTHER_COLUMNS = ("may block", "rcu-walk", "context", "FS recursion", "called by", "held locks")
# Locks that a cell of the column "held locks" may name; all of them are semaphores.
HELD_LOCKS = ("namespace_sem", "dqio_sem", "dqonoff_sem", "dqptr_sem")
# The operations that FS recursion is about.
RECURSED = ("quota_read", "quota_write")
CONTEXTS = {"": "CONTRACT_CONTEXT_ANY", "interrupt": "CONTRACT_CONTEXT_INTERRUPT",
            "rcu callback": "CONTRACT_CONTEXT_RCU_CALLBACK"}
STATE = {"not held": "CONTRACT_NOT_HELD", "held": "CONTRACT_HELD", "shared": "CONTRACT_SHARED",
         "exclusive": "CONTRACT_EXCLUSIVE"}
BLOCK = {"yes": "CONTRACT_MAY_BLOCK", "no": "CONTRACT_MUST_NOT_BLOCK", "any": "CONTRACT_BLOCK_ANY"}

# Which argument types lead to which lock. A lock without an entry here needs no argument (rename_lock and the like).
LEADS_TO = {
    "i_rwsem": ("inode", "dentry", "file", "path", "address_space", "kiocb"),
    "d_lock": ("dentry", "path"), "s_umount": ("super_block", "dentry", "inode"), "i_lock": ("inode", "file_lock"),
    "page lock": ("page", "vm_fault"), "buffer lock": ("buffer_head",), "bd_mutex": ("block_device", "gendisk"),
    "mmap_sem": ("vm_area_struct",), "s_vfs_rename_sem": ("inode",), "blocked_lock_lock": ("file_lock",),
    "flc_lock": ("file_lock",), "swap_lock": ("block_device",), "page-table lock": ("vm_fault",),
    "dqio_sem": ("super_block",), "dqonoff_sem": ("dquot", "super_block"), "dqptr_sem": ("dquot", "super_block"),
}


def lock_of(column):
    return column.replace(" on return", "")


def place(op, column, name, line):
    """The C expression for the lock of `column` reached from argument `name`."""
    lock = lock_of(column)
    arg = next(a for a in op.args if a.name == name) if name != "ret" else None
    if arg is None:
        return f"place_{identifier(lock)}_dentry(ret)"
    match = re.match(r"^(?:const )?struct (\w+) (\**)$", arg.ctype)
    if not match or match[1] not in LEADS_TO.get(lock, ()):
        raise PageError(line, f"{op.table}.{op.name}: argument '{name}' ({arg.ctype}) leads to no {lock}")
    value = name if match[2] == "*" else f"*{name}"
    return f"place_{identifier(lock)}_{match[1]}({value})"


def identifier(words):
    return re.sub(r"\W+", "_", words)


def default_place(op, column):
    lock = lock_of(column)
    if op.name == "mount" and column == "s_umount on return":
        return "ret"
    for arg in op.args:
        match = re.match(r"^(?:const )?struct (\w+) \**$", arg.ctype)
        if match and match[1] in LEADS_TO.get(lock, ()):
            return arg.name
    raise PageError(op.row_line, f"{op.table}.{op.name}: no argument leads to {lock}; say which with 'on'")


def conditions(page, op, clauses):
    """Yield (C condition or None, clause); a condition must only use what the row has."""
    earlier = []
    for clause in clauses:
        if clause.condition is None:
            yield None, clause
        elif clause.condition == "otherwise":
            yield " && ".join(f"!({c})" for c in earlier) or None, clause
        else:
            expression = page.conditions[clause.condition][0]
            earlier.append(expression)
            yield expression, clause


FAST = ("rwsem", "spin", "mutex", "page", "buffer")
# The arguments that a report can describe (contract_describe() in fs/contract_places.c).
DESCRIBED = ("inode", "dentry", "file", "super_block", "page", "address_space", "buffer_head", "vm_area_struct", "block_device",
             "kiocb")


def described(op, name):
    """The type of argument `name` if a report can describe it, else None."""
    match = re.match(r"^(?:const )?struct (\w+) \*$", next(a.ctype for a in op.args if a.name == name))
    return match[1] if match and match[1] in DESCRIBED else None


def check_call(kind, lock, state, column, name, about):
    """The check of one lock. about: the type of the argument to describe if it fails; after the call it may be gone."""
    common = f'(call, {lock}, {STATE[state]}, "{column}", "{name}"'
    if kind not in FAST:
        return f"contract_check_{kind}{common});"
    return f"fast_check_{kind}{common}, CONTRACT_ABOUT_{about.upper() if about else 'NONE'}, {name if about else 'NULL'});"


def guarded(condition, statements):
    if condition is None:
        return ["\t" + s for s in statements]
    return [f"\tif ({condition}) {{"] + ["\t\t" + s for s in statements] + ["\t}"]


def lock_checks(page, op, when):
    lines = []
    for column, text in op.cells.items():
        if column in OTHER_COLUMNS:
            continue
        if column not in LOCKS:
            raise PageError(op.row_line, f"{op.table}: unknown column '{column}'")
        kind, at = LOCKS[column]
        clauses = parse_cell(page, op, column, text)
        if at != when:
            continue
        for condition, clause in conditions(page, op, clauses):
            if clause.state == "any":
                continue
            if clause.state not in STATE:
                raise PageError(op.row_line, f"{op.table}.{op.name}: '{clause.state}' is no state of a lock")
            if lock_of(column) in LEADS_TO:
                calls = []
                for name in clause.args or [default_place(op, column)]:
                    calls.append(check_call(kind, place(op, column, name, op.row_line), clause.state, column, name,
                                            described(op, name) if at == "enter" else None))
            else:
                calls = [check_call(kind, f"place_{identifier(lock_of(column))}()", clause.state, column, column, None)]
            lines += guarded(condition, calls)
    return lines


def context_checks(page, op):
    lines = []
    for condition, clause in conditions(page, op, parse_cell(page, op, "may block", op.cells["may block"])):
        if clause.state not in BLOCK or clause.args:
            raise PageError(op.row_line, f"{op.table}.{op.name}: '{clause.state}' does not say whether it may block")
        if clause.state != "any":
            lines += guarded(condition, [f"fast_check_block(call, {BLOCK[clause.state]});"])
    context = op.cells.get("context", "")
    if context not in CONTEXTS:
        raise PageError(op.row_line, f"{op.table}.{op.name}: unknown context '{context}'")
    if context:
        lines.append(f"\tcontract_check_context(call, {CONTEXTS[context]});")
    if "rcu-walk" in op.cells and not parse_yes_no(page, op, "rcu-walk", op.cells["rcu-walk"]):
        lines.append("\tcontract_check_not_rcu_walk(call);")
    return lines + caller_checks(page, op) + held_locks_checks(page, op) + recursion_checks(page, op)


def caller_checks(page, op):
    if "called by" not in op.cells:
        return []
    callers = parse_names(page, op, "called by", op.cells["called by"], list(page.callers), "caller of this page")
    if not callers:
        return []
    mask = " | ".join(f"BIT({caller_constant(c)})" for c in callers)
    return [f'\tcontract_check_caller(call, {mask}, "{", ".join(callers)}");']


def held_locks_places(page, op):
    """The C expressions of the locks of which one must be held, in the order of the cell."""
    if "held locks" not in op.cells:
        return []
    names = parse_names(page, op, "held locks", op.cells["held locks"], HELD_LOCKS, "lock")
    return [place(op, n, default_place(op, n), op.row_line) if n in LEADS_TO else f"place_{n}()" for n in names]


def held_locks_checks(page, op):
    places = held_locks_places(page, op)
    if not places:
        return []
    if len(places) > 2:
        raise PageError(op.row_line, f"{op.table}.{op.name}: at most two alternatives of held locks can be checked")
    return [f'\tcontract_check_either(call, {places[0]}, {places[1] if len(places) > 1 else "NULL"}, "{op.cells["held locks"]}");']


def recursion_checks(page, op):
    lines = []
    if "FS recursion" in op.cells and not parse_yes_no(page, op, "FS recursion", op.cells["FS recursion"]):
        lines.append("\tcontract_forbid_recursion(call);")
    if op.name in RECURSED:
        lines.append("\tcontract_check_recursion(call);")
    return lines


def rule_words(op):
    return "; ".join(f"{column}: {text}" for column, text in op.cells.items() if text and text != "any")


def row_words(page, op):
    """The row for a report, with the numbers of the prose rules about the operation."""
    rules = ", ".join(r.name for r in rules_of(page, op))
    return rule_words(op) + (f" (see {rules})" if rules else "")


def subject(op):
    """What a report describes when no other argument broke the rule: the first that it can describe."""
    for arg in op.args:
        about = described(op, arg.name)
        if about:
            return f'contract_about_{about}(call, {arg.name}, "{arg.name}");'
    return None


def functions(page, op):
    name = wrapper_name(op)
    about = subject(op)
    enter = [f"void contract_enter_{name}(struct contract_call *call, {arg_list(op)})", "{",
             f"\tfast_enter(call, &row_{name});"]
    if about:
        enter.append("\t" + about)
    enter.append("\tcontract_trace(call, false);")
    enter += lock_checks(page, op, "enter") + context_checks(page, op)
    enter += [f"\t{f}(call, {call_args(op)});" for f in called_functions(page, op, "entry")] + ["}", ""]
    result = "" if op.void else f"{op.returns}{'' if op.returns.endswith('*') else ' '}ret, "
    leave = [f"void contract_exit_{name}(struct contract_call *call, {result}{arg_list(op)})", "{",
             "\tfast_leave(call);",
             "\tcontract_trace(call, true);" if op.void else "\tcontract_trace_return(call, (long)ret);"]
    if op.name == "kill_sb":
        leave.append("\tcall->about = NULL; /* the superblock may be gone */")
    leave += lock_checks(page, op, "exit")
    leave += [f"\t{f}(call, {'' if op.void else 'ret, '}{call_args(op)});" for f in called_functions(page, op, "return")]
    return enter + leave + ["}", ""]


def static_checks(lines):
    """How many conditions the generated lines check on a call (a conditional one counts as one)."""
    return sum(bool(re.search(r"\b((?:contract|fast)_check_\w+|rule_P\w+|contract_forbid_recursion)\(", line)) for line in lines)


def row(page, op):
    words = row_words(page, op).replace('"', '\\"')
    return (f'struct contract_row row_{wrapper_name(op)} CONTRACT_ROW = '
            f'{{ .table = "{op.table}", .op = "{op.name}", .rule = "{words}", .line = {op.row_line} }};')


def source(page):
    text = [BANNER, '#include "fs/contract_places.h"', '#include "gen/rules.h"', '#include "kernel/lock/contract_fast.h"', '#include "kernel/lock/contract_trace.h"']
    text += [f'#include "gen/{table.name}.h"' for table in page.tables.values()] + ["", "#if CONFIG_CHECKS", ""]
    for table in page.tables.values():
        text += [f"/* {table.name}: fs/locking.rst:{table.line} */", ""]
        for op in table.operations.values():
            text += [row(page, op), ""] + functions(page, op)
    text += ["/* the numbered rules */", ""] + [rule_row(rule) for rule in page.rules.values()] + [""]
    return "\n".join(text + ["#endif", ""])


def rows_json(page):
    """The page as data for tools: what each row says, how many conditions are checked, what holds each rule."""
    rows = [{"table": t.name, "operation": op.name, "line": op.row_line, "rule": rule_words(op), "wrapper": wrapper_name(op),
             "prototype": member(op), "cells": op.cells, "checks": static_checks(functions(page, op)),
             "rules": [r.name for r in rules_of(page, op)]}
            for t in page.tables.values() for op in t.operations.values()]
    rules = [{"table": "prose", "operation": rule.name, "line": rule.line, "rule": rule.words, "section": rule.section,
              "class": rule.kind, "operations": [f"{op.table}.{op.name}" for op in rule.operations],
              "check": "; ".join(h.words for h in rule.holders), "checks": len(rule.holders)}
             for _, rule in sorted(page.rules.items())]
    return json.dumps(rows + rules, indent=1) + "\n"
