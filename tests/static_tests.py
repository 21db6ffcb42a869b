# SPDX-License-Identifier: MIT
"""Tests of what the build refuses: a page with a mistake, an operation called or declared past the page, an instance of the
wrong type. Each mistake must be refused at its own line, and what is legal must pass."""
import os
import re
import shlex
import shutil
import subprocess

TESTS = []
PYTHON = "/usr/bin/python3"


def test(function):
    TESTS.append(function)
    return function


def tree(pattern="*.[ch]"):
    found = subprocess.run(["find", "boot", "kernel", "mm", "drivers", "fs", "net", "tests/kernel", "-name", pattern], capture_output=True,
                           text=True, check=True)
    return sorted(found.stdout.split())


def direct(*files, checks=1):
    return subprocess.run([PYTHON, "scripts/locking/direct.py", f"-DCONFIG_CHECKS={checks}", "fs/locking.rst", *files],
                          capture_output=True, text=True)


# --- the page ------------------------------------------------------------------------------------------------------------

# What is changed on the page (a pattern and what stands in its place, as wide as before, for these are tables), and what the error
# must say. It must name the line of the change, unless the line is gone ("") or another is to blame.
PAGE_ERRORS = {
    "an operation without a row": (r"^create (?= +exclusive)", "crate  ", "the row 'crate' has no prototype"),
    "a prototype without a row": (r"^d_real +any.*\n", "", "d_real: a prototype without a row"),
    "two rows of one operation": (r"^d_real(?= +any)", "d_init", "a second row for 'd_init'"),
    "a prototype twice": (r"\(\*d_release\)", "(*d_init)", "d_init: declared twice"),
    "no prototype": (r"int \(\*d_init\)\(", "int d_init(", "not a prototype"),
    "a prototype without an end": (r"(\(\*d_real\).*);$", r"\1", "prototype without a semicolon"),
    "an argument without a name": (r"int \(\*readpage\)\(struct file \*file,", "int (*readpage)(struct file *,", "argument without a name"),
    "an unknown state": (r"exclusive on dir, old_dentry", "exclusivo on dir, old_dentry", "is not a clause"),
    "an unknown argument": (r"exclusive on dir, old_dentry", "exclusive on dur, old_dentry", "'dur' is not an argument of link"),
    "an unknown condition": (r"exclusive on dir if creating;", "exclusive on dir if changing;", "'changing' is not listed under Conditions"),
    "an argument that leads to no such lock": (r"^lookup( +)shared on dir  ", r"lookup\1shared on flags", "leads to no i_rwsem"),
    "an empty cell": (r"^put_super( +)exclusive", r"put_super\1         ", "the cell is empty"),
    "a state for may block": (r"^(put_super .*)yes", r"\1held", None),
    "an unknown caller": (r"^(quota_read .*) quota$", r"\1 quote", "'quote' is no"),
    "an unknown context": (r"rcu callback$", "rcu callbacks", "context"),
    "a rule twice": (r"^P17\. ", "P18. ", "rule P18 stands twice"),
    "a missing rule": (r"^P17\. A page", "A page", ""),
    "a rule without a check": (r"^P39 .*\n", "", "P39 has no check"),
    "a rule of no class": (r"^P39  context ", r"P39  contest ", "is no class of rules"),
    "a rule of no operation": (r"^(P39 .*)map_pages", r"\1map_pagos", "'map_pagos' is no operation of vm_operations_struct"),
    "a rule bound twice": (r"^P40 ", "P39 ", "P39 is bound twice"),
    "a rule held by nothing known": (r"^(P25 .*)entry", r"\1antre", "is none of: column"),
    "a rule's column that says nothing": (r"^(P39 .*)column may block; column page-table lock", r"\1column page lock on return", "no cell in a column"),
    "a number that is no rule": (r"^P39 ", "P99 ", ""),
}

