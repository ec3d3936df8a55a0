#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/e2e/boot/debs.sh B DIR: two packages of xmacvlan for boot.sh: DIR/earlier.deb, by
# dist/deb.sh, and DIR/later.deb, the same with a later version and the programs of B/abi-minor.
# Both are made again only if the programs of B or the files of dist have changed.
set -eu

b=$1 dir=$2
root=$(mktemp -d "${TMPDIR:-/tmp}/xm-debs-XXXXXX")
trap 'rm -rf "$root"' EXIT

if [ -e "$dir/later.deb" ] && [ -z "$(find "$b"/{,abi-minor/}xmacvlan* dist VERSION -type f \
	-newer "$dir/later.deb")" ]; then
	exit 0
fi
DEB_BUILD_OPTIONS="nocheck parallel=$(nproc)" dist/deb.sh "$dir/debs" -b >"$dir/debs.log" 2>&1 ||
	{ tail -n 5 "$dir/debs.log"; exit 1; }
cp "$dir/debs/xmacvlan_$(cat VERSION)_$(dpkg --print-architecture).deb" "$dir/earlier.deb"
rm -rf "$dir/debs"
dpkg-deb -R "$dir/earlier.deb" "$root/deb"
for program in "$root"/deb/usr/sbin/*; do
	cp "$b/abi-minor/$(basename "$program")" "$program"
done
sed -i 's/^Version: .*/&+next/' "$root/deb/DEBIAN/control"
dpkg-deb --root-owner-group -Znone -b "$root/deb" "$dir/later.new" >/dev/null
mv "$dir/later.new" "$dir/later.deb"
