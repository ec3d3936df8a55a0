# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# For check.sh: Debian's NetworkManager beside networkd leaves host ends alone, by each of the two
# files that say so
#
# shellcheck shell=bash

CONF=/usr/lib/NetworkManager/conf.d/xmacvlan.conf
RULES=/usr/lib/udev/rules.d/60-xmacvlan.rules

# nm_states: those of the host ends, on one line
nm_states() {
	nmcli -g DEVICE,STATE device | sed -n 's/^xm[0-9a-f]*-[0-9a-f]*://p' | sort -u |
		paste -sd ' '
}

# nm_unmanaged: all host ends are, and NetworkManager knows all
nm_unmanaged() {
	local states

	states=$(nm_states)
	echo "states: $states"
	[ "$states" = unmanaged ] && [ "$(nmcli -g DEVICE device | grep -c '^xm')" = \
		"$(find /sys/class/net -name 'xm*' | wc -l)" ]
}

# nm_managed: NetworkManager knows host ends, and none is left alone
nm_managed() {
	local states

	states=$(nm_states)
	echo "states: $states"
	[ -n "$states" ] && [[ $states != *unmanaged* ]]
}

# nm_settle: NetworkManager and udev have read their files anew, and all devices again. What
# NetworkManager remembers of devices is that of the files before.
nm_settle() {
	systemctl stop NetworkManager
	rm -rf /run/NetworkManager/devices
	udevadm control --reload
	udevadm trigger --subsystem-match=net
	udevadm settle
	systemctl start NetworkManager
}

# The addresses of the host and of the containers
addresses() {
	local netns

	ip -o addr show dev eth0 | sed 's/.*inet/inet/;s/ *valid_lft.*//'
	for netns in c1 c2; do
		ip -n "$netns" -o addr | grep -v ' dynamic ' | sed 's/.*inet/inet/'
	done
}

# What NetworkManager may have done to host ends while it had them
host_ends_up() {
	local dev

	for dev in /sys/class/net/xm*-*; do
		ip link set dev "$(basename "$dev")" up
	done
}

case_network_manager() {
	local before

	before=$(addresses)
	check "NetworkManager starts" systemctl start NetworkManager
	check "NetworkManager leaves host ends alone" within 200 nm_unmanaged
	check "... that of a later endpoint, too" "$XMACVLAN" add own link eth0
	check "... which is another's device" within 200 eval \
		'[ -n "$(nmcli -g GENERAL.STATE device show own)" ] && nm_unmanaged'
	"$XMACVLAN" del own
	same "addresses of endpoints and of eth0 stay" "$before" "$(addresses)"
	check "the wire reaches the endpoint" pings lan 192.0.2.7
	mv $RULES /x/
	nm_settle
	check "by xmacvlan.conf alone" within 200 nm_unmanaged
	mv $CONF /x/
	nm_settle
	check "without both files it does not" within 200 nm_managed
	mv /x/60-xmacvlan.rules $RULES
	nm_settle
	check "by 60-xmacvlan.rules alone" within 200 nm_unmanaged
	mv /x/xmacvlan.conf $CONF
	nm_settle
	check "by both again" within 200 nm_unmanaged
	systemctl stop NetworkManager
	host_ends_up
	check "the wire reaches the endpoint again" within 200 pings lan 192.0.2.7
}