# The same for what the page promises of the sources (bound.py).
BINDING_ERRORS = {
    "a rule's function that is nowhere": (r"^(P25 .*)entry", r"\1return", "rule_P25_freepage_return"),
    "a rule's test that is nowhere": (r"test rule_P32", "test rule_P77", "the test rule_P77, which does not exist"),
    "another function that is nowhere": (r"function page_check_written", "function page_check_writton", "page_check_writton(), which is nowhere"),
    "a caller who does not say so": (r"sys_ustat  ", "sys_statfs ", "is said to be sys_statfs()"),
}


def page_error(t, page, change, command):
    """Runs the command on the changed page. Returns words about what is wrong with its answer, or None."""
    pattern, new, words = change
    match = re.search(pattern, page, re.M)
    if not match:
        return f"the page no longer has {pattern}"
    broken = page[:match.start()] + match.expand(new) + page[match.end():]
    with open(t.path("broken.rst"), "w", encoding="utf-8") as file:
        file.write(broken)
    done = subprocess.run(command, capture_output=True, text=True)
    error = re.search(r"broken\.rst:(\d+): (?:error: )?(.*)", done.stderr)
    if done.returncode == 0 or not error:
        return f"status {done.returncode}, {done.stderr.strip()[-300:]}"
    line = page.count("\n", 0, match.start()) + 1
    if new and words and int(error[1]) != line:
        return f"line {error[1]} is blamed, not {line}: {error[2]}"
    if words and words not in error[2]:
        return f"the error does not say '{words}': {error[2]}"
    return None


@test
def page_errors_fail_the_build(t):
    with open("fs/locking.rst", encoding="utf-8") as file:
        page = file.read()
    compiler_of_the_page = [PYTHON, "scripts/locking/compile.py", t.path("broken.rst"), t.path("gen")]
    bindings = [PYTHON, "scripts/locking/bound.py", t.path("broken.rst"),
                *[path for path in tree("*.c") if path.split("/")[0] != "boot"]]
    wrong = [f"{what}: {found}" for errors, command in ((PAGE_ERRORS, compiler_of_the_page), (BINDING_ERRORS, bindings))
             for what, change in errors.items() if (found := page_error(t, page, change, command))]
    return not wrong, "\n".join(wrong) or f"{len(PAGE_ERRORS) + len(BINDING_ERRORS)} mistakes"


# --- operations called past their wrappers -------------------------------------------------------------------------------

# Code of a function that has these in hand; /*!*/ marks the line that must be refused.
ARGUMENTS = """struct inode *inode, struct dentry *dentry, struct inode **inodes, const struct inode_operations *ops,
	const struct inode_operations *const *list, struct holder *holder, struct buffer_head *bh, struct file_system_type *type,
	const struct xattr_handler *handler, struct page *page, struct vm_area_struct *vma, struct vm_fault *vmf, void *raw"""

PRELUDE = """#include "drivers/block/blkdev.h"
#include "fs/block_dev.h"
#include "fs/buffer_head.h"
#include "fs/dcache.h"
#include "fs/fs.h"
#include "fs/super.h"
#include "fs/xattr.h"
#include "gen/vm_operations_struct.h"
#include "mm/mm.h"
#ifndef HOLDER
#define HOLDER
typedef const struct inode_operations inode_table;
typedef int create_fn(struct inode *dir, struct dentry *dentry, umode_t mode, bool excl);
struct holder {
	struct inode_operations embedded;
	struct inode_operations several[2];
	union {
		inode_table *aliased;
		unsigned long number;
	};
	int (*create)(int x);
	struct { int lookup; } other;
};
static int a_create(struct inode *dir, struct dentry *dentry, umode_t mode, bool excl)
{
	return 0;
}
static void take(create_fn *fn) { (void)fn; }
static const struct inode_operations *find_table(struct inode *inode) { return inode->i_op; }
#endif
"""

