#!/bin/sh
# SPDX-License-Identifier: MIT
# Everything the build and the tests need, by Debian package. `setup.sh` installs what is missing; `setup.sh --list` only
# prints the packages. Called by make before anything else, so it is quick when nothing is missing.
set -eu

# command or file to look for : package that brings it
needs='gcc:gcc
ld:binutils
make:make
python3:python3
qemu-system-x86_64:qemu-system-x86
/usr/share/qemu/qboot.rom:qemu-system-data
mke2fs:e2fsprogs
musl-gcc:musl-tools
grub-mkrescue:grub-common
/usr/lib/grub/i386-pc/multiboot2.mod:grub-pc-bin
xorriso:xorriso
mformat:mtools
/usr/lib/python3/dist-packages/docutils/__init__.py:python3-docutils
git:git'
test_needs='clang:clang
ld.lld:lld
/usr/lib/x86_64-linux-gnu/libc.a:libc6-dev
gdb:gdb'
# draws the lock order for make locking
report_needs='dot:graphviz'
# (the benchmark unpacks Debian's kernel package below build/, it does not install it)
bench_needs='cpio:cpio'
# the disk of Debian packages is made of files that apt-get downloads; nothing of it is installed
debian_needs='dpkg-deb:dpkg
apt-cache:apt
ldconfig:libc-bin
tar:tar'
case ${1:-} in
--tests) needs="$needs
$test_needs
$report_needs" ;;
--report) needs="$needs
$report_needs" ;;
--debian) needs="$needs
$debian_needs" ;;
--bench) needs="$needs
$bench_needs" ;;
esac
[ "${1:-}" = --list ] && { printf '%s\n%s\n%s\n%s\n%s\n' "$needs" "$debian_needs" "$test_needs" "$report_needs" "$bench_needs" | sed 's/.*://' | sort -u; exit 0; }

PATH=$PATH:/sbin:/usr/sbin
missing=
for need in $needs; do
	what=${need%%:*} package=${need##*:}
	case $what in
	/*) [ -e "$what" ] || missing="$missing $package" ;;
	*) command -v "$what" >/dev/null 2>&1 || missing="$missing $package" ;;
	esac
done
[ -z "$missing" ] && exit 0
if ! command -v apt-get >/dev/null 2>&1; then
	echo "setup: these packages (Debian's names) are missing, install them and run make again:$missing" >&2
	exit 1
fi
sudo=
if [ "$(id -u)" != 0 ]; then
	command -v sudo >/dev/null 2>&1 || { echo "setup: not root and no sudo; as root: apt-get install$missing" >&2; exit 1; }
	sudo=sudo
fi
echo "setup: installing$missing"
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get update -qq
$sudo apt-get install -y -qq --no-install-recommends $missing >/dev/null
