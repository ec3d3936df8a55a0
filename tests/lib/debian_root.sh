# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Roots of Debian releases, made by debootstrap, and commands in them. For root.
#
# shellcheck shell=bash

# make_debian SUITE ROOT COMMAND [OPTION...]: a root that is complete exists already, or debootstrap
# makes it and COMMAND, in it, completes it. Its log is ROOT.log.
make_debian() {
	local suite=$1 root=$2 command=$3
	shift 3
	[ ! -e "$root/.complete" ] || return 0
	mkdir -p "$(dirname "$root")"
	rm -rf "$root"
	debootstrap --variant=minbase "$@" "$suite" "$root" http://deb.debian.org/debian \
		>"$root.log" 2>&1 && in_debian "$root" "$command" >>"$root.log" 2>&1 ||
		{ tail -n 3 "$root.log"; return 1; }
	: >"$root/.complete"
}

# What the two functions below do last: the file systems of a root, and the command in it
# shellcheck disable=SC2016 # for the inner shell
ENTER_DEBIAN='for dir in run tmp; do
		mount -t tmpfs tmpfs "$root/$dir" || exit
	done
	mkdir "$root/run/netns"
	mount --bind "$tree" "$root/x" || exit
	exec chroot "$root" /bin/bash -c "cd /x && $3"'

# in_debian ROOT COMMAND: with the network and the file systems of this machine; the current folder
# is /x
in_debian() {
	# shellcheck disable=SC2016 # for the inner shell
	unshare --mount bash -c 'root=$1 tree=$2
		mount --bind "$root" "$root" && mkdir -p "$root/x" || exit
		for dir in proc sys dev; do
			mount --rbind "/$dir" "$root/$dir" || exit
		done
		'"$ENTER_DEBIAN" - "$1" "$PWD" "$2"
}

# alone_in_debian ROOT COMMAND: in namespaces of its own, with an empty network and an empty bpffs.
# All of it disappears when the command ends, also when it is killed.
alone_in_debian() {
	# shellcheck disable=SC2016 # for the inner shell
	unshare --mount --net --pid --ipc --uts --fork --kill-child bash -c 'root=$1 tree=$2
		mount --bind "$root" "$root" && mkdir -p "$root/x" || exit
		mount -t proc proc "$root/proc" && mount --rbind /dev "$root/dev" &&
			mount -t sysfs sysfs "$root/sys" &&
			mount -t bpf bpf "$root/sys/fs/bpf" || exit
		'"$ENTER_DEBIAN" - "$1" "$PWD" "$2"
}
