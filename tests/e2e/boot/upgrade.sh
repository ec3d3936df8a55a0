# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# For check.sh: the package is upgraded under traffic, to a version whose ABI is a later one
#
# shellcheck shell=bash

# received ENDPOINT: packets
received() {
	"$XMACVLAN" -j -s show "$1" | grep -o '"rx":{[^}]*' |
		sed -n '1s/.*"packets":\([0-9]*\).*/\1/p'
}

# The version of the ABI that the command has, and those of the programs that run
abi() {
	"$XMACVLAN" version | sed 's/.* ABI //'
}

programs_abi() {
	{ "$XMACVLAN" -j show eth0 && "$XMACVLAN" -j show vlan7; } |
		grep -o '"programs":"[0-9.]*"' | sort -u | sed 's/.*:"\(.*\)"/\1/'
}

# complete LOG: each echo request has one reply, but for those of the last 2 s (200), whose replies
# may have come after the signal. ping numbers the requests.
complete() {
	awk '
		# gaps(): the requests without a reply
		function gaps(   n, text, from) {
			for (n = 1; n <= last + 1; n++)
				if (n <= last && !seen[n]) {
					from = from ? from : n
				} else if (from) {
					text = text ", none: " from " to " n - 1
					from = 0
				}
			return text
		}
		/ bytes from .* icmp_seq=/ {
			n = $0
			sub(/.* icmp_seq=/, "", n)
			if (seen[n + 0]++)
				twice++
			if (n + 0 > last)
				last = n + 0
			replies++
		}
		/ transmitted/ { sent = $1 }
		END {
			print sent " sent, " replies " replies, the last is of " last gaps()
			exit !last || twice || replies != last || last < sent - 200
		}' "$1"
}

# replies LOG: their number
replies() {
	grep -c ' bytes from ' "$1"
}

# has_replies LOG N: it has that many, or more
has_replies() {
	[ "$(replies "$1")" -ge "$2" ]
}

case_upgrade() {
	local unit watcher metrics client applied before earlier packets config traffic
	local log=/run/upgrade

	watcher=$(property xmacvland MainPID) metrics=$(property xmacvlan-metrics MainPID)
	applied=$(property xmacvlan ExecMainStartTimestamp)
	before=$("$XMACVLAN" show web) packets=$(received web) client=$(client_pid)
	same "the programs are those of the earlier version" "$(abi)" "$(programs_abi)"
	earlier=$(abi)
	config=$(cksum </etc/xmacvlan/boot.json)
	ip netns exec lan ping -ni 0.01 192.0.2.7 >$log &
	traffic=$!
	check "ping every 10 ms" within 200 has_replies $log 100
	check "upgrade of the package" dpkg -i /x/later.deb
	check "it is the later version" eval 'dpkg-query -f "\${Version}" -W xmacvlan | grep next'
	check "it has a later ABI: $(abi)" [ "$(abi)" != "$earlier" ]
	check "traffic goes on" within 200 has_replies $log \
		$(($(replies $log) + 300))
	kill -INT $traffic
	wait $traffic
	check "each request has its reply: $(complete $log)" complete $log
	same "the endpoint is the same" "$before" "$("$XMACVLAN" show web)"
	check "its counters go on" [ "$(received web)" -ge $((packets + 400)) ]
	same "the programs are those of the later version" "$(abi)" "$(programs_abi)"
	for unit in "${UNITS[@]}"; do
		check "$unit.service is active" within 200 active "$unit"
	done
	check "the watcher is a new one" [ "$(property xmacvland MainPID)" != "$watcher" ]
	check "so is the process of metrics" \
		[ "$(property xmacvlan-metrics MainPID)" != "$metrics" ]
	same "the files were not applied again" "$applied" \
		"$(property xmacvlan ExecMainStartTimestamp)"
	same "the file is as it was" "$config" "$(cksum </etc/xmacvlan/boot.json)"
	same "the DHCP client is the same" "$client" "$(client_pid)"
	check "Docker's driver can be asked" active xmacvlan-docker.socket
	check "that of addresses, too" active xmacvlan-dhcp.socket
}

# Endpoints outlive the package
case_remove() {
	local unit

	check "the package is removed" dpkg -r xmacvlan
	for unit in "${UNITS[@]}" xmacvlan-docker.socket xmacvlan-docker \
		xmacvlan-dhcp.socket; do
		refused "$unit is stopped" active "$unit"
	done
	check "the wire reaches the endpoint" pings lan 192.0.2.7
	check "the DHCP client goes on" [ -n "$(client_pid)" ]
}
