#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/e2e/fetch_kernel.sh LINE DIR: puts Debian 12's newest cloud kernel of that line (6.1, 6.12)
# into DIR: vmlinuz, release, and lib/modules/RELEASE with the network modules and their
# dependencies. Installs nothing on this machine, and fetches nothing again that DIR has. Exit code
# 3 and a line on stdout: the kernel is not available.
set -eu

line=$1 dir=$2
apt=$dir/apt # for our own package lists

[ ! -e "$dir/release" ] || exit 0
mkdir -p "$dir"

# not_available WHY
not_available() {
	echo "$*"
	exit 3
}

# newest_package [OPTION...]: of the kernel's line in the lists of apt with these options
newest_package() {
	local pattern="^linux-image-${line//./\\.}\\.[^ ]*-cloud-amd64\$"

	apt-cache "$@" --names-only search "$pattern" 2>/dev/null | cut -d ' ' -f 1 | sort -V |
		tail -n 1
}

# Debian 12's package lists, for machines with lists of another release
get_own_lists() {
	local keys=/usr/share/keyrings/debian-archive-keyring.gpg mirror=http://deb.debian.org
	mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
	{
		echo "deb [signed-by=$keys] $mirror/debian bookworm main"
		echo "deb [signed-by=$keys] $mirror/debian bookworm-backports main"
		echo "deb [signed-by=$keys] $mirror/debian-security bookworm-security main"
	} >"$apt/sources.list"
	options=(-o "Dir::Etc::sourcelist=$(realpath "$apt/sources.list")"
		-o Dir::Etc::sourceparts=- -o "Dir::State::lists=$(realpath "$apt/lists")"
		-o "Dir::Cache=$(realpath "$apt/cache")" -o APT::Architecture=amd64)
	apt-get "${options[@]}" update -q >"$dir/apt.log" 2>&1
}

download_package() {
	local package
	package=$(newest_package "${options[@]}")
	[ -n "$package" ] &&
		(cd "$dir" && apt-get "${options[@]}" -q download "$package" >>apt.log 2>&1)
}

# Unpacks the modules, uncompressed, and writes modules.dep and the aliases
unpack_package() {
	local release
	dpkg-deb --fsys-tarfile "$dir"/linux-image-*.deb | tar -x -C "$dir" --wildcards \
		'./boot/vmlinuz-*' './lib/modules/*/kernel/net/*' \
		'./lib/modules/*/kernel/drivers/net/*' './lib/modules/*/kernel/lib/*' \
		'./lib/modules/*/kernel/crypto/*' './lib/modules/*/modules.*'
	release=$(basename "$dir"/boot/vmlinuz-*)
	release=${release#vmlinuz-}
	find "$dir/lib" -name '*.ko.xz' -exec xz -df {} +
	busybox depmod -b "$dir" "$release"
	mv "$dir/boot/vmlinuz-$release" "$dir/vmlinuz"
	echo "$release" >"$dir/release"
}

options=()
ls "$dir"/linux-image-*.deb >/dev/null 2>&1 || download_package ||
	{ get_own_lists && download_package; } ||
	not_available "apt has no linux-image-$line.*-cloud-amd64:" \
		"$(tail -n 1 "$dir/apt.log" 2>/dev/null)"
unpack_package