REFUSED_CALLS = {
    "by arrow": "inode->i_op->create(inode, dentry, 0, true); /*!*/",
    "of a parameter": "ops->create(inode, dentry, 0, true); /*!*/",
    "dereferenced": "(*ops->create)(inode, dentry, 0, true); /*!*/",
    "dereferenced twice": "(**(ops->create))(inode, dentry, 0, true); /*!*/",
    "in parentheses": "((ops)->create)(inode, dentry, 0, true); /*!*/",
    "over several lines": "ops\n\t\t->create /*!*/\n\t\t(inode, dentry, 0, true);",
    "of a local": "const struct inode_operations *any = ops;\n\n\tany->create(inode, dentry, 0, true); /*!*/",
    "of an inner local": "struct holder *any = holder;\n\n\t(void)any;\n\tif (raw) {\n\t\tinode_table *any = ops;\n\n\t\t"
                         "any->create(inode, dentry, 0, true); /*!*/\n\t}",
    "of a local in a for": "for (inode_table *at = ops; at; at++)\n\t\tat->create(inode, dentry, 0, true); /*!*/",
    "of a local by typeof": "typeof(inode->i_op) any = ops;\n\n\tany->create(inode, dentry, 0, true); /*!*/",
    "of an automatic type": "__auto_type any = inode->i_op;\n\n\tany->create(inode, dentry, 0, true); /*!*/",
    "of a typedef": "inode_table *any = ops;\n\n\tany->create(inode, dentry, 0, true); /*!*/",
    "of a static": "static struct inode_operations mine;\n\n\tmine.create(inode, dentry, 0, true); /*!*/",
    "of an embedded table": "holder->embedded.create(inode, dentry, 0, true); /*!*/",
    "of an array of tables": "holder->several[1].create(inode, dentry, 0, true); /*!*/",
    "by way of a union": "holder->aliased->create(inode, dentry, 0, true); /*!*/",
    "by an address": "(&holder->embedded)->create(inode, dentry, 0, true); /*!*/",
    "by a pointer to a pointer": "(*list)->create(inode, dentry, 0, true); /*!*/",
    "by an index": "inodes[3]->i_op->create(inode, dentry, 0, true); /*!*/",
    "by arithmetic": "(ops + 1)->create(inode, dentry, 0, true); /*!*/",
    "by a cast": "((struct inode_operations *)raw)->create(inode, dentry, 0, true); /*!*/",
    "of a function's result": "find_table(inode)->create(inode, dentry, 0, true); /*!*/",
    "of a choice": "(raw ? inode->i_op : ops)->create(inode, dentry, 0, true); /*!*/",
    "after an assignment": "(ops = inode->i_op)->create(inode, dentry, 0, true); /*!*/",
    "of a block's value": "({ inode_table *x = ops; x; })->create(inode, dentry, 0, true); /*!*/",
    "by READ_ONCE": "READ_ONCE(inode->i_op)->create(inode, dentry, 0, true); /*!*/",
    "by container_of": "container_of(raw, struct holder, embedded)->embedded.create(inode, dentry, 0, true); /*!*/",
    "in a condition": "if (ops->create && ops->create(inode, dentry, 0, true)) /*!*/\n\t\treturn;",
    "in an initialiser": "int err = ops->create(inode, dentry, 0, true); /*!*/\n\n\t(void)err;",
    "in an argument": "take((create_fn *)(long)ops->create(inode, dentry, 0, true)); /*!*/",
    "of a superblock": "inode->i_sb->s_op->put_super(inode->i_sb); /*!*/",
    "of a mapping": "page->mapping->a_ops->readpage(NULL, page); /*!*/",
    "of an area": "vma->vm_ops->fault(vma, vmf); /*!*/",
    "of a dentry": "dentry->d_op->d_delete(dentry); /*!*/",
    "of a file": "inode->i_fop->open(inode, NULL); /*!*/",
    "of a buffer": "bh->b_end_io(bh, 1); /*!*/",
    "of a file system": "inode->i_sb->s_type->kill_sb(inode->i_sb); /*!*/",
    "of a file system's pointer": "(*type->kill_sb)(inode->i_sb); /*!*/",
    "of a handler": "handler->list(dentry); /*!*/",
    "loaded into a local": "create_fn *fn = ops->create; /*!*/\n\n\tfn(inode, dentry, 0, true);",
    "assigned to a local": "create_fn *fn;\n\n\tfn = ops->create; /*!*/\n\tfn(inode, dentry, 0, true);",
    "passed on": "take(ops->create); /*!*/",
    "passed on in parentheses": "take((ops->create)); /*!*/",
    "passed on by a choice": "take(raw ? ops->create : NULL); /*!*/",
    "passed on by a choice's end": "take(raw ? NULL : ops->create); /*!*/",
    "passed on by ?:": "take(ops->create ?: a_create); /*!*/",
    "loaded by a comma": "create_fn *fn = (raw = NULL, ops->create); /*!*/\n\n\ttake(fn);",
    "cast": "raw = (void *)ops->create; /*!*/",
    "by its address": "create_fn *const *fn = &ops->create; /*!*/\n\n\t(*fn)(inode, dentry, 0, true);",
    "by READ_ONCE of it": "take(READ_ONCE(ops->create)); /*!*/",
    "into an array": "create_fn *fns[] = { ops->create }; /*!*/\n\n\ttake(fns[0]);",
    "into a structure": "struct { create_fn *fn; } s = { .fn = ops->create }; /*!*/\n\n\ttake(s.fn);",
    "from table to table": "struct inode_operations mine = { .create = ops->create }; /*!*/\n\n\tinode->i_op = &mine;",
    "stored through a cast": "holder->embedded.create = (void *)take; /*!*/",
    "initialised through a cast": "static const struct inode_operations mine = {\n\t\t.create = (void *)take, /*!*/\n\t};\n\n"
                                  "\tinode->i_op = &mine;",
    "initialised deep through a cast": "static struct holder mine = {\n\t\t.several = { [1] = { .create = (void *)take } }, /*!*/\n"
                                       "\t};\n\n\tinode->i_op = &mine.embedded;",
    "literal through a cast": "holder->embedded = (struct inode_operations){ .create = (void *)take }; /*!*/",
    "in a macro": "#define CALL_CREATE(i, d) (i)->i_op->create(i, d, 0, true)\n\tCALL_CREATE(inode, dentry); /*!*/",
    "in a macro of any table": "#define CALL_IT(o, i, d) (o)->create(i, d, 0, true)\n\tCALL_IT(inode->i_op, inode, dentry); /*!*/",
    "in a macro that names the operation": "#define CALL_OP(i, op, ...) (i)->i_op->op(__VA_ARGS__)\n"
                                           "\tCALL_OP(inode, create, inode, dentry, 0, true); /*!*/",
    "in a macro that pastes the operation": "#define CALL_PASTED(o, op, ...) (o)->cre##op(__VA_ARGS__)\n"
                                            "\tCALL_PASTED(ops, ate, inode, dentry, 0, true); /*!*/",
    "in a macro in a macro": "#define INNER(o) o->create\n#define OUTER(o) INNER(o)(inode, dentry, 0, true)\n"
                             "\tOUTER(ops); /*!*/",
    "by a name for the member": "#define THE_OP create\n\tops->THE_OP(inode, dentry, 0, true); /*!*/",
}

