/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Private to the engine: the older major versions of the ABI whose pins are taken over */
#ifndef XM_MAJORS_H
#define XM_MAJORS_H

#include <stdint.h>

#include "pins/maps.h"

struct xm_major {
	uint16_t number;
	/* 1 << enum xm_map: maps that its pins may lack. They are created, and are empty. */
	uint32_t may_lack;
	/*
	 * Makes a value of this version of one of the older, for each element of a map. The rest of
	 * *to is zero. NULL: the map is taken over as it is, with all that programs have written.
	 */
	void (*convert[XM_MAP_COUNT])(const void *from, void *to);
};

/* NULL: pins of that version are not taken over */
const struct xm_major *xm_major_find(uint16_t number);

#endif
