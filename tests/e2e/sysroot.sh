#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/e2e/sysroot.sh ARCH DIR: unpacks into DIR what a cross build of this tree for the Debian
# architecture ARCH links and what a guest of kernel.sh runs: Debian 12's packages with all that
# they depend on. Configures nothing, needs no root, and does nothing if DIR is complete.
set -eu

arch=$1 dir=$2
apt=$dir/.apt

LIBRARIES="libc6-dev linux-libc-dev libbpf-dev libxdp-dev libelf-dev zlib1g-dev libnl-3-dev
libjansson-dev libncurses-dev libcmocka-dev"
COMMANDS="bash dash coreutils grep sed mawk util-linux mount procps iproute2 iputils-ping ethtool
bpftool busybox-static containernetworking-plugins"

[ ! -e "$dir/.complete" ] || exit 0
mkdir -p "$apt/lists/partial" "$apt/archives/partial" "$dir/usr"
apt=$(realpath "$apt")
keys=/usr/share/keyrings/debian-archive-keyring.gpg mirror=http://deb.debian.org
{
	echo "deb [signed-by=$keys] $mirror/debian bookworm main"
	echo "deb [signed-by=$keys] $mirror/debian-security bookworm-security main"
} >"$apt/sources.list"
: >"$apt/status"
options=(-q -y -o "Dir::Etc::sourcelist=$apt/sources.list" -o Dir::Etc::sourceparts=-
	-o Dir::Etc::preferencesparts=- -o "Dir::State=$apt" -o "Dir::State::lists=$apt/lists"
	-o "Dir::State::status=$apt/status" -o "Dir::Cache=$apt"
	-o "Dir::Cache::archives=$apt/archives" -o "APT::Architecture=$arch"
	-o "APT::Architectures=$arch" -o Debug::NoLocking=true)
# A mirror may lack a list for a moment; the others have the same packages, older
apt-get "${options[@]}" update >/dev/null 2>&1 || true
# shellcheck disable=SC2086 # lists
apt-get "${options[@]}" install --no-install-recommends --download-only $LIBRARIES $COMMANDS \
	>/dev/null 2>"$apt/log" || { tail -n 3 "$apt/log"; exit 1; }
for link in bin sbin lib lib64; do
	mkdir -p "$dir/usr/$link"
	ln -sfn "usr/$link" "$dir/$link"
done
for package in "$apt"/archives/*.deb; do
	dpkg-deb --fsys-tarfile "$package" | tar -x -C "$dir" --keep-directory-symlink
done
# The linker takes links from the root of the file system, not from DIR
find "$dir/usr" -type l -lname '/*' | while read -r link; do
	ln -sfn "$(realpath -ms --relative-to="$(dirname "$link")" "$dir$(readlink "$link")")" \
		"$link"
done
: >"$dir/.complete"
