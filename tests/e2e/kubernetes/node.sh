# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# install.sh on a simulated node ($NODE) of a sysfs and folders, for kubernetes.sh
#
# shellcheck shell=bash disable=SC2153 # kubernetes.sh sets NODE, INSTALL, STATIC

# in_node COMMAND...: runs it as in a container of the node, with the node's folders at /host and
# with mount propagation in both directions
in_node() {
	# shellcheck disable=SC2016 # for the inner shell
	unshare --mount --propagation unchanged bash -c '
		mkdir -p /tmp/host/sys/fs /tmp/host/opt/cni/bin
		mount --rbind "$0/sys/fs" /tmp/host/sys/fs
		mount --bind "$0/opt/cni/bin" /tmp/host/opt/cni/bin
		export HOST=/tmp/host NODE_NAME=node-1
		exec "$@"' "$NODE" "$@"
}

# The plugin's container has no capabilities
BARE=(setpriv --bounding-set=-all --inh-caps=-all --no-new-privs)

# prints TEXT COMMAND...: whether the output of the command has the text
prints() {
	local text=$1 output

	shift
	output=$("$@" 2>&1)
	case $output in
	*"$text"*) return 0 ;;
	*) echo "$output"; return 1 ;;
	esac
}

count_bpf_mounts() {
	grep -c " $NODE/sys/fs/bpf .* - bpf " /proc/self/mountinfo
}

make_node() {
	mkdir -p "$NODE/sys" "$NODE/opt/cni/bin"
	mount -t sysfs sysfs "$NODE/sys"
	mount --make-shared "$NODE/sys"
}

# Hides bpf in /proc/filesystems
fails_without_bpf() {
	grep -v 'bpf$' /proc/filesystems >/tmp/filesystems
	mount --bind /tmp/filesystems /proc/filesystems
	prints "node-1: this kernel has no bpffs" in_node "$INSTALL" bpffs
	local rc=$?
	refused "... the exit code is not 0" in_node "$INSTALL" bpffs
	umount /proc/filesystems
	return $rc
}

# Eight installers at once: the test holds their lock until all of them wait for it
eight_installers() {
	local i pids=() bad=0

	exec 8<"$NODE/sys/fs/bpf"
	flock 8
	for i in 1 2 3 4 5 6 7 8; do
		in_node "$INSTALL" bpffs 8<&- &
		pids+=($!)
	done
	sleep 0.5
	[ "$(count_bpf_mounts)" = 0 ] || bad=1
	exec 8<&-
	for i in "${pids[@]}"; do
		wait "$i" || bad=1
	done
	return $bad
}

test_bpffs() {
	same "the node has no bpffs" 0 "$(count_bpf_mounts)"
	check "a kernel without bpffs: the error says so" fails_without_bpf
	mount -t tmpfs none "$NODE/sys/fs"
	check "a node without /sys/fs/bpf: the error says so" \
		prints "there is no /tmp/host/sys/fs/bpf" in_node "$INSTALL" bpffs
	umount "$NODE/sys/fs"
	check "bpffs is mounted" prints "bpffs mounted" in_node "$INSTALL" bpffs
	same "... the node has the mount of the container" 1 "$(count_bpf_mounts)"
	same "... only root has access" 1700 "$(stat -c %a "$NODE/sys/fs/bpf")"
	check "a second start" prints "bpffs is already mounted" in_node "$INSTALL" bpffs
	same "... mounts nothing" 1 "$(count_bpf_mounts)"
	umount "$NODE/sys/fs/bpf"
	check "eight installers at once" eight_installers
	same "... mount one bpffs" 1 "$(count_bpf_mounts)"
	umount "$NODE/sys/fs/bpf"
	check "without privilege: the error says so" prints "cannot mount bpffs on" \
		in_node "${BARE[@]}" "$INSTALL" bpffs
	refused "... the exit code is not 0" in_node "${BARE[@]}" "$INSTALL" bpffs
	same "... nothing is mounted" 0 "$(count_bpf_mounts)"
}

# runs_version COMMAND...: whether the plugin answers VERSION
runs_version() {
	CNI_COMMAND=VERSION "$@" <<<'{"cniVersion":"1.0.0"}' | grep -q '"supportedVersions"'
}

# The installed plugin runs in a root without any other file
runs_in_empty_root() {
	mkdir -p /tmp/empty
	cp "$NODE/opt/cni/bin/xmacvlan" /tmp/empty/
	runs_version chroot /tmp/empty /xmacvlan
}

# The installed plugin is replaced while it runs: it waits for its configuration on stdin
test_running_plugin() {
	local bin=$NODE/opt/cni/bin/xmacvlan pid

	cp "$STATIC/cni/xmacvlan" "$bin"
	echo older >>"$bin"
	mkfifo /tmp/stdin
	CNI_COMMAND=VERSION "$bin" </tmp/stdin >/tmp/older.out &
	pid=$!
	exec 8>/tmp/stdin
	within 5 test "$(readlink "/proc/$pid/exe")" = "$bin"
	refused "a running plugin cannot be overwritten" cp "$STATIC/cni/xmacvlan" "$bin"
	check "a running plugin is replaced" prints "plugin installed" \
		in_node "${BARE[@]}" "$INSTALL" plugin
	check "... completely" cmp "$STATIC/cni/xmacvlan" "$bin"
	echo '{"cniVersion":"0.4.0"}' >&8
	exec 8>&-
	wait "$pid"
	same "... the running one exits with 0" 0 $?
	check "... the running one prints its answer" grep -q '"0.4.0"' /tmp/older.out
}

