# GNU grep: patterns, contexts, files, binary data, large input.
printf 'one\nTwo\nthree four\n\nfive.six\n(seven)\n' > a; seq 1 100000 > n; printf 'text\0binary\n' > bin
mkdir -p d/e; cp a d/; cp n d/e/; ln -s ../a d/link; gzip -k n
grep o a; grep -i t a; grep -v e a; grep -c e a; grep -n e a; grep -o '[a-z]*e' a; grep -w four a
grep -x one a; grep -E '^(one|five)' a; grep -F . a; grep -F '(s' a; grep -P '\b\w{5}\b' a
grep -P '(?<=five\.)six' a
grep -A1 -B1 three a; grep -C1 -n '^$' a; grep -m 2 e a; grep -q one a; echo $?; grep -q nothing a; echo $?
grep x nowhere; echo $?; grep -s x nowhere; echo $?; grep -l o a n d/a; grep -L o a n; grep -h one a d/a
grep -H one a
grep -r one . | sort; grep -R one . | sort; grep -rl --include='n' 99999 . | sort
grep -r --exclude-dir=e -c 5 . | sort; grep binary bin; grep -a -c binary bin
grep -z -o 'bin[a-z]*' bin | tr '\0' '!'; echo; grep -b five a; grep --byte-offset -o six a
grep -c 7 n; grep -E -c '^(.)(.)\2\1$' n; grep -c '\(.\)\1\1' n; grep -f <(seq 500 100 900) -x n
cat n | grep -c '^1.*1$'; grep -e 99 -e 100 -c n; grep --color=always four a | od -c | head -3
grep 9999 < n | wc -l; grep -n -m1 54321 - < n; zcat n.gz | grep -c 12; zgrep -c 12 n.gz
egrep 'o+' a 2>/dev/null; fgrep . a 2>/dev/null
grep -T -n one a; grep --label=std -H one < a; grep -y ONE a; grep '[[:upper:]]' a; grep '[[:space:]]' a
grep 'e\{2\}' a; grep -E 'e{2}' a; grep -U x a; echo $?; grep -u x a 2>&1 | head -1
grep -r 5 d --max-count=1 -h | sort; seq 10 | grep -v -e 1 -e 5; yes x | head -200000 | grep -c x
