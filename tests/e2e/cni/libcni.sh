#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/e2e/cni/libcni.sh B: Debian's libcni (golang-github-appc-cni-dev), by a client of a page of Go (client.go)
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/pages.sh"
needs go busybox
[ -d /usr/share/gocode/src/github.com/containernetworking/cni/libcni ] || needs golang-github-appc-cni-dev
[ -x /usr/lib/cni/static ] || needs containernetworking-plugins
alone "$@"

CLIENT=$B/tests/e2e.d/cni-client
MAC=02:00:00:00:00:50
STATIC='"ipam": { "type": "static", "addresses": [ { "address": "192.0.2.50/24", "gateway": "192.0.2.1" },
	{ "address": "2001:db8::50/64", "gateway": "2001:db8::1" } ], "routes": [ { "dst": "198.51.100.0/24" } ] }'
ADDRESSES="192.0.2.50 2001:db8::50"

# The build keeps what it can use again below B
build() {
	mkdir -p "$(dirname "$CLIENT")"
	[ "$CLIENT" -nt "$E2E_CNI_DIR/client.go" ] ||
		GOCACHE=$(dirname "$CLIENT")/go GOPATH=/usr/share/gocode GO111MODULE=off CGO_ENABLED=0 GOFLAGS='' \
			go build -trimpath -o "$CLIENT" "$E2E_CNI_DIR/client.go"
}

# list FILE VERSION KEYS [BEHIND [BEFORE]]: a network of the file's name. KEYS of our plugin, and plugins behind and before it.
list() {
	cat >"/etc/cni/net.d/$1" <<-END
		{ "cniVersion": "$2", "name": "$1", "plugins": [ ${5:+$5,}
		  { "type": "$TYPE", "master": "lan0" ${3:+, $3} }${4:+, $4} ] }
	END
}

# cni COMMAND FILE CONTAINER [ARGUMENT...]: by libcni, for eth0 in the namespace of the container's name
cni() {
	local command=$1 file=$2 container=$3

	shift 3
	"$CLIENT" "$command" "/etc/cni/net.d/$file" "$container" "/run/netns/$container" eth0 "$@"
}

# raw COMMAND CONTAINER CONFIGURATION: our plugin alone, for what libcni 1.1 has not
raw() {
	CNI_COMMAND=$1 CNI_CONTAINERID=$2 CNI_NETNS=${2:+/run/netns/$2} CNI_IFNAME=eth0 "/opt/cni/bin/$TYPE" <<<"$3"
}

# says WHAT WORDS COMMAND...: it fails, and every one of these extended expressions fits what it says
says() {
	local what=$1 words=$2 word said

	shift 2
	said=$("$@" 2>&1) && said="no error: $said"
	for word in $words; do
		grep -Eqi -- "$word" <<<"$said" || { same "$what" "$word" "$said"; return; }
	done
	check "$what" true
}

declare -A SERVER

container() {
	local name

	for name; do
		ip netns add "$name"
		ip -n "$name" link set lo up
		serve "$name" "$(at "$name")"
		SERVER[$name]=$!
	done
}

dies() {
	local name

	for name; do
		kill "${SERVER[$name]}"
		wait "${SERVER[$name]}" 2>/dev/null
		ip netns del "$name"
	done
}

at() {
	echo "nsenter --net=/run/netns/$1"
}

plugins
lan
rootfs
pages lan host c1 c2 c3 c4
serve lan "$AT_LAN"
serve host
container c1
BUILD=$SECONDS
check "the client is built" build || finish
echo "libcni $(dpkg-query -W -f '${Version}' golang-github-appc-cni-dev), $(go version | cut -d' ' -f3), built in $((SECONDS - BUILD)) s, $TYPE"

# What libcni has read of ours, by the version
expected() {
	local gw='"gateway":"192.0.2.1"' gw6='"gateway":"2001:db8::1"' route='"routes":[{"dst":"198.51.100.0/24"}]'
	local four="" six=""

	case $1 in
	0.[12].0)
		echo '{"cniVersion":"'"$1"'","ip4":{"ip":"192.0.2.50/24",'"$gw,$route"'},"ip6":{"ip":"2001:db8::50/64",'"$gw6"'},"dns":{}}'
		return
		;;
	0.*) four='"version":"4",' six='"version":"6",' ;;
	esac
	echo '{"cniVersion":"'"$1"'","interfaces":[{"name":"eth0","mac":"'$MAC'","sandbox":"/run/netns/c1"}],"ips":[{'$four'"interface":0,"address":"192.0.2.50/24",'"$gw"'},{'$six'"interface":0,"address":"2001:db8::50/64",'"$gw6"'}],'"$route"',"dns":{}}'
}

