#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/packages/install.sh B: `make install` and `make uninstall` below a folder of its own, with
# every folder of dist/install.mk given and with the folders by default. B has been built.
. "$(dirname "$0")/lib.sh"

b=$1
to=$(mktemp -d "${TMPDIR:-/tmp}/xm-install-XXXXXX")
trap 'rm -rf "$to"' EXIT
unset PREFIX DESTDIR

# tree: every file, link and folder below $root with mode and contents
tree() {
	(cd "$root" && find . -printf '%p %M %l\n' | sort && find . -type f -exec cksum {} + | sort)
}

files() {
	(cd "$root" && find . ! -type d | sort)
}

# run_make TARGET
run_make() {
	make -s "B=$b" "DESTDIR=$root" "${folders[@]}" "$1"
}

# placed LIST...: whether exactly these files are below $root; a list is of globs
placed() {
	local at
	for at in $(files); do
		# shellcheck disable=SC2254 # patterns
		case " $* " in
		*" $at "*) ;;
		*) echo "not expected: $at" && return 1 ;;
		esac
	done
	for at; do
		[ -e "$root/$at" ] || [ -L "$root/$at" ] || { echo "missing: $at" && return 1; }
	done
}

# sources FOLDER GLOB...: where the files that match are to be, by their names
sources() {
	local at folder=$1
	shift
	for at; do
		[ ! -e "$at" ] || echo "./$folder/$(basename "$at")"
	done
}

# The list is written here once more: a file that install.mk forgets is missing
expected() {
	local page name programs=("$b"/xmacvlan{,d,-metrics,-docker,-dhcp,-top,-trace})

	sources "$sbin" "${programs[@]}"
	sources "$cni" "$b/cni/xmacvlan"
	sources "$netavark" "$b/netavark/xmacvlan"
	for page in $(git ls-files 'docs/*.[1-8]' 2>/dev/null || find docs -name '*.[1-8]'); do
		sources "$man/man${page##*.}" "$page"
	done
	sources "$unit" dist/systemd/*.service dist/systemd/*.socket
	sources "$unit/xmacvlan-dhcp-.service.d" dist/systemd/xmacvlan-dhcp-.service.d/*
	sources "$rules" dist/network/*.rules
	sources "$network" dist/network/*.network dist/network/*.link
	sources "$nm" dist/network/xmacvlan.conf
	sources "$bash" dist/completion/bash/*
	sources "$zsh" dist/completion/zsh/*
	sources "$fish" dist/completion/fish/*
	sources "$data/xmacvlan" dist/schema/*
	sources "$doc" README.md CHANGELOG.md docs/*.md docs/*.svg
	for name in prometheus grafana kubernetes; do
		(cd dist && find $name -type f -printf "./$doc/examples/%p\n")
	done
	sources "$doc/examples/network" dist/network/README.md dist/network/dhcpcd.conf
	sources "$doc/examples/systemd" dist/systemd/README.md
}

# readable: files and folders are for everybody, programs run
readable() {
	! find "$root" -mindepth 1 ! -type l ! -perm -0444 | grep . &&
		! find "$root" -mindepth 1 -type d ! -perm 0755 | grep . &&
		! find "$root" -type f -perm /0022 | grep .
}

runs() {
	"$root/$sbin/xmacvlan" version | grep -q "^xmacvlan $(cat VERSION)," &&
		"$root/$sbin/xmacvland" -V && "$root/$sbin/xmacvlan" top --help &&
		echo '{"cniVersion":"1.0.0"}' | CNI_COMMAND=VERSION "$root/$cni/xmacvlan" &&
		"$root/$netavark/xmacvlan" info
}

# units: each program that a unit starts is where it was installed
units() {
	local program
	grep -hE '^Exec[A-Za-z]*=' "$root/$unit"/*.service >"$to/exec" || return
	for program in $(grep -oE '/[^ =]*/xmacvlan[a-z-]*' "$to/exec"); do
		[ -x "$root$program" ] || { echo "no $program" && return 1; }
	done
	! grep -v 'ExecReload=/bin/sh -c "kill -HUP' "$to/exec" | grep -v "/$sbin/xmacvlan"
}

# pages: man finds a page for each program
pages() {
	local program
	for program in "$root/$sbin"/*; do
		man -M "$root/$man" -w 8 "$(basename "$program")" || return
	done
}

# round_trip WHAT: installs twice and removes
round_trip() {
	local before once

	before=$(tree)
	check "$1: install" run_make install
	once=$(tree)
	# shellcheck disable=SC2046 # words without spaces
	check "$1: every file is where it belongs, and no other" placed $(expected) ./opt/mine \
		"./$data/mine" "./$doc/mine"
	check "$1: for every user" readable
	check "$1: the programs run" runs
	check "$1: units start what was installed" units
	! type -P man >/dev/null || check "$1: every program has a page" pages
	check "$1: install again" run_make install
	check "$1: ... changes nothing" [ "$(tree)" = "$once" ]
	check "$1: uninstall" run_make uninstall
	check "$1: ... leaves what was there, and nothing else" \
		[ "$(files)" = "$(grep -v ' d' <<<"$before" | grep -o '^\./[^ ]* ' | tr -d ' ')" ]
	check "$1: ... no folder of its own" \
		[ ! -e "$root/$data/xmacvlan" -a ! -e "$root/$unit/xmacvlan-dhcp-.service.d" ]
	rm "$root/$doc/mine"
	check "$1: uninstall again" run_make uninstall
	check "$1: ... removes the folder of documents" [ ! -e "$root/$doc" ]
}

# strangers: files that are there before
strangers() {
	(umask 022 && mkdir -p "$root/opt" "$root/$data" "$root/$doc")
	touch "$root/opt/mine" "$root/$data/mine" "$root/$doc/mine"
}

umask 077
root=$to/default folders=()
sbin=usr/local/sbin cni=opt/cni/bin netavark=usr/local/lib/netavark man=usr/local/share/man
unit=usr/local/lib/systemd/system
rules=usr/local/lib/udev/rules.d network=usr/local/lib/systemd/network
nm=usr/local/lib/NetworkManager/conf.d data=usr/local/share doc=usr/local/share/doc/xmacvlan
bash=usr/local/share/bash-completion/completions zsh=usr/local/share/zsh/site-functions
fish=usr/local/share/fish/vendor_completions.d
strangers
chmod -R go+rX "$root"
round_trip "by default"

root=$to/given sbin=opt/a/bin cni=opt/cni netavark=opt/na man=m unit=u rules=r network=n nm=nm
data=d doc=d/doc bash=b zsh=z fish=f
folders=(PREFIX=/none "SBINDIR=/$sbin" "CNIBINDIR=/$cni" "NETAVARKDIR=/$netavark"
	"MANDIR=/$man" "UNITDIR=/$unit"
	"UDEVRULESDIR=/$rules" "NETWORKDIR=/$network" "NMCONFDIR=/$nm" "DATADIR=/$data"
	"DOCDIR=/$doc" "BASHCOMPDIR=/$bash" "ZSHCOMPDIR=/$zsh" "FISHCOMPDIR=/$fish")
strangers
chmod -R go+rX "$root"
round_trip "every folder given"

finish
