# SPDX-License-Identifier: MIT
"""The vocabulary of the cells: clauses of a state, the arguments it is about, and a condition."""
import re

from page import PageError

STATES = ("any", "not held", "held", "shared", "exclusive", "yes", "no")


class Clause:
    """state on args if condition. condition is None (always), "otherwise", or a name from the page's Conditions."""

    def __init__(self, state, args, condition):
        self.state, self.args, self.condition = state, args, condition

    def words(self):
        text = self.state
        if self.args:
            text += " on " + ", ".join(self.args)
        if self.condition:
            text += " otherwise" if self.condition == "otherwise" else " if " + self.condition
        return text


CLAUSE = re.compile(r"^(?P<state>not held|any|held|shared|exclusive|yes|no)"
                    r"(?: on (?P<args>\w+(?:, ?\w+)*))?(?: if (?P<cond>.+)| (?P<other>otherwise))?$")


def parse_cell(page, op, column, text):
    """Return the list of clauses of one cell; an empty cell is an error (write "any")."""
    line = op.row_line
    where = f"{op.table}.{op.name}, column '{column}'"
    if not text:
        raise PageError(line, f"{where}: the cell is empty; write 'any' if nothing is required")
    clauses = []
    for part in text.split(";"):
        part = part.strip()
        match = CLAUSE.match(part)
        if not match:
            raise PageError(line, f"{where}: '{part}' is not a clause (known states: {', '.join(STATES)})")
        args = [a.strip() for a in match["args"].split(",")] if match["args"] else []
        for arg in args:
            if arg not in [a.name for a in op.args]:
                raise PageError(line, f"{where}: '{arg}' is not an argument of {op.name}")
        if match["cond"] and match["cond"] not in page.conditions:
            raise PageError(line, f"{where}: the condition '{match['cond']}' is not listed under Conditions")
        clauses.append(Clause(match["state"], args, match["other"] or match["cond"]))
    for number, clause in enumerate(clauses):
        if clause.condition == "otherwise" and (number + 1 < len(clauses) or not number):
            raise PageError(line, f"{where}: 'otherwise' is for the last clause, behind one with a condition")
        if clause.condition is None and clause.state == "any" and len(clauses) > 1:
            raise PageError(line, f"{where}: 'any' stands beside other clauses")
    return clauses


def parse_names(page, op, column, text, known, what):
    """The names of a cell that lists some: "called by" (commas) and "held locks" ("A or B"). [] for "any"."""
    if not text:
        raise PageError(op.row_line, f"{op.table}.{op.name}, column '{column}': the cell is empty; write 'any' if nothing is required")
    if text == "any":
        return []
    names = [n.strip() for n in re.split(r",| or ", text)]
    for name in names:
        if name not in known:
            raise PageError(op.row_line, f"{op.table}.{op.name}, column '{column}': '{name}' is no {what} (known: {', '.join(known)})")
    return names


def parse_yes_no(page, op, column, text):
    if text not in ("yes", "no"):
        raise PageError(op.row_line, f"{op.table}.{op.name}, column '{column}': '{text}' is neither yes nor no")
    return text == "yes"
