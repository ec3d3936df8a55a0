/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The unicast filter of a network device (dev->uc): the MACs that it receives besides its own.
 * Functions return 0 or a negative errno; xm_nl_why() then has the kernel's explanation.
 */
#ifndef XM_UC_FILTER_H
#define XM_UC_FILTER_H

#include <stdint.h>

#include "net/nl.h"

/*
 * Adds a MAC, or deletes it, as dev_uc_add() does. -EEXIST: the filter has it already. A driver
 * with its own ndo_fdb_add may refuse every MAC: -EOPNOTSUPP (i40e, ice without SR-IOV, macvlan),
 * -EINVAL (vxlan).
 */
int xm_uc_filter_add(struct xm_nl *nl, uint32_t ifindex, const uint8_t *mac);
int xm_uc_filter_del(struct xm_nl *nl, uint32_t ifindex, const uint8_t *mac);
/* Calls each(mac, data) for every MAC, until it returns a negative value, which is returned */
int xm_uc_filter_each(struct xm_nl *nl, uint32_t ifindex,
		      int (*each)(const uint8_t *mac, void *data), void *data);

#endif
