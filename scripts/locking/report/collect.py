# SPDX-License-Identifier: MIT
"""The page, the sources and the last test run, merged: what is known about each rule.

A rule is an operation's row or a numbered rule of the prose, and has up to four letters:

  I  implemented: an operation in the sources (implemented.py); a numbered rule through any operation it is about
  R  reached by a program: a run of the kernel with a program counted calls since its start; a numbered rule likewise
  C  checked: the page's compiler says that something holds it
  V  violated: a test broke it on purpose, and each time exactly this rule was reported, in every run

C and V of a numbered rule of class lock or context may rest on its operations' rows, whose cells it is: then on all of them.
A V without an I rests on a test double.
"""
import datetime
import json

import implemented

LETTERS = ("implemented", "reached", "checked", "violated")
SUMS = ("calls", "checks", "violations", "reached", "seeded", "caught")
IN_THE_ROWS = ("lock", "context")


class Rule:
    """One row of the page or one numbered rule, with its letters and numbers."""

    def __init__(self, entry):
        self.entry, self.table, self.operation = entry, entry["table"], entry["operation"]
        self.name = f"{self.table}.{self.operation}"
        self.places, self.operations = [], []   # where implemented; of a numbered rule, the rules it is about
        self.counts = dict.fromkeys(SUMS, 0)
        self.longest_ns, self.reached_calls, self.missed = 0, 0, False
        self.implemented = self.reached = self.checked = self.violated = False

    @property
    def prose(self):
        return self.table == "prose"

    @property
    def on_a_double(self):
        return self.violated and not self.implemented

    def add(self, row, by_program):
        """The counters of one run."""
        for key in SUMS:
            self.counts[key] += row[key]
        self.longest_ns = max(self.longest_ns, row["longest_ns"])
        self.reached_calls += row["reached"] if by_program else 0
        self.missed |= row["caught"] != row["seeded"]

    def calls(self):
        """Of a numbered rule that is not counted by itself: the calls of the operations it is about."""
        return self.counts["calls"] or sum(op.counts["calls"] for op in self.operations)


class Knowledge:
    """All rules in the page's order, the lock classes and orders (graph.py, document.py), and which runs it comes from."""

    def __init__(self, rules, runs):
        self.rules, self.runs = rules, runs
        self.operations = [r for r in rules if not r.prose]
        self.prose = [r for r in rules if r.prose]

    def count(self, letter):
        return sum(getattr(rule, letter) for rule in self.rules)

    def doubles(self):
        return sum(rule.on_a_double for rule in self.rules)

    def tables(self):
        return list(dict.fromkeys(rule.table for rule in self.operations))

    def number(self, kernel):
        return sum(run["kernel"] == kernel for run in self.runs)

    def when(self):
        """(first, last) moment of the runs as local time, or None."""
        times = [run["time"] for run in self.runs]
        return tuple(datetime.datetime.fromtimestamp(t) for t in (min(times), max(times))) if times else None

    def with_classes(self):
        """The runs that told about lock classes: those of programs, or, if there is none, all."""
        told = [run for run in self.runs if run["classes"]]
        return [run for run in told if run["kernel"] == "program"] or told


def read_runs(path):
    """The runs that scripts/harvest.py kept; an absent file is no run."""
    try:
        with open(path, encoding="utf-8") as file:
            return [json.loads(line) for line in file if line.strip()]
    except FileNotFoundError:
        return []


def letters_of_operation(rule, found):
    rule.places = found.get((rule.table, rule.operation), [])
    rule.implemented = bool(rule.places)
    rule.reached = rule.reached_calls > 0
    rule.checked = rule.entry.get("checks", 0) > 0
    rule.violated = rule.counts["seeded"] > 0 and not rule.missed


def letters_of_prose(rule):
    rule.implemented = any(op.implemented for op in rule.operations)
    rule.reached = rule.reached_calls > 0 or any(op.reached for op in rule.operations)
    rule.checked = bool(rule.entry.get("check"))
    rule.violated = rule.counts["seeded"] > 0
    if rule.entry.get("class") in IN_THE_ROWS and rule.operations:
        rule.checked = rule.checked and all(op.checked for op in rule.operations)
        rule.violated = rule.violated or all(op.violated for op in rule.operations)
    rule.violated = rule.violated and not rule.missed


def gather(entries, runs, root="."):
    """entries: the compiler's locking_rows.json; runs: read_runs()."""
    rules = [Rule(entry) for entry in entries]
    by_name = {rule.name: rule for rule in rules}
    for run in runs:
        for name, row in run["rows"].items():
            if name in by_name:     # not a row that the page no longer has
                by_name[name].add(row, run["kernel"] == "program")
    tables = {}
    for rule in rules:
        if not rule.prose:
            tables.setdefault(rule.table, set()).add(rule.operation)
    found = implemented.scan(tables, root)
    for rule in rules:
        if not rule.prose:
            letters_of_operation(rule, found)
    for rule in rules:
        if rule.prose:
            rule.operations = [by_name[name] for name in rule.entry.get("operations", ())]
            letters_of_prose(rule)
    return Knowledge(rules, runs)
