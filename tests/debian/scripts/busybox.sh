# Run by busybox's sh, all commands busybox's: a tree of 5,000 files, and the shell's own machinery over it.
export PATH=/tests/busybox
mkdir -p /tests/busybox && for applet in awk basename cat chmod cmp cp cut date dd dirname du echo env expr find grep gunzip gzip head \
	ln ls md5sum mkdir mkfifo mktemp mv nl od printf readlink rev rm rmdir sed seq sh sha256sum sleep sort stat tac tail tar tee test \
	touch tr true false uniq usleep wc which xargs yes kill; do
	/bin/busybox ln -sf /bin/busybox /tests/busybox/$applet
done

echo "== the tree"
i=0
for d in $(seq -w 0 49); do
	mkdir -p tree/d$d/deep/er
	awk -v d=$d 'BEGIN {
		for (i = 0; i < 100; i++) {
			file = sprintf("tree/d%s/%sf%02d.%s", d, i % 10 == 3 ? "deep/er/" : "", i, i % 3 ? "txt" : "dat")
			for (line = 0; line <= i % 7; line++)
				printf "%s %d line %d of %s\n", i % 2 ? "odd" : "even", (d * 100 + i) * 7919 % 1009, line, file > file
			close(file)
		}
	}'
done
find tree -type f | wc -l
find tree -type d | wc -l

echo "== find"
find tree -name 'f*3.txt' -path '*deep*' | sort | head -5
find tree -type f -size +1 | wc -l
find tree -type f -name '*.dat' -exec cat {} + | wc
find tree -type f -print0 | xargs -0 cat | wc -lc
find tree -type f -name 'f00.*' | sort | xargs -n 10 echo | cut -c1-60

echo "== sort, uniq, cut, tr"
find tree -type f | sort | xargs cat > all
sort -k2,2n -k5 all | head -4
sort -rn -k2 -u all | wc -l
cut -d' ' -f1 all | sort | uniq -c
tr a-z A-Z < all | md5sum
cut -d' ' -f2 all | sort -n | uniq | tail -3

echo "== sed"
sed -n '100,105p;/d49.*f99/p' all
sed -e 's/line \([0-9]\) of/<\1>/' -e '/^odd/d' all | tail -2
find tree/d00 -name '*.txt' | xargs sed -i 's/even/EVEN/'
grep -rl EVEN tree | sort | wc -l
grep -c EVEN tree/d00/f02.txt

echo "== awk"
awk '{ sum[$1] += $2; count[$1]++ } END { for (key in sum) print key, sum[key], count[key] }' all | sort
awk -F/ '{ n[$2]++ } END { for (d in n) if (n[d] != 400) print d, n[d] }' all | sort | head -5

echo "== tar"
tar cf tree.tar tree
tar tf tree.tar | wc -l
mkdir copy && tar xf tree.tar -C copy
find tree -type f | sort | xargs sha256sum | sha256sum
(cd copy && find tree -type f | sort | xargs sha256sum | sha256sum)
tar czf - tree/d07 | gunzip | tar tf - | wc -l
gzip -c all | gunzip | cmp - all && echo same

echo "== pipes"
yes abc | head -1000 | rev | uniq -c
seq 1 20000 | tee >/dev/null half | awk '$1 % 2' | wc -l
wc -l < half
false | true; echo "status $?"
(exit 7) | cat; echo "status $?"
seq 100000 | head -1
cat all | cat | cat | cat | cat | md5sum
mkfifo fifo
cat fifo | tr a-z A-Z &
echo through a fifo > fifo
wait

echo "== redirections"
echo one > r; echo two >> r; cat < r
{ echo out; echo err >&2; } 2>&1 > r | sed 's/^/piped: /'; cat r
exec 3> third; echo to three >&3; exec 3>&-; cat third
exec 4< all; read first <&4; read second <&4; echo "$first | $second"; exec 4<&-
exec 5<> r; read line <&5; echo "read $line"; echo appended >&5; exec 5>&-; cat r
ls nowhere 2>/dev/null || echo "no such file: $?"
set -C; echo x > r 2>/dev/null || echo "noclobber holds"; set +C
: > r; wc -c < r

echo "== here-documents"
name=world
cat <<END
hello $name, $((6 * 7)), $(echo from a command)
END
cat <<'END'
hello $name, $((6 * 7))
END
cat <<-END
	tabs are gone
		all of them
	END
while read a b; do echo "$b-$a"; done <<END
1 one
2 two
END
awk 'BEGIN { for (i = 0; i < 3000; i++) print "a long line of the here-document", i }' > long
eval "cat <<END | md5sum
$(cat long)
END"

echo "== jobs"
sleep 30 & victim=$!
# ash says "Terminated" only if it is in wait when the job ends, not if the job was quicker
{ kill $victim; wait $victim; } 2>/dev/null; echo "killed: $?"
for i in 1 2 3 4 5 6 7 8; do (usleep 20000; exit $i) & pids="$pids $!"; done
for pid in $pids; do wait $pid; printf '%s ' $?; done; echo
sleep 30 & stopped=$!
kill -STOP %1; until [ "$(cut -d' ' -f3 /proc/$stopped/stat)" = T ]; do usleep 10000; done; echo stopped
{ kill -CONT %1; kill %1; wait $stopped; } 2>/dev/null; echo "continued, killed: $?"
(trap 'echo got USR1; exit 3' USR1; while :; do usleep 10000; done) & child=$!
usleep 300000; kill -USR1 $child; wait $child; echo "trap: $?"
trap 'echo interrupted' INT; kill -INT $$; trap - INT
(trap 'echo leaving' EXIT; echo in the subshell)

echo "== files"
ln all hard; ln -s all soft; stat -c '%h %s %F' all; readlink soft
mv hard harder; cmp all harder && echo same
chmod 640 all; stat -c %a all
dd if=/dev/zero of=zeros bs=4096 count=100 2>/dev/null; stat -c %s zeros
dd if=all bs=1 skip=100 count=40 2>/dev/null; echo
cp -a tree tree2; mv tree2 tree3; find tree3 -type f | wc -l
rm -rf tree3 copy; ls | tr '\n' ' '; echo
find tree -type f | xargs rm; find tree -depth -type d | xargs rmdir; ls -d tree 2>&1
echo "== end"
