#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/run.sh LOGDIR FILE: runs the commands of FILE. CONTRIBUTING.md describes the form of a
# result.
#
# FILE has a command a line: `[parallel|background] PROGRAM ARGUMENT...`, words separated by spaces,
# without quoting. A command runs alone, unless its line begins with one of these words: up to
# AT_ONCE neighbours of the kind `parallel` run side by side, begun in this order. They wait more
# than they work, so AT_ONCE is not the number of CPUs. Neighbours of the kind `background` begin
# before these and run beside them, all at once: for what works longest, and yields the CPUs itself
# (nice).
#
# Each command's output goes to a log in LOGDIR. Its last line of the form `N passed, N failed,
# N skipped` is its result. A command without such a line, with nothing but zeros, with an exit
# code that contradicts its result, or that runs for more than XM_TEST_TIMEOUT seconds (3300),
# counts as one more failure. At the end the failures are listed again. The last line is the
# sum.
set -uf

AT_ONCE=3
if [ $# != 2 ] || [ ! -r "$2" ]; then
	echo "usage: tests/run.sh LOGDIR FILE" >&2
	exit 2
fi
logs=$1
passed=0 failed=0 skipped=0 failures=() side_by_side=() background=()
mkdir -p "$logs"

# log_of COMMAND: the path of its log
log_of() {
	local program=${1%% *}

	echo "$logs/$(basename "$program")$(echo "${1#"$program"}" | tr -c 'a-zA-Z0-9\n' '_').log"
}

# run_command COMMAND: writes its output to its log, its exit code, seconds and seconds of CPU time
# (user and system) to LOG.end
run_command() {
	local log start=$SECONDS cpu TIMEFORMAT='%U %S'

	log=$(log_of "$1")
	# shellcheck disable=SC2086 # a command and its arguments
	cpu=$({ time timeout -k 20 "${XM_TEST_TIMEOUT:-3300}" $1 >"$log" 2>&1 </dev/null; } 2>&1)
	set -- $? "$(echo "$cpu" | awk '{ s = $1 + $2 } END { printf "%d", s }')"
	echo "$1 $((SECONDS - start)) $2" >"$log.ending"
	mv "$log.ending" "$log.end"
}

# count_result COMMAND: adds the result of a command that has ended
count_result() {
	local command=$1 log line why='' rc seconds cpu p f s

	log=$(log_of "$command")
	read -r rc seconds cpu <"$log.end"
	rm -f "$log.end"
	line=$(grep -aE '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$' "$log" | tail -n 1)
	read -r p f s <<<"$(echo "${line:-0 0 0}" | tr -cs '0-9\n' ' ')"
	case $rc in
	124) why="timeout after $seconds s" ;;
	137) why="killed after $seconds s" ;;
	*) [ -n "$line" ] || why="no result, exit code $rc" ;;
	esac
	if [ -z "$why" ]; then
		[ "$((p + f + s))" != 0 ] || why="no check ran"
		[ "$rc" = 0 ] || [ "$f" != 0 ] || why="exit code $rc"
		[ "$rc" != 0 ] || [ "$f" = 0 ] || why="exit code 0"
	fi
	[ -z "$why" ] || f=$((f + 1))
	line="$p passed, $f failed, $s skipped${why:+: $why}"
	echo "$command: $line ($seconds s, CPU $cpu s)"
	[ "$f" = 0 ] || show_failure "$command" "$line" "$log"
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

# show_failure COMMAND LINE LOG
show_failure() {
	failures+=("failed: $1: $2" "$(grep -aE 'FAIL|ERROR|not ok' "$3" | head -n 5)")
	grep -aE 'FAIL|ERROR|expected|not ok|seed|rror:' "$3" | head -n 40
	echo "... the last lines of $3:"
	tail -n 40 "$3"
}

# Counts the results of the commands in running that have ended, and removes those
count_ended() {
	local command left=()

	for command in "${running[@]}"; do
		if [ -e "$(log_of "$command").end" ]; then
			count_result "$command"
		else
			left+=("$command")
		fi
	done
	running=("${left[@]}")
}

# start_command COMMAND: adds it to running
start_command() {
	rm -f "$(log_of "$1").end" # of a run that was interrupted
	running+=("$1")
	run_command "$1" &
}

# Runs the commands in background and side_by_side, and empties both
run_side_by_side() {
	local command running=() behind=none

	for command in "${background[@]}"; do
		start_command "$command"
		behind+=$'\n'$!
	done
	for command in "${side_by_side[@]}"; do
		while [ "$(jobs -rp | grep -cvxF "$behind")" -ge $AT_ONCE ]; do
			wait -n
		done
		count_ended
		start_command "$command"
	done
	while wait -n; do
		count_ended
	done
	for command in "${running[@]}"; do
		count_result "$command"
	done
	side_by_side=() background=()
}

while read -r word rest; do
	case $word in
	'' | '#'*)
		;;
	parallel)
		side_by_side+=("$rest")
		;;
	background)
		background+=("$rest")
		;;
	*)
		run_side_by_side
		command="$word${rest:+ $rest}"
		run_command "$command"
		count_result "$command"
		;;
	esac
done <"$2"
run_side_by_side
[ ${#failures[@]} = 0 ] || printf '%s\n' "${failures[@]}" | grep .
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
