# SPDX-License-Identifier: MIT
"""The errno of each system call, as Linux gives it: user/errnocalls prints one line for each case, here and in a guest with Debian's Linux,
and the lines must be equal.

    errno_tests.py --write      runs the Linux guest and writes tests/expected/errnocalls.txt (`make errno-reference`)
    errno_tests.py --live       runs both and compares
    errno_tests.py              runs ours and compares with the file

Cases that are not to be equal are in tests/expected/errnocalls-differ.txt: the line as it is here, after `#` why.
"""
import argparse
import os
import re
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "linux"))
sys.path.insert(0, os.path.join(HERE, "..", "scripts"))
import guest
import mkdisk
import qemu

EXPECTED = os.path.join(HERE, "expected", "errnocalls.txt")
DIFFER = os.path.join(HERE, "expected", "errnocalls-differ.txt")
PROGRAM = "errnocalls"
TESTS = []


def test(function):
    TESTS.append(function)
    return function


def cases(text):
    """{case: result} of a console's text; the prefix of a line may be cut by a kernel message, which is then missed, not taken."""
    found, repeats = {}, {}
    for case, result in re.findall(r"^((?:user: )?[\w-]+ [^\n]*?) -> (\S+)\r?$", text, re.M):
        repeats[case] = repeats.get(case, 0) + 1
        found[case if repeats[case] == 1 else f"{case} ({repeats[case]})"] = result
    return found


def read(path):
    with open(path, encoding="ascii") as file:
        return file.read()


def disk(directory):
    root = os.path.join(directory, "root")
    os.makedirs(os.path.join(root, "proc"), exist_ok=True)
    return mkdisk.empty_disk(os.path.join(directory, "errno.img"), 4096, 24, ("-d", root))


def on_linux(build, directory):
    run = guest.run(build, [PROGRAM, "--dir", "/disk/errno/cases", "--mount", "/disk"], disk(directory), 256, 300, f"{build}/user/{PROGRAM}")
    with open(os.path.join(build, "errnocalls-linux.txt"), "w", encoding="utf-8") as file:
        file.write(run.text)
    if "errnocalls: done" not in run.text or run.status != 0:
        raise SystemExit(f"the Linux guest did not come to its end:\n{run.text[-2000:]}")
    return run.text


def here(build, directory, ring=0):
    image = disk(directory)
    result = qemu.Machine(kernel=f"{build}/rowlock.elf", program=f"{build}/user/{PROGRAM}", args=[PROGRAM], disks=[image], cpus=2, mem="256",
                          words=[f"ring={ring}", "root=/dev/vda", "rootfstype=ext2"]).run(300)
    clean, words = qemu.fsck(image)
    if result.kind != "exit" or result.status or "errnocalls: done" not in result.text:
        return result.text, f"{result.words()}\n{result.text[-1500:]}"
    return result.text, "" if clean else f"e2fsck: {words[-500:]}"


def differences(ours, theirs):
    """Lines about cases that differ, but for those that are to."""
    allowed = cases(re.sub(r"\s*#.*", "", read(DIFFER))) if os.path.exists(DIFFER) else {}
    out = []
    for case in [*theirs, *(case for case in ours if case not in theirs)]:
        mine, linux = ours.get(case, "not there"), theirs.get(case, "not there")
        if case in allowed and mine == linux:
            out.append(f"{case}: is listed as different and is not")
        if case in allowed and mine == allowed[case]:
            continue
        if mine != linux:
            out.append(f"{case}: {mine}, on Linux {linux}")
    return out


@test
def errnos_are_linuxs(t):
    for ring in (0, 3):
        text, wrong = here(t.build, t.directory, ring)
        wrong = [wrong] if wrong else differences(cases(text), cases(read(EXPECTED)))
        if wrong:
            return False, f"ring {ring}: {len(wrong)} cases differ\n" + "\n".join(wrong[:20])
    return True, f"{len(cases(read(EXPECTED)))} cases"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--live", action="store_true")
    parser.add_argument("--ring", type=int, default=0)
    opts = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rowlock-errno-") as directory:
        linux = cases(on_linux(opts.build, directory)) if opts.write or opts.live else cases(read(EXPECTED))
        if opts.write:
            os.makedirs(os.path.dirname(EXPECTED), exist_ok=True)
            with open(EXPECTED, "w", encoding="ascii") as file:
                file.writelines(f"{re.sub(r' [(][0-9]+[)]$', '', case)} -> {result}\n" for case, result in linux.items())
            print(f"{EXPECTED}: {len(linux)} cases")
            return
        text, wrong = here(opts.build, directory, opts.ring)
    found = differences(cases(text), linux)
    print("\n".join(found))
    if wrong:
        print(wrong)
    print(f"{len(linux)} cases, {len(found)} differ")
    sys.exit(1 if found or wrong else 0)


if __name__ == "__main__":
    main()
