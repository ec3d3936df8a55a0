#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/packages/installed.sh DEBS: installs, upgrades, removes and purges the packages in the
# folder DEBS in this root (next.deb is a later version of xmacvlan) and runs what they have, under
# traffic. What they depend on is installed. Namespaces and /sys/fs/bpf are the caller's own.
. "$(dirname "$0")/lib.sh"

debs=$1
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
who="$(. /etc/os-release && echo "$VERSION_CODENAME") $(dpkg --print-architecture)"
conf='{"cniVersion": "1.0.0", "name": "net", "type": "xmacvlan", "master": "p0"}'

# Every file and folder of this root but the tree, and what dpkg and apt keep for themselves
root_files() {
	find / -xdev \( -path /var/lib/dpkg -o -path /var/lib/apt -o -path /var/log -o \
		-path /var/cache -o -path "$debs" -o -path /x \) -prune -o -print | sort
}

verified() {
	[ -z "$(dpkg --verify xmacvlan xmacvlan-cni xmacvlan-doc)" ]
}

# prints PATTERN COMMAND...: it succeeds and prints a line that matches
prints() {
	local output
	output=$("${@:2}" 2>&1) && grep -E -- "$1" <<<"$output" >/dev/null && return
	echo "$output"
	return 1
}

# at PLACE COMMAND...: in a network namespace, or on the host
at() {
	if [ "$1" = host ]; then
		"${@:2}"
	else
		ip netns exec "$@"
	fi
}

ping_from() {
	at "$1" ping -c 2 -i 0.2 -W 4 "$2"
}

# tcp FROM TO ADDRESS: what TO receives at its address is what FROM has sent
tcp() {
	local server
	head -c 1000003 /dev/urandom >/tmp/sent
	# shellcheck disable=SC2016 # perl's
	at "$2" timeout 60 perl -MIO::Socket::INET -e '
		$s = IO::Socket::INET->new(LocalPort => 8000, Listen => 1, ReuseAddr => 1) or die;
		$c = $s->accept; print while <$c>' >/tmp/received &
	server=$!
	for _ in $(seq 100); do
		! at "$1" timeout 60 bash -c "cat /tmp/sent >/dev/tcp/$3/8000" || break
		sleep 0.1
	done
	wait "$server" && cmp /tmp/sent /tmp/received
}

traffic_start() {
	ip netns exec wire ping -i 0.01 -q 192.0.2.1 >/tmp/ping 2>&1 &
	traffic=$!
	sleep 0.5
}

# traffic_end WHAT: every echo request had its reply
traffic_end() {
	sleep 0.5
	kill -INT "$traffic"
	wait "$traffic"
	# The last request may be answered after the signal
	check "$1: no frame is lost: $(grep transmitted /tmp/ping)" awk \
		'/transmitted/ { sent = $1; lost = $1 - $4 } END { exit sent < 20 || lost > 1 }' \
		/tmp/ping
}

# The programs that run on the endpoints: their ids
programs() {
	local pin
	for pin in /sys/fs/bpf/xmacvlan/n*/endpoint_[rt]x; do
		bpftool prog show pinned "$pin" | sed -n 's/^\([0-9]*\):.*/\1/p'
	done
}

plugin() {
	echo "$conf" | CNI_COMMAND=$1 CNI_CONTAINERID=c CNI_NETNS=/run/netns/c2 CNI_IFNAME=eth0 \
		CNI_PATH=/usr/lib/cni /usr/lib/cni/xmacvlan
}

run_watcher() {
	local pid rc=1
	xmacvland >/tmp/watcher 2>&1 &
	pid=$!
	ip -n wire link set w0 down
	for _ in $(seq 100); do
		! ip -n c1 link show e1 | grep -q NO-CARRIER || { rc=0 && break; }
		sleep 0.1
	done
	ip -n wire link set w0 up
	for _ in $(seq 100); do
		ip -n c1 link show e1 | grep -q NO-CARRIER || break
		sleep 0.1
	done
	kill "$pid"
	wait "$pid" || rc=$?
	cat /tmp/watcher
	return "$rc"
}

make_network() {
	local name
	for name in wire c1 c2; do
		ip netns add "$name" && ip -n "$name" link set lo up || return
	done
	ip link set lo up && ip link add p0 type veth peer name w0 netns wire &&
		ip link set p0 up && ip addr add 192.0.2.5/24 dev p0 &&
		ip -n wire addr add 192.0.2.9/24 dev w0 && ip -n wire link set w0 up
}

