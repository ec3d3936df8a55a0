#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/e2e/apply.sh B: `xmacvlan apply` and `xmacvlan save`, the schema of their files
. "$(dirname "$0")/cni/lib.sh"
needs python3 busybox
isolate "$@"
HERE=$(realpath "$(dirname "$0")")
SCHEMA=$(realpath "$HERE/../../dist/schema/xmacvlan.schema.json")
mkdir -p /tmp/work
cd /tmp/work || exit

apply() {
	"$XMACVLAN" apply "$@"
}

apply_py() {
	python3 "$HERE/apply.py" "$@"
}

# steps ARGUMENT...: what `apply` prints, on one line with a semicolon behind each step
steps() {
	apply "$@" 2>&1 | sed 's/$/;/' | tr -d '\n'
}

# refusal FILE: exit code and message of an `apply` that has to fail, without the file's name
refusal() {
	local output rc

	output=$(apply "$1" 2>&1)
	rc=$?
	echo "$rc ${output//$1/FILE}"
}

write_all() {
	cat >all.json <<-'END'
	{
	  "parents": { "lan0": { "xdp": "skb", "neigh": "direct" } },
	  "endpoints": {
	    "web": {
	      "link": "lan0", "netns": "c1", "ifname": "eth0", "host": true,
	      "address": "02:00:00:00:00:10", "addresses": [ "02:00:00:00:00:99" ],
	      "inside": {
	        "addresses": [ "192.0.2.7/24", "2001:db8::7/64" ],
	        "routes": [ { "to": "default", "via": "192.0.2.1", "metric": 7 },
	                    { "to": "198.51.100.0/24" } ],
	        "sysctls": { "ipv6.accept_ra": 0, "ipv6.addr_gen_mode": 1 },
	        "dhcp": [ "sh", "-c", "echo $0 >>/tmp/work/leases", "{ifname}" ]
	      }
	    },
	    "src": { "link": "lan0", "mode": "source", "spoofchk": "off", "nodst": true,
	             "macaddr": [ "02:00:00:00:00:01", "02:00:00:00:00:02" ] },
	    "down": { "link": "lan0", "mode": "private", "trust": false, "mtu": 1400,
	              "bclim": 2, "inside": { "up": false } },
	    "vm": { "link": "lan0", "type": "tap", "queues": 2, "user": "nobody" }
	  }
	}
	END
}

case_steps() {
	write_all
	same "dry run: the steps" \
		"attach lan0 xdp skb neigh direct;$(
		)add name web link lan0 netns c1 ifname eth0 host on address 02:00:00:00:00:10;$(
		)set web address add 02:00:00:00:00:99;$(
		)add name src link lan0 mode source spoofchk off nodst macaddr set $(
		)02:00:00:00:00:01 02:00:00:00:00:02;$(
		)add name down link lan0 mode private trust off mtu 1400 bclim 2;$(
		)add name vm link lan0 type tap queues 2 user nobody;$(
		)inside web: sysctl ipv6.accept_ra 0;inside web: sysctl ipv6.addr_gen_mode 1;$(
		)inside web: up;inside web: address 192.0.2.7/24;$(
		)inside web: address 2001:db8::7/64;$(
		)inside web: route default via 192.0.2.1 metric 7;$(
		)inside web: route 198.51.100.0/24;$(
		)inside web: dhcp sh -c 'echo \$0 >>/tmp/work/leases' eth0;inside src: up;" \
		"$(steps all.json --dry-run)"
	same "dry run: nothing was done" "" "$("$XMACVLAN" show)"
	apply all.json --dry-run >expected
	check "the same steps are done" eval 'apply all.json >got && cmp got expected'
	same "a second time nothing is done" "" "$(steps all.json)"
	check "the host reaches the endpoint" ping -qc 1 -W 2 192.0.2.7
	check "the wire reaches the endpoint" within 5 ip netns exec lan ping -qc 1 -W 2 2001:db8::7
	same "the DHCP client was started once" eth0 "$(cat leases)"
	same "the sysctl is set" 0 \
		"$(ip netns exec c1 cat /proc/sys/net/ipv6/conf/eth0/accept_ra)"
	same "the device that is to be down is down" "" "$(ip link show up dev down)"
	check "-j: the steps as JSON" eval 'rm leases; "$XMACVLAN" del web;
		"$XMACVLAN" -j apply all.json |
		python3 -c "import json, sys; s = json.load(sys.stdin);
