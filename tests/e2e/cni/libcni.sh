#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/e2e/cni/libcni.sh B: the plugin under Debian's libcni (golang-github-appc-cni-dev), called
# by a small client (client.go)
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/pages-lib.sh"
needs go busybox
[ -d /usr/share/gocode/src/github.com/containernetworking/cni/libcni ] ||
	needs golang-github-appc-cni-dev
[ -x /usr/lib/cni/static ] || needs containernetworking-plugins
isolate "$@"

HERE=$(cd "$(dirname "$0")" && pwd)
CLIENT=$B/tests/e2e.d/cni-client
MAC=02:00:00:00:00:50
STATIC='"ipam": { "type": "static", "addresses": [
	{ "address": "192.0.2.50/24", "gateway": "192.0.2.1" },
	{ "address": "2001:db8::50/64", "gateway": "2001:db8::1" } ],
	"routes": [ { "dst": "198.51.100.0/24" } ] }'
ADDRESSES="192.0.2.50 2001:db8::50"

# The client and Go's cache stay below B for the next run.
build_client() {
	mkdir -p "$(dirname "$CLIENT")"
	[ "$CLIENT" -nt "$HERE/client.go" ] ||
		GOCACHE=$(dirname "$CLIENT")/go GOPATH=/usr/share/gocode GO111MODULE=off \
			CGO_ENABLED=0 GOFLAGS='' go build -trimpath -o "$CLIENT" "$HERE/client.go"
}

# write_list NAME VERSION KEYS [AFTER [BEFORE]]: the network NAME with these keys of our plugin,
# and with the plugins BEFORE and AFTER it in the chain
write_list() {
	cat >"/etc/cni/net.d/$1" <<-END
		{ "cniVersion": "$2", "name": "$1", "plugins": [ ${5:+$5,}
		  { "type": "$TYPE", "master": "lan0" ${3:+, $3} }${4:+, $4} ] }
	END
}

# cni COMMAND FILE CONTAINER [ARGUMENT...]: by libcni, for eth0 in the namespace of the container's
# name
cni() {
	local command=$1 file=$2 container=$3

	shift 3
	"$CLIENT" "$command" "/etc/cni/net.d/$file" "$container" "/run/netns/$container" eth0 "$@"
}

# call_plugin COMMAND CONTAINER CONFIGURATION: our plugin alone, for commands that libcni 1.1 does
# not have
call_plugin() {
	CNI_COMMAND=$1 CNI_CONTAINERID=$2 CNI_NETNS=${2:+/run/netns/$2} CNI_IFNAME=eth0 \
		"/opt/cni/bin/$TYPE" <<<"$3"
}

# fails_with WHAT WORDS COMMAND...: passes if the command fails and its output matches each of the
# WORDS, which are extended regular expressions
fails_with() {
	local what=$1 words=$2 word output

	shift 2
	output=$("$@" 2>&1) && output="no error: $output"
	for word in $words; do
		grep -Eqi -- "$word" <<<"$output" || { same "$what" "$word" "$output"; return; }
	done
	check "$what" true
}

# Runs a command and fails, so that fails_with matches the output of a command that succeeds
fail_after() {
	"$@"
	return 1
}

declare -A SERVER

add_containers() {
	local name

	for name; do
		ip netns add "$name"
		ip -n "$name" link set lo up
		serve_page "$name" "$(at "$name")"
		SERVER[$name]=$!
	done
}

delete_containers() {
	local name

	for name; do
		kill "${SERVER[$name]}"
		wait "${SERVER[$name]}" 2>/dev/null
		ip netns del "$name"
	done
}

# at CONTAINER: the command that runs another one in the container's namespace
at() {
	echo "nsenter --net=/run/netns/$1"
}

install_plugins
make_lan
make_rootfs
make_pages lan host c1 c2 c3 c4
serve_page lan "$AT_LAN"
serve_page host
add_containers c1
BUILD=$SECONDS
check "the client is built" build_client || finish
echo "libcni $(dpkg-query -W -f '${Version}' golang-github-appc-cni-dev)," \
	"$(go version | cut -d' ' -f3), built in $((SECONDS - BUILD)) s, $TYPE"

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

