# SPDX-License-Identifier: MIT
"""Write gen/violations.c: for each row, calls that keep the rule and calls that break exactly one clause of it.

Every operation gets a double (a function of its type that does nothing, or what it is told) in a table of doubles, and is
called through its real wrapper on fixture objects (tests/kernel/contract_fixture.c). For each setting of the row's conditions there is
a baseline: all clauses kept, no report expected. Then, clause by clause, one is broken and exactly this row's report is expected.
"""
import re

from cells import parse_cell, parse_names
from checks import BLOCK, LEADS_TO, LOCKS, OTHER_COLUMNS, default_place, held_locks_places, lock_of, place
from headers import BANNER, EMBEDDED, arg_list, call_args, wrapper_name
from page import PageError
from rules import caller_constant, rules_of

# How a test makes a condition of the page true: a statement on the arguments, or on what the double returns.
MAKE_TRUE = {
    "rcu-walk": "flags = LOOKUP_RCU;", "rcu-walk call": "rcu_walk = true;", "rcu-walk mask": "mask = MAY_NOT_BLOCK;",
    "no dentry": "dentry = NULL;", "creating": "open_flag = O_CREAT;", "new directory": "",
    "not a directory": "fx_set_mode(old_dentry, S_IFREG);", "exchange": "flags = RENAME_EXCHANGE;",
    "writing": "fx_iter_direction(iter, WRITE);", "on a file": "",
    "activated": "fx.ret = AOP_WRITEPAGE_ACTIVATE;", "failed": "fx.ret = -EIO;",
    "returned locked": "fx.ret = VM_FAULT_LOCKED;", "started": "fx.ret = 0;", "mounted": "fx.ret = (long)fx_dentry(7);",
    "lease": "fl->fl_flags = FL_LEASE;", "called by ustat": "fx.caller = CONTRACT_CALLER_USTAT;",
    "no waiting allowed": "gfp = GFP_ATOMIC;", "in use": "atomic_set(&vma->vm_mm->mm_users, 1);",
}
# What must be said for a condition to be false, where that is not the natural state of the arguments.
MAKE_FALSE = {"mounted": "fx.ret = -EIO;", "started": "fx.ret = -EIO;", "new directory": "new_dir = old_dir;",
              "not a directory": "fx_set_mode(old_dentry, S_IFDIR);", "on a file": "fx_mapping_of_device(mapping);",
              "returned locked": "fx.ret = VM_FAULT_NOPAGE;", "no waiting allowed": "gfp = GFP_KERNEL;",
              "in use": "atomic_set(&vma->vm_mm->mm_users, 0);"}

# What a double does beside taking and releasing locks, so that it keeps the numbered rules: before and after that.
BEHAVE = {"writepage": ("fx_writepage_begin(page);", "fx_writepage_end(page);"),
          "setlease": ("contract_note(file, NOTE_LEASE_RECORDED);", "")}
# What must be so before the call, for the same reason.
PREPARE = {"swap_activate": "clear_bit(AS_SWAPFILE, &file->f_mapping->flags);",
           "swap_deactivate": "set_bit(AS_SWAPFILE, &file->f_mapping->flags);"}

# An argument that is another one's object again while the condition is false: its clauses say nothing new then.
SAME_UNLESS = {"new_dir": "new directory"}

OBJECTS = ("inode", "dentry", "file", "path", "super_block", "page", "address_space", "kiocb", "iov_iter", "buffer_head",
           "block_device", "gendisk", "vm_area_struct", "vm_fault", "file_lock", "writeback_control", "dquot")


class Need:
    """A lock the row wants in a state at entry, or on return: kind, C expression, state, argument, column."""

    def __init__(self, kind, expr, state, arg, column):
        self.kind, self.expr, self.state, self.arg, self.column = kind, expr, state, arg, column


def applies(clause, others, true):
    if clause.condition is None:
        return True
    if clause.condition == "otherwise":
        return not any(o.condition in true for o in others if o.condition not in (None, "otherwise"))
    return clause.condition in true


