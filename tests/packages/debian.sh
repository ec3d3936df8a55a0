#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/packages/debian.sh B SUITE: builds the packages twice in a root of that Debian release, in
# different folders with different umask, time zone and locale, compares the bytes, and runs
# lintian there. Then installs, upgrades, removes and purges them in another root, without the
# tools of a build, and runs what they have (installed.sh). The roots are in B/packages/SUITE.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/../lib/debian_root.sh"

b=$1 suite=$2
to=$b/packages/$suite
version=$(cat VERSION)
source=xmacvlan-$version

[ "$(id -u)" = 0 ] || skip "not root"
[ "${b#/}" = "$b" ] || skip "the build folder is not in the tree"
needs debootstrap unshare dpkg-deb

# build FOLDER UMASK [VARIABLE=VALUE...]: in the root, from a copy of the tree there
build() {
	rm -rf "${to:?}/build/$1"
	mkdir -p "$to/build/$1"
	cp -a "$to/tree/$source" "$to/build/$1/"
	in_debian "$to/build" "cd /$1/$source && umask $2 && env ${*:3} dpkg-buildpackage -us -uc" \
		>"$to/build.log" 2>&1 && return
	tail -n 30 "$to/build.log"
	return 1
}

# sums FOLDER
sums() {
	(cd "$to/build/$1" && sha256sum ./*.deb ./*.dsc ./*.tar.*)
}

same_bytes() {
	diff <(sums a) <(sums over/there)
}

# The log has the rest of what it says
run_lintian() {
	in_debian "$to/build" "lintian --allow-root --fail-on error,warning -EviIL +pedantic \
		/a/*.changes" >"$to/lintian.log" 2>&1 && return
	grep '^[EW]:' "$to/lintian.log" || tail -n 3 "$to/lintian.log"
	return 1
}

mkdir -p "$to"
TREE=only dist/deb.sh "$to/tree" || skip "no tree"
make_debian "$suite" "$to/build" "apt-get update -q && apt-get install -q -y \
	--no-install-recommends build-essential debhelper lintian && apt-get build-dep -q -y \
	--no-install-recommends /x/$to/tree/$source" --include=ca-certificates ||
	skip "no root to build in"
check "$suite: dpkg-buildpackage" build a 022 || finish
check "$suite: ... in another folder" build over/there 077 TZ=Asia/Tokyo LC_ALL=C.UTF-8 \
	DEB_BUILD_OPTIONS=nocheck || finish
check "$suite: ... has the same bytes" same_bytes
check "$suite: lintian has no error and no warning" run_lintian

make_debian "$suite" "$to/clean" "apt-get update -q" \
	--include=ca-certificates,iproute2,iputils-ping,procps,bpftool ||
	skip "no root to install in"
rm -rf "$to/run"
cp -a "$to/clean" "$to/run"
mkdir "$to/run/debs"
cp "$to"/build/a/xmacvlan{,-cni,-doc}_*.deb "$to/run/debs/"
check "$suite: a later version" next_version "$to/run/debs/xmacvlan_${version}"_*.deb \
	"$to/run/debs/next.deb"
check "$suite: apt-get install" in_debian "$to/run" \
	"apt-get install -q -y --no-install-recommends /debs/xmacvlan*.deb"
check "$suite: apt-get purge" in_debian "$to/run" \
	"apt-get purge -q -y xmacvlan xmacvlan-cni xmacvlan-doc"
alone_in_debian "$to/run" "bash tests/packages/installed.sh /debs" >"$to/installed.log" 2>&1
add_results "$to/installed.log"
finish
