/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The configuration of a network. Its document is what the driver keeps of `docker network create`:
 *
 *	{"options": {"parent": "eth0", …}, "internal": false,
 *	 "subnets": [{"pool": "192.0.2.0/24", "gateway": "192.0.2.1"}, …]}
 *
 * Pure.
 */
#ifndef XM_DOCKER_CONFIG_H
#define XM_DOCKER_CONFIG_H

#include <arpa/inet.h>
#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"
#include "engine/settings.h"
#include "net/ipaddr.h"

/* Keys of libnetwork, netlabel/labels.go */
#define DOCKER_LABEL_OPTIONS  "com.docker.network.generic"
#define DOCKER_LABEL_INTERNAL "com.docker.network.internal"

struct docker_subnet {
	struct xm_prefix pool;
	char gateway[INET6_ADDRSTRLEN]; /* "": none */
};

/* What is done about published ports */
enum docker_publish {
	DOCKER_PUBLISH_DEFAULT, /* with host access they are published, else refused */
	DOCKER_PUBLISH_REFUSE,
	DOCKER_PUBLISH_IGNORE,
};

struct docker_config {
	char parent[XM_NAME_LEN];
	bool has_parent; /* false: `parent` is the name of a dummy device, which the driver makes */
	bool internal; /* containers get no default route */
	enum docker_publish publish;
	uint32_t mtu; /* 0: the parent's */
	struct xm_settings settings;
	struct docker_subnet *subnets;
	size_t subnet_count;
};

/*
 * Makes the document from a CreateNetwork request, or from what Docker keeps of a network
 * (database.h). Returns a new reference.
 */
json_t *docker_config_of_request(const json_t *request);
json_t *docker_config_of_database(const json_t *network);

/*
 * Reads the document of the network `id`. Returns 0, or -EINVAL and fills *e, which names the
 * option. The caller frees *ret, also after an error.
 */
int docker_config_read(const json_t *document, const char *id, struct docker_config *ret,
		       struct xm_err *e);
void docker_config_free(struct docker_config *config);

/* The gateway of the subnet that has the address ("192.0.2.5/24"). NULL: there is none. */
const char *docker_config_gateway(const struct docker_config *config, const char *address);

#endif
