# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Shared by the tests under Debian's libcni (golang-github-appc-cni-dev), which a small client calls
# (client.go). A test begins with
#
#	. "$(dirname "$0")/lib.sh"
#	. "$(dirname "$0")/pages-lib.sh"
#	. "$(dirname "$0")/libcni-lib.sh"
#	isolate "$@"
#	libcni_start
#
# shellcheck shell=bash
needs go busybox
[ -d /usr/share/gocode/src/github.com/containernetworking/cni/libcni ] ||
	needs golang-github-appc-cni-dev
[ -x /usr/lib/cni/static ] || needs containernetworking-plugins
HERE=$(cd "$(dirname "$0")" && pwd)

# The client and Go's cache stay below B for the next run; another test may build it, too.
build_client() {
	local rc

	exec 8>"$CLIENT.lock"
	flock 8
	[ "$CLIENT" -nt "$HERE/client.go" ] ||
		GOCACHE=$(dirname "$CLIENT")/go GOPATH=/usr/share/gocode GO111MODULE=off \
			CGO_ENABLED=0 GOFLAGS='' go build -trimpath -o "$CLIENT" "$HERE/client.go"
	rc=$?
	exec 8>&-
	return $rc
}

# write_list NAME VERSION KEYS [AFTER [BEFORE]]: the network NAME with these keys of our plugin,
# and with the plugins BEFORE and AFTER it in the chain
write_list() {
	cat >"/etc/cni/net.d/$1" <<-END
		{ "cniVersion": "$2", "name": "$1", "plugins": [ ${5:+$5,}
		  { "type": "$TYPE", "master": "lan0" ${3:+, $3} }${4:+, $4} ] }
	END
}

# cni COMMAND FILE CONTAINER [ARGUMENT...]: by libcni, for eth0 in the namespace of the container's
# name
cni() {
	local command=$1 file=$2 container=$3

	shift 3
	"$CLIENT" "$command" "/etc/cni/net.d/$file" "$container" "/run/netns/$container" eth0 "$@"
}

# call_plugin COMMAND CONTAINER CONFIGURATION: our plugin alone, for commands that libcni 1.1 does
# not have
call_plugin() {
	CNI_COMMAND=$1 CNI_CONTAINERID=$2 CNI_NETNS=${2:+/run/netns/$2} CNI_IFNAME=eth0 \
		"/opt/cni/bin/$TYPE" <<<"$3"
}

# fails_with WHAT WORDS COMMAND...: passes if the command fails and its output matches each of the
# WORDS, which are extended regular expressions
fails_with() {
	local what=$1 words=$2 word output

	shift 2
	output=$("$@" 2>&1) && output="no error: $output"
	for word in $words; do
		grep -Eqi -- "$word" <<<"$output" || { same "$what" "$word" "$output"; return; }
	done
	check "$what" true
}

# Runs a command and fails, so that fails_with matches the output of a command that succeeds
fail_after() {
	"$@"
	return 1
}

declare -A SERVER

add_containers() {
	local name

	for name; do
		ip netns add "$name"
		ip -n "$name" link set lo up
		serve_page "$name" "$(at "$name")"
		SERVER[$name]=$!
	done
}

delete_containers() {
	local name

	for name; do
		kill "${SERVER[$name]}"
		wait "${SERVER[$name]}" 2>/dev/null
		ip netns del "$name"
	done
}

# at CONTAINER: the command that runs another one in the container's namespace
at() {
	echo "nsenter --net=/run/netns/$1"
}

# LAN, host and the container c1, pages to load, and the client
libcni_start() {
	local start

	CLIENT=$B/tests/e2e.d/cni-client
	mkdir -p "$(dirname "$CLIENT")"
	install_plugins
	make_lan
	make_rootfs
	make_pages lan host c1 c2 c3 c4
	serve_page lan "$AT_LAN"
	serve_page host
	add_containers c1
	start=$SECONDS
	check "the client is built" build_client || finish
	echo "libcni $(dpkg-query -W -f '${Version}' golang-github-appc-cni-dev)," \
		"$(go version | cut -d' ' -f3), built in $((SECONDS - start)) s, $TYPE"
}
