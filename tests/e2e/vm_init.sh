#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=dash
# The first process of a guest of vm.sh. It runs the commands that come by its second serial port:
# a line is `ID COMMAND`, the answer is the command's output and a line `@end ID EXIT-CODE`.
export PATH=/bin:/busybox HOME=/root LC_ALL=C
/bin/busybox --install -s /busybox
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
for module in virtio_pci virtio_net 8021q; do
	modprobe -q $module
done
# busybox's shell prefers its own ip
ip() {
	/bin/ip "$@"
}
ip link set lo up
ip -o link show
stty -F /dev/ttyS1 raw -echo
exec </dev/ttyS1 >/dev/ttyS1 2>&1
echo "@ready"
while read -r id command; do
	(eval "$command") </dev/null
	echo "@end $id $?"
done
poweroff -f
