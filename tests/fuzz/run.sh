#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/fuzz/run.sh BIN SEEDS SECONDS [CORPUS]: runs three tests of a harness. With CORPUS, a folder
# that is kept, does the long run instead. Ends with "N passed, N failed, N skipped".
#   seeds   each file of SEEDS once: earlier findings do not recur
#   fixed   5,000 inputs that are the same in every run
#   drawn   SECONDS with a random seed, which is printed
set -u

bin=$1 seeds=$2 seconds=$3 corpus=${4:-}
name=$(basename "$bin")
passed=0 failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
dict=()
[ ! -f "$seeds.dict" ] || dict=("-dict=$seeds.dict")
found=${corpus:-$(dirname "$bin")/fuzz.d}/found-
mkdir -p "$(dirname "$found")"

# run_harness WHAT ARGUMENT...: one run, and libFuzzer's last figures
run_harness() {
	local what=$1 figures
	shift
	if "$bin" -timeout=20 -rss_limit_mb=2048 -artifact_prefix="$found" "${dict[@]}" "$@" \
		>"$work/log" 2>&1; then
		passed=$((passed + 1))
		figures=$(grep -aE '^#[0-9]+.*(DONE|INITED)|^stat::|^Executed' "$work/log" |
			tail -n 1 | tr -s '\t ' ' ')
		echo "ok   $name, $what: $figures, $(grep -aoE '^Done.*' "$work/log")"
	else
		failed=$((failed + 1))
		echo "FAIL $name, $what: $bin $*"
		grep -avE '^#[0-9]+' "$work/log" | tail -n 60
	fi
}

if [ -n "$corpus" ]; then
	mkdir -p "$corpus/corpus"
	run_harness "$seconds s" -max_total_time="$seconds" -print_final_stats=1 \
		"$corpus/corpus" "$seeds"
	grep -aE '^stat::|^#[0-9]+.*DONE' "$work/log"
else
	seed=$(date +%s)
	run_harness seeds -runs=1 "$seeds"/*
	mkdir "$work/fixed" "$work/drawn"
	run_harness fixed -seed=1 -runs=5000 -max_total_time=300 "$work/fixed" "$seeds"
	run_harness "drawn by seed $seed" -seed="$seed" -max_total_time="$seconds" \
		"$work/drawn" "$seeds"
fi
echo "$passed passed, $failed failed, 0 skipped"
[ $failed = 0 ]
