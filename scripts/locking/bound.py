# SPDX-License-Identifier: MIT
"""Hold the page's promises against the sources: bound.py fs/locking.rst FILE...

What the page says holds a numbered rule must be there: the rule's functions, functions and tests that it names, and the
seeded violation of each rule that has a function of its own. A caller that operations name must open its scope. The other
way round, a rule's function that the page does not bind is an error, too. The files are all C sources and the in-guest tests.
"""
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from page import PageError, read_page
from rules import caller_constant

DEFINITION = re.compile(r"^(?![ \t#/*}])[^;\n]*?\b(\w+)\([^;]*?\)\n\{", re.M)
TEST = re.compile(r"^KTEST\((\w+),", re.M)
RULE_FUNCTION = re.compile(r"^rule_P\d+_")


class Sources:
    """What the C files define: functions with the text of their file, tests by name."""

    def __init__(self, files):
        self.functions, self.tests = {}, set()
        for path in files:
            with open(path, encoding="utf-8") as file:
                text = file.read()
            for match in DEFINITION.finditer(text):
                self.functions.setdefault(match[1], []).append((path, text, match.start()))
            self.tests.update(TEST.findall(text))

    def body(self, function):
        """The text of the function, in each file that has one of this name."""
        return [text[start:text.find("\n}", start)] for _, text, start in self.functions.get(function, [])]


def callers(page, sources):
    for name, (function, line) in page.callers.items():
        if not function:
            continue
        scope = f"contract_caller_begin({caller_constant(name)})"
        if not any(scope in body for body in sources.body(function)):
            yield line, f"the caller '{name}' is said to be {function}(), which does not call {scope}"


def holders(page, sources):
    """Yield errors; the second half of the answer is in `bound`, the functions that the page wants."""
    for rule in page.rules.values():
        own = False
        for holder in rule.holders:
            if holder.kind == "function":
                own = True
                if holder.what not in sources.functions:
                    yield rule.binding_line, f"{rule.name} is held by {holder.what}(), which is nowhere defined"
            elif holder.kind == "test" and holder.what not in sources.tests:
                yield rule.binding_line, f"{rule.name} is held by the test {holder.what}, which does not exist"
            elif holder.kind in ("entry", "return"):
                own = True
                for op in holder.operations:
                    name = f"rule_{rule.name}_{op.name}_{holder.kind}"
                    if name not in sources.functions:
                        yield rule.binding_line, f"{rule.name} wants the function {name}(), which is nowhere defined"
        if own and f"violate_{rule.name}" not in sources.tests:
            yield rule.binding_line, f"{rule.name} has a check, but no test violate_{rule.name} breaks it"


def strangers(page, sources):
    bound = {f"rule_{rule.name}_{op.name}_{holder.kind}" for rule in page.rules.values() for holder in rule.holders
             if holder.kind in ("entry", "return") for op in holder.operations}
    for name in sources.functions:
        if RULE_FUNCTION.match(name) and name not in bound:
            path, text, start = sources.functions[name][0]
            yield path, text.count("\n", 0, start) + 1, f"{name}() is bound to no rule of the page"


def main():
    source, files = sys.argv[1], sys.argv[2:]
    try:
        page = read_page(source)
    except PageError as error:
        raise SystemExit(f"{source}:{error.line}: error: {error}")
    sources, bad = Sources(files), 0
    problems = [(source, line, text) for line, text in [*callers(page, sources), *holders(page, sources)]]
    for path, line, text in problems + list(strangers(page, sources)):
        print(f"{path}:{line}: error: {text}", file=sys.stderr)
        bad = 1
    sys.exit(bad)


if __name__ == "__main__":
    main()
