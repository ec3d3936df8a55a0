# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The form of a result (CONTRIBUTING.md), for tests in bash. They end by finish or skip_rest.
#
# shellcheck shell=bash
set -u

PASSED=0 FAILED=0 SKIPPED=0

finish() {
	echo "$PASSED passed, $FAILED failed, $SKIPPED skipped"
	[ "$FAILED" = 0 ]
	exit
}

# fail WHAT: a check that failed
fail() {
	FAILED=$((FAILED + 1))
	echo "FAIL $*"
}

# check WHAT COMMAND...: passes if the command succeeds, else prints the end of its output
check() {
	local what=$1 output rc

	shift
	output=$("$@" 2>&1)
	rc=$?
	if [ $rc = 0 ]; then
		PASSED=$((PASSED + 1))
		echo "ok   $what"
	else
		fail "$what: '$*' returned $rc"
		[ -z "$output" ] || echo "$output" | tail -n 20 | sed 's/^/     /'
	fi
	return $rc
}

# skip WHAT: one check
skip() {
	SKIPPED=$((SKIPPED + 1))
	echo "skip $*"
}

# skip_rest WHY: ends the test
skip_rest() {
	skip "$(basename "$0"): $*"
	finish
}

# needs COMMAND...: skips the rest of the test if one is not installed
needs() {
	local tool

	for tool; do
		PATH=$PATH:/usr/sbin:/sbin type -P "$tool" >/dev/null ||
			skip_rest "$tool is not installed (make deps)"
	done
}

# add_results LOG: prints the output of another test, and adds the numbers of its last line
add_results() {
	local line p f s

	cat "$1"
	line=$(tail -n 1 "$1" | grep -aE '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$')
	[ -n "$line" ] || fail "$1: no result"
	read -r p f s <<<"$(tr -cs '0-9\n' ' ' <<<"${line:-0 0 0}")"
	PASSED=$((PASSED + p)) FAILED=$((FAILED + f)) SKIPPED=$((SKIPPED + s))
}
