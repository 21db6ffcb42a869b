# SPDX-License-Identifier: MIT
"""All tests: `make test`. Each line is one test; the last line is `N passed, N failed`.

    run_tests.py [--build DIR] [--only WORD] [--jobs N] [--list]
"""
import argparse
import concurrent.futures
import itertools
import os
import queue
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, "..", "scripts"))
import abi_tests
import calls_tests
import cover
import debian_tests
import errno_tests
import event_tests
import exec_tests
import harvest
import locking_report_test
import mkdisk
import netlink_tests
import process_tests
import proc_tests
import qemu
import report_tests
import signal_tests
import socket_tests
import static_tests
import tmpfs_tests
import trouble_tests
from console import tail

TESTS = []


def test(function):
    TESTS.append(function)
    return function


class Context:
    """What a test gets: the build directory, a scratch directory, and ways to run things."""

    def __init__(self, build, directory):
        self.build, self.directory = build, directory

    def path(self, name):
        return os.path.join(self.directory, name)

    def guest(self, program, args=(), disk=None, words=(), cpus=2, mem="256", ring=0, boot="kernel", timeout=90, kernel=None,
              extra=(), accel="tcg"):
        words = [f"ring={ring}", "root=/dev/vda", "rootfstype=ext2", *words]
        machine = qemu.Machine(kernel=kernel or f"{self.build}/rowlock.elf",
                               program=f"{self.build}/user/{program}" if program else None,
                               args=[program or "none", *map(str, args)], words=words, disks=[disk] if disk else [], cpus=cpus,
                               mem=mem, boot=boot, extra=extra, accel=accel)
        return machine.run(timeout)

    def empty_disk(self, name="empty.img", block_size=4096, size_mib=128, extra=(), directories=()):
        """directories: empty ones that it has nevertheless, for the kernel to mount its own file systems on"""
        if directories:
            for each in directories:
                os.makedirs(self.path(f"tree-of-{name}/{each}"), exist_ok=True)
            extra = (*extra, "-d", self.path(f"tree-of-{name}"))
        return mkdisk.empty_disk(self.path(name), block_size, size_mib, extra)


# --- building ------------------------------------------------------------------------------------------------------------

def make(*words):
    done = subprocess.run(["make", "-j2", *words], capture_output=True, text=True)
    return done.returncode == 0, tail(done.stdout + done.stderr)


@test
def build_with_clang(t):
    return make("LLVM=1", f"BUILD={t.build}/clang", f"{t.build}/clang/rowlock.elf")


@test
def build_without_checks(t):
    ok, text = make("CHECKS=0", f"BUILD={t.build}/nochecks", f"{t.build}/nochecks/rowlock.elf")
    if not ok:
        return ok, text
    symbols = subprocess.run(["nm", f"{t.build}/nochecks/rowlock.elf"], capture_output=True, text=True).stdout
    left = [line for line in symbols.splitlines() if re.search(r" contract_(enter|exit|check)", line)]
    return not left, f"checks remain in a build without them: {left[:3]}"


@test
def image_is_small(t):
    stripped = t.path("stripped.elf")
    subprocess.run(["strip", "-o", stripped, f"{t.build}/rowlock.elf"], check=True)
    size = os.path.getsize(stripped)
    return size < 5 << 18, f"the stripped kernel has {size} bytes"    # 1.25 MiB; Debian's Linux has 14 MB


TESTS += static_tests.TESTS
TESTS += abi_tests.TESTS
TESTS += errno_tests.TESTS


# --- how a run ends ------------------------------------------------------------------------------------------------------

@test
def statuses_arrive(t):
    for status in (0, 1, 2, 85, 124, 125, 126, 127, 128, 255):
        result = t.guest("exitcode", [status], t.empty_disk())
        if result.kind != "exit" or result.status != status:
            return False, f"status {status}: {result.words()}\n{tail(result.text)}"
    return True, ""


@test
def a_hang_is_cut_off(t):
    result = t.guest("exitcode", ["hang"], t.empty_disk(), timeout=8)
    return result.kind == "timeout", result.words()


