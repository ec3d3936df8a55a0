#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/e2e/vm.sh B [LINE]: virtual machines on endpoints of type tap. Two guests of QEMU
# (vm_init.sh) with a kernel of Debian (fetch_kernel.sh has the LINEs, 6.1 is the default), a
# container, the host and a machine on the wire share one parent. Each guest has another NIC, on an
# endpoint in mode passthru of a parent of its own. QEMU runs as the user nobody.
. "$(dirname "$0")/cni/lib.sh"
. "$(dirname "$0")/vm_lib.sh"
needs qemu-system-x86_64 busybox cpio dpkg-deb apt-get xz python3 setpriv
prepare_kernel "$@"
isolate "$@"

MAC1=02:00:00:00:00:a1 MAC2=02:00:00:00:00:a2 NEW1=02:00:00:00:00:b1 NEW2=02:00:00:00:00:b2
ADDRESS=([lan]=192.0.2.1 [host]=192.0.2.2 [c1]=192.0.2.3 [g1]=192.0.2.11 [g2]=192.0.2.12)
NO_OFFLOADS="csum=off gso=off mrg_rxbuf=off guest_csum=off guest_tso4=off guest_tso6=off"
NO_OFFLOADS="$NO_OFFLOADS host_tso4=off host_tso6=off"
LOG=$(mktemp)

# lan0, with jumbo frames, and a cable between two more parents, own0 and own1
make_parents() {
	make_lan
	ip link set lan0 mtu 9000
	ip -n lan link set wire mtu 9000
	ip link add own0 type veth peer name own1
	ip link set own0 up
	ip link set own1 up
}

make_endpoints() {
	check "add g1: two queues, user nobody" "$XMACVLAN" add g1 link lan0 type tap \
		user nobody queues 2 address $MAC1
	check "add g2: user nobody" "$XMACVLAN" add g2 link lan0 type tap user nobody address $MAC2
	check "add p1: passthru" "$XMACVLAN" add p1 link own1 type tap user nobody mode passthru
	check "add p2: passthru" "$XMACVLAN" add p2 link own0 type tap user nobody mode passthru
	ip netns add c1
	check "add c1: a container" "$XMACVLAN" add c1 link lan0 netns c1
	ip -n c1 addr add 192.0.2.3/24 dev c1
	ip -n c1 link set c1 up
	ip -n c1 link set lo up
}

# The options that show prints, and NAME=VALUE of the device of virtio
# shellcheck disable=SC2046,SC2086 # lists
start_g1() {
	start_guest 1 -smp 2 $(field g1 tap qemu) $(field p1 tap qemu)
}

# start_g2 [NAME=VALUE...]
# shellcheck disable=SC2046 # lists
start_g2() {
	local options

	options=$(printf ' -global virtio-net-pci.%s' "$@")
	[ $# != 0 ] || options=
	# shellcheck disable=SC2086
	start_guest 2 $(field g2 tap qemu) $(field p2 tap qemu) $options
}

# A DHCP server on the wire. Guests get the addresses that ADDRESS has.
start_dhcp_server() {
	cat >/tmp/udhcpd.conf <<-END
		start 192.0.2.100
		end 192.0.2.120
		interface wire
		lease_file /tmp/leases
		pidfile /tmp/udhcpd.pid
		opt subnet 255.255.255.0
		static_lease $MAC1 ${ADDRESS[g1]}
		static_lease $MAC2 ${ADDRESS[g2]}
	END
	touch /tmp/leases
	ip netns exec lan busybox udhcpd -f /tmp/udhcpd.conf >/tmp/udhcpd.log 2>&1 &
}

# Sends a router advertisement of 2001:db8:1::/64 from the wire
advertise_router() {
	ip netns exec lan python3 - <<-'END'
		import socket, struct
		s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
		s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
		prefix = socket.inet_pton(socket.AF_INET6, "2001:db8:1::")
		ra = struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 1800, 0, 0)
		ra += struct.pack("!BBBBIII", 3, 4, 64, 0xc0, 3600, 3600, 0) + prefix
		s.sendto(ra, ("ff02::1", 0, 0, socket.if_nametoindex("wire")))
	END
}

