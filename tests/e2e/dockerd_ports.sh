# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# For dockerd.sh: published ports, and addresses from the LAN's DHCP server
#
# shellcheck shell=bash disable=SC2034,SC2154

# What the LAN and the host get of a published port
published() {
	check "$1: from the LAN" within 5 in_lan timeout 5 busybox wget -qO- http://192.0.2.2:8080/
	check "$1: from the host" timeout 5 busybox wget -qO- http://192.0.2.2:8080/
}

not_published() {
	refused "$1: no table of nftables" nft list table inet xmacvlan_docker
}

# publishing WHAT: published ports; dockerd with its own rules of iptables, which drop what is
# forwarded
publishing() {
	local what=$1

	end $DOCKERD
	echo 0 >/proc/sys/net/ipv4/ip_forward
	IPTABLES=true
	start_dockerd
	docker network create -d xmacvlan --subnet 203.0.113.0/24 -o parent=lan0 \
		-o host_access=true pub >/dev/null
	ip addr add 203.0.113.98/24 dev lan0
	ip -n lan addr add 203.0.113.99/24 dev wire
	check "$what: dockerd drops what is forwarded" sh -c \
		"iptables -S FORWARD | grep -e '-P FORWARD DROP'"
	check "$what: run -p" start web --network pub -p 8080:80 -p 8081:80/udp
	published "$what"
	check "$what: a port in use is refused, and Docker says why" says "in use" \
		start other --network pub -p 8080:80
	docker rm -f other >/dev/null 2>&1
	published "$what: another container was refused"
	end $DRIVER KILL
	start_driver
	published "$what: the driver was killed"
	docker stop -t1 web >/dev/null
	not_published "$what: stop"
	docker start web >/dev/null
	published "$what: start again"
	end $DOCKERD KILL
	start_dockerd
	docker start web >/dev/null
	published "$what: dockerd was killed, and the container is started again"
	docker rm -f web >/dev/null
	not_published "$what: rm"
	same "$what: iptables as before" 0 "$(iptables -S DOCKER-USER | grep -c DNAT)"
	docker network rm pub >/dev/null
	ip addr del 203.0.113.98/24 dev lan0
	ip -n lan addr del 203.0.113.99/24 dev wire
}

# The same with a host whose command iptables is iptables-legacy
publishing_legacy() {
	local path=$PATH name

	if ! iptables-legacy -S >/dev/null 2>&1; then
		skip "publish: no iptables-legacy, or this kernel has no tables of its own"
		return
	fi
	end $DOCKERD
	end $DRIVER
	nft flush ruleset
	mkdir -p $D/legacy
	for name in iptables ip6tables; do
		ln -s "$(type -P $name-legacy)" $D/legacy/$name
	done
	PATH=$D/legacy:$PATH
	start_driver
	start_dockerd
	publishing "publish, iptables-legacy"
	check "publish, iptables-legacy: Docker's rules are there" sh -c \
		"iptables-legacy -S FORWARD | grep -e '-P FORWARD DROP'"
	same "publish, iptables-legacy: and not in nftables" "" "$(nft list ruleset)"
	end $DOCKERD
	end $DRIVER
	iptables -P FORWARD ACCEPT
	PATH=$path
	start_driver
	start_dockerd
}

# lease MAC: the address that dnsmasq has given to a MAC
lease() {
	awk -v mac="$1" '$2 == mac { print $3 }' $D/leases
}

no_lease() {
	[ -z "$(lease "$1")" ]
}

# Addresses from the LAN's DHCP server
dhcp() {
	local address server

	type -P dnsmasq >/dev/null || { skip "dhcp: dnsmasq is not installed"; return; }
	"$B/xmacvlan-dhcp" --keep-unused 20 2>>$D/driver.log &
	RENEWER=$!
	within 5 test -S /run/docker/plugins/xmacvlan-dhcp.sock
	check "dhcp: no server is an error, and Docker says so" says "no DHCP server on 'lan0'" \
		docker network create -d xmacvlan --ipam-driver xmacvlan-dhcp \
		--ipam-opt parent=lan0 -o parent=lan0 dhcp
	ip -n lan addr add 203.0.113.1/24 dev wire
	in_lan dnsmasq --no-daemon --conf-file=/dev/null --port=0 --interface=wire \
		--bind-interfaces --no-ping --user=root --dhcp-leasefile=$D/leases \
		--dhcp-range=203.0.113.50,203.0.113.99,255.255.255.0,2m \
		--dhcp-option=3,203.0.113.1 2>/dev/null &
	server=$!
	check "dhcp: network create" within 12 docker network create -d xmacvlan \
		--ipam-driver xmacvlan-dhcp --ipam-opt parent=lan0 -o parent=lan0 dhcp
	check "dhcp: run" start web --network dhcp --mac-address 02:00:00:00:00:33
	address=$(lease 02:00:00:00:00:33)
	same "dhcp: the address is the server's" "$address" \
		"$(value '{{.NetworkSettings.Networks.dhcp.IPAddress}}' web)"
	check "dhcp: from the LAN" within 5 in_lan busybox wget -qO- "http://$address/"
	check "dhcp: the default route is the server's" sh -c \
		"/usr/bin/docker exec web ip route | grep -q 'default via 203.0.113.1 dev eth0'"
	check "dhcp: run with Docker's MAC" start other --network dhcp
	same "dhcp: two leases" 2 "$(wc -l <$D/leases)"
	docker stop -t1 web >/dev/null
	check "dhcp: stop gives the lease back" within 5 no_lease 02:00:00:00:00:33
	docker start web >/dev/null
	same "dhcp: start again has one, and the same" "$address" "$(lease 02:00:00:00:00:33)"
	end $DOCKERD KILL
	start_dockerd
	docker rm -f web other >/dev/null
	check "dhcp: dockerd was killed: no lease stays" within 5 test ! -s $D/leases
	check "dhcp: network rm" docker network rm dhcp
	kill $server $RENEWER
	wait $server 2>/dev/null
	ip -n lan addr del 203.0.113.1/24 dev wire
}