@test
def program_faults_are_statuses(t):
    for how, signal in (("segv", 11), ("wildjump", 11), ("abort", 6)):
        for ring in (0, 3):
            disk = t.empty_disk()
            result = t.guest("exitcode", [how], disk, ring=ring)
            if result.kind != "exit" or result.signal != signal or result.status != 128 + signal or not qemu.fsck(disk)[0]:
                return False, f"{how} in ring {ring}: {result.words()}\n{tail(result.text)}"
    return True, ""


@test
def a_lost_disk_is_no_success(t):
    result = t.guest("exitcode", [0])
    if result.shell_status() == 0 or result.kind != "exit":
        return False, f"a run without its disk: {result.words()}"
    with open(t.path("garbage.img"), "wb") as file:
        file.write(os.urandom(1 << 20))
    result = t.guest("exitcode", [0], t.path("garbage.img"))
    return result.shell_status() != 0, "a run on a disk of garbage ended in status 0"


@test
def a_panic_is_no_success(t):
    result = t.guest(None, words=["test=panic"], disk=t.empty_disk(), kernel=f"{t.build}/rowlock-test.elf")
    return result.kind == "panic" and result.shell_status() != 0, result.words() + "\n" + tail(result.text)


# --- the console ---------------------------------------------------------------------------------------------------------

class Typist:
    """Reads the console as it comes and types an answer once each prompt has appeared. As Machine.run's echo it only looks; the
    typing is done by a thread, for the guest may not read before it has written."""

    def __init__(self, answers):
        self.answers, self.text, self.queue = list(answers), b"", queue.Queue()
        self.reader, self.writer = os.pipe()
        self.thread = threading.Thread(target=self.type, daemon=True)
        self.thread.start()

    def write(self, data):
        self.text += data
        while self.answers and self.answers[0][0] in self.text:
            prompt, answer = self.answers.pop(0)
            self.text = self.text.split(prompt, 1)[1]
            self.queue.put(answer)

    def flush(self):
        pass

    def type(self):
        while (answer := self.queue.get()) is not None:
            while answer:
                answer = answer[os.write(self.writer, answer[:4096]):]

    def close(self):
        self.queue.put(None)
        os.close(self.reader)  # a write that waits fails
        self.thread.join(5)
        os.close(self.writer)


@test
def console_in_and_out(t):
    """Lines, end of file, single keys, ^C and thousands of lines of output; nothing may be lost either way."""
    lines = b"".join(b"line %d of the input\n" % i for i in range(1500))
    for cpus, ring in ((1, 3), (2, 0)):
        typist = Typist([(b"ready for lines", lines + b"\x04"), (b"ready for a key", b"k"), (b"ready for an interrupt", b"\x03")])
        machine = qemu.Machine(kernel=f"{t.build}/rowlock.elf", program=f"{t.build}/user/terminal",
                               args=["terminal", "1500", str(zlib.crc32(lines))], cpus=cpus, disks=[t.empty_disk()],
                               words=[f"ring={ring}", "root=/dev/vda", "rootfstype=ext2"])
        result = machine.run(60, echo=typist, stdin=typist.reader)
        typist.close()
        out = re.findall(r"^terminal: output line (\d+) of 4000\s*$", result.text, re.M)
        if result.kind != "exit" or result.status:
            return False, f"{cpus} CPUs, ring {ring}: {result.words()}\n{tail(result.text)}"
        if out != [str(i) for i in range(4000)]:
            return False, f"{len(out)} of 4000 lines of output arrived whole"
    return True, "1500 lines in, 4000 lines out"


# --- in the guest --------------------------------------------------------------------------------------------------------

@test
def old_translations_are_gone(t):
    wrong = []
    settings = [(2, 0), (4, 3)]
    for cpus, ring in settings:
        result = t.guest("shootdown", [cpus, 2], t.empty_disk(), cpus=cpus, ring=ring)
        if result.kind != "exit" or result.status != 0:
            wrong.append(f"{cpus} CPUs, ring {ring}: {result.words()}\n{tail(result.text)}")
    return not wrong, "\n".join(wrong) or f"{len(settings)} settings"