# has_slaac N: the guest has made an address of the advertised prefix and its MAC
has_slaac() {
	advertise_router
	ask "$1" "ip -6 -o addr show dev eth0 -tentative" | grep "2001:db8:1::ff:fe00:a$1/64"
}

# configure_guest N: by DHCP and SLAAC
configure_guest() {
	ask "$1" "ip link set eth0 up; sysctl -w net.ipv4.icmp_echo_ignore_broadcasts=0" >/dev/null
	check "g$1: DHCP from the wire" ask "$1" "udhcpc -i eth0 -n -q -t 10 -T 2 -s /bin/dhcp.sh"
	ask "$1" "ip -4 -o addr show dev eth0" >"$LOG"
	check "g$1: the leased address" grep -F " ${ADDRESS[g$1]}/24 " "$LOG"
	check "g$1: SLAAC" within 15 has_slaac "$1"
	check "g$1: IPv6 from the wire" ip netns exec lan ping -c 2 -W 3 -I wire \
		"2001:db8:1::ff:fe00:a$1"
}

test_refusals() {
	check "add of root's" "$XMACVLAN" add roots link lan0 type tap
	refused "nobody opens a tap of root" timeout 20 setpriv --reuid nobody --regid nogroup \
		--clear-groups "$QEMU" -accel tcg -M none -nodefaults -display none \
		-netdev tap,id=n,ifname=roots,script=no,downscript=no
	check "del of root's" "$XMACVLAN" del roots
	same "no carrier while no hypervisor is there" 0 "$(cat /sys/class/net/g1/carrier)"
}

test_boot() {
	local start=$SECONDS

	start_g1
	# shellcheck disable=SC2086 # a list
	start_g2 $NO_OFFLOADS
	check "g1 boots" guest_ready 1
	check "g2 boots, without offloads" guest_ready 2
	echo "     both booted in $((SECONDS - start)) s"
	same "carrier while a hypervisor has it" 1 "$(cat /sys/class/net/g1/carrier)"
	same "QEMU is nobody's" "$(id -u nobody)" "$(stat -c %u "/proc/${QEMU_PID[1]}")"
}

test_queues() {
	same "g1 has two queues" 2 "$(ask 1 'ls -d /sys/class/net/eth0/queues/tx-* | wc -l')"
	same "g1 uses both" 2 "$(channels 1)"
	same "g1's offloads are on" on "$(offload 1 tcp-segmentation-offload)"
	same "g2's offloads are off" off "$(offload 2 tcp-segmentation-offload)"
}

# offload N NAME
offload() {
	ask "$1" "ethtool -k eth0" | sed -n "s/^$2: \([a-z]*\).*/\1/p"
}

# channels N: how many queues the guest uses
channels() {
	ask "$1" "ethtool -l eth0" | awk '/Combined:/ { n = $2 } END { print n }'
}

# silent A B: nothing comes through, either way
silent() {
	! at "$1" "ping -c 2 -W 1 ${ADDRESS[$2]}" && ! at "$2" "ping -c 2 -W 1 ${ADDRESS[$1]}"
}

test_host_off() {
	check "host off: g1 and the host: nothing" silent g1 host
	check "host off: g1 and the wire" ping_between g1 lan
	check "set g1 host on" "$XMACVLAN" set g1 host on
	check "set g2 host on" "$XMACVLAN" set g2 host on
}

# exchange_all WHAT: between all who are there
exchange_all() {
	exchange "$1" g1 g2
	exchange "$1" g1 c1
	exchange "$1" g1 lan
	exchange "$1" g1 host
	exchange "$1" g2 c1
	exchange "$1" g2 lan
	exchange "$1" g2 host
}

