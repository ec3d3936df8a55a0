// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The map mac_table, and the map hints in front of it */
#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#include "engine/endpoint_table.h"
#include "engine/mac_table.h"
#include "engine/record.h"
#include "mac.h"

struct xm_endpoint *xm_mac_table_find(struct xm_parent *p, const uint8_t *mac)
{
	struct xm_mac_key key;
	uint32_t slot;

	xm_mac_key_set(&key, mac);
	return bpf_map_lookup_elem(p->maps[XM_MAP_MAC_TABLE], &key, &slot)
		       ? NULL
		       : xm_endpoint_by_slot(p, slot);
}

/* Writes the hint of a MAC. replace: also when there is one. Returns 0 or a negative errno. */
static int hint_write(struct xm_parent *p, const uint8_t *mac, uint16_t slot, bool replace)
{
	uint32_t hint = xm_mac_hint(xm_mac_bits(mac)), index = hint / XM_HINT_WAYS;
	struct xm_hints hints;

	if (bpf_map_lookup_elem(p->maps[XM_MAP_HINTS], &index, &hints))
		return -errno;
	if (hints.slot[hint % XM_HINT_WAYS] && !replace)
		return 0;
	hints.slot[hint % XM_HINT_WAYS] = slot;
	return bpf_map_update_elem(p->maps[XM_MAP_HINTS], &index, &hints, BPF_ANY) ? -errno : 0;
}

int xm_mac_table_keep_hint(struct xm_parent *p, const uint8_t *mac)
{
	return hint_write(p, mac, XM_HINT_NONE, false);
}

int xm_mac_table_add(struct xm_parent *p, const struct xm_endpoint *ep, const uint8_t *mac,
		     struct xm_err *e)
{
	struct xm_mac_key key;
	int err = hint_write(p, mac, ep->slot, true);

	if (err)
		return xm_fail(e, err, "cannot enter %s into hints: %s", ep->rec.name,
			       strerror(-err));
	xm_mac_key_set(&key, mac);
	return xm_map_add(p, XM_MAP_MAC_TABLE, &key, &ep->slot, ep->rec.name, e);
}

int xm_mac_table_del(struct xm_parent *p, const struct xm_endpoint *ep, const uint8_t *mac,
		     struct xm_err *e)
{
	struct xm_mac_key key;

	if (!xm_mac_bits(mac))
		return 0;
	xm_mac_key_set(&key, mac);
	return xm_map_del(p, ep, XM_MAP_MAC_TABLE, &key, e);
}
