# SPDX-License-Identifier: MIT
"""The lock-order graph as SVG, drawn by graphviz.

An arrow from A to B: B was waited for while A was held. What follows from other arrows is left out, except orders that are
both documented (kernel/lock/lock_order.c) and observed.
"""
import re
import shutil
import subprocess

STYLE = {  # (documented, observed) -> attributes of the arrow
    (True, True): 'color="#0b5394" penwidth=2.2',
    (True, False): 'color="#0b5394" penwidth=1.4 style=dashed',
    (False, True): 'color="#777777" penwidth=0.9',
}


def successors(edges):
    out = {}
    for start, end in edges:
        out.setdefault(start, set()).add(end)
    return out


def reachable(start, follow):
    seen, todo = set(), [start]
    while todo:
        for node in follow.get(todo.pop(), ()):
            if node not in seen:
                seen.add(node)
                todo.append(node)
    return seen


def reduced(edges, keep):
    """The edges without those that a longer way replaces; those in `keep` stay, and so do those on a circle."""
    follow = successors(edges)
    below = {node: reachable(node, follow) for node in follow}
    return {(a, b) for a, b in edges if (a, b) in keep or a in below.get(b, ())
            or not any(b in below.get(via, ()) for via in follow[a] if via != b)}


def chosen(order, whole):
    """The arrows to draw: among all classes, or among those that the documented order names."""
    edges, documented = set(order.edges), order.documented()
    if not whole:
        named = {node for edge in documented for node in edge}
        edges = {(a, b) for a, b in edges if a in named and b in named}
    return reduced(edges, documented & order.observed())


def dot(order, whole):
    edges, documented, observed = chosen(order, whole), order.documented(), order.observed()
    names = {node for edge in documented for node in edge}
    text = ["digraph order {", 'rankdir=TB; nodesep=0.22; ranksep=0.38; bgcolor="transparent";',
            'node [shape=box style="rounded,filled" fillcolor="#f4f4f4" color="#888888" '
            'fontname="Helvetica,Arial,sans-serif" fontsize=11 height=0.3 margin="0.09,0.04"];', "edge [arrowsize=0.6];"]
    for node in sorted({n for edge in edges for n in edge}):
        fill = ' fillcolor="#dce9f7" color="#0b5394"' if node in names else ""
        text.append(f'"{node}" [tooltip="{node}"{fill}];')
    for a, b in sorted(edges):
        how = (a, b) in documented, (a, b) in observed
        words = " and ".join(w for w, yes in zip(("documented", "observed"), how) if yes)
        text.append(f'"{a}" -> "{b}" [{STYLE[how]} tooltip="{a} before {b}: {words}"];')
    return "\n".join(text + ["}"])


def tool(command, text):
    """What a program of graphviz makes of `text`."""
    if not shutil.which(command[0]):
        raise SystemExit(f"locking: {command[0]} is missing; it draws the lock order: run scripts/setup.sh --report, or install "
                         "the package graphviz")
    done = subprocess.run(command, input=text, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"locking: {command[0]} failed: {done.stderr.strip()}")
    return done.stdout


def svg(order, whole, title):
    """The drawing for a page, or None without edges."""
    if not chosen(order, whole):
        return None
    # unflatten staggers the many classes that only hang below another, which makes the drawing narrower
    source = tool(["unflatten", "-l", "3", "-f", "-c", "3"], dot(order, whole))
    drawing = tool(["dot", "-Tsvg"], source)
    drawing = drawing[drawing.index("<svg"):]
    drawing = re.sub(r"<!--.*?-->\n?", "", drawing, flags=re.S)
    drawing = re.sub(r"<title>.*?</title>\n?", "", drawing)     # the tooltips say more
    return drawing.replace("<svg", f'<svg role="img" aria-label="{title}"', 1)
