# SPDX-License-Identifier: MIT
"""BUILD/locking.html: one file with everything in it, no scripts; what opens does so by itself (<details>)."""
import os
from html import escape

from classes import Order
from collect import LETTERS
from locks import load, lock_order
from tables import prose_table, table
from words import LETTER_OF, MEANING, ON_A_DOUBLE, mark

TITLE = "The locking rules and their proof"
KINDS = {"program": "of programs", "test": "of in-guest tests", "host": "of tests on the host"}


def notice(html):
    return f'<p class="notice">{html}</p>'


def origin(knowledge, changed):
    """Which run this is from. changed: when the page's rows last changed, as the runs' times are."""
    when = knowledge.when()
    if not when:
        return notice("<b>No test run yet: run <code>make test</code> first.</b> This page shows what the sources and the locking "
                      "page say by themselves: I and C. What was called, by whom, and what was caught is not known.")
    start, end = (f"{t:%Y-%m-%d %H:%M}" for t in when)
    end = end[-5:] if end[:10] == start[:10] else end
    counts = ", ".join(f"{knowledge.number(kernel)} {words}" for kernel, words in KINDS.items())
    text = f"<p>From the last run of the tests, {start} to {end}: {len(knowledge.runs)} records ({counts}).</p>"
    if changed > min(run["time"] for run in knowledge.runs):
        text += notice("The locking page has been compiled anew since that run: run <code>make test</code> again.")
    missed = [rule.name for rule in knowledge.rules if rule.missed]
    if missed:
        text += notice(f"A violation made on purpose was not noticed, or not as what it was: {', '.join(missed)}.")
    return text


def sums(knowledge):
    total, out = len(knowledge.rules), []
    for word, letter in LETTER_OF.items():
        n = knowledge.count(word)
        extra = f"; {knowledge.doubles()} of them on a test double" if letter == "V" else ""
        style = f"width:{100 * n / total:.1f}%;background:var(--{letter.lower()})"
        out.append(f'<div class="sum">{mark(letter, True)}<b>{n}/{total}</b><div class="words">{word}{extra}</div>'
                   f'<span class="track"><i style="{style}"></i></span></div>')
    return f'<div class="sums">{"".join(out)}</div>'


def key():
    rows = [(mark(letter, True), MEANING[letter]) for letter in MEANING] + [(mark("V", True, True), ON_A_DOUBLE)]
    rows.append((mark("I", False), "not so, or not known"))
    return '<div class="key">' + "".join(f"<div>{m}</div><div>{escape(words)}</div>" for m, words in rows) + "</div>"


HOW_TO_READ = """<p>The tables are those of <code>fs/locking.rst</code>, from which the build makes the call wrappers and checks. The
name of an operation is blue when it is implemented, darker when a program reaches it. A cell that requires something is orange
when calls are checked for it, darker when breaking it on purpose was caught; a cell with a red frame is not checked. Open an
operation for its prototype, its places in the sources, and its counts.</p>"""


def listed(title, names):
    items = "".join(f'<li><a href="#{n}">{n.removeprefix("prose.")}</a></li>' for n in names)
    return f'<details><summary>{title}: {len(names)}</summary><ul class="open">{items}</ul></details>'


def still_open(knowledge):
    out = [listed(f"not {word}", [r.name for r in knowledge.rules if not getattr(r, word)]) for word in LETTERS]
    return "\n".join(out + [listed("violated on a test double", [r.name for r in knowledge.rules if r.on_a_double])])


def sections(knowledge):
    """Yield (anchor, title, HTML with its heading)."""
    prose, order = {r.operation: r for r in knowledge.prose}, Order(knowledge.with_classes())
    for name in knowledge.tables():
        yield name, name, table(name, [r for r in knowledge.operations if r.table == name], prose)
    yield "prose", "numbered rules", '<h2 id="prose">Numbered rules</h2>' + prose_table(knowledge.prose)
    yield "order", "lock order", '<h2 id="order">Lock order</h2>' + lock_order(order)
    yield "load", "contended locks", '<h2 id="load">Most contended lock classes</h2>' + load(order)
    yield "open", "still open", '<h2 id="open">Still open</h2>' + still_open(knowledge)


def write(knowledge, path, changed):
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "style.css"), encoding="utf-8") as file:
        style = file.read()
    parts = list(sections(knowledge))
    nav = "\n".join(f'<a href="#{anchor}">{title}</a>' for anchor, title, _ in parts)
    text = ["<!DOCTYPE html>", '<html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">', f"<title>Rowlock: {TITLE}</title>",
            f"<style>\n{style}</style></head><body><main>", f"<h1>{TITLE}</h1>", origin(knowledge, changed), sums(knowledge),
            HOW_TO_READ, key(), f"<nav>{nav}</nav>", *(html for _, _, html in parts), "</main></body></html>", ""]
    temporary = path + ".new"
    with open(temporary, "w", encoding="utf-8") as file:
        file.write("\n".join(text))
    os.replace(temporary, path)
