# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What containerd.sh and libcni.sh share, on top of lib.sh: the plugins' places, and pages that are fetched by TCP.
# CNI_TYPE=macvlan runs them on the reference plugin; what that one cannot do is skipped or fails (docs/cni.md).
#
# shellcheck shell=bash

TYPE=${CNI_TYPE:-xmacvlan}
AT_LAN="nsenter --net=/run/netns/lan"

# The plugins where runtimes look for them: Debian's are in /usr/lib/cni, ours is in /opt/cni/bin, beside `spy`. That one
# is for the end of a chain: it notes what it is called with in /run/spy and passes prevResult on.
plugins() {
	mount -t tmpfs tmpfs /opt
	mkdir -p /opt/cni/bin
	ln -s "$B/cni/xmacvlan" /usr/lib/cni/macvlan /opt/cni/bin/
	export CNI_PATH=/opt/cni/bin:/usr/lib/cni
	cat >/opt/cni/bin/spy <<-'END'
		#!/bin/bash
		config=$(cat)
		printf '%s %s [%s] %s\n' "$CNI_COMMAND" "$CNI_CONTAINERID" "$CNI_NETNS" "$config" >>/run/spy
		[ "$CNI_COMMAND" != ADD ] || sed 's/.*"prevResult"://; s/,"type":"spy"}$//' <<<"$config"
	END
	chmod +x /opt/cni/bin/spy
}

# A root file system for containers, of busybox, in $ROOTFS. pages NAME...: a page for each in /pages there; serve NAME
# [COMMAND]: its server, in our network namespace or by that command.
rootfs() {
	ROOTFS=/run/rootfs
	mkdir -p $ROOTFS/{bin,dev,etc,pages,proc,run,sys,tmp,var}
	cp "$(type -P busybox)" $ROOTFS/bin/busybox
}

pages() {
	local name

	for name; do
		mkdir -p "$ROOTFS/pages/$name"
		head -c 100000 /dev/urandom >"$ROOTFS/pages/$name/page"
	done
}

serve() {
	# shellcheck disable=SC2086 # a command and its arguments
	${2:-} busybox httpd -f -p 80 -h "$ROOTFS/pages/$1" &
}

# Whether the plugin is ours, which lets the host and its containers talk, has codes of errors, STATUS and GC
ours() {
	[ "$TYPE" != macvlan ]
}

# talks WHAT COMMAND NAME ADDRESS...: where COMMAND runs things, each address answers a ping and serves NAME's page
talks() {
	local what=$1 from=$2 name=$3 to

	shift 3
	for to; do
		# shellcheck disable=SC2086 # a command and its arguments
		check "$what: ping $to" $from busybox ping -q -c 1 -W 2 "$to"
		check "$what: TCP $to" fetches "$from" "$name" "$to"
	done
}

# silent WHAT COMMAND ADDRESS...: no answer to a ping
silent() {
	local what=$1 from=$2 to

	shift 2
	for to; do
		# shellcheck disable=SC2086 # a command and its arguments
		refused "$what: no answer of $to" $from busybox ping -q -c 1 -W 1 "$to"
	done
}

fetches() {
	local host=$3

	[[ $host != *:*:* ]] || host="[$host]"
	# shellcheck disable=SC2086 # a command and its arguments
	$1 busybox timeout 5 busybox wget -q -O - "http://$host/page" | cmp - "$ROOTFS/pages/$2/page"
}
