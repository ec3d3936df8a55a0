#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# migrate.sh B: `xmacvlan migrate cni` with files of CNI and the plugins. migrate.sh B docker: with
# Debian's dockerd (make check-docker). podman_netavark.sh has podman.
. "$(dirname "$0")/cni/lib.sh"
[ "${2:-}" != docker ] || needs dockerd /usr/bin/docker containerd runc
needs busybox
isolate "$@"
# shellcheck source=tests/e2e/docker_daemons.sh
. "$(dirname "$0")/docker_daemons.sh"

xm() {
	PATH=${PROGRAMS:-$PATH} "$XMACVLAN" "$@"
}

# refused_by WHAT CODE TEXT WORD...: the exit code, one line with TEXT
refused_by() {
	local what=$1 code=$2 text=$3 output rc

	shift 3
	output=$(xm migrate "$@" 2>&1 >/dev/null)
	rc=$?
	same "$what: the exit code" "$code" $rc
	same "$what: one line" 1 "$(grep -c '^xmacvlan: ' <<<"$output")"
	check "$what: the reason" grep -qF -e "$text" <<<"$output" || echo "     $output"
}

write_list() {
	cat >"$1" <<-'END'
		{ "cniVersion": "1.0.0", "name": "lan", "nerdctlLabels": { "n": 12345678901234567 },
		  "plugins": [ { "type":  "macvlan", "master": "eth0",
		    "ipam": { "type": "host-local",
		      "ranges": [[ { "subnet": "192.0.2.0/24" } ]] } },
		    { "type" : "tuning" } ] }
	END
	chmod 640 "$1"
}

test_cni() {
	local a=/etc/cni/net.d/a.conflist b="/etc/cni/net.d/it's b.conf" before

	write_list $a
	echo '{ "cniVersion": "0.4.0", "name": "b", "type": "macvlan" }' >"$b"
	before=$(cat $a)
	xm migrate cni $a "$b" >/tmp/printed
	same "printed: nothing is changed" "$before" "$(cat $a)"
	check "printed: it is a script" bash -e /tmp/printed
	same "the type, and nothing else" "${before/macvlan/xmacvlan}" "$(cat $a)"
	same "the copy" "$before" "$(cat $a.macvlan)"
	same "the file's mode" 640 "$(stat -c %a $a)"
	check "a file of one plugin, with a name in quotes" grep -q '"xmacvlan"' "$b"
	refused_by "again" 1 "no plugin of type macvlan" cni $a
	cp -p $a.macvlan $a
	refused_by "a copy that exists" 1 "exists already" cni $a
	rm $a.macvlan
	check "--apply" xm migrate cni $a --apply
	same "--apply: the type" "${before/macvlan/xmacvlan}" "$(cat $a)"
	rm $a.macvlan
	printf '%s' "$before" >$a
	refused_by "a file twice" 1 "named twice" cni $a $a
	check "and there is no copy" test ! -e $a.macvlan
	mv $a $a.real
	ln -s $a.real $a
	sed -i 's/"type": *"macvlan"/"type":\n"macvlan"/' $a.real
	check "a symbolic link, the type on a line of its own" xm migrate cni $a --apply
	check "the file of the link has the type" grep -q '"xmacvlan"' $a.real
	check "and the link is one" test -L $a
	rm $a $a.macvlan
	mv $a.real $a
	write_list /etc/cni/net.d/büro.conflist
	xm migrate cni /etc/cni/net.d/büro.conflist >/tmp/printed
	check "a name that is not ASCII: printed as a script" bash -e /tmp/printed
	check "which changes the file" grep -q '"xmacvlan"' /etc/cni/net.d/büro.conflist
	rm /etc/cni/net.d/büro.conflist*
	cp "$b.macvlan" "$b"
	rm "$b.macvlan"
	write_list $a
	mount --bind "$b" "$b" # sed cannot replace a mount point
	refused_by "the second file cannot be changed" 2 "everything was taken back" \
		cni $a "$b" --apply
	same "... and the first one is as it was" "$before" "$(cat $a)"
	check "... without a copy" test ! -e $a.macvlan
	umount "$b"
}