assert s[\"steps\"][0].startswith(\"add name web\") and not s[\"dry_run\"]"'
}

# change SED STEPS: the file with a change leads to the steps, and to none afterwards
change() {
	sed "$1" all.json >changed.json
	same "changed by $1: the steps" "$2" "$(steps changed.json)"
	same "changed by $1: none afterwards" "" "$(steps changed.json)"
	apply all.json >/dev/null
}

case_changes() {
	change 's/"host": true/"host": "off"/' 'set web host off;'
	change 's/"mode": "private"/"mode": "vepa"/' 'set down mode vepa;'
	change 's/, "nodst": true//' 'set src dst;'
	change 's/, "trust": false//' 'set down trust on;'
	change 's/, "bclim": 2//;s/"bclim": 2,//' 'set down bclim 1;'
	change 's/, "02:00:00:00:00:02"//' 'set src macaddr set 02:00:00:00:00:01;'
	change 's/0:00:99/0:00:98/' \
		'set web address del 02:00:00:00:00:99;set web address add 02:00:00:00:00:98;'
	change 's/0:00:10"/0:00:11"/' 'set web address 02:00:00:00:00:11;'
	change 's/"xdp": "skb", //' 'attach lan0 xdp auto;'
	change 's/, "neigh": "direct"//' 'attach lan0 neigh flood;'
	change 's/"queues": 2/"queues": 3/' \
		"del vm;add name vm link lan0 type tap queues 3 user nobody address $(
		)$("$XMACVLAN" show vm | sed -n "s/.*ether \([^ ]*\).*/\1/p");"
	change 's/"netns": "c1"/"netns": "c2"/;s/"dhcp".*//;s/mode": 1 },/mode": 1 }/' \
		"del web;$(
		)add name web link lan0 netns c2 ifname eth0 host on address 02:00:00:00:00:10;$(
		)set web address add 02:00:00:00:00:99;inside web: sysctl ipv6.accept_ra 0;$(
		)inside web: sysctl ipv6.addr_gen_mode 1;inside web: up;$(
		)inside web: address 192.0.2.7/24;inside web: address 2001:db8::7/64;$(
		)inside web: route default via 192.0.2.1 metric 7;$(
		)inside web: route 198.51.100.0/24;"
	ip -n c1 addr del 192.0.2.7/24 dev eth0
	ip -n c1 link set eth0 down
	same "what is missing inside comes back" "inside web: up;inside web: address 192.0.2.7/24;$(
		)inside web: address 2001:db8::7/64;$(
		)inside web: route default via 192.0.2.1 metric 7;$(
		)inside web: route 198.51.100.0/24;" "$(steps all.json)"
}

case_save() {
	"$XMACVLAN" save >saved.json
	# the kernel's linkwatch sets operstate somewhat later
	check "save: linkwatch has seen all devices" within 5 eval \
		'"$XMACVLAN" -j show >before.json; ! grep -q UNKNOWN before.json'
	same "save: apply has nothing to do" "" "$(steps saved.json)"
	check "save: follows the schema" apply_py schema "$SCHEMA" good saved.json
	"$XMACVLAN" detach lan0 force
	check "save: apply on a clean host" apply saved.json
	check "save: show -j is the same" within 5 eval \
		'"$XMACVLAN" -j show >after.json; apply_py same before.json after.json'
	same "save: the same file again" "$(cat saved.json)" "$("$XMACVLAN" save)"
}

