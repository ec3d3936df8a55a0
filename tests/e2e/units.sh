#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/e2e/units.sh B: the units that `make install` installs, read by Debian's systemd
. "$(dirname "$0")/cni/lib.sh"
needs systemd-analyze
cd "$(dirname "$0")/../.." || exit
B=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The units run the programs of B
make -s --no-print-directory B="$B" DESTDIR="$work" SBINDIR="$B" UNITDIR=/units install \
	>"$work/log" 2>&1 || cat "$work/log"

# verify UNIT: systemd has no complaint about it; the manual pages are not installed
verify() {
	local output

	output=$(systemd-analyze verify --man=no "$work/units/$1" 2>&1)
	same "$1: systemd-analyze verify" "" "$output"
}

# exposure UNIT TENTHS: `systemd-analyze security` rates it as this or lower
exposure() {
	check "$1: the exposure is $(($2 / 10)).$(($2 % 10)) or lower" \
		systemd-analyze security --offline=true --threshold="$2" "$work/units/$1"
}

# The unit of a DHCP client, as systemd-run makes it
printf '%s\n' '[Service]' Type=forking "ExecStart=$(type -P true)" \
	>"$work/units/xmacvlan-dhcp-x.service"
sed '1,/^\[Service\]/d' "$work"/units/xmacvlan-dhcp-.service.d/*.conf \
	>>"$work/units/xmacvlan-dhcp-x.service"
verify xmacvlan-docker.socket
verify xmacvlan-dhcp.socket
for unit in xmacvlan xmacvland xmacvlan-metrics xmacvlan-docker xmacvlan-dhcp \
	xmacvlan-dhcp-x; do
	verify $unit.service
	exposure $unit.service 25
done
same "packet sockets are for one unit of the package" xmacvlan-dhcp.service "$(
	grep -l AF_PACKET dist/systemd/*.service | xargs -n1 basename)"
same "these are all" "$(cd "$work/units" && ls -d xmacvlan*.service xmacvlan*.socket)" \
	"$(printf 'xmacvlan%s\n' -dhcp-x.service -dhcp.service -dhcp.socket -docker.service \
	-docker.socket -metrics.service .service d.service)"
rm "$work/units/xmacvlan-dhcp-x.service"
same "every program of the units is one of B" "" "$(sed -nE 's/^Exec[A-Za-z]*=([^ ]+).*/\1/p' \
	"$work"/units/*.service | grep -vE "^($B/xmacvlan(d|-metrics|-docker|-dhcp)?|/bin/sh)\$")"
sed -i 's/^ProtectHome=/ProtectHouse=/' "$work/units/xmacvland.service"
check "an unknown key is found" eval \
	'systemd-analyze verify --man=no "$work/units/xmacvland.service" 2>&1 | grep -q House'
grep -vE '^(Protect|Private|Capab|System|Restrict)' dist/systemd/xmacvland.service \
	>"$work/units/xmacvlan-open.service"
check "a unit without a sandbox can be read" \
	systemd-analyze security --offline=true "$work/units/xmacvlan-open.service"
refused "a unit without a sandbox has a higher exposure" systemd-analyze security \
	--offline=true --threshold=25 "$work/units/xmacvlan-open.service"
finish
