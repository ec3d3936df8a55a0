#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/e2e/cni/podman-faults.sh B: processes are killed and plugins fail while podman works.
# Nothing is left behind.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/podman-lib.sh"
needs podman conmon crun busybox iptables
isolate "$@"
set_up_podman

# state_of CONTAINER FIELD: a field of .State in podman's template
state_of() {
	podman inspect -f "{{.State.$2}}" "$1"
}

is_in_state() {
	[ "$(state_of "$1" Status)" = "$2" ]
}

# Removes what podman leaves behind when it is killed: namespaces, monitors, storage
sweep_podman() {
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

# Removes leases and results of containers for which podman will call no plugin any more
remove_leases() {
	find /var/lib/cni/networks/plain /var/lib/cni/results -type f -name '*[0-9]*' -delete
}

# A namespace may have gone without a DEL: the next command that changes things removes its endpoint
has_no_endpoint() {
	[ "$TYPE" = macvlan ] || "$XMACVLAN" sync || return
	[ -z "$("$XMACVLAN" show)" ] && [ "$(ip -o link show type veth | wc -l)" = 1 ]
}

case_process() {
	check "process killed, --rm: starts" start web plain --rm
	kill -9 "$(state_of web Pid)"
	check "process killed, --rm: podman removes the container" \
		within 10 not podman container exists web
	all_removed "process killed, --rm"
	check "process killed: starts" start web plain
	kill -9 "$(state_of web Pid)"
	check "process killed: exited" within 10 is_in_state web exited
	nothing_left "process killed"
	check "started again" podman start web
	check "started again: serves" fetches lan "$(address_of web eth0 4)" web
	stop web
	all_removed "started again"
}

case_monitor() {
	check "conmon killed: starts" start web plain
	kill -9 "$(state_of web ConmonPid)"
	check "conmon killed: still serves" fetches lan "$(inspected_address web)" web
	stop web
	all_removed "conmon killed"
	check "conmon and process killed: starts" start web plain
	kill -9 "$(state_of web ConmonPid)" "$(state_of web Pid)"
	stop web
	all_removed "conmon and process killed"
}

# From podman, because `podman exec` needs conmon
inspected_address() {
	podman inspect -f '{{.NetworkSettings.Networks.plain.IPAddress}}' "$1"
}

# podman is killed during ADD. The plugin cannot deliver its result and rolls back.
case_podman_in_add() {
	local pid

	write_network slow "${LOCAL4/host-local/slow-local}"
	cat >/opt/cni/bin/slow-local <<-'IPAM'
		#!/bin/sh
		/usr/lib/cni/host-local || exit
		[ "$CNI_COMMAND" != ADD ] || { touch /tmp/adding; sleep 1; }
	IPAM
	chmod +x /opt/cni/bin/slow-local
	podman run -d --name web --network slow box sleep 1000 >/dev/null 2>&1 &
	pid=$!
	check "podman killed in ADD: the plugin is running" within 5 test -e /tmp/adding
	same "podman killed in ADD: the plugin has a lease" 1 "$(leases | wc -l)"
	kill -9 $pid
	wait $pid 2>/dev/null
	check "podman killed in ADD: no endpoint" within 5 has_no_endpoint
	nothing_left "podman killed in ADD"
	stop web 2>/dev/null
	sweep_podman
	all_removed "podman killed in ADD, removed"
}

# podman is killed at any time. If it is killed after it has read the result, it forgets the
# namespace. The endpoint is deleted with that namespace, but host-local keeps the address, as
# with any plugin.
case_podman_at_any_time() {
	local ms

	for ms in 060 090 100 110 120 130 140 150 160 180; do
		timeout --foreground -s KILL 0.$ms podman run -d --name "web$ms" --network plain \
			box sleep 1000 >/dev/null 2>&1
	done
	sweep_podman
	check "podman killed at ten times: no endpoint" within 5 has_no_endpoint
	remove_leases
	check "podman killed at ten times: another container starts" start web plain
	check "podman killed at ten times: the other container serves" \
		fetches lan "$(address_of web eth0 4)" web
	stop web
	all_removed "podman killed at ten times"
}

case_chain_fails() {
	write_network broken "$LOCAL4" '{ "type": "nonesuch" }'
	fails_with "the plugin after ours is missing" nonesuch start web broken
	nothing_left "the plugin after ours is missing"
	stop web
	rm /etc/cni/net.d/broken.conflist
	write_network tuned "$LOCAL4" \
		'{ "type": "tuning", "sysctl": { "net.ipv4.nonesuch": "1" } }'
	fails_with "the plugin after ours refuses" nonesuch start web tuned
	nothing_left "the plugin after ours refuses"
	stop web
	fails_with "the second network refuses" nonesuch start web plain,tuned
	nothing_left "the second network refuses"
	stop web
	all_removed "the second network refuses"
}

case_add_fails() {
	write_network nowhere "\"mode\": \"bridge\", $LOCAL4"
	sed -i 's/"lan0"/"nope0"/' /etc/cni/net.d/nowhere.conflist
	fails_with "no such master" nope0 start web nowhere
	write_network wrong "\"mode\": \"none-such\", $LOCAL4"
	fails_with "no such mode" none-such start web2 wrong
	write_network one '"ipam": { "type": "host-local", "ranges": [[{ "subnet": "192.0.2.0/24",
		"rangeStart": "192.0.2.120", "rangeEnd": "192.0.2.120" }]] }'
	check "the only address is leased" start web3 one
	fails_with "no address is free" "no IP addresses available" start web4 one
	check "the owner of the address still serves" fetches lan 192.0.2.120 web3
	stop web web2 web4
	same "it has the only endpoint" 1 "$("$XMACVLAN" show | grep -c ' xmacvlan mode ')"
	stop web3
	all_removed "ADD fails"
	fails_with "crun fails after ADD" nonesuch \
		podman run --name web --network plain box nonesuch
	nothing_left "crun fails after ADD"
	stop web
	all_removed "crun failed"
}

# Duplicate address detection: lan has the address
case_address_in_use() {
	write_network six "${LOCAL46/2001:db8::100/2001:db8::66}"
	at lan ip addr add 2001:db8::66/64 dev wire nodad
	fails_with "an IPv6 address that lan has" 2001:db8::66 start web six
	nothing_left "an address in use"
	stop web
	at lan ip addr del 2001:db8::66/64 dev wire
	all_removed "an address in use"
}

# podman calls no plugin then. The endpoint is deleted with its namespace.
case_netns_unmounted() {
	local netns

	check "namespace unmounted: starts" start web plain
	netns=$(podman inspect -f '{{.NetworkSettings.SandboxKey}}' web)
	umount "$netns"
	rm "$netns"
	podman rm -f -t 0 web >/dev/null 2>&1
	remove_leases
	check "namespace unmounted: no endpoint" within 5 has_no_endpoint
	nothing_left "namespace unmounted"
}

case_master_deleted() {
	ip link add gone0 type veth peer name gone1
	write_network going "$LOCAL4"
	sed -i 's/"lan0"/"gone0"/' /etc/cni/net.d/going.conflist
	check "master deleted: starts" start web going
	ip link del gone0
	check "master deleted: the container is removed" stop web
	all_removed "master deleted"
}

write_network plain "$LOCAL4"
case_process
case_monitor
case_podman_in_add
case_podman_at_any_time
case_chain_fails
case_add_fails
case_address_in_use
case_netns_unmounted
case_master_deleted
finish
