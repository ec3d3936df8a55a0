#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/e2e/boot/image.sh KERNEL DIR: makes DIR/image for boot.sh: a small Debian 12 that
# debootstrap made (made once), the modules of KERNEL (fetch_kernel.sh), the package
# DIR/earlier.deb, installed, DIR/later.deb, and the files of this folder.
set -eu

kernel=$1 dir=$2
here=$(dirname "$0")
. "$here/../modules_lib.sh"
. "$here/../../lib/debian_root.sh"
PACKAGES=systemd-sysv,udev,dbus,kmod,iproute2,iputils-ping,busybox-static,libbpf1
PACKAGES=$PACKAGES,libxdp1,libnl-3-200,libjansson4,libmicrohttpd12,libncursesw6,libpcap0.8
PACKAGES=$PACKAGES,ca-certificates,curl,nftables,iptables
MODULES="veth dummy 8021q tun cls_bpf sch_ingress act_gact virtio_pci virtio_net"
# Published ports
MODULES="$MODULES nf_tables nft_compat nft_chain_nat nft_ct nft_nat nft_masq nft_fib_inet"
MODULES="$MODULES xt_conntrack xt_comment"

debian=$dir/debian-$(cksum <<<"$PACKAGES" | cut -d ' ' -f 1).tar
root=$(mktemp -d "${TMPDIR:-/tmp}/xm-boot-XXXXXX")
trap 'rm -rf "$root"' EXIT

# What a guest of a test does not read
make_base() {
	# debootstrap cannot configure polkitd, which NetworkManager needs
	make_debian bookworm "$root/new" "apt-get update -q && apt-get install -q -y \
		--no-install-recommends network-manager" --include=$PACKAGES || {
		cp "$root/new.log" "$dir/debootstrap.log"
		return 1
	}
	rm -rf "$root/new"/usr/share/{doc,man,locale,info} "$root/new/usr/lib/udev/hwdb.bin" \
		"$root/new"/var/{cache/apt,lib/apt/lists}/*
	tar -C "$root/new" -cf "$dir/debian.new" .
	mv "$dir/debian.new" "$debian"
	rm -rf "$root"/new{,.log}
}

write_files() {
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
		xmacvlan-metrics xmacvlan-docker.socket test-lan test-check
	# check.sh starts NetworkManager
	for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer \
		e2scrub_all.timer e2scrub_reap.service fstrim.timer getty@tty1.service \
		serial-getty@ttyS0.service NetworkManager-wait-online.service; do
		ln -sf /dev/null "$root/etc/systemd/system/$unit"
	done
	chroot "$root" systemctl --quiet disable NetworkManager
}

[ -e "$debian" ] || make_base
tar -C "$root" -xf "$debian"
mkdir -p "$root/x"
cp "$dir"/{earlier,later}.deb "$root/x/"
chroot "$root" dpkg -i /x/earlier.deb >"$dir/install.log" 2>&1 ||
	{ tail -n 5 "$dir/install.log"; exit 1; }
# shellcheck disable=SC2086 # a list
copy_modules "$kernel" "$root" $MODULES
chroot "$root" depmod "$(cat "$kernel/release")"
tr " " "\n" <<<"$MODULES" >"$root/etc/modules-load.d/test.conf"
cp -r "$here/etc" "$root/"
write_files
for file in lan.sh lease.sh check.sh upgrade.sh network_manager.sh docker.sh ../cni/lib.sh; do
	install -m 755 "$here/$file" "$root/x/$(basename "$file")"
done
echo guest >"$root/etc/hostname"
# With an empty one systemd would enable every unit
echo 0123456789abcdef0123456789abcdef >"$root/etc/machine-id"
enable_units
cp "$here/../../lib/result.sh" "$root/usr/lib/" # where cni/lib.sh, here /x/lib.sh, looks for it
(cd "$root" && find . | cpio -o -H newc --quiet) >"$dir/image"
