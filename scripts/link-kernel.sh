#!/bin/bash
# SPDX-License-Identifier: MIT
# Link a kernel image whose function names are compiled in.
# usage: link-kernel.sh OUT LDSCRIPT "LD FLAGS" NM CC OBJECTS...
set -e
out=$1 script=$2 ld=$3 nm=$4 cc=$5
shift 5
here=$(dirname "$0")
python=${PYTHON:-/usr/bin/python3}
tmp=$out.tmp
sym() { $python "$here/kallsyms.py" > "$tmp.S" && $cc -c "$tmp.S" -o "$tmp.o"; }

# The names sit behind the text, so the second link moves no function.
sym < /dev/null
$ld -T "$script" -o "$tmp" "$@" "$tmp.o"
$nm -n "$tmp" | sym
$ld -T "$script" -o "$tmp" "$@" "$tmp.o"
mv "$tmp" "$out"
rm -f "$tmp.S" "$tmp.o"
