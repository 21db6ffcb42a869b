# SPDX-License-Identifier: MIT
"""The test of `make locking`: what a run tells is harvested, and the report says of each rule what follows from it, no more.

The letters are tested with runs made up here, because only of those is it known what must come out. That real runs tell
the truth is tested with two of them.
"""
import html.parser
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "scripts"))
sys.path.insert(0, os.path.join(HERE, "..", "scripts", "locking", "report"))
import harvest
import implemented
import qemu

VOID = ("meta", "br")


class Failed(Exception):
    pass


def expect(ok, words):
    if not ok:
        raise Failed(words)


# --- made-up runs --------------------------------------------------------------------------------------------------------

def row(calls=0, reached=0, seeded=0, caught=0):
    return {"calls": calls, "checks": calls, "violations": caught, "longest_ns": 1500, "reached": reached, "seeded": seeded,
            "caught": caught}


def lock_class(number, name, waited=0):
    return {"id": number, "name": name, "subclass": 0, "acquisitions": 100, "contended": waited // 1000, "wait_total": waited,
            "wait_max": waited, "hold_total": 5000, "hold_max": 900}


MISSED, CAUGHT, REACHED, BOOTED = ("inode_operations.unlink", "inode_operations.create", "file_operations.read_iter",
                                   "file_system_type.mount")


def made_up(operations):
    """Runs of each kind: every row is violated and caught, but one is missed once; of two called rows a program reaches one."""
    seeded = {name: row(calls=3, seeded=2, caught=2) for name in operations}
    again = {MISSED: row(calls=1, seeded=2, caught=1), CAUGHT: row(calls=1, seeded=1, caught=1)}
    program = {REACHED: row(calls=50, reached=40), BOOTED: row(calls=4), "gone_operations.gone": row(calls=9, reached=9)}
    classes = [lock_class(7, "&type->i_mutex_dir_key"), lock_class(3, "&(&wb->wake)->lock", 90000), lock_class(9, "page_lock")]
    edges = [[7, 3, "observed"], [3, 9, "both"], [7, 9, "observed"]]
    host = {"prose.P35": row(seeded=1, caught=1)}
    runs = [("test", seeded, [lock_class(1, "only_in_tests", 10**9)], []), ("test", again, [], []),
            ("program", program, classes, edges), ("host", host, [], [])]
    return [{"time": 1700000000 + n, "kernel": kernel, "words": [], "cpus": 2, "rows": rows, "classes": c, "edges": e}
            for n, (kernel, rows, c, e) in enumerate(runs)]


def report(what, build):
    done = subprocess.run(["/usr/bin/python3", "scripts/locking/report/report.py", what, "--build", build], capture_output=True,
                          text=True)
    expect(done.returncode == 0, f"report.py {what}: {done.stderr.strip()[-300:]}")
    return done.stdout


def read_tsv(build):
    with open(f"{build}/locking.tsv", encoding="utf-8") as file:
        head, *lines = [line.rstrip("\n").split("\t") for line in file]
    expect(head == ["table", "operation", "implemented", "reached", "checked", "violated", "calls"], f"columns {head}")
    expect(len(lines) == 176 and sum(line[0] == "prose" for line in lines) == 42, f"{len(lines)} rows")
    expect(all(letter in "01" for line in lines for letter in line[2:6]), "a letter that is neither 0 nor 1")
    return {f"{line[0]}.{line[1]}": line[2:] for line in lines}


def check_letters(build, entries):
    report("page", build)
    got = read_tsv(build)
    by_name = {f"{e['table']}.{e['operation']}": e for e in entries}
    operations = [name for name, e in by_name.items() if e["table"] != "prose"]
    for name in operations:
        wanted = ["1" if name == REACHED else "0", str(int(by_name[name].get("checks", 0) > 0)), str(int(name != MISSED))]
        expect(got[name][1:4] == wanted, f"{name}: reached, checked, violated are {got[name][1:4]}, not {wanted}")
    expect(got[REACHED][4] == "53" and got[BOOTED][4] == "7", f"calls {got[REACHED][4]} and {got[BOOTED][4]}")
    expect(got[CAUGHT][0] == "1", "create is not found to be implemented")
    expect(got["prose.P35"][3] == "1", "what a test on the host has proved is not there")
    for name, entry in by_name.items():
        if entry["table"] == "prose":
            check_prose(name, entry, got)
    counted = report("count", build).splitlines()
    for line, column in zip(counted, range(4)):
        expect(line.split()[1] == f"{sum(v[column] == '1' for v in got.values())}/176", f"counted {line}")
    doubles = sum(v[3] == "1" and v[0] == "0" for v in got.values())
    expect(counted[4] == f"violated on a test double {doubles}/176", f"counted {counted[4]}")