def send_nmis(path, stop):
    """Have every CPU take an NMI about a thousand times a second, through QEMU's monitor."""
    monitor = socket.socket(socket.AF_UNIX)
    while not stop.is_set():
        try:
            monitor.connect(path)
            break
        except OSError:
            time.sleep(0.05)
    monitor.settimeout(1)
    time.sleep(0.5)
    try:
        while not stop.is_set():
            for _ in range(50):
                monitor.sendall(b"nmi\n")
                time.sleep(0.001)
            monitor.recv(65536)
    except OSError:
        pass    # QEMU has ended
    finally:
        monitor.close()


@test
def nmis_do_no_harm(t):
    wrong = []
    for cpus, ring in ((1, 0), (4, 3)):
        path, stop = t.path(f"monitor{ring}"), threading.Event()
        sender = threading.Thread(target=send_nmis, args=(path, stop))
        sender.start()
        result = t.guest("cpustate", [4, 3], t.empty_disk(), cpus=cpus, ring=ring, extra=["-monitor", f"unix:{path},server,nowait"])
        stop.set()
        sender.join()
        if result.kind != "exit" or result.status != 0:
            wrong.append(f"{cpus} CPUs, ring {ring}: {result.words()}\n{tail(result.text)}")
    return not wrong, "\n".join(wrong)


# what the report of each mistake with memory must say
MISTAKES = {"double_free": "freed twice", "use_after_free": "written to after it was freed", "overrun": "written past its end",
            "middle": "freed through a pointer into its middle", "page_twice": "_refcount",
            "vmalloc_guard": "page fault in the kernel at crash_vmalloc_guard",
            "user_pointer": "page fault in the kernel at crash_user_pointer"}


@test
def mistakes_with_memory_are_reported(t):
    wrong = []
    for mistake, words in MISTAKES.items():
        result = t.guest(None, words=[f"test=mm_crash_{mistake}"], disk=t.empty_disk(), kernel=f"{t.build}/rowlock-test.elf")
        if result.kind != "panic" or not re.search(words, result.text):
            wrong.append(f"{mistake}: {result.words()}: {tail(result.text)}")
    return not wrong, "\n".join(wrong)


# what each crash on purpose must be called in the last record
CRASHES = {"write_text": "page fault in the kernel at crash_write_text", "overflow": "kernel stack overflow at deeper",
           "null": "page fault in the kernel at crash_null", "opcode": "invalid opcode at crash_opcode",
           "stack_pointer": "kernel code on a foreign stack at crash_stack_pointer",
           "execute_data": "page fault in the kernel at 0x",
           "double_fault": "double fault at crash_double_fault", "panic": "on purpose"}


@test
def kernel_faults_are_reported(t):
    wrong = []
    for crash, words in CRASHES.items():
        result = t.guest(None, words=[f"test=x86_crash_{crash}"], disk=t.empty_disk(), kernel=f"{t.build}/rowlock-test.elf")
        record = [line for line in result.text.splitlines() if line.startswith("rowlock: panic nonce=")]
        if result.kind != "panic" or not record or words not in record[-1]:
            wrong.append(f"{crash}: {result.words()}: {record[-1] if record else tail(result.text)}")
    return not wrong, "\n".join(wrong) or f"{len(CRASHES)} kinds"


@test
def cpu_state_survives(t):
    wrong = []
    settings = [(cpus, ring) for cpus in (1, 4) for ring in (0, 3)]
    for cpus, ring in settings:
        result = t.guest("cpustate", [6, 2], t.empty_disk(), cpus=cpus, ring=ring)
        if result.kind != "exit" or result.status != 0:
            wrong.append(f"{cpus} CPUs, ring {ring}: {result.words()}\n{tail(result.text)}")
    return not wrong, "\n".join(wrong) or f"{len(settings)} settings"


def scratch_disk(t, cpus, device="queue-size=64"):
    """A second disk whose contents the block tests may destroy; a small ring, so that it fills up."""
    with open(t.path("scratch.img"), "wb") as file:
        file.truncate(64 << 20)
    return ["-drive", f"if=none,id=scratch,file={t.path('scratch.img')},format=raw,cache=unsafe", "-device",
            f"virtio-blk-pci,drive=scratch,disable-legacy=on,num-queues={cpus},{device},werror=report,rerror=report"]


