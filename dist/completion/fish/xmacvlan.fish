# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Completion of xmacvlan for fish: `xmacvlan complete` prints what may come next
function __xmacvlan_complete
    set -l words (commandline -opc)
    set -l program $words[1]
    set -l current (commandline -ct)
    set -e words[1]
    for line in ($program complete -- $words "$current" 2>/dev/null)
        switch $line
            case :files
                __fish_complete_path "$current"
            case :users
                __fish_complete_users
            case :groups
                __fish_complete_groups
            case '*'
                string replace ' ' \t -- $line
        end
    end
end

complete -c xmacvlan -f -a '(__xmacvlan_complete)'
