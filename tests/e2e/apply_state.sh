#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/e2e/apply_state.sh B: `xmacvlan apply` on a host that has another state already, and what
# `xmacvlan save` has of routes and sysctls
. "$(dirname "$0")/cni/lib.sh"
needs python3
isolate "$@"
mkdir -p /tmp/work
cd /tmp/work || exit

# steps FILE: what `apply` prints, on one line with a semicolon behind each step
steps() {
	"$XMACVLAN" apply "$@" 2>&1 | sed 's/$/;/' | tr -d '\n'
}

# state WHAT STEPS ENDPOINTS: a file with these endpoints leads to the steps, and to none again
state() {
	echo "{\"endpoints\":{$3}}" >state.json
	same "$1" "$2" "$(steps state.json)"
	same "$1: no step afterwards" "" "$(steps state.json)"
}

# ep NAME LAST [MORE]: an endpoint whose MAC ends with LAST
ep() {
	echo "\"$1\":{\"link\":\"lan0\",\"inside\":{\"up\":false},$(
	)\"address\":\"02:00:00:00:00:$2\"${3:+,$3}}"
}

more() {
	echo "\"addresses\":[\"02:00:00:00:00:$1\",\"02-00-00-00-00-$1\"]"
}

case_macs() {
	local mac=02:00:00:00:00

	state "MACs: three endpoints" \
		"add name a link lan0 address $mac:01;add name b link lan0 address $mac:02;$(
		)add name c link lan0 address $mac:03;" "$(ep a 01),$(ep b 02),$(ep c 03)"
	state "MACs: two are exchanged" \
		"set a address 02:78:6d:00:00:00;set b address $mac:01;set a address $mac:02;" \
		"$(ep a 02),$(ep b 01),$(ep c 03)"
	state "MACs: one is given on" \
		"set c address $mac:04;set b address $mac:03;set a address $mac:01;" \
		"$(ep a 01),$(ep b 03),$(ep c 04)"
	state "MACs: a new endpoint gets one" \
		"set b address $mac:05;add name n link lan0 address $mac:03;" \
		"$(ep n 03),$(ep a 01),$(ep b 05),$(ep c 04)"
	state "MACs: one that is written twice, besides its own" \
		"set a address $mac:06;set n address add $mac:01;" \
		"$(ep n 03 "$(more 01)"),$(ep a 06),$(ep b 05),$(ep c 04)"
	state "MACs: of two lists" "set n address del $mac:01;set a address add $mac:01;" \
		"$(ep a 06 "$(more 01)"),$(ep n 03),$(ep b 05),$(ep c 04)"
	echo "{\"endpoints\":{\"n\":{\"link\":\"lan0\"},$(ep a 03)}}" >state.json
	"$XMACVLAN" apply state.json >out
	same "MACs: an endpoint without one in the files has one that another gets" \
		"set a address del $mac:01;set n address X;set a address $mac:03;inside n: up;" \
		"$(sed "s/^set n address .*/set n address X/;s/$/;/" out | tr -d '\n')"
	same "MACs: no step afterwards" "" "$(steps state.json)"
	"$XMACVLAN" detach lan0 force
}

case_one_device() {
	local mac

	mac=$(cat /sys/class/net/lan0/address)
	for other in uplink "$mac"; do
		echo "{\"parents\":{\"lan0\":{\"xdp\":\"skb\"},\"$other\":{}}}" >two.json
		same "one device: lan0 and $other" \
			"xmacvlan: two.json:1: parents.$other: the device is $(
			)parents.lan0 at two.json:1;" \
			"$(steps two.json)"
	done
	mkdir two
	echo '{"parents":{"lan0":{"xdp":"skb"}}}' | tee two/a.json >two/b.json
	same "one device: in two files" \
		"xmacvlan: two/b.json:1: parents.lan0: the device is parents.lan0 at $(
		)two/a.json:1;" \
		"$(steps two)"
	same "one device: nothing was done" "" "$("$XMACVLAN" show)"
}

# What the file leaves out, and only a new endpoint can have
case_stays() {
	"$XMACVLAN" add w link lan0 netns c1 ifname eth0 mtu 1400 address 02:00:00:00:00:01
	"$XMACVLAN" add t link lan0 type tap user nobody address 02:00:00:00:00:02
	state "stays: namespace, name, MTU and type" \
		"del w;del t;add name w link lan1 mode passthru mtu 1400 netns c1 ifname eth0;$(
		)add name t link lan0 type tap address 02:00:00:00:00:02;inside w: up;" \
		'"w":{"link":"lan1","mode":"passthru"},"t":{"link":"lan0"}'
	ip -n c1 link set dev eth0 down
	ip -n c1 link set dev eth0 name renamed up
	"$XMACVLAN" save >saved.json
	same "stays: save has the name of the device, and changes nothing" 1 \
		"$(grep -c '"ifname": "renamed"' saved.json)$(steps saved.json)"
	state "stays: no tap, when the type is auto" "del t;$(
		)add name t link lan0 type auto address 02:00:00:00:00:02;inside t: up;" \
		"\"t\":{\"type\":\"auto\",\"link\":\"$(tr : - </sys/class/net/lan0/address)\"}"
	"$XMACVLAN" detach lan0 force
	"$XMACVLAN" detach lan1 force
}

