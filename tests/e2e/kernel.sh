#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/e2e/kernel.sh LINE B: boots Debian 12's kernel of that line (6.1, 6.12) in QEMU with an
# initramfs of this tree's programs, which runs the commands of B/e2e/runs, and prints their output.
# Skipped without QEMU or the kernel. Variables: E2E_LOGS=1 prints the logs of all runs, E2E_TIMEOUT
# is the time limit of the guest in seconds.
set -u

line=$1 b=$2
here=$(dirname "$0")
dir=$b/e2e/$line
qemu="qemu-system-x86_64"

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

[ "$(uname -m)" = x86_64 ] || skip "the kernels are for x86_64, this is $(uname -m)"
for tool in "$qemu" busybox cpio xz dpkg-deb apt-get; do
	PATH=$PATH:/usr/sbin type -P "$tool" >/dev/null || skip "no $tool (make deps)"
done
why=$("$here/fetch_kernel.sh" "$line" "$dir")
case $? in
0) ;;
3) skip "$why" ;;
*) fail "cannot fetch or unpack the kernel: $why" ;;
esac
mkdir -p "$dir"
"$here/initramfs.sh" "$dir" "$dir/image" "$b" "$b/e2e/runs" || fail "cannot make the initramfs"

# One thread runs both CPUs: with a thread for each, QEMU 7.2 lets a CPU run into the breakpoint of
# another CPU that is patching code, and the kernel crashes. Grace periods are expedited, because
# the tests wait for hundreds of them.
append="console=ttyS0 loglevel=4 mitigations=off rcupdate.rcu_expedited=1 tsc=reliable panic=-1"
append=$append${E2E_LOGS:+ xm.logs}
rm -f "$dir/out" "$dir/console"
timeout -k 5 "${E2E_TIMEOUT:-540}" "$qemu" -accel tcg,thread=single -cpu max -smp 2 -m 1024 \
	-nodefaults -display none -no-reboot -net none -serial "file:$dir/console" \
	-serial "file:$dir/out" -kernel "$dir/vmlinuz" -initrd "$dir/image" -append "$append" \
	</dev/null
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