# A whole file each.
REFUSED_FILES = {
    "inline.h": "static inline int f(const struct inode_operations *o, struct inode *i, struct dentry *d)\n{\n"
                "\treturn o->create(i, d, 0, true); /*!*/\n}\n",
    "result.h": "static inline create_fn *f(struct inode *i)\n{\n\treturn i->i_op->create; /*!*/\n}\n",
    "made.c": "#define MAKE(name) static int name(struct inode *i, struct dentry *d) { return i->i_op->create(i, d, 0, true); }\n"
              "MAKE(f) /*!*/\nint g(struct inode *i, struct dentry *d);\nint g(struct inode *i, struct dentry *d) { return f(i, d); }\n",
    "global.c": "static const struct inode_operations *table;\n\nvoid f(struct inode *i, struct dentry *d);\n"
                "void f(struct inode *i, struct dentry *d)\n{\n\ttable->create(i, d, 0, true); /*!*/\n}\n",
    "array.c": "static const struct inode_operations *tables[4];\n\nvoid f(struct inode *i, struct dentry *d);\n"
               "void f(struct inode *i, struct dentry *d)\n{\n\ttables[2]->create(i, d, 0, true); /*!*/\n}\n",
    "cast.c": "extern const struct inode_operations t;\nconst struct inode_operations t = {\n\t.create = (create_fn *)find_table, /*!*/\n};\n",
}