case_prune() {
	"$XMACVLAN" add mine link lan0 mode vepa
	echo '{ "endpoints": { "src": { "link": "lan0", "mode": "vepa" } } }' >one.json
	same "prune: what apply made and no file names" \
		"del down;del vm;del web;set src mode vepa spoofchk on dst;" \
		"$(steps one.json --prune --dry-run)"
	check "prune: is done" apply one.json --prune
	same "prune: what somebody else made stays" "mine src " \
		"$("$XMACVLAN" -j show | python3 -c 'import json, sys
print(*sorted(e["name"] for e in json.load(sys.stdin)), end=" ")')"
	"$XMACVLAN" del mine
}

bad() {
	printf '%b' "$2" >bad.json
	same "refused: $1" "$3" "$(refusal bad.json)"
}

case_refused() {
	local before

	before=$("$XMACVLAN" -j show)
	bad "no JSON" '{\n' "1 xmacvlan: FILE:2: string or '}' expected near end of file"
	bad "no object" '[]' '1 xmacvlan: FILE:1: the file is not an object: {...}'
	bad "a key twice" '{"parents":{},\n"parents":{}}' \
		"1 xmacvlan: FILE:2: duplicate object key near '\"parents\"'"
	bad "unknown section" '{\n"endpoint":{}}' \
		'1 xmacvlan: FILE:2: endpoint: unknown key (endpoints?)'
	bad "unknown key" '{"endpoints":{"a":{"link":"lan0",\n\n"moode":"vepa"}}}' \
		'1 xmacvlan: FILE:3: endpoints.a.moode: unknown key (mode?)'
	bad "unknown mode" '{"endpoints":{"a":{\n"mode":"vapa","link":"lan0"}}}' \
		"1 xmacvlan: FILE:2: endpoints.a.mode: unknown mode 'vapa' $(
		)(private, vepa, bridge, passthru or source)"
	bad "no link" '{"endpoints":{\n"a":{}}}' \
		"1 xmacvlan: FILE:2: endpoints.a: no parent given ('link PARENT')"
	bad "a wrong address" \
		'{"endpoints":{"a":{"link":"lan0","inside":{\n"addresses":["1.2.3"]}}}}' \
		"1 xmacvlan: FILE:2: endpoints.a.inside.addresses: '1.2.3' is no address with $(
		)its prefix length (192.0.2.7/24)"
	bad "a wrong key inside" '{"endpoints":{"a":{"link":"lan0","inside":{"addressez":[]}}}}' \
		'1 xmacvlan: FILE:1: endpoints.a.inside.addressez: unknown key (addresses?)'
	bad "inside of a tap" '{"endpoints":{"a":{"link":"lan0","type":"tap","inside":{}}}}' \
		"1 xmacvlan: FILE:1: endpoints.a: 'inside' is not for a tap: $(
		)its guest configures it"
	bad "a wrong MAC in a list" \
		'{"endpoints":{"a":{"link":"lan0","mode":"source","macaddr":["x"]}}}' \
		"1 xmacvlan: FILE:1: endpoints.a.macaddr: macaddr 'x' is not a MAC address"
	bad "unknown key of a parent" '{"parents":{"lan0":{"guardd":true}}}' \
		'1 xmacvlan: FILE:1: parents.lan0.guardd: unknown key (guard?)'
	bad "no such parent" '{"endpoints":{"a":{"link":"lan0"},"b":{"link":"nope"}}}' \
		"2 xmacvlan: FILE:1: endpoints.b: parent 'nope': there is no such device"
	bad "no such namespace" '{"endpoints":{"a":{"link":"lan0","netns":"none"}}}' \
		"2 xmacvlan: FILE:1: endpoints.a: no such netns 'none': No such file or directory $(
		)(a name in /run/netns, a PID or a path)"
	same "refused: nothing was done" "$before" "$("$XMACVLAN" -j show)"
	same "refused: no such file" "1 xmacvlan: cannot read FILE: No such file or directory" \
		"$(refusal none.json)"
	echo '{"endpoints":{"a":{"link":"lan0","address":"02:00:00:00:00:05"},' \
		'"b":{"link":"lan0","address":"02:00:00:00:00:05"}}}' >bad.json
	check "refused half-way: the message says how many steps were done" eval \
		'refusal bad.json | grep -q "is that of the endpoint a (steps done before: 1)"'
	"$XMACVLAN" del a
}

