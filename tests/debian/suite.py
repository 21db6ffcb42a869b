# SPDX-License-Identifier: MIT
"""`make test-debian`: Debian's programs on a disk made of Debian's packages. Each line is one test; the last is `N passed, N failed`.

    suite.py [--build DIR] [--only WORD] [--ring 0|3] [--echo] [--list]

A program's script has to end with status 0, print byte for byte what it printed on Linux (expected/), and leave a disk that e2fsck finds
clean; a broken rule of the locking page or of the lock order is a panic and so a failure. Everything runs in both ring modes unless one is asked
for. --only=NAME is a word of the test's name, or stress-ng:NAME for one stressor.
"""
import argparse
import os
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import guests
import judge as judges
import programs
import shell
import stressors

class Judge:
    def __init__(self):
        self.passed, self.failed, self.start = 0, 0, time.monotonic()

    def say(self, name, ok, why="", note=""):
        if ok:
            self.passed += 1
        else:
            self.failed += 1
        at = time.monotonic() - self.start
        print(f"{'ok    ' if ok else 'FAILED'} {name}{note and f' ({note})'}  [{at:.0f} s]", flush=True)
        if not ok and why:
            print("\n".join(f"    | {line}" for line in why.strip().splitlines()[:40]), flush=True)


def run_programs(judge, options, directory):
    for ring in options.rings:
        here = guests.Guests(options.build, directory, ring=ring, echo=sys.stdout.buffer if options.echo else None)
        for name, (_, limit) in programs.PROGRAMS.items():
            if options.only in f"{name}, ring {ring}":
                outcome = here.rowlock(name, programs.driver(name), here.disk(name), limit)
                judge.say(f"{name}, ring {ring}", *judges.judge(outcome, name))


def run_stressors(judge, options, directory):
    there, skipped = stressors.read_table(stressors.REFERENCE), stressors.read_table(stressors.SKIPPED)
    names = []
    for name, verdict in there.items():
        if options.only not in f"stress-ng:{name}":
            continue
        if not verdict.endswith("passes"):
            print(f"left   stress-ng:{name}: does not pass on Linux either: {verdict.partition(' ')[2]}")
        elif name in skipped:
            print(f"left   stress-ng:{name}: {skipped[name]}")
        else:
            names.append(name)
    if not names:
        return
    for ring in options.rings:
        here = guests.Guests(options.build, directory, ring=ring, echo=sys.stdout.buffer if options.echo else None)
        for name, status, said in stressors.run_list(here.rowlock, here, names):
            fine = stressors.passed(status, said)
            judge.say(f"stress-ng:{name}, ring {ring}", fine, "\n".join([f"status {status}" if status is not None else "no status", *said]),
                      note=there[name].split()[0])


def main():
    parser = argparse.ArgumentParser(description="Debian's programs as tests")
    parser.add_argument("--build", default="build")
    parser.add_argument("--only", default="")
    parser.add_argument("--ring", choices=("0", "3"), help="only this mode")
    parser.add_argument("--echo", action="store_true", help="show the guests' consoles")
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    options.rings = [options.ring] if options.ring else ["0", "3"]
    if options.list:
        print("\n".join([*programs.PROGRAMS, "shell", *(f"stress-ng:{name}" for name in stressors.read_table(stressors.REFERENCE))]))
        return
    judge = Judge()
    with tempfile.TemporaryDirectory(prefix="rowlock-debian-", dir=options.build) as directory:
        run_programs(judge, options, directory)
        shell.run(judge, options, directory)
        run_stressors(judge, options, directory)
    print(f"{judge.passed} passed, {judge.failed} failed", flush=True)
    sys.exit(1 if judge.failed or not judge.passed else 0)


if __name__ == "__main__":
    main()
