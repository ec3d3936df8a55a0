// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <string.h>

#include "cli/snapshot_find.h"

const struct xm_endpoint_info *xm_snapshot_find(const struct xm_snapshot *s, const char *name)
{
	for (size_t i = 0; i < s->count; i++)
		for (size_t j = 0; j < s->parents[i].count; j++)
			if (!strcmp(s->parents[i].endpoints[j].name, name))
				return &s->parents[i].endpoints[j];
	return NULL;
}