inside() {
	cat >inside.json <<-END
	{ "endpoints": { "r": { "link": "lan0", "netns": "c1", "inside": {
	    "addresses": [ "192.0.2.7/24", "2001:db8::7/64" ],
	    "routes": [ { "to": "203.0.113.9/24" },
	                { "to": "198.51.100.0/24", "via": "203.0.113.1", "mtu": $1 },
	                { "to": "default", "via": "203.0.113.1", "metric": 5 },
	                { "to": "198.18.0.0/15", "via": "172.16.0.1", "onlink": true },
	                { "to": "2001:db8:5::9/64" },
	                { "to": "default", "via": "2001:db8:5::1", "mtu": $1 } ],
	    "sysctls": { "ipv4.proxy_arp": 1, "ipv6.hop_limit": $2 } } } } }
	END
}

case_inside() {
	inside 1300 64
	check "inside: is done" "$XMACVLAN" apply inside.json
	same "inside: no step afterwards" "" "$(steps inside.json)"
	inside 1290 6
	same "inside: another MTU of routes, a sysctl whose value begins with the new one" \
		"inside r: sysctl ipv6.hop_limit 6;$(
		)inside r: route 198.51.100.0/24 via 203.0.113.1 mtu 1290;$(
		)inside r: route default via 2001:db8:5::1 mtu 1290;" "$(steps inside.json)"
	same "inside: no step afterwards" "" "$(steps inside.json)"
	same "inside: each route is there once" 2 \
		"$(ip -n c1 route show table all | grep -c 'mtu 1290')"
	"$XMACVLAN" save >saved.json
	same "save: no step" "" "$(steps saved.json)"
	"$XMACVLAN" detach lan0 force
	check "save: routes and sysctls on a clean host" "$XMACVLAN" apply saved.json
	same "save: is the same again" "$(cat saved.json)" "$("$XMACVLAN" save)"
	same "save: all that the first file says" "" "$(steps inside.json)"
	"$XMACVLAN" detach lan0 force
}

# The client is started for each new endpoint, also when an earlier run ended before it
case_dhcp() {
	local dhcp='"inside":{"dhcp":["sh","-c","echo $0 >>leases; test -e server","{ifname}"]}'
	local text="{\"endpoints\":{\"d\":{\"link\":\"lan0\",$dhcp}"
	local client="inside d: dhcp sh -c 'echo \$0 >>leases; test -e server' d;"

	touch server
	echo "$text,\"e\":{\"link\":\"lan0\",\"mode\":\"passthru\"}}}" >dhcp.json
	refused "dhcp: another endpoint is refused" "$XMACVLAN" apply dhcp.json
	refused "dhcp: the client did not run" test -e leases
	echo "$text}}" >dhcp.json
	same "dhcp: the next run starts it" "inside d: up;$client" "$(steps dhcp.json)"
	same "dhcp: no step afterwards" "" "$(steps dhcp.json)"
	"$XMACVLAN" del d
	rm server
	refused "dhcp: no server" "$XMACVLAN" apply dhcp.json
	touch server
	same "dhcp: the next run starts it again" "$client" "$(steps dhcp.json)"
	same "dhcp: no step afterwards" "" "$(steps dhcp.json)"
	same "dhcp: it was started three times" "d d d" "$(paste -sd ' ' leases)"
	echo "${text/\"sh\"/\"/nonexistent\"}}}" >dhcp.json
	"$XMACVLAN" del d
	same "dhcp: a command that is not there is one line" "xmacvlan: dhcp.json:1: endpoints.d: $(
		)inside, dhcp: cannot run '/nonexistent': No such file or directory $(
		)(steps done before: 2)" "$("$XMACVLAN" apply dhcp.json 2>&1 >/dev/null)"
	same "dhcp: apply made the endpoint" "del d;" "$(steps /dev/null --prune --dry-run)"
	"$XMACVLAN" del d
}

# Others delete the devices of an endpoint: it is made again
case_gone() {
	local add="add name w link lan0 netns c1 address 02:00:00:00:00:01;inside w: up;"

	state "gone: an endpoint" "$add" '"w":{"link":"lan0","netns":"c1",
		"address":"02:00:00:00:00:01"}'
	ip -n c1 link del dev w
	same "gone: its device, with a dry run" "del w;$add" "$(steps state.json --dry-run)"
	check "gone: save" eval '"$XMACVLAN" save >saved.json'
	same "gone: its device" "del w;$add" "$(steps state.json)"
	ip netns del c1
	check "gone: save, at once" eval '"$XMACVLAN" save >saved.json'
	within 5 not ip -o link show type veth | grep -q link-netns
	ip netns add c1
	same "gone: its namespace" "del w;$add" "$(steps state.json)"
	same "gone: no step afterwards" "" "$(steps state.json)"
	ip -n c1 link set dev w down
	ip -n c1 link add w2 type veth peer name w3
	ip -n c1 link del dev w
	echo '{"endpoints":{"w":{"link":"lan0","netns":"c1","ifname":"w2"}}}' >state.json
	same "gone: no step is counted that is not done" \
		"del w;add name w link lan0 netns c1 ifname w2 address 02:00:00:00:00:01;$(
		)xmacvlan: state.json:1: endpoints.w: cannot create 'w2': a device of the name $(
		)'w2' exists already (steps done before: 1);" "$(steps state.json)"
	ip -n c1 link del dev w2
}

