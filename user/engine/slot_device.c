// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#include "engine/slot_device.h"
#include "pins/maps.h"

int xm_slot_has_device(struct xm_parent *p, uint32_t slot, struct xm_err *e)
{
	uint32_t ifindex;

	if (!bpf_map_lookup_elem(p->maps[XM_MAP_TC_DEVICES], &slot, &ifindex))
		return 1;
	if (errno == ENOENT)
		return 0;
	return xm_fail(e, errno, "cannot read %s/%s: %s", p->dir, xm_map_names[XM_MAP_TC_DEVICES],
		       strerror(errno));
}
