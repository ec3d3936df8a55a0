#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# dist/rpm.sh DIR [OPTION...]: builds RPM packages of this tree below DIR by rpmbuild with these
# options. On Debian `--nodeps` is one of them: the names in BuildRequires are Fedora's. MAINTAINER,
# `NAME <ADDRESS>`, is put in place of the one in the specification's changelog.
set -eu

dir=$1
shift
version=$(cat VERSION)
rm -rf "$dir"
mkdir -p "$dir/SOURCES"
dir=$(realpath "$dir")
dist/tree.sh "$dir/xmacvlan-$version"
epoch=$(stat -c %Y "$dir/xmacvlan-$version/VERSION")
tar -c -z --sort=name --owner=0 --group=0 --numeric-owner -C "$dir" \
	-f "$dir/SOURCES/xmacvlan-$version.tar.gz" "xmacvlan-$version"
spec=$dir/SPECS/xmacvlan.spec
mkdir "$dir/SPECS"
awk 'ENVIRON["MAINTAINER"] && /^\* .*> - / {
	$0 = $1 " " $2 " " $3 " " $4 " " $5 " " ENVIRON["MAINTAINER"] " - " $NF }
	{ print }' dist/rpm/xmacvlan.spec >"$spec"
chmod 644 "$spec"
touch -d "@$epoch" "$spec"
unset MAKEFLAGS MFLAGS MAKELEVEL # of the make that runs this

export SOURCE_DATE_EPOCH="$epoch"
set -- --define "_topdir $dir" --define 'source_date_epoch_from_changelog 0' \
	--define 'clamp_mtime_to_source_date_epoch 1' --define '_buildhost localhost' \
	--define 'use_source_date_epoch_as_buildtime 1' "$@"
for macro in "_unitdir systemd/system" "_systemd_util_dir systemd" "_udevrulesdir udev/rules.d"; do
	name=${macro% *}
	[ -n "$(rpm -E "%{?$name}")" ] || set -- --define "$name %{_prefix}/lib/${macro#* }" "$@"
done
# Binary packages name the source package, whose specification has the path of DIR
rpmbuild -bb "$@" "$spec"
rpmbuild -bs "$@" "$spec"
