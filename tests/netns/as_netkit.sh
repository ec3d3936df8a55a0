#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/netns/as_netkit.sh TEST [ARG...]: runs a test with `type netkit` in every `add` that names
# no type. The test calls this script in place of the command, as $XMACVLAN in a folder that has the
# watcher and the plugin too; XMT_COMMAND is the command. Skips on a kernel without netkit.
set -u

if [ -z "${XMT_COMMAND:-}" ]; then
	name=nk$$
	if ! why=$(ip link add "$name" type netkit 2>&1); then
		echo "skip $*: no netkit: $why"
		echo "0 passed, 0 failed, 1 skipped"
		exit 0
	fi
	ip link del "$name"
	XMT_COMMAND=$(realpath "${XMACVLAN:-$(dirname "$1")/../xmacvlan}")
	dir=$(mktemp -d "${TMPDIR:-/tmp}/xm-netkit-XXXXXX")
	trap 'rm -rf "$dir"' EXIT
	cp "$0" "$dir/xmacvlan" # the test follows links
	ln -s "$(dirname "$XMT_COMMAND")"/{xmacvland,cni} "$dir/"
	export XMT_COMMAND XMACVLAN=$dir/xmacvlan
	"$@"
	exit
fi

words=() command="" typed="" before=""
for word; do
	words+=("$word")
	case $before in
	link) [ "$command" != add ] || words+=(type netkit) ;;
	esac
	[ "$word" != type ] || typed=1
	case $before:$word in
	-n:* | -b:* | --timeout:* | *:-*) ;;
	*) command=${command:-$word} ;;
	esac
	before=$word
done
[ -z "$typed" ] || exec "$XMT_COMMAND" "$@"
exec "$XMT_COMMAND" "${words[@]}"
