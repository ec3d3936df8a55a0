#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/e2e/completion.sh B: what bash, zsh and fish complete, on a terminal of tmux
. "$(dirname "$0")/cni/lib.sh"
needs tmux python3 bash zsh fish
[ -e /usr/share/bash-completion/bash_completion ] || needs bash-completion
isolate "$@"
HERE=$(realpath "$(dirname "$0")")
export PATH=$B:$PATH TERM=tmux-256color LC_ALL=C.UTF-8 HOME=/tmp XDG_DATA_DIRS=/tmp/share
unset TMUX

# Where `make install` puts the files
install_files() {
	local from=$HERE/../../dist/completion to=/tmp/share

	mkdir -p $to/bash-completion/completions $to/zsh/site-functions \
		$to/fish/vendor_completions.d /tmp/work
	cp "$from"/bash/* $to/bash-completion/completions
	cp "$from"/zsh/* $to/zsh/site-functions
	cp "$from"/fish/* $to/fish/vendor_completions.d
	cat >/tmp/bashrc <<-'END'
	PS1='ready> '
	. /usr/share/bash-completion/bash_completion
	END
	cat >/tmp/.zshrc <<-'END'
	PS1='ready> '
	fpath=(/tmp/share/zsh/site-functions $fpath)
	autoload -U compinit && compinit -u -D
	END
	cat >/tmp/init.fish <<-'END'
	function fish_prompt; echo -n 'ready> '; end
	function fish_greeting; end
	set -g fish_autosuggestion_enabled 0
	END
	cd /tmp/work && touch some.json || exit
}

# A server of its own for each shell: one that ends and one that begins do not meet
terminal() {
	tmux -L "$SHELL_NAME" "$@"
}

screen() {
	terminal capture-pane -p -t t
}

shows() {
	screen | grep -Eq -- "$1"
}

# shell_start COMMAND: in a terminal of 100×50
shell_start() {
	terminal -f /dev/null new-session -d -s t -x 100 -y 50 "$1"
	terminal set-option -g status off
	within 20 shows '^ready>'
}

# Empties the line and the screen. Not by Ctrl-C: a shell that is still completing would lose it.
line_cleared() {
	terminal send-keys -t t C-u C-l
	shows '^ready> *$'
}

# completes LINE EXPECTED: the line with a tabulator behind it becomes the expected one
completes() {
	within 20 line_cleared
	terminal send-keys -t t -l "xmacvlan $1"
	terminal send-keys -t t Tab
	check "$SHELL_NAME: xmacvlan $1" within 20 shows "^ready> xmacvlan $2 *$"
}

# lists LINE WORD...: all words are offered
lists() {
	local line=$1 word

	completes "$line" "${line% }"
	terminal send-keys -t t Tab
	shift
	for word; do
		check "$SHELL_NAME: xmacvlan $line: $word" within 20 shows "(^|[ /])$word( |$)"
	done
}

case_shell() {
	SHELL_NAME=$1
	check "$1 starts" shell_start "$2" || return
	completes sho show
	completes 'add x link lan' 'add x link lan0'
	completes 'add x link lan0 netns inn' 'add x link lan0 netns inner'
	completes 'set we' 'set web'
	completes 'set web mode pri' 'set web mode private'
	completes 'set web macaddr fl' 'set web macaddr flush'
	completes 'set web address del 02:0' 'set web address del 02:00:00:00:00:99'
	completes 'set src macaddr del 02:0' 'set src macaddr del 02:00:00:00:00:98'
	completes 'detach lan0 f' 'detach lan0 force'
	completes '--brie' '--brief'
	completes '-n out' '-n outer'
	completes '-s -n outer show fa' '-s -n outer show far'
	completes 'show --tr' 'show --tree'
	completes 'apply so' 'apply some.json'
	completes 'trace web pcap so' 'trace web pcap some.json'
	completes 'add x link lan0 type tap user nobo' 'add x link lan0 type tap user nobody'
	completes 'top sort tr' 'top sort traffic'
	lists 'set web mode ' private vepa bridge source
	terminal kill-server
}

make_lan
ip netns add inner
ip netns add outer
ip -n outer link add far0 type veth peer name far1
check "an endpoint" xmacvlan add web link lan0 netns inner
check "another MAC" xmacvlan set web address add 02:00:00:00:00:99
check "an endpoint with a list" xmacvlan add src link lan0 mode source macaddr add 02:00:00:00:00:98
check "an endpoint in another namespace" xmacvlan -n outer add far link far0
install_files
before=$(xmacvlan -d -j show)
check "every word of the usage texts is offered" python3 "$HERE/completion.py"
case_shell bash 'bash --noprofile --rcfile /tmp/bashrc -i'
case_shell zsh 'zsh -i'
case_shell fish 'fish -C "source /tmp/init.fish"'
same "nothing was changed" "$before" "$(xmacvlan -d -j show)"
same "without privileges: no names, no message" "" \
	"$(setpriv --reuid 65534 --clear-groups --bounding-set -all xmacvlan complete set '' 2>&1)"
xmacvlan detach lan0 force
xmacvlan -n outer detach far0 force
finish
