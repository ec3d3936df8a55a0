#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# docker_trixie.sh B [SCRIPT...]: what `make check-docker` runs with the machine's Docker, with
# Docker and the libraries of Debian 13: dockerd.sh, docker_page.sh and `migrate.sh docker`, or the
# scripts given. debootstrap makes a root below B/docker-trixie once; the programs are built in it
# (root, network).
. "$(dirname "$0")/../lib/result.sh"
. "$(dirname "$0")/../lib/debian_root.sh"
needs debootstrap unshare
[ "$(id -u)" = 0 ] || skip_rest "not root"

TO=$(realpath "$1")/docker-trixie
ROOT=$TO/root
TREE=$(cd "$(dirname "$0")/../.." && pwd)
cd "$TREE" || exit
shift
[ $# != 0 ] || set -- dockerd.sh docker_page.sh "migrate.sh docker"
PACKAGES="docker.io docker-cli docker-compose iptables nftables dnsmasq-base procps"
PACKAGES="$PACKAGES python3 busybox-static"
unset MAKEFLAGS MFLAGS MAKELEVEL

# inside COMMAND: the folder `build` is the root's own
inside() {
	in_debian "$ROOT" "mkdir -p build /root/build && mount --bind /root/build build && $1"
}

# run SCRIPT [ARGUMENT]
run() {
	local log=$TO/$1.log

	inside "bash tests/e2e/$1 build ${2:-}" >"$log" 2>&1
	add_results "$log"
}

check "a root of Debian 13 with Docker" make_debian trixie "$ROOT" "sh tests/deps.sh build &&
	apt-get install -q -y --no-install-recommends $PACKAGES >/dev/null" \
	--include=ca-certificates || finish
check "the programs are built there" inside "make -j2 >/root/build.log 2>&1 ||
	{ tail -n 20 /root/build.log; exit 1; }" || finish
check "its Docker is 26" grep -q "version 26" <<<"$(in_debian "$ROOT" "dockerd --version")"
for script; do
	# shellcheck disable=SC2086 # a script and its argument
	run $script
done
finish
