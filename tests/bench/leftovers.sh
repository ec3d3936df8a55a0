#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/bench/leftovers.sh B: the bench fails when `detach force` fails, and when pins are left. The
# command that it runs is a script, in a mount namespace with a bpffs of its own.
set -u

b=$(realpath "$1")
passed=0 failed=0

if [ "$(id -u)" != 0 ]; then
	echo "skip this test needs root"
	echo "0 passed, 0 failed, 1 skipped"
	exit
fi
if [ -z "${IN_MOUNTS:-}" ]; then
	exec unshare --mount env IN_MOUNTS=1 "$0" "$1"
fi
mount -t bpf bpf /sys/fs/bpf || exit
dir=$(mktemp -d) || exit
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/out"
ln -s "$b/cni" "$dir/cni"

# xmacvlan_with COMMAND: an xmacvlan whose `detach p0 force` runs the command once, then works
xmacvlan_with() {
	cat >"$dir/xmacvlan" <<-END
		#!/bin/sh
		if [ "\${3-}" = detach ] && [ ! -e "$dir/once" ]; then
			: >"$dir/once"
			$1
		fi
		exec "$b/xmacvlan" "\$@"
	END
	chmod +x "$dir/xmacvlan"
	rm -f "$dir/once"
}

# check NAME COMMAND CODE TEXT: the bench ends with that code, and prints the text
check() {
	local code

	xmacvlan_with "$2"
	"$b/tests/bench" --quick --cases one --sides tc --xmacvlan "$dir/xmacvlan" \
		--out "$dir/out" >"$dir/log" 2>&1
	code=$?
	if [ $code = "$3" ] && grep -q "$4" "$dir/log" &&
		[ -z "$(ls -A /sys/fs/bpf/xmacvlan)" ]; then
		echo "ok   $1"
		passed=$((passed + 1))
	else
		echo "FAIL $1: code $code, $(ls -A /sys/fs/bpf/xmacvlan)"
		cat "$dir/log"
		failed=$((failed + 1))
	fi
}

check "detach works" ":" 0 "0 failed"
check "detach fails" "echo no >&2; exit 2" 1 "^FAIL tc: detach p0 force: code 2: no"
check "detach leaves pins" "exit 0" 1 "^FAIL tc: pins are left: /sys/fs/bpf/xmacvlan/n"
echo "$passed passed, $failed failed, 0 skipped"
[ $failed = 0 ]
