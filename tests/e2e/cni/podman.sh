#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/e2e/cni/podman.sh B: containers of the real podman on networks of our plugin, with real traffic
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/podman-lib.sh"
needs podman conmon crun busybox iptables
alone "$@"
podman_set_up

# Frames with another source MAC are dropped in lan, so that answers prove the MAC on the wire
only_from() {
	at lan iptables -I INPUT -s "$1" -m mac ! --mac-source "$2" -j DROP
}

anyone() {
	at lan iptables -F INPUT
}

# seen_as ADDRESS MAC: lan's neighbour table
seen_as() {
	at lan ip neigh show "$1" dev wire | grep -q "lladdr $2"
}

case_reads() {
	network plain "$LOCAL46, \"dns\": { \"nameservers\": [\"192.0.2.53\"], \"search\": [\"lan.test\"] }"
	same "podman reads the conflist" "plain $TYPE" "$(podman network ls --filter name=plain --format '{{.Name}} {{.Driver}}' 2>&1)"
	same "network inspect" "plain $TYPE" "$(podman network inspect plain --format '{{.Name}} {{.Driver}}' 2>&1)"
	check "network exists" podman network exists plain
}

case_lan() {
	local v4 v6 mac

	check "a container starts" start web plain
	v4=$(address_of web eth0 4) v6=$(address_of web eth0 6) mac=$(mac_of web eth0)
	talk web "$v4" lan 192.0.2.1
	talk web "$v6" lan 2001:db8::1
	check "lan knows its MAC" seen_as "$v4" "$mac"
	only_from "$v4" "$mac"
	check "its frames have its MAC" pings lan "$v4"
	anyone
	only_from "$v4" 02:00:00:00:00:01
	refused "and no other" pings lan "$v4" 1
	anyone
	same "podman tells address and MAC" "$v4 $v6 $mac" "$(podman inspect web --format \
		'{{with .NetworkSettings.Networks.plain}}{{.IPAddress}} {{.GlobalIPv6Address}} {{.MacAddress}}{{end}}')"
	check "the conflist's name server" at web grep -qx "nameserver 192.0.2.53" /etc/resolv.conf
	case_host_off web "$v4" "$v6"
	case_restart web "$mac"
	stop web
	clean "a container removed"
}

# Of the container, the IPv4 and the IPv6 address: the host and it do not hear each other, as with macvlan
case_host_off() {
	mute "$1" "$2" host 192.0.2.2
	mute "$1" "$3" host 2001:db8::2
}

case_restart() {
	check "restarted" podman restart -t 0 "$1"
	[ "$TYPE" != xmacvlan ] || same "with the same MAC" "$2" "$(mac_of "$1" eth0)"
	talk "$1" "$(address_of "$1" eth0 4)" lan 192.0.2.1
	check "stopped" podman stop -t 0 "$1"
	left "stopped"
}

case_host_on() {
	[ "$TYPE" = xmacvlan ] || { skip "hostAccess: $TYPE has it not"; return; }
	network hosted "$LOCAL46, \"hostAccess\": true"
	check "a container with hostAccess" start web hosted
	talk web "$(address_of web eth0 4)" host 192.0.2.2
	talk web "$(address_of web eth0 6)" host 2001:db8::2
	talk web "$(address_of web eth0 4)" lan 192.0.2.1
	stop web
	clean "with hostAccess"
}

# siblings MODE talk|mute
siblings() {
	local a b

	network "mode-$1" "$LOCAL4, \"mode\": \"$1\""
	check "$1: one" start one "mode-$1"
	check "$1: two" start two "mode-$1"
	a=$(address_of one eth0 4) b=$(address_of two eth0 4)
	"$2" one "$a" two "$b"
	check "$1: one reaches the LAN" pings one 192.0.2.1
	check "$1: two reaches the LAN" pings two 192.0.2.1
	stop one two
	clean "mode $1"
}

case_modes() {
	siblings bridge talk
	siblings private mute
	network through "$LOCAL4, \"mode\": \"passthru\""
	check "passthru" start web through
	same "passthru: lan0's MAC" "$(cat /sys/class/net/lan0/address)" "$(mac_of web eth0)"
	talk web "$(address_of web eth0 4)" lan 192.0.2.1
	stop web
	clean "mode passthru"
	check "passthru: the host is back" pings host 192.0.2.1
}

case_connect() {
	network first "$LOCAL4"
	network second '"ipam": { "type": "host-local", "ranges": [[{ "subnet": "198.51.100.0/24", "rangeStart": "198.51.100.10" }]] }'
	# Linux answers for all its addresses on all its devices, and lan would keep the wrong MAC
	check "on one network" start web first --sysctl net.ipv4.conf.all.arp_ignore=1
	check "network connect" podman network connect second web
	talk web 198.51.100.10 lan 198.51.100.1
	talk web "$(address_of web eth0 4)" lan 192.0.2.1
	fails "network connect again" "already connected" podman network connect second web
	check "network disconnect" podman network disconnect second web
	refused "no second interface" at web ip link show eth1
	refused "no second address" pings lan 198.51.100.10 1
	check "the first one still serves" fetches lan "$(address_of web eth0 4)" web
	check "connected with an address" podman network connect --ip 198.51.100.99 --mac-address 02:00:00:00:00:99 second web
	check "which lan reaches" pings lan 198.51.100.99
	same "with that MAC" 02:00:00:00:00:99 "$(mac_of web eth1)"
	check "the first network disconnected" podman network disconnect first web
	check "the second one still serves" fetches lan 198.51.100.99 web
	stop web
	clean "two networks"
}

case_static() {
	network static "$LOCAL46"
	network able "$LOCAL46, \"capabilities\": { \"mac\": true, \"ips\": true }"
	check "--ip, --mac-address" start web static --ip 192.0.2.147 --mac-address 02:00:00:00:00:77
	same "the address" 192.0.2.147 "$(address_of web eth0 4)"
	only_from 192.0.2.147 02:00:00:00:00:77
	talk web 192.0.2.147 lan 192.0.2.1
	anyone
	check "lan knows the MAC" seen_as 192.0.2.147 02:00:00:00:00:77
	fails "the address twice" 192.0.2.147 start twin static --ip 192.0.2.147
	fails "the MAC twice" "ddress" start triplet static --mac-address 02:00:00:00:00:77
	stop web twin triplet
	check "by capabilities" start web able:ip=192.0.2.148,mac=02:00:00:00:00:78,interface_name=lan7
	same "the address" 192.0.2.148 "$(address_of web lan7 4)"
	same "the MAC" 02:00:00:00:00:78 "$(mac_of web lan7)"
	check "lan reaches it" fetches lan 192.0.2.148 web
	stop web
	clean "addresses that were asked for"
}

case_pod() {
	network podnet "$LOCAL4"
	check "a pod" podman pod create --name pod --network podnet --infra-image box --infra-command "sleep 1000"
	check "its first container" podman run -d --name web --pod pod --cap-add NET_RAW box sh -c 'echo web >/www/index.html; exec httpd -f -p 80 -h /www'
	check "its second" podman run -d --name side --pod pod box sleep 1000
	same "both have one address" "$(address_of web eth0 4)" "$(address_of side eth0 4)"
	talk web "$(address_of side eth0 4)" lan 192.0.2.1
	check "they talk" fetches side 127.0.0.1 web
	check "removed" podman pod rm -f -t 0 pod
	podman rmi -f localhost/podman-pause >/dev/null 2>&1
	clean "a pod"
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
