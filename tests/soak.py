# SPDX-License-Identifier: MIT
"""`make soak`: the pairwise cover again and again with longer runs and new seeds, until the time is up.

Each run adds a line to BUILD/soak.tsv: settings, seed, seconds, result. The console of a failed run is kept beside it.
"""
import argparse
import os
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import cover
import harvest


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seconds", type=int, default=20, help="of work in each run")
    parser.add_argument("--seed", type=int, default=int(time.time()) % 100000)
    opts = parser.parse_args()
    end, passed, failed, seed = time.monotonic() + 60 * opts.minutes, 0, 0, opts.seed
    table = os.path.join(opts.build, "soak.tsv")
    harvest.resume(os.path.join(opts.build, "locking-run.jsonl"))
    with open(table, "a", encoding="utf-8") as out, tempfile.TemporaryDirectory(prefix="rowlock-soak-") as directory:
        if out.tell() == 0:
            out.write("program\tcpus\tring\tboot\tblock_size\tseed\tseconds\tresult\n")
        while time.monotonic() < end:
            for setting in cover.pairwise():
                if time.monotonic() >= end:
                    break
                seed += 1
                start = time.monotonic()
                problems, result = cover.run(opts.build, setting, opts.seconds, seed, directory)
                took = time.monotonic() - start
                verdict = "; ".join(problems) or "ok"
                out.write("\t".join(str(v) for v in (*setting.values(), seed, f"{took:.1f}", verdict)) + "\n")
                out.flush()
                passed, failed = passed + (not problems), failed + bool(problems)
                print(f"{cover.label(setting)} seed={seed}: {verdict} ({took:.0f} s)", flush=True)
                if problems:
                    with open(os.path.join(opts.build, f"soak-failed-{seed}.log"), "w", encoding="utf-8") as log:
                        log.write(result.text)
    print(f"soak: {passed} passed, {failed} failed; {table}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
