#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# podman_netavark.sh B: podman 5 and netavark of Debian 13 with the netavark plugin: the commands of
# docs/podman.md and of README.md's recipe podman-netavark, and more. debootstrap makes a root below
# B/netavark once; the test runs in it, in namespaces of its own (root, network).
. "$(dirname "$0")/cni/lib.sh"
. "$(dirname "$0")/cni/podman-lib.sh"
. "$(dirname "$0")/readme_lib.sh"
. "$(dirname "$0")/../lib/debian_root.sh"

if [ -z "${E2E_INSIDE:-}" ]; then
	needs debootstrap unshare
	ROOT=$(realpath "$1")/netavark/trixie
	INCLUDE=ca-certificates,busybox-static,iproute2,iputils-ping,podman,netavark,aardvark-dns
	INCLUDE=$INCLUDE,crun,conmon,nftables,libxdp1,libnl-3-200,libnl-route-3-200,libjansson4
	INCLUDE=$INCLUDE,libmicrohttpd12t64
	check "a root of Debian 13 with podman" make_debian trixie "$ROOT" "true" \
		--include="$INCLUDE" || finish
	in_debian "$ROOT" "E2E_INSIDE=1 exec bash tests/e2e/podman_netavark.sh \
		'$(realpath --relative-to=. "$1")'"
	exit
fi

isolate "$@"
PLUGIN=/usr/local/lib/netavark/xmacvlan

make_place() {
	local dir

	make_lan eth0
	mkdir -p "$(dirname $PLUGIN)"
	for dir in /etc/containers /var/tmp "$(dirname $PLUGIN)"; do
		mount -t tmpfs tmpfs "$dir"
	done
	cp "$B/netavark/xmacvlan" $PLUGIN
	configure_podman
	podman tag box docker.io/library/busybox
}

# reached FROM ADDRESS
reached() {
	check "$1 reaches $2" within 5 at "$1" ping -n -c 1 -W 1 "$2"
}

links() {
	ip -o link show type veth | sed 's/^[0-9]*: \([^@:]*\).*/\1/' | sort | tr '\n' ' '
}

# remove CONTAINER|NETWORK...: nothing of them stays
remove() {
	podman rm -f -t 0 -a >/dev/null
	podman network rm "$@" >/dev/null
	same "nothing is left of $*" "" "$("$XMACVLAN" show)"
	same "no device is left of $*" "eth0 " "$(links)"
	same "no namespace is left of $*" lan "$(ls /run/netns)"
}

# inside CONTAINER DEVICE: its address, MAC and default route
inside() {
	echo "$(address_of "$1" "$2" 4) $(mac_of "$1" "$2")" \
		"$(at "$1" ip route show default | sed 's/ *$//')"
}

# The page's commands, one block after the other
test_page() {
	local before

	README=$(dirname "$README")/docs/podman.md
	same "docs/podman.md: every block is run" "network more none" "$(recipe_names | xargs)"
	run_recipe network
	reached lan 192.0.2.150
	reached host 192.0.2.150
	same "show has the network" 1 "$("$XMACVLAN" -d show | grep -c 'podman network lan')"
	before=$(inside web eth0)
	run_recipe more
	same "reload: the same addresses, MAC and routes" "$before" "$(inside web eth0)"
	reached lan 192.0.2.150
	same "a MAC of one's own" 02:00:00:00:00:22 "$(mac_of db eth0)"
	same "an address of IPv6" 1 "$(address_of db eth0 6 | grep -c ^2001:db8:1:)"
	same "an MTU" 1400 "$(at db cat /sys/class/net/eth0/mtu)"
	check "a route" grep -q 'via 198.51.100.9 dev eth0' <<<"$(at db ip route)"
	check "a DNS server" grep -q 198.51.100.53 <<<"$(at db cat /etc/resolv.conf)"
	run_recipe none
	same "without IPAM: no address" "" "$(address_of client eth0 4)"
	remove lan guests bare
}

