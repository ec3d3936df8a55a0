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

# shellcheck disable=SC2034 # for guest_lib.sh
WHO="Linux $line"
. "$here/guest_lib.sh"

needs dpkg busybox cpio xz dpkg-deb apt-get
[ -n "$arch" ] || arch=$(dpkg --print-architecture)
choose_machine "$arch" "$dir"
# Linux 6.1 does not start its second CPU in a steady guest
# shellcheck disable=SC2034 # for guest_lib.sh
[ "$line" != 6.1 ] || STEADY=()
get_kernel "$line" "$arch" "$dir"
use_folder "$dir"
"$here/initramfs.sh" "$dir" "$dir/image" "$b" "${E2E_RUNS:-$b/e2e/runs}" "$root" ||
	fail "cannot make the initramfs"

# The NICs have a VLAN filter (nic.c)
run_guest "$dir" "${E2E_TIMEOUT:-3200}" "$dir/vmlinuz" 1024 "xm.out=$OUT${E2E_LOGS:+ xm.logs}"
rc=$?
cat "$dir/out"
grep -qE '^exit code [0-9]+$' "$dir/out" || no_result "$dir" $rc
# The sum of tests/run.sh; logs may follow it
line=$(sed '/^exit code /q' "$dir/out" |
	grep -aE '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$' | tail -n 1)
echo "${line:-0 passed, 1 failed, 0 skipped}"
grep -q '^exit code 0$' "$dir/out"
