# strace: calls and their arguments, children, signals, counts, injected errors and values, attaching.
echo some text > n
strace -qq -e trace=execve,exit_group -o o /bin/true; sed 's/0x[0-9a-f]* .*vars/ENV/' o
strace -qq -e trace=%file -e status=failed -o o cat nowhere 2> /dev/null; grep nowhere o
strace -qq -P n -o o cat n; sed 's/0x[0-9a-f]*/P/g; s/st_mtime.*}/}/; s/st_.tim.*}/}/' o | grep -v fadvise
strace -f -qq -o o -e trace=exit_group -e signal=none sh -c '(exit 3); (exit 4); exit 5'; echo $?; cut -d' ' -f2- o | tr -s ' '
strace -f -o o -e trace=none sh -c 'sh -c "kill -9 \$\$"; true'; cut -d' ' -f2- o | tr -s ' ' | sed 's/si_pid=[0-9]*/si_pid=P/; s/si_utime.*}/}/'
strace -qq -o o -e trace=none sh -c 'trap "echo caught" USR1; kill -USR1 $$; kill -TERM $$'; echo $?; sed 's/si_pid=[0-9]*/si_pid=P/' o
strace -c -S name -U calls,name -o o cat n; grep -cE 'openat|read|write|close' o
strace -qq -e trace=openat -e inject=openat:error=EMFILE:when=3+ -o o cat n; echo $?; tail -1 o
strace -qq -e trace=getuid,geteuid -e inject=geteuid:retval=4711 -o o id -u; cat o
{ strace -qq -e trace=nanosleep,clock_nanosleep -e inject=all:signal=USR2:when=1 -o o sleep 5; echo $?; } 2> /dev/null; tail -1 o
strace -ff -qq -o parts -e trace=exit_group -e signal=none sh -c '(exit 1); (exit 2)'; cat parts.* | sort | uniq -c | tr -s ' '
sleep 300 & p=$!
strace -o o -e trace=none -p $p 2> /dev/null & s=$!
until grep -q 'TracerPid:.[1-9]' /proc/$p/status; do sleep 0.1; done
seen() { until grep -q "$1" o; do sleep 0.1; done; }
kill -STOP $p; seen 'stopped by'; kill -CONT $p; seen SIGCONT
kill -TERM $p; wait $p; echo $?; wait $s; echo $?; sed 's/si_pid=[0-9]*/si_pid=P/' o
sleep 300 & p=$!
timeout 2 strace -qq -o o -p $p; echo $?; grep TracerPid /proc/$p/status; kill $p; wait $p; echo $?
echo "== end"
