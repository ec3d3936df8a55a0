#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/e2e/cni/podman.sh B: podman's containers on networks of our plugin, with real traffic
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/podman-lib.sh"
needs podman conmon crun busybox iptables
isolate "$@"
set_up_podman

# accept_only ADDRESS MAC: lan drops frames from the address with another source MAC, so that an
# answer proves the MAC on the wire
accept_only() {
	at lan iptables -I INPUT -s "$1" -m mac ! --mac-source "$2" -j DROP
}

accept_all() {
	at lan iptables -F INPUT
}

# has_neighbour ADDRESS MAC: in lan's neighbour table
has_neighbour() {
	at lan ip neigh show "$1" dev wire | grep -q "lladdr $2"
}

case_reads() {
	local format='{{.Name}} {{.Driver}}'

	write_network plain "$LOCAL46, \"dns\": { \"nameservers\": [\"192.0.2.53\"],
		\"search\": [\"lan.test\"] }"
	same "podman reads the conflist" "plain $TYPE" \
		"$(podman network ls --filter name=plain --format "$format" 2>&1)"
	same "network inspect" "plain $TYPE" \
		"$(podman network inspect plain --format "$format" 2>&1)"
	check "network exists" podman network exists plain
}

case_lan() {
	local v4 v6 mac format

	format='{{with .NetworkSettings.Networks.plain}}'
	format=$format'{{.IPAddress}} {{.GlobalIPv6Address}} {{.MacAddress}}{{end}}'
	check "a container starts" start web plain
	v4=$(address_of web eth0 4) v6=$(address_of web eth0 6) mac=$(mac_of web eth0)
	talk web "$v4" lan 192.0.2.1
	talk web "$v6" lan 2001:db8::1
	check "lan has learned its MAC" has_neighbour "$v4" "$mac"
	accept_only "$v4" "$mac"
	check "its frames have its MAC" pings lan "$v4"
	accept_all
	accept_only "$v4" 02:00:00:00:00:01
	refused "its frames have no other MAC" pings lan "$v4" 1
	accept_all
	same "podman inspect: addresses and MAC" "$v4 $v6 $mac" \
		"$(podman inspect web --format "$format")"
	check "the conflist's name server" at web grep -qx "nameserver 192.0.2.53" /etc/resolv.conf
	case_host_off web "$v4" "$v6"
	case_restart web "$mac"
	stop web
	all_removed "a container removed"
}

# case_host_off CONTAINER IPV4 IPV6: no traffic with the host, as with macvlan
case_host_off() {
	mute "$1" "$2" host 192.0.2.2
	mute "$1" "$3" host 2001:db8::2
}

case_restart() {
	check "restarted" podman restart -t 0 "$1"
	[ "$TYPE" != xmacvlan ] || same "restarted: the same MAC" "$2" "$(mac_of "$1" eth0)"
	talk "$1" "$(address_of "$1" eth0 4)" lan 192.0.2.1
	check "stopped" podman stop -t 0 "$1"
	nothing_left "stopped"
}

case_host_on() {
	[ "$TYPE" = xmacvlan ] || { skip "hostAccess: $TYPE does not have it"; return; }
	write_network hosted "$LOCAL46, \"hostAccess\": true"
	check "a container with hostAccess" start web hosted
	talk web "$(address_of web eth0 4)" host 192.0.2.2
	talk web "$(address_of web eth0 6)" host 2001:db8::2
	talk web "$(address_of web eth0 4)" lan 192.0.2.1
	stop web
	all_removed "with hostAccess"
}

# siblings MODE talk|mute
siblings() {
	local a b

	write_network "mode-$1" "$LOCAL4, \"mode\": \"$1\""
	check "$1: container one starts" start one "mode-$1"
	check "$1: container two starts" start two "mode-$1"
	a=$(address_of one eth0 4) b=$(address_of two eth0 4)
	"$2" one "$a" two "$b"
	check "$1: one reaches the LAN" pings one 192.0.2.1
	check "$1: two reaches the LAN" pings two 192.0.2.1
	stop one two
	all_removed "mode $1"
}

