#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/packages/arm64.sh B: cross-builds the packages for arm64 twice in a root of Debian 12 and
# compares the bytes. Then boots Debian's arm64 kernel 6.1 in QEMU with Debian 12 for arm64. The
# guest installs, upgrades, removes and purges the packages, and runs what they have (installed.sh).
# The roots are in B/packages/arm64. E2E_TIMEOUT is the time limit of the guest in seconds.
here=$(dirname "$0")/../e2e
. "$here/guest_lib.sh"
. "$here/modules_lib.sh"
. "$here/../packages/lib.sh"
. "$here/../lib/debian_root.sh"

b=$1
to=$b/packages/arm64
kernel=$to/e2e/6.1
BUILD="dpkg-buildpackage -us -uc -b -aarm64 -Pcross,nocheck"
MODULES="veth cls_bpf sch_ingress act_gact act_mirred tun"

# The programs are for the other machine
for_arm64() {
	readelf -h "$to/cross/a/xmacvlan-$VERSION/debian/xmacvlan/usr/sbin/xmacvlan" |
		grep AArch64
}

# The packages that ours depend on, by their names
depends() {
	local deb
	for deb in "$to"/cross/a/xmacvlan{,-cni}_*.deb; do
		dpkg-deb -f "$deb" Depends
	done | sed 's/([^)]*)//g; s/|[^,]*//g' | tr -d ' ' | tr , '\n' | sort -u
}

# unpack DEB: as dpkg does, without the package's scripts, which are programs for arm64. The guest
# configures it: there dpkg would need minutes to decompress what is done here in seconds.
unpack() {
	local db=$to/guest/var/lib/dpkg file name scripts=$to/scripts
	name=$(dpkg-deb -f "$1" Package)
	[ "$(dpkg-deb -f "$1" Multi-Arch)" != same ] || name=$name:arm64
	rm -rf "$scripts"
	dpkg-deb --fsys-tarfile "$1" | tar -x -C "$to/guest" --keep-directory-symlink &&
		dpkg-deb -e "$1" "$scripts" || return
	for file in "$scripts"/*; do
		[ "${file##*/}" = control ] || cp -p "$file" "$db/info/$name.${file##*/}"
	done
	dpkg-deb --fsys-tarfile "$1" | tar -t | sed 's|^\.||; s|\(.\)/$|\1|; s|^/$|/.|' \
		>"$db/info/$name.list"
	{ dpkg-deb -f "$1"; echo "Status: install ok unpacked"; echo; } >>"$db/status"
}

# Debian 12 for arm64, unpacked
make_guest_root() {
	local names deb
	names=iproute2,iputils-ping,procps,bpftool,kmod,$(depends | paste -sd,)
	[ "$(cat "$to/guest.complete" 2>/dev/null)" != "$names" ] || return 0
	rm -rf "$to/guest" "$to/guest.complete"
	debootstrap --foreign --arch=arm64 --variant=minbase "--include=$names" bookworm \
		"$to/guest" http://deb.debian.org/debian >"$to/guest.log" 2>&1 || return
	# In a container debootstrap makes a link of it
	[ ! -L "$to/guest/proc" ] || { rm "$to/guest/proc" && mkdir "$to/guest/proc"; }
	echo 1 >"$to/guest/var/lib/dpkg/info/format"
	for deb in "$to"/guest/var/cache/apt/archives/*.deb; do
		unpack "$deb" >>"$to/guest.log" 2>&1 || return
	done
	# By a script that base-passwd has for this
	cp "$to/guest/usr/share/base-passwd/passwd.master" "$to/guest/etc/passwd"
	cp "$to/guest/usr/share/base-passwd/group.master" "$to/guest/etc/group"
	rm -rf "$to/guest/debootstrap" "$to/guest"/var/cache/apt/archives/*.deb
	echo "$names" >"$to/guest.complete"
}

# make_image FILE: the initramfs
make_image() {
	local root=$to/image
	rm -rf "$root"
	cp -a "$to/guest" "$root" && copy_debs "$to/cross/a" "$root/debs" || return
	# shellcheck disable=SC2086 # a list
	copy_modules "$kernel" "$root" $MODULES
	mkdir -p "$root/x/tests/lib"
	cp VERSION "$root/x/"
	cp -r "$here/../packages" "$root/x/tests/"
	cp "$here/../lib/result.sh" "$root/x/tests/lib/"
	cp "$here/../packages/arm64_init.sh" "$root/init"
	echo "$MODULES" >"$root/x/modules"
	(cd "$root" && find . | cpio -o -H newc --quiet) >"$1"
	rm -rf "$root"
}

prepare_tree "$b" "$to"
needs qemu-system-aarch64 cpio readelf apt-get xz busybox
make_debian bookworm "$to/cross" "dpkg --add-architecture arm64 && apt-get update -q &&
	apt-get install -q -y --no-install-recommends build-essential crossbuild-essential-arm64 \
	debhelper && apt-get build-dep -q -y --no-install-recommends --host-architecture arm64 \
	-P cross,nocheck /x/$to/tree/xmacvlan-$VERSION" --include=ca-certificates ||
	skip_rest "no root to build in"
check "arm64: dpkg-buildpackage -aarm64" build_deb "$to/cross" a "$BUILD" || finish
check "arm64: ... makes programs for arm64" for_arm64
check "arm64: ... in another folder" build_deb "$to/cross" over/there "$BUILD" || finish
check "arm64: ... has the same bytes" same_bytes "$to/cross/a" "$to/cross/over/there" './*.deb'
make_guest_root || skip_rest "no root for arm64: $(tail -n 1 "$to/guest.log")"
why=$("$here/fetch_kernel.sh" 6.1 arm64 "$kernel") || skip_rest "no kernel: $why"
use_folder "$kernel"
check "arm64: an image of Debian 12" make_image "$kernel/image" || finish
choose_machine arm64 "$kernel"
run_guest "$kernel" "${E2E_TIMEOUT:-3600}" "$kernel/vmlinuz" 2560 "xm.out=$OUT"
echo "QEMU returned $?"
add_results "$kernel/out"
[ "$FAILED" = 0 ] || tail -n 20 "$kernel/console"
finish
