# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Installing a plugin of another ABI on a node that has endpoints, for kubernetes.sh
#
# shellcheck shell=bash disable=SC2153 # NODE, INSTALL, STATIC are kubernetes.sh's

# run_installer PLUGIN [NAME=VALUE...]: install.sh in the DaemonSet's container, which has of the
# node's /sys only the bpffs, read-only
run_installer() {
	# shellcheck disable=SC2016 # for the inner shell
	unshare --mount --propagation slave bash -c '
		mkdir -p /tmp/host/sys/fs/bpf /tmp/host/opt/cni/bin
		mount --bind -o ro /sys/fs/bpf /tmp/host/sys/fs/bpf
		mount --bind "$0/opt/cni/bin" /tmp/host/opt/cni/bin
		export HOST=/tmp/host NODE_NAME=node-1
		exec "$@"' "$NODE" "${BARE[@]}" env PLUGIN="${1:-$PLUGIN}" "${@:2}" \
		"$INSTALL" plugin
}

# make_next TEXT: /tmp/next is the plugin with TEXT in place of its " (ABI N)"
make_next() {
	cat >/tmp/next <<-END
		#!/bin/sh
		[ -z "\${CNI_COMMAND:-}" ] || exec "$STATIC/cni/xmacvlan"
		"$STATIC/cni/xmacvlan" 2>&1 | sed 's/ (ABI [0-9.]*)/$1/' >&2
	END
	chmod 755 /tmp/next
}

# keeps_old WHAT WHY PLUGIN [NAME=VALUE...]: installing PLUGIN is refused with WHY
keeps_old() {
	local what=$1 why=$2 plugin=$3 before after

	before=$(cd "$NODE/opt/cni/bin" && ls -A && md5sum xmacvlan)
	check "$what: refused with the reason" prints "$why" run_installer "$plugin" "${@:4}"
	refused "... the exit code is not 0" run_installer "$plugin" "${@:4}"
	after=$(cd "$NODE/opt/cni/bin" && ls -A && md5sum xmacvlan)
	same "... the old plugin stays" "$before" "$after"
}

# installs WHAT PLUGIN [NAME=VALUE...]
installs() {
	check "$1: installed" prints "plugin installed" run_installer "$2" "${@:3}"
	check "... completely" cmp "$2" "$NODE/opt/cni/bin/xmacvlan"
}

# test_with_endpoint ABI: installs and refusals on a node that has an endpoint
test_with_endpoint() {
	local ours=$1 bin=$NODE/opt/cni/bin/xmacvlan
	local why="this node has endpoints of the installed plugin"

	installs "the same ABI, another build" /tmp/other
	installs "... the first build again" "$PLUGIN"
	make_next " (${ours%.*}.99)"
	installs "a newer minor ABI" /tmp/next
	installs "... the first ABI again" "$PLUGIN"
	make_next " (ABI 99.0)"
	installs "a newer major ABI" /tmp/next
	keeps_old "the first ABI again" "has ABI 99.0, the new one has $ours, and $why" "$PLUGIN"
	keeps_old "the first ABI, XMACVLAN_FORCE=0" "Drain the node" "$PLUGIN" XMACVLAN_FORCE=0
	check "... the Pod has its network" cni CHECK /tmp/check.json
	installs "the first ABI again, XMACVLAN_FORCE=1" "$PLUGIN" XMACVLAN_FORCE=1
	make_next ""
	keeps_old "a plugin that prints no ABI" \
		"the new one has an unknown ABI, and $why" /tmp/next
	installs "a plugin that prints no ABI, XMACVLAN_FORCE=1" /tmp/next XMACVLAN_FORCE=1
	keeps_old "the installed plugin prints no ABI" \
		"has an unknown ABI, the new one has $ours" "$PLUGIN"
	: >"$bin"
	installs "the installed plugin is empty" "$PLUGIN"
	chmod 644 "$bin"
	installs "the installed plugin is not executable" "$PLUGIN"
}

# A folder of another user cannot be read without capabilities: it may have pins.
test_unreadable_pins() {
	make_next " (ABI 0.9)"
	chown 65534 /sys/fs/bpf/xmacvlan
	keeps_old "pins that cannot be read" "/sys/fs/bpf cannot be read" /tmp/next
	chown 0 /sys/fs/bpf/xmacvlan
}

test_abi() {
	local ours conf=/tmp/configs/lan-bridge.json

	ours=$("$XMACVLAN" version | sed 's/.*, //')
	check "the plugin prints the command's ABI: $ours" prints " ($ours): " "$PLUGIN" </dev/null
	make_next " (ABI 99.0)"
	installs "another ABI without endpoints" /tmp/next
	installs "... the first ABI again" "$PLUGIN"
	cni ADD "$conf" >/tmp/result
	python3 "$HERE/kubernetes.py" prev "$conf" /tmp/result >/tmp/check.json
	test_with_endpoint "$ours"
	test_unreadable_pins
	check "the Pod is deleted" cni DEL "$conf"
	installs "an older ABI after the last endpoint" /tmp/next
	installs "... the first ABI again" "$PLUGIN"
}
