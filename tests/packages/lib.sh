# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The form of a result (CONTRIBUTING.md), for the tests of packages
#
# shellcheck shell=bash
set -u

PASSED=0 FAILED=0 SKIPPED=0
LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive
export LC_ALL DEBIAN_FRONTEND
unset MAKEFLAGS MFLAGS MAKELEVEL # of the make that runs this

# check WHAT COMMAND...: passes if the command succeeds, else prints the end of its output
check() {
	local what=$1 output
	shift
	if output=$("$@" 2>&1); then
		PASSED=$((PASSED + 1))
		echo "ok   $what"
	else
		FAILED=$((FAILED + 1))
		echo "FAIL $what"
		[ -z "$output" ] || echo "$output" | tail -n 20 | sed 's/^/     /'
		return 1
	fi
}

# add_results LOG: prints it, and adds the numbers of its last line
add_results() {
	local p f s
	cat "$1"
	read -r p f s <<<"$(tail -n 1 "$1" | tr -cs '0-9\n' ' ')"
	if [ -z "$s" ]; then
		p=0 f=1 s=0
		echo "FAIL $1: no result"
	fi
	PASSED=$((PASSED + p)) FAILED=$((FAILED + f)) SKIPPED=$((SKIPPED + s))
}

# skip WHY: the rest of the test
skip() {
	echo "skip $(basename "$0"): $*"
	SKIPPED=$((SKIPPED + 1))
	finish
}

# needs COMMAND...
needs() {
	local tool
	for tool; do
		PATH=$PATH:/usr/sbin type -P "$tool" >/dev/null || skip "no $tool"
	done
}

# next_version DEB NEW: the same package with a later version
next_version() {
	local dir
	dir=$(mktemp -d) && dpkg-deb -R "$1" "$dir/deb" &&
		sed -i 's/^Version: .*/&+next/' "$dir/deb/DEBIAN/control" &&
		dpkg-deb --root-owner-group -b "$dir/deb" "$2" >/dev/null && rm -r "$dir"
}

finish() {
	echo "$PASSED passed, $FAILED failed, $SKIPPED skipped"
	[ "$FAILED" = 0 ]
	exit
}