# own_folder DIR: DIR/xmacvlan is an empty folder of the test. What it writes there goes to a tmpfs,
# as everything else that it writes below DIR.
own_folder() {
	local at

	at=$(mktemp -d -p /tmp/work)
	mkdir "$at/new" "$at/work" &&
		mount -t overlay -o "lowerdir=$1,upperdir=$at/new,workdir=$at/work" none "$1" &&
		rm -rf "$1/xmacvlan" && mkdir "$1/xmacvlan"
}

case_folders() {
	if ! own_folder /etc || ! own_folder /usr/lib; then
		skip "folders: no overlay"
		return
	fi
	mkdir -p /etc/xmacvlan/b.json.d /run/xmacvlan
	echo '{"endpoints":{"f1":{"link":"lan0"}}}' >/usr/lib/xmacvlan/a.json
	echo '{"endpoints":{"f2":{"link":"lan0"}}}' >/usr/lib/xmacvlan/b.json
	echo '{"endpoints":{"f3":{"link":"lan0"}}}' >/run/xmacvlan/a.json
	echo '{"endpoints":{"f4":{"link":"lan0"}}}' >/run/xmacvlan/c.json
	ln -s /dev/null /etc/xmacvlan/c.json
	echo '{"endpoints":{"f2":{"mode":"vepa","host":true}}}' >/etc/xmacvlan/b.json.d/1.json
	echo '{"endpoints":{"f2":{"host":null}}}' >/etc/xmacvlan/b.json.d/2.json
	same "folders: precedence, masks and drop-ins" \
		"add name f3 link lan0;add name f2 link lan0 mode vepa;$(
		)inside f3: up;inside f2: up;" \
		"$(steps --dry-run)"
	echo '{"endpoints":{"f2":{"mode":"vapa"}}}' >/etc/xmacvlan/b.json.d/2.json
	check "folders: an error names the drop-in" eval \
		'apply 2>&1 | grep -q "/etc/xmacvlan/b.json.d/2.json:1: endpoints.f2.mode"'
	echo '{"endpoints":{"f3":{"link":"lan0"}}}' >/etc/xmacvlan/b.json.d/2.json
	check "folders: one name in two files" eval \
		'apply 2>&1 | grep -q "2.json:1: endpoints.f3: the name is in use at /run/xm"'
	mkdir folder
	echo '{"endpoints":{"g":{"link":"lan0"}}}' >folder/g.json
	echo 'no JSON' >folder/README
	same "folders: one that is named" "add name g link lan0;inside g: up;" \
		"$(steps folder --dry-run)"
	umount -l /etc /usr/lib
}

case_names() {
	local mac

	mac=$(cat /sys/class/net/lan0/address)
	ip link property add dev lan0 altname uplink-of-the-rack
	echo "{\"endpoints\":{\"n1\":{\"link\":\"$mac\"}," \
		'"n2":{"link":"uplink-of-the-rack"},' \
		'"n3":{"link":"later0"},"n4":{"link":"lan0","netns":"later"},' \
		'"link":{"link":"lan0"}}}' >names.json
	same "names: a MAC, an alternative name, an endpoint named as a keyword, what is missing" \
		"add name n1 link lan0;add name n2 link lan0;add name link link lan0;$(
		)inside n1: up;inside n2: up;inside link: up;$(
		)# n3 is left out: its parent or namespace is missing;$(
		)# n4 is left out: its parent or namespace is missing;" \
		"$(steps names.json --skip-missing)"
	refused "names: what is missing is an error without --skip-missing" apply names.json
	ip netns add later
	same "names: a namespace that has come" "add name n4 link lan0 netns later;inside n4: up;$(
		)# n3 is left out: its parent or namespace is missing;" \
		"$(steps names.json --skip-missing)"
}

