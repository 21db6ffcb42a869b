# gzip: levels, names, streams, damage.
seq 1 200000 > n; head -c 300000 /dev/zero > z; : > e
for l in 1 6 9; do gzip -$l -c n | gzip -dc | cmp - n && echo level $l; done; gzip -nc n | md5sum
gzip -1nc z | md5sum; gzip -9nc e | md5sum
touch -d '2015-06-07 08:09:10' n; chmod 640 n; gzip -k n; ls n*; stat -c '%a %y' n.gz | cut -c1-23
gzip -l n.gz | tail -1 | tr -s ' ' | cut -d' ' -f2-; gzip n; echo $?; rm n; gunzip n.gz
stat -c '%s %a %y' n | cut -c1-31; gzip -t nowhere; echo $?; gzip -S .zz n; ls n*; gunzip -S .zz n.zz
cat n | gzip | zcat | md5sum; (gzip -c n; gzip -c z) | gunzip | wc -c; gzip -c n > g.gz
head -c 5000 g.gz | zcat 2>&1 >/dev/null; echo $?
printf 'XXXX' | dd of=g.gz bs=1 seek=2000 conv=notrunc status=none; gzip -t g.gz 2>/dev/null; echo $?
(cat g.gz; echo junk) > j.gz; echo plain > p; zcat p; echo $?; zcat -f p; gzip -v e 2>&1; mkdir -p d/e
cp n d/; cp z d/e; gzip -r d; find d -type f | sort; gunzip -r d; find d -type f | sort; ln -s n soft
gzip soft; echo $?; gzip -f soft; ls -l soft.gz | cut -c1; ln n hard; gzip n; echo $?; gzip -f n; ls
zcat n.gz | md5sum; zgrep -c 77 n.gz; zdiff n.gz n.gz; echo $?; zcmp n.gz hard; zmore < /dev/null > /dev/null
znew nowhere; echo $?; zless --version | head -1 | wc -l; gzexe 2>/dev/null; echo $?; gunzip -c n.gz | head -1
echo "== end"
