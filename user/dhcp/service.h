/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the parts of xmacvlan-dhcp share */
#ifndef XM_DHCP_SERVICE_H
#define XM_DHCP_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

struct dhcp_service {
	volatile bool stopped; /* requests to servers are given up */
	uint64_t netns; /* cookie of the network namespace in which the parents are */
	unsigned int keep_ms; /* how long a lease may be without an endpoint */
};

#endif
