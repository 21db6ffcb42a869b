# Run by bash: what bash has beyond a POSIX shell, and everything that needs processes and signals.
shopt -s extglob nullglob globstar
echo "== expansion"
mkdir -p a/b/c; touch a/{1..5}.x a/b/{p,q}.y a/b/c/z.z
echo a/**; echo a/!(1*|2*); echo {a..e}{1..2}
s=/usr/lib/bash/loadable.so; echo ${s##*/} ${s%/*} ${s//\//:} ${s:5:3} ${#s} ${s^^}
declare -A map=([one]=1 [two]=2 [three]=3); for k in "${!map[@]}"; do echo $k=${map[$k]}; done | sort
arr=(10 20 30 40); echo "${arr[@]:1:2} ${#arr[@]} ${arr[-1]}"
printf '%05d %x %q %s\n' 42 255 'a b' "$(printf '%.3f' 3.14159)"
echo $((2**40)) $((16#ff)) $((7 % 3 << 4 | 1))
[[ abc123 =~ ^([a-z]+)([0-9]+)$ ]] && echo "${BASH_REMATCH[1]} ${BASH_REMATCH[2]}"

echo "== processes"
diff <(seq 1 5) <(seq 2 6); echo "diff: $?"
cat <(echo one) <(echo two)
tee >(tr a-z A-Z > upper) > lower <<< "process substitution"; wait $!
for i in {1..100}; do [ -s upper ] && break; sleep 0.05; done; cat upper lower
coproc UP { while read -r line; do echo "[$line]"; done; }
echo first >&"${UP[1]}"; read -r answer <&"${UP[0]}"; echo "$answer"
echo second >&"${UP[1]}"; read -r answer <&"${UP[0]}"; echo "$answer"
eval "exec ${UP[1]}>&-"; wait "$UP_PID" 2>/dev/null; echo "coproc: $?"
set -o pipefail; (exit 3) | (exit 0); echo "${PIPESTATUS[@]} $?"; set +o pipefail
x=$(for i in {1..200}; do (echo $i); done | awk '{ s += $1 } END { print s }'); echo $x
( ( ( ( echo nested subshells $BASH_SUBSHELL ) ) ) )
f() { local n=$1; (( n == 0 )) && { echo bottom; return 9; }; f $((n - 1)); }; f 200; echo "recursion: $?"
for i in {1..50}; do /bin/true & done; wait; echo "fifty waited for: $?"
bash -c 'echo "$0 $*"; exit 42' name 1 2 3; echo $?
env -i A=1 bash --norc -c 'echo $A-$HOME-'
printf '#!/bin/bash -e\necho script: $0 $1\nfalse\necho not reached\n' > script; chmod +x script; ./script arg
echo "script: $?"
printf 'echo no first line: $1\n' > plain; chmod +x plain; ./plain arg
printf '#!/no/such/interpreter\n' > bad; chmod +x bad; ./bad 2>/dev/null; echo "bad interpreter: $?"
./nowhere 2>/dev/null; echo "not found: $?"; ./a 2>/dev/null; echo "a directory: $?"
exec 9>lock; flock 9; (flock -n 9 && echo shared the open file); flock -n lock true || echo "locked"
exec 9>&-; flock -n lock echo free

echo "== signals"
{ sleep 60 & kill -TERM $!; wait $!; } 2>/dev/null; echo "TERM: $?"
{ sleep 60 & kill -KILL $!; wait $!; } 2>/dev/null; echo "KILL: $?"
{ (kill -SEGV $BASHPID); } 2>/dev/null; echo "SEGV: $?"
{ (ulimit -c 0; kill -ABRT $BASHPID); } 2>/dev/null; echo "ABRT: $?"
trap 'echo usr1 $((++n))' USR1; for i in 1 2 3; do kill -USR1 $$; done; trap - USR1
trap '' PIPE; yes 2>/dev/null | head -1; echo "PIPE ignored: ${PIPESTATUS[0]}"; trap - PIPE
yes | head -1; echo "PIPE: ${PIPESTATUS[0]}"
trap 'echo chld' CHLD; /bin/true; trap - CHLD
trap 'echo exit trap' EXIT; (trap 'echo inner exit' EXIT; exit 5); echo "inner: $?"; trap - EXIT
timeout 0.3 sleep 30; echo "timeout: $?"
{ timeout -s KILL 0.3 sleep 30; } 2>/dev/null; echo "timeout -s KILL: $?"
(trap 'echo term handler; exit 12' TERM; kill -TERM $BASHPID; sleep 5); echo "handler: $?"
read -t 0.2 x < <(sleep 3); echo "read timed out: $(( $? > 128 ))"

echo "== jobs"
bash -s <<'JOBS'
set -m
sleep 60 & first=$!; sleep 61 & second=$!
jobs | sed 's/\[\([0-9]\)\]. *\([A-Za-z]*\) */\1 \2 /'
kill -STOP %1; for i in {1..100}; do jobs %1 | grep -q Stopped && break; sleep 0.05; done; jobs %1 | grep -o Stopped
bg %1 > /dev/null; jobs -r | wc -l
{ kill %1 %2; wait $first; one=$?; wait $second; } 2>/dev/null; echo "killed: $one $?"
{ (sleep 60 | cat) & kill -- -$!; wait $!; } 2>/dev/null; echo "a group: $?"
JOBS
disown -a; jobs | wc -l

echo "== files"
exec 7<> rw; echo 0123456789 >&7; exec 7<&-; exec 7<> rw; read -n 3 -u 7 x; echo -n XYZ >&7; exec 7>&-; cat rw
mapfile -t lines < <(seq 1 1000); echo ${#lines[@]} ${lines[999]}
{ echo a; echo b >&2; } > both 2>&1; sort both
cat <<< "here string"; wc -c < <(head -c 100000 /dev/zero)
[ -e both ] && [ -f both ] && [ -s both ] && [ ! -d both ] && [ -d a ] && [ -r both ] && [ -w both ] && [ ! -x both ] && echo tests
[ both -nt nowhere ] && [ a -ef a/. ] && echo more tests
umask 027; touch masked; stat -c %a masked; umask; umask 022
ulimit -n 64; ulimit -n; cd a/b; pwd; cd -; cd ../..; cd / && pwd; pushd /usr >/dev/null; dirs; popd
echo "== end"
