/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Devices that a parent can be made of, in the namespace of the socket. Both are created down, with
 * a link group. Functions return 0 or a negative errno; xm_nl_why() then has the kernel's
 * explanation. -EEXIST: a device has the name, or `lower` has the VLAN already; -EOPNOTSUPP with
 * XM_LINK_UNKNOWN_KIND (link.h): the kernel has no device of the kind.
 */
#ifndef XM_LINK_LOWER_H
#define XM_LINK_LOWER_H

#include <stdint.h>

#include "net/nl.h"

/* lower: ifindex of the device that carries the VLAN; vid: 1 to 4094 */
int xm_link_add_vlan(struct xm_nl *nl, const char *name, uint32_t lower, uint16_t vid,
		     uint32_t group);
int xm_link_add_dummy(struct xm_nl *nl, const char *name, uint32_t group);

#endif
