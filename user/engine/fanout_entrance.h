/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Private to the engine: the fan-out's entrance, closed while it changes. The loop copies then. */
#ifndef XM_FANOUT_ENTRANCE_H
#define XM_FANOUT_ENTRANCE_H

#include "engine/state.h"

/*
 * From here on the loop makes all copies. It begins while no frame is under way, so that none
 * overtakes another one, but a flood may keep frames under way longer than this waits (100 ms).
 */
void xm_fanout_close_entrance(struct xm_parent *p);

/*
 * To be called before the listeners of a MAC change: sources, or the mode, the generation or nodst
 * of a port. When listeners get copies by the fan-out, it closes the entrance; xm_fanout_sync()
 * opens it again, also that of the next command after a kill.
 */
void xm_fanout_hold_listeners(struct xm_parent *p);

#endif
