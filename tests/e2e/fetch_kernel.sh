#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/e2e/fetch_kernel.sh LINE ARCH DIR: puts Debian's newest cloud kernel of that line for the
# Debian architecture ARCH into DIR: vmlinuz, release, and lib/modules/RELEASE with the modules for
# networks and virtio and their dependencies. LINE is a line of Debian 12 (6.1), of the backports
# for Debian 12 (6.12) or 13 (6.16 and later), or unstable: the newest one there. Installs nothing
# on this machine, and fetches nothing again that DIR has. Exit code 3 and a line on stdout: the
# kernel is not available.
set -eu

line=$1 arch=$2 dir=$3
apt=$dir/apt # for our own package lists

mkdir -p "$dir"
# The guests of two tests may want the same kernel at the same time
exec 9>"$dir/lock"
flock 9
[ ! -e "$dir/release" ] || exit 0

# not_available WHY
not_available() {
	echo "$*"
	exit 3
}

# newest_package [OPTION...]: of the kernel's line in the lists of apt with these options
newest_package() {
	local version="${line//./\\.}\\."

	[ "$line" != unstable ] || version="[0-9]"
	version="^linux-image-${version}[^ ]*-cloud-$arch\$"
	apt-cache "$@" --names-only search "$version" 2>/dev/null | cut -d ' ' -f 1 | sort -V |
		tail -n 1
}

# The lists of the line's release, for machines with lists of another release or architecture
get_own_lists() {
	local keys=/usr/share/keyrings/debian-archive-keyring.gpg mirror=http://deb.debian.org
	mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
	if [ "$line" = unstable ]; then
		echo "deb [signed-by=$keys] $mirror/debian unstable main"
	else
		echo "deb [signed-by=$keys] $mirror/debian bookworm main"
		echo "deb [signed-by=$keys] $mirror/debian bookworm-backports main"
		echo "deb [signed-by=$keys] $mirror/debian trixie-backports main"
		echo "deb [signed-by=$keys] $mirror/debian-security bookworm-security main"
	fi >"$apt/sources.list"
	options=(-o "Dir::Etc::sourcelist=$(realpath "$apt/sources.list")"
		-o Dir::Etc::sourceparts=- -o "Dir::State::lists=$(realpath "$apt/lists")"
		-o "Dir::Cache=$(realpath "$apt/cache")" -o "APT::Architecture=$arch"
		-o "APT::Architectures=$arch")
	apt-get "${options[@]}" update -q >"$dir/apt.log" 2>&1
}

# The image and, since Linux 6.19, the packages that it consists of
download_packages() {
	local image part packages
	image=$(newest_package "${options[@]}")
	[ -n "$image" ] || return
	packages=("$image")
	for part in binary modules base; do
		part=linux-$part-${image#linux-image-}
		[ -z "$(apt-cache "${options[@]}" show "$part" 2>/dev/null)" ] ||
			packages+=("$part")
	done
	(cd "$dir" && apt-get "${options[@]}" -q download "${packages[@]}" >>apt.log 2>&1)
}

# Unpacks the modules, uncompressed, and writes modules.dep and the aliases
unpack_packages() {
	local package release
	for package in "$dir"/linux-*.deb; do
		# A package has some of these
		dpkg-deb --fsys-tarfile "$package" | tar -x -C "$dir" --wildcards \
			--transform 's|^\./usr/lib/|./lib/|' './boot/vmlinuz-*' \
			'./*lib/modules/*/vmlinuz' './*lib/modules/*/kernel/net/*' \
			'./*lib/modules/*/kernel/drivers/net/*' './*lib/modules/*/kernel/lib/*' \
			'./*lib/modules/*/kernel/drivers/virtio/*' \
			'./*lib/modules/*/kernel/crypto/*' './*lib/modules/*/kernel/arch/*' \
			'./*lib/modules/*/modules.*' 2>/dev/null || true
	done
	release=$(basename "$dir"/lib/modules/*)
	mv "$dir/boot/vmlinuz-$release" "$dir/vmlinuz" 2>/dev/null ||
		mv "$dir/lib/modules/$release/vmlinuz" "$dir/vmlinuz"
	find "$dir/lib" -name '*.ko.xz' -exec xz -df {} +
	busybox depmod -b "$dir" "$release"
	echo "$release" >"$dir/release"
}

# have_packages: downloaded before, or now
have_packages() {
	options=()
	! ls "$dir"/linux-image-*.deb >/dev/null 2>&1 || return 0
	if [ "$line" != unstable ] && [ "$(dpkg --print-architecture)" = "$arch" ]; then
		! download_packages || return 0
	fi
	get_own_lists && download_packages
}

have_packages || not_available "apt has no linux-image-$line.*-cloud-$arch:" \
	"$(tail -n 1 "$dir/apt.log" 2>/dev/null)"
unpack_packages
