// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <string.h>

#include "dhcp/leases.h"
#include "base/text.h"
#include "plugin/log.h"

void lease_log(const struct known_lease *k, const char *what, const char *why)
{
	const struct xm_lease *l = &k->lease;
	char text[INET_ADDRSTRLEN], mac[XM_MAC_TEXT];

	plugin_log("%s: the lease of %s %s%s%s",
		   strcmp(k->folder, XM_LEASES_PODMAN) ? xm_mac_text(l->mac, mac) : l->id,
		   xm_lease_text(l, text), what, why ? ": " : "", why ?: "");
}
