/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Names that follow from (network, container, interface) alone: a second ADD meets the endpoint of
 * the first one, and a container that is created again keeps its MAC
 */
#ifndef XM_CNI_NAMING_H
#define XM_CNI_NAMING_H

#include "cni/request.h"

/* "c" and 14 hexadecimal digits */
void cni_endpoint_name(const struct cni_request *r, char ret[XM_NAME_LEN]);
/* A locally administered unicast MAC. attempt: from 0 on; each gives another MAC. */
void cni_default_mac(const struct cni_request *r, unsigned int attempt, uint8_t ret[XM_MAC_LEN]);
void cni_owner(const struct cni_request *r, struct xm_owner *ret);

#endif
