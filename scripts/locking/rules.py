# SPDX-License-Identifier: MIT
"""Write gen/rules.h and gen/callers.h: the numbered rules' own checks, and the names of callers.

A rule that is held by `entry` or `return` has a function written by hand for each of its operations, called
rule_P16_writepage_entry() and the like; it gets the call, what the operation returned (after it), and the operation's arguments.
"""
import re

from headers import BANNER, arg_list

STRIP = re.compile(r"\W+")


def rules_of(page, op):
    return [rule for _, rule in sorted(page.rules.items()) if op in rule.operations]


def called_functions(page, op, when):
    """The names of the rules' functions for this operation: before the call ("entry") or after it ("return")."""
    return [f"rule_{rule.name}_{op.name}_{when}" for rule in rules_of(page, op) for holder in rule.holders
            if holder.kind == when and op in holder.operations]


def caller_constant(name):
    return "CONTRACT_CALLER_" + STRIP.sub("_", name).upper()


def rule_row(rule):
    words = rule.words.replace("\\", "\\\\").replace('"', '\\"')
    return (f'struct contract_row row_prose_{rule.name} CONTRACT_ROW = '
            f'{{ .table = "prose", .op = "{rule.name}", .rule = "{words}", .line = {rule.line} }};')


def callers_header(page):
    text = [BANNER, "#ifndef GEN_CALLERS_H", "#define GEN_CALLERS_H", "", "/* The list under Callers; a scope is opened with one of these. */",
            "enum contract_caller {", "\tCONTRACT_CALLER_NONE,"]
    text += [f"\t{caller_constant(name)}," for name in page.callers]
    return "\n".join(text + ["};", "", "#endif", ""])


def rules_header(page):
    """Prototypes of the rules' functions, and their rows."""
    text = [BANNER, "#ifndef GEN_RULES_H", "#define GEN_RULES_H", "", '#include "fs/contract_places.h"']
    text += [f'#include "gen/{table.name}.h"' for table in page.tables.values()] + ["", "#if CONFIG_CHECKS", ""]
    text += [f"extern struct contract_row row_prose_{rule.name};" for rule in page.rules.values()] + [""]
    for table in page.tables.values():
        for op in table.operations.values():
            result = "" if op.void else f"{op.returns}{'' if op.returns.endswith('*') else ' '}ret, "
            text += [f"void {f}(struct contract_call *call, {arg_list(op)});" for f in called_functions(page, op, "entry")]
            text += [f"void {f}(struct contract_call *call, {result}{arg_list(op)});" for f in called_functions(page, op, "return")]
    return "\n".join(text + ["", "#endif", "#endif", ""])
