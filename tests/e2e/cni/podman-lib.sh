# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Shared by the tests with podman, on top of lib.sh. Call set_up_podman after isolate.
#
# podman is configured as in docs/cni.md: plugins in /opt/cni/bin and /usr/lib/cni, conflists in
# /etc/cni/net.d, one containers.conf. Also: no cgroups, which crun does not need, so that none are
# left; the vfs driver, which copies and works on any file system; limits that any root may set.
#
# CNI_TYPE=macvlan runs the tests with the reference plugin and skips those that it cannot pass.
#
# shellcheck shell=bash

TYPE=${CNI_TYPE:-xmacvlan}
POOL4='[{ "subnet": "192.0.2.0/24", "rangeStart": "192.0.2.100", "rangeEnd": "192.0.2.149",
	"gateway": "192.0.2.1" }]'
POOL6='[{ "subnet": "2001:db8::/64", "rangeStart": "2001:db8::100", "rangeEnd": "2001:db8::199",
	"gateway": "2001:db8::1" }]'
# The key ipam with IPv4, and with IPv4 and IPv6
# shellcheck disable=SC2034 # for the tests
LOCAL4="\"ipam\": { \"type\": \"host-local\", \"ranges\": [$POOL4],
	\"routes\": [{ \"dst\": \"0.0.0.0/0\" }] }"
# shellcheck disable=SC2034 # for the tests
LOCAL46="\"ipam\": { \"type\": \"host-local\", \"ranges\": [$POOL4, $POOL6],
	\"routes\": [{ \"dst\": \"0.0.0.0/0\" }, { \"dst\": \"::/0\" }] }"

# Podman 5 as Debian 13 has it knows netavark alone
set_up_podman() {
	[[ $(podman --version) == *" 4."* ]] || skip_rest "$(podman --version) has no CNI"
	prepare_podman
	make_lan
	serve_page lan
	serve_page host
}

# configure_podman [LINE...]: as above; LINEs end containers.conf. Makes the image.
configure_podman() {
	# crun requires cgroup v2 alone, whatever the host has, and creates nothing in it
	mount -t cgroup2 cgroup2 /sys/fs/cgroup 2>/dev/null
	cat >/etc/containers/containers.conf <<-CONF
		[containers]
		cgroups = "disabled"
		pids_limit = 0
		default_ulimits = ["nofile=1024:1024", "nproc=4096:4096", "memlock=65536:65536"]
		[engine]
		runtime = "crun"
		cgroup_manager = "cgroupfs"
		events_logger = "file"
	CONF
	printf '%s\n' "$@" >>/etc/containers/containers.conf
	printf '%s\n' '[storage]' 'driver = "vfs"' 'graphroot = "/tmp/storage"' \
		'runroot = "/run/storage"' >/etc/containers/storage.conf
	echo '{ "default": [{ "type": "insecureAcceptAnything" }] }' >/etc/containers/policy.json
	make_image
}

# Without a LAN
prepare_podman() {
	local dir

	for dir in /opt /etc/containers /var/tmp; do
		mount -t tmpfs tmpfs $dir
	done
	mkdir -p /opt/cni/bin
	cp "$B/cni/xmacvlan" /opt/cni/bin
	configure_podman '[network]' 'network_backend = "cni"'
}

# The image `box`, with busybox alone
make_image() {
	make_root /tmp/box
	tar -C /tmp/box -c . | podman import - box >/tmp/import 2>&1 || { cat /tmp/import; exit 1; }
}

# make_root DIR: the root of a container with busybox alone
make_root() {
	local root=$1 word

	mkdir -p "$root"/{bin,dev,proc,sys,tmp,etc,run,var,www}
	cp "$(realpath "$(type -P busybox)")" "$root/bin/busybox"
	for word in $(busybox --list); do
		[ -e "$root/bin/$word" ] || ln -s busybox "$root/bin/$word"
	done
}

# serve_page lan|host: serves a page with the server's name on port 80
serve_page() {
	mkdir -p "/tmp/www-$1"
	echo "$1" >"/tmp/www-$1/index.html"
	at "$1" busybox httpd -f -p 80 -h "/tmp/www-$1" &
	disown
}

# write_network NAME KEYS [PLUGIN...]: a conflist of our plugin with these KEYS (JSON members),
# and the PLUGINs after it in the chain
write_network() {
	local name=$1 keys=$2 list more

	shift 2
	list="{ \"type\": \"$TYPE\", \"master\": \"lan0\", $keys }"
	for more; do
		list="$list, $more"
	done
	echo "{ \"cniVersion\": \"1.0.0\", \"name\": \"$name\", \"plugins\": [ $list ] }" \
		>"/etc/cni/net.d/$name.conflist"
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

# at lan|host|CONTAINER COMMAND...: runs the command there
at() {
	local who=$1

	shift
	case $who in
	lan) nsenter --net=/run/netns/lan "$@" ;;
	host) "$@" ;;
	*) podman exec "$who" "$@" ;;
	esac
}

# address_of CONTAINER DEVICE FAMILY, mac_of CONTAINER DEVICE: read in the container, not from
# podman
address_of() {
	at "$1" ip -"$3" -o addr show dev "$2" scope global |
		sed -n 's,.* inet6* \([^/ ]*\)/.*,\1,p'
}

mac_of() {
	at "$1" cat "/sys/class/net/$2/address"
}

pings() {
	at "$1" ping -c 1 -W "${3:-3}" "$2"
}

# fetches FROM ADDRESS[:PORT] NAME [SECONDS]: passes if NAME's page is served there. `wget -T`
# crashes in Debian's busybox-static.
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

# mute A ADDRESS B ADDRESS: neither ping nor TCP, in neither direction. The four run in parallel,
# because each waits for its time-out.
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

# fails_with WHAT TEXT COMMAND...: passes if the command fails and its output has TEXT
fails_with() {
	local what=$1 text=$2 output

	shift 2
	output=$("$@" 2>&1)
	check "$what" test $? != 0
	check "$what: the reason" grep -qF -e "$text" <<<"$output" || echo "     output: $output"
}

# all_removed WHAT: nothing_left, and no container, no namespace and no rule of a chained plugin
all_removed() {
	nothing_left "$1"
	same "$1: no container" "" "$(podman ps -aq)"
	same "$1: no namespace but the LAN's" lan "$(ls /run/netns)"
	same "$1: no rule of a container" "" \
		"$(iptables-save | grep -e '-A CNI-DN' -e 192.0.2.1..)"
}
