#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/e2e/kubernetes.sh B: tests dist/kubernetes without a cluster. The manifests are consistent.
# install.sh works on a simulated node of a sysfs and folders. The installed plugin creates the
# network of every example. The watcher runs with the capabilities of its DaemonSet.
. "$(dirname "$0")/cni/lib.sh"
needs python3 busybox setpriv
python3 -c 'import yaml' 2>/dev/null || skip_rest "python3-yaml is not installed (make deps)"
HERE=$(cd "$(dirname "$0")" && pwd)
ROOT=$(realpath "$HERE/../..")
isolate "$@"
KUBE=$ROOT/dist/kubernetes
INSTALL=$KUBE/install.sh
STATIC=$B/static
NODE=/tmp/node
# shellcheck source=tests/e2e/kubernetes/node.sh
. "$HERE/kubernetes/node.sh"
# shellcheck source=tests/e2e/kubernetes/abi.sh
. "$HERE/kubernetes/abi.sh"

# --- manifests ---

# The checks of kubernetes.py are counted here, too. They must find each of the faults in the list.
test_manifests() {
	local output fault edit passed failed

	output=$(python3 "$HERE/kubernetes.py" check "$ROOT" "$KUBE") || true
	echo "$output"
	passed=$(grep -c '^ok ' <<<"$output") failed=$(grep -c '^FAIL' <<<"$output")
	PASSED=$((PASSED + passed)) FAILED=$((FAILED + failed))
	check "more than 80 checks of the manifests ran" test "$passed" -gt 80
	while read -r fault edit; do
		rm -rf /tmp/faulty
		cp -r "$KUBE" /tmp/faulty
		sed -i "$edit" "/tmp/faulty/$fault"
		refused "a fault is found: $fault, $edit" \
			python3 "$HERE/kubernetes.py" check "$ROOT" /tmp/faulty
	done <<-'END'
		daemonset.yaml s/^kind: DaemonSet/kind: Daemonset/
		daemonset.yaml s/^apiVersion: .*/apiVersion: v1/
		daemonset.yaml s/^  name: .*/  name: Xm_acvlan/
		daemonset.yaml s/^\(      app.kubernetes.io.component\): install/\1: other/
		daemonset.yaml s/mountPropagation: Bidirectional/mountPropagation: Both/
		daemonset.yaml s/privileged: true/privileged: false/
		daemonset.yaml s/^        - name: sys-fs/        - name: sysfs/
		daemonset.yaml s/type: DirectoryOrCreate/type: Folder/
		daemonset.yaml s/image: xmacvlan:.*/image: xmacvlan:latest/
		daemonset.yaml s/xmacvlan-install/xmacvlan-instal/
		daemonset.yaml s/readOnly: true/readOnly: false/
		daemonset.yaml s/mountPropagation: HostToContainer/mountPropagation: None/
		daemonset.yaml s/mountPath: .host.sys.fs.bpf/mountPath: \/sys\/fs\/bpf/
		watcher.yaml s/"PERFMON", //
		watcher.yaml s/"BPF"/"BPF", "SYS_MODULE"/
		watcher.yaml s/drop: .*/drop: []/
		watcher.yaml s/hostPID: true/hostPID: false/
		kustomization.yaml s/watcher.yaml/watch.yaml/
		Containerfile s/^COPY user /COPY users /
		examples/networks.yaml s/"name": "lan-dhcp"/"name": "lan-dhcb"/
		examples/networks.yaml s/"mac": true, //
		examples/networks.yaml s/"type": "dhcp" }/"type": "dhcp"/
		examples/pod.yaml s/lan-bridge/lan-brigde/
	END
}

# `install.sh plugin stay`, as process 1 of its container, ends within a second of SIGTERM
stays_until_sigterm() {
	local start pid rc

	in_node unshare --pid --fork --kill-child bash -c \
		"exec setpriv --bounding-set=-all '$INSTALL' plugin stay" >/tmp/stay.out 2>&1 &
	within 5 grep -q plugin /tmp/stay.out || return 1
	within 5 pgrep -P "$(pgrep -f -x "/bin/sh $INSTALL plugin stay" | head -n 1)" sleep ||
		return 1
	pid=$(pgrep -f -x "/bin/sh $INSTALL plugin stay" | head -n 1)
	start=$(date +%s%N)
	kill -TERM "$pid"
	wait $!
	rc=$?
	echo "exit code $rc after $((($(date +%s%N) - start) / 1000000)) ms"
	[ $rc = 0 ] && [ $((($(date +%s%N) - start) / 1000000)) -lt 1000 ]
}

# --- the networks, by the plugin as it is installed ---

cni() {
	local command=$1 network=$2 ifname=${3:-net1}

	CNI_COMMAND=$command CNI_CONTAINERID=pod-1 CNI_NETNS=/run/netns/pod CNI_IFNAME=$ifname \
		CNI_PATH=$NODE/opt/cni/bin:/usr/lib/cni \
		CNI_ARGS="IgnoreUnknown=true;K8S_POD_NAMESPACE=default;K8S_POD_NAME=p" \
		"$NODE/opt/cni/bin/xmacvlan" <"$network"
}

# test_network NAME COMMAND...: VERSION, ADD, CHECK and DEL of an example; COMMAND checks it between
# CHECK and DEL
test_network() {
	local name=$1 conf=/tmp/configs/$1.json

	shift
	check "$name: VERSION" cni VERSION "$conf"
	check "$name: ADD" cni ADD "$conf"
	cni DEL "$conf" >/dev/null
	cni ADD "$conf" >/tmp/result
	python3 "$HERE/kubernetes.py" prev "$conf" /tmp/result >/tmp/check.json
	check "$name: CHECK" cni CHECK /tmp/check.json
	"$@"
	check "$name: DEL" cni DEL "$conf"
	same "$name: nothing is left" "" "$("$XMACVLAN" show; ip -n pod -o link show type veth)"
}