def ktap(t, which, cpus, ring=0, mem="256", timeout=180, device="queue-size=64"):
    words = [f"test={which}", "ramdisk=16M", "scratch=/dev/vdb", "locking=all"]
    result = t.guest(None, words=words, disk=t.empty_disk(), cpus=cpus, ring=ring, mem=mem, timeout=timeout,
                     kernel=f"{t.build}/rowlock-test.elf", extra=scratch_disk(t, cpus, device))
    good = re.findall(r"^(?:\[ *[\d.]+\] )?\s*ok \d+", result.text, re.M)
    bad = re.findall(r"^(?:\[ *[\d.]+\] )?\s*not ok \d+.*$", result.text, re.M)
    if result.kind != "exit" or result.status or bad or not good:
        return False, f"{result.words()}, {len(good)} ok, {len(bad)} not ok: {bad[:5]}\n{tail(result.text)}"
    return True, f"{len(good)} in-guest tests"


@test
def other_shapes_of_virtio_disk(t):
    """No MSI-X, one vector for all queues, no indirect descriptors, no event index, tiny rings, large blocks, transitional."""
    shapes = ["vectors=0", "vectors=2", "indirect_desc=off,queue-size=16", "event_idx=off", "queue-size=8",
              "logical_block_size=4096,physical_block_size=4096", "discard=off,write-zeroes=off,write-cache=off"]
    for shape in shapes:
        ok, text = ktap(t, "virtblk_operations,virtblk_overflow,virtblk_sequential,virtblk_threads", 2, timeout=60, device=shape)
        if not ok:
            return False, f"{shape}: {text}"
    return True, f"{len(shapes)} shapes"


@test
def a_whole_disk_as_a_file(t):
    """A second disk read, written, mapped, zeroed and flushed through its device node."""
    for ring in (0, 3):
        result = t.guest("blockdev", ["/dev", 254, 16], t.empty_disk(), ring=ring, extra=scratch_disk(t, 2))
        if result.kind != "exit" or result.status:
            return False, f"ring {ring}: {result.words()}\n{tail(result.text)}"
    return True, ""


@test
def kernel_tests_1_cpu(t):
    return ktap(t, "quick", 1)


@test
def kernel_tests_2_cpus(t):
    return ktap(t, "quick", 2)


@test
def kernel_tests_4_cpus(t):
    return ktap(t, "quick", 4)


@test
def kernel_tests_8_cpus(t):
    return ktap(t, "quick", 8)


TESTS += report_tests.TESTS


# --- the stress programs -------------------------------------------------------------------------------------------------

def covered(setting):
    def one(t):
        problems, result = cover.run(t.build, setting, 3, 11, t.directory)
        return not problems, "; ".join(problems) + "\n" + tail(result.text)
    one.__name__ = "cover: " + cover.label(setting)
    return one


TESTS += [covered(setting) for setting in cover.pairwise()]


@test
def programs_agree_with_linux(t):
    """The same binaries on this host: they must pass here too, and bad pointers get the same answers."""
    for program in ("stress", "mmapstress", "vmstress", "renamestress", "iostress"):
        directory = t.path(f"linux-{program}")
        os.mkdir(directory)
        args = {"iostress": ["--mib", "24"], "stress": ["--threads", "3", "--seconds", "2"]}.get(program, ["--seconds", "2"])
        where = f"{directory}/d" if program in ("stress", "renamestress") else directory
        done = subprocess.run([f"{t.build}/user/{program}", "--dir", where, *args], capture_output=True, text=True, timeout=120)
        if done.returncode:
            return False, f"{program} fails on Linux: {done.stdout[-300:]}{done.stderr[-300:]}"
    return True, ""


