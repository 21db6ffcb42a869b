# Each stressor named in /tests/stressors, a process of stress-ng a second long. The console gets a line for each when it begins and when it
# has ended, so that the host knows which one a run ended in; a stressor that fails shows what it said.
mkdir -p /work/stress
while read -r name; do
	echo "stressor $name begins"
	mkdir /work/stress/$name
	timeout -k 5 ${LIMIT:-60} stress-ng --$name 1 --timeout ${SECONDS_EACH:-1} --verify --no-rand-seed --log-brief \
		--temp-path /work/stress/$name > /tmp/said 2>&1 < /dev/null
	status=$?
	[ $status = 0 ] && ! grep -q -E 'skipp|not supported|not implemented' /tmp/said || sed 's/^/| /' /tmp/said | tail -${LINES_SHOWN:-6}
	echo "stressor $name ended $status"
	rm -rf /work/stress/$name
done < /tests/stressors
