#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Installs what building and testing need and is not there yet (Debian 12 and newer).
set -eu

PACKAGES="gcc libc6-dev make linux-libc-dev clang libclang-rt-dev llvm bpftool libbpf-dev libxdp-dev libelf-dev zlib1g-dev
libmnl-dev libjansson-dev libcmocka-dev iproute2 iputils-ping ethtool util-linux containernetworking-plugins busybox-static procps gnuplot-nox python3-yaml"
# For the tests on other kernels, which are skipped where these cannot be had
KERNELS="qemu-system-x86 busybox-static cpio xz-utils"
# For the tests with real container runtimes, likewise
RUNTIMES="containerd runc golang-go golang-github-appc-cni-dev podman crun conmon iptables"

# Those of the arguments that are not installed
missing() {
	for p; do
		case $(dpkg-query -W -f '${Status}' "$p" 2>/dev/null) in
		*" installed") ;;
		*) printf '%s ' "$p" ;;
		esac
	done
}

# shellcheck disable=SC2086 # lists
missing=$(missing $PACKAGES) kernels=$(missing $KERNELS) runtimes=$(missing $RUNTIMES)
[ -n "$missing$kernels$runtimes" ] || exit 0
if [ "$(id -u)" != 0 ]; then
	echo "make deps: not root, and these packages are missing: $missing$kernels$runtimes" >&2
	[ -z "$missing" ]
	exit
fi
echo "installing: $missing$kernels$runtimes"
export DEBIAN_FRONTEND=noninteractive
apt-get update -q >/dev/null
# shellcheck disable=SC2086 # a list
[ -z "$missing" ] || apt-get install -q -y --no-install-recommends $missing >/dev/null
# shellcheck disable=SC2086 # a list
[ -z "$kernels" ] || apt-get install -q -y --no-install-recommends $kernels >/dev/null ||
	echo "without $kernels: the tests on other kernels will be skipped"
# One by one: each test needs its own
for p in $runtimes; do
	apt-get install -q -y --no-install-recommends "$p" >/dev/null ||
		echo "without $p: tests with container runtimes will be skipped"
done
