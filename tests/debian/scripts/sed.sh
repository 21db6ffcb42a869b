# GNU sed: commands, addresses, hold space, files written and edited in place.
seq 1 20 > n; printf 'hello world\nfoo bar\nbaz\n' > t; mkdir d; cp t d/1; cp t d/2; ln -s t link
sed 's/o/0/' t; sed 's/o/0/g' t; sed 's/o/0/2' t; sed -n 's/bar/BAR/p' t; sed 's/\(.*\) \(.*\)/\2 \1/' t
sed -E 's/(\w+) (\w+)/\2, \1/;s/^./\U&/' t; sed 's/.*/\L\u&/' t; sed 's/a/A/Ig;s,/,-,' t; sed 'y/abc/xyz/' t
sed -n '3p;5,7p;$p' n; sed -n '2~5p' n; sed '/5/,/8/d' n | tr '\n' ' '; sed -n '/9/{n;p}' n; sed '3q' n
sed '3Q5' n; echo $?; sed -n '$=' n; sed '1!G;h;$!d' n | head -3; sed -n 'x;p' t; sed 'N;s/\n/+/' n
sed '$!N;P;D' t; sed -n 'l' t; sed '5,$d;=' n
sed '2i inserted' t; sed '2a\
appended' t
sed '2c changed' t; sed '1r t' n | head -5; sed 'R t' n | head -5
sed -n '/foo/w out' t; cat out; sed ':a;s/^\(x*\)o/\1x/;ta' <<< ooobar
sed -e :a -e '$!{N;ba' -e '}' -e 's/\n/,/g' n; sed 's/x*/-/g' <<< abc; sed = t | sed 'N;s/\n/\t/'; sed -s -n '$p' t n
sed -z 's/\n/;/g' t; echo
sed -i 's/foo/FOO/' d/*; cat d/1 d/2; sed -i.bak '1d' d/1; ls d
sed -i --follow-symlinks 's/baz/BAZ/' link; readlink link; tail -1 t
printf '#!/bin/sed -f\ns/a/b/\n' > script; chmod +x script; ./script <<< banana
sed -f script t; sed --posix 's/a\|b/x/' <<< ab; sed -u 1q < n; sed --debug -n p <<< x
sed 's/a/b' t; echo $?; sed p nowhere; echo $?; sed 'e echo executed' <<< x; sed -n '2{s/.*/echo run &/e;p}' n; sed 's/1/& \
/w both' n | tail -1; wc -l both
seq 1 100000 | sed -n '/7$/s/^/x/p' | md5sum; seq 1 100000 | sed 'h;G;s/\n/ /;$!d'
head -c 300000 /dev/zero | tr '\0' a | sed 's/a/bb/g' | wc -c; sed --sandbox 'w x' t; echo $?; chmod 640 t
sed -i s/x/y/ t; stat -c %a t
