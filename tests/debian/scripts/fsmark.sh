# fs_mark: files made by four threads, in a directory each and over many, with each way of bringing them to the disk.
# Names come from the microsecond in which a thread begins: two in one directory would now and then make the same files.
for sync in 0 1 2 3 4 5 6; do
	mkdir -p dir/0 dir/1 dir/2 dir/3
	fs_mark -d dir/0 -d dir/1 -d dir/2 -d dir/3 -n 200 -s 6000 -t 4 -S $sync -L 2 -l log > said 2>&1
	echo "sync method $sync: status $?"
	awk '/^ *[0-9]+ +[0-9]+ +[0-9]+ +[0-9.]+ +[0-9]+$/ { print "files", $2, "size", $3 }' said
	find dir -type f | wc -l
	ls dir/2 | wc -l
	rm -rf dir
done
mkdir -p dir/0 dir/1 dir/2
fs_mark -d dir/0 -d dir/1 -d dir/2 -n 300 -s 3000 -t 3 -D 10 -N 7 -k -S 1 -l log > said 2>&1
echo "kept: status $?"
find dir -type f | wc -l
find dir -type f -size -3000c | wc -l
rm -rf dir
