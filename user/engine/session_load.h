/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: loads the parents of a namespace. Returns 0 or a negative errno and fills
 * *e.
 */
#ifndef XM_SESSION_LOAD_H
#define XM_SESSION_LOAD_H

#include "engine/state.h"

/* Loads the parents of the namespace, once a session */
int xm_session_load(struct xm_engine *engine, struct xm_err *e);

#endif
