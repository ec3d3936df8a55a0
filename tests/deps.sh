#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Installs what building and testing need and is not there yet (Debian 12 and newer).
set -eu

PACKAGES="gcc libc6-dev make linux-libc-dev clang libclang-rt-dev llvm bpftool libbpf-dev libxdp-dev libelf-dev zlib1g-dev
libmnl-dev libjansson-dev libcmocka-dev iproute2 iputils-ping ethtool util-linux procps gnuplot-nox"

missing=
for p in $PACKAGES; do
	case $(dpkg-query -W -f '${Status}' "$p" 2>/dev/null) in
	*" installed") ;;
	*) missing="$missing $p" ;;
	esac
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" != 0 ]; then
	echo "make deps: not root, and these packages are missing:$missing" >&2
	exit 1
fi
echo "installing:$missing"
export DEBIAN_FRONTEND=noninteractive
apt-get update -q >/dev/null
# shellcheck disable=SC2086 # a list
apt-get install -q -y --no-install-recommends $missing >/dev/null