def check_prose(name, entry, got):
    about = [got[op] for op in entry.get("operations", ())]
    for column, letter in ((0, "implemented"), (1, "reached")):
        wanted = str(int(any(op[column] == "1" for op in about)))
        expect(got[name][column] == wanted, f"{name}: {letter} is {got[name][column]}")
    by_rows = entry.get("class") in ("lock", "context") and about
    checked = bool(entry.get("check")) and (not by_rows or all(op[2] == "1" for op in about))
    expect(got[name][2] == str(int(checked)), f"{name}: checked is {got[name][2]}")
    violated = name == "prose.P35" or bool(by_rows) and all(op[3] == "1" for op in about)
    expect(got[name][3] == str(int(violated)), f"{name}: violated is {got[name][3]}")


class Page(html.parser.HTMLParser):
    """Checks that elements close in order, and gathers the anchors, the links to them, and the text."""

    def __init__(self, text):
        super().__init__()
        self.open, self.anchors, self.links, self.words = [], set(), set(), []
        self.feed(text)
        expect(not self.open, f"elements left open: {self.open}")

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
        if "id" in attrs:
            self.anchors.add(attrs["id"])
        if tag == "a" and attrs.get("href"):
            self.links.add(attrs["href"])
        expect(tag not in ("script", "link", "img", "iframe") and "src" not in attrs, f"<{tag}> in a page of one file")

    def handle_endtag(self, tag):
        expect(self.open and self.open.pop() == tag, f"</{tag}> closes something else")

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_data(self, data):
        self.words.append(data)


def check_page(build, entries):
    with open(f"{build}/locking.html", encoding="utf-8") as file:
        text = file.read()
    page = Page(text)
    names = {f"{e['table']}.{e['operation']}" for e in entries}
    expect(names <= page.anchors, f"not on the page: {sorted(names - page.anchors)[:5]}")
    expect(page.links <= {"#" + anchor for anchor in page.anchors}, f"links to nowhere: {sorted(page.links)[:5]}")
    words = " ".join(page.words)
    expect("<svg" in text and "wb->wake.lock" in words, "the lock order is not drawn")
    expect("only_in_tests" not in words, "a lock of the tests is among the kernel's")
    expect(MISSED in words and "was not noticed" in words, "the missed violation is not told")


def check_without_runs(build):
    os.unlink(f"{build}/locking-run.jsonl")
    report("page", build)
    got = read_tsv(build)
    expect(got[CAUGHT][:2] == ["1", "0"] and all(v[1] == "0" and v[3] == "0" for v in got.values()), "letters without a run")
    with open(f"{build}/locking.html", encoding="utf-8") as file:
        expect("make test</code> first" in file.read(), "the page does not say that there was no run")


# --- what counts as implemented ------------------------------------------------------------------------------------------

SOURCE = '''
/* static const struct inode_operations no = { .mkdir = in_a_comment }; */
static int refuses(struct inode *dir) { return -EPERM; }
static int works(struct inode *dir)
{
	return dir->i_size;
}
void end_it(struct buffer_head *bh, int uptodate)
{
	bh->b_size = 0;
}
const struct inode_operations some = {
	.create = works, .unlink = refuses,
	.link = NULL,
	.rename	= works
};
static void submit(struct buffer_head *bh) { bh->b_end_io = end_it; }
static void keep(struct buffer_head *bh, bh_end_io_t *handler) { bh->b_end_io = handler; }
'''


def check_scan(directory):
    os.makedirs(f"{directory}/fs")
    with open(f"{directory}/fs/some.c", "w", encoding="ascii") as file:
        file.write(SOURCE)
    tables = {"inode_operations": {"create", "unlink", "link", "rename", "mkdir"}, "buffer_head": {"b_end_io"}}
    found = implemented.scan(tables, directory)
    wanted = {("inode_operations", "create"): [("fs/some.c", 13, "works")],
              ("inode_operations", "rename"): [("fs/some.c", 15, "works")],
              ("buffer_head", "b_end_io"): [("fs/some.c", 17, "end_it")]}
    expect(found == wanted, f"found {found}")