@test
def file_calls_agree_with_linux(t):
    """The corners of paths, opens, names, renames, positions, descriptors, pipes, locks, attributes: call for call."""
    directory = t.path("linux-filecalls")
    os.mkdir(directory)
    linux = subprocess.run([os.path.abspath(f"{t.build}/user/filecalls"), "--dir", os.path.abspath(f"{directory}/d")],
                           capture_output=True, text=True, timeout=60, cwd="/")
    ours = t.guest("filecalls", [], t.empty_disk())

    def answers(text):
        return [line.strip() for line in text.splitlines() if line.startswith("answer ")]

    want, got = answers(linux.stdout), answers(ours.text)
    different = [f"Linux '{a}', here '{b}'" for a, b in zip(want, got) if a != b]
    return bool(want) and want == got, f"{len(want)} answers, {len(got)} here, {len(different)} differ: {different[:6]}"


@test
def descriptors_shared_by_threads(t):
    """Threads open, replace and close the numbers that others read through, while the table grows."""
    for cpus, ring in ((2, 0), (4, 3)):
        result = t.guest("fdstress", ["--seconds", "3"], t.empty_disk(), cpus=cpus, ring=ring)
        if result.kind != "exit" or result.status:
            return False, f"{cpus} CPUs, ring {ring}: {result.words()}\n{tail(result.text)}"
    return True, ""


@test
def more_names_than_memory(t):
    """Dentries and inodes are given back under pressure, and nothing fails for want of memory."""
    result = t.guest("manynames", [], t.empty_disk(), mem="36", timeout=60)
    return result.kind == "exit" and not result.status, f"{result.words()}\n{tail(result.text)}"


@test
def freezing_and_remounting(t):
    """FIFREEZE stops writes, names, faults and truncations until FITHAW; remounts are refused or hold."""
    for cpus, ring in ((2, 0), (4, 3)):
        result = t.guest("freeze", [], t.empty_disk(), cpus=cpus, ring=ring, timeout=60)
        if result.kind != "exit" or result.status:
            return False, f"{cpus} CPUs, ring {ring}: {result.words()}\n{tail(result.text)}"
    return True, ""


@test
def proc_tells_what_happened(t):
    """/proc read in all ways under load: counters count each call once and never go back; also in a build without checks."""
    ok, text = make("CHECKS=0", f"BUILD={t.build}/nochecks", f"{t.build}/nochecks/rowlock.elf")
    if not ok:
        return ok, text
    tree = mkdisk.cached_disk(t.build, 1, 4096, 256, small=True)
    for cpus, ring, build in ((2, 0, t.build), (4, 3, t.build), (2, 0, f"{t.build}/nochecks")):
        disk = mkdisk.copy_disk(tree, t.path("proc.img"))
        args = ["--seconds", 3] + ([] if build == t.build else ["--without-checks"])
        result = t.guest("proccheck", args, disk, cpus=cpus, ring=ring, kernel=f"{build}/rowlock.elf")
        if result.kind != "exit" or result.status or not qemu.fsck(disk)[0]:
            return False, f"{build}, {cpus} CPUs, ring {ring}: {result.words()}\n{tail(result.text)}"
    return True, ""


@test
def bad_pointers_get_linux_answers(t):
    directory = t.path("linux-fault")
    os.mkdir(directory)
    linux = subprocess.run([os.path.abspath(f"{t.build}/user/faultstress"), "--dir", directory, "--rounds", "1"],
                           capture_output=True, text=True, timeout=60, cwd="/")
    ours = t.guest("faultstress", ["--rounds", "1"], t.empty_disk())

    def answers(text):
        return dict(re.findall(r"^answer (.*?): (.*?)\s*$", text, re.M))

    want, got = answers(linux.stdout), answers(ours.text)
    different = [f"{k}: Linux '{want[k]}', here '{got.get(k)}'" for k in want if want[k] != got.get(k)]
    return bool(want) and not different, f"{len(different)} of {len(want)} differ: {different[:8]}"


@test
def memory_calls_get_linux_answers(t):
    directory = t.path("linux-mmap")
    os.mkdir(directory)
    linux = subprocess.run([f"{t.build}/user/mmapcalls", "--dir", directory], capture_output=True, text=True, timeout=60)
    want = dict(re.findall(r"^answer (.*?): (.*?)\s*$", linux.stdout, re.M))
    different = []
    for ring in (0, 3):
        ours = t.guest("mmapcalls", [], t.empty_disk(), ring=ring)
        got = dict(re.findall(r"^answer (.*?): (.*?)\s*$", ours.text, re.M))
        different += [f"{k}: Linux '{want[k]}', here '{got.get(k)}'" for k in want if want[k] != got.get(k)]
        if ours.kind != "exit" or ours.status:
            different.append(ours.words())
    return bool(want) and not different, f"{len(different)} of {len(want)} differ: {different[:8]}"


