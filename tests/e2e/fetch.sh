#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/e2e/fetch.sh LINE DIR : Debian 12's newest cloud kernel of that line (6.1, 6.12) in DIR: vmlinuz, release,
# lib/modules/RELEASE with the network modules and what they need. Nothing is installed on this machine. What DIR
# has is not fetched again. Exit code 3 and a line on stdout: it cannot be had.
set -eu

line=$1 dir=$2
apt=$dir/apt # where a package list of our own is kept

[ ! -e "$dir/release" ] || exit 0
mkdir -p "$dir"

cannot() {
	echo "$*"
	exit 3
}

# The newest package that apt knows; its options are the arguments
newest() {
	apt-cache "$@" --names-only search "^linux-image-${line//./\\.}\\.[^ ]*-cloud-amd64\$" 2>/dev/null |
		cut -d ' ' -f 1 | sort -V | tail -n 1
}

# Debian 12's lists, whatever this machine's are
own_lists() {
	local keys=/usr/share/keyrings/debian-archive-keyring.gpg mirror=http://deb.debian.org
	mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
	{
		echo "deb [signed-by=$keys] $mirror/debian bookworm main"
		echo "deb [signed-by=$keys] $mirror/debian bookworm-backports main"
		echo "deb [signed-by=$keys] $mirror/debian-security bookworm-security main"
	} >"$apt/sources.list"
	options=(-o "Dir::Etc::sourcelist=$(realpath "$apt/sources.list")" -o Dir::Etc::sourceparts=-
		-o "Dir::State::lists=$(realpath "$apt/lists")" -o "Dir::Cache=$(realpath "$apt/cache")"
		-o APT::Architecture=amd64)
	apt-get "${options[@]}" update -q >"$dir/apt.log" 2>&1
}

download() {
	local package
	package=$(newest "${options[@]}")
	[ -n "$package" ] && (cd "$dir" && apt-get "${options[@]}" -q download "$package" >>apt.log 2>&1)
}

# Module files as the kernel takes them, with modules.dep and the aliases by which it asks for them
unpack() {
	local release
	dpkg-deb --fsys-tarfile "$dir"/linux-image-*.deb | tar -x -C "$dir" --wildcards './boot/vmlinuz-*' \
		'./lib/modules/*/kernel/net/*' './lib/modules/*/kernel/drivers/net/*' \
		'./lib/modules/*/kernel/lib/*' './lib/modules/*/kernel/crypto/*' './lib/modules/*/modules.*'
	release=$(basename "$dir"/boot/vmlinuz-*)
	release=${release#vmlinuz-}
	find "$dir/lib" -name '*.ko.xz' -exec xz -df {} +
	busybox depmod -b "$dir" "$release"
	mv "$dir/boot/vmlinuz-$release" "$dir/vmlinuz"
	echo "$release" >"$dir/release"
}

options=()
ls "$dir"/linux-image-*.deb >/dev/null 2>&1 || download || { own_lists && download; } ||
	cannot "apt has no linux-image-$line.*-cloud-amd64: $(tail -n 1 "$dir/apt.log" 2>/dev/null)"
unpack