# --- real runs -----------------------------------------------------------------------------------------------------------

def check_split():
    record = "[ 1.5] @row inode_operations create 5 5 0 10 4 0 0\r\n"
    text = f"hello\r\n[ 1.4] @locking nonce=ab\r\n{record}[ 1.6] a message\r\n[ 1.7] @end {{}}\r\nbye\r\n"
    left, records = harvest.split(text.format(1), "ab")
    expect(left == "hello\r\n[ 1.6] a message\r\nbye\r\n", f"{left!r}")
    expect(records["rows"]["inode_operations.create"]["reached"] == 4, f"{records}")
    expect(harvest.split(text.format(2), "ab")[1] is None, "half a dump is believed")
    expect(harvest.split(text.format(1), "cd") == (text.format(1), None), "a dump with another nonce is believed")


def check_run(t, path, machine, kernel):
    """Boot it and return the rows it told."""
    before = os.environ.get(harvest.VARIABLE)
    harvest.start(path)
    try:
        machine.words = harvest.words_for(machine.words)
        result = machine.run(60)
    finally:
        del os.environ[harvest.VARIABLE]
        if before:
            os.environ[harvest.VARIABLE] = before
    expect(result.kind == "exit" and not result.status, result.words())
    expect("@row" not in result.text, "records are left in the console's text")
    with open(path, encoding="utf-8") as file:
        runs = [json.loads(line) for line in file]
    expect(len(runs) == 1 and runs[0]["kernel"] == kernel, f"{len(runs)} records were kept")
    return runs[0]


def check_real_runs(t):
    words = ["root=/dev/vda", "rootfstype=ext2"]
    run = check_run(t, t.path("program.jsonl"), qemu.Machine(kernel=f"{t.build}/rowlock.elf", program=f"{t.build}/user/filecalls",
                    args=["filecalls"], words=[*words, "locking=all"], disks=[t.empty_disk()]), "program")
    rows = run["rows"]
    expect(rows[CAUGHT]["reached"] > 10 and rows[CAUGHT]["seeded"] == 0, f"{CAUGHT}: {rows[CAUGHT]}")
    expect(rows[BOOTED]["calls"] > 0 and rows[BOOTED]["reached"] == 0, f"{BOOTED}: {rows[BOOTED]}")
    numbers = {c["id"] for c in run["classes"]}
    expect(len(numbers) > 50 and all(a in numbers and b in numbers for a, b, _ in run["edges"]), f"{len(numbers)} classes")
    expect({how for _, _, how in run["edges"]} >= {"both", "observed"}, "no documented order was observed")
    run = check_run(t, t.path("test.jsonl"), qemu.Machine(kernel=f"{t.build}/rowlock-test.elf", disks=[t.empty_disk()],
                    words=[*words, "test=contract_inode_operations"]), "test")
    made = run["rows"][CAUGHT]
    expect(made["seeded"] > 0 and made["caught"] == made["seeded"] and made["reached"] == 0, f"{CAUGHT}: {made}")


def locking_report(t):
    """make locking: runs are harvested, and the letters of all 176 rules follow from them."""
    build = t.path("build")
    os.makedirs(f"{build}/gen")
    with open(f"{t.build}/gen/locking_rows.json", encoding="utf-8") as file:
        entries = json.load(file)
    with open(f"{build}/gen/locking_rows.json", "w", encoding="utf-8") as file:
        json.dump(entries, file)
    operations = [f"{e['table']}.{e['operation']}" for e in entries if e["table"] != "prose"]
    with open(f"{build}/locking-run.jsonl", "w", encoding="utf-8") as file:
        file.writelines(json.dumps(run) + "\n" for run in made_up(operations))
    try:
        check_letters(build, entries)
        check_page(build, entries)
        check_without_runs(build)
        check_scan(t.path("tree"))
        check_split()
        check_real_runs(t)
    except Failed as failure:
        return False, str(failure)
    return True, f"{len(entries)} rules"