@test
def threads_and_signals(t):
    """Locks, futexes, timers, signal frames, registers and the red zone under preemption; the oracle first."""
    linux = subprocess.run([f"{t.build}/user/tasktest"], capture_output=True, text=True, timeout=60)
    if linux.returncode:
        return False, "fails on Linux: " + linux.stdout[-300:]
    for cpus, ring in ((1, 0), (4, 0), (2, 3)):
        result = t.guest("tasktest", [], t.empty_disk(), cpus=cpus, ring=ring, timeout=120)
        if result.kind != "exit" or result.status:
            return False, f"{cpus} CPUs, ring {ring}: " + result.words() + tail(result.text)
    return True, ""


@test
def out_of_memory_kills_the_program_only(t):
    for cpus, ring, more in ((1, 0, []), (4, 3, []), (2, 0, ["--read"])):
        disk = t.empty_disk()
        result = t.guest("memhog", ["--threads", 3, "--file", "/hog", *more], disk, cpus=cpus, ring=ring, mem="64", timeout=120)
        if result.kind != "exit" or result.status != 137 or not qemu.fsck(disk)[0] or "out of memory: killing" not in result.text:
            return False, result.words() + tail(result.text)
    return True, "signal 9, disk clean"


@test
def stress_in_64_mib(t):
    disk = mkdisk.copy_disk(mkdisk.cached_disk(t.build, 1, 4096, 256, small=True), t.path("small.img"))
    result = t.guest("stress", ["--verify", "/manifest", "--dir", "/stress", "--seconds", 5, "--threads", 2], disk, mem="64",
                     timeout=180)
    return result.kind == "exit" and result.status == 0 and qemu.fsck(disk)[0], result.words() + tail(result.text)


@test
def file_larger_than_memory(t):
    disk = t.empty_disk(size_mib=700)
    result = t.guest("iostress", ["--mib", 320, "--threads", 2], disk, mem="256", timeout=300)
    return result.kind == "exit" and result.status == 0 and qemu.fsck(disk)[0], result.words() + tail(result.text)


@test
def direct_io_agrees_with_the_cache(t):
    for cpus, ring, block_size in ((2, 0, 4096), (4, 3, 1024)):
        disk = t.empty_disk(block_size=block_size)
        result = t.guest("directstress", ["--seconds", 5], disk, cpus=cpus, ring=ring)
        if result.kind != "exit" or result.status != 0 or not qemu.fsck(disk)[0]:
            return False, f"{cpus} CPUs, ring {ring}, {block_size}: {result.words()}" + tail(result.text)
    return True, "direct, cached and mapped access see the same bytes"


TESTS += proc_tests.TESTS
TESTS += socket_tests.TESTS
TESTS += netlink_tests.TESTS
TESTS += trouble_tests.TESTS
TESTS += calls_tests.TESTS
TESTS += tmpfs_tests.TESTS
TESTS += event_tests.TESTS
TESTS += process_tests.TESTS
TESTS += exec_tests.TESTS
TESTS += signal_tests.TESTS
TESTS += debian_tests.TESTS


@test
def file_of_a_gibibyte_is_read(t):
    root = t.path("tree")
    os.mkdir(root)
    tree = mkdisk.Tree(root, 3)
    tree.file("huge", 1 << 30)
    tree.manifest()
    disk = t.path("huge.img")
    subprocess.run([qemu.e2fs_tool("mke2fs"), "-q", "-t", "ext2", "-d", root, disk, "1300M"], check=True, stdout=subprocess.DEVNULL)
    result = t.guest("stress", ["--verify", "/manifest", "--threads", 1], disk, mem="256", timeout=180)
    good = result.kind == "exit" and result.status == 0 and qemu.fsck(disk)[0]
    return good, f"{result.seconds:.1f} s" if good else result.words() + tail(result.text)


