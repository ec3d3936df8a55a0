/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which ports of which of the host's addresses are published for an endpoint */
#ifndef XM_DOCKER_PUBLISH_CHOICE_H
#define XM_DOCKER_PUBLISH_CHOICE_H

#include "docker/config.h"
#include "docker/owner.h"
#include "docker/ports.h"
#include "docker/published.h"

struct docker_choice {
	struct docker_choice_entry {
		struct docker_publication what;
		unsigned int port; /* the endpoint's */
		bool was_open; /* Docker named no port of the host, or several */
	} * list;
	size_t count;
};

/*
 * Chooses ports of the host that no program and no other endpoint has. rules: those that exist.
 * Returns 0, or a negative errno and fills *e. The caller frees *ret, also after an error.
 */
int docker_choice_make(const struct docker_config *config, const struct docker_endpoint *endpoint,
		       const struct docker_ports *ports, const struct docker_published *rules,
		       int rule_count, struct docker_choice *ret, struct xm_err *e);
void docker_choice_free(struct docker_choice *choice);

#endif
