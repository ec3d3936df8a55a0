# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Shared by containerd.sh and libcni.sh, on top of lib.sh: plugins, a root file system, and pages
# that are fetched by TCP. CNI_TYPE=macvlan runs the tests with the reference plugin; tests that it
# cannot pass are skipped or fail (docs/cni.md).
#
# shellcheck shell=bash

TYPE=${CNI_TYPE:-xmacvlan}
# shellcheck disable=SC2034 # for the tests: runs a command in the namespace lan
AT_LAN="nsenter --net=/run/netns/lan"

# Puts the plugins where runtimes look for them. Debian's are in /usr/lib/cni, ours and `spy` in
# /opt/cni/bin. spy is for the end of a chain: it writes its environment and its configuration to
# /run/spy and passes prevResult on.
install_plugins() {
	mount -t tmpfs tmpfs /opt
	mkdir -p /opt/cni/bin
	ln -s "$B/cni/xmacvlan" /usr/lib/cni/macvlan /opt/cni/bin/
	export CNI_PATH=/opt/cni/bin:/usr/lib/cni
	cat >/opt/cni/bin/spy <<-'END'
		#!/bin/bash
		config=$(cat)
		printf '%s %s [%s] %s\n' "$CNI_COMMAND" "$CNI_CONTAINERID" "$CNI_NETNS" "$config" \
			>>/run/spy
		[ "$CNI_COMMAND" != ADD ] ||
			sed 's/.*"prevResult"://; s/,"type":"spy"}$//' <<<"$config"
	END
	chmod +x /opt/cni/bin/spy
}

# A root file system for containers, $ROOTFS, with busybox
make_rootfs() {
	ROOTFS=/run/rootfs
	mkdir -p $ROOTFS/{bin,dev,etc,pages,proc,run,sys,tmp,var}
	cp "$(type -P busybox)" $ROOTFS/bin/busybox
}

# make_pages NAME...: a page of random octets for each name in $ROOTFS/pages
make_pages() {
	local name

	for name; do
		mkdir -p "$ROOTFS/pages/$name"
		head -c 100000 /dev/urandom >"$ROOTFS/pages/$name/page"
	done
}

# serve_page NAME [COMMAND]: a server of NAME's page, in this network namespace or run by COMMAND
serve_page() {
	# shellcheck disable=SC2086 # a command and its arguments
	${2:-} busybox httpd -f -p 80 -h "$ROOTFS/pages/$1" &
}

# Whether the plugin is ours: it has hostAccess, error codes, STATUS and GC
is_xmacvlan() {
	[ "$TYPE" != macvlan ]
}

# talks WHAT COMMAND NAME ADDRESS...: run by COMMAND, a ping to each address is answered, and each
# address serves NAME's page
talks() {
	local what=$1 from=$2 name=$3 to

	shift 3
	for to; do
		# shellcheck disable=SC2086 # a command and its arguments
		check "$what: ping $to" $from busybox ping -q -c 1 -W 2 "$to"
		check "$what: TCP $to" fetches "$from" "$name" "$to"
	done
}

# silent WHAT COMMAND ADDRESS...: run by COMMAND, a ping to each address gets no answer
silent() {
	local what=$1 from=$2 to

	shift 2
	for to; do
		# shellcheck disable=SC2086 # a command and its arguments
		refused "$what: $to does not answer" $from busybox ping -q -c 1 -W 1 "$to"
	done
}

# fetches COMMAND NAME HOST[:PORT]: run by COMMAND, HOST serves NAME's page
fetches() {
	local host=$3

	[[ $host != *:*:* ]] || host="[$host]"
	# shellcheck disable=SC2086 # a command and its arguments
	$1 busybox timeout 5 busybox wget -q -O - "http://$host/page" |
		cmp - "$ROOTFS/pages/$2/page"
}