def needs(page, op, true, when):
    out = {}
    for column, text in op.cells.items():
        if column in OTHER_COLUMNS or LOCKS[column][1] != when:
            continue
        clauses = parse_cell(page, op, column, text)
        for clause in clauses:
            if clause.state == "any" or not applies(clause, clauses, true) or lock_of(column) not in LEADS_TO:
                continue
            for name in clause.args or [default_place(op, column)]:
                if name == "dentry" and "no dentry" in true:
                    continue
                if name in SAME_UNLESS and SAME_UNLESS[name] not in true:
                    continue
                need = Need(LOCKS[column][0], place(op, column, name, op.row_line), clause.state, name, column)
                known = out.get((lock_of(column), name))
                if known is None or known.state == "shared":
                    out[(lock_of(column), name)] = need
    return list(out.values())


def block_state(page, op, true):
    clauses = parse_cell(page, op, "may block", op.cells["may block"])
    for clause in clauses:
        if clause.condition is not None and applies(clause, clauses, true):
            return clause.state
    return next((c.state for c in clauses if c.condition is None), "any")


def settings(page, op):
    """The sets of true conditions to try: none, and each by itself."""
    names = []
    for column, text in op.cells.items():
        if column in OTHER_COLUMNS and column != "may block":
            continue
        for clause in parse_cell(page, op, column, text):
            if clause.condition not in (None, "otherwise") and clause.condition not in names:
                names.append(clause.condition)
    return [frozenset()] + [frozenset((n,)) for n in names], names


def declarations(op):
    lines, counts = [], {}
    for arg in op.args:
        match = re.match(r"^(const )?struct (\w+) (\**)$", arg.ctype)
        number = counts.get(match[2], 0) if match else 0
        if match:
            counts[match[2]] = number + 1
        if match and match[2] in OBJECTS:
            value = f"fx_{match[2]}({number})" if match[3] == "*" else f"fx_{match[2]}_slot({number})"
        elif arg.ctype.endswith("*"):
            value = "NULL"
        else:
            value = "0"
        space = "" if arg.ctype.endswith("*") else " "
        lines.append(f"\t{arg.ctype}{space}{arg.name} = {value};")
    return lines


def double(op):
    """The function behind the pointer: fx.act says what it does to the lock in fx.target, fx.ret what it returns."""
    name = wrapper_name(op)
    space = "" if op.returns.endswith("*") else " "
    before, after = BEHAVE.get(op.name, ("", ""))
    body = ["\t" + s for s in (before, "fx_act();", after) if s]
    if op.name == "write_begin":
        body.append("\t*pagep = fx_page(0);")
    if "FS recursion" in op.cells:
        body.append(f"\tif (fx.recurse)\n\t\trecurse({'sb' if op.args[0].name == 'sb' else op.args[0].name + '->dq_sb'});")
    if not op.void:
        body.append(f"\treturn ({op.returns})fx.ret;")
    return [f"static {op.returns}{space}double_{name}({arg_list(op)})", "{", *body, "}", ""]


def take(need, state):
    return f'\tfx_take(FX_{need.kind.upper()}, (void *){need.expr}, {state});'