# Every version that libcni 1.1 speaks, the whole life with each. From 0.4.0 on there is CHECK, and DEL gets the result back.
versions() {
	local v given

	for v in 0.1.0 0.2.0 0.3.0 0.3.1 0.4.0 1.0.0; do
		list net $v "\"mac\": \"$MAC\", $STATIC" '{ "type": "spy" }'
		rm -f /run/spy
		same "$v: ADD" "$(expected $v)" "$(cni add net c1 2>&1)"
		same "$v: the cached result" "$(expected $v)" "$(cni cached net c1 2>&1)"
		given=
		if [[ $v = 0.[123]* ]]; then
			says "$v has no CHECK" "does.not.support.the.CHECK" cni check net c1
		else
			check "$v: CHECK" cni check net c1
			given=",\"prevResult\":$(expected $v)"
			same "$v: CHECK gets the result" "CHECK c1 [/run/netns/c1] {\"cniVersion\":\"$v\",\"name\":\"net\"$given,\"type\":\"spy\"}" "$(grep ^CHECK /run/spy)"
		fi
		# shellcheck disable=SC2086 # a list
		talks "$v, LAN to c1" "$AT_LAN" c1 $ADDRESSES
		check "$v: DEL" cni del net c1
		same "$v: what DEL gets" "DEL c1 [/run/netns/c1] {\"cniVersion\":\"$v\",\"name\":\"net\"$given,\"type\":\"spy\"}" "$(grep ^DEL /run/spy)"
		left "$v"
	done
}

# What does not work any more is seen by CHECK, by the runtime's own result
checks() {
	list net 1.0.0 "\"mac\": \"$MAC\", \"hostAccess\": true, $STATIC"
	check "ADD" cni add net c1
	talks "c1 to the LAN" "$(at c1)" lan 192.0.2.1 2001:db8::1
	# shellcheck disable=SC2086 # a list
	! ours || talks "host to c1" "" c1 $ADDRESSES
	! ours || talks "c1 to the host" "$(at c1)" host 192.0.2.2 2001:db8::2
	ip -n c1 addr del 192.0.2.50/24 dev eth0
	says "CHECK, an address is missing" "192\.0\.2\.50" cni check net c1
	ip -n c1 addr add 192.0.2.50/24 dev eth0
	says "CHECK, its route is missing" "198\.51\.100\.0" cni check net c1
	ip -n c1 route add 198.51.100.0/24 via 192.0.2.1
	check "CHECK, all is back" cni check net c1
	ip -n c1 link set eth0 address 02:00:00:00:00:51
	says "CHECK, another MAC" "mac" cni check net c1
	ip -n c1 link set eth0 address $MAC
	mv /var/lib/cni/results/net-c1-eth0 /run/result
	says "CHECK without a result" "prevresult" cni check net c1
	check "DEL without a result" cni del net c1
	check "DEL again" cni del net c1
	left "DEL"
	mv /run/result /var/lib/cni/results/net-c1-eth0
	says "CHECK after DEL" "eth0" cni check net c1
	check "DEL with an old result" cni del net c1
	left "old result"
}

# has MAC ADDRESS: what eth0 of c1 has, and that it works
has() {
	same "$1: the MAC" "$2" "$(cat_mac)"
	talks "$1, LAN to c1" "$AT_LAN" c1 "$3"
	check "$1: DEL" cni del net c1
}

cat_mac() {
	ip -n c1 -o link show dev eth0 | sed 's/.*link.ether \([^ ]*\).*/\1/'
}

# The MAC: of the capability, then of CNI_ARGS, then of the configuration; the address: of the IPAM plugin's likes
arguments() {
	local ip='ips:=["192.0.2.61/24"]' mac='mac:="02:00:00:00:00:61"'
	local dynamic="\"mac\": \"$MAC\", \"ipam\": { \"type\": \"static\" }, \"capabilities\": { \"ips\": true"

	list net 1.0.0 "$dynamic, \"mac\": true }"
	check "ADD, capabilities" cni add net c1 "$ip" "$mac" IgnoreUnknown=1 MAC=02:00:00:00:00:62 K8S_POD_NAME=pod
	check "CHECK, capabilities" cni check net c1 "$ip" "$mac" IgnoreUnknown=1 MAC=02:00:00:00:00:62
	has "capabilities" 02:00:00:00:00:61 192.0.2.61
	check "ADD, CNI_ARGS" cni add net c1 IgnoreUnknown=1 MAC=02:00:00:00:00:62 IP=192.0.2.62/24
	has "CNI_ARGS" 02:00:00:00:00:62 192.0.2.62
	list net 1.0.0 "$dynamic }"
	check "ADD, a capability that is not declared" cni add net c1 "$ip" "$mac"
	has "not declared" $MAC 192.0.2.61
	left "arguments"
}

