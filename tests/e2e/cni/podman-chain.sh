#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/e2e/cni/podman-chain.sh B: podman's containers with other plugins in the chain: IPAM dhcp
# with a real server in lan, and tuning, portmap, firewall, bandwidth after our plugin
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/podman-lib.sh"
needs podman conmon crun busybox iptables
isolate "$@"
set_up_podman

PORTMAP='{ "type": "portmap", "capabilities": { "portMappings": true } }'
TUNING='{ "type": "tuning", "mtu": 1400, "capabilities": { "mac": true }, "sysctl": {
	"net.ipv4.conf.IFNAME.log_martians": "1", "net.core.somaxconn": "77" } }'

# accepts_rule RULE...: whether iptables accepts the rule
accepts_rule() {
	iptables -t nat -N probe && iptables -t nat -A probe "$@"
	local rc=$?

	iptables -t nat -F probe
	iptables -t nat -X probe
	return $rc
}

# needs_filters WHAT: skips WHAT if this kernel refuses the rules of portmap and firewall
needs_filters() {
	local output

	output=$( (accepts_rule -m comment --comment x -m addrtype --dst-type LOCAL \
		-j MARK --set-xmark 0x2000/0x2000 &&
		accepts_rule -p tcp --dport 8080 -j DNAT --to-destination 192.0.2.100:80 &&
		accepts_rule -m mark --mark 0x2000/0x2000 -m conntrack \
			--ctstate RELATED,ESTABLISHED -j MASQUERADE) 2>&1) && return
	skip "$1: iptables: $output"
	return 1
}

case_tuning() {
	write_network tuned "$LOCAL4" "$TUNING"
	check "tuning: starts" start web tuned --mac-address 02:00:00:00:00:42
	same "tuning: a sysctl of the device" 1 \
		"$(at web cat /proc/sys/net/ipv4/conf/eth0/log_martians)"
	same "tuning: a sysctl of the namespace" 77 "$(at web cat /proc/sys/net/core/somaxconn)"
	same "tuning: the MTU" 1400 "$(at web cat /sys/class/net/eth0/mtu)"
	same "tuning: the MAC" 02:00:00:00:00:42 "$(mac_of web eth0)"
	talk web "$(address_of web eth0 4)" lan 192.0.2.1
	stop web
	all_removed "tuning"
}

# A published port of the host, from the LAN and from the host itself. With macvlan the host cannot
# reach the container.
case_portmap() {
	local addr

	needs_filters "portmap, firewall" || return
	[ "$TYPE" = xmacvlan ] || {
		skip "portmap: with $TYPE the host cannot reach the container"
		return
	}
	write_network mapped "$LOCAL4, \"hostAccess\": true" "$PORTMAP" '{ "type": "firewall" }'
	sysctl -q net.ipv4.ip_forward=1
	iptables -P FORWARD DROP
	refused "portmap: the port is free" fetches lan 192.0.2.2:8080 web 1
	check "portmap: starts" start web mapped -p 8080:80
	addr=$(address_of web eth0 4)
	check "portmap: the host fetches from its port" fetches host 192.0.2.2:8080 web
	refused "firewall: new connections from outside are blocked" \
		fetches lan 192.0.2.2:8080 web 1
	iptables -A CNI-ADMIN -p tcp --dport 80 -j ACCEPT
	check "portmap: lan fetches from the host's port when the administrator accepts it" \
		fetches lan 192.0.2.2:8080 web
	check "firewall: its rules" grep -q -- "-A CNI-FORWARD -s $addr/32 -j ACCEPT" \
		<<<"$(iptables-save)"
	talk web "$addr" lan 192.0.2.1
	talk web "$addr" host 192.0.2.2
	stop web
	all_removed "portmap, firewall"
	refused "portmap: the port is free again" fetches lan 192.0.2.2:8080 web 1
	iptables -P FORWARD ACCEPT
}

