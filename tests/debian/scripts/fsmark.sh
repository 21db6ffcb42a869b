# fs_mark: files made by four threads, in one directory and over many, with each way of bringing them to the disk.
for sync in 0 1 2 3 4 5 6; do
	mkdir -p dir
	fs_mark -d dir -n 200 -s 6000 -t 4 -S $sync -L 2 -l log > said 2>&1
	echo "sync method $sync: status $?"
	awk '/^ *[0-9]+ +[0-9]+ +[0-9]+ +[0-9.]+ +[0-9]+$/ { print "files", $2, "size", $3 }' said
	ls -R dir | wc -l
	rm -rf dir
done
mkdir dir
fs_mark -d dir -n 300 -s 3000 -t 3 -D 10 -N 7 -k -S 1 -l log > said 2>&1
echo "kept: status $?"
find dir -type f | wc -l
find dir -type f -size -3000c | wc -l
rm -rf dir
