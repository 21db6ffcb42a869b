# SPDX-License-Identifier: MIT
"""BUILD/locking.tsv: each rule with its letters as 1 or 0 and the calls of all runs; and the count of the letters from it."""
from collect import LETTERS

COLUMNS = ("table", "operation", *LETTERS, "calls")


def write(knowledge, path):
    with open(path, "w", encoding="utf-8") as file:
        file.write("\t".join(COLUMNS) + "\n")
        for rule in knowledge.rules:
            letters = [str(int(getattr(rule, letter))) for letter in LETTERS]
            file.write("\t".join([rule.table, rule.operation, *letters, str(rule.calls())]) + "\n")


def read(path):
    """The rows as dictionaries of strings."""
    with open(path, encoding="utf-8") as file:
        head, *lines = file.read().splitlines()
    if tuple(head.split("\t")) != COLUMNS:
        raise SystemExit(f"{path}: the columns are not {', '.join(COLUMNS)}: remove the file and run make locking again")
    return [dict(zip(COLUMNS, line.split("\t"))) for line in lines]


def count(rows):
    """One line a letter, and one for the violations that only a test double could be caught at."""
    lines = [f"{letter} {sum(row[letter] == '1' for row in rows)}/{len(rows)}" for letter in LETTERS]
    doubles = sum(row["violated"] == "1" and row["implemented"] == "0" for row in rows)
    return "\n".join(lines + [f"violated on a test double {doubles}/{len(rows)}"])
