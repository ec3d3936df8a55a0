// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <string.h>

#include "docker/made.h"

void docker_made_add(struct docker_made *m, const struct docker_endpoint *endpoint)
{
	m->list[m->next] = *endpoint;
	m->next = (m->next + 1) % DOCKER_MADE;
}

const struct docker_endpoint *docker_made_find(const struct docker_made *m, const char *network,
					       const char *endpoint)
{
	/* The last one first: a repeated request has made an endpoint again */
	for (unsigned int i = 1; i <= DOCKER_MADE; i++) {
		const struct docker_endpoint *made =
			&m->list[(DOCKER_MADE + m->next - i) % DOCKER_MADE];

		if (!strcmp(made->endpoint, endpoint) && !strcmp(made->network, network))
			return made;
	}
	return NULL;
}
