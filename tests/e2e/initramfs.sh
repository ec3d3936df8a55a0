#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/e2e/initramfs.sh KERNEL IMAGE B RUNS [ROOT]: makes the initramfs IMAGE. KERNEL is a folder
# of fetch_kernel.sh, B the build folder. The file RUNS has the commands of the guest for
# tests/run.sh, one a line. The image has the programs of this tree that RUNS names, commands of
# this machine, and the libraries of both. ROOT is where commands and libraries are instead, for
# another architecture (sysroot.sh).
set -eu

kernel=$1 image=$2 b=$3 runs=$4 from=${5:-}
here=$(dirname "$0")
. "$here/modules_lib.sh"
root=$(mktemp -d "${TMPDIR:-/tmp}/xm-image-XXXXXX")
trap 'rm -rf "$root"' EXIT

COMMANDS="bash sh env cat grep tail head tr basename sort seq sed awk timeout nsenter unshare mount
ip tc bridge ethtool bpftool ping setpriv sysctl mkdir mktemp rm sleep true false wc cut ls touch
kill"
MODULES="veth macvlan macvtap 8021q bridge bonding dummy ifb tun cls_bpf sch_ingress sch_netem
act_gact act_mirred virtio_pci virtio_net"

# resolve PATH: where a path below $from is, following links to absolute paths there too
resolve() {
	local at=$1 to
	while [ -L "$from$at" ]; do
		to=$(readlink "$from$at")
		case $to in
		/*) at=$to ;;
		*) at=$(dirname "$at")/$to ;;
		esac
	done
	echo "$from$at"
}

# copy_file PATH...: from below $from to the same path in the image
copy_file() {
	local at
	for at; do
		mkdir -p "$root/$(dirname "$at")"
		[ -e "$root/$at" ] || cp "$(resolve "$at")" "$root/$at"
	done
}

# needed FILE: the dynamic linker and the libraries that an ELF file names
needed() {
	readelf -ld "$1" 2>/dev/null |
		sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p; s/.*interpreter: \(.*\)\]/\1/p'
}

# find_library NAME: its path below $from
find_library() {
	local dir
	case $1 in
	/*) echo "$1" && return ;;
	esac
	for dir in "$from"/usr/local/lib "$from"/usr/lib/*-linux-gnu* "$from"/usr/lib; do
		[ ! -e "$dir/$1" ] || { echo "${dir#"$from"}/$1" && return; }
	done
	echo "initramfs.sh: no library $1" >&2
	return 1
}

copy_libraries() {
	local name path
	for name in $(needed "$1"); do
		path=$(find_library "$name")
		[ ! -e "$root/$path" ] || continue
		copy_file "$path"
		copy_libraries "$(resolve "$path")"
	done
}

# find_command NAME: its path below $from
find_command() {
	local dir
	for dir in /usr/sbin /usr/bin /sbin /bin; do
		[ ! -e "$(resolve "$dir/$1")" ] || { echo "$dir/$1" && return; }
	done
	return 1
}

# copy_tree PATH...: a relative path to below /x, an absolute path to the same path
copy_tree() {
	local at
	for at; do
		case $at in
		/*) ;;
		*) mkdir -p "$root/x/$(dirname "$at")" && cp -rL "$at" "$root/x/$at" && continue ;;
		esac
		mkdir -p "$root$(dirname "$at")" && cp -rL "$at" "$root$at"
	done
}

for link in bin sbin lib lib64; do
	mkdir -p "$root/usr/$link"
	ln -s "usr/$link" "$root/$link"
done
mkdir -p "$root"/{proc,sys,dev,run,tmp,root,etc,busybox,x}
for command in $COMMANDS; do
	path=$(find_command "$command") || continue
	copy_file "$path"
	copy_libraries "$(resolve "$path")"
done
for word in "$b"/xmacvlan{,d,-docker,-trace} "$b/cni/xmacvlan" $(cat "$runs"); do
	[ -f "$word" ] || continue
	[ -e "$root/x/$word" ] || copy_tree "$word"
	copy_libraries "$word"
done
copy_tree docs/differences.md tests/run.sh tests/budget.txt "$b/bpf" README.md
copy_tree tests/lib/result.sh tests/e2e/readme_lib.sh tests/e2e/cni/{lib,podman-lib}.sh
cp "$b/tests/e2e.d/fake_features.so" "$root/x/" # of e2e_nic
copy_file "$(find_command busybox)" /usr/lib/cni/host-local
for path in "$from"/usr/lib/*/bpf/xdp-dispatcher.o; do
	copy_file "${path#"$from"}"
done
# shellcheck disable=SC2086 # a list
copy_modules "$kernel" "$root" $MODULES
busybox depmod -b "$root" "$(cat "$kernel/release")"
echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
echo 'root:x:0:' >"$root/etc/group"
cp "$here/guest_init.sh" "$root/init"
cp "$runs" "$root/x/runs"
echo "$MODULES" >"$root/x/modules"
(cd "$root" && find . | cpio -o -H newc --quiet) >"$image"