def case(page, op, true, all_names, broken, words):
    """One call. broken is None (baseline) or a function that changes the plan."""
    name = wrapper_name(op)
    entry, leave = needs(page, op, true, "enter"), needs(page, op, true, "exit")
    plan = {"locks": {n.expr: (n, n.state) for n in entry}, "after": {n.expr: (n, n.state) for n in leave},
            "block": block_state(page, op, true), "atomic": False, "sleep": False, "rcu_walk": False,
            "context": op.cells.get("context", ""), "reports": 1, "held": held_locks_places(page, op)[:1], "recurse": False,
            "caller": "", "proves": []}
    callers = parse_names(page, op, "called by", op.cells.get("called by", "any"), list(page.callers), "caller")
    if callers:
        plan["caller"] = caller_constant(callers[0])
    if broken:
        broken(plan)
    lines = [f"\tfx_begin({plan['reports'] if broken else 0}, &row_{name}, \"{words}\");"]
    lines += [f"\tfx_proves(&row_prose_{name});" for name in plan["proves"]]
    if op.name in PREPARE:
        lines.append("\t" + PREPARE[op.name])
    for cond in all_names:
        statement = MAKE_TRUE[cond] if cond in true else MAKE_FALSE.get(cond, "")
        if statement:
            lines.append("\t" + statement)
    for need, state in plan["locks"].values():
        if state != "not held":
            lines.append(take(need, "FX_SHARED" if state == "shared" else "FX_EXCLUSIVE"))
    lines += [f"\tfx_take(FX_RWSEM, (void *){expr}, FX_SHARED);" for expr in plan["held"]]
    for need, state in plan["after"].values():
        held = plan["locks"].get(need.expr, (None, "not held"))[1] != "not held"
        if state == "not held" and held:
            lines.append(f"\tfx_will_release((void *){target(op, need)});")
        elif state != "not held" and not held:
            lines.append(f"\tfx_will_take(FX_{need.kind.upper()}, (void *){target(op, need)});")
    if plan["caller"]:
        lines.append(f"\tfx.caller = {plan['caller']};")
    if plan["recurse"]:
        lines.append("\tfx.recurse = true;")
    if plan["sleep"]:
        lines.append("\tfx.sleep = true;")
    lines.append(f"\tfx_context(FX_{(plan['context'] or 'task').upper().replace(' ', '_')}, {str(plan['atomic']).lower()}, "
                 f"{str(plan['rcu_walk']).lower()});")
    ops = "" if op.table == "buffer_head" else f"&doubles_{op.table}, "
    if op.table == "buffer_head":
        lines.append(f"\tbh->{op.name} = double_{name};")
    lines += [f"\t{name}({ops}{call_args(op)});", "\tfx_end();"]
    return lines


def target(op, need):
    """Where an exit clause's lock is, said before the call (its own expression may read what the call returns)."""
    if need.arg == "ret":
        return "place_s_umount_dentry(fx_dentry(7))"
    if need.arg == "pagep":
        return "place_page_lock_page(fx_page(0))"
    return need.expr


def violations_of(page, op, true):
    """Yield (words, change) for each clause that applies under this setting, each with the numbered rules it stands for."""
    for column, words, change in broken_clauses(page, op, true):
        proves = [r.name for r in rules_of(page, op) if any(h.kind == "column" and h.what == column for h in r.holders)]

        def both(plan, change=change, proves=proves):
            change(plan)
            plan["proves"] = proves
        yield words, both


def broken_clauses(page, op, true):
    """Yield (column, words, change)."""
    for need in needs(page, op, true, "enter"):
        wrong = {"exclusive": ("not held", "shared"), "shared": ("not held",), "held": ("not held",), "not held": ("held",)}
        for state in wrong[need.state]:
            if state == "shared" and need.kind != "rwsem":
                continue

            def change(plan, need=need, state=state):
                plan["locks"][need.expr] = (need, state)
                # Who holds a spinlock it must not hold also cannot sleep: both are reported.
                if state == "held" and need.kind == "spin" and plan["block"] == "yes":
                    plan["reports"] = 2
                # Both arguments are one object, so both clauses are broken.
                if any(a.name in SAME_UNLESS and SAME_UNLESS[a.name] not in true and need.arg == "old_dir" for a in op.args):
                    plan["reports"] = 2
                # What the call was to release on return is not there to be released. (What it was to keep, the double
                # takes, so that only the entry is wrong.)
                if state == "not held" and plan["after"].get(need.expr, (None, ""))[1] == "not held":
                    del plan["after"][need.expr]
            yield need.column, f"{need.column} on {need.arg}: {state}", change
    for need in needs(page, op, true, "exit"):
        def spoil(plan, need=need):
            held = plan["locks"].get(need.expr, (None, "not held"))[1] != "not held"
            if need.state == "not held" or not held:
                del plan["after"][need.expr]
            else:
                plan["after"][need.expr] = (need, "not held")
        yield need.column, f"{need.column} of {need.arg} broken", spoil
    block = block_state(page, op, true)
    if block == "yes" and not any(n.kind == "spin" for n in needs(page, op, true, "enter") if n.state != "not held"):
        yield "may block", "called where it cannot sleep", lambda plan: plan.update(atomic=True)
    if block == "no":
        yield "may block", "it sleeps", lambda plan: plan.update(sleep=True)
    if op.cells.get("context"):
        yield "context", "called in task context", lambda plan: plan.update(context="")
    if op.cells.get("rcu-walk") == "no":
        yield "rcu-walk", "called in an RCU walk", lambda plan: plan.update(rcu_walk=True)
    if op.cells.get("called by", "any") != "any":
        yield "called by", "called by somebody else", lambda plan: plan.update(caller="")
    if op.cells.get("held locks", "any") != "any":
        yield "held locks", f"{op.cells['held locks']}: not held", lambda plan: plan.update(held=[])
    if op.cells.get("FS recursion") == "no":
        yield "FS recursion", "it recurses", lambda plan: plan.update(recurse=True)


