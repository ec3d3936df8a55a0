#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/e2e/cni/containerd.sh B: Debian's containerd with `ctr run --cni`.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/pages-lib.sh"
needs containerd ctr containerd-shim-runc-v2 runc busybox
[ -x /usr/lib/cni/host-local ] || needs host-local
isolate "$@"

# isolate does not remove our cgroups, so they have a name of their own, by which delete_cgroups
# finds them.
export CONTAINERD_NAMESPACE=xm-e2e-$RANDOM$RANDOM CONTAINERD_ADDRESS=/run/c/sock
PIVOT=
declare -A RUNS

# write_network KEYS [PLUGINS]: the network "lan" with more keys of our plugin (JSON members, each
# followed by a comma) and more plugins (each preceded by a comma)
write_network() {
	PLUGIN='"type": "'$TYPE'", "master": "lan0", '$1' "ipam": { "type": "host-local",
		"ranges": [
		[ { "subnet": "192.0.2.0/24", "rangeStart": "192.0.2.10",
		    "gateway": "192.0.2.1" } ],
		[ { "subnet": "2001:db8::/64", "rangeStart": "2001:db8::10",
		    "gateway": "2001:db8::1" } ] ],
		"routes": [ { "dst": "0.0.0.0/0" }, { "dst": "::/0" } ] }'
	cat >/etc/cni/net.d/10-lan.conflist <<-END
		{ "cniVersion": "1.0.0", "name": "lan",
		  "plugins": [ { $PLUGIN }${2:-}, { "type": "spy" } ] }
	END
}

start_containerd() {
	containerd -c /run/c.toml >>/run/c.log 2>&1 &
	DAEMON=$!
	disown
	check "containerd serves" within 20 ctr version
}

# start NAME [OPTION...]: a container that serves its page until /run/end exists in it
start() {
	local name=$1

	shift
	# shellcheck disable=SC2086 # none or one
	ctr run $PIVOT --cni --env PATH=/bin --rootfs "$@" $ROOTFS "$name" /bin/busybox sh -c "
		busybox httpd -p 80 -h /pages/$name
		until [ -e /run/end ]; do busybox sleep 0.1; done" >"/run/out.$name" 2>&1 &
	RUNS[$name]=$!
}

is_running() {
	ctr task ls | grep -q "^$1 .* RUNNING"
}

check_running() {
	local name

	for name; do
		check "$name runs" within 20 is_running "$name" || cat "/run/out.$name"
	done
}

# addresses_of CONTAINER: by its leases
addresses_of() {
	leases "$CONTAINERD_NAMESPACE-$1\\b" | sed 's:.*/::'
}

# in_container CONTAINER COMMAND...
in_container() {
	local name=$1

	shift
	ctr task exec --exec-id "e$RANDOM" "$name" "$@"
}

check_ended() {
	check "$1: ctr has ended" within 10 not kill -0 "${RUNS[$1]}"
}

end_containers() {
	local name

	for name; do
		in_container "$name" busybox touch /run/end
	done
	for name; do
		check_ended "$name"
	done
}

# Runs at every exit of the test. If we are the first process of our PID namespace, `kill -1` kills
# the processes of that namespace only.
delete_cgroups() {
	[ $$ != 1 ] || kill -9 -1
	within 2 find /sys/fs/cgroup -depth -type d -path "*/$CONTAINERD_NAMESPACE*" -delete \
		2>/dev/null
	# of tests that were killed half an hour ago
	find /sys/fs/cgroup -depth -type d -path '*/xm-e2e-*' -mmin +30 -delete 2>/dev/null
}

cat >/run/c.toml <<END
version = 2
root = "/run/c/root"
state = "/run/c/state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
address = "$CONTAINERD_ADDRESS"
END
trap delete_cgroups EXIT
install_plugins
make_lan
make_rootfs
make_pages lan host a b c
serve_page lan "$AT_LAN"
serve_page host
start_containerd
# In a chroot that is not a mount point runc cannot pivot.
ctr run --rm --rootfs $ROOTFS try /bin/busybox true >/dev/null 2>&1 || PIVOT=--no-pivot
echo "containerd $(containerd --version | cut -d' ' -f3)," \
	"runc $(runc --version | sed -n 's/runc version //p') $PIVOT, $TYPE"