LEGAL = {
    "the wrapper": "iop_create(ops, inode, dentry, 0, true);\n\tbh_end_io(bh, 1);",
    "a test": "if (ops->create)\n\t\treturn;",
    "a test of none": "if (!ops->create || !inode->i_op->lookup)\n\t\treturn;",
    "comparisons": "if (ops->create == NULL || NULL != ops->lookup || ops->create == a_create || !(ops->create != a_create))\n\t\treturn;",
    "a test in a loop": "while (ops->create)\n\t\tops++;\n\tfor (; ops->create; ops++)\n\t\t;\n\tdo {\n\t\tops++;\n\t} while (ops->create);",
    "likely": "if (likely(ops->create) && unlikely(!ops->lookup))\n\t\treturn;",
    "a bug if there is none": "BUG_ON(!bh->b_end_io);\n\tWARN_ON(ops->create);",
    "a choice by it": "raw = ops->create ? inode : NULL;",
    "into a bool": "bool can = ops->create, must;\n\n\tmust = ops->lookup;\n\tif (can && must)\n\t\treturn;",
    "a store": "holder->embedded.create = a_create;\n\tbh->b_end_io = NULL;\n\tholder->several[0].lookup = NULL;",
    "a table copied": "holder->embedded = *ops;\n\tholder->several[0] = holder->embedded;",
    "a table's address": "inode->i_op = &holder->embedded;",
    "an initialiser": "static const struct inode_operations mine = { .create = a_create, .lookup = NULL };\n\n\tinode->i_op = &mine;",
    "a literal": "holder->embedded = (struct inode_operations){ .create = a_create };",
    "a member of the same name": "holder->create(3);\n\tholder->other.lookup = 1;\n\ttake((create_fn *)holder->create);",
    "a local of the same name": "int create = 1;\n\n\ttake(create ? a_create : NULL);",
    "sizeof": "raw = (void *)(sizeof(ops->create) + sizeof(typeof(ops->create)));",
    "in a macro": "#define HAS_CREATE(i) ((i)->i_op->create != NULL)\n\tif (HAS_CREATE(inode))\n\t\treturn;",
}

LEGAL_FILES = {
    "tests.h": "static inline bool f(const struct inode_operations *o)\n{\n\treturn o->create;\n}\n",
}


def write_snippets(t, bodies, files):
    """Writes each snippet as a file of its own. Returns {path: (what, text)}."""
    written = {}
    for number, (what, body) in enumerate(bodies.items()):
        text = f"/* {what} */\n{PRELUDE}void snippet_{number}({ARGUMENTS});\nvoid snippet_{number}({ARGUMENTS})\n{{\n\t{body}\n}}\n"
        written[t.path(f"snippet_{number}.c")] = (what, text)
    for name, text in files.items():
        written[t.path(name)] = (name, PRELUDE + text)
    for path, (_, text) in written.items():
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    return written


def compiler(t, words=()):
    """The compiler's command line with the build's own flags."""
    build = t.path("flags" + "".join(words).replace("=", ""))
    subprocess.run(["make", "-s", *words, f"BUILD={build}", f"{build}/.flags"], check=True, capture_output=True)
    with open(f"{build}/.flags", encoding="utf-8") as file:
        return shlex.split(file.read()) + [f"-I{t.build}", "-fsyntax-only"]


