#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/e2e/image.sh KERNEL IMAGE B RUNS : makes the initramfs IMAGE. KERNEL is a folder of fetch.sh, B the build folder,
# RUNS a file: what the guest runs, a command a line, for tests/run.sh. A word there that is a program of this tree is
# taken along; commands come from this machine; both with the libraries they need.
set -eu

kernel=$1 image=$2 b=$3 runs=$4
here=$(dirname "$0")
root=$(mktemp -d "${TMPDIR:-/tmp}/xm-image-XXXXXX")
trap 'rm -rf "$root"' EXIT

COMMANDS="bash sh env cat grep tail head tr basename sort seq sed awk timeout nsenter unshare mount ip tc bridge ethtool
bpftool ping setpriv sysctl mkdir rm sleep true false wc cut ls touch kill"
MODULES="veth macvlan 8021q bridge bonding dummy ifb tun cls_bpf sch_ingress sch_netem act_gact act_mirred"

# Where it is here, also when what leads there is a link
put() {
	local at
	for at; do
		mkdir -p "$root/$(dirname "$at")"
		[ -e "$root/$at" ] || cp -L "$at" "$root/$at"
	done
}

libraries() {
	local lib
	for lib in $(ldd "$1" 2>/dev/null | grep -o '/[^ ]*'); do
		put "$lib"
	done
}

# A path of the tree: beside the others below /x, or where it is
place() {
	local at
	for at; do
		case $at in
		/*) ;;
		*) mkdir -p "$root/x/$(dirname "$at")" && cp -rL "$at" "$root/x/$at" && continue ;;
		esac
		mkdir -p "$root$(dirname "$at")" && cp -rL "$at" "$root$at"
	done
}

# The modules and all that they need, by modules.dep
modules() {
	local release name dep from
	release=$(cat "$kernel/release")
	from=$kernel/lib/modules/$release
	for name in $MODULES; do
		dep=$(grep -E "/${name//_/[_-]}\.ko:" "$from/modules.dep") || continue # built in, or not there
		for dep in ${dep//:/}; do
			dep=${dep#/lib/modules/"$release"/}
			mkdir -p "$root/lib/modules/$release/$(dirname "$dep")"
			cp "$from/$dep" "$root/lib/modules/$release/$dep"
		done
	done
	cp "$from"/modules.builtin* "$from/modules.order" "$root/lib/modules/$release/"
	busybox depmod -b "$root" "$release"
}

for link in bin sbin lib lib64; do
	mkdir -p "$root/usr/$link"
	ln -s "usr/$link" "$root/$link"
done
mkdir -p "$root"/{proc,sys,dev,run,tmp,root,etc,busybox,x}
for command in $COMMANDS; do
	path=$(PATH=$PATH:/usr/sbin:/sbin command -v -p "$command" || true)
	case $path in
	/*) ;;
	*) path=$(PATH=/usr/sbin:/usr/bin:/sbin:/bin type -P "$command") || continue ;;
	esac
	put "$path"
	libraries "$path"
done
for word in "$b/xmacvlan" "$b/xmacvland" "$b/cni/xmacvlan" /usr/lib/cni/host-local $(cat "$runs"); do
	[ -f "$word" ] || continue
	[ -e "$root/x/$word" ] || place "$word"
	libraries "$word"
done
place docs/differences.md tests/run.sh tests/budget.txt "$b/bpf"
put "$(type -P busybox)" /usr/lib/*/bpf/xdp-dispatcher.o
modules
cp "$here/init.sh" "$root/init"
cp "$runs" "$root/x/runs"
echo "$MODULES" >"$root/x/modules"
(cd "$root" && find . | cpio -o -H newc --quiet) >"$image"
