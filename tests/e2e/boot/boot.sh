#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/e2e/boot/boot.sh B: boots Debian 12 in QEMU, with its systemd as the first process,
# systemd-networkd and the package of xmacvlan (debs.sh), from an initramfs (image.sh). Prints what
# check.sh reports there. Skipped without QEMU, debootstrap or the network.
# Variables: BOOT_TIMEOUT is the time limit of the guest in seconds, BOOT_CASES names cases of
# check.sh, as docker,upgrade, in place of all.
set -u

b=$1
here=$(dirname "$0")/..
line=6.12
dir=$b/e2e/boot
# shellcheck disable=SC2034 # for guest_lib.sh
WHO=boot
. "$here/guest_lib.sh"

needs debootstrap cpio busybox dpkg-buildpackage dh
[ "$(id -u)" = 0 ] || skip "not root"
[ "$(dpkg --print-architecture)" = amd64 ] || skip "no rules for this architecture"
choose_machine amd64 "$dir"
get_kernel "$line" amd64 "$b/e2e/$line"
use_folder "$dir"
"$here/boot/debs.sh" "$b" "$dir" || fail "cannot make the packages"
"$here/boot/image.sh" "$b/e2e/$line" "$dir" || fail "cannot make the image"

# Both NICs are on one wire: eth0 is the host's, eth1 goes into the namespace `lan`
words="rdinit=/sbin/init net.ifnames=0 systemd.show_status=0"
words="$words${BOOT_CASES:+ xm.cases=$BOOT_CASES}"
run_guest "$dir" "${BOOT_TIMEOUT:-1500}" "$b/e2e/$line/vmlinuz" 2048 "$words"
rc=$?
sed '/^log of the units:/,$d' "$dir/out"
grep -q '^[0-9]* passed, ' "$dir/out" || no_result "$dir" $rc
grep -q ' 0 failed' "$dir/out" || sed -n '/^log of the units:/,$p' "$dir/out" >&2
grep -q ' 0 failed' "$dir/out"
