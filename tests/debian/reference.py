# SPDX-License-Identifier: MIT
"""What Linux does: `make debian-reference` runs the scripts and stress-ng's stressors in Debian's Linux guest on the same ext2 disk and
writes expected/NAME and stress-ng.linux, which are part of the sources. Run it after a script or the list of packages has changed.

    reference.py [--build DIR] [--only WORD]
"""
import argparse
import os
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import guests
import judge
import programs
import stressors

def main():
    parser = argparse.ArgumentParser(description="run the reference on Linux")
    parser.add_argument("--build", default="build")
    parser.add_argument("--only", default="")
    parser.add_argument("--echo", action="store_true", help="show the guest's console")
    options = parser.parse_args()
    os.makedirs(judge.EXPECTED, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="rowlock-reference-", dir=options.build) as directory:
        there = guests.Guests(options.build, directory, echo=sys.stdout.buffer if options.echo else None)
        for name, (_, limit) in programs.PROGRAMS.items():
            if options.only not in name:
                continue
            outcome = there.linux(name, programs.driver(name), there.disk(name), limit * 2)
            print(f"reference: {name}: {outcome.words}", flush=True)
            if outcome.status != 0 or outcome.damage:
                raise SystemExit(outcome.console[-2000:] + outcome.output.decode("utf-8", "replace")[-2000:] + outcome.damage)
            with open(os.path.join(judge.EXPECTED, name), "wb") as file:
                file.write(outcome.output)
        if options.only in "stress-ng" or options.only.startswith("stress-ng:"):
            stressors.write_reference(there, options.only.partition(":")[2])


if __name__ == "__main__":
    main()
