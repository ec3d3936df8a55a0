#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/e2e/kernels.sh B LINE...: runs kernel.sh for every line, all at once, because a guest uses
# one thread of this machine. Then prints the output of each and the sum of their last lines.
set -u

b=$1
shift
here=$(dirname "$0")
passed=0 failed=0 skipped=0

for line; do
	mkdir -p "$b/e2e/$line"
	"$here/kernel.sh" "$line" "$b" >"$b/e2e/$line/result" 2>&1 &
done
wait
for line; do
	cat "$b/e2e/$line/result"
	read -r p f s <<<"$(tail -n 1 "$b/e2e/$line/result" | tr -cs '0-9\n' ' ')"
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
