# SPDX-License-Identifier: MIT
"""Which packages a list of packages needs: the closure over Depends and Pre-Depends, as apt knows them.

The same list and the same apt lists give the same answer: of alternatives (`a | b`) the first is taken that the list names,
else the first that exists, and a virtual package is provided by what the list names, else by the first provider in the alphabet.
"""
import functools
import os
import re
import subprocess


class Stale(Exception):
    """apt's lists do not know a package, or no longer what the archive holds."""


def read_list(path):
    """The names wanted and the names left out, from the file `packages`."""
    wanted, left_out = [], set()
    with open(path, encoding="utf-8") as file:
        for line in file:
            name = line.split("#")[0].strip()
            if name.startswith("-"):
                left_out.add(name[1:])
            elif name:
                wanted.append(name)
    return wanted, left_out


def apt_cache(*words):
    try:
        return subprocess.run(["apt-cache", *words], capture_output=True, text=True, check=False).stdout
    except FileNotFoundError:
        raise SystemExit("debian: apt-cache is missing: this needs a Debian (or a container of it)") from None


def stanzas(names):
    """What apt knows of these packages: {name: {field: text}}; names it does not know are not in it."""
    found = {}
    for text in apt_cache("show", "--no-all-versions", *names).split("\n\n"):
        fields = dict(re.findall(r"^([A-Za-z0-9-]+): ?(.*(?:\n .*)*)", text, re.M))
        if "Package" in fields:
            found[fields["Package"]] = fields
    return found


@functools.cache
def providers(name):
    """The packages that provide a virtual one, in the order of the alphabet."""
    text = apt_cache("showpkg", name).partition("Reverse Provides:")[2]
    return sorted({line.split()[0] for line in text.splitlines() if line.strip()})


def choose(alternatives, wanted, left_out, known):
    """One name that satisfies a dependency; None when it is only one of those left out."""
    if any(name in wanted for name in alternatives):
        return next(name for name in alternatives if name in wanted)
    if any(name in left_out for name in alternatives):
        return None
    for name in alternatives:
        if name in known:
            return name
    for name in alternatives:
        offered = providers(name)
        if any(other in left_out for other in offered):
            return None
        for other in [other for other in offered if other in wanted] + offered:
            return other
    raise Stale(f"nothing provides {' | '.join(alternatives)}")


def closure(wanted, left_out):
    """{name: fields} of all packages of the disk."""
    chosen, frontier = {}, list(wanted)
    while frontier:
        new = stanzas(frontier)
        missing = [name for name in frontier if name not in new]
        if missing:
            raise Stale(f"apt knows no {', '.join(missing)}")
        chosen.update(new)
        groups = []
        for fields in new.values():
            for text in (fields.get("Pre-Depends", ""), fields.get("Depends", "")):
                groups += [[re.split(r"[ (:]", part.strip())[0] for part in group.split("|")] for group in text.split(",")
                           if group.strip()]
        asked = {name for group in groups for name in group if name not in chosen}
        known = set(chosen) | set(stanzas(sorted(asked)) if asked else ())
        names = {choose(group, set(wanted), left_out, known) for group in groups}
        frontier = sorted(name for name in names if name and name not in chosen)
    return chosen


def refresh():
    """apt-get update: what needs root is only this."""
    providers.cache_clear()
    subprocess.run([*(["sudo"] if os.geteuid() else []), "apt-get", "update", "-qq"], check=True)


def with_fresh_lists(action):
    """action(), and once more with new lists if it found the old ones stale."""
    try:
        return action()
    except Stale as stale:
        print(f"debian: {stale}: apt-get update", flush=True)
        refresh()
    try:
        return action()
    except Stale as stale:
        raise SystemExit(f"debian: {stale}, also after apt-get update") from None
