#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# pages.sh B: runs the commands of docs/containerd.md and docs/kubernetes.md as they stand there.
# README.md is in readme.sh, docs/podman.md in podman_netavark.sh.
. "$(dirname "$0")/cni/lib.sh"
. "$(dirname "$0")/cni/podman-lib.sh"
. "$(dirname "$0")/readme_lib.sh"
needs busybox python3
[ -x /usr/lib/cni/host-local ] || needs host-local
isolate "$@"
HERE=$(cd "$(dirname "$0")" && pwd)
DOCS=$(dirname "$README")/docs
export CONTAINERD_NAMESPACE=xm-pages-$RANDOM CONTAINERD_ADDRESS=/run/c/sock

reached() {
	check "$1 reaches $2" within 20 at "$1" ping -n -c 1 -W 1 "$2"
}

test_containerd() {
	local daemon

	type -P containerd ctr containerd-shim-runc-v2 runc >/dev/null ||
		{ skip "containerd is not installed"; return; }
	printf 'version = 2\nroot = "/run/c/root"\nstate = "/run/c/state"\n%s\n[grpc]\n%s\n' \
		'disabled_plugins = ["io.containerd.grpc.v1.cri"]' \
		"address = \"$CONTAINERD_ADDRESS\"" >/run/c.toml
	mkdir -p /srv
	mount -t tmpfs tmpfs /srv
	make_root /srv/busybox
	containerd -c /run/c.toml >/run/c.log 2>&1 &
	daemon=$!
	check "containerd serves" within 20 ctr version || { tail -n 3 /run/c.log; return; }
	run_recipe containerd
	reached lan 192.0.2.110
	reached host 192.0.2.110
	check "the host gets an answer from its server" timeout 20 busybox wget -q -O /dev/null \
		http://192.0.2.110/bin/busybox
	ctr task kill -s KILL web
	check "the container ends" within 20 ctr task rm web
	ctr container rm web
	kill $daemon
	"$XMACVLAN" detach eth0 force 2>/dev/null
	same "nothing is left" "" "$("$XMACVLAN" show)"
}

# As nerdctl 1.7 writes it (pkg/netutil)
write_nerdctl() {
	cat >/etc/cni/net.d/nerdctl-lan.conflist <<-'END'
		{
		  "cniVersion": "1.0.0",
		  "name": "lan",
		  "nerdctlID": "0b0ff1d3a5",
		  "nerdctlLabels": {},
		  "plugins": [
		    {
		      "type": "macvlan",
		      "master": "eth0",
		      "mode": "bridge",
		      "ipam": {
		        "ranges": [ [ { "gateway": "192.0.2.1", "subnet": "192.0.2.0/24" } ] ],
		        "routes": [ { "dst": "0.0.0.0/0" } ],
		        "type": "host-local"
		      }
		    }
		  ]
		}
	END
}

# The configuration of the list's first plugin, as libcni makes it
nerdctl_plugin() {
	python3 -c 'import json
conf = json.load(open("/etc/cni/net.d/nerdctl-lan.conflist"))
print(json.dumps({**conf["plugins"][0], "name": conf["name"], "cniVersion": conf["cniVersion"]}))
' >/tmp/plugin.json
}

test_nerdctl() {
	local before

	write_nerdctl
	before=$(cat /etc/cni/net.d/nerdctl-lan.conflist)
	run_recipe nerdctl
	same "the type, and nothing else" "${before/macvlan/xmacvlan}" \
		"$(cat /etc/cni/net.d/nerdctl-lan.conflist)"
	same "the copy" "$before" "$(cat /etc/cni/net.d/nerdctl-lan.conflist.macvlan)"
	nerdctl_plugin
	ip netns add pod
	check "ADD" plugin ADD /tmp/plugin.json
	reached lan "$(ip -n pod -4 -o addr show lan0 | sed 's,.*inet \([0-9.]*\).*,\1,')"
	check "DEL" plugin DEL /tmp/plugin.json
	ip netns del pod
	same "nothing is left" "" "$("$XMACVLAN" show)"
}

# The page's documents agree, and each of its networks is one of the plugin
test_kubernetes() {
	local config

	python3 -c 'import yaml' 2>/dev/null || { skip "kubernetes: no python3-yaml"; return; }
	make_kubectl
	ln -s "$DOCS/../dist" /tmp/dist
	cd /tmp || return
	run_recipe kubernetes
	check "its documents agree" python3 "$HERE/kubernetes.py" networks /tmp/applied
	mkdir -p /tmp/configs
	python3 "$HERE/kubernetes.py" configs /tmp/applied /tmp/configs
	ip netns add pod
	for config in /tmp/configs/*; do
		check "$(basename "$config"): ADD" plugin ADD "$config"
		reached lan "$(ip -n pod -4 -o addr show lan0 |
			sed 's,.*inet \([0-9.]*\).*,\1,')"
		check "$(basename "$config"): DEL" plugin DEL "$config"
	done
	same "nothing is left" "" "$("$XMACVLAN" show)"
}

# page NAME BLOCK...: docs/NAME.md has these blocks
page() {
	README=$DOCS/$1.md
	shift
	same "$README: every block is run" "$*" "$(recipe_names | xargs)"
	same "$README: every block has a marker" "" "$(unmarked)"
}

make_lan eth0
mkdir -p /tmp/bin
ln -s "$XMACVLAN" /tmp/bin/xmacvlan
PATH=/tmp/bin:$PATH
mount -t tmpfs tmpfs /opt
mkdir -p /opt/cni/bin
cp "$B/cni/xmacvlan" /opt/cni/bin
page containerd containerd nerdctl
test_containerd
test_nerdctl
page kubernetes kubernetes
test_kubernetes
finish
