#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# In the guest, before the network: the outside is eth1 in the namespace `lan`, with a DHCP server;
# c1 and c2 are containers.
set -eu

for name in lan c1 c2; do
	ip netns add $name
	ip -n $name link set lo up
done
until [ -e /sys/class/net/eth1 ]; do
	sleep 0.2
done
ip link set eth1 netns lan
ip -n lan link set eth1 up
ip -n lan addr add 192.0.2.1/24 dev eth1
ip -n lan link add link eth1 name eth1.7 type vlan id 7
ip -n lan link set eth1.7 up
ip -n lan addr add 198.51.100.1/24 dev eth1.7
cat >/run/udhcpd.conf <<-'END'
	start 192.0.2.100
	end 192.0.2.120
	interface eth1
	lease_file /run/udhcpd.leases
	pidfile /run/udhcpd.pid
	option subnet 255.255.255.0
	option lease 120
END
: >/run/udhcpd.leases
ip netns exec lan busybox udhcpd -S /run/udhcpd.conf
