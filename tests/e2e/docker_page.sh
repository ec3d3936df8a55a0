#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# docker_page.sh B: runs the commands of docs/docker.md as they stand there, with Debian's dockerd.
# The image nginx is one of busybox; systemctl starts the driver. Not in `make check` (make
# check-docker).
. "$(dirname "$0")/cni/lib.sh"
. "$(dirname "$0")/docker_daemons.sh"
. "$(dirname "$0")/readme_lib.sh"
needs dockerd /usr/bin/docker containerd runc busybox ip iptables nft dnsmasq make
isolate "$@"
[ -x "$B/xmacvlan-docker" ] || skip_rest "no xmacvlan-docker (libmicrohttpd is missing)"
README=$(dirname "$README")/docs/docker.md

# The page's commands have the names `docker` and `systemctl`
make_commands() {
	mkdir -p /tmp/bin
	ln -s /usr/bin/docker /tmp/bin/docker
	cat >/tmp/bin/systemctl <<-END
		#!/bin/sh -e
		[ "\$*" != "enable --now xmacvlan-docker.socket" ] ||
			for program in docker dhcp; do
				setsid /usr/local/sbin/xmacvlan-\$program </dev/null \
					>>$D/driver.log 2>&1 &
			done
	END
	chmod +x /tmp/bin/systemctl
	PATH=/tmp/bin:$PATH
}

# reached FROM ADDRESS: the container's server answers
reached() {
	local from=(nsenter --net=/run/netns/lan)

	[ "$1" = lan ] || from=()
	check "$1 reaches $2" within 20 "${from[@]}" timeout 5 busybox wget -qO- "http://$2/"
}

address() {
	value "{{.NetworkSettings.Networks.${2:-lan}.IPAddress}}" "$1"
}

# remove NETWORK...: with all containers; nothing of them stays
remove() {
	docker ps -aq | xargs -r /usr/bin/docker rm -f >/dev/null
	docker network rm "$@" >/dev/null
	same "nothing is left of $*" "" "$("$XMACVLAN" show)"
}

test_install() {
	mount -t tmpfs tmpfs /usr/local
	run_recipe install
	check "the driver serves" within 10 test -S /run/docker/plugins/xmacvlan.sock
	check "the one of addresses, too" within 10 test -S \
		/run/docker/plugins/xmacvlan-dhcp.sock
	DRIVERS=$(pgrep -f /usr/local/sbin/xmacvlan-d)
}

test_use() {
	docker network create -d xmacvlan -o parent=eth0 --subnet 203.0.113.0/24 beside >/dev/null
	start other --network beside >/dev/null
	run_recipe use
	reached lan "$(address web)"
	reached lan 192.0.2.200
	reached lan "$(address other)"
	same "a MAC of one's own" 02:00:00:00:00:22 \
		"$(value '{{.NetworkSettings.Networks.lan.MacAddress}}' db)"
	remove lan beside
}

test_options() {
	run_recipe options
	start heard --network listeners >/dev/null
	same "the mode, host access and the spoof check" "source True True" \
		"$("$XMACVLAN" -j show | python3 -c 'import json, sys
for e in json.load(sys.stdin):
	print(e["mode"], e["host"], e["spoofchk"])')"
	same "the MTU" 1400 "$(inside heard cat /sys/class/net/eth0/mtu)"
	remove listeners
}

test_compose() {
	local compose=(/usr/bin/docker compose)

	"${compose[@]}" version >/dev/null 2>&1 || compose=(docker-compose)
	type -P "${compose[0]}" >/dev/null || { skip "compose is not installed"; return; }
	mkdir -p $D/page
	recipe compose >$D/page/docker-compose.yml
	check "compose: up" "${compose[@]}" -f $D/page/docker-compose.yml up -d
	reached lan "$(address "$(docker ps -q)" page_lan)"
	reached host "$(address "$(docker ps -q)" page_lan)"
	check "compose: down" "${compose[@]}" -f $D/page/docker-compose.yml down -t 1
	same "compose: nothing is left" "" "$("$XMACVLAN" show)"
}

test_ports() {
	run_recipe ports
	reached lan 192.0.2.2:8080
	reached host 192.0.2.2:8080
	remove lan
}

test_dhcp() {
	local server

	in_lan dnsmasq --no-daemon --conf-file=/dev/null --port=0 --interface=wire \
		--bind-interfaces --no-ping --user=root --dhcp-leasefile=$D/leases \
		--dhcp-range=192.0.2.50,192.0.2.99,255.255.255.0,2m --no-ping \
		2>/dev/null &
	server=$!
	run_recipe dhcp
	same "the address is the server's" "$(awk '/02:00:00:00:00:33/ { print $3 }' $D/leases)" \
		"$(address web)"
	reached lan "$(address web)"
	remove lan
	check "without --subnet Docker says why" says "--subnet 192.0.2.0/24" timeout 60 \
		/usr/bin/docker network create -d xmacvlan -o parent=eth0 \
		--ipam-driver xmacvlan-dhcp --ipam-opt parent=eth0 lan
	kill $server
}

make_lan eth0
make_commands
same "docs/docker.md: every block is run" "install use options compose ports dhcp" \
	"$(recipe_names | xargs)"
same "docs/docker.md: no block without a name" "" "$(unmarked)"
mkdir -p $D /var/lib/docker
mount -t tmpfs tmpfs /var/lib/docker
test_install
# shellcheck disable=SC2034 # docker_daemons.sh uses it
IPTABLES=true
start_dockerd
make_image
docker import -c 'CMD ["httpd", "-f", "-p", "80", "-h", "/www"]' \
	<(tar -C $D/image -c .) nginx >/dev/null
test_use
test_options
test_compose
test_ports
test_dhcp
end $DOCKERD
# shellcheck disable=SC2086 # two
kill $DRIVERS
[ $FAILED = 0 ] || cp $D/*.log "$B/log/" 2>/dev/null
finish
