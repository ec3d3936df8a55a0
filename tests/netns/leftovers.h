/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The state of parent p0: what endpoints changed there and what they left behind. */
#ifndef NT_LEFTOVERS_H
#define NT_LEFTOVERS_H

#include <net/if.h>

#include "nt.h"

/* The number of entries in the pin folder; each parent has one */
unsigned int leftovers_pins(void);

/* IFF_* flags of p0 */
unsigned int leftovers_flags(const struct xmt_ns *host);

/* "promiscuity N allmulti N" of p0: the kernel's counters (a static text) */
const char *leftovers_promiscuity(const struct xmt_ns *host);

/* Whether p0's unicast filter contains the address */
bool leftovers_in_filter(const struct xmt_ns *host, const char *mac);

/* Whether the namespace has the device, and it is a tap */
bool leftovers_is_tap(const struct xmt_ns *ns, const char *name);

/* The number of host ends in the namespace; every tap is one */
unsigned int leftovers_host_ends(const struct xmt_ns *host);

/* What is left on the device p0: a counter, a qdisc or a program (a static text), or NULL */
const char *leftovers_on_device(const struct xmt_ns *host);

/* What is left on p0: pins, a host end, a counter, a qdisc or a program (a static text), or NULL */
const char *leftovers_on_parent(const struct xmt_ns *host);

#endif