# While the plugin is replaced again and again, every start finds a complete file
starts_while_replaced() {
	local bin=$NODE/opt/cni/bin/xmacvlan i bad=0 replacer

	cp "$STATIC/cni/xmacvlan" /tmp/other
	echo other >>/tmp/other
	for i in $(seq 20); do
		in_node env PLUGIN=/tmp/other "$INSTALL" plugin
		in_node "$INSTALL" plugin
	done >/dev/null &
	replacer=$!
	i=0
	while kill -0 $replacer 2>/dev/null; do
		runs_version "$bin" || bad=$((bad + 1))
		i=$((i + 1))
	done
	wait $replacer || bad=$((bad + 1))
	echo "$i starts, $bad bad"
	[ $bad = 0 ] && [ $i -gt 20 ]
}

# refuses_bad WHAT BEFORE WHY: /tmp/bad, which is WHAT, is refused with WHY, and the node's folder
# stays as BEFORE
refuses_bad() {
	local what=$1 before=$2 why=$3 dir=$NODE/opt/cni/bin
	local command=(in_node "${BARE[@]}" env PLUGIN=/tmp/bad "$INSTALL" plugin)

	check "$what: refused with the reason" prints "$why" "${command[@]}"
	refused "... the exit code is not 0" "${command[@]}"
	same "... nothing changes" "$before" \
		"$(cd "$dir" && find . -mindepth 1 -exec md5sum {} + 2>&1 | sort)"
}

test_bad_plugins() {
	local dir=$NODE/opt/cni/bin before

	before=$(cd "$dir" && md5sum ./xmacvlan)
	: >/tmp/bad
	refuses_bad "an empty plugin" "$before" "node-1: /tmp/bad does not work on this node"
	head -c 100000 "$STATIC/cni/xmacvlan" >/tmp/bad
	refuses_bad "a truncated plugin" "$before" "does not work on this node"
	printf '#!/bin/sh\necho "{}"\n' >/tmp/bad
	refuses_bad "a program with another answer" "$before" "does not work on this node"
	printf '#!/bin/sh\necho "\\"supportedVersions\\""; exit 1\n' >/tmp/bad
	refuses_bad "a plugin that answers and fails" "$before" "does not work on this node"
	rm /tmp/bad
	refuses_bad "a missing plugin" "$before" "there is no /tmp/bad"
	: >"$dir/xmacvlan"
	: >/tmp/bad
	refuses_bad "an empty plugin, which is installed already" \
		"$(cd "$dir" && md5sum ./xmacvlan)" "does not work on this node"
	check "... a working plugin replaces it" prints "plugin installed" \
		in_node "${BARE[@]}" "$INSTALL" plugin
	rm "$dir/xmacvlan"
	mkdir "$dir/xmacvlan"
	cp "$STATIC/cni/xmacvlan" /tmp/bad
	refuses_bad "a folder has the plugin's name" "md5sum: ./xmacvlan: Is a directory" \
		"/opt/cni/bin/xmacvlan is a folder"
	rmdir "$dir/xmacvlan"
	mkdir "$dir/.xmacvlan.new"
	check "a folder has the name of the new file" prints "cannot install the plugin in" \
		in_node "${BARE[@]}" "$INSTALL" plugin
	rmdir "$dir/.xmacvlan.new"
	check "... without that folder" prints "plugin installed" \
		in_node "${BARE[@]}" "$INSTALL" plugin
}

test_plugin() {
	local bin=$NODE/opt/cni/bin/xmacvlan before
	local command=(in_node "${BARE[@]}" "$INSTALL" plugin)

	export PLUGIN=$STATIC/cni/xmacvlan
	check "the plugin is installed without any capability" \
		prints "plugin installed" "${command[@]}"
	same "... it is executable" 755 "$(stat -c %a "$bin")"
	check "... it needs no library" runs_in_empty_root
	before=$(stat -c '%i %y' "$bin")
	check "a second start" prints "plugin is already installed" "${command[@]}"
	same "... changes nothing" "$before" "$(stat -c '%i %y' "$bin")"
	chmod 644 "$bin"
	check "a plugin that is not executable is replaced" \
		prints "plugin installed" "${command[@]}"
	test_running_plugin
	echo half >"$NODE/opt/cni/bin/.xmacvlan.new"
	echo old >"$bin"
	check "a killed installer has left its new file" "${command[@]}"
	same "... the file is removed" xmacvlan "$(ls -A "$NODE/opt/cni/bin")"
	check "no start finds a partial plugin" starts_while_replaced
	mount -t tmpfs -o size=1m none "$NODE/opt/cni/bin"
	echo old >"$bin"
	check "a full disk: the error says so" \
		prints "node-1: cannot install the plugin in" "${command[@]}"
	refused "... the exit code is not 0" "${command[@]}"
	same "... the old plugin stays" "xmacvlan old" "$(ls -A "$NODE/opt/cni/bin") $(cat "$bin")"
	umount "$NODE/opt/cni/bin"
	test_bad_plugins
}
