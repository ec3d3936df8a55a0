#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# install.sh STEP...: the work of the DaemonSet on a node, which it sees under $HOST (/host)
#
#	bpffs	mounts a bpffs on the node's /sys/fs/bpf, unless there is one
#	plugin	puts the plugin ($PLUGIN) into the node's folder of CNI plugins ($BIN)
#	stay	waits for SIGTERM
#
# XMACVLAN_FORCE=1 installs a plugin of an older major ABI also beside endpoints (README.md).
#
# A step that is done already changes nothing. Nothing is undone at the end: running containers
# need the bpffs and the plugin.
set -eu

HOST=${HOST:-/host}
BIN=${BIN:-$HOST/opt/cni/bin}
PLUGIN=${PLUGIN:-/opt/xmacvlan/cni/xmacvlan}
BPFFS=$HOST/sys/fs/bpf
NODE=${NODE_NAME:-$(uname -n)}

log() {
	echo "$NODE: $*"
}

fail() {
	log "$*" >&2
	exit 1
}

is_bpffs() {
	[ "$(stat -f -c %t "$BPFFS")" = cafe4a11 ]
}

# The plugin also mounts a bpffs if it may. Both take the same lock, on the directory below the
# mount.
mount_bpffs() {
	grep -q '[[:space:]]bpf$' /proc/filesystems ||
		fail "this kernel has no bpffs (CONFIG_BPF_SYSCALL)"
	[ -d "$BPFFS" ] || fail "there is no $BPFFS: the node's /sys/fs is not mounted here," \
		"or its kernel has no BPF"
	if is_bpffs; then
		log "bpffs is already mounted"
		return
	fi
	exec 9<"$BPFFS"
	flock -w 30 9 || fail "$BPFFS is still locked after 30 s"
	is_bpffs || mount -t bpf -o nosuid,nodev,noexec,mode=0700 bpf "$BPFFS" ||
		fail "cannot mount bpffs on $BPFFS"
	exec 9<&-
	log "bpffs mounted"
}

# answers_version PLUGIN: whether it answers VERSION; $output has what it prints. A file that is
# empty, truncated, for another processor or on a noexec mount does not. The plugin has no shared
# libraries, so if it runs in this root, it runs in the node's.
answers_version() {
	output=$(echo '{"cniVersion":"1.0.0"}' | CNI_COMMAND=VERSION timeout 10 "$1" 2>&1) ||
		return 1
	echo "$output" | grep -q '"supportedVersions"'
}

# abi_of PLUGIN: prints its ABI ("ABI 1.0"). A plugin that was linked with the node's shared
# libraries may not run in this root: its ABI is unknown.
abi_of() {
	abi=$(env -u CNI_COMMAND timeout 10 "$1" 2>&1 </dev/null |
		sed -n 's/^CNI plugin xmacvlan [^:]*(\(ABI [0-9.]*\)):.*/\1/p')
	echo "${abi:-an unknown ABI}"
}

# Whether the node has a parent's pins, or may have them because they cannot be read: $why
may_have_pins() {
	why="$BPFFS cannot be read"
	ls "$BPFFS" >/dev/null 2>&1 || return 0
	[ -e "$BPFFS/xmacvlan" ] || return 1
	names=$(ls "$BPFFS/xmacvlan" 2>/dev/null) || return 0
	why="this node has endpoints of the installed plugin"
	echo "$names" | grep -q '^n[0-9]*-[0-9]*$'
}

# takes_over OLD NEW: whether a plugin of the ABI NEW works with endpoints of the ABI OLD: all minor
# versions work with each other, and a newer major version takes them over
takes_over() {
	case "$1/$2" in *unknown*) return 1 ;; esac
	major=${2#ABI }
	former=${1#ABI }
	[ "${major%%.*}" -ge "${former%%.*}" ]
}

# abi_permits PLUGIN: whether it may replace the installed plugin. A plugin cannot work with
# endpoints of a newer major ABI, and adds none next to them.
abi_permits() {
	[ -s "$BIN/xmacvlan" ] && ! cmp -s "$PLUGIN" "$BIN/xmacvlan" || return 0
	old=$(abi_of "$BIN/xmacvlan") new=$(abi_of "$1")
	! takes_over "$old" "$new" || return 0
	may_have_pins || return 0
	[ "${XMACVLAN_FORCE:-}" = 1 ] || return 1
	log "$why ($old), but XMACVLAN_FORCE=1 is set: replacing $old by $new"
}

# Renames a new file to the plugin's name: a running plugin keeps its file, and no runtime finds a
# partial one.
install_plugin() {
	[ -d "$BIN" ] ||
		fail "there is no $BIN: the node's folder of CNI plugins is not mounted here"
	[ -f "$PLUGIN" ] || fail "there is no $PLUGIN: nothing to install"
	exec 9<"$BIN"
	flock -w 30 9 || fail "$BIN is still locked after 30 s"
	[ ! -d "$BIN/xmacvlan" ] ||
		fail "$BIN/xmacvlan is a folder and has the plugin's name: move it away"
	if [ -x "$BIN/xmacvlan" ] && cmp -s "$PLUGIN" "$BIN/xmacvlan" &&
		answers_version "$BIN/xmacvlan"; then
		log "plugin is already installed"
	else
		replace_plugin "$BIN/.xmacvlan.new"
		log "plugin installed"
	fi
	exec 9<&-
}

copy_plugin() {
	rm -f "$1" && cp "$PLUGIN" "$1" && chmod 755 "$1" && sync "$1"
}

# replace_plugin NEW: by the path of the new file
replace_plugin() {
	copy_plugin "$1" || remove_and_fail "$1" "cannot install the plugin in $BIN"
	answers_version "$1" || remove_and_fail "$1" \
		"$PLUGIN does not work on this node, so it is not installed: ${output:-no answer}"
	abi_permits "$1" || remove_and_fail "$1" \
		"the installed plugin has $old, the new one has $new, and $why:" \
		"the installed plugin stays. Drain the node, or set XMACVLAN_FORCE=1" \
		"(dist/kubernetes/README.md)"
	mv -fT "$1" "$BIN/xmacvlan" || remove_and_fail "$1" "cannot install the plugin in $BIN"
}

# remove_and_fail FILE MESSAGE...
remove_and_fail() {
	rm -f "$1" || :
	shift
	fail "$@"
}

# Process 1 of a container gets only the signals that it handles.
trap 'exit 0' TERM INT

for step; do
	case $step in
	bpffs) mount_bpffs ;;
	plugin) install_plugin ;;
	stay)
		sleep infinity &
		trap 'kill $!; exit 0' TERM INT
		wait
		;;
	*) fail "install.sh: no such step: $step" ;;
	esac
done
