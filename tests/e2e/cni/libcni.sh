#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/e2e/cni/libcni.sh B: the plugin under libcni: versions, CHECK, arguments, chains
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/pages-lib.sh"
. "$(dirname "$0")/libcni-lib.sh"
isolate "$@"

MAC=02:00:00:00:00:50
STATIC='"ipam": { "type": "static", "addresses": [
	{ "address": "192.0.2.50/24", "gateway": "192.0.2.1" },
	{ "address": "2001:db8::50/64", "gateway": "2001:db8::1" } ],
	"routes": [ { "dst": "198.51.100.0/24" } ] }'
ADDRESSES="192.0.2.50 2001:db8::50"

# expected_result VERSION: our result as libcni prints it
expected_result() {
	local gw='"gateway":"192.0.2.1"' gw6='"gateway":"2001:db8::1"'
	local route='"routes":[{"dst":"198.51.100.0/24"}]' four="" six=""

	case $1 in
	0.[12].0)
		printf '{"cniVersion":"%s","ip4":{"ip":"192.0.2.50/24",%s,' "$1" "$gw"
		printf '%s},"ip6":{"ip":"2001:db8::50/64",%s},"dns":{}}\n' "$route" "$gw6"
		return
		;;
	0.*)
		four="\"version\":\"4\","
		six="\"version\":\"6\","
		;;
	esac
	printf '{"cniVersion":"%s","interfaces":[{"name":"eth0","mac":"%s",' "$1" "$MAC"
	printf '"sandbox":"/run/netns/c1"}],"ips":['
	printf '{%s"interface":0,"address":"192.0.2.50/24",%s},' "$four" "$gw"
	printf '{%s"interface":0,"address":"2001:db8::50/64",%s}],' "$six" "$gw6"
	printf '%s,"dns":{}}\n' "$route"
}

# spied COMMAND VERSION MEMBERS: what spy writes when it gets these members of the configuration
spied() {
	echo "$1 c1 [/run/netns/c1] {\"cniVersion\":\"$2\",\"name\":\"net\"$3,\"type\":\"spy\"}"
}

# ADD, CHECK and DEL in every version of libcni 1.1. CHECK exists since 0.4.0; DEL gets the cached
# result since then.
test_versions() {
	local v prev

	for v in 0.1.0 0.2.0 0.3.0 0.3.1 0.4.0 1.0.0; do
		write_list net $v "\"mac\": \"$MAC\", $STATIC" '{ "type": "spy" }'
		rm -f /run/spy
		same "$v: ADD" "$(expected_result $v)" "$(cni add net c1 2>&1)"
		same "$v: the cached result" "$(expected_result $v)" "$(cni cached net c1 2>&1)"
		prev=
		if [[ $v = 0.[123]* ]]; then
			fails_with "$v has no CHECK" "does.not.support.the.CHECK" cni check net c1
		else
			check "$v: CHECK" cni check net c1
			prev=",\"prevResult\":$(expected_result $v)"
			same "$v: CHECK gets the result" "$(spied CHECK $v "$prev")" \
				"$(grep ^CHECK /run/spy)"
		fi
		# shellcheck disable=SC2086 # a list
		talks "$v, LAN to c1" "$AT_LAN" c1 $ADDRESSES
		check "$v: DEL" cni del net c1
		same "$v: the configuration of DEL" "$(spied DEL $v "$prev")" \
			"$(grep ^DEL /run/spy)"
		nothing_left "$v"
	done
}

# CHECK compares the container with the cached result
test_check() {
	local result=/var/lib/cni/results/net-c1-eth0

	write_list net 1.0.0 "\"mac\": \"$MAC\", \"hostAccess\": true, $STATIC"
	check "ADD" cni add net c1
	talks "c1 to the LAN" "$(at c1)" lan 192.0.2.1 2001:db8::1
	# shellcheck disable=SC2086 # a list
	! is_xmacvlan || talks "host to c1" "" c1 $ADDRESSES
	! is_xmacvlan || talks "c1 to the host" "$(at c1)" host 192.0.2.2 2001:db8::2
	ip -n c1 addr del 192.0.2.50/24 dev eth0
	fails_with "CHECK, an address is missing" "192\.0\.2\.50" cni check net c1
	ip -n c1 addr add 192.0.2.50/24 dev eth0
	fails_with "CHECK, its route is missing" "198\.51\.100\.0" cni check net c1
	ip -n c1 route add 198.51.100.0/24 via 192.0.2.1
	check "CHECK, address and route are restored" cni check net c1
	ip -n c1 link set eth0 address 02:00:00:00:00:51
	fails_with "CHECK, another MAC" "mac" cni check net c1
	ip -n c1 link set eth0 address $MAC
	mv "$result" /run/result
	fails_with "CHECK without a result" "prevresult" cni check net c1
	check "DEL without a result" cni del net c1
	check "DEL again" cni del net c1
	nothing_left "DEL"
	mv /run/result "$result"
	fails_with "CHECK after DEL" "eth0" cni check net c1
	check "DEL with an old result" cni del net c1
	nothing_left "old result"
}

