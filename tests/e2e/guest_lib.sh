# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Shared by kernel.sh and boot.sh: boots a kernel of Debian in QEMU. The test sets WHO, its name in
# the results, and `here`, this folder.
#
# shellcheck shell=bash disable=SC2034,SC2154 # the test has the others

skip() {
	echo "skip $WHO: $*"
	echo "0 passed, 0 failed, 1 skipped"
	exit 0
}

fail() {
	echo "FAIL $WHO: $*"
	echo "0 passed, 1 failed, 0 skipped"
	exit 1
}

# needs COMMAND...
needs() {
	local tool

	for tool; do
		PATH=$PATH:/usr/sbin type -P "$tool" >/dev/null || skip "no $tool (make deps)"
	done
}

# get_kernel LINE ARCH DIR: by fetch_kernel.sh
get_kernel() {
	local why

	why=$("$here/fetch_kernel.sh" "$@")
	case $? in
	0) ;;
	3) skip "$why" ;;
	*) fail "cannot fetch or unpack the kernel: $why" ;;
	esac
}

# choose_machine ARCH DIR: sets QEMU, its options for a machine of that Debian architecture, the
# kernel's console (the file DIR/console), and OUT, the guest's device for the file DIR/out. On
# amd64 the guest is steady: each instruction takes a nanosecond of its time, and time in which it
# waits passes at once. How busy this machine is changes nothing that it can see. Without ERMS and
# FSRM the kernel copies words in place of bytes, each of which takes QEMU as long as a word;
# without LA57 a page table has four levels.
choose_machine() {
	local dir=$2

	case $1 in
	amd64)
		QEMU="qemu-system-x86_64" CONSOLE=ttyS0 OUT=ttyS1
		MACHINE=(-cpu "max,-erms,-fsrm,-la57")
		STEADY=(-icount "shift=0,sleep=off" -rtc "clock=vm")
		OUTPUTS=(-serial "file:$dir/console" -serial "file:$dir/out")
		;;
	arm64)
		# The machine virt has one serial port; the other one is a PCI card, found as ttyS0
		QEMU="qemu-system-aarch64" MACHINE=(-M virt -cpu cortex-a57) STEADY=()
		CONSOLE=ttyAMA0 OUT=ttyS0
		OUTPUTS=(-serial "file:$dir/console" -chardev "file,id=out,path=$dir/out"
			-device "pci-serial,chardev=out")
		;;
	*) skip "no rules for $1" ;;
	esac
	needs "$QEMU"
}

# use_folder DIR: makes DIR, and waits until no other guest uses it. Its files are of one guest.
use_folder() {
	mkdir -p "$1"
	exec {FOLDER_LOCK}>"$1/guest.lock"
	flock "$FOLDER_LOCK"
}

# run_guest DIR SECONDS VMLINUZ MEBIBYTES WORDS OPTION...: boots DIR/image with these further words
# for the kernel and options for QEMU. Returns QEMU's code. Call choose_machine and use_folder
# before it. DIR/console has the kernel's console, DIR/qemu the resets of the CPUs. A steady guest
# takes what others leave of the CPUs.
#
# One thread runs both CPUs: with a thread for each, QEMU 7.2 lets a CPU run into the breakpoint of
# another CPU that is patching code, and the kernel crashes. Grace periods are expedited, because
# the tests wait for hundreds of them. On a busy machine the guest's check of its timer fails, which
# is a panic.
run_guest() {
	local dir=$1 seconds=$2 kernel=$3 memory=$4 append i nics=() yield=()

	append="console=$CONSOLE loglevel=4 mitigations=off rcupdate.rcu_expedited=1 tsc=reliable"
	append="$append panic=-1 no_timer_check $5"
	shift 5
	# Two NICs on one wire. A warning says that the wire ends in the guest.
	for i in 1 2; do
		nics+=(-netdev "hubport,id=wire$i,hubid=0"
			-device "virtio-net-pci,netdev=wire$i,mac=02:00:00:00:10:0$i,romfile=")
	done
	rm -f "$dir/out" "$dir/console" "$dir/qemu"
	[ ${#STEADY[@]} = 0 ] || yield=(nice -n 10)
	"${yield[@]}" timeout -k 5 "$seconds" "$QEMU" "${MACHINE[@]}" "${STEADY[@]}" \
		-accel tcg,thread=single -smp 2 -m "$memory" -nodefaults -display none -no-reboot \
		-d cpu_reset -D "$dir/qemu" "${nics[@]}" "${OUTPUTS[@]}" \
		-kernel "$kernel" -initrd "$dir/image" -append "$append" "$@" </dev/null \
		2> >(grep -v 'not connected to host network' >&2)
}

# why_ended DIR: why QEMU has returned 0. With -no-reboot it does so at a restart, too.
why_ended() {
	if [ ! -e "$1/console" ]; then
		echo "another process has removed its files"
	elif grep -aq 'Kernel panic' "$1/console"; then
		grep -ao 'Kernel panic.*' "$1/console" | head -n 1
	elif grep -q 'Triple fault' "$1/qemu"; then
		echo "its CPU had a triple fault ($1/qemu)"
	elif grep -aqE 'reboot: |Power down' "$1/console"; then
		echo "it powered off or restarted before its result"
	else
		echo "a signal has ended QEMU, which says so above, or it restarted silently"
	fi
}

# no_result DIR CODE: QEMU returned CODE before the guest had written its result
no_result() {
	local dir=$1 why

	echo "... the last lines of $dir/out:"
	tail -n 5 "$dir/out"
	echo "... the last lines of $dir/console:"
	tail -n 30 "$dir/console"
	case $2 in
	0) why=$(why_ended "$dir") ;;
	124) why="it was stopped after the time limit" ;;
	137) why="QEMU was killed" ;;
	*) why="QEMU failed" ;;
	esac
	fail "the guest did not finish: $why (QEMU returned $2)"
}