# answers ADDRESS: who on the LAN answers to one ping of a group
answers() {
	ip netns exec lan ping -c 1 -W 3 -w 3 -I wire "$1" |
		sed -n 's/.*bytes from \([0-9.]*\).*/\1/p' | sort | tr '\n' ' '
}

# The interrupts of a queue are counted for each CPU
test_second_queue() {
	check "g1 sends and receives by its second queue" ask 1 \
		"grep -E 'virtio0-(input|output)[.]1' /proc/interrupts | grep -v ' 0  *0 '"
}

test_multicast() {
	ask 1 "ip addr add 239.1.2.3/32 dev eth0 autojoin"
	same "multicast from the wire: only the guest that joined answers" "${ADDRESS[g1]} " \
		"$(answers 239.1.2.3)"
	ip netns exec lan sysctl -qw net.ipv4.icmp_echo_ignore_broadcasts=0
	ip -n lan addr add 239.1.2.4/32 dev wire autojoin
	check "multicast from a guest to the wire" ask 2 \
		"ping -c 2 -W 3 -I eth0 239.1.2.4 | grep 'from ${ADDRESS[lan]}'"
}

# In a mode other than passthru the endpoint's MAC is the administrator's
test_new_mac() {
	ask 1 "ip link set eth0 down; ip link set eth0 address $NEW1; ip link set eth0 up"
	refused "a guest's new MAC is stopped" at g1 "ping -c 2 -W 1 ${ADDRESS[lan]}"
	check "and counted as spoofed_source" [ "$(spoofed)" -gt 0 ]
	check "set g1 address follows" "$XMACVLAN" set g1 address $NEW1
	# Else the first packets wait for answers to its requests that were dropped
	ask 1 "ip neigh flush dev eth0"
	check "the guest with its new MAC" ping_between g1 lan
	ask 1 "ip link set eth0 down; ip link set eth0 address $MAC1; ip link set eth0 up"
	check "set g1 address, back" "$XMACVLAN" set g1 address $MAC1
	check "the guest with its old MAC" ping_between g1 lan
}

spoofed() {
	"$XMACVLAN" -j -s show g1 | grep -o '"spoofed_source":[0-9]*' | cut -d: -f2
}

test_jumbo() {
	ask 1 "ip link set eth0 mtu 9000"
	ask 2 "ip link set eth0 mtu 9000"
	check "jumbo: the wire to g1, 9,000 octets, not fragmented" ip netns exec lan ping -c 2 \
		-W 3 -M "do" -s 8972 "${ADDRESS[g1]}"
	check "jumbo: the wire to g2, 9,000 octets, not fragmented" ip netns exec lan ping -c 2 \
		-W 3 -M "do" -s 8972 "${ADDRESS[g2]}"
	exchange "jumbo" g1 g2
	exchange "jumbo" g2 lan
}

# What a guest must not change of the parent
parent_settings() {
	ip -d link show own0
}

# check_own WHAT: traffic of the passthru endpoint
check_own() {
	check "passthru, $1: out" ask 2 "ping -c 2 -W 3 198.51.100.1"
	check "passthru, $1: in" ask 1 "ping -c 2 -W 3 198.51.100.2"
}

