#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# In the guest, when network-online.target and multi-user.target are reached: the checks of boot.sh
# shellcheck source=tests/e2e/cni/lib.sh
. /x/lib.sh
# shellcheck source=tests/e2e/boot/upgrade.sh
. /x/upgrade.sh
# shellcheck source=tests/e2e/boot/network_manager.sh
. /x/network_manager.sh
# shellcheck source=tests/e2e/boot/docker.sh
. /x/docker.sh
stty -F /dev/ttyS1 -opost
XMACVLAN=/usr/sbin/xmacvlan
# To wait costs nothing in the guest, to look does
export WITHIN_SLEEP=1
UNITS=(xmacvlan xmacvland xmacvlan-dhcp xmacvlan-metrics)
LOGGED=("${UNITS[@]}" xmacvlan-docker xmacvlan-dhcp-dyn)

# is_up NETNS ENDPOINT: it is there, and its device is up
is_up() {
	"$XMACVLAN" show name "$2" && ip -n "$1" link show dev "$2" up | grep -q "$2"
}

# pings NETNS ADDRESS
pings() {
	ip netns exec "$1" ping -qc 1 -W 5 "$2"
}

property() {
	systemctl show --value -p "$2" "$1"
}

active() {
	[ "$(systemctl is-active "$1")" = active ]
}

# reached UNIT: microseconds from the start of the kernel
reached() {
	property "$1" ActiveEnterTimestampMonotonic
}

case_online() {
	local unit

	check "xmacvlan.service has ended before network-online" [ \
		"$(property xmacvlan.service ExecMainExitTimestampMonotonic)" -le \
		"$(reached network-online.target)" ]
	check "an endpoint is up" is_up c1 web
	check "one on a parent that networkd has made" is_up c1 vl
	check "a tap" "$XMACVLAN" show name vm
	refused "one without a parent is left out" "$XMACVLAN" show name late
	check "the wire reaches the endpoint" pings lan 192.0.2.7
	check "the host reaches it" ping -qc 1 -W 5 192.0.2.7
	check "the wire reaches it in a VLAN" pings lan 198.51.100.7
	check "an address by DHCP" eval 'ip -n c2 -4 addr show dev dyn | grep -q 192.0.2.1'
	for unit in "${UNITS[@]}"; do
		check "$unit.service is active" within 200 active "$unit"
	done
	same "no unit has failed" "" "$(systemctl --failed --no-legend --plain)"
}

# admin_state DEVICE: what networkd says
admin_state() {
	sed -n 's/^ADMIN_STATE=//p' "/run/systemd/netif/links/$(cat "/sys/class/net/$1/ifindex")"
}

# host_ends STATE: all are in that state, and there are some
host_ends() {
	local dev n=0

	for dev in /sys/class/net/xm*-*; do
		[ "$(admin_state "$(basename "$dev")")" = "$1" ] || return 1
		n=$((n + 1))
	done
	[ $n -ge 3 ]
}

case_networkd() {
	check "networkd leaves host ends alone" within 200 host_ends unmanaged
	same "host ends have no address" "" "$(ip -o addr show | grep ' xm[0-9a-f]*-')"
	mv /usr/lib/systemd/network/10-xmacvlan.network /x/
	networkctl reload
	check "without 10-xmacvlan.network it does not" within 200 eval '! host_ends unmanaged'
	mv /x/10-xmacvlan.network /usr/lib/systemd/network/
	networkctl reload
	check "and with it again" within 200 host_ends unmanaged
}

# host_end DEVICE: the other end of the pair
host_end() {
	ip -o link show dev "$1" | sed 's/.*@\([^:]*\):.*/\1/'
}

# Without an address in a file udev may set one, in the namespace in which udev runs
case_udev() {
	check "an endpoint of the host" "$XMACVLAN" add own link eth0
	udevadm settle
	check "it has the address that xmacvlan knows" eval \
		'"$XMACVLAN" show own | grep -q "$(cat /sys/class/net/own/address)"'
	check "and is not out of line" not eval '"$XMACVLAN" show own | grep -q stale'
	check "udev has read 10-xmacvlan.link for its host end" eval \
		'udevadm info -q property "/sys/class/net/$(host_end own)" |
		grep -q "^ID_NET_LINK_FILE=.*/10-xmacvlan.link"'
	"$XMACVLAN" del own
}

