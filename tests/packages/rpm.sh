#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/packages/rpm.sh B: builds the RPM packages twice by Debian's rpmbuild, compares the bytes,
# and runs rpmlint. What they install is unpacked and run.
. "$(dirname "$0")/lib.sh"

b=$1
to=$b/packages/rpm
needs rpmbuild rpmlint rpm2cpio cpio

# build FOLDER
build() {
	logged "$to/build.log" dist/rpm.sh "$to/$1" --nodeps
}

run_rpmlint() {
	rpmlint -r dist/rpm/xmacvlan.rpmlintrc "$@" >"$to/lint.log" 2>&1
	! grep -E ': [EW]: ' "$to/lint.log" && tail -n 1 "$to/lint.log" | grep -E ' 0 errors'
}

unpack() {
	local rpm
	rm -rf "$to/root"
	mkdir -p "$to/root"
	for rpm in "$to"/a/RPMS/*/xmacvlan-{cni-,doc-,}"$VERSION"*.rpm; do
		(cd "$to/root" && rpm2cpio "$OLDPWD/$rpm" | cpio -idm --quiet) || return
	done
}

runs() {
	"$to/root/usr/sbin/xmacvlan" version && "$to/root/usr/sbin/xmacvlan" top --help &&
		echo '{"cniVersion":"1.0.0"}' |
		CNI_COMMAND=VERSION "$to/root/usr/libexec/cni/xmacvlan"
}

mkdir -p "$to"
check "rpmlint of the specification" run_rpmlint dist/rpm/xmacvlan.spec
check "rpmbuild" build a || finish
umask 077
check "... in another folder" build over/there || finish
check "... has the same bytes" same_bytes "$to/a" "$to/over/there" './RPMS/*/*.rpm'
umask 022
check "they unpack" unpack
check "the programs run" runs
finish