# The guest g2 changes its NIC; g1 is at the other end of the cable
test_passthru() {
	local before

	ask 1 "ip addr add 198.51.100.1/24 dev eth1; ip link set eth1 up"
	ask 2 "ip addr add 198.51.100.2/24 dev eth1; ip link set eth1 up"
	before=$(parent_settings)
	check_own "at first"
	ask 2 "ip link set eth1 down; ip link set eth1 address $NEW2; ip link set eth1 up"
	check_own "another MAC"
	check "passthru: the wire sees the new MAC" ask 1 \
		"ip neigh show 198.51.100.2 | grep -i $NEW2"
	ask 2 "ip link set eth1 mtu 1400"
	check_own "another MTU"
	ask 2 "ip link set eth1 promisc on"
	check_own "promiscuous"
	ask 1 "ip link add link eth1 name v5 type vlan id 5; ip link set v5 up;
		ip addr add 203.0.113.1/24 dev v5"
	ask 2 "ip link add link eth1 name v5 type vlan id 5; ip link set v5 up;
		ip addr add 203.0.113.2/24 dev v5"
	check "passthru: a VLAN of the guest's: out" ask 2 "ping -c 2 -W 3 203.0.113.1"
	check "passthru: a VLAN of the guest's: in" ask 1 "ping -c 2 -W 3 203.0.113.2"
	check_own "with a VLAN"
	same "passthru: the parent's settings" "$before" "$(parent_settings)"
}

# What has to be as it was after a hypervisor has died
endpoint_facts() {
	"$XMACVLAN" show g1 | grep -v '^[0-9]'
	field g1 address
	field g1 ifindex
	field g1 tap
}

# The machines on the LAN go on sending to g1 while it is away
start_traffic() {
	ip netns exec lan ping -q -i 0.02 "${ADDRESS[g1]}" >/dev/null 2>&1 &
	TRAFFIC=$!
}

stop_traffic() {
	kill "$TRAFFIC"
	wait "$TRAFFIC" 2>/dev/null
}

test_reboot() {
	start_traffic
	echo "0 reboot -f" >&3
	check "g1 boots again, under traffic" guest_ready 1
	stop_traffic
	restore_g1 "after a reboot"
}

test_kill() {
	local before

	before=$(endpoint_facts)
	start_traffic
	kill_guest 1
	check "killed: no carrier" within 5 grep -q 0 /sys/class/net/g1/carrier
	check "killed: the others talk" ping_between g2 lan
	start_g1
	check "g1 is started again, under traffic" guest_ready 1
	stop_traffic
	same "killed: the endpoint is as it was" "$before" "$(endpoint_facts)"
	restore_g1 "after a kill"
}

# restore_g1 WHAT: DHCP, and traffic
restore_g1() {
	ask 1 "ip link set eth0 up"
	check "$1: DHCP" ask 1 "udhcpc -i eth0 -n -q -t 10 -T 2 -s /bin/dhcp.sh"
	serve g1
	exchange "$1" g1 lan
}

# g2 with its offloads: the second half of the pairs
test_offloads() {
	kill_guest 2
	start_g2
	check "g2 boots, with offloads" guest_ready 2
	same "g2's offloads are on" on "$(offload 2 tcp-segmentation-offload)"
	ask 2 "ip link set eth0 up; ip addr add ${ADDRESS[g2]}/24 dev eth0"
	serve g2
	exchange "offloads on" g1 g2
	exchange "offloads on" g2 c1
	exchange "offloads on" g2 host
	ask 1 "ethtool -K eth0 tso off gso off tx off rx off sg off gro off" >/dev/null 2>&1
	exchange "g1's offloads off" g1 g2
	exchange "g1's offloads off" g1 lan
}

test_end() {
	kill_guest 1
	kill_guest 2
	check "del of all" delete_all
	same "nothing is left" "" "$(ip -o link show type tun)"
	same "no endpoint is left" "" "$("$XMACVLAN" show)"
}

delete_all() {
	local name

	for name in g1 g2 p1 p2 c1; do
		"$XMACVLAN" del $name || return
	done
}

prepare_vm
make_parents
make_endpoints
start_dhcp_server
test_refusals
test_boot
configure_guest 1
configure_guest 2
test_queues
for place in lan host c1 g1 g2; do
	serve $place
done
test_host_off
"$XMACVLAN" set c1 host on
exchange_all "g2 without offloads"
test_second_queue
test_multicast
test_new_mac
test_jumbo
test_passthru
test_reboot
test_kill
test_offloads
test_end
echo "     $SECONDS s"
finish
