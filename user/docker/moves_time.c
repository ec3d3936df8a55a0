// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* When moves are followed. Pure. */
#include "docker/moves.h"

/*
 * Moves that come together are followed at once, when none has come for so long, and at the latest
 * so long after the first: to look at each endpoint of the host costs more than one of them gains.
 */
#define FOLLOW_MS      200
#define FOLLOW_LAST_MS 2000
#define AGAIN_MS       1000

void docker_moves_schedule(struct docker_moves *m, int64_t now_ms)
{
	if (!m->due_ms)
		m->last_ms = now_ms + FOLLOW_LAST_MS;
	m->due_ms = now_ms + FOLLOW_MS < m->last_ms ? now_ms + FOLLOW_MS : m->last_ms;
}

void docker_moves_put_off(struct docker_moves *m, int64_t now_ms)
{
	m->due_ms = m->last_ms = now_ms + AGAIN_MS;
}
