#!/usr/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=dash disable=SC2013
# The first process of the guest: mounts, loads modules, runs the tests, powers off. Its output goes
# to the serial port of the kernel's argument xm.out; the kernel has another one.
export PATH=/usr/sbin:/usr/bin:/busybox HOME=/root LC_ALL=C XM_SLOW=8
/usr/bin/busybox --install -s /busybox
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
for word in $(cat /proc/cmdline); do
	[ "${word%%=*}" != xm.out ] || out=/dev/${word#*=}
done
exec </dev/null >"$out" 2>&1
stty -F "$out" -opost
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /tmp
mount -t bpf bpf /sys/fs/bpf
mount -t tracefs tracefs /sys/kernel/tracing
mkdir -p /run/netns
echo /busybox/modprobe >/proc/sys/kernel/modprobe
for module in $(cat /x/modules); do
	case $module in
	bonding) modprobe -q bonding max_bonds=0 ;;
	*) modprobe -q "$module" ;;
	esac || echo "no module $module" # it may be built in
done
ip link set lo up
cd /x || poweroff -f
echo "Linux $(uname -r)"

bash tests/run.sh /tmp/log runs
echo "exit code $?"
for word in $(cat /proc/cmdline); do
	[ "$word" != xm.logs ] || tail -n +1 /tmp/log/*
done
poweroff -f