# pin_folders: the number of parents with pins
pin_folders() {
	find /sys/fs/bpf/xmacvlan -mindepth 1 -maxdepth 1 -type d | wc -l
}

# has_folders N
has_folders() {
	[ "$(pin_folders)" = "$1" ]
}

case_appear() {
	local folders

	ip link add late0 type dummy
	check "a parent appears, and its endpoint" within 200 is_up c1 late
	ip netns add c3
	check "a namespace appears, and its endpoint" within 200 is_up c3 later
	folders=$(pin_folders)
	ip link del late0
	check "a parent goes, and its endpoint" within 200 not "$XMACVLAN" show name late
	check "its pins go" within 200 has_folders $((folders - 1))
}

# client_pid: the DHCP client, in a unit of its own
client_pid() {
	cat /sys/fs/cgroup/system.slice/xmacvlan-dhcp-dyn.service/cgroup.procs
}

case_dhcp() {
	local status

	status=/proc/$(client_pid)/status
	same "the unit of the DHCP client is up" active \
		"$(systemctl is-active xmacvlan-dhcp-dyn)"
	same "the client is in the endpoint's namespace" \
		"$(stat -Lc %i /run/netns/c2)" "$(stat -Lc %i "/proc/$(client_pid)/ns/net")"
	# CAP_NET_BIND_SERVICE, CAP_NET_ADMIN, CAP_NET_RAW
	same "it has three capabilities" 0000000000003400 \
		"$(sed -n 's/^CapBnd:[[:space:]]*//p' "$status")"
	same "and none of xmacvlan.service's cgroup" "" \
		"$(cat /sys/fs/cgroup/system.slice/xmacvlan.service/cgroup.procs 2>/dev/null)"
}

# has_state UNIT STATE
has_state() {
	[ "$(systemctl is-active "$1")" = "$2" ]
}

# has_lease: the endpoint `slow` has an address of the server
has_lease() {
	ip -n c2 -4 addr show dev slow | grep -q 192.0.2.1
}

write_slow() {
	cat >/etc/xmacvlan/slow.json <<-'END'
	{ "endpoints": {
	    "slow": { "link": "eth0", "netns": "c2", "inside": {
	        "dhcp": [ "busybox", "udhcpc", "-i", "{ifname}", "-s", "/x/lease.sh", "-n" ] } },
	    "straight": { "link": "eth0", "netns": "c2", "inside": {
	        "addresses": [ "192.0.2.30/24" ] } } } }
	END
}

# A client that gives up without a server is started again, as long as its endpoint is there
case_no_lease() {
	local unit=xmacvlan-dhcp-slow.service

	kill "$(cat /run/udhcpd.pid)"
	write_slow
	check "no lease: apply does not fail" systemctl reload xmacvlan
	check "no lease: the unit of the client tries again" has_state $unit activating
	check "no lease: the next endpoint has its address" eval \
		'ip -n c2 -4 addr show dev straight | grep -q 192.0.2.30'
	ip netns exec lan busybox udhcpd -S /run/udhcpd.conf
	check "a server is there: a lease" within 300 has_lease
	check "and the unit is up" within 100 active $unit
	systemctl kill -s KILL $unit
	check "a client that was killed" within 100 not active $unit
	check "is started again" within 300 active $unit
	check "the endpoint goes" "$XMACVLAN" del slow
	systemctl kill -s KILL $unit
	check "and with it its client" within 300 has_state $unit inactive
	"$XMACVLAN" del straight
	rm /etc/xmacvlan/slow.json
}

no_jobs() {
	[ -z "$(systemctl list-jobs --no-legend)" ]
}