check_ping() {
	check "... $1 answers" ip netns exec pod ping -n -c 1 -W 3 "$1"
}

check_static() {
	check_ping 192.0.2.1
	check "... the Pod has the requested MAC" grep -q '"mac": "02:00:00:00:00:50"' /tmp/result
	check "... the Pod has the requested address" \
		grep -q '"address": "192.0.2.50/24"' /tmp/result
}

check_passthru() {
	same "... the Pod has the MAC of eth1" "$(cat /sys/class/net/eth1/address)" \
		"$(ip netns exec pod cat /sys/class/net/net1/address)"
}

check_source() {
	check "... two sources are listed" prints "remotes (2)" "$XMACVLAN" show
	check "... the example's source is listed" prints "02:00:00:00:00:02" "$XMACVLAN" show
}

check_host() {
	local address

	check_ping 192.0.2.1
	check_ping 192.0.2.2
	address=$(ip -n pod -4 -o addr show net1 | sed 's/.*inet \([0-9.]*\).*/\1/')
	check "... the host reaches $address" ping -n -c 1 -W 3 "$address"
}

start_dhcp() {
	mkdir -p /run/cni
	printf '%s\n' 'start 192.0.2.60' 'end 192.0.2.69' 'interface wire' \
		'opt subnet 255.255.255.0' 'opt router 192.0.2.1' 'lease_file /tmp/leases' \
		'pidfile /tmp/udhcpd.pid' >/tmp/udhcpd.conf
	: >/tmp/leases
	ip netns exec lan busybox udhcpd -f /tmp/udhcpd.conf >/dev/null 2>&1 &
	/usr/lib/cni/dhcp daemon >/dev/null 2>&1 &
	within 5 test -S /run/cni/dhcp.sock
}

test_networks() {
	make_lan
	ip link set lan0 name eth0
	ip addr add 192.0.2.2/24 dev eth0 2>/dev/null
	ip link set eth0 up
	if ip link add link eth0 name eth0.100 type vlan id 100 2>/dev/null; then
		ip -n lan link add link wire name wire.100 type vlan id 100
	else
		skip "VLAN device eth0.100: this kernel has no VLAN devices, a veth is used"
		ip link add eth0.100 type veth peer name wire.100 netns lan
	fi
	ip link set eth0.100 up
	ip -n lan addr add 198.51.100.1/24 dev wire.100
	ip -n lan link set wire.100 up
	ip link add eth1 type veth peer name wire1 netns lan
	ip link set eth1 up
	ip -n lan link set wire1 up
	ip netns add pod
	ip -n pod link set lo up
	mkdir -p /tmp/configs
	python3 "$HERE/kubernetes.py" configs "$KUBE" /tmp/configs
	same "seven examples" 7 "$(find /tmp/configs -name '*.json' | wc -l)"
	test_network lan-bridge check_ping 192.0.2.1
	test_network lan-static check_static
	test_network nic-passthru check_passthru
	test_network lan-source check_source
	test_network lan-host check_host
	test_network vlan-100 check_ping 198.51.100.1
	start_dhcp
	test_network lan-dhcp check_ping 192.0.2.1
}

# --- the watcher, and the end of the installer: the network keeps working ---

# status_of FIELD PID
status_of() {
	sed -n "s/^$1:[[:space:]]*//p" "/proc/$2/status"
}

# The capabilities of the watcher's DaemonSet as a mask
daemonset_mask() {
	python3 "$HERE/kubernetes.py" caps "$KUBE"
}

# ... in setpriv's form
daemonset_caps() {
	sed -n '/add: \[/,/\]/p' "$KUBE/watcher.yaml" | grep -oE '"[A-Z_]+"' | tr -d '"' |
		tr '[:upper:]' '[:lower:]' | sed 's/^/+/' | paste -sd,
}

test_watcher() {
	local pid

	cni ADD /tmp/configs/lan-bridge.json >/dev/null
	setpriv --bounding-set="-all,$(daemonset_caps)" --inh-caps=-all "$STATIC/xmacvland" \
		2>/tmp/watcher.log &
	pid=$!
	check "the watcher starts with the capabilities of its DaemonSet" \
		within 5 grep -q "has started" /tmp/watcher.log
	same "... it keeps all of them and no others" "$(daemonset_mask)" "$(status_of CapPrm $pid)"
	ip -n lan link set wire down
	check "... a lost carrier reaches the Pod" \
		within 5 prints "NO-CARRIER" ip -n pod link show net1
	ip -n lan link set wire up
	check "... a restored carrier reaches the Pod" \
		within 5 ip netns exec pod ping -n -c 1 -W 1 192.0.2.1
	kill -TERM $pid
	wait $pid
	same "... SIGTERM ends the watcher with exit code 0" 0 $?
	check "... the network still works" ip netns exec pod ping -n -c 1 -W 2 192.0.2.1
	check "install.sh stays until SIGTERM and then ends at once" stays_until_sigterm
	check "... the network still works" ip netns exec pod ping -n -c 1 -W 2 192.0.2.1
	check "... the plugin is still installed" runs_version "$NODE/opt/cni/bin/xmacvlan"
	check "... the Pod can be deleted" cni DEL /tmp/configs/lan-bridge.json
}

test_manifests
make_node
test_bpffs
test_plugin
test_networks
test_abi
test_watcher
finish