def compile_all(t, written):
    """Each snippet is C that the compiler takes, so that only the refusal stops it. Headers and sources of one run each by itself."""
    command = compiler(t) + ["-Wno-error", "-w"]
    for group in (list(written)[i:i + 8] for i in range(0, len(written), 8)):
        done = subprocess.run(command + group, capture_output=True, text=True)
        if done.returncode:
            return done.stderr[-600:]
    return ""


@test
def operations_called_directly_are_refused(t):
    written = write_snippets(t, REFUSED_CALLS, REFUSED_FILES)
    bad = compile_all(t, written)
    if bad:
        return False, f"not C: {bad}"
    done = direct(*tree("*.h"), *written)
    if done.returncode == 0:
        return False, "nothing was refused"
    got = {tuple(found) for found in re.findall(r"^(\S+):(\d+): error: \w+\.\w+ .*use its wrapper \w+\(\)", done.stderr, re.M)}
    others = [line for line in done.stderr.splitlines() if not re.match(r"\S+:\d+: error: \w+\.\w+ .*use its wrapper \w+\(\)", line)]
    wrong = others[:3]
    for path, (what, text) in written.items():
        want = {(path, str(number)) for number, line in enumerate(text.split("\n"), 1) if "/*!*/" in line}
        found = {(p, line) for p, line in got if p == path}
        if want != found:
            wrong.append(f"'{what}' refused in lines {sorted(line for _, line in found)}, not {sorted(line for _, line in want)}")
    return not wrong, "\n".join(wrong) or f"{len(written)} ways"


@test
def legal_uses_of_operations_pass(t):
    written = write_snippets(t, LEGAL, LEGAL_FILES)
    bad = compile_all(t, written)
    if bad:
        return False, f"not C: {bad}"
    done = direct(*tree("*.h"), *written)
    return done.returncode == 0 and not done.stderr, done.stderr or f"{len(written)} uses"


@test
def what_cannot_be_understood_is_refused(t):
    """Where the type before an operation's name is unknown, the build fails: silence would mean that it was checked."""
    path = t.path("unknown.c")
    with open(path, "w", encoding="utf-8") as file:
        file.write("int f(void)\n{\n\treturn from_nowhere()->create(1);\n}\n")
    done = direct(*tree("*.h"), path)
    return done.returncode == 1 and f"{path}:3: error: the type of 'from_nowhere()'" in done.stderr, done.stderr[-300:]


@test
def no_direct_calls(t):
    for checks in (1, 0):
        done = direct(*tree(), checks=checks)
        if done.returncode or done.stderr:
            return False, f"CHECKS={checks}: {done.stderr}"
    return True, ""


# --- operations declared past the page -----------------------------------------------------------------------------------

def embedded(tag, macro, more):
    return f"struct {tag} {{\n\tint flags;\n\t{macro}\n{more}}};\n"


