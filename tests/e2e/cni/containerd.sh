#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/e2e/cni/containerd.sh B: Debian's containerd with `ctr run --cni`.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/pages.sh"
needs containerd ctr containerd-shim-runc-v2 runc busybox
[ -x /usr/lib/cni/host-local ] || needs host-local
alone "$@"

# A name of its own for our cgroups, which are outside of what `alone` throws away; old ones go as well
export CONTAINERD_NAMESPACE=xm-e2e-$RANDOM$RANDOM CONTAINERD_ADDRESS=/run/c/sock
PIVOT=
declare -A RUNS

# conf KEYS [PLUGINS]: the network "lan", more keys (JSON, a comma at the end) and more plugins (one at the start)
conf() {
	PLUGIN='"type": "'$TYPE'", "master": "lan0", '$1' "ipam": { "type": "host-local", "ranges": [
		[ { "subnet": "192.0.2.0/24", "rangeStart": "192.0.2.10", "gateway": "192.0.2.1" } ],
		[ { "subnet": "2001:db8::/64", "rangeStart": "2001:db8::10", "gateway": "2001:db8::1" } ] ],
		"routes": [ { "dst": "0.0.0.0/0" }, { "dst": "::/0" } ] }'
	cat >/etc/cni/net.d/10-lan.conflist <<-END
		{ "cniVersion": "1.0.0", "name": "lan", "plugins": [ { $PLUGIN }${2:-}, { "type": "spy" } ] }
	END
}

daemon() {
	containerd -c /run/c.toml >>/run/c.log 2>&1 &
	DAEMON=$!
	disown
	check "containerd serves" within 20 ctr version
}

# run NAME [OPTION...]: a container that serves its page until it is told to end
run() {
	local name=$1

	shift
	# shellcheck disable=SC2086 # none or one
	ctr run $PIVOT --cni --env PATH=/bin --rootfs "$@" $ROOTFS "$name" /bin/busybox sh -c "busybox httpd -p 80 -h /pages/$name
		until [ -e /run/end ]; do busybox sleep 0.1; done" >"/run/out.$name" 2>&1 &
	RUNS[$name]=$!
}

running() {
	ctr task ls | grep -q "^$1 .* RUNNING"
}

started() {
	local name

	for name; do
		check "$name runs" within 20 running "$name" || cat "/run/out.$name"
	done
}

# Its addresses
of() {
	leases "$CONTAINERD_NAMESPACE-$1\\b" | sed 's:.*/::'
}

in_() {
	local name=$1

	shift
	ctr task exec --exec-id "e$RANDOM" "$name" "$@"
}

ended() {
	check "$1: ctr has ended" within 10 not kill -0 "${RUNS[$1]}"
}

end() {
	local name

	for name; do
		in_ "$name" busybox touch /run/end
	done
	for name; do
		ended "$name"
	done
}

