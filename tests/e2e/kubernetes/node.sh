# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# install.sh on a node ($NODE), for kubernetes.sh: a sysfs and folders, which it sees as in its container
#
# shellcheck shell=bash disable=SC2153 # NODE, INSTALL, STATIC are kubernetes.sh's

# As a container sees the node: its folders at /host, mounts go both ways
container() {
	# shellcheck disable=SC2016 # for the inner shell
	unshare --mount --propagation unchanged bash -c '
		mkdir -p /tmp/host/sys/fs /tmp/host/opt/cni/bin
		mount --rbind "$0/sys/fs" /tmp/host/sys/fs
		mount --bind "$0/opt/cni/bin" /tmp/host/opt/cni/bin
		export HOST=/tmp/host NODE_NAME=node-1
		exec "$@"' "$NODE" "$@"
}

# The plugin's container has no capability
BARE=(setpriv --bounding-set=-all --inh-caps=-all --no-new-privs)

says() {
	local word=$1 said

	shift
	said=$("$@" 2>&1)
	case $said in
	*"$word"*) return 0 ;;
	*) echo "$said"; return 1 ;;
	esac
}

bpf_mounts() {
	grep -c " $NODE/sys/fs/bpf .* - bpf " /proc/self/mountinfo
}

node() {
	mkdir -p "$NODE/sys" "$NODE/opt/cni/bin"
	mount -t sysfs sysfs "$NODE/sys"
	mount --make-shared "$NODE/sys"
}

without_bpf() {
	grep -v 'bpf$' /proc/filesystems >/tmp/filesystems
	mount --bind /tmp/filesystems /proc/filesystems
	says "node-1: this kernel has no bpffs" container "$INSTALL" bpffs
	local rc=$?
	refused "... and it fails" container "$INSTALL" bpffs
	umount /proc/filesystems
	return $rc
}

# They meet at the lock, which is ours until all of them wait for it
eight() {
	local i pids=() bad=0

	exec 8<"$NODE/sys/fs/bpf"
	flock 8
	for i in 1 2 3 4 5 6 7 8; do
		container "$INSTALL" bpffs 8<&- &
		pids+=($!)
	done
	sleep 0.5
	[ "$(bpf_mounts)" = 0 ] || bad=1
	exec 8<&-
	for i in "${pids[@]}"; do
		wait "$i" || bad=1
	done
	return $bad
}

bpffs() {
	same "the node has no bpffs" 0 "$(bpf_mounts)"
	check "a kernel without bpffs is named" without_bpf
	mount -t tmpfs none "$NODE/sys/fs"
	check "a node without /sys/fs/bpf is named" says "there is no /tmp/host/sys/fs/bpf" container "$INSTALL" bpffs
	umount "$NODE/sys/fs"
	check "bpffs is mounted on the node" says "bpffs mounted" container "$INSTALL" bpffs
	same "... there, out of the container" 1 "$(bpf_mounts)"
	same "... for root alone" 1700 "$(stat -c %a "$NODE/sys/fs/bpf")"
	check "a second start" says "bpffs is mounted" container "$INSTALL" bpffs
	same "... mounts nothing" 1 "$(bpf_mounts)"
	umount "$NODE/sys/fs/bpf"
	check "eight at once" eight
	same "... mount one" 1 "$(bpf_mounts)"
	umount "$NODE/sys/fs/bpf"
	check "without the privilege it says so" says "bpffs could not be mounted on" container "${BARE[@]}" "$INSTALL" bpffs
	refused "... and fails" container "${BARE[@]}" "$INSTALL" bpffs
	same "... and mounts nothing" 0 "$(bpf_mounts)"
}

version_of() {
	CNI_COMMAND=VERSION "$1" <<<'{"cniVersion":"1.0.0"}' | grep -q '"supportedVersions"'
}

# In a root with nothing in it
alone_in_a_root() {
	mkdir -p /tmp/empty
	cp "$NODE/opt/cni/bin/xmacvlan" /tmp/empty/
	CNI_COMMAND=VERSION chroot /tmp/empty /xmacvlan <<<'{"cniVersion":"1.0.0"}' | grep -q '"supportedVersions"'
}

# An older plugin, which runs: it has not been told its configuration yet
while_it_runs() {
	local bin=$NODE/opt/cni/bin/xmacvlan pid

	cp "$STATIC/cni/xmacvlan" "$bin"
	echo older >>"$bin"
	mkfifo /tmp/stdin
	CNI_COMMAND=VERSION "$bin" </tmp/stdin >/tmp/older.out &
	pid=$!
	exec 8>/tmp/stdin
	within 5 test "$(readlink "/proc/$pid/exe")" = "$bin"
	refused "a plugin that runs cannot be written into" cp "$STATIC/cni/xmacvlan" "$bin"
	check "it is replaced all the same" says "plugin installed" container "${BARE[@]}" "$INSTALL" plugin
	check "... as a whole" cmp "$STATIC/cni/xmacvlan" "$bin"
	echo '{"cniVersion":"0.4.0"}' >&8
	exec 8>&-
	wait "$pid"
	same "... and the old one ends as it should" 0 $?
	check "... with its answer" grep -q '"0.4.0"' /tmp/older.out
}

