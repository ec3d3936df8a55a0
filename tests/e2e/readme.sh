#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/e2e/readme.sh B [RECIPE...]: runs the recipes of README.md, word for word, beside a LAN in
# namespaces, and checks what they promise. With names: these alone. `vm` is in readme_vm.sh,
# `try` and `install` are in newcomer.sh, `podman-netavark` in podman_netavark.sh.
. "$(dirname "$0")/cni/lib.sh"
. "$(dirname "$0")/cni/podman-lib.sh"
. "$(dirname "$0")/readme_lib.sh"
HERE=$(cd "$(dirname "$0")" && pwd)
ROOT=$(dirname "$README")
RECIPES="lan apply vlan podman docker kubernetes moving moving-cni"
ELSEWHERE="try install vm podman-netavark"
isolate "$@"
shift

# Every block is a recipe, every recipe is run somewhere
test_markers() {
	same "every block has a marker" "" "$(unmarked)"
	same "every recipe is run" "$(tr ' ' '\n' <<<"$RECIPES $ELSEWHERE" | sort)" \
		"$(recipe_names | sort)"
	same "make without a target builds everything" ".DEFAULT_GOAL := all" \
		"$(env -u MAKEFLAGS make -C "$ROOT" -pq | grep '^.DEFAULT_GOAL')"
}

# The host has 192.0.2.2 on eth0, the router of the LAN is 192.0.2.1
make_place() {
	make_lan eth0
	mkdir -p /tmp/bin /tmp/clone /etc/xmacvlan
	mount -t tmpfs tmpfs /etc/xmacvlan
	cp "$B/xmacvlan" /tmp/bin
	PATH=/tmp/bin:$PATH
	ln -s "$ROOT/dist" /tmp/clone/dist
	cd /tmp/clone || exit
}

# end_recipe NETNS...: deletes what a recipe has made. The next one uses its address again.
end_recipe() {
	local name

	xmacvlan detach eth0 force 2>/dev/null
	for name; do
		ip netns del "$name"
	done
	ip neigh flush dev eth0
	ip -n lan neigh flush dev wire
	same "nothing is left" "" "$(xmacvlan show)"
}

# reached FROM ADDRESS
reached() {
	check "$1 reaches $2" within 5 at "$1" ping -n -c 1 -W 1 "$2"
}

test_lan() {
	run_recipe lan
	reached lan 192.0.2.10
	reached host 192.0.2.10
	check "the route" ip netns exec web ping -n -c 1 -W 3 192.0.2.1
	end_recipe web
}

test_apply() {
	run_recipe apply
	reached lan 192.0.2.10
	reached host 192.0.2.10
	same "the route" "default via 192.0.2.1 dev web" \
		"$(ip -n web route show default | sed 's/ *$//')"
	same "applied again: no step" "" "$(xmacvlan apply --dry-run | grep -v '^nothing')"
	end_recipe web
}

test_vlan() {
	if ! ip link add link eth0 name eth0.99 type vlan id 99 2>/dev/null; then
		skip "vlan: this kernel has no VLAN devices; make check-kernels runs it"
		return
	fi
	ip link del eth0.99
	run_recipe vlan
	ip addr add 198.51.100.2/24 dev eth0.10
	ip -n lan link add link wire name wire.10 type vlan id 10
	ip -n lan addr add 198.51.100.1/24 dev wire.10
	ip -n lan link set wire.10 up
	reached lan 198.51.100.10
	reached host 198.51.100.10
	xmacvlan detach eth0.10 force
	ip link del eth0.10
	end_recipe db
}

# has COMMAND...: whether all are there; else the recipe is skipped
has() {
	local name=$1 tool

	shift
	for tool; do
		type -P "$tool" >/dev/null && continue
		skip "$name: $tool is not installed (make deps)"
		return 1
	done
}

test_podman() {
	has podman podman conmon crun busybox iptables || return
	if [[ $(podman --version) != *" 4."* ]]; then
		skip "podman: the recipe is for podman 4, this is $(podman --version)"
		return
	fi
	prepare_podman
	sed -i '/network_backend/d' /etc/containers/containers.conf
	podman tag box docker.io/library/busybox
	run_recipe podman
	reached lan 192.0.2.110
	check "the host gets an answer from its server" timeout 5 busybox wget -q -O /dev/null \
		http://192.0.2.110/bin/busybox
	podman rm -f -t 0 web >/dev/null
	end_recipe
}

