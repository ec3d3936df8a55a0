#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/e2e/kernels.sh B LINE...: runs kernel.sh for every line, all at once, because a guest uses
# one thread of this machine. Then prints the output of each and the sum of their last lines.
. "$(dirname "$0")/../lib/result.sh"

b=$1
shift
here=$(dirname "$0")

for line; do
	mkdir -p "$b/e2e/$line"
	"$here/kernel.sh" "$line" "$b" >"$b/e2e/$line/result" 2>&1 &
done
wait
for line; do
	add_results "$b/e2e/$line/result"
done
finish
