# SPDX-License-Identifier: MIT
"""The tables of operations as they stand on the page, each cell coloured by what proves it, and the numbered rules."""
from html import escape

from words import LETTER_OF, duration, marks, number


SHORT = 24     # characters of a cell that stay on one line
PERMITS = (("rcu-walk", "yes"), ("FS recursion", "yes"))  # what requires nothing of anybody, though it says more than "any"


def cell(rule, column, text):
    """A cell of the row: what it requires, and whether that is checked and was caught when broken."""
    if text in ("any", "") or (column, text) in PERMITS:
        return f'<td class="any">{escape(text or "–")}</td>'
    how = ("double" if rule.on_a_double else "V") if rule.violated else "C" if rule.checked else "unchecked"
    letter = {"double": "V", "unchecked": ""}.get(how, how)
    size = "short" if len(text) <= SHORT else "long"
    return f'<td class="rule {size} {how}"><span>{escape(text)}<sub>{letter}</sub></span></td>'


def operation_cell(rule):
    how = "R" if rule.reached else "I" if rule.implemented else ""
    tip = f"{rule.entry['rule'] or 'nothing required'} (fs/locking.rst:{rule.entry['line']})"
    return (f'<td class="op {how}"><details id="{rule.name}"><summary title="{escape(tip)}">{escape(rule.operation)}'
            f'<sub>{how}</sub></summary></details></td>')


def places(rule):
    if not rule.places:
        return "nowhere yet"
    return "<br>".join(f"<code>{function}</code> at <code>{path}:{line}</code>" for path, line, function in rule.places)


def more(rule, columns, prose):
    """The row that opens below: everything known."""
    counts = rule.counts
    facts = [("prototype", f"<code>{escape(rule.entry['prototype'])}</code>" if rule.entry.get("prototype") else None),
             ("rule", escape(rule.entry["rule"]) or "nothing is required"),
             ("stands in", f"<code>fs/locking.rst:{rule.entry['line']}</code>"),
             ("see also", "<br>".join(f'<a href="#prose.{p}">{p}</a> {escape(prose[p].entry["rule"])}'
                                      for p in rule.entry.get("rules", ()) if p in prose) or None),
             ("implemented", places(rule)),
             ("calls", f"{number(counts['calls'])}, of them {number(rule.reached_calls)} since a program was started"),
             ("longest call", duration(rule.longest_ns) if counts["calls"] else "none"),
             ("checks", f"{rule.entry.get('checks', 0)} conditions a call, {number(counts['checks'])} checked in all"),
             ("violations", f"{number(counts['seeded'])} provoked by tests, {number(counts['caught'])} reported as this row's")]
    text = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in facts if value)
    return f'<tr class="more"><td colspan="{columns}"><dl>{text}</dl></td></tr>'


def table(name, rules, prose):
    columns = list(rules[0].entry.get("cells", {})) or ["rule"]
    head = ("".join(f"<th>{escape(c)}</th>" for c in ["operation", "proof", *columns])
            + '<th class="num">calls</th><th class="num">longest</th>')
    out = [f'<h2 id="{name}">{name}<small>{summary(rules)}</small></h2>',
           f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>']
    for rule in rules:
        cells = rule.entry.get("cells") or {"rule": rule.entry["rule"]}
        out.append(f"<tr>{operation_cell(rule)}<td class=\"proof\">{marks(rule)}</td>"
                   + "".join(cell(rule, c, cells.get(c, "")) for c in columns)
                   + f'<td class="num">{number(rule.counts["calls"]) if rule.counts["calls"] else ""}</td>'
                   + f'<td class="num">{duration(rule.longest_ns) if rule.counts["calls"] else ""}</td></tr>')
        out.append(more(rule, len(columns) + 4, prose))
    return "\n".join(out + ["</tbody></table></div>"])


def summary(rules):
    sums = [f"{letter} {sum(getattr(r, word) for r in rules)}" for word, letter in LETTER_OF.items()]
    return f"{len(rules)} operations: {', '.join(sums)}"


def prose_row(rule):
    about = ", ".join(f'<a href="#{op.name}"><code>{op.operation}</code></a>' for op in rule.operations)
    proof = marks(rule)
    return (f'<tr id="{rule.name}"><td class="mono">{rule.operation}</td><td class="proof">{proof}</td>'
            f'<td>{escape(rule.entry.get("class", ""))}</td>'
            f'<td class="words">{escape(rule.entry["rule"])}<br><small>{about}</small></td>'
            f'<td class="check">{escape(rule.entry.get("check", "")) or "nothing yet"}</td>'
            f'<td class="num">{rule.entry["line"]}</td></tr>')


def prose_table(rules):
    head = "".join(f"<th>{c}</th>" for c in ("", "proof", "class", "rule", "what holds it")) + '<th class="num">line</th>'
    out = [f'<div class="wide"><table class="prose"><thead><tr>{head}</tr></thead><tbody>']
    section = None
    for rule in rules:
        if rule.entry.get("section") != section:
            section = rule.entry.get("section")
            out.append(f'<tr><th class="part" colspan="6">{escape(section)}</th></tr>')
        out.append(prose_row(rule))
    return "\n".join(out + ["</tbody></table></div>"])
