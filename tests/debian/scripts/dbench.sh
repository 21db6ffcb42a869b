# dbench: four clients for ten seconds, to the end; the figure it ends with is left out.
dbench -c /usr/share/dbench/client.txt -D /work/dbench -t 10 4 > log 2>&1
echo "status $?"
grep -q '^Throughput .* 4 clients  4 procs' log && echo finished || cat log
grep -i -E 'fail|error' log | grep -v '^ *[0-9]' | head
ls
