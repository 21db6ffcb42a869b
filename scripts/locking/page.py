# SPDX-License-Identifier: MIT
"""Read the locking page: fs/locking.rst into tables, rows, prototypes, conditions and numbered rules.

docutils parses the text; this module only walks the result. Every object keeps the line of the page it came from,
so that the build and the kernel's reports can name it.
"""
import re

try:
    from docutils import nodes
    from docutils.core import publish_doctree
except ImportError:
    raise SystemExit("locking: python3-docutils is missing for this python: apt-get install python3-docutils, "
                     "and run with /usr/bin/python3")


class PageError(Exception):
    """Something on the page that the build cannot accept; carries the line."""

    def __init__(self, line, text):
        super().__init__(text)
        self.line = line


class Argument:
    """One argument of a prototype: its C type without the name, and its name."""

    def __init__(self, ctype, name):
        self.ctype, self.name = ctype, name

    @property
    def declaration(self):
        return self.ctype + ("" if self.ctype.endswith("*") else " ") + self.name


class Operation:
    """A prototype and its row."""

    def __init__(self, table, name, returns, args, line):
        self.table, self.name, self.returns, self.args, self.line = table, name, returns, args, line
        self.cells = {}
        self.row_line = None

    @property
    def void(self):
        return self.returns == "void"


class Table:
    """One section that declares operations: C struct name, columns in order, operations in order."""

    def __init__(self, name, line):
        self.name, self.line, self.columns, self.operations = name, line, [], {}


class Page:
    """tables by name; conditions: name -> (C, line); callers: name -> (C function or "", line); rules: number -> Rule."""

    def __init__(self):
        self.tables, self.conditions, self.callers, self.rules = {}, {}, {}, {}


class Rule:
    """A numbered rule of the prose. What holds it is read by read_bindings()."""

    def __init__(self, number, words, line, section):
        self.number, self.words, self.line, self.section = number, words, line, section
        self.kind, self.operations, self.holders = None, [], []

    @property
    def name(self):
        return f"P{self.number}"


PROTOTYPE = re.compile(r"^(?P<ret>.*?)\(\*(?P<name>\w+)\)\s*\((?P<args>.*)\);$", re.S)


def parse_prototype(table, text, line):
    match = PROTOTYPE.match(text.strip())
    if not match:
        raise PageError(line, f"{table}: not a prototype: {text.strip()}")
    args = []
    for part in match["args"].split(","):
        arg = re.match(r"^(.*?[\s*])(\w+)$", part.strip())
        if not arg:
            raise PageError(line, f"{table}.{match['name']}: argument without a name: {part.strip()}")
        args.append(Argument(" ".join(arg[1].split()).replace("* ", "*"), arg[2]))
    return Operation(table, match["name"], match["ret"].strip(), args, line)


def read_prototypes(table, block):
    # docutils gives a literal block the line of its last line or of its first, depending on the version:
    # find the text itself, so that the line is right either way.
    pending, first = "", None
    for offset, text in enumerate(block.astext().split("\n")):
        if not text.strip():
            continue
        first = block.first_line + offset if first is None else first
        pending += " " + text.strip()
        if pending.endswith(";"):
            op = parse_prototype(table.name, pending, first)
            if op.name in table.operations:
                raise PageError(first, f"{table.name}.{op.name}: declared twice")
            table.operations[op.name] = op
            pending, first = "", None
    if pending:
        raise PageError(first, f"{table.name}: prototype without a semicolon: {pending.strip()}")


def rows_of(node, lines):
    """Yield (line, [cell text]) of a simple table, header first. The line is found by the row's first cell."""
    seen = node.line or 1
    for row in node.findall(nodes.row):
        cells = [" ".join(entry.astext().split()) for entry in row.findall(nodes.entry)]
        key = cells[0]
        for number in range(seen, len(lines) + 1):
            if lines[number - 1].split("  ")[0].strip().startswith(key.split("  ")[0]) and key:
                seen = number
                break
        yield seen, cells
        seen += 1


def read_table(table, node, lines):
    rows = list(rows_of(node, lines))
    table.columns = rows[0][1]
    for column in table.columns:
        if table.columns.count(column) > 1:
            raise PageError(rows[0][0], f"{table.name}: two columns are called '{column}'")
    if "may block" not in table.columns:
        raise PageError(rows[0][0], f"{table.name}: a column 'may block' is missing")
    for line, cells in rows[1:]:
        op = table.operations.get(cells[0])
        if op is None:
            raise PageError(line, f"{table.name}: the row '{cells[0]}' has no prototype")
        if op.row_line is not None:
            raise PageError(line, f"{table.name}: a second row for '{cells[0]}'")
        op.row_line = line
        op.cells = dict(zip(table.columns[1:], cells[1:]))
    for op in table.operations.values():
        if op.row_line is None:
            raise PageError(op.line, f"{table.name}.{op.name}: a prototype without a row")


BINDINGS = "Rules and what holds them"
RULE = re.compile(r"^P(\d+)\.\s+(.*)$", re.S)