# The user of a device has changed its MAC, and nobody has seen it
case_device_mac() {
	local mac=02:00:00:00:00

	state "device: an endpoint" "add name m link lan0 netns c1 address $mac:01;inside m: up;" \
		"\"m\":{\"link\":\"lan0\",\"netns\":\"c1\",\"address\":\"$mac:01\"}"
	ip -n c1 link set dev m address $mac:02
	same "device: it gets its MAC back" "set m address $mac:01;" "$(steps state.json)"
	same "device: it has it" $mac:01 "$(ip -n c1 -br link show dev m | awk '{ print $3 }')"
	same "device: no step afterwards" "" "$(steps state.json)"
	"$XMACVLAN" detach lan0 force
}

# Runs beside each other end as one of them alone
case_runs() {
	echo "{\"endpoints\":{$(ep a 01),$(ep b 02)}}" >state.json
	for _ in 1 2 3 4 5 6; do
		"$XMACVLAN" apply state.json >>runs 2>&1 &
	done
	wait
	same "runs: one has made both endpoints, the others had nothing to do" \
		"add name a link lan0 address 02:00:00:00:00:01;$(
		)add name b link lan0 address 02:00:00:00:00:02;" "$(tr '\n' ';' <runs)"
	"$XMACVLAN" detach lan0 force
}

# Keywords of `add` that stand for sysctls, and a sysctl that no device has
case_sysctls() {
	state "sysctls: an endpoint" "add name s link lan0 netns c1;inside s: up;" \
		'"s":{"link":"lan0","netns":"c1"}'
	state "sysctls: ipv6 and accept_ra of an endpoint that is there" \
		"inside s: sysctl ipv6.disable_ipv6 1;inside s: sysctl ipv6.accept_ra 0;" \
		'"s":{"link":"lan0","netns":"c1","ipv6":"off","accept_ra":false}'
	echo '{"endpoints":{"new":{"link":"lan0"},"s":{"link":"lan0",
		"inside":{"sysctls":{"ipv4.nonsense":1}}}}}' >state.json
	same "sysctls: one that no device has" \
		"xmacvlan: state.json:1: endpoints.s: inside.sysctls: there is no sysctl $(
		)'ipv4.nonsense';" "$(steps state.json)"
	"$XMACVLAN" detach lan0 force
}

# refused WHAT MESSAGE: `apply` of the folder `files` is an error at once
refused_files() {
	same "files: $1" "xmacvlan: $2;" "$(timeout 10 "$XMACVLAN" apply files 2>&1 | tr '\n' ';')"
	rm -rf files/z.json files/a.json.d/z.json
}

# A folder may have anything, and nothing of it is passed over
case_files() {
	local at

	mkdir -p files/a.json.d
	echo '{"endpoints":{"a":{"link":"lan0"}}}' >files/a.json
	for at in files/z.json files/a.json.d/z.json; do
		mkfifo $at
		refused_files "a pipe nobody writes to" "$at is no regular file"
		mkdir $at
		refused_files "a folder" "$at is no regular file"
		ln -s /dev/zero $at
		refused_files "an endless device" "$at is no regular file"
		ln -s z.json $at
		refused_files "a link to itself" \
			"cannot read $at: Too many levels of symbolic links"
		ln -s nowhere $at
		refused_files "a link to nowhere" "cannot read $at: No such file or directory"
		printf '\xef\xbb\xbf{}' >$at
		refused_files "a byte order mark" "$at:1: the file begins with a byte order mark"
	done
	ln -s /dev/null files/a.json.d/z.json
	echo '{"endpoints":{"a":{"mtu":null,"inside":{"dhcp":null}},' \
		'"b":{"link":"lan0","mtu":null}}}' \
		>files/a.json.d/n.json
	same "files: null removes what is not there" \
		"add name a link lan0;add name b link lan0;inside a: up;inside b: up;" \
		"$(steps files --dry-run)"
	same "files: a pipe that is named" "add name p link lan0;inside p: up;" \
		"$(steps <(echo '{"endpoints":{"p":{"link":"lan0"}}}') --dry-run)"
}

make_lan
ip netns add c1
ip link add lan1 up type veth peer name lan1w
ip link property add dev lan0 altname uplink
case_macs
case_one_device
case_stays
case_inside
case_files
case_dhcp
case_gone
case_device_mac
case_runs
case_sysctls
finish
