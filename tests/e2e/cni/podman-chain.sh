#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/e2e/cni/podman-chain.sh B: podman's containers with other plugins before and behind ours: IPAM dhcp with a real
# server in lan; tuning, portmap, firewall, bandwidth
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/podman-lib.sh"
needs podman conmon crun busybox iptables
alone "$@"
podman_set_up

PORTMAP='{ "type": "portmap", "capabilities": { "portMappings": true } }'
TUNING='{ "type": "tuning", "sysctl": { "net.ipv4.conf.IFNAME.log_martians": "1", "net.core.somaxconn": "77" }, "mtu": 1400, "capabilities": { "mac": true } }'

# kernel_has RULE...: iptables takes the rule, in a table of this namespace
kernel_has() {
	iptables -t nat -N probe && iptables -t nat -A probe "$@"
	local rc=$?

	iptables -t nat -F probe
	iptables -t nat -X probe
	return $rc
}

# The rules that portmap and firewall make; what this kernel does not take is told as a reason
filters() {
	local said

	said=$(kernel_has -m comment --comment x -m addrtype --dst-type LOCAL -j MARK --set-xmark 0x2000/0x2000 2>&1 &&
		kernel_has -p tcp --dport 8080 -j DNAT --to-destination 192.0.2.100:80 2>&1 &&
		kernel_has -m mark --mark 0x2000/0x2000 -m conntrack --ctstate RELATED,ESTABLISHED -j MASQUERADE 2>&1) && return
	skip "$1: iptables says: $said"
	return 1
}

case_tuning() {
	network tuned "$LOCAL4" "$TUNING"
	check "tuning: starts" start web tuned --mac-address 02:00:00:00:00:42
	same "tuning: a sysctl of the device" 1 "$(at web cat /proc/sys/net/ipv4/conf/eth0/log_martians)"
	same "tuning: a sysctl of the namespace" 77 "$(at web cat /proc/sys/net/core/somaxconn)"
	same "tuning: the MTU" 1400 "$(at web cat /sys/class/net/eth0/mtu)"
	same "tuning: the MAC" 02:00:00:00:00:42 "$(mac_of web eth0)"
	talk web "$(address_of web eth0 4)" lan 192.0.2.1
	stop web
	clean "tuning"
}

# The port of the host, from the LAN and from the host itself: with macvlan the host could not pass it on
case_portmap() {
	local addr

	filters "portmap, firewall" || return
	[ "$TYPE" = xmacvlan ] || { skip "portmap: $TYPE does not let the host reach it"; return; }
	network mapped "$LOCAL4, \"hostAccess\": true" "$PORTMAP" '{ "type": "firewall" }'
	sysctl -q net.ipv4.ip_forward=1
	iptables -P FORWARD DROP
	refused "portmap: the port is free" fetches lan 192.0.2.2:8080 web 1
	check "portmap: starts" start web mapped -p 8080:80
	addr=$(address_of web eth0 4)
	check "portmap: the host fetches from its port" fetches host 192.0.2.2:8080 web
	refused "firewall: what is new from outside, the administrator has to let in" fetches lan 192.0.2.2:8080 web 1
	iptables -A CNI-ADMIN -p tcp --dport 80 -j ACCEPT
	check "portmap: lan fetches from the host's port; firewall lets the answers pass" fetches lan 192.0.2.2:8080 web
	check "firewall: its rules" grep -q -- "-A CNI-FORWARD -s $addr/32 -j ACCEPT" <<<"$(iptables-save)"
	talk web "$addr" lan 192.0.2.1
	talk web "$addr" host 192.0.2.2
	stop web
	clean "portmap, firewall"
	refused "portmap: the port is free again" fetches lan 192.0.2.2:8080 web 1
	iptables -P FORWARD ACCEPT
}

# bandwidth wants the host's end of a veth among the interfaces of the result. There is none in macvlan's, nor in ours.
case_bandwidth() {
	network slow "$LOCAL4" '{ "type": "bandwidth", "ingressRate": 8000000, "ingressBurst": 80000 }'
	fails "bandwidth refuses, as behind macvlan" "no veth peer" start web slow
	left "bandwidth refused"
	stop web
	clean "bandwidth refused"
}

# A server that leases for a minute and has the client ask again every two seconds (option 58)
dhcp_up() {
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

# lease ADDRESS: what is left of the server's lease, in seconds, "expired", or nothing. The file is written on demand.
lease() {
	rm -f /tmp/udhcpd.leases
	kill -USR1 "$(cat /tmp/udhcpd.pid)"
	within 5 test -s /tmp/udhcpd.leases
	busybox dumpleases -r -f /tmp/udhcpd.leases | awk -v a="$1" '
		$2 == a { print $NF == "expired" ? $NF : substr($NF, 1, 2) * 3600 + substr($NF, 4, 2) * 60 + substr($NF, 7) }'
}

acks() {
	grep -c "sending ACK to $1" /tmp/udhcpd.log
}

renewed() {
	[ "$(acks "$1")" -gt "$2" ]
}

case_dhcp() {
	local addr count

	network leased '"ipam": { "type": "dhcp" }'
	fails "dhcp: without its daemon" "dhcp" start web leased
	left "dhcp: without its daemon"
	stop web
	dhcp_up
	check "dhcp: the daemon listens" within 5 test -S /run/cni/dhcp.sock
	check "dhcp: starts" start web leased
	addr=$(address_of web eth0 4)
	check "dhcp: an address of the server's ($addr)" grep -qE '^192\.0\.2\.17[0-9]$' <<<"$addr"
	check "dhcp: the server's router" grep -q "^default via 192.0.2.1 " <<<"$(at web ip route)"
	talk web "$addr" lan 192.0.2.1
	count=$(acks "$addr")
	check "dhcp: renewed" within 8 renewed "$addr" "$count"
	check "dhcp: the server has it for a minute" test "$(lease "$addr")" -gt 50
	same "dhcp: the same address" "$addr" "$(address_of web eth0 4)"
	stop web
	same "dhcp: given back" expired "$(lease "$addr")"
	clean "dhcp"
}

# The process that holds the lease is told by DEL alone
case_dhcp_killed() {
	local addr

	check "dhcp: one more" start web leased --rm
	addr=$(address_of web eth0 4)
	kill -9 "$(podman inspect -f '{{.State.Pid}}' web)"
	check "dhcp: killed and gone" within 10 not podman container exists web
	same "dhcp: given back by one that was killed" expired "$(lease "$addr")"
	clean "dhcp, killed"
}

case_tuning
case_portmap
case_bandwidth
case_dhcp
case_dhcp_killed
finish
