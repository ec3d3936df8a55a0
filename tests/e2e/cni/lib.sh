# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Shared by the tests with real container runtimes. A test is `tests/e2e/cni/NAME.sh B` with the
# build folder B. Its first lines are
#
#	. "$(dirname "$0")/lib.sh"
#	needs COMMAND...	# the whole test is skipped if one is not installed
#	isolate "$@"
#
# isolate runs the test again in namespaces of its own (mount, network, processes): /run, /tmp,
# /etc/cni and /var/lib/cni are empty tmpfs, /sys/fs/bpf is a new bpffs. All of it disappears when
# the test ends, also when it is killed. make_lan adds a LAN. The last line of a test is finish.
#
# shellcheck shell=bash
# shellcheck source=tests/lib/result.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../lib/result.sh"

PATH=$PATH:/usr/sbin:/sbin

# hidden PATH: whether isolate hides the path by a tmpfs
hidden() {
	case $(realpath "$1")/ in
	/tmp/* | /run/*) return 0 ;;
	*) return 1 ;;
	esac
}

isolate() {
	if [ -z "${E2E_ISOLATED:-}" ]; then
		if hidden "$1"; then
			fail "$1 is below /tmp or /run, which the test hides"
			finish
		fi
		exec env E2E_ISOLATED=1 unshare --mount --propagation unchanged --net --pid --ipc \
			--uts --fork --kill-child bash "$0" "$@"
	fi
	make_root_own "$@"
	B=$(realpath "$1")
	XMACVLAN=$B/xmacvlan
	mount -t proc proc /proc
	mount -t sysfs sysfs /sys 2>/dev/null && mount_cgroups
	mount -t bpf bpf /sys/fs/bpf
	local dir
	for dir in /run /tmp /etc/cni /var/lib/cni; do
		mkdir -p "$dir"
		mount -t tmpfs tmpfs "$dir"
	done
	mkdir -p /run/netns /etc/cni/net.d
	ip link set lo up
}

# In a chroot our root is not the root of our mount namespace. A process that enters a container's
# namespace (`ctr task exec`, `podman exec`, setns) then arrives in the wrong root, because a
# runtime's pivot_root does not move it. So our root becomes the root of the namespace, from
# outside the chroot, where nsenter arrives. A chroot that is not a mount point becomes one:
# `mount --make-rprivate /`, pivot_root and `ip netns exec` need that.
make_root_own() {
	local outside="nsenter --mount=/proc/self/ns/mnt"
	# shellcheck disable=SC2016 # for the shell outside
	local pivot='cd /proc/self/fd/9 && pivot_root . . && umount -l . && cd "$0" &&
		exec bash "$@"'

	mount --make-rprivate / 2>/dev/null
	[ "$(stat -c %d:%i /)" != "$($outside stat -c %d:%i / 2>/dev/null)" ] || return 0
	if $outside mount --make-rprivate / && mount --rbind / /mnt; then
		exec $outside sh -c "$pivot" "$PWD" "$0" "$@" 9</mnt
	fi
	skip_rest "cannot pivot to this chroot as the root of the mount namespace"
}

# A new sysfs hides the cgroup file systems of the old one: mount the hierarchies of this process
# again.
mount_cgroups() {
	local at=/sys/fs/cgroup list

	[ -d $at ] || return 0
	if ! cut -d: -f2 /proc/self/cgroup | grep -q .; then
		mount -t cgroup2 cgroup2 $at
		return
	fi
	mount -t tmpfs -o mode=755 tmpfs $at
	for list in $(cut -d: -f2 /proc/self/cgroup); do
		mkdir -p "$at/${list#name=}"
		mount -t cgroup -o "$list" cgroup "$at/${list#name=}" || true
	done
}

# refused WHAT COMMAND...: passes if the command fails
refused() {
	local what=$1

	shift
	check "$what" not "$@"
}

not() {
	! "$@"
}

# same WHAT EXPECTED GOT
same() {
	if [ "$2" = "$3" ]; then
		check "$1" true
	else
		fail "$1: expected '$2', got '$3'"
	fi
}

# within SECONDS COMMAND...: tries the command ten times a second (WITHIN_SLEEP) until it succeeds
within() {
	local until=$((SECONDS + $1))

	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $until ] || { "$@"; return; }
		sleep "${WITHIN_SLEEP:-0.1}"
	done
}

# make_lan [PARENT]: the LAN. PARENT (lan0) in this namespace is the parent. Its other end is `wire`
# in the namespace `lan`, with 192.0.2.1/24 and 2001:db8::1/64. The host has 192.0.2.2/24 and
# 2001:db8::2/64 on the parent.
make_lan() {
	local parent=${1:-lan0}

	ip netns add lan
	ip link add "$parent" type veth peer name wire netns lan
	ip -n lan link set lo up
	ip -n lan link set wire up
	ip -n lan addr add 192.0.2.1/24 dev wire
	ip -n lan addr add 2001:db8::1/64 dev wire nodad
	ip link set "$parent" up
	ip addr add 192.0.2.2/24 dev "$parent"
	ip addr add 2001:db8::2/64 dev "$parent" nodad
}

# The veth devices of this namespace, sorted, on one line
veths() {
	ip -o link show type veth | sed 's/^[0-9]*: \([^@:]*\).*/\1/' | sort | tr '\n' ' ' |
		sed 's/ $//'
}

# nothing_left WHAT: no endpoint, no veth but lan0, no pin, no lease, no cached result
nothing_left() {
	local what=$1

	"$XMACVLAN" sync # removes the pins of deleted namespaces
	same "$what: no endpoint" "" "$("$XMACVLAN" show 2>&1)"
	same "$what: no veth but the LAN's" "lan0" "$(veths)"
	same "$what: no pin" "" "$(find /sys/fs/bpf/xmacvlan -mindepth 1 2>/dev/null)"
	same "$what: no lease" "" "$(leases "")"
	same "$what: no cached result" "" "$(find /var/lib/cni/results -type f 2>/dev/null)"
}

# leases [CONTAINER]: files of host-local's leases, of all containers or of one
leases() {
	find /var/lib/cni/networks -mindepth 2 -type f ! -name lock ! -name 'last_reserved_ip*' \
		-print0 2>/dev/null | xargs -0 -r grep -ls "^${1:-}" | sort
}
