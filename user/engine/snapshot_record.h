/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Private to the engine: a record as the front ends see it */
#ifndef XM_SNAPSHOT_RECORD_H
#define XM_SNAPSHOT_RECORD_H

#include "engine/snapshot.h"

/* Fills everything that follows from the record; the rest of *ret is zero */
void xm_record_describe(uint32_t slot, const struct xm_endpoint_record *rec,
			struct xm_endpoint_info *ret);

#endif
