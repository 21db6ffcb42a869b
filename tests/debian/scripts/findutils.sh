# GNU find and xargs over a tree of every kind of file.
mkdir -p t/{a,b,c}/{x,y} t/empty
for d in t/*/x; do seq 1 ${#d} > $d/few; seq 1 5000 > $d/many; : > $d/none; ln -s few $d/link; ln -s nowhere $d/broken; mkfifo $d/pipe; done
ln t/a/x/many t/b/y/other; chmod 600 t/a/x/few; chmod 4755 t/b/x/few; touch -d '2001-02-03' t/c/x/few; chown 12:34 t/c/x/none
echo "== tests"
find t -type f | sort; find t -type d -empty | sort; find t -type l | sort; find t -type p | sort
find t -xtype l | sort; find -L t -type l | sort
find t -size +10k | sort; find t -size -2c -type f | sort; find t -perm 600; find t -perm -4000
find t -perm /022 -type f; find t -links 2 -type f | sort; find t -samefile t/b/y/other | sort
find t -newer t/c/x/few -name few | sort; find t ! -newermt '2010-01-01' -type f; find t -uid 12
find t -gid 34; find t -nouser; find t -user root -name none | sort
find t -name '*e*' -a \( -type f -o -type l \) ! -name many | sort; find t -iname 'FEW' | sort
find t -path '*/b/*' -regex '.*/[a-z]*e[a-z]*' | sort; find t -mindepth 2 -maxdepth 2 | sort
find t -lname few | sort
find t -inum $(stat -c %i t/a/x/many) | sort; find t -readable -writable -name none | sort
find t -executable -type f; find t -true -false; find t -depth | tail -1
echo "== printing"
find t -type f -printf '%p %f %h %s %m %n %y %u %g %d %P\n' | sort
find t -type l -printf '%p -> %l %Y\n' | sort; find t/c/x/few -printf '%TY-%Tm-%Td %A+\n' | cut -c1-10
find t -name few -print0 | tr '\0' '\n' | sort; find t -maxdepth 1 -fprint printed; sort printed
find t -name few -ls | wc -l; find t -name many -printf '%b\n' | sort -u
echo "== acting"
find t -name few -exec wc -l {} \; | sort; find t -name few -exec cat {} + | wc -l
find t -name few -execdir pwd \; | sort; find t -type f -exec false {} \; -print
find t -type f -exec test -s {} \; -print | sort; echo n | find t -name none -ok echo {} \; 2>/dev/null
find t -name many -quit -print; find t -prune -print; find t -name x -prune -o -type f -print; find nowhere
echo $?; find t -name x -delete 2>&1 | sort; find t -name broken -delete; find t -name broken | wc -l
find t/c -delete; ls t
echo "== xargs"
seq 1 10 | xargs -n 3; seq 1 10 | xargs -n 1 -P 4 sh -c 'exit 0'; echo $?; seq 1 3 | xargs -I{} echo '<{}>'
printf 'a b\0c d\0' | xargs -0 -n 1 echo; echo "'a b' c" | xargs -n 1; seq 1 5000 | xargs echo | wc
seq 1 20000 | xargs -s 4096 echo | wc -l
: | xargs -r echo nothing; : | xargs echo something; seq 1 4 | xargs -n 2 false; echo $?
echo x | xargs no-such-command; echo $?; echo x | xargs sh -c 'kill -9 $$'; echo $?
seq 1 40 | xargs -n 1 -P 8 sh -c 'echo $0 >> appended'; sort -n appended | uniq | wc -l
xargs -a appended -n 40 echo | tr ' ' '\n' | sort -n | md5sum
find t -type f -print0 | xargs -0 rm; find t -type f; find /usr/share/base-passwd /etc/ld.so.conf.d -type f | sort
find t -depth -type d -exec rmdir {} + 2>&1 | sort; ls; echo "== end"
