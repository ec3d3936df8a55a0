#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/run.sh LOGDIR COMMAND... : runs each command (a word list in one argument), keeps its output in
# LOGDIR, and prints the sum of the `N passed, N failed, N skipped` lines they end with as its last line.
# Commands behind each other that begin with '+' run side by side, AT_ONCE of them: they wait more than they work.
# A command that ends without such a line, with another exit code than its line says, or that runs
# longer than XM_TEST_TIMEOUT seconds, is a failure. What failed is told once more before the sum.
set -u

AT_ONCE=3
logs=$1
shift
mkdir -p "$logs"
passed=0 failed=0 skipped=0 again=() waiting=()

log_of() {
	echo "$logs/$(basename "${1%% *}")$(echo "${1#"${1%% *}"}" | tr -c 'a-zA-Z0-9\n' '_').log"
}

# Its exit code and seconds are in LOG.end
run() {
	local log start=$SECONDS

	log=$(log_of "$1")
	# shellcheck disable=SC2086 # a command and its arguments
	timeout -k 20 "${XM_TEST_TIMEOUT:-600}" $1 >"$log" 2>&1 </dev/null
	echo "$? $((SECONDS - start))" >"$log.end"
}

report() {
	local command=$1 log line rc took p f s

	log=$(log_of "$command")
	read -r rc took <"$log.end"
	rm -f "$log.end"
	line=$(grep -aE '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$' "$log" | tail -n 1)
	read -r p f s <<<"$(echo "${line:-0 0 0}" | tr -cs '0-9\n' ' ')"
	if [ -z "$line" ] || { [ "$rc" != 0 ] && [ "$f" = 0 ]; }; then
		f=$((f + 1))
		line="${line:-no result}, exit code $rc"
	fi
	echo "$command: $line ($took s)"
	if [ "$f" != 0 ]; then
		again+=("failed: $command: $line" "$(grep -aE 'FAIL|ERROR|not ok' "$log" | head -n 5)")
		grep -aE 'FAIL|ERROR|expected|not ok|seed|rror:' "$log" | head -n 40
		echo "... the last lines of $log:"
		tail -n 40 "$log"
	fi
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

side_by_side() {
	local command

	for command in "${waiting[@]}"; do
		while [ "$(jobs -rp | wc -l)" -ge $AT_ONCE ]; do
			wait -n
		done
		run "$command" &
	done
	wait
	for command in "${waiting[@]}"; do
		report "$command"
	done
	waiting=()
}

for command; do
	if [ "${command#+}" != "$command" ]; then
		waiting+=("${command#+}")
		continue
	fi
	[ ${#waiting[@]} = 0 ] || side_by_side
	run "$command"
	report "$command"
done
[ ${#waiting[@]} = 0 ] || side_by_side
[ ${#again[@]} = 0 ] || printf '%s\n' "${again[@]}" | grep .
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
