// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "pins/pin_names.h"

void xm_pin_dir_name(uint64_t cookie, uint32_t ifindex, char ret[XM_PIN_DIR_NAME_LEN])
{
	snprintf(ret, XM_PIN_DIR_NAME_LEN, "n%" PRIu64 "-%" PRIu32, cookie, ifindex);
}

bool xm_pin_dir_parse(const char *name, uint64_t *cookie, uint32_t *ifindex)
{
	int end = 0;

	return sscanf(name, "n%" SCNu64 "-%" SCNu32 "%n", cookie, ifindex, &end) == 2 && !name[end];
}

bool xm_pin_dir_is_unfinished(const char *name)
{
	return !strncmp(name, XM_UNFINISHED, strlen(XM_UNFINISHED));
}

bool xm_pin_name_is_numbered(const char *name, const char *prefix, uint32_t count)
{
	size_t len = strlen(prefix);
	char same[16];
	uint32_t n;

	if (strncmp(name, prefix, len) || sscanf(name + len, "%" SCNu32, &n) != 1 || n >= count)
		return false;
	snprintf(same, sizeof(same), "%" PRIu32, n);
	return !strcmp(name + len, same);
}
