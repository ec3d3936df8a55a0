#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/e2e/cni/libcni-faults.sh B: the plugin under libcni: errors, STATUS, GC, missing devices
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/pages-lib.sh"
. "$(dirname "$0")/libcni-lib.sh"
isolate "$@"

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

libcni_start
if is_xmacvlan; then
	test_errors
	test_status
	test_gc
	add_containers c1
else
	skip "errors, STATUS, GC: the reference plugin has no codes and does not check its parent"
fi
test_missing_devices
finish
