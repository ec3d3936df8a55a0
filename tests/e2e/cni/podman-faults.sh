#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/e2e/cni/podman-faults.sh B: what is killed or fails while podman works leaves nothing behind
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/podman-lib.sh"
needs podman conmon crun busybox iptables
alone "$@"
podman_set_up

# The state of a container, of podman's template
state() {
	podman inspect -f "{{.State.$2}}" "$1"
}

is_in_state() {
	[ "$(state "$1" Status)" = "$2" ]
}

# What podman itself leaves when it is killed: namespaces it has forgotten, monitors, storage
sweep() {
	local word

	podman rm -f -t 0 -a >/dev/null 2>&1
	for word in /run/netns/netns-*; do
		umount -l "$word" 2>/dev/null
		rm -f "$word"
	done
	for word in $(pgrep -x conmon) $(pgrep -x crun); do
		kill -9 "$word" 2>/dev/null
	done
	podman ps -aq --external | xargs -r podman rm -f -t 0 >/dev/null 2>&1
}

# Leases and results of containers that podman says nothing more about to any plugin
forget() {
	find /var/lib/cni/networks/plain /var/lib/cni/results -type f -name '*[0-9]*' -delete
}

no_endpoint() {
	[ -z "$("$XMACVLAN" show)" ] && [ "$(ip -o link show type veth | wc -l)" = 1 ]
}

case_process() {
	check "its process killed: starts" start web plain --rm
	kill -9 "$(state web Pid)"
	check "its process killed: podman is done with it" within 10 not podman container exists web
	clean "its process killed"
	check "its process killed, kept: starts" start web plain
	kill -9 "$(state web Pid)"
	check "its process killed, kept: exited" within 10 is_in_state web exited
	left "its process killed, kept"
	check "starts again" podman start web
	check "and serves" fetches lan "$(address_of web eth0 4)" web
	stop web
	clean "started again"
}

case_monitor() {
	check "conmon killed: starts" start web plain
	kill -9 "$(state web ConmonPid)"
	check "conmon killed: it still serves" fetches lan "$(address_of_netns web)" web
	stop web
	clean "conmon killed"
	check "conmon and process killed: starts" start web plain
	kill -9 "$(state web ConmonPid)" "$(state web Pid)"
	stop web
	clean "conmon and process killed"
}

# Without conmon there is no exec
address_of_netns() {
	podman inspect -f '{{.NetworkSettings.Networks.plain.IPAddress}}' "$1"
}

# Nobody reads the result, so the plugin takes back what it made
case_podman_in_add() {
	local pid

	network slow "${LOCAL4/host-local/slow-local}"
	cat >/opt/cni/bin/slow-local <<-'IPAM'
		#!/bin/sh
		/usr/lib/cni/host-local || exit
		[ "$CNI_COMMAND" != ADD ] || { touch /tmp/adding; sleep 1; }
	IPAM
	chmod +x /opt/cni/bin/slow-local
	podman run -d --name web --network slow box sleep 1000 >/dev/null 2>&1 &
	pid=$!
	check "podman killed: the plugin was at it" within 5 test -e /tmp/adding
	same "podman killed: it has a lease" 1 "$(leases | wc -l)"
	kill -9 $pid
	wait $pid 2>/dev/null
	check "podman killed in ADD: no endpoint" within 5 no_endpoint
	left "podman killed in ADD"
	stop web 2>/dev/null
	sweep
	clean "podman killed in ADD, removed"
}

# At any time. Where podman had the result and told nobody, the endpoint goes with the namespace that podman forgot,
# and the address stays host-local's, as with any plugin.
case_podman_anywhere() {
	local ms

	for ms in 060 090 100 110 120 130 140 150 160 180; do
		timeout --foreground -s KILL 0.$ms podman run -d --name "web$ms" --network plain box sleep 1000 >/dev/null 2>&1
	done
	sweep
	check "podman killed at ten times: no endpoint" within 5 no_endpoint
	forget
	check "podman killed at ten times: one more starts" start web plain
	check "podman killed at ten times: and serves" fetches lan "$(address_of web eth0 4)" web
	stop web
	clean "podman killed at ten times"
}

case_chain_fails() {
	network broken "$LOCAL4" '{ "type": "nonesuch" }'
	fails "no such plugin behind ours" nonesuch start web broken
	left "no such plugin behind ours"
	stop web
	rm /etc/cni/net.d/broken.conflist
	network tuned "$LOCAL4" '{ "type": "tuning", "sysctl": { "net.ipv4.nonesuch": "1" } }'
	fails "one behind ours refuses" nonesuch start web tuned
	left "one behind ours refuses"
	stop web
	fails "the second network refuses" nonesuch start web plain,tuned
	left "the second network refuses"
	stop web
	clean "the second network refuses"
}

case_add_fails() {
	network nowhere "\"mode\": \"bridge\", $LOCAL4"
	sed -i 's/"lan0"/"nope0"/' /etc/cni/net.d/nowhere.conflist
	fails "no master" nope0 start web nowhere
	network wrong "\"mode\": \"brigde\", $LOCAL4"
	fails "a mode that is none" brigde start web2 wrong
	network one '"ipam": { "type": "host-local", "ranges": [[{ "subnet": "192.0.2.0/24", "rangeStart": "192.0.2.120", "rangeEnd": "192.0.2.120" }]] }'
	check "the only address" start web3 one
	fails "no address is free" "no IP addresses available" start web4 one
	check "the one that has it still serves" fetches lan 192.0.2.120 web3
	stop web web2 web4
	same "and is alone" 1 "$("$XMACVLAN" show | grep -c ' xmacvlan mode ')"
	stop web3
	clean "ADD fails"
	fails "crun fails behind ADD" nonesuch podman run --name web --network plain box nonesuch
	left "crun fails behind ADD"
	stop web
	clean "crun failed"
}

# An address that answers in lan
case_address_in_use() {
	network six "${LOCAL46/2001:db8::100/2001:db8::66}"
	at lan ip addr add 2001:db8::66/64 dev wire nodad
	fails "an IPv6 address that lan has" 2001:db8::66 start web six
	left "an address in use"
	stop web
	at lan ip addr del 2001:db8::66/64 dev wire
	clean "an address in use"
}

# podman calls no plugin then: the endpoint goes with its namespace
case_namespace_gone() {
	local netns

	check "its namespace's name removed: starts" start web plain
	netns=$(podman inspect -f '{{.NetworkSettings.SandboxKey}}' web)
	umount "$netns"
	rm "$netns"
	podman rm -f -t 0 web >/dev/null 2>&1
	forget
	check "its namespace's name removed: no endpoint" within 5 no_endpoint
	left "its namespace's name removed"
}

case_master_gone() {
	ip link add gone0 type veth peer name gone1
	network going "$LOCAL4"
	sed -i 's/"lan0"/"gone0"/' /etc/cni/net.d/going.conflist
	check "on a device of its own" start web going
	ip link del gone0
	check "the device is gone: removed all the same" stop web
	clean "the device is gone"
}

network plain "$LOCAL4"
case_process
case_monitor
case_podman_in_add
case_podman_anywhere
case_chain_fails
case_add_fails
case_address_in_use
case_namespace_gone
case_master_gone
finish
