# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# For check.sh: xmacvlan-docker, started by its socket, serves the requests of a container's life in
# its sandbox; so does xmacvlan-dhcp, which renews the lease of a container of podman, too
#
# shellcheck shell=bash

NETWORK=a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1
ENDPOINT=11111111111111111111111111111111
DEVICE=d11111111111111 # its name until the container has it
IDS="\"NetworkID\": \"$NETWORK\", \"EndpointID\": \"$ENDPOINT\""

# driver METHOD JSON: the answer has no error
driver() {
	local answer

	answer=$(curl -sS --unix-socket /run/docker/plugins/xmacvlan.sock \
		"http://plugin/NetworkDriver.$1" -d "$2") && echo "$answer" &&
		! grep -q '"Err"' <<<"$answer"
}

# ipam METHOD JSON: the answer of the driver of addresses
ipam() {
	curl -sS --unix-socket /run/docker/plugins/xmacvlan-dhcp.sock \
		"http://plugin/IpamDriver.$1" -d "$2"
}

# What dockerd does after Join
start_container() {
	ip netns add c4 && ip link set $DEVICE netns c4 name eth0 &&
		ip -n c4 addr add 192.0.2.50/24 dev eth0 && ip -n c4 link set eth0 up
}

stop_container() {
	ip -n c4 link set eth0 down && ip -n c4 link set eth0 netns 1 name $DEVICE
}

# from_lan ADDRESS:PORT: what the container's server answers to a client on the wire
from_lan() {
	ip netns exec lan curl -sS -m 5 "http://$1/name"
}

# publish HOST_PORT: `-p HOST_PORT:80`
publish() {
	driver ProgramExternalConnectivity "{ $IDS, \"Options\": {
		\"com.docker.network.portmap\": [ { \"Proto\": 6, \"IP\": \"\", \"Port\": 80,
		\"HostIP\": \"\", \"HostPort\": $1, \"HostPortEnd\": $1 } ] } }"
}

# Whether dockerd's chain lets what comes to the container's ports pass
is_forwarded() {
	iptables -S DOCKER-USER | grep -q 192.0.2.50
}

# Both commands run in the driver's sandbox: nft, and iptables with a chain as dockerd makes it
publish_ports() {
	mkdir -p /run/www
	echo c4 >/run/www/name
	ip netns exec c4 busybox httpd -h /run/www
	echo 1 >/proc/sys/net/ipv4/ip_forward
	iptables -N DOCKER-USER
	iptables -A FORWARD -j DOCKER-USER
	iptables -P FORWARD DROP
	check "docker: a published port" publish 8080
	same "docker: the LAN reaches it" c4 "$(from_lan 192.0.2.2:8080)"
	check "docker: iptables lets it pass" is_forwarded
	refused "docker: a port of a program of the host" publish 9797
	check "docker: ... is in use" eval 'publish 9797 | grep -q "in use"'
}

unpublished() {
	refused "docker: its port goes" from_lan 192.0.2.2:8080
	refused "docker: ... from iptables, too" is_forwarded
	iptables -P FORWARD ACCEPT
	iptables -F FORWARD
	iptables -X DOCKER-USER
	ip netns pids c4 | xargs kill
}

# podman WORD: as netavark asks the plugin
podman() {
	/usr/lib/netavark/xmacvlan "$1" /run/netns/c5 <<-'END'
	{ "container_id": "c5", "container_name": "web", "port_mappings": null,
	  "network": { "name": "lan", "id": "a5", "driver": "xmacvlan",
	    "network_interface": "eth0", "subnets": null, "options": {},
	    "ipv6_enabled": false, "internal": false, "dns_enabled": false,
	    "ipam_options": { "driver": "dhcp" } },
	  "network_options": { "aliases": [], "interface_name": "eth0", "static_ips": [],
	    "static_mac": null } }
	END
}

# Seconds until the address in the container ends
lease_seconds() {
	ip -n c5 -4 addr show dev eth0 | sed -n 's/.*valid_lft \([0-9]*\)sec.*/\1/p'
}