# add_fails WHAT WORDS KEYS AFTER [ARGUMENT...]: ADD fails with an error that matches WORDS, by
# code, key and value. As a runtime, the client calls DEL then.
add_fails() {
	local what=$1 words=$2 keys=$3 after=$4

	shift 4
	write_list net 1.0.0 "$keys" "$after"
	fails_with "$what" "$words" cni add net c1 "$@"
	check "$what: DEL" cni del net c1
	same "$what: no endpoint" "" "$("$XMACVLAN" show 2>&1)"
	refused "$what: no interface" ip -n c1 link show dev eth0
}

# static_ipam ADDRESS: the key ipam with that address
static_ipam() {
	echo "\"ipam\": { \"type\": \"static\", \"addresses\": [ { \"address\": \"$1\" } ] }"
}

test_errors() {
	local four

	four=$(static_ipam 192.0.2.50/24)
	add_fails "mode" "^7. mode foo" '"mode": "foo"' ''
	add_fails "mtu" "^7. mtu 9999" '"mtu": 9999' ''
	add_fails "master" "^7. master none-such" '"Master": "lan0", "master": "none-such"' ''
	add_fails "mac" "^7. mac 01:00:5e" '"mac": "01:00:5e:00:00:01"' ''
	add_fails "CNI_ARGS" "^4. CNI_ARGS FOO" "$four" '' FOO=bar
	add_fails "runtimeConfig" "^7. runtimeConfig.mac junk" \
		'"capabilities": { "mac": true }' '' 'mac:="junk"'
	add_fails "the LAN's address" "^11. .*2001:db8::1" "$(static_ipam 2001:db8::1/64)" ''
	add_fails "IPAM" "^[0-9]+. static" "$(static_ipam junk)" ''
	add_fails "tuning after us" "none_such" "$four" \
		'{ "type": "tuning", "sysctl": { "net.none_such": "1" } }'
	write_list net 1.0.0 '"ipam": { "type": "none-such" }'
	fails_with "no IPAM plugin" "^7. ipam.type none-such" cni add net c1
	fails_with "no IPAM plugin: DEL reports it, too" "^7. ipam.type none-such" cni del net c1
	ip -n c1 link add eth0 type veth peer name eth1
	write_list net 1.0.0 "$four"
	fails_with "the interface exists" "^100. eth0" cni add net c1
	check "the interface exists: DEL" cni del net c1
	check "the interface exists after DEL" ip -n c1 link show dev eth0
	ip -n c1 link del eth0
	fails_with "no namespace" "^8. /run/netns/c9" cni add net c9
	nothing_left "errors"
}

# DEL without the namespace, and with a renamed or deleted parent
test_missing_devices() {
	write_list net 1.0.0 '"ipam": { "type": "host-local", "subnet": "192.0.2.0/24",
		"rangeStart": "192.0.2.70" }'
	add_containers c2
	check "ADD of c2" cni add net c2
	talks "LAN to c2" "$AT_LAN" c2 192.0.2.70
	check "a second ADD is refused and keeps one lease" second_add_refused
	delete_containers c2
	check "DEL, the namespace is deleted" cni del net c2
	check "DEL again, the namespace is deleted" cni del net c2
	nothing_left "the namespace is deleted"
	check "ADD, for a parent that is renamed" cni add net c1
	ip link set lan0 name lan9
	check "DEL, the parent is renamed" cni del net c1
	ip link set lan9 name lan0
	nothing_left "the parent is renamed"
	check "ADD, for a parent that is deleted" cni add net c1
	ip link del lan0
	check "DEL, the parent is deleted" cni del net c1
	ip link add lan0 type veth peer name wire netns lan
	nothing_left "the parent is deleted"
}

second_add_refused() {
	! cni add net c2 && [ "$(leases c2 | wc -l)" = 1 ]
}

