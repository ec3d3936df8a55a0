# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A plugin of another ABI on a node where endpoints live, for kubernetes.sh
#
# shellcheck shell=bash disable=SC2153 # NODE, INSTALL, STATIC are kubernetes.sh's

# As container, but of the node's /sys it sees the bpffs alone, and that read-only, as in the DaemonSet
installer() {
	# shellcheck disable=SC2016 # for the inner shell
	unshare --mount --propagation slave bash -c '
		mkdir -p /tmp/host/sys/fs/bpf /tmp/host/opt/cni/bin
		mount --bind -o ro /sys/fs/bpf /tmp/host/sys/fs/bpf
		mount --bind "$0/opt/cni/bin" /tmp/host/opt/cni/bin
		export HOST=/tmp/host NODE_NAME=node-1
		exec "$@"' "$NODE" "${BARE[@]}" env PLUGIN="${1:-$PLUGIN}" "${@:2}" "$INSTALL" plugin
}

# The plugin, which says "(ABI 99)" or what else is given in place of its own
make_next() {
	cat >/tmp/next <<-END
		#!/bin/sh
		[ -z "\${CNI_COMMAND:-}" ] || exec "$STATIC/cni/xmacvlan"
		"$STATIC/cni/xmacvlan" 2>&1 | sed 's/ (ABI [0-9]*)/$1/' >&2
	END
	chmod 755 /tmp/next
}

# What is installed stays, for WHY; further words are for the environment
stays_old() {
	local what=$1 why=$2 plugin=$3 before after

	before=$(cd "$NODE/opt/cni/bin" && ls -A && md5sum xmacvlan)
	check "$what: refused, and told why" says "$why" installer "$plugin" "${@:4}"
	refused "... and it fails" installer "$plugin" "${@:4}"
	after=$(cd "$NODE/opt/cni/bin" && ls -A && md5sum xmacvlan)
	same "... and the old plugin stays" "$before" "$after"
}

comes() {
	check "$1: installed" says "plugin installed" installer "$2" "${@:3}"
	check "... as a whole" cmp "$2" "$NODE/opt/cni/bin/xmacvlan"
}

while_one_lives() {
	local ours=$1 bin=$NODE/opt/cni/bin/xmacvlan alive="There are endpoints of the old one"

	comes "the same ABI, another build" /tmp/other
	comes "... and back" "$PLUGIN"
	stays_old "another ABI" "the plugin on this node has $ours and the new one ABI 99. $alive" /tmp/next
	stays_old "... XMACVLAN_FORCE=0" "drain the node" /tmp/next XMACVLAN_FORCE=0
	check "... so the Pod has its network" cni CHECK /tmp/check.json
	comes "... XMACVLAN_FORCE=1" /tmp/next XMACVLAN_FORCE=1
	stays_old "the way back" "has ABI 99 and the new one $ours. $alive" "$PLUGIN"
	comes "... by force" "$PLUGIN" XMACVLAN_FORCE=1
	make_next ""
	stays_old "one that does not say its ABI" "the new one an unknown ABI. $alive" /tmp/next
	comes "... by force" /tmp/next XMACVLAN_FORCE=1
	stays_old "where there is such a one" "has an unknown ABI and the new one $ours" "$PLUGIN"
	: >"$bin"
	comes "where there is an empty one" "$PLUGIN"
	chmod 644 "$bin"
	comes "where it cannot be executed" "$PLUGIN"
}

# What cannot be looked into is no proof of their absence: another user's folder
unseen() {
	make_next " (ABI 99)"
	chown 65534 /sys/fs/bpf/xmacvlan
	stays_old "pins that cannot be seen" "/sys/fs/bpf cannot be read" /tmp/next
	chown 0 /sys/fs/bpf/xmacvlan
}

abi() {
	local ours conf=/tmp/configs/lan-bridge.json

	ours=$("$XMACVLAN" version | sed 's/.*, //')
	check "the plugin says its ABI, which is the command's: $ours" says " ($ours): " "$PLUGIN" </dev/null
	make_next " (ABI 99)"
	comes "another ABI where no endpoint lives" /tmp/next
	comes "... and back" "$PLUGIN"
	cni ADD "$conf" >/tmp/result
	python3 "$HERE/kubernetes.py" prev "$conf" /tmp/result >/tmp/check.json
	while_one_lives "$ours"
	unseen
	check "the Pod is deleted" cni DEL "$conf"
	comes "then the node takes another ABI" /tmp/next
	comes "... and back" "$PLUGIN"
}
