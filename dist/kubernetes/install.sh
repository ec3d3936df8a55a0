#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# install.sh STEP... : what the DaemonSet does on a node, which it sees under $HOST (/host)
#
#	bpffs	mounts a bpffs on the node's /sys/fs/bpf where there is none
#	plugin	puts the plugin ($PLUGIN) into the node's folder of plugins ($BIN)
#	stay	waits for SIGTERM
#
# With XMACVLAN_FORCE=1 a plugin of another ABI is installed though endpoints of the old one live (README.md).
#
# What is done already is left alone. At its end nothing is taken back: running containers need both.
set -eu

HOST=${HOST:-/host}
BIN=${BIN:-$HOST/opt/cni/bin}
PLUGIN=${PLUGIN:-/opt/xmacvlan/cni/xmacvlan}
BPFFS=$HOST/sys/fs/bpf
NODE=${NODE_NAME:-$(uname -n)}

say() {
	echo "$NODE: $*"
}

fail() {
	say "$*" >&2
	exit 1
}

is_bpffs() {
	[ "$(stat -f -c %t "$BPFFS")" = cafe4a11 ]
}

# The plugin mounts one too where it may, with the same lock: of the directory below the mount
mount_bpffs() {
	grep -q '[[:space:]]bpf$' /proc/filesystems || fail "this kernel has no bpffs (CONFIG_BPF_SYSCALL)"
	[ -d "$BPFFS" ] || fail "there is no $BPFFS: the node's /sys/fs is not mounted here, or its kernel has no BPF"
	if is_bpffs; then
		say "bpffs is mounted"
		return
	fi
	exec 9<"$BPFFS"
	flock -w 30 9 || fail "$BPFFS is locked"
	is_bpffs || mount -t bpf -o nosuid,nodev,noexec,mode=0700 bpf "$BPFFS" || fail "bpffs could not be mounted on $BPFFS"
	exec 9<&-
	say "bpffs mounted"
}

# The installed one stays unless the new one works: empty, half of one, for another processor, on a noexec mount it
# does not. It has no library, so what it does in this root it does in the node's.
answers() {
	said=$(echo '{"cniVersion":"1.0.0"}' | CNI_COMMAND=VERSION timeout 10 "$1" 2>&1) || return 1
	echo "$said" | grep -q '"supportedVersions"'
}

# "ABI 3", out of what a plugin says of itself; one that cannot run in this root is of the node's own libraries
abi_of() {
	abi=$(env -u CNI_COMMAND timeout 10 "$1" 2>&1 </dev/null |
		sed -n 's/^CNI plugin xmacvlan [^:]*(\(ABI [0-9]*\)):.*/\1/p')
	echo "${abi:-an unknown ABI}"
}

# A parent's pins, or that nobody can tell: $why
pinned() {
	why="$BPFFS cannot be read"
	ls "$BPFFS" >/dev/null 2>&1 || return 0
	[ -e "$BPFFS/xmacvlan" ] || return 1
	names=$(ls "$BPFFS/xmacvlan" 2>/dev/null) || return 0
	why="There are endpoints of the old one"
	echo "$names" | grep -q '^n[0-9]*-[0-9]*$'
}

# A plugin cannot work with endpoints of another ABI, and makes none beside them
fits() {
	[ -s "$BIN/xmacvlan" ] && ! cmp -s "$PLUGIN" "$BIN/xmacvlan" || return 0
	old=$(abi_of "$BIN/xmacvlan") new=$(abi_of "$1")
	[ "$old" != "$new" ] || [ "$old" = "an unknown ABI" ] || return 0
	pinned || return 0
	[ "${XMACVLAN_FORCE:-}" = 1 ] || return 1
	say "$why, of $old, and XMACVLAN_FORCE is set: now comes $new"
}

# A new file under the name, so that a plugin that runs goes on running, and no runtime ever meets half of one
install_plugin() {
	[ -d "$BIN" ] || fail "there is no $BIN: the node's folder of CNI plugins is not mounted here"
	[ -f "$PLUGIN" ] || fail "there is no $PLUGIN: nothing to install"
	exec 9<"$BIN"
	flock -w 30 9 || fail "$BIN is locked"
	[ ! -d "$BIN/xmacvlan" ] || fail "$BIN/xmacvlan is a folder: the plugin cannot have its name, move it away"
	if [ -x "$BIN/xmacvlan" ] && cmp -s "$PLUGIN" "$BIN/xmacvlan" && answers "$BIN/xmacvlan"; then
		say "plugin is installed"
	else
		put "$BIN/.xmacvlan.new"
		say "plugin installed"
	fi
	exec 9<&-
}

copy() {
	rm -f "$1" && cp "$PLUGIN" "$1" && chmod 755 "$1" && sync "$1"
}

put() {
	copy "$1" || give_up "$1" "the plugin could not be installed in $BIN"
	answers "$1" || give_up "$1" "$PLUGIN does not work here, so it was not installed: ${said:-no answer}"
	fits "$1" || give_up "$1" "the plugin on this node has $old and the new one $new. $why, so the old one stays:" \
		"drain the node, or set XMACVLAN_FORCE=1 (dist/kubernetes/README.md)"
	mv -fT "$1" "$BIN/xmacvlan" || give_up "$1" "the plugin could not be installed in $BIN"
}

give_up() {
	rm -f "$1" || :
	shift
	fail "$@"
}

# As process 1 of a container it gets no signal that it does not ask for
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
