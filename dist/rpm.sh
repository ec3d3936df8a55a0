#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# dist/rpm.sh DIR [OPTION...]: builds RPM packages of this tree below DIR by rpmbuild with these
# options. On Debian `--nodeps` is one of them: the names in BuildRequires are Fedora's.
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
unset MAKEFLAGS MFLAGS MAKELEVEL # of the make that runs this

export SOURCE_DATE_EPOCH="$epoch"
set -- --define "_topdir $dir" --define 'source_date_epoch_from_changelog 0' \
	--define 'clamp_mtime_to_source_date_epoch 1' --define '_buildhost localhost' \
	--define 'use_source_date_epoch_as_buildtime 1' "$@"
for macro in "_unitdir systemd/system" "_systemd_util_dir systemd" "_udevrulesdir udev/rules.d"; do
	name=${macro% *}
	[ -n "$(rpm -E "%{?$name}")" ] || set -- --define "$name %{_prefix}/lib/${macro#* }" "$@"
done
rpmbuild -ba "$@" dist/rpm/xmacvlan.spec
