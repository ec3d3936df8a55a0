#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/e2e/boot/boot.sh B: boots Debian 12 in QEMU, with its systemd as the first process and
# systemd-networkd, from an initramfs (image.sh) that has what `make install` installs. Prints
# what check.sh reports there. Skipped without QEMU, debootstrap or the network.
# Variables: BOOT_TIMEOUT is the time limit of the guest in seconds.
set -u

b=$1
here=$(dirname "$0")
line=6.12
dir=$b/e2e/boot

skip() {
	echo "skip boot: $*"
	echo "0 passed, 0 failed, 1 skipped"
	exit 0
}

fail() {
	echo "FAIL boot: $*"
	echo "0 passed, 1 failed, 0 skipped"
	exit 1
}

for tool in qemu-system-x86_64 debootstrap cpio busybox; do
	PATH=$PATH:/usr/sbin type -P "$tool" >/dev/null || skip "no $tool (make deps)"
done
[ "$(id -u)" = 0 ] || skip "not root"
[ "$(dpkg --print-architecture)" = amd64 ] || skip "no rules for this architecture"
why=$("$here/../fetch_kernel.sh" "$line" amd64 "$b/e2e/$line")
case $? in
0) ;;
3) skip "$why" ;;
*) fail "cannot fetch or unpack the kernel: $why" ;;
esac
"$here/image.sh" "$b" "$b/e2e/$line" "$dir" || fail "cannot make the image"

# See ../kernel.sh. Both NICs are on one wire: eth0 is the host's, eth1 goes into the namespace
# `lan`.
append="console=ttyS0 loglevel=4 mitigations=off rcupdate.rcu_expedited=1 tsc=reliable panic=-1"
append="$append no_timer_check rdinit=/sbin/init net.ifnames=0 systemd.show_status=0"
# On a busy machine a second of the guest is none of work
append="$append systemd.default_timeout_start_sec=600"
nics=()
for i in 1 2; do
	nics+=(-netdev "hubport,id=wire$i,hubid=0"
		-device "virtio-net-pci,netdev=wire$i,mac=02:00:00:00:10:0$i,romfile=")
done
rm -f "$dir/out" "$dir/console"
timeout -k 5 "${BOOT_TIMEOUT:-1500}" qemu-system-x86_64 -cpu max -accel tcg,thread=single -smp 2 \
	-m 2048 -nodefaults -display none -no-reboot "${nics[@]}" \
	-serial "file:$dir/console" -serial "file:$dir/out" \
	-kernel "$b/e2e/$line/vmlinuz" -initrd "$dir/image" -append "$append" </dev/null \
	2> >(grep -v 'not connected to host network' >&2)
rc=$?
sed '/^log of the units:/,$d' "$dir/out"
if ! grep -q '^[0-9]* passed, ' "$dir/out"; then
	echo "... the last lines of $dir/console:"
	tail -n 30 "$dir/console"
	fail "the guest did not finish its checks (QEMU returned $rc)"
fi
grep -q ' 0 failed' "$dir/out" || sed -n '/^log of the units:/,$p' "$dir/out" >&2
grep -q ' 0 failed' "$dir/out"