# dockerd, with an image `busybox` of this machine's
start_docker() {
	mkdir -p /tmp/docker
	dockerd --bridge none --iptables=false --ip6tables=false --storage-driver vfs \
		--data-root /tmp/docker --exec-root /run/docker --pidfile /run/docker.pid \
		>/tmp/dockerd.log 2>&1 &
	within 30 docker version || return
	make_root /tmp/box
	tar -C /tmp/box -c . | docker import - busybox
	"$B/xmacvlan-docker" --data-root /tmp/docker >/tmp/driver.log 2>&1 &
	echo $! >/tmp/driver.pid
	within 5 test -S /run/docker/plugins/xmacvlan.sock
}

test_docker() {
	has docker dockerd docker runc busybox "$B/xmacvlan-docker" || return
	if ! check "docker: dockerd starts" start_docker; then
		tail -n 5 /tmp/dockerd.log
		return
	fi
	run_recipe docker
	reached lan 192.0.2.150
	docker rm -f web >/dev/null
	docker network rm lan >/dev/null
	kill "$(cat /tmp/driver.pid)"
	kill "$(cat /run/docker.pid)"
	end_recipe
}

test_kubernetes() {
	local address

	has kubernetes python3 || return
	make_kubectl
	run_recipe kubernetes
	check "its documents agree" python3 "$HERE/kubernetes.py" networks /tmp/applied
	mkdir -p /tmp/configs
	python3 "$HERE/kubernetes.py" configs /tmp/applied /tmp/configs
	ip netns add pod
	check "its network: ADD" plugin ADD /tmp/configs/lan.json
	address=$(ip -n pod -4 -o addr show lan0 | sed 's,.*inet \([0-9.]*\).*,\1,')
	reached lan "$address"
	reached host "$address"
	check "its network: DEL" plugin DEL /tmp/configs/lan.json
	end_recipe pod
}

# run_column N: the commands of a column, one by one
run_column() {
	local commands line

	recipe_column moving "$1" >/tmp/column # guests have no /dev/fd
	mapfile -t commands </tmp/column
	check "moving, column $1: it has lines" test ${#commands[@]} -gt 5
	for line in "${commands[@]}"; do
		check "moving: $line" bash -e -c "$line"
	done
}

test_moving() {
	ip netns add web
	if ip link add m9 link eth0 type macvlan; then
		ip link del m9
		run_column 1
		ip link del m1
	else
		skip "moving: this kernel has no macvlan"
	fi
	run_column 2
	same "m1 is private, as the macvlan was" '"private"' \
		"$(xmacvlan -j show m1 | grep -o '"private"' | head -n 1)"
	check "the words of ip link" xmacvlan link add link eth0 name m0 type macvlan mode bridge
	end_recipe web
}

test_moving_cni() {
	local list=/etc/cni/net.d/lan.conflist

	has moving-cni python3 /usr/lib/cni/macvlan || return
	mkdir -p /etc/cni/net.d
	recipe podman | sed -n "/<<'END'/,/^END/p" | sed '1d;$d; s/"xmacvlan"/"macvlan"/' >$list
	plugin_of $list
	check "moving-cni: ADD of macvlan" grep -q '"type": "macvlan"' /tmp/plugin.json
	ip netns add pod
	check "moving-cni: ADD by the reference plugin" plugin ADD /tmp/plugin.json
	check "moving-cni: DEL by the reference plugin" plugin DEL /tmp/plugin.json
	run_recipe moving-cni
	plugin_of $list
	check "moving-cni: ADD by xmacvlan" plugin ADD /tmp/plugin.json
	check "moving-cni: it is an endpoint" grep -q lan0 <<<"$(xmacvlan show)"
	check "moving-cni: DEL by xmacvlan" plugin DEL /tmp/plugin.json
	end_recipe pod
}

# plugin_of CONFLIST: writes the configuration of its first plugin to /tmp/plugin.json
plugin_of() {
	python3 -c 'import json, sys
conf = json.load(open(sys.argv[1]))
json.dump({**conf["plugins"][0], "name": conf["name"], "cniVersion": conf["cniVersion"]},
          open("/tmp/plugin.json", "w"))' "$1"
}

[ $# != 0 ] || test_markers
trap 'umount /etc/xmacvlan; rmdir --ignore-fail-on-non-empty /etc/xmacvlan' EXIT
make_place
# shellcheck disable=SC2086 # a list
[ $# != 0 ] || set -- $RECIPES
for name; do
	"test_${name//-/_}"
done
finish