tuned() {
	$(at c1) cat /proc/sys/net/core/somaxconn
	ip -n c1 -o link show dev eth0 | sed 's/.*mtu \([0-9]*\).*/\1/'
}

# Behind us tuning and sbr, which gives the interface a routing table of its own; before us loopback: our result comes
# behind its, and our interface is the second one
chains() {
	list net 1.0.0 "\"mac\": \"$MAC\", $STATIC" '{ "type": "tuning", "mtu": 1400,
		"sysctl": { "net.core.somaxconn": "300" } }, { "type": "sbr" }'
	check "ADD, tuning and sbr" cni add net c1
	same "tuning has been at work" "300 1400" "$(tuned | xargs)"
	check "sbr has been at work" grep -q "from 192.0.2.50 lookup" <<<"$(ip -n c1 rule)"
	# shellcheck disable=SC2086 # a list
	talks "behind us tuning and sbr, LAN to c1" "$AT_LAN" c1 $ADDRESSES
	check "DEL, tuning and sbr" cni del net c1
	left "tuning and sbr"
	list net 1.0.0 "\"mac\": \"$MAC\", $STATIC" '{ "type": "tuning", "mtu": 1400 }' '{ "type": "loopback" }'
	says "ADD behind loopback: the second interface" '"name":"lo".*"name":"eth0" "interface":1,"address":"192.0.2.50/24"' shown cni add net c1
	check "CHECK behind loopback" cni check net c1
	# shellcheck disable=SC2086 # a list
	talks "behind loopback, LAN to c1" "$AT_LAN" c1 $ADDRESSES
	check "DEL behind loopback" cni del net c1
	left "loopback"
}

# tuning's `mac` comes behind our back: CHECK sees it; xmacvland follows it, and tells the LAN, which has the old one in
# its cache
tuned_mac() {
	list net 1.0.0 "$STATIC" '{ "type": "tuning", "mac": "02:00:00:00:00:99" }'
	check "ADD, tuning's mac" cni add net c1
	says "tuning's mac is seen by CHECK" "^102. mac" cni check net c1
	check "tuning's mac is seen: DEL" cni del net c1
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
	left "tuning's mac"
}

# For says: the words, as of what fails
shown() {
	"$@"
	return 1
}

# What the plugin refuses comes out of libcni with code, key and value, and is followed by a DEL as a runtime's
fails() {
	local what=$1 words=$2 keys=$3 behind=$4

	shift 4
	list net 1.0.0 "$keys" "$behind"
	says "$what" "$words" cni add net c1 "$@"
	check "$what: DEL" cni del net c1
	same "$what: no endpoint" "" "$("$XMACVLAN" show 2>&1)"
	refused "$what: no interface" ip -n c1 link show dev eth0
}

errors() {
	local four='"ipam": { "type": "static", "addresses": [ { "address": "192.0.2.50/24" } ] }'

	fails "mode" "^7. mode foo" '"mode": "foo"' ''
	fails "mtu" "^7. mtu 9999" '"mtu": 9999' ''
	fails "master" "^7. master none-such" '"Master": "lan0", "master": "none-such"' ''
	fails "mac" "^7. mac 01:00:5e" '"mac": "01:00:5e:00:00:01"' ''
	fails "CNI_ARGS" "^4. CNI_ARGS FOO" "$four" '' FOO=bar
	fails "runtimeConfig" "^7. runtimeConfig.mac junk" '"capabilities": { "mac": true }' '' 'mac:="junk"'
	fails "the LAN's address" "^100. 2001:db8::1" '"ipam": { "type": "static", "addresses": [ { "address": "2001:db8::1/64" } ] }' ''
	fails "IPAM" "^[0-9]+. static" '"ipam": { "type": "static", "addresses": [ { "address": "junk" } ] }' ''
	fails "tuning behind us" "none_such" "$four" '{ "type": "tuning", "sysctl": { "net.none_such": "1" } }'
	list net 1.0.0 '"ipam": { "type": "none-such" }'
	says "no IPAM plugin" "^7. ipam.type none-such" cni add net c1
	says "no IPAM plugin: DEL tells it, too" "^7. ipam.type none-such" cni del net c1
	ip -n c1 link add eth0 type veth peer name eth1
	list net 1.0.0 "$four"
	says "the interface is there" "^100. eth0" cni add net c1
	check "the interface is there: DEL" cni del net c1
	check "what was there is there" ip -n c1 link show dev eth0
	ip -n c1 link del eth0
	says "no namespace" "^8. /run/netns/c9" cni add net c9
	left "errors"
}

