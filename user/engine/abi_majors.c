// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* See abi_majors.h. Each new major version adds a row for its predecessor, with its layouts. */
#include <stddef.h>

#include "engine/abi_majors.h"

#ifdef XM_ABI_TEST_MAJOR
#include <abi_1.h> /* tests/abi_versions */
#else
/* 1 is the first major version */
static const struct xm_major majors[] = { { .number = XM_ABI_MAJOR } };
#endif

const struct xm_major *xm_major_find(uint16_t number)
{
	for (size_t i = 0; i < sizeof(majors) / sizeof(*majors); i++)
		if (majors[i].number == number && number != XM_ABI_MAJOR)
			return &majors[i];
	return NULL;
}
