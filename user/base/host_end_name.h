/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Names of the host ends of veth endpoints, which contain what they belong to. Pure. */
#ifndef XM_HOST_END_NAME_H
#define XM_HOST_END_NAME_H

#include <stdbool.h>
#include <stdint.h>

#include "abi.h"

/* Writes the name of a host end, from its parent's ifindex and its slot; at most 15 characters */
void xm_host_end_name(uint32_t parent, uint32_t slot, char ret[XM_NAME_LEN]);
/* The second choice, for a namespace where another device has the first name */
void xm_host_end_second_name(uint32_t parent, uint32_t slot, char ret[XM_NAME_LEN]);
/* Whether the name has that form. Any program may give a device such a name. */
bool xm_host_end_parse(const char *name, uint32_t *parent, uint32_t *slot);

#endif
