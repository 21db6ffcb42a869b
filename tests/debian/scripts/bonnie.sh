# bonnie++: blocks, seeks, small files; to the end.
mkdir dir
bonnie++ -u root -d dir -r 16 -s 32 -n 2:4000:100:4 -f -q -m guest > result 2> log
echo "status $?"
[ $(wc -l < result) = 1 ] && grep -q guest result && echo finished || cat result log
grep -i -E 'error|fail|bad' log | head
ls dir
