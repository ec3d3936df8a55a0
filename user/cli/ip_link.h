/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * `xmacvlan link add link eth0 name m0 type macvlan mode bridge`: what a user of `ip link` types.
 * The words behind `link` are those of the command's own language; only `type macvlan` is one too
 * many in it.
 */
#ifndef XM_IP_LINK_H
#define XM_IP_LINK_H

#include <stdbool.h>

/*
 * Whether the words begin with `link` (or `l`, as `ip` accepts it). Then *argc and *argv are what
 * is behind it; nothing behind it is `show`.
 */
bool xm_ip_link_take(int *argc, char ***argv);

/* Prints the command as xmacvlan(8) has it: "xmacvlan add name m0 link eth0 mode bridge" */
void xm_ip_link_print(int argc, char **argv);

#endif
