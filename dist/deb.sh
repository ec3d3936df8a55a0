#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# dist/deb.sh DIR [OPTION...]: builds Debian packages of this tree below DIR, by dpkg-buildpackage
# with these options: `-b` without the source package, `-aarm64` for arm64 (docs/packages.md).
# Debian's files are in dist/debian; the changelog's version and date are those of the tree. With
# TREE=only it makes the source tree, from which `dpkg-buildpackage` builds anywhere. MAINTAINER,
# `NAME <ADDRESS>`, is put in place of the one in dist/debian/control.
set -eu

dir=$1
shift
: "${MAINTAINER:=$(sed -n 's/^Maintainer: //p' dist/debian/control)}"
case $MAINTAINER in
*" <"*@*">") export MAINTAINER ;;
*) echo "dist/deb.sh: MAINTAINER is '$MAINTAINER', not NAME <ADDRESS>" >&2 && exit 1 ;;
esac
version=$(cat VERSION)
tree=$dir/xmacvlan-$version
rm -rf "$dir"
dist/tree.sh "$tree"
epoch=$(stat -c %Y "$tree/VERSION")
cp -r "$tree/dist/debian" "$tree/debian"
awk '/^Maintainer: / { $0 = "Maintainer: " ENVIRON["MAINTAINER"] } { print }' \
	dist/debian/control >"$tree/debian/control"
mkdir "$tree/debian/source"
echo "3.0 (native)" >"$tree/debian/source/format"
cat >"$tree/debian/changelog" <<EOT
xmacvlan ($version) unstable; urgency=medium

  * CHANGELOG.md in the package xmacvlan-doc has the changes.

 -- $MAINTAINER  $(LC_ALL=C date -u -R -d "@$epoch")
EOT
find "$tree/debian" -exec touch -d "@$epoch" {} +
[ "${TREE:-}" != only ] || exit 0
cd "$tree"
# The make that runs this is none of the package's
unset MAKEFLAGS MFLAGS MAKELEVEL
dpkg-buildpackage -us -uc "$@"