test_readme() {
	README=$(cd "$(dirname "$0")/../.." && pwd)/README.md
	run_recipe podman-netavark
	reached lan 192.0.2.150
	reached host 192.0.2.150
	remove lan
}

make_network() {
	podman network create -d xmacvlan -o parent=eth0 -o host_access=1 --subnet 192.0.2.0/24 \
		--gateway 192.0.2.1 --ip-range 192.0.2.128/25 "$@" >/dev/null
}

test_life() {
	local mac address

	make_network lan
	start a lan --ip 192.0.2.150 >/dev/null
	start b lan --ip 192.0.2.151 >/dev/null
	talk a 192.0.2.150 b 192.0.2.151
	mac=$(mac_of a eth0)
	check "restart" podman restart -t 0 a
	reached lan "$(address_of a eth0 4)"
	same "restart: the same MAC" "$mac" "$(mac_of a eth0)"
	check "stop and start" podman stop -t 0 a
	check "stop: its endpoint has gone" not grep -q "$(podman inspect -f '{{.Id}}' a)" \
		<<<"$("$XMACVLAN" -d show)"
	check "start" podman start a
	address=$(address_of a eth0 4)
	reached lan "$address"
	check "a container is killed" podman kill a
	check "start after it" podman start a
	check "disconnect" podman network disconnect lan b
	same "disconnect: no device" "" "$(at b ip -o link show eth0 2>/dev/null)"
	check "connect" podman network connect --ip 192.0.2.155 lan b
	reached lan 192.0.2.155
	check "inspect has the address" grep -q 192.0.2.155 <<<"$(podman inspect b)"
	check "a pod" podman pod create --name pod --network lan --ip 192.0.2.160 \
		--infra-image box --infra-command "/bin/busybox sleep 1000"
	check "a container of the pod" podman run -d --pod pod box httpd -f -p 80
	reached lan 192.0.2.160
	podman pod rm -f -t 0 pod >/dev/null
	remove lan
}

test_refused() {
	fails_with "an unknown option" "did you mean 'host_access'" make_network -o host_acces=1 x
	fails_with "a parent that does not exist" eth7 podman network create -d xmacvlan \
		-o parent=eth7 --subnet 192.0.2.0/24 x
	fails_with "IPAM dhcp with a subnet" dhcp podman network create -d xmacvlan \
		--ipam-driver dhcp --subnet 192.0.2.0/24 x
	same "no network of them" podman "$(podman network ls -q)"
	make_network lan
	fails_with "a published port" 8080:80/tcp podman run --rm -p 8080:80 --network lan box true
	start a lan --mac-address 02:00:00:00:00:07 >/dev/null
	fails_with "a MAC that is in use" 02:00:00:00:00:07 podman run --rm --network lan \
		--mac-address 02:00:00:00:00:07 box true
	remove lan
}

# Addresses of the LAN's DHCP server, which is busybox's
test_dhcp() {
	local address renewer server

	cat >/tmp/udhcpd.conf <<-END
		start 192.0.2.60
		end 192.0.2.69
		interface wire
		lease_file /tmp/udhcpd.leases
		pidfile /tmp/udhcpd.pid
		option subnet 255.255.255.0
		option router 192.0.2.1
		option dns 192.0.2.53
		option lease 120
	END
	: >/tmp/udhcpd.leases
	ip netns exec lan busybox udhcpd -f /tmp/udhcpd.conf 2>/dev/null &
	server=$!
	podman network create -d xmacvlan -o parent=eth0 -o host_access=1 lan >/dev/null
	same "without a subnet the IPAM driver is dhcp" dhcp \
		"$(podman network inspect -f '{{.IPAMOptions.driver}}' lan)"
	fails_with "dhcp without xmacvlan-dhcp" "no xmacvlan-dhcp runs" podman run --rm \
		--network lan box true
	"$B/xmacvlan-dhcp" 2>/dev/null &
	renewer=$!
	start a lan >/dev/null
	address=$(address_of a eth0 4)
	check "an address of the server" grep -q '^192\.0\.2\.6' <<<"$address"
	reached lan "${address%/*}"
	reached host "${address%/*}"
	check "its DNS server" grep -q 192.0.2.53 <<<"$(at a cat /etc/resolv.conf)"
	check "inspect has the address" grep -q "${address%/*}" <<<"$(podman inspect a)"
	check "show has the lease" grep -q "lease ${address%/*}/24" <<<"$("$XMACVLAN" -d show)"
	check "restart" podman restart -t 0 a
	same "restart: the same address" "$address" "$(address_of a eth0 4)"
	remove lan
	kill $renewer $server
	wait $renewer $server
}

