# GNU coreutils, one after another; nothing that depends on the time, on numbers of inodes or on the machine.
echo "== making"
mkdir -p d/e/f; seq 1 1000 > n; yes line | head -500 > l; printf 'b\na\nc\n' > s; truncate -s 1M hole
touch -d '2020-02-03 04:05:06' n
mktemp -d x.XXXXXX | wc -c; rmdir x.*; mkfifo p; ln n hard; ln -s n soft; ln -s nowhere dangling
ln -sf /loop/../loop circle; mknod null c 1 3
install -m 640 n installed; install -d -m 711 i/j; stat -c '%n %F %a %h %s' * | sort
stat -c '%y %U %G %u %g' n; stat -f -c '%T %s' .; ls -la --time-style=+%F n; ls -la --time-style=+ soft
echo > null; cat null; echo "a device of our own: $?"
echo "== copying"
cp n n2; cmp n n2; echo "cmp: $?"; cp -a d dd; cp -r soft softcopy; cp -P soft softlink
cp --preserve=timestamps n n3; stat -c %F softcopy softlink; stat -c %y n3
cp --sparse=always hole hole2; cmp hole hole2 && stat -c '%s %b' hole2; cp -l n n4; stat -c %h n
cp -u n n2; cp --backup=numbered s n2; ls n2*; cp nowhere x; echo "$?"; cp d x; echo "$?"; cp n d/e/
cp -t d/e/f n s l; find d | sort
dd if=n of=part bs=100 skip=3 seek=2 count=5 status=none; od -c part | head -3; stat -c %s part
dd if=n bs=1k count=1 conv=ucase,swab status=none | md5sum
dd if=/dev/zero of=hole seek=10 bs=4k count=1 conv=notrunc,fsync status=none; stat -c %s hole
mv n2 moved; mv moved d; mv d/moved n2; mv -n s n2; mv -t d n3 n4; mv d d2; ls d2; mv nowhere y; echo "$?"
mv -b s l; ls; mv l s; mv l~ l
echo "== text"
sort -n -r n | head -3; sort -R n | sort -n | md5sum; sort -u l; sort -t: -k3n /etc/passwd | head -3
sort -c s; echo "sorted: $?"
sort -S 100k --parallel=2 -T . n n n | uniq -c | sort -k2n | head -2; sort -z -s s | tr '\0' '@'; echo
head -n -998 n; tail -n +999 n; head -c 10 n; echo; tail -c 9 n; tac n | head -2; nl s; cat -A s; cat -n s -
cut -c2-4 n | tail -2; paste s s -d,; paste -s -d+ s; join s s; comm --nocheck-order s l | head -4
expand <<< $'a\tb'; unexpand -a <<< 'a               b'
fold -w 10 <<< 'a rather long line to fold'; fmt -w 20 <<< 'words that are to be filled into lines'
pr -l 10 -t -2 s; wc n l s
tr -d '\n' < n | wc -c; tr -s e <<< seeeen; tr a-c A-C < s; uniq -d l; uniq -u s | wc -l; split -l 300 n part.
cat part.* | cmp - n; split -b 500 -d n num.; ls num.* | wc -l
csplit -s n /500/ /700/; wc -l xx*; shuf -i 1-100 | sort -n | md5sum; seq -s, 1 3 10; seq -w 8 11
factor 1234567890123 97; tsort <<< 'a b b c a c'; numfmt --to=iec 1048576
printf '%s %d %5.2f %o %c|\n' s 42 3.14159 8 x; echo -e 'a\tb\0101'; base64 <<< hello | base64 -d
base32 <<< hi; od -An -tx1 <<< abc; basenc --base16 <<< x; ptx <<< 'a b' | head -1
echo "== sums"
md5sum n; sha1sum n; sha224sum n; sha256sum n; sha384sum n; sha512sum n; b2sum n; cksum n; sum n
md5sum n l > sums; md5sum -c sums; echo x >> l; md5sum -c sums 2>&1; echo $?
echo "== names"
basename /a/b.c .c; dirname /a/b.c; realpath d2/../n; realpath -m /no/such/../file; readlink soft
readlink -f soft; readlink -e dangling; echo $?; pathchk -p 'a b'; echo $?
pwd; ls -d */; ls -1F | head -4; ls -S | head -2; ls -R d2; ls nowhere; echo $?; dir -1 | head -1
vdir nowhere; du -a --apparent-size d2 | sort -k2 | cut -f2; du -s --inodes d2
echo "== modes"
chmod 600 n; stat -c %a n; chmod u+x,g=r,o-r n; stat -c %a n; chmod -R a-w d2; stat -c %a d2/e
chmod -R u+w d2; chmod u+s n; stat -c %A n; chmod +t d2; stat -c %A d2
chown 1000:1001 n; stat -c '%u %g %a' n; chown -h 5:6 soft; stat -c '%u %g' soft; chgrp 7 n; stat -c %g n
chown root:root n; touch -a -d @86400 n; stat -c %X n; touch -r n l; stat -c '%X %Y' l | cut -d' ' -f1
touch -c none; ls none; touch -m -d '1999-12-31 23:59:59.123456789' n; stat -c %y n; truncate -s +10 s
stat -c %s s; truncate -s %512 s; stat -c %s s; truncate -r n s; stat -c %s s
chroot / /bin/echo in a chroot; chroot --userspec=1000:1000 / /usr/bin/id -u
chroot --userspec=1000:1000 / /bin/cat /etc/shadow /work/coreutils/n 2>&1 | head -1
echo "== processes"
true; echo $?; false; echo $?; env -i X=1 env; env -u HOME sh -c 'echo ${HOME-unset}'; nice -n 5 nice
nohup true 2>&1; timeout 5 true; echo $?; timeout 0.2 sleep 9; echo $?
timeout -k 1 0.2 sh -c 'trap "" TERM; sleep 0.4; exit 3'; echo $?
stdbuf -o0 echo unbuffered; sleep 0.01
test 1 -lt 2 && [ -f n ] && [ -p p ] && [ -c null ] && [ -L soft ] && echo tests; expr 3 \* 4
expr abc : 'a\(.\)'; id -u; id -gn; groups; whoami; logname 2>&1 | head -c 8; echo; tty; echo $?
nproc | grep -c '[0-9]'; uname -s; printenv HOME; arch
kill -l TERM; { sh -c 'kill -9 $$'; } 2>/dev/null; echo $?; (sleep 9 & kill $!; wait $!); echo $?
date -u -d @1234567890 '+%F %T %a %j'; date -d '2021-03-01 -1 day' +%F; yes | head -c 100000 | wc -c
tee t1 t2 < s > t3; cmp s t1 && cmp s t3; (echo a; sleep 0.2; echo b) | tail -f - | cat & wait
tail -f n > followed & tailer=$!; sleep 0.5; echo more >> n
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do grep -q more followed && break; sleep 0.3; done
kill $tailer; tail -1 followed
echo "== removing"
rm nowhere; echo $?; rm -f nowhere; echo $?; rm d2; echo $?; rmdir d2; echo $?; rmdir -p i/j; echo $?
unlink hard; link n again; stat -c %h again; shred -n 1 -z t1; stat -c %s t1; od -An -tx1 -N 4 t1; shred -u t2
ls t2; rm -r d2 dd; yes n | rm -i s; ls -d s; rm -rf ./*; ls -A; sync; sync -d .; sync -f .
df --output=fstype,target . | tail -1; echo "== end"