# A file's text and what the refusal must say; /*!*/ marks its line.
REFUSED_DECLARATIONS = {
    "a table by hand": ("struct inode_operations { /*!*/\n\tint (*create)(int x);\n};\n", "declared by fs/locking.rst"),
    "a table by hand in a function": ("void f(void)\n{\n\tstruct file_operations { int (*open)(void); } x; /*!*/\n\n\t(void)x;\n}\n",
                                      "declared by fs/locking.rst"),
    "a buffer head without the macro": (embedded("buffer_head", "void (*b_end_io)(struct buffer_head *bh, int uptodate);", "")
                                        .replace("head {", "head { /*!*/"), "does not take its operations from BUFFER_HEAD_OPS"),
    "one more operation": (embedded("buffer_head", "BUFFER_HEAD_OPS;", "\tvoid (*b_more)(struct buffer_head *bh); /*!*/\n"),
                           "b_more has no row"),
    "one more by a typedef": ("typedef void more_fn(int x);\n" + embedded("xattr_handler", "XATTR_HANDLER_OPS;",
                                                                         "\tmore_fn *more; /*!*/\n"), "more has no row"),
    "an array of them": (embedded("file_system_type", "FILE_SYSTEM_TYPE_OPS;", "\tvoid (*more[3])(int x); /*!*/\n"),
                         "more has no row"),
    "one in a union": (embedded("file_system_type", "FILE_SYSTEM_TYPE_OPS;",
                                "\tunion {\n\t\tvoid (*more)(int x); /*!*/\n\t\tint number;\n\t};\n"), "more has no row"),
    "one in a structure": (embedded("file_system_type", "FILE_SYSTEM_TYPE_OPS;",
                                    "\tstruct {\n\t\tvoid (*more)(int x); /*!*/\n\t} ops;\n"), "more has no row"),
    "one by a macro of one's own": ("#define MORE void (*more)(int x);\n" +
                                    embedded("file_system_type", "FILE_SYSTEM_TYPE_OPS;", "\tMORE /*!*/\n"), "more has no row"),
    "the macro defined anew": ("#define XATTR_HANDLER_OPS int (*list)(int x) /*!*/\n" +
                               embedded("xattr_handler", "XATTR_HANDLER_OPS;", ""), "defined by fs/locking.rst"),
}

LEGAL_DECLARATIONS = {
    "data beside the operations": embedded("buffer_head", "BUFFER_HEAD_OPS;", "\tvoid *b_more;\n\tstruct page *b_page;\n"),
    "another structure": "struct my_operations {\n\tint (*create)(int x);\n};\nstruct inode_operations;\n",
}


@test
def operations_declared_by_hand_are_refused(t):
    """Each text stands once in a source and once in a header."""
    wrong, expected = [], set()
    files = [(what, text, words, ending) for what, (text, words) in REFUSED_DECLARATIONS.items() for ending in (".c", ".h")]
    for number, (what, text, words, ending) in enumerate(files):
        path = t.path(f"declared_{number}{ending}")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        line = next(i for i, at in enumerate(text.split("\n"), 1) if "/*!*/" in at)
        expected.add((path, line, what + " in a " + ending, words))
    for number, text in enumerate(LEGAL_DECLARATIONS.values()):
        for ending in (".c", ".h"):
            with open(t.path(f"legal_{number}{ending}"), "w", encoding="utf-8") as file:
                file.write(text)
    done = direct(*tree("*.h"), *sorted(t.path(name) for name in os.listdir(t.directory) if name.endswith((".c", ".h"))))
    errors = [re.match(r"(\S+?):(\d+): error: (.*)", line).groups() for line in done.stderr.splitlines()]
    for path, line, what, words in expected:
        if not any(p == path and int(at) == line and words in text for p, at, text in errors):
            wrong.append(f"{what} is not refused at its line: {[e for e in errors if e[0] == path]}")
    for path, line, text in errors:
        if (path, int(line)) not in {(p, at) for p, at, _, _ in expected} and "the function pointer b_end_io has no row" not in text:
            wrong.append(f"refused as well: {path}:{line}: {text}")
    return not wrong and done.returncode == 1, "\n".join(wrong) or f"{len(files)} declarations"


