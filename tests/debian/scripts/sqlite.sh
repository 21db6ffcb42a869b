# sqlite3: 100,000 rows in each journal mode, the write-ahead log with its shared mapping included, and recovery of a writer that was killed
# in the middle of a transaction.
rows() {	# rows COUNT: statements that insert them in transactions of a thousand
	seq 1 $1 | awk '{
		if (NR % 1000 == 1) print "begin;"
		printf "insert into t values(%d, %d, '\''row %d of this table'\'');\n", $1, $1 * 7919 % 100003, $1
		if (NR % 1000 == 0) print "commit;"
	}'
}

rows 100000 > insert.sql
for mode in delete truncate persist memory wal off; do
	echo "== $mode"
	sqlite3 $mode.db "pragma journal_mode=$mode; create table t(id integer primary key, n integer, text); create index by_n on t(n)"
	(echo "pragma journal_mode=$mode; pragma synchronous=normal;"; cat insert.sql) | sqlite3 $mode.db | tail -1
	sqlite3 $mode.db <<END
pragma journal_mode=$mode;
select count(*), sum(id), sum(n), count(distinct n), max(length(text)) from t;
update t set n = n + 1 where id % 10 = 0;
delete from t where id % 7 = 0;
select count(*), sum(n) from t where n between 1000 and 50000;
select id, text from t where n = 4242;
pragma integrity_check;
vacuum;
pragma integrity_check;
select count(*), sum(id * n) from t;
END
done

echo "== two processes with one write-ahead log"
sqlite3 both.db "pragma journal_mode=wal; create table t(who, n)"
for who in 1 2 3; do
	for i in $(seq 1 30); do echo ".timeout 60000
insert into t values($who, $i);"; done | sqlite3 both.db &
done
wait
sqlite3 both.db "select who, count(*), sum(n) from t group by who; pragma integrity_check"

# The writer takes its statements from a pipe that stays open: it is in mid-transaction, with pages of it already in the file because its
# cache is small, when it is killed.
for mode in delete truncate persist wal; do
	echo "== killed in mid-transaction: $mode"
	db=killed-$mode.db
	sqlite3 $db "pragma journal_mode=$mode; create table t(id integer primary key, n integer, text); create index by_n on t(n)"
	head -12000 insert.sql | sqlite3 $db
	mkfifo pipe
	sqlite3 $db < pipe > said &
	writer=$!
	exec 3> pipe
	echo "pragma journal_mode=$mode; pragma cache_size=20; begin; update t set n = -1, text = 'this must not be seen'; 
select 'inside', count(*) from t where n = -1;" >&3
	until grep -q inside said; do sleep 0.1; done
	kill -KILL $writer
	{ wait $writer; } 2>/dev/null
	echo "writer: $?"
	exec 3>&-
	rm pipe
	sed 1d said
	sqlite3 $db "select count(*), sum(n), min(text) from t; pragma integrity_check"
	sqlite3 $db "insert into t values(0, 0, 'afterwards'); select count(*) from t; pragma integrity_check"
done
rm -f *.db* insert.sql
echo "== end"
