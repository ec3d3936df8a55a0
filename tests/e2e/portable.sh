#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/e2e/portable.sh B WHAT: builds this tree with other compilers, other libraries and for other
# architectures, with -Werror and the hardening, below B/portable, and runs what can run here:
#   clang            programs and tests by this machine's clang: compiled
#   debian13         by gcc and clang of Debian 13, in a root made by debootstrap; tests run there
#   arm64            cross-compiled; Debian's arm64 kernels 6.1 and the newest run tests in QEMU
#   ARCH             cross-compiled: i386, armhf, ppc64el, mips64el
# Skipped without the tools. `make check-portable` runs all of them; `make check` runs clang.
. "$(dirname "$0")/../lib/result.sh"
. "$(dirname "$0")/../lib/debian_root.sh"

b=$1 what=$2
here=$(dirname "$0")
to=$b/portable/$what
unset MAKEFLAGS MFLAGS MAKELEVEL CC # of the make that runs this
RUN_TESTS="unit_verdict unit_frame unit_settings unit_cmdline unit_cni unit_kernel_features
	prog_rows prog_budget prog_core netns_table netns_table_passthru"

# build_tree [VARIABLE=VALUE...] TARGET...
# shellcheck disable=SC2317 # check calls it
build_tree() {
	make -j2 WERROR=-Werror "$@" >"$to.log" 2>&1 && return
	grep -vE '^  [A-Z]+ +' "$to.log" | head -n 40
	return 1
}

# tests_of DIR: the files of RUN_TESTS
tests_of() {
	local name
	for name in $RUN_TESTS; do
		echo "$1/tests/$name"
	done
}

run_clang() {
	needs clang
	# shellcheck disable=SC2046 # words
	check "clang $(clang -dumpversion): programs and tests compile" \
		build_tree "B=$to" CC=clang all $(tests_of "$to") guest
}

run_debian13() {
	local compiler test root=$to/root
	[ "$(id -u)" = 0 ] || skip_rest "$what: not root"
	[ "${b#/}" = "$b" ] || skip_rest "$what: the build folder is not in the tree"
	needs debootstrap unshare
	make_debian trixie "$root" "sh tests/deps.sh test" --include=ca-certificates ||
		skip_rest "$what: no root of Debian 13"
	for compiler in gcc clang; do
		# shellcheck disable=SC2046 # words
		check "Debian 13, $compiler: programs and tests compile" in_debian "$root" \
			"make -j2 WERROR=-Werror B=$to/$compiler CC=$compiler all guest \
			$(tests_of "$to/$compiler" | tr '\n' ' ') >$to/$compiler.log 2>&1"
		for test in $RUN_TESTS; do
			check "Debian 13, $compiler: $test" in_debian "$root" \
				"$to/$compiler/tests/$test >$to/$compiler.$test.log 2>&1"
		done
	done
}

# cross_build ARCH TRIPLET TARGET...
cross_build() {
	local arch=$1 triplet=$2
	shift 2
	needs "$triplet-gcc"
	"$here/sysroot.sh" "$arch" "$to/root" || skip_rest "$what: no libraries for $arch"
	check "$arch: compiles" build_tree "B=$to" "CROSS_COMPILE=$triplet-" \
		"SYSROOT=$(realpath "$to/root")" "$@"
}

run_arm64() {
	local line
	cross_build arm64 aarch64-linux-gnu all guest
	for line in 6.1 unstable; do
		E2E_TIMEOUT=${E2E_TIMEOUT:-1500} "$here/kernel.sh" "$line" "$to" arm64 \
			"$to/root" >"$to/$line.log" 2>&1
		add_results "$to/$line.log"
	done
}

mkdir -p "$b/portable"
case $what in
clang) run_clang ;;
debian13) run_debian13 ;;
arm64) run_arm64 ;;
i386) cross_build i386 i686-linux-gnu all guest ;;
armhf) cross_build armhf arm-linux-gnueabihf all guest ;;
ppc64el) cross_build ppc64el powerpc64le-linux-gnu all guest ;;
mips64el) cross_build mips64el mips64el-linux-gnuabi64 all guest ;;
*) skip_rest "$what is unknown" ;;
esac
finish
