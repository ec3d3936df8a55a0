/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * `xmacvlan link add link eth0 name m0 type macvlan mode bridge`: what a user of `ip link` types.
 * The words behind `link` are those of the command's own language; only `type macvlan` and `flag`
 * are too many in it. Commands may be abbreviated, as `ip` has it.
 */
#ifndef XM_IP_LINK_H
#define XM_IP_LINK_H

#include <stdbool.h>

/*
 * Whether the words begin with `link` (or `l`, `li`, `lin`, as `ip` accepts them). Then *argc and
 * *argv are what is behind it; nothing behind it is `show`. The words are changed in place.
 */
bool xm_ip_link_take(int *argc, char ***argv);

/* Prints the command as xmacvlan(8) has it: "xmacvlan add name m0 link eth0 mode bridge" */
void xm_ip_link_print(int argc, char **argv);

#endif
