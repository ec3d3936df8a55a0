#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/e2e/top.sh B: `xmacvlan top` on a terminal of tmux, by captured screens, and without one
. "$(dirname "$0")/cni/lib.sh"
needs tmux ping python3
[ -x "$1/xmacvlan-top" ] || needs xmacvlan-top
isolate "$@"
cd /tmp || exit
export TERM=tmux-256color LC_ALL=C.UTF-8
unset NO_COLOR TMUX

# A shell in a terminal of 80×24; the status line of tmux would be a 25th line
terminal_start() {
	tmux -f /dev/null new-session -d -s t -x 80 -y 24 "env PS1='ready> ' bash --norc -i"
	tmux set-option -g status off
	tmux resize-window -t t -x 80 -y 24
	within 10 shows 'ready>'
}

screen() {
	tmux capture-pane -p -t t
}

# shows REGEXP: whether a line of the screen matches
shows() {
	screen | grep -Eq -- "$1"
}

keys() {
	tmux send-keys -t t "$@"
}

# runs WORDS: types a command and waits for the live table
runs() {
	keys "clear; $*" Enter
	within 10 shows '^(rx|ENDPOINT)'
}

# ends WHAT: the shell has its terminal back, with echo and line mode, and the former screen
ends() {
	keys 'stty -a | grep -o " echo \| icanon " | tr -d "\n"; echo "rc $?"' Enter
	check "$1: the terminal is as it was" within 10 shows 'icanon +echo|echo +icanon'
	check "$1: the shell is back" within 10 shows '^ready>'
}

# first REGEXP: whether the first row of the table matches
first() {
	screen | sed -n 4p | grep -Eq -- "$1"
}

top_pid() {
	pgrep -x xmacvlan-top
}

gone() {
	! top_pid
}

pinging() {
	ip netns exec "$1" ping -qi "$2" -s "$3" 192.0.2.1 >/dev/null &
	PINGS+=($!)
}

set_up() {
	local i=1

	PINGS=()
	make_lan
	for name in slow fast quiet; do
		ip netns add "$name"
		"$XMACVLAN" add "$name" link lan0 netns "$name" spoofchk on
		ip -n "$name" link set "$name" up
		ip -n "$name" addr add "192.0.2.1$i/24" dev "$name"
		i=$((i + 1))
	done
	within 10 ip netns exec slow ping -qc 1 -W 1 192.0.2.1
	within 10 ip netns exec fast ping -qc 1 -W 1 192.0.2.1
	pinging slow 0.1 56
	pinging fast 0.02 1000
}

# refusal COMMAND...: what it prints and its exit code, on one line
refusal() {
	local output rc

	output=$("$@" 2>&1)
	rc=$?
	echo "$output $rc"
}

# A rate of the JSON form lies between two numbers: 10 pings a second and their answers, and what
# IPv6 and ARP add
between() {
	python3 -c "
import json, sys
doc = json.load(open('once.json'))
row = next(e for e in doc['endpoints'] if e['ifname'] == '$1')
value = row['$2']['$3']
sys.exit(not $4 <= value <= $5)"
}

case_batch() {
	"$XMACVLAN" top -i 2 >once.txt </dev/null
	same "batch: one table, without an escape sequence" "1 0" \
		"$(grep -c ^ENDPOINT once.txt) $(grep -c "$(printf '\033')" once.txt)"
	check "batch: the totals" grep -Eq \
		'^3 endpoints, 1 parent, 2(\.[0-9]+)? s: rx .*drops 0/s' once.txt
	same "batch: most traffic first" fast "$(sed -n '2s/ .*//p' once.txt)"
	"$XMACVLAN" -j top slow fast -i 2 >once.json
	check "batch: packets a second, received" between slow rx packets 8 13
	check "batch: packets a second, sent" between slow tx packets 8 13
	check "batch: bits a second" between slow tx bits $((8 * 98 * 8)) $((8 * 98 * 14))
	check "batch: another endpoint" between fast rx packets 35 55
	same "batch: two tables" 2 "$("$XMACVLAN" top --count 2 -i 0.1 | grep -c ^ENDPOINT)"
	same "batch: by name, reversed" "slow quiet fast" "$("$XMACVLAN" top slow fast quiet \
		sort name -r -i 0.1 --count 1 | sed -n '2,4s/ .*//p' | xargs)"
	same "batch: an unknown name" "xmacvlan: no such endpoint or parent 'x' 2" \
		"$(refusal "$XMACVLAN" top x)"
	same "batch: a full disk" "xmacvlan: cannot write the output 2" \
		"$(refusal sh -c "'$XMACVLAN' top -i 0.1 >/dev/full")"
	same "batch: a wrong key" 1 "$("$XMACVLAN" top sort size >/dev/null 2>&1; echo $?)"
	same "batch: not in a batch of commands" 1 \
		"$(echo top | "$XMACVLAN" -b - >/dev/null 2>&1; echo $?)"
}

