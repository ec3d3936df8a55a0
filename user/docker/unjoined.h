/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Endpoints that are in no container. Docker puts an endpoint into a container within seconds. One
 * that stays was lost: dockerd or the driver was killed before Docker knew of it, or while Docker
 * wanted to delete it.
 */
#ifndef XM_DOCKER_UNJOINED_H
#define XM_DOCKER_UNJOINED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi.h"
#include "base/err.h"

struct docker_driver;
struct xm_engine;
struct xm_nl;

struct docker_unjoined {
	unsigned int keep_ms; /* how long an endpoint may be in no container */
	int64_t next_ms; /* when to look again (xm_now_ms()) */
	struct docker_unjoined_entry {
		char name[XM_NAME_LEN];
		int64_t since_ms; /* when it was seen first */
		bool old; /* it was there when this process started */
	} * entries;
	size_t count;
};

void docker_unjoined_init(struct docker_unjoined *u, unsigned int keep_ms);
void docker_unjoined_free(struct docker_unjoined *u);

/*
 * To be called when next_ms has passed: removes what has been in no container for keep_ms, and the
 * networks that Docker does not have (docker_networks_prune())
 */
void docker_unjoined_sweep(struct docker_driver *d);
/*
 * A new dockerd has come, which knows nothing of the endpoints that the former one was about to
 * use: removes all that are in no container
 */
void docker_unjoined_remove_all(struct docker_driver *d);
/* Whether the endpoint was in no container when this process started, and is in none now */
bool docker_unjoined_is_old(const struct docker_driver *d, struct xm_nl *nl, const char *name);
/*
 * Removes the endpoint that has the MAC, if it was in no container when this process started, and
 * is in none now. Returns whether it did.
 */
bool docker_unjoined_free_mac(struct docker_driver *d, struct xm_engine *engine,
			      const uint8_t mac[XM_MAC_LEN]);

#endif
