# SPDX-License-Identifier: MIT
"""Numbers, times and marks as the page shows them."""
from html import escape

LETTER_OF = {"implemented": "I", "reached": "R", "checked": "C", "violated": "V"}
MEANING = {
    "I": "implemented: a file system, driver or the kernel itself really provides the operation",
    "R": "reached by a program: a program in the guest caused a call (by a system call, a fault, an interrupt, the flusher)",
    "C": "checked: every call passes a check that knows the rule",
    "V": "violation caught: a test broke the rule on purpose, and exactly this rule was reported, each time",
}
ON_A_DOUBLE = "V on a test double: caught as well, but no code of the kernel implements the operation yet"


def number(n):
    return f"{n:,}".replace(",", "\u202f")


def duration(ns):
    for unit, size in (("s", 10**9), ("ms", 10**6), ("µs", 10**3)):
        if ns >= size:
            return f"{ns / size:.3g}\u00a0{unit}" if ns < 1000 * size else f"{number(ns // size)}\u00a0{unit}"
    return f"{ns}\u00a0ns"


def share(part, whole):
    return f"{100 * part / whole:.2g}\u00a0%" if whole and part else "0"


def mark(letter, there, double=False):
    """One of the four letters, filled in or not."""
    if not there:
        return f'<span class="k no" title="not {escape(MEANING[letter].split(":")[0])}">{letter}</span>'
    if double:
        return f'<span class="k double" title="{escape(ON_A_DOUBLE)}">{letter}</span>'
    return f'<span class="k {letter}" title="{escape(MEANING[letter])}">{letter}</span>'


def marks(rule):
    return "".join(mark(letter, getattr(rule, word), letter == "V" and rule.on_a_double)
                   for word, letter in LETTER_OF.items())
