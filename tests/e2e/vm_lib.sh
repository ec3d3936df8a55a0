# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Shared by the tests with virtual machines (vm.sh, libvirt.sh), after cni/lib.sh: guests of QEMU
# (TCG), and the places of the LAN of make_lan.
#
# shellcheck shell=bash

VM_LINE=${2:-6.1} # of the test
QEMU=qemu-system-x86_64
VM=/tmp/vm # what QEMU reads, and the pipes of the guests
APPEND="console=ttyS0 loglevel=4 mitigations=off tsc=reliable no_timer_check panic=-1"
declare -A ADDRESS SUM
declare -a QEMU_PID

# prepare_kernel B: fetches the kernel and makes the image, before isolate takes the network away.
# An earlier version unpacked no modules for virtio.
prepare_kernel() {
	local dir=$1/e2e/$VM_LINE here why
	here=$(dirname "$0")

	[ -z "${E2E_ISOLATED:-}" ] || return 0
	mkdir -p "$dir"
	grep -qs '/virtio_pci\.ko' "$dir"/lib/modules/*/modules.{dep,builtin} ||
		rm -f "$dir/release"
	why=$("$here/fetch_kernel.sh" "$VM_LINE" amd64 "$dir") ||
		skip_rest "Linux $VM_LINE: $why"
	"$here/vm_image.sh" "$dir" "$dir/vm-image" || exit 1
}

# After isolate: what QEMU needs as the user nobody
prepare_vm() {
	cd / || exit # the folder of the caller may be below /tmp, which isolate has hidden
	mkdir -p $VM
	cp "$B/e2e/$VM_LINE/vmlinuz" "$B/e2e/$VM_LINE/vm-image" $VM
	chmod 755 $VM
	chmod 644 $VM/*
	mount -t tmpfs -o mode=755 tmpfs /dev/net
	mknod -m 666 /dev/net/tun c 10 200
}

# field ENDPOINT KEY...: of `show -j`
field() {
	"$XMACVLAN" -j -s show "$1" | python3 -c 'import json, sys
value = json.load(sys.stdin)[0]
for key in sys.argv[1:]:
    value = value[key]
print(value)' "${@:2}"
}

# start_guest N [OPTION...]: starts QEMU as the user nobody. Its serial ports are the kernel's
# console and the pipe by which ask() gives commands to vm_init.sh.
start_guest() {
	local n=$1 pipe=$VM/g$1

	shift
	[ -p "$pipe.in" ] || {
		mkfifo -m 666 "$pipe.in" "$pipe.out"
		eval "exec $((2 * n + 1))<>$pipe.in $((2 * n + 2))<>$pipe.out"
	}
	: >"$VM/console$n"
	chmod 666 "$VM/console$n"
	setpriv --reuid nobody --regid nogroup --clear-groups "$QEMU" -cpu max \
		-accel tcg,thread=single -m 192 -nodefaults -display none \
		-global virtio-net-pci.romfile= -serial "file:$VM/console$n" \
		-chardev "pipe,id=agent,path=$pipe" -serial chardev:agent \
		-kernel $VM/vmlinuz -initrd $VM/vm-image -append "$APPEND" "$@" \
		>"$VM/log$n" 2>&1 </dev/null &
	QEMU_PID[n]=$!
}

# guest_ready N: waits until the guest takes commands
guest_ready() {
	local line

	while IFS= read -r -t 90 -u $((2 * $1 + 2)) line; do
		[ "$line" != @ready ] || return 0
	done
	tail -n 15 "$VM/log$1" "$VM/console$1"
	return 1
}

# ask N COMMAND: runs a command in the guest
ask() {
	local n=$1 id=$SRANDOM line

	echo "$id ${2//$'\n'/ }" >&$((2 * n + 1))
	while IFS= read -r -t 60 -u $((2 * n + 2)) line; do
		case $line in
		"@end $id "*) return "${line##* }" ;;
		*) echo "$line" ;;
		esac
	done
	echo "guest $n does not answer"
	return 99
}

kill_guest() {
	kill -KILL "${QEMU_PID[$1]}"
	wait "${QEMU_PID[$1]}" 2>/dev/null
}

# at PLACE COMMAND: in guest g1 or g2, in the namespace lan or c1, or on the host
at() {
	case $1 in
	g[0-9]) ask "${1#g}" "$2" ;;
	host) sh -c "$2" ;;
	*) ip netns exec "$1" sh -c "$2" ;;
	esac
}

# serve PLACE: makes a file of random bytes, which the place gives to everybody by HTTP
serve() {
	at "$1" "mkdir -p /tmp/www-$1 && cd /tmp/www-$1 && head -c 2000003 /dev/urandom >file &&
		busybox httpd -p 8000 -h /tmp/www-$1"
	SUM[$1]=$(at "$1" "sha256sum /tmp/www-$1/file" | cut -d' ' -f1)
}

# ping_between A B: both ways
ping_between() {
	at "$1" "ping -c 2 -W 3 ${ADDRESS[$2]}" && at "$2" "ping -c 2 -W 3 ${ADDRESS[$1]}"
}

# get_file FROM TO: TO gets FROM's file by TCP; what arrives is what was sent
get_file() {
	local sum

	sum=$(at "$2" "timeout 40 busybox wget -q -O - http://${ADDRESS[$1]}:8000/file | sha256sum")
	[ "${sum%% *}" = "${SUM[$1]}" ] || {
		echo "sum ${SUM[$1]} was sent, $sum arrived"
		return 1
	}
}

# exchange WHAT A B: ping and TCP between A and B, both ways
exchange() {
	check "$1: $2 and $3: ping both ways" ping_between "$2" "$3"
	check "$1: $2 to $3: 2,000,003 octets by TCP, SHA-256" get_file "$2" "$3"
	check "$1: $3 to $2: 2,000,003 octets by TCP, SHA-256" get_file "$3" "$2"
}
