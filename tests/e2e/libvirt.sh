#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/e2e/libvirt.sh B: the domain of docs/virtual-machines.md (libvirt.xml) in Debian's libvirt:
# defined, started, pinged, destroyed, started again. libvirtd runs in the namespaces of the test,
# without systemd. Not in `make check`, because of the size of the packages:
#
#	apt-get install --no-install-recommends libvirt-daemon-system libvirt-clients
#	make check-libvirt
. "$(dirname "$0")/cni/lib.sh"
. "$(dirname "$0")/vm_lib.sh"
needs libvirtd virsh qemu-system-x86_64 busybox cpio dpkg-deb apt-get xz python3
HERE=$(realpath "$(dirname "$0")")
prepare_kernel "$@"
isolate "$@"
MAC=02:00:00:00:00:01

# Runs libvirtd with folders of its own
start_libvirtd() {
	local dir

	for dir in /var/lib/libvirt /var/log/libvirt /var/cache/libvirt /etc/libvirt; do
		mount -t tmpfs -o mode=755 tmpfs $dir
	done
	mkdir -p /run/libvirt /etc/libvirt/qemu
	cat >/etc/libvirt/qemu.conf <<-END
		security_driver = "none"
		cgroup_controllers = [ ]
		namespaces = [ ]
		remember_owner = 0
		stdio_handler = "file"
	END
	libvirtd >/tmp/libvirtd.log 2>&1 &
	within 20 virsh -q -c qemu:///system list
}

# The domain: that of the document, with our kernel, and with pipes for its second serial port
write_domain() {
	mkfifo -m 666 $VM/g1.in $VM/g1.out
	eval "exec 3<>$VM/g1.in 4<>$VM/g1.out"
	sed -e "s|@KERNEL@|$VM/vmlinuz|; s|@INITRD@|$VM/vm-image|; s|@APPEND@|$APPEND|" \
		-e "s|@PIPE@|$VM/g1|" "$HERE/libvirt.xml" >/tmp/vm1.xml
}

virt() {
	virsh -q -c qemu:///system "$@"
}

# ping_domain WHAT
ping_domain() {
	check "$1: the guest boots" guest_ready 1
	ask 1 "ip link set eth0 up; ip addr add 192.0.2.11/24 dev eth0"
	check "$1: its MAC is the endpoint's" ask 1 "grep -F $MAC /sys/class/net/eth0/address"
	check "$1: pinged from the wire" ip netns exec lan ping -c 3 -W 3 192.0.2.11
	check "$1: pings the wire" ask 1 "ping -c 3 -W 3 192.0.2.1"
}

prepare_vm
make_lan
check "libvirtd starts" start_libvirtd || tail -n 20 /tmp/libvirtd.log
check "add vm1" "$XMACVLAN" add vm1 link lan0 type tap address $MAC
write_domain
check "define" virt define /tmp/vm1.xml
check "start" virt start vm1 || tail -n 5 /tmp/libvirtd.log /var/log/libvirt/qemu/vm1.log
ping_domain "started"
check "domiflist names the tap" grep -E "^ *vm1 +ethernet .*$MAC" <(virt domiflist vm1)
check "destroy" virt destroy vm1
check "the tap stays, without carrier" within 5 grep -q 0 /sys/class/net/vm1/carrier
same "the endpoint stays" $MAC "$(field vm1 address)"
check "start again" virt start vm1
ping_domain "started again"
check "destroy again" virt destroy vm1
check "undefine" virt undefine vm1
check "del vm1" "$XMACVLAN" del vm1
same "no tap is left" "" "$(ip -o link show type tun)"
finish
