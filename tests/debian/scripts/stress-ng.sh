# Each stressor named in /tests/stressors, a process of stress-ng a second long. The console gets a line for each when it begins and when it
# has ended, so that the host knows which one a run ended in; one that fails or leaves something out shows what it said. The few that
# refuse to run as root run as nobody.
stress() {
	"$@" stress-ng --$name 1 --timeout 1 --verify --no-rand-seed --log-brief --temp-path /work/stress/$name > /tmp/said 2>&1 < /dev/null
}

mkdir -p /work/stress
while read -r name; do
	echo "stressor $name begins"
	mkdir /work/stress/$name
	stress timeout -k 5 60
	status=$?
	if grep -q 'must not run as root' /tmp/said; then
		chown nobody /work/stress/$name
		stress timeout -k 5 60 chroot --userspec=nobody:nogroup --skip-chdir /
		status=$?
	fi
	[ $status = 0 ] && ! grep -q -E 'skipping|not supported|not implemented|unsupported' /tmp/said || sed 's/^/| /' /tmp/said | tail -6
	echo "stressor $name ended $status"
	rm -rf /work/stress/$name
done < /tests/stressors
