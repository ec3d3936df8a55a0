#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/e2e/readme_vm.sh B: the recipe `vm` of README.md. guest.qcow2 is an empty disk; the guest is
# an initramfs that takes 192.0.2.20 and answers pings.
. "$(dirname "$0")/cni/lib.sh"
. "$(dirname "$0")/vm_lib.sh"
. "$(dirname "$0")/readme_lib.sh"
needs qemu-system-x86_64 busybox cpio dpkg-deb apt-get xz setpriv
prepare_kernel "$@"
isolate "$@"

# The folder of the guest; its first process is not that of vm.sh
make_guest() {
	mkdir /tmp/first
	cat >/tmp/first/init <<-'END'
		#!/bin/busybox sh
		/bin/busybox --install -s /busybox
		export PATH=/bin:/busybox
		mount -t proc proc /proc
		mount -t sysfs sysfs /sys
		modprobe -q virtio_pci
		modprobe -q virtio_net
		/bin/ip addr add 192.0.2.20/24 dev eth0
		/bin/ip link set eth0 up
		exec sleep 600
	END
	chmod +x /tmp/first/init
	(cd /tmp/first && echo init | cpio -o -H newc --quiet) | gzip -1 >/tmp/first.gz
	cat $VM/vm-image /tmp/first.gz >$VM/initrd.img
	truncate -s 1M $VM/guest.qcow2
	chown nobody $VM/guest.qcow2
	chmod 644 $VM/initrd.img
}

prepare_vm
make_lan eth0
make_guest
mkdir /tmp/bin
cp "$XMACVLAN" /tmp/bin
PATH=/tmp/bin:$PATH
cd $VM || exit
recipe vm >/tmp/recipe
check "it has lines" test -s /tmp/recipe
bash -e /tmp/recipe >/tmp/console 2>&1 </dev/null &
check "the LAN reaches the guest" within 90 ip netns exec lan ping -n -c 1 -W 1 192.0.2.20
check "the host reaches the guest" within 5 ping -n -c 1 -W 1 192.0.2.20
[ "$FAILED" = 0 ] || tail -n 15 /tmp/console
pkill -KILL -P $! || kill $!
wait $! 2>/dev/null
check "the endpoint is deleted" xmacvlan del vm1
same "no tap is left" "" "$(ip -o link show type tun)"
finish