# gc_loses_nothing CONFIGURATION: pings every 2 ms from before GC until after it lose nothing. The
# container sends them: if veth drops a frame because its peer is down, ping sends again and does
# not count it.
gc_loses_nothing() {
	local rc

	$(at c3) ping -q -i 0.002 -c 500 -W 1 192.0.2.1 >/run/ping 2>&1 &
	sleep 0.2
	call_plugin GC "" "$1"
	rc=$?
	wait $!
	grep -q ' 0% packet loss' /run/ping && return $rc
	cat /run/ping
	return 1
}

# attachments CONTAINER...: the key of GC that lists the attachments that the runtime knows
attachments() {
	local name list=

	for name; do
		list="${list:+$list, }{ \"containerID\": \"$name\", \"ifname\": \"eth0\" }"
	done
	echo "\"cni.dev/valid-attachments\": [ $list ]"
}

# Of four containers the first is deleted without a DEL, and the runtime does not list the second.
test_gc() {
	local name v='"cniVersion": "1.1.0", "name": "net", "type": "'$TYPE'", "master": "lan0"'
	local local_ipam='"ipam": { "type": "host-local", "subnet": "192.0.2.0/24" }'

	add_containers c2 c3 c4
	for name in 1 2 3 4; do
		write_list net 1.0.0 "\"mac\": \"02:00:00:00:00:8$name\",
			$(static_ipam "192.0.2.8$name/24")"
		check "ADD of c$name" cni add net c$name
		talks "LAN to c$name" "$AT_LAN" c$name 192.0.2.8$name
	done
	check "GC without a list succeeds" call_plugin GC "" "{ $v }"
	same "GC without a list deletes nothing" 4 "$(count_endpoints)"
	delete_containers c1
	check "GC, c3 loses nothing meanwhile" gc_loses_nothing "{ $v, $(attachments c3 c4) }"
	same "GC: two endpoints of four" 2 "$(count_endpoints)"
	refused "GC: c2 has no interface" ip -n c2 link show dev eth0
	silent "c2 after GC" "$AT_LAN" 192.0.2.82
	talks "LAN to c3 after GC" "$AT_LAN" c3 192.0.2.83
	talks "c4 to c3 after GC" "$(at c4)" c3 192.0.2.83
	check "GC again" call_plugin GC "" "{ $v, $(attachments c3 c4) }"
	# Debian 12's host-local has neither GC nor 1.1.0.
	fails_with "GC reports the error of IPAM" "IPAM.plugin.host-local" call_plugin GC "" \
		"{ $v, $local_ipam, $(attachments c4) }"
	same "GC with an error of IPAM: one endpoint" 1 "$(count_endpoints)"
	talks "LAN to c4 after GC" "$AT_LAN" c4 192.0.2.84
	for name in c1 c2 c3 c4; do
		check "DEL of $name after GC" cni del net $name
	done
	nothing_left "GC"
	delete_containers c2 c3 c4
}

count_endpoints() {
	"$XMACVLAN" show | grep -c '^[0-9]*: c'
}

test_status() {
	local v='"cniVersion": "1.1.0", "name": "net", "type": "'$TYPE'"'

	check "STATUS" call_plugin STATUS "" "{ $v, \"master\": \"lan0\" }"
	fails_with "STATUS, no such master" '"code":.50 master none-such' \
		call_plugin STATUS "" "{ $v, \"master\": \"none-such\" }"
	fails_with "STATUS, no bpffs" '"code":.50 bpffs' \
		call_without_bpffs STATUS "" "{ $v, \"master\": \"lan0\" }"
}

# call_plugin in a mount namespace without bpffs
call_without_bpffs() {
	local script

	script="$(declare -f call_plugin); umount /sys/fs/bpf && call_plugin \"\$@\""
	TYPE=$TYPE unshare --mount bash -c "$script" call_plugin "$@"
}

test_versions
test_check
test_arguments
test_chains
if is_xmacvlan; then
	test_tuned_mac
	test_errors
	test_status
	test_gc
	add_containers c1
else
	skip "errors, STATUS, GC: the reference plugin has no codes and does not check its parent"
fi
test_missing_devices
finish
