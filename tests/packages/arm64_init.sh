#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The first process of the guest of arm64.sh: configures the packages of Debian, runs the test,
# powers off. Its output goes to the serial port of the kernel's argument xm.out, dpkg's to the
# kernel's console.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
out=/dev/$(tr ' ' '\n' </proc/cmdline | sed -n 's/^xm\.out=//p')
exec </dev/null >"$out" 2>&1
stty -F "$out" -opost

off() {
	sync
	echo o >/proc/sysrq-trigger
	sleep 60
}

[ -e /dev/fd ] || ln -s /proc/self/fd /dev/fd
mount -t bpf bpf /sys/fs/bpf
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /tmp
mkdir -p /run/netns
if ! dpkg --configure -a >/dev/console 2>&1; then
	echo "FAIL dpkg --configure -a"
	echo "0 passed, 1 failed, 0 skipped"
	off
fi
depmod "$(uname -r)"
for module in $(cat /x/modules); do
	modprobe -q "$module" || echo "no module $module" # it may be built in
done
cd /x || off
echo "Linux $(uname -rm), Debian $(cat /etc/debian_version) after $(cut -d . -f 1 /proc/uptime) s"
bash tests/packages/installed.sh /debs
off
