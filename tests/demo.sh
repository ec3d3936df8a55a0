#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# make demo: a wire, a host and endpoints in network namespaces. Shows which of them reach each
# other, and the counters, and leaves nothing behind.
set -euo pipefail

xmacvlan=${1:?path of xmacvlan}
id=xmdemo$$
wire=$id-wire host=$id-host
mounted=
failures=0

cleanup() {
	ip netns pids "$host" 2>/dev/null | xargs -r kill 2>/dev/null || true
	for ns in "$host" "$wire" "$id-web" "$id-db"; do
		ip netns del "$ns" 2>/dev/null || true
	done
	"$xmacvlan" sync >/dev/null 2>&1 || true # removes the pins of deleted namespaces
	[ -z "$mounted" ] || umount /sys/fs/bpf || true
}
trap cleanup EXIT
trap 'exit 130' INT TERM

run() {
	echo "# $*"
	"$@"
}

# reaches FROM TO-ADDRESS yes|no WHAT
reaches() {
	local got=no
	ip netns exec "$1" ping -c 1 -W 1 "$2" >/dev/null 2>&1 && got=yes
	printf '  %-44s %s\n' "$4" "$got"
	[ "$got" = "$3" ] || { echo "    expected: $3"; failures=$((failures + 1)); }
}

if [ "$(stat -f -c %T /sys/fs/bpf)" != bpf_fs ]; then
	mount -t bpf bpf /sys/fs/bpf
	mounted=yes
fi

echo "--- a wire, a host with eth0 on the wire, two containers"
for ns in "$wire" "$host" "$id-web" "$id-db"; do
	ip netns add "$ns"
	ip -n "$ns" link set lo up
done
ip -n "$host" link add eth0 type veth peer name port netns "$wire"
ip -n "$wire" addr add 192.0.2.254/24 dev port
ip -n "$wire" link set port up
ip -n "$host" addr add 192.0.2.1/24 dev eth0
ip -n "$host" link set eth0 up

echo "--- endpoints: web behaves as a macvlan, db also reaches its host"
run "$xmacvlan" -n "$host" add web link eth0 netns "$id-web"
run "$xmacvlan" -n "$host" add db link eth0 netns "$id-db" host on
ip -n "$id-web" addr add 192.0.2.10/24 dev web
ip -n "$id-web" link set web up
ip -n "$id-db" addr add 192.0.2.11/24 dev db
ip -n "$id-db" link set db up

echo "--- connectivity"
reaches "$id-web" 192.0.2.11 yes "web -> db (bridge siblings)"
reaches "$id-web" 192.0.2.254 yes "web -> the wire"
reaches "$wire" 192.0.2.11 yes "the wire -> db"
reaches "$id-web" 192.0.2.1 no "web -> its host (host off, as macvlan)"
reaches "$id-db" 192.0.2.1 yes "db -> its host (host on)"
reaches "$host" 192.0.2.11 yes "the host -> db (host on)"

echo "--- a command changes the MAC of web"
run "$xmacvlan" -n "$host" set web address 02:00:00:00:be:ef
reaches "$id-web" 192.0.2.254 yes "web -> the wire, from its new MAC"

echo "--- web sends from a MAC that it was not given: the spoof check drops the frames"
ip -n "$id-web" link add forged link web type macvlan mode bridge
ip -n "$id-web" addr add 192.0.2.66/24 dev forged
ip -n "$id-web" link set forged up
got=no
ip netns exec "$id-web" ping -I forged -c 1 -W 1 192.0.2.254 >/dev/null 2>&1 && got=yes
printf '  %-44s %s\n' "web -> the wire, forged MAC" "$got"
[ "$got" = no ] || failures=$((failures + 1))

echo "--- endpoints and counters"
run "$xmacvlan" -n "$host" -s show

run "$xmacvlan" -n "$host" del web
run "$xmacvlan" -n "$host" del db
echo "--- left on eth0: $("$xmacvlan" -n "$host" show | wc -l) lines of 'xmacvlan show'"
[ "$failures" = 0 ] && echo "demo: all results are as expected"
exit "$failures"
