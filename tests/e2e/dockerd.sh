#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# dockerd.sh B: Docker with xmacvlan-docker: Debian's dockerd, and containers of busybox. Not in
# `make check` (make check-docker, and docker_trixie.sh).
. "$(dirname "$0")/cni/lib.sh"
. "$(dirname "$0")/docker_daemons.sh"
. "$(dirname "$0")/dockerd_ports.sh"
needs dockerd /usr/bin/docker containerd runc busybox ip ping python3 iptables
isolate "$@"
[ -x "$B/xmacvlan-docker" ] || skip_rest "no xmacvlan-docker (libmicrohttpd is missing)"

endpoints() {
	"$XMACVLAN" -j show | python3 -c 'import json, sys
print(sum("docker" in e for e in json.loads(sys.stdin.read() or "[]")))'
}

has_endpoints() {
	[ "$(endpoints)" = "$1" ]
}

# Docker is stopped, and nothing of it is there
none_left() {
	same "$1: no endpoint" "" "$("$XMACVLAN" show 2>&1)"
	same "$1: no veth but the LAN's" "lan0" "$(veths)"
	same "$1: no pin" "" "$(find /sys/fs/bpf/xmacvlan -mindepth 1 2>/dev/null)"
}

network() {
	docker network create -d xmacvlan --subnet 192.0.2.0/24 --gateway 192.0.2.1 \
		--ip-range 192.0.2.128/25 "$@"
}

traffic() {
	check "network create" network -o parent=lan0 --aux-address router=192.0.2.129 net
	check "run" start one --network net
	check "run with --ip and --mac-address" start two --network net --ip 192.0.2.200 \
		--mac-address 02:00:00:00:00:22
	same "an auxiliary address is not given away" 192.0.2.128 \
		"$(value '{{.NetworkSettings.Networks.net.IPAddress}}' one)"
	same "Docker knows the MAC that the driver chose" 02:42:c0:00:02:80 \
		"$(value '{{.NetworkSettings.Networks.net.MacAddress}}' one)"
	check "the container has that MAC" inside one ip link show eth0
	check "the device is eth0, with its MAC" sh -c "/usr/bin/docker exec two ip link show eth0 |
		grep -q 02:00:00:00:00:22"
	check "the default route is the network's gateway" sh -c \
		"/usr/bin/docker exec one ip route | grep -q 'default via 192.0.2.1 dev eth0'"
	check "the LAN from a container" inside one ping -c1 -W3 192.0.2.1
	check "a container from the LAN" in_lan ping -c1 -W3 192.0.2.200
	check "TCP from the LAN" in_lan busybox wget -qO- http://192.0.2.128/
	check "a sibling, by Docker's DNS" inside one ping -c1 -W3 two
	check "TCP to a sibling, by Docker's DNS" inside two wget -qO- http://one/
	refused "no host access: the host does not reach a container" ping -c1 -W1 192.0.2.128
	check "the endpoints are in line with their devices" not sh -c \
		"$XMACVLAN show | grep stale"
	check "--network container:one" docker run --rm --network container:one box \
		ping -c1 -W3 192.0.2.1
	docker stop -t1 one >/dev/null
	same "a container that was stopped has no endpoint" 1 "$(endpoints)"
	check "and starts again" docker start one
	check "with its address" in_lan ping -c1 -W3 192.0.2.128
	check "restart" docker restart -t1 one
	check "after a restart" within 5 in_lan busybox wget -qO- http://192.0.2.128/
	refused "a network with containers is not removed" docker network rm net
	refused "an address in use is refused" start three --network net --ip 192.0.2.200
	docker rm -f three >/dev/null 2>&1
	check "a MAC in use is refused, and Docker says why" says 02:00:00:00:00:22 \
		start three --network net --mac-address 02:00:00:00:00:22
	docker rm -f three >/dev/null 2>&1
	same "and leaves no endpoint" 2 "$(endpoints)"
}