HELLO = r'''
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static __thread int mine = 5;
static void *thread(void *arg) { mine += *(int *)arg; errno = 0; return (void *)(long)mine; }
int main(int argc, char **argv)
{
	int add = 37; void *got; pthread_t t;
	if (pthread_create(&t, NULL, thread, &add) || pthread_join(t, &got)) return 1;
	printf("hello from %s: %d words, %ld, %.3f, %s\n", argv[0], argc, (long)got, 10.0 / 4, getenv("GREETING"));
	return (long)got == 42 && mine == 5 && argc == 3 && !strcmp(argv[2], "two words%") ? 0 : 1;
}
'''


@test
def every_kind_of_static_program(t):
    """musl and glibc, static and static-PIE, with threads, TLS, floating point, arguments and environment, in both rings."""
    source = t.path("hello.c")
    with open(source, "w", encoding="ascii") as file:
        file.write(HELLO)
    kinds = {"musl": ["musl-gcc", "-static"],
             "glibc": ["gcc", "-static"], "glibc-pie": ["gcc", "-static-pie", "-fPIE"]}
    for kind, command in kinds.items():
        program = t.path(f"hello-{kind}")
        subprocess.run([*command, "-O2", "-pthread", "-o", program, source], check=True)
        for ring in (0, 3):
            machine = qemu.Machine(kernel=f"{t.build}/rowlock.elf", program=program, args=["hello", "one", "two words%"],
                                   words=[f"ring={ring}", "root=/dev/vda", "rootfstype=ext2", "env.GREETING=good%20day"],
                                   disks=[t.empty_disk()])
            result = machine.run(60)
            if result.kind != "exit" or result.status or "hello from hello: 3 words, 42, 2.500, good day" not in result.text:
                return False, f"{kind} in ring {ring}: {result.words()}\n{tail(result.text)}"
    return True, ""


TESTS.append(locking_report_test.locking_report)
AT_THE_END = {locking_report_test.locking_report}  # by itself: it looks at what the others' runs told, and tells of its own elsewhere


def run_one(function, build):
    """(name, did it pass, what it says, seconds)"""
    with tempfile.TemporaryDirectory(prefix="rowlock-test-") as directory:
        began = time.monotonic()
        try:
            ok, text = function(Context(build, directory))
        except (Exception, SystemExit) as error:  # a test that breaks has failed; the others still run
            ok, text = False, f"{type(error).__name__}: {error}"
    return function.__name__, ok, text, time.monotonic() - began


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1), help="tests at the same time; many of them wait most of the time")
    parser.add_argument("--only", default="", help="run the tests whose name contains this")
    parser.add_argument("--list", action="store_true")
    opts = parser.parse_args()
    chosen = [f for f in TESTS if opts.only in f.__name__]
    if opts.list:
        print("\n".join(f.__name__ for f in chosen))
        return
    # what the runs tell about the locking page; a run of some tests adds to the last whole one
    (harvest.resume if opts.only else harvest.start)(os.path.join(opts.build, "locking-run.jsonl"))
    passed, failed, start = 0, {}, time.monotonic()
    apart = [f for f in chosen if f in AT_THE_END]
    with concurrent.futures.ThreadPoolExecutor(opts.jobs) as pool:
        done = concurrent.futures.as_completed([pool.submit(run_one, f, opts.build) for f in chosen if f not in apart])
        for number, (name, ok, text, took) in enumerate(itertools.chain((f.result() for f in done), (run_one(f, opts.build) for f in apart)), 1):
            note = f" — {text}" if ok and text and "\n" not in text else ""
            print(f"[{number}/{len(chosen)}] {'ok  ' if ok else 'FAIL'} {name} ({took:.1f} s){note}", flush=True)
            if ok:
                passed += 1
            else:
                failed[name] = text
                print(text, flush=True)
    for name, text in failed.items():  # again, where it is seen when only the end of a long output is kept
        print("\n".join([f"FAILED {name}", *(f"    | {line}" for line in text.splitlines()[-12:])]))
    print(f"{time.monotonic() - start:.0f} s" + (f"; failed: {', '.join(failed)}" if failed else ""))
    print(f"{passed} passed, {len(failed)} failed")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