test_cni_refused() {
	local f=/tmp/x.conflist

	refused_by "no words" 1 "no network"
	refused_by "no file" 1 "no network" cni
	refused_by "an unknown runtime" 1 "'lxc'" lxc x
	refused_by "two networks" 1 "unknown word 'b'" docker a b
	refused_by "an option as a network" 1 "'-f'" docker -f
	refused_by "a missing file" 1 "No such file" cni /tmp/nothing
	echo '{ "plugins": [' >$f
	refused_by "no JSON" 1 "is not JSON: line" cni $f
	echo '[]' >$f
	refused_by "a list" 1 "no JSON object" cni $f
	echo '{ "plugins": [ { "type": "bridge" } ] }' >$f
	refused_by "a bridge" 1 "no plugin of type macvlan" cni $f
	echo '{ "plugins": [ { "type": "macvlan", "ipam": { "type": "macvlan" } } ] }' >$f
	refused_by "another macvlan" 1 "by hand" cni $f
	echo '{ "plugins": [ { "type": "mac\u0076lan" } ] }' >$f
	refused_by "a type that sed does not find" 1 "by hand" cni $f
	PROGRAMS=/nowhere refused_by "without docker" 2 "docker" docker lan
}

# fake_runtime: `docker` and `podman` in /tmp/fake, which print the files network and container, and
# write down what they are asked to change
fake_runtime() {
	mkdir -p /tmp/fake
	cat >/tmp/fake/docker <<-'END'
		#!/bin/bash
		case "$1 $2" in
		"network inspect") cat /tmp/fake/network ;;
		"ps -a") echo '"a1"' ;;
		"inspect --type") cat /tmp/fake/container ;;
		*) echo "$*" >>/tmp/fake/changes ;;
		esac
	END
	chmod 755 /tmp/fake/docker
	cp /tmp/fake/docker /tmp/fake/podman
	PROGRAMS=/tmp/fake:$PATH
}

# write_network DOCKER|PODMAN MEMBERS: a network with more members than it needs
write_network() {
	local base='"Name": "lan", "Driver": "macvlan", "IPAM": { "Driver": "default",
		"Config": [ { "Subnet": "192.0.2.0/24" } ] }'

	[ "$1" = docker ] || base='"name": "lan", "driver": "macvlan", "network_interface": "eth0"'
	echo "[ { $base${2:+, $2} } ]" >/tmp/fake/network
}

# unmovable WHAT RUNTIME MEMBERS TEXT: refused before a container leaves the network
unmovable() {
	write_network "$2" "$3"
	rm -f /tmp/fake/changes
	refused_by "$2, $1" 1 "$4" "$2" lan --apply
	check "... and nothing is changed" test ! -e /tmp/fake/changes
}

# moved WHAT RUNTIME MEMBERS LINE...: what is run has these words
moved() {
	local what="$2, $1" runtime=$2 line

	write_network "$2" "$3"
	shift 3
	rm -f /tmp/fake/changes
	xm migrate "$runtime" lan --apply >/dev/null
	for line; do
		check "$what: $line" grep -qxF -e "$line" /tmp/fake/changes ||
			sed 's/^/     /' /tmp/fake/changes
	done
}

# options_of FILE: the names of the table in a driver's source
options_of() {
	sed -n 's/^\t{ \("[a-z_.]*"\), option_.*/\1/p' "$1" | sort
}

test_options_known() {
	local user driver

	user=$(dirname "$0")/../../user
	for driver in docker podman; do
		same "migrate knows the options of $driver" \
			"$(options_of "$user/${driver/podman/netavark}/options.c")" \
			"$(sed -n "/ ${driver}_options\[\]/,/};/p" "$user/cli/migrate_check.c" |
				grep -o '"[a-z_.]*"' | sort)"
	done
}

test_runtimes() {
	fake_runtime
	cat >/tmp/fake/container <<-'END'
		[ { "Id": "a1", "Name": "/c", "State": { "Running": true }, "HostConfig": {},
		    "NetworkSettings": { "Networks": { "lan": {
			"IPAddress": "192.0.2.5", "MacAddress": "02:00:00:00:00:05",
			"IPAMConfig": { "LinkLocalIPs": [ "169.254.7.7" ] },
			"Links": [ "db:sql" ], "DriverOpts": { "a": "b" }, "GwPriority": 5 } } } } ]
	END
	unmovable "an option" docker '"Options": { "parent": "eth0", "ipvlan_mode": "l2" }' \
		"'ipvlan_mode'"
	unmovable "another network's configuration" docker '"ConfigFrom": { "Network": "cfg" }' \
		"'cfg'"
	unmovable "an unknown option" podman '"options": { "vlan": "5" }' "'vlan'"
	unmovable "a range without its end" podman '"subnets": [ { "subnet": "192.0.2.0/24",
		"lease_range": { "start_ip": "192.0.2.9" } } ]' "lease_range"
	unmovable "a blackhole" podman '"routes": [ { "destination": "10.0.0.0/8",
		"route_type": "blackhole" } ]' "'blackhole'"
	moved "what a container has of the network" docker '"EnableIPv4": false' \
		"network create -d xmacvlan --subnet 192.0.2.0/24 --ipv4=false lan" \
		"network connect --ip 192.0.2.5 --link-local-ip 169.254.7.7 --link db:sql \
--driver-opt a=b --gw-priority 5 lan c"
	moved "DNS servers" podman '"network_dns_servers": [ "192.0.2.53" ]' \
		"network create -d xmacvlan --interface-name eth0 --dns 192.0.2.53 lan" \
		"network connect --ip 192.0.2.5 --mac-address 02:00:00:00:00:05 lan c"
	moved "DHCP" podman '"ipam_options": { "driver": "dhcp" }' \
		"network create -d xmacvlan --interface-name eth0 --ipam-driver dhcp lan" \
		"network connect --mac-address 02:00:00:00:00:05 lan c"
	unset PROGRAMS
}