def other_baselines(page, op):
    """Yield (words, change) for what is allowed beside the plain call: the second of two locks, recursion."""
    places = held_locks_places(page, op)
    if len(places) > 1:
        yield "baseline, the other lock", lambda plan: plan.update(held=places[1:], reports=0)
    if op.cells.get("FS recursion") == "yes":
        yield "baseline, it recurses", lambda plan: plan.update(recurse=True, reports=0)


# FS recursion, done rightly but for where: the quota code reads its file.
RECURSE = ["static void recurse(struct super_block *sb)", "{",
           "\tunsigned int caller = contract_caller_begin(CONTRACT_CALLER_QUOTA);", "",
           "\tdown_read(&sb->s_dquot.dqio_sem);", "\tsop_quota_read(&doubles_super_operations, sb, 0, NULL, 0, 0);",
           "\tup_read(&sb->s_dquot.dqio_sem);", "\tcontract_caller_end(caller);", "}", ""]


def functions(page, op, bad_counter):
    name = wrapper_name(op)
    sets, all_names = settings(page, op)
    out, calls, seen = [], [], set()
    for true in sets:
        title = "+".join(sorted(true)) or "plain"
        todo = [(f"baseline, {title}", None)] + list(other_baselines(page, op)) + [(f"{words}, {title}", change) for words, change in violations_of(page, op, true)]
        for words, change in todo:
            body = case(page, op, true, all_names, change, words)
            key = "\n".join(body[1:])
            if key in seen:
                continue
            seen.add(key)
            function = f"case_{name}_{len(calls)}"
            out += [f"static void {function}(void)", "{", *declarations(op), "", *body, "}", ""]
            calls.append(function)
            bad_counter[0] += "fx_begin(0" not in body[0]
    return out, calls


def source(page):
    text = [BANNER, '#include "fs/contract_places.h"', '#include "fs/file.h"', '#include "mm/writeback.h"']
    text += [f'#include "gen/{t.name}.h"' for t in page.tables.values()]
    text += ['#include "gen/buffer_head_calls.h"', '#include "gen/file_system_type_calls.h"', '#include "gen/xattr_handler_calls.h"',
             '#include "gen/rules.h"', '#include "tests/kernel/contract_fixture.h"', '#include "tests/kernel/ktest.h"', "",
             "#if CONFIG_CHECKS", ""]
    bad = [0]
    for table in page.tables.values():
        if table.name == "dquot_operations":
            text += RECURSE
        body, calls = [], []
        for op in table.operations.values():
            text += double(op)
            text.append(f"extern struct contract_row row_{wrapper_name(op)};")
            out, names = functions(page, op, bad)
            body += out
            calls += names
        if table.name != "buffer_head":
            text += [f"static struct {table.name} doubles_{table.name} = {{"]
            text += [f"\t.{op.name} = double_{wrapper_name(op)}," for op in table.operations.values()] + ["};", ""]
        text += body
        text += [f"static void violate_{table.name}(void)", "{", "\tif (!fx_open())", "\t\treturn;"]
        text += [f"\t{c}();" for c in calls] + ["\tfx_close();", "}",
                 f"KTEST(contract_{table.name}, KTEST_QUICK, violate_{table.name});", ""]
    return "\n".join(text + [f"/* {bad[0]} violations */", "", "#endif", ""])