# Whatever has become of the test. We are the first process of our namespace, so `kill -1` means what is in it.
cgroups_go() {
	[ $$ != 1 ] || kill -9 -1
	within 2 find /sys/fs/cgroup -depth -type d -path "*/$CONTAINERD_NAMESPACE*" -delete 2>/dev/null
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
trap cgroups_go EXIT
plugins
lan
rootfs
pages lan host a b c
serve lan "$AT_LAN"
serve host
daemon
# In a chroot that is no mount point runc cannot pivot
ctr run --rm --rootfs $ROOTFS try /bin/busybox true >/dev/null 2>&1 || PIVOT=--no-pivot
echo "containerd $(containerd --version | cut -d' ' -f3), runc $(runc --version | sed -n 's/runc version //p') $PIVOT, $TYPE"

forwards() {
	conf '"hostAccess": true, "mode": "bridge",'
	run a --rm
	run b --rm
	started a b
	mapfile -t a < <(of a)
	mapfile -t b < <(of b)
	same "a has an address of each family" 2 ${#a[@]}
	talks "LAN to a" "$AT_LAN" a "${a[@]}"
	talks "a to the LAN" "in_ a" lan 192.0.2.1 2001:db8::1
	talks "a to b, bridge" "in_ a" b "${b[@]}"
	talks "b to a, bridge" "in_ b" a "${a[@]}"
	! ours || talks "host to a, hostAccess" "" a "${a[@]}"
	! ours || talks "a to the host, hostAccess" "in_ a" host 192.0.2.2 2001:db8::2
	end a b
	check "DEL comes with an empty CNI_NETNS" grep -q "^DEL $CONTAINERD_NAMESPACE-a \[\] " /run/spy
	left "ended normally"
}

# What may not arrive, beside what does in the same container
keeps_apart() {
	conf '"mode": "private",'
	run a --rm
	run b --rm
	started a b
	mapfile -t a < <(of a)
	mapfile -t b < <(of b)
	talks "LAN to a, private" "$AT_LAN" a "${a[@]}"
	silent "a to b, private" "in_ a" "${b[@]}"
	silent "host to a, no hostAccess" "" "${a[@]}"
	silent "a to the host, no hostAccess" "in_ a" 192.0.2.2 2001:db8::2
	talks "a to the LAN, private" "in_ a" lan 192.0.2.1 2001:db8::1
	check "a is killed" ctr task kill -s 9 a
	ended a
	talks "LAN to b, a killed" "$AT_LAN" b "${b[@]}"
	check "b is killed" ctr task kill -s 9 b
	ended b
	left "killed"
}

# The daemon is killed: what runs goes on, and what is deleted after its return leaves nothing. ctr 1.6 asks for no DEL of
# what it started with --detach, which comes from somebody else then, and asks for one when it loses the daemon, while
# the container lives.
daemon_dies() {
	conf '"hostAccess": true,'
	run a --detach
	run b --detach
	run c --rm
	started a b c
	mapfile -t a < <(of a)
	mapfile -t b < <(of b)
	kill -9 $DAEMON
	within 5 not kill -0 $DAEMON
	refused "containerd is dead" ctr version
	talks "LAN to a, containerd dead" "$AT_LAN" a "${a[@]}"
	! ours || talks "host to b, containerd dead" "" b "${b[@]}"
	ended c
	same "c, which lives, has no lease" "" "$(of c)"
	daemon
	check "c lives" running c
	same "c has no interface" "" "$(in_ c busybox ls /sys/class/net | grep eth)"
	talks "LAN to a, containerd back" "$AT_LAN" a "${a[@]}"
	talks "a to b, containerd back" "in_ a" b "${b[@]}"
	removed a b c
	same "detached: no endpoint" "" "$("$XMACVLAN" show 2>&1)"
	same "detached: the leases are there" 4 "$(leases | wc -l)"
	check "DEL of a" plugin DEL a ""
	check "DEL of a again" plugin DEL a ""
	check "DEL of b" plugin DEL b ""
	rm -f /var/lib/cni/results/* # libcni's
	left "containerd killed"
}

# Killed and removed by ctr, which knows nothing of CNI then
removed() {
	local name

	for name; do
		check "$name is killed" ctr task kill -s 9 "$name"
		check "$name has stopped" within 10 not running "$name"
		check "$name's task is deleted" within 5 ctr task delete "$name"
		check "$name is removed" ctr container rm "$name"
	done
}

# Our plugin alone
plugin() {
	CNI_COMMAND=$1 CNI_CONTAINERID=$CONTAINERD_NAMESPACE-$2 CNI_NETNS=$3 CNI_IFNAME=eth0 "/opt/cni/bin/$TYPE" <<-END
		{ "cniVersion": "1.0.0", "name": "lan", $PLUGIN }
	END
}

tuned() {
	in_ a busybox cat "/sys/class/net/eth0/mtu" /proc/sys/net/ipv4/conf/eth0/rp_filter | tr '\n' ' '
}

# The port of the host is for the host itself: a container answers the LAN past the host, as macvlan's does
chain() {
	local ports=', { "type": "portmap", "snat": true,
		"runtimeConfig": { "portMappings": [ { "hostPort": 8080, "containerPort": 80, "protocol": "tcp" } ] } }'

	ours && iptables -t nat -S >/dev/null 2>&1 || { skip "portmap: no iptables, the kernel has no NAT, or no hostAccess" && ports=; }
	conf '"hostAccess": true,' ', { "type": "tuning", "mtu": 1400,
		"sysctl": { "net.ipv4.conf.eth0.rp_filter": "2" } }'"$ports"
	run a --rm
	started a
	mapfile -t a < <(of a)
	same "tuning has been at work" "1400 2 " "$(tuned)"
	talks "LAN to a, tuning and portmap" "$AT_LAN" a "${a[@]}"
	! ours || talks "host to a, tuning and portmap" "" a "${a[@]}"
	[ -z "$ports" ] || check "portmap" fetches "" a 192.0.2.2:8080
	end a
	left "chain"
	[ -z "$ports" ] || same "no rule is left" "" "$(iptables -t nat -S | grep 8080)"
}

forwards
keeps_apart
daemon_dies
chain
finish
