/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: the older major versions of the ABI whose pins parent_convert.h replaces
 */
#ifndef XM_ABI_MAJORS_H
#define XM_ABI_MAJORS_H

#include <stdint.h>

#include "pins/maps.h"

struct xm_major {
	uint16_t number;
	/*
	 * set of 1 << enum xm_map: maps that the older version's pins may lack. They are created
	 * empty.
	 */
	uint32_t may_lack;
	/*
	 * For a map whose layout has changed: makes the value *to of this version from the value
	 * *from of the older one. *to is zeroed before. NULL: both versions use the same map.
	 */
	void (*convert[XM_MAP_COUNT])(const void *from, void *to);
};

/* The row of a major version; NULL: its pins cannot be taken over */
const struct xm_major *xm_major_find(uint16_t number);

#endif
