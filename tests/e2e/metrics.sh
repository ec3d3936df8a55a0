#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/e2e/metrics.sh B: `xmacvlan metrics`, printed and served, to Debian's Prometheus, promtool
# and node exporter; dist/prometheus and dist/grafana
. "$(dirname "$0")/cni/lib.sh"
needs curl python3
[ -x "$1/xmacvlan-metrics" ] || needs xmacvlan-metrics
isolate "$@"
ulimit -n 8192
HERE=$(realpath "$(dirname "$0")")
DIST=$(realpath "$HERE/../../dist")
PORT=9797 PROMETHEUS=9798 EXPORTER=9799
cd /tmp || exit

metrics() {
	"$XMACVLAN" metrics "$@"
}

metrics_py() {
	python3 "$HERE/metrics.py" "$@"
}

get() {
	curl -sS --max-time 5 "$@"
}

# answers URL TEXT: whether the answer has the text
answers() {
	get "$1" | grep -Fq "$2"
}

# The exit code of a command that has to fail, and its number of lines
refusal() {
	local output rc

	output=$("$@" 2>&1)
	rc=$?
	echo "$rc $(wc -l <<<"$output")"
}

set_up() {
	make_lan
	ip netns add c1
	ip netns add c2
	"$XMACVLAN" add c1 link lan0 netns c1 host on
	"$XMACVLAN" add c2 link lan0 netns c2 mode private
	"$XMACVLAN" add s link lan0 mode source macaddr add 02:00:00:00:00:77
	ip -n c1 link set c1 up
	ip -n c2 link set c2 up
	ip -n c1 addr add 192.0.2.11/24 dev c1
	ip -n c2 addr add 192.0.2.12/24 dev c2
	within 10 ip netns exec c1 ping -qc 1 -W 1 192.0.2.1
	within 10 ip netns exec c2 ping -qc 1 -W 1 192.0.2.1
	ip netns exec c1 ping -qc 20 -i 0.01 192.0.2.1 >/dev/null
	ip netns exec c1 ping -qc 3 -i 0.01 -b 192.0.2.255 >/dev/null 2>&1
	# no more frames of the kernel's own: the counters have to stand still
	ip -n c1 link set c1 down
	ip -n c2 link set c2 down
	ip -n lan link set wire arp off
}

case_printed() {
	"$XMACVLAN" -s -j show >show.json
	metrics >open.txt
	metrics --format text >prom.txt
	check "printed: the counters are those of show -s -j" metrics_py same open.txt show.json
	check "printed: as text too" metrics_py same prom.txt show.json
	check "printed: the format of OpenMetrics" metrics_py format open.txt
	check "printed: an endpoint's settings" grep -Eq \
		'endpoint_info\{.*endpoint="c2",.*mode="private",.*endpoint_netns="c2",host="off"' \
		open.txt
	check "printed: the listed addresses" grep -q \
		'endpoint_listed_addresses{netns="",parent="lan0",endpoint="s"} 1$' open.txt
	check "printed: how full a map is" grep -q 'map_entries{.*map="sources"} 1$' open.txt
	check "printed: no watcher" grep -q '^xmacvlan_watcher_running{} 0$' open.txt
	"$XMACVLAN" -n lan metrics >lan.txt
	check "printed: a namespace without parents" metrics_py format lan.txt
	same "printed: a full disk" "2 1" "$(refusal sh -c "'$XMACVLAN' metrics >/dev/full")"
	if type -P promtool >/dev/null; then
		check "printed: promtool check metrics" promtool check metrics <prom.txt
	else
		skip "printed: promtool is not installed"
	fi
}

# The names of endpoints and of the namespace as labels
case_names() {
	local odd='q"\n'

	"$XMACVLAN" add "$odd" link lan0
	metrics >names.txt
	check "names: quotes and a backslash" metrics_py label names.txt "$odd"
	"$XMACVLAN" del "$odd"
	"$XMACVLAN" -n lan add in1 link wire
	"$XMACVLAN" -n lan metrics >lan.txt
	check "names: the namespace" grep -q \
		'parent_endpoints{netns="lan",parent="wire"} 1$' lan.txt
	"$XMACVLAN" -n lan detach wire force
}