# has_address WHAT MAC ADDRESS: eth0 of c1 has that MAC and works with that address. Then DEL.
has_address() {
	same "$1: the MAC" "$2" "$(eth0_mac)"
	talks "$1, LAN to c1" "$AT_LAN" c1 "$3"
	check "$1: DEL" cni del net c1
}

eth0_mac() {
	ip -n c1 -o link show dev eth0 | sed 's/.*link.ether \([^ ]*\).*/\1/'
}

# The MAC comes from the capability, else from CNI_ARGS, else from the configuration. The IPAM
# plugin chooses the address in its own order.
test_arguments() {
	local ip='ips:=["192.0.2.61/24"]' mac='mac:="02:00:00:00:00:61"'
	local args="IgnoreUnknown=1 MAC=02:00:00:00:00:62"
	local dynamic="\"mac\": \"$MAC\", \"ipam\": { \"type\": \"static\" },"

	dynamic="$dynamic \"capabilities\": { \"ips\": true"
	write_list net 1.0.0 "$dynamic, \"mac\": true }"
	# shellcheck disable=SC2086 # a list
	check "ADD, capabilities" cni add net c1 "$ip" "$mac" $args K8S_POD_NAME=pod
	# shellcheck disable=SC2086 # a list
	check "CHECK, capabilities" cni check net c1 "$ip" "$mac" $args
	has_address "capabilities" 02:00:00:00:00:61 192.0.2.61
	# shellcheck disable=SC2086 # a list
	check "ADD, CNI_ARGS" cni add net c1 $args IP=192.0.2.62/24
	has_address "CNI_ARGS" 02:00:00:00:00:62 192.0.2.62
	write_list net 1.0.0 "$dynamic }"
	check "ADD, a capability that is not declared" cni add net c1 "$ip" "$mac"
	has_address "not declared" $MAC 192.0.2.61
	nothing_left "arguments"
}

# What tuning changes in c1: somaxconn and the MTU of eth0
tuned_values() {
	$(at c1) cat /proc/sys/net/core/somaxconn
	ip -n c1 -o link show dev eth0 | sed 's/.*mtu \([0-9]*\).*/\1/'
}

# After us: tuning, and sbr, which gives the interface a routing table of its own. Before us:
# loopback, so that our result continues its result and our interface is the second one.
test_chains() {
	write_list net 1.0.0 "\"mac\": \"$MAC\", $STATIC" '{ "type": "tuning", "mtu": 1400,
		"sysctl": { "net.core.somaxconn": "300" } }, { "type": "sbr" }'
	check "ADD, tuning and sbr" cni add net c1
	same "tuning has set somaxconn and MTU" "300 1400" "$(tuned_values | xargs)"
	check "sbr has added its rule" grep -q "from 192.0.2.50 lookup" <<<"$(ip -n c1 rule)"
	# shellcheck disable=SC2086 # a list
	talks "tuning and sbr after us, LAN to c1" "$AT_LAN" c1 $ADDRESSES
	check "DEL, tuning and sbr" cni del net c1
	nothing_left "tuning and sbr"
	write_list net 1.0.0 "\"mac\": \"$MAC\", $STATIC" '{ "type": "tuning", "mtu": 1400 }' \
		'{ "type": "loopback" }'
	fails_with "ADD after loopback: ours is the second interface" \
		'"name":"lo".*"name":"eth0" "interface":1,"address":"192.0.2.50/24"' \
		fail_after cni add net c1
	check "CHECK after loopback" cni check net c1
	# shellcheck disable=SC2086 # a list
	talks "after loopback, LAN to c1" "$AT_LAN" c1 $ADDRESSES
	check "DEL after loopback" cni del net c1
	nothing_left "loopback"
}

# tuning's `mac` changes the MAC without xmacvlan. CHECK reports it. xmacvland follows it and
# announces the addresses to the LAN, which has the old MAC in its neighbour cache.
test_tuned_mac() {
	write_list net 1.0.0 "$STATIC" '{ "type": "tuning", "mac": "02:00:00:00:00:99" }'
	check "ADD, tuning's mac" cni add net c1
	fails_with "CHECK reports tuning's mac" "^102. mac" cni check net c1
	check "DEL after that CHECK" cni del net c1
	"$B/xmacvland" >/run/xmacvland 2>&1 &
	check "xmacvland has started" within 5 grep -q started /run/xmacvland
	check "ADD, tuning's mac, xmacvland" cni add net c1
	check "xmacvland follows tuning's mac" within 5 cni check net c1
	# shellcheck disable=SC2086 # a list
	talks "tuning's mac, LAN to c1" "$AT_LAN" c1 $ADDRESSES
	talks "tuning's mac, c1 to the LAN" "$(at c1)" lan 192.0.2.1 2001:db8::1
	check "DEL, tuning's mac" cni del net c1
	kill $!
	wait $! 2>/dev/null
	nothing_left "tuning's mac"
}

libcni_start
test_versions
test_check
test_arguments
test_chains
if is_xmacvlan; then
	test_tuned_mac
fi
finish
