# SPDX-License-Identifier: MIT
"""`make run`: boot the image with a program and a disk, and judge what came of it.

Without --prog it is the demonstration: a disk with a real tree, the stress program, e2fsck and a comparison of what
the program says it wrote with what is on the disk. The last line says what passed and what failed. The exit status is the program's own
when the run ended properly and the disk is sound; a hang is 124, a panic 125, a QEMU failure 126, a damaged disk 1.
"""
import argparse
import os
import shlex
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import diskcheck
import mkdisk
import qemu
import terminal

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "debian"))
import image as debian

# What a program on Debian's disk finds in its environment.
DEBIAN_ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "USER": "root",
                      "LOGNAME": "root", "SHELL": "/bin/bash", "LC_ALL": "C.UTF-8", "TERM": "vt100"}


def options():
    parser = argparse.ArgumentParser(description="run a program on Rowlock in QEMU")
    parser.add_argument("--build", default="build")
    parser.add_argument("--kernel", help="kernel ELF (default BUILD/rowlock.elf)")
    parser.add_argument("--prog", default="", help="Linux ELF to run, static; default: the stress demonstration. With --disk debian a "
                        "name with a slash in front is a program on the disk, static or dynamic (default: /bin/bash)")
    parser.add_argument("--args", default="", help="its arguments, split as a shell would")
    parser.add_argument("--disk", default="", help="ext2 image, written to; default: a fresh copy of a made one; "
                        "`debian`: a fresh copy of the disk of Debian packages")
    parser.add_argument("--keep", action="store_true", help="with --disk debian: go on with the last run's disk")
    parser.add_argument("--shell", action="store_true", help="an interactive bash on Debian's disk; Ctrl-] ends the run by force")
    parser.add_argument("--cpus", type=int, default=2)
    parser.add_argument("--mem", default="256", help="MiB")
    parser.add_argument("--ring", choices=("0", "3"), default="0")
    parser.add_argument("--boot", choices=("kernel", "grub"), default="kernel")
    parser.add_argument("--accel", choices=("tcg", "kvm"), default="tcg")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=int, default=30, help="length of the stress part of the demonstration")
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--block-size", type=int, default=4096, choices=(1024, 2048, 4096))
    parser.add_argument("--timeout", type=int, default=0, help="seconds until a run counts as hung")
    parser.add_argument("--append", default="", help="more words for the kernel command line")
    parser.add_argument("--gdb", action="store_true", help="stop at the first instruction and wait for gdb")
    return parser.parse_args()


def on_the_disk(opts):
    """Is the program one of Debian's disk?"""
    return opts.disk == "debian" and opts.prog.startswith("/")


def debian_words(opts):
    """The kernel words for a program of Debian's disk."""
    environment = dict(DEBIAN_ENVIRONMENT, TERM=os.environ.get("TERM", "vt100")) if opts.shell else DEBIAN_ENVIRONMENT
    return [f"prog={opts.prog}"] + [f"env.{name}={value}" for name, value in environment.items()]


def prepare_disk(opts):
    """The file that becomes the guest's disk."""
    if opts.disk == "debian":
        return debian.working_copy(opts.build, f"{opts.build}/debian/run.img", opts.keep)
    if not opts.disk:
        return mkdisk.copy_disk(mkdisk.cached_disk(opts.build, opts.seed, opts.block_size), f"{opts.build}/run.img")
    if not os.path.exists(opts.disk):
        raise SystemExit(f"run: no disk at {opts.disk}")
    return opts.disk


def machine(opts, program, args, disk):
    words = [f"ring={opts.ring}", f"seed={opts.seed}", "root=/dev/vda", "rootfstype=ext2"] + opts.append.split()
    if on_the_disk(opts):
        words, program = debian_words(opts) + words, None
    return qemu.Machine(kernel=opts.kernel or f"{opts.build}/rowlock.elf", program=program, args=args, words=words,
                        disks=[disk], cpus=opts.cpus, mem=opts.mem, accel=opts.accel, boot=opts.boot,
                        extra=["-s", "-S"] if opts.gdb else [])


def run(made, opts, demonstration, timeout):
    """Boot it; with --shell the terminal's keys are the guest's."""
    if not opts.shell:
        return made.run(timeout, echo=sys.stdout.buffer, stdin=None if demonstration else sys.stdin)
    qemu.eprint("bash on Debian's disk: `exit` ends it, Ctrl-] ends it by force")
    with terminal.Keyboard() as keyboard:
        return made.run(timeout, echo=sys.stdout.buffer, keyboard=keyboard)


def main():
    opts = options()
    if opts.shell:
        rows, columns = terminal.window_size()
        opts.disk, opts.prog, opts.timeout = "debian", "/bin/bash", opts.timeout or 1 << 30
        opts.args = f"-c 'stty rows {rows} cols {columns}; cd; exec bash -il'"
    elif opts.disk == "debian" and not opts.prog:
        opts.prog = "/bin/bash"
    in_guest_tests = any(word.startswith("test=") for word in opts.append.split())
    demonstration = not opts.prog and not in_guest_tests
    program = opts.prog or f"{opts.build}/user/stress"
    if not in_guest_tests and not on_the_disk(opts) and not os.path.exists(program):
        raise SystemExit(f"run: no program at {program}")
    disk = prepare_disk(opts)
    args = [program if on_the_disk(opts) else os.path.basename(program)] + shlex.split(opts.args)
    if demonstration and not opts.args:
        args += ["--verify", "/manifest", "--dir", "/stress", "--report", "/stress.report", "--seconds", str(opts.seconds),
                 "--threads", str(opts.threads), "--seed", str(opts.seed)]
    timeout = opts.timeout or (opts.seconds * 6 + 240 if demonstration else 0) or 600
    if opts.gdb:
        timeout = 1 << 30
        qemu.eprint("waiting for gdb on port 1234: run `make gdb` in another terminal")
    result = run(machine(opts, None if in_guest_tests else program, args, disk), opts, demonstration, timeout)
    passed, failed = [], []
    said = f"in-guest tests: status {result.status}" if in_guest_tests and result.kind == "exit" else result.words()
    any_status = not demonstration and not in_guest_tests
    (passed if result.kind == "exit" and (result.status == 0 or any_status) else failed).append(said)
    clean, text = qemu.fsck(disk)
    if clean:
        passed.append("e2fsck: the disk is clean")
    else:
        print(text)
        failed.append("e2fsck: the disk is damaged")
    if demonstration and result.kind == "exit":
        count, problems = diskcheck.compare(disk, "/stress.report", result.text, "/stress")
        for problem in problems[:20]:
            print(f"differs: {problem}")
        if problems:
            failed.append(f"{len(problems)} of {count} objects differ from the program's report")
        else:
            passed.append(f"{count} objects on the disk are what the program said it wrote")
    if result.first_line is not None:
        print(f"run: {result.first_line:.2f} s from QEMU's start to the program, {result.seconds:.1f} s in all")
    line = "run: PASSED: " + "; ".join(passed) if not failed else "run: FAILED: " + "; ".join(failed)
    if failed and passed:
        line += " (passed: " + "; ".join(passed) + ")"
    print(line, flush=True)
    status = result.shell_status()
    sys.exit(status if status or not failed else 1)


if __name__ == "__main__":
    main()
