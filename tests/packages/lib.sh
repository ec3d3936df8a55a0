# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Shared by the tests of packages.
#
# shellcheck shell=bash
# shellcheck source=tests/lib/result.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/result.sh"

LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive
export LC_ALL DEBIAN_FRONTEND
unset MAKEFLAGS MFLAGS MAKELEVEL # of the make that runs this
VERSION=$(cat VERSION)

# prepare_tree B DIR: DIR gets the source tree of the Debian packages, to be built in a root
prepare_tree() {
	[ "$(id -u)" = 0 ] || skip_rest "not root"
	[ "${1#/}" = "$1" ] || skip_rest "the build folder is not in the tree"
	needs debootstrap unshare dpkg-deb
	mkdir -p "$2"
	TREE=only dist/deb.sh "$2/tree" || skip_rest "no tree"
}

# build_deb ROOT FOLDER COMMAND: runs a command in a copy of the tree, ROOT/FOLDER/xmacvlan-VERSION,
# in the root ROOT. The tree and the log are beside ROOT.
build_deb() {
	local to
	to=$(dirname "$1")
	rm -rf "${1:?}/$2"
	mkdir -p "$1/$2"
	cp -a "$to/tree/xmacvlan-$VERSION" "$1/$2/"
	logged "$to/build.log" in_debian "$1" "cd /$2/xmacvlan-$VERSION && $3"
}

# logged LOG COMMAND...: prints the end of the log if the command fails
logged() {
	"${@:2}" >"$1" 2>&1 && return
	tail -n 30 "$1"
	return 1
}

# sums FOLDER GLOB...
sums() {
	# shellcheck disable=SC2068 # patterns
	(cd "$1" && sha256sum ${@:2})
}

# same_bytes FOLDER FOLDER GLOB...: the files that match, of which there are some
same_bytes() {
	sums "$1" "${@:3}" >/dev/null && diff <(sums "$1" "${@:3}") <(sums "$2" "${@:3}")
}

# next_version DEB NEW: the same package with a later version
next_version() {
	local dir
	dir=$(mktemp -d) && dpkg-deb -R "$1" "$dir/deb" &&
		sed -i 's/^Version: .*/&+next/' "$dir/deb/DEBIAN/control" &&
		dpkg-deb --root-owner-group -b "$dir/deb" "$2" >/dev/null && rm -r "$dir"
}

# copy_debs FROM TO: the packages, and a later version of xmacvlan for installed.sh
copy_debs() {
	mkdir -p "$2"
	cp "$1"/xmacvlan{,-cni,-doc}_*.deb "$2/" &&
		next_version "$2/xmacvlan_$VERSION"_*.deb "$2/next.deb"
}
