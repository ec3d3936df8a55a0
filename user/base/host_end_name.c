// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <inttypes.h>
#include <stdio.h>

#include "base/host_end_name.h"

#define HOST_END(conversion) "xm%" conversion "-%" conversion

void xm_host_end_name(uint32_t parent, uint32_t slot, char ret[XM_NAME_LEN])
{
	snprintf(ret, XM_NAME_LEN, HOST_END(PRIx32), parent, slot);
}

void xm_host_end_second_name(uint32_t parent, uint32_t slot, char ret[XM_NAME_LEN])
{
	xm_host_end_name(parent, slot + XM_MAX_SLOTS, ret);
}

bool xm_host_end_parse(const char *name, uint32_t *parent, uint32_t *slot)
{
	int end = 0;

	if (sscanf(name, HOST_END(SCNx32) "%n", parent, slot, &end) != 2 || name[end])
		return false;
	*slot %= XM_MAX_SLOTS;
	return true;
}
