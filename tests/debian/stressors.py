# SPDX-License-Identifier: MIT
"""stress-ng's stressors: which there are, which of them pass on Linux (stress-ng.linux), which are left out here and why (stress-ng.skip).

One run of the guest goes through a list of them, one process of stress-ng each. A run that ends in the middle of one (a panic, a hang)
is that one's failure, and the next run goes on behind it.
"""
import os
import re

import guests

CLASSES = ("filesystem", "io", "vm", "cpu-cache", "scheduler", "pipe")
REFERENCE = os.path.join(guests.HERE, "stress-ng.linux")
SKIPPED = os.path.join(guests.HERE, "stress-ng.skip")
SECONDS_OF_ONE = 60


def read_table(path):
    """Lines `name rest`, comments left out: {name: rest}."""
    with open(path, encoding="utf-8") as file:
        lines = [line.split(None, 1) for line in file if line.strip() and not line.startswith("#")]
    return {words[0]: words[1].strip() if len(words) > 1 else "" for words in lines}


def results(console, name_of_end):
    """From a run's console: [(name, status or None, what it said)], the last without a status if the run ended in it."""
    found, said, name = [], [], None
    for line in console.replace("\r", "").splitlines():
        begins, ended = re.match(r"stressor (\S+) begins$", line), re.match(r"stressor (\S+) ended (\d+)$", line)
        if begins:
            if name:
                found.append((name, None, said + ["its end is missing on the console"]))
            name, said = begins[1], []
        elif ended and name == ended[1]:
            found.append((name, int(ended[2]), said))
            name, said = None, []
        elif line.startswith("| "):
            said.append(line[2:])
    if name:
        found.append((name, None, said + [name_of_end]))
    return found


def run_list(run, there, names):
    """Yields (name, status, what it said) for every name; `run` is there.rowlock or there.linux."""
    left = list(names)
    while left:
        path = os.path.join(there.directory, "stressors")
        with open(path, "w", encoding="ascii") as file:
            file.write("".join(f"{name}\n" for name in left))
        outcome = run("none", ["/bin/dash", "/tests/stress-ng.sh"], there.disk("stress-ng", {"stressors": path}),
                      120 + len(left) * SECONDS_OF_ONE, silence=2 * SECONDS_OF_ONE)
        got = results(outcome.console, outcome.words)
        for number, (name, status, said) in enumerate(got):
            if status == 0 and outcome.damage and number == len(got) - 1:
                status, said = None, said + ["the disk is damaged after it or one before it:", *outcome.damage.splitlines()[:6]]
            if status == 0 and number == len(got) - 1 and (lost := re.findall(r"leaks: (?!none).*", outcome.console)):
                status, said = None, said + ["it or one before it left:", *lost[:8]]
            yield name, status, said
        if not got:
            for name in left:
                yield name, None, [f"it did not begin: {outcome.words}"]
            return
        left = left[len(got):]


def passed(status, said):
    """Did it run and find nothing wrong? A stressor that leaves itself out has status 0 too."""
    return status == 0 and not any(re.search(r"skipping|will be skipped|unsupported|not implemented", line) for line in said)


def classes(there):
    """{name: [classes]}, as stress-ng itself has it."""
    names = {}
    for name_of_class in CLASSES:
        outcome = there.linux("classes", ["/bin/busybox", "sh", "/tests/driver.sh", "classes", "stress-ng", "--class", f"{name_of_class}?"],
                              there.disk("classes"), 120)
        for name in outcome.output.decode().partition(":")[2].split():
            names.setdefault(name, []).append(name_of_class)
    return names


def write_reference(there, only):
    """All stressors on Linux, or those whose name has a word in it; the lines of the others stay."""
    names, verdicts = classes(there), read_table(REFERENCE) if only else {}
    for name, status, said in run_list(there.linux, there, sorted(name for name in names if only in name)):
        verdict = "passes" if passed(status, said) else f"status {status}: {'; '.join(said)[:300]}"
        print(f"reference: stress-ng:{name}: {verdict}", flush=True)
        verdicts[name] = f"{','.join(names[name])} {verdict}"
    with open(REFERENCE, "w", encoding="utf-8") as file:
        file.write("# stress-ng's stressors of the classes " + ", ".join(CLASSES) + " on Debian's Linux guest, on ext2, a second each:\n"
                   "# name, classes, verdict. Made by `make debian-reference`.\n")
        file.write("".join(f"{name} {verdicts[name]}\n" for name in sorted(verdicts)))
