# SPDX-License-Identifier: MIT
"""Lock classes and their order over several runs.

A class is known by the expression its lock is initialised with and by its nesting level; its number differs from run to run.
Classes of one name (i_rwsem of each file system type) are shown as one. Only runs of programs are taken, as far as there are
any: the in-guest tests have locks of their own, which say nothing about the kernel.
"""
import re

STATS = ("acquisitions", "contended", "wait_total", "hold_total")
MAXIMA = ("wait_max", "hold_max")

# Where the order checker's key is called otherwise than the lock in the page and in the docs.
ALIASES = {"i_mutex_key": "i_rwsem", "i_mutex_dir_key": "i_rwsem (directory)", "s_umount_key": "s_umount",
           "i_lock_key": "i_lock", "s_vfs_rename_key": "s_vfs_rename_sem", "page->ptl": "page-table lock",
           "page_lock": "page lock", "buffer_lock": "buffer lock", "fs_reclaim": "reclaim", "not_ordered": "not ordered",
           "bit_spinlock": "bit spinlock"}


def tidy(expression):
    """`&(&wb->wake)->lock` as wb->wake.lock: the words of the source, without its casts and parentheses."""
    per_cpu = re.search(r"__typeof__\(&\((\w+)\)\).*?\]\)*(.*)$", expression)
    text = "".join(per_cpu.groups()) if per_cpu else expression
    text = re.sub(r"\([a-z]\w*_t_\*\)", "", text).replace(")->", ".")
    text = re.sub(r"[&()]", "", text)
    last = text.split("->")[-1]
    return ALIASES.get(text, ALIASES.get(last, text))


def label(name, subclass):
    return f"{name}/{subclass}" if subclass else name


class Class:
    def __init__(self, name):
        self.name = name
        self.stats = dict.fromkeys(STATS + MAXIMA, 0)

    def add(self, entry):
        for key in STATS:
            self.stats[key] += entry[key]
        for key in MAXIMA:
            self.stats[key] = max(self.stats[key], entry[key])


class Order:
    """classes: {label: Class}; edges: {(from, to): set of "documented", "observed"}."""

    def __init__(self, runs):
        self.classes, self.edges = {}, {}
        for run in runs:
            names = {c["id"]: label(tidy(c["name"]), c["subclass"]) for c in run["classes"]}
            for entry in run["classes"]:
                name = names[entry["id"]]
                self.classes.setdefault(name, Class(name)).add(entry)
            for start, end, how in run["edges"]:
                edge = (names.get(start), names.get(end))
                if None not in edge and edge[0] != edge[1]:
                    self.edges.setdefault(edge, set()).update(("documented", "observed") if how == "both" else (how,))

    def documented(self):
        return {edge for edge, how in self.edges.items() if "documented" in how}

    def observed(self):
        return {edge for edge, how in self.edges.items() if "observed" in how}

    def contended(self, most=20):
        """The classes that were waited for, the longest waits first."""
        waited = [c for c in self.classes.values() if c.stats["contended"]]
        return sorted(waited, key=lambda c: -c.stats["wait_total"])[:most]
