# GNU awk: the language, files, pipes, coprocesses.
seq 1 1000 > n; printf 'alice 30 paris\nbob 25 london\ncarol 35 paris\n' > p
gawk '{ s += $1 } END { print s, NR, s / NR }' n
gawk '{ c[$3] += $2 } END { for (k in c) print k, c[k] | "sort" }' p
gawk -F: -v OFS=- '{ print $1, $NF }' /etc/passwd | head -3; gawk 'NR % 250 == 0' n
gawk '/bob/,/carol/ { print FNR ": " $0 }' p
gawk '$2 > 28 && $3 ~ /^p/ { printf "%-10s|%5d|%s\n", $1, $2, toupper($3) }' p
gawk 'BEGIN { print length("hello"), index("hello", "l"), substr("hello", 2, 3), match("foobar", /o+/), RSTART, RLENGTH
	n = split("a:b:c", x, ":"); print n, x[3]; s = "aaa"; print gsub(/a/, "b", s), s
	print gensub(/(.)(.)/, "\\2\\1", "g", "abcd")
	print sprintf("%c%c%08.3f%x", 65, "B", 3.14159, 255), tolower("ABC")
	print strtonum("0x1f"), and(12, 10), or(12, 10), xor(12, 10), lshift(1, 10)
	print int(-3.7), sqrt(2), exp(1), log(10), sin(1), atan2(0, -1) }'
gawk 'function fib(n) { return n < 2 ? n : fib(n - 1) + fib(n - 2) } BEGIN { print fib(20); a[1] = 3
	a[2] = 1; a[3] = 2; n = asort(a); for (i = 1; i <= n; i++) printf "%d ", a[i]; print ""
	b["x"]["y"] = 1; print isarray(b["x"]); PROCINFO["sorted_in"] = "@ind_str_asc"; split("c a b", q)
	for (i in q) r[q[i]]; for (k in r) print k; delete r; print length(r)
	print substr("x" 1 + 2, 1), 1 == 1.0, "a" < "b", "10" + 5, 010 + 0, -2 ^ 2, 7 % 3 }'
gawk 'BEGIN { while (("seq 3" | getline line) > 0) print "got", line; close("seq 3")
	while ((getline line < "p") > 0) n++; print n; print "to a file" > "out"; print "more" >> "out"
	close("out"); while ((getline x < "out") > 0) print x; print system("exit 3")
	print "sorted last" | "cat 1>&2"; fflush(); close("cat 1>&2"); cmd = "sort -r"; print "a" |& cmd
	print "b" |& cmd; close(cmd, "to"); while ((cmd |& getline x) > 0) print "co", x
	print close(cmd) }' 2>&1
gawk -v RS= -v FS='\n' '{ print NF ": " $1 }' <<< $'a\nb\n\nc'
gawk 'BEGIN { RS = "[0-9]+" } { print $0, RT }' <<< a1b22c
gawk -v FPAT='([^,]+)|("[^"]+")' '{ print $2 }' <<< 'a,"b,c",d'
gawk -v FIELDWIDTHS='2 3 1' '{ print $2 }' <<< abcdef
gawk 'BEGINFILE { print "file", FILENAME } ENDFILE { print FNR } ' p n
gawk 'NR == 1 { nextfile } { print FILENAME; exit 4 }' p n; echo $?
gawk '{ $2 = "x"; print; print NF; NF = 1; print }' <<< 'a b c'; gawk -i inplace '{ print "in place", $0 }' p
cat p; printf '#!/usr/bin/gawk -f\nBEGIN { print ARGC, ARGV[1] }\n' > s; chmod +x s; ./s arg
gawk 'BEGIN { print ENVIRON["HOME"], mktime("2020 01 01 00 00 00"), strftime("%F", 86400, 1)
	print (PROCINFO["version"] != "" ? "version" : "") }'
gawk --lint=fatal 'BEGIN { print x }' 2>&1 | head -1; gawk 'BEGIN { print 1 / 0 }' 2>&1; echo $?
gawk 'BEGIN { getline; print "read " $0; print 2^53 + 1; print substr("héllo", 2, 1) }' <<< line | head -2
gawk -M 'BEGIN { print 2^100 }'; gawk -S 'BEGIN { system("x") }' 2>&1; echo $?
gawk 'BEGIN { switch ("b") { case /a/: print 1; break; case "b": print 2
	default: print 3 } do { i++ } while (i < 5); print i; for (;;) if (++j > 3) break; print j; srand(42)
	x = rand(); srand(42); print x == rand() }'
seq 1 200000 | gawk '{ a[$1 % 1000] += $1; b[$1] = $1 } END { for (i in a) t += a[i]; for (i in b) u += b[i]; print t, u, length(b) }'
gawk '{ print > ("split." $1 % 10) }' n; wc -l split.* | tail -1; md5sum split.3
