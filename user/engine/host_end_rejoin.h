/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Private to the engine: the host ends of a parent put into its blocks again */
#ifndef XM_HOST_END_REJOIN_H
#define XM_HOST_END_REJOIN_H

#include "engine/state.h"

/*
 * Puts every host end into the blocks of endpoint_rx and endpoint_tx: one that a version without
 * endpoint_tx made, or whose clsact others have replaced or deleted. No frame is lost where the
 * kernel has tcx (6.6). The pin of endpoint_rx exists. Returns 0 or a negative errno.
 */
int xm_host_ends_rejoin(struct xm_parent *p, struct xm_err *e);

#endif