# add_endpoint N: eN in cN with 192.0.2.N
add_endpoint() {
	xmacvlan add "e$1" link p0 netns "c$1" && xmacvlan set "e$1" host on &&
		ip -n "c$1" addr add "192.0.2.$1/24" dev "e$1" && ip -n "c$1" link set "e$1" up
}

use_what_is_there() {
	check "$who: xmacvlan version" prints "^xmacvlan $VERSION," xmacvlan version
	check "$who: a network" make_network
	check "$who: add" add_endpoint 1
	check "$who: add another one" add_endpoint 2
	check "$who: the wire reaches the endpoint" ping_from wire 192.0.2.1
	check "$who: the endpoint reaches its host" ping_from c1 192.0.2.5
	check "$who: ... and the other one" ping_from c1 192.0.2.2
	check "$who: TCP from the wire" tcp wire c1 192.0.2.1
	check "$who: TCP to the host" tcp c1 host 192.0.2.5
	check "$who: TCP to the other endpoint" tcp c1 c2 192.0.2.2
	check "$who: show" prints '^[0-9]+: e1@p0' xmacvlan -d show
	check "$who: CNI ADD" prints '"sandbox"' plugin ADD
	check "$who: show has the container" prints '"container' xmacvlan -j show
	check "$who: CNI DEL" plugin DEL
	check "$who: metrics" prints '^# EOF$' xmacvlan metrics
	check "$who: top" prints e1 xmacvlan top --once
	check "$who: the watcher follows the carrier" run_watcher
	traffic_start
	check "$who: trace" prints 'to e1' xmacvlan trace e1 count 2 for 10
	traffic_end "$who: trace"
	check "$who: save" sh -c "xmacvlan save >/etc/xmacvlan/mine.json"
	check "$who: apply has nothing to do" [ -z "$(xmacvlan apply --dry-run)" ]
}

upgrade_under_traffic() {
	local before
	before=$(programs)
	traffic_start
	check "$who: upgrade" dpkg -i "$debs/next.deb"
	traffic_end "$who: upgrade"
	check "$who: ... to the later version" prints '\+next$' \
		dpkg-query -f '${Version}' -W xmacvlan
	check "$who: ... programs ran before" [ -n "$before" ]
	check "$who: ... none of them runs" \
		[ -z "$(comm -12 <(sort <<<"$before") <(programs | sort))" ]
	check "$who: ... the endpoint is there" prints '^[0-9]+: e1@p0' xmacvlan show
}

# Endpoints outlive the package
remove_under_traffic() {
	traffic_start
	check "$who: remove says that endpoints go on" prints 'endpoints go on' dpkg -r xmacvlan
	check "$who: ... no command is left" [ ! -e /usr/sbin/xmacvlan ]
	check "$who: ... the administrator's file is" [ -e /etc/xmacvlan/mine.json ]
	check "$who: purge" dpkg -P xmacvlan xmacvlan-doc
	traffic_end "$who: remove and purge"
	check "$who: ... the administrator's file is left" [ -e /etc/xmacvlan/mine.json ]
	check "$who: the CNI plugin works alone" prints supportedVersions plugin VERSION
	traffic_start
	check "$who: install again" dpkg -i "$debs"/xmacvlan_*.deb
	traffic_end "$who: install again"
	check "$who: ... takes the endpoint over" prints '^[0-9]+: e1@p0' xmacvlan show
	check "$who: ... changes it" xmacvlan set e1 mode private
	check "$who: del" xmacvlan del e1
	check "$who: del the other one" xmacvlan del e2
	check "$who: ... leaves no pins" [ -z "$(ls /sys/fs/bpf/xmacvlan)" ]
}

before=$(root_files)
check "$who: dpkg -i" dpkg -i "$debs"/xmacvlan*_*.deb || finish
check "$who: the files are those of the packages" verified
use_what_is_there
upgrade_under_traffic
remove_under_traffic
rm /etc/xmacvlan/mine.json
check "$who: purge of all" dpkg -P xmacvlan xmacvlan-cni
check "$who: ... leaves no file" diff <(echo "$before") <(root_files)
finish
