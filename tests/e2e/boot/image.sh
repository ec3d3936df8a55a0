#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/e2e/boot/image.sh B KERNEL DIR: makes DIR/image for boot.sh: a small Debian 12 that
# debootstrap made (DIR/debian.tar, made once), the modules of KERNEL (fetch_kernel.sh), what
# `make install` installs, and the files of this folder.
set -eu

b=$(realpath "$1") kernel=$2 dir=$3
here=$(realpath "$(dirname "$0")")
PACKAGES=systemd-sysv,udev,dbus,kmod,iproute2,iputils-ping,busybox-static,libbpf1
PACKAGES=$PACKAGES,libxdp1,libnl-3-200,libjansson4,libmicrohttpd12,libncursesw6,libpcap0.8
MODULES="veth dummy 8021q tun cls_bpf sch_ingress act_gact virtio_pci virtio_net"

mkdir -p "$dir"
root=$(mktemp -d "${TMPDIR:-/tmp}/xm-boot-XXXXXX")
trap 'rm -rf "$root"' EXIT

# What a guest of a test does not read
make_debian() {
	debootstrap --variant=minbase --include=$PACKAGES bookworm "$root/new" \
		http://deb.debian.org/debian >"$dir/debootstrap.log" 2>&1 ||
		{ tail -n 3 "$dir/debootstrap.log"; return 1; }
	rm -rf "$root/new"/usr/share/{doc,man,locale,info} "$root/new/usr/lib/udev/hwdb.bin" \
		"$root/new"/var/{cache/apt,lib/apt/lists}/*
	tar -C "$root/new" -cf "$dir/debian.tar.new" .
	mv "$dir/debian.tar.new" "$dir/debian.tar"
	rm -rf "$root/new"
}

# copy_modules: MODULES with those that they depend on, by modules.dep
copy_modules() {
	local release from name dep

	release=$(cat "$kernel/release")
	from=$kernel/lib/modules/$release
	for name in $MODULES; do
		# A module that is missing may be built in
		dep=$(grep -E "/${name//_/[_-]}\.ko:" "$from/modules.dep") || continue
		for dep in ${dep//:/}; do
			dep=${dep#/lib/modules/"$release"/}
			mkdir -p "$root/lib/modules/$release/$(dirname "$dep")"
			cp "$from/$dep" "$root/lib/modules/$release/$dep"
		done
	done
	cp "$from"/modules.builtin* "$from/modules.order" "$root/lib/modules/$release/"
	chroot "$root" depmod "$release"
	tr " " "\n" <<<"$MODULES" >"$root/etc/modules-load.d/test.conf"
}

write_files() {
	mkdir "$root/etc/xmacvlan"
	cat >"$root/etc/xmacvlan/boot.json" <<-'END'
	{
	  "parents": { "eth0": {} },
	  "endpoints": {
	    "web": {
	      "link": "eth0", "netns": "c1", "host": true, "address": "02:00:00:00:00:10",
	      "inside": {
	        "addresses": [ "192.0.2.7/24" ],
	        "routes": [ { "to": "default", "via": "192.0.2.1" } ],
	        "sysctls": { "ipv6.accept_ra": 0 }
	      }
	    },
	    "vl": {
	      "link": "vlan7", "netns": "c1", "inside": { "addresses": [ "198.51.100.7/24" ] }
	    },
	    "dyn": {
	      "link": "eth0", "netns": "c2",
	      "inside": {
	        "dhcp": [ "busybox", "udhcpc", "-i", "{ifname}", "-s", "/x/lease.sh", "-n" ]
	      }
	    },
	    "vm": { "link": "eth0", "type": "tap" },
	    "late": { "link": "late0", "netns": "c1" },
	    "later": { "link": "eth0", "netns": "c3" }
	  }
	}
	END
}

enable_units() {
	local unit

	chroot "$root" systemctl --quiet enable systemd-networkd systemd-networkd-wait-online \
		xmacvlan xmacvland xmacvlan-metrics test-lan test-check
	for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer \
		e2scrub_all.timer e2scrub_reap.service fstrim.timer getty@tty1.service \
		serial-getty@ttyS0.service; do
		ln -sf /dev/null "$root/etc/systemd/system/$unit"
	done
}

[ -e "$dir/debian.tar" ] || make_debian
tar -C "$root" -xf "$dir/debian.tar"
(cd "$here/../../.." && env -u MAKEFLAGS make -s --no-print-directory B="$b" DESTDIR="$root" \
	PREFIX=/usr install) >"$dir/install.log" 2>&1 || { tail -n 3 "$dir/install.log"; exit 1; }
copy_modules
cp -r "$here/etc" "$root/"
write_files
for file in lan.sh lease.sh check.sh ../cni/lib.sh; do
	install -D -m 755 "$here/$file" "$root/x/$(basename "$file")"
done
echo guest >"$root/etc/hostname"
# With an empty one systemd would enable every unit
echo 0123456789abcdef0123456789abcdef >"$root/etc/machine-id"
enable_units
cp "$here/../../lib/result.sh" "$root/usr/lib/" # where cni/lib.sh, here /x/lib.sh, looks for it
(cd "$root" && find . | cpio -o -H newc --quiet) >"$dir/image"