# DEL when the namespace has gone, and when the parent has another name or none at all
gone() {
	list net 1.0.0 '"ipam": { "type": "host-local", "subnet": "192.0.2.0/24", "rangeStart": "192.0.2.70" }'
	container c2
	check "ADD of c2" cni add net c2
	talks "LAN to c2" "$AT_LAN" c2 192.0.2.70
	check "ADD twice is refused, and leaves one lease" refuses_twice
	dies c2
	check "DEL, the namespace has gone" cni del net c2
	check "DEL again, the namespace has gone" cni del net c2
	left "the namespace has gone"
	check "ADD, for a parent that is renamed" cni add net c1
	ip link set lan0 name lan9
	check "DEL, the parent has another name" cni del net c1
	ip link set lan9 name lan0
	left "another name"
	check "ADD, for a parent that is deleted" cni add net c1
	ip link del lan0
	check "DEL, the parent has gone" cni del net c1
	ip link add lan0 type veth peer name wire netns lan
	left "the parent has gone"
}

refuses_twice() {
	! cni add net c2 && [ "$(leases c2 | wc -l)" = 1 ]
}

# Nothing lost while GC runs: a ping each 2 ms from before it until after it. From the container: what veth drops while its
# peer is down ping sends again, and does not count
steady() {
	local rc

	$(at c3) ping -q -i 0.002 -c 500 -W 1 192.0.2.1 >/run/ping 2>&1 &
	sleep 0.2
	raw GC "" "$1"
	rc=$?
	wait $!
	grep -q ' 0% packet loss' /run/ping && return $rc
	cat /run/ping
	return 1
}

# Of four containers the first has died without a DEL, and the runtime does not know the second any more
collects() {
	local name v='"cniVersion": "1.1.0", "name": "net", "type": "'$TYPE'", "master": "lan0"'
	local valid='"cni.dev/valid-attachments": [ { "containerID": "c3", "ifname": "eth0" }, { "containerID": "c4", "ifname": "eth0" } ]'

	container c2 c3 c4
	for name in 1 2 3 4; do
		list net 1.0.0 "\"mac\": \"02:00:00:00:00:8$name\", \"ipam\": { \"type\": \"static\", \"addresses\": [ { \"address\": \"192.0.2.8$name/24\" } ] }"
		check "ADD of c$name" cni add net c$name
		talks "LAN to c$name" "$AT_LAN" c$name 192.0.2.8$name
	done
	says "GC without a list" '"code":.7 valid-attachments' raw GC "" "{ $v }"
	same "GC without a list collects nothing" 4 "$(endpoints)"
	dies c1
	check "GC, nothing is lost meanwhile" steady "{ $v, $valid }"
	same "GC: two of four are there" 2 "$(endpoints)"
	refused "GC: c2 has no interface" ip -n c2 link show dev eth0
	silent "c2" "$AT_LAN" 192.0.2.82
	talks "LAN to c3 after GC" "$AT_LAN" c3 192.0.2.83
	talks "c4 to c3 after GC" "$(at c4)" c3 192.0.2.83
	check "GC again" raw GC "" "{ $v, $valid }"
	# host-local of Debian 12 knows neither GC nor 1.1.0
	says "GC tells what IPAM says, and has collected" "IPAM.plugin.host-local" raw GC "" \
		"{ $v, \"ipam\": { \"type\": \"host-local\", \"subnet\": \"192.0.2.0/24\" }, \"cni.dev/valid-attachments\": [ { \"containerID\": \"c4\", \"ifname\": \"eth0\" } ] }"
	same "GC: one is there" 1 "$(endpoints)"
	talks "LAN to c4 after GC" "$AT_LAN" c4 192.0.2.84
	for name in c1 c2 c3 c4; do
		check "DEL of $name after GC" cni del net $name
	done
	left "GC"
	dies c2 c3 c4
}

endpoints() {
	"$XMACVLAN" show | grep -c '^[0-9]*: c'
}

status() {
	local v='"cniVersion": "1.1.0", "name": "net", "type": "'$TYPE'"'

	check "STATUS" raw STATUS "" "{ $v, \"master\": \"lan0\" }"
	says "STATUS, no such master" '"code":.50 master none-such' raw STATUS "" "{ $v, \"master\": \"none-such\" }"
	says "STATUS, no bpffs" '"code":.50 bpffs' blind STATUS "" "{ $v, \"master\": \"lan0\" }"
}

# raw where there is no bpffs
blind() {
	local script

	script="$(declare -f raw); umount /sys/fs/bpf && raw \"\$@\""
	TYPE=$TYPE unshare --mount bash -c "$script" raw "$@"
}

versions
checks
arguments
chains
if ours; then
	tuned_mac
	errors
	status
	collects
	container c1
else
	skip "errors, STATUS, GC: the reference plugin's have no codes, and do not look"
fi
gone
finish
