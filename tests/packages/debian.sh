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
BUILD="dpkg-buildpackage -us -uc"

# The log has the rest of what it says
run_lintian() {
	in_debian "$to/build" "lintian --allow-root --fail-on error,warning -EviIL +pedantic \
		/a/*.changes" >"$to/lintian.log" 2>&1 && return
	grep '^[EW]:' "$to/lintian.log" || tail -n 3 "$to/lintian.log"
	return 1
}

# has_maintainer MAINTAINER: the source tree, if it is given
has_maintainer() {
	MAINTAINER=$1 TREE=only dist/deb.sh "$to/other" &&
		grep -Fx "Maintainer: $1" "$to/other/xmacvlan-$VERSION/debian/control" &&
		grep -F -- " -- $1  " "$to/other/xmacvlan-$VERSION/debian/changelog"
}

prepare_tree "$b" "$to"
check "$suite: MAINTAINER is who publishes the packages" has_maintainer "A & B <a@example.org>"
check "$suite: ... with an address" eval '! has_maintainer nobody'
make_debian "$suite" "$to/build" "apt-get update -q && apt-get install -q -y \
	--no-install-recommends build-essential debhelper lintian && apt-get build-dep -q -y \
	--no-install-recommends /x/$to/tree/xmacvlan-$VERSION" --include=ca-certificates ||
	skip_rest "no root to build in"
check "$suite: dpkg-buildpackage" build_deb "$to/build" a "umask 022 && $BUILD" || finish
check "$suite: ... in another folder" build_deb "$to/build" over/there \
	"umask 077 && TZ=Asia/Tokyo LC_ALL=C DEB_BUILD_OPTIONS=nocheck $BUILD" || finish
check "$suite: ... has the same bytes" same_bytes "$to/build/a" "$to/build/over/there" \
	'./*.deb' './*.dsc' './*.tar.*'
check "$suite: lintian has no error and no warning" run_lintian

make_debian "$suite" "$to/clean" "apt-get update -q" \
	--include=ca-certificates,iproute2,iputils-ping,procps,bpftool ||
	skip_rest "no root to install in"
rm -rf "$to/run"
cp -a "$to/clean" "$to/run"
check "$suite: a later version" copy_debs "$to/build/a" "$to/run/debs"
check "$suite: apt-get install" in_debian "$to/run" \
	"apt-get install -q -y --no-install-recommends /debs/xmacvlan*.deb"
check "$suite: apt-get purge" in_debian "$to/run" \
	"apt-get purge -q -y xmacvlan xmacvlan-cni xmacvlan-doc"
alone_in_debian "$to/run" "bash tests/packages/installed.sh /debs" >"$to/installed.log" 2>&1
add_results "$to/installed.log"
finish