# The kernel removes the devices of a namespace some time after the namespace
sync_leaves_none() {
	"$XMACVLAN" sync && [ -z "$("$XMACVLAN" show)" ]
}

# Killed at any time: the next start succeeds, and nothing is left
test_kills() {
	local i pid

	make_network lan
	for i in 1 2 3 4 5 6; do
		podman run -d --name k$i --network lan box sleep 1000 >/dev/null 2>&1 &
		pid=$!
		sleep "0.$((i * 7 % 10))"
		kill -9 $pid 2>/dev/null
		wait $pid 2>/dev/null
	done
	check "a container starts after the kills" start z lan --ip 192.0.2.190
	reached lan 192.0.2.190
	podman rm -f -t 0 -a >/dev/null 2>&1
	# podman that was killed leaves a namespace that it does not know
	for i in /run/netns/netns-*; do
		[ ! -e "$i" ] || { umount "$i" && rm "$i"; }
	done
	within 10 sync_leaves_none
	remove lan
}

# what_of NETWORK: addresses and MACs in containers that run
what_of() {
	local name

	for name in a b; do
		at $name ip -o link show | sed -n 's/.* eth.*ether \([0-9a-f:]*\) .*/\1/p'
		at $name ip -o -4 addr show | sed -n 's/.* eth.*inet \([0-9./]*\) .*/\1/p'
	done
	at a ip route | sed 's/dev eth[0-9]*//' | sort
}

driver_of() {
	podman network inspect -f '{{.Driver}}' "$1"
}

test_migrate() {
	local before

	if ! ip link add mv0 link eth0 type macvlan; then
		skip "migrate: this kernel has no macvlan"
		return
	fi
	ip link del mv0
	podman network create -d macvlan -o parent=eth0 -o mode=bridge --subnet 192.0.2.0/24 \
		--gateway 192.0.2.1 --ip-range 192.0.2.128/25 --route 203.0.113.0/24,192.0.2.7 \
		lan >/dev/null
	start a lan --ip 192.0.2.150 >/dev/null
	start b lan >/dev/null
	podman create --name c --network lan --ip 192.0.2.160 box sleep 1000 >/dev/null
	before=$(what_of)
	"$XMACVLAN" migrate podman lan >/tmp/printed 2>/dev/null
	same "migrate: nothing is changed" macvlan "$(driver_of lan)"
	same "migrate: no line" 0 "$(wc -l </tmp/printed)"
	fails_with "migrate: a container that does not run" "'c' does not run" "$XMACVLAN" \
		migrate podman lan
	podman rm c >/dev/null
	"$XMACVLAN" migrate podman lan >/tmp/printed
	same "migrate: its lines" 6 "$(wc -l </tmp/printed)"
	mv $PLUGIN /tmp/plugin
	refused "migrate --apply without the plugin" "$XMACVLAN" migrate podman lan --apply
	same "... it is taken back" "$before macvlan" "$(what_of) $(driver_of lan)"
	mv /tmp/plugin $PLUGIN
	check "migrate --apply" "$XMACVLAN" migrate podman lan --apply
	same "migrate: the same addresses, MACs and routes" "$before" "$(what_of)"
	same "migrate: the driver" xmacvlan "$(driver_of lan)"
	reached lan 192.0.2.150
	check "a container starts again" podman restart -t 0 a
	reached lan "$(address_of a eth0 4)"
	remove lan
}

make_place
serve_page lan
test_page
test_readme
test_life
test_refused
test_dhcp
test_kills
test_migrate
finish