podman_lease() {
	same "podman: xmacvlan-dhcp has a filter of system calls" 2 "$(sed -n \
		's/^Seccomp:[[:space:]]*//p' "/proc/$(property xmacvlan-dhcp MainPID)/status")"
	# CAP_NET_ADMIN, CAP_NET_RAW, CAP_SYS_ADMIN, CAP_PERFMON, CAP_BPF
	same "podman: ... and five capabilities" 000000c000203000 "$(sed -n \
		's/^CapBnd:[[:space:]]*//p' "/proc/$(property xmacvlan-dhcp MainPID)/status")"
	ip netns add c5
	check "podman: an address by DHCP" podman setup
	check "podman: it reaches the LAN" pings c5 192.0.2.1
	sleep 75
	check "podman: the lease was renewed in the container" [ "$(lease_seconds)" -gt 50 ]
	systemctl kill -s KILL xmacvlan-dhcp
	sleep 75
	check "podman: ... also by one that was started again" [ "$(lease_seconds)" -gt 50 ]
	check "podman: teardown" podman teardown
	check "podman: the lease is given back" eval '! ls /sys/fs/bpf/xmacvlan/podman_leases'
	ip netns del c5
}

case_docker() {
	check "docker: the driver waits for requests" active xmacvlan-docker.socket
	check "docker: CreateNetwork" driver CreateNetwork "{ \"NetworkID\": \"$NETWORK\",
		\"Options\": { \"com.docker.network.generic\": {
		\"parent\": \"eth0\", \"host_access\": \"true\" } },
		\"IPv4Data\": [ { \"AddressSpace\": \"LocalDefault\", \"Pool\": \"192.0.2.0/24\",
			\"Gateway\": \"192.0.2.1/24\" } ], \"IPv6Data\": [] }"
	check "docker: that has started it" active xmacvlan-docker
	same "docker: it has a filter of system calls" 2 "$(sed -n \
		's/^Seccomp:[[:space:]]*//p' "/proc/$(property xmacvlan-docker MainPID)/status")"
	check "docker: CreateEndpoint" driver CreateEndpoint "{ $IDS,
		\"Interface\": { \"Address\": \"192.0.2.50/24\", \"AddressIPv6\": \"\",
			\"MacAddress\": \"\" }, \"Options\": {} }"
	check "docker: Join" driver Join "{ $IDS, \"SandboxKey\": \"/run/docker/netns/x\",
		\"Options\": {} }"
	check "docker: a container" start_container
	check "docker: it reaches the LAN" pings c4 192.0.2.1
	check "docker: its endpoint follows it" within 200 eval \
		'"$XMACVLAN" show | grep -A 5 "docker network $NETWORK" && ! "$XMACVLAN" show |
		grep -q stale'
	publish_ports
	check "docker: an address by DHCP" eval 'ipam RequestAddress "{
		\"PoolID\": \"eth0/192.0.2.0/24\", \"Address\": \"\", \"Options\": {
		\"com.docker.network.endpoint.macaddress\": \"02:00:00:00:0d:01\" } }" |
		tee /dev/stderr | grep -q "\"Address\":\"192.0.2.1"'
	check "docker: the drivers start again" systemctl restart xmacvlan-docker xmacvlan-dhcp
	check "docker: the container goes" stop_container
	check "docker: Leave" driver Leave "{ $IDS }"
	unpublished
	check "docker: DeleteEndpoint" driver DeleteEndpoint "{ $IDS }"
	refused "docker: the endpoint is deleted" ip link show dev $DEVICE
	check "docker: DeleteNetwork" driver DeleteNetwork "{ \"NetworkID\": \"$NETWORK\" }"
	check "docker: a network in a VLAN" driver CreateNetwork "{ \"NetworkID\": \"$NETWORK\",
		\"Options\": { \"com.docker.network.generic\": { \"parent\": \"eth0.9\" } },
		\"IPv4Data\": [ { \"AddressSpace\": \"LocalDefault\",
			\"Pool\": \"198.51.100.0/24\", \"Gateway\": \"198.51.100.1/24\" } ],
		\"IPv6Data\": [] }"
	check "docker: the driver has made its device" ip link show dev eth0.9
	check "docker: DeleteNetwork" driver DeleteNetwork "{ \"NetworkID\": \"$NETWORK\" }"
	refused "docker: the device is gone" ip link show dev eth0.9
	ip netns del c4
	podman_lease
}
