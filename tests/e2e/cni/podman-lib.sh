# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What the tests with podman share, on top of lib.sh. Call podman_set_up behind alone.
#
# podman is set up as docs/cni.md says: plugins in /opt/cni/bin and /usr/lib/cni, conflists in /etc/cni/net.d, one
# containers.conf. Beyond that the tests ask for no cgroups (crun can do without, so there are none to clean up), for
# the vfs driver (which copies, and so works on any file system), and for limits that any root may set.
#
# CNI_TYPE=macvlan runs the same on the reference plugin; what it cannot do is skipped.
#
# shellcheck shell=bash

TYPE=${CNI_TYPE:-xmacvlan}
POOL4='[{ "subnet": "192.0.2.0/24", "rangeStart": "192.0.2.100", "rangeEnd": "192.0.2.149", "gateway": "192.0.2.1" }]'
POOL6='[{ "subnet": "2001:db8::/64", "rangeStart": "2001:db8::100", "rangeEnd": "2001:db8::199", "gateway": "2001:db8::1" }]'
LOCAL4="\"ipam\": { \"type\": \"host-local\", \"ranges\": [$POOL4], \"routes\": [{ \"dst\": \"0.0.0.0/0\" }] }"
LOCAL46="\"ipam\": { \"type\": \"host-local\", \"ranges\": [$POOL4, $POOL6], \"routes\": [{ \"dst\": \"0.0.0.0/0\" }, { \"dst\": \"::/0\" }] }"

podman_set_up() {
	local dir

	for dir in /opt /etc/containers /var/tmp; do
		mount -t tmpfs tmpfs $dir
	done
	mkdir -p /opt/cni/bin
	cp "$B/cni/xmacvlan" /opt/cni/bin
	# cgroup v2 alone, on whatever the host has: crun wants it so, and makes nothing in it
	mount -t cgroup2 cgroup2 /sys/fs/cgroup 2>/dev/null
	cat >/etc/containers/containers.conf <<-CONF
		[network]
		network_backend = "cni"
		[containers]
		cgroups = "disabled"
		pids_limit = 0
		default_ulimits = ["nofile=1024:1024", "nproc=4096:4096", "memlock=65536:65536"]
		[engine]
		runtime = "crun"
		cgroup_manager = "cgroupfs"
		events_logger = "file"
	CONF
	printf '[storage]\ndriver = "vfs"\ngraphroot = "/tmp/storage"\nrunroot = "/run/storage"\n' >/etc/containers/storage.conf
	echo '{ "default": [{ "type": "insecureAcceptAnything" }] }' >/etc/containers/policy.json
	make_image
	lan
	serve lan
	serve host
}

# The image `box`: busybox alone
make_image() {
	local root=/tmp/box word

	mkdir -p $root/{bin,dev,proc,sys,tmp,etc,run,var,www}
	cp "$(realpath "$(type -P busybox)")" $root/bin/busybox
	for word in $(busybox --list); do
		[ -e "$root/bin/$word" ] || ln -s busybox "$root/bin/$word"
	done
	tar -C $root -c . | podman import - box >/tmp/import 2>&1 || { cat /tmp/import; exit 1; }
}

# A page with the server's name on port 80 of `lan` or `host`
serve() {
	mkdir -p "/tmp/www-$1"
	echo "$1" >"/tmp/www-$1/index.html"
	at "$1" busybox httpd -f -p 80 -h "/tmp/www-$1" &
	disown
}

# network NAME KEYS [PLUGIN...]: a conflist of our plugin with these KEYS (JSON members) and what is chained behind it
network() {
	local name=$1 keys=$2 list more

	shift 2
	list="{ \"type\": \"$TYPE\", \"master\": \"lan0\", $keys }"
	for more; do
		list="$list, $more"
	done
	echo "{ \"cniVersion\": \"1.0.0\", \"name\": \"$name\", \"plugins\": [ $list ] }" >"/etc/cni/net.d/$name.conflist"
}

# start NAME NETWORK [OPTION...]: a container that serves a page with its name
start() {
	local name=$1 net=$2

	shift 2
	podman run -d --name "$name" --network "$net" --cap-add NET_RAW "$@" box \
		sh -c 'echo "$0" >/www/index.html; exec httpd -f -p 80 -h /www' "$name"
}

stop() {
	podman rm -f -t 0 "$@" >/dev/null
}

# at WHO COMMAND...: in lan, host or a container
at() {
	local who=$1

	shift
	case $who in
	lan) nsenter --net=/run/netns/lan "$@" ;;
	host) "$@" ;;
	*) podman exec "$who" "$@" ;;
	esac
}

# address_of CONTAINER DEVICE FAMILY; mac_of CONTAINER DEVICE: what is inside, not what podman believes
address_of() {
	at "$1" ip -"$3" -o addr show dev "$2" scope global | sed -n 's,.* inet6* \([^/ ]*\)/.*,\1,p'
}

mac_of() {
	at "$1" cat "/sys/class/net/$2/address"
}

pings() {
	at "$1" ping -c 1 -W "${3:-3}" "$2"
}

# fetches FROM ADDRESS[:PORT] NAME [SECONDS]: the page of that name is there. (wget -T of Debian's busybox-static crashes.)
fetches() {
	local host=$2 page

	case $host in *:*:*) host="[$host]" ;; esac
	page=$(at "$1" timeout "${4:-3}" busybox wget -q -O - "http://$host/")
	[ "$page" = "$3" ] || { echo "got '$page'"; return 1; }
}

# talk A ADDRESS B ADDRESS: ping and TCP both ways
talk() {
	check "$1 pings $3 ($4)" pings "$1" "$4"
	check "$3 pings $1 ($2)" pings "$3" "$2"
	check "$1 fetches from $3 ($4)" fetches "$1" "$4" "$3"
	check "$3 fetches from $1 ($2)" fetches "$3" "$2" "$1"
}

# mute A ADDRESS B ADDRESS: neither, either way. All at once, since each waits in vain.
mute() {
	local pids=()

	pings "$1" "$4" 1 >/dev/null 2>&1 & pids+=($!)
	pings "$3" "$2" 1 >/dev/null 2>&1 & pids+=($!)
	fetches "$1" "$4" "$3" 1 >/dev/null 2>&1 & pids+=($!)
	fetches "$3" "$2" "$1" 1 >/dev/null 2>&1 & pids+=($!)
	wait "${pids[0]}"
	check "$1 does not ping $3 ($4)" test $? != 0
	wait "${pids[1]}"
	check "$3 does not ping $1 ($2)" test $? != 0
	wait "${pids[2]}"
	check "$1 does not fetch from $3 ($4)" test $? != 0
	wait "${pids[3]}"
	check "$3 does not fetch from $1 ($2)" test $? != 0
}

# fails WHAT TEXT COMMAND...: passed if the command fails and says TEXT
fails() {
	local what=$1 text=$2 said

	shift 2
	said=$("$@" 2>&1)
	check "$what" test $? != 0
	check "$what, saying why" grep -qF -e "$text" <<<"$said" || echo "     said: $said"
}

# Nothing of ours, nothing of podman's but what `lan` made, no rule of a chained plugin
clean() {
	left "$1"
	same "$1: no container" "" "$(podman ps -aq)"
	same "$1: no namespace but the LAN's" lan "$(ls /run/netns)"
	same "$1: no rule of a container" "" "$(iptables-save | grep -e '-A CNI-DN' -e 192.0.2.1..)"
}