case_modes() {
	siblings bridge talk
	siblings private mute
	write_network through "$LOCAL4, \"mode\": \"passthru\""
	check "passthru: a container starts" start web through
	same "passthru: lan0's MAC" "$(cat /sys/class/net/lan0/address)" "$(mac_of web eth0)"
	talk web "$(address_of web eth0 4)" lan 192.0.2.1
	stop web
	all_removed "mode passthru"
	check "passthru removed: the host reaches the LAN" pings host 192.0.2.1
}

case_connect() {
	write_network first "$LOCAL4"
	write_network second '"ipam": { "type": "host-local", "ranges": [[
		{ "subnet": "198.51.100.0/24", "rangeStart": "198.51.100.10" } ]] }'
	# Without arp_ignore Linux answers for all its addresses on all its devices, and lan would
	# learn the wrong MAC
	check "a container on one network" start web first --sysctl net.ipv4.conf.all.arp_ignore=1
	check "network connect" podman network connect second web
	talk web 198.51.100.10 lan 198.51.100.1
	talk web "$(address_of web eth0 4)" lan 192.0.2.1
	fails_with "network connect again" "already connected" podman network connect second web
	check "network disconnect" podman network disconnect second web
	refused "no second interface" at web ip link show eth1
	refused "no second address" pings lan 198.51.100.10 1
	check "the first address still serves" fetches lan "$(address_of web eth0 4)" web
	check "network connect with address and MAC" podman network connect --ip 198.51.100.99 \
		--mac-address 02:00:00:00:00:99 second web
	check "lan reaches that address" pings lan 198.51.100.99
	same "eth1 has that MAC" 02:00:00:00:00:99 "$(mac_of web eth1)"
	check "network disconnect of the first" podman network disconnect first web
	check "the second address still serves" fetches lan 198.51.100.99 web
	stop web
	all_removed "two networks"
}

case_static() {
	write_network static "$LOCAL46"
	write_network able "$LOCAL46, \"capabilities\": { \"mac\": true, \"ips\": true }"
	check "--ip, --mac-address" start web static --ip 192.0.2.147 \
		--mac-address 02:00:00:00:00:77
	same "--ip: the address" 192.0.2.147 "$(address_of web eth0 4)"
	accept_only 192.0.2.147 02:00:00:00:00:77
	talk web 192.0.2.147 lan 192.0.2.1
	accept_all
	check "--mac-address: lan has learned the MAC" \
		has_neighbour 192.0.2.147 02:00:00:00:00:77
	fails_with "the same address again" 192.0.2.147 start twin static --ip 192.0.2.147
	fails_with "the same MAC again" "ddress" \
		start triplet static --mac-address 02:00:00:00:00:77
	stop web twin triplet
	check "ip, mac and interface_name by capabilities" \
		start web able:ip=192.0.2.148,mac=02:00:00:00:00:78,interface_name=lan7
	same "capabilities: the address" 192.0.2.148 "$(address_of web lan7 4)"
	same "capabilities: the MAC" 02:00:00:00:00:78 "$(mac_of web lan7)"
	check "capabilities: lan reaches the address" fetches lan 192.0.2.148 web
	stop web
	all_removed "requested addresses"
}

case_pod() {
	write_network podnet "$LOCAL4"
	check "a pod is created" podman pod create --name pod --network podnet --infra-image box \
		--infra-command "sleep 1000"
	check "the pod's first container" podman run -d --name web --pod pod --cap-add NET_RAW \
		box sh -c 'echo web >/www/index.html; exec httpd -f -p 80 -h /www'
	check "the pod's second container" podman run -d --name side --pod pod box sleep 1000
	same "both share one address" "$(address_of web eth0 4)" "$(address_of side eth0 4)"
	talk web "$(address_of side eth0 4)" lan 192.0.2.1
	check "the second fetches from the first" fetches side 127.0.0.1 web
	check "the pod is removed" podman pod rm -f -t 0 pod
	podman rmi -f localhost/podman-pause >/dev/null 2>&1
	all_removed "a pod"
}

at lan ip addr add 198.51.100.1/24 dev wire
case_reads
case_lan
case_host_on
case_modes
case_connect
case_static
case_pod
finish