networks() {
	check "a second network, with host access" docker network create -d xmacvlan \
		--subnet 198.51.100.0/24 -o parent=lan0 -o host_access=true -o spoof_check=true \
		-o macvlan_mode=private second
	ip addr add 198.51.100.99/24 dev lan0
	check "connect a running container" docker network connect --ip 198.51.100.7 second one
	check "it has eth1" inside one ip addr show eth1
	check "the host reaches it there" ping -c1 -W3 198.51.100.7
	check "disconnect" docker network disconnect second one
	refused "eth1 has gone" inside one ip link show eth1
	same "and its endpoint" 2 "$(endpoints)"
	check "connect again" docker network connect second one
	check "disconnect the first network" docker network disconnect net one
	check "the other one still works" inside one ping -c1 -W3 198.51.100.99
	check "connect the first again" docker network connect net one
	check "and it works" inside one ping -c1 -W3 192.0.2.1
	docker network create -d xmacvlan --internal --subnet 203.0.113.0/24 -o parent=lan0 inner \
		>/dev/null
	start three --network inner >/dev/null
	same "internal: no default route" 0 "$(inside three ip route | grep -c default)"
	docker rm -f three >/dev/null
	docker network rm inner >/dev/null
	docker network create -d xmacvlan --ipv6 --subnet 203.0.113.0/24 --subnet 2001:db8::/64 \
		--gateway 2001:db8::1 -o parent=lan0 six >/dev/null
	check "IPv6: --ip6" start three --network six --ip6 2001:db8::77
	check "IPv6 to the LAN" within 5 inside three ping -c1 -W3 2001:db8::1
	docker rm -f three >/dev/null
	docker network rm six >/dev/null
}

refusals() {
	check "-p is refused, and Docker says why" says "8080:80/tcp cannot be published" \
		start three --network net -p 8080:80
	docker rm -f three >/dev/null 2>&1
	check "a missing parent" says nic9 docker network create -d xmacvlan -o parent=nic9 wrong
	check "an unknown mode" says macvlan_mode docker network create -d xmacvlan \
		-o parent=lan0 -o macvlan_mode=l2 wrong
	check "an unknown option" says "did you mean 'host_access'" docker network create \
		-d xmacvlan -o parent=lan0 -o host_acces=1 wrong
	check "a VLAN device, or a clear refusal where the kernel has none" vlan
	same "no network was made" "" "$(docker network ls -q -f name=wrong)"
}

vlan() {
	if docker network create -d xmacvlan --subnet 203.0.113.0/24 -o parent=lan0.10 vlan; then
		docker network rm vlan
	else
		says "no VLAN devices" docker network create -d xmacvlan \
			--subnet 203.0.113.0/24 -o parent=lan0.10 vlan
	fi
}

# A container that publishes a port on Docker's bridge, and has an address on the LAN
beside_bridge() {
	docker network create br >/dev/null
	docker network create -d xmacvlan --subnet 203.0.113.0/24 -o parent=lan0 \
		-o publish=ignore lan >/dev/null
	ip -n lan addr add 203.0.113.99/24 dev wire
	start three --network br -p 8080:80 >/dev/null
	check "connect a container that publishes a port on a bridge" \
		docker network connect lan three
	check "and restart it" docker restart -t1 three
	check "it is on the LAN" within 5 in_lan busybox wget -qO- \
		"http://$(value '{{.NetworkSettings.Networks.lan.IPAddress}}' three)/"
	check "and on the bridge" within 5 busybox wget -qO- http://127.0.0.1:8080/
	docker rm -f three >/dev/null
	check "publish=ignore: a container with -p starts" start three --network lan -p 8080:80
	check "and the driver says that the port is not published" \
		grep "8080:80/tcp of endpoint .* is not published" $D/driver.log
	docker rm -f three >/dev/null
	docker network rm br lan >/dev/null
	ip -n lan addr del 203.0.113.99/24 dev wire
}

compose() {
	type -P docker-compose >/dev/null || { skip "docker-compose is not installed"; return; }
	mkdir -p $D/compose
	cat >$D/compose/docker-compose.yml <<-'EOF'
		version: "2.4"
		services:
		  web:
		    image: box
		    command: httpd -f -p 80 -h /www
		    networks:
		      lan:
		        ipv4_address: 203.0.113.7
		  client:
		    image: box
		    command: sleep 1000
		    networks: [lan]
		networks:
		  lan:
		    driver: xmacvlan
		    driver_opts:
		      parent: lan0
		      host_access: "true"
		    ipam:
		      config:
		        - subnet: 203.0.113.0/24
	EOF
	ip addr add 203.0.113.98/24 dev lan0
	check "compose: up" docker-compose -f $D/compose/docker-compose.yml up -d
	check "compose: a service by its name" within 5 inside \
		"$(docker ps -q -f label=com.docker.compose.service=client)" wget -qO- http://web/
	check "compose: the host reaches a service" within 5 busybox wget -qO- http://203.0.113.7/
	check "compose: down" docker-compose -f $D/compose/docker-compose.yml down -t 1
	ip addr del 203.0.113.98/24 dev lan0
	same "compose: no endpoint is left" 3 "$(endpoints)"
}

