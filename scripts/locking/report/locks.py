# SPDX-License-Identifier: MIT
"""The page's sections on locks themselves: their order, and which were waited for."""
from html import escape

import graph
from words import duration, number, share


def lock_order(order):
    documented = graph.svg(order, False, "the documented lock order")
    whole = graph.svg(order, True, "all observed lock orders")
    if not whole:
        return "<p>Nothing was observed yet: no run told about lock classes.</p>"
    return (
        "<p>An arrow says that its lower lock was waited for while its upper one was held. Thick blue: in the documented order "
        "(<code>docs/locking-order.md</code>) and observed; dashed: documented, but it did not happen in these runs; grey: observed "
        f"only. {number(len(order.documented()))} documented and {number(len(order.observed()))} observed orders between "
        f"{len(order.classes)} classes; what follows from other arrows is not drawn. A number behind a name is a nesting level.</p>"
        f'<div class="graph fit">{documented or ""}</div>'
        f'<details><summary>All classes that programs used</summary><div class="graph whole">{whole}</div></details>')


def bar(stats, name, most):
    width = 100 * stats[name] / most[name]
    return (f'<td class="bars"><span class="scale"><span class="bar" style="width:{width:.1f}%"></span></span>'
            f"{duration(stats[name])}</td>")


def load(order):
    """The most contended classes."""
    classes = order.contended()
    if not classes:
        return "<p>No run counted a lock that had to be waited for.</p>"
    head = ("<th>class</th>" + "".join(f'<th class="num">{h}</th>' for h in ("acquisitions", "contended", "share"))
            + '<th>waited in all</th><th class="num">longest wait</th><th>held in all</th><th class="num">longest hold</th>')
    out = ["<p>Summed over the runs that told about classes. Only some of them time how long locks are held (lock_stat=1).</p>",
           f'<div class="wide"><table class="load"><thead><tr>{head}</tr></thead><tbody>']
    most = {k: max(c.stats[k] for c in classes) or 1 for k in ("wait_total", "hold_total")}
    for c in classes:
        s = c.stats
        out.append(f'<tr><td class="mono">{escape(c.name)}</td><td class="num">{number(s["acquisitions"])}</td>'
                   f'<td class="num">{number(s["contended"])}</td>'
                   f'<td class="num">{share(s["contended"], s["acquisitions"])}</td>'
                   f'{bar(s, "wait_total", most)}<td class="num">{duration(s["wait_max"])}</td>'
                   f'{bar(s, "hold_total", most)}<td class="num">{duration(s["hold_max"])}</td></tr>')
    return "\n".join(out + ["</tbody></table></div>"])
