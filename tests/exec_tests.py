# SPDX-License-Identifier: MIT
"""Tests of exec: programs from the disk, static and dynamic, with glibc and musl, and how the first program comes to run."""
import os
import re
import shutil
import subprocess

import qemu
from console import tail

TESTS = []


def test(function):
    TESTS.append(function)
    return function


HELLO = r'''
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>
static __thread int mine = 5;
static void *thread(void *arg) { mine += *(int *)arg; return (void *)(long)mine; }
int main(int argc, char **argv)
{
	int add = 37; void *got; pthread_t t;
	if (pthread_create(&t, NULL, thread, &add) || pthread_join(t, &got)) return 1;
	printf("hello from %s: %d words, %ld, %.3f, HOME %s TERM %s, interpreter %d\n", argv[0], argc, (long)got, 10.0 / 4, getenv("HOME"),
	       getenv("TERM"), getauxval(AT_BASE) != 0);
	printf("places %p %p %p %p\n", (void *)&argc, (void *)main, sbrk(0), (void *)printf);
	fflush(stdout);
	if (argc > 1 && strcmp(argv[0], "/bin/last")) { execv(argv[1], argv + 1); perror(argv[1]); return 2; }
	return 0;
}
'''


def libraries(program):
    """What the program's interpreter will look for, by the host's own answer."""
    text = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    return re.findall(r"(/\S+) \(0x", text)


def musl_interpreter(program):
    text = subprocess.run(["readelf", "-lW", program], capture_output=True, text=True, check=True).stdout
    return re.search(r"interpreter: (\S+)\]", text)[1]


def exec_disk(t):
    """A disk with one program in all kinds under /bin, the libraries they need, and exectest."""
    root = t.path("root")
    os.makedirs(f"{root}/bin")
    source = t.path("hello.c")
    with open(source, "w", encoding="ascii") as file:
        file.write(HELLO)
    kinds = {"glibc": ["gcc", "-pie", "-fPIE"], "glibc-fixed": ["gcc", "-no-pie"], "musl": ["musl-gcc"],
             "static": ["musl-gcc", "-static"], "static-pie": ["gcc", "-static-pie", "-fPIE"]}
    for kind, command in kinds.items():
        subprocess.run([*command, "-O2", "-pthread", "-o", f"{root}/bin/{kind}", source], check=True)
    shutil.copy(f"{root}/bin/glibc", f"{root}/bin/last")
    wanted = {path: path for path in libraries(f"{root}/bin/glibc") + libraries(f"{root}/bin/glibc-fixed")}
    wanted[musl_interpreter(f"{root}/bin/musl")] = "/usr/lib/x86_64-linux-musl/libc.so"
    for place, path in wanted.items():
        os.makedirs(os.path.dirname(root + place), exist_ok=True)
        shutil.copy(os.path.realpath(path), root + place)
    shutil.copy(f"{t.build}/user/exectest", f"{root}/bin/exectest")
    for name, text in {"script": "#!/bin/last argument\n", "nothing": "#!/nowhere\n", "text": "no program\n"}.items():
        with open(f"{root}/bin/{name}", "w", encoding="ascii") as file:
            file.write(text)
        os.chmod(f"{root}/bin/{name}", 0o755)
    image = t.path("exec.img")
    subprocess.run([qemu.e2fs_tool("mke2fs"), "-q", "-F", "-t", "ext2", "-d", root, image, "64M"], check=True, capture_output=True)
    return image


def from_disk(t, disk, *args, ring=0, words=(), cpus=2, timeout=90):
    """args: the path to execute, then the program's words from its name on."""
    words = [f"ring={ring}", "root=/dev/vda", "rootfstype=ext2", f"prog={args[0]}", *words]
    return qemu.Machine(kernel=f"{t.build}/rowlock.elf", args=list(args[1:]), words=words, disks=[disk], cpus=cpus).run(timeout)


@test
def programs_execute_programs(t):
    """The same tests of exec as on Linux, in both rings."""
    for ring, cpus in ((0, 2), (3, 4)):
        disk = exec_disk(t) if not os.path.exists(t.path("exec.img")) else t.path("exec.img")
        result = from_disk(t, disk, "/bin/exectest", "/bin/exectest", "/x", ring=ring, cpus=cpus, timeout=120)
        if result.kind != "exit" or result.status or "exectest: all well" not in result.text or not qemu.fsck(disk)[0]:
            return False, f"ring {ring}: {result.words()}\n{tail(result.text)}"
    return True, ""


@test
def every_kind_of_dynamic_program(t):
    """Each kind of program, run first, executes the next; the last is a script."""
    disk = exec_disk(t)
    chain = [f"/bin/{kind}" for kind in ("glibc", "musl", "glibc-fixed", "static-pie", "musl", "static", "script")]
    for ring in (0, 3):
        result = from_disk(t, disk, chain[0], *chain, ring=ring)
        for number, path in enumerate(chain[:-1]):
            dynamic = path not in ("/bin/static", "/bin/static-pie")
            line = f"hello from {path}: {len(chain) - number} words, 42, 2.500, HOME /root TERM vt100, interpreter {int(dynamic)}"
            if line not in result.text:
                return False, f"ring {ring}: no '{line}'\n{tail(result.text)}"
        # the script's interpreter: its name, its argument, the script
        if "hello from /bin/last: 3 words" not in result.text or result.kind != "exit" or result.status or not qemu.fsck(disk)[0]:
            return False, f"ring {ring}: {result.words()}\n{tail(result.text)}"
    return True, ""


@test
def first_programs_that_cannot_run(t):
    disk = exec_disk(t)
    for path, status in (("/bin/missing", 127), ("/bin/nothing", 127), ("/bin/text", 126), ("/bin", 126)):
        result = from_disk(t, disk, path, path)
        if result.kind != "exit" or result.status != status or f"cannot run {path}" not in result.text:
            return False, f"{path}: {result.words()}\n{tail(result.text)}"
    # a boot module may be dynamic if its interpreter is on the disk
    for where, status in ((disk, 0), (t.empty_disk(), 127)):
        result = qemu.Machine(kernel=f"{t.build}/rowlock.elf", program=t.path("root/bin/glibc"), args=["hello"],
                              words=["root=/dev/vda", "rootfstype=ext2"], disks=[where]).run(60)
        if result.kind != "exit" or result.status != status:
            return False, f"dynamic boot module: {result.words()}\n{tail(result.text)}"
    return True, ""


@test
def places_follow_the_seed(t):
    """The same seed, the same addresses for the n-th program of a run; another seed, others; norandmaps, none random."""
    disk = exec_disk(t)
    places = []
    for words in (["seed=7"], ["seed=7"], ["seed=8"], ["norandmaps"]):
        result = from_disk(t, disk, "/bin/glibc", "/bin/glibc", "/bin/glibc", words=words)
        places.append(re.findall(r"^places .*$", result.text, re.M))
        if len(places[-1]) != 2:
            return False, tail(result.text)
    if places[0] != places[1]:
        return False, f"seed 7: {places[0]}, then {places[1]}"
    if places[0][0] == places[0][1] or set(places[0]) & set(places[2]):
        return False, f"the same places: {places}"
    # the stack pointer depends on the arguments too
    first, second = (re.sub(r"^places \S+", "", line) for line in places[3])
    return first == second, f"norandmaps: {places[3]}"