# An instance whose type is not the page's; the compiler must name /*!*/'s line.
WRONG_INSTANCES = {
    "an argument too few": "static int f(struct inode *dir, struct dentry *dentry, umode_t mode)\n{\n\treturn 0;\n}\n"
                           "extern const struct inode_operations t;\nconst struct inode_operations t = {\n\t.create = f, /*!*/\n};\n",
    "another argument": "static int f(struct inode *dir, struct inode *dentry, umode_t mode, bool excl)\n{\n\treturn 0;\n}\n"
                        "extern const struct inode_operations t;\nconst struct inode_operations t = {\n\t.create = f, /*!*/\n};\n",
    "another result": "static void f(struct file *file, struct page *page)\n{\n}\nextern const struct address_space_operations t;\n"
                      "const struct address_space_operations t = {\n\t.readpage = f, /*!*/\n};\n",
    "an operation that is none": "static int f(void)\n{\n\treturn 0;\n}\nextern const struct super_operations t;\n"
                                 "const struct super_operations t = {\n\t.put_supper = f, /*!*/\n};\n",
    "an embedded one": "static void f(struct buffer_head *bh, long uptodate)\n{\n}\nvoid g(struct buffer_head *bh);\n"
                       "void g(struct buffer_head *bh)\n{\n\tbh->b_end_io = f; /*!*/\n}\n",
    "another operation's": "static int f(struct inode *dir, struct dentry *dentry)\n{\n\treturn 0;\n}\n"
                           "extern const struct inode_operations t;\nconst struct inode_operations t = {\n\t.mkdir = f, /*!*/\n};\n",
}


@test
def instances_of_another_type_do_not_compile(t):
    """With gcc and clang, as an error by its own name, not merely because all warnings are errors."""
    wrong = []
    for words in ((), ("LLVM=1",)):
        command = compiler(t, words) + ["-Wno-error"]
        for what, text in WRONG_INSTANCES.items():
            path = t.path("instance.c")
            with open(path, "w", encoding="utf-8") as file:
                file.write(PRELUDE.split("#ifndef", 1)[0] + text)
            line = next(i for i, at in enumerate(open(path, encoding="utf-8"), 1) if "/*!*/" in at)
            done = subprocess.run(command + [path], capture_output=True, text=True)
            if done.returncode == 0 or not re.search(rf"instance\.c:{line}:\d+: error: .*(incompatible|no member|does not refer)",
                                                     done.stderr):
                wrong.append(f"{command[0]}: {what}: status {done.returncode}, {done.stderr[-400:]}")
            fine = subprocess.run(command + ["fs/statfs.c"], capture_output=True, text=True)
            if fine.returncode:
                wrong.append(f"{command[0]} does not take the tree's own code: {fine.stderr[-200:]}")
                break
    return not wrong, "\n".join(wrong) or f"{len(WRONG_INSTANCES)} instances, two compilers"


@test
def the_build_itself_refuses(t):
    """make, in a copy of the tree with one bad line: in a source, in a header."""
    copy = t.path("copy")
    for top in ("boot", "kernel", "mm", "drivers", "fs", "net", "scripts", "tests/kernel", "user"):
        shutil.copytree(top, os.path.join(copy, top), ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy("Makefile", copy)
    will = subprocess.run(["make", "-n", "build/rowlock.elf"], cwd=copy, capture_output=True, text=True).stdout
    if "scripts/locking/direct.py" not in will:
        return False, "making the kernel does not run the check"
    for path, before, after in (("fs/namei-create.c", "iop_create(dir->i_op, dir,", "dir->i_op->create(dir,"),
                                ("fs/buffer_head.h", "\tBUFFER_HEAD_OPS;", "\tBUFFER_HEAD_OPS; void (*b_start_io)(int x);")):
        with open(os.path.join(copy, path), encoding="utf-8") as file:
            text = file.read()
        if before not in text:
            return False, f"{path} no longer has the text to break"
        line = text[:text.index(before)].count("\n") + 1
        with open(os.path.join(copy, path), "w", encoding="utf-8") as file:
            file.write(text.replace(before, after, 1))
        done = subprocess.run(["make", "build/.direct"], cwd=copy, capture_output=True, text=True)
        if done.returncode == 0 or f"{path}:{line}: error: " not in done.stderr:
            return False, f"{path}: status {done.returncode}: {done.stderr[-300:]}"
        with open(os.path.join(copy, path), "w", encoding="utf-8") as file:
            file.write(text)
    done = subprocess.run(["make", "build/.direct"], cwd=copy, capture_output=True, text=True)
    return done.returncode == 0, done.stderr[-300:]
