/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The driver's endpoints. The map `owners` tells whose an endpoint is: its network is "docker:" and
 * the id of Docker's network, its container the id of Docker's endpoint and the addresses that
 * Docker gave it, separated by spaces. The name of the endpoint and of its device is "d" and the
 * first 14 characters of Docker's id.
 */
#ifndef XM_DOCKER_OWNER_H
#define XM_DOCKER_OWNER_H

#include <stdbool.h>

#include "docker/id.h"
#include "engine/engine.h"
#include "net/nl.h"

#define DOCKER_ADDRESS_TEXT 64 /* "2001:db8::1/64" */

/* addresses: as Docker writes them; "": none */
void docker_owner_fill(const char *network, const char *endpoint, const char *ipv4,
		       const char *ipv6, struct xm_owner *ret);
void docker_owner_name(const char *endpoint, char ret[XM_NAME_LEN]);

/* One endpoint of the driver */
struct docker_endpoint {
	char name[XM_NAME_LEN];
	uint8_t mac[XM_MAC_LEN];
	uint32_t parent_ifindex, host_ifindex; /* host_ifindex: of its host end */
	char network[DOCKER_ID_LEN], endpoint[DOCKER_ID_LEN];
	char ipv4[DOCKER_ADDRESS_TEXT], ipv6[DOCKER_ADDRESS_TEXT];
};

/* False: the endpoint is another runtime's */
bool docker_owner_read(const struct xm_endpoint_info *info, struct docker_endpoint *ret);

/*
 * Lists the driver's endpoints into *ret, which the caller frees. network: of this one; NULL: all.
 * Returns how many there are, or a negative errno and fills *e.
 */
int docker_owner_list(struct xm_engine *engine, const char *network, struct docker_endpoint **ret,
		      struct xm_err *e);
/* Returns 1 and fills *ret; 0: there is no such endpoint; or a negative errno and fills *e */
int docker_owner_find(struct xm_engine *engine, const char *network, const char *endpoint,
		      struct docker_endpoint *ret, struct xm_err *e);
/* The same with an engine of its own. Returns 0; -ENOENT: there is none; or a negative errno. */
int docker_owner_look_up(const char *network, const char *endpoint, struct docker_endpoint *ret,
			 struct xm_err *e);
/* Fills *e: there is no such endpoint. Returns -ENOENT. */
int docker_owner_missing(const char *network, const char *endpoint, struct xm_err *e);

/* False: its devices went with the container's namespace, and Docker did not delete it */
bool docker_owner_has_device(struct xm_nl *nl, const struct docker_endpoint *endpoint);

/* The network namespace of the container has ended, and the devices with it, or soon */
bool docker_owner_has_ended(struct xm_nl *nl, const struct docker_endpoint *endpoint);

/*
 * Whether the peer end of the endpoint is beside its parent: Docker has not put it into a container
 * yet, or has taken it out again
 */
bool docker_owner_is_unjoined(struct xm_nl *nl, const char *name);

#endif