# A frame that is lost would be a ping that is lost
case_restarts() {
	local unit client before log=/run/pings

	client=$(client_pid)
	before=$("$XMACVLAN" show web)
	ip netns exec lan ping -qi 0.05 -c 600 192.0.2.7 >$log &
	for unit in "${UNITS[@]}" systemd-networkd; do
		check "restart of $unit" systemctl restart "$unit"
	done
	check "reload of xmacvlan" systemctl reload xmacvlan
	check "reload of xmacvland" systemctl reload xmacvland
	# It reloads xmacvlan, and that would take the place of the stop
	sleep 2
	check "it has reloaded xmacvlan" within 200 no_jobs
	check "stop of all" systemctl stop "${UNITS[@]}"
	sleep 2
	check "start of all" systemctl start "${UNITS[@]}"
	wait
	check "no frame was lost: $(grep received $log)" grep -q ' 0% packet loss' $log
	same "the endpoint is the same" "$before" "$("$XMACVLAN" show web)"
	check "the DHCP client goes on" [ -n "$client" ]
	same "it is the same" "$client" "$(client_pid)"
	check "host ends are still left alone" within 200 host_ends unmanaged
}

# follows MAC: the endpoint has that address
follows() {
	"$XMACVLAN" show web | grep -q "$1"
}

# lan_has MAC: the LAN sends what is for the endpoint to that address
lan_has() {
	ip -n lan neigh show 192.0.2.7 | grep -q "$1"
}

# new_watcher OLD: another process than OLD is the watcher, and ready
new_watcher() {
	local pid

	pid=$(property xmacvland MainPID)
	[ "$pid" != 0 ] && [ "$pid" != "$1" ] && active xmacvland
}

case_watcher() {
	local pid

	ip -n c1 link set web address 02:00:00:00:00:11
	check "the watcher follows a new address" within 200 follows 02:00:00:00:00:11
	check "and announces it" within 200 lan_has 02:00:00:00:00:11
	ip -n c1 link set web address 02:00:00:00:00:10
	check "and the old one" within 200 follows 02:00:00:00:00:10
	check "and announces that" within 200 lan_has 02:00:00:00:00:10
	pid=$(property xmacvland MainPID)
	same "it has a filter of system calls" 2 \
		"$(sed -n 's/^Seccomp:[[:space:]]*//p' "/proc/$pid/status")"
	kill -KILL "$pid"
	check "killed, it is started again" within 200 new_watcher "$pid"
	pid=$(property xmacvland MainPID)
	kill -STOP "$pid"
	check "hanging, it is replaced by the watchdog" within 300 new_watcher "$pid"
}

case_metrics() {
	check "metrics" within 200 eval 'busybox wget -qO- http://127.0.0.1:9797/metrics |
		grep -q "^xmacvlan_endpoint_up{.*endpoint=\"web\".*} 1"'
	check "metrics know the watcher" within 200 eval \
		'busybox wget -qO- http://127.0.0.1:9797/metrics |
		grep -q "^xmacvlan_watcher_running{} 1"'
}

# log_of_units OPTION...
log_of_units() {
	journalctl -b --no-pager "${LOGGED[@]/#/--unit=}" "$@"
}

case_log() {
	same "nothing was refused" "" "$(log_of_units -o cat |
		grep -v 9797:80 |
		grep -iE 'not permitted|denied|cannot|refused|failed to|not run again')"
}

echo "$(uname -sr), systemd $(systemctl --version | sed -n '1s/systemd \([0-9]*\).*/\1/p'), $(
	)network-online after $(($(reached network-online.target) / 1000000)) s"
CASES=$(sed -n 's/.*xm\.cases=\([a-z_,]*\).*/\1/p' /proc/cmdline)
[ -n "$CASES" ] || CASES=$(echo networkd udev appear dhcp no_lease restarts watcher metrics docker \
	upgrade network_manager remove | tr ' ' ,)
for name in online ${CASES//,/ } log; do
	"case_$name"
done
echo "$PASSED passed, $FAILED failed, $SKIPPED skipped"
echo "log of the units:"
log_of_units -o short-monotonic
sleep 1
systemctl poweroff --force --force
