# fio: each engine with processes and with threads, all data verified by checksum; a second run verifies what the first left on the disk.
# What fio says of speed is nobody's concern here; a job that fails shows its output.
run() {
	name=$1
	shift
	if fio --name=$name --directory=/work/fio --output=/work/fio/$name.log --verify=crc32c --verify_fatal=1 "$@"; then
		echo "$name: ok, $(grep -c 'err= 0' $name.log) jobs without an error"
	else
		echo "$name: status $?"
		cat $name.log
	fi
}

for engine in psync sync mmap libaio pvsync; do
	for how in process thread; do
		threads=$([ $how = thread ] && echo --thread)
		depth=$([ $engine = libaio ] && echo --iodepth=8)
		run $engine-$how-write --ioengine=$engine $threads $depth --rw=randwrite --bs=4k --size=4m --numjobs=3 --do_verify=1
		run $engine-$how-write --ioengine=$engine $threads $depth --rw=randread --bs=4k --size=4m --numjobs=3 --verify_only
		run $engine-$how-mixed --ioengine=$engine $threads $depth --rw=randrw --bsrange=4k-32k --size=4m --numjobs=2 --fsync=64
		rm -f *.0
	done
done
run direct-libaio --ioengine=libaio --direct=1 --iodepth=16 --rw=randwrite --bs=4k --size=8m --numjobs=2 --do_verify=1
run direct-psync --ioengine=psync --direct=1 --rw=rw --bs=16k --size=8m --numjobs=2
run shared-file --ioengine=psync --filename=one --rw=write --bs=8k --size=2m --offset_increment=2m --numjobs=4 --do_verify=1
ls | grep -v log$ | wc -l
rm -f *
