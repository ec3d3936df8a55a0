// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <net/if.h>
#include <stddef.h>
#include <stdio.h>

#include "cli/show.h"

/* linux/if.h has them but cannot be included beside net/if.h */
#define IFF_LOWER_UP (1 << 16)
#define IFF_DORMANT  (1 << 17)

const char *xm_operstate_text(uint8_t operstate)
{
	static const char *const names[] = { "UNKNOWN", "NOTPRESENT", "DOWN", "LOWERLAYERDOWN",
					     "TESTING", "DORMANT",    "UP" };

	return operstate < sizeof(names) / sizeof(*names) ? names[operstate] : "UNKNOWN";
}

const char *xm_linkmode_text(uint8_t linkmode)
{
	static const char *const names[] = { "DEFAULT", "DORMANT" };

	return linkmode < sizeof(names) / sizeof(*names) ? names[linkmode] : "UNKNOWN";
}

const char *xm_link_group_text(uint32_t group, char ret[XM_NAME_LEN])
{
	snprintf(ret, XM_NAME_LEN, group ? "%u" : "default", group);
	return ret;
}

const char *xm_addr_gen_mode_text(uint8_t mode)
{
	static const char *const names[] = { "eui64", "none", "stable_secret", "random" };

	return mode < sizeof(names) / sizeof(*names) ? names[mode] : NULL;
}

void xm_flags_each(uint32_t flags, const struct xm_link *lower, void (*each)(const char *, void *),
		   void *data)
{
	static const struct {
		uint32_t flag;
		const char *name;
	} names[] = {
		{ IFF_LOOPBACK, "LOOPBACK" },
		{ IFF_BROADCAST, "BROADCAST" },
		{ IFF_POINTOPOINT, "POINTOPOINT" },
		{ IFF_MULTICAST, "MULTICAST" },
		{ IFF_NOARP, "NOARP" },
		{ IFF_ALLMULTI, "ALLMULTI" },
		{ IFF_PROMISC, "PROMISC" },
		{ IFF_UP, "UP" },
		{ IFF_LOWER_UP, "LOWER_UP" },
		{ IFF_DORMANT, "DORMANT" },
	};

	if ((flags & IFF_UP) && !(flags & IFF_RUNNING))
		each("NO-CARRIER", data);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (flags & names[i].flag)
			each(names[i].name, data);
	if (lower && !(lower->flags & IFF_UP))
		each("M-DOWN", data);
}

uint64_t xm_rx_dropped(const struct xm_stats *s)
{
	return s->drops[XM_REASON_DELIVERY_FAILED] + s->drops[XM_REASON_ENDPOINT_DOWN] +
	       s->drops[XM_REASON_NOT_COPIED] + s->drops[XM_REASON_VETH_DROPPED];
}

uint64_t xm_tx_dropped(const struct xm_stats *s)
{
	return s->drops[XM_REASON_SPOOFED_SOURCE] + s->drops[XM_REASON_PARENT_DOWN] +
	       s->drops[XM_REASON_MALFORMED] + s->drops[XM_REASON_TX_REFUSED];
}