# Docker restarts containers before it answers its API
restart_policies() {
	docker update --restart always one two >/dev/null
	end $DOCKERD KILL
	start_dockerd
	check "dockerd was killed: containers are back" within 20 in_lan ping -c1 -W1 192.0.2.200
	same "dockerd was killed: no endpoint too many" 3 "$(endpoints)"
	docker update --restart always one two >/dev/null
	end $DOCKERD
	end $DRIVER KILL
	# What a reboot leaves: nothing in the kernel
	"$XMACVLAN" detach lan0 force 2>/dev/null
	rm -rf /sys/fs/bpf/xmacvlan/docker
	start_driver
	start_dockerd
	check "after a reboot: containers with a restart policy are back" \
		within 20 in_lan ping -c1 -W1 192.0.2.200
	same "after a reboot: the same MAC" 02:00:00:00:00:22 \
		"$("$XMACVLAN" -j show | python3 -c 'import json, sys
print(*[e["address"] for e in json.load(sys.stdin) if "192.0.2.200/24" in
	e["docker"]["addresses"]])')"
	same "after a reboot: host access is as it was" 1 \
		"$("$XMACVLAN" -j show | python3 -c 'import json, sys
print(sum(e["host"] for e in json.load(sys.stdin)))')"
}

live_restore() {
	docker update --restart no one two >/dev/null
	end $DOCKERD
	start_dockerd --live-restore
	docker start one two >/dev/null
	end $DOCKERD KILL
	check "live-restore: containers go on without dockerd" in_lan ping -c1 -W1 192.0.2.200
	start_dockerd --live-restore
	check "live-restore: and with the next one" in_lan ping -c1 -W1 192.0.2.200
	same "live-restore: no endpoint too many" 3 "$(endpoints)"
	check "live-restore: stop and start" docker restart -t1 two
	check "live-restore: the address is the same" in_lan ping -c1 -W3 192.0.2.200
}

# dockerd is killed when a running container has got its address, before dockerd has written that
# down. The next dockerd, with live-restore as this one, gives the address away again, and does not
# tell the driver: so it is in about every second round.
killed_connect() {
	local i pid watch address

	for i in 1 2 3 4; do
		start "c$i" --network second >/dev/null
		pid=$(value '{{.State.Pid}}' "c$i")
		exec 3< <(nsenter -t "$pid" -n ip -4 monitor address)
		watch=$!
		within 5 test -e "/proc/$watch/fd/3"
		docker network connect net "c$i" >/dev/null 2>&1 &
		read -r -t 20 -u 3
		end $DOCKERD KILL
		wait $!
		kill $watch
		exec 3<&-
		start_dockerd --live-restore
		start "d$i" --network net >/dev/null
		address=$(value '{{.NetworkSettings.Networks.net.IPAddress}}' "d$i")
		refused "dockerd was killed at network connect: $address is used once" \
			sh -c "nsenter -t $pid -n ip -4 addr | grep -w $address"
		docker rm -f "c$i" "d$i" >/dev/null
	done
	same "dockerd was killed at network connect: no endpoint too many" 3 "$(endpoints)"
}

# The driver is killed at other times of a container's start and end; Docker and the driver go on
killed_driver() {
	local i left

	for i in 00 02 05 08 10 15 20 30; do
		(docker run --rm --name "k$i" --network net box sleep 0.1) >/dev/null 2>&1 &
		left=$!
		sleep "0.$i"
		end $DRIVER KILL
		start_driver --keep-unjoined 2
		wait $left
		docker rm -f "k$i" >/dev/null 2>&1
	done
	check "the driver was killed 8 times: containers start" docker run --rm --network net box \
		ping -c1 -W3 192.0.2.1
	check "what nobody joined goes" within 10 has_endpoints 3
}

at_once() {
	local i jobs=()

	for i in $(seq 12); do
		(start "m$i" --network net >/dev/null) &
		jobs+=($!)
	done
	wait "${jobs[@]}"
	same "12 containers at once" 15 "$(endpoints)"
	for i in $(seq 12); do
		in_lan ping -c1 -W3 "$(value '{{.NetworkSettings.Networks.net.IPAddress}}' "m$i")" \
			>/dev/null || check "container m$i" false
	done
	docker rm -f $(seq -f m%g 12) >/dev/null
	same "and their end" 3 "$(endpoints)"
}

make_lan
start_daemons
make_image
traffic
networks
refusals
beside_bridge
compose
at_once
restart_policies
live_restore
killed_connect
killed_driver
if type -P nft >/dev/null; then
	publishing publish
	publishing_legacy
else
	skip "publish: nft is not installed"
fi
dhcp
docker rm -f one two >/dev/null
check "system prune" docker system prune -f
check "network rm" docker network prune -f
none_left "after docker network prune"
end $DOCKERD
end $DRIVER
[ $FAILED = 0 ] || { mkdir -p "$B/log" && cp $D/*.log "$B/log/"; }
finish
