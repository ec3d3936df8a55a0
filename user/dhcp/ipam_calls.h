/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef XM_DHCP_IPAM_CALLS_H
#define XM_DHCP_IPAM_CALLS_H

#include "plugin/calls.h"

/*
 * The requests of Docker. The data of a job is a struct dhcp_service. Several threads may run them
 * at once.
 */
plugin_call_find_fn dhcp_call_find;

#endif