KINDS = ("lock", "context", "caller", "postcondition", "static", "behaviour")


def read_bindings(page, rows):
    """The table that says for each numbered rule its class, its operations, and what holds it."""
    for line, cells in rows:
        number = int(cells[0][1:]) if re.match(r"^P\d+$", cells[0]) else 0
        rule = page.rules.get(number)
        if rule is None:
            raise PageError(line, f"'{cells[0]}' is no numbered rule of this page")
        if rule.kind:
            raise PageError(line, f"{rule.name} is bound twice")
        if cells[1] not in KINDS:
            raise PageError(line, f"{rule.name}: '{cells[1]}' is no class of rules (known: {', '.join(KINDS)})")
        table = page.tables.get(rule.section)
        for name in (n.strip() for n in cells[2].split(",")):
            if table is None or name not in table.operations:
                raise PageError(line, f"{rule.name}: '{name}' is no operation of {rule.section}")
            rule.operations.append(table.operations[name])
        rule.kind, rule.binding_line = cells[1], line
        rule.holders = [Holder(page, rule, words.strip()) for words in cells[3].split(";") if words.strip()]
    for rule in page.rules.values():
        if not rule.holders:
            raise PageError(rule.line, f"{rule.name} has no check: bind it under '{BINDINGS}'")


class Holder:
    """One thing that holds a rule: kind (column, entry, return, function, test), what, and the operations it is about."""

    FORM = re.compile(r"^(?:(column|function|test) ([\w/ -]+)|(entry|return)(?: of (\w+))?)$")

    def __init__(self, page, rule, words):
        match = self.FORM.match(words)
        if not match:
            raise PageError(rule.binding_line, f"{rule.name}: '{words}' is none of: column C, entry, return, function F, test T")
        self.words, self.kind, self.what, self.operations = words, match[1] or match[3], match[2], rule.operations
        if match[4]:
            self.operations = [op for op in rule.operations if op.name == match[4]]
            if not self.operations:
                raise PageError(rule.binding_line, f"{rule.name}: '{match[4]}' is none of the rule's operations")
        if self.kind == "column":
            checked = [op for op in rule.operations if op.cells.get(self.what, "any") not in ("", "any")]
            if not checked:
                raise PageError(rule.binding_line, f"{rule.name}: no cell in a column '{self.what}' says anything for its operations")


def read_page(path):
    """Parse the page at path. Raises PageError on anything that is not understood."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    lines = text.split("\n")
    tree = publish_doctree(text, source_path=path, settings_overrides={"report_level": 2, "halt_level": 2})
    page, bindings = Page(), []
    search_from = 1
    for section in tree.findall(nodes.section):
        title = section.next_node(nodes.title).astext()
        line = next(i for i in range(search_from, len(lines) + 1) if lines[i - 1].strip() == title)
        search_from = line + 1
        for node in section.children:
            if isinstance(node, nodes.table):
                node.line = line
        if title == "Conditions":
            for row_line, cells in list(rows_of(section.next_node(nodes.table), lines))[1:]:
                if cells[0] in page.conditions:
                    raise PageError(row_line, f"the condition '{cells[0]}' stands twice")
                page.conditions[cells[0]] = (cells[1], row_line)
            continue
        if title == "Callers":
            for row_line, cells in list(rows_of(section.next_node(nodes.table), lines))[1:]:
                if cells[0] in page.callers:
                    raise PageError(row_line, f"the caller '{cells[0]}' stands twice")
                page.callers[cells[0]] = ("" if cells[1].startswith("(") else cells[1], row_line)
            continue
        if title == BINDINGS:
            bindings = list(rows_of(section.next_node(nodes.table), lines))[1:]
            continue
        blocks = [b for b in section.children if isinstance(b, nodes.literal_block)]
        tables = [t for t in section.children if isinstance(t, nodes.table)]
        for para in section.children:
            if isinstance(para, nodes.paragraph):
                match = RULE.match(para.astext())
                if match:
                    number = int(match[1])
                    at = next(i for i in range(1, len(lines) + 1) if lines[i - 1].startswith(f"P{number}. "))
                    if number in page.rules:
                        raise PageError(at, f"rule P{number} stands twice")
                    page.rules[number] = Rule(number, " ".join(match[2].split()), at, title)
        if not blocks:
            continue
        if len(blocks) != 1 or len(tables) != 1:
            raise PageError(line, f"{title}: one block of prototypes and one table are expected")
        table = Table(title, line)
        first = blocks[0].astext().split("\n")[0].strip()
        blocks[0].first_line = next(i for i in range(line, len(lines) + 1) if lines[i - 1].strip() == first)
        tables[0].line = blocks[0].first_line
        read_prototypes(table, blocks[0])
        read_table(table, tables[0], lines)
        page.tables[title] = table
    wanted = range(1, len(page.rules) + 1)
    for number in wanted:
        if number not in page.rules:
            raise PageError(1, f"rule P{number} is missing: the rules are numbered without gaps")
    read_bindings(page, bindings)
    return page