case_table() {
	runs "'$XMACVLAN' top -i 0.5"
	check "table: most traffic first" within 10 first '^fast +lan0 +bridge +[1-9]'
	check "table: status and totals" shows '^3 endpoints, 1 parent  every 0.5 s  sort traffic'
	check "table: the totals" shows '^rx [1-9].*b/s.*drops 0/s'
	keys n
	check "table: by name" within 10 shows 'sort name'
	check "table: by name, the first" within 10 first '^fast'
	keys r
	check "table: by name, reversed" within 10 first '^slow'
	keys /
	keys qui
	check "table: the filter while it is typed" within 10 shows '^filter: qui_'
	check "table: the filter" within 10 first '^quiet'
	keys Enter
	check "table: only those rows" within 10 not shows '^fast'
	keys Escape
	check "table: all rows again" within 10 shows '^fast'
	keys h
	check "table: help" within 10 shows 'sort by another column'
	keys x
	check "table: after the help" within 10 shows '^ENDPOINT'
	keys p
	check "table: paused" within 10 shows PAUSED
	keys p
	keys i
	keys 0.2
	keys Enter
	check "table: an interval" within 10 shows 'every 0.2 s'
}

case_sizes() {
	local columns

	for columns in 40 20 80; do
		tmux resize-window -t t -x "$columns" -y 24
		check "sizes: $columns columns" within 10 shows '^ENDPOINT.*[^ ]$'
		check "sizes: $columns columns, rows" within 10 shows '^fast'
		check "sizes: $columns columns, no line is longer" \
			test "$(screen | wc -L)" -le "$columns"
	done
	check "sizes: every column in 80" within 10 shows \
		'ENDPOINT +PARENT +MODE +RX p/s +RX b/s +TX p/s +TX b/s +DROP/s REASON'
	tmux resize-window -t t -x 80 -y 3
	within 10 shows '^3 endpoints'
	tmux resize-window -t t -x 80 -y 24
	check "sizes: after three lines" within 10 shows '^fast'
}

# quiet sends frames from an address that is not its own, until its device goes down
spoof() {
	ip netns exec quiet python3 -c "
import socket, time
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(('quiet', 0))
while True:
    s.send(bytes.fromhex('ffffffffffff0200000000ee88b5') + bytes(50))
    time.sleep(0.05)" 2>/dev/null &
	PINGS+=($!)
}

case_changes() {
	"$XMACVLAN" add later link lan0 mode private
	check "changes: an endpoint that comes" within 10 shows '^later .*private'
	"$XMACVLAN" del later
	check "changes: an endpoint that goes" within 10 not shows '^later'
	"$XMACVLAN" del fast
	"$XMACVLAN" add fast link lan0 netns fast
	check "changes: an endpoint anew" within 10 shows '^fast +lan0 +bridge'
	check "changes: no absurd rate" not shows '[0-9][TPE] |-[0-9]'
	spoof
	keys d
	check "changes: drops and their reason" within 10 first '^quiet .*spoofed_source'
	check "changes: the totals have the reason" shows '^rx .*drops [1-9].*spoofed_source'
	ip -n quiet link set quiet down
	ip -n quiet link set quiet name "$(printf 'x\033[41m\302\2331m')"
	tmux resize-window -t t -x 140 -y 24
	check "changes: a device's name is text" within 10 shows '\(x\?\[41m\?1m\)'
	tmux resize-window -t t -x 80 -y 24
	ip link add lan1 type veth peer name wire1 netns lan
	"$XMACVLAN" attach lan1
	check "changes: another parent" within 10 shows '^lan1 .*parent'
	ip link del lan1
	check "changes: a parent that vanishes" within 10 not shows '^lan1'
	check "changes: the others stay" shows '^slow'
}

case_ends() {
	keys q
	ends "q"
	runs "'$XMACVLAN' top -i 0.5"
	keys C-c
	ends "Ctrl-C"
	runs "'$XMACVLAN' top -i 0.5"
	kill "$(top_pid)"
	ends "SIGTERM"
	runs "'$XMACVLAN' top -i 0.5"
	keys C-z
	ends "Ctrl-Z"
	keys fg Enter
	check "Ctrl-Z: goes on" within 10 first '^[a-z0-9]+ '
	keys q
	runs "'$XMACVLAN' top -i 0.2 --count 2"
	check "count: ends by itself" within 10 gone
	ends "count"
	keys "clear; TERM=none '$XMACVLAN' top" Enter
	check "an unknown terminal" within 10 shows "no description of the terminal 'none'"
}

case_colors() {
	runs "NO_COLOR=1 '$XMACVLAN' top -i 0.5"
	same "colors: none with NO_COLOR" 0 \
		"$(tmux capture-pane -pe -t t | grep -c "$(printf '\033\\[3[0-7]m')")"
	keys q
	within 10 gone
	runs "'$XMACVLAN' top -i 0.5"
	check "colors: on a terminal that has them" \
		grep -q "$(printf '\033\\[36m')" <(tmux capture-pane -pe -t t)
	tmux kill-session -t t
	check "the terminal goes away" within 10 gone
}

set_up
case_batch
terminal_start
case_table
case_sizes
case_changes
case_ends
case_colors
kill "${PINGS[@]}" 2>/dev/null
wait
finish
