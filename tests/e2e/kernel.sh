#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/e2e/kernel.sh LINE B [ARCH ROOT]: boots a kernel of Debian (fetch_kernel.sh has the LINEs)
# in QEMU with an initramfs of B's programs, which runs the commands of B/e2e/runs, and prints their
# output. ARCH is a Debian architecture, this machine's by default; for another one B was built for
# it and ROOT has its commands and libraries (sysroot.sh). Skipped without QEMU or the kernel.
# Variables: E2E_LOGS=1 prints the logs of all runs, E2E_TIMEOUT is the time limit of the guest in
# seconds, E2E_RUNS a file in place of B/e2e/runs.
set -u

line=$1 b=$2 arch=${3:-} root=${4:-}
here=$(dirname "$0")
dir=$b/e2e/$line

skip() {
	echo "skip Linux $line: $*"
	echo "0 passed, 0 failed, 1 skipped"
	exit 0
}

fail() {
	echo "FAIL Linux $line: $*"
	echo "0 passed, 1 failed, 0 skipped"
	exit 1
}

# Sets qemu, its options for the machine, the kernel's console and the device for the output
choose_machine() {
	case $arch in
	amd64)
		qemu="qemu-system-x86_64" machine=(-cpu max) console=ttyS0 out=ttyS1
		outputs=(-serial "file:$dir/console" -serial "file:$dir/out")
		;;
	arm64)
		# The machine virt has one serial port; the other one is a PCI card, found as ttyS0
		qemu="qemu-system-aarch64" machine=(-M virt -cpu cortex-a57)
		console=ttyAMA0 out=ttyS0
		outputs=(-serial "file:$dir/console" -chardev "file,id=out,path=$dir/out"
			-device "pci-serial,chardev=out")
		;;
	*) skip "no rules for $arch" ;;
	esac
}

for tool in dpkg busybox cpio xz dpkg-deb apt-get; do
	PATH=$PATH:/usr/sbin type -P "$tool" >/dev/null || skip "no $tool (make deps)"
done
[ -n "$arch" ] || arch=$(dpkg --print-architecture)
choose_machine
type -P "$qemu" >/dev/null || skip "no $qemu (make deps)"
why=$("$here/fetch_kernel.sh" "$line" "$arch" "$dir")
case $? in
0) ;;
3) skip "$why" ;;
*) fail "cannot fetch or unpack the kernel: $why" ;;
esac
mkdir -p "$dir"
"$here/initramfs.sh" "$dir" "$dir/image" "$b" "${E2E_RUNS:-$b/e2e/runs}" "$root" ||
	fail "cannot make the initramfs"

# One thread runs both CPUs: with a thread for each, QEMU 7.2 lets a CPU run into the breakpoint of
# another CPU that is patching code, and the kernel crashes. Grace periods are expedited, because
# the tests wait for hundreds of them. On a busy machine the guest's check of its timer fails, which
# is a panic.
append="console=$console loglevel=4 mitigations=off rcupdate.rcu_expedited=1 tsc=reliable panic=-1"
append="$append no_timer_check xm.out=$out${E2E_LOGS:+ xm.logs}"
# Two NICs on one wire, with a VLAN filter (nic.c). A warning says that the wire ends in the guest.
nics=()
for i in 1 2; do
	nics+=(-netdev "hubport,id=wire$i,hubid=0"
		-device "virtio-net-pci,netdev=wire$i,mac=02:00:00:00:10:0$i,romfile=")
done
rm -f "$dir/out" "$dir/console"
timeout -k 5 "${E2E_TIMEOUT:-1150}" "$qemu" "${machine[@]}" -accel tcg,thread=single -smp 2 \
	-m 1024 -nodefaults -display none -no-reboot "${nics[@]}" "${outputs[@]}" \
	-kernel "$dir/vmlinuz" -initrd "$dir/image" -append "$append" </dev/null \
	2> >(grep -v 'not connected to host network' >&2)
rc=$?
cat "$dir/out"
if ! grep -qE '^exit code [0-9]+$' "$dir/out"; then
	echo "... the last lines of $dir/console:"
	tail -n 30 "$dir/console"
	fail "the guest did not finish its runs (QEMU returned $rc)"
fi
# The sum of tests/run.sh; logs may follow it
line=$(sed '/^exit code /q' "$dir/out" |
	grep -aE '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$' | tail -n 1)
echo "${line:-0 passed, 1 failed, 0 skipped}"
grep -q '^exit code 0$' "$dir/out"
