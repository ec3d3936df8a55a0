#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Installs what building and testing need and is not there yet (Debian 12 and newer). With the
# argument `build`: what building and `make demo` need; with `test`: also what tests need, but not
# what lint, other kernels and container runtimes need.
set -eu

# To build
PACKAGES="gcc libc6-dev make pkg-config linux-libc-dev clang llvm bpftool libbpf-dev libxdp-dev
libelf-dev zlib1g-dev libnl-3-dev libjansson-dev libmicrohttpd-dev libncurses-dev
libpcap-dev iproute2 iputils-ping util-linux"
# To test
TESTS="libclang-rt-dev libcmocka-dev ethtool containernetworking-plugins busybox-static procps
nftables dnsmasq-base gnuplot-nox python3 python3-yaml python3-jsonschema strace"
# For `make lint`, which skips a check whose tool is missing
LINT="git binutils clang-format clang-tidy cppcheck shellcheck codespell man-db groff mandoc"
# For the tests on other kernels, which are skipped without these
KERNELS="qemu-system-x86 busybox-static cpio xz-utils"
# For the tests with container runtimes, which are skipped without these
RUNTIMES="containerd runc golang-go golang-github-appc-cni-dev podman crun conmon iptables curl"
# For the tests of metrics, which are skipped without these
METRICS="prometheus prometheus-node-exporter"
# For the test of the live table, which is skipped without it
TOP="tmux"
# For the tests of trace, which are skipped without it
TRACE="tshark"
# For the test of completion, which is skipped without these
COMPLETION="tmux zsh fish bash-completion"
# For the tests of the units, which are skipped without these
UNITS="systemd debootstrap debhelper build-essential"

[ "${1:-}" != build ] || TESTS=''
[ -z "${1:-}" ] || LINT='' KERNELS='' RUNTIMES='' METRICS='' TOP='' TRACE='' UNITS=''
[ -z "${1:-}" ] || COMPLETION=''

# missing PACKAGE...: prints those that are not installed
missing() {
	for p; do
		case $(dpkg-query -W -f '${Status}' "$p" 2>/dev/null) in
		*" installed") ;;
		*) printf '%s ' "$p" ;;
		esac
	done
}

# shellcheck disable=SC2086 # lists
missing=$(missing $PACKAGES $TESTS) kernels=$(missing $KERNELS)
# shellcheck disable=SC2086 # lists
optional=$(missing $LINT $RUNTIMES $METRICS $TOP $TRACE $COMPLETION $UNITS)
[ -n "$missing$kernels$optional" ] || exit 0
if [ "$(id -u)" != 0 ]; then
	echo "make deps: not root, and these packages are missing: $missing$kernels$optional" >&2
	[ -z "$missing" ]
	exit
fi
echo "installing: $missing$kernels$optional"
export DEBIAN_FRONTEND=noninteractive
apt-get update -q >/dev/null
# shellcheck disable=SC2086 # a list
[ -z "$missing" ] || apt-get install -q -y --no-install-recommends $missing >/dev/null
# shellcheck disable=SC2086 # a list
[ -z "$kernels" ] || apt-get install -q -y --no-install-recommends $kernels >/dev/null ||
	echo "without $kernels: the tests on other kernels will be skipped"
# One by one: each check and each test needs its own
for p in $optional; do
	apt-get install -q -y --no-install-recommends "$p" >/dev/null ||
		echo "without $p: checks and tests that need it will be skipped"
done
