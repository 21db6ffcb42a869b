# driver NAME PROGRAM [WORD...]: the first program of a test's run. The program gets a session and a directory of its own, nothing on its
# standard input, and its output goes to a file that the host reads from the disk afterwards. Its status is the run's.
export LC_ALL=C TZ=UTC0 HOME=/root USER=root SHELL=/bin/sh PWD=/work/$1
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
name=$1
shift
umask 022
mkdir -p /work/$name /tests/output && cd /work/$name || exit 99
busybox setsid "$@" > /tests/output/$name 2>&1 < /dev/null
