#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/e2e/page.sh B: the page of `xmacvlan metrics --listen` in Debian's headless Chromium, with
# 12 and with 1,002 endpoints. The screenshots are in B/e2e/page.
. "$(dirname "$0")/cni/lib.sh"
needs chromium-headless-shell python3 busybox
isolate "$@"
HERE=$(realpath "$(dirname "$0")")
SHOTS=$B/e2e/page
PORT=9796
mkdir -p "$SHOTS"
cd /tmp || exit

# Frames of c1: pings, and some with another source MAC
traffic() {
	ip netns exec "<b>c" ping -qi 0.01 -s 1200 192.0.2.1 >/dev/null &
	ip netns exec "<b>c" python3 -c '
import socket, time
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(("c1", 0))
while True:
    s.send(b"\xff" * 6 + b"\x02\x11\x22\x33\x44\x55" + b"\x88\xb5" + bytes(50))
    time.sleep(0.05)' &
}

# try COUNT FIRST: with so many endpoints beside the two that the test looks at; the FIRST ones are
# there
try() {
	local i output

	for i in $(seq $(($2 + 1)) "$1"); do
		echo "add e$i link lan0"
	done | "$XMACVLAN" -b -
	"$XMACVLAN" metrics --listen $PORT 2>server.log &
	within 10 curl -fsS -o /dev/null "http://127.0.0.1:$PORT/state.json"
	output=$(python3 "$HERE/page.py" "http://127.0.0.1:$PORT/" "$SHOTS" $(($1 + 2)) $! 2>&1)
	sed "s/\$/ ($1)/" <<<"$output"
	PASSED=$((PASSED + $(grep -c '^ok ' <<<"$output")))
	FAILED=$((FAILED + $(grep -c '^FAIL ' <<<"$output")))
	check "$1 endpoints: the test came to its end" grep -q 'the server has gone' <<<"$output"
	wait %"$XMACVLAN" 2>/dev/null
}

make_lan
ip netns add "<b>c"
"$XMACVLAN" add c1 link lan0 netns "<b>c"
ip -n "<b>c" link set c1 up
ip -n "<b>c" addr add 192.0.2.7/24 dev c1
"$XMACVLAN" add "<script>x" link lan0 host on
traffic
try 10 0
try 1000 10
kill %1 %2 2>/dev/null
"$XMACVLAN" detach lan0 force
finish