# bandwidth requires the host's end of a veth among the interfaces of the result. Results of macvlan
# and of our plugin do not have it.
case_bandwidth() {
	write_network slow "$LOCAL4" '{ "type": "bandwidth", "ingressRate": 8000000,
		"ingressBurst": 80000 }'
	fails_with "bandwidth refuses, as after macvlan" "no veth peer" start web slow
	nothing_left "bandwidth refused"
	stop web
	all_removed "bandwidth refused"
}

# A server with leases of a minute, which the client renews every two seconds (option 58)
start_dhcp() {
	cat >/tmp/udhcpd.conf <<-CONF
		start 192.0.2.170
		end 192.0.2.179
		interface wire
		lease_file /tmp/udhcpd.leases
		pidfile /tmp/udhcpd.pid
		opt subnet 255.255.255.0
		opt router 192.0.2.1
		opt lease 60
		opt 0x3a 00000002
	CONF
	touch /tmp/udhcpd.leases
	at lan busybox udhcpd -f /tmp/udhcpd.conf >/tmp/udhcpd.log 2>&1 &
	disown
	/usr/lib/cni/dhcp daemon >/tmp/dhcp.log 2>&1 &
	disown
}

# lease_seconds ADDRESS: the remaining seconds of the server's lease, "expired", or nothing. The
# server writes its file on SIGUSR1.
lease_seconds() {
	rm -f /tmp/udhcpd.leases
	kill -USR1 "$(cat /tmp/udhcpd.pid)"
	within 5 test -s /tmp/udhcpd.leases
	busybox dumpleases -r -f /tmp/udhcpd.leases | awk -v a="$1" '
		$2 == a && $NF == "expired" { print $NF }
		$2 == a && $NF != "expired" {
			print substr($NF, 1, 2) * 3600 + substr($NF, 4, 2) * 60 + substr($NF, 7)
		}'
}

count_acks() {
	grep -c "sending ACK to $1" /tmp/udhcpd.log
}

# lease_renewed ADDRESS COUNT: the server has sent more than COUNT acknowledgements
lease_renewed() {
	[ "$(count_acks "$1")" -gt "$2" ]
}

case_dhcp() {
	local addr count

	write_network leased '"ipam": { "type": "dhcp" }'
	fails_with "dhcp: without its daemon" "dhcp" start web leased
	nothing_left "dhcp: without its daemon"
	stop web
	start_dhcp
	check "dhcp: the daemon listens" within 5 test -S /run/cni/dhcp.sock
	check "dhcp: starts" start web leased
	addr=$(address_of web eth0 4)
	check "dhcp: an address of the server ($addr)" \
		grep -qE '^192\.0\.2\.17[0-9]$' <<<"$addr"
	check "dhcp: the server's router" \
		grep -q "^default via 192.0.2.1 " <<<"$(at web ip route)"
	talk web "$addr" lan 192.0.2.1
	count=$(count_acks "$addr")
	check "dhcp: the lease is renewed" within 8 lease_renewed "$addr" "$count"
	check "dhcp: the lease is for a minute" test "$(lease_seconds "$addr")" -gt 50
	same "dhcp: the same address" "$addr" "$(address_of web eth0 4)"
	stop web
	same "dhcp: the lease is released" expired "$(lease_seconds "$addr")"
	all_removed "dhcp"
}

# Only DEL makes the plugin's daemon release the lease.
case_dhcp_killed() {
	local addr

	check "dhcp: another container starts" start web leased --rm
	addr=$(address_of web eth0 4)
	kill -9 "$(podman inspect -f '{{.State.Pid}}' web)"
	check "dhcp: killed, podman removes the container" \
		within 10 not podman container exists web
	same "dhcp: killed, the lease is released" expired "$(lease_seconds "$addr")"
	all_removed "dhcp, killed"
}

case_tuning
case_portmap
case_bandwidth
case_dhcp
case_dhcp_killed
finish
