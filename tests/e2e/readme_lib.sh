# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Shared by the tests of README.md and of docs/ (readme.sh, pages.sh, …), after cni/lib.sh. A
# recipe is what follows a line `<!-- run: NAME -->`: a fenced block, or a table of commands.
#
# shellcheck shell=bash

README=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/README.md

# recipe NAME: the lines of its block
recipe() {
	awk -v marker="<!-- run: $1 -->" '
		$0 == marker { found = 1; next }
		found && /^```/ { if (inside) exit; inside = 1; next }
		inside' "$README"
}

# recipe_column NAME N: the commands in a column of its table, 1 is the first one
recipe_column() {
	awk -F'|' -v marker="<!-- run: $1 -->" -v column="$2" '
		$0 == marker { found = 1; next }
		!found { next }
		!/^\|/ { exit }
		++row > 2 { split($(column + 1), words, "`"); print words[2] }' "$README"
}

# recipe_names: those of all markers
recipe_names() {
	sed -n 's/^<!-- run: \(.*\) -->$/\1/p' "$README"
}

# unmarked: the numbers of lines that begin a fenced block without a marker above it
unmarked() {
	awk '/^```/ { if (!inside && last !~ /^<!-- run: /) print NR; inside = !inside }
		{ last = $0 }' "$README"
}

# run_recipe NAME: as a script that ends with the first command that fails
run_recipe() {
	recipe "$1" >"/tmp/recipe-$1"
	check "$1: it has lines" test -s "/tmp/recipe-$1"
	check "$1: they succeed" bash -e "/tmp/recipe-$1"
}

# plugin COMMAND CONFIG: calls the CNI plugin that CONFIG names, for the namespace `pod`
plugin() {
	CNI_COMMAND=$1 CNI_CONTAINERID=pod-1 CNI_NETNS=/run/netns/pod CNI_IFNAME=lan0 \
		CNI_PATH=$B/cni:/usr/lib/cni CNI_ARGS=IgnoreUnknown=true \
		"$(PATH=$B/cni:/usr/lib/cni type -P "$(python3 -c \
		'import json, sys; print(json.load(open(sys.argv[1]))["type"])' "$2")")" <"$2"
}

# There is no cluster: kubectl keeps the files that it is given
make_kubectl() {
	mkdir -p /tmp/applied
	cat >/tmp/bin/kubectl <<-'END'
		#!/bin/sh -e
		[ "$1" = apply ]
		case $2 in
		-k) cat "$3/kustomization.yaml" >/dev/null ;;
		-f) cp "$3" /tmp/applied ;;
		esac
	END
	chmod +x /tmp/bin/kubectl
}