case_broken() {
	ip link add b0 type veth peer name b1
	"$XMACVLAN" attach b0
	rm /sys/fs/bpf/xmacvlan/*-"$(cat /sys/class/net/b0/ifindex)"/ports
	metrics >broken.txt
	check "broken: the parent" grep -q 'parent_broken{netns="",parent="b0"} 1$' broken.txt
	check "broken: the others" grep -q 'parent_broken{netns="",parent="lan0"} 0$' broken.txt
	check "broken: the format" metrics_py format broken.txt
	"$XMACVLAN" detach b0 force
	ip link del b0
}

case_words() {
	local words

	for words in "--listen 300.1.1.1:1" "--listen unix:" "--listen 70000" "--listen ::1:80" \
		"--listen [::1]" "--listen" "--format x" "more" \
		"--listen unix:$(printf '%0120d' 0)"; do
		# shellcheck disable=SC2086 # words
		same "words: ${words:0:30}: refused" "1 1" "$(refusal metrics $words)"
	done
	same "words: no such folder" "2 1" "$(refusal metrics --listen unix:/none/x)"
	same "words: not in JSON" "1 1" "$(refusal "$XMACVLAN" -j metrics)"
	same "words: an address that is not here" "2 1" "$(refusal metrics --listen 192.0.2.99:1)"
}

# with_caps CAPS COMMAND...: root with these capabilities and no others
with_caps() {
	local caps=$1

	shift
	setpriv --bounding-set "$caps" --inh-caps "$caps" "$@"
}

case_caps() {
	local three=-all,+bpf,+net_admin,+perfmon

	with_caps $three "$XMACVLAN" metrics >caps.txt
	check "caps: without CAP_SYS_ADMIN: the counters" metrics_py same caps.txt show.json
	check "caps: without CAP_SYS_ADMIN: no parent is broken" \
		grep -q 'parent_broken{netns="",parent="lan0"} 0$' caps.txt
	same "caps: none: refused" "2 1" "$(refusal with_caps -all "$XMACVLAN" metrics)"
	same "caps: none: nothing is served" "2 1" \
		"$(refusal with_caps -all "$XMACVLAN" metrics --listen ":$PORT")"
}

# start_server WORDS...: of `metrics`, in the background; sets COLLECTOR and SERVER
start_server() {
	"$XMACVLAN" metrics "$@" &
	COLLECTOR=$!
	within 5 pgrep -P $COLLECTOR
	SERVER=$(pgrep -P $COLLECTOR)
}

ended() {
	! kill -0 "$1" 2>/dev/null
}

case_served() {
	local status

	start_server --listen ":$PORT"
	check "served: as text" within 5 get -f "http://127.0.0.1:$PORT/metrics"
	get "http://127.0.0.1:$PORT/metrics" >served.txt
	check "served: the same counters" metrics_py same served.txt show.json
	get -H 'Accept: application/openmetrics-text;version=1.0.0' \
		"http://127.0.0.1:$PORT/metrics" >served.txt
	check "served: OpenMetrics for who accepts it" metrics_py format served.txt
	get "http://127.0.0.1:$PORT/state.json" >state.json
	check "served: the page's state" metrics_py state state.json show.json
	check "served: the page and its files" get -f "http://127.0.0.1:$PORT/" \
		"http://127.0.0.1:$PORT/page.css" "http://127.0.0.1:$PORT/page.js"
	check "served: the page permits no inline script" eval \
		'get -D - -o /dev/null "http://127.0.0.1:$PORT/" |
			grep -q "^Content-Security-Policy: .*script-src .self.;.*ancestors .none."'
	same "served: another path" 404 \
		"$(get -o /dev/null -w '%{http_code}' "127.0.0.1:$PORT/x")"
	same "served: another method" 405 \
		"$(get -X DELETE -o /dev/null -w '%{http_code}' "127.0.0.1:$PORT/metrics")"
	same "served: port in use" "2 1" "$(refusal metrics --listen ":$PORT")"
	same "served: the server is nobody" nobody "$(ps -o user= -p "$SERVER")"
	same "served: the server has no capabilities" "0000000000000000" \
		"$(awk '/^CapPrm/ { print $2 }' "/proc/$SERVER/status")"
	check "served: 1,200 clients that say nothing" metrics_py idle $PORT 1200
	check "served: 200 clients that do not read" metrics_py stuck $PORT 200
	check "served: a command meanwhile" "$XMACVLAN" set c1 host off
	kill -KILL "$SERVER"
	wait $COLLECTOR
	status=$?
	same "served: the server killed: exit 2" 2 $status
	start_server --listen ":$PORT"
	within 5 get -f "http://127.0.0.1:$PORT/metrics"
	kill -HUP "$SERVER"
	check "served: SIGHUP of the server: both end" within 5 ended $COLLECTOR
	wait $COLLECTOR
	start_server --listen ":$PORT"
	kill -KILL $COLLECTOR
	check "served: the collector killed: the server ends" within 5 ended "$SERVER"
	start_server --listen ":$PORT"
	kill $COLLECTOR
	wait $COLLECTOR
	status=$?
	same "served: SIGTERM: exit 0" 0 $status
	check "served: SIGTERM: the server ends" within 5 ended "$SERVER"
}

# status OPTION...: the status of an answer
status() {
	curl -sS --max-time 8 -o /dev/null -w '%{http_code}' "$@"
}

# The server with odd clients, over both families, and with a collector that is stopped
case_odd() {
	local url=http://127.0.0.1:$PORT/metrics

	start_server --listen ":$PORT"
	within 5 get -f $url
	check "odd: pipelined, split, half-closed, long requests" metrics_py odd $PORT
	check "odd: 10,000 scrapes: no more memory, no more descriptors" \
		metrics_py many $PORT 10000 "$SERVER" $COLLECTOR
	same "odd: a name of others in Host" 403 "$(status -H 'Host: x.example' $url)"
	same "odd: localhost in Host" 200 "$(status -H "Host: localhost:$PORT" $url)"
	same "odd: this machine in Host" 200 "$(status -H "Host: $(hostname)" $url)"
	check "odd: a browser may run nothing of it" \
		grep -qi "^Content-Security-Policy: default-src 'none'" <(get -D - $url)
	same "odd: a body of POST" 405 "$(status -d body $url)"
	kill -STOP $COLLECTOR
	sleep 0.3
	same "odd: the collector stopped: 503" 503 "$(status $url)"
	same "odd: the next one does not wait" "503 0" \
		"$(curl -s -o /dev/null -w '%{http_code} %{time_total}' $url | cut -d. -f1)"
	kill -CONT $COLLECTOR
	check "odd: it goes on: answers" within 5 get -f $url
	kill $COLLECTOR
	wait $COLLECTOR
	start_server --listen "[::1]:$PORT"
	check "odd: IPv6" within 5 get -f "http://[::1]:$PORT/metrics"
	kill $COLLECTOR
	wait $COLLECTOR
}

# A lock of the bpffs that is not the watcher's is not taken for it, and none is taken
case_watcher() {
	local watcher

	metrics_py locked /sys/fs/bpf "$XMACVLAN" metrics >watcher.txt
	check "watcher: another lock" grep -q '^xmacvlan_watcher_running{} 0$' watcher.txt
	"${XMACVLAN}d" 2>/dev/null &
	watcher=$!
	check "watcher: runs" within 5 sh -c \
		"'$XMACVLAN' metrics | grep -q '^xmacvlan_watcher_running{} 1$'"
	refused "watcher: there is one" timeout 5 "${XMACVLAN}d"
	kill $watcher
	wait $watcher
	metrics >watcher.txt
	check "watcher: has ended" grep -q '^xmacvlan_watcher_running{} 0$' watcher.txt
}

case_unix() {
	start_server --listen unix:/tmp/sock
	same "unix: the mode" 660 "$(stat -c %a /tmp/sock)"
	check "unix: a scrape" within 5 get -f --unix-socket /tmp/sock http://host/metrics
	same "unix: in use" "2 1" "$(refusal metrics --listen unix:/tmp/sock)"
	kill -KILL $COLLECTOR
	within 5 ended "$SERVER"
	start_server --listen unix:/tmp/sock
	check "unix: takes over what was left" \
		within 5 get -f --unix-socket /tmp/sock http://host/metrics
	kill $COLLECTOR
	wait $COLLECTOR
	check "unix: nothing is left" test ! -e /tmp/sock
	start_server --listen unix:/tmp/sock
	within 5 test -S /tmp/sock
	mv /tmp/sock /tmp/moved
	echo other >/tmp/sock
	kill $COLLECTOR
	wait $COLLECTOR
	check "unix: what others have put there stays" grep -q other /tmp/sock
	rm /tmp/sock /tmp/moved
	echo text >/tmp/file
	same "unix: a file is not replaced" "2 1" "$(refusal metrics --listen unix:/tmp/file)"
	check "unix: the file stays" grep -q text /tmp/file
}

case_prometheus() {
	local query

	if ! type -P prometheus >/dev/null; then
		skip "prometheus is not installed"
		return
	fi
	printf '%s\n' "global: { scrape_interval: 200ms, evaluation_interval: 200ms }" \
		"rule_files: [ $DIST/prometheus/xmacvlan.rules.yml ]" \
		"scrape_configs:" " - job_name: xmacvlan" "   static_configs:" \
		"    - targets: [ 127.0.0.1:$PORT ]" >prometheus.yml
	start_server --listen ":$PORT"
	prometheus --config.file=prometheus.yml --storage.tsdb.path=/tmp/tsdb \
		--web.listen-address="127.0.0.1:$PROMETHEUS" >prometheus.log 2>&1 &
	query="http://127.0.0.1:$PROMETHEUS/api/v1/query?query="
	check "prometheus: scrapes" within 30 \
		answers "${query}xmacvlan_endpoint_transmit_packets_total" '"endpoint":"c1"'
	check "prometheus: the target is up" answers "${query}up" ',"1"]'
	kill %prometheus $COLLECTOR
	wait %prometheus $COLLECTOR
}

case_exporter() {
	if ! type -P prometheus-node-exporter >/dev/null; then
		skip "prometheus-node-exporter is not installed"
		return
	fi
	mkdir textfile
	metrics --format text >textfile/xmacvlan.prom
	prometheus-node-exporter --collector.disable-defaults --collector.textfile \
		--collector.textfile.directory=/tmp/textfile \
		--web.listen-address="127.0.0.1:$EXPORTER" >exporter.log 2>&1 &
	check "node exporter: serves the file" within 20 answers \
		"http://127.0.0.1:$EXPORTER/metrics" \
		'xmacvlan_endpoint_transmit_packets_total{endpoint="c1"'
	check "node exporter: without an error" answers "http://127.0.0.1:$EXPORTER/metrics" \
		'node_textfile_scrape_error 0'
	kill %prometheus-node-exporter
	wait %prometheus-node-exporter
}

case_dist() {
	check "dist: the alerts and the dashboard name metrics that exist" \
		metrics_py uses open.txt \
		"$DIST/prometheus/xmacvlan.rules.yml" "$DIST/grafana/xmacvlan.json"
	if ! type -P promtool >/dev/null; then
		skip "dist: promtool is not installed"
		return
	fi
	check "dist: promtool check rules" \
		promtool check rules "$DIST/prometheus/xmacvlan.rules.yml"
	check "dist: promtool test rules" \
		promtool test rules "$DIST/prometheus/xmacvlan.test.yml"
}

set_up
case_printed
case_names
case_broken
case_words
case_caps
case_served
case_odd
case_unix
case_prometheus
case_exporter
case_watcher
case_dist
finish
