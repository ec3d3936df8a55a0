#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/e2e/appear.sh B: parents and namespaces that appear later get their endpoints by the command
# of xmacvland; what xmacvland tells the service manager
. "$(dirname "$0")/cni/lib.sh"
needs python3
isolate "$@"
mkdir -p /tmp/work/files
cd /tmp/work || exit

# watch COMMAND...: starts the watcher
watch() {
	"$B/xmacvland" "$@" >>log 2>&1 &
	watcher=$!
}

stop_watcher() {
	kill "${1:--TERM}" "$watcher"
	wait "$watcher" 2>/dev/null
}

# has NAME [OPTION...]: whether the endpoint is there and up, for ip's options
has() {
	"$XMACVLAN" show "$1" >/dev/null && ip "${@:2}" link show dev "$1" up | grep -q "$1"
}

# comes NAME [OPTION...]: the endpoint appears
comes() {
	within 5 has "$@"
}

# adds ENDPOINT LINK [KEYS]: a file for it
adds() {
	echo "{ \"endpoints\": { \"$1\": { \"link\": \"$2\"${3:+, $3} } } }" >"files/$1.json"
}

# device NAME: a device that can be a parent
device() {
	ip link add "$1" type veth peer name "$1" netns lan
}

runs() {
	grep -c run run.log
}

# counts N: whether the command was run so often
counts() {
	[ "$(runs)" = "$1" ]
}

case_appear() {
	adds one late0
	adds two lan0 '"netns": "later"'
	adds path lan0 '"netns": "/run/other/ns"'
	adds three 02:00:00:00:00:42
	adds four uplink-of-the-rack
	adds both late1 '"netns": "latest"'
	watch "$XMACVLAN" apply --skip-missing files
	check "the command is run at the start" within 5 grep -q 'both is left out' log
	check "and there is nothing yet" eval '[ -z "$("$XMACVLAN" show)" ]'
	device late0
	check "a parent that is made" comes one
	ip netns add later
	check "a namespace that is made" comes two -n later
	mkdir /run/other
	touch /run/other/ns
	unshare --net=/run/other/ns true
	check "a namespace that is mounted elsewhere" within 5 eval \
		'"$XMACVLAN" show path && nsenter --net=/run/other/ns ip link show path up'
	device m0
	ip link set m0 address 02:00:00:00:00:42
	check "a device that gets the MAC" comes three
	device a0
	ip link property add dev a0 altname uplink-of-the-rack
	check "a device that gets the alternative name" comes four
	device x0
	ip link set x0 name late1
	ip netns add latest
	check "a device that is renamed, and its namespace" comes both -n latest
	same "everything is there once" "6" "$("$XMACVLAN" -j show | grep -o '"link"' | wc -l)"
}

case_again() {
	ip link del late0
	check "the parent has gone, and its endpoint" within 5 not "$XMACVLAN" show one
	device late0
	check "the parent comes back, and its endpoint" comes one
	ip netns del later
	check "the namespace has gone, and its endpoint" within 5 not "$XMACVLAN" show two
	ip netns add later
	check "the namespace comes back, and its endpoint" comes two -n later
	ip netns del later
	ip netns add later
	check "at once" comes two -n later
	stop_watcher -KILL
	adds missed late2
	device late2
	watch "$XMACVLAN" apply --skip-missing files
	check "what appeared without the watcher" comes missed
	adds hup late0
	kill -HUP "$watcher"
	check "SIGHUP: files that have changed" comes hup
	stop_watcher
}

# A run lasts for the seconds in the file `pause`, and ends with the exit code in `code`
case_runs() {
	local before

	echo 0 >code
	echo 0 >pause
	: >run.log
	cat >run.sh <<-'END'
		grep CapBnd /proc/self/status >caps
		echo run >>run.log
		sleep "$(cat pause)"
		exit "$(cat code)"
	END
	watch sh run.sh
	check "the first run" within 5 counts 1
	same "it has the privileges that xmacvland was started with" \
		"$(grep CapBnd /proc/self/status)" "$(cat caps)"
	check "xmacvland itself has given them up" not \
		grep -qF "$(cat caps)" "/proc/$watcher/status"
	for i in $(seq 50); do
		device "d$i"
	done
	sleep 2
	before=$(runs)
	check "50 devices: $((before - 1)) runs" eval '[ $before -gt 1 ] && [ $before -lt 12 ]'
	for i in $(seq 50); do
		ip link set "d$i" mtu 1400 up
	done
	ip netns del latest
	sleep 1
	same "no run when devices change, and namespaces go" "$before" "$(runs)"
	echo 2 >code
	device e0
	check "a run that was refused is repeated" within 10 counts $((before + 3))
	check "and logged" grep -q 'sh ended with code 2: it is run again' log
	echo 1 >code
	check "with a wrong file it ends" within 10 grep -q 'sh ended with code 1$' log
	before=$(runs)
	sleep 2
	same "and is not repeated" "$before" "$(runs)"
	echo 0 >code
	echo 100 >pause
	device e1
	check "a run that lasts" within 5 counts $((before + 1))
	ip link del late2
	check "the watcher does not wait for it" within 5 not "$XMACVLAN" show missed
	stop_watcher
	: >log
	watch /nowhere/command
	check "a command that is not there" within 5 \
		grep -q '/nowhere/command ended with code 127$' log
	stop_watcher
}

case_notify() {
	check "READY, WATCHDOG, STOPPING" python3 - "$B/xmacvland" <<-'END'
		import os, socket, subprocess, sys, time
		s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		s.bind("/run/notify")
		s.settimeout(10)
		env = dict(os.environ, NOTIFY_SOCKET="/run/notify")
		p = subprocess.Popen([sys.argv[1]], env=env)
		start, got = time.monotonic(), []
		while got.count(b"WATCHDOG=1") < 4:
		    got.append(s.recv(100))
		print(got, time.monotonic() - start)
		assert got.count(b"READY=1") == 1
		assert 1.5 < time.monotonic() - start < 8
		p.terminate()
		while got[-1] != b"STOPPING=1":
		    got.append(s.recv(100))
		assert p.wait() == 0
	END
}

make_lan
case_appear
case_again
case_runs
case_notify
finish