# While it is replaced again and again, whoever starts it finds a whole one
never_half() {
	local bin=$NODE/opt/cni/bin/xmacvlan i bad=0 replacer

	cp "$STATIC/cni/xmacvlan" /tmp/other
	echo other >>/tmp/other
	for i in $(seq 20); do
		container env PLUGIN=/tmp/other "$INSTALL" plugin
		container "$INSTALL" plugin
	done >/dev/null &
	replacer=$!
	i=0
	while kill -0 $replacer 2>/dev/null; do
		version_of "$bin" || bad=$((bad + 1))
		i=$((i + 1))
	done
	wait $replacer || bad=$((bad + 1))
	echo "$i starts, $bad bad"
	[ $bad = 0 ] && [ $i -gt 20 ]
}

# What is no plugin takes no name: /tmp/bad is WHAT, the node's folder stays as it was BEFORE, and it is told WHY
no_plugin() {
	local what=$1 before=$2 why=$3 dir=$NODE/opt/cni/bin

	check "$what is named" says "$why" container "${BARE[@]}" env PLUGIN=/tmp/bad "$INSTALL" plugin
	refused "... and it fails" container "${BARE[@]}" env PLUGIN=/tmp/bad "$INSTALL" plugin
	same "... and nothing changes" "$before" "$(cd "$dir" && find . -mindepth 1 -exec md5sum {} + 2>&1 | sort)"
}

tried() {
	local dir=$NODE/opt/cni/bin before

	before=$(cd "$dir" && md5sum ./xmacvlan)
	: >/tmp/bad
	no_plugin "an empty plugin" "$before" "node-1: /tmp/bad does not work here"
	head -c 100000 "$STATIC/cni/xmacvlan" >/tmp/bad
	no_plugin "half a plugin" "$before" "does not work here"
	printf '#!/bin/sh\necho "{}"\n' >/tmp/bad
	no_plugin "one that answers something else" "$before" "does not work here"
	printf '#!/bin/sh\necho "\\"supportedVersions\\""; exit 1\n' >/tmp/bad
	no_plugin "one that answers and fails" "$before" "does not work here"
	rm /tmp/bad
	no_plugin "none" "$before" "there is no /tmp/bad"
	: >"$dir/xmacvlan"
	: >/tmp/bad
	no_plugin "an empty one that is there already" "$(cd "$dir" && md5sum ./xmacvlan)" "does not work here"
	check "... is replaced" says "plugin installed" container "${BARE[@]}" "$INSTALL" plugin
	rm "$dir/xmacvlan"
	mkdir "$dir/xmacvlan"
	cp "$STATIC/cni/xmacvlan" /tmp/bad
	no_plugin "a folder of that name" "md5sum: ./xmacvlan: Is a directory" "/opt/cni/bin/xmacvlan is a folder"
	rmdir "$dir/xmacvlan"
	mkdir "$dir/.xmacvlan.new"
	check "a folder in the way of the new file" says "could not be installed in" \
		container "${BARE[@]}" "$INSTALL" plugin
	rmdir "$dir/.xmacvlan.new"
	check "... and without it" says "plugin installed" container "${BARE[@]}" "$INSTALL" plugin
}

plugin() {
	local bin=$NODE/opt/cni/bin/xmacvlan before

	export PLUGIN=$STATIC/cni/xmacvlan
	check "the plugin is installed, without any capability" says "plugin installed" container "${BARE[@]}" "$INSTALL" plugin
	same "... executable" 755 "$(stat -c %a "$bin")"
	check "... and needs no library" alone_in_a_root
	before=$(stat -c '%i %y' "$bin")
	check "a second start" says "plugin is installed" container "${BARE[@]}" "$INSTALL" plugin
	same "... changes nothing" "$before" "$(stat -c '%i %y' "$bin")"
	chmod 644 "$bin"
	check "one that is not executable is replaced" says "plugin installed" container "${BARE[@]}" "$INSTALL" plugin
	while_it_runs
	echo half >"$NODE/opt/cni/bin/.xmacvlan.new"
	echo old >"$bin"
	check "what a killed one has left" container "${BARE[@]}" "$INSTALL" plugin
	same "... goes" xmacvlan "$(ls -A "$NODE/opt/cni/bin")"
	check "it is never met half written" never_half
	mount -t tmpfs -o size=1m none "$NODE/opt/cni/bin"
	echo old >"$bin"
	check "a full disk is named" says "node-1: the plugin could not be installed in" container "${BARE[@]}" "$INSTALL" plugin
	refused "... and it fails" container "${BARE[@]}" "$INSTALL" plugin
	same "... and the old one stays" "xmacvlan old" "$(ls -A "$NODE/opt/cni/bin") $(cat "$bin")"
	umount "$NODE/opt/cni/bin"
	tried
}
