/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What xmacvlan leaves on a parent called p0. */
#ifndef NT_LEFTOVERS_H
#define NT_LEFTOVERS_H

#include <net/if.h>

#include "nt.h"

/* Entries of the pin folder */
unsigned int leftovers_pins(void);

/* IFF_* of p0 */
unsigned int leftovers_flags(const struct xmt_ns *host);

/* "promiscuity N allmulti N" of p0: how many ask for it (a static text) */
const char *leftovers_promiscuity(const struct xmt_ns *host);

/* Whether p0's unicast filter has the address */
bool leftovers_in_filter(const struct xmt_ns *host, const char *mac);

/* Host ends in the namespace */
unsigned int leftovers_host_ends(const struct xmt_ns *host);

/* NULL when p0 is as if nothing had ever been there, else what is left (a static text) */
const char *leftovers_on_parent(const struct xmt_ns *host);

#endif