# `xmacvlan migrate` runs Debian's client, whatever else is in PATH
start_docker() {
	make_data
	mkdir -p $D/bin
	ln -s /usr/bin/docker $D/bin/docker
	PATH=$D/bin:$PATH
	start_dockerd && make_image
}

# endpoints: what Docker has of them, and the devices of those that run. Their names may differ.
endpoints() {
	local name

	docker inspect -f '{{with .NetworkSettings.Networks.lan}}{{.IPAddress}} {{.MacAddress}}
		{{end}}' asked given | grep '[^[:space:]]'
	docker inspect -f '{{.NetworkSettings.Networks.lan.IPAMConfig.IPv4Address}}' asked idle
	docker inspect -f '{{.NetworkSettings.Networks.lan.Aliases}}' asked | grep -o www
	for name in asked given; do
		docker exec $name ip -o link | sed -n 's/.* eth.*ether \([0-9a-f:]*\) .*/\1/p'
		docker exec $name ip -o -4 addr | sed -n 's/.* eth.*inet \([0-9./]*\) .*/\1/p'
	done
}

test_docker() {
	local before

	check "dockerd starts" start_docker || { tail -n 3 $D/dockerd.log; return; }
	docker network create -d macvlan -o parent=eth0 --subnet 192.0.2.0/24 --gateway 192.0.2.1 \
		--ip-range 192.0.2.128/25 --aux-address router=192.0.2.129 --label a=b lan \
		>/dev/null || { skip "docker: no macvlan in this kernel"; return; }
	docker run -d --name asked --network lan --ip 192.0.2.150 --network-alias www box \
		sleep 999 >/dev/null
	docker run -d --name given --network lan -p 8080:80 box sleep 999 >/dev/null
	docker create --name idle --network lan --ip 192.0.2.160 box sleep 999 >/dev/null
	before=$(endpoints)
	same "what is compared" 9 "$(wc -l <<<"$before")"
	refused_by "a network that is none" 2 "docker network inspect" docker nothing
	refused_by "a network of another driver" 1 "of the driver" docker host
	xm migrate docker lan >/tmp/printed
	same "printed: the lines" 8 "$(wc -l </tmp/printed)"
	same "printed: nothing is changed" macvlan "$(docker network inspect -f '{{.Driver}}' lan)"
	refused_by "without the driver" 2 "everything was taken back" docker lan --apply
	same "... the old network" macvlan "$(docker network inspect -f '{{.Driver}}' lan)"
	same "... the same addresses" "$before" "$(endpoints)"
	start_driver
	check "--apply" xm migrate docker lan --apply
	same "the driver" xmacvlan "$(docker network inspect -f '{{.Driver}}' lan)"
	same "the label" b "$(docker network inspect -f '{{.Labels.a}}' lan)"
	same "the auxiliary address" 1 "$(docker network inspect lan | grep -c 192.0.2.129)"
	same "the same addresses and MACs" "$before" "$(endpoints)"
	check "the LAN reaches it" within 5 ip netns exec lan ping -c 1 -W 1 192.0.2.150
	check "the container that did not run starts" docker start idle
	check "the LAN reaches it" within 5 ip netns exec lan ping -c 1 -W 1 192.0.2.160
	check "a container starts again" docker restart -t 0 asked
	check "the LAN reaches it" within 5 ip netns exec lan ping -c 1 -W 1 192.0.2.150
	docker rm -f asked given idle >/dev/null
	docker network rm lan >/dev/null
	same "nothing is left" "" "$(xm show)"
	end $DRIVER
}

if [ "${2:-}" = docker ]; then
	make_lan eth0
	test_docker
else
	test_cni
	test_cni_refused
	test_options_known
	test_runtimes
fi
finish