test_forwarding() {
	write_network '"hostAccess": true, "mode": "bridge",'
	start a --rm
	start b --rm
	check_running a b
	mapfile -t a < <(addresses_of a)
	mapfile -t b < <(addresses_of b)
	same "a has an address of each family" 2 ${#a[@]}
	talks "LAN to a" "$AT_LAN" a "${a[@]}"
	talks "a to the LAN" "in_container a" lan 192.0.2.1 2001:db8::1
	talks "a to b, bridge" "in_container a" b "${b[@]}"
	talks "b to a, bridge" "in_container b" a "${a[@]}"
	! is_xmacvlan || talks "host to a, hostAccess" "" a "${a[@]}"
	! is_xmacvlan ||
		talks "a to the host, hostAccess" "in_container a" host 192.0.2.2 2001:db8::2
	end_containers a b
	check "DEL has an empty CNI_NETNS" grep -q "^DEL $CONTAINERD_NAMESPACE-a \[\] " /run/spy
	nothing_left "containers ended normally"
}

# Pings that must not be answered, next to pings of the same containers that must be
test_isolation() {
	write_network '"mode": "private",'
	start a --rm
	start b --rm
	check_running a b
	mapfile -t a < <(addresses_of a)
	mapfile -t b < <(addresses_of b)
	talks "LAN to a, private" "$AT_LAN" a "${a[@]}"
	silent "a to b, private" "in_container a" "${b[@]}"
	silent "host to a, no hostAccess" "" "${a[@]}"
	silent "a to the host, no hostAccess" "in_container a" 192.0.2.2 2001:db8::2
	talks "a to the LAN, private" "in_container a" lan 192.0.2.1 2001:db8::1
	check "a is killed" ctr task kill -s 9 a
	check_ended a
	talks "LAN to b, a killed" "$AT_LAN" b "${b[@]}"
	check "b is killed" ctr task kill -s 9 b
	check_ended b
	nothing_left "containers killed"
}

# The ctr of containerd 1.7 calls DEL before it kills, without the CNI_PATH of the IPAM plugin
kills_first() {
	[[ $(containerd --version) = *" 1.6"* ]] && return 1
	skip "$1: written for the ctr of containerd 1.6"
}

# containerd is killed: running containers keep their network, and containers that are deleted after
# its restart leave nothing. ctr 1.6 calls no DEL for containers that it started with --detach, so
# the test does. For the others it calls DEL when it loses containerd, although they are alive.
test_daemon_killed() {
	write_network '"hostAccess": true,'
	start a --detach
	start b --detach
	start c --rm
	check_running a b c
	mapfile -t a < <(addresses_of a)
	mapfile -t b < <(addresses_of b)
	kill -9 $DAEMON
	within 5 not kill -0 $DAEMON
	refused "containerd is dead" ctr version
	talks "LAN to a, containerd dead" "$AT_LAN" a "${a[@]}"
	! is_xmacvlan || talks "host to b, containerd dead" "" b "${b[@]}"
	check_ended c
	same "c, which is alive, has no lease" "" "$(addresses_of c)"
	start_containerd
	check "c is alive" is_running c
	same "c has no interface" "" "$(in_container c busybox ls /sys/class/net | grep eth)"
	talks "LAN to a, containerd restarted" "$AT_LAN" a "${a[@]}"
	talks "a to b, containerd restarted" "in_container a" b "${b[@]}"
	remove_containers a b c
	! is_xmacvlan || check "detached: sync" "$XMACVLAN" sync
	same "detached: no endpoint" "" "$("$XMACVLAN" show 2>&1)"
	same "detached: the leases remain" 4 "$(leases | wc -l)"
	check "DEL of a" call_plugin DEL a ""
	check "DEL of a again" call_plugin DEL a ""
	check "DEL of b" call_plugin DEL b ""
	rm -f /var/lib/cni/results/* # libcni's
	nothing_left "containerd killed"
}

# Killed and removed by ctr, which calls no plugin then
remove_containers() {
	local name

	for name; do
		check "$name is killed" ctr task kill -s 9 "$name"
		check "$name has stopped" within 10 not is_running "$name"
		check "$name's task is deleted" within 5 ctr task delete "$name"
		check "$name is removed" ctr container rm "$name"
	done
}

# call_plugin COMMAND CONTAINER NETNS: our plugin alone
call_plugin() {
	CNI_COMMAND=$1 CNI_CONTAINERID=$CONTAINERD_NAMESPACE-$2 CNI_NETNS=$3 CNI_IFNAME=eth0 \
		"/opt/cni/bin/$TYPE" <<-END
			{ "cniVersion": "1.0.0", "name": "lan", $PLUGIN }
		END
}

# What tuning changes in a: the MTU and rp_filter of eth0
tuned_values() {
	in_container a busybox cat "/sys/class/net/eth0/mtu" \
		/proc/sys/net/ipv4/conf/eth0/rp_filter | tr '\n' ' '
}

# Only the host itself uses its published port here: a container answers the LAN directly, past
# the host, as with macvlan.
test_chain() {
	local ports=', { "type": "portmap", "snat": true, "runtimeConfig": { "portMappings": [
		{ "hostPort": 8080, "containerPort": 80, "protocol": "tcp" } ] } }'

	is_xmacvlan && iptables -t nat -S >/dev/null 2>&1 || {
		skip "portmap: no iptables, no NAT in the kernel, or no hostAccess" && ports=
	}
	write_network '"hostAccess": true,' ', { "type": "tuning", "mtu": 1400,
		"sysctl": { "net.ipv4.conf.eth0.rp_filter": "2" } }'"$ports"
	start a --rm
	check_running a
	mapfile -t a < <(addresses_of a)
	same "tuning has set MTU and rp_filter" "1400 2 " "$(tuned_values)"
	talks "LAN to a, tuning and portmap" "$AT_LAN" a "${a[@]}"
	! is_xmacvlan || talks "host to a, tuning and portmap" "" a "${a[@]}"
	[ -z "$ports" ] || check "portmap" fetches "" a 192.0.2.2:8080
	end_containers a
	nothing_left "chain"
	[ -z "$ports" ] || same "no rule is left" "" "$(iptables -t nat -S | grep 8080)"
}

test_forwarding
kills_first isolation || test_isolation
kills_first "containerd killed" || test_daemon_killed
test_chain
finish