# Killed at any time, the next `apply` completes it
case_killed() {
	local i

	for i in 1 2 3 4 5 6 7 8 9 10; do
		"$XMACVLAN" detach lan0 force >/dev/null 2>&1
		"$XMACVLAN" apply all.json >/dev/null 2>&1 &
		sleep "0.0$((i * i))"
		kill -9 $! 2>/dev/null
		wait $! 2>/dev/null
		apply all.json >/dev/null 2>got || cat got
	done
	same "killed ten times: apply has nothing left to do" "" "$(steps all.json)"
}

case_schema() {
	check "schema: the files of this test follow it" \
		apply_py schema "$SCHEMA" good all.json changed.json names.json one.json
	local i text list=()

	for text in '[]' '{"endpoint":{}}' '{"endpoints":{"a":{}}}' \
		'{"endpoints":{"a":{"link":"lan0","moode":"vepa"}}}' \
		'{"endpoints":{"a":{"link":"lan0","mode":"vapa"}}}' \
		'{"endpoints":{"a":{"link":"lan0","mtu":"1400"}}}' \
		'{"parents":{"lan0":{"guardd":true}}}' \
		'{"endpoints":{"a":{"link":"lan0","inside":{"addresses":["1.2.3"]}}}}'; do
		i=${#list[@]}
		list+=("wrong$i.json")
		echo "$text" >"wrong$i.json"
	done
	check "schema: others do not" apply_py schema "$SCHEMA" bad "${list[@]}"
	"$XMACVLAN" help add >add.help
	"$XMACVLAN" help attach >attach.help
	check "schema: an endpoint's keys are the keywords of add" \
		apply_py keywords "$SCHEMA" add.help endpoint
	check "schema: a parent's keys are the keywords of attach" \
		apply_py keywords "$SCHEMA" attach.help parent
}

# What a user of `ip link` types, and what is mistyped
case_words() {
	same "ip link: add, word for word" "xmacvlan add link lan0 name m0 mode private" \
		"$("$XMACVLAN" link add link lan0 name m0 type macvlan mode private)"
	same "ip link: set" "xmacvlan set dev m0 mode vepa" \
		"$("$XMACVLAN" l set dev m0 type macvlan mode vepa)"
	same "ip link: the beginnings of commands" \
		"xmacvlan add link lan0 name m1 mode source nodst" \
		"$("$XMACVLAN" l a link lan0 name m1 type macvlan mode source flag nodst)"
	same "ip link: no flag" "xmacvlan set m1 mode source dst" \
		"$("$XMACVLAN" li s m1 type macvlan mode source flag null dst)"
	same "ip link: the beginning of delete" "xmacvlan del m1" "$("$XMACVLAN" lin d m1)"
	check "ip link: it was done" eval '"$XMACVLAN" link show m0 | grep -q "mode vepa"'
	same "ip link: link alone shows" "$("$XMACVLAN" show)" "$("$XMACVLAN" link)"
	same "ip link: nothing is printed beside JSON" "" "$("$XMACVLAN" -j link del m0)"
	same "a mistyped command" "xmacvlan: unknown command 'addx' (add?): see 'xmacvlan help'" \
		"$("$XMACVLAN" addx 2>&1)"
	same "help, mistyped" "xmacvlan: unknown command 'hepl' (help?): see 'xmacvlan help'" \
		"$("$XMACVLAN" hepl 2>&1)"
	same "a mistyped option" \
		"xmacvlan: unknown or incomplete option '--jsn' (--json?): see 'xmacvlan help'" \
		"$("$XMACVLAN" --jsn show 2>&1)"
	same "a mistyped keyword" "xmacvlan: add: unknown keyword 'mod3' (mode?)" \
		"$("$XMACVLAN" add m0 link lan0 mod3 vepa 2>&1)"
	same "a word that is like none" "xmacvlan: add: unknown keyword 'xyzzy'" \
		"$("$XMACVLAN" add m0 link lan0 xyzzy 2>&1)"
}

make_lan
ip netns add c1
ip netns add c2
case_words
case_steps
case_changes
case_save
case_prune
case_refused
case_folders
case_names
case_killed
case_schema
"$XMACVLAN" detach lan0 force
finish
