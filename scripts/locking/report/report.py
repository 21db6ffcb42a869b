# SPDX-License-Identifier: MIT
"""`make locking` and `make locking-count`: report.py page|count --build BUILD

page   writes BUILD/locking.tsv and BUILD/locking.html from the compiler's BUILD/gen/locking_rows.json, the sources, and what the
       last run of the tests left in BUILD/locking-run.jsonl
count  prints how many of all rules have each letter, from BUILD/locking.tsv, which it writes if it is missing or out of date
"""
import argparse
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import collect
import tsv

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..")


def knowledge(build):
    path = f"{build}/gen/locking_rows.json"
    try:
        with open(path, encoding="utf-8") as file:
            entries = json.load(file)
    except FileNotFoundError:
        raise SystemExit(f"{path} is missing: the locking page is not compiled; run make first")
    return collect.gather(entries, collect.read_runs(f"{build}/locking-run.jsonl"), ROOT), os.path.getmtime(path)


def say_if_no_run(build):
    if not collect.read_runs(f"{build}/locking-run.jsonl"):
        print("locking: no test run yet, run make test first: what was reached or violated is not known", file=sys.stderr)


def page(build):
    import document     # imports what only the page needs
    known, changed = knowledge(build)
    tsv.write(known, f"{build}/locking.tsv")
    document.write(known, f"{build}/locking.html", changed)
    say_if_no_run(build)
    print(f"locking: {build}/locking.html, {build}/locking.tsv")


def outdated(path, *sources):
    if not os.path.exists(path):
        return True
    return any(os.path.getmtime(s) > os.path.getmtime(path) for s in sources if os.path.exists(s))


def count(build):
    path = f"{build}/locking.tsv"
    if outdated(path, f"{build}/gen/locking_rows.json", f"{build}/locking-run.jsonl"):
        tsv.write(knowledge(build)[0], path)
    say_if_no_run(build)
    print(tsv.count(tsv.read(path)))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=("page", "count"))
    parser.add_argument("--build", default="build")
    opts = parser.parse_args()
    {"page": page, "count": count}[opts.what](opts.build)


if __name__ == "__main__":
    main()
