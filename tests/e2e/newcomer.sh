#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/e2e/newcomer.sh B SUITE: what a new user does, in a fresh root of Debian's SUITE (bookworm,
# trixie) that debootstrap makes below B/newcomer: clones what is committed here, installs by the
# recipe `install` of README.md, runs `make demo`, and the recipes that need no container runtime.
# `make check-newcomer` runs both suites (root, network).
. "$(dirname "$0")/cni/lib.sh"
. "$(dirname "$0")/readme_lib.sh"
. "$(dirname "$0")/../lib/debian_root.sh"
needs debootstrap unshare git
SUITE=$2
TREE=$(dirname "$README")
TO=$(realpath "$1")/newcomer
DIR=$TO/$SUITE

make_suite() {
	rm -rf "$DIR"
	mkdir -p "$TO"
	debootstrap --variant=minbase --include=ca-certificates,git,make "$SUITE" "$DIR" \
		http://deb.debian.org/debian >"$DIR.log" 2>&1 || return
	git clone -q "$TREE" "$DIR/root/xmacvlan"
}

# step WHAT COMMAND: the log has all that it prints
step() {
	check "$SUITE: $1" in_debian "$DIR" "cd /root/xmacvlan &&
		{ { $2; } >/root/log 2>&1 || { tail -n 20 /root/log; exit 1; }; }"
	cat "$DIR/root/log" >>"$DIR.log"
}

check "$SUITE: debootstrap, git clone" make_suite || finish
recipe install >"$DIR/root/install"
step "the recipe install" "bash -e /root/install"
step "make demo" "make demo"
step "the recipes" "tests/e2e/readme.sh build lan apply kubernetes moving moving-cni"
step "make uninstall" "make uninstall && ! type -P xmacvlan"
rm -rf "$DIR"
finish
