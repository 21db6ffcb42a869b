# GNU tar: every kind of file, formats, incremental archives, sparse files, compression through a child.
export TAR_OPTIONS=--sort=name
mkdir -p s/d/e; seq 1 5000 > s/n; ln s/n s/hard; ln -s n s/soft; mkfifo s/pipe; mknod s/null c 1 3
truncate -s 5M s/hole; echo island | dd of=s/hole bs=1 seek=3000000 conv=notrunc status=none; : > s/empty
long=s/d/$(printf 'x%.0s' $(seq 1 150)); echo long > $long; echo modes > s/modes; chmod 4711 s/modes
chown 11:22 s/modes; touch -d '2011-12-13 14:15:16' s/n s/d s/empty
list() { tar tvf "$@" | sed 's/ [0-9-]* [0-9:]* s/ s/' | sort -k5; }
for f in v7 ustar gnu pax oldgnu; do
	tar cf $f.tar -H $f s 2>/dev/null; echo "$f $?"
	mkdir x; tar xf $f.tar -C x -p
	(cd x && find s | sort | md5sum; stat -c '%n %F %a %u %g %h %s' s/n s/modes s/soft
		cmp s/hole ../s/hole; cat s/d/x* 2>/dev/null | head -1)
	rm -rf x
done
tar cf a.tar s; list a.tar; tar tf a.tar --occurrence s/n; tar xf a.tar -O s/hard | md5sum; tar df a.tar
echo $?; echo changed > s/empty; tar df a.tar 2>&1; echo $?; tar rf a.tar s/empty
tar tf a.tar | grep -c empty; tar uf a.tar s/n; tar tf a.tar | grep -c 's/n$'; tar --delete -f a.tar s/n
tar tf a.tar | grep -c 's/n$'
tar cSf sparse.tar s/hole; [ $(stat -c %s sparse.tar) -lt 100000 ] && echo small; mkdir x
tar xf sparse.tar -C x; cmp x/s/hole s/hole && [ $(stat -c %b x/s/hole) -lt 100 ] && echo still sparse
rm -r x
tar czf z.tgz s; tar tzf z.tgz | wc -l; gzip -t z.tgz && echo gzip
tar cf - s | tar xf - -C . --transform 's/^s/copied/'; diff -r s/d copied/d && echo piped
tar cf e.tar --exclude='*hole' --exclude=s/d s; tar tf e.tar | sort; tar cf t.tar -T <(printf 's/n\ns/soft\n')
tar tf t.tar; tar cf - -C s n | tar tvf - | wc -l; tar chf - s/soft | tar tvf - | cut -c1
tar cf full.tar -g snap s/d; echo new > s/d/new; rm $long; tar cf inc.tar -g snap s/d; tar tf inc.tar | sort
mkdir r; tar xf full.tar -g /dev/null -C r; tar xf inc.tar -g /dev/null -C r; ls r/s/d
tar xf a.tar --strip-components=1 -C r; ls r | sort; tar xkf a.tar -C r --strip-components=1 2>&1 | wc -l
tar xf a.tar -C r --keep-newer-files 2>/dev/null; echo $?
tar xf a.tar -C r --no-same-owner --no-same-permissions s/modes; stat -c '%u %a' r/s/modes
tar cf m.tar -M -L 100 --new-volume-script=/bin/false s/hole 2>/dev/null; echo $?; tar xf nowhere 2>/dev/null
echo $?; tar cf q.tar nowhere 2>/dev/null; echo $?; head -c 3000 a.tar > cut.tar
tar tf cut.tar >/dev/null 2>&1; echo $?; tar cf w.tar --owner=5 --group=6 --mode=600 --mtime=@0 s/n
tar tvf w.tar --numeric-owner | tr -s ' '
tar cf - --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner copied/d copied/n | md5sum | wc -c
tar cWf verify.tar s/n; echo $?; tar cf x.tar --remove-files copied; ls copied 2>&1
tar --xattrs --acls -cf attrs.tar s/n; echo $?
mkdir many; (cd many; seq 1 1500 | split -l 1 -a 4 -d - f); tar cf many.tar many; rm -r many; tar xf many.tar
ls many | wc -l; cat many/* | md5sum
