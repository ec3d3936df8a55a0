/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: a session's sockets and deferred work. Parents are locked one by one:
 * parent_lock.h. Functions return 0 or a negative errno and fill *e.
 */
#ifndef XM_SESSION_CORE_H
#define XM_SESSION_CORE_H

#include "engine/state.h"

/* Fills a session in the current network namespace. options: NULL for the defaults. */
int xm_session_init(struct xm_engine *engine, const struct xm_engine_options *options,
		    struct xm_err *e);
void xm_session_close(struct xm_engine *engine);
/* Deletes what xm_engine_flush() deletes. What a broken parent refuses is no error. */
int xm_session_flush_deleted(struct xm_engine *engine, struct xm_err *e);

#endif
