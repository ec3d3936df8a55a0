#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/e2e/vm_image.sh KERNEL IMAGE: makes the initramfs IMAGE of the guests of vm.sh: busybox,
# iproute2's ip, ethtool, and the modules for virtio-net and VLANs. KERNEL is a folder of
# fetch_kernel.sh.
set -eu

kernel=$1 image=$2
here=$(dirname "$0")
. "$here/modules_lib.sh"
release=$(cat "$kernel/release")
root=$(mktemp -d "${TMPDIR:-/tmp}/xm-vm-XXXXXX")
trap 'rm -rf "$root"' EXIT
PATH=$PATH:/usr/sbin:/sbin

# copy_program NAME: with its libraries
copy_program() {
	local path

	path=$(realpath "$(type -P "$1")")
	cp "$path" "$root/bin/$1"
	ldd "$path" | sed -n 's/.*[[:space:]]\(\/[^ ]*\) (0x.*/\1/p' | while read -r path; do
		mkdir -p "$root$(dirname "$path")"
		cp -L "$path" "$root$path"
	done
}

mkdir -p "$root"/{bin,proc,sys,dev,tmp,root,etc,busybox,lib/modules/"$release"}
cp "$(type -P busybox)" "$root/bin/busybox"
copy_program ip
copy_program ethtool
copy_modules "$kernel" "$root" virtio_pci virtio_net 8021q
busybox depmod -b "$root" "$release"
cp "$here/vm_init.sh" "$root/init"
cp "$here/vm_dhcp.sh" "$root/bin/dhcp.sh"
(cd "$root" && find . | cpio -o -H newc --quiet) | gzip -1 >"$root.image"
mv "$root.image" "$image" # another test may read it
