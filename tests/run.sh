#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/run.sh LOGDIR COMMAND... : runs each command (a word list in one argument), keeps its output in
# LOGDIR, and prints the sum of the `N passed, N failed, N skipped` lines they end with as its last line.
# A command that ends without such a line, with another exit code than its line says, or that runs
# longer than XM_TEST_TIMEOUT seconds, is a failure. What failed is told once more before the sum.
set -u

logs=$1
shift
mkdir -p "$logs"
passed=0 failed=0 skipped=0 again=()

for command in "$@"; do
	name=$(basename "${command%% *}")$(echo "${command#"${command%% *}"}" | tr -c 'a-zA-Z0-9\n' '_')
	log=$logs/$name.log
	start=$SECONDS
	# shellcheck disable=SC2086 # a command and its arguments
	timeout -k 20 "${XM_TEST_TIMEOUT:-600}" $command >"$log" 2>&1 </dev/null
	rc=$?
	line=$(grep -aE '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$' "$log" | tail -n 1)
	read -r p f s <<<"$(echo "${line:-0 0 0}" | tr -cs '0-9\n' ' ')"
	if [ -z "$line" ] || { [ "$rc" != 0 ] && [ "$f" = 0 ]; }; then
		f=$((f + 1))
		line="${line:-no result}, exit code $rc"
	fi
	echo "$command: $line ($((SECONDS - start)) s)"
	if [ "$f" != 0 ]; then
		again+=("failed: $command: $line" "$(grep -aE 'FAIL|ERROR|not ok' "$log" | head -n 5)")
		grep -aE 'FAIL|ERROR|expected|not ok|seed|rror:' "$log" | head -n 40
		echo "... the last lines of $log:"
		tail -n 40 "$log"
	fi
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
done
[ ${#again[@]} = 0 ] || printf '%s\n' "${again[@]}" | grep .
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
