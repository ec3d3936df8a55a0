# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# For check.sh: xmacvlan-docker, started by its socket, serves the requests of a container's life in
# its sandbox
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

case_docker() {
	check "docker: the driver waits for requests" active xmacvlan-docker.socket
	check "docker: CreateNetwork" driver CreateNetwork "{ \"NetworkID\": \"$NETWORK\",
		\"Options\": { \"com.docker.network.generic\": { \"parent\": \"eth0\" } },
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
	check "docker: an address by DHCP" eval 'ipam RequestAddress "{
		\"PoolID\": \"eth0/192.0.2.0/24\", \"Address\": \"\", \"Options\": {
		\"com.docker.network.endpoint.macaddress\": \"02:00:00:00:0d:01\" } }" |
		tee /dev/stderr | grep -q "\"Address\":\"192.0.2.1"'
	check "docker: the driver starts again" systemctl restart xmacvlan-docker
	check "docker: the container goes" stop_container
	check "docker: Leave" driver Leave "{ $IDS }"
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
}
