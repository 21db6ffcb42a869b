#!/bin/sh
# SPDX-License-Identifier: MIT
# mkiso.sh KERNEL PROGRAM CMDLINE OUT: a bootable GRUB image (Multiboot2). PROGRAM may be empty.
set -e
kernel=$1 program=$2 line=$3 out=$4
for tool in grub-mkrescue xorriso mformat; do
	command -v $tool >/dev/null || { echo "$tool is missing: run scripts/setup.sh (packages grub-pc-bin grub-common xorriso mtools)" >&2; exit 1; }
done
dir=$(mktemp -d)
trap 'rm -rf "$dir" "$dir.log"' EXIT
mkdir -p "$dir/boot/grub"
# GRUB reads all of the file: leave the debugging information out
"${OBJCOPY:-objcopy}" --strip-all "$kernel" "$dir/boot/rowlock.elf"
{
	echo 'set timeout=0'
	echo 'set default=0'
	echo 'terminal_output console'
	echo 'menuentry Rowlock {'
	# GRUB expands $ and splits at quotes; the words are percent-encoded, so single quotes hold them.
	printf "\tmultiboot2 /boot/rowlock.elf"
	for word in $line; do printf " '%s'" "$word"; done
	echo
	[ -z "$program" ] || printf '\tmodule2 /boot/program program\n'
	printf '\tboot\n}\n'
} > "$dir/boot/grub/grub.cfg"
[ -z "$program" ] || cp "$program" "$dir/boot/program"
grub-mkrescue -d /usr/lib/grub/i386-pc --locales= --fonts= --themes= -o "$out" "$dir" >"$dir.log" 2>&1 || { cat "$dir.log" >&2; exit 1; }
